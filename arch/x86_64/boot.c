// SPDX-License-Identifier: Apache-2.0
// From the boot loader's hand to core/main.c: what multiboot tells (Multiboot Specification
// 0.6.96, 3.3), what ACPI tells of the processors, and what CPUID tells of this one.
#include "boot.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/hostmap.h>
#include <hv/main.h>
#include <hv/print.h>
#include <hv/string.h>
#include <arch/msr.h>

#include "com.h"
#include "devices.h"
#include "multiboot.h"
#include "timer.h"
#include "trap.h"

struct machine machine;

static u32 boot_magic, boot_info_at;

_Noreturn void boot_main(u32 magic, u32 info)
{
	boot_magic = magic;
	boot_info_at = info;
	hv_main();
}

static void add_range(struct mem_range *list, u32 *count, u64 base, u64 size,
	const char *what)
{
	if (*count == BOOT_RANGES_MAX) {
		warn("more than %u ranges of %s: the rest is left out", BOOT_RANGES_MAX,
			what);
		return;
	}
	list[(*count)++] = (struct mem_range){base, size};
}

static void reserve(struct boot_info *boot, u64 base, u64 size)
{
	add_range(boot->reserved, &boot->reserved_count, base, size, "reserved memory");
}

/* The first tables map no more, and neither does a multiboot loader put anything above. */
static const void *low(u32 address)
{
	return hpa_ptr(HPA(address));
}

static void read_memory(struct boot_info *boot, const struct multiboot_info *info)
{
	const u8 *at = low(info->mmap_addr), *end = at + info->mmap_length;
	struct multiboot_range range;

	if (!(info->flags & MULTIBOOT_HAS_MMAP))
		panic("expected a memory map from the boot loader, found none");
	for (; at + sizeof(range) <= end; at += range.size + sizeof(range.size)) {
		memcpy(&range, at, sizeof(range));
		if (range.type == MULTIBOOT_RAM)
			add_range(boot->ram, &boot->ram_count, range.base, range.length,
				"RAM");
	}
	/* Real mode's: its vectors, the BIOS's data, and where processors start. */
	reserve(boot, 0, MiB(1));
	boot->image_size = (u64)(image_end - image_start);
	reserve(boot, (u64)image_start, boot->image_size);
}

/* The words behind the file's name; some loaders leave the name out. */
static void read_module(struct boot_info *boot, const struct multiboot_module *from)
{
	const char *words = from->cmdline ? low(from->cmdline) : "";
	struct boot_module *module = &machine.modules[machine.module_count];
	const char *name = strchr(words, ' ');
	u32 len = 0;

	name = name ? name + 1 : words;
	while (name[len] && name[len] != ' ' && len < sizeof(module->name) - 1)
		len++;
	if (from->end <= from->start || machine.module_count == BOOT_MODULES_MAX) {
		warn("module \"%s\" is left out: it is empty, or one of more than %u",
			words, BOOT_MODULES_MAX);
		return;
	}
	module->base = HPA(from->start);
	module->size = from->end - from->start;
	memcpy(module->name, name, len);
	machine.module_count++;
	reserve(boot, from->start, module->size);
}

const struct boot_module *boot_module(const char *name)
{
	for (u32 i = 0; i < machine.module_count; i++)
		if (strcmp(machine.modules[i].name, name) == 0)
			return &machine.modules[i];
	return NULL;
}

static void read_modules(struct boot_info *boot, const struct multiboot_info *info)
{
	const struct multiboot_module *modules = low(info->mods_addr);

	if (!(info->flags & MULTIBOOT_HAS_MODULES))
		return;
	for (u32 i = 0; i < info->mods_count; i++)
		read_module(boot, &modules[i]);
}

/* QEMU puts the image's file name first, GRUB does not; ours are "word=..." or plain words. */
static void read_cmdline(struct boot_info *boot, const struct multiboot_info *info)
{
	const char *line = info->flags & MULTIBOOT_HAS_CMDLINE ? low(info->cmdline) : "";
	const char *space = strchr(line, ' '), *equals = strchr(line, '=');

	if (space && (!equals || space < equals))
		line = space + 1;
	str_copy(boot->cmdline, sizeof(boot->cmdline), line);
}

enum {
	LEAF_FEATURES = 1,
	LEAF_STRUCTURED = 7,
	LEAF_XSAVE = 0xd,
	LEAF_EXTENDED = 0x80000001
};

#define FEATURES_ECX_X2APIC   BIT(21)
#define FEATURES_ECX_DEADLINE BIT(24)
#define FEATURES_ECX_XSAVE    BIT(26)
#define FEATURES_ECX_RDRAND   BIT(30)
#define STRUCTURED_EBX_RDSEED BIT(18)
#define EXTENDED_EDX_RDTSCP   BIT(27)
#define EXTENDED_EDX_PAGE_1G  BIT(26)

static void read_features(void)
{
	struct cpuid features = cpuid(LEAF_FEATURES, 0);
	struct cpuid states = cpuid(LEAF_XSAVE, 0);
	struct cpuid extended = cpuid(LEAF_EXTENDED, 0);

	machine.x2apic = features.ecx & FEATURES_ECX_X2APIC;
	machine.tsc_deadline = features.ecx & FEATURES_ECX_DEADLINE;
	machine.xsave = features.ecx & FEATURES_ECX_XSAVE;
	machine.rdrand = features.ecx & FEATURES_ECX_RDRAND;
	machine.rdseed = cpuid(LEAF_STRUCTURED, 0).ebx & STRUCTURED_EBX_RDSEED;
	/* Parts beyond those we know would not fit into a vCPU. */
	machine.xcr0 = machine.xsave ? states.eax & XCR0_KNOWN : 0;
	machine.page_1g = extended.edx & EXTENDED_EDX_PAGE_1G;
	machine.rdtscp = extended.edx & EXTENDED_EDX_RDTSCP;
}

void arch_boot(struct boot_info *boot)
{
	const struct multiboot_info *info = low(boot_info_at);

	trap_init();
	com_attach(0);
	print("\n"); /* behind what the firmware has left there */
	if (boot_magic != MULTIBOOT_LOADER_MAGIC)
		panic("expected to be started by a multiboot loader, found 0x%x in eax",
			boot_magic);
	read_features();
	read_cmdline(boot, info);
	read_memory(boot, info);
	read_modules(boot, info);
	boot->machine = "x86-pc";
	timer_calibrate();
	devices_boot(boot);
}
