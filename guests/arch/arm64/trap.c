// SPDX-License-Identifier: Apache-2.0
// The C half of exceptions on Arm. DDI 0487, D1.3 and D19.2.37 (ESR_EL1).
#include <guest/trap.h>
#include <guest/console.h>
#include <guest/cpu.h>
#include <guest/fault.h>
#include <guest/machine.h>
#include <arch/frame.h>
#include <arch/gic.h>

void trap_interrupt(void);
void trap_exception(struct trap_frame *frame);
_Noreturn void trap_unexpected(void);
extern char fault_landing[];

static void (*irq_handlers[IRQ_COUNT])(void);

static void irq_set(enum irq irq, bool on)
{
	gic_start();
	switch (irq) {
	case IRQ_TIMER:
		gic_line_enable(LINE_VTIMER, on);
		gic_line_enable(LINE_PTIMER, on);
		break;
	case IRQ_IPI: gic_line_enable(LINE_IPI, on); break;
	case IRQ_EXTERNAL:
		gic_mask_set(on ? PRIORITY_MASK_ALL : PRIORITY_MASK_CPU);
		break;
	case IRQ_COUNT: break;
	}
}

void irq_unmask(enum irq irq)
{
	irq_set(irq, true);
}

void irq_mask(enum irq irq)
{
	irq_set(irq, false);
}

void irq_handler_set(enum irq irq, void (*handler)(void))
{
	if (!handler)
		irq_mask(irq);
	irq_handlers[irq] = handler;
	if (handler)
		irq_unmask(irq);
}

/* It is ended before its handler runs, which may switch to another thread. */
void trap_interrupt(void)
{
	u32 ack = gic_ack(), line = field_get(IAR_LINE, ack);

	switch (line) {
	case LINE_IPI:
		gic_end(ack);
		irq_handlers[IRQ_IPI]();
		break;
	case LINE_VTIMER:
	case LINE_PTIMER: {
		bool expired = timer_silence(line);

		gic_end(ack);
		if (expired)
			irq_handlers[IRQ_TIMER]();
		break;
	}
	default:
		if (line >= LINE_NONE)
			break;
		/* But not a device's: it is shut until intc_done(). */
		intc_keep(ack);
		irq_handlers[IRQ_EXTERNAL]();
		intc_drop();
	}
}

static bool between(u64 value, u64 first, u64 last)
{
	return value >= first && value <= last;
}

static enum fault_kind abort_kind(u64 status)
{
	if (status <= FSC_PERMISSION_LAST)
		return FAULT_PAGE;
	if (status == FSC_EXTERNAL ||
		between(status, FSC_EXTERNAL_WALK, FSC_EXTERNAL_WALK_LAST))
		return FAULT_ACCESS;
	return status == FSC_ALIGN ? FAULT_ALIGN : FAULT_OTHER;
}

static enum fault_kind fault_kind(u64 esr)
{
	switch (field_get(ESR_EC, esr)) {
	case EC_UNKNOWN:
	case EC_FP: return FAULT_ILLEGAL;
	case EC_BRK: return FAULT_BREAK;
	case EC_PC_ALIGN:
	case EC_SP_ALIGN: return FAULT_ALIGN;
	case EC_FETCH_LOWER:
	case EC_FETCH:
	case EC_DATA_LOWER:
	case EC_DATA: return abort_kind(field_get(ESR_FSC, esr));
	default: return FAULT_OTHER;
	}
}

/* FAR_EL1 says something after these only. */
static bool has_address(u64 esr)
{
	return between(field_get(ESR_EC, esr), EC_FETCH_LOWER, EC_DATA);
}

void fault_land(struct trap_frame *frame, u64 landing_sp)
{
	frame->pc = (u64)fault_landing;
	frame->sp = landing_sp;
	frame->x[0] = true;
}

void trap_exception(struct trap_frame *frame)
{
	struct fault fault = {.cause = sysreg_read(esr_el1), .pc = frame->pc};

	fault.kind = fault_kind(fault.cause);
	fault.addr = has_address(fault.cause) ? sysreg_read(far_el1) : 0;
	if (fault_deliver(frame, &fault))
		return;
	print("guest: exception, esr 0x%lx at pc 0x%lx, far 0x%lx\n", fault.cause,
		fault.pc, fault.addr);
	for (u32 i = 0; i < ARRAY_LEN(frame->x); i++)
		print("x%-2u %016lx%s", i, frame->x[i], i % 4 == 3 ? "\n" : "  ");
	print("sp  %016lx\n", frame->sp);
	machine_off(true);
}

_Noreturn void trap_unexpected(void)
{
	print("guest: exception of a kind that it never allows, at pc 0x%lx\n",
		sysreg_read(elr_el1));
	machine_off(true);
}

void trap_skip(struct trap_frame *frame)
{
	frame->pc += sizeof(u32);
}
