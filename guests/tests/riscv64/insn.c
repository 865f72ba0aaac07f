// SPDX-License-Identifier: Apache-2.0
// Every form of load and store, compressed ones too, against registers of devices, with every
// general register as the destination and as the source. The hypervisor must find out size,
// sign, register and length of each.
#define TEST "insn"
#include "../check.h"
#include <arch/plic.h>
#include <arch/uart.h>

#define BYTE 0xa5
#define WORD \
	0x80a5c3f0U /* of an enable register: sources that exist or not, all bits kept */
#define SMALL 5     /* of a priority register: 3 bits */

static u64 byte_reg, word_reg;

/* The word keeps these bits of what is stored: a board may have fewer sources. */
static u32 word_bits;

/* The assembler may not make a compressed instruction of it. */
#define LONG(insn) ".option push\n\t.option norvc\n\t" insn "\n\t.option pop"

/* `insn` loads from (a0) to a1. */
#define LOAD(insn, at, wanted)                                                 \
	({                                                                     \
		register u64 addr_ __asm__("a0") = (at);                       \
		register u64 value_ __asm__("a1") = 0x5555555555555555UL;      \
		__asm__ volatile(insn : "+r"(value_) : "r"(addr_) : "memory"); \
		expect_equal(value_, wanted, "result of %s", #insn);           \
	})

/* `insn` stores a1 at (a0). */
#define STORE(insn, at, value)                                               \
	({                                                                   \
		register u64 addr_ __asm__("a0") = (at);                     \
		register u64 value_ __asm__("a1") = (value);                 \
		__asm__ volatile(insn ::"r"(addr_), "r"(value_) : "memory"); \
	})

static void check_forms(void)
{
	u64 word = WORD & word_bits;

	STORE(LONG("sb a1, (a0)"), byte_reg, 0xffffffffffffff00UL | BYTE);
	LOAD(LONG("lb a1, (a0)"), byte_reg, (u64)(s8)BYTE);
	LOAD(LONG("lbu a1, (a0)"), byte_reg, BYTE);
	STORE(LONG("sw a1, (a0)"), word_reg, 0xffffffff00000000UL | WORD);
	LOAD(LONG("lw a1, (a0)"), word_reg, (u64)(s32)word);
	LOAD(LONG("lwu a1, (a0)"), word_reg, word);
	LOAD("c.lw a1, (a0)", word_reg, (u64)(s32)word);
	STORE(LONG("sb a1, (a0)"), byte_reg, 0x7f);
	LOAD(LONG("lb a1, (a0)"), byte_reg, 0x7f);
	STORE("c.sw a1, (a0)", word_reg, 0x12345678);
	LOAD(LONG("lw a1, (a0)"), word_reg, 0x12345678 & word_bits);
	LOAD(LONG("lh a1, (a0)"), TEST_BASE, 0);
	LOAD(LONG("lhu a1, (a0)"), TEST_BASE, 0);
}

/* Offsets are part of the instruction, in three different encodings. */
static void check_offsets(void)
{
	u64 priority = (u64)plic_reg(PLIC_PRIORITY(0));
	register u64 a0 __asm__("a0") = priority - 2044;
	register u64 a1 __asm__("a1") = SMALL;
	register u64 a2 __asm__("a2") = priority + 2044 + 4;
	register u64 a3 __asm__("a3") = 0;
	register u64 a4 __asm__("a4") = priority;

	/* Source 0 has no priority; the others are for source 1. */
	__asm__ volatile(LONG("sw a1, 2044(a0)")::"r"(a0), "r"(a1) : "memory");
	__asm__ volatile(LONG("sw a1, -2044(a2)")::"r"(a1), "r"(a2) : "memory");
	__asm__ volatile(LONG("lw a3, 4(a4)") : "+r"(a3) : "r"(a4) : "memory");
	expect_equal(a3, SMALL, "priority of source 1, stored with a negative offset");
	__asm__ volatile("c.sw a1, 124(a4)" ::"r"(a1), "r"(a4) : "memory");
	__asm__ volatile("c.lw a3, 124(a4)" : "+r"(a3) : "r"(a4) : "memory");
	expect_equal(a3, SMALL, "priority of source 31, by compressed instructions");
}

/* c.lwsp and c.swsp: sp is lent out; interrupts are off, and only we take exceptions. */
static void check_sp(void)
{
	u64 at = (u64)plic_reg(PLIC_PRIORITY(1)), value = 0;

	__asm__ volatile("mv t0, sp\n\t"
			 "mv sp, %1\n\t"
			 "li t1, 3\n\t"
			 "c.swsp t1, 8(sp)\n\t"
			 "c.lwsp t2, 8(sp)\n\t"
			 "mv sp, t0\n\t"
			 "mv %0, t2"
		: "=r"(value)
		: "r"(at)
		: "t0", "t1", "t2", "memory");
	expect_equal(value, 3, "c.swsp and c.lwsp");
}

/*
 * load_x<n>(addr, kept): loads a byte from addr (a0) into x<n> and returns it. All registers
 * that a function must keep go to `kept`, which sscratch remembers.
 * store_x<n>(addr, kept): stores 64 + n from x<n>.
 */
__asm__(".macro keep\n\t"
	"csrw sscratch, a1\n\t"
	".irp r, 1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n\t"
	"sd x\\r, 8 * \\r(a1)\n\t"
	".endr\n\t"
	".endm\n\t"
	/* the base is the register `to`; x<from> becomes the result */
	".macro leave from, to\n\t"
	"csrr x\\to, sscratch\n\t"
	"sd x\\from, (x\\to)\n\t"
	".irp r, 1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n\t"
	".if \\r - \\to\n\t"
	"ld x\\r, 8 * \\r(x\\to)\n\t"
	".endif\n\t"
	".endr\n\t"
	"ld a0, (x\\to)\n\t"
	"ret\n\t"
	".endm\n\t"
	".macro one n, base, spare\n\t"
	"load_x\\n: keep\n\t"
	"mv x\\base, a0\n\t"
	".if \\n\n\t"
	"li x\\n, 0x123\n\t"
	".endif\n\t"
	"lbu x\\n, (x\\base)\n\t"
	"leave \\n, \\spare\n\t"
	"store_x\\n: keep\n\t"
	"mv x\\base, a0\n\t"
	".if \\n\n\t"
	"li x\\n, 64 + \\n\n\t"
	".endif\n\t"
	"sb x\\n, (x\\base)\n\t"
	"leave \\n, \\spare\n\t"
	".endm\n\t"
	".text\n\t"
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, "
	"22, 23, 24, 25, 26, 27, 28, 29\n\t"
	"one \\n, 30, 31\n\t"
	".endr\n\t"
	"one 10, 30, 31\n\t"
	"one 30, 5, 6\n\t"
	"one 31, 5, 6\n\t"
	".section .rodata\n\t"
	".balign 8\n"
	"insn_registers:\n\t"
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
	"21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\t"
	".quad load_x\\n, store_x\\n\n\t"
	".endr\n\t"
	".text");

extern const struct {
	u64 (*load)(u64 addr, u64 *kept);
	void (*store)(u64 addr, u64 *kept);
} insn_registers[32];

static void check_registers(void)
{
	u64 kept[32];

	for (u32 n = 0; n < 32; n++) {
		*(volatile u8 *)byte_reg = (u8)(BYTE + n);
		expect_equal(insn_registers[n].load(byte_reg, kept),
			n ? (u8)(BYTE + n) : 0, "a byte loaded into x%u", n);
		insn_registers[n].store(byte_reg, kept);
		expect_equal(*(volatile u8 *)byte_reg, n ? 64 + n : 0,
			"a byte stored from x%u", n);
	}
}

/* The base may be the destination, and two accesses may follow each other directly. */
static void check_chains(void)
{
	register u64 a0 __asm__("a0") = byte_reg;
	register u64 a1 __asm__("a1") = byte_reg;
	register u64 a2 __asm__("a2") = 0x42;

	__asm__ volatile("sb a2, (a0)\n\t"
			 "lbu a0, (a0)\n\t"
			 "sb a0, (a1)\n\t"
			 "lbu a2, (a1)"
		: "+r"(a0), "+r"(a1), "+r"(a2)::"memory");
	expect_equal(a0, 0x42, "a load over its own base");
	expect_equal(a2, 0x42, "a store and a load of it");
}

int guest_main(void)
{
	byte_reg = (u64)uart_reg(UART_SCR);
	word_reg = (u64)plic_reg(PLIC_ENABLE(1, 0));
	*(volatile u32 *)word_reg = ~0U;
	word_bits = *(volatile u32 *)word_reg;
	expect_true(word_bits >= BIT(31), "an enable bit of source 31");
	check_forms();
	check_offsets();
	check_sp();
	check_registers();
	check_chains();
	*(volatile u32 *)word_reg = 0;
	return test_ok();
}
