// SPDX-License-Identifier: Apache-2.0
// The header of a Linux Image: "Boot image header in RISC-V Linux".
#pragma once

__attribute__((naked, used, section(".text.start"))) static void image_header(void)
{
	__asm__(".option push\n\t"
		".option norvc\n\t"
		"j _start\n\t" /* code0, code1 */
		"nop\n\t"
		".option pop\n\t"
		".quad 0x200000\n\t" /* text_offset from the start of RAM */
		".quad image_end - image_text\n\t"
		".quad 0\n\t"     /* flags: little endian */
		".4byte 2, 0\n\t" /* version 0.2 */
		".quad 0\n\t"
		".ascii \"RISCV\\0\\0\\0\"\n\t"
		".ascii \"RSC\\x05\"\n\t"
		".4byte 0");
}
