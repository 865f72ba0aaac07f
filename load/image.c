// SPDX-License-Identifier: Apache-2.0
// Loading a kernel: which format it is, and the simplest one, flat. The others have files of
// their own. All sizes in a file are its author's claims until image_place() has checked
// them against RAM.
#include "image.h"

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vdev.h>

const char *image_kind_name(enum image_kind kind)
{
	switch (kind) {
	case IMAGE_FLAT: return "flat";
	case IMAGE_ELF: return "ELF";
	case IMAGE_LINUX: return "Linux Image";
	case IMAGE_MULTIBOOT: return "multiboot";
	case IMAGE_PVH: return "PVH ELF";
	case IMAGE_BZIMAGE: return "bzImage";
	}
	return "?";
}

/* Reads straight into guest memory or elsewhere; a file cannot be shorter than its entry. */
static int file_read(struct fat_file *file, const char *path, u64 offset, void *to,
	u64 len)
{
	s64 got = fat_read(file, offset, to, len);

	if (got < 0)
		return (int)got;
	if ((u64)got == len)
		return 0;
	error("%s: expected %lu bytes at offset %lu, found %ld", path, len, offset, got);
	return fail(-EIO);
}

int image_read(struct image_file *in, u64 offset, void *to, u64 len)
{
	return file_read(in->file, in->path, offset, to, len);
}

int image_place(struct image_file *in, u64 offset, u64 file_size, u64 start, u64 size)
{
	u64 ram = in->board->ram_base, ram_size = in->board->ram_size;
	void *to;

	if (size == 0)
		return 0;
	if (!range_inside(start, 1, ram, ram_size)) {
		error("%s: expected an address in RAM (0x%lx to 0x%lx), found 0x%lx",
			in->path, ram, ram + ram_size - 1, start);
		return fail(-EINVAL);
	}
	if (!range_inside(start, size, ram, ram_size)) {
		error("%s: expected at most %lu bytes, as much as RAM has from 0x%lx on, "
		      "found %lu",
			in->path, ram_size - (start - ram), start, size);
		return fail(-E2BIG);
	}
	/* Not for the bss: where RAM is given page by page, that stays untouched. */
	to = vm_ram(in->vm, GPA(start), file_size);
	if (!to) {
		error("%s: expected RAM for %lu bytes at 0x%lx, found none", in->path,
			file_size, start);
		return fail(-ENOMEM);
	}
	return image_read(in, offset, to, file_size);
}

static int flat_load(struct image_file *in)
{
	u64 start = in->board->ram_base + in->board->flat_offset, size = in->file->size;

	*in->image = (struct image){
		.kind = IMAGE_FLAT,
		.entry = GPA(start),
		.start = GPA(start),
		.end = GPA(start + size),
	};
	return image_place(in, 0, size, start, size);
}

static int load_by_kind(struct image_file *in)
{
	const char *foreign;

	if (in->head_len == 0) {
		error("%s: expected a kernel, found an empty file", in->path);
		return fail(-EINVAL);
	}
	for (const struct image_format *const *format = in->board->formats; *format;
		format++)
		if ((*format)->detect(in))
			return (*format)->load(in);
	foreign = foreign_name(in);
	if (foreign) {
		error("%s: expected a kernel for this board, found %s", in->path,
			foreign);
		return fail(-EINVAL);
	}
	return flat_load(in);
}

int image_load(struct vm *vm, const struct image_board *board, struct fat_file *file,
	const char *path, struct image *image)
{
	/* Too big for the stack; VMs are built one at a time, on the boot cpu. */
	static u8 head[IMAGE_HEAD_MAX] __attribute__((aligned(8)));
	struct image_file in = {
		.vm = vm,
		.head = head,
		.board = board,
		.file = file,
		.path = path,
		.image = image,
		.head_len = (u32)MIN(file->size, (u64)IMAGE_HEAD_MAX),
	};
	int ret;

	*image = (struct image){.file_size = file->size};
	memset(head, 0, sizeof(head));
	ret = image_read(&in, 0, in.head, in.head_len);
	if (ret == 0)
		ret = load_by_kind(&in);
	image->file_size = file->size;
	return ret;
}

int image_load_at(struct vm *vm, struct fat_file *file, const char *path, gpa_t gpa)
{
	void *to;

	if (file->size == 0)
		return 0;
	to = vm_ram(vm, gpa, file->size);
	if (!to) {
		error("%s: expected a file that fits into RAM at 0x%lx, found %u bytes",
			path, gpa.raw, file->size);
		return fail(-E2BIG);
	}
	return file_read(file, path, 0, to, file->size);
}
