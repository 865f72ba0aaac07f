// SPDX-License-Identifier: Apache-2.0
// The C half of traps on RISC-V. Privileged spec 12.1.2-12.1.9.
#include <guest/trap.h>
#include <guest/console.h>
#include <guest/cpu.h>
#include <guest/fault.h>
#include <guest/machine.h>
#include <arch/frame.h>

void trap_interrupt(u64 cause);
void trap_exception(struct trap_frame *frame);
extern char fault_landing[];

static void (*irq_handlers[IRQ_COUNT])(void);

static u64 irq_bit(enum irq irq)
{
	switch (irq) {
	case IRQ_TIMER: return SIE_STIE;
	case IRQ_IPI: return SIE_SSIE;
	case IRQ_EXTERNAL: return SIE_SEIE;
	case IRQ_COUNT: break;
	}
	return 0;
}

void irq_unmask(enum irq irq)
{
	csr_set(sie, irq_bit(irq));
}

void irq_mask(enum irq irq)
{
	csr_clear(sie, irq_bit(irq));
}

void irq_handler_set(enum irq irq, void (*handler)(void))
{
	if (!handler)
		irq_mask(irq);
	irq_handlers[irq] = handler;
	if (handler)
		irq_unmask(irq);
}

void trap_interrupt(u64 cause)
{
	enum irq irq;

	switch ((enum scause_interrupt)(cause & ~SCAUSE_INTERRUPT)) {
	case INTERRUPT_SOFTWARE:
		csr_clear(sip, SIE_SSIE);
		irq = IRQ_IPI;
		break;
	case INTERRUPT_TIMER: irq = IRQ_TIMER; break;
	case INTERRUPT_EXTERNAL: irq = IRQ_EXTERNAL; break;
	default: print("guest: interrupt with cause 0x%lx\n", cause); machine_off(true);
	}
	irq_handlers[irq]();
}

static enum fault_kind fault_kind(u64 cause)
{
	switch (cause) {
	case CAUSE_ILLEGAL: return FAULT_ILLEGAL;
	case CAUSE_BREAKPOINT: return FAULT_BREAK;
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED: return FAULT_ALIGN;
	case CAUSE_FETCH_ACCESS:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS: return FAULT_ACCESS;
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE: return FAULT_PAGE;
	default: return FAULT_OTHER;
	}
}

void fault_land(struct trap_frame *frame, u64 landing_sp)
{
	frame->pc = (u64)fault_landing;
	frame->x[FRAME_SP / 8] = landing_sp;
	frame->x[FRAME_A0 / 8] = true;
}

void trap_exception(struct trap_frame *frame)
{
	struct fault fault = {
		.cause = csr_read(scause), .pc = frame->pc, .addr = csr_read(stval)};

	fault.kind = fault_kind(fault.cause);
	if (fault_deliver(frame, &fault))
		return;
	print("guest: exception %lu at pc 0x%lx, stval 0x%lx\n", fault.cause, fault.pc,
		fault.addr);
	for (u32 i = 1; i < 32; i++)
		print("x%-2u %016lx%s", i, frame->x[i], i % 4 == 3 ? "\n" : "  ");
	machine_off(true);
}

void trap_skip(struct trap_frame *frame)
{
	const u16 *insn = (const u16 *)frame->pc;

	/* Unprivileged spec 1.5: the two low bits set mean 32 bits, else 16. */
	frame->pc += (*insn & 3) == 3 ? 4 : 2;
}
