/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measured loops and the trap handlers that go with them. A loop is a function, so all
 * t and a registers are its own, and the handlers use them without saving any.
 */
#define EXT_TIME 0x54494d45

	.text

/*
 * void NAME(u64 count, const u64 call[4]): calls { a7, a6, a0, a1 }. `insn` is ecall, or
 * what stands in its place where the loop's own cost is wanted.
 */
.macro call_loop name, insn:vararg
	.globl	\name
\name:
	mv	t0, a0
	ld	t1, 0(a1)
	ld	t2, 8(a1)
	ld	t3, 16(a1)
	ld	t4, 24(a1)
1:	mv	a7, t1
	mv	a6, t2
	mv	a0, t3
	mv	a1, t4
	\insn
	addi	t0, t0, -1
	bnez	t0, 1b
	ret
.endm

	call_loop loop_call, ecall
	call_loop loop_call_base, nop

/* The same, but each call causes an interrupt; its handler sets t5. */
.macro irq_loop name, insn:vararg
	.globl	\name
\name:
	mv	t0, a0
	ld	t1, 0(a1)
	ld	t2, 8(a1)
	ld	t3, 16(a1)
	ld	t4, 24(a1)
1:	li	t5, 0
	mv	a7, t1
	mv	a6, t2
	mv	a0, t3
	mv	a1, t4
	\insn
2:	beqz	t5, 2b
	addi	t0, t0, -1
	bnez	t0, 1b
	ret
.endm

	irq_loop loop_irq, ecall
	irq_loop loop_irq_base, li t5, 1

	.balign	4
	.globl	handler_ipi
handler_ipi:
	csrci	sip, 1 << 1
	li	t5, 1
	sret

	.balign	4
	.globl	handler_timer
handler_timer:
	li	a7, EXT_TIME
	li	a6, 0
	li	a0, -1
	ecall
	li	t5, 1
	sret

/* void loop_load(u64 count, u64 addr), void loop_store(u64 count, u64 addr): bytes */
	.globl	loop_load
loop_load:
	lbu	a2, (a1)
	addi	a0, a0, -1
	bnez	a0, loop_load
	ret

	.globl	loop_store
loop_store:
	sb	zero, (a1)
	addi	a0, a0, -1
	bnez	a0, loop_store
	ret

/*
 * How late a handler is, finer than a tick: it counts in t4 how often it can read the clock
 * until the next tick, t3. The interrupt stays off afterwards: it is still pending.
 */
	.balign	4
	.globl	handler_latency
handler_latency:
	rdtime	t2
	li	t4, 0
1:	addi	t4, t4, 1
	rdtime	t3
	beq	t3, t2, 1b
	li	t5, 1 << 5
	csrc	sie, t5
	sret

/*
 * u64 latency_busy(u64 *rounds), u64 latency_asleep(u64 *rounds): with the timer armed and
 * unmasked but sstatus.SIE off, wait for handler_latency; return its t3, and t4 in *rounds.
 */
.macro latency name, insn
	.globl	\name
\name:
	li	t5, 0
	\insn
	csrsi	sstatus, 1 << 1
1:	beqz	t5, 1b
	csrci	sstatus, 1 << 1
	sd	t4, (a0)
	mv	a0, t3
	ret
.endm

	latency latency_busy, nop
	latency latency_asleep, wfi

/* u64 latency_rounds(u64 end): how often the loop of handler_latency goes until `end`. */
	.globl	latency_rounds
latency_rounds:
	li	t4, 0
1:	addi	t4, t4, 1
	rdtime	t3
	bltu	t3, a0, 1b
	mv	a0, t4
	ret
