// SPDX-License-Identifier: Apache-2.0
// What a vCPU and a VM need on AArch64.
#pragma once

#include <hv/timer.h>
#include <arch/insn.h>
#include <arch/regs.h>

struct cpu;
struct vgic;

/*
 * A guest's EL1 and EL0 registers that no exit touches: on the cpu while the vCPU is loaded,
 * here while not. x(NAME) for each, by its name in the manual.
 */
#define EL1_REGISTERS(x)                                                          \
	x(sctlr_el1) x(cpacr_el1) x(ttbr0_el1) x(ttbr1_el1) x(tcr_el1) x(esr_el1) \
		x(afsr0_el1) x(afsr1_el1) x(far_el1) x(mair_el1) x(amair_el1)     \
			x(vbar_el1) x(contextidr_el1) x(tpidr_el1) x(cntkctl_el1) \
				x(csselr_el1) x(par_el1) x(mdscr_el1) x(elr_el1)  \
					x(spsr_el1) x(sp_el1)

#define EL0_REGISTERS(x) x(sp_el0) x(tpidr_el0) x(tpidrro_el0)

#define REGISTER_FIELD(name) u64 name;

struct el_state {
	EL0_REGISTERS(REGISTER_FIELD)
	EL1_REGISTERS(REGISTER_FIELD)
};

struct fp_state {
	u64 q[32][2];
	u64 fpsr, fpcr;
};

#define DEBUG_REGISTERS_MAX 16

/* Break- and watchpoints: on the cpu only of a guest that has used some. */
struct debug_state {
	u64 bvr[DEBUG_REGISTERS_MAX], bcr[DEBUG_REGISTERS_MAX];
	u64 wvr[DEBUG_REGISTERS_MAX], wcr[DEBUG_REGISTERS_MAX];
};

/* A timer as a guest sees it. */
struct vtimer_state {
	u64 cval; /* guest ticks */
	u64 ctl;
};

/* What others want of a vCPU; bits set by any cpu, taken by its own before it enters. */
enum {
	REQUEST_VGIC = 1, /* the virtual GIC has something to look at: vgic_sync() */
};

struct arch_vcpu {
	struct arch_regs regs;
	u64 host_lr; /* where to go on when the guest exits */
	struct cpu *host_cpu;
	u64 host_sp;
	u64 ttbr0, host_ttbr0; /* el1 only */
	u64 hcr;               /* HCR_EL2 while it is loaded */
	struct el_state el;
	struct fp_state fp;
	struct debug_state debug;
	bool debug_used;
	struct vtimer_state virtual_timer;  /* CNTV: on the cpu while loaded */
	struct vtimer_state physical_timer; /* CNTP: emulated by `timer` (vm->lock) */
	struct timer physical_fire;
	struct insn insn;   /* of the newest EXIT_MMIO that had to be decoded */
	bool fresh;         /* it was reset: its timers and interrupts still have to be */
	u32 requests;       /* REQUEST_* (atomic) */
	struct cpu *loaded; /* whose registers hold el_state now (atomic) */
};

_Static_assert(offsetof(struct arch_vcpu, host_lr) == VCPU_HOST_LR, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_cpu) == VCPU_HOST_CPU, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_sp) == VCPU_HOST_SP, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, ttbr0) == VCPU_TTBR0, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_ttbr0) == VCPU_HOST_TTBR0, "enter.S");

struct arch_vm {
	u64 vttbr;         /* el2: VTTBR_EL2; el1: TTBR0_EL1 */
	struct vgic *vgic; /* el2; a GICv3, or a GICv2 */
	bool gicv3;
};
