// SPDX-License-Identifier: Apache-2.0
// The fake board, and VMs made by hand for tests of one part.
#include <hv/arch.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/fake.h>

#include <stdlib.h>
#include <string.h>

#define BOARD_RAM    MiB(64)
#define BOARD_KERNEL MiB(2)      /* where a flat image goes in it */
#define EM_FAKE      0xfa4e      /* no machine has this e_machine */
#define LINUX_MAGIC  0x656b6166U /* "fake" */

static const struct image_format *const formats[] = {&elf_format, &linux_format, NULL};

void arch_machine_board(const struct vm_config *config, struct image_board *board)
{
	*board = (struct image_board){
		.formats = formats,
		.elf_machine = EM_FAKE,
		.ram_base = BOARD_RAM,
		.ram_size = config->memory,
		.flat_offset = BOARD_KERNEL,
		.linux_magic = LINUX_MAGIC,
	};
}

int arch_machine_init(struct vm *vm)
{
	(void)vm;
	return 0;
}

void arch_machine_fini(struct vm *vm)
{
	(void)vm;
}

void arch_guest_clear(void *page, u64 size)
{
	page_clear(page, size);
}

void arch_machine_ready(struct vm *vm)
{
	(void)vm;
}

int arch_machine_boot(struct vm *vm, struct fat *fat)
{
	(void)fat;
	vm->start = (struct vm_start){vm->image.entry.raw, {0, 0}};
	return 0;
}

/* From the libc, not from mem_alloc(): then the address sanitizer watches over them. */
static void *zeroed(u64 size)
{
	void *p = aligned_alloc(PAGE_SIZE, ALIGN_UP(size, PAGE_SIZE));

	if (!p)
		abort();
	return memset(p, 0, size);
}

struct vm *fake_vm(u64 base, u64 size)
{
	struct vm *vm = zeroed(sizeof(*vm));

	vm->backend = arch_backends[0];
	strcpy(vm->name, "fake");
	vm->state = VM_RUNNING;
	list_init(&vm->devices);
	vm->mem.count = 1;
	vm->mem.regions[0] = (struct region){
		.kind = REGION_RAM,
		.base = base,
		.size = size,
		.hpa = ptr_hpa(zeroed(size)),
		.flags = PT_READ | PT_WRITE | PT_EXEC,
		.clear = size,
	};
	return vm;
}

void fake_vm_free(struct vm *vm)
{
	for (u32 i = 0; i < VM_CPUS_MAX; i++)
		free(vm->vcpus[i]);
	free(hpa_ptr(vm->mem.regions[0].hpa));
	free(vm);
}

struct vcpu *fake_vcpu(struct vm *vm, u32 index)
{
	struct vcpu *vcpu = zeroed(sizeof(*vcpu));

	vcpu->vm = vm;
	vcpu->cpu = cpu_this();
	vcpu->index = index;
	vcpu->weight = CONFIG_WEIGHT_DEFAULT;
	vcpu->trace_tag = TRACE_TAG(vm->id, index);
	list_init(&vcpu->node);
	list_init(&vcpu->timer.node);
	vm->vcpus[index] = vcpu;
	vm->vcpu_count = MAX(vm->vcpu_count, index + 1);
	return vcpu;
}
