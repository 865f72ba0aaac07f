// SPDX-License-Identifier: Apache-2.0
// What a firmware's device tree says of the machine (<hv/hostfdt.h>; Devicetree Specification
// 0.4, chapter 3), and its nodes on their way to the drivers.
#include <hv/hostfdt.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/driver.h>
#include <hv/fail.h>
#include <hv/hostmap.h>
#include <hv/print.h>
#include <hv/ranges.h>
#include <hv/string.h>

struct fdt hostfdt;

/* ---- Memory ---- */

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

/* Sorted, merged and cut to what we can map. */
static void add_ram(struct ranges *ram, u64 base, u64 size, u64 limit)
{
	u64 end = base + size < base ? limit : MIN(base + size, limit);

	if (base < end && !ranges_add(ram, base, end))
		warn("RAM at 0x%lx is one range too many and was left out", base);
}

static void read_memory(struct boot_info *boot, u64 limit)
{
	struct ranges ram = {.count = 0};
	u64 base, size;

	fdt_for_each_child(&hostfdt, fdt_root(&hostfdt), node) {
		const char *type = fdt_string(&hostfdt, node, "device_type");

		if (!type || strcmp(type, "memory") != 0 || !fdt_enabled(&hostfdt, node))
			continue;
		for (u32 n = 0; fdt_reg(&hostfdt, node, n, &base, &size); n++)
			add_ram(&ram, base, size, limit);
	}
	if (!ram.count)
		panic("device tree: expected a memory node with reg, found none");
	for (u32 i = 0; i < ram.count; i++)
		add_range(boot->ram, &boot->ram_count, ram.list[i].start,
			ram.list[i].end - ram.list[i].start);
}

/* One child of /reserved-memory. */
static void reserve_node(struct boot_info *boot, int node)
{
	bool hidden = fdt_prop(&hostfdt, node, "no-map", NULL);
	u64 base, size;

	for (u32 n = 0; fdt_reg(&hostfdt, node, n, &base, &size); n++) {
		u64 start = ALIGN_DOWN(base, PAGE_SIZE);

		add_range(boot->reserved, &boot->reserved_count, base, size);
		if (hidden && boot->hidden_count < BOOT_HIDDEN_MAX)
			boot->hidden[boot->hidden_count++] = (struct mem_range){
				start, ALIGN_UP(base + size, PAGE_SIZE) - start};
	}
}

static void reserve_firmware(struct boot_info *boot)
{
	int parent = fdt_path(&hostfdt, "/reserved-memory");
	u64 base, size;

	for (u32 n = 0; fdt_reservation(&hostfdt, n, &base, &size); n++)
		add_range(boot->reserved, &boot->reserved_count, base, size);
	if (parent < 0)
		return;
	fdt_for_each_child(&hostfdt, parent, node)
		reserve_node(boot, node);
}

static void reserve_ours(struct boot_info *boot)
{
	boot->image_size = (u64)(image_end - image_start);
	boot->tables = (struct mem_range){(u64)hostfdt.blob, hostfdt.size};
	add_range(boot->reserved, &boot->reserved_count, (u64)image_start,
		boot->image_size);
	add_range(boot->reserved, &boot->reserved_count, boot->tables.base,
		boot->tables.size);
}

static void read_names(struct boot_info *boot)
{
	int chosen = fdt_path(&hostfdt, "/chosen");
	const char *text = fdt_string(&hostfdt, chosen, "bootargs");

	if (!*boot->cmdline && text &&
		!str_copy(boot->cmdline, sizeof(boot->cmdline), text))
		warn("the boot command line is longer than %zu characters and was cut",
			sizeof(boot->cmdline) - 1);
	text = fdt_string(&hostfdt, fdt_root(&hostfdt), "model");
	boot->machine = text ? text : "";
}

void hostfdt_open(struct boot_info *boot, const void *blob, u64 ram_limit)
{
	const char *why;

	if (fdt_open(&hostfdt, blob, HOSTFDT_MAX, &why))
		panic("device tree at %p: %s", blob, why);
	if (!boot->ram_count)
		read_memory(boot, ram_limit);
	reserve_firmware(boot);
	reserve_ours(boot);
	read_names(boot);
}

/* ---- CPUs ---- */

/* The node of a CPU in /cpus; < 0 if there is none. */
static int find_cpu(int parent, u64 id)
{
	u64 reg, size;

	fdt_for_each_child(&hostfdt, parent, node) {
		if (fdt_reg(&hostfdt, node, 0, &reg, &size) && reg == id)
			return node;
	}
	return -ENOENT;
}

static bool is_alike(int node, int other, const char *const *names)
{
	for (; *names; names++) {
		u32 len = 0, other_len = 0;
		const void *value = fdt_prop(&hostfdt, node, *names, &len);
		const void *wanted = fdt_prop(&hostfdt, other, *names, &other_len);

		if (!value != !wanted || len != other_len ||
			(value && memcmp(value, wanted, len)))
			return false;
	}
	return true;
}

int hostfdt_cpus(struct boot_info *boot, u64 boot_id, const char *const *alike)
{
	int parent = fdt_path(&hostfdt, "/cpus");
	int boot_node = parent < 0 ? parent : find_cpu(parent, boot_id);
	u64 id, size;

	boot->cpu_ids[boot->cpu_count++] = boot_id;
	if (boot_node < 0)
		panic("device tree: expected cpu 0x%lx in /cpus, found none", boot_id);
	fdt_for_each_child(&hostfdt, parent, node) {
		const char *type = fdt_string(&hostfdt, node, "device_type");

		if (!type || strcmp(type, "cpu") != 0 || node == boot_node ||
			!fdt_reg(&hostfdt, node, 0, &id, &size) ||
			!fdt_enabled(&hostfdt, node))
			continue;
		if (!is_alike(node, boot_node, alike))
			warn("cpu 0x%lx is not like the boot cpu and is left out", id);
		else if (boot->cpu_count < ARRAY_LEN(boot->cpu_ids))
			boot->cpu_ids[boot->cpu_count++] = id;
	}
	return boot_node;
}

/* ---- Devices ---- */

u32 hostfdt_interrupt_parent(int node)
{
	u32 phandle = 0;

	while (node >= 0 && !fdt_cell(&hostfdt, node, "interrupt-parent", 0, &phandle))
		node = fdt_parent(&hostfdt, node);
	return phandle;
}

static void probe_node(int node, hostfdt_irq *irq)
{
	struct device device = {.compatible = NULL};
	u64 base, size;
	u32 len;
	const char *names = fdt_prop(&hostfdt, node, "compatible", &len);

	if (!names || !fdt_enabled(&hostfdt, node) ||
		!fdt_reg(&hostfdt, node, 0, &base, &size))
		return;
	device.base = HPA(base);
	device.size = size;
	if (irq)
		device.irq = irq(node);
	fdt_cell(&hostfdt, node, "reg-shift", 0, &device.reg_shift);
	fdt_cell(&hostfdt, node, "clock-frequency", 0, &device.clock);
	fdt_pci_window(&hostfdt, node, &device.window.pci, &device.window.base,
		&device.window.size);
	/* The most specific name comes first. */
	for (u32 at = 0; at < len; at += (u32)strnlen(names + at, len - at) + 1) {
		if (strnlen(names + at, len - at) == len - at)
			return;
		device.compatible = names + at;
		if (driver_probe(&device) != -ENODEV)
			return;
	}
}

void hostfdt_probe(hostfdt_irq *irq)
{
	for (int node = fdt_root(&hostfdt); node >= 0; node = fdt_next(&hostfdt, node))
		probe_node(node, irq);
}

void hostfdt_console(void)
{
	int chosen = fdt_path(&hostfdt, "/chosen");
	const char *path = fdt_string(&hostfdt, chosen, "stdout-path");
	int node = path ? fdt_path(&hostfdt, path) : -ENOENT;

	if (node >= 0)
		probe_node(node, NULL);
}

bool hostfdt_flash(u32 n, u64 *base, u64 *size)
{
	int node = fdt_compatible(&hostfdt, -1, "cfi-flash");

	return node >= 0 && fdt_reg(&hostfdt, node, n, base, size);
}
