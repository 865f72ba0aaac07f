// SPDX-License-Identifier: Apache-2.0
// Accesses of all forms where nobody answers them. On a PC that is no fault: what is read is all
// ones, what is written is lost.
#pragma once

#include "../../../nobody.h"
#include <guest/memory.h>
#include <arch/board.h>
#include <arch/regs.h>

#define KEPT 0x5a5a5a5a5a5a5a5aUL /* rax before the access */

/* Functions of one access at rdi; what is in rax afterwards. */
// clang-format off
#define ACCESSES(one)                                                       \
	one(mov_b, "movb (%rdi), %al", KEPT | 0xff)                         \
	one(mov_w, "movw (%rdi), %ax", KEPT | 0xffff)                       \
	one(mov_l, "movl (%rdi), %eax", 0xffffffff)                         \
	one(mov_q, "movq (%rdi), %rax", ~0UL)                               \
	one(movzx_b, "movzbl (%rdi), %eax", 0xff)                           \
	one(movzx_w, "movzwq (%rdi), %rax", 0xffff)                         \
	one(movsx_bl, "movsbl (%rdi), %eax", 0xffffffff)                    \
	one(movsx_b, "movsbq (%rdi), %rax", ~0UL)                           \
	one(movsxd, "movslq (%rdi), %rax", ~0UL)                            \
	one(misaligned, "movl 1(%rdi), %eax", 0xffffffff)                   \
	one(and_l, "andl (%rdi), %eax", (u32)KEPT)                          \
	one(add_b, "addb (%rdi), %al", KEPT - 1)                            \
	one(xor_q, "xorq (%rdi), %rax", ~KEPT)                              \
	one(store_b, "movb %al, (%rdi)", KEPT)                              \
	one(store_w, "movw %ax, (%rdi)", KEPT)                              \
	one(store_l, "movl %eax, (%rdi)", KEPT)                             \
	one(store_q, "movq %rax, (%rdi)", KEPT)                             \
	one(store_imm, "movl $1, (%rdi)", KEPT)                             \
	one(or_imm, "orl $1, (%rdi)", KEPT)                                 \
	one(inc, "incl (%rdi)", KEPT)                                       \
	one(not, "notq (%rdi)", KEPT)                                       \
	one(xchg, "xchgl %eax, (%rdi)", 0xffffffff)                         \
	one(xadd, "lock xaddl %eax, (%rdi)", 0xffffffff)                    \
	one(cmpxchg, "lock cmpxchgl %ecx, (%rdi)", 0xffffffff)              \
	one(bts, "lock btsl $3, (%rdi)", KEPT)                              \
	one(stos, "stosl", KEPT)                                            \
	one(movs, "movq %rdi, %rsi; movsb", KEPT)                           \
	one(lods, "movq %rdi, %rsi; lodsq", ~0UL)
// clang-format on

/* The end of what the cpu can address. */
static inline u64 physical_end(void)
{
	return BIT(field_get(BITS(7, 0), cpuid(0x80000008, 0).eax));
}

/* Behind RAM, between the devices below 4 GiB, and far up. */
#define NOBODY                                                         \
	ALIGN_UP(ram.end, MiB(1)), 0xc0000000, 0xd0000010, 0xfed80000, \
		physical_end() / 2, physical_end() - PAGE_SIZE

static inline u64 access_carry_out(const struct access *access, u64 addr)
{
	register u64 rax __asm__("rax") = KEPT;
	register u64 rdi __asm__("rdi") = addr;

	__asm__ volatile("call *%2"
		: "+r"(rax), "+r"(rdi)
		: "b"(access->fn)
		: "rcx", "rsi", "memory", "cc");
	return rax;
}

static inline void expect_nobody(const struct access *access, u64 addr)
{
	static u64 mapped;

	if (!mapped)
		paging_init();
	/* The page tables of the start end at 4 GiB. */
	if (ALIGN_DOWN(addr, PAGE_SIZE) != mapped) {
		mapped = ALIGN_DOWN(addr, PAGE_SIZE);
		expect_true(paging_map(mapped, mapped, PAGE_SIZE,
				    PAGE_READ | PAGE_WRITE | PAGE_DEVICE),
			"paging_map to work");
	}
	expect_equal(access_carry_out(access, addr), access->wanted, "rax of %s at 0x%lx",
		access->name, addr);
	expect_equal(*(volatile u64 *)addr, ~0UL, "all ones at 0x%lx after %s", addr,
		access->name);
}

/* What nobody gives is no code; whoever is below ends the guest. The guest "jump" is about it. */
static inline void expect_no_code(u64 addr)
{
	(void)addr;
}

static inline void expect_no_device_code(void)
{
}

/* Behind the devices' pages. */
static const struct refused refused[] = {
	{"mov_b", IOAPIC_BASE + PAGE_SIZE},
	{"movzx_w", HPET_BASE + PAGE_SIZE},
	{"store_l", HPET_BASE + PAGE_SIZE},
	{"mov_q", APIC_BASE + PAGE_SIZE},
};
