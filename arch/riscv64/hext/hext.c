// SPDX-License-Identifier: Apache-2.0
// The H extension backend: why a guest trapped, as struct exit (Privileged ISA, "Hypervisor
// Extension"). Exits that concern only the vCPU are finished here and never reach core/.
#include "hext.h"

#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "../boot.h"
#include "../trap.h"
#include "../vsbi.h"

#define INSN_WFI 0x10500073U

/* exit->code: exceptions as they are, interrupts from here on. */
#define CODE_INTERRUPT 32U
#define CODE_MASK      31U
#define CODE_SHIFT     58 /* scause's interrupt bit to CODE_INTERRUPT */

static const char *hext_exit_name(u32 code)
{
	switch (code) {
	case CODE_INTERRUPT + IRQ_S_SOFT: return "software interrupt (another hart)";
	case CODE_INTERRUPT + IRQ_S_TIMER: return "timer interrupt";
	case CODE_INTERRUPT + IRQ_S_EXTERNAL: return "external interrupt";
	}
	return code < CODE_INTERRUPT ? riscv_cause_name(code) : NULL;
}

static int hext_probe(const char **why)
{
	static char text[sizeof(machine.isa) + 64];

	if (!machine_has("h")) {
		snprint(text, sizeof(text), "expected h in the hart's ISA, found %s",
			machine.isa);
		*why = text;
		return fail(-ENODEV);
	}
	state_probe();
	return 0;
}

/*
 * The guest-physical address of a guest-page fault; htval leaves out the low two bits. False
 * if the guest's tables have just changed, so that it must try again.
 */
static inline bool fault_gpa(struct vcpu *vcpu, u64 stval, gpa_t *gpa)
{
	u64 htval = csr_read(htval);

	*gpa = GPA(htval << 2 | (stval & 3));
	/* 0 also means that the hart does not tell ("htval"). */
	return likely(htval) || translate_gva(vcpu, stval, gpa) == 0;
}

/* An AMO counts as a store also where it faults on its load ("Atomic" chapter). */
static enum access_kind fault_kind(struct vcpu *vcpu, u64 cause)
{
	if (cause == CAUSE_FETCH_GUEST_PAGE_FAULT)
		return ACCESS_FETCH;
	if (cause == CAUSE_STORE_GUEST_PAGE_FAULT || insn_is_amo(fetch_insn(vcpu)))
		return ACCESS_WRITE;
	return ACCESS_READ;
}

/*
 * What the guest tried, from htinst where the hart fills it in ("Transformed Instruction"),
 * else from its memory. False if it is not a plain load or store.
 */
static bool decode_access(struct vcpu *vcpu, u64 htinst)
{
	u32 word = htinst & 1 ? (u32)htinst : fetch_insn(vcpu);

	return insn_decode(word, &vcpu->arch.insn) && !vcpu->arch.insn.floating;
}

/* htinst names no instruction but the walk of the guest's own tables: bits 1:0 are 0. */
static bool is_implicit(u64 htinst)
{
	return htinst && !(htinst & 1);
}

static enum exit_reason exit_guest_fault(struct vcpu *vcpu, u64 cause, u64 stval)
{
	struct exit *exit = &vcpu->exit;
	const struct insn *insn = &vcpu->arch.insn;
	u64 htinst = csr_read(htinst);
	gpa_t gpa;

	if (unlikely(!fault_gpa(vcpu, stval, &gpa)))
		return EXIT_NONE;
	if (cause == CAUSE_FETCH_GUEST_PAGE_FAULT || is_implicit(htinst) ||
		vmem_find(vcpu->vm, gpa) || !decode_access(vcpu, htinst)) {
		exit->fault.gpa = gpa;
		exit->fault.kind = fault_kind(vcpu, cause);
		return EXIT_RAM;
	}
	exit->access.addr = gpa.raw;
	exit->access.size = insn->size;
	exit->access.write = insn->write;
	if (insn->write)
		exit->access.value =
			vcpu->arch.regs.x[insn->reg] & BITS(insn->size * 8 - 1, 0);
	return EXIT_MMIO;
}

static enum exit_reason exit_virtual_instruction(struct vcpu *vcpu)
{
	/* stval may be 0 here, and some emulators leave an old one: look for ourselves. */
	u32 insn = fetch_insn(vcpu);

	if (!insn)
		return EXIT_NONE;
	vcpu->exit.raw[1] = (insn & 3) == 3 ? insn : (u16)insn;
	if (insn == INSN_WFI && csr_read(sstatus) & SSTATUS_SPP) {
		vcpu->arch.regs.pc += 4;
		return EXIT_IDLE;
	}
	return EXIT_SYSREG;
}

static inline void count_exit(struct vcpu *vcpu, u32 code, u64 value)
{
	vcpu->exits[code]++;
	trace_add(TRACE_EXIT, vcpu->trace_tag, code, vcpu->arch.regs.pc, value);
}

static enum exit_reason exit_decode(struct vcpu *vcpu, u64 cause, u64 stval)
{
	if (cause & SCAUSE_INTERRUPT)
		return EXIT_IRQ;
	switch (cause) {
	case CAUSE_FETCH_GUEST_PAGE_FAULT:
	case CAUSE_LOAD_GUEST_PAGE_FAULT:
	case CAUSE_STORE_GUEST_PAGE_FAULT: return exit_guest_fault(vcpu, cause, stval);
	case CAUSE_VIRTUAL_INSTRUCTION: return exit_virtual_instruction(vcpu);
	}
	return EXIT_UNKNOWN;
}

/*
 * The shortest exits never leave this loop. Nothing need be polled in it: whoever wants
 * something of this vCPU sends its hart an interrupt, and that is an exit of its own.
 */
static void hext_run(struct vcpu *vcpu)
{
	if (unlikely(__atomic_load_n(&vcpu->arch.requests, __ATOMIC_RELAXED)))
		state_take_requests(vcpu);
	for (;;) {
		vcpu = guest_enter(vcpu);

		struct exit *exit = &vcpu->exit;
		u64 cause = csr_read(scause), stval;
		u32 code;

		if (likely(cause == CAUSE_ECALL_VS)) {
			count_exit(vcpu, CAUSE_ECALL_VS, vcpu->arch.regs.x[REG_A7]);
			if (likely(vsbi_local(vcpu)))
				continue;
			exit->reason = EXIT_CALL;
			return;
		}
		stval = csr_read(stval);
		code = (cause & CODE_MASK) | (cause >> CODE_SHIFT & CODE_INTERRUPT);
		exit->code = code;
		exit->raw[0] = cause;
		exit->raw[1] = stval;
		count_exit(vcpu, code, stval);
		exit->reason = exit_decode(vcpu, cause, stval);
		if (exit->reason != EXIT_NONE)
			return;
	}
}

static void hext_finish(struct vcpu *vcpu)
{
	const struct insn *insn = &vcpu->arch.insn;
	u64 value = vcpu->exit.access.value;

	if (!insn->write && insn->reg) {
		if (insn->sign_extend)
			value = sign_extend(value, insn->size * 8 - 1);
		vcpu->arch.regs.x[insn->reg] = value;
	}
	vcpu->arch.regs.pc += insn->length;
}

/* The exception the guest sees in place of the one that brought us here. */
static u64 guest_cause(enum fault fault, enum access_kind kind)
{
	if (fault == FAULT_INSTRUCTION)
		return CAUSE_ILLEGAL_INSTRUCTION;
	switch (kind) {
	case ACCESS_READ: return CAUSE_LOAD_ACCESS;
	case ACCESS_WRITE: return CAUSE_STORE_ACCESS;
	case ACCESS_FETCH: break;
	}
	return CAUSE_FETCH_ACCESS;
}

/* What the hart does on a trap into VS mode ("Trap Entry"), done by hand. */
static bool hext_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa,
	enum access_kind kind)
{
	u64 vsstatus = csr_read(vsstatus), sstatus = csr_read(sstatus);
	u64 handler = csr_read(vstvec) & ~3UL;
	u64 cause = guest_cause(fault, kind);

	(void)gpa; /* stval is the virtual address, which raw[1] has */
	if (cause == CAUSE_FETCH_ACCESS && vcpu->arch.regs.pc == handler)
		return false;

	vsstatus &= ~(SSTATUS_SPP | SSTATUS_SPIE);
	vsstatus |= sstatus & SSTATUS_SPP;
	if (vsstatus & SSTATUS_SIE)
		vsstatus |= SSTATUS_SPIE;
	csr_write(vsstatus, vsstatus & ~SSTATUS_SIE);
	csr_write(vsepc, vcpu->arch.regs.pc);
	csr_write(vscause, cause);
	csr_write(vstval, vcpu->exit.raw[1]);
	csr_write(sstatus, sstatus | SSTATUS_SPP);
	vcpu->arch.regs.pc = handler;
	trace_add(TRACE_INJECT, vcpu->trace_tag, (u32)cause, handler, vcpu->exit.raw[1]);
	return true;
}

static const struct backend hext = {
	.name = "hext",
	.exit_name = hext_exit_name,
	.probe = hext_probe,
	.cpu_on = state_cpu_on,
	.guest_pt = state_guest_pt,
	.vm_init = state_vm_init,
	.vcpu_init = state_vcpu_init,
	.vcpu_reset = state_vcpu_reset,
	.load = state_load,
	.save = state_save,
	.run = hext_run,
	.finish = hext_finish,
	.inject_fault = hext_inject_fault,
	.set_irq = state_set_irq,
	.irq_pending = state_irq_pending,
	.translate = translate_gva,
	.flush = state_flush,
};

const struct backend *const arch_backends[] = {&hext, NULL};
