// SPDX-License-Identifier: Apache-2.0
// The header of a Linux Image: "Booting AArch64 Linux", chapter 4.
#pragma once

__attribute__((naked, used, section(".text.start"))) static void image_header(void)
{
	__asm__("b _start\n\t" /* code0, code1 */
		"nop\n\t"
		".quad 0x80000\n\t" /* text_offset from the start of RAM */
		".quad image_size\n\t"
		".quad 0xa\n\t" /* flags: little endian, 4 KiB pages, anywhere */
		".quad 0, 0, 0\n\t"
		".ascii \"ARMd\"\n\t"
		".4byte 0");
}
