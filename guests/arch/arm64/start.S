/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest: the Linux boot protocol gives the device tree in x0, PSCI's CPU_ON (5.1.4) a
 * context there. EL1; translation, caches and interrupts are off.
 */
#include <arch/regs.h>

#define STACK_SIZE 16384

/* This cpu's registers that a reset leaves open, and its number in TPIDR_EL1. */
.macro cpu_setup
	msr	daifset, #DAIFSET_ALL
	msr	spsel, #1
	mrs	x1, mpidr_el1
	and	x1, x1, #MPIDR_AFF0
	msr	tpidr_el1, x1
	ldr	x1, =SCTLR_RES1 | SCTLR_SA0 | SCTLR_SA
	msr	sctlr_el1, x1
	msr	cpacr_el1, xzr
	adrp	x1, trap_vectors
	add	x1, x1, :lo12:trap_vectors
	msr	vbar_el1, x1
	isb
.endm

	.section .text.start, "ax"

/* First cpu; x0 = device tree. */
	.globl	_start
_start:
	cpu_setup
	adrp	x1, image_bss
	add	x1, x1, :lo12:image_bss
	adrp	x2, image_end
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b

	adrp	x1, start_stack_top
	add	x1, x1, :lo12:start_stack_top
	mov	sp, x1
	/* _Noreturn void runtime_start(const void *info) */
	b	runtime_start
	.ltorg

/* Every other cpu; x0 = struct cpu_boot, of which the first word is the stack's top. */
	.text
	.globl	cpu_entry
cpu_entry:
	cpu_setup
	ldr	x1, [x0]
	mov	sp, x1
	/* _Noreturn void cpu_main(struct cpu_boot *boot) */
	b	cpu_main

	.bss
	.balign	16
	.space	STACK_SIZE
start_stack_top:
