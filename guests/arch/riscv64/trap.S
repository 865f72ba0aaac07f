/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trap entry, the landing of fault_catch(), and the switch of contexts. Everything runs
 * in supervisor mode on one stack, so a trap keeps the sp it finds. <arch/frame.h>
 */
#include <arch/frame.h>

	.text

/* void trap_interrupt(u64 cause); void trap_exception(struct trap_frame *frame) */
	.globl	trap_entry
	.balign	4
trap_entry:
	addi	sp, sp, -FRAME_SIZE
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	sd	x\n, 8 * \n(sp)
	.endr
	csrr	a0, scause
	csrr	t0, sepc
	csrr	t1, sstatus
	sd	t0, FRAME_PC(sp)
	sd	t1, FRAME_STATUS(sp)
	bgez	a0, exception

	call	trap_interrupt
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	ld	x\n, 8 * \n(sp)
	.endr
	addi	sp, sp, FRAME_SIZE
	sret

exception:
	addi	t0, sp, FRAME_SIZE
	sd	t0, FRAME_SP(sp)
	.irp	n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, 8 * \n(sp)
	.endr
	mv	a0, sp
	call	trap_exception
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, 8 * \n(sp)
	.endr
	/* Last, for fault_catch() has moved it. */
	ld	sp, FRAME_SP(sp)
	sret

/* bool fault_try(void (*fn)(void *arg), void *arg, u64 *landing_sp) */
	.globl	fault_try
fault_try:
	addi	sp, sp, -112
	sd	ra, 0(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 + 8 * \n(sp)
	.endr
	sd	sp, (a2)
	mv	t0, a0
	mv	a0, a1
	jalr	t0
	li	a0, 0
/* trap.c sends a fault here, with the sp stored above and a0 = 1. */
	.globl	fault_landing
fault_landing:
	ld	ra, 0(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 + 8 * \n(sp)
	.endr
	addi	sp, sp, 112
	ret

/* void context_switch(struct context *from, struct context *to) */
	.globl	context_switch
context_switch:
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 16 + 8 * \n(a0)
	.endr
	ld	ra, 0(a1)
	ld	sp, 8(a1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 16 + 8 * \n(a1)
	.endr
	ret

/* Where a new context begins: s0 = fn, s1 = arg. */
	.globl	context_start
context_start:
	mv	a0, s1
	jr	s0
