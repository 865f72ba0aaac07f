// SPDX-License-Identifier: Apache-2.0
// Device registers for drivers (<hv/mm.h>): mapped where they are, like everything of ours.
#include <hv/hostmap.h>
#include <hv/mm.h>

#define DEVICES_MAX 64 /* that we drive */

static struct mem_range devices[DEVICES_MAX];
static u32 device_count;

static bool overlap(u64 base, u64 size, const struct mem_range *range)
{
	return base - range->base < range->size || range->base - base < size;
}

void *mmio_map(hpa_t base, u64 size)
{
	if (device_count == DEVICES_MAX || hostmap_add_device(base, size))
		return NULL;
	devices[device_count++] = (struct mem_range){base.raw, size};
	return hpa_ptr(base);
}

bool mmio_is_ours(hpa_t base, u64 size)
{
	for (u32 i = 0; i < device_count; i++)
		if (overlap(base.raw, size, &devices[i]))
			return true;
	return false;
}
