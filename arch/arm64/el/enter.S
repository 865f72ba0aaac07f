/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing into the guest and back, at EL2 and at EL1. Seen from C this is one call,
 * guest_enter_*() in el.h, that the compiler knows to clobber every register but SP and x18: so
 * nothing of ours is saved here that C does not need. While the guest runs, SP is its vCPU.
 *
 * At EL1 the guest's map takes the place of ours in TTBR0, so meanwhile this runs in the copy of
 * our map that TTBR1 has at HIGH_BASE; `ret` leads back to where we are at home.
 */
#include <arch/regs.h>

/* struct vcpu *guest_run_<el>(struct vcpu *vcpu): how it was left is in x1 (LEFT_*). */
.macro guest_switch el
	.globl	guest_run_\el, guest_leave_\el
guest_run_\el:
	mov	x9, sp
	str	x9, [x0, #VCPU_HOST_SP]
	str	x30, [x0, #VCPU_HOST_LR]
	ldp	x9, x10, [x0, #REGS_PC]
	msr	elr_\el, x9
	msr	spsr_\el, x10
.ifc \el, el1
	ldr	x9, [x0, #VCPU_TTBR0]
	orr	x10, x0, #HIGH_BASE
	mov	sp, x10
	adr	x10, 1f
	orr	x10, x10, #HIGH_BASE
	br	x10
1:	msr	ttbr0_el1, x9
	isb
.else
	mov	sp, x0
.endif
	pairs	ldp, sp, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	ldr	x30, [sp, #REGS_X(30)]
	eret
	dsb	nsh			/* nothing is to be speculated behind an eret */
	isb

/* From the vectors: x0 and x1 are saved, x1 = LEFT_*. */
guest_leave_\el:
	pairs	stp, sp, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	str	x30, [sp, #REGS_X(30)]
	mrs	x9, elr_\el
	mrs	x10, spsr_\el
	stp	x9, x10, [sp, #REGS_PC]
	mov	x0, sp
.ifc \el, el1
	ldr	x9, [sp, #VCPU_HOST_TTBR0]
	msr	ttbr0_el1, x9
	isb
	and	x0, x0, #~HIGH_BASE
.endif
	ldr	x9, [x0, #VCPU_HOST_SP]
	ldp	x30, x18, [x0, #VCPU_HOST_LR]
	mov	sp, x9
	ret
.endm

.text
	guest_switch el1
	guest_switch el2

/* void fp_save(struct fp_state *fp); void fp_restore(const struct fp_state *fp); */
.arch_extension fp
.arch_extension simd
.macro fp_pairs insn
.irp n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	fp_pair_\n \insn
.endr
.endm
.macro fp_pair n, next
.macro fp_pair_\n insn
	\insn	q\n, q\next, [x0, #(\n * 16)]
.endm
.endm
	fp_pair	0, 1
	fp_pair	2, 3
	fp_pair	4, 5
	fp_pair	6, 7
	fp_pair	8, 9
	fp_pair	10, 11
	fp_pair	12, 13
	fp_pair	14, 15
	fp_pair	16, 17
	fp_pair	18, 19
	fp_pair	20, 21
	fp_pair	22, 23
	fp_pair	24, 25
	fp_pair	26, 27
	fp_pair	28, 29
	fp_pair	30, 31

.globl fp_save, fp_restore
fp_save:
	fp_pairs stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	add	x0, x0, #(32 * 16)
	stp	x1, x2, [x0]
	ret
fp_restore:
	fp_pairs ldp
	add	x0, x0, #(32 * 16)
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret
