/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot loader that tools/bochs gives Bochs as an option ROM: its BIOS calls it when it is
 * through with everything but booting. The image, the modules and their words lie in memory
 * already; what is left is the memory map and the way to protected mode (Multiboot Specification
 * 0.6.96, 3.2). tools/bochs puts struct multiboot_info, the image's entry and strings behind
 * rom_end, and sees to the ROM's size and checksum.
 */
#define ROM_SEGMENT	0xd000
#define ROM_BASE	0xd0000
#define MAP_SEGMENT	0x1000		/* RAM that the BIOS does not use */
#define MAP_ENTRY	24		/* bytes: its size, base, length, type */

#define E820_FUNCTION	0xe820
#define E820_SMAP	0x534d4150
#define E820_BYTES	20

#define INFO_COPY	0xf000		/* in MAP_SEGMENT: information, which must be in RAM */
#define INFO_SIZE	88
#define INFO_MAP_LENGTH	44
#define INFO_MAP_ADDR	48

#define LOADER_MAGIC	0x2badb002
#define CR0_PE		1
#define CODE32		0x08
#define DATA32		0x10

.code16
rom:
	.word	0xaa55
rom_blocks:
	.byte	0			/* of 512 bytes */

	cli
	cld
	movw	$ROM_SEGMENT, %ax
	movw	%ax, %ds
	movw	$MAP_SEGMENT, %ax
	movw	%ax, %es
	xorl	%ebx, %ebx
	xorw	%di, %di
1:	movl	$E820_BYTES, %es:(%di)
	addw	$4, %di
	movl	$E820_FUNCTION, %eax
	movl	$E820_SMAP, %edx
	movl	$E820_BYTES, %ecx
	int	$0x15
	jc	2f
	addw	$(MAP_ENTRY - 4), %di
	testl	%ebx, %ebx
	jnz	1b
2:	movzwl	%di, %edx

	movw	$(rom_end - rom), %si
	movw	$INFO_COPY, %di
	movw	$(INFO_SIZE / 2), %cx
	rep movsw
	movl	%edx, %es:(INFO_COPY + INFO_MAP_LENGTH)
	movl	$(MAP_SEGMENT << 4), %es:(INFO_COPY + INFO_MAP_ADDR)
	movl	(%si), %ecx		/* the entry */

	cli
	lgdtl	gdtr - rom
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$CODE32, $(ROM_BASE + (protected - rom))

.code32
protected:
	movl	$DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$((MAP_SEGMENT << 4) + INFO_COPY), %ebx
	movl	$LOADER_MAGIC, %eax
	jmp	*%ecx

.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* CODE32: flat */
	.quad	0x00cf93000000ffff	/* DATA32: flat */
gdtr:
	.word	gdtr - gdt - 1
	.long	ROM_BASE + (gdt - rom)
.balign 4
rom_end:
