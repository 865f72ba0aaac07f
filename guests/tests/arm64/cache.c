// SPDX-License-Identifier: Apache-2.0
// Cache maintenance: by set and way as boot code does it before it turns its caches on or off, and
// by address; memory must be afterwards as it was written, with the caches on and off, and the
// registers that are watched meanwhile must keep what is written to them.
#define TEST "cache"
#include "../check.h"

#define PAGES 64

/* CLIDR_EL1 and CCSIDR_EL1, without FEAT_CCIDX */
#define CLIDR_LOC     BITS(26, 24)
#define CLIDR_TYPE(l) (BITS(2, 0) << 3 * (l)) /* 2 and above: has data */
#define CCSIDR_SETS   BITS(27, 13)            /* less one */
#define CCSIDR_WAYS   BITS(12, 3)             /* less one */
#define CCSIDR_LINE   BITS(2, 0)              /* log2 of bytes, less 4 */
#define SCTLR_CACHES  (BIT(12) | BIT(2))

enum operation { CLEAN, CLEAN_INVALIDATE };

static u64 *pages;

static void fill(u64 seed)
{
	for (u64 i = 0; i < PAGES * PAGE_SIZE / sizeof(u64); i++)
		pages[i] = i * seed;
}

static void check(u64 seed, const char *after)
{
	for (u64 i = 0; i < PAGES * PAGE_SIZE / sizeof(u64); i++)
		expect_equal(pages[i], i * seed, "word %lu after %s", i, after);
}

static void level_maintain(u32 level, enum operation operation)
{
	u64 ccsidr, sets, ways, line, way_shift;

	sysreg_write(csselr_el1, level << 1);
	isb();
	ccsidr = sysreg_read(ccsidr_el1);
	sets = field_get(CCSIDR_SETS, ccsidr) + 1;
	ways = field_get(CCSIDR_WAYS, ccsidr) + 1;
	line = field_get(CCSIDR_LINE, ccsidr) + 4;
	way_shift = ways > 1 ? (u64)__builtin_clz((u32)ways - 1) : 31;
	/* A few of the sets say as much as all of them. */
	for (u64 set = 0; set < MIN(sets, 16UL); set++) {
		for (u64 way = 0; way < ways; way++) {
			u64 value = way << way_shift | set << line | level << 1;

			if (operation == CLEAN)
				__asm__ volatile("dc csw, %0" ::"r"(value) : "memory");
			else
				__asm__ volatile("dc cisw, %0" ::"r"(value) : "memory");
		}
	}
}

static void set_way(enum operation operation)
{
	u64 clidr = sysreg_read(clidr_el1);

	for (u32 level = 0; level < field_get(CLIDR_LOC, clidr); level++)
		if (field_get(CLIDR_TYPE(level), clidr) >= 2)
			level_maintain(level, operation);
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

static void by_address(void)
{
	for (u64 at = (u64)pages; at < (u64)pages + PAGES * PAGE_SIZE; at += 64) {
		__asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
		__asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
		__asm__ volatile("ic ivau, %0" ::"r"(at) : "memory");
	}
	__asm__ volatile("ic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

/* They trap between the first set and way and the caches coming on. */
static void check_watched(void)
{
	sysreg_write(contextidr_el1, 0x1234);
	sysreg_write(far_el1, 0x5678);
	sysreg_write(mair_el1, 0x04ff);
	expect_equal(sysreg_read(contextidr_el1), 0x1234, "CONTEXTIDR_EL1");
	expect_equal(sysreg_read(far_el1), 0x5678, "FAR_EL1");
	expect_equal(sysreg_read(mair_el1), 0x04ff, "MAIR_EL1");
}

int guest_main(void)
{
	u64 sctlr;

	pages = page_alloc_run(PAGES, PAGE_SIZE);
	expect_true(pages, "some RAM");
	fill(3);
	set_way(CLEAN_INVALIDATE);
	check(3, "set and way with caches off");
	check_watched();
	paging_init();
	check(3, "the caches came on");
	fill(5);
	set_way(CLEAN);
	check(5, "set and way with caches on");
	by_address();
	check(5, "maintenance by address");
	fill(7);
	set_way(CLEAN_INVALIDATE);
	sctlr = sysreg_read(sctlr_el1);
	sysreg_write(sctlr_el1, sctlr & ~SCTLR_CACHES);
	isb();
	expect_equal(sysreg_read(sctlr_el1), sctlr & ~SCTLR_CACHES, "SCTLR_EL1");
	check(7, "the caches went off");
	fill(9);
	sysreg_write(sctlr_el1, sctlr);
	isb();
	check(9, "the caches came on again");
	return test_ok();
}
