/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest: the SBI boot protocol and HSM's hart_start (SBI 9.1) give the hart's
 * number in a0 and a pointer in a1. Paging and interrupts are off.
 */
#define STACK_SIZE 16384

	.section .text.start, "ax"

/* First hart; a1 = device tree. */
	.globl	_start
_start:
	lla	t0, image_bss
	lla	t1, image_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	lla	sp, start_stack_top
	mv	tp, a0
	lla	t0, trap_entry
	csrw	stvec, t0
	mv	a0, a1
	/* _Noreturn void runtime_start(const void *info) */
	tail	runtime_start

/* Every other hart; a1 = struct cpu_boot, of which the first word is the stack's top. */
	.text
	.globl	cpu_entry
cpu_entry:
	ld	sp, 0(a1)
	mv	tp, a0
	lla	t0, trap_entry
	csrw	stvec, t0
	mv	a0, a1
	/* _Noreturn void cpu_main(struct cpu_boot *boot) */
	tail	cpu_main

	.bss
	.balign	16
	.space	STACK_SIZE
start_stack_top:
