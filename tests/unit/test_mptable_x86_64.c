// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/mptable.c on tables that are good, damaged and hostile.
#include "bios_world.h"

#include "arch/x86_64/mptable.h"

#define POINTER 0xf6a80UL
#define TABLE   0x9fd00UL

static struct acpi_info info;

static void seal(void)
{
	put_sum(TABLE, bios_get16(world + TABLE + 4), 7);
}

static void add_entry(const void *bytes, u32 size)
{
	u16 length = bios_get16(world + TABLE + 4);

	memcpy(world + TABLE + length, bytes, size);
	put16(TABLE + 4, (u16)(length + size));
	put16(TABLE + 34, (u16)(bios_get16(world + TABLE + 34) + 1));
	seal();
}
#define ENTRY(...) add_entry((u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}))

static void add_pointer(u64 at, u8 number)
{
	memcpy(world + at, "_MP_", 4);
	put32(at + 4, (u32)TABLE);
	world[at + 8] = 1;
	world[at + 9] = 4;
	world[at + 11] = number;
	put_sum(at, 16, 10);
}

static int setup(void **state)
{
	world_setup(state);
	add_pointer(POINTER, 0);
	memcpy(world + TABLE, "PCMP", 4);
	put16(TABLE + 4, 44);
	put32(TABLE + 36, 0xfee01000);
	ENTRY(0, 0, 0x14, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	ENTRY(0, 4, 0x14, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	ENTRY(0, 5, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	ENTRY(1, 0, 'P', 'C', 'I', ' ', ' ', ' ');
	ENTRY(1, 200, 'I', 'S', 'A', ' ', ' ', ' ');
	ENTRY(2, 8, 0x11, 0, 0, 0, 0xd0, 0xfe); /* not enabled */
	ENTRY(2, 9, 0x11, 1, 0, 0, 0xc0, 0xfe);
	ENTRY(2, 10, 0x11, 1, 0, 0x10, 0xc0, 0xfe);
	ENTRY(3, 0, 0, 0, 200, 0, 9, 2);
	ENTRY(3, 0, 0x0f, 0, 200, 11, 10, 5);
	ENTRY(3, 0, 0x0f, 0, 0, 12, 9, 13); /* of PCI */
	ENTRY(3, 3, 0, 0, 200, 13, 9, 0);   /* to the 8259 */
	ENTRY(3, 0, 0, 0, 200, 14, 77, 1);  /* to nobody */
	ENTRY(3, 0, 0, 0, 200, 200, 9, 1);  /* no ISA interrupt */
	ENTRY(4, 3, 0, 0, 200, 0, 0xff, 0);
	return 0;
}

static int read_table(void)
{
	world_forget();
	memset(&info, 0xff, sizeof(info));
	return mptable_read(world_map, &info);
}

static void check(void)
{
	assert_int_equal(info.cpu_count, 2);
	assert_int_equal(info.cpu_ids[0], 0);
	assert_int_equal(info.cpu_ids[1], 4);
	assert_int_equal(info.ioapic_count, 2);
	assert_int_equal(info.ioapics[0].id, 9);
	assert_int_equal(info.ioapics[0].address, 0xfec00000);
	assert_int_equal(info.ioapics[1].gsi, 24);
	assert_int_equal(info.isa[0].gsi, 2);
	assert_false(info.isa[0].level || info.isa[0].active_low);
	assert_int_equal(info.isa[11].gsi, 29);
	assert_true(info.isa[11].level && info.isa[11].active_low);
	for (u32 i = 12; i < 15; i++)
		assert_int_equal(info.isa[i].gsi, i);
	assert_false(info.has_s5);
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(read_table(), 0);
	check();
}

/* At the end of base memory, where there is no EBDA. */
static void test_base_memory(void **state)
{
	(void)state;
	memset(world + POINTER, 0, 16);
	assert_int_equal(read_table(), -ENOENT);
	add_pointer(0x9fbf0, 0);
	put16(0x413, 639);
	assert_int_equal(read_table(), 0);
	check();
	/* Words of a BIOS that cannot be. */
	put16(0x40e, 0xffff);
	put16(0x413, 0xffff);
	assert_int_equal(read_table(), -ENOENT);
	put16(0x40e, 1);
	put16(0x413, 0);
	assert_int_equal(read_table(), -ENOENT);
}

static void test_default(void **state)
{
	(void)state;
	add_pointer(POINTER, 5);
	put32(POINTER + 4, 0);
	put_sum(POINTER, 16, 10);
	assert_int_equal(read_table(), 0);
	assert_int_equal(info.cpu_count, 2);
	assert_int_equal(info.cpu_ids[1], 1);
	assert_int_equal(info.ioapics[0].address, 0xfec00000);
	assert_int_equal(info.isa[0].gsi, 2);
	add_pointer(POINTER, 8);
	assert_int_equal(read_table(), -ENOENT);
}

static void test_damaged(void **state)
{
	static const u16 lengths[] = {0, 1, 43, 44};

	(void)state;
	world[TABLE + 50]++;
	assert_int_equal(read_table(), -ENOENT);
	assert_int_equal(info.cpu_count, 0);
	for (u32 i = 0; i < ARRAY_LEN(lengths); i++) {
		put16(TABLE + 4, lengths[i]);
		seal();
		read_table();
		assert_int_equal(info.cpu_count, 0);
	}
	put32(POINTER + 4, 0xffffffff);
	put_sum(POINTER, 16, 10);
	assert_int_equal(read_table(), -ENOENT);
	put32(POINTER + 4, 0);
	put_sum(POINTER, 16, 10);
	assert_int_equal(read_table(), -ENOENT);
	/* Its end is not memory. */
	memcpy(world + WORLD_SIZE - 100, world + TABLE, 44);
	put16(WORLD_SIZE - 100 + 4, 101);
	put32(POINTER + 4, WORLD_SIZE - 100);
	put_sum(POINTER, 16, 10);
	assert_int_equal(read_table(), -ENOENT);
}

static void test_short(void **state)
{
	(void)state;
	for (u16 length = bios_get16(world + TABLE + 4); length >= 44; length--) {
		put16(TABLE + 4, length);
		seal();
		assert_int_equal(read_table(), 0);
	}
	assert_int_equal(info.cpu_count, 0);
}

static void test_entries(void **state)
{
	(void)state;
	/* More are counted than there are. */
	put16(TABLE + 34, 0xffff);
	seal();
	assert_int_equal(read_table(), 0);
	check();
	/* What is behind an unknown one cannot be found. */
	world[TABLE + 44 + 20] = 5;
	seal();
	assert_int_equal(read_table(), 0);
	assert_int_equal(info.cpu_count, 1);
	assert_int_equal(info.ioapic_count, 0);
}

static void test_random(void **state)
{
	static u8 good[WORLD_SIZE];

	(void)state;
	memcpy(good, world, sizeof(world));
	srand(1);
	for (u32 round = 0; round < 300; round++) {
		for (u32 n = 0; n < 4; n++)
			world[TABLE + (u32)rand() % 200] = (u8)rand();
		if (bios_get16(world + TABLE + 4) >= 44)
			seal();
		read_table();
		assert_true(info.cpu_count <= ACPI_CPUS_MAX);
		assert_true(info.ioapic_count <= ACPI_IOAPICS_MAX);
		memcpy(world + TABLE, good + TABLE, KiB(1));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_base_memory),
		TEST(test_default),
		TEST(test_damaged),
		TEST(test_short),
		TEST(test_entries),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
