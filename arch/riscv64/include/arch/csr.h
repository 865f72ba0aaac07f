// SPDX-License-Identifier: Apache-2.0
// Control and status registers by their names in the manual: csr_read(scause).
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

#define csr_read(csr)                                              \
	({                                                         \
		u64 csr_value_;                                    \
		asm volatile("csrr %0, " #csr : "=r"(csr_value_)); \
		csr_value_;                                        \
	})
#define csr_write(csr, value) \
	asm volatile("csrw " #csr ", %0" ::"rK"((u64)(value)) : "memory")
#define csr_set(csr, bits) \
	asm volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits) \
	asm volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")

/* Whether this hart has a CSR: reading it does not trap. */
#define csr_probe(csr)                                         \
	({                                                     \
		trap_probing(true);                            \
		asm volatile("csrr zero, " #csr ::: "memory"); \
		!trap_probing(false);                          \
	})

/*
 * While on, a trap of the hypervisor itself skips the instruction (4 bytes) instead of
 * panicking. Returns whether one was skipped since it was last turned on. This cpu, boot.
 */
bool trap_probing(bool on);
