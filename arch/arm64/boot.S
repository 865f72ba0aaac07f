/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where CPUs arrive, at EL2 or EL1 with translation off: the boot CPU from the loader at the
 * image's first byte with x0 = device tree, the others from PSCI CPU_ON at cpu_entry with x0 =
 * struct cpu. The headers are the one of Linux's arm64 Image (Linux, arm64/booting.rst) and, for
 * UEFI firmware, which starts efi_main (efi.c), those of a PE32+ image (PE Format, Microsoft).
 */
#include <arch/regs.h>

#define IMAGE_FLAGS 0xa	/* little-endian, 4 KiB pages, anywhere in memory */

#define PE_MACHINE_ARM64  0xaa64
#define PE_FILE_TYPE      0x0206	/* executable, no line numbers, no debug information */
#define PE_OPTIONAL_PLUS  0x020b	/* PE32+ */
#define PE_SUBSYSTEM_EFI  10		/* an EFI application */
#define PE_NX_COMPATIBLE  0x0100
#define PE_TEXT           0x60000020	/* code, execute, read */
#define PE_DATA           0xc0000040	/* initialised data, read, write */
#define PE_FILE_ALIGN     0x200		/* link.ld makes the file that long */
#define PE_PAGE           0x1000
#define PE_DIRECTORIES    6		/* as far as base relocations: there are none */
#define PE_DIRECTORY_SIZE 8

/* Jumps to \el1 or \el2; clobbers x9. */
.macro by_level el1, el2
	mrs	x9, CurrentEL
	cmp	x9, #CURRENTEL_EL2
	b.eq	\el2
	cmp	x9, #CURRENTEL_EL1
	b.eq	\el1
9:	wfi				/* EL3 belongs to firmware */
	b	9b
.endm

.section .head, "ax"
head:
	ccmp	x18, #0, #0xd, pl	/* reads "MZ", does nothing */
	b	boot_entry
	.quad	0			/* text_offset from a multiple of 2 MiB */
	.quad	image_size
	.quad	IMAGE_FLAGS
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	pe_header - head

pe_header:
	.ascii	"PE\0\0"
	.hword	PE_MACHINE_ARM64
	.hword	(pe_sections_end - pe_sections) / 40
	.word	0, 0, 0			/* TimeDateStamp, PointerToSymbolTable, NumberOfSymbols */
	.hword	pe_sections - pe_optional
	.hword	PE_FILE_TYPE
pe_optional:
	.hword	PE_OPTIONAL_PLUS
	.byte	0, 0			/* linker version */
	.word	rodata_end - head - PE_PAGE	/* SizeOfCode */
	.word	data_size		/* SizeOfInitializedData */
	.word	0			/* SizeOfUninitializedData: in that of .data */
	.word	efi_main - head		/* AddressOfEntryPoint */
	.word	PE_PAGE			/* BaseOfCode */
	.quad	0			/* ImageBase: anywhere */
	.word	PE_PAGE			/* SectionAlignment */
	.word	PE_FILE_ALIGN
	.hword	0, 0, 0, 0, 0, 0	/* system, image and subsystem version */
	.word	0
	.word	image_end - head	/* SizeOfImage */
	.word	PE_PAGE			/* SizeOfHeaders */
	.word	0			/* CheckSum */
	.hword	PE_SUBSYSTEM_EFI
	.hword	PE_NX_COMPATIBLE
	.quad	0, 0, 0, 0		/* stack and heap */
	.word	0
	.word	PE_DIRECTORIES
	.space	PE_DIRECTORIES * PE_DIRECTORY_SIZE

/* Each where it is in memory: name, VirtualSize, VirtualAddress, size and place in the file. */
pe_sections:
	.ascii	".text\0\0\0"
	.word	rodata_end - head - PE_PAGE, PE_PAGE
	.word	rodata_end - head - PE_PAGE, PE_PAGE
	.word	0, 0, 0, PE_TEXT
	.ascii	".data\0\0\0"
	.word	data_memory_size, rodata_end - head
	.word	data_size, rodata_end - head
	.word	0, 0, 0, PE_DATA
pe_sections_end:
	.balign	PE_PAGE			/* nothing else: not all firmware loads, none executes it */

.text
boot_entry:
	mov	x1, #0

/* _Noreturn void boot_from_efi(const void *fdt, const struct efi_boot *efi) */
.globl boot_from_efi
boot_from_efi:
	mov	x19, x0
	mov	x20, x1
	bl	level_init

	/* Nothing of the image's memory may come out of a cache once these are on. */
	adrp	x0, image_start
	adrp	x1, image_end
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		/* CTR_DMINLINE */
	mov	x3, #4
	lsl	x2, x3, x2
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy

	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
1:	str	xzr, [x0], #8
	cmp	x0, x1
	b.lo	1b

	mov	x18, #0
	adrp	x0, boot_stack_top
	add	x0, x0, :lo12:boot_stack_top
	mov	sp, x0

	/* void hv_relocate(u64 moved_by): where we are minus where we were linked. */
	adrp	x0, image_start
	ldr	x1, =image_base
	sub	x0, x0, x1
	bl	hv_relocate

	/* _Noreturn void boot_main(const void *fdt, const struct efi_boot *efi) */
	mov	x0, x19
	mov	x1, x20
	bl	boot_main

/* _Noreturn void cpu_entry(struct cpu *cpu) */
.globl cpu_entry
cpu_entry:
	mov	x18, x0
	bl	level_init
	adrp	x0, boot_regs		/* the boot cpu has built the map */
	add	x0, x0, :lo12:boot_regs
	bl	mmu_on
	ldr	x1, [x18, #CPU_STACK_TOP]
	mov	sp, x1
	mov	x0, x18
	bl	cpu_main

/*
 * From whatever the loader has left to a known state of this level: translation and data caches
 * off. Interrupts stay masked for ever: they end a guest's run or a wfi, and are never taken.
 */
level_init:
	msr	daifset, #0xf
	msr	spsel, #1
	ic	iallu
	dsb	nsh
	by_level el1=1f, el2=2f
2:	ldr	x9, =SCTLR_EL2_RES1 | SCTLR_I
	msr	sctlr_el2, x9
	isb
	mov	x9, #HCR_RW		/* E2H is off, so registers are what they are called */
	msr	hcr_el2, x9
	adrp	x9, vectors_el2
	add	x9, x9, :lo12:vectors_el2
	msr	vbar_el2, x9
	isb
	ret
1:	ldr	x9, =SCTLR_EL1_RES1 | SCTLR_I
	msr	sctlr_el1, x9
	adrp	x9, vectors_el1
	add	x9, x9, :lo12:vectors_el1
	msr	vbar_el1, x9
	isb
	ret

/* void mmu_on(const struct boot_regs *regs): all is mapped where it is, so nothing moves. */
.globl mmu_on
mmu_on:
	ldp	x1, x2, [x0, #BOOT_MAIR]
	ldp	x3, x4, [x0, #BOOT_TTBR]
	by_level el1=1f, el2=2f
2:	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x3
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x4
	isb
	ret
1:	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x3
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el1, x4
	isb
	ret

/* _Noreturn void stack_switch(struct cpu *cpu, u64 stack_top, void (*then)(void)) */
.globl stack_switch
stack_switch:
	mov	x18, x0
	mov	sp, x1
	br	x2

.bss
.balign 16
	.space	8192
boot_stack_top:
