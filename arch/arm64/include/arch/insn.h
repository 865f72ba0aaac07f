// SPDX-License-Identifier: Apache-2.0
// Loads and stores, decoded: what an access to a device needs to know of the instruction that
// made it, where the syndrome does not tell. The address comes from the hardware.
#pragma once

#include <hv/types.h>

#define INSN_BYTES 4

enum { INSN_ZR = 31 }; /* as `reg`: reads as 0 and is never written */
enum { INSN_SP = 31 }; /* as `base` */

struct insn {
	u8 size;   /* bytes of one access: 1, 2, 4 or 8 */
	u8 count;  /* accesses, at address and address + size: 1, or 2 for a pair */
	u8 reg[2]; /* loaded or stored by each: x0 .. x30 or INSN_ZR */
	bool write;
	bool sign_extend; /* a signed load, narrower than the register */
	bool wide;        /* the registers are X, not W */
	bool writeback;   /* at the end `offset` is added to `base`; else both are 0 */
	u8 base;          /* x0 .. x30 or INSN_SP */
	s16 offset;
} __attribute__((aligned(8))); /* so that it is copied at once */

_Static_assert(sizeof(struct insn) == 16, "two registers");

/*
 * Decodes the instruction `word`. False, with *insn undefined, for all that is not a plain
 * load or store of general registers: exclusives, atomics, SIMD and floating point, prefetch,
 * tags, authenticated loads. Ordered loads and stores are plain ones here. Pure.
 */
bool insn_decode(u32 word, struct insn *insn);

/* What a load leaves in all 64 bits of its register, if it reads `value`. Pure. */
u64 insn_extend(const struct insn *insn, u64 value);
