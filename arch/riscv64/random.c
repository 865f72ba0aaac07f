// SPDX-License-Identifier: Apache-2.0
// Random numbers of the hart's own (RISC-V Cryptography Extensions, volume I, chapter 4: Zkr).
#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/fail.h>
#include <arch/csr.h>

#include "boot.h"
#include "random.h"

/* CSR seed */
#define SEED_OPST    BITS(31, 30) /* what it says: */
#define SEED_ENTROPY BITS(15, 0)
enum { OPST_BIST = 0, OPST_WAIT = 1, OPST_ES16 = 2, OPST_DEAD = 3 };

#define WAIT_MAX     100 /* looks at a source that is about to have some */
#define SEED_BITS    16
/*
 * 256 bits of seed have 192 bits of entropy at least (4.3); so each half of what we give is two
 * of its words, one over the other.
 */
#define WORDS_TWICED (2 * 64 / SEED_BITS)

/* A look wipes what it saw, so it has to be a write (4.1). */
static u64 seed_look(void)
{
	u64 seed;

	asm volatile("csrrw %0, 0x015, zero" : "=r"(seed)::"memory");
	return seed;
}

bool random_probe(void)
{
	trap_probing(true);
	seed_look();
	return !trap_probing(false);
}

/* 16 bits, or -EAGAIN. */
static int seed_take(u64 *bits)
{
	for (u32 i = 0; i < WAIT_MAX; i++) {
		u64 seed = seed_look();

		switch (field_get(SEED_OPST, seed)) {
		case OPST_ES16: *bits = field_get(SEED_ENTROPY, seed); return 0;
		case OPST_DEAD: return -EAGAIN;
		}
	}
	return -EAGAIN;
}

int arch_random(u64 *bits)
{
	u64 word;

	if (!machine.zkr)
		return -ENODEV;
	*bits = 0;
	for (u32 i = 0; i < WORDS_TWICED; i++) {
		int err = seed_take(&word);

		if (err)
			return err;
		*bits ^= word << (i * SEED_BITS % 64);
	}
	return 0;
}
