// SPDX-License-Identifier: Apache-2.0
// The local APIC that a guest's CPU has (vlapic.c), with its timer: SDM volume 3A, chapter 11
// ("Advanced Programmable Interrupt Controller"), in xAPIC and x2APIC mode. It is part of the
// vCPU, not a device on a bus: at one address each CPU finds its own.
#pragma once

#include <hv/timer.h>
#include <hv/types.h>

struct vcpu;
struct vm;

/* How a message is delivered: the delivery mode of ICR, LVT, I/O APIC entries and MSIs. */
enum apic_mode {
	APIC_FIXED = 0,
	APIC_LOWEST = 1,
	APIC_SMI = 2,
	APIC_NMI = 4,
	APIC_INIT = 5,
	APIC_SIPI = 6,
	APIC_EXTINT = 7,
};

/* An interrupt message on its way to one or more local APICs. */
struct apic_message {
	u32 dest; /* physical or logical, or APIC_BROADCAST */
	u8 vector;
	u8 mode; /* enum apic_mode */
	bool logical;
	bool level;    /* trigger mode */
	bool deassert; /* of a level: does nothing */
};

#define APIC_BROADCAST (~0U)

/* A destination of 8 bits, as I/O APICs, MSIs and xAPIC mode have. */
static inline u32 apic_dest(u8 dest)
{
	return dest == 0xff ? APIC_BROADCAST : dest;
}

/* Numbers of lvt[]. */
enum apic_lvt {
	LVT_CMCI,
	LVT_TIMER,
	LVT_THERMAL,
	LVT_PERFMON,
	LVT_LINT0,
	LVT_LINT1,
	LVT_ERROR,
	LVT_COUNT,
};

#define APIC_WORDS 4 /* of 64 vectors each */

struct vlapic {
	/* Of all 256 vectors; other cpus set bits (atomic). Bit n of word n / 64. */
	u64 irr[APIC_WORDS];
	u64 tmr[APIC_WORDS]; /* (atomic) */
	u64 isr[APIC_WORDS]; /* its own cpu's, as all that follows */
	u64 base;            /* IA32_APIC_BASE */
	u32 id;              /* of the vCPU: its x2APIC id, and xAPIC id */
	u32 tpr;
	u32 ldr, dfr, svr;
	u32 esr;     /* as read */
	u32 esr_new; /* what has been found since it was last written (atomic) */
	u64 icr;
	u32 lvt[LVT_COUNT];
	u32 timer_initial, timer_divide;
	bool timer_counting; /* not in deadline mode */
	u64 timer_start; /* host ns when the count was, or may have been, at its initial value */
	u64 tsc_deadline; /* the guest's TSC; 0: none */
	struct timer timer;
	struct vm *vm;
};

/* ---- The vCPU's side calls, on the vCPU's cpu unless said ---- */

void vlapic_init(struct vlapic *apic, struct vm *vm, u32 id);
/* Nothing of it fires any more; any cpu, vCPU OFF. */
void vlapic_fini(struct vlapic *apic);
/*
 * As after an INIT: the base stays. The boot CPU's is as firmware leaves it: on, with the 8259s'
 * interrupt and the NMI let through (MultiProcessor Specification 1.4, "Virtual Wire Mode").
 */
void vlapic_reset(struct vlapic *apic);

/*
 * A register, by its offset / 16, as 32 bits (64 for ICR in x2APIC mode), of an APIC that
 * IA32_APIC_BASE has not disabled. No locks held. False: there is no such register in this
 * mode: as MMIO it reads 0, as an MSR it is #GP.
 */
bool vlapic_read(struct vlapic *apic, u32 reg, u64 *value);
bool vlapic_write(struct vlapic *apic, u32 reg, u64 value);

/* IA32_APIC_BASE; false: #GP. */
bool vlapic_set_base(struct vlapic *apic, u64 value);
static inline bool vlapic_is_x2apic(const struct vlapic *apic)
{
	return apic->base & (1UL << 10);
}
/* IA32_TSC_DEADLINE, in the guest's TSC. */
u64 vlapic_tsc_deadline(const struct vlapic *apic);
void vlapic_set_tsc_deadline(struct vlapic *apic, u64 tsc);

/* The vector to be delivered now, if the CPU takes interrupts, or -1: above ISR and TPR. */
int vlapic_pending(const struct vlapic *apic);
/* It is delivered: from IRR to ISR. */
void vlapic_accept(struct vlapic *apic, u8 vector);
/* CR8 and back: the upper four bits of TPR. */
void vlapic_set_tpr(struct vlapic *apic, u32 tpr);
/* LINT0 lets the 8259's interrupt through to this CPU. */
bool vlapic_takes_extint(const struct vlapic *apic);

/* ---- For interrupt controllers and PCI: any cpu, vm->lock held or not ---- */

/*
 * Delivers the message to all it is for, APIC_LOWEST to the one of them with the lowest TPR.
 * False if nobody took it. An APIC_SIPI goes nowhere: only processors send it.
 */
bool vlapic_deliver(struct vm *vm, const struct apic_message *message);
/* An MSI: address and data as a device writes them (SDM, "Message Signalled Interrupts"). */
bool vlapic_msi(struct vm *vm, u64 address, u32 data);

/* ---- What the vCPU's side gives (vevent.c; tests fake it). Any cpu. ---- */

/* The VM's n-th local APIC, or NULL. */
struct vlapic *vlapic_of(struct vm *vm, u32 n);
/* An interrupt may be pending that was not: the vCPU looks before it enters again, or wakes. */
void vlapic_notify(struct vlapic *apic);
/* A message that is no interrupt: APIC_NMI, APIC_SMI (ignored), APIC_INIT, APIC_SIPI. */
void vlapic_signal(struct vlapic *apic, enum apic_mode mode, u8 vector);
/* The guest's TSC now. */
u64 vlapic_tsc(const struct vlapic *apic);
/* Host ns when the guest's TSC will be `tsc`; ~0: never. */
u64 vlapic_tsc_to_host(const struct vlapic *apic, u64 tsc);
/* The end of a level-triggered interrupt: the I/O APICs want to know. */
void vlapic_eoi(struct vlapic *apic, u8 vector);
