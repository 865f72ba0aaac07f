// SPDX-License-Identifier: Apache-2.0
// The C half of exceptions and interrupts on x86-64. SDM volume 3A, chapter 6.
#include <guest/console.h>
#include <guest/fault.h>
#include <guest/intc.h>
#include <guest/machine.h>
#include <arch/apic.h>
#include <arch/local.h>
#include <arch/trap.h>

#define VECTORS    256
#define ENTRY_SIZE 16 /* trap.S */

/* SDM 6.14.1: an interrupt gate, so that interrupts are off in handlers. */
struct gate {
	u16 offset0;
	u16 selector;
	u16 flags;
	u16 offset1;
	u32 offset2;
	u32 reserved;
};

#define GATE_INTERRUPT 0x8e00
#define GATE_FROM_USER 0x6000 /* INT n and INT3 may use it there */

void trap_handle(struct trap_frame *frame);
extern char trap_entries[], fault_landing[];

static struct gate idt[VECTORS];
static void (*irq_handlers[IRQ_COUNT])(void);
static void (*vector_handlers[VECTORS])(struct trap_frame *frame);

void vector_entry_set(u8 vector, const char *entry)
{
	u64 offset = (u64)(entry ? entry : trap_entries + vector * ENTRY_SIZE);

	idt[vector] = (struct gate){.offset0 = (u16)offset,
		.selector = SEL_CODE64,
		.flags = GATE_INTERRUPT | (vector == VECTOR_BP ? GATE_FROM_USER : 0),
		.offset1 = (u16)(offset >> 16),
		.offset2 = (u32)(offset >> 32)};
}

void idt_load(void)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (u64)idt};

	for (u32 i = 0; i < VECTORS && !idt[VECTORS - 1].selector; i++)
		vector_entry_set((u8)i, NULL);
	__asm__ volatile("lidt %0" ::"m"(pointer));
}

void vector_handler_set(u8 vector, void (*handler)(struct trap_frame *frame))
{
	vector_handlers[vector] = handler;
}

static void irq_set(enum irq irq, bool on)
{
	struct cpu_local *local;
	u64 flags = irq_save();

	apic_start();
	local = cpu_local();
	local->unmasked[irq] = on;
	switch (irq) {
	case IRQ_TIMER:
		timer_lvt();
		/* What expired while it was masked is lost. */
		if (on && local->armed)
			timer_again();
		break;
	case IRQ_IPI:
		if (on && local->ipi_kept)
			apic_send_self(VECTOR_IPI);
		local->ipi_kept = false;
		break;
	case IRQ_EXTERNAL: apic_write(APIC_TPR, on ? TPR_ALL : TPR_CPU); break;
	case IRQ_COUNT: break;
	}
	irq_restore(flags);
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

/*
 * It woke cpu_wait(), whose caller has interrupts off: it has to be pending still. A line that is
 * level triggered makes itself pending again.
 */
static bool put_back(struct trap_frame *frame)
{
	struct cpu_local *local = cpu_local();
	u8 vector = (u8)frame->vector;
	bool level;

	if (!local->waiting || !apic_bit(APIC_ISR, vector))
		return false;
	frame->status &= ~RFLAGS_IF;
	level = apic_bit(APIC_TMR, vector);
	apic_eoi();
	if (!level)
		apic_send_self(vector);
	return true;
}

/* The cpu's own are ended before their handlers run, which may switch to another thread. */
static void trap_interrupt(u32 vector)
{
	struct cpu_local *local = cpu_local();

	if (vector == VECTOR_SPURIOUS)
		return;
	if (vector == VECTOR_TIMER) {
		apic_eoi();
		if (timer_expired())
			irq_handlers[IRQ_TIMER]();
	} else if (vector == VECTOR_IPI) {
		apic_eoi();
		if (local->unmasked[IRQ_IPI])
			irq_handlers[IRQ_IPI]();
		else
			local->ipi_kept = true;
	} else if (vector >= VECTOR_LINES && vector < VECTOR_LINES + LINES) {
		/* But not a device's: it is shut until intc_done(). */
		intc_keep(vector - VECTOR_LINES);
		irq_handlers[IRQ_EXTERNAL]();
		intc_drop();
	} else {
		print("guest: interrupt with vector 0x%x\n", vector);
		machine_off(true);
	}
}

static enum fault_kind fault_kind(u64 vector)
{
	switch (vector) {
	case VECTOR_UD:
	case VECTOR_NM: return FAULT_ILLEGAL;
	case VECTOR_BP:
	case VECTOR_DB: return FAULT_BREAK;
	case VECTOR_AC: return FAULT_ALIGN;
	case VECTOR_PF: return FAULT_PAGE;
	default: return FAULT_OTHER;
	}
}

void fault_land(struct trap_frame *frame, u64 landing_sp)
{
	frame->pc = (u64)fault_landing;
	frame->cs = SEL_CODE64;
	frame->sp = landing_sp;
	frame->ss = SEL_DATA;
	frame->status &= ~(RFLAGS_TF | RFLAGS_RF | RFLAGS_AC | RFLAGS_DF);
	frame->rax = true;
}

static void frame_print(const struct trap_frame *frame)
{
	static const char names[][4] = {"rax", "rcx", "rdx", "rbx", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	const u64 *registers = &frame->rax;

	for (u32 i = 0; i < ARRAY_LEN(names); i++)
		print("%-3s %016lx%s", names[i], registers[i], i % 4 == 3 ? "\n" : "  ");
	print("\ncs %lx  ss %lx  rsp %lx  rflags %lx\n", frame->cs, frame->ss, frame->sp,
		frame->status);
}

static void trap_exception(struct trap_frame *frame)
{
	struct fault fault = {.cause = fault_cause(frame->vector, frame->error),
		.kind = fault_kind(frame->vector),
		.pc = frame->pc};

	if (frame->vector == VECTOR_PF)
		fault.addr = cr_read(cr2);
	if (fault_deliver(frame, &fault))
		return;
	print("guest: exception %lu, error 0x%lx at pc 0x%lx, cr2 0x%lx\n", frame->vector,
		frame->error, fault.pc, fault.addr);
	frame_print(frame);
	machine_off(true);
}

void trap_handle(struct trap_frame *frame)
{
	u8 vector = (u8)frame->vector;

	if (vector >= VECTOR_EXCEPTIONS && put_back(frame))
		return;
	if (vector_handlers[vector])
		vector_handlers[vector](frame);
	else if (vector < VECTOR_EXCEPTIONS)
		trap_exception(frame);
	else
		trap_interrupt(vector);
}

void trap_skip(struct trap_frame *frame)
{
	u32 length = insn_length((const u8 *)frame->pc);

	if (!length) {
		print("guest: an instruction that cannot be skipped at pc 0x%lx\n",
			frame->pc);
		machine_off(true);
	}
	frame->pc += length;
}
