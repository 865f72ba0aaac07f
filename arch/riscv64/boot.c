// SPDX-License-Identifier: Apache-2.0
// From the firmware's hand to core/main.c: relocation, and the device tree's facts about
// memory, harts, the ISA and the command line.
#include "boot.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/main.h>
#include <hv/print.h>
#include <hv/ranges.h>
#include <hv/string.h>
#include <arch/csr.h>

#include "sbi.h"

struct machine machine;
struct mem_range boot_firmware[BOOT_FIRMWARE_MAX];
u32 boot_firmware_count;

static u64 boot_hart;
static const void *boot_fdt;

#define BOOT_FDT_MAX MiB(2) /* no machine's tree is near that */

/*
 * Applies the image's relative relocations, packed as RELR (generic ABI, "Relative
 * Relocation Table"): an even word is the place of one, an odd word a bitmap of the 63
 * places behind the last. Runs before anything may use a pointer in a table.
 */
extern const u64 relr_start[], relr_end[];

void boot_relocate(u64 moved_by)
{
	u64 *at = NULL;

	if (!moved_by)
		return;
	for (const u64 *entry = relr_start; entry < relr_end; entry++) {
		if (!(*entry & 1)) {
			at = (u64 *)(*entry + moved_by);
			*at++ += moved_by;
			continue;
		}
		for (u32 bit = 1; bit < 64; bit++)
			if (*entry & BIT(bit))
				at[bit - 1] += moved_by;
		at += 63;
	}
}

_Noreturn void boot_main(u64 hart, const void *fdt)
{
	boot_hart = hart;
	boot_fdt = fdt;
	hv_main();
}

static void add_range(struct mem_range *ranges, u32 *count, u64 base, u64 size)
{
	if (!size)
		return;
	if (*count == BOOT_RANGES_MAX)
		panic("the device tree has more than %d memory ranges", BOOT_RANGES_MAX);
	if (base + size < base)
		size = -base;
	ranges[(*count)++] = (struct mem_range){base, size};
}

/* Sv39 addresses above are not canonical, so we could not see memory there where it is. */
#define RAM_LIMIT GiB(256)

/* Sorted, merged and cut to what we can map. */
static void add_ram(struct ranges *ram, u64 base, u64 size)
{
	u64 end = base + size < base ? RAM_LIMIT : MIN(base + size, RAM_LIMIT);

	if (base < end && !ranges_add(ram, base, end))
		warn("RAM at 0x%lx is one range too many and was left out", base);
}

static void read_memory(struct boot_info *boot)
{
	const struct fdt *fdt = &machine.fdt;
	struct ranges ram = {.count = 0};
	u64 base, size;

	fdt_for_each_child(fdt, fdt_root(fdt), node) {
		const char *type = fdt_string(fdt, node, "device_type");

		if (!type || strcmp(type, "memory") != 0 || !fdt_enabled(fdt, node))
			continue;
		for (u32 n = 0; fdt_reg(fdt, node, n, &base, &size); n++)
			add_ram(&ram, base, size);
	}
	if (!ram.count)
		panic("device tree: expected a memory node with reg, found none");
	for (u32 i = 0; i < ram.count; i++)
		add_range(boot->ram, &boot->ram_count, ram.list[i].start,
			ram.list[i].end - ram.list[i].start);
}

static void reserve_firmware(struct boot_info *boot)
{
	const struct fdt *fdt = &machine.fdt;
	int parent = fdt_path(fdt, "/reserved-memory");
	u64 base, size;

	for (u32 n = 0; fdt_reservation(fdt, n, &base, &size); n++)
		add_range(boot->reserved, &boot->reserved_count, base, size);
	if (parent < 0)
		return;
	fdt_for_each_child(fdt, parent, node) {
		for (u32 n = 0; fdt_reg(fdt, node, n, &base, &size); n++) {
			add_range(boot->reserved, &boot->reserved_count, base, size);
			if (!fdt_prop(fdt, node, "no-map", NULL) ||
				boot_firmware_count == BOOT_FIRMWARE_MAX)
				continue;
			u64 start = ALIGN_DOWN(base, PAGE_SIZE);
			u64 end = ALIGN_UP(base + size, PAGE_SIZE);

			boot_firmware[boot_firmware_count++] =
				(struct mem_range){start, end - start};
		}
	}
}

static void reserve_ours(struct boot_info *boot)
{
	boot->image_size = (u64)(image_end - image_start);
	add_range(boot->reserved, &boot->reserved_count, (u64)image_start,
		boot->image_size);
	add_range(boot->reserved, &boot->reserved_count, (u64)machine.fdt.blob,
		machine.fdt.size);
}

/* Newer trees list extensions one by one; we want the one string either way. */
static void read_isa(int hart)
{
	const char *isa = fdt_string(&machine.fdt, hart, "riscv,isa");
	const char *mmu = fdt_string(&machine.fdt, hart, "mmu-type");
	size_t used = 0;
	u32 len;

	fdt_cell(&machine.fdt, hart, "riscv,cbom-block-size", 0, &machine.cbom_size);
	fdt_cell(&machine.fdt, hart, "riscv,cboz-block-size", 0, &machine.cboz_size);
	str_copy(machine.mmu, sizeof(machine.mmu), mmu ? mmu : "riscv,sv39");
	if (isa) {
		str_copy(machine.isa, sizeof(machine.isa), isa);
		return;
	}
	used = (size_t)snprint(machine.isa, sizeof(machine.isa), "rv64");
	for (u32 pass = 1; pass <= 2; pass++) { /* single letters come first */
		const char *list =
			fdt_prop(&machine.fdt, hart, "riscv,isa-extensions", &len);

		for (u32 at = 0; list && at < len;
			at += (u32)strnlen(list + at, len - at) + 1)
			if ((strnlen(list + at, len - at) == 1) == (pass == 1) &&
				used < sizeof(machine.isa))
				used += (size_t)snprint(machine.isa + used,
					sizeof(machine.isa) - used, "%s%.*s",
					pass == 1 ? "" : "_", (int)(len - at), list + at);
	}
}

/* The node of a hart in /cpus; < 0 if there is none. */
static int find_hart(int parent, u64 id)
{
	u64 reg, size;

	fdt_for_each_child(&machine.fdt, parent, node) {
		if (fdt_reg(&machine.fdt, node, 0, &reg, &size) && reg == id)
			return node;
	}
	return -ENOENT;
}

/* vCPUs of a VM may run on any hart, so only those that are alike are used. */
static bool is_alike(int node, int boot_node)
{
	static const char *const names[] = {
		"riscv,isa", "riscv,isa-extensions", "mmu-type"};

	for (u32 i = 0; i < ARRAY_LEN(names); i++) {
		u32 len = 0, boot_len = 0;
		const void *value = fdt_prop(&machine.fdt, node, names[i], &len);
		const void *wanted =
			fdt_prop(&machine.fdt, boot_node, names[i], &boot_len);

		if (!value != !wanted || len != boot_len ||
			(value && memcmp(value, wanted, len)))
			return false;
	}
	return true;
}

static void read_harts(struct boot_info *boot)
{
	const struct fdt *fdt = &machine.fdt;
	int parent = fdt_path(fdt, "/cpus");
	int boot_node = parent < 0 ? parent : find_hart(parent, boot_hart);
	u32 timebase;
	u64 id, size;

	boot->cpu_ids[boot->cpu_count++] = boot_hart;
	if (parent < 0 || !fdt_cell(fdt, parent, "timebase-frequency", 0, &timebase) ||
		!timebase)
		panic("device tree: expected /cpus with a timebase-frequency, found none");
	if (boot_node < 0)
		panic("device tree: expected hart %lu in /cpus, found none", boot_hart);
	machine.timebase = timebase;
	read_isa(boot_node);
	fdt_for_each_child(fdt, parent, node) {
		const char *type = fdt_string(fdt, node, "device_type");

		if (!type || strcmp(type, "cpu") != 0 || node == boot_node ||
			!fdt_reg(fdt, node, 0, &id, &size) || !fdt_enabled(fdt, node))
			continue;
		if (!is_alike(node, boot_node))
			warn("hart %lu is not like the boot hart and is left out", id);
		else if (boot->cpu_count < ARRAY_LEN(boot->cpu_ids))
			boot->cpu_ids[boot->cpu_count++] = id;
	}
}

bool machine_has(const char *extension)
{
	const char *single = machine.isa + 4; /* behind "rv64" */
	const char *multi = strchr(machine.isa, '_');
	size_t len = strlen(extension);

	if (strlen(machine.isa) < 4)
		return false;
	if (len == 1) {
		for (; *single && *single != '_'; single++)
			if (*single == extension[0])
				return true;
		return false;
	}
	for (; multi; multi = strchr(multi + 1, '_'))
		if (strncmp(multi + 1, extension, len) == 0 &&
			(multi[1 + len] == '_' || !multi[1 + len]))
			return true;
	return false;
}

void arch_boot(struct boot_info *boot)
{
	const char *why, *text;

	sbi_console_attach();
	if (fdt_open(&machine.fdt, boot_fdt, BOOT_FDT_MAX, &why))
		panic("device tree at %p: %s", boot_fdt, why);
	read_memory(boot);
	reserve_firmware(boot);
	reserve_ours(boot);
	read_harts(boot);

	int chosen = fdt_path(&machine.fdt, "/chosen");

	text = chosen < 0 ? NULL : fdt_string(&machine.fdt, chosen, "bootargs");
	if (text && !str_copy(boot->cmdline, sizeof(boot->cmdline), text))
		warn("the boot command line is longer than %zu characters and was cut",
			sizeof(boot->cmdline) - 1);
	text = fdt_string(&machine.fdt, fdt_root(&machine.fdt), "model");
	boot->machine = text ? text : "";

	machine.fp = machine_has("d");
	machine.sstc = machine_has("sstc") && csr_probe(stimecmp);
}
