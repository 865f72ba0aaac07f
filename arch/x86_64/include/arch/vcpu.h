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
	REQUEST_SIPI = 32, /* see sipi_page */
	REQUEST_LEAVE =
		64,        /* its cpu looks around: another vCPU there may be ready now */
	REQUEST_FLUSH = 8, /* forget all cached translations */
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

/* How long the instruction at an address was that the guest may not carry out itself. */
#define INSN_LENGTHS 16
struct insn_length {
	u64 rip, cr3;
	u8 length;
};

/* The tag of its cached translations, on one cpu. */
struct asid {
	struct cpu *cpu;
	u64 serial;
};

/* Where code was found last, and by which entries of the guest's tables (vmemory.c). */
#define CODE_PAGE_ENTRIES 5
struct code_page {
	u64 linear; /* of the page */
	u64 cr0, cr3, cr4, efer;
	u32 count;
	const u64 *at[CODE_PAGE_ENTRIES];
	u64 entries[CODE_PAGE_ENTRIES];
	u8 *host; /* the page; NULL: nothing is remembered */
};

/* Instructions that were decoded lately, by their bytes. */
#define DECODED_SLOTS 8
struct decoded {
	u64 low, high;
	u8 mode; /* 0: none */
	struct insn insn;
};

#define XSAVE_MAX 2816U /* x87, SSE, AVX, AVX-512, PKRU: standard form (SDM 13.4) */

struct arch_vcpu {
	struct arch_regs regs;
	u64 host_rsp;      /* where to go on when the guest exits: enter.S (vmx) */
	u64 control;       /* host-physical address of the control block: enter.S */
	u64 host_control;  /* likewise of the one with the host's state (svm) */
	bool launched;     /* vmx: the next entry is a VMRESUME */
	struct vmcb *vmcb; /* svm */
	struct vmcs *vmcs; /* vmx */
	u32 requests;      /* REQUEST_* (atomic) */
	struct cpu *
		loaded; /* the cpu whose registers hold its state now, or NULL (atomic) */
	struct event event;
	bool pic_intr;    /* the 8259's INTR; vCPU 0 (atomic) */
	bool nmi_pending; /* one at most waits (its own cpu) */
	bool wait_sipi;   /* after an INIT: only a SIPI starts it (its own cpu) */
	bool halted;      /* in HLT (its own cpu) */
	bool window;      /* an exit is wanted when interrupts can come (its own cpu) */
	u8 sipi_page;     /* where the newest SIPI wants it to start (atomic) */
	/* The instruction of the newest EXIT_MMIO or EXIT_PIO, for finish(): */
	struct insn *insn;        /* in `decoded` */
	enum insn_mode insn_mode; /* how it was decoded, and */
	gpa_t insn_gpa;           /* where it was caught; */
	struct code_page code_page;
	struct decoded decoded[DECODED_SLOTS];
	u32 port_length; /* not 0: IN or OUT, of which the hardware has told all; its bytes */
	struct insn_length lengths[INSN_LENGTHS]; /* svm: see svm.c */
	struct asid asid;                         /* svm */
	bool nmi_blocked;                         /* svm: an NMI is being handled */
	bool stepping;    /* svm: RFLAGS.TF is ours, the guest's was */
	bool nmi_ends;    /* svm: ... behind the instruction that is stepped */
	bool step_shadow; /* svm: it is in the shadow of STI */
	u64 step_rflags, step_from;
	u64 vmcs_rip;        /* vmx: where the guest was when it exited */
	u64 cr2, dr6;        /* vmx, while it is not loaded */
	u64 syscall_msrs[5]; /* likewise: those of SYSCALL, in the order of regs.c */
	u64 dr[4];
	const struct cpu *xstate_cpu; /* that saved `xsave`, or NULL */
	u64 xcr0;
	u64 misc_enable;
	u64 tsc_aux;
	u64 tsc_adjust; /* IA32_TSC_ADJUST: the guest's TSC less what it was given */
	struct mtrrs mtrrs;
	struct vlapic lapic;
	u8 xsave[XSAVE_MAX] __attribute__((aligned(64)));
};

_Static_assert(offsetof(struct arch_vcpu, host_rsp) == VCPU_HOST_RSP, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, control) == VCPU_CONTROL, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, host_control) == VCPU_HOST_CONTROL, "enter.S");
_Static_assert(offsetof(struct arch_vcpu, launched) == VCPU_LAUNCHED, "enter.S");

struct arch_vm {
	struct vdev *pic;
	struct vdev *ioapic;
	struct vdev *hpet;  /* NULL while the VM is being built */
	struct vintc *intc; /* ISA interrupts and GSIs, to both */
	u64 serial;         /* never used twice, unlike addresses and ASIDs */
	void *backend;      /* its own part: permission maps */
};
