/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest: a multiboot loader gives its information in ebx (Multiboot specification
 * 0.6.96, 3.2). 32-bit protected mode, no paging, interrupts off. Other cpus start in real mode
 * at the trampoline (SDM 9.4.4), with nothing but their APIC's id to tell them apart.
 */
#include <arch/board.h>
#include <arch/start.h>

#define STACK_SIZE 16384

	.section .text.start, "ax"
	multiboot_header _start

	.code32
	.globl	_start
_start:
	movl	%ebx, %esi
	bss_clear
	boot_tables_make boot_tables
	lgdt	boot_gdt_pointer
	long_mode boot_tables, start_64

	.code64
start_64:
	data_segments
	movl	$start_stack_top, %esp
	movl	%esi, %edi
	/* _Noreturn void cpu_first(const void *info) */
	call	cpu_first

/* What is copied to TRAMPOLINE_BASE. */
	.text
	.code16
	.globl	trampoline, trampoline_end
trampoline:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	TRAMPOLINE_BASE + trampoline_gdt_pointer - trampoline
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $start_other
trampoline_gdt_pointer:
	.2byte	boot_gdt_pointer - boot_gdt - 1
	.4byte	boot_gdt
trampoline_end:

	.code32
start_other:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	long_mode boot_tables, start_other_64

	.code64
start_other_64:
	data_segments
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movq	cpu_boots_started(, %rbx, 8), %rdi
	movq	(%rdi), %rsp
	movl	%ebx, %esi
	/* _Noreturn void cpu_other(struct cpu_boot *boot, u32 id) */
	call	cpu_other

	.data
	boot_gdt

	.bss
	.balign	4096
	.globl	boot_tables
boot_tables:
	.space	BOOT_TABLES_SIZE
	.space	STACK_SIZE
start_stack_top:
