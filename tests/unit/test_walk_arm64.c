// SPDX-License-Identifier: Apache-2.0
// arch/arm64/walk.c: tables of every granule and size in both halves, what must not translate,
// and registers and tables full of noise.
#include "unit.h"

#include <hv/bits.h>

#include "arch/arm64/walk.h"

#define SCTLR_EE BIT(25)
#define SCTLR_M  BIT(0)
#define TCR_DS   BIT(59)
#define TCR_TBI1 BIT(38)
#define TCR_TBI0 BIT(37)
#define TCR_IPS  BITS(34, 32)
#define TCR_EPD1 BIT(23)
#define TCR_EPD0 BIT(7)

#define TABLE 3UL
#define PAGE  3UL
#define BLOCK 1UL
/* All bits of a leaf that are no part of an address: the contiguous bit, rights, software's. */
#define NOISE (BITS(63, 50) | BITS(11, 2))

/* The descriptor format's own numbers: what an entry of each level spans, top first. */
static const struct granule {
	u32 tg0, tg1, levels;
	u32 shift[4];
	u32 top_block; /* the first level with blocks */
} granules[] = {
	{0, 2, 4, {39, 30, 21, 12}, 1},
	{2, 1, 4, {47, 36, 25, 14}, 2},
	{1, 3, 3, {42, 29, 16}, 1},
};

/* The guest's memory: words that were put there, else noise or nothing. */
static struct {
	u64 at[4], entry[4];
	u32 count, reads;
	bool noise;
} memory;

static u64 random_state = 88172645463325252UL;

/* xorshift64: the same numbers in every run. */
static u64 random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static bool memory_read(void *arg, gpa_t gpa, u64 *entry)
{
	assert_ptr_equal(arg, &memory);
	assert_true(IS_ALIGNED(gpa.raw, 8));
	assert_true(gpa.raw < 1UL << 48);
	assert_true(++memory.reads <= 4);
	for (u32 i = 0; i < memory.count; i++) {
		if (memory.at[i] == gpa.raw) {
			*entry = memory.entry[i];
			return true;
		}
	}
	*entry = random_next();
	return memory.noise;
}

static int walk(const struct walk_regs *regs, u64 gva, gpa_t *gpa)
{
	*gpa = GPA(~0UL);
	memory.reads = 0;
	return walk_stage1(regs, gva, memory_read, &memory, gpa);
}

static void assert_leads(const struct walk_regs *regs, u64 gva, u64 expect)
{
	gpa_t gpa;

	assert_int_equal(walk(regs, gva, &gpa), 0);
	assert_int_equal(gpa.raw, expect);
}

static void assert_nowhere(const struct walk_regs *regs, u64 gva)
{
	gpa_t gpa;

	assert_int_equal(walk(regs, gva, &gpa), -EINVAL);
	assert_int_equal(gpa.raw, ~0UL);
}

/* An address space with one leaf. */
struct space {
	const struct granule *granule;
	u32 bits, leaf; /* `leaf`: its level, in granule->shift */
	bool high;
	struct walk_regs regs;
	u64 gva, leaf_gpa;
};

static u32 first_level(const struct granule *granule, u32 bits)
{
	u32 level = 0;

	while (granule->shift[level] >= bits)
		level++;
	return level;
}

static void space_registers(struct space *space, u64 root)
{
	u32 tsz = 64 - space->bits;

	/* Bits below the smallest table's alignment are none of the address (CnP among them). */
	root |= random_next() & 63;
	/* The other half: nothing. */
	space->regs = (struct walk_regs){.sctlr = SCTLR_M};
	if (space->high) {
		space->regs.tcr =
			(u64)tsz << 16 | (u64)space->granule->tg1 << 30 | TCR_EPD0;
		space->regs.ttbr1 = root;
	} else {
		space->regs.tcr = tsz | (u64)space->granule->tg0 << 14 | TCR_EPD1;
		space->regs.ttbr0 = root | 0xabcdUL << 48; /* ASID */
	}
}

static u64 random_table(u64 size)
{
	return ALIGN_DOWN(random_next() & BITS(47, 0), size);
}

static void space_build(struct space *space)
{
	const struct granule *granule = space->granule;
	u32 level = first_level(granule, space->bits), width = space->bits;
	u32 page = granule->shift[granule->levels - 1];
	u64 at = random_table(MAX(8UL << (width - granule->shift[level]), 64UL));

	space->gva = random_next() & (BIT(space->bits) - 1);
	space_registers(space, at);
	memory.count = 0;
	for (;; level++) {
		u32 shift = granule->shift[level], i = memory.count++;
		u64 index = space->gva >> shift & (BIT(width - shift) - 1);

		memory.at[i] = at + 8 * index;
		if (level == space->leaf) {
			space->leaf_gpa = random_table(BIT(shift));
			memory.entry[i] = space->leaf_gpa | (random_next() & NOISE) |
				(level == granule->levels - 1 ? PAGE : BLOCK);
			break;
		}
		at = random_table(BIT(page));
		memory.entry[i] = at | TABLE | (random_next() & NOISE);
		width = shift;
	}
	if (space->high)
		space->gva |= ~0UL << space->bits;
}

static u64 space_gpa(const struct space *space)
{
	return space->leaf_gpa |
		(space->gva & (BIT(space->granule->shift[space->leaf]) - 1));
}

/* Calls each() for every granule, size, half and leaf that there is. */
static void for_spaces(void (*each)(struct space *space))
{
	for (u32 g = 0; g < ARRAY_LEN(granules); g++) {
		const struct granule *granule = &granules[g];
		u32 page = granule->shift[granule->levels - 1];

		for (u32 bits = MAX(16U, page + 1); bits <= 48; bits++) {
			u32 top = MAX(first_level(granule, bits), granule->top_block);

			for (u32 i = 0; i < 2 * (granule->levels - top); i++) {
				struct space space = {.granule = granule,
					.bits = bits,
					.leaf = top + i / 2,
					.high = i % 2};

				space_build(&space);
				each(&space);
			}
		}
	}
}

/* ---- What translates ---- */

static void check_leads(struct space *space)
{
	assert_leads(&space->regs, space->gva, space_gpa(space));
	assert_int_equal(memory.reads, memory.count);
	/* Another address: with or without a table of its own, not there. */
	space->gva ^= BIT(space->granule->shift[space->leaf]);
	if (space->granule->shift[space->leaf] < space->bits)
		assert_nowhere(&space->regs, space->gva);
}

static void test_spaces(void **state)
{
	(void)state;
	for_spaces(check_leads);
}

static void check_big_endian(struct space *space)
{
	space->regs.sctlr |= SCTLR_EE;
	for (u32 i = 0; i < memory.count; i++)
		memory.entry[i] = __builtin_bswap64(memory.entry[i]);
	assert_leads(&space->regs, space->gva, space_gpa(space));
}

static void test_big_endian(void **state)
{
	(void)state;
	for_spaces(check_big_endian);
}

static void check_top_byte(struct space *space)
{
	struct walk_regs regs = space->regs;
	u64 tagged = space->gva ^ 0x5aUL << 56;

	assert_nowhere(&regs, tagged);
	regs.tcr |= space->high ? TCR_TBI0 : TCR_TBI1;
	assert_nowhere(&regs, tagged);
	regs.tcr |= TCR_TBI0 | TCR_TBI1;
	assert_leads(&regs, tagged, space_gpa(space));
	/* The bits below the top byte are not ignored, ... */
	for (u32 bit = space->bits; bit < 56; bit++)
		assert_nowhere(&regs, space->gva ^ BIT(bit));
	/* ... and without TBI none. */
	for (u32 bit = space->bits; bit < 64; bit++)
		assert_nowhere(&space->regs, space->gva ^ BIT(bit));
}

static void test_top_byte(void **state)
{
	(void)state;
	for_spaces(check_top_byte);
}

static void test_mmu_off(void **state)
{
	struct walk_regs regs = {.tcr = ~0UL, .ttbr0 = ~0UL, .sctlr = ~SCTLR_M};

	(void)state;
	assert_leads(&regs, 0x123456789abc, 0x123456789abc);
	assert_leads(&regs, 0x5a00123456789abc, 0x123456789abc);
	assert_nowhere(&regs, BIT(48));
	regs.tcr = 0;
	assert_leads(&regs, BIT(48) - 1, BIT(48) - 1);
	assert_nowhere(&regs, 0x5a00123456789abc);
	assert_nowhere(&regs, ~0UL);
	assert_int_equal(memory.reads, 0);
}

/* ---- What does not ---- */

static void check_invalid_entries(struct space *space)
{
	for (u32 i = 0; i < memory.count; i++) {
		u64 entry = memory.entry[i];

		memory.entry[i] = entry & ~1UL;
		assert_nowhere(&space->regs, space->gva);
		assert_int_equal(memory.reads, i + 1);
		memory.entry[i] = entry;
		/* No memory there. */
		memory.at[i] ^= BIT(47);
		assert_nowhere(&space->regs, space->gva);
		assert_int_equal(memory.reads, i + 1);
		memory.at[i] ^= BIT(47);
	}
	/* A page that says it is a block. */
	if (space->leaf == space->granule->levels - 1) {
		memory.entry[memory.count - 1] &= ~2UL;
		assert_nowhere(&space->regs, space->gva);
	}
}

static void test_invalid_entries(void **state)
{
	(void)state;
	for_spaces(check_invalid_entries);
}

/* Blocks in tables where they are too large. */
static void check_large_blocks(struct space *space)
{
	u32 top = first_level(space->granule, space->bits);

	for (u32 level = top; level < space->granule->top_block; level++) {
		u64 entry = memory.entry[level - top];

		memory.entry[level - top] &= ~2UL;
		assert_nowhere(&space->regs, space->gva);
		memory.entry[level - top] = entry;
	}
}

static void test_large_blocks(void **state)
{
	(void)state;
	for_spaces(check_large_blocks);
}

static void check_reserved(struct space *space)
{
	struct walk_regs regs = space->regs;
	u32 at = space->high ? 16 : 0;

	regs.tcr |= TCR_EPD0 | TCR_EPD1;
	assert_nowhere(&regs, space->gva);
	regs.tcr = space->regs.tcr | TCR_DS;
	assert_nowhere(&regs, space->gva);
	/* The granule that is none. */
	regs.tcr = space->regs.tcr & ~(space->high ? BITS(31, 30) : BITS(15, 14));
	regs.tcr |= space->high ? 0 : BITS(15, 14);
	assert_nowhere(&regs, space->gva);
	for (u64 tsz = 0; tsz < 64; tsz++) {
		regs.tcr = (space->regs.tcr & ~(63UL << at)) | tsz << at;
		if (tsz < 16 || tsz > 48)
			assert_nowhere(&regs, space->gva);
	}
	assert_int_equal(memory.reads, 0);
}

static void test_reserved(void **state)
{
	(void)state;
	for_spaces(check_reserved);
}

/* Addresses of 52 bits where a guest can make them: refused, not cut. */
static void check_long_addresses(struct space *space)
{
	struct walk_regs regs = space->regs;
	bool large = space->granule->tg0 == 1;

	if (!large)
		return;
	regs.tcr |= field_put(TCR_IPS, 6);
	regs.ttbr0 &= ~BITS(5, 2);
	regs.ttbr1 &= ~BITS(5, 2);
	for (u32 i = 0; i < memory.count; i++)
		memory.entry[i] &= ~BITS(15, 12);
	assert_leads(&regs, space->gva, space_gpa(space));
	for (u32 bit = 12; bit < 16; bit++) {
		memory.entry[memory.count - 1] ^= BIT(bit);
		assert_nowhere(&regs, space->gva);
		/* Without them these bits mean nothing. */
		assert_leads(&space->regs, space->gva, space_gpa(space));
		memory.entry[memory.count - 1] ^= BIT(bit);
	}
	regs.ttbr0 |= 4;
	regs.ttbr1 |= 4;
	assert_nowhere(&regs, space->gva);
}

static void test_long_addresses(void **state)
{
	(void)state;
	for_spaces(check_long_addresses);
}

/* ---- Noise ---- */

/* memory_read() asserts that nothing is read that must not be; the sanitizers see the rest. */
static void test_noise(void **state)
{
	u32 found = 0;

	(void)state;
	memory.count = 0;
	memory.noise = true;
	for (u32 round = 0; round < 300000; round++) {
		struct walk_regs regs = {
			.sctlr = random_next() | (round % 8 ? SCTLR_M : 0),
			.tcr = random_next(),
			.ttbr0 = random_next(),
			.ttbr1 = random_next()};
		u64 gva = random_next();
		gpa_t gpa;

		/* Mostly registers that are nearly good. */
		if (round % 4) {
			regs.tcr &= ~(TCR_DS | TCR_EPD0 | TCR_EPD1);
			gva = sign_extend(gva, random_next() % 64);
		}
		if (walk(&regs, gva, &gpa) == 0) {
			assert_true(gpa.raw < 1UL << 48);
			found += memory.reads > 0;
		} else {
			assert_int_equal(gpa.raw, ~0UL);
		}
	}
	memory.noise = false;
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spaces),
		cmocka_unit_test(test_big_endian),
		cmocka_unit_test(test_top_byte),
		cmocka_unit_test(test_mmu_off),
		cmocka_unit_test(test_invalid_entries),
		cmocka_unit_test(test_large_blocks),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_long_addresses),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
