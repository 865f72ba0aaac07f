// SPDX-License-Identifier: Apache-2.0
// A guest's memory as its CPU sees it: by linear address, through the guest's own tables (walk.h);
// and the instructions in it. On the vCPU's cpu, vCPU loaded or not running, no locks held.
#pragma once

#include "guest.h"

struct vmemory {
	struct vcpu *vcpu;
	const struct guest_view *view;
};

/* struct insn_memory.access, arg being a struct vmemory. */
int vmemory_access(void *arg, u64 linear, void *data, u32 size, bool write, gpa_t *gpa,
	struct insn_fault *fault);

/* backend->translate */
int vmemory_translate(struct vcpu *vcpu, u64 gva, gpa_t *gpa);

/* The bytes at rip: how many could be read, at most `max`. */
u32 vmemory_fetch(struct vcpu *vcpu, const struct guest_view *view, u8 *bytes, u32 max);

/*
 * Decodes the instruction at rip into *vcpu->arch.insn, step 0. `bytes` are those that the
 * hardware has fetched; count 0: it has not. False if it is none that insn_run() knows.
 */
bool vmemory_decode(struct vcpu *vcpu, const struct guest_view *view, const u8 *bytes,
	u32 count);
