// SPDX-License-Identifier: Apache-2.0
// What boot.S and boot.c know of the machine, for this folder.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

struct cpu;
struct efi_boot;

/* Our own map is as wide as the architecture's usual 48 bits. */
#define RAM_LIMIT BIT(48)

/* What a cpu needs to turn translation on: paging.c fills it in, boot.S uses it. */
struct boot_regs {
	u64 mair, tcr, ttbr, sctlr;
};

_Static_assert(offsetof(struct boot_regs, mair) == BOOT_MAIR, "boot.S");
_Static_assert(offsetof(struct boot_regs, tcr) == BOOT_TCR, "boot.S");
_Static_assert(offsetof(struct boot_regs, ttbr) == BOOT_TTBR, "boot.S");
_Static_assert(offsetof(struct boot_regs, sctlr) == BOOT_SCTLR, "boot.S");

extern struct boot_regs boot_regs;

/* boot.S */
_Noreturn void cpu_entry(struct cpu *cpu);
void mmu_on(const struct boot_regs *regs);
_Noreturn void stack_switch(struct cpu *cpu, u64 stack_top, void (*then)(void));
/* From efi_main(): all that is given and the image itself are in memory, not only in a cache. */
_Noreturn void boot_from_efi(const void *fdt, const struct efi_boot *efi);

/* boot.S to C, after hv_relocate(); efi is NULL if it was not efi_main() that started us. */
_Noreturn void boot_main(const void *fdt, const struct efi_boot *efi);

/* The machine, from its registers. */
struct machine {
	bool el2;     /* we run at EL2, else at EL1 */
	u32 pa_range; /* ID_AA64MMFR0_EL1.PARange, at most PA_RANGE_48 */
	u32 pa_bits;  /* what that means */
};
extern struct machine machine;

#define PA_RANGE_48 5U /* we use no more than 48 bits */
