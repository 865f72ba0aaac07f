// SPDX-License-Identifier: Apache-2.0
// Files that are often taken for kernels but cannot be loaded, by their first bytes: enough to
// say what was found and what would work.
#include "image.h"

#include <hv/string.h>

#define UNPACK ": unpack it first"

/* clang-format off */
static const struct signature {
	u32 offset;
	u32 len;
	const char *bytes;
	const char *name;
} signatures[] = {
	{0,     3, "\x1f\x8b\x08",     "a gzip file" UNPACK},
	{0,     6, "\xfd" "7zXZ\0",    "an xz file" UNPACK},
	{0,     4, "\x28\xb5\x2f\xfd", "a zstd file" UNPACK},
	{0,     4, "\x04\x22\x4d\x18", "an lz4 file" UNPACK},
	{0,     4, "\x02\x21\x4c\x18", "an lz4 file" UNPACK},
	{0,     3, "BZh",              "a bzip2 file" UNPACK},
	{0,     4, "PK\3\4",           "a zip file" UNPACK},
	{0,     8, "MZ\0\0zimg",       "an EFI zboot kernel: take the Image it was made from"},
	{0,     4, "\x27\x05\x19\x56", "a uImage: take the file it was made from"},
	{0,     4, "\xd0\x0d\xfe\xed", "a device tree or a FIT image: take the kernel in it"},
	{0,     4, "hsqs",             "a squashfs file system"},
	{0,     6, "070701",           "a cpio archive: name it with the key initrd"},
	{0,     2, "#!",               "a script"},
	{0x28,  4, "_FVH",             "an EFI firmware volume: it starts from flash"},
	/* Of other architectures: the board's own was recognised before. */
	{0x38,  4, "RSC\5",            "a Linux Image for RISC-V"},
	{0x38,  4, "ARM\x64",          "a Linux Image for arm64"},
	{0x202, 4, "HdrS",             "a bzImage, a Linux kernel for x86"},
	/* The formats above may be EFI programs, too, so this one is last. */
	{0,     2, "MZ",               "an EFI program"},
};
/* clang-format on */

const char *foreign_name(const struct image_file *in)
{
	for (u32 i = 0; i < ARRAY_LEN(signatures); i++) {
		const struct signature *s = &signatures[i];

		if (s->offset + s->len <= in->head_len &&
			memcmp(in->head + s->offset, s->bytes, s->len) == 0)
			return s->name;
	}
	return NULL;
}
