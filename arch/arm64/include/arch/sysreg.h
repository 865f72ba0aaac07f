// SPDX-License-Identifier: Apache-2.0
// System registers by their names in the manual, and the barriers that go with them.
#pragma once

#include <hv/types.h>

#define sysreg_read(reg)                                             \
	({                                                           \
		u64 sysreg_value_;                                   \
		asm volatile("mrs %0, " #reg : "=r"(sysreg_value_)); \
		sysreg_value_;                                       \
	})
#define sysreg_write(reg, value) \
	asm volatile("msr " #reg ", %x0" ::"rZ"((u64)(value)) : "memory")

/* What was written to system registers counts from here on. */
static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

/* All memory accesses and maintenance before are done; `domain`: sy, ish, nshst ... */
#define dsb(domain) asm volatile("dsb " #domain ::: "memory")

/* TLB and cache maintenance: tlbi(vmalle1is), tlbi_at(vae2is, page number). */
#define tlbi(op)           asm volatile("tlbi " #op ::: "memory")
#define tlbi_at(op, value) asm volatile("tlbi " #op ", %0" ::"r"((u64)(value)) : "memory")
