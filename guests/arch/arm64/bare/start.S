/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest at EL0. No register holds anything, and there is no device tree.
 */
#define STACK_SIZE 16384

	.section .text.start, "ax"
	.globl	_start
_start:
	adrp	x1, image_bss
	add	x1, x1, :lo12:image_bss
	adrp	x2, image_end
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	adrp	x1, bare_stack_top
	add	x1, x1, :lo12:bare_stack_top
	mov	sp, x1
	/* _Noreturn void bare_start(void) */
	b	bare_start

	.bss
	.balign	16
	.space	STACK_SIZE
bare_stack_top:
