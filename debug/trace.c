// SPDX-License-Identifier: Apache-2.0
// The trace rings, merged and printed.
#include <hv/trace.h>
#include <hv/time.h>

#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/print.h>

static const char *const kind_names[] = {
	[TRACE_NONE] = "?",
	[TRACE_EXIT] = "exit",
	[TRACE_ENTER] = "enter",
	[TRACE_INJECT] = "inject",
	[TRACE_IRQ] = "irq",
	[TRACE_REFUSED] = "refused",
	[TRACE_DEVICE] = "device",
	[TRACE_CALL] = "call",
	[TRACE_BROKEN] = "broken",
};
_Static_assert(ARRAY_LEN(kind_names) == TRACE_KINDS, "one name each");

static const char *access_name(u32 kind)
{
	switch ((enum access_kind)kind) {
	case ACCESS_READ: return "read";
	case ACCESS_WRITE: return "write";
	case ACCESS_FETCH: return "fetch";
	}
	return "?";
}

static void print_meaning(const struct trace_record *r)
{
	const char *name;

	switch ((enum trace_kind)r->kind) {
	case TRACE_EXIT:
		name = backend->exit_name(r->code);
		print("%s, 0x%lx", name ? name : "unknown", r->value);
		break;
	case TRACE_INJECT: print("exception %u, 0x%lx", r->code, r->value); break;
	case TRACE_IRQ:
		print("%u %s", r->code & ~(u32)TRACE_IRQ_RAISED,
			r->code & TRACE_IRQ_RAISED ? "raised" : "lowered");
		break;
	case TRACE_REFUSED:
		print("%s at 0x%lx: nobody answers", access_name(r->code), r->value);
		break;
	case TRACE_DEVICE:
		print("%s of unknown register 0x%x, 0x%lx",
			r->code & TRACE_WRITE ? "write" : "read",
			r->code & ~(u32)TRACE_WRITE, r->value);
		break;
	case TRACE_CALL:
		print("extension 0x%lx function %u is not supported", r->value, r->code);
		break;
	case TRACE_BROKEN:
		print("device at 0x%x needs a reset: %s", r->code,
			(const char *)r->value);
		break;
	case TRACE_ENTER: print("on cpu %u", r->code); break;
	case TRACE_NONE:
	case TRACE_KINDS: break;
	}
}

static void print_record(const struct trace_record *r, u64 newest)
{
	print("  -%lu ns vcpu %u:%u %s pc 0x%lx ", time_from_ticks(newest - r->time),
		r->vm, r->vcpu, r->kind < TRACE_KINDS ? kind_names[r->kind] : "?", r->pc);
	print_meaning(r);
	print("\n");
}

static bool wanted(const struct trace_record *r, int vm)
{
	return r->kind != TRACE_NONE && (vm < 0 || r->vm == vm);
}

/*
 * Copies the newest record of all rings that is older than position `before` in each of them.
 * Cpus go on writing meanwhile: a record that was overtaken while it was copied is passed over.
 */
static bool step_back(u64 *before, int vm, struct trace_record *out)
{
	struct trace_record copy;
	u32 from = CPU_MAX;

	for (u32 i = 0; i < cpu_count; i++) {
		struct trace_ring *ring = cpus[i]->trace;

		for (; before[i] > 0; before[i]--) {
			copy = ring->records[(before[i] - 1) % TRACE_RECORDS];
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&ring->next, __ATOMIC_RELAXED) >=
				before[i] + TRACE_RECORDS)
				before[i] = 1; /* and so is all that is older */
			else if (wanted(&copy, vm))
				break;
		}
		if (before[i] > 0 && (from == CPU_MAX || copy.time > out->time)) {
			*out = copy;
			from = i;
		}
	}
	if (from < CPU_MAX)
		before[from]--;
	return from < CPU_MAX;
}

#define PRINT_MAX 32 /* copies on the stack, also on the small one of a trap */

void trace_print(int vm, u32 count)
{
	struct trace_record list[PRINT_MAX];
	u64 before[CPU_MAX];
	u32 n = 0;

	for (u32 i = 0; i < cpu_count; i++)
		before[i] = cpus[i]->trace->next;
	while (n < MIN(count, (u32)PRINT_MAX) && step_back(before, vm, &list[n]))
		n++;
	print("the last %u trace records, oldest first:\n", n);
	for (u32 i = n; i > 0; i--)
		print_record(&list[i - 1], list[0].time);
}
