// SPDX-License-Identifier: Apache-2.0
// Every form of instruction that accesses memory, against a register of a device: each must do
// there what it does in RAM, to the memory, to all registers and to the flags. Besides, every
// general register as source, destination, base and index.
#define TEST "insn"
#include "../check.h"
#include <arch/board.h>
#include <arch/regs.h>

/* The HPET's third comparator keeps all 64 bits while nothing is on. */
#define SCRATCH (HPET_BASE + 0x148)
#define DISP    72

#define SCRATCH_PAGE ALIGN_DOWN(SCRATCH, PAGE_SIZE)

#define FLAGS (BIT(11) | BIT(7) | RFLAGS_ZF | BIT(4) | BIT(2) | RFLAGS_CF)

/* The memory is at rdi and at rdi + rsi * 4 - DISP. */
// clang-format off
#define FORMS(one)                                                                      \
	one("movl (%rdi), %eax")            one("movq (%rdi), %rax")                    \
	one("movl %eax, (%rdi)")            one("movq %rax, (%rdi)")                    \
	one("movl $0x12345678, (%rdi)")     one("movq $-2, (%rdi)")                     \
	one("movslq (%rdi), %rax")          one("movnti %eax, (%rdi)")                  \
	one("movntiq %rax, (%rdi)")         one("movl -72(%rdi, %rsi, 4), %eax")        \
	one("movq %rdx, -72(%rdi, %rsi, 4)")  one("addr32 movl (%edi), %eax")           \
	one("movl %ecx, -72(%edi, %esi, 4)") one("movl %ds:(%rdi), %eax")               \
	one("addl %eax, (%rdi)")            one("addq %rax, (%rdi)")                    \
	one("adcl %eax, (%rdi)")            one("sbbq %rax, (%rdi)")                    \
	one("orl %eax, (%rdi)")             one("andq %rax, (%rdi)")                    \
	one("subl %eax, (%rdi)")            one("xorq %rax, (%rdi)")                    \
	one("cmpl %eax, (%rdi)")            one("cmpq %rax, (%rdi)")                    \
	one("addl (%rdi), %eax")            one("adcq (%rdi), %rax")                    \
	one("sbbl (%rdi), %eax")            one("orq (%rdi), %rax")                     \
	one("andl (%rdi), %eax")            one("subq (%rdi), %rax")                    \
	one("xorl (%rdi), %eax")            one("cmpq (%rdi), %rax")                    \
	one("addl $1, (%rdi)")              one("addq $-128, (%rdi)")                   \
	one("adcl $0x7fffffff, (%rdi)")     one("sbbq $3, (%rdi)")                      \
	one("orl $0x80000000, (%rdi)")      one("andq $0xff, (%rdi)")                   \
	one("subl $5, (%rdi)")              one("xorq $-1, (%rdi)")                     \
	one("cmpl $0x5a, (%rdi)")           one("cmpq $-1, (%rdi)")                     \
	one("testl %eax, (%rdi)")           one("testq %rax, (%rdi)")                   \
	one("testl $0x80000001, (%rdi)")    one("testq $-8, (%rdi)")                    \
	one("notl (%rdi)")                  one("notq (%rdi)")                          \
	one("negl (%rdi)")                  one("negq (%rdi)")                          \
	one("incl (%rdi)")                  one("incq (%rdi)")                          \
	one("decl (%rdi)")                  one("decq (%rdi)")                          \
	one("xchgl %eax, (%rdi)")           one("xchgq %rdx, (%rdi)")                   \
	one("xaddl %eax, (%rdi)")           one("lock xaddq %rax, (%rdi)")              \
	one("cmpxchgl %ecx, (%rdi)")        one("lock cmpxchgq %rcx, (%rdi)")           \
	one("lock cmpxchg8b (%rdi)")        one("lock addl %eax, (%rdi)")               \
	one("lock orq $4, (%rdi)")          one("lock decl (%rdi)")                     \
	one("btl $5, (%rdi)")               one("btsq $33, (%rdi)")                     \
	one("btrl $4, (%rdi)")              one("lock btcq $63, (%rdi)")                \
	one("btl %ecx, (%rdi)")             one("btsl %ecx, (%rdi)")                    \
	one("btrq %rcx, (%rdi)")            one("btcl %ecx, (%rdi)")                    \
	one("cmovcl (%rdi), %eax")          one("cmovncq (%rdi), %rax")                 \
	one("cmovzl (%rdi), %eax")          one("cmovsq (%rdi), %rax")                  \
	one("pushq (%rdi); popq %rax")      one("pushq %rax; popq (%rdi)")              \
	one("stosl")                        one("stosq")                                \
	one("std; stosl; cld")              one("scasl")                                \
	one("scasq")                        one("xchgq %rdi, %rsi; lodsl")              \
	one("xchgq %rdi, %rsi; lodsq")      one("xchgq %rdi, %rsi; std; lodsl; cld")    \
	one("leaq insn_other(%rip), %rsi; movsl")                                       \
	one("leaq insn_other(%rip), %rsi; movsq")                                       \
	one("leaq insn_other(%rip), %rsi; cmpsl")                                       \
	one("leaq insn_other(%rip), %rsi; cmpsq")                                       \
	one("movq %rdi, %rsi; leaq insn_other(%rip), %rdi; movsq")                      \
	one("movq %rdi, %rsi; leaq insn_other(%rip), %rdi; cmpsl")
// clang-format on

#define NAME(insn) insn,
#define BODY(insn) ".quad 1f\n\t.text\n1:\t" insn "\n\tret\n\t.section .rodata\n\t"

__asm__(".section .rodata\n\t"
	".balign 8\n"
	"insn_bodies:\n\t" FORMS(BODY) ".text");

static const char *const names[] = {FORMS(NAME)};
extern const u64 insn_bodies[ARRAY_LEN(names)];

extern volatile u64 insn_other;
/* Not close to each other: make_relative(). */
volatile u64 insn_other __attribute__((aligned(64)));
static volatile u64 ram_word __attribute__((aligned(64)));

struct state {
	u64 rax, rcx, rdx, rsi, rdi, flags;
	u64 memory, other;
};

static void carry_out(u64 body, volatile u64 *at, struct state *state)
{
	register u64 rax __asm__("rax") = state->rax;
	register u64 rcx __asm__("rcx") = state->rcx;
	register u64 rdx __asm__("rdx") = state->rdx;
	register u64 rsi __asm__("rsi") = DISP / 4;
	register u64 rdi __asm__("rdi") = (u64)at;
	register u64 r8 __asm__("r8") = state->flags;

	*at = state->memory;
	insn_other = state->other;
	__asm__ volatile("pushq %5\n\t"
			 "popfq\n\t"
			 "call *%6\n\t"
			 "pushfq\n\t"
			 "popq %5"
		: "+r"(rax), "+r"(rcx), "+r"(rdx), "+r"(rsi), "+r"(rdi), "+r"(r8)
		: "r"(body)
		: "memory", "cc");
	*state = (struct state){.rax = rax,
		.rcx = rcx,
		.rdx = rdx,
		.rsi = rsi,
		.rdi = rdi,
		.flags = r8 & FLAGS,
		.memory = *at,
		.other = insn_other};
}

/* Where it went, as a way from the word. */
static void make_relative(struct state *state, volatile u64 *at)
{
	if (state->rdi - (u64)at + 16 < 32)
		state->rdi -= (u64)at;
	if (state->rsi - (u64)at + 16 < 32)
		state->rsi -= (u64)at;
}

static void check_form(u32 form, const struct state *start)
{
	struct state ram_state = *start, device = *start;
	const char *name = names[form];

	carry_out(insn_bodies[form], &ram_word, &ram_state);
	carry_out(insn_bodies[form], (volatile u64 *)SCRATCH, &device);
	make_relative(&ram_state, &ram_word);
	make_relative(&device, (volatile u64 *)SCRATCH);
	expect_equal(device.memory, ram_state.memory, "what \"%s\" left there", name);
	expect_equal(device.other, ram_state.other, "the other memory after \"%s\"",
		name);
	expect_equal(device.rax, ram_state.rax, "rax after \"%s\"", name);
	expect_equal(device.rcx, ram_state.rcx, "rcx after \"%s\"", name);
	expect_equal(device.rdx, ram_state.rdx, "rdx after \"%s\"", name);
	expect_equal(device.rsi, ram_state.rsi, "rsi after \"%s\"", name);
	expect_equal(device.rdi, ram_state.rdi, "rdi after \"%s\"", name);
	expect_equal(device.flags, ram_state.flags, "flags after \"%s\"", name);
}

static void check_forms(void)
{
	static const struct state starts[] = {
		{.rax = 0x8877665544332211,
			.rcx = 5,
			.rdx = 0x1122334455667788,
			.memory = 0xfedcba9876543210,
			.other = 0x0123456789abcdef},
		{.rax = 1,
			.rcx = 31,
			.rdx = ~0UL,
			.flags = RFLAGS_CF | RFLAGS_ZF,
			.memory = 0x7fffffffffffffff,
			.other = 0x7fffffffffffffff},
		/* For CMPXCHG: equal. */
		{.rax = 0x80000000,
			.rcx = 3,
			.rdx = 0,
			.flags = RFLAGS_CF | BIT(7),
			.memory = 0x80000000,
			.other = 0},
	};

	for (u32 i = 0; i < ARRAY_LEN(names); i++) {
		for (u32 j = 0; j < ARRAY_LEN(starts); j++)
			check_form(i, &starts[j]);
	}
}

/* Addresses as immediates. */
static void check_absolute(void)
{
	u64 rax = 0x1234567890abcdef;

	__asm__ volatile("movabsq %%rax, %c0" ::"i"(SCRATCH), "a"(rax) : "memory");
	expect_equal(*(volatile u64 *)SCRATCH, rax, "what a movabs stored");
	__asm__ volatile("movabsl %c1, %%eax" : "+a"(rax) : "i"(SCRATCH) : "memory");
	expect_equal(rax, 0x90abcdef, "what a movabs loaded");
}

/* A word from each register and into it, and an access with it as the base and as the index. */
// clang-format off
#define EACH_REGISTER(x)                                                            \
	x(rax, eax) x(rcx, ecx) x(rdx, edx) x(rbx, ebx) x(rbp, ebp) x(rsi, esi)     \
	x(rdi, edi) x(r8, r8d) x(r9, r9d) x(r10, r10d) x(r11, r11d) x(r12, r12d)    \
	x(r13, r13d) x(r14, r14d) x(r15, r15d)
// clang-format on

#define ALIAS 0x40000148UL /* of SCRATCH */

#define CHECK_REGISTER(wide, narrow)                                               \
	({                                                                         \
		static u64 kept_, loaded_, based_, indexed_;                       \
		*(volatile u64 *)SCRATCH = 0x1111222233334444;                     \
		__asm__ volatile("movq %%" #wide ", %0\n\t"                        \
				 "movl %c4, %%" #narrow "\n\t"                     \
				 "movq %%" #wide ", %1\n\t"                        \
				 "movl %5, %%" #narrow "\n\t"                      \
				 "movq 8(%%" #wide "), %%" #wide "\n\t"            \
				 "movq %%" #wide ", %2\n\t"                        \
				 "movl %6, %%" #narrow "\n\t"                      \
				 "movl 8(, %%" #wide ", 4), %%" #narrow "\n\t"     \
				 "movq %%" #wide ", %3\n\t"                        \
				 "movq $0x77, %%" #wide "\n\t"                     \
				 "movq %%" #wide ", %c4\n\t"                       \
				 "movq %0, %%" #wide                               \
			: "+m"(kept_), "=m"(loaded_), "=m"(based_), "=m"(indexed_) \
			: "i"(ALIAS), "i"(ALIAS - 8), "i"((ALIAS - 8) / 4)         \
			: "memory");                                               \
		expect_equal(loaded_, 0x33334444, "a word loaded into " #narrow);  \
		expect_equal(based_, 0x1111222233334444,                           \
			"a load with " #wide " as the base");                      \
		expect_equal(indexed_, 0x33334444,                                 \
			"a load with " #wide " as the index");                     \
		expect_equal(*(volatile u64 *)SCRATCH, 0x77,                       \
			"a word stored from " #wide);                              \
	});

static void check_registers(void)
{
	/* A displacement of 32 bits is signed, so it does not reach where the device is. */
	expect_true(paging_map(ALIGN_DOWN(ALIAS, PAGE_SIZE), SCRATCH_PAGE, PAGE_SIZE,
			    PAGE_READ | PAGE_WRITE | PAGE_DEVICE),
		"paging_map to work");
	EACH_REGISTER(CHECK_REGISTER)
}

/* Bytes and words: the only device that takes them is the flash, which is not on all machines. */
#define PFLASH_MAGIC 0x646c6670

static void check_narrow_loads(void)
{
	static const u64 junk = 0x5555555555555555;
	u64 rax = junk;

	if (*(volatile u32 *)PFLASH_BASE != PFLASH_MAGIC) {
		print(TEST ": no pflash: not tried: loads of bytes and words\n");
		return;
	}
	__asm__ volatile("movb (%1), %%al" : "+a"(rax) : "r"(PFLASH_BASE));
	expect_equal(rax, (junk & ~0xffUL) | 0x70, "a byte");
	__asm__ volatile("movb 1(%1), %%ah" : "+a"(rax) : "Q"(PFLASH_BASE));
	expect_equal(rax, (junk & ~0xffffUL) | 0x6670, "a byte for ah");
	rax = junk;
	__asm__ volatile("movw 2(%1), %%ax" : "+a"(rax) : "r"(PFLASH_BASE));
	expect_equal(rax, (junk & ~0xffffUL) | 0x646c, "a word");
	__asm__ volatile("movzbl 1(%1), %%eax" : "=a"(rax) : "r"(PFLASH_BASE));
	expect_equal(rax, 0x66, "a byte, zero-extended");
	__asm__ volatile("movsbq 3(%1), %%rax" : "=a"(rax) : "r"(PFLASH_BASE));
	expect_equal(rax, 0x64, "a byte, sign-extended");
	__asm__ volatile("movzwq 1(%1), %%rax" : "=a"(rax) : "r"(PFLASH_BASE));
	expect_equal(rax, 0x6c66, "a word, misaligned");
}

int guest_main(void)
{
	check_forms();
	check_absolute();
	check_narrow_loads();
	paging_init();
	expect_true(paging_map(SCRATCH_PAGE, SCRATCH_PAGE, PAGE_SIZE,
			    PAGE_READ | PAGE_WRITE | PAGE_DEVICE),
		"paging_map to work");
	check_registers();
	print(TEST ": %lu forms\n", ARRAY_LEN(names));
	return test_ok();
}
