// SPDX-License-Identifier: Apache-2.0
// A guest with the header of a Linux Image in front ("Boot image header in RISC-V Linux"), which
// says where it wants to be and how much memory it takes. Prints how it was entered.
#define TEST "image"
#include "../check.h"

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

static u64 zeroed[512];

int guest_main(void)
{
	print(TEST ": cpu %u, entry %p, device tree %p, %u bytes\n", cpu_id(), image_text,
		fdt_base(), fdt_size());
	for (u32 i = 0; i < ARRAY_LEN(zeroed); i++)
		expect_equal(zeroed[i], 0, "word %u of .bss", i);
	return test_ok();
}
