// SPDX-License-Identifier: Apache-2.0
// The hext backend's parts: entry (enter.S), exits (hext.c), state that stays on the hart
// between exits (state.c), the guest's own page tables (translate.c).
#pragma once

#include <hv/backend.h>
#include <hv/vcpu.h>
#include <arch/csr.h>

/* enter.S */
struct vcpu *guest_run(struct vcpu *vcpu);
s64 guest_fetch16(u64 gva);
s64 guest_fetch32(u64 gva);
extern char guest_fetch_failed[];
void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);

/*
 * Enters the guest and comes back when it exits. The guest's registers replace all of ours but
 * sp and tp, so the compiler is told, and keeps only what it needs: on the shortest exits that
 * is nothing but the vCPU, which comes back in a0.
 */
static inline struct vcpu *guest_enter(struct vcpu *vcpu)
{
	register struct vcpu *a0 asm("a0") = vcpu;

	asm volatile("call guest_run"
		: "+r"(a0)
		:
		: "ra", "gp", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3",
		"a4", "a5", "a6", "a7", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
		"s8", "s9", "s10", "s11", "memory");
	return a0;
}

/* ---- state.c ---- */

/* Once, before the others: false if hgatp has neither format that we know. */
bool state_probe(void);
int state_cpu_on(void);
const struct pt_format *state_guest_pt(void);
int state_vm_init(struct vm *vm);
int state_vcpu_init(struct vcpu *vcpu);
void state_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1);
void state_load(struct vcpu *vcpu);
void state_save(struct vcpu *vcpu);
/* Interrupts and fences that other cpus asked for; vCPU loaded. */
void state_take_requests(struct vcpu *vcpu);
void state_set_irq(struct vcpu *vcpu, u32 irq, bool level);
bool state_irq_pending(struct vcpu *vcpu);
void state_flush(struct vm *vm, gpa_t gpa, u64 size);

/* ---- translate.c ---- */

int translate_gva(struct vcpu *vcpu, u64 gva, gpa_t *gpa);
/*
 * The instruction at the pc, 0 if it cannot be fetched (as code, 0 is never valid). The upper
 * half of a 16-bit one may be anything. vCPU loaded.
 */
u32 fetch_insn(struct vcpu *vcpu);
