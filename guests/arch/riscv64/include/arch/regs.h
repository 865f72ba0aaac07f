/* SPDX-License-Identifier: Apache-2.0 */
/* Supervisor registers of RISC-V as a guest uses them. Privileged spec, chapter 12. */
#pragma once

#include <hv/bits.h>

/* 12.1.1 sstatus */
#define SSTATUS_SPP  BIT(8) /* mode before the trap: 1 supervisor */
#define SSTATUS_SPIE BIT(5) /* SIE before the trap */
#define SSTATUS_SIE  BIT(1) /* interrupts on */

/* 12.1.3 sie, sip */
#define SIE_SEIE BIT(9) /* external */
#define SIE_STIE BIT(5) /* timer */
#define SIE_SSIE BIT(1) /* software */

/* 12.1.8 scause */
#define SCAUSE_INTERRUPT BIT(63)

#ifndef __ASSEMBLER__
enum scause_interrupt {
	INTERRUPT_SOFTWARE = 1,
	INTERRUPT_TIMER = 5,
	INTERRUPT_EXTERNAL = 9,
};

enum scause_exception {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
};

/* 12.1.11 satp */
#define SATP_MODE      BITS(63, 60)
#define SATP_MODE_SV39 8
#define SATP_PPN       BITS(43, 0)

/* 12.4.1 Sv39 page-table entry */
#define PTE_PPN BITS(53, 10)
#define PTE_D   BIT(7) /* dirty */
#define PTE_A   BIT(6) /* accessed */
#define PTE_X   BIT(3)
#define PTE_W   BIT(2)
#define PTE_R   BIT(1)
#define PTE_V   BIT(0) /* valid */

#define csr_read(csr)                                                        \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define csr_write(csr, value) \
	__asm__ volatile("csrw " #csr ", %0" ::"rK"((u64)(value)) : "memory")
#define csr_set(csr, bits) \
	__asm__ volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits) \
	__asm__ volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_read_clear(csr, bits)                         \
	({                                                \
		u64 value_;                               \
		__asm__ volatile("csrrc %0, " #csr ", %1" \
			: "=r"(value_)                    \
			: "rK"((u64)(bits))               \
			: "memory");                      \
		value_;                                   \
	})
#endif
