// SPDX-License-Identifier: Apache-2.0
// "exits by reason", and where the vCPUs ran for how long (VM file: stats on; boot command line:
// stats).
#include <hv/stats.h>

#include <hv/backend.h>
#include <hv/cpu.h>
#include <hv/mm.h>
#include <hv/net.h>
#include <hv/print.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

static u64 image_size;

void stats_init(u64 size)
{
	image_size = size;
}

/* What the host's memory is used for besides guests' RAM: our image, tables, stacks, devices. */
static u64 overhead(void)
{
	struct page_stats pages;
	u64 used;

	page_get_stats(&pages);
	used = image_size + pages.total - pages.free;
	for (u32 i = 0; i < VM_MAX; i++)
		if (vms[i])
			used -= vms[i]->config.memory;
	return used;
}

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
		if (!counts[code] || counts[code] > limit ||
			(counts[code] == limit && code <= last))
			continue;
		if (best == EXIT_CODES || counts[code] > counts[best])
			best = code;
	}
	return best;
}

#define NS_PER_MS 1000000UL

static void print_vcpus(const struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++)
		print("vCPU %u: on cpu %u, ran for %lu ms\n", i, vm->vcpus[i]->cpu->index,
			vm->vcpus[i]->ran / NS_PER_MS);
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
	print_vcpus(vm);
	print("memory: %lu KiB guest RAM, %lu KiB its map; %lu KiB all that is not guests' RAM\n",
		vm->config.memory >> 10, vm->mem.pt.tables >> 10, overhead() >> 10);
	net_print(vm);
}
