/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one trap vector of a hart. sscratch tells whose trap it is: a struct vcpu while a guest
 * runs, 0 while we do. A guest's leads back into the call of guest_enter() that entered it
 * (hext/enter.S); our own is a bug or a probe, and goes to C on a stack that still works.
 */
#include <arch/regs.h>

.text
.globl trap_vector
.balign 4
trap_vector:
	csrrw	a0, sscratch, a0
	bnez	a0, guest_leave

	csrrw	a0, sscratch, zero	/* was 0: put a0 back, keep 0 */
	bnez	tp, 1f
	addi	sp, sp, -HOST_TRAP_SIZE	/* before there is a struct cpu: the boot stack */
	sd	t0, REGS_X(5)(sp)
	addi	t0, sp, HOST_TRAP_SIZE
	j	2f
1:	csrw	sscratch, t0
	mv	t0, sp
	ld	sp, CPU_TRAP_SP(tp)
	addi	sp, sp, -HOST_TRAP_SIZE
	sd	t0, REGS_X(2)(sp)
	csrrw	t0, sscratch, zero
	sd	t0, REGS_X(5)(sp)
	ld	t0, REGS_X(2)(sp)
2:	sd	t0, REGS_X(2)(sp)	/* the sp of the trap */
.irp n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, REGS_X(\n)(sp)
.endr
	/* void trap_host(struct host_trap *trap): returns only to skip a probed instruction. */
	mv	a0, sp
	call	trap_host
.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, REGS_X(\n)(sp)
.endr
	ld	sp, REGS_X(2)(sp)
	sret
