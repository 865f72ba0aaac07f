// SPDX-License-Identifier: Apache-2.0
// Loading a Linux kernel for x86-64 (Linux, Documentation/arch/x86/boot.rst), by its 64-bit entry.
// Its 16-bit part is not run; the setup header in it goes back to the kernel.
#include "image.h"

#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

/* Offsets in the file. */
enum {
	SETUP_SECTS = 0x1f1,
	SETUP_JUMP = 0x201, /* how far behind 0x202 the header ends */
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x206,
	SETUP_RELOCATABLE = 0x234,
	SETUP_XLOADFLAGS = 0x236,
	SETUP_ALIGNMENT = 0x230,
	SETUP_PREF_ADDRESS = 0x258,
	SETUP_INIT_SIZE = 0x260,
	SETUP_END = 0x264, /* of what we need */
};

#define MAGIC         "HdrS"
#define VERSION_64    0x20cU /* the first with xloadflags */
#define XLF_KERNEL_64 BIT(0)
#define SECTS_DEFAULT 4U
#define SECTOR        512UL
#define ENTRY_64      0x200UL /* from where it is loaded */
#define LOAD_MIN      MiB(1)
#define ALIGNMENT_MAX MiB(16)

static bool bzimage_detect(const struct image_file *in)
{
	return in->head_len >= SETUP_MAGIC + strlen(MAGIC) &&
		memcmp(in->head + SETUP_MAGIC, MAGIC, strlen(MAGIC)) == 0;
}

struct setup {
	u64 offset; /* of the kernel proper in the file */
	u64 pref_address;
	u32 alignment, init_size;
	u16 version, xloadflags;
	bool relocatable;
};

static int setup_read(struct image_file *in, struct setup *setup)
{
	u8 header[SETUP_END];
	int ret;

	if (in->file->size < sizeof(header)) {
		error("%s: expected a bzImage of at least %zu bytes, found %u", in->path,
			sizeof(header), in->file->size);
		return fail(-EINVAL);
	}
	ret = image_read(in, 0, header, sizeof(header));
	if (ret)
		return ret;
	setup->offset =
		((header[SETUP_SECTS] ? header[SETUP_SECTS] : SECTS_DEFAULT) + 1) *
		SECTOR;
	setup->relocatable = header[SETUP_RELOCATABLE];
	memcpy(&setup->version, header + SETUP_VERSION, sizeof(setup->version));
	memcpy(&setup->xloadflags, header + SETUP_XLOADFLAGS, sizeof(setup->xloadflags));
	memcpy(&setup->alignment, header + SETUP_ALIGNMENT, sizeof(setup->alignment));
	memcpy(&setup->pref_address, header + SETUP_PREF_ADDRESS,
		sizeof(setup->pref_address));
	memcpy(&setup->init_size, header + SETUP_INIT_SIZE, sizeof(setup->init_size));
	in->image->setup_size =
		(u8)MIN(SETUP_MAGIC + header[SETUP_JUMP] - LINUX_SETUP_OFFSET,
			LINUX_SETUP_MAX);
	return image_read(in, LINUX_SETUP_OFFSET, in->image->setup,
		MIN(in->image->setup_size, in->file->size - LINUX_SETUP_OFFSET));
}

static int setup_check(const struct image_file *in, const struct setup *setup)
{
	if (setup->version < VERSION_64 || !(setup->xloadflags & XLF_KERNEL_64)) {
		error("%s: expected a Linux kernel with a 64-bit entry (boot protocol 2.12), "
		      "found protocol %u.%u%s",
			in->path, setup->version >> 8, setup->version & 0xff,
			setup->version < VERSION_64 ? "" : " of a 32-bit kernel");
		return fail(-EINVAL);
	}
	if (setup->offset >= in->file->size) {
		error("%s: expected a kernel behind %lu bytes of setup, found the end of the "
		      "file",
			in->path, setup->offset);
		return fail(-EINVAL);
	}
	if (!setup->alignment || setup->alignment & (setup->alignment - 1) ||
		setup->alignment > ALIGNMENT_MAX) {
		error("%s: expected a kernel_alignment that is a power of two of at most 16 MiB, "
		      "found 0x%x",
			in->path, setup->alignment);
		return fail(-EINVAL);
	}
	return 0;
}

/* Where it wants to be, or if that is beyond RAM as low as it may. */
static u64 place(const struct image_file *in, const struct setup *setup, u64 size)
{
	u64 ram = in->board->ram_size, at = MAX(setup->pref_address, LOAD_MIN);

	if (setup->relocatable && !range_inside(at, size, 0, ram))
		at = ALIGN_UP(LOAD_MIN, setup->alignment);
	return at;
}

static int bzimage_load(struct image_file *in)
{
	struct setup setup;
	u64 at, file_size, size;
	int ret;

	*in->image = (struct image){.kind = IMAGE_BZIMAGE};
	ret = setup_read(in, &setup);
	if (!ret)
		ret = setup_check(in, &setup);
	if (ret)
		return ret;
	file_size = in->file->size - setup.offset;
	size = MAX(file_size, (u64)setup.init_size);
	at = place(in, &setup, size);
	in->image->entry = GPA(at + ENTRY_64);
	in->image->start = GPA(at);
	in->image->end = GPA(at + size);
	return image_place(in, setup.offset, file_size, at, size);
}

const struct image_format bzimage_format = {bzimage_detect, bzimage_load};
