// SPDX-License-Identifier: Apache-2.0
// The guest's page tables (walk.h): SDM volume 3A, 4.3 "32-Bit Paging", 4.4 "PAE Paging", 4.5
// "4-Level and 5-Level Paging", 4.6 "Access Rights", 4.7 "Page-Fault Exceptions", 4.8 "Accessed
// and Dirty Flags". Physical addresses have up to 52 bits. Protection keys are not looked at:
// what the hardware stopped at a device has passed them. On the path of each access to a device.
#include "walk.h"

#include <hv/bits.h>
#include <hv/fail.h>

/* Entries of all kinds. */
#define PTE_NX   BIT(63)
#define PTE_ADDR BITS(51, 12)
#define PTE_PS   BIT(7) /* a large page, above the bottom level */
#define PTE_D    BIT(6)
#define PTE_A    BIT(5)
#define PTE_US   BIT(2)
#define PTE_RW   BIT(1)
#define PTE_P    BIT(0)

/* Reserved: in PAE paging; in a PDPTE, which has no rights and no A; with 4 MiB pages. */
#define PAE_RESERVED   BITS(62, 52)
#define PDPTE_RESERVED (BITS(63, 52) | BITS(8, 5) | BITS(2, 1))
#define PSE_RESERVED   BIT(21)

#define PSE_ADDR_HIGH BITS(20, 13) /* bits 39:32 of a 4 MiB page's address */

#define CR3_PAE_ADDR BITS(31, 5)

#define LARGE_RESERVED \
	~BITS(12, 0) /* of the bits below a large page's address; 12 is PAT */

#define TABLE_OFFSET    BITS(11, 3)
#define PAGE_TABLE_BITS 9 /* log2 of a table's entries; 32-bit paging: one more */

/* Lost races against other CPUs' changes before the guest gets a page fault and tries again. */
#define TRIES_MAX 16

struct walker {
	const struct walk_regs *regs;
	const struct walk_memory *memory;
	u64 linear;
	u64 reserved;
	u32 access;
	u32 entry_size;
};

/* Where a walk came to. */
struct leaf {
	u64 entry;
	gpa_t at;
	u64 rights; /* PTE_US and PTE_RW if all levels have it, PTE_NX if one has */
	u32 shift;  /* log2 of the page's size */
};

enum walk_end {
	WALK_LEAF,
	WALK_ABSENT,
	WALK_RESERVED, /* a reserved bit is set */
	WALK_CHANGED,  /* an entry was changed meanwhile */
	WALK_DENIED,
};

static bool fetch_reported(const struct walk_regs *regs)
{
	return regs->cr4 & CR4_SMEP || (regs->cr4 & CR4_PAE && regs->efer & EFER_NXE);
}

static int page_fault(const struct walker *w, enum walk_end end, struct insn_fault *fault)
{
	u64 error = 0;

	if (end != WALK_ABSENT)
		error |= PF_PRESENT;
	if (w->access & WALK_WRITE)
		error |= PF_WRITE;
	if (w->access & WALK_USER)
		error |= PF_USER;
	if (end == WALK_RESERVED)
		error |= PF_RESERVED;
	if (w->access & WALK_FETCH && fetch_reported(w->regs))
		error |= PF_FETCH;
	*fault = (struct insn_fault){
		.vector = VECTOR_PF,
		.has_error = true,
		.error = (u32)error,
		.address = w->linear,
	};
	return -EFAULT;
}

/* A non-canonical address. */
static int general_protection(struct insn_fault *fault)
{
	*fault = (struct insn_fault){.vector = VECTOR_GP, .has_error = true};
	return -EFAULT;
}

/* SDM 4.6.1 */
static bool allowed(const struct walker *w, u64 rights)
{
	const struct walk_regs *regs = w->regs;
	bool user_page = rights & PTE_US;

	if (w->access & WALK_USER) {
		if (!user_page || (w->access & WALK_WRITE && !(rights & PTE_RW)))
			return false;
	} else {
		if (w->access & WALK_WRITE && !(rights & PTE_RW) && regs->cr0 & CR0_WP)
			return false;
		if (user_page && w->access & WALK_FETCH && regs->cr4 & CR4_SMEP)
			return false;
		if (user_page && !(w->access & WALK_FETCH) && regs->cr4 & CR4_SMAP &&
			!(regs->rflags & RFLAGS_AC))
			return false;
	}
	return !(w->access & WALK_FETCH && rights & PTE_NX);
}

static bool entry_set(const struct walker *w, gpa_t at, u64 entry, u64 bits)
{
	if (w->access & WALK_LOOK || !(bits & ~entry))
		return true;
	return w->memory->exchange(w->memory->arg, at, entry, entry | bits,
		w->entry_size);
}

/* An entry that leads on: WALK_LEAF if it may, with A set. */
static enum walk_end entry_check(const struct walker *w, gpa_t at, u64 entry)
{
	if (!(entry & PTE_P))
		return WALK_ABSENT;
	if (entry & w->reserved)
		return WALK_RESERVED;
	return entry_set(w, at, entry, PTE_A) ? WALK_LEAF : WALK_CHANGED;
}

/*
 * From a table whose entries span BIT(shift) bytes down to a page, with A set on the way but
 * not in the leaf. `large`: PTE_PS where it means a large page, else 0.
 */
static enum walk_end descend(const struct walker *w, u64 table, u32 shift, u32 bits,
	u64 large, struct leaf *leaf)
{
	const struct walk_memory *memory = w->memory;
	u64 entry = 0, all = ~0UL, any = 0;
	enum walk_end end;
	gpa_t at;

	while (true) {
		u64 index = w->linear >> shift & (BIT(bits) - 1);

		at = GPA(table + index * w->entry_size);
		if (!memory->read(memory->arg, at, &entry, w->entry_size))
			return WALK_ABSENT;
		all &= entry;
		any |= entry;
		if (shift == PAGE_SHIFT || entry & large)
			break;
		end = entry_check(w, at, entry);
		if (end != WALK_LEAF)
			return end;
		table = entry & PTE_ADDR;
		shift -= bits;
	}
	*leaf = (struct leaf){
		entry, at, (all & (PTE_US | PTE_RW)) | (any & PTE_NX), shift};
	if (!(entry & PTE_P))
		return WALK_ABSENT;
	return entry & w->reserved ? WALK_RESERVED : WALK_LEAF;
}

/* What a large page must not have, besides. */
static u64 large_reserved(const struct walker *w, u32 shift)
{
	if (shift == PAGE_SHIFT)
		return 0;
	if (w->entry_size == sizeof(u32))
		return PSE_RESERVED;
	if (shift > 30) /* no such pages: PS itself */
		return PTE_PS;
	return (BIT(shift) - 1) & LARGE_RESERVED;
}

static u64 leaf_address(const struct walker *w, const struct leaf *leaf)
{
	u64 page = leaf->entry & PTE_ADDR & ~(BIT(leaf->shift) - 1);

	if (w->entry_size == sizeof(u32) && leaf->shift > PAGE_SHIFT)
		page |= field_get(PSE_ADDR_HIGH, leaf->entry) << 32;
	return page | (w->linear & (BIT(leaf->shift) - 1));
}

static enum walk_end leaf_end(const struct walker *w, const struct leaf *leaf, gpa_t *gpa)
{
	u64 bits = PTE_A | (w->access & WALK_WRITE ? PTE_D : 0);

	if (leaf->entry & large_reserved(w, leaf->shift))
		return WALK_RESERVED;
	if (!(w->access & WALK_LOOK)) {
		if (!allowed(w, leaf->rights))
			return WALK_DENIED;
		if (!entry_set(w, leaf->at, leaf->entry, bits))
			return WALK_CHANGED;
	}
	*gpa = GPA(leaf_address(w, leaf));
	return WALK_LEAF;
}

/* EFER.LMA: four levels or five. */
static enum walk_end walk_long(struct walker *w, gpa_t *gpa)
{
	u32 shift = w->regs->cr4 & CR4_LA57 ? 48 : 39;
	enum walk_end end;
	struct leaf leaf;

	w->entry_size = sizeof(u64);
	w->reserved = w->regs->efer & EFER_NXE ? 0 : PTE_NX;
	end = descend(w, w->regs->cr3 & PTE_ADDR, shift, PAGE_TABLE_BITS, PTE_PS, &leaf);
	return end == WALK_LEAF ? leaf_end(w, &leaf, gpa) : end;
}

static enum walk_end walk_pae(struct walker *w, gpa_t *gpa)
{
	gpa_t at = GPA((w->regs->cr3 & CR3_PAE_ADDR) + (w->linear >> 30) * sizeof(u64));
	enum walk_end end;
	struct leaf leaf;
	u64 entry = 0;

	w->entry_size = sizeof(u64);
	if (!w->memory->read(w->memory->arg, at, &entry, sizeof(entry)) ||
		!(entry & PTE_P))
		return WALK_ABSENT;
	if (entry & PDPTE_RESERVED)
		return WALK_RESERVED;
	w->reserved = PAE_RESERVED | (w->regs->efer & EFER_NXE ? 0 : PTE_NX);
	end = descend(w, entry & PTE_ADDR, 21, PAGE_TABLE_BITS, PTE_PS, &leaf);
	return end == WALK_LEAF ? leaf_end(w, &leaf, gpa) : end;
}

static enum walk_end walk_32(struct walker *w, gpa_t *gpa)
{
	u64 large = w->regs->cr4 & CR4_PSE ? PTE_PS : 0;
	enum walk_end end;
	struct leaf leaf;

	w->entry_size = sizeof(u32);
	w->reserved = 0;
	end = descend(w, w->regs->cr3 & BITS(31, 12), 22, PAGE_TABLE_BITS + 1, large,
		&leaf);
	return end == WALK_LEAF ? leaf_end(w, &leaf, gpa) : end;
}

static bool canonical(const struct walk_regs *regs, u64 linear)
{
	return sign_extend(linear, regs->cr4 & CR4_LA57 ? 56 : 47) == linear;
}

_Static_assert(WALK_WRITE << 1 == PTE_RW && WALK_USER << 1 == PTE_US, "quick_rights()");
_Static_assert(WALK_WRITE << 6 == PTE_D, "quick_rights()");

/* What all levels have together leaves nothing to ask; `last` is the leaf. */
static inline bool quick_rights(const struct walk_regs *regs, u32 access, u64 all,
	u64 any, u64 last)
{
	u64 need = PTE_P | PTE_A | (access & (WALK_WRITE | WALK_USER)) << 1;
	u64 dirty = (u64)(access & WALK_WRITE) << 6;

	if ((all & need) != need || (last & dirty) != dirty)
		return false;
	if (any & PTE_NX && (access & WALK_FETCH || !(regs->efer & EFER_NXE)))
		return false;
	return access & WALK_USER || !(all & PTE_US) ||
		!(regs->cr4 & (CR4_SMEP | CR4_SMAP));
}

/*
 * The usual case: EFER.LMA, everything is there, allowed, accessed and dirty. It looks at what
 * it has found only at the end. False: it may be anything else. Then all begins again.
 */
static bool walk_quick(const struct walk_regs *regs, u64 linear, u32 access,
	const struct walk_memory *memory, gpa_t *gpa)
{
	u64 entry = regs->cr3, all = ~0UL, any = 0, offset;
	u32 shift = regs->cr4 & CR4_LA57 ? 57 : 48;
	gpa_t at;

	do {
		shift -= PAGE_TABLE_BITS;
		at = GPA((entry & PTE_ADDR) | (linear >> shift << 3 & TABLE_OFFSET));

		if (unlikely(!memory->read(memory->arg, at, &entry, sizeof(entry))))
			return false;
		all &= entry;
		any |= entry;
	} while (shift > PAGE_SHIFT && !(entry & PTE_PS));
	offset = BIT(shift) - 1;
	if (unlikely(shift > 30 || entry & offset & LARGE_RESERVED ||
		    !quick_rights(regs, access, all, any, entry)))
		return false;
	*gpa = GPA((entry & PTE_ADDR & ~offset) | (linear & offset));
	return true;
}

/* All other cases, and why not. */
static __attribute__((noinline)) int walk_full(const struct walk_regs *regs, u64 linear,
	u32 access, const struct walk_memory *memory, gpa_t *gpa,
	struct insn_fault *fault)
{
	struct walker w = {regs, memory, linear, 0, access, 0};
	enum walk_end end = WALK_CHANGED;

	for (u32 i = 0; i < TRIES_MAX && end == WALK_CHANGED; i++) {
		if (regs->efer & EFER_LMA)
			end = walk_long(&w, gpa);
		else
			end = regs->cr4 & CR4_PAE ? walk_pae(&w, gpa) : walk_32(&w, gpa);
	}
	return end == WALK_LEAF ? 0 : page_fault(&w, end, fault);
}

int walk(const struct walk_regs *regs, u64 linear, u32 access,
	const struct walk_memory *memory, gpa_t *gpa, struct insn_fault *fault)
{
	if (likely(regs->cr0 & CR0_PG && regs->efer & EFER_LMA)) {
		if (unlikely(!canonical(regs, linear)))
			return general_protection(fault);
		if (likely(walk_quick(regs, linear, access, memory, gpa)))
			return 0;
		return walk_full(regs, linear, access, memory, gpa, fault);
	}
	if (regs->cr0 & CR0_PG)
		return walk_full(regs, (u32)linear, access, memory, gpa, fault);
	*gpa = GPA(linear);
	return 0;
}
