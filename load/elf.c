// SPDX-License-Identifier: Apache-2.0
// Loading an ELF kernel (System V ABI, chapters 4 and 5): its PT_LOAD segments go to their
// physical addresses. Headers are copied, checked, and only then used.
#include "image.h"

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#define SEGMENTS_MAX 16
#define HEADERS_MAX  64 /* program headers, of any type */

#define ELF_MAGIC "\177ELF"

enum { ELFCLASS32 = 1, ELFCLASS64 = 2 }; /* ident[EI_CLASS] */
enum { ELFDATA2LSB = 1, ELFDATA2MSB = 2 };
enum { EI_CLASS = 4, EI_DATA = 5, EI_NIDENT = 16 };
enum { EM_386 = 3, EM_ARM = 40, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243 };
enum { ET_EXEC = 2, ET_DYN = 3 };
enum { PT_LOAD = 1, PT_NOTE = 4 };

struct elf_header {
	u8 ident[EI_NIDENT];
	u16 type;
	u16 machine;
	u32 version;
	u64 entry;
	u64 phoff; /* of the program headers in the file */
	u64 shoff;
	u32 flags;
	u16 ehsize;
	u16 phentsize;
	u16 phnum;
	u16 shentsize;
	u16 shnum;
	u16 shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

struct elf_phdr {
	u32 type;
	u32 flags;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
	u64 align;
};
_Static_assert(sizeof(struct elf_phdr) == 56, "Elf64_Phdr");

/* The same of 32 bits. */
struct elf32_header {
	u8 ident[EI_NIDENT];
	u16 type;
	u16 machine;
	u32 version;
	u32 entry;
	u32 phoff;
	u32 shoff;
	u32 flags;
	u16 ehsize;
	u16 phentsize;
	u16 phnum;
	u16 shentsize;
	u16 shnum;
	u16 shstrndx;
};
_Static_assert(sizeof(struct elf32_header) == 52, "Elf32_Ehdr");

struct elf32_phdr {
	u32 type;
	u32 offset;
	u32 vaddr;
	u32 paddr;
	u32 filesz;
	u32 memsz;
	u32 flags;
	u32 align;
};
_Static_assert(sizeof(struct elf32_phdr) == 32, "Elf32_Phdr");

/* The file's PT_LOAD headers that take memory. */
struct segments {
	u32 count;
	struct elf_phdr list[SEGMENTS_MAX];
};

static const char *machine_name(u16 machine)
{
	switch (machine) {
	case EM_386: return " (i386)";
	case EM_ARM: return " (Arm)";
	case EM_X86_64: return " (x86-64)";
	case EM_AARCH64: return " (AArch64)";
	case EM_RISCV: return " (RISC-V)";
	default: return "";
	}
}

bool elf_detect(const struct image_file *in)
{
	return in->head_len >= strlen(ELF_MAGIC) &&
		memcmp(in->head, ELF_MAGIC, strlen(ELF_MAGIC)) == 0;
}

/* One line "PATH: expected an ELF kernel EXPECTED, found ..."; -EINVAL, to be returned. */
#define refuse(in, expected, found, ...)                                            \
	(error("%s: expected an ELF kernel " expected ", found " found, (in)->path, \
		 ##__VA_ARGS__),                                                    \
		fail(-EINVAL))

static bool is_32(const struct elf_header *h)
{
	return h->ident[EI_CLASS] == ELFCLASS32;
}

/* In the wider form, whatever the file has. */
static void header_read(const struct image_file *in, struct elf_header *h)
{
	struct elf32_header narrow;

	memcpy(h, in->head, sizeof(*h));
	if (!is_32(h))
		return;
	memcpy(&narrow, in->head, sizeof(narrow));
	h->entry = narrow.entry;
	h->phoff = narrow.phoff;
	h->phentsize = narrow.phentsize;
	h->phnum = narrow.phnum;
}

static int phdr_read(struct image_file *in, const struct elf_header *h, u32 n,
	struct elf_phdr *p)
{
	struct elf32_phdr narrow;
	int ret;

	if (!is_32(h))
		return image_read(in, h->phoff + n * sizeof(*p), p, sizeof(*p));
	ret = image_read(in, h->phoff + n * sizeof(narrow), &narrow, sizeof(narrow));
	*p = (struct elf_phdr){
		.type = narrow.type,
		.offset = narrow.offset,
		.vaddr = narrow.vaddr,
		.paddr = narrow.paddr,
		.filesz = narrow.filesz,
		.memsz = narrow.memsz,
	};
	return ret;
}

static int header_check(const struct image_file *in, const struct elf_header *h)
{
	bool narrow = is_32(h) && in->board->elf_machine_32;
	u16 machine = narrow ? in->board->elf_machine_32 : in->board->elf_machine;
	size_t phentsize = narrow ? sizeof(struct elf32_phdr) : sizeof(struct elf_phdr);

	if (in->head_len < sizeof(*h))
		return refuse(in, "of at least %zu bytes", "%u", sizeof(*h),
			in->head_len);
	if (h->ident[EI_CLASS] != ELFCLASS64 && !narrow)
		return refuse(in, "of 64 bits", "%s",
			h->ident[EI_CLASS] == ELFCLASS32 ? "32 bits"
							 : "an unknown class");
	if (h->ident[EI_DATA] != ELFDATA2LSB)
		return refuse(in, "with little-endian data", "%s",
			h->ident[EI_DATA] == ELFDATA2MSB ? "big-endian"
							 : "an unknown order");
	if (h->machine != machine)
		return refuse(in, "for machine %u%s", "one for machine %u%s", machine,
			machine_name(machine), h->machine, machine_name(h->machine));
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return refuse(in, "that is linked (type 2 or 3)", "type %u", h->type);
	if (h->phentsize != phentsize)
		return refuse(in, "with program headers of %zu bytes", "%u", phentsize,
			h->phentsize);
	if (h->phnum == 0 || h->phnum > HEADERS_MAX)
		return refuse(in, "with 1 to %u program headers", "%u", HEADERS_MAX,
			h->phnum);
	if (!range_inside(h->phoff, h->phnum * phentsize, 0, in->file->size))
		return refuse(in, "whose program headers are inside the file",
			"offset %lu", h->phoff);
	return 0;
}

/* Adds a segment after checking it against the file and those before it. */
static int segment_add(const struct image_file *in, struct segments *segs,
	const struct elf_phdr *p)
{
	if (p->filesz > p->memsz)
		return refuse(in,
			"whose segments are not smaller in memory than in the file",
			"%lu and %lu bytes at 0x%lx", p->memsz, p->filesz, p->paddr);
	if (!range_inside(p->offset, p->filesz, 0, in->file->size))
		return refuse(in, "whose segments are inside the file",
			"%lu bytes at offset %lu", p->filesz, p->offset);
	if (p->memsz - 1 > UINT64_MAX - p->paddr)
		return refuse(in, "whose segments end below 2^64", "%lu bytes at 0x%lx",
			p->memsz, p->paddr);
	for (u32 i = 0; i < segs->count; i++) {
		const struct elf_phdr *q = &segs->list[i];

		if (p->paddr <= q->paddr + (q->memsz - 1) &&
			q->paddr <= p->paddr + (p->memsz - 1))
			return refuse(in, "whose segments do not overlap",
				"two at 0x%lx and 0x%lx", q->paddr, p->paddr);
	}
	if (segs->count == SEGMENTS_MAX)
		return refuse(in, "with at most %u segments to load", "more",
			SEGMENTS_MAX);
	segs->list[segs->count++] = *p;
	return 0;
}

static int segments_read(struct image_file *in, const struct elf_header *h,
	struct segments *segs)
{
	for (u32 i = 0; i < h->phnum; i++) {
		struct elf_phdr p;
		int ret = phdr_read(in, h, i, &p);

		if (ret == 0 && p.type == PT_LOAD && p.memsz)
			ret = segment_add(in, segs, &p);
		if (ret)
			return ret;
	}
	if (segs->count == 0)
		return refuse(in, "with a segment to load", "none");
	return 0;
}

/*
 * Where the entry is in physical memory. It is a virtual address, but some kernels are linked
 * with a physical one that no segment's virtual addresses hold.
 */
static bool entry_find(const struct segments *segs, u64 entry, u64 *physical)
{
	for (u32 i = 0; i < segs->count; i++) {
		const struct elf_phdr *p = &segs->list[i];

		if (entry - p->vaddr < p->memsz) {
			*physical = p->paddr + (entry - p->vaddr);
			return true;
		}
	}
	for (u32 i = 0; i < segs->count; i++) {
		if (entry - segs->list[i].paddr < segs->list[i].memsz) {
			*physical = entry;
			return true;
		}
	}
	return false;
}

int elf_load(struct image_file *in)
{
	struct segments segs = {0};
	u64 start = UINT64_MAX, end = 0, entry;
	struct elf_header h;
	int ret;

	header_read(in, &h);
	ret = header_check(in, &h);
	if (ret == 0)
		ret = segments_read(in, &h, &segs);
	if (ret)
		return ret;
	if (!entry_find(&segs, h.entry, &entry))
		return refuse(in, "whose entry is in a segment", "0x%lx", h.entry);
	for (u32 i = 0; i < segs.count; i++) {
		const struct elf_phdr *p = &segs.list[i];

		ret = image_place(in, p->offset, p->filesz, p->paddr, p->memsz);
		if (ret)
			return ret;
		start = MIN(start, p->paddr);
		end = MAX(end, p->paddr + p->memsz);
	}
	*in->image = (struct image){
		.kind = IMAGE_ELF,
		.entry = GPA(entry),
		.start = GPA(start),
		.end = GPA(end),
	};
	return 0;
}

const struct image_format elf_format = {elf_detect, elf_load};

/* ---- Notes ---- */

#define NOTE_ALIGN    4UL
#define NOTE_NAME_MAX 16
#define NOTES_MAX     64 /* that are looked at in a segment */

struct elf_note {
	u32 name_size;
	u32 size;
	u32 type;
	char name[NOTE_NAME_MAX]; /* what follows the three, whatever it is */
};
#define NOTE_HEAD offsetof(struct elf_note, name)

static bool note_is(const struct elf_note *note, const char *name, u32 type)
{
	u32 size = (u32)strlen(name) + 1;

	return note->type == type && note->name_size == size &&
		memcmp(note->name, name, size) == 0;
}

/* In [at, at + size) of the file. */
static int note_find(struct image_file *in, u64 at, u64 size, const char *name, u32 type,
	u64 *value)
{
	u64 whole;

	for (u32 i = 0; i < NOTES_MAX && size >= NOTE_HEAD;
		i++, at += whole, size -= whole) {
		struct elf_note note = {0};
		int ret = image_read(in, at, &note, MIN(size, sizeof(note)));
		u64 value_at = NOTE_HEAD + ALIGN_UP(note.name_size, NOTE_ALIGN);

		if (ret)
			return ret;
		if (!range_inside(value_at, note.size, 0, size))
			break;
		whole = value_at + ALIGN_UP(note.size, NOTE_ALIGN);
		if (note_is(&note, name, type)) {
			*value = 0;
			return image_read(in, at + value_at, value,
				MIN(note.size, sizeof(*value)));
		}
		whole = MIN(whole, size); /* the last one may not be filled up */
	}
	return -ENOENT;
}

int elf_note(struct image_file *in, const char *name, u32 type, u64 *value)
{
	struct elf_header h;
	struct elf_phdr p;
	int ret = -ENOENT;

	header_read(in, &h);
	for (u32 i = 0; ret == -ENOENT && i < h.phnum; i++) {
		int err = phdr_read(in, &h, i, &p);

		if (err)
			return err;
		if (p.type == PT_NOTE &&
			range_inside(p.offset, p.filesz, 0, in->file->size))
			ret = note_find(in, p.offset, p.filesz, name, type, value);
	}
	return ret;
}
