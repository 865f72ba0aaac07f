// SPDX-License-Identifier: Apache-2.0
// Loading a Linux "Image": RISC-V and arm64 kernels begin with the same 64-byte header but for
// its magic (Linux, Documentation/arch/riscv/boot-image-header.rst and arm64/booting.rst).
#include "image.h"

#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#define IMAGE_ALIGN MiB(2) /* text_offset counts from such an address */

struct linux_header {
	u32 code0, code1;
	u64 text_offset;
	u64 image_size; /* in memory; 0 in kernels older than the field */
	u64 flags;
	u32 version;
	u32 res1;
	u64 res2;
	u64 res3;  /* RISC-V: an older magic */
	u32 magic; /* board->linux_magic */
	u32 res4;
};
_Static_assert(sizeof(struct linux_header) == 64, "Image header");
_Static_assert(offsetof(struct linux_header, magic) == 56, "Image header");

#define FLAG_BIG_ENDIAN BIT(0) /* flags */

static bool linux_detect(const struct image_file *in)
{
	struct linux_header h;

	memcpy(&h, in->head, sizeof(h));
	/* Behind the end of a shorter file, the head is zero. */
	return h.magic && h.magic == in->board->linux_magic;
}

static int linux_load(struct image_file *in)
{
	u64 base = ALIGN_UP(in->board->ram_base, IMAGE_ALIGN), start, size;
	u64 file_size = in->file->size;
	struct linux_header h;

	memcpy(&h, in->head, sizeof(h));
	if (h.flags & FLAG_BIG_ENDIAN) {
		error("%s: expected a little-endian Linux Image, found a big-endian one",
			in->path);
		return fail(-EINVAL);
	}
	if (h.text_offset > UINT64_MAX - base) {
		error("%s: expected a text_offset inside RAM, found 0x%lx", in->path,
			h.text_offset);
		return fail(-EINVAL);
	}
	start = base + h.text_offset;
	/* A signature may follow what the kernel counts as its own. */
	size = MAX(h.image_size, file_size);
	*in->image = (struct image){
		.kind = IMAGE_LINUX,
		.entry = GPA(start),
		.start = GPA(start),
		.end = GPA(start + size),
	};
	return image_place(in, 0, file_size, start, size);
}

const struct image_format linux_format = {linux_detect, linux_load};
