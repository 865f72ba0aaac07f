// SPDX-License-Identifier: Apache-2.0
// A guest's own page tables, walked in software (SDM volume 3A, chapter 4): 32-bit, PAE, 4-level
// and 5-level paging. Pure.
#pragma once

#include <arch/insn.h>

/* The guest's registers of these names. */
struct walk_regs {
	u64 cr0, cr3, cr4, efer;
	u64 rflags; /* AC, for SMAP */
};

enum walk_access {
	WALK_WRITE = 1,
	WALK_USER = 2,
	WALK_FETCH = 4,
	WALK_LOOK = 8, /* for us: nothing is forbidden, no A or D bit is set */
};

/* How tables are read: `size` bytes (4 or 8) at `gpa`; false if there is no RAM. */
struct walk_memory {
	bool (*read)(void *arg, gpa_t gpa, void *data, u32 size);
	/* Replaces `old` by `new` at once if it is still there; false if not, or no RAM. */
	bool (*exchange)(void *arg, gpa_t gpa, u64 old, u64 new, u32 size);
	void *arg;
};

/*
 * Where `linear` leads. 0, with A and D bits set as the processor does; -EFAULT with *fault, the
 * exception the guest gets: a page fault, or #GP(0) for an address that is not canonical (where
 * the access was to the stack, #SS(0) is right, which the caller knows). Without paging it is
 * the linear address itself; outside long mode only its lower 32 bits count. A walk is bounded,
 * whatever other CPUs do to the tables meanwhile: one that has lost too many races, or whose
 * tables cannot be written, is a page fault too. Protection keys are not looked at.
 */
int walk(const struct walk_regs *regs, u64 linear, u32 access,
	const struct walk_memory *memory, gpa_t *gpa, struct insn_fault *fault);
