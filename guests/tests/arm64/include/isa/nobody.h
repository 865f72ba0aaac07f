// SPDX-License-Identifier: Apache-2.0
// Accesses of all forms, where nobody answers them, and the synchronous external aborts that they
// must cause: DDI 0487, D19.2.37.
#pragma once

#include "../../../nobody.h"
#include <guest/memory.h>
#include <guest/trap.h>
#include <arch/board.h>
#include <arch/regs.h>

#define FETCH (field_put(ESR_EC, EC_FETCH) | ESR_IL | FSC_EXTERNAL)
#define LOAD  (field_put(ESR_EC, EC_DATA) | ESR_IL | FSC_EXTERNAL)
#define STORE (LOAD | ESR_WNR)

/* Functions of one access at x0, so that its pc is the function's. */
// clang-format off
#define ACCESSES(one)                                                   \
	one(ldrb, "ldrb w1, [x0]", LOAD)                                \
	one(ldrsb_w, "ldrsb w1, [x0]", LOAD)                            \
	one(ldrsb_x, "ldrsb x1, [x0]", LOAD)                            \
	one(ldrh, "ldrh w1, [x0]", LOAD)                                \
	one(ldrsh_w, "ldrsh w1, [x0]", LOAD)                            \
	one(ldrsh_x, "ldrsh x1, [x0]", LOAD)                            \
	one(ldr_w, "ldr w1, [x0]", LOAD)                                \
	one(ldrsw, "ldrsw x1, [x0]", LOAD)                              \
	one(ldr_x, "ldr x1, [x0]", LOAD)                                \
	one(ldur, "ldur w1, [x0]", LOAD)                                \
	one(ldtr, "ldtr w1, [x0]", LOAD)                                \
	one(ldr_post, "ldr w1, [x0], #16", LOAD)                        \
	one(ldr_pre, "ldr w1, [x0, #0]!", LOAD)                         \
	one(ldr_reg, "ldr w1, [x0, xzr]", LOAD)                         \
	one(ldp_w, "ldp w1, w2, [x0]", LOAD)                            \
	one(ldp_x, "ldp x1, x2, [x0]", LOAD)                            \
	one(ldpsw, "ldpsw x1, x2, [x0]", LOAD)                          \
	one(ldp_post, "ldp x1, x2, [x0], #16", LOAD)                    \
	one(ldnp, "ldnp x1, x2, [x0]", LOAD)                            \
	one(ldar, "ldar w1, [x0]", LOAD)                                \
	one(ldxr, "ldxr w1, [x0]", LOAD)                                \
	one(ldaxr, "ldaxr x1, [x0]", LOAD)                              \
	one(strb, "strb w1, [x0]", STORE)                               \
	one(strh, "strh w1, [x0]", STORE)                               \
	one(str_w, "str w1, [x0]", STORE)                               \
	one(str_x, "str x1, [x0]", STORE)                               \
	one(str_zr, "str xzr, [x0]", STORE)                             \
	one(stur, "stur w1, [x0]", STORE)                               \
	one(sttr, "sttr w1, [x0]", STORE)                               \
	one(str_post, "str w1, [x0], #16", STORE)                       \
	one(str_pre, "str w1, [x0, #0]!", STORE)                        \
	one(str_reg, "str w1, [x0, xzr]", STORE)                        \
	one(stp_w, "stp w1, w2, [x0]", STORE)                           \
	one(stp_x, "stp x1, x2, [x0]", STORE)                           \
	one(stp_post, "stp x1, x2, [x0], #16", STORE)                   \
	one(stnp, "stnp x1, x2, [x0]", STORE)                           \
	one(stlr, "stlr w1, [x0]", STORE)
// clang-format on

/* The end of what the cpu can address. */
static inline u64 physical_end(void)
{
	static const u32 bits[] = {32, 36, 40, 42, 44, 48, 52};
	u64 range = field_get(MMFR0_PARANGE, sysreg_read(id_aa64mmfr0_el1));

	return BIT(bits[MIN(range, ARRAY_LEN(bits) - 1)]);
}

#define NOBODY                                                                     \
	0x08020000, 0x09800000, 0x0e000000, 0x0f000008, ram.end, ram.end + 0x1000, \
		physical_end() / 2, physical_end() - PAGE_SIZE

static inline u64 fault_code(const struct fault *fault)
{
	return fault->cause & (ESR_EC | ESR_IL | ESR_WNR | ESR_FSC);
}

/* Sizes that the devices do not take. All that is exclusive is among them. */
static const struct refused refused[] = {
	{"ldr_x", UART_BASE},
	{"str_x", UART_BASE},
	{"ldxr", UART_BASE},
	{"ldaxr", UART_BASE},
	{"ldxr", GICD_BASE},
	{"ldaxr", GICD_BASE},
};

/* Devices that no code can be fetched from. */
#define NO_CODE UART_BASE, GICD_BASE

#include "../../../nobody_fault.h"
