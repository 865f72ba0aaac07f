// SPDX-License-Identifier: Apache-2.0
// load/pvh.c: ELF kernels with a PVH note, and what is said about those without. What all ELF
// kernels have in common is test_elf.c's.
#include "image_world.h"

enum { PHOFF = 64, NOTES_AT = 0x800, TEXT_AT = 0x1000, SIZE = 0x2000 };

#define LOAD  0x100000UL
#define ENTRY 0x100020UL

static u32 notes_len;

static void note_put(const char *name, u32 type, const void *value, u32 size)
{
	u8 *to = bytes + NOTES_AT + notes_len;
	u32 name_size = (u32)strlen(name) + 1;

	put32(to, name_size);
	put32(to + 4, size);
	put32(to + 8, type);
	memcpy(to + 12, name, name_size);
	memcpy(to + 12 + ALIGN_UP(name_size, 4), value, size);
	notes_len += (u32)(12 + ALIGN_UP(name_size, 4) + ALIGN_UP(size, 4));
}

static void phdr_put(u32 n, u32 type, u64 offset, u64 paddr, u64 filesz, u64 memsz)
{
	u8 *to = bytes + PHOFF + n * 56;

	put32(to, type);
	put64(to + 8, offset);
	put64(to + 16, paddr ? paddr + 0xffffffff80000000 : 0);
	put64(to + 24, paddr);
	put64(to + 32, filesz);
	put64(to + 40, memsz);
}

static void finish(void)
{
	phdr_put(0, 4, NOTES_AT, 0, notes_len, notes_len);
}

/* Text at 1 MiB that is entered at its beginning by those who do not know PVH. */
static void make(void)
{
	bytes_fill(SIZE);
	memset(bytes, 0, TEXT_AT);
	notes_len = 0;
	memcpy(bytes, "\177ELF\2\1\1", 7);
	put16(bytes + 16, 2);
	put16(bytes + 18, 62);
	put64(bytes + 24, LOAD);
	put64(bytes + 32, PHOFF);
	put16(bytes + 54, 56);
	put16(bytes + 56, 2);
	phdr_put(1, 1, TEXT_AT, LOAD, 0x1000, 0x2000);
	finish();
}

static void entry_put(u64 entry, u32 size)
{
	note_put("Xen", 18, &entry, size);
}

static void check(void)
{
	finish();
	load_good(bytes, SIZE);
	check_image(IMAGE_PVH, ENTRY, LOAD, LOAD + 0x2000);
	check_ram(LOAD, bytes + TEXT_AT, 0x1000);
	check_zero(0, LOAD);
	check_zero(LOAD + 0x1000, RAM_SIZE);
}

static void test_note(void **state)
{
	(void)state;
	make();
	entry_put(ENTRY, 4);
	check();
	assert_string_equal(image_kind_name(image.kind), "PVH ELF");
	make();
	entry_put(ENTRY, 8);
	check();
	/* Behind others, that are nearly it. */
	make();
	note_put("GNU", 18, "abcd", 4);
	note_put("Xen", 6, "linux", 6);
	note_put("Xen", 19, "", 0);
	note_put("XenX", 18, "abcd", 4);
	note_put("Xe", 18, "abcd", 4);
	note_put("A name longer than any that we look for", 18, "abcd", 4);
	entry_put(ENTRY, 4);
	note_put("Xen", 18, "abcd", 4);
	check();
	/* In the second of two segments; the first leads out of the file. */
	make();
	entry_put(ENTRY, 4);
	finish();
	put16(bytes + 56, 3);
	memcpy(bytes + PHOFF + 2 * 56, bytes + PHOFF, 56);
	put64(bytes + PHOFF + 8, ~0UL - 8);
	load_good(bytes, SIZE);
	assert_int_equal(image.kind, IMAGE_PVH);
	/* The last one is not filled up to its alignment. */
	make();
	entry_put(ENTRY, 3);
	notes_len--;
	check();
}

#define NEITHER \
	PATH ": expected an ELF kernel with a multiboot header or a PVH note, found neither"

static void none(void)
{
	finish();
	load_bad(bytes, SIZE, -EINVAL, NEITHER);
}

static void test_none(void **state)
{
	(void)state;
	make();
	none();
	note_put("Xen", 6, "linux", 6);
	none();
	/* Sizes that lead out of the segment. */
	make();
	entry_put(ENTRY, 4);
	put32(bytes + NOTES_AT, ~0U);
	none();
	put32(bytes + NOTES_AT, 4);
	put32(bytes + NOTES_AT + 4, ~0U);
	none();
	put32(bytes + NOTES_AT + 4, 5);
	none();
	put32(bytes + NOTES_AT + 4, 4);
	check();
	notes_len = 11;
	none();
	notes_len = 19;
	none();
	/* So many that we do not look further. */
	make();
	for (u32 i = 0; i < 64; i++)
		note_put("", 1, "", 0);
	entry_put(ENTRY, 4);
	none();
	/* No segment of notes, but of something else. */
	make();
	entry_put(ENTRY, 4);
	finish();
	put32(bytes + PHOFF, 6);
	load_bad(bytes, SIZE, -EINVAL, NEITHER);
}

static void test_bad(void **state)
{
	static const u64 entries[] = {0, LOAD - 1, LOAD + 0x2000, 0xffffffff};
	char message[128];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(entries); i++) {
		make();
		entry_put(entries[i], 4);
		finish();
		snprint(message, sizeof(message),
			PATH ": expected a PVH entry in the kernel, found 0x%lx",
			entries[i]);
		load_bad(bytes, SIZE, -EINVAL, message);
	}
	/* It counts only as an ELF file that is good otherwise. */
	make();
	entry_put(ENTRY, 4);
	finish();
	put16(bytes + 18, 243);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an ELF kernel for machine 62 (x86-64), found one for machine "
		"243 (RISC-V)");
}

/* A multiboot header counts more. */
static void test_both(void **state)
{
	(void)state;
	make();
	entry_put(ENTRY, 4);
	finish();
	put32(bytes + TEXT_AT + 0x40, 0x1badb002);
	put32(bytes + TEXT_AT + 0x44, 0);
	put32(bytes + TEXT_AT + 0x48, 0U - 0x1badb002U);
	load_good(bytes, SIZE);
	check_image(IMAGE_MULTIBOOT, LOAD, LOAD, LOAD + 0x2000);
	/* And boards that take ELF files take this one as such. */
	board.formats = formats;
	load_good(bytes, SIZE);
	check_image(IMAGE_ELF, LOAD, LOAD, LOAD + 0x2000);
}

/* One line, wherever the disk is bad. The notes are where nothing else is read. */
static void test_disk(void **state)
{
	const u32 far = 0x3000;

	(void)state;
	make();
	entry_put(ENTRY, 4);
	memcpy(bytes + far, bytes + NOTES_AT, notes_len);
	phdr_put(0, 4, far, 0, notes_len, notes_len);
	for (u32 sector = 0; sector <= far / 512; sector++) {
		struct fat_file file = file_make(bytes, far + 512);

		/* Not all of it is looked at. */
		if (sector >= 16 && sector < far / 512)
			continue;
		disk_bad = DATA_AT + sector;
		assert_int_equal(image_load(vm, &board, &file, PATH, &image), -EIO);
		assert_ptr_equal(strchr(fake_output, '\n'),
			fake_output + strlen(fake_output) - 1);
	}
}

static void test_random(void **state)
{
	u64 random = 1;
	u32 good = 0, rounds = 3000;

	(void)state;
	for (u32 i = 0; i < rounds; i++) {
		struct fat_file file;
		int ret;

		make();
		note_put("GNU", 3, "0123456789", 10);
		entry_put(ENTRY, 4);
		finish();
		for (u32 n = 0; n < 2; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[NOTES_AT + (random >> 33) % notes_len] =
				(random >> 20) % 2 ? (u8)(random >> 24) : 0xff;
		}
		file = file_make(bytes, SIZE);
		ret = image_load(vm, &board, &file, PATH, &image);
		assert_true(ret == 0 || ret == -EINVAL);
		if (ret) {
			assert_ptr_equal(strchr(fake_output, '\n'),
				fake_output + strlen(fake_output) - 1);
			continue;
		}
		good++;
		assert_in_range(image.entry.raw, image.start.raw, image.end.raw - 1);
	}
	assert_in_range(good, 1, rounds - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_note, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_none, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_bad, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_both, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_disk, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_random, pc_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
