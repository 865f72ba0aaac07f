// SPDX-License-Identifier: Apache-2.0
// Floating point: xmm0-xmm15, MXCSR, and the x87's mm0-mm7 and control word. SDM volume 1,
// chapters 8-10; volume 3A, 13.1.
#pragma once

#include "../../../check.h"
#include <arch/hypercall.h>
#include <arch/uart.h>

#define FP_VALUES  42 /* xmm0-xmm15, mm0-mm7, MXCSR, the x87's control word */
#define FP_MXCSR   40
#define FP_CONTROL 41

#define MXCSR_ALL     0xffbfUL /* but denormals as zeros, which not all have */
#define MXCSR_MASKS   0x1f80UL /* no exceptions */
#define CONTROL_ALL   0x0f00UL /* rounding and precision */
#define CONTROL_MASKS 0x007fUL

#define FP_REGISTERS "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
#define MM_REGISTERS "0, 1, 2, 3, 4, 5, 6, 7"

static inline bool fp_available(void)
{
	return true;
}

static inline void fp_values_limit(u64 *values)
{
	values[FP_MXCSR] = (values[FP_MXCSR] & MXCSR_ALL) | MXCSR_MASKS;
	values[FP_CONTROL] = (values[FP_CONTROL] & CONTROL_ALL) | CONTROL_MASKS;
}

static inline void fp_load(const u64 *values)
{
	__asm__ volatile(".irp n, " FP_REGISTERS "\n\t"
			 "movdqa 16 * \\n(%0), %%xmm\\n\n\t"
			 ".endr\n\t"
			 ".irp n, " MM_REGISTERS "\n\t"
			 "movq 256 + 8 * \\n(%0), %%mm\\n\n\t"
			 ".endr\n\t"
			 "ldmxcsr 320(%0)\n\t"
			 "fldcw 328(%0)" ::"r"(values)
		: "memory");
}

static inline void fp_store(u64 *to)
{
	to[FP_CONTROL] = 0;
	to[FP_MXCSR] = 0;
	__asm__ volatile(".irp n, " FP_REGISTERS "\n\t"
			 "movdqa %%xmm\\n, 16 * \\n(%0)\n\t"
			 ".endr\n\t"
			 ".irp n, " MM_REGISTERS "\n\t"
			 "movq %%mm\\n, 256 + 8 * \\n(%0)\n\t"
			 ".endr\n\t"
			 "stmxcsr 320(%0)\n\t"
			 "fnstcw 328(%0)" ::"r"(to)
		: "memory");
}

static inline void fp_turn(bool on)
{
	cr_write(cr4, cr_read(cr4) | CR4_OSFXSR | CR4_OSXMMEXCPT);
	cr_write(cr0, on ? cr_read(cr0) & ~CR0_TS : cr_read(cr0) | CR0_TS);
}

static inline void fp_use(void)
{
	__asm__ volatile("paddq %xmm0, %xmm0");
}

/* Nothing tells that they have been used. */
static inline void fp_used_expect(void)
{
}

/* Nobody below: an instruction that always exits if there is somebody. */
static inline void null_call(void)
{
	if (hypercall_works())
		hypercall(CALL_VERSION, 0);
	else
		cpuid(0, 0);
}

/* Writes a register that keeps any byte, and reads it. */
static inline u8 uart_keep(u8 value)
{
	uart_out(UART_SCR, value);
	return uart_in(UART_SCR);
}
