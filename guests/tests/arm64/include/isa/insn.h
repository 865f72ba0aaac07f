// SPDX-License-Identifier: Apache-2.0
// Every form of load and store against device registers: those that a data abort's syndrome
// describes and those whose instruction the hypervisor has to look at, with every general
// register as the destination and as the source. At EL1 and at EL0.
#pragma once

#include "../../../check.h"
#include <arch/board.h>

/* Two neighbours of the UART that keep what is written: 16 bits and 6. */
#define IBRD (UART_BASE + 0x24)
#define FBRD (UART_BASE + 0x28)
#define BYTE 0xa5U
#define HALF 0xc3a5U
#define SIX  0x2dU
#define JUNK 0x5555555555555555UL

static inline volatile u32 *reg(u64 at)
{
	return (volatile u32 *)at;
}

/* `insn` loads from [x0] or near it to x1; x0 is `moved` afterwards. */
#define LOAD(insn, at, wanted, moved)                                                \
	({                                                                           \
		register u64 x0_ __asm__("x0") = (at);                               \
		register u64 x1_ __asm__("x1") = JUNK;                               \
		register u64 x2_ __asm__("x2") = 4;                                  \
		__asm__ volatile(insn : "+r"(x0_), "+r"(x1_) : "r"(x2_) : "memory"); \
		expect_equal(x1_, wanted, "result of %s", insn);                     \
		expect_equal(x0_, (at) + (moved), "base after %s", insn);            \
	})

/* `insn` stores x1 at [x0] or near it, to `to`. */
#define STORE(insn, at, value, to, wanted, moved)                                   \
	({                                                                          \
		register u64 x0_ __asm__("x0") = (at);                              \
		register u64 x1_ __asm__("x1") = (value);                           \
		register u64 x2_ __asm__("x2") = 4;                                 \
		*reg(to) = 0;                                                       \
		__asm__ volatile(insn : "+r"(x0_) : "r"(x1_), "r"(x2_) : "memory"); \
		expect_equal(*reg(to), wanted, "what %s stored", insn);             \
		expect_equal(x0_, (at) + (moved), "base after %s", insn);           \
	})

static inline void check_loads(void)
{
	*reg(IBRD) = HALF;
	LOAD("ldr w1, [x0]", IBRD, HALF, 0);
	LOAD("ldrb w1, [x0]", IBRD, BYTE, 0);
	LOAD("ldrh w1, [x0]", IBRD, HALF, 0);
	LOAD("ldrsb w1, [x0]", IBRD, (u32)(s8)BYTE, 0);
	LOAD("ldrsb x1, [x0]", IBRD, (u64)(s8)BYTE, 0);
	LOAD("ldrsh w1, [x0]", IBRD, (u32)(s16)HALF, 0);
	LOAD("ldrsh x1, [x0]", IBRD, (u64)(s16)HALF, 0);
	LOAD("ldrsw x1, [x0]", IBRD, HALF, 0);
	LOAD("ldr w1, [x0, #4]", IBRD - 4, HALF, 0);
	LOAD("ldur w1, [x0, #-4]", IBRD + 4, HALF, 0);
	LOAD("ldtr w1, [x0]", IBRD, HALF, 0);
	LOAD("ldr w1, [x0, x2]", IBRD - 4, HALF, 0);
	LOAD("ldr w1, [x0, w2, uxtw #2]", IBRD - 16, HALF, 0);
	LOAD("ldr w1, [x0], #8", IBRD, HALF, 8);
	LOAD("ldrsb x1, [x0], #-3", IBRD, (u64)(s8)BYTE, -3UL);
	LOAD("ldr w1, [x0, #4]!", IBRD - 4, HALF, 4);
	LOAD("ldrh w1, [x0, #-4]!", IBRD + 4, HALF, -4UL);
	LOAD("ldar w1, [x0]", IBRD, HALF, 0);
	LOAD("ldarb w1, [x0]", IBRD, BYTE, 0);
}

static inline void check_stores(void)
{
	STORE("str w1, [x0]", IBRD, HALF, IBRD, HALF, 0);
	STORE("strh w1, [x0]", IBRD, 0xffff0000UL | HALF, IBRD, HALF, 0);
	STORE("strb w1, [x0]", IBRD, HALF, IBRD, BYTE, 0);
	STORE("stur w1, [x0, #-4]", IBRD + 4, HALF, IBRD, HALF, 0);
	STORE("str w1, [x0, x2]", IBRD - 4, HALF, IBRD, HALF, 0);
	STORE("str w1, [x0], #12", IBRD, HALF, IBRD, HALF, 12);
	STORE("str w1, [x0, #-8]!", IBRD + 8, HALF, IBRD, HALF, -8UL);
	STORE("stlr w1, [x0]", IBRD, HALF, IBRD, HALF, 0);
	STORE("sttr w1, [x0]", IBRD, HALF, IBRD, HALF, 0);
	STORE("str wzr, [x0]", IBRD, HALF, IBRD, 0, 0);
}

static inline void check_pairs(void)
{
	register u64 x0 __asm__("x0") = IBRD;
	register u64 x1 __asm__("x1") = HALF;
	register u64 x2 __asm__("x2") = SIX;

	__asm__ volatile("stp w1, w2, [x0], #16"
		: "+r"(x0)
		: "r"(x1), "r"(x2)
		: "memory");
	expect_equal(x0, IBRD + 16, "base after stp");
	expect_equal(*reg(IBRD), HALF, "first register of stp");
	expect_equal(*reg(FBRD), SIX, "second register of stp");
	x0 = IBRD + 8;
	x1 = x2 = JUNK;
	__asm__ volatile("ldp w1, w2, [x0, #-8]!"
		: "+r"(x0), "+r"(x1), "+r"(x2)::"memory");
	expect_equal(x0, IBRD, "base after ldp");
	expect_equal(x1, HALF, "first register of ldp");
	expect_equal(x2, SIX, "second register of ldp");
	x1 = x2 = JUNK;
	__asm__ volatile("ldpsw x1, x2, [x0]" : "+r"(x1), "+r"(x2) : "r"(x0) : "memory");
	expect_equal(x1, HALF, "first register of ldpsw");
	expect_equal(x2, SIX, "second register of ldpsw");
}

/* SP as the base of an access with writeback; nothing else uses it meanwhile. */
static inline void check_sp(void)
{
	u64 value, after;

	*reg(IBRD) = HALF;
	__asm__ volatile("mov x9, sp\n\t"
			 "mov x10, %2\n\t"
			 "mov sp, x10\n\t"
			 "ldr w11, [sp, #4]\n\t"
			 "ldr w12, [sp], #16\n\t"
			 "mov x10, sp\n\t"
			 "mov sp, x9\n\t"
			 "mov %0, x11\n\t"
			 "mov %1, x10"
		: "=&r"(value), "=&r"(after)
		: "r"((u64)IBRD - 4)
		: "x9", "x10", "x11", "x12", "memory");
	expect_equal(value, HALF, "load with sp as its base");
	expect_equal(after, IBRD - 4 + 16, "sp after a load");
}

/* A byte loaded into each register, and one stored from it. */
// clang-format off
#define EACH_REGISTER(x)                                                                \
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) \
	x(15) x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27)   \
	x(28) x(30)
// clang-format on

#define CHECK_REGISTER(n)                                                    \
	({                                                                   \
		u64 value_;                                                  \
		*reg(IBRD) = BYTE + n;                                       \
		__asm__ volatile("mov x" #n ", %1\n\t"                       \
				 "ldrb w" #n ", [x" #n "]\n\t"               \
				 "mov %0, x" #n                              \
			: "=r"(value_)                                       \
			: "r"((u64)IBRD)                                     \
			: "x" #n, "memory");                                 \
		expect_equal(value_, BYTE + n, "a byte loaded into x%u", n); \
	});

static inline void check_registers(void)
{
	EACH_REGISTER(CHECK_REGISTER)
}

static inline void check_forms(void)
{
	check_loads();
	check_stores();
	check_pairs();
	check_sp();
	check_registers();
}
