// SPDX-License-Identifier: Apache-2.0
// A guest's memory as its CPU sees it (vmemory.h).
#include "vmemory.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/string.h>
#include <hv/vm.h>

/* ---- The guest's RAM, by guest-physical address ---- */

/* The bytes at `gpa`, which lie in one page; NULL if that is no RAM. */
static void *ram_at(struct vm *vm, gpa_t gpa, u32 size)
{
	const struct region *ram = &vm->mem.regions[0];
	void *at;

	if (likely(!ram->on_touch)) {
		if (unlikely(!vm_has_ram(vm, gpa, size)))
			return NULL;
		return hpa_ptr(hpa_add(ram->hpa, gpa.raw - ram->base));
	}
	vm_lock(vm);
	at = vm_ram(vm, gpa, size);
	vm_unlock(vm);
	return at;
}

static bool table_read(void *arg, gpa_t gpa, void *data, u32 size)
{
	const void *at = ram_at(arg, gpa, size);

	if (unlikely(!at))
		return false;
	/* As one: the guest's other CPUs may be writing it. */
	if (likely(size == sizeof(u64)))
		*(u64 *)data = __atomic_load_n((const u64 *)at, __ATOMIC_RELAXED);
	else
		*(u32 *)data = __atomic_load_n((const u32 *)at, __ATOMIC_RELAXED);
	return true;
}

static bool table_exchange(void *arg, gpa_t gpa, u64 old, u64 new, u32 size)
{
	void *at = ram_at(arg, gpa, size);
	u32 old32 = (u32)old;

	if (!at)
		return false;
	if (size == sizeof(u64))
		return __atomic_compare_exchange_n((u64 *)at, &old, new, false,
			__ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n((u32 *)at, &old32, (u32) new, false,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* ---- By linear address ---- */

static int walk_for(struct vcpu *vcpu, const struct guest_view *view, u64 linear,
	u32 access, gpa_t *gpa, struct insn_fault *fault)
{
	const struct walk_memory memory = {table_read, table_exchange, vcpu->vm};

	return walk(&view->walk, linear, access, &memory, gpa, fault);
}

int vmemory_translate(struct vcpu *vcpu, u64 gva, gpa_t *gpa)
{
	struct guest_view view;
	struct insn_fault fault;

	guest->view(vcpu, &view);
	return walk_for(vcpu, &view, gva, WALK_LOOK, gpa, &fault) ? -EINVAL : 0;
}

/* The part that lies in one page. */
static int access_part(struct vcpu *vcpu, const struct guest_view *view, u64 linear,
	void *data, u32 size, u32 how, gpa_t *gpa, struct insn_fault *fault)
{
	void *at;
	int err = walk_for(vcpu, view, linear, how, gpa, fault);

	if (err)
		return err;
	at = ram_at(vcpu->vm, *gpa, size);
	if (!at)
		return -ENOENT;
	if (how & WALK_WRITE)
		memcpy(at, data, size);
	else
		memcpy(data, at, size);
	return 0;
}

int vmemory_access(void *arg, u64 linear, void *data, u32 size, bool write, gpa_t *gpa,
	struct insn_fault *fault)
{
	const struct vmemory *in = arg;
	u32 how = (in->view->cpl == 3 ? WALK_USER : 0) | (write ? WALK_WRITE : 0);
	u32 first = (u32)MIN((u64)size, PAGE_SIZE - linear % PAGE_SIZE);
	gpa_t second;
	int err;

	/* Both pages are looked at before anything is changed. */
	if (unlikely(first < size)) {
		err = walk_for(in->vcpu, in->view, linear + first, how, &second, fault);
		if (err)
			return err;
	}
	err = access_part(in->vcpu, in->view, linear, data, first, how, gpa, fault);
	if (err || first == size)
		return err;
	return access_part(in->vcpu, in->view, linear + first, (u8 *)data + first,
		size - first, how, &second, fault);
}

/* ---- Instructions ---- */

static u64 linear_rip(const struct vcpu *vcpu, const struct guest_view *view)
{
	u64 linear = view->code_base + vcpu->arch.regs.rip;

	return likely(view->mode == INSN_64) ? linear : (u32)linear;
}

/* As far as there is memory: the instruction may end there. */
static u32 fetch_slowly(struct vcpu *vcpu, const struct guest_view *view, u64 linear,
	u8 *bytes, u32 max)
{
	struct insn_fault fault;
	u32 got = 0, part;
	gpa_t gpa;

	for (; got < max; got += part) {
		u64 at = linear + got;

		part = (u32)MIN((u64)max - got, PAGE_SIZE - at % PAGE_SIZE);
		if (access_part(vcpu, view, at, bytes + got, part, WALK_LOOK, &gpa,
			    &fault))
			break;
	}
	return got;
}

u32 vmemory_fetch(struct vcpu *vcpu, const struct guest_view *view, u8 *bytes, u32 max)
{
	return fetch_slowly(vcpu, view, linear_rip(vcpu, view), bytes, max);
}

/*
 * A walk takes longer than all the rest of an access to a device, so the last one is remembered,
 * with the entries it has met: as long as these say the same it would end where it did.
 */
struct recorder {
	struct vm *vm;
	struct code_page *page;
};

static bool table_record(void *arg, gpa_t gpa, void *data, u32 size)
{
	const struct recorder *in = arg;
	struct code_page *page = in->page;
	const void *at = ram_at(in->vm, gpa, size);

	if (!at || !table_read(in->vm, gpa, data, size))
		return false;
	/* Entries of 32 bits are rare enough to be walked anew. */
	if (size != sizeof(u64) || page->count == CODE_PAGE_ENTRIES) {
		page->host = NULL;
		return true;
	}
	page->at[page->count] = at;
	page->entries[page->count++] = *(const u64 *)data;
	return true;
}

static bool code_page_holds(const struct code_page *page, const struct guest_view *view,
	u64 linear)
{
	const struct walk_regs *regs = &view->walk;

	if (unlikely(page->linear != linear - linear % PAGE_SIZE ||
		    page->cr3 != regs->cr3 || page->cr0 != regs->cr0 ||
		    page->cr4 != regs->cr4 || page->efer != regs->efer))
		return false;
	for (u32 i = 0; i < page->count; i++)
		if (unlikely(__atomic_load_n(page->at[i], __ATOMIC_RELAXED) !=
			    page->entries[i]))
			return false;
	return true;
}

/* Where the bytes at `linear` are; NULL: nowhere that can be read. */
static const u8 *code_at(struct vcpu *vcpu, const struct guest_view *view, u64 linear)
{
	struct code_page *page = &vcpu->arch.code_page;
	struct recorder recorder = {vcpu->vm, page};
	const struct walk_memory memory = {table_record, NULL, &recorder};
	struct insn_fault fault;
	gpa_t gpa;
	u8 *at;

	if (likely(page->host && code_page_holds(page, view, linear)))
		return page->host + linear % PAGE_SIZE;
	*page = (struct code_page){
		.linear = linear - linear % PAGE_SIZE,
		.cr3 = view->walk.cr3,
		.cr0 = view->walk.cr0,
		.cr4 = view->walk.cr4,
		.efer = view->walk.efer,
		.host = (u8 *)page, /* not NULL: all entries can be remembered so far */
	};
	if (walk(&view->walk, linear, WALK_LOOK, &memory, &gpa, &fault)) {
		page->host = NULL;
		return NULL;
	}
	at = ram_at(vcpu->vm, GPA(gpa.raw - gpa.raw % PAGE_SIZE), PAGE_SIZE);
	if (page->host)
		page->host = at;
	return at ? at + linear % PAGE_SIZE : NULL;
}

#define FETCH_BYTES 16 /* at once, if that does not cross a page */

/* What has the same bytes is the same instruction. */
static bool decode_bytes(struct vcpu *vcpu, enum insn_mode mode, const u8 *bytes)
{
	struct decoded *slot =
		&vcpu->arch.decoded[vcpu->arch.regs.rip / 4 % DECODED_SLOTS];
	u64 low, high;

	__builtin_memcpy(&low, bytes, sizeof(low));
	__builtin_memcpy(&high, bytes + sizeof(low), sizeof(high));
	vcpu->arch.insn = &slot->insn;
	if (likely(slot->low == low && slot->high == high && slot->mode == mode)) {
		slot->insn.step = 0; /* one that was never finished */
		return true;
	}
	slot->mode = 0;
	slot->low = low;
	slot->high = high;
	if (!insn_decode((const u8 *)&slot->low, INSN_BYTES_MAX, mode, &slot->insn))
		return false;
	slot->mode = mode;
	return true;
}
_Static_assert(offsetof(struct decoded, high) ==
		offsetof(struct decoded, low) + sizeof(u64),
	"16 bytes in a row");

bool vmemory_decode(struct vcpu *vcpu, const struct guest_view *view, const u8 *bytes,
	u32 count)
{
	u64 linear = linear_rip(vcpu, view);
	u8 fetched[INSN_BYTES_MAX];

	if (likely(!count && linear % PAGE_SIZE <= PAGE_SIZE - FETCH_BYTES)) {
		bytes = code_at(vcpu, view, linear);
		return bytes && decode_bytes(vcpu, view->mode, bytes);
	}
	if (!count) {
		bytes = fetched;
		count = fetch_slowly(vcpu, view, linear, fetched, sizeof(fetched));
	}
	vcpu->arch.insn = &vcpu->arch.decoded[0].insn;
	vcpu->arch.decoded[0].mode = 0;
	return insn_decode(bytes, count, view->mode, vcpu->arch.insn);
}
