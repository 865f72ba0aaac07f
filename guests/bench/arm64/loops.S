/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measured loops and the interrupt handlers that go with them. A loop is a function, so
 * x0-x17 are its own, and the handlers use them without saving any.
 */
#include <arch/regs.h>

#define GICC_IAR_OFFSET  0x0c
#define GICC_EOIR_OFFSET 0x10
#define VECTOR_IRQ       0x280 /* from EL1 on SP_EL1 */

	.text

/* void NAME(u64 count, u64 addr) */
.macro plain_loop name, insn:vararg
	.globl	\name
\name:	mov	x9, x0
1:	\insn
	subs	x9, x9, #1
	b.ne	1b
	ret
.endm

	plain_loop loop_sysreg, mrs x2, id_aa64mmfr0_el1
	plain_loop loop_load, ldr w2, [x1]
	plain_loop loop_store, str wzr, [x1]
	plain_loop loop_base, nop

/* void NAME(u64 count, u64 function) */
.macro call_loop name, insn:vararg
	.globl	\name
\name:	mov	x9, x0
1:	mov	x0, x1
	\insn
	subs	x9, x9, #1
	b.ne	1b
	ret
.endm

	call_loop loop_call, hvc #0
	call_loop loop_call_base, nop

/*
 * void NAME(u64 count, u64 value, u64 addr, u64 gicc): each round makes an interrupt, by x1 and
 * for GICv2 [x2]; its handler sets x5. x6 turns a timer on.
 */
.macro irq_loop name, first:req, second
	.globl	\name
\name:	mov	x6, #CNT_CTL_ENABLE
1:	mov	x5, #0
	\first
	\second
2:	cbz	x5, 2b
	subs	x0, x0, #1
	b.ne	1b
	ret
.endm

	irq_loop loop_ipi_v3, "msr icc_sgi1r_el1, x1"
	irq_loop loop_ipi_v2, "str w1, [x2]"
	irq_loop loop_vtimer, "msr cntv_cval_el0, x1", "msr cntv_ctl_el0, x6"
	irq_loop loop_ptimer, "msr cntp_cval_el0, x1", "msr cntp_ctl_el0, x6"
	irq_loop loop_irq_base, "mov x5, #1"

/* The only vector of a table of its own. */
.macro handler name
	.balign	0x800
	.globl	\name
\name:	.space	VECTOR_IRQ
.endm

.macro take_v3 timer
	mrs	x4, icc_iar1_el1
	.ifnb	\timer
	mov	x5, #CNT_CTL_ENABLE | CNT_CTL_IMASK
	msr	\timer, x5
	.endif
	msr	icc_eoir1_el1, x4
	mov	x5, #1
	eret
.endm

.macro take_v2 timer
	ldr	w4, [x3, #GICC_IAR_OFFSET]
	.ifnb	\timer
	mov	x5, #CNT_CTL_ENABLE | CNT_CTL_IMASK
	msr	\timer, x5
	.endif
	str	w4, [x3, #GICC_EOIR_OFFSET]
	mov	x5, #1
	eret
.endm

/*
 * How late a handler is, finer than a tick: it counts in x10 how often it can read the clock
 * until the next tick, x11.
 */
.macro next_tick
	mrs	x12, cntvct_el0
	mov	x10, #0
1:	add	x10, x10, #1
	mrs	x11, cntvct_el0
	cmp	x11, x12
	b.eq	1b
.endm

	handler	handler_ipi_v3
	take_v3
	handler	handler_ipi_v2
	take_v2
	handler	handler_vtimer_v3
	take_v3	cntv_ctl_el0
	handler	handler_vtimer_v2
	take_v2	cntv_ctl_el0
	handler	handler_ptimer_v3
	take_v3	cntp_ctl_el0
	handler	handler_ptimer_v2
	take_v2	cntp_ctl_el0
	handler	handler_latency_v3
	next_tick
	take_v3	cntv_ctl_el0
	handler	handler_latency_v2
	next_tick
	take_v2	cntv_ctl_el0

/*
 * u64 NAME(u64 *rounds, u64 gicc): with the timer armed and unmasked but
 * interrupts off, wait for handler_latency; return its x11, and x10 in *rounds.
 */
.macro latency name, insn
	.globl	\name
\name:	mov	x5, #0
	mov	x3, x1
	\insn
	msr	daifclr, #DAIFSET_I
1:	cbz	x5, 1b
	msr	daifset, #DAIFSET_I
	str	x10, [x0]
	mov	x0, x11
	ret
.endm

	latency latency_busy, nop
	latency latency_asleep, wfi

/* u64 latency_rounds(u64 end): how often the loop of next_tick goes until `end`. */
	.globl	latency_rounds
latency_rounds:
	mov	x10, #0
1:	add	x10, x10, #1
	mrs	x11, cntvct_el0
	cmp	x11, x0
	b.lo	1b
	mov	x0, x10
	ret
