// SPDX-License-Identifier: Apache-2.0
// The two backends, el2 and el1, named after the level we run at, and what they share: entry
// (enter.S), exits (el2.c, el1.c), state that stays on the cpu between exits (state.c), accesses
// to devices (access.c), the guest's own page tables (translate.c).
#pragma once

#include <hv/backend.h>
#include <hv/vcpu.h>
#include <arch/sysreg.h>

struct vgic;

extern const struct backend el2, el1;

/* ---- enter.S ---- */

void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);

/*
 * Enters the guest and comes back when it exits, with how in *left (LEFT_*). The guest's
 * registers replace all of ours but SP and x18, so the compiler is told, and keeps only what it
 * needs: on the shortest exits that is nothing but the vCPU, which comes back in x0.
 */
#define GUEST_ENTER(el)                                                                 \
	static inline struct vcpu *guest_enter_##el(struct vcpu *vcpu, u64 *left)       \
	{                                                                               \
		register struct vcpu *x0 asm("x0") = vcpu;                              \
		register u64 x1 asm("x1");                                              \
                                                                                        \
		asm volatile("bl guest_run_" #el                                        \
			: "+r"(x0), "=r"(x1)                                            \
			:                                                               \
			: "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
			"x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21",  \
			"x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",  \
			"cc", "memory");                                                \
		*left = x1;                                                             \
		return x0;                                                              \
	}
GUEST_ENTER(el1)
GUEST_ENTER(el2)

/* ---- state.c: backend el2's vCPU functions, as <hv/backend.h> has them ---- */

int state_probe(const char **why);
int state_cpu_on(void);
const struct pt_format *state_guest_pt(void);
int state_vm_init(struct vm *vm);
int state_vcpu_init(struct vcpu *vcpu);
void state_vcpu_fini(struct vcpu *vcpu);
void state_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1);
void state_load(struct vcpu *vcpu);
void state_save(struct vcpu *vcpu);
void state_flush(struct vm *vm, gpa_t gpa, u64 size);
/* One register of el_state, wherever it is now: on the cpu or saved. */
#define state_read(vcpu, name) \
	((vcpu)->arch.loaded == cpu_this() ? sysreg_read(name) : (vcpu)->arch.el.name)

/* ---- debug.c: break- and watchpoints of backend el2's guests ---- */

void debug_cpu_on(void);
void debug_reset(struct vcpu *vcpu);
void debug_load(struct vcpu *vcpu);
void debug_save(struct vcpu *vcpu);
/* Lets the guest at the debug registers, from its first access on; vCPU loaded. */
void debug_give(struct vcpu *vcpu);

/* ---- access.c ---- */

/* The general register n as an instruction names it: 31 is zero. */
static inline u64 regs_get(const struct vcpu *vcpu, u32 n)
{
	return n < ARRAY_LEN(vcpu->arch.regs.x) ? vcpu->arch.regs.x[n] : 0;
}

static inline void regs_set(struct vcpu *vcpu, u32 n, u64 value)
{
	if (n < ARRAY_LEN(vcpu->arch.regs.x))
		vcpu->arch.regs.x[n] = value;
}

/*
 * Makes the vCPU's exit an EXIT_MMIO at `gpa` from the syndrome of the abort, or where that does
 * not describe the access, from the instruction. False if that is no plain load or store.
 */
bool access_decode(struct vcpu *vcpu, u64 esr, gpa_t gpa);
/* backend->finish() after it. */
bool access_finish(struct vcpu *vcpu);

/* ---- translate.c ---- */

int translate_gva(struct vcpu *vcpu, u64 gva, gpa_t *gpa);
/* The instruction at the pc; 0, which is undefined, if it cannot be fetched. */
u32 fetch_insn(struct vcpu *vcpu);

/* ---- el2.c ---- */

/* backend el2's interrupts of ours, acknowledged: true if `irq` was one, and was ended. */
bool el2_irq(u32 irq);
