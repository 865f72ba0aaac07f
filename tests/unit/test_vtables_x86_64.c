// SPDX-License-Identifier: Apache-2.0
// Tables that guests find (vtables.c and its parts): read back by what reads the host's, gone
// through byte by byte, and given to ACPI's own disassembler.
#include "bios_world.h"

#include <hv/bus.h>
#include <hv/vm.h>

#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/x86_64/mptable.h"
#include "arch/x86_64/vaml.h"
#include "arch/x86_64/vboot.h"
#include "arch/x86_64/vtables.h"
#include "vdev/models.h"

#define AREA      VBOOT_TABLES
#define AREA_SIZE KiB(64)
#define IOAPIC    0xfec00000UL
#define LAPIC     0xfee00000UL
#define HPET      0xfed00000UL

static struct vbytes out;

/* Into the world; where the RSDP is. */
static u64 make(u32 cpus)
{
	u64 rsdp;

	memset(world, 0, sizeof(world));
	world_forget();
	out = (struct vbytes){.buf = world + AREA, .size = AREA_SIZE};
	rsdp = vtables_put(&out, AREA, cpus);
	assert_false(out.full);
	for (u64 i = 0; i < sizeof(world); i++)
		assert_true(!world[i] || range_inside(i, 1, AREA, out.used));
	return rsdp;
}

/* ---- Read back ---- */

static void check_cpus(const struct acpi_info *info, u32 cpus)
{
	assert_int_equal(info->cpu_count, cpus);
	for (u32 i = 0; i < cpus; i++)
		assert_int_equal(info->cpu_ids[i], i);
	assert_int_equal(info->ioapic_count, 1);
	assert_int_equal(info->ioapics[0].id, 0);
	assert_int_equal(info->ioapics[0].address, IOAPIC);
	assert_int_equal(info->ioapics[0].gsi, 0);
	for (u32 irq = 0; irq < ISA_IRQS; irq++) {
		assert_int_equal(info->isa[irq].gsi, irq ? irq : 2);
		assert_int_equal(info->isa[irq].level, irq == 9);
		assert_false(info->isa[irq].active_low);
	}
}

static void check_acpi(const struct acpi_info *info, u32 cpus)
{
	check_cpus(info, cpus);
	assert_int_equal(info->pm1a_control, 0x604);
	assert_int_equal(info->pm1b_control, 0);
	assert_int_equal(info->smi_command, 0);
	assert_true(info->has_s5);
	assert_int_equal(info->s5_type_a, 0);
}

static void test_acpi(void **state)
{
	struct acpi_info info;

	(void)state;
	for (u32 cpus = 1; cpus <= VM_CPUS_MAX; cpus++) {
		u64 rsdp = make(cpus), xsdt = bios_get64(world + rsdp + 24);

		assert_true(IS_ALIGNED(rsdp, 16));
		assert_int_equal(acpi_read(rsdp, world_map, &info), 0);
		check_acpi(&info, cpus);
		/* By those who search, and those who know RSDTs only. */
		assert_int_equal(acpi_read(0, world_map, &info), 0);
		check_acpi(&info, cpus);
		world[xsdt + 10]++;
		assert_int_equal(acpi_read(rsdp, world_map, &info), 0);
		check_acpi(&info, cpus);
	}
}

static void test_mp(void **state)
{
	struct acpi_info info;

	(void)state;
	for (u32 cpus = 1; cpus <= VM_CPUS_MAX; cpus++) {
		make(cpus);
		assert_int_equal(mptable_read(world_map, &info), 0);
		check_cpus(&info, cpus);
	}
}

/* What the reader passes over: one CPU boots, the 8259s' interrupt and NMI have an input. */
static void test_mp_entries(void **state)
{
	const u8 extint[] = {4, 3, 0, 0, 1, 0, 0, 0}, nmi[] = {4, 1, 0, 0, 1, 0, 0xff, 1};
	const u8 buses[] = "\1\0PCI   \1\1ISA   ";
	const u8 *table = world + AREA + 16, *at;
	u32 length;

	(void)state;
	make(3);
	assert_memory_equal(world + AREA, "_MP_", 4);
	assert_int_equal(bios_get32(world + AREA + 4), AREA + 16);
	length = bios_get16(table + 4);
	assert_int_equal(table[6], 4);
	assert_int_equal(bios_get16(table + 34), 3 + 2 + 1 + 15 + 2);
	assert_int_equal(length, 44 + 3 * 20 + 20 * 8);
	assert_int_equal(bios_get32(table + 36), LAPIC);
	assert_int_equal(table[44 + 3], 3);
	assert_int_equal(table[44 + 20 + 3], 1);
	at = table + 44 + 3 * 20;
	assert_memory_equal(at, buses, 16);
	at = table + length - 16;
	assert_memory_equal(at, extint, 8);
	assert_memory_equal(at + 8, nmi, 8);
}

/* ---- Tables of ACPI, one by one ---- */

struct found {
	u32 at, length;
};

/* The table of this name, which the XSDT has at `n`, and the RSDT too. */
static struct found table_at(u64 at, const char *signature)
{
	struct found table = {(u32)at, bios_get32(world + at + 4)};

	assert_memory_equal(world + at, signature, 4);
	assert_true(range_inside(at, table.length, AREA, out.used));
	assert_true(bios_sum_ok(world + at, table.length));
	assert_memory_equal(world + at + 10, "LODGE LODGEPC ", 14);
	return table;
}

static struct found table_find(u64 rsdp, u32 n, const char *signature)
{
	struct found rsdt = table_at(bios_get32(world + rsdp + 16), "RSDT");
	struct found xsdt = table_at(bios_get64(world + rsdp + 24), "XSDT");

	assert_int_equal(rsdt.length, 36 + 3 * 4);
	assert_int_equal(xsdt.length, 36 + 3 * 8);
	assert_int_equal(bios_get32(world + rsdt.at + 36 + n * 4),
		bios_get64(world + xsdt.at + 36 + n * 8));
	return table_at(bios_get64(world + xsdt.at + 36 + n * 8), signature);
}

static void check_register(u64 at, u8 space, u8 bits, u8 access, u64 address)
{
	assert_int_equal(world[at], space);
	assert_int_equal(world[at + 1], bits);
	assert_int_equal(world[at + 2], 0);
	assert_int_equal(world[at + 3], access);
	assert_int_equal(bios_get64(world + at + 4), address);
}

/* Offset, size, value. */
static const u32 fadt_fields[][3] = {
	{8, 1, 4},
	{46, 2, 9},     /* SCI_INT */
	{48, 4, 0},     /* SMI_CMD */
	{52, 1, 0},     /* ACPI_ENABLE */
	{56, 4, 0x600}, /* PM1a_EVT_BLK */
	{60, 4, 0},
	{64, 4, 0x604}, /* PM1a_CNT_BLK */
	{68, 4, 0},
	{72, 4, 0},
	{76, 4, 0x608}, /* PM_TMR_BLK */
	{80, 4, 0x620}, /* GPE0_BLK */
	{84, 4, 0},
	{88, 1, 4}, /* PM1_EVT_LEN */
	{89, 1, 2}, /* PM1_CNT_LEN */
	{90, 1, 0},
	{91, 1, 4}, /* PM_TMR_LEN */
	{92, 1, 8}, /* GPE0_BLK_LEN */
	{93, 1, 0},
	{96, 2, 0xffff}, /* P_LVL2_LAT */
	{98, 2, 0xffff},
	{108, 1, 0x32},  /* CENTURY */
	{109, 2, 5},     /* IAPC_BOOT_ARCH: no VGA, no 8042 */
	{112, 4, 0x575}, /* flags: RESET_REG_SUP, TMR_VAL_EXT, no HW_REDUCED_ACPI */
	{128, 1, 6},     /* RESET_VALUE */
	{132, 4, 0},
};

static void test_fadt(void **state)
{
	u64 rsdp = make(2);
	struct found fadt = table_find(rsdp, 0, "FACP");
	u32 facs = bios_get32(world + fadt.at + 36),
	    dsdt = bios_get32(world + fadt.at + 40);

	(void)state;
	assert_int_equal(fadt.length, 244);
	for (u32 i = 0; i < ARRAY_LEN(fadt_fields); i++) {
		const u32 *field = fadt_fields[i];
		u32 value = 0;

		memcpy(&value, world + fadt.at + field[0], field[1]);
		if (value != field[2])
			fail_msg("offset %u: 0x%x", field[0], value);
	}
	check_register(fadt.at + 116, 1, 8, 1, 0xcf9);
	check_register(fadt.at + 148, 1, 32, 2, 0x600);
	check_register(fadt.at + 160, 0, 0, 0, 0);
	check_register(fadt.at + 172, 1, 16, 2, 0x604);
	check_register(fadt.at + 184, 0, 0, 0, 0);
	check_register(fadt.at + 196, 0, 0, 0, 0);
	check_register(fadt.at + 208, 1, 32, 3, 0x608);
	check_register(fadt.at + 220, 1, 64, 1, 0x620);
	check_register(fadt.at + 232, 0, 0, 0, 0);
	table_at(dsdt, "DSDT");
	assert_int_equal(bios_get64(world + fadt.at + 140), dsdt);
	assert_true(IS_ALIGNED(facs, 64));
	assert_true(range_inside(facs, 64, AREA, out.used));
	assert_memory_equal(world + facs, "FACS\x40\0\0\0", 8);
	assert_int_equal(world[facs + 32], 2);
}

static void test_madt(void **state)
{
	const u8 entries[] = {
		0, 8, 0, 0, 1, 0, 0, 0,                    /* CPUs */
		0, 8, 1, 1, 1, 0, 0, 0,                    /* */
		1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0, /* I/O APIC */
		2, 10, 0, 0, 2, 0, 0, 0, 0, 0,             /* overrides */
		2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0,          /* */
		4, 6, 0xff, 0, 0, 1,                       /* NMI */
	};
	struct found madt = table_find(make(2), 1, "APIC");

	(void)state;
	assert_int_equal(madt.length, 44 + sizeof(entries));
	assert_int_equal(bios_get32(world + madt.at + 36), LAPIC);
	assert_int_equal(bios_get32(world + madt.at + 40), 1);
	assert_memory_equal(world + madt.at + 44, entries, sizeof(entries));
}

/* The table says of the HPET what it says itself. */
static void test_hpet(void **state)
{
	struct found hpet = table_find(make(1), 2, "HPET");
	const struct vdev_place place = {.base = HPET};
	struct vm *vm;
	struct vdev *dev;

	(void)state;
	assert_int_equal(hpet.length, 56);
	check_register(hpet.at + 40, 0, 0, 0, HPET);
	assert_int_equal(world[hpet.at + 52], 0);
	fake_ram(MiB(8));
	vm = fake_vm(0, MiB(1));
	assert_int_equal(vdev_create(vm, &hpet_ops, &place, ""), 0);
	dev = bus_find(&vm->mmio, HPET)->dev;
	assert_int_equal(bios_get32(world + hpet.at + 36), dev->ops->read(dev, 0, 4));
	vdev_destroy_all(vm);
	fake_vm_free(vm);
}

/* ---- Room ---- */

static void test_room(void **state)
{
	u32 needed;

	(void)state;
	make(VM_CPUS_MAX);
	needed = out.used;
	for (u32 size = 0; size <= needed; size++) {
		u8 *buf = malloc(size ? size : 1);

		out = (struct vbytes){.buf = buf, .size = size};
		vtables_put(&out, AREA, VM_CPUS_MAX);
		assert_int_equal(out.full, size < needed);
		assert_true(out.used <= size);
		free(buf);
	}
}

static void test_write(void **state)
{
	struct acpi_info info;
	struct vm *vm;
	u64 rsdp;

	(void)state;
	vm = fake_vm(0, MiB(1));
	vm->config.cpus = 5;
	rsdp = vtables_write(vm);
	assert_true(range_inside(rsdp, 36, AREA, AREA_SIZE));
	memcpy(world, vm_ram(vm, GPA(0), MiB(1)), MiB(1));
	assert_int_equal(acpi_read(rsdp, world_map, &info), 0);
	check_acpi(&info, 5);
	fake_vm_free(vm);
	/* Less RAM: none. */
	vm = fake_vm(0, MiB(1) - PAGE_SIZE);
	vm->config.cpus = 1;
	assert_int_equal(vtables_write(vm), 0);
	for (u64 i = 0; i < MiB(1) - PAGE_SIZE; i++)
		assert_int_equal(*(u8 *)vm_ram(vm, GPA(i), 1), 0);
	fake_vm_free(vm);
}

/* ---- AML ---- */

static u8 aml[1 << 21];

static void aml_start(void)
{
	out = (struct vbytes){.buf = aml, .size = sizeof(aml)};
}

static void aml_check(const void *bytes, u32 size)
{
	assert_int_equal(out.used, size);
	assert_memory_equal(aml, bytes, size);
}
#define AML(...) aml_check((u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}))

static void test_aml(void **state)
{
	(void)state;
	aml_start();
	vaml_name(&out, "\\_S5_");
	vaml_integer(&out, 0);
	vaml_integer(&out, 1);
	vaml_integer(&out, 2);
	vaml_integer(&out, 0xff);
	vaml_integer(&out, 0x100);
	vaml_integer(&out, 0x10000);
	vaml_integer(&out, 0x100000000);
	AML(0x08, '\\', '_', 'S', '5', '_', 0, 1, 0x0a, 2, 0x0a, 0xff, 0x0b, 0, 1, 0x0c,
		0, 0, 1, 0, 0x0e, 0, 0, 0, 0, 1, 0, 0, 0);
	aml_start();
	vaml_eisa_id(&out, "PNP0A03");
	AML(0x0c, 0x41, 0xd0, 0x0a, 0x03);
	aml_start();
	vaml_close(&out, vaml_open_package(&out, 3));
	AML(0x12, 2, 3);
	aml_start();
	vaml_close(&out, vaml_open_device(&out, "RTC_"));
	AML(0x5b, 0x82, 5, 'R', 'T', 'C', '_');
}

/* Each number of bytes behind a length, around where it takes another byte. */
static void test_aml_lengths(void **state)
{
	static const struct {
		u32 content, bytes;
	} cases[] = {{0, 1}, {57, 1}, {58, 2}, {1000, 2}, {4088, 2}, {4089, 3},
		{1048567, 3}, {1048568, 4}};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		u32 content = cases[i].content, bytes = cases[i].bytes, open, length;
		u8 *to;

		aml_start();
		open = vaml_open_scope(&out, "\\X___");
		to = vbytes_grow(&out, content);
		memset(to, 0xa5, content);
		vaml_close(&out, open);
		assert_int_equal(aml[0], 0x10);
		assert_int_equal(aml[1] >> 6, bytes - 1);
		length = aml[1] & (bytes > 1 ? 0xf : 0x3f);
		for (u32 b = 1; b < bytes; b++)
			length |= (u32)aml[1 + b] << (8 * b - 4);
		assert_int_equal(length, bytes + 5 + content);
		assert_int_equal(out.used, 1 + length);
		assert_memory_equal(aml + 1 + bytes, "\\X___", 5);
		for (u32 c = 0; c < content; c++)
			assert_int_equal(aml[1 + bytes + 5 + c], 0xa5);
	}
}

static void test_aml_resources(void **state)
{
	struct vaml_resources r;

	(void)state;
	aml_start();
	vaml_resources_start(&r);
	vaml_ports(&r, 0x3f8, 8);
	vaml_isa_irq(&r, 4);
	vaml_memory(&r, 0xfed00000, 0x400);
	vaml_crs(&out, &r);
	AML(0x08, '_', 'C', 'R', 'S', 0x11, 28, 0x0a, 25, 0x47, 1, 0xf8, 3, 0xf8, 3, 1, 8,
		0x22, 0x10, 0, 0x86, 9, 0, 1, 0, 0, 0xd0, 0xfe, 0, 4, 0, 0, 0x79, 0);
	aml_start();
	vaml_resources_start(&r);
	vaml_bus_range(&r, 0, 0);
	vaml_port_range(&r, 0xd00, 0xffff);
	vaml_memory_range(&r, 0xe0000000, 0xfebfffff);
	vaml_crs(&out, &r);
	AML(0x08, '_', 'C', 'R', 'S', 0x11, 63, 0x0a, 60,             /* */
		0x88, 13, 0, 2, 0xc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, /* bus */
		0x88, 13, 0, 1, 0xc, 3, 0, 0, 0, 0xd, 0xff, 0xff, 0, 0, 0,
		0xf3, /* ports */
		0x87, 23, 0, 0, 0xc, 1, 0, 0, 0, 0, 0, 0, 0, 0xe0, 0xff, 0xff, 0xbf, 0xfe,
		0, 0, 0, 0, 0, 0, 0xc0, 0x1e, 0x79, 0);
	/* More than there is room for spoils all. */
	vaml_resources_start(&r);
	for (u32 i = 0; i < VAML_RESOURCES_MAX; i++)
		vaml_isa_irq(&r, 1);
	vaml_crs(&out, &r);
	assert_true(out.full);
}

/* ---- ACPI's own disassembler, if it is there ---- */

/* And back to a table. It must not speak of errors. The RSDP it does not know. */
static void disassemble(const char *folder, const char *name, struct found table)
{
	char path[256], command[512], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.aml", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(world + table.at, table.length, 1, file), 1);
	fclose(file);
	snprintf(command, sizeof(command),
		"cd %s && iasl -d %s.aml 2>&1 && iasl -we %s.dsl 2>&1", folder, name,
		name);
	file = popen(command, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		for (char *c = line; *c; c++)
			*c = (char)tolower(*c);
		if ((strstr(line, "error") && !strstr(line, " 0 errors")) ||
			strstr(line, "invalid") || strstr(line, "incorrect"))
			fail_msg("%s: %s", name, line);
	}
	assert_int_equal(pclose(file), 0);
}

static void test_iasl(void **state)
{
	char folder[] = "/tmp/vtablesXXXXXX", command[sizeof(folder) + 8];
	struct found fadt, facs;
	u64 rsdp;

	(void)state;
	if (system("iasl -v >/dev/null 2>&1") != 0) {
		print_message("iasl (package acpica-tools) is not there\n");
		skip();
	}
	assert_non_null(mkdtemp(folder));
	rsdp = make(VM_CPUS_MAX);
	fadt = table_find(rsdp, 0, "FACP");
	facs = (struct found){bios_get32(world + fadt.at + 36), 64};
	disassemble(folder, "facp", fadt);
	disassemble(folder, "facs", facs);
	disassemble(folder, "apic", table_find(rsdp, 1, "APIC"));
	disassemble(folder, "hpet", table_find(rsdp, 2, "HPET"));
	disassemble(folder, "dsdt", table_at(bios_get32(world + fadt.at + 40), "DSDT"));
	disassemble(folder, "rsdt", table_at(bios_get32(world + rsdp + 16), "RSDT"));
	disassemble(folder, "xsdt", table_at(bios_get64(world + rsdp + 24), "XSDT"));
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_acpi, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_mp, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_mp_entries, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(test_fadt, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_madt, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_hpet, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_room, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_write, world_setup, world_teardown),
		cmocka_unit_test(test_aml),
		cmocka_unit_test(test_aml_lengths),
		cmocka_unit_test(test_aml_resources),
		cmocka_unit_test_setup_teardown(test_iasl, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
