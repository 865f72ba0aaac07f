/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where processors arrive. The boot processor comes from a multiboot 1 loader, in protected mode
 * without paging; the others from an INIT-SIPI in real mode, by the trampoline. Both go to long
 * mode on tables that map the first 4 GiB where they are.
 */
#include <arch/regs.h>

/* Multiboot Specification 0.6.96, 3.1 */
#define MULTIBOOT_MAGIC    0x1badb002
#define MULTIBOOT_ALIGN    (1 << 0)	/* modules begin on pages */
#define MULTIBOOT_MEMORY   (1 << 1)	/* memory information is wanted */
#define MULTIBOOT_ADDRESS  (1 << 16)	/* the address fields count: this is no ELF file */
#define MULTIBOOT_FLAGS    (MULTIBOOT_ALIGN | MULTIBOOT_MEMORY | MULTIBOOT_ADDRESS)

#define GDT_CODE64 0x08
#define GDT_DATA   0x10
#define GDT_CODE32 0x18

#define MSR_EFER_NUMBER 0xc0000080
#define EFER_LME_BIT    8
#define CR0_PG_PE       0x80000001
#define CR0_PE_BIT      1
#define CR4_PAE_BIT     (1 << 5)

#define BLOCK_FLAGS 0x83		/* present, writable, 2 MiB */
#define TABLE_FLAGS 0x03
#define GIBS        4

#define BOOT_STACK_SIZE 16384
#define TRAMPOLINE_SIZE 4096

.section .head, "ax"
.balign 4
header:
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	image_base		/* header_addr */
	.long	image_base		/* load_addr */
	.long	linked_data_end		/* load_end_addr */
	.long	linked_image_end	/* bss_end_addr */
	.long	image_base + (boot_entry - header)

/* eax = the loader's magic, ebx = its information; no stack. We are where we were linked. */
.code32
boot_entry:
	cli
	cld
	movl	$image_base, %ebp
	movl	%eax, %edx

	leal	bss_start - header(%ebp), %edi
	leal	bss_end - header(%ebp), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl

	/* GIBS tables of 512 blocks of 2 MiB, one above them, and the root. */
	leal	boot_pd - header(%ebp), %edi
	movl	$BLOCK_FLAGS, %eax
	movl	$(512 * GIBS), %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
	leal	boot_pd - header(%ebp), %eax
	orl	$TABLE_FLAGS, %eax
	leal	boot_pdpt - header(%ebp), %edi
	movl	$GIBS, %ecx
2:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	2b
	leal	boot_pdpt - header(%ebp), %eax
	orl	$TABLE_FLAGS, %eax
	leal	boot_pml4 - header(%ebp), %edi
	movl	%eax, (%edi)

	leal	boot_stack_top - header(%ebp), %esp
	leal	boot_gdt - header(%ebp), %eax
	pushl	%eax
	pushw	$(boot_gdt_end - boot_gdt - 1)
	lgdt	(%esp)
	addl	$6, %esp
	leal	long_entry - header(%ebp), %ecx
	movl	%edx, %esi		/* magic; rdmsr takes edx */

/* To long mode on boot_pml4, then to ecx. Keeps ebx, esi, ebp. */
to_long_mode:
	movl	%cr4, %eax
	orl	$CR4_PAE_BIT, %eax
	movl	%eax, %cr4
	leal	boot_pml4 - header(%ebp), %eax
	movl	%eax, %cr3
	movl	%ecx, %edi
	movl	$MSR_EFER_NUMBER, %ecx
	rdmsr
	btsl	$EFER_LME_BIT, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG_PE, %eax
	movl	%eax, %cr0
	pushl	$GDT_CODE64
	pushl	%edi
	lret

.code64
long_entry:
	movl	$GDT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	boot_stack_top(%rip), %rsp
	movl	%esi, %r12d

	/* void hv_relocate(u64 moved_by): where we are minus where we were linked: nothing. */
	leaq	header(%rip), %rdi
	subq	$image_base, %rdi
	call	hv_relocate

	/* boot_main(u32 magic, u32 info) */
	movl	%r12d, %edi
	movl	%ebx, %esi
	call	boot_main

/*
 * The other processors, in real mode in the copy at TRAMPOLINE: cs = TRAMPOLINE >> 4. Where the
 * image is has been written into the copy, and so has their struct cpu.
 */
.code16
.globl trampoline, trampoline_end, trampoline_cpu, trampoline_image
.balign 8
trampoline:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movl	trampoline_image - trampoline, %ebp
	lgdtl	trampoline_gdtr - trampoline
	movl	%cr0, %eax
	orl	$CR0_PE_BIT, %eax
	movl	%eax, %cr0
	ljmpl	$GDT_CODE32, $(TRAMPOLINE + (trampoline32 - trampoline))

.code32
trampoline32:
	movl	$GDT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$(TRAMPOLINE + TRAMPOLINE_SIZE), %esp
	leal	cpu_entry - header(%ebp), %ecx
	leal	to_long_mode - header(%ebp), %eax
	jmp	*%eax

.balign 8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* GDT_CODE64: flat, 64-bit */
	.quad	0x00cf93000000ffff	/* GDT_DATA: flat */
	.quad	0x00cf9b000000ffff	/* GDT_CODE32: flat, 32-bit */
boot_gdt_end:
trampoline_gdtr:
	.word	boot_gdt_end - boot_gdt - 1
	.long	TRAMPOLINE + (boot_gdt - trampoline)
.balign 8
trampoline_cpu:
	.quad	0
trampoline_image:
	.quad	0
trampoline_end:

/* On the boot processor's first tables; then on the map that it has built. */
.code64
cpu_entry:
	movl	$GDT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movq	TRAMPOLINE + (trampoline_cpu - trampoline), %rdi
	movq	CPU_STACK_TOP(%rdi), %rsp
	/* _Noreturn void cpu_arrive(struct cpu *cpu) */
	call	cpu_arrive

.text
/* _Noreturn void stack_switch(u64 stack_top, void (*then)(void)) */
.globl stack_switch
stack_switch:
	movq	%rdi, %rsp
	xorl	%ebp, %ebp
	pushq	$0
	jmp	*%rsi

.bss
.balign 4096
boot_pml4:
	.space	4096
boot_pdpt:
	.space	4096
boot_pd:
	.space	4096 * GIBS
	.space	BOOT_STACK_SIZE
boot_stack_top:
