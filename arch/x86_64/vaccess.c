// SPDX-License-Identifier: Apache-2.0
// Instructions of a guest that access what is not RAM: decoded (vmemory.c), and carried out bit
// by bit as the bus or the local APIC answers.
#include "guest.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/string.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "vmemory.h"

u32 vaccess_fetch(struct vcpu *vcpu, u8 *bytes, u32 max)
{
	struct guest_view view;

	guest->view(vcpu, &view);
	return vmemory_fetch(vcpu, &view, bytes, max);
}

int vaccess_translate(struct vcpu *vcpu, u64 gva, gpa_t *gpa)
{
	return vmemory_translate(vcpu, gva, gpa);
}

/* ---- The local APIC: one page, the same for all CPUs ---- */

static bool is_lapic(const struct vcpu *vcpu, gpa_t gpa)
{
	u64 base = vcpu->arch.lapic.base;

	return (gpa.raw ^ base) < PAGE_SIZE &&
		(base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC)) == APIC_BASE_ENABLE;
}

#define LAPIC_REG_SHIFT 4

/* Registers have 32 bits, 16 bytes apart; other accesses are undefined (SDM 11.4.1). */
static void lapic_access(struct vcpu *vcpu, struct access *access)
{
	u32 offset = (u32)(access->addr % PAGE_SIZE), reg = offset >> LAPIC_REG_SHIFT;
	u64 value = 0;

	if (unlikely(access->size != sizeof(u32) || offset % (1 << LAPIC_REG_SHIFT)))
		access->value = 0;
	else if (access->write)
		vlapic_write(&vcpu->arch.lapic, reg, (u32)access->value);
	else if (vlapic_read(&vcpu->arch.lapic, reg, &value))
		access->value = (u32)value;
	else
		access->value = 0;
}

/* ---- Instructions ---- */

static enum exit_reason run_insn(struct vcpu *vcpu, const struct guest_view *view)
{
	struct access *access = &vcpu->exit.access;
	struct vmemory arg = {vcpu, view};
	const struct insn_memory memory = {vmemory_access, &arg};
	struct insn_fault fault;
	struct insn_cpu cpu;

	vstate_cpu(vcpu, view, &cpu);
	for (;;) {
		enum insn_result result = insn_run(vcpu->arch.insn, &cpu, &memory,
			vcpu->arch.insn_gpa, access, &fault);

		switch (result) {
		case INSN_DONE: vstate_put(vcpu); return EXIT_NONE;
		case INSN_FAULT: return vevent_fault(vcpu, &fault);
		case INSN_PIO: return EXIT_PIO;
		case INSN_MMIO: break;
		}
		if (!is_lapic(vcpu, GPA(access->addr)))
			return EXIT_MMIO;
		lapic_access(vcpu, access);
	}
}

/* A plain MOV, at the address that the hardware has told. */
static enum exit_reason run_plain(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = &vcpu->arch;
	struct access *access = &vcpu->exit.access;
	struct insn_cpu cpu = {.regs = &arch->regs, .mode = arch->insn_mode};

	if (insn_run(arch->insn, &cpu, NULL, arch->insn_gpa, access, NULL) == INSN_DONE)
		return EXIT_NONE;
	if (!is_lapic(vcpu, GPA(access->addr)))
		return EXIT_MMIO;
	lapic_access(vcpu, access);
	insn_run(arch->insn, &cpu, NULL, arch->insn_gpa, access, NULL);
	return EXIT_NONE;
}

static bool decode(struct vcpu *vcpu, const struct guest_view *view, const u8 *bytes,
	u32 count)
{
	vcpu->arch.insn_mode = view->mode;
	return vmemory_decode(vcpu, view, bytes, count);
}

static enum exit_reason exit_memory(struct vcpu *vcpu, gpa_t gpa, enum access_kind kind)
{
	vcpu->exit.fault.gpa = gpa;
	vcpu->exit.fault.kind = kind;
	return EXIT_RAM;
}

enum exit_reason vaccess_memory(struct vcpu *vcpu, gpa_t gpa, enum access_kind kind,
	const u8 *bytes, u32 count)
{
	struct guest_view view;

	if (unlikely(kind == ACCESS_FETCH || vmem_find(vcpu->vm, gpa)))
		return exit_memory(vcpu, gpa, kind);
	guest->view(vcpu, &view);
	vcpu->arch.port_length = 0;
	if (unlikely(!decode(vcpu, &view, bytes, count)))
		return exit_memory(vcpu, gpa, kind);
	vcpu->arch.insn_gpa = gpa;
	if (likely(insn_is_plain(vcpu->arch.insn)))
		return run_plain(vcpu);
	return run_insn(vcpu, &view);
}

enum exit_reason vaccess_string_port(struct vcpu *vcpu)
{
	struct guest_view view;

	guest->view(vcpu, &view);
	vcpu->arch.port_length = 0;
	vcpu->arch.insn_gpa = INSN_GPA_UNKNOWN;
	if (!decode(vcpu, &view, NULL, 0))
		return vevent_ud(vcpu);
	return run_insn(vcpu, &view);
}

enum exit_reason vaccess_port(struct vcpu *vcpu, u16 port, u8 size, bool in, u32 length)
{
	struct access *access = &vcpu->exit.access;

	vcpu->arch.port_length = length;
	access->addr = port;
	access->size = size;
	access->write = !in;
	if (!in)
		access->value = vcpu->arch.regs.gpr[GPR_RAX] & BITS(size * 8 - 1, 0);
	return EXIT_PIO;
}

static void finish_port(struct vcpu *vcpu)
{
	const struct access *access = &vcpu->exit.access;
	u64 *rax = &vcpu->arch.regs.gpr[GPR_RAX];

	if (!access->write) {
		/* As to any register: 32 bits clear the upper half, 8 and 16 leave the rest. */
		if (access->size == sizeof(u32))
			*rax = (u32)access->value;
		else
			*rax = (*rax & ~BITS(access->size * 8 - 1, 0)) | access->value;
	}
	vcpu->arch.regs.rip += vcpu->arch.port_length;
}

/* ---- struct backend ---- */

bool vaccess_finish(struct vcpu *vcpu)
{
	struct guest_view view;
	enum exit_reason reason;

	if (likely(vcpu->arch.port_length)) {
		finish_port(vcpu);
		return false;
	}
	if (likely(insn_is_plain(vcpu->arch.insn))) {
		run_plain(vcpu);
		return false;
	}
	guest->view(vcpu, &view);
	reason = run_insn(vcpu, &view);
	vcpu->exit.reason = reason;
	return reason == EXIT_MMIO || reason == EXIT_PIO;
}

/* ROM is read as it is. */
static void answer_rom(const struct region *region, struct access *access)
{
	u64 offset = access->addr - region->base;

	if (!access->write && range_inside(offset, access->size, 0, region->size))
		memcpy(&access->value, hpa_ptr(hpa_add(region->hpa, offset)),
			access->size);
}

/* Reads bring ones, and writes go nowhere. */
static void answer(struct vcpu *vcpu)
{
	struct access *access = &vcpu->exit.access;
	const struct region *region = NULL;

	if (access->write)
		return;
	access->value = BITS(access->size * 8 - 1, 0);
	if (vcpu->exit.reason == EXIT_MMIO)
		region = vmem_find(vcpu->vm, GPA(access->addr));
	if (region)
		answer_rom(region, access);
}

static void cannot_carry_out(struct vcpu *vcpu, gpa_t gpa)
{
	vm_kill(vcpu, gpa.raw,
		"it may move vector registers, which the hypervisor does not touch",
		"an instruction that only works on RAM accesses 0x%lx, which is none",
		gpa.raw);
}

/* What was no plain access to a device: a write to ROM, a fetch, an unknown instruction. */
static bool inject_memory_fault(struct vcpu *vcpu, gpa_t gpa)
{
	struct guest_view view;
	enum exit_reason reason;

	/* Ones are fetched, and that is no instruction. */
	if (vcpu->exit.fault.kind == ACCESS_FETCH)
		return vevent_exception(vcpu, VECTOR_UD, false, 0);
	guest->view(vcpu, &view);
	if (!decode(vcpu, &view, NULL, 0)) {
		cannot_carry_out(vcpu, gpa);
		return true;
	}
	vcpu->arch.insn_gpa = gpa;
	for (reason = run_insn(vcpu, &view); reason == EXIT_MMIO || reason == EXIT_PIO;
		reason = run_insn(vcpu, &view)) {
		vcpu->exit.reason = reason;
		answer(vcpu);
	}
	return reason == EXIT_NONE;
}

/* A PC answers for what is not there. */
bool vaccess_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa)
{
	if (fault == FAULT_INSTRUCTION)
		return vevent_exception(vcpu, VECTOR_UD, false, 0);
	if (vcpu->exit.reason == EXIT_RAM)
		return inject_memory_fault(vcpu, gpa);
	do
		answer(vcpu);
	while (vaccess_finish(vcpu));
	return vcpu->exit.reason != EXIT_SHUTDOWN;
}

enum exit_reason vaccess_implicit(struct vcpu *vcpu, gpa_t gpa, const char *what)
{
	if (vmem_find(vcpu->vm, gpa)) {
		vcpu->exit.fault.gpa = gpa;
		vcpu->exit.fault.kind =
			ACCESS_WRITE; /* tables get A and D bits, stacks are pushed to */
		return EXIT_RAM;
	}
	vm_kill(vcpu, gpa.raw, "are CR3, IDTR, GDTR, TR and the stack right?",
		"its %s needed memory at 0x%lx, where it has no RAM", what, gpa.raw);
	return EXIT_IRQ; /* leaves the backend, which is all that is to be done */
}
