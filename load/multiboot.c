// SPDX-License-Identifier: Apache-2.0
// Loading a multiboot 1 kernel (Multiboot Specification 0.6.96, 3.1): a header somewhere in the
// first 8 KiB, with the addresses in it, or in an ELF file.
#include "image.h"

#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#define HEADER_MAGIC 0x1badb002U

/* multiboot_header.flags; those below bit 16 that we do not know are in the way */
#define FLAG_ADDRESSES BIT(16)
#define FLAG_VIDEO     BIT(2)
#define FLAG_MEMORY    BIT(1)
#define FLAG_ALIGN     BIT(0)
#define FLAGS_REQUIRED BITS(15, 0)
#define FLAGS_KNOWN    (FLAG_MEMORY | FLAG_ALIGN)

struct multiboot_header {
	u32 magic, flags, checksum;
	/* With FLAG_ADDRESSES: */
	u32 header_addr;   /* where the header itself comes to lie */
	u32 load_addr;     /* where the file's part does that begins there */
	u32 load_end_addr; /* 0: all of the file */
	u32 bss_end_addr;  /* 0: there is none */
	u32 entry_addr;
};
#define HEADER_MIN offsetof(struct multiboot_header, header_addr)

/* The header and its offset in the file; false if there is none. */
static bool find(const struct image_file *in, struct multiboot_header *h, u32 *offset)
{
	u32 len = in->head_len;

	for (u32 at = 0; at + HEADER_MIN <= len; at += sizeof(u32)) {
		memset(h, 0, sizeof(*h));
		memcpy(h, in->head + at, MIN(sizeof(*h), (size_t)(len - at)));
		*offset = at;
		if (h->magic == HEADER_MAGIC && !(u32)(h->magic + h->flags + h->checksum))
			return true;
	}
	return false;
}

static bool multiboot_detect(const struct image_file *in)
{
	struct multiboot_header h;
	u32 offset;

	return find(in, &h, &offset);
}

static int refuse(const struct image_file *in, const char *expected, u32 found)
{
	error("%s: expected a multiboot header with %s, found 0x%x", in->path, expected,
		found);
	return fail(-EINVAL);
}

/* By the addresses in the header. */
static int load_addresses(struct image_file *in, const struct multiboot_header *h,
	u32 offset)
{
	u32 before = h->header_addr - h->load_addr, from = offset - before;
	u64 file_size, size;

	if (offset + sizeof(*h) > in->head_len) {
		error("%s: expected a multiboot header with its addresses, found the end of %s",
			in->path,
			in->head_len < IMAGE_HEAD_MAX ? "the file" : "the first 8 KiB");
		return fail(-EINVAL);
	}
	if (h->header_addr < h->load_addr || before > offset)
		return refuse(in, "its load_addr in the file", h->load_addr);
	file_size = in->file->size - from;
	if (h->load_end_addr) {
		if (h->load_end_addr < h->load_addr ||
			h->load_end_addr - h->load_addr > file_size)
			return refuse(in, "its load_end_addr in the file",
				h->load_end_addr);
		file_size = h->load_end_addr - h->load_addr;
	}
	size = file_size;
	if (h->bss_end_addr) {
		if (h->bss_end_addr < h->load_addr + file_size)
			return refuse(in, "a bss_end_addr behind the file's part",
				h->bss_end_addr);
		size = h->bss_end_addr - h->load_addr;
	}
	*in->image = (struct image){
		.kind = IMAGE_MULTIBOOT,
		.entry = GPA(h->entry_addr),
		.start = GPA(h->load_addr),
		.end = GPA(h->load_addr + size),
	};
	if (h->entry_addr - h->load_addr >= size)
		return refuse(in, "an entry_addr in the image", h->entry_addr);
	return image_place(in, from, file_size, h->load_addr, size);
}

static int multiboot_load(struct image_file *in)
{
	struct multiboot_header h;
	u32 offset;
	int ret;

	find(in, &h, &offset);
	if (h.flags & FLAGS_REQUIRED & ~FLAGS_KNOWN)
		return refuse(in, "no more than flags 0 and 1", h.flags);
	if (h.flags & FLAG_ADDRESSES)
		return load_addresses(in, &h, offset);
	if (!elf_detect(in))
		return refuse(in, "addresses (flag 16), or in an ELF file", h.flags);
	ret = elf_load(in);
	in->image->kind = IMAGE_MULTIBOOT;
	return ret;
}

const struct image_format multiboot_format = {multiboot_detect, multiboot_load};
