// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/acpi.c on tables that are good, damaged and hostile.
#include "bios_world.h"

#include "arch/x86_64/acpi.h"
#include "arch/x86_64/acpi_s5.h"

#define RSDP   0xf5ab0UL
#define ROOT   0x101000UL
#define MADT   0x102004UL
#define FADT   0x103000UL
#define DSDT   0x104001UL
#define SSDT   0x106000UL
#define HEADER 36U

static struct acpi_info info;

static void put64(u64 at, u64 value)
{
	memcpy(world + at, &value, sizeof(value));
}

static void seal(u64 at)
{
	put_sum(at, bios_get32(world + at + 4), 9);
}

static void add_table(u64 at, const char *signature, u32 size)
{
	memcpy(world + at, signature, 4);
	put32(at + 4, size);
	seal(at);
}

/* An entry behind those that are there. */
static void add_entry(u64 table, const void *bytes, u32 size)
{
	u32 length = bios_get32(world + table + 4);

	memcpy(world + table + length, bytes, size);
	put32(table + 4, length + size);
	seal(table);
}
#define ENTRY(table, ...) \
	add_entry(table, (u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}))

static void add_root(const char *signature, u32 wide)
{
	const u64 tables[] = {MADT, FADT};

	add_table(ROOT, signature, HEADER);
	for (u32 i = 0; i < ARRAY_LEN(tables); i++)
		add_entry(ROOT, &tables[i], wide);
}

static void add_rsdp(u8 revision)
{
	memcpy(world + RSDP, "RSD PTR ", 8);
	world[RSDP + 15] = revision;
	put32(RSDP + 16, revision ? 0 : (u32)ROOT);
	put_sum(RSDP, 20, 8);
	if (revision) {
		put32(RSDP + 20, 36);
		put64(RSDP + 24, ROOT);
		put_sum(RSDP, 36, 32);
	}
}

static void add_gas(u64 at, u8 space, u64 address)
{
	world[at] = space;
	put64(at + 4, address);
}

static void add_tables(void)
{
	static const u8 aml[] = {0x14, 0x05, '_', 'S', '5', '_', 0x08, '_', 'S', '5', '_',
		0x12, 0x06, 0x04, 0x0a, 0x05, 0x01, 0x00, 0x00};

	add_table(MADT, "APIC", HEADER);
	ENTRY(MADT, 0, 0, 0xe0, 0xfe, 1, 0, 0, 0);
	ENTRY(MADT, 0, 8, 0, 0, 1, 0, 0, 0);
	ENTRY(MADT, 0, 8, 1, 7, 1, 0, 0, 0);
	ENTRY(MADT, 0, 8, 2, 9, 2, 0, 0, 0);   /* could be enabled, is not */
	ENTRY(MADT, 0, 8, 3, 255, 1, 0, 0, 0); /* no such id */
	ENTRY(MADT, 0x7f, 3, 0);               /* unknown */
	ENTRY(MADT, 1, 12, 4, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0);
	ENTRY(MADT, 1, 12, 5, 0, 0, 0x10, 0xc0, 0xfe, 24, 0, 0, 0);
	ENTRY(MADT, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0);      /* as the bus has it */
	ENTRY(MADT, 2, 10, 0, 9, 20, 0, 0, 0, 0x0f, 0);  /* low, level */
	ENTRY(MADT, 2, 10, 0, 10, 10, 0, 0, 0, 0x0d, 0); /* high, level */
	ENTRY(MADT, 2, 10, 0, 99, 1, 0, 0, 0, 0x0f, 0);  /* no ISA interrupt */
	ENTRY(MADT, 9, 16, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0); /* known already */
	ENTRY(MADT, 9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);

	add_table(FADT, "FACP", 244);
	put32(FADT + 40, (u32)DSDT);
	put32(FADT + 48, 0xb2);
	world[FADT + 52] = 0xf1;
	put32(FADT + 64, 0x604);
	seal(FADT);

	add_table(DSDT, "DSDT", HEADER);
	add_entry(DSDT, aml, sizeof(aml));
}

static int setup(void **state)
{
	world_setup(state);
	add_tables();
	add_rsdp(2);
	add_root("XSDT", sizeof(u64));
	return 0;
}

static int read_tables(void)
{
	int error;

	world_forget();
	memset(&info, 0xff, sizeof(info));
	error = acpi_read(0, world_map, &info);
	assert_true(info.cpu_count <= ACPI_CPUS_MAX);
	assert_true(info.ioapic_count <= ACPI_IOAPICS_MAX);
	return error;
}

static void check_madt(void)
{
	assert_int_equal(info.cpu_count, 3);
	assert_int_equal(info.cpu_ids[0], 0);
	assert_int_equal(info.cpu_ids[1], 7);
	assert_int_equal(info.cpu_ids[2], 0x100);
	assert_int_equal(info.ioapic_count, 2);
	assert_int_equal(info.ioapics[0].address, 0xfec00000);
	assert_int_equal(info.ioapics[0].gsi, 0);
	assert_int_equal(info.ioapics[1].address, 0xfec01000);
	assert_int_equal(info.ioapics[1].gsi, 24);
	assert_int_equal(info.ioapics[1].id, 5);
	assert_int_equal(info.isa[0].gsi, 2);
	assert_false(info.isa[0].level);
	assert_false(info.isa[0].active_low);
	assert_int_equal(info.isa[1].gsi, 1);
	assert_int_equal(info.isa[9].gsi, 20);
	assert_true(info.isa[9].level && info.isa[9].active_low);
	assert_true(info.isa[10].level && !info.isa[10].active_low);
}

static void check_fadt(void)
{
	assert_int_equal(info.pm1a_control, 0x604);
	assert_int_equal(info.pm1b_control, 0);
	assert_int_equal(info.smi_command, 0xb2);
	assert_int_equal(info.acpi_enable, 0xf1);
	assert_true(info.has_s5);
	assert_int_equal(info.s5_type_a, 5);
	assert_int_equal(info.s5_type_b, 1);
}

/* ---- Good ones ---- */

static void test_xsdt(void **state)
{
	(void)state;
	assert_int_equal(read_tables(), 0);
	check_madt();
	check_fadt();
}

static void test_rsdt(void **state)
{
	(void)state;
	add_rsdp(0);
	memset(world + ROOT, 0, 0x1000);
	add_root("RSDT", sizeof(u32));
	assert_int_equal(read_tables(), 0);
	check_madt();
	check_fadt();
	/* Revision 2 with a damaged second half still has this one. */
	world[RSDP + 15] = 2;
	put_sum(RSDP, 20, 8);
	assert_int_equal(read_tables(), 0);
	check_madt();
}

static void test_given_and_ebda(void **state)
{
	(void)state;
	memcpy(world + 0x9fc40, world + RSDP, 36);
	memset(world + RSDP, 0, 36);
	assert_int_equal(read_tables(), -ENOENT);
	put16(0x40e, 0x9fc0);
	assert_int_equal(read_tables(), 0);
	check_madt();
	/* Anywhere, if somebody knows it. */
	memcpy(world + 0x1abcd1, world + 0x9fc40, 36);
	memset(world + 0x9fc40, 0, 36);
	assert_int_equal(read_tables(), -ENOENT);
	assert_int_equal(acpi_read(0x1abcd1, world_map, &info), 0);
	check_madt();
	assert_int_equal(acpi_read(0x1abcd0, world_map, &info), -ENOENT);
	/* Off the end. */
	assert_int_equal(acpi_read(WORLD_SIZE - 8, world_map, &info), -ENOENT);
	assert_int_equal(acpi_read(~0UL - 3, world_map, &info), -ENOENT);
}

static void test_old_fadt(void **state)
{
	(void)state;
	/* Revision 1 ends before the fields of 64 bits. */
	put32(FADT + 4, 116);
	seal(FADT);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.pm1a_control, 0x604);
	assert_true(info.has_s5);
}

static void test_extended_fadt(void **state)
{
	(void)state;
	add_gas(FADT + 172, 1, 0x1804);
	add_gas(FADT + 184, 1, 0x1904);
	put64(FADT + 140, DSDT);
	put32(FADT + 40, 0);
	seal(FADT);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.pm1a_control, 0x1804);
	assert_int_equal(info.pm1b_control, 0x1904);
	assert_true(info.has_s5);
	/* No port: not believed. */
	add_gas(FADT + 172, 0, 0xfed80000);
	put32(FADT + 64, 0x10604);
	seal(FADT);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.pm1a_control, 0);
}

/* ---- Damaged ones ---- */

static void test_nothing(void **state)
{
	(void)state;
	world_setup(state);
	assert_int_equal(read_tables(), -ENOENT);
	assert_int_equal(info.cpu_count, 0);
	assert_int_equal(info.isa[15].gsi, 15);
}

static void test_sums(void **state)
{
	(void)state;
	world[MADT + 20]++;
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.cpu_count, 0);
	check_fadt();
	world[DSDT + 20]++;
	assert_int_equal(read_tables(), 0);
	assert_false(info.has_s5);
	assert_int_equal(info.pm1a_control, 0x604);
	world[ROOT + 20]++;
	assert_int_equal(read_tables(), -ENOENT);
	world[ROOT + 20]--;
	world[RSDP + 9]++;
	assert_int_equal(read_tables(), -ENOENT);
}

static void test_lengths(void **state)
{
	static const u32 lengths[] = {
		0, 1, HEADER - 1, MiB(1), MiB(4), MiB(4) + 1, 0x80000000, ~0U};
	static const u64 tables[] = {ROOT, MADT, FADT, DSDT};

	(void)state;
	for (u32 t = 0; t < ARRAY_LEN(tables); t++) {
		u32 good = bios_get32(world + tables[t] + 4);

		for (u32 i = 0; i < ARRAY_LEN(lengths); i++) {
			put32(tables[t] + 4, lengths[i]);
			if (read_tables() == 0)
				assert_true(tables[t] != ROOT);
		}
		/* Every shorter one, with a sum that is right. */
		for (u32 length = HEADER; length < good; length++) {
			put32(tables[t] + 4, length);
			seal(tables[t]);
			read_tables();
		}
		put32(tables[t] + 4, good);
		seal(tables[t]);
	}
	assert_int_equal(read_tables(), 0);
	check_madt();
	check_fadt();
}

static void test_madt_entries(void **state)
{
	/* Too short for what it says it is, without end, and over the end. */
	static const u8 sizes[] = {0, 1, 7, 255};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		world[MADT + 53] = sizes[i]; /* of the second CPU */
		seal(MADT);
		assert_int_equal(read_tables(), 0);
		assert_int_equal(info.cpu_count, 1);
		assert_int_equal(info.ioapic_count, 0);
	}
}

static void test_many(void **state)
{
	(void)state;
	for (u32 i = 0; i < 100; i++) {
		ENTRY(MADT, 9, 16, 0, 0, (u8)i, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
		ENTRY(MADT, 1, 12, 6, 0, 0, 0, 1, 0xfe, 48, 0, 0, 0);
	}
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.cpu_count, ACPI_CPUS_MAX);
	assert_int_equal(info.cpus_left_out, 103 - ACPI_CPUS_MAX);
	assert_int_equal(info.ioapic_count, ACPI_IOAPICS_MAX);
}

/* A root that leads to itself, to nowhere and to the end of the address space. */
static void test_loops(void **state)
{
	static const u64 wild[] = {ROOT, RSDP, 0, ~0UL, ~0UL - 35, ~0UL - 36, WORLD_SIZE,
		WORLD_SIZE - 36, MADT};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(wild); i++)
		add_entry(ROOT, &wild[i], sizeof(u64));
	put64(FADT + 140, FADT);
	seal(FADT);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(info.cpu_count, 3);
	check_fadt();
	/* The root itself is elsewhere. */
	for (u32 i = 0; i < ARRAY_LEN(wild); i++) {
		if (wild[i] == ROOT)
			continue;
		put64(RSDP + 24, wild[i]);
		put_sum(RSDP, 36, 32);
		assert_int_equal(read_tables(), -ENOENT);
	}
}

/* ---- \_S5 ---- */

static bool s5(const u8 *code, u32 size, u8 *a, u8 *b)
{
	u8 *copy = malloc(size); /* for the sanitizer */
	bool found;

	memcpy(copy, code, size);
	found = acpi_s5_find(copy, size, a, b);
	free(copy);
	return found;
}
#define S5(...) s5((u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}), &a, &b)
#define NAME    '_', 'S', '5', '_'

static void test_s5(void **state)
{
	u8 a = 9, b = 9;

	(void)state;
	assert_true(S5(8, NAME, 0x12, 7, 2, 0x0a, 7, 0x0a, 6));
	assert_true(a == 7 && b == 6);
	/* From the root, the length in two bytes, bigger numbers. */
	assert_true(S5(8, '\\', NAME, 0x12, 0x4a, 0, 4, 0x0b, 3, 0, 0x0c, 2, 0, 0, 0));
	assert_true(a == 3 && b == 2);
	assert_true(S5(8, NAME, 0x12, 3, 2, 0, 1));
	assert_true(a == 0 && b == 1);
	/* One number only. */
	assert_true(S5(8, NAME, 0x12, 3, 1, 1));
	assert_true(a == 1 && b == 0);
	/* Behind something that only looks like it. */
	assert_true(S5(8, NAME, 0x14, 8, NAME, 0x12, 4, 2, 0x0a, 4, 0));
	assert_true(a == 4 && b == 0);
}

static void test_s5_hostile(void **state)
{
	static const u8 good[] = {
		8, '\\', NAME, 0x12, 0x8a, 0, 0, 2, 0x0c, 3, 0, 0, 0, 0x0b, 2, 0};
	u8 a, b;

	(void)state;
	assert_true(s5(good, sizeof(good), &a, &b));
	for (u32 size = 1; size < sizeof(good); size++)
		assert_false(s5(good, size, &a, &b));
	assert_false(S5(NAME, 0x12, 7, 2, 0x0a, 7, 0x0a, 6));
	assert_false(S5('\\', NAME, 0x12, 7, 2, 0x0a, 7, 0x0a, 6));
	/* Empty, no numbers, numbers that cannot be. */
	assert_false(S5(8, NAME, 0x12, 2, 0, 0, 0));
	assert_false(S5(8, NAME, 0x12, 7, 2, 0x0d, 'a', 0, 0));
	assert_false(S5(8, NAME, 0x12, 7, 2, 0x0a, 8, 0x0a, 6));
	assert_false(S5(8, NAME, 0x12, 7, 2, 0x0a, 7, 0x0a, 0xff));
	assert_false(S5(8, NAME, 0x12, 0xc0));
}

/* ---- Random damage: whatever it reads, it ends, and looks nowhere else ---- */

static void test_random(void **state)
{
	static const u64 tables[] = {RSDP, ROOT, MADT, FADT, DSDT};
	static u8 good[WORLD_SIZE];

	(void)state;
	memcpy(good, world, sizeof(world));
	srand(1);
	for (u32 round = 0; round < 2000; round++) {
		for (u32 n = 0; n < 3; n++) {
			u64 table = tables[(u32)rand() % ARRAY_LEN(tables)];

			world[table + (u32)rand() % 64] = (u8)rand();
			if (table == RSDP)
				put_sum(RSDP, 20, 8), put_sum(RSDP, 36, 32);
			else if (bios_get32(world + table + 4) < KiB(4))
				seal(table);
		}
		world_forget();
		acpi_read(RSDP, world_map, &info);
		assert_true(info.cpu_count <= ACPI_CPUS_MAX);
		memcpy(world + RSDP, good + RSDP, 64);
		memcpy(world + ROOT, good + ROOT, SSDT - ROOT);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_xsdt),
		TEST(test_rsdt),
		TEST(test_given_and_ebda),
		TEST(test_old_fadt),
		TEST(test_extended_fadt),
		TEST(test_nothing),
		TEST(test_sums),
		TEST(test_lengths),
		TEST(test_madt_entries),
		TEST(test_many),
		TEST(test_loops),
		TEST(test_s5),
		TEST(test_s5_hostile),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
