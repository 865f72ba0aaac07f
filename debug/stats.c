// SPDX-License-Identifier: Apache-2.0
// "exits by reason" (VM file: stats on; boot command line: stats).
#include <hv/stats.h>

#include <hv/backend.h>
#include <hv/print.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

static u64 exits_of(const struct vm *vm, u32 code)
{
	u64 sum = 0;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		sum += vm->vcpus[i]->exits[code];
	return sum;
}

/* The code with most exits below `limit`, or EXIT_CODES; of equals the one behind `last`. */
static u32 next_code(const u64 *counts, u64 limit, u32 last)
{
	u32 best = EXIT_CODES;

	for (u32 code = 0; code < EXIT_CODES; code++) {
		if (!counts[code] || counts[code] > limit || (counts[code] == limit && code <= last))
			continue;
		if (best == EXIT_CODES || counts[code] > counts[best])
			best = code;
	}
	return best;
}

void stats_print(const struct vm *vm)
{
	u64 counts[EXIT_CODES], total = 0;
	u32 code;

	for (code = 0; code < EXIT_CODES; code++)
		total += counts[code] = exits_of(vm, code);
	print("%s: exits by reason\n", vm->name);
	for (code = next_code(counts, ~0UL, 0); code < EXIT_CODES;
		code = next_code(counts, counts[code], code)) {
		const char *name = vm->backend->exit_name(code);

		print("  %10lu  %s\n", counts[code], name ? name : "unknown");
	}
	print("  %10lu  in all\n", total);
	print("%s: %lu KiB of RAM, %lu KiB for its memory map\n", vm->name, vm->config.memory >> 10,
		vm->mem.pt.tables >> 10);
}
