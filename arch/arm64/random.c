// SPDX-License-Identifier: Apache-2.0
// Random numbers of the CPU's own (Arm ARM, FEAT_RNG).
#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/fail.h>
#include <arch/sysreg.h>

#define ISAR0_RNDR BITS(63, 60) /* ID_AA64ISAR0_EL1: 0, there is none */

int arch_random(u64 *bits)
{
	bool ok;

	if (!field_get(ISAR0_RNDR, sysreg_read(id_aa64isar0_el1)))
		return -ENODEV;
	/* RNDRRS: the generator behind it is seeded anew for each; NZCV is 0b0100 if it was not. */
	asm volatile("mrs %0, s3_3_c2_c4_1\n\tcset %w1, ne"
		: "=&r"(*bits), "=r"(ok)
		:
		: "cc");
	return ok ? 0 : -EAGAIN;
}
