// SPDX-License-Identifier: Apache-2.0
// Loading an ELF kernel that starts by the PVH protocol (Xen, docs/misc/pvh): a note says where,
// in physical memory and 32-bit protected mode.
#include "image.h"

#include <hv/fail.h>
#include <hv/print.h>

#define NOTE_NAME         "Xen"
#define NOTE_PHYS32_ENTRY 18

static int pvh_load(struct image_file *in)
{
	u64 entry;
	int ret = elf_load(in);

	if (ret)
		return ret;
	ret = elf_note(in, NOTE_NAME, NOTE_PHYS32_ENTRY, &entry);
	if (ret == -ENOENT)
		error("%s: expected an ELF kernel with a multiboot header or a PVH note, found "
		      "neither",
			in->path);
	if (ret)
		return fail(ret == -ENOENT ? -EINVAL : ret);
	if (!range_inside(entry, 1, in->image->start.raw,
		    in->image->end.raw - in->image->start.raw)) {
		error("%s: expected a PVH entry in the kernel, found 0x%lx", in->path,
			entry);
		return fail(-EINVAL);
	}
	in->image->kind = IMAGE_PVH;
	in->image->entry = GPA(entry);
	return 0;
}

const struct image_format pvh_format = {elf_detect, pvh_load};
