/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where harts arrive. The boot hart comes from the firmware at the image's first byte with
 * a0 = hart id, a1 = device tree; the others from SBI hart_start at hart_entry. All in S
 * mode, translation off. The header is the one of Linux's RISC-V Image.
 */
#include <arch/regs.h>

#define SBI_EXT_HSM       0x48534d	/* SBI 2.0, chapter 9 */
#define SBI_HSM_HART_STOP 1

.section .head, "ax"
.globl image_start_code
image_start_code:
	j	boot_entry
	.balign	4
	.word	0
	.dword	0x200000		/* text_offset: aligned to 2 MiB */
	.dword	image_end - image_start	/* image_size */
	.dword	0			/* flags: little-endian */
	.word	2			/* version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

boot_entry:
	csrw	sie, zero
	csrw	sscratch, zero		/* 0: a trap is our own, see trap.S */
	la	t0, boot_taken
	li	t1, 1
	amoswap.w.aq t1, t1, (t0)
	bnez	t1, boot_again
	mv	tp, zero
	mv	s0, a0
	mv	s1, a1

	la	t0, bss_start
	la	t1, bss_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	la	sp, boot_stack_top
	la	t0, trap_vector
	csrw	stvec, t0

	/* void hv_relocate(u64 moved_by): where we are minus where we were linked. */
	la	a0, image_start
	ld	t0, linked_at
	sub	a0, a0, t0
	call	hv_relocate

	/* void boot_main(u64 hart, const void *fdt) */
	mv	a0, s0
	mv	a1, s1
	call	boot_main

/*
 * Another hart has booted: the firmware (OpenSBI up to 1.1) lets a hart go before it has
 * written down where to. This one stops itself; arch_cpu_start() will be called again.
 */
boot_again:
	li	a7, SBI_EXT_HSM
	li	a6, SBI_HSM_HART_STOP
	ecall
	wfi
	j	boot_again

/* void hart_entry(u64 hart, struct cpu *cpu): from SBI hart_start. */
.text
.globl hart_entry
.balign 4
hart_entry:
	csrw	sie, zero
	csrw	sscratch, zero
	mv	tp, a1
	la	t0, trap_vector
	csrw	stvec, t0
	la	t0, host_satp		/* the boot hart has built the map */
	ld	t0, (t0)
	csrw	satp, t0
	sfence.vma
	ld	sp, CPU_STACK_TOP(a1)
	mv	a0, a1
	call	cpu_main

/* _Noreturn void stack_switch(u64 stack_top, void (*then)(void)) */
.globl stack_switch
stack_switch:
	mv	sp, a0
	jr	a1

.data
.balign 4
boot_taken:
	.word	0			/* not in .bss: that is cleared after it is taken */

.section .rodata
.balign 8
linked_at:
	.dword	image_base		/* an absolute symbol, so it is not relocated */

.bss
.balign 16
	.space	8192
boot_stack_top:
