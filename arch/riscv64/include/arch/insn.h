// SPDX-License-Identifier: Apache-2.0
// Loads and stores, decoded: what an access to a device needs to know of the instruction
// that made it.
#pragma once

#include <hv/types.h>

struct insn {
	u8 length; /* bytes of the instruction in memory: 2 or 4 */
	u8 size;   /* bytes accessed: 1, 2, 4 or 8 */
	u8 reg;    /* loaded or stored: x0 .. x31, or f0 .. f31 if `floating` */
	bool write;
	bool sign_extend; /* a signed load, narrower than the register */
	bool floating;
} __attribute__((aligned(8))); /* so that it is copied at once */

/*
 * Decodes `word`: an htinst with bit 0 set, which is a load or store in transformed form
 * (Priv. spec, "Transformed Instruction or Pseudoinstruction for mtinst or htinst"), or
 * what was fetched at the pc after a load or store faulted, a 16-bit instruction with
 * anything in the upper half. Other values of htinst are 0 or pseudoinstructions and must
 * not be given: in memory they would be loads.
 *
 * False, with *insn undefined, for all that is not a plain load or store: AMOs, LR, SC,
 * vector and cache instructions. Pure.
 */
bool insn_decode(u32 word, struct insn *insn);

/* `word` is an AMO or SC, which count as stores also where they load. */
bool insn_is_amo(u32 word);
