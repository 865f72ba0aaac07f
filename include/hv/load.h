// SPDX-License-Identifier: Apache-2.0
// Putting a guest's files into its RAM: the kernel in any format we recognise by its header,
// and an initrd. Streams from the disk straight into guest memory.
#pragma once

#include <hv/fat32.h>
#include <hv/types.h>

struct vm;

enum image_kind {
	IMAGE_FLAT,
	IMAGE_ELF,
	IMAGE_LINUX,     /* Image, of RISC-V and arm64 */
	IMAGE_MULTIBOOT, /* with a multiboot 1 header, in whatever file */
	IMAGE_PVH,       /* ELF with a PVH note */
	IMAGE_BZIMAGE,   /* Linux for x86-64 */
};

struct image_format;

/* The formats that there are, for boards to choose from. A flat image is what none recognises. */
extern const struct image_format elf_format, linux_format; /* elf.c, linux.c */
extern const struct image_format multiboot_format, pvh_format, bzimage_format;

/* What an ISA's board says about where things go. */
struct image_board {
	const struct image_format *const *formats; /* in this order; ends with NULL */
	u16 elf_machine;                           /* EM_RISCV ... */
	u16 elf_machine_32; /* of ELF files of 32 bits; 0: there are none */
	u64 ram_base;       /* where RAM begins, and */
	u64 ram_size;       /* how much there is */
	u64 flat_offset;    /* where a flat image goes, from ram_base */
	bool bios;          /* a VM may have one */
	/* The ISA's Linux Image header: its magic, as the spec has it at offset 56. */
	u32 linux_magic;
};

/* What of a bzImage's setup header the kernel wants back in its zero page: from 0x1f1 on. */
#define LINUX_SETUP_OFFSET 0x1f1
#define LINUX_SETUP_MAX    0x90

struct image {
	enum image_kind kind;
	u8 setup_size; /* IMAGE_BZIMAGE: bytes of its setup header */
	u8 setup[LINUX_SETUP_MAX];
	gpa_t entry;
	gpa_t start, end; /* the RAM it occupies when running, with its bss */
	u64 file_size;
};

/* "flat", "ELF", "Linux Image" ... */
const char *image_kind_name(enum image_kind kind);

/*
 * Loads the kernel `file` (its `path` is for messages) into the VM's RAM. Segments outside
 * RAM, overlapping or wrapping sizes, a foreign machine or class: one line, -EINVAL; an image
 * bigger than RAM: one line with both sizes, -E2BIG; a broken disk: -EIO; no memory for the VM's map:
 * -ENOMEM. RAM beyond what the file fills (bss) is already zero.
 */
int image_load(struct vm *vm, const struct image_board *board, struct fat_file *file,
	const char *path, struct image *image);

/*
 * Loads a file as it is at `gpa`; 0 or -E2BIG (does not fit into RAM), -EIO, after a line.
 */
int image_load_at(struct vm *vm, struct fat_file *file, const char *path, gpa_t gpa);
