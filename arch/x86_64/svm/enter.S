/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing into the guest and back (APM volume 2, 15.5 and 15.6). Seen from C this is one call,
 * guest_enter() in svm.h, that the compiler knows to clobber every register but rsp: so nothing
 * of ours is saved here that C does not need. VMRUN itself keeps rsp and rax for us.
 */
#include <arch/regs.h>

.text

/* struct vcpu *guest_run_svm(struct vcpu *vcpu): rdi; comes back in rax. GIF is 0, IF is 1. */
.globl guest_run_svm
guest_run_svm:
	pushq	%rdi
	movq	VCPU_CONTROL(%rdi), %rax
.irp reg, rcx, rdx, rbx, rbp, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	REGS_\reg(%rdi), %\reg
.endr
	movq	REGS_rdi(%rdi), %rdi
	vmload	%rax			/* fs, gs, tr, ldtr, and what goes with SYSCALL */
	vmrun	%rax
	vmsave	%rax
	xchgq	%rdi, (%rsp)
.irp reg, rcx, rdx, rbx, rbp, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	%\reg, REGS_\reg(%rdi)
.endr
	movq	VCPU_HOST_CONTROL(%rdi), %rax
	vmload	%rax
	popq	REGS_rdi(%rdi)
	movq	%rdi, %rax
	ret
