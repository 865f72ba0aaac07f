/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry at 2 MiB, as a multiboot loader does it (Multiboot specification 0.6.96, 3.2): 32-bit
 * protected mode without paging. To long mode (SDM 9.8.5), with the first 2 GiB of memory in
 * two pages at 0 and at KERNEL_OFFSET, and to C.
 */
#include <arch/regs.h>
#include <arch/start.h>
#include "layout.h"

#define CR0_PAGED     (BOOT_CR0_PG + CR0_TS + BOOT_CR0_LOW)
#define PAGE_1G       (PTE_PS + PTE_RW + PTE_P)
#define SECOND_1G     0x40000000
#define PML4_HIGH     511  /* KERNEL_OFFSET's entry */

	.section .text.start, "ax"
	.code32
	.globl	_start
_start:
	movl	%eax, %edi	/* the loader's magic, and its information: for main() */
	movl	%ebx, %esi
	jmp	1f

	.balign	4
header:
	.4byte	MULTIBOOT_MAGIC
	.4byte	MULTIBOOT_FLAGS
	.4byte	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.4byte	header - KERNEL_OFFSET
	.4byte	image_text - KERNEL_OFFSET
	.4byte	image_load_end - KERNEL_OFFSET
	.4byte	image_end - KERNEL_OFFSET
	.4byte	_start - KERNEL_OFFSET

1:	lgdt	gdt_pointer - KERNEL_OFFSET
	movl	$SEL_DATA, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$(CR4_PGE + CR4_PAE), %eax
	movl	%eax, %cr4
	movl	$(boot_pml4 - KERNEL_OFFSET), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$(EFER_NXE + EFER_LME), %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_PAGED, %eax
	movl	%eax, %cr0
	leal	stack_top - KERNEL_OFFSET, %esp
	pushl	$SEL_CODE64
	pushl	$(entry64 - KERNEL_OFFSET)
	lretl

	.code64
entry64:
	xorl	%eax, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edi, %edx
	movabsq	$image_bss, %rdi
	movabsq	$image_end, %rcx
	subq	%rdi, %rcx
	cld
	rep stosb
	movl	%edx, %edi
	movabsq	$stack_top, %rsp
	movabsq	$main, %rax
	/* _Noreturn void main(u32 magic, u32 info) */
	call	*%rax

	.data
	.balign	8
gdt:
	.quad	0, DESC_CODE32, DESC_CODE64, DESC_DATA
gdt_pointer:
	.2byte	. - gdt - 1
	.4byte	gdt - KERNEL_OFFSET

	.balign	4096
boot_pml4:
	.quad	boot_pdpt - KERNEL_OFFSET + PTE_RW + PTE_P
	.fill	PML4_HIGH - 1, 8, 0
	.quad	boot_pdpt - KERNEL_OFFSET + PTE_RW + PTE_P
boot_pdpt:
	.quad	PAGE_1G, SECOND_1G + PAGE_1G
	.fill	510, 8, 0

	.bss
	.balign	4096
	.space	BOOT_STACK
stack_top:
