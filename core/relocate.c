// SPDX-License-Identifier: Apache-2.0
// The image runs anywhere (<hv/main.h>): its relative relocations, packed as RELR (generic ABI,
// "Relative Relocation Table").
#include <hv/main.h>

#include <hv/bits.h>

/* Each ISA's link.ld. */
extern const u64 relr_start[], relr_end[];

#define BITMAP_PLACES 63 /* of an odd word: the places behind the last one */

/* An even word is the place of one relocation, an odd word a bitmap. */
void hv_relocate(u64 moved_by)
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
		for (u32 bit = 1; bit <= BITMAP_PLACES; bit++)
			if (*entry & BIT(bit))
				at[bit - 1] += moved_by;
		at += BITMAP_PLACES;
	}
}
