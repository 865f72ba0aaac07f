// SPDX-License-Identifier: Apache-2.0
// The F and D extensions: f0-f31 and fcsr. Unprivileged spec, chapters 21 and 22; sstatus.FS,
// privileged spec 3.1.6.6.
#pragma once

#include "../../../check.h"
#include <guest/fdt.h>
#include <arch/sbi.h>
#include <arch/uart.h>

#define SSTATUS_FS BITS(14, 13)
enum { FS_OFF, FS_INITIAL, FS_CLEAN, FS_DIRTY };

#define FP_VALUES 33   /* f0-f31, fcsr */
#define FCSR_ALL  0x9f /* rounding mode 4, all flags */

#define FP_REGISTERS                                             \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, " \
	"16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

static inline bool fp_available(void)
{
	const char *isa = fdt_property("/cpus/cpu", "riscv,isa", NULL);

	expect_true(isa, "riscv,isa in the device tree");
	for (isa += strlen("rv64"); *isa && *isa != '_'; isa++) {
		if (*isa == 'd')
			return true;
	}
	return false;
}

static inline void fp_values_limit(u64 *values)
{
	values[32] &= FCSR_ALL;
}

static inline void fp_load(const u64 *values)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 ".irp n, " FP_REGISTERS "\n\t"
			 "fld f\\n, 8 * \\n(%0)\n\t"
			 ".endr\n\t"
			 "ld t0, 256(%0)\n\t"
			 "fscsr t0\n\t"
			 ".option pop" ::"r"(values)
		: "t0", "memory");
}

static inline void fp_store(u64 *to)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 ".irp n, " FP_REGISTERS "\n\t"
			 "fsd f\\n, 8 * \\n(%0)\n\t"
			 ".endr\n\t"
			 "frcsr t0\n\t"
			 "sd t0, 256(%0)\n\t"
			 ".option pop" ::"r"(to)
		: "t0", "memory");
}

static inline void fp_turn(bool on)
{
	csr_clear(sstatus, SSTATUS_FS);
	if (on)
		csr_set(sstatus, field_put(SSTATUS_FS, FS_INITIAL));
}

static inline void fp_use(void)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 "fadd.d f0, f0, f0\n\t"
			 ".option pop");
}

static inline void fp_used_expect(void)
{
	expect_equal(field_get(SSTATUS_FS, csr_read(sstatus)), FS_DIRTY,
		"FS after fadd.d");
}

static inline void null_call(void)
{
	sbi_spec_version();
}

/* Writes a register that keeps any byte, and reads it. */
static inline u8 uart_keep(u8 value)
{
	*uart_reg(UART_SCR) = value;
	return *uart_reg(UART_SCR);
}
