// SPDX-License-Identifier: Apache-2.0
// The header of a Linux bzImage, and its 64-bit entry: "The Linux/x86 Boot Protocol". What the boot
// loader says in the zero page becomes what a multiboot loader would say.
#pragma once

#include <guest/cpu_boot.h>
#include <arch/regs.h>

#define E820_MAX 16

/* The file: boot sector and setup are 8 sectors; then comes what is loaded, at pref_address. */
__attribute__((naked, used, section(".text.start"))) static void image_header(void)
{
	__asm__(".org 0x1f1\n\t"
		".byte 7\n\t" /* setup_sects */
		".org 0x1fe\n\t"
		".2byte 0xaa55\n\t"
		".byte 0xeb, 0x66\n\t" /* a jump behind the header */
		".ascii \"HdrS\"\n\t"
		".2byte 0x020f\n\t" /* version 2.15 */
		".org 0x211\n\t"
		".byte 1\n\t" /* loadflags: LOADED_HIGH */
		".org 0x214\n\t"
		".4byte image_text + 0x1000\n\t" /* code32_start */
		".org 0x22c\n\t"
		".4byte 0x7fffffff\n\t" /* initrd_addr_max */
		".4byte 0x1000\n\t"     /* kernel_alignment */
		".byte 0, 12\n\t"       /* relocatable_kernel, min_alignment */
		".2byte 1\n\t"          /* xloadflags: XLF_KERNEL_64 */
		".4byte 255\n\t"        /* cmdline_size */
		".org 0x258\n\t"
		".quad image_text + 0x1000\n\t" /* pref_address */
		".4byte image_size\n\t"         /* init_size: enough */
		/* The 64-bit entry: the zero page is in rsi. */
		".org 0x1200\n\t"
		"movq $image_bss, %rdi\n\t"
		"movq $image_end, %rcx\n\t"
		"subq %rdi, %rcx\n\t"
		"xorl %eax, %eax\n\t"
		"rep stosb\n\t"
		"movq $image_stack + 4096, %rsp\n\t"
		"movq %rsi, %rdi\n\t"
		"call image_first\n\t"
		/* The multiboot header of start.S would be seen if it came earlier. */
		".org 0x2000");
}

struct e820_entry {
	u64 addr, size;
	u32 type;
} __attribute__((packed));

#define ZERO_PAGE_E820_COUNT 0x1e8
#define ZERO_PAGE_E820       0x2d0
#define ZERO_PAGE_CMDLINE    0x228

_Noreturn void cpu_first(const void *info);
_Noreturn void image_first(const u8 *zero_page);

extern u8 image_stack[4096];
u8 image_stack[4096] __attribute__((aligned(16)));

static struct {
	u32 size;
	struct e820_entry entry;
} __attribute__((packed)) image_map[E820_MAX];

/* Multiboot's: flags, ... command line, ... map's length and address. */
static u32 image_info[13];

_Noreturn void image_first(const u8 *zero_page)
{
	u32 count = MIN(zero_page[ZERO_PAGE_E820_COUNT], (u8)E820_MAX);
	const struct e820_entry *entries =
		(const struct e820_entry *)(zero_page + ZERO_PAGE_E820);

	for (u32 i = 0; i < count; i++) {
		image_map[i].size = sizeof(image_map[i].entry);
		image_map[i].entry = entries[i];
	}
	image_info[0] = BIT(2) | BIT(6);
	image_info[4] = *(const u32 *)(zero_page + ZERO_PAGE_CMDLINE);
	image_info[11] = count * (u32)sizeof(image_map[0]);
	image_info[12] = (u32)(u64)image_map;
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
	cr_write(cr0, cr_read(cr0) | CR0_WP);
	cpu_first(image_info);
}
