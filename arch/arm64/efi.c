// SPDX-License-Identifier: Apache-2.0
// Started by UEFI firmware, or by a loader that is its program, such as GRUB: from its way of
// starting an image to Linux's, where boot.S begins (efi.h; UEFI Specification 2.10).
//
// efi_main() and all it calls run before hv_relocate(), wherever firmware has put the image. They
// are compiled to find code and data relative to the pc (-fpie), so only pointers in initialised
// data would be wrong: none of this code has any, nor have the parts of lib/ and mm/ it uses.
#include "efi.h"

#include <hv/fdt.h>
#include <hv/hostfdt.h>
#include <hv/hostmap.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>

#include "boot.h"
#include "cache.h"

#define LINE_MAX   128
#define MAP_GROWTH 16 /* descriptors that may be added by asking, and until we leave */

/* ---- Under firmware ---- */

static void complain(struct efi_text_output *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct efi_text_output *out, const char *fmt, ...)
{
	char text[LINE_MAX];
	u16 wide[LINE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprint(text, sizeof(text), fmt, args);
	va_end(args);
	for (u32 i = 0; i < LINE_MAX; i++)
		wide[i] = (u8)text[i];
	out->output_string(out, u"Lodge: error: ");
	out->output_string(out, wide);
	out->output_string(out, u"\r\n");
}

/* The device tree in firmware's list, checked; false after a line. */
static bool find_tree(const struct efi_system_table *system, struct fdt *fdt)
{
	static const struct efi_guid dtb = EFI_DTB_TABLE_GUID;
	const char *why;

	for (u64 i = 0; i < system->table_count; i++) {
		const struct efi_configuration_table *entry = &system->tables[i];

		if (memcmp(&entry->guid, &dtb, sizeof(dtb)) != 0)
			continue;
		if (!fdt_open(fdt, entry->table, HOSTFDT_MAX, &why))
			return true;
		complain(system->console_out, "device tree at %p: %s", entry->table, why);
		return false;
	}
	complain(system->console_out,
		"expected a device tree from the firmware, found none in its %lu tables "
		"(does it offer ACPI instead?)",
		system->table_count);
	return false;
}

/* UTF-16 to ASCII, up to a NUL or the end. GRUB puts its name for the image in front. */
static void copy_options(const struct efi_loaded_image *image, char *cmdline)
{
	static const char image_name[] = "BOOT_IMAGE=";
	u32 count =
		(u32)MIN(image->load_options_size / sizeof(u16), BOOT_CMDLINE_MAX - 1);
	u32 len = 0, skip = 0;

	if (!image->load_options)
		count = 0;
	for (; len < count && image->load_options[len]; len++) {
		u16 c = image->load_options[len];

		cmdline[len] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	cmdline[len] = '\0';
	if (str_starts(cmdline, image_name))
		while (skip < len && cmdline[skip] != ' ')
			skip++;
	memmove(cmdline, cmdline + skip, len - skip + 1);
}

static bool read_cmdline(void *image, const struct efi_system_table *system,
	char *cmdline)
{
	static const struct efi_guid loaded_image = EFI_LOADED_IMAGE_GUID;
	void *self;
	u64 status = system->boot_services->handle_protocol(image, &loaded_image, &self);

	if (status) {
		complain(system->console_out,
			"expected a description of the loaded image, found status 0x%lx",
			status);
		return false;
	}
	copy_options(self, cmdline);
	return true;
}

static bool is_usable(const struct efi_memory_descriptor *d)
{
	switch (d->type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
	case EFI_CONVENTIONAL_MEMORY: return d->attribute & EFI_MEMORY_WB;
	}
	return false;
}

/* In any order; what is one range too many is left out. */
static void read_map(struct efi_boot *efi, const u8 *map, u64 size, u64 step)
{
	efi->ram.count = 0;
	efi->not_ours.count = 0;
	for (u64 at = 0; at + step <= size; at += step) {
		const struct efi_memory_descriptor *d = (const void *)(map + at);
		u64 start = d->physical_start;
		u64 end = MIN(start + (d->pages << EFI_PAGE_SHIFT), RAM_LIMIT);

		if (is_usable(d))
			ranges_add(&efi->ram, start, end);
		else if (d->type != EFI_MEMORY_MAPPED_IO &&
			d->type != EFI_MEMORY_MAPPED_IO_PORT_SPACE)
			ranges_add(&efi->not_ours, start, end);
	}
}

/*
 * Ends boot services, with the map as it was then. If it changed between the two calls, the second
 * try is the last, and nothing but these two may be called any more (7.4.6): no console, either.
 */
static u64 leave_firmware(void *image, const struct efi_system_table *system,
	struct efi_boot *efi)
{
	const struct efi_boot_services *services = system->boot_services;
	u64 capacity = 0, size, key, step = 0;
	u32 version;
	void *map;
	u64 status = services->get_memory_map(&capacity, NULL, &key, &step, &version);

	capacity += MAP_GROWTH * step;
	if (status == (EFI_ERROR | EFI_BUFFER_TOO_SMALL))
		status = services->allocate_pool(EFI_LOADER_DATA, capacity, &map);
	if (status) {
		complain(system->console_out,
			"expected a map of the memory, found status 0x%lx", status);
		return status;
	}
	for (u32 tries = 0; tries < 2; tries++) {
		size = capacity;
		status = services->get_memory_map(&size, map, &key, &step, &version);
		if (!status)
			status = services->exit_boot_services(image, key);
		if (!status) {
			read_map(efi, map, size, step);
			break;
		}
	}
	return status;
}

u64 efi_main(void *image, struct efi_system_table *system)
{
	struct efi_boot efi;
	struct fdt fdt;
	u64 status;

	if (!find_tree(system, &fdt) || !read_cmdline(image, system, efi.cmdline))
		return EFI_ERROR | EFI_UNSUPPORTED;
	status = leave_firmware(image, system, &efi);
	if (status)
		return status;
	/* All that is read once the caches are off. */
	cache_clean_invalidate(image_start, (u64)(image_end - image_start));
	cache_clean_invalidate(fdt.blob, fdt.size);
	cache_clean_invalidate(&efi, sizeof(efi));
	boot_from_efi(fdt.blob, &efi);
}

/* ---- After it ---- */

static u32 copy_ranges(struct mem_range *to, u32 max, const struct ranges *from)
{
	u32 count = MIN(from->count, max);

	for (u32 i = 0; i < count; i++)
		to[i] = (struct mem_range){
			from->list[i].start, from->list[i].end - from->list[i].start};
	if (count < from->count)
		warn("the firmware's memory map has %u ranges more than the %u expected; they "
		     "were left out",
			from->count - count, max);
	return count;
}

void efi_boot_info(struct boot_info *boot, const struct efi_boot *efi)
{
	boot->ram_count = copy_ranges(boot->ram, BOOT_RANGES_MAX, &efi->ram);
	/* The device tree has some to add. */
	boot->reserved_count =
		copy_ranges(boot->reserved, BOOT_RANGES_MAX / 2, &efi->not_ours);
	str_copy(boot->cmdline, sizeof(boot->cmdline), efi->cmdline);
	/*
	 * Firmware ran with its caches on, and what they still hold must not end up on top of what
	 * we write past them. Only now, when nothing can be missing from a page table.
	 */
	for (u32 i = 0; i < boot->ram_count; i++)
		cache_clean_invalidate((const void *)boot->ram[i].base,
			boot->ram[i].size);
}
