// SPDX-License-Identifier: Apache-2.0
// What the image formats (elf.c, linux.c, and flat in image.c) share: the file that is being
// loaded and its first bytes.
#pragma once

#include <hv/load.h>

/* What tells the formats apart is here: a multiboot header may be the last. */
#define IMAGE_HEAD_MAX KiB(8)

struct image_file {
	struct vm *vm;
	const struct image_board *board;
	struct fat_file *file;
	const char *path;
	struct image *image;
	u32 head_len;
	u8 *head; /* IMAGE_HEAD_MAX bytes, zero behind the end of a shorter file */
};

/*
 * Reads `len` bytes at `offset` of the file, which must be there: 0, or -EIO after a line.
 */
int image_read(struct image_file *in, u64 offset, void *to, u64 len);
/*
 * Puts `file_size` bytes at `offset` of the file to `start`, where `size` bytes must fit into
 * RAM: 0, -EINVAL if `start` is outside of RAM, -E2BIG, -ENOMEM or -EIO, after a line.
 */
int image_place(struct image_file *in, u64 offset, u64 file_size, u64 start, u64 size);

/* One format of kernels. */
struct image_format {
	/* The head is one of this format. */
	bool (*detect)(const struct image_file *in);
	/* Loads the file and fills in->image but for file_size; as image_load(). */
	int (*load)(struct image_file *in);
};

/* elf.c: what others make of ELF files. */
bool elf_detect(const struct image_file *in);
int elf_load(struct image_file *in);
/*
 * Looks for a note in the PT_NOTE segments of an ELF file that elf_load() has taken: 0, with up to
 * 8 bytes of it in *value; -ENOENT, without a line; -EIO, after one.
 */
int elf_note(struct image_file *in, const char *name, u32 type, u64 *value);

/*
 * What the file seems to be, of those that cannot be loaded, with what to do about it: "a
 * gzip file: unpack it first". NULL if it is none of them.
 */
const char *foreign_name(const struct image_file *in);
