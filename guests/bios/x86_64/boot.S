/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lodge's BIOS: takes a CPU in 16-bit real mode at 0:0x8000 to where a kernel wants it, as the
 * Multiboot specification 0.6.96, 3.2, has it: 32-bit protected mode, flat segments, interrupts
 * off (SDM 9.9.1). In: ebx, the address of boot information, or 0 for ours, which has what the
 * clock's RAM knows of the memory (MC146818, as PC BIOSes use it); edi, the kernel's entry, or
 * 0 for 2 MiB. It needs no RAM but its own and the stack's; A20 is on.
 */
#include <arch/board.h>
#include <arch/regs.h>

#define STACK_TOP     0x7000   /* boot information may be here and above */
#define KERNEL_ENTRY  0x200000
#define LOADER_MAGIC  0x2badb002

#define INFO_MEMORY   BIT(0)   /* mem_lower and mem_upper are there */
#define INFO_NAME     BIT(9)

#define LINE_STATUS   (UART_PORT + 5)
#define LINE_THRE     BIT(5)
#define PATIENCE      0xffff   /* how often we look whether it may send: there may be none */

#define CMOS_BASE     0x15     /* 16 bits: KiB below 1 MiB */
#define CMOS_EXTENDED 0x30     /* KiB above 1 MiB, at most 63 MiB */
#define CMOS_MORE     0x34     /* 64 KiB above 16 MiB */
#define MORE_SHIFT    6        /* ... in KiB */
#define BELOW_MORE    (15 << 10)
#define NO_CMOS       0xffff

	.section .text.start, "ax"
	.code16
	.globl	_start
_start:
	cli
	cld
	xorl	%eax, %eax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$STACK_TOP, %esp
	ljmp	$0, $1f
1:	testl	%edi, %edi
	jnz	2f
	movl	$KERNEL_ENTRY, %edi
2:	testl	%ebx, %ebx
	jnz	3f
	call	info_make
3:	call	banner_print
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $protected

	.code32
protected:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$LOADER_MAGIC, %eax
	jmp	*%edi

	.code16
/* ebx: boot information of our own. Uses ax, ecx. */
info_make:
	movl	$info, %ebx
	movb	$CMOS_BASE, %al
	call	cmos_word
	movl	%ecx, info_lower
	movb	$CMOS_MORE, %al
	call	cmos_word
	shll	$MORE_SHIFT, %ecx
	jz	1f
	addl	$BELOW_MORE, %ecx
	jmp	2f
1:	movb	$CMOS_EXTENDED, %al
	call	cmos_word
2:	movl	%ecx, info_upper
	jecxz	3f
	orb	$INFO_MEMORY, info
3:	ret

/* ecx: the 16 bits of the clock's RAM from al on, or 0 if there is no clock. Uses al. */
cmos_word:
	xorl	%ecx, %ecx
	call	cmos_byte
	movb	%ah, %cl
	call	cmos_byte
	movb	%ah, %ch
	cmpw	$NO_CMOS, %cx
	jne	1f
	xorw	%cx, %cx
1:	ret

/* ah: the byte at al, which moves on. */
cmos_byte:
	outb	%al, $RTC_PORT
	movb	%al, %ah
	inb	$RTC_PORT + 1, %al
	xchgb	%al, %ah
	incb	%al
	ret

/* One line: the kernel at edi. Uses eax, cx, edx, esi. */
banner_print:
	movw	$banner, %si
	call	string_print
	movw	$8, %cx			/* digits, but no zeros before the first */
	movl	%edi, %esi
1:	roll	$4, %esi
	testw	$0xf, %si
	loopz	1b
	incw	%cx
2:	movw	%si, %ax
	andb	$0xf, %al
	cmpb	$10, %al		/* 0 to 9, a to f */
	sbbb	$0x69, %al
	das
	orb	$0x20, %al
	call	char_print
	roll	$4, %esi
	loop	2b
	movb	$'\n', %al
	jmp	char_print

string_print:
	lodsb
	testb	%al, %al
	jz	1f
	call	char_print
	jmp	string_print
1:	ret

/* al to COM1. Uses ax, dx. */
char_print:
	pushw	%cx
	movb	%al, %ah
	movw	$LINE_STATUS, %dx
	movw	$PATIENCE, %cx
1:	inb	%dx, %al
	testb	$LINE_THRE, %al
	loopz	1b
	movb	%ah, %al
	movw	$UART_PORT, %dx
	outb	%al, %dx
	popw	%cx
	ret

	.data
	.balign	8
gdt:
	.quad	0, DESC_CODE32, DESC_CODE64, DESC_DATA
gdt_pointer:
	.2byte	. - gdt - 1
	.4byte	gdt

	.balign	4
/* Multiboot information: flags, mem_lower, mem_upper, ..., boot_loader_name at 64, ... */
info:
	.4byte	INFO_NAME
info_lower:
	.4byte	0
info_upper:
	.4byte	0
	.space	52
	.4byte	name
	.space	20

banner:
	.asciz	"Lodge BIOS: starting the kernel at 0x"
name:
	.asciz	"Lodge BIOS"
