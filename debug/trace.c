// SPDX-License-Identifier: Apache-2.0
// The trace rings, merged and printed.
#include <hv/trace.h>

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
		print("device at 0x%x needs a reset: %s", r->code, (const char *)r->value);
		break;
	case TRACE_ENTER: print("on cpu %u", r->code); break;
	case TRACE_NONE:
	case TRACE_KINDS: break;
	}
}

static void print_record(const struct trace_record *r, u64 newest)
{
	print("  -%lu ns vcpu %u:%u %s pc 0x%lx ", arch_ticks_to_ns(newest - r->time),
		r->vm, r->vcpu, r->kind < TRACE_KINDS ? kind_names[r->kind] : "?", r->pc);
	print_meaning(r);
	print("\n");
}

static bool wanted(const struct trace_record *r, int vm)
{
	return r->kind != TRACE_NONE && (vm < 0 || r->vm == vm);
}

/* The newest record of all rings that is older than position `before` in each of them. */
static const struct trace_record *step_back(u64 *before, int vm)
{
	const struct trace_record *best = NULL;
	u32 from = 0;

	for (u32 i = 0; i < cpu_count; i++) {
		const struct trace_ring *ring = cpus[i]->trace;
		u64 end = ring->next > TRACE_RECORDS ? ring->next - TRACE_RECORDS : 0;
		const struct trace_record *r = NULL;

		for (; before[i] > end; before[i]--) {
			r = &ring->records[(before[i] - 1) % TRACE_RECORDS];
			if (wanted(r, vm))
				break;
			r = NULL;
		}
		if (r && (!best || r->time > best->time)) {
			best = r;
			from = i;
		}
	}
	if (best)
		before[from]--;
	return best;
}

#define PRINT_MAX 64

void trace_print(int vm, u32 count)
{
	const struct trace_record *list[PRINT_MAX];
	u64 before[CPU_MAX];
	u32 n = 0;

	for (u32 i = 0; i < cpu_count; i++)
		before[i] = cpus[i]->trace->next;
	while (n < MIN(count, (u32)PRINT_MAX) && (list[n] = step_back(before, vm)))
		n++;
	print("the last %u trace records, oldest first:\n", n);
	for (u32 i = n; i > 0; i--)
		print_record(list[i - 1], list[0]->time);
}
