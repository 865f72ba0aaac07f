// SPDX-License-Identifier: Apache-2.0
// The image as a program of UEFI firmware: what firmware and we agree on (UEFI Specification
// 2.10; only what is used), and what efi.c leaves for boot.c.
#pragma once

#include <hv/arch.h>
#include <hv/ranges.h>

/* ---- Appendix D: status codes ---- */

#define EFI_ERROR BIT(63)

enum {
	EFI_SUCCESS = 0,
	EFI_UNSUPPORTED = 3, /* with EFI_ERROR, like those below */
	EFI_BUFFER_TOO_SMALL = 5,
};

/* ---- Appendix A: GUIDs ---- */

struct efi_guid {
	u32 time_low;
	u16 time_mid;
	u16 time_high;
	u8 rest[8];
};

/* 9.1 EFI_LOADED_IMAGE_PROTOCOL */
#define EFI_LOADED_IMAGE_GUID \
	{0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}

/* 4.6.1 EFI_DTB_TABLE_GUID */
#define EFI_DTB_TABLE_GUID \
	{0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}}

/* ---- 7.2: memory ---- */

enum efi_memory_type {
	EFI_RESERVED_MEMORY_TYPE = 0,
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_SERVICES_CODE = 3,
	EFI_BOOT_SERVICES_DATA = 4,
	EFI_CONVENTIONAL_MEMORY = 7,
	EFI_MEMORY_MAPPED_IO = 11,
	EFI_MEMORY_MAPPED_IO_PORT_SPACE = 12,
};

#define EFI_MEMORY_WB  BIT(3) /* can be cached */
#define EFI_PAGE_SHIFT 12

/* Firmware says how far apart they are: later versions may be longer. */
struct efi_memory_descriptor {
	u32 type; /* enum efi_memory_type, or another one */
	u64 physical_start;
	u64 virtual_start;
	u64 pages;
	u64 attribute;
};
_Static_assert(sizeof(struct efi_memory_descriptor) == 40, "UEFI 7.2.3");

/* ---- 4.2 to 4.6, 7: the tables; names of members that we pass over say where they are ---- */

struct efi_table_header {
	u64 signature;
	u32 revision;
	u32 header_size;
	u32 crc32;
	u32 reserved;
};

struct efi_boot_services {
	struct efi_table_header header;
	void *raise_tpl_to_free_pages[4];
	u64 (*get_memory_map)(u64 *size, void *map, u64 *key, u64 *descriptor_size,
		u32 *version);
	u64 (*allocate_pool)(u32 type, u64 size, void **buffer);
	void *free_pool_to_uninstall_protocol[10];
	u64 (*handle_protocol)(void *handle, const struct efi_guid *guid,
		void **interface);
	void *reserved_to_unload_image[9];
	u64 (*exit_boot_services)(void *image, u64 key);
};
_Static_assert(offsetof(struct efi_boot_services, get_memory_map) == 56, "UEFI 4.4");
_Static_assert(offsetof(struct efi_boot_services, handle_protocol) == 152, "UEFI 4.4");
_Static_assert(offsetof(struct efi_boot_services, exit_boot_services) == 232, "UEFI 4.4");

/* 12.4 EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL */
struct efi_text_output {
	void *reset;
	u64 (*output_string)(struct efi_text_output *this, const u16 *text);
};

struct efi_configuration_table {
	struct efi_guid guid;
	const void *table;
};

struct efi_system_table {
	struct efi_table_header header;
	const u16 *firmware_vendor;
	u32 firmware_revision;
	void *console_in[2];
	void *console_out_handle;
	struct efi_text_output *console_out;
	void *standard_error[2];
	void *runtime_services;
	const struct efi_boot_services *boot_services;
	u64 table_count;
	const struct efi_configuration_table *tables;
};
_Static_assert(offsetof(struct efi_system_table, console_out) == 64, "UEFI 4.3");
_Static_assert(offsetof(struct efi_system_table, tables) == 112, "UEFI 4.3");

struct efi_loaded_image {
	u32 revision;
	void *parent_handle_to_reserved[5];
	u32 load_options_size; /* in bytes */
	const u16 *load_options;
};
_Static_assert(offsetof(struct efi_loaded_image, load_options) == 56, "UEFI 9.1");

/* ---- Ours ---- */

/* What firmware knew, for the time when it is gone. On its stack: to be copied at once. */
struct efi_boot {
	struct ranges ram;      /* free for us, with all that firmware needs no more */
	struct ranges not_ours; /* other memory */
	char cmdline[BOOT_CMDLINE_MAX]; /* or "" */
};

/*
 * The program: finds the device tree, ends firmware's boot services and goes to boot_from_efi().
 * Returns only with a line on firmware's console and an error for it.
 */
u64 efi_main(void *image, struct efi_system_table *system);

/* Memory and command line. Translation is off; no memory but the image has been written. */
void efi_boot_info(struct boot_info *boot, const struct efi_boot *efi);
