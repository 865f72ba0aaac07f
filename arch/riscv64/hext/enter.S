/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing into the guest and back. Seen from C this is one call, guest_enter() in hext.h,
 * that the compiler knows to clobber every register but sp and tp: so nothing of ours is
 * saved here that C does not need.
 */
#include <arch/regs.h>

.text

/* struct vcpu *guest_run(struct vcpu *vcpu); clobbers all but sp and tp. */
.globl guest_run
guest_run:
	sd	sp, VCPU_HOST_SP(a0)
	sd	ra, VCPU_HOST_RA(a0)
	ld	t0, REGS_PC(a0)
	csrw	sscratch, a0
	csrw	sepc, t0
.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, REGS_X(\n)(a0)
.endr
	ld	a0, REGS_X(10)(a0)
	sret

/* From trap_vector: a0 = vcpu, sscratch = the guest's a0. */
.globl guest_leave
guest_leave:
.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, REGS_X(\n)(a0)
.endr
	csrrw	t0, sscratch, zero
	csrr	t1, sepc
	sd	t0, REGS_X(10)(a0)
	sd	t1, REGS_PC(a0)
	ld	sp, VCPU_HOST_SP(a0)
	ld	tp, VCPU_HOST_TP(a0)
	ld	ra, VCPU_HOST_RA(a0)
	ret

/*
 * s64 guest_fetch16(u64 gva), guest_fetch32(u64 gva): what the guest would fetch at gva, or
 * -1. A load that traps goes on at guest_fetch_failed, see trap_guest_access().
 */
.globl guest_fetch16, guest_fetch32, guest_fetch_failed
guest_fetch16:
	hlvx.hu	a0, (a0)
	ret
guest_fetch32:
	hlvx.wu	a0, (a0)
	ret
guest_fetch_failed:
	li	a0, -1
	ret

/* void fp_save(struct fp_state *fp); void fp_restore(const struct fp_state *fp); FS not off */
.option push
.option arch, +d
.globl fp_save, fp_restore
fp_save:
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, (\n * 8)(a0)
.endr
	csrr	t0, fcsr
	sd	t0, (32 * 8)(a0)
	ret
fp_restore:
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, (\n * 8)(a0)
.endr
	ld	t0, (32 * 8)(a0)
	csrw	fcsr, t0
	ret
.option pop
