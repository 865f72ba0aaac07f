/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions and interrupts, SYSCALL, and the switch from one task to another (SDM 6.14, 5.8.8).
 * In the kernel, gs is struct cpu_local.
 */
#include <arch/regs.h>
#include "layout.h"

#define VECTORS        256
#define HAS_ERROR_CODE 0x60227d00 /* of the exceptions: bit n of vector n */
#define STUB_SIZE      16
#define FRAME_VECTOR   16         /* both of vector and error */

	.text
	/* extern const char trap_stubs[VECTORS][STUB_SIZE] */
	.balign	STUB_SIZE
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	VECTORS
	.balign	STUB_SIZE
	.if	vector >= 32 || !(HAS_ERROR_CODE >> vector & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

trap_common:
	testb	$SELECTOR_RPL, 24(%rsp)
	jz	1f
	swapgs
1:	.irp	reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	pushq	%\reg
	.endr
	cld
	movq	%rsp, %rdi
	/* void trap_handle(struct frame *frame) */
	call	trap_handle
	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	popq	%\reg
	.endr
	testb	$SELECTOR_RPL, 24(%rsp)
	jz	1f
	swapgs
1:	addq	$FRAME_VECTOR, %rsp
	iretq

	/* By rax, with up to three arguments; rax is the result, and what C may change is. */
	.globl	syscall_entry
syscall_entry:
	swapgs
	movq	%rsp, %gs:CPU_USER_RSP
	movq	%gs:CPU_KERNEL_RSP, %rsp
	pushq	%gs:CPU_USER_RSP
	pushq	%r11
	pushq	%rcx
	pushq	%rcx		/* aligned */
	movq	%rax, %rcx
	/* u64 syscall_handle(u64 a, u64 b, u64 c, u64 number) */
	call	syscall_handle
	popq	%rcx
	popq	%rcx
	popq	%r11
	popq	%rsp
	swapgs
	sysretq

	/* void context_switch(u64 *old_rsp, u64 new_rsp) */
	.globl	context_switch
context_switch:
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	pushq	%\reg
	.endr
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	popq	%\reg
	.endr
	ret

	/* _Noreturn void user_enter(u64 rip, u64 rsp), interrupts off */
	.globl	user_enter
user_enter:
	movq	%rdi, %rcx
	movl	$(RFLAGS_IF + RFLAGS_ONE), %r11d
	movq	%rsi, %rsp
	xorl	%ebp, %ebp
	swapgs
	sysretq
