// SPDX-License-Identifier: Apache-2.0
// Descriptor tables, SYSCALL, and what exceptions and interrupts lead to (SDM 6, 7.7, 5.8.8).
#include <arch/apic.h>

#include "rvmguest.h"

#define VECTORS     256
#define STUB_SIZE   16
#define GATE_TYPE   0x8e00UL /* an interrupt gate, present */
#define DESC_TSS    0x0000890000000000UL
#define TSS_RSP0    1  /* as words of 32 bits */
#define TSS_PORTS   25 /* upper half: where the bitmap of ports is */
#define TSS_WORDS   26
#define STAR_SYSRET (SEL_USER_DATA - 8)
#define SYSCALL_MASK \
	(RFLAGS_AC | BIT(14) | RFLAGS_IOPL | RFLAGS_DF | RFLAGS_IF | RFLAGS_TF)

struct gate {
	u64 low, high;
};

struct pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

extern const char trap_stubs[VECTORS][STUB_SIZE], syscall_entry[];

void trap_handle(struct frame *frame);

static struct gate idt[VECTORS];
static u32 tss[TSS_WORDS];
static u64 gdt[] = {
	0, DESC_CODE32, DESC_CODE64, DESC_DATA, DESC_USER_DATA, DESC_USER_CODE64, 0, 0};
static struct cpu_local local;

static void tables_start(void)
{
	const struct pointer gdt_pointer = {sizeof(gdt) - 1, (u64)gdt};
	const struct pointer idt_pointer = {sizeof(idt) - 1, (u64)idt};
	u64 base = (u64)tss, *desc = &gdt[SEL_TSS / 8];

	desc[0] = DESC_TSS | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
		(base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	tss[TSS_PORTS] = sizeof(tss) << 16; /* behind its end: no ports for the user */
	for (u32 i = 0; i < VECTORS; i++) {
		u64 stub = (u64)trap_stubs[i];

		idt[i].low = (stub & 0xffff) | SEL_CODE64 << 16 | GATE_TYPE << 32 |
			(stub >> 16 & 0xffff) << 48;
		idt[i].high = stub >> 32;
	}
	__asm__ volatile("lgdt %0; lidt %1; ltr %w2" ::"m"(gdt_pointer), "m"(idt_pointer),
		"r"(SEL_TSS)
		: "memory");
}

void cpu_start(void)
{
	tables_start();
	msr_write(MSR_GS_BASE, (u64)&local);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	msr_write(MSR_LSTAR, (u64)syscall_entry);
	msr_write(MSR_STAR, (u64)STAR_SYSRET << 48 | (u64)SEL_CODE64 << 32);
	msr_write(MSR_SFMASK, SYSCALL_MASK);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE);
}

void cpu_set_stack(u64 top)
{
	local.kernel_rsp = top;
	tss[TSS_RSP0] = (u32)top;
	tss[TSS_RSP0 + 1] = (u32)(top >> 32);
}

static void exception(const struct frame *frame)
{
	bool user = frame->cs & SELECTOR_RPL;

	print("%s: vector %lu, error 0x%lx, rip 0x%lx, cr2 0x%lx\n",
		user ? "user fault" : "panic", frame->vector, frame->error, frame->rip,
		frame->vector == VECTOR_PF ? cr_read(cr2) : 0);
	if (!user)
		shutdown();
	task_exit(EXIT_FAULT(frame->vector));
}

void trap_handle(struct frame *frame)
{
	switch (frame->vector) {
	case IRQ_TIMER:
		apic_eoi();
		clock_irq();
		break;
	case IRQ_UART:
		console_irq();
		apic_eoi();
		break;
	case IRQ_ERROR: apic_eoi(); break;
	case IRQ_SPURIOUS: break;
	default: exception(frame); break;
	}
}
