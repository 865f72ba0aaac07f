/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One way to write register bits, for C and assembly: BIT(n) and BITS(high, low) as the
 * manuals number them, always 64 bits wide.
 */
#pragma once

#ifdef __ASSEMBLER__
#define BIT(n)     (1 << (n))
#define BITS(h, l) ((~0 >> (63 - (h))) & (~0 << (l)))
#else
#include <hv/types.h>

#define BIT(n)                 (1UL << (n))
#define BITS(h, l)             ((~0UL >> (63 - (h))) & (~0UL << (l)))

/* The field of `reg` that `mask` (contiguous, not 0) covers, shifted down to bit 0. */
#define field_get(mask, reg)   (((reg) & (mask)) >> __builtin_ctzl(mask))
/* `value` shifted up to where `mask` covers; bits that do not fit are dropped. */
#define field_put(mask, value) (((u64)(value) << __builtin_ctzl(mask)) & (mask))

/* Bit `sign` of `value` copied into all higher bits. */
static inline u64 sign_extend(u64 value, u32 sign)
{
	u32 shift = 63 - sign;

	return (u64)((s64)(value << shift) >> shift);
}
#endif
