// SPDX-License-Identifier: Apache-2.0
// The svm backend's parts: entry (enter.S), exits (svm.c), the VMCB and what is set up once
// (state.c).
#pragma once

#include <hv/backend.h>
#include <hv/vcpu.h>

#include "../guest.h"
#include "vmcb.h"

/* enter.S */
struct vcpu *guest_run_svm(struct vcpu *vcpu);

/*
 * Enters the guest and comes back when it exits. The guest's registers replace all of ours but
 * rsp, so the compiler is told, and keeps only what it needs: on the shortest exits that is
 * nothing but the vCPU, which comes back.
 */
static inline struct vcpu *guest_enter(struct vcpu *vcpu)
{
	register struct vcpu *rdi asm("rdi") = vcpu;
	register struct vcpu *rax asm("rax");

	asm volatile("call guest_run_svm"
		: "=r"(rax), "+r"(rdi)
		:
		: "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11", "r12",
		"r13", "r14", "r15", "cc", "memory");
	return rax;
}

/* ---- state.c ---- */

/* What CPUID offers of SVM, SVM_*; filled by state_probe(). */
extern u32 svm_features;

/* Once, before the others: 0, or -ENODEV and what is missing in *why. */
int state_probe(const char **why);
int state_cpu_on(void);
const struct pt_format *state_guest_pt(void);
int state_vm_init(struct vm *vm);
int state_vcpu_init(struct vcpu *vcpu);
void state_vcpu_fini(struct vcpu *vcpu);
void state_load(struct vcpu *vcpu);
void state_save(struct vcpu *vcpu);
void state_flush(struct vm *vm, gpa_t gpa, u64 size);
extern const struct guest_ops svm_guest;
/* The guest is at the IRET that ends an NMI. */
void state_iret(struct vcpu *vcpu);
/*
 * An exit behind the next instruction at the latest, by RFLAGS.TF. After it, state_step_end(); a
 * #DB is not for the guest then, unless it steps itself.
 */
void state_step(struct vcpu *vcpu);
void state_step_end(struct vcpu *vcpu);
/* It enters again where blocking by STI or MOV SS has not ended. */
void state_shadow(struct vcpu *vcpu);

/* Something in the VMCB was changed that the processor may have cached (15.15). */
static inline void vmcb_changed(struct vcpu *vcpu)
{
	vcpu->arch.vmcb->clean = 0;
}
