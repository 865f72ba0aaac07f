/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the PC's own firmware loads to 0x7c00 in test_bios.py: reads our BIOS, which is behind it
 * on the disk, to 0x8000 (INT 13h, function 2), and enters it as the hypervisor does: ebx and
 * esi are INFO, edi is KERNEL.
 */
#define BIOS          0x8000
#define SECTORS       8
#define READ_SECTORS  0x02
#define READ_FROM     2        /* sectors count from 1 */
#define SECTOR_SIZE   512
#define MAY_BOOT      0xaa55

	.code16
	.globl	_start
_start:
	xorw	%ax, %ax
	movw	%ax, %es
	movw	$BIOS, %bx
	movw	$(READ_SECTORS << 8 | SECTORS), %ax
	movw	$READ_FROM, %cx
	movb	$0, %dh			/* dl: the disk we come from */
	int	$0x13
	jc	.			/* the test sees nothing */
	movl	$INFO, %ebx
	movl	%ebx, %esi
	movl	$KERNEL, %edi
	ljmp	$0, $BIOS

	.org	SECTOR_SIZE - 2
	.2byte	MAY_BOOT
