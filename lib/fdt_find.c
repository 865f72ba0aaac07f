// SPDX-License-Identifier: Apache-2.0
// Reading a flattened device tree: finding nodes by path, alias, compatible or phandle, and
// the standard properties (Devicetree Specification 0.4, 2.2 and 2.3; IEEE 1275, PCI Bus
// Binding, 2.2.1.1).
#include <hv/fdt.h>

#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/string.h>

#include "fdt_format.h"

#define CELLS_MAX     2  /* addresses and sizes of up to 64 bits */
#define ADDRESS_CELLS 2  /* #address-cells if it is absent, 2.3.5 */
#define SIZE_CELLS    1  /* #size-cells likewise */
#define PCI_CELLS     3  /* of an address on a PCI bus: phys.hi, mid, lo */
#define ALIAS_MAX     32 /* with its NUL: a property name has up to 31 characters, 2.2.4 */

/* phys.hi */
#define PCI_PREFETCHABLE BIT(30)
#define PCI_SPACE        BITS(25, 24)
#define PCI_SPACE_MEM32  2

/* ---- Finding nodes ---- */

/* The length of a path's first component. */
static u32 component_length(const char *path)
{
	u32 len = 0;

	while (path[len] && path[len] != '/' && path[len] != ':')
		len++;
	return len;
}

static int child_named(const struct fdt *fdt, int parent, const char *part, u32 len)
{
	fdt_for_each_child(fdt, parent, node) {
		const char *name = fdt_name(fdt, node);

		if (strncmp(name, part, len) != 0)
			continue;
		if (name[len] == '\0' || strchr(name, '@') == name + len)
			return node;
	}
	return -ENOENT;
}

/* The node that the first component of `path` is an alias of. */
static int alias_node(const struct fdt *fdt, const char *path, u32 len)
{
	char alias[ALIAS_MAX];
	const char *target;

	if (len == 0 || len >= sizeof(alias))
		return -ENOENT;
	memcpy(alias, path, len);
	alias[len] = '\0';
	target = fdt_string(fdt, fdt_path(fdt, "/aliases"), alias);
	/* Only a full path, so that aliases cannot go round in circles. */
	return target && *target == '/' ? fdt_path(fdt, target) : -ENOENT;
}

int fdt_path(const struct fdt *fdt, const char *path)
{
	int node = fdt_root(fdt);

	if (*path != '/') {
		u32 len = component_length(path);

		node = alias_node(fdt, path, len);
		path += len;
	}
	while (node >= 0) {
		u32 len;

		while (*path == '/')
			path++;
		len = component_length(path);
		if (len == 0)
			break;
		node = child_named(fdt, node, path, len);
		path += len;
	}
	return node;
}

bool fdt_is_compatible(const struct fdt *fdt, int node, const char *compatible)
{
	u32 len, want = (u32)strlen(compatible);
	const char *list = fdt_prop(fdt, node, "compatible", &len);

	while (list && len) {
		u32 one = (u32)strnlen(list, len);

		if (one == len)
			return false; /* its NUL is missing */
		if (one == want && memcmp(list, compatible, want) == 0)
			return true;
		list += one + 1;
		len -= one + 1;
	}
	return false;
}

int fdt_compatible(const struct fdt *fdt, int node, const char *compatible)
{
	for (node = fdt_next(fdt, node); node >= 0; node = fdt_next(fdt, node)) {
		if (fdt_is_compatible(fdt, node, compatible))
			return node;
	}
	return -ENOENT;
}

int fdt_by_phandle(const struct fdt *fdt, u32 phandle)
{
	u32 value;

	if (phandle == 0 || phandle == UINT32_MAX) /* neither is anybody's, 2.3.3 */
		return -ENOENT;
	for (int node = fdt_root(fdt); node >= 0; node = fdt_next(fdt, node)) {
		if ((fdt_cell(fdt, node, "phandle", 0, &value) ||
			    fdt_cell(fdt, node, "linux,phandle", 0, &value)) &&
			value == phandle)
			return node;
	}
	return -ENOENT;
}

/* ---- Standard properties ---- */

/* How many cells a number has: a property of `node`, or what it is without. */
static bool cells_count(const struct fdt *fdt, int node, const char *name, u32 *count)
{
	if (fdt_prop(fdt, node, name, NULL))
		return fdt_cell(fdt, node, name, 0, count) && *count <= CELLS_MAX;
	return true;
}

static u64 cells_get(const u8 *cells, u32 count)
{
	u64 value = 0;

	for (; count; count--, cells += sizeof(u32))
		value = value << 32 | be32_get(cells);
	return value;
}

bool fdt_reg(const struct fdt *fdt, int node, u32 n, u64 *address, u64 *size)
{
	u32 address_cells = ADDRESS_CELLS, size_cells = SIZE_CELLS, len, entry;
	int parent = fdt_parent(fdt, node);
	const u8 *reg = fdt_prop(fdt, node, "reg", &len);

	if (!reg || !cells_count(fdt, parent, "#address-cells", &address_cells) ||
		!cells_count(fdt, parent, "#size-cells", &size_cells))
		return false;
	entry = (address_cells + size_cells) * (u32)sizeof(u32);
	if (entry == 0 || n >= len / entry)
		return false;
	reg += n * entry;
	*address = cells_get(reg, address_cells);
	*size = cells_get(reg + address_cells * sizeof(u32), size_cells);
	return true;
}

bool fdt_pci_window(const struct fdt *fdt, int node, u64 *pci, u64 *base, u64 *size)
{
	u32 base_cells = ADDRESS_CELLS, size_cells = SIZE_CELLS, pci_cells, len, entry;
	const u8 *range = fdt_prop(fdt, node, "ranges", &len);

	if (!range || !fdt_cell(fdt, node, "#address-cells", 0, &pci_cells) ||
		pci_cells != PCI_CELLS ||
		!cells_count(fdt, fdt_parent(fdt, node), "#address-cells", &base_cells) ||
		!cells_count(fdt, node, "#size-cells", &size_cells))
		return false;
	entry = (PCI_CELLS + base_cells + size_cells) * (u32)sizeof(u32);
	for (; len >= entry; len -= entry, range += entry) {
		const u8 *at = range + PCI_CELLS * sizeof(u32);
		u32 kind = be32_get(range);

		if (field_get(PCI_SPACE, kind) != PCI_SPACE_MEM32 ||
			kind & PCI_PREFETCHABLE)
			continue;
		*pci = cells_get(range + sizeof(u32), PCI_CELLS - 1);
		*base = cells_get(at, base_cells);
		*size = cells_get(at + base_cells * sizeof(u32), size_cells);
		return *size && range_inside(*pci, *size, 0, GiB(4)) &&
			*base + (*size - 1) >= *base;
	}
	return false;
}

bool fdt_enabled(const struct fdt *fdt, int node)
{
	const char *status = fdt_string(fdt, node, "status");

	if (!fdt_prop(fdt, node, "status", NULL))
		return true;
	return status && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}
