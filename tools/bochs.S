/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot loader that tools/bochs gives Bochs as an option ROM: its BIOS calls it when it is
 * through with everything but booting. It asks the BIOS for the memory map, goes to protected
 * mode, reads image and modules from the first ATA disk (ATA-6, 9.5, "PIO data-in"), and enters
 * the image (Multiboot Specification 0.6.96, 3.2). tools/bochs puts what it works on behind
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

/* What is behind the information. */
#define WORK		(ROM_BASE + (rom_end - rom) + INFO_SIZE)
#define WORK_ENTRY	0
#define WORK_CLEAR	4		/* RAM from here on is cleared, */
#define WORK_WORDS	8		/* so many times four bytes */
#define WORK_EXTENTS	12		/* how many there are: */
#define WORK_EXTENT	16
#define EXTENT_TO	0		/* where it goes */
#define EXTENT_SECTOR	4		/* where it lies on the disk */
#define EXTENT_COUNT	8		/* of sectors, 1 to 255 */
#define EXTENT_BYTES	12

/* COM1, which the BIOS leaves at five data bits. */
#define UART_DIVISOR	0x3f8
#define UART_LCR	0x3fb
#define LCR_DLAB	0x80
#define LCR_8N1		0x03
#define DIVISOR_115200	1

#define ATA_DATA	0x1f0
#define ATA_COUNT	0x1f2		/* then three bytes of the sector's number */
#define ATA_DEVICE	0x1f6
#define ATA_COMMAND	0x1f7		/* written; read: status */
#define ATA_CONTROL	0x3f6
#define DEVICE_LBA	0xe0		/* device 0, and bits 27:24 of the number */
#define STATUS_BSY	0x80
#define STATUS_DRQ	0x08
#define COMMAND_READ	0x20
#define CONTROL_NIEN	0x02		/* no interrupts */
#define SECTOR_WORDS	256

#define CR0_PE		1
#define CODE32		0x08
#define DATA32		0x10

.code16
rom:
	.word	0xaa55
	.byte	0			/* blocks of 512 bytes */

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

	movw	$UART_LCR, %dx
	movb	$(LCR_DLAB | LCR_8N1), %al
	outb	%al, %dx
	movw	$UART_DIVISOR, %dx
	movw	$DIVISOR_115200, %ax
	outw	%ax, %dx
	movw	$UART_LCR, %dx
	movb	$LCR_8N1, %al
	outb	%al, %dx

	movl	WORK + WORK_CLEAR, %edi
	movl	WORK + WORK_WORDS, %ecx
	xorl	%eax, %eax
	rep stosl

	movw	$ATA_CONTROL, %dx
	movb	$CONTROL_NIEN, %al
	outb	%al, %dx
	movl	$(WORK + WORK_EXTENT), %esi
	movl	WORK + WORK_EXTENTS, %ebp

extent:
	movl	EXTENT_TO(%esi), %edi
	movl	EXTENT_SECTOR(%esi), %ebx
	movl	%ebx, %eax
	shrl	$24, %eax
	orb	$DEVICE_LBA, %al
	movw	$ATA_DEVICE, %dx
	outb	%al, %dx
	movw	$ATA_COUNT, %dx
	movb	EXTENT_COUNT(%esi), %al
	outb	%al, %dx
	movl	%ebx, %eax
	movl	$3, %ecx
1:	incw	%dx
	outb	%al, %dx
	shrl	$8, %eax
	loop	1b
	movw	$ATA_COMMAND, %dx
	movb	$COMMAND_READ, %al
	outb	%al, %dx

	movl	EXTENT_COUNT(%esi), %ebx
sector:
	movw	$ATA_COMMAND, %dx
1:	inb	%dx, %al
	andb	$(STATUS_BSY | STATUS_DRQ), %al
	cmpb	$STATUS_DRQ, %al
	jne	1b
	movw	$ATA_DATA, %dx
	movl	$SECTOR_WORDS, %ecx
	rep insw
	decl	%ebx
	jnz	sector
	addl	$EXTENT_BYTES, %esi
	decl	%ebp
	jnz	extent

	movl	$((MAP_SEGMENT << 4) + INFO_COPY), %ebx
	movl	$LOADER_MAGIC, %eax
	jmp	*WORK + WORK_ENTRY

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
