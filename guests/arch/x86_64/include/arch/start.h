/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of an image, as macros: a multiboot header (Multiboot specification
 * 0.6.96, 3.1) and the way from 32-bit protected mode without paging to long mode (SDM 9.8.5).
 */
#pragma once

#include <arch/regs.h>

#define MULTIBOOT_MAGIC     0x1badb002
#define MULTIBOOT_MEMORY    BIT(1)  /* we want to know the RAM */
#define MULTIBOOT_ADDRESSES BIT(16) /* where to load it is in the header */
#define MULTIBOOT_FLAGS     (MULTIBOOT_MEMORY | MULTIBOOT_ADDRESSES)

#define BOOT_TABLES_SIZE (6 * 4096)
#define BOOT_PTE         (PTE_P | PTE_RW | PTE_US)
#define BOOT_UNCACHED    0xc0000000 /* from here on are devices */
#define BOOT_PAGES       2048       /* of 2 MiB: 4 GiB */
#define BOOT_PAGE_SIZE   0x200000
#define BOOT_CR0_LOW     (CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE)
#define BOOT_CR0_PG      0x80000000

#ifdef __ASSEMBLER__
/* At the very beginning; `entry` is 32-bit code. */
.macro multiboot_header entry
	.balign	4
multiboot_start:
	.4byte	MULTIBOOT_MAGIC
	.4byte	MULTIBOOT_FLAGS
	.4byte	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.4byte	multiboot_start	/* header_addr */
	.4byte	image_text	/* load_addr */
	.4byte	image_load_end
	.4byte	image_end	/* bss_end_addr */
	.4byte	\entry
.endm

/* Zeroes .bss; uses eax, ecx, edi. */
.macro bss_clear
	movl	$image_bss, %edi
	movl	$image_end, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	cld
	rep stosl
.endm

/* 1:1 page tables of the first 4 GiB, for everybody; uses eax, ecx, edi. */
.macro boot_tables_make tables
	movl	$\tables + 0x1000 + PTE_P + PTE_RW + PTE_US, \tables
	movl	$\tables + 0x1000, %edi
	movl	$\tables + 0x2000 + PTE_P + PTE_RW + PTE_US, %eax
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b

	movl	$\tables + 0x2000, %edi
	movl	$BOOT_PTE + PTE_PS, %eax
	movl	$BOOT_PAGES, %ecx
1:	cmpl	$BOOT_UNCACHED, %eax
	jb	2f
	orl	$PTE_PCD + PTE_PWT, %eax
2:	movl	%eax, (%edi)
	addl	$BOOT_PAGE_SIZE, %eax
	addl	$8, %edi
	loop	1b
.endm

/* With the GDT in place: to 64-bit code at `to`; uses eax, ecx, edx. */
.macro long_mode tables, to
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$\tables, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_NXE + EFER_LME, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$BOOT_CR0_PG + BOOT_CR0_LOW, %eax
	movl	%eax, %cr0
	ljmp	$SEL_CODE64, $\to
.endm

/* The table that it takes for this. */
.macro boot_gdt
	.balign	8
boot_gdt:
	.quad	0, DESC_CODE32, DESC_CODE64, DESC_DATA
boot_gdt_pointer:
	.2byte	. - boot_gdt - 1
	.4byte	boot_gdt
	.4byte	0
.endm

/* The data segments, where there is no other but a flat one. */
.macro data_segments
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
.endm
#endif
