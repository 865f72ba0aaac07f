// SPDX-License-Identifier: Apache-2.0
// The end of a VM that cannot go on, and everything known about it.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/print.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define KILL_RECORDS 16
#define INSN_MAX     16 /* bytes, on any ISA */

static void print_regs(const struct vcpu *vcpu)
{
	u32 column = 0;

	for (const struct arch_reg *reg = arch_regs; reg->name; reg++) {
		u64 value = 0;

		__builtin_memcpy(&value, (const char *)vcpu + reg->offset, reg->size);
		print("  %-6s %016lx%s", reg->name, value, ++column % 4 == 0 ? "\n" : "");
	}
	if (column % 4)
		print("\n");
}

static void print_insn(struct vcpu *vcpu)
{
	u8 bytes[INSN_MAX];
	u32 count = arch_vcpu_insn(vcpu, bytes, sizeof(bytes));

	print("instruction at 0x%lx:", arch_vcpu_pc(vcpu));
	for (u32 i = 0; i < count; i++)
		print(" %02x", bytes[i]);
	print(count ? "\n" : " cannot be read\n");
}

/* Which region lies nearest: usually the one that was meant. */
static void print_near(struct vm *vm, u64 at)
{
	const struct region *near = NULL;
	const struct window *window;
	u64 best = ~0UL;

	for (u32 i = 0; i < vm->mem.count; i++) {
		const struct region *r = &vm->mem.regions[i];
		u64 distance = at < r->base ? r->base - at : at - (r->base + r->size - 1);

		if (at - r->base < r->size)
			distance = 0;
		if (distance < best) {
			best = distance;
			near = r;
		}
	}
	print("address 0x%lx", at);
	if (near)
		print(", nearest %s 0x%lx-0x%lx",
			near->kind == REGION_RAM ? "RAM" : "pass-through", near->base,
			near->base + near->size - 1);
	vm_lock(vm);
	window = bus_nearest(&vm->mmio, at);
	if (window)
		print(", nearest device %s 0x%lx-0x%lx", window->dev->ops->name,
			window->base, window->base + window->size - 1);
	vm_unlock(vm);
	print("\n");
}

void vm_kill(struct vcpu *vcpu, u64 at, const char *hint, const char *fmt, ...)
{
	struct vm *vm = vcpu->vm;
	char why[160];
	va_list args;

	if (!vm_fail(vm)) /* another of its vCPUs was first, and has said why */
		return;
	va_start(args, fmt);
	vsnprint(why, sizeof(why), fmt, args);
	va_end(args);

	error("%s: vCPU %u: %s", vm->name, vcpu->index, why);
	if (hint)
		print("hint: %s\n", hint);
	arch_vcpu_sync(vcpu);
	print_insn(vcpu);
	print_regs(vcpu);
	arch_vcpu_print(vcpu);
	if (at != ~0UL)
		print_near(vm, at);
	trace_print(vm->id, KILL_RECORDS);
}
