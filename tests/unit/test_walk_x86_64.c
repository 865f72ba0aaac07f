// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/walk.c: tables of every kind and page size, rights and their error codes, reserved
// bits, accessed and dirty bits, races, and registers and tables full of noise.
#include "unit.h"

#include <string.h>

#include <hv/bits.h>

#include "arch/x86_64/walk.h"

#define P     BIT(0)
#define RW    BIT(1)
#define US    BIT(2)
#define A     BIT(5)
#define D     BIT(6)
#define PS    BIT(7)
#define NX    BIT(63)
#define LEVEL 5

/* A way of paging, with one size of pages; the shifts of its levels, from the top. */
static const struct kind {
	const char *name;
	u64 cr4, efer;
	u32 size, levels;
	u32 shift[LEVEL];
	u32 page; /* log2 */
} kinds[] = {
	{"32-bit", 0, 0, 4, 2, {22, 12}, 12},
	{"32-bit, 4 MiB", CR4_PSE, 0, 4, 1, {22}, 22},
	{"PAE", CR4_PAE, 0, 8, 3, {30, 21, 12}, 12},
	{"PAE, 2 MiB", CR4_PAE, 0, 8, 2, {30, 21}, 21},
	{"4-level", CR4_PAE, EFER_LMA | EFER_LME, 8, 4, {39, 30, 21, 12}, 12},
	{"4-level, 2 MiB", CR4_PAE, EFER_LMA | EFER_LME, 8, 3, {39, 30, 21}, 21},
	{"4-level, 1 GiB", CR4_PAE, EFER_LMA | EFER_LME, 8, 2, {39, 30}, 30},
	{"5-level", CR4_PAE | CR4_LA57, EFER_LMA | EFER_LME, 8, 5, {48, 39, 30, 21, 12},
		12},
	{"5-level, 2 MiB", CR4_PAE | CR4_LA57, EFER_LMA | EFER_LME, 8, 4,
		{48, 39, 30, 21}, 21},
	{"5-level, 1 GiB", CR4_PAE | CR4_LA57, EFER_LMA | EFER_LME, 8, 3, {48, 39, 30},
		30},
};

/* The guest: registers, the entries on the way, and where it leads. */
static struct {
	const struct kind *kind;
	struct walk_regs regs;
	u64 linear, page;
	u64 at[LEVEL], entry[LEVEL];
	u32 reads, exchanges;
	u32 lost;   /* so many exchanges are lost */
	u32 vanish; /* a lost one finds the entry of this level, plus 1, not present */
	bool noise;
} world;

static u64 random_state = 88172645463325252UL;

static u64 random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dUL;
}

static bool memory_read(void *arg, gpa_t gpa, void *data, u32 size)
{
	u64 entry = random_next();

	assert_ptr_equal(arg, &world);
	assert_true(size == 4 || size == 8);
	assert_true(IS_ALIGNED(gpa.raw, size) && gpa.raw < 1UL << 52);
	world.reads++;
	assert_true(world.reads <= 17 * LEVEL);
	for (u32 i = 0; world.kind && i < world.kind->levels; i++) {
		if (world.at[i] == gpa.raw) {
			assert_int_equal(size, world.kind->size);
			memcpy(data, &world.entry[i], size);
			return true;
		}
	}
	memcpy(data, &entry, size);
	return world.noise;
}

static bool memory_exchange(void *arg, gpa_t gpa, u64 old, u64 new, u32 size)
{
	assert_ptr_equal(arg, &world);
	assert_true(IS_ALIGNED(gpa.raw, size) && gpa.raw < 1UL << 52);
	assert_int_equal((old ^ new) & ~(A | D), 0);
	assert_int_equal(old & ~new, 0);
	world.exchanges++;
	if (world.lost > 0) {
		world.lost--;
		if (world.vanish > 0)
			world.entry[world.vanish - 1] &= ~P;
		return false;
	}
	for (u32 i = 0; world.kind && i < world.kind->levels; i++) {
		if (world.at[i] == gpa.raw) {
			assert_int_equal(world.entry[i], old);
			world.entry[i] = new;
			return true;
		}
	}
	return world.noise && random_next() % 2;
}

static const struct walk_memory memory = {memory_read, memory_exchange, &world};

static int look(u32 access, gpa_t *gpa, struct insn_fault *fault)
{
	memset(fault, 0xee, sizeof(*fault));
	*gpa = GPA(~0UL);
	world.reads = world.exchanges = 0;
	return walk(&world.regs, world.linear, access, &memory, gpa, fault);
}

static void assert_leads(u32 access)
{
	struct insn_fault fault;
	gpa_t gpa;

	assert_int_equal(look(access, &gpa, &fault), 0);
	assert_int_equal(gpa.raw,
		world.page | (world.linear & (BIT(world.kind->page) - 1)));
}

static void assert_page_fault(u32 access, u64 error)
{
	struct insn_fault fault;
	gpa_t gpa;

	assert_int_equal(look(access, &gpa, &fault), -EFAULT);
	assert_int_equal(gpa.raw, ~0UL);
	assert_int_equal(fault.vector, VECTOR_PF);
	assert_true(fault.has_error);
	assert_int_equal(fault.error, error);
	assert_int_equal(fault.address, world.linear);
}

static bool is_pdpte(u32 level)
{
	return level == 0 && world.kind->shift[0] == 30 && world.kind->levels > 1 &&
		!(world.kind->efer & EFER_LMA);
}

static u64 random_table(u32 shift)
{
	u32 bits = world.kind->efer & EFER_LMA ? 52 : world.kind->size == 8 ? 52 : 32;

	return random_next() & BITS(bits - 1, 0) & ~(BIT(shift) - 1);
}

static u64 leaf_address(u64 page)
{
	if (world.kind->size == 4 && world.kind->page == 22)
		return (page & BITS(31, 22)) | (page >> 32) << 13; /* PSE-36 */
	return page;
}

/* Tables for a random address, all allowed, nothing accessed yet. */
static void world_start(const struct kind *kind)
{
	u64 table;

	memset(&world, 0, sizeof(world));
	world.kind = kind;
	world.regs.cr0 = CR0_PG | CR0_PE;
	world.regs.cr4 = kind->cr4;
	world.regs.efer = kind->efer;
	world.linear = random_next() & BITS(31, 0);
	if (kind->efer & EFER_LMA)
		world.linear = sign_extend(random_next(), kind->shift[0] + 8);
	table = random_table(12) & (kind->efer & EFER_LMA ? ~0UL : BITS(31, 0));
	/* PCID, or PWT and PCD. */
	world.regs.cr3 = table | (kind->efer & EFER_LMA ? random_next() & 0xfff : 0x18);
	if (is_pdpte(0))
		world.regs.cr3 = (table |= random_next() & 0xfe0) | 0x18;
	for (u32 i = 0; i < kind->levels; i++) {
		u32 bits = kind->size == 4 ? 10 : is_pdpte(i) ? 2 : 9;

		world.at[i] = table +
			(world.linear >> kind->shift[i] & (BIT(bits) - 1)) * kind->size;
		table = random_table(12);
		world.entry[i] = table | P | (is_pdpte(i) ? 0 : RW | US);
	}
	world.page = random_table(kind->page);
	if (kind->size == 4 && kind->page == 22)
		world.page |= (random_next() & 0xff) << 32;
	world.entry[kind->levels - 1] =
		leaf_address(world.page) | P | RW | US | (kind->page > 12 ? PS : 0);
}

static void for_kinds(void (*each)(void))
{
	for (u32 i = 0; i < ARRAY_LEN(kinds); i++) {
		for (u32 n = 0; n < 50; n++) {
			world_start(&kinds[i]);
			each();
		}
	}
}

/* With all bits set the walk has a shorter way. */
static void set_accessed(bool set)
{
	for (u32 i = is_pdpte(0); i < world.kind->levels; i++) {
		u64 bits = i == world.kind->levels - 1 ? A | D : A;

		world.entry[i] = (world.entry[i] & ~bits) | (set ? bits : 0);
	}
}

/* ---- What translates, and the bits it leaves ---- */

static void check_leads(void)
{
	u32 leaf = world.kind->levels - 1;

	assert_leads(WALK_LOOK | WALK_WRITE | WALK_USER);
	assert_int_equal(world.exchanges, 0);
	assert_leads(0);
	for (u32 i = 0; i <= leaf; i++)
		assert_int_equal(world.entry[i] & (A | D), is_pdpte(i) ? 0 : A);
	assert_leads(0);
	assert_int_equal(world.exchanges, 0);
	assert_int_equal(world.reads, world.kind->levels);
	assert_leads(WALK_WRITE | WALK_USER);
	assert_int_equal(world.exchanges, 1);
	assert_int_equal(world.entry[leaf] & (A | D), A | D);
	assert_leads(WALK_WRITE);
	assert_int_equal(world.exchanges, 0);
}

static void test_leads(void **state)
{
	(void)state;
	for_kinds(check_leads);
}

static void test_no_paging(void **state)
{
	struct walk_regs regs = {.cr0 = CR0_PE, .cr4 = CR4_PAE, .cr3 = ~0UL};
	struct insn_fault fault;
	gpa_t gpa;

	(void)state;
	world.reads = 0;
	assert_int_equal(walk(&regs, 0xfee00000, WALK_WRITE, &memory, &gpa, &fault), 0);
	assert_int_equal(gpa.raw, 0xfee00000);
	assert_int_equal(world.reads, 0);
}

/* Bit 7 is no page size without CR4.PSE. */
static void test_no_pse(void **state)
{
	(void)state;
	world_start(&kinds[0]);
	world.entry[0] |= PS;
	assert_leads(WALK_USER);
	world.regs.cr4 |= CR4_PSE;
	world.entry[0] &= ~BIT(21);
	world.kind = &kinds[1];
	world.page = (world.entry[0] & BITS(31, 22)) |
		field_get(BITS(20, 13), world.entry[0]) << 32;
	assert_leads(WALK_USER);
}

/* ---- What does not ---- */

static void check_absent(void)
{
	set_accessed(world.linear & BIT(13));
	for (u32 i = 0; i < world.kind->levels; i++) {
		u64 entry = world.entry[i], at = world.at[i];

		world.entry[i] &= ~P;
		assert_page_fault(WALK_LOOK, 0);
		assert_page_fault(0, 0);
		assert_page_fault(WALK_WRITE, PF_WRITE);
		assert_page_fault(WALK_USER, PF_USER);
		assert_page_fault(WALK_FETCH | WALK_USER, PF_USER);
		world.regs.cr4 |= CR4_SMEP;
		assert_page_fault(WALK_FETCH, PF_FETCH);
		world.regs.cr4 &= ~CR4_SMEP;
		/* Reserved bits of what is not there do not count. */
		world.entry[i] |= world.kind->size == 8 ? NX : BIT(21);
		assert_page_fault(WALK_USER | WALK_WRITE, PF_USER | PF_WRITE);
		world.entry[i] = entry;
		/* A table where there is no RAM. */
		world.at[i] = ~0UL;
		assert_page_fault(0, 0);
		world.at[i] = at;
	}
	assert_leads(0);
}

static void test_absent(void **state)
{
	(void)state;
	for_kinds(check_absent);
}

/* The manual's figures 4-4 to 4-11: which bits must be 0 in an entry that is present. */
static u64 reserved_bits(u32 level)
{
	const struct kind *kind = world.kind;
	bool leaf = level == kind->levels - 1;
	u64 bits = kind->size == 8 ? NX : 0;

	if (is_pdpte(level))
		return BITS(63, 52) | BITS(8, 5) | BITS(2, 1);
	if (kind->size == 8 && !(kind->efer & EFER_LMA))
		bits |= BITS(62, 52);
	if (leaf && kind->page == 22)
		bits |= BIT(21);
	if (leaf && kind->page == 21)
		bits |= BITS(20, 13);
	if (leaf && kind->page == 30)
		bits |= BITS(29, 13);
	if (kind->shift[level] > 30)
		bits |= PS;
	return bits;
}

static void check_reserved(void)
{
	set_accessed(world.linear & BIT(13));
	for (u32 i = 0; i < world.kind->levels; i++) {
		u64 reserved = reserved_bits(i), entry = world.entry[i];

		for (u32 bit = 0; bit < 64; bit++) {
			if (!(reserved >> bit & 1))
				continue;
			world.entry[i] = entry | BIT(bit);
			assert_page_fault(0, PF_PRESENT | PF_RESERVED);
			assert_page_fault(WALK_USER | WALK_WRITE,
				PF_PRESENT | PF_RESERVED | PF_USER | PF_WRITE);
			assert_int_equal(world.entry[i], entry | BIT(bit));
		}
		/* What is for software, caching, and global is not reserved. */
		world.entry[i] = entry;
		set_accessed(world.linear & BIT(12));
		entry = world.entry[i];
		world.entry[i] = entry | BITS(11, 9) | BITS(4, 3);
		if (world.kind->efer & EFER_LMA)
			world.entry[i] |= BITS(62, 52);
		if (i == world.kind->levels - 1)
			world.entry[i] |= BIT(8) | (world.kind->page > 12 ? BIT(12) : PS);
		assert_leads(0);
		world.entry[i] = entry;
	}
}

static void test_reserved(void **state)
{
	(void)state;
	for_kinds(check_reserved);
}

/* There are no pages larger than 1 GiB, wherever they would be. */
static void check_too_large(void)
{
	set_accessed(true);
	for (u32 i = 0; i < world.kind->levels && world.kind->shift[i] > 30; i++) {
		u64 entry = world.entry[i];

		world.entry[i] = P | RW | US | A | D | PS;
		assert_page_fault(0, PF_PRESENT | PF_RESERVED);
		assert_page_fault(WALK_LOOK, PF_PRESENT | PF_RESERVED);
		world.entry[i] = entry;
	}
}

static void test_too_large(void **state)
{
	(void)state;
	for_kinds(check_too_large);
}

static void check_canonical(void)
{
	struct insn_fault fault;
	u64 linear = world.linear;
	gpa_t gpa;

	if (!(world.kind->efer & EFER_LMA))
		return;
	for (u32 bit = world.kind->shift[0] + 9; bit < 64; bit++) {
		world.linear = linear ^ BIT(bit);
		assert_int_equal(look(WALK_LOOK, &gpa, &fault), -EFAULT);
		assert_int_equal(fault.vector, VECTOR_GP);
		assert_true(fault.has_error);
		assert_int_equal(fault.error, 0);
		assert_int_equal(world.reads, 0);
	}
}

static void test_canonical(void **state)
{
	(void)state;
	for_kinds(check_canonical);
}

/* ---- Rights ---- */

/* SDM 4.6.1, sentence by sentence. */
static bool allowed(u32 access, bool user_page, bool writable, bool nx)
{
	const struct walk_regs *regs = &world.regs;
	bool user = access & WALK_USER, wp = regs->cr0 & CR0_WP,
	     ac = regs->rflags & RFLAGS_AC;
	bool smap = regs->cr4 & CR4_SMAP, smep = regs->cr4 & CR4_SMEP;

	if (access & WALK_FETCH) {
		if (!user)
			return !nx && !(user_page && smep);
		return user_page && !nx;
	}
	if (!(access & WALK_WRITE)) {
		if (!user)
			return !user_page || !smap || ac;
		return user_page;
	}
	if (!user && !user_page)
		return !wp || writable;
	if (!user)
		return (!wp || writable) && (!smap || ac);
	return user_page && writable;
}

static u64 error_code(u32 access)
{
	bool reported = world.regs.cr4 & CR4_SMEP ||
		(world.regs.cr4 & CR4_PAE && world.regs.efer & EFER_NXE);

	return PF_PRESENT | (access & WALK_WRITE ? PF_WRITE : 0) |
		(access & WALK_USER ? PF_USER : 0) |
		(access & WALK_FETCH && reported ? PF_FETCH : 0);
}

/* The level takes the right away: any level may. */
static void check_rights_at(u32 level, u32 bits)
{
	static const u32 kinds_of_access[] = {0, WALK_WRITE, WALK_FETCH};
	bool nx = bits & 4 && world.kind->size == 8;
	u64 entry = world.entry[level];

	if (bits & 1)
		world.entry[level] &= ~US;
	if (bits & 2)
		world.entry[level] &= ~RW;
	if (nx)
		world.entry[level] |= NX;
	world.regs.efer = world.kind->efer | (nx || bits & 8 ? EFER_NXE : 0);
	world.regs.cr0 = CR0_PG | CR0_PE | (bits & 16 ? CR0_WP : 0);
	world.regs.cr4 =
		world.kind->cr4 | (bits & 32 ? CR4_SMEP : 0) | (bits & 64 ? CR4_SMAP : 0);
	world.regs.rflags = bits & 128 ? RFLAGS_AC : 0;
	for (u32 i = 0; i < 12; i++) {
		u32 access = kinds_of_access[i / 4] | (i & 1 ? WALK_USER : 0);
		u64 leaf;

		set_accessed(i & 2);
		leaf = world.entry[world.kind->levels - 1];
		if (allowed(access, !(bits & 1), !(bits & 2), nx)) {
			assert_leads(access);
		} else {
			assert_page_fault(access, error_code(access));
			assert_int_equal(world.entry[world.kind->levels - 1], leaf);
		}
		assert_leads(access | WALK_LOOK);
	}
	world.entry[level] = entry;
}

static void test_rights(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(kinds); i++) {
		world_start(&kinds[i]);
		for (u32 level = is_pdpte(0); level < kinds[i].levels; level++) {
			for (u32 bits = 0; bits < 256; bits++)
				check_rights_at(level, bits);
		}
	}
}

/* ---- Races ---- */

static void check_lost(void)
{
	u32 leaf = world.kind->levels - 1;

	world.lost = 3;
	assert_leads(WALK_WRITE);
	assert_int_equal(world.lost, 0);
	assert_int_equal(world.entry[leaf] & (A | D), A | D);
	/* Another CPU took the page away meanwhile. */
	world.entry[leaf] &= ~D;
	world.lost = 1;
	world.vanish = leaf + 1;
	assert_page_fault(WALK_WRITE, PF_WRITE);
	/* One that never lets us: the guest gets a fault, and we come to an end. */
	world.vanish = 0;
	world.entry[leaf] |= P;
	world.lost = ~0U;
	assert_page_fault(WALK_WRITE, PF_WRITE | PF_PRESENT);
}

static void test_lost(void **state)
{
	(void)state;
	for_kinds(check_lost);
}

/* ---- Noise ---- */

static void test_noise(void **state)
{
	u32 good = 0, bad = 0;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.noise = true;
	for (u32 i = 0; i < 300000; i++) {
		struct insn_fault fault;
		gpa_t gpa;

		world.regs = (struct walk_regs){random_next() | CR0_PG, random_next(),
			random_next(), random_next() | (i % 2 ? EFER_NXE : 0),
			random_next()};
		world.linear = random_next();
		if (i % 3)
			world.linear = sign_extend(world.linear, 47);
		if (look((u32)random_next() & 15, &gpa, &fault) == 0) {
			good++;
			assert_true(gpa.raw < 1UL << 52);
			continue;
		}
		bad++;
		assert_true(fault.vector == VECTOR_PF || fault.vector == VECTOR_GP);
		assert_true(fault.vector == VECTOR_GP || fault.error < 32);
	}
	assert_true(good > 1000 && bad > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leads),
		cmocka_unit_test(test_no_paging),
		cmocka_unit_test(test_no_pse),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
