// SPDX-License-Identifier: Apache-2.0
// The PC as a multiboot loader (Multiboot specification 0.6.96, 3.3) and firmware's ACPI tables
// (ACPI 6.5, 5.2) describe it. All is read at the start, since it may lie anywhere.
#include <guest/console.h>
#include <guest/cpu.h>
#include <guest/machine.h>
#include <guest/memory.h>
#include <guest/string.h>
#include <arch/board.h>
#include <arch/machine.h>
#include <hv/bits.h>

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
};

#define INFO_CMDLINE BIT(2)
#define INFO_MMAP    BIT(6)

struct multiboot_mmap {
	u32 size; /* of what follows */
	u64 addr, len;
	u32 type;
} __attribute__((packed));

#define MMAP_RAM 1

/* ACPI 5.2.5.3 */
struct acpi_pointer {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
} __attribute__((packed));

struct acpi_header {
	char signature[4];
	u32 length;
	u8 rest[28];
} __attribute__((packed));

/* 5.2.12: the table of interrupt controllers, and the entry of a local APIC. */
struct acpi_madt {
	struct acpi_header header;
	u32 local_apic, flags;
	u8 entries[];
} __attribute__((packed));

struct acpi_local_apic {
	u8 type, length, processor, id;
	u32 flags;
} __attribute__((packed));

#define MADT_LOCAL_APIC    0
#define LOCAL_APIC_ENABLED BIT(0)

#define CMDLINE_MAX 256

static char cmdline[CMDLINE_MAX];
static u32 cpus; /* bit n: there is cpu n */

/* All of the region that the image lies in. */
static void ram_find(const struct multiboot_info *info)
{
	u64 at = info->mmap_addr, end = at + info->mmap_length;

	while (at < end) {
		const struct multiboot_mmap *region = (const struct multiboot_mmap *)at;

		if (region->type == MMAP_RAM && region->addr <= (u64)image_text &&
			region->addr + region->len >= (u64)image_end) {
			ram.start = region->addr;
			ram.end = MIN(region->addr + region->len, RAM_END_MAX);
		}
		at += sizeof(region->size) + region->size;
	}
}

static const struct acpi_pointer *acpi_find(void)
{
	for (u64 at = BIOS_BASE; at < BIOS_END; at += 16) {
		if (!memcmp((const void *)at, "RSD PTR ", 8))
			return (const void *)at;
	}
	return NULL;
}

const void *acpi_table(const char *signature)
{
	const struct acpi_pointer *pointer = acpi_find();
	const struct acpi_header *root;
	u32 width;

	if (!pointer)
		return NULL;
	width = pointer->revision >= 2 && pointer->xsdt ? 8 : 4;
	root = (const void *)(width == 8 ? pointer->xsdt : pointer->rsdt);
	for (u32 at = sizeof(*root); at + width <= root->length; at += width) {
		u64 address = 0;

		memcpy(&address, (const u8 *)root + at, width);
		if (!memcmp((const void *)address, signature, 4))
			return (const void *)address;
	}
	return NULL;
}

static void cpus_find(void)
{
	const struct acpi_madt *madt = acpi_table("APIC");
	const u8 *at, *end;

	if (!madt)
		return;
	end = (const u8 *)madt + madt->header.length;
	for (at = madt->entries; at + 2 <= end && at[1]; at += at[1]) {
		const struct acpi_local_apic *entry = (const void *)at;

		if (entry->type == MADT_LOCAL_APIC &&
			(entry->flags & LOCAL_APIC_ENABLED) && entry->id < CPUS_MAX)
			cpus |= 1U << entry->id;
	}
}

bool machine_describe(const void *info)
{
	const struct multiboot_info *boot = info;

	if (!boot || !(boot->flags & INFO_MMAP))
		return false;
	ram_find(boot);
	if (boot->flags & INFO_CMDLINE)
		snprint(cmdline, sizeof(cmdline), "%s", (const char *)(u64)boot->cmdline);
	cpus = 1U << cpu_id();
	cpus_find();
	return ram.end;
}

/* All of it has been read. */
const void *machine_info(void)
{
	return NULL;
}

u32 machine_info_size(void)
{
	return 0;
}

const char *machine_cmdline(void)
{
	return cmdline[0] ? cmdline : NULL;
}

bool machine_has_cpu(u32 id)
{
	return id < CPUS_MAX && (cpus >> id & 1);
}

u32 cpu_count(void)
{
	u32 count = 0;

	for (u32 id = 0; id < CPUS_MAX; id++)
		count += machine_has_cpu(id);
	return count;
}
