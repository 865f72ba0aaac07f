// SPDX-License-Identifier: Apache-2.0
// Where devices hang in the device tree; see <guest/device.h>.
#include <guest/console.h>
#include <guest/device.h>
#include <guest/fdt.h>

#define PATH_MAX 64

static const char *const parents[] = {"", "/soc"};

const void *device_property(const char *name, const char *property)
{
	const void *value = NULL;
	char path[PATH_MAX];

	for (u32 i = 0; i < ARRAY_LEN(parents) && !value; i++) {
		snprint(path, sizeof(path), "%s/%s", parents[i], name);
		value = fdt_property(path, property, NULL);
	}
	return value;
}

bool device_find(const char *name, struct device *device)
{
	const void *interrupts = device_property(name, "interrupts");
	char path[PATH_MAX];

	if (!interrupts)
		return false;
	device->line = intc_line(interrupts);
	for (u32 i = 0; i < ARRAY_LEN(parents); i++) {
		snprint(path, sizeof(path), "%s/%s", parents[i], name);
		if (fdt_reg(path, 0, &device->base, &device->size))
			return true;
	}
	return false;
}
