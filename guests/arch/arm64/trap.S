/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors, the landing of fault_catch(), and the switch of contexts. Everything runs
 * at EL1 on SP_EL1, so a trap keeps the sp it finds. <arch/frame.h>
 */
#include <arch/frame.h>

	.text

.macro vector target
	.balign	0x80
	b	\target
.endm

/* D1.3.1.5: synchronous, IRQ, FIQ, SError; from SP_EL0, SP_EL1, EL0, EL0 of AArch32. */
	.balign	0x800
	.globl	trap_vectors
trap_vectors:
	.irp	from, unexpected, known, known, unexpected
	.ifc	\from, known
	vector	exception
	vector	interrupt
	vector	unexpected
	vector	exception
	.else
	.rept	4
	vector	unexpected
	.endr
	.endif
	.endr

/* void trap_interrupt(void) */
interrupt:
	sub	sp, sp, #FRAME_SIZE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 30
	str	x\n, [sp, #8 * \n]
	.endr
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #FRAME_PC]
	bl	trap_interrupt
	ldp	x0, x1, [sp, #FRAME_PC]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 30
	ldr	x\n, [sp, #8 * \n]
	.endr
	add	sp, sp, #FRAME_SIZE
	eret

/* void trap_exception(struct trap_frame *frame) */
exception:
	sub	sp, sp, #FRAME_SIZE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [sp, #8 * \n]
	.endr
	add	x0, sp, #FRAME_SIZE
	str	x0, [sp, #FRAME_SP]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #FRAME_PC]
	mov	x0, sp
	bl	trap_exception
	ldp	x0, x1, [sp, #FRAME_PC]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [sp, #8 * \n]
	.endr
	/* sp last, for fault_catch() has moved it up: x0 and x1 move to below where it goes. */
	ldp	x0, x1, [sp]
	str	x2, [sp]
	ldr	x2, [sp, #FRAME_SP]
	stp	x0, x1, [x2, #-16]
	mov	x0, sp
	mov	sp, x2
	ldr	x2, [x0]
	ldp	x0, x1, [sp, #-16]
	eret

/* _Noreturn void trap_unexpected(void) */
unexpected:
	b	trap_unexpected

/* bool fault_try(void (*fn)(void *arg), void *arg, u64 *landing_sp) */
	.globl	fault_try
fault_try:
	sub	sp, sp, #96
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [sp, #8 * (\n - 19)]
	.endr
	mov	x3, sp
	str	x3, [x2]
	mov	x3, x0
	mov	x0, x1
	blr	x3
	mov	x0, #0
/* trap.c sends a fault here, with the sp stored above and x0 = 1. */
	.globl	fault_landing
fault_landing:
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [sp, #8 * (\n - 19)]
	.endr
	add	sp, sp, #96
	ret

/* void context_switch(struct context *from, struct context *to) */
	.globl	context_switch
context_switch:
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x0, #8 * (\n - 19)]
	.endr
	mov	x2, sp
	str	x2, [x0, #96]
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [x1, #8 * (\n - 19)]
	.endr
	ldr	x2, [x1, #96]
	mov	sp, x2
	ret

/* Where a new context begins: x19 = fn, x20 = arg. */
	.globl	context_start
context_start:
	mov	x0, x20
	br	x19
