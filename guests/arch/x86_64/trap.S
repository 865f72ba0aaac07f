/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of all vectors, the landing of fault_catch(), and the switch of contexts. Everything
 * of the kernel's runs on one stack: there are no others in the TSS. <arch/frame.h>
 */
#include <arch/frame.h>

	.text

/* 256 entries, 16 bytes each, for trap.c. SDM 6.15: some push an error code. */
	.balign	16
	.globl	trap_entries
trap_entries:
	.set	vector, 0
	.rept	256
	.balign	16
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || \
		(vector == 21) || (vector == 29) || (vector == 30))
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_entry
	.set	vector, vector + 1
	.endr

/* void trap_handle(struct trap_frame *frame) */
trap_entry:
	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	pushq	%\reg
	.endr
	cld
	movq	%rsp, %rdi
	call	trap_handle
	.irp	reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	popq	%\reg
	.endr
	addq	$16, %rsp
	iretq

/* bool fault_try(void (*fn)(void *arg), void *arg, u64 *landing_sp) */
	.globl	fault_try
fault_try:
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	pushq	%\reg
	.endr
	subq	$8, %rsp
	movq	%rsp, (%rdx)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	xorl	%eax, %eax
/* trap.c sends a fault here, with the rsp stored above and rax = 1. */
	.globl	fault_landing
fault_landing:
	addq	$8, %rsp
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	popq	%\reg
	.endr
	ret

/* void context_switch(struct context *from, struct context *to) */
	.globl	context_switch
context_switch:
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	pushq	%\reg
	.endr
	movq	%rsp, (%rdi)
	movq	(%rsi), %rsp
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	popq	%\reg
	.endr
	ret

/* Where a new context begins: rbx = fn, rbp = arg. */
	.globl	context_start
context_start:
	movq	%rbp, %rdi
	call	*%rbx
