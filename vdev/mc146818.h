// SPDX-License-Identifier: Apache-2.0
// The clock chip of PCs and its RAM (Motorola MC146818A data sheet): time, alarm and periodic
// interrupt are worked out from guest time when somebody looks, so that nothing runs while
// nobody does.
#pragma once

#include <hv/types.h>

#define MC146818_BYTES 128

/* Plain state. Moments are ns of guest time. */
struct mc146818 {
	u8 ram[MC146818_BYTES]; /* all registers too; of register C its flags without IRQF */
	u64 base;               /* calendar seconds, */
	u64 mark;               /* which began at this moment, modulo 2^64 */
	u64 synced;             /* register C has the flags up to this moment */
};

/* 24 hours, BCD, and the time in seconds since 1970 at moment 0. */
void mc146818_init(struct mc146818 *s, u64 seconds);
/* What the battery keeps, stays: the time and all RAM. Nothing has happened up to `now`. */
void mc146818_reset(struct mc146818 *s, u64 now);
/* `reg` is less than MC146818_BYTES. A read of register C clears it. */
u8 mc146818_read(struct mc146818 *s, u32 reg, u64 now);
void mc146818_write(struct mc146818 *s, u32 reg, u8 value, u64 now);
/* Looks what has happened; the level of IRQ. */
bool mc146818_sync(struct mc146818 *s, u64 now);
/* When IRQ rises next by itself, or ~0: never. After mc146818_sync(). */
u64 mc146818_next(const struct mc146818 *s, u64 now);
