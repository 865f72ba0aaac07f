// SPDX-License-Identifier: Apache-2.0
// What a vCPU and a VM need on RISC-V.
#pragma once

#include <arch/insn.h>
#include <arch/regs.h>

struct cpu;
struct vintc;

/* VS-level CSRs and their kin: on the hart while the vCPU is loaded, here while not. */
struct vs_state {
	u64 hstatus, sstatus; /* where sret goes: SPV, SPVP, SPP */
	u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp;
	u64 hvip;
	u64 vstimecmp;
	u64 scounteren, senvcfg; /* not banked by the H extension, and we use neither */
};

struct fp_state {
	u64 f[32];
	u64 fcsr;
};

/* What others want of a vCPU; bits set by any cpu, taken by its own before it enters. */
enum {
	REQUEST_IRQ = 1, /* see irq_raise, irq_lower */
	REQUEST_FENCE_I = 2,
	REQUEST_HFENCE_VVMA = 4,
};

struct arch_vcpu {
	struct arch_regs regs;
	u64 host_sp; /* where to go on when the guest exits */
	u64 host_ra;
	struct cpu *host_tp; /* the hart it is loaded on */
	struct vs_state vs;
	struct fp_state fp;
	struct insn insn; /* of the newest EXIT_MMIO, for finish() */
	u64 irq_raise;    /* hvip bits to set and clear before the next entry (atomic) */
	u64 irq_lower;
	bool suspended;     /* by hart_suspend, until it runs again (atomic) */
	u32 requests;       /* REQUEST_* (atomic) */
	struct cpu *loaded; /* whose CSRs hold vs_state now (atomic) */
};

_Static_assert(offsetof(struct arch_vcpu, host_sp) == VCPU_HOST_SP, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_ra) == VCPU_HOST_RA, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_tp) == VCPU_HOST_TP, "enter.S");

struct arch_vm {
	u64 hgatp;
	u64 serial; /* never used twice, unlike addresses and VMIDs */
	struct vintc *plic;
};
