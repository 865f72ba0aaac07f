// SPDX-License-Identifier: Apache-2.0
// Accesses of all forms, where nobody answers them, and the faults they must cause.
#pragma once

#include "../../../nobody.h"
#include <guest/memory.h>
#include <guest/trap.h>
#include <arch/plic.h>
#include <arch/regs.h>
#include <arch/uart.h>

/* The assembler may not make a compressed instruction of it. */
#define LONG(insn) ".option push; .option norvc; " insn "; .option pop"

/* Functions of one access at a0, so that its pc is the function's. */
// clang-format off
#define ACCESSES(one)                                                           \
	one(lb, "lb a1, (a0)", CAUSE_LOAD_ACCESS)                               \
	one(lbu, "lbu a1, (a0)", CAUSE_LOAD_ACCESS)                             \
	one(lh, "lh a1, (a0)", CAUSE_LOAD_ACCESS)                               \
	one(lhu, "lhu a1, (a0)", CAUSE_LOAD_ACCESS)                             \
	one(lw, LONG("lw a1, (a0)"), CAUSE_LOAD_ACCESS)                         \
	one(lwu, "lwu a1, (a0)", CAUSE_LOAD_ACCESS)                             \
	one(ld, LONG("ld a1, (a0)"), CAUSE_LOAD_ACCESS)                         \
	one(c_lw, "c.lw a1, (a0)", CAUSE_LOAD_ACCESS)                           \
	one(c_ld, "c.ld a1, (a0)", CAUSE_LOAD_ACCESS)                           \
	one(sb, "sb a1, (a0)", CAUSE_STORE_ACCESS)                              \
	one(sh, "sh a1, (a0)", CAUSE_STORE_ACCESS)                              \
	one(sw, LONG("sw a1, (a0)"), CAUSE_STORE_ACCESS)                        \
	one(sd, LONG("sd a1, (a0)"), CAUSE_STORE_ACCESS)                        \
	one(c_sw, "c.sw a1, (a0)", CAUSE_STORE_ACCESS)                          \
	one(c_sd, "c.sd a1, (a0)", CAUSE_STORE_ACCESS)                          \
	one(amoadd_w, "amoadd.w a1, a1, (a0)", CAUSE_STORE_ACCESS)              \
	one(amoswap_d, "amoswap.d a1, a1, (a0)", CAUSE_STORE_ACCESS)            \
	one(lr_w, "lr.w a1, (a0)", CAUSE_LOAD_ACCESS)                           \
	one(lr_d, "lr.d a1, (a0)", CAUSE_LOAD_ACCESS)
// clang-format on

#define NOBODY                                                                 \
	0, 0x2000, 0x30000000, 0x40000000, 0x50000008, ram.start - 8, ram.end, \
		ram.end + 0x1000, BIT(38), BIT(40), BIT(41), BIT(50)

#define FETCH CAUSE_FETCH_ACCESS

static inline u64 fault_code(const struct fault *fault)
{
	return fault->cause;
}

/* Sizes and places that the devices do not take. All that is atomic is among them. */
static const struct refused refused[] = {
	{"ld", UART_BASE},
	{"sd", UART_BASE},
	{"c_ld", UART_BASE},
	{"lh", UART_BASE + 1},
	{"sw", UART_BASE + 2},
	{"lb", INTC_BASE + PLIC_PRIORITY(1)},
	{"sh", INTC_BASE + PLIC_PRIORITY(1)},
	{"sd", INTC_BASE + PLIC_ENABLE(1, 0)},
	{"lw", INTC_BASE + PLIC_PRIORITY(1) + 2},
	{"lbu", TEST_BASE},
	{"amoadd_w", UART_BASE},
	{"amoadd_w", INTC_BASE + PLIC_PRIORITY(1)},
	{"lr_w", UART_BASE},
	{"lr_w", INTC_BASE + PLIC_PRIORITY(1)},
};

/* Devices that no code can be fetched from. */
#define NO_CODE UART_BASE, INTC_BASE

#include "../../../nobody_fault.h"
