// SPDX-License-Identifier: Apache-2.0
// For the tests of arch/x86_64/insn*.c: random instructions, the same in every run, and how to
// show one. INSN_FUZZ_SEED and INSN_FUZZ_ROUNDS in the environment change the run.
#pragma once

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/bits.h>
#include <arch/insn.h>

static u64 random_state;

static inline u64 random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dUL;
}

static inline u64 random_below(u64 n)
{
	return (random_next() >> 16) % n;
}

static inline u64 environment(const char *name, u64 usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : usual;
}

/* Seeds, says how, and returns the number of rounds. */
static inline u64 random_start(u64 rounds)
{
	random_state = environment("INSN_FUZZ_SEED", 88172645463325252UL) | 1;
	rounds = environment("INSN_FUZZ_ROUNDS", rounds);
	print_message("INSN_FUZZ_SEED=%#lx INSN_FUZZ_ROUNDS=%lu\n",
		(unsigned long)random_state, (unsigned long)rounds);
	return rounds;
}

static const enum insn_mode insn_modes[] = {INSN_16, INSN_32, INSN_64};

/* Bytes that often are an instruction: prefixes, an opcode of one, two or three bytes, noise. */
static inline u32 random_bytes(u8 bytes[INSN_BYTES_MAX])
{
	static const u8 prefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36,
		0x3e, 0x64, 0x65, 0x40, 0x41, 0x44, 0x48, 0x4c, 0x4f};
	u32 n = 0, map = (u32)random_below(8);

	for (u32 i = 0; i < INSN_BYTES_MAX; i++)
		bytes[i] = (u8)random_next();
	while (n < INSN_BYTES_MAX && random_below(2))
		bytes[n++] = prefixes[random_below(sizeof(prefixes))];
	if (map < 3 && n < INSN_BYTES_MAX)
		bytes[n++] = 0x0f;
	if (map == 0 && n < INSN_BYTES_MAX)
		bytes[n++] = 0x38;
	if (map == 0 && n < INSN_BYTES_MAX)
		bytes[n++] = 0xf0 | (u8)random_below(2);
	return INSN_BYTES_MAX;
}

static inline const char *hex(const u8 *bytes, u32 len)
{
	static char text[3 * INSN_BYTES_MAX + 1];

	text[0] = 0;
	for (u32 i = 0; i < len && i < INSN_BYTES_MAX; i++)
		snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
	return text;
}
