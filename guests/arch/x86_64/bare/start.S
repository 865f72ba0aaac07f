/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest without a kernel: as start.S, but nothing is asked of the boot loader, and
 * there are no traps: an exception ends it.
 */
#include <arch/start.h>

#define STACK_SIZE 16384

	.section .text.start, "ax"
	multiboot_header _start

	.code32
	.globl	_start
_start:
	bss_clear
	boot_tables_make bare_tables
	lgdt	boot_gdt_pointer
	long_mode bare_tables, bare_start_64

	.code64
bare_start_64:
	data_segments
	movl	$bare_stack_top, %esp
	/* _Noreturn void bare_start(void) */
	call	bare_start

	.data
	boot_gdt

	.bss
	.balign	4096
bare_tables:
	.space	BOOT_TABLES_SIZE
	.space	STACK_SIZE
bare_stack_top:
