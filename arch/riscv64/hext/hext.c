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
	if (!state_probe()) {
		*why = "expected Sv39x4 or Sv48x4 in hgatp, found neither";
		return fail(-ENODEV);
	}
	return 0;
}

/* htinst names no instruction but a walk of the guest's own tables: bits 1:0 are 0. */
static bool is_implicit(u64 htinst)
{
	return htinst && !(htinst & 1);
}

#define HTINST_IMPLICIT_WRITE BIT(5) /* in a pseudoinstruction: the walk sets A or D */

static enum access_kind fault_kind(u64 cause, u64 htinst)
{
	if (is_implicit(htinst))
		return htinst & HTINST_IMPLICIT_WRITE ? ACCESS_WRITE : ACCESS_READ;
	switch (cause) {
	case CAUSE_FETCH_GUEST_PAGE_FAULT: return ACCESS_FETCH;
	case CAUSE_LOAD_GUEST_PAGE_FAULT: return ACCESS_READ;
	default: return ACCESS_WRITE;
	}
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

/*
 * What the hart does on a trap into VS mode ("Trap Entry"), done by hand. False if it is the
 * first instruction of the guest's handler that traps: it would do so for ever.
 */
static bool inject(struct vcpu *vcpu, u64 cause)
{
	u64 vsstatus = csr_read(vsstatus), sstatus = csr_read(sstatus);
	u64 handler = csr_read(vstvec) & ~3UL;

	if (vcpu->arch.regs.pc == handler)
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

/* A fault in RAM that is not mapped yet, or where nothing can be read or written at all. */
static enum exit_reason exit_memory(struct vcpu *vcpu, u64 cause, u64 htinst, gpa_t gpa)
{
	/* An AMO counts as a store also where it faults on its load ("Atomic" chapter). */
	if (cause == CAUSE_LOAD_GUEST_PAGE_FAULT && !is_implicit(htinst) &&
		insn_is_amo(fetch_insn(vcpu)))
		cause = CAUSE_STORE_GUEST_PAGE_FAULT;
	vcpu->exit.raw[0] = cause;
	vcpu->exit.fault.gpa = gpa;
	vcpu->exit.fault.kind = fault_kind(cause, htinst);
	return EXIT_RAM;
}

/*
 * The hart does not tell the guest-physical address, and the guest's own tables no longer
 * lead anywhere: then the guest would now get this fault.
 */
static enum exit_reason exit_lost_fault(struct vcpu *vcpu, u64 cause)
{
	static const u64 page_faults[] = {
		[CAUSE_FETCH_GUEST_PAGE_FAULT] = CAUSE_FETCH_PAGE_FAULT,
		[CAUSE_LOAD_GUEST_PAGE_FAULT] = CAUSE_LOAD_PAGE_FAULT,
		[CAUSE_STORE_GUEST_PAGE_FAULT] = CAUSE_STORE_PAGE_FAULT,
	};

	return inject(vcpu, page_faults[cause]) ? EXIT_NONE : EXIT_SHUTDOWN;
}

static enum exit_reason exit_guest_fault(struct vcpu *vcpu, u64 cause, u64 stval)
{
	struct exit *exit = &vcpu->exit;
	const struct insn *insn = &vcpu->arch.insn;
	u64 htinst = csr_read(htinst), htval = csr_read(htval);
	gpa_t gpa = GPA(htval << 2 | (stval & 3)); /* htval leaves out the low two bits */

	/* 0 may also mean that the hart does not tell ("htval"). */
	if (unlikely(!htval) && !is_implicit(htinst) && translate_gva(vcpu, stval, &gpa))
		return exit_lost_fault(vcpu, cause);
	if (cause == CAUSE_FETCH_GUEST_PAGE_FAULT || is_implicit(htinst) ||
		vmem_find(vcpu->vm, gpa) || !decode_access(vcpu, htinst))
		return exit_memory(vcpu, cause, htinst, gpa);
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

static bool hext_finish(struct vcpu *vcpu)
{
	const struct insn *insn = &vcpu->arch.insn;
	u64 value = vcpu->exit.access.value;

	if (!insn->write && insn->reg) {
		if (insn->sign_extend)
			value = sign_extend(value, insn->size * 8 - 1);
		vcpu->arch.regs.x[insn->reg] = value;
	}
	vcpu->arch.regs.pc += insn->length;
	return false;
}

/* The exception the guest sees in place of the one that brought us here. */
static u64 guest_cause(const struct vcpu *vcpu, enum fault fault)
{
	if (fault == FAULT_INSTRUCTION)
		return CAUSE_ILLEGAL_INSTRUCTION;
	switch (vcpu->exit.raw[0]) {
	case CAUSE_FETCH_GUEST_PAGE_FAULT: return CAUSE_FETCH_ACCESS;
	case CAUSE_LOAD_GUEST_PAGE_FAULT: return CAUSE_LOAD_ACCESS;
	default: return CAUSE_STORE_ACCESS;
	}
}

static bool hext_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa)
{
	(void)gpa; /* stval is the virtual address, which raw[1] has */
	return inject(vcpu, guest_cause(vcpu, fault));
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
