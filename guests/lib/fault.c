// SPDX-License-Identifier: Apache-2.0
// Who a fault goes to: a fault_catch() that waits for it, else the handler.
#include <guest/fault.h>
#include <guest/cpu.h>

/* One waiting fault_catch() on a cpu; nested ones hang behind it on the stack. */
struct fault_wait {
	u64 landing_sp;
	struct fault *fault;
	struct fault_wait *outer;
};

static struct fault_wait *fault_waits[CPUS_MAX];
static bool (*fault_handler)(struct trap_frame *frame, const struct fault *fault);

bool fault_deliver(struct trap_frame *frame, const struct fault *fault)
{
	struct fault_wait *wait = fault_waits[cpu_id()];

	if (wait) {
		*wait->fault = *fault;
		fault_land(frame, wait->landing_sp);
		return true;
	}
	return fault_handler && fault_handler(frame, fault);
}

bool fault_catch(void (*fn)(void *arg), void *arg, struct fault *fault)
{
	struct fault_wait **slot = &fault_waits[cpu_id()];
	struct fault_wait wait = {.fault = fault, .outer = *slot};
	bool faulted;

	*slot = &wait;
	faulted = fault_try(fn, arg, &wait.landing_sp);
	*slot = wait.outer;
	return faulted;
}

void fault_handler_set(bool (*handler)(struct trap_frame *frame,
	const struct fault *fault))
{
	fault_handler = handler;
}
