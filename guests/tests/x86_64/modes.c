// SPDX-License-Identifier: Apache-2.0
// A round through the processor's modes: long mode, compatibility mode, 32 bits without paging,
// with PAE paging and with 32-bit paging, 16-bit protected mode, real mode with interrupts of
// its own (software, an exception, and one of the 8259A), and all the way back. SDM volume 3A, 9.8
// and 9.9, volume 1, 20.
#define TEST "modes"
#include "pc.h"
#include <arch/local.h>

#define ROUNDS 20

#define LOW_STACK   0xaff0 /* of 16-bit code */
#define IVT_SOFT    0x40
#define IVT_TICK    0x50 /* input 0 of the 8259A */
#define IVT_LAST    (IVT_TICK + 1)
#define PIT_TICK_LO 0xa9 /* of 1193: 1 ms */
#define PIT_TICK_HI 0x04

/* Another view of the first GiB, in both kinds of 32-bit paging. */
#define ALIAS 0x40000000

#define CR0_PG_32 0x80000000

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

/* Descriptors besides those of the runtime's: 64 KiB from 0, for 16-bit code and data. */
#define SEL_CODE16 0x20
#define SEL_DATA16 0x28

enum seen {
	SEEN_COMPAT, /* an instruction that is another one in 64-bit mode */
	SEEN_EFER,   /* without paging */
	SEEN_CR0,    /* likewise */
	SEEN_PLAIN,  /* a word, by its own address */
	SEEN_PAE,    /* and by ALIAS */
	SEEN_PAE_EFER,
	SEEN_32, /* likewise */
	SEEN_32_CR4,
	SEEN_BACK, /* 32 bits again, from real mode */
	SEEN_COUNT,
};

#define WORD 0xc001c0de

extern volatile u32 modes_seen[SEEN_COUNT];
volatile u32 modes_seen[SEEN_COUNT];
extern volatile u32 modes_word;
volatile u32 modes_word;

/* PAE: four entries, then tables of 2 MiB pages; 32 bits: one table of 4 MiB pages. */
extern u64 modes_pae[512], modes_pae_tables[4][512];
u64 modes_pae[512] __attribute__((aligned(4096)));
u64 modes_pae_tables[4][512] __attribute__((aligned(4096)));
extern u32 modes_table_32[1024];
u32 modes_table_32[1024] __attribute__((aligned(4096)));
extern u8 modes_stack[4096];
u8 modes_stack[4096] __attribute__((aligned(16)));

/* What 16-bit code has seen, in the low copy of it. */
struct low_seen {
	u16 bits16;    /* an instruction that is longer in 32-bit code */
	u16 protected; /* the lower half of CR0 in 16-bit protected mode */
	u16 real;      /* ... and in real mode */
	u16 soft, undefined, ticks;
	u16 segment; /* what was read by a segment of real mode */
	u16 flags;   /* in a handler */
};

void modes_run(void);
extern char modes_low[], modes_low_end[];
extern const struct low_seen modes_low_seen;

// clang-format off
__asm__(
	".set low, 0x8000\n\t" /* TRAMPOLINE_BASE */
	".text\n"
	"modes_run:\n\t"
	".irp reg, rbx, rbp, r12, r13, r14, r15\n\t"
	"pushq %\\reg\n\t"
	".endr\n\t"
	"movq %rsp, modes_kept\n\t"
	"movq %cr0, %rax\n\t"
	"movq %rax, modes_kept + 8\n\t"
	"movq %cr3, %rax\n\t"
	"movq %rax, modes_kept + 16\n\t"
	"movq %cr4, %rax\n\t"
	"movq %rax, modes_kept + 24\n\t"
	"sgdt modes_kept_gdt\n\t"
	"sidt modes_kept_idt\n\t"
	"lgdt modes_gdt_pointer\n\t"
	"pushq $8\n\t"
	"pushq $modes_compat\n\t"
	"lretq\n"

	".code32\n"
	"modes_compat:\n\t"
	"movl $0x18, %eax\n\t"
	"movl %eax, %ds\n\t"
	"movl %eax, %es\n\t"
	"movl %eax, %ss\n\t"
	"movl $modes_stack + 4096, %esp\n\t"
	/* In 64-bit mode 48 is a prefix. */
	"movl $5, %eax\n\t"
	".byte 0x48\n\t"
	"nop\n\t"
	"movl %eax, modes_seen\n\t"

	/* Paging off, and so long mode. */
	"movl %cr0, %eax\n\t"
	"andl $0x7fffffff, %eax\n\t"
	"movl %eax, %cr0\n\t"
	"movl $0xc0000080, %ecx\n\t"
	"rdmsr\n\t"
	"andl $~0x100, %eax\n\t"
	"wrmsr\n\t"
	"rdmsr\n\t"
	"movl %eax, modes_seen + 4\n\t"
	"movl %cr0, %eax\n\t"
	"movl %eax, modes_seen + 8\n\t"
	"movl modes_word, %eax\n\t"
	"movl %eax, modes_seen + 12\n\t"

	/* PAE is still on. */
	"movl $modes_pae, %eax\n\t"
	"movl %eax, %cr3\n\t"
	"movl %cr0, %eax\n\t"
	"orl $" STRING(CR0_PG_32) ", %eax\n\t"
	"movl %eax, %cr0\n\t"
	"movl " STRING(ALIAS) " + modes_word, %eax\n\t"
	"movl %eax, modes_seen + 16\n\t"
	"rdmsr\n\t"
	"movl %eax, modes_seen + 20\n\t"
	"movl %cr0, %eax\n\t"
	"andl $0x7fffffff, %eax\n\t"
	"movl %eax, %cr0\n\t"

	/* Without PAE, with PSE. */
	"movl $0x10, %eax\n\t"
	"movl %eax, %cr4\n\t"
	"movl $modes_table_32, %eax\n\t"
	"movl %eax, %cr3\n\t"
	"movl %cr0, %eax\n\t"
	"orl $" STRING(CR0_PG_32) ", %eax\n\t"
	"movl %eax, %cr0\n\t"
	"movl " STRING(ALIAS) " + modes_word, %eax\n\t"
	"movl %eax, modes_seen + 24\n\t"
	"movl %cr4, %eax\n\t"
	"movl %eax, modes_seen + 28\n\t"
	"movl %cr0, %eax\n\t"
	"andl $0x7fffffff, %eax\n\t"
	"movl %eax, %cr0\n\t"
	"ljmp $" STRING(SEL_CODE16) ", $modes_low_16 - modes_low + low\n"

	/* Back from real mode. */
	"modes_back:\n\t"
	"movl $0x18, %eax\n\t"
	"movl %eax, %ds\n\t"
	"movl %eax, %es\n\t"
	"movl %eax, %ss\n\t"
	"movl $modes_stack + 4096, %esp\n\t"
	"movl modes_word, %eax\n\t"
	"movl %eax, modes_seen + 32\n\t"
	"movl modes_kept + 24, %eax\n\t"
	"movl %eax, %cr4\n\t"
	"movl modes_kept + 16, %eax\n\t"
	"movl %eax, %cr3\n\t"
	"movl $0xc0000080, %ecx\n\t"
	"rdmsr\n\t"
	"orl $0x100, %eax\n\t"
	"wrmsr\n\t"
	"movl modes_kept + 8, %eax\n\t"
	"movl %eax, %cr0\n\t"
	"ljmp $0x10, $modes_long\n"

	".code64\n"
	"modes_long:\n\t"
	"movq modes_kept, %rsp\n\t"
	"lgdt modes_kept_gdt\n\t"
	"lidt modes_kept_idt\n\t"
	".irp reg, r15, r14, r13, r12, rbp, rbx\n\t"
	"popq %\\reg\n\t"
	".endr\n\t"
	"ret\n"

	/* ---- What is copied to 0x8000 ---- */
	".code16\n"
	"modes_low:\n"
	"modes_low_16:\n\t"
	"movw $" STRING(SEL_DATA16) ", %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"movw %ax, %fs\n\t" /* of 64 KiB, which stays in real mode (9.9.2) */
	/* In 32-bit code the two bytes behind it belong to it. */
	".byte 0xb8, 0x34, 0x12\n\t"
	"incw %ax\n\t"
	"nop\n\t"
	"movw %ax, modes_low_seen - modes_low + low\n\t"
	"smsw modes_low_seen - modes_low + low + 2\n\t"
	"movl %cr0, %eax\n\t"
	"andl $~1, %eax\n\t"
	"movl %eax, %cr0\n\t"
	"ljmp $0, $modes_low_real - modes_low + low\n"

	"modes_low_real:\n\t"
	"xorw %ax, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"movw $" STRING(LOW_STACK) ", %sp\n\t"
	"lidtl modes_low_idt - modes_low + low\n\t"
	"smsw modes_low_seen - modes_low + low + 4\n\t"
	"movw $modes_low_soft - modes_low + low, " STRING(IVT_SOFT) " * 4\n\t"
	"movw %ax, " STRING(IVT_SOFT) " * 4 + 2\n\t"
	"movw $modes_low_undefined - modes_low + low, 6 * 4\n\t"
	"movw %ax, 6 * 4 + 2\n\t"
	"movw $modes_low_tick - modes_low + low, " STRING(IVT_TICK) " * 4\n\t"
	"movw %ax, " STRING(IVT_TICK) " * 4 + 2\n\t"
	"int $" STRING(IVT_SOFT) "\n\t"
	"ud2\n\t"
	/* The same word by another segment. */
	"movw $0x7ff, %ax\n\t"
	"movw %ax, %fs\n\t"
	"movw %fs:modes_low_seen - modes_low + low - 0x7ff0, %ax\n\t"
	"movw %ax, modes_low_seen - modes_low + low + 12\n\t"
	"xorw %ax, %ax\n\t"
	"movw %ax, %fs\n\t"
	/* One tick of the 8254. */
	"movb $0x30, %al\n\t"
	"outb %al, $0x43\n\t"
	"movb $" STRING(PIT_TICK_LO) ", %al\n\t"
	"outb %al, $0x40\n\t"
	"movb $" STRING(PIT_TICK_HI) ", %al\n\t"
	"outb %al, $0x40\n\t"
	"sti\n\t"
	"hlt\n\t"
	"cli\n\t"
	"lgdtl modes_low_gdt - modes_low + low\n\t"
	"movl %cr0, %eax\n\t"
	"orl $1, %eax\n\t"
	"movl %eax, %cr0\n\t"
	"ljmpl $8, $modes_back\n"

	"modes_low_soft:\n\t"
	"incw modes_low_seen - modes_low + low + 6\n\t"
	"pushfw\n\t"
	"popw modes_low_seen - modes_low + low + 14\n\t"
	"iretw\n"
	"modes_low_undefined:\n\t"
	"incw modes_low_seen - modes_low + low + 8\n\t"
	"pushw %bp\n\t"
	"movw %sp, %bp\n\t"
	"addw $2, 2(%bp)\n\t"
	"popw %bp\n\t"
	"iretw\n"
	"modes_low_tick:\n\t"
	"pushw %ax\n\t"
	"incw modes_low_seen - modes_low + low + 10\n\t"
	"movb $0x20, %al\n\t"
	"outb %al, $0x20\n\t"
	"popw %ax\n\t"
	"iretw\n\t"

	".balign 4\n"
	"modes_low_idt:\n\t"
	".2byte 0x3ff\n\t"
	".4byte 0\n"
	"modes_low_gdt:\n\t"
	".2byte modes_gdt_pointer - modes_gdt - 1\n\t"
	".4byte modes_gdt\n\t"
	".balign 4\n"
	"modes_low_seen:\n\t"
	".space 16\n"
	"modes_low_end:\n\t"

	".code64\n\t"
	".data\n\t"
	".balign 8\n"
	"modes_gdt:\n\t"
	".quad 0, 0x00cf9b000000ffff, 0x00af9b000000ffff, 0x00cf93000000ffff\n\t"
	".quad 0x00009b000000ffff, 0x000093000000ffff\n"
	"modes_gdt_pointer:\n\t"
	".2byte . - modes_gdt - 1\n\t"
	".quad modes_gdt\n\t"
	".balign 8\n"
	"modes_kept:\n\t"
	".quad 0, 0, 0, 0\n"
	"modes_kept_gdt:\n\t"
	".space 16\n"
	"modes_kept_idt:\n\t"
	".space 16\n\t"
	".text");
// clang-format on

/* The view at ALIAS is the same as the one at 0. */
static void tables_make(void)
{
	for (u64 i = 0; i < 4; i++) {
		modes_pae[i] = (u64)modes_pae_tables[i] | PTE_P;
		for (u64 j = 0; j < 512; j++)
			modes_pae_tables[i][j] =
				(i == 1 ? 0 : i) * GiB(1) + j * MiB(2) + 0x83;
	}
	for (u32 i = 0; i < 1024; i++)
		modes_table_32[i] =
			(u32)((i >= 256 && i < 512 ? i - 256 : i) * MiB(4)) + 0x83;
}

static const volatile struct low_seen *low_seen(void)
{
	return (const void *)(TRAMPOLINE_BASE + ((u64)&modes_low_seen - (u64)modes_low));
}

static void expect_seen(void)
{
	const volatile struct low_seen *low = low_seen();

	expect_equal(modes_seen[SEEN_COMPAT], 4, "5, and one less in compatibility mode");
	expect_equal(modes_seen[SEEN_EFER] & (EFER_LMA | EFER_LME), 0,
		"EFER.LMA without paging");
	expect_equal(modes_seen[SEEN_CR0] & (CR0_PG | CR0_PE), CR0_PE,
		"CR0 without paging");
	expect_equal(modes_seen[SEEN_PLAIN], WORD, "a word without paging");
	expect_equal(modes_seen[SEEN_PAE], WORD, "a word with PAE paging");
	expect_equal(modes_seen[SEEN_PAE_EFER] & EFER_LMA, 0, "EFER.LMA with PAE paging");
	expect_equal(modes_seen[SEEN_32], WORD, "a word with 32-bit paging");
	expect_equal(modes_seen[SEEN_32_CR4] & (CR4_PAE | CR4_PSE), CR4_PSE,
		"CR4 with 32-bit paging");
	expect_equal(low->bits16, 0x1235, "0x1234, and one more in 16-bit mode");
	expect_equal(low->protected & CR0_PE, CR0_PE, "CR0.PE in 16-bit protected mode");
	expect_equal(low->real & CR0_PE, 0, "CR0.PE in real mode");
	expect_equal(low->soft, 1, "software interrupts in real mode");
	expect_equal(low->flags & RFLAGS_IF, 0, "the interrupt flag in its handler");
	expect_equal(low->undefined, 1, "illegal instructions in real mode");
	expect_equal(low->segment, 0x1235, "a word by another segment of real mode");
	expect_equal(low->ticks, 1, "ticks of the 8254 in real mode");
	expect_equal(modes_seen[SEEN_BACK], WORD, "a word, back in 32-bit mode");
}

static volatile u32 timers;

static void timer_handler(void)
{
	timers++;
	timer_stop();
}

static void illegal(void *arg)
{
	(void)arg;
	__asm__ volatile("ud2");
}

/* Long mode works as before. */
static void expect_alive(void)
{
	struct fault fault;
	u32 before = timers;

	expect_true(msr_read(MSR_EFER) & EFER_LMA, "long mode");
	expect_true(fault_catch(illegal, NULL, &fault) && fault.cause == VECTOR_UD,
		"an illegal instruction to fault");
	timer_set(clock_ticks() + clock_ns_to_ticks(100000));
	expect_true(wait_count(&timers, before + 1), "an interrupt of the timer");
}

static void one_round(void)
{
	memcpy((void *)TRAMPOLINE_BASE, modes_low, (u64)(modes_low_end - modes_low));
	memset((void *)modes_seen, 0, sizeof(modes_seen));
	modes_word = WORD;
	modes_run();
	expect_seen();
	expect_alive();
}

int guest_main(void)
{
	u32 ivt[IVT_LAST];

	tables_make();
	irq_handler_set(IRQ_TIMER, timer_handler);
	pit_stop();
	pic_init_at(IVT_TICK, ICW4_8086);
	pic_mask(0xfffe);
	apic_write(APIC_LVT_LINT0, LVT_EXTINT);
	memcpy(ivt, (void *)0, sizeof(ivt));
	for (u32 i = 0; i < ROUNDS; i++)
		one_round();
	memcpy((void *)0, ivt, sizeof(ivt));
	print(TEST ": %u rounds\n", ROUNDS);
	return test_ok();
}
