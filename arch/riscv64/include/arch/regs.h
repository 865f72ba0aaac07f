/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assembly and C agree on: the guest's registers as they lie in struct vcpu, and the
 * supervisor and hypervisor CSR bits we use (Privileged ISA 1.12/1.13, chapters "Supervisor-
 * Level ISA" and "Hypervisor Extension").
 */
#pragma once

#include <hv/bits.h>

/* struct arch_vcpu begins at offset 0 of struct vcpu, its regs at 0 of that. */
#define REGS_X(n)    ((n) * 8) /* x1 .. x31; the place of x0 is not used */
#define REGS_PC      (32 * 8)
#define VCPU_HOST_SP (33 * 8)
#define VCPU_HOST_RA (34 * 8)
#define VCPU_HOST_TP (35 * 8)

/* struct arch_cpu begins at offset 0 of struct cpu. */
#define CPU_TRAP_SP   0
#define CPU_STACK_TOP 8

/* struct host_trap: what trap.S saves when the hypervisor itself traps. */
#define HOST_TRAP_SIZE (32 * 8)

#ifndef __ASSEMBLER__
struct arch_regs {
	u64 x[32];
	u64 pc;
};

_Static_assert(offsetof(struct arch_regs, x[31]) == REGS_X(31), "enter.S");
_Static_assert(offsetof(struct arch_regs, pc) == REGS_PC, "enter.S");

/* Indices into x[] by their ABI names, where the code has a reason to name them. */
enum { REG_A0 = 10, REG_A1, REG_A2, REG_A3, REG_A4, REG_A6 = 16, REG_A7 };
#endif

/* sstatus, vsstatus */
#define SSTATUS_UXL  BITS(33, 32) /* XLEN of U mode */
#define SSTATUS_FS   BITS(14, 13) /* floating-point state: 0 off .. 3 dirty */
#define SSTATUS_SPP  BIT(8)       /* trapped from S (VS if hstatus.SPV), else U */
#define SSTATUS_SPIE BIT(5)       /* SIE before the trap */
#define SSTATUS_SIE  BIT(1)       /* interrupts on */
#define XL_64        2UL          /* in UXL and VSXL */
#define FS_CLEAN     2UL
#define FS_DIRTY     3UL

/* scause */
#define SCAUSE_INTERRUPT BIT(63)

/* sie, sip */
#define SIE_SEIE BIT(9) /* external */
#define SIE_STIE BIT(5) /* timer */
#define SIE_SSIE BIT(1) /* software: IPIs */

/* hvip, hie, hideleg: the guest's interrupts */
#define HVIP_VSEIP BIT(10) /* external */
#define HVIP_VSTIP BIT(6)  /* timer */
#define HVIP_VSSIP BIT(2)  /* software */

/* hstatus */
#define HSTATUS_VSXL BITS(33, 32) /* XLEN of VS mode */
#define HSTATUS_VTW  BIT(21)      /* WFI in VS traps at once */
#define HSTATUS_SPVP BIT(8)       /* privilege that hlv and hsv act with */
#define HSTATUS_SPV  BIT(7)       /* sret goes to V = 1 */

/* henvcfg */
#define HENVCFG_STCE  BIT(63) /* vstimecmp */
#define HENVCFG_PBMTE BIT(62) /* Svpbmt in the guest's own tables */
#define HENVCFG_CBZE  BIT(7)
#define HENVCFG_CBCFE BIT(6)
#define HENVCFG_CBIE  BITS(5, 4)
#define CBIE_FLUSH    1UL /* cbo.inval flushes: nothing that was cleared comes back */

/* hcounteren */
#define HCOUNTEREN_IR BIT(2)
#define HCOUNTEREN_TM BIT(1)
#define HCOUNTEREN_CY BIT(0)

/* satp, hgatp */
#define SATP_MODE    BITS(63, 60)
#define SATP_PPN     BITS(43, 0)
#define HGATP_MODE   BITS(63, 60)
#define HGATP_VMID   BITS(57, 44)
#define HGATP_PPN    BITS(43, 0)
#define SATP_SV39    8UL
#define HGATP_SV39X4 8UL
#define HGATP_SV48X4 9UL

/* Exception codes in scause and vscause, and numbers of hedeleg's bits. */
#ifndef __ASSEMBLER__
enum cause {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL_INSTRUCTION = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_U = 8,
	CAUSE_ECALL_VS = 10,
	CAUSE_FETCH_PAGE_FAULT = 12,
	CAUSE_LOAD_PAGE_FAULT = 13,
	CAUSE_STORE_PAGE_FAULT = 15,
	CAUSE_FETCH_GUEST_PAGE_FAULT = 20,
	CAUSE_LOAD_GUEST_PAGE_FAULT = 21,
	CAUSE_VIRTUAL_INSTRUCTION = 22,
	CAUSE_STORE_GUEST_PAGE_FAULT = 23,
};

/* Interrupt codes; also the inputs of backend->set_irq(). */
enum {
	IRQ_S_SOFT = 1,
	IRQ_S_TIMER = 5,
	IRQ_S_EXTERNAL = 9,
};
#endif
