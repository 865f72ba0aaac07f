// SPDX-License-Identifier: Apache-2.0
// Starting kernels on the virtual PC (vboot.c, vboot_info.c): what lies where in low memory, what
// each kind of kernel is told, and where initrd and BIOS go.
#include "image_world.h"

#include <hv/vm.h>

#include "arch/x86_64/acpi.h"
#include "arch/x86_64/multiboot.h"
#include "arch/x86_64/vboot.h"

#define MEMORY MiB(8)
#define KERNEL MiB(1)

#define LOW_END 0x9fc00UL

/* A kernel of 100 KiB and one byte at 1 MiB. */
static void start(u64 memory, enum image_kind kind)
{
	vm = fake_vm(0, memory);
	vm->config.memory = memory;
	vm->config.cpus = 2;
	str_copy(vm->config.cmdline, sizeof(vm->config.cmdline), "console=ttyS0 one two");
	vm->image = (struct image){
		.kind = kind,
		.entry = GPA(KERNEL + 0x200),
		.start = GPA(KERNEL),
		.end = GPA(KERNEL + 102401),
	};
	fake_output_clear();
}

static void end(void)
{
	fake_vm_free(vm);
}

static void kernel_at(u64 from, u64 to)
{
	vm->image.entry = GPA(from);
	vm->image.start = GPA(from);
	vm->image.end = GPA(to);
}

static void *at(u64 gpa)
{
	return vm_ram(vm, GPA(gpa), 1);
}

static u64 get(u64 gpa, u32 size)
{
	u64 value = 0;

	memcpy(&value, vm_ram(vm, GPA(gpa), size), size);
	return value;
}

static void prepare(void)
{
	fake_output_clear();
	if (vboot_prepare(vm, &fat) != 0)
		fail_msg("%s", fake_output);
	assert_string_equal(fake_output, "");
}

static void prepare_bad(int error, const char *message)
{
	char expected[512];
	int ret;

	fake_output_clear();
	ret = vboot_prepare(vm, &fat);
	snprint(expected, sizeof(expected), "error: %s\n", message);
	assert_string_equal(fake_output, expected);
	assert_int_equal(ret, error);
}

static void check_start(u64 pc, enum start_mode mode, u64 rdi)
{
	assert_int_equal(vm->start.pc, pc);
	assert_int_equal(vm->start.args[0], VBOOT_INFO);
	assert_int_equal((u32)vm->start.args[1], mode);
	assert_int_equal(vm->start.args[1] >> 32, rdi);
}

/* ---- What all have ---- */

static const void *ram_map(u64 hpa, u64 size)
{
	return vm_ram(vm, GPA(hpa), size);
}

/* 1:1, four GiB in pages of 2 MiB. */
static void check_tables(void)
{
	assert_int_equal(get(VBOOT_PML4, 8), 0x2007);
	check_zero(VBOOT_PML4 + 8, 0x2000);
	for (u64 i = 0; i < 4; i++)
		assert_int_equal(get(0x2000 + 8 * i, 8), 0x3007 + 0x1000 * i);
	check_zero(0x2020, 0x3000);
	for (u64 i = 0; i < 2048; i++)
		assert_int_equal(get(0x3000 + 8 * i, 8), i << 21 | 0x87);
	assert_int_equal(get(VBOOT_GDT, 8), 0);
	assert_int_equal(get(VBOOT_GDT + VBOOT_CS32, 8), 0x00cf9b000000ffff);
	assert_int_equal(get(VBOOT_GDT + VBOOT_CS64, 8), 0x00af9b000000ffff);
	assert_int_equal(get(VBOOT_GDT + VBOOT_DS, 8), 0x00cf93000000ffff);
	assert_int_equal(VBOOT_GDT_LIMIT, 31);
}

static void test_low(void **state)
{
	struct acpi_info info;

	(void)state;
	start(MEMORY, IMAGE_MULTIBOOT);
	prepare();
	check_zero(0, VBOOT_GDT);
	check_tables();
	assert_string_equal(at(VBOOT_CMDLINE), "console=ttyS0 one two");
	check_zero(VBOOT_CMDLINE + 512, VBOOT_PML4);
	check_zero(VBOOT_REAL, VBOOT_TABLES);
	check_zero(MiB(1), MEMORY);
	assert_int_equal(acpi_read(0, ram_map, &info), 0);
	assert_int_equal(info.cpu_count, 2);
	end();
	/* The longest command line. */
	start(MEMORY, IMAGE_MULTIBOOT);
	memset(vm->config.cmdline, 'x', CONFIG_CMDLINE_MAX - 1);
	vm->config.cmdline[CONFIG_CMDLINE_MAX - 1] = '\0';
	prepare();
	assert_string_equal(at(VBOOT_CMDLINE), vm->config.cmdline);
	check_tables();
	end();
}

/* ---- Multiboot ---- */

static void check_ranges(const struct multiboot_info *info, const u64 (*ranges)[3],
	u32 count)
{
	assert_int_equal(info->mmap_length, count * sizeof(struct multiboot_range));
	for (u32 i = 0; i < count; i++) {
		const struct multiboot_range *range = vm_ram(vm,
			GPA(info->mmap_addr + i * sizeof(*range)), sizeof(*range));

		assert_int_equal(range->size, 20);
		assert_int_equal(range->base, ranges[i][0]);
		assert_int_equal(range->length, ranges[i][1]);
		assert_int_equal(range->type, ranges[i][2]);
	}
}

static const u64 whole[][3] = {
	{0, LOW_END, 1}, {VBOOT_TABLES, 0x10000, 2}, {MiB(1), MEMORY - MiB(1), 1}};

static void test_multiboot(void **state)
{
	const struct multiboot_info *info;

	(void)state;
	start(MEMORY, IMAGE_MULTIBOOT);
	prepare();
	check_start(KERNEL + 0x200, START_32, 0);
	info = at(VBOOT_INFO);
	assert_int_equal(info->flags, 0x24d);
	assert_int_equal(info->mem_lower, 639);
	assert_int_equal(info->mem_upper, (MEMORY - MiB(1)) / 1024);
	assert_string_equal(at(info->cmdline), "console=ttyS0 one two");
	assert_string_equal(at(info->loader_name), "Lodge");
	assert_int_equal(info->mods_count, 0);
	check_ranges(info, whole, ARRAY_LEN(whole));
	end();
}

static void test_multiboot_module(void **state)
{
	const struct multiboot_info *info;
	const struct multiboot_module *module;

	(void)state;
	bytes_fill(5000);
	start(MEMORY, IMAGE_MULTIBOOT);
	file_make(bytes, 5000);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare();
	info = at(VBOOT_INFO);
	assert_int_equal(info->mods_count, 1);
	module = at(info->mods_addr);
	assert_int_equal(module->start, MEMORY - 0x2000);
	assert_int_equal(module->end, MEMORY - 0x2000 + 5000);
	assert_string_equal(at(module->cmdline), PATH);
	check_ram(module->start, bytes, 5000);
	check_ranges(info, whole, ARRAY_LEN(whole));
	end();
	/* The longest path. */
	start(MEMORY, IMAGE_MULTIBOOT);
	file_make(bytes, 5000);
	memset(vm->config.initrd, '/', CONFIG_PATH_MAX - 1);
	memcpy(vm->config.initrd + CONFIG_PATH_MAX - 7, "kernel", 7);
	prepare();
	info = at(VBOOT_INFO);
	module = at(info->mods_addr);
	assert_string_equal(at(module->cmdline), vm->config.initrd);
	end();
}

/* ---- PVH ---- */

static void test_pvh(void **state)
{
	(void)state;
	bytes_fill(5000);
	start(MEMORY, IMAGE_PVH);
	file_make(bytes, 5000);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare();
	check_start(KERNEL + 0x200, START_32, 0);
	assert_int_equal(get(VBOOT_INFO, 4), 0x336ec578);
	assert_int_equal(get(VBOOT_INFO + 4, 4), 1);
	assert_int_equal(get(VBOOT_INFO + 8, 4), 0);
	assert_int_equal(get(VBOOT_INFO + 12, 4), 1);
	assert_int_equal(get(get(VBOOT_INFO + 16, 8), 8), MEMORY - 0x2000);
	assert_int_equal(get(get(VBOOT_INFO + 16, 8) + 8, 8), 5000);
	assert_int_equal(get(get(VBOOT_INFO + 16, 8) + 16, 8), 0);
	assert_string_equal(at(get(VBOOT_INFO + 24, 8)), "console=ttyS0 one two");
	assert_memory_equal(at(get(VBOOT_INFO + 32, 8)), "RSD PTR ", 8);
	assert_int_equal(get(VBOOT_INFO + 48, 4), ARRAY_LEN(whole));
	for (u32 i = 0; i < ARRAY_LEN(whole); i++) {
		u64 entry = get(VBOOT_INFO + 40, 8) + 24 * i;

		assert_int_equal(get(entry, 8), whole[i][0]);
		assert_int_equal(get(entry + 8, 8), whole[i][1]);
		assert_int_equal(get(entry + 16, 8), whole[i][2]);
	}
	end();
	start(MEMORY, IMAGE_PVH);
	prepare();
	assert_int_equal(get(VBOOT_INFO + 12, 4), 0);
	end();
}

/* ---- Linux ---- */

static void setup_put(u32 offset, u64 value, u32 size)
{
	memcpy(&vm->image.setup[offset - LINUX_SETUP_OFFSET], &value, size);
}

static void start_linux(u64 memory, u64 initrd_max)
{
	start(memory, IMAGE_BZIMAGE);
	vm->image.setup_size = 0x7b;
	memset(vm->image.setup, 0xc5, vm->image.setup_size);
	setup_put(0x211, 0x40, 1); /* loadflags: a bit of the kernel's own */
	setup_put(0x22c, initrd_max, 4);
}

static void test_linux(void **state)
{
	(void)state;
	bytes_fill(5000);
	start_linux(MEMORY, 0x7fffffff);
	file_make(bytes, 5000);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare();
	check_start(KERNEL + 0x200, START_64, 0);
	check_tables();
	check_zero(VBOOT_INFO, VBOOT_INFO + 0x70);
	assert_memory_equal(at(get(VBOOT_INFO + 0x70, 8)), "RSD PTR ", 8);
	check_zero(VBOOT_INFO + 0x78, VBOOT_INFO + 0x1e8);
	assert_int_equal(get(VBOOT_INFO + 0x1e8, 1), ARRAY_LEN(whole));
	check_zero(VBOOT_INFO + 0x1e9, VBOOT_INFO + 0x1f1);
	assert_int_equal(get(VBOOT_INFO + 0x1f1, 1), 0xc5);
	assert_int_equal(get(VBOOT_INFO + 0x210, 1), 0xff);
	assert_int_equal(get(VBOOT_INFO + 0x211, 1), 0x41);
	assert_int_equal(get(VBOOT_INFO + 0x218, 4), MEMORY - 0x2000);
	assert_int_equal(get(VBOOT_INFO + 0x21c, 4), 5000);
	assert_int_equal(get(VBOOT_INFO + 0x228, 4), VBOOT_CMDLINE);
	assert_int_equal(get(VBOOT_INFO + 0x1f1 + 0x7a, 1), 0xc5);
	check_zero(VBOOT_INFO + 0x1f1 + 0x7b, VBOOT_INFO + 0x2d0);
	for (u32 i = 0; i < ARRAY_LEN(whole); i++) {
		u64 entry = VBOOT_INFO + 0x2d0 + 20 * i;

		assert_int_equal(get(entry, 8), whole[i][0]);
		assert_int_equal(get(entry + 8, 8), whole[i][1]);
		assert_int_equal(get(entry + 16, 4), whole[i][2]);
	}
	check_zero(VBOOT_INFO + 0x2d0 + 60, VBOOT_REAL);
	end();
	start_linux(MEMORY, 0x7fffffff);
	prepare();
	assert_int_equal(get(VBOOT_INFO + 0x218, 8), 0);
	end();
}

/* Not above what the kernel can reach. */
static void test_linux_initrd_max(void **state)
{
	(void)state;
	bytes_fill(8192);
	start_linux(MEMORY, 0x5fffff);
	file_make(bytes, 8192);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare();
	assert_int_equal(get(VBOOT_INFO + 0x218, 4), 0x5fe000);
	check_ram(0x5fe000, bytes, 8192);
	setup_put(0x22c, 0xffffffff, 4);
	prepare();
	assert_int_equal(get(VBOOT_INFO + 0x218, 4), MEMORY - 0x2000);
	setup_put(0x22c, KERNEL + 102401, 4);
	prepare_bad(-E2BIG,
		"fake: kernel (up to 0x119001) and initrd (8192 bytes) do not fit into "
		"8192 KiB of memory");
	setup_put(0x22c, 0, 4);
	prepare_bad(-E2BIG,
		"fake: kernel (up to 0x119001) and initrd (8192 bytes) do not fit into "
		"8192 KiB of memory");
	end();
}

/* ---- Real mode, and little memory ---- */

static void test_flat(void **state)
{
	static const struct {
		u64 memory;
		u32 lower, upper, count;
		u64 ranges[3][3];
	} cases[] = {
		{KiB(64), 64, 0, 1, {{0, KiB(64), 1}}},
		{KiB(512), 512, 0, 1, {{0, KiB(512), 1}}},
		{KiB(640), 639, 0, 1, {{0, LOW_END, 1}}},
		{MiB(1) - KiB(4), 639, 0, 1, {{0, LOW_END, 1}}},
		{MiB(1), 639, 0, 2, {{0, LOW_END, 1}, {VBOOT_TABLES, 0x10000, 2}}},
		{MiB(1) + KiB(4), 639, 4, 3,
			{{0, LOW_END, 1}, {VBOOT_TABLES, 0x10000, 2},
				{MiB(1), KiB(4), 1}}},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		const struct multiboot_info *info;

		start(cases[i].memory, IMAGE_FLAT);
		kernel_at(VBOOT_REAL, VBOOT_REAL + 512);
		prepare();
		check_start(VBOOT_REAL, START_REAL, 0);
		info = at(VBOOT_INFO);
		assert_int_equal(info->mem_lower, cases[i].lower);
		assert_int_equal(info->mem_upper, cases[i].upper);
		check_ranges(info, cases[i].ranges, cases[i].count);
		end();
	}
	start(KiB(28), IMAGE_FLAT);
	kernel_at(VBOOT_REAL, VBOOT_REAL);
	prepare_bad(-E2BIG, "fake: expected at least 32 KiB of memory, found 28");
	end();
}

/* The top of RAM, but neither in the tables nor behind their hole in the map. */
static void test_initrd_low(void **state)
{
	static const struct {
		u64 memory, at;
	} cases[] = {
		{KiB(64), KiB(64) - 0x2000},
		{MiB(1), 0x9e000},
		{MiB(1) + KiB(4), 0x9e000},
		{MiB(1) + KiB(8), MiB(1)},
	};

	(void)state;
	bytes_fill(5000);
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		start(cases[i].memory, IMAGE_FLAT);
		kernel_at(VBOOT_REAL, VBOOT_REAL + 512);
		file_make(bytes, 5000);
		str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
		prepare();
		check_ram(cases[i].at, bytes, 5000);
		assert_int_equal(((struct multiboot_module *)at(VBOOT_INFO + 0x100))
					 ->start,
			cases[i].at);
		end();
	}
	start(KiB(64), IMAGE_FLAT);
	kernel_at(VBOOT_REAL, 0xe001);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare_bad(-E2BIG,
		"fake: kernel (up to 0xe001) and initrd (5000 bytes) do not fit into 64 "
		"KiB of memory");
	kernel_at(VBOOT_REAL, 0xe000);
	prepare();
	vm->config.initrd[1] = 'x';
	prepare_bad(-ENOENT,
		"fake: expected its initrd at /xernel on the disk, found no such file");
	end();
	/* Empty: there is none. */
	start(KiB(64), IMAGE_FLAT);
	kernel_at(VBOOT_REAL, VBOOT_REAL + 512);
	file_make(bytes, 0);
	str_copy(vm->config.initrd, sizeof(vm->config.initrd), PATH);
	prepare();
	assert_int_equal(((struct multiboot_info *)at(VBOOT_INFO))->mods_count, 0);
	end();
}

/* ---- A BIOS ---- */

static void test_bios(void **state)
{
	static const enum image_kind kinds[] = {
		IMAGE_FLAT, IMAGE_MULTIBOOT, IMAGE_PVH, IMAGE_BZIMAGE};

	(void)state;
	bytes_fill(KiB(32) + 1);
	for (u32 i = 0; i < ARRAY_LEN(kinds); i++) {
		start(MEMORY, kinds[i]);
		file_make(bytes, KiB(32));
		str_copy(vm->config.bios, sizeof(vm->config.bios), PATH);
		prepare();
		check_start(VBOOT_REAL, START_REAL, KERNEL + 0x200);
		check_ram(VBOOT_REAL, bytes, KiB(32));
		check_ranges(at(VBOOT_INFO), whole, ARRAY_LEN(whole));
		end();
	}
}

static void test_bios_bad(void **state)
{
	(void)state;
	start(MEMORY, IMAGE_MULTIBOOT);
	str_copy(vm->config.bios, sizeof(vm->config.bios), PATH);
	file_make(bytes, KiB(32) + 1);
	prepare_bad(-E2BIG,
		PATH ": expected a bios of 1 to 32768 bytes and a kernel behind it, "
		     "found 32769 bytes and one at 0x100000");
	file_make(bytes, 0);
	prepare_bad(-E2BIG,
		PATH ": expected a bios of 1 to 32768 bytes and a kernel behind it, "
		     "found 0 bytes and one at 0x100000");
	kernel_at(0x9000, 0xa000);
	file_make(bytes, 0x1001);
	prepare_bad(-E2BIG,
		PATH ": expected a bios of 1 to 32768 bytes and a kernel behind it, "
		     "found 4097 bytes and one at 0x9000");
	file_make(bytes, 0x1000);
	prepare();
	vm->config.bios[1] = 'x';
	prepare_bad(-ENOENT,
		"fake: expected its bios at /xernel on the disk, found no such file");
	end();
}

/* ---- Places ---- */

static void test_place(void **state)
{
	static const u64 good[][2] = {
		{0x8000, 0xf0000}, {0x10000, 0x20000}, {MiB(1), MEMORY}};
	static const u64 bad[][2] = {{0x7fff, 0x9000}, {0, 0x9000}, {0x8000, 0xf0001},
		{0xfffff, MiB(2)}, {0xf0000, 0xf1000}, {0x8000, MiB(2)}};
	char message[256];

	(void)state;
	start(MEMORY, IMAGE_MULTIBOOT);
	for (u32 i = 0; i < ARRAY_LEN(good); i++) {
		kernel_at(good[i][0], good[i][1]);
		prepare();
	}
	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		kernel_at(bad[i][0], bad[i][1]);
		snprint(message, sizeof(message),
			"fake: expected a kernel between 0x8000 and 0xf0000, or from 0x100000 on, "
			"found it at 0x%lx to 0x%lx",
			bad[i][0], bad[i][1]);
		prepare_bad(-EINVAL, message);
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_low),
		cmocka_unit_test(test_multiboot),
		cmocka_unit_test(test_multiboot_module),
		cmocka_unit_test(test_pvh),
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_linux_initrd_max),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_initrd_low),
		cmocka_unit_test(test_bios),
		cmocka_unit_test(test_bios_bad),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
