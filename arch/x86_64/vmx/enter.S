/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing into the guest and back (SDM volume 3C, chapters 26 and 27). Seen from C this is one
 * call, guest_enter() in vmx.h, that the compiler knows to clobber every register but rsp: so
 * nothing of ours is saved here that C does not need.
 */
#include <arch/regs.h>

#define VMCS_HOST_RSP_NUMBER 0x6c14

.text

/*
 * struct vcpu *guest_run_vmx(struct vcpu *vcpu): rdi, and back in rdi. CF or ZF is set if there
 * was no entry (30.2), since an exit clears both.
 */
.globl guest_run_vmx, guest_exit_vmx
guest_run_vmx:
	pushq	%rdi
	cmpq	%rsp, VCPU_HOST_RSP(%rdi)
	je	1f
	movq	%rsp, VCPU_HOST_RSP(%rdi)
	movl	$VMCS_HOST_RSP_NUMBER, %eax
	vmwrite	%rsp, %rax
1:	cmpb	$0, VCPU_LAUNCHED(%rdi)
.irp reg, rax, rcx, rdx, rbx, rbp, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	REGS_\reg(%rdi), %\reg
.endr
	movq	REGS_rdi(%rdi), %rdi
	je	2f
	vmresume
	jmp	guest_exit_vmx
2:	vmlaunch

/* VMCS_HOST_RIP */
guest_exit_vmx:
	xchgq	%rdi, (%rsp)
.irp reg, rax, rcx, rdx, rbx, rbp, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	%\reg, REGS_\reg(%rdi)
.endr
	popq	REGS_rdi(%rdi)
	ret
