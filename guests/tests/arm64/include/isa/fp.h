// SPDX-License-Identifier: Apache-2.0
// Floating point and SIMD: q0-q31, FPCR and FPSR. DDI 0487, B1.2 and CPACR_EL1.
#pragma once

#include "../../../check.h"
#include <arch/psci.h>
#include <arch/uart.h>

#define FP_VALUES 66         /* q0-q31, FPCR, FPSR */
#define FPCR_ALL  0x03c00000 /* DN, FZ, RMode */
#define FPSR_ALL  0x0800009f /* QC, all flags */

#define FP_REGISTERS                                             \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, " \
	"16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

static inline bool fp_available(void)
{
	return true;
}

static inline void fp_values_limit(u64 *values)
{
	values[64] &= FPCR_ALL;
	values[65] &= FPSR_ALL;
}

static inline void fp_load(const u64 *values)
{
	__asm__ volatile(".arch_extension simd\n\t"
			 ".irp n, " FP_REGISTERS "\n\t"
			 "ldr q\\n, [%0, #16 * \\n]\n\t"
			 ".endr\n\t"
			 "ldr x9, [%0, #512]\n\t"
			 "msr fpcr, x9\n\t"
			 "ldr x9, [%0, #520]\n\t"
			 "msr fpsr, x9" ::"r"(values)
		: "x9", "memory");
}

static inline void fp_store(u64 *to)
{
	__asm__ volatile(".arch_extension simd\n\t"
			 ".irp n, " FP_REGISTERS "\n\t"
			 "str q\\n, [%0, #16 * \\n]\n\t"
			 ".endr\n\t"
			 "mrs x9, fpcr\n\t"
			 "str x9, [%0, #512]\n\t"
			 "mrs x9, fpsr\n\t"
			 "str x9, [%0, #520]" ::"r"(to)
		: "x9", "memory");
}

static inline void fp_turn(bool on)
{
	sysreg_write(cpacr_el1, field_put(CPACR_FPEN, on ? CPACR_FPEN_ALL : 0));
	isb();
}

static inline void fp_use(void)
{
	__asm__ volatile(".arch_extension simd\n\tfadd d0, d0, d0");
}

/* Nothing tells that they have been used. */
static inline void fp_used_expect(void)
{
}

static inline void null_call(void)
{
	psci_call(PSCI_VERSION, 0, 0, 0);
}

/* Writes a register that keeps any byte, and reads it. */
static inline u8 uart_keep(u8 value)
{
	*uart_reg(UART_IBRD) = value;
	return (u8)*uart_reg(UART_IBRD);
}
