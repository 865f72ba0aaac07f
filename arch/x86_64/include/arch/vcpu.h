// SPDX-License-Identifier: Apache-2.0
// What a vCPU and a VM need on x86-64.
#pragma once

#include <hv/types.h>
#include <arch/insn.h>
#include <arch/regs.h>
#include <arch/vlapic.h>

struct cpu;
struct vdev;
struct vmcb;
struct vmcs;

/* What others want of a vCPU; bits set by any cpu, taken by its own before it enters. */
enum {
	REQUEST_IRQ = 1, /* an interrupt may be pending: look */
	REQUEST_NMI = 2,
	REQUEST_INIT = 4,
	REQUEST_FLUSH = 8,  /* forget all cached translations */
	REQUEST_EVENT = 16, /* `event` is to be delivered */
};

/* An event to be delivered at the next entry, or again, since it was cut short. */
enum event_type {
	EVENT_EXTERNAL = 0,
	EVENT_NMI = 2,
	EVENT_EXCEPTION = 3,
	EVENT_SOFTWARE = 4
};

struct event {
	u8 vector;
	u8 type; /* enum event_type */
	bool has_error;
	u8 length; /* EVENT_SOFTWARE: of the instruction */
	u32 error;
};

/* Memory type range registers: kept for the guest, without effect (SDM 11.11). */
#define MTRR_VARIABLE 8
struct mtrrs {
	u64 variable[2 * MTRR_VARIABLE];
	u64 fixed[11];
	u64 def_type;
};

#define XSAVE_MAX 2816U /* x87, SSE, AVX, AVX-512, PKRU: standard form (SDM 13.4) */

struct arch_vcpu {
	struct arch_regs regs;
	u64 host_rsp;      /* where to go on when the guest exits: enter.S */
	u64 control;       /* host-physical address of the control block: enter.S */
	struct vmcb *vmcb; /* svm */
	struct vmcs *vmcs; /* vmx */
	u32 requests;      /* REQUEST_* (atomic) */
	struct cpu *
		loaded; /* the cpu whose registers hold its state now, or NULL (atomic) */
	struct event event;
	bool pic_intr;    /* the 8259's INTR; vCPU 0 (atomic) */
	bool nmi_pending; /* one at most waits (its own cpu) */
	bool wait_sipi;   /* after an INIT: only a SIPI starts it (vm->lock) */
	bool idle_shadow;
	struct insn insn; /* of the newest EXIT_MMIO or EXIT_PIO, for finish() */
	bool insn_simple; /* IN or OUT, of which the hardware has told all */
	gpa_t insn_gpa;
	u64 dr[4];
	u64 xcr0;
	u64 misc_enable;
	u64 tsc_adjust; /* IA32_TSC_ADJUST: the guest's TSC less what it was given */
	struct mtrrs mtrrs;
	struct vlapic lapic;
	u8 xsave[XSAVE_MAX] __attribute__((aligned(64)));
};

struct arch_vm {
	struct vdev *pic;
	struct vdev *ioapic;
	struct vintc *intc; /* ISA interrupts and GSIs, to both */
	u64 serial;         /* never used twice, unlike addresses and ASIDs */
	void *backend;      /* its own part: permission maps */
};
