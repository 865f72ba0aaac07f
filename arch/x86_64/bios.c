// SPDX-License-Identifier: Apache-2.0
// Looking for firmware tables in a PC's first MiB (ACPI 6.4, 5.2.5.1; MultiProcessor
// Specification 1.4, 4).
#include "bios.h"

#define BDA_EBDA      0x40eUL /* segment of the extended BIOS data area */
#define BDA_MEMORY    0x413UL /* KiB of base memory */
#define SEGMENT_SHIFT 4
#define LOW_END       0xa0000UL /* base memory and the EBDA end here */
#define BIOS_START    0xe0000UL
#define BIOS_END      0x100000UL
#define ANCHOR_STEP   16UL

const u8 *bios_at(bios_map *map, u64 hpa, u64 size)
{
	return hpa + size < hpa ? NULL : map(hpa, size);
}

bool bios_sum_ok(const u8 *at, u64 size)
{
	u8 sum = 0;

	for (u64 i = 0; i < size; i++)
		sum = (u8)(sum + at[i]);
	return sum == 0;
}

static u64 search(bios_map *map, u64 start, u64 end, u64 size, bool (*is)(const u8 *at))
{
	for (u64 at = start; at + size <= end; at += ANCHOR_STEP) {
		const u8 *bytes = bios_at(map, at, size);

		if (bytes && is(bytes))
			return at;
	}
	return 0;
}

u64 bios_search(bios_map *map, u64 size, bool (*is)(const u8 *at))
{
	const u8 *ebda_word = bios_at(map, BDA_EBDA, sizeof(u16));
	const u8 *memory_word = bios_at(map, BDA_MEMORY, sizeof(u16));
	u64 ebda = ebda_word ? (u64)bios_get16(ebda_word) << SEGMENT_SHIFT : 0;
	u64 memory = memory_word ? KiB(bios_get16(memory_word)) : 0;
	u64 found = 0;

	if (ebda >= KiB(1) && ebda < LOW_END)
		found = search(map, ebda, MIN(ebda + KiB(1), LOW_END), size, is);
	if (!found && memory >= KiB(2) && memory <= LOW_END)
		found = search(map, memory - KiB(1), memory, size, is);
	return found ? found : search(map, BIOS_START, BIOS_END, size, is);
}
