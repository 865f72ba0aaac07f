// SPDX-License-Identifier: Apache-2.0
// Interrupt windows: where exactly an interrupt that is pending already comes, behind STI, whose
// next instruction is still before it, and behind POPF, which has no such shadow; whatever that
// instruction is, and whether whoever is below has to carry it out or not (SDM volume 3A, 6.8.3).
#define TEST "shadow"
#include "../check.h"
#include <arch/apic.h>
#include <arch/trap.h>
#include <arch/uart.h>

#define VECTOR VECTOR_FREE

static volatile u32 count;
static volatile u64 pc;
static u64 scratch;

static void handler(struct trap_frame *frame)
{
	pc = frame->pc;
	count++;
	apic_eoi();
}

/* Each body begins with interrupts off, one pending, and ends with them off. */
// clang-format off
#define STI(insn) "sti\n\t" insn "\n1:\tnop\n\tcli\n\t"
#define BODIES(one)                                                                     \
	one("nop", STI("nop"))                                                          \
	one("cpuid", STI("cpuid"))                                                      \
	one("in", STI("inb $0x21, %al"))                                                \
	one("out", STI("outb %al, %dx"))                                                \
	one("mov to cr0", STI("movq %r8, %cr0"))                                        \
	one("mov to cr3", STI("movq %r9, %cr3"))                                        \
	one("rdmsr", STI("rdmsr"))                                                      \
	one("wrmsr", STI("wrmsr"))                                                      \
	one("rdtsc", STI("rdtsc"))                                                      \
	one("a load from a device", STI("movl (%r10), %eax"))                           \
	one("a store to a device", STI("movl %r11d, (%r10)"))                           \
	one("an addition to a device", STI("addl $0, (%r10)"))                          \
	one("invlpg", STI("invlpg (%rsi)"))                                             \
	one("a load from RAM", STI("movl (%rsi), %eax"))                                \
	one("hlt", STI("hlt"))                                                          \
	one("pushf", STI("pushfq") "popq %rax\n\t")                                     \
	one("lodsb", STI("lodsb"))                             \
	one("popf", "pushq %rdi\n\tpopfq\n1:\tnop\n\tcli\n\t")                          \
	one("popf and cpuid", "pushq %rdi\n\tpopfq\n1:\tcpuid\n\tcli\n\t")              \
	one("sti again", "sti\n\tsti\n1:\tnop\n\tcli\n\t")
// clang-format on

/* No interrupt may come in these. */
// clang-format off
#define NEVER(one)                                                                      \
	one("sti and cli", "sti\n\tcli\n1:\tnop\n\t")                                   \
	one("pushf", "pushfq\n\tpopfq\n1:\tnop\n\t")                                    \
	one("mov ss", "movl %ss, %eax\n\tmovl %eax, %ss\n1:\tcpuid\n\t")
// clang-format on

#define CODE(name, insn) ".quad 2f, 1f\n\t.text\n2:\t" insn "ret\n\t.section .rodata\n\t"
#define NAME(name, insn) name,

__asm__(".section .rodata\n\t"
	".balign 8\n"
	"shadow_bodies:\n\t" BODIES(CODE) NEVER(CODE) ".text");

static const char *const names[] = {BODIES(NAME)};
static const char *const never_names[] = {NEVER(NAME)};

struct body {
	u64 start, after;
};
extern const struct body shadow_bodies[ARRAY_LEN(names) + ARRAY_LEN(never_names)];

static void carry_out(const struct body *body, volatile u32 *device)
{
	register u64 r8 __asm__("r8") = cr_read(cr0), r9 __asm__("r9") = cr_read(cr3);
	register volatile u32 *r10 __asm__("r10") = device;
	register u64 r11 __asm__("r11") = *device;
	u64 star = msr_read(MSR_STAR), rdi = RFLAGS_IF | RFLAGS_ONE;
	u32 eax = (u32)star, ecx = MSR_STAR, edx = (u32)(star >> 32);

	count = 0;
	pc = 0;
	apic_send_self(VECTOR);
	__asm__ volatile("call *%[body]"
		: "+a"(eax), "+c"(ecx), "+d"(edx), "+D"(rdi)
		: [body] "r"(body->start), "r"(r8), "r"(r9), "r"(r10), "r"(r11),
		"S"(&scratch)
		: "rbx", "memory", "cc");
}

static void check(const char *name, const struct body *body, volatile u32 *device)
{
	carry_out(body, device);
	expect_equal(count, 1, "interrupts behind \"%s\"", name);
	expect_equal(pc, body->after, "where the interrupt behind \"%s\" came", name);
}

static void check_never(const char *name, const struct body *body, volatile u32 *device)
{
	carry_out(body, device);
	expect_equal(count, 0, "interrupts in \"%s\"", name);
	irq_on();
	irq_off();
	expect_equal(count, 1, "interrupts after \"%s\"", name);
}

/* One that comes within the shadow of a MOV to SS is behind the next instruction. */
static void check_stack_switch(void)
{
	u64 after;

	count = 0;
	irq_on();
	/* Only memory, so that it is the very next instruction that sends it. */
	__asm__ volatile("movl %%ss, %%eax\n\t"
			 "movl %%eax, %%ss\n\t"
			 "movl %1, %2\n"
			 "1:\tnop\n\t"
			 "nop\n\t"
			 "leaq 1b(%%rip), %0"
		: "=r"(after)
		: "r"(ICR_SHORT_SELF | ICR_ASSERT | ICR_FIXED | VECTOR),
		"m"(*(volatile u32 *)(APIC_BASE + APIC_ICR))
		: "rax", "memory");
	irq_off();
	expect_equal(count, 1, "interrupts sent behind a MOV to SS");
	expect_true(pc == after || pc == after + 1,
		"the interrupt sent behind a MOV to SS at 0x%lx, found 0x%lx", after, pc);
}

int guest_main(void)
{
	volatile u32 *device = (volatile u32 *)(HPET_BASE + 0x148);

	apic_start();
	vector_handler_set(VECTOR, handler);
	for (u32 i = 0; i < ARRAY_LEN(names); i++)
		check(names[i], &shadow_bodies[i], device);
	for (u32 i = 0; i < ARRAY_LEN(never_names); i++)
		check_never(never_names[i], &shadow_bodies[ARRAY_LEN(names) + i], device);
	if (apic_is_x2())
		apic_set_x2(false);
	check_stack_switch();
	print(TEST ": %lu instructions\n", ARRAY_LEN(names) + ARRAY_LEN(never_names));
	return test_ok();
}
