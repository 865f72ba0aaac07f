// SPDX-License-Identifier: Apache-2.0
// What the files of the virtual GIC share. An interrupt is in one of two places: in the bitmaps
// here, or, while its CPU is loaded, in one of that cpu's list registers ("listed").
//
//   vgicv2.c, vgicv3.c   registers, routes         the two models
//   vgic_regs.c          registers of both
//   vgic.c               wires, SGIs, and what registers do to interrupts
//   vgic_lr.c            to list registers and back
//
// vm->lock is held everywhere.
#pragma once

#include "vgic.h"

#include <hv/bits.h>
#include <hv/config.h>
#include <hv/cpu.h>
#include <hv/vdev.h>

#include "gic.h"

#define VGIC_WORDS    (VGIC_INTIDS / 32)
#define VGIC_SGIS     16
#define VGIC_PRIORITY BITS(7, 3) /* the bits of a priority that exist */
#define VGIC_NOBODY   (~0U)      /* no CPU */

/* 32 interrupts: bit n of each mask is the n-th. */
struct vgic_bank {
	u32 enabled;
	u32 group; /* group 1 */
	u32 edge;  /* edge-triggered, else level-sensitive */
	u32 level; /* the wires */
	u32 latch; /* pending, whatever the wire does, and not seen by a list register yet */
	/*
	 * Not of a listed one, but what became of it when it was looked at last: pending by a
	 * latch, active.
	 */
	u32 queued;
	u32 active;
	u32 listed;
	/* To be done to listed ones of CPUs that run elsewhere, when they come back. */
	u32 end_pending, end_active, begin_active;
	u8 priority[32];
};

/* One of the guest's CPUs. Masks of four words are of all interrupts. */
struct vgic_cpu {
	struct cpu *host; /* where it is loaded, or NULL */
	bool dirty;       /* what is in list registers must change */
	bool overflow;    /* more was to be listed than there was room for */
	u32 lrs_used;     /* list registers: with something of ours, */
	u32 lrs_eoi;      /* ... with ICH_LR_EOI, */
	u32 lrs_hw;       /* ... with ICH_LR_HW */
	u8 lr_intid[GICH_LRS_MAX];
	u32 listed[VGIC_WORDS]; /* in its list registers */
	u32 mine[VGIC_WORDS];   /* routed to it; all of word 0 */
	u32 owned[VGIC_WORDS];  /* active, and it is the one that will end them */
	struct vgic_bank bank;  /* SGIs and PPIs */
	u32 forwarded; /* PPIs whose physical ones are active, for the guest to end */
	u32 linked;    /* ... with the end of the active virtual one */
	u8 sgi_sources[VGIC_SGIS]; /* GICv2: the CPUs whose SGIs are latched, a mask, */
	u8 sgi_source[VGIC_SGIS];  /* ... and the one whose SGI is active */
	bool asleep;               /* GICv3: GICR_WAKER */
	/* Its CPU interface while it is not loaded. */
	u32 vmcr;
	u32 apr[2][GICH_APRS_MAX];
};

struct vgic_state {
	u32 ctlr;       /* GICD_CTLR's group enables */
	u32 enabled[2]; /* by group, the same as masks: all or nothing */
	struct vgic_bank spi[VGIC_WORDS - 1];
	u64 route[VGIC_INTIDS]; /* GICD_IROUTER, GICD_ITARGETSR; of SPIs */
	struct vgic_cpu cpus[VM_CPUS_MAX];
};

struct vgic {
	struct vdev vdev; /* first */
	struct vintc vintc;
	u32 cpu_count;
	bool v2;
	struct vgic_state s;
};

#define vgic_for_each_cpu(c, vgic)                \
	for (struct vgic_cpu *c = (vgic)->s.cpus; \
		c < &(vgic)->s.cpus[(vgic)->cpu_count]; c++)

static inline struct vgic_bank *vgic_bank(struct vgic *vgic, struct vgic_cpu *c, u32 word)
{
	return word ? &vgic->s.spi[word - 1] : &c->bank;
}

/* Pending and not active; latched, or by the wire. */
static inline u32 bank_pending(const struct vgic_bank *bank)
{
	return bank->latch | bank->queued | (bank->level & ~bank->edge);
}

/* What of a word `c` should be offered and is not. */
static inline u32 vgic_offerable(struct vgic *vgic, struct vgic_cpu *c, u32 word)
{
	const struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u32 group =
		(bank->group & vgic->s.enabled[1]) | (~bank->group & vgic->s.enabled[0]);

	return (bank->latch | (bank->level & ~bank->edge)) & bank->enabled & group &
		c->mine[word] & ~(bank->active | bank->listed);
}

static inline bool vgic_is_here(const struct vgic_cpu *c)
{
	return c->host == cpu_this();
}

/* ---- vgic.c. `c` is whose SGIs and PPIs word 0 is, else it does not matter ---- */

/* The common part of a model's create(): with create's errors. */
int vgic_create(struct vdev *dev, bool v2, u32 cpus_max);
/* The common part of reset(); the wires stay as they are. */
void vgic_reset(struct vgic *vgic);
void vgic_set_ctlr(struct vgic *vgic, u32 ctlr);
/* From now on an SPI goes to that CPU, or to nobody. */
void vgic_set_home(struct vgic *vgic, u32 intid, u32 cpu);

/* A CPU shall call vgic_sync(). */
void vgic_notify(struct vgic *vgic, struct vgic_cpu *c);
/* Tells those who should be offered any of `bits` now. */
void vgic_raise(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
/* Something else about `bits` has changed: list registers that have them are outdated. */
void vgic_review(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);

void vgic_enable(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
void vgic_disable(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
void vgic_set_pending(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
void vgic_clear_pending(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
void vgic_set_active(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
void vgic_clear_active(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits);
/* Makes `queued` and `active` true, now or (of CPUs that run elsewhere) soon. */
void vgic_refresh(struct vgic *vgic, struct vgic_cpu *c, u32 word);
/* An SGI of GICv2, or a GICv2 or GICv3 one to others, by a mask of CPUs. */
void vgic_send_sgi(struct vgic *vgic, u32 from, u32 targets, u32 sgi, bool group1);

/* ---- vgic_lr.c. `c` is loaded here ---- */

/* Everything listed is back in the bitmaps; vgic_sync() must follow before it enters. */
void vgic_take(struct vgic *vgic, struct vgic_cpu *c);
/* Takes everything back and lists what should be. */
void vgic_relist(struct vgic *vgic, struct vgic_cpu *c);
/* vgic_sync() for one interrupt that has just become pending. */
void vgic_offer(struct vgic *vgic, struct vgic_cpu *c, u32 intid);
/* The guest has not acknowledged this one, as far as we can know. */
bool vgic_is_untaken(const struct vgic_cpu *c, u32 intid);

/* ---- vgic_regs.c: registers that are the same in GICD and a GICR's SGI frame ---- */

/*
 * Offsets 0x080 to 0x7ff and 0xc00 to 0xcff, of `words` times 32 interrupts. `c`: whose the
 * first 32 are; NULL: they read as zero. False: there is no such register, or not of this size.
 */
bool vgic_regs_read(struct vgic *vgic, struct vgic_cpu *c, u32 words, u64 offset,
	u32 size, u64 *value);
bool vgic_regs_write(struct vgic *vgic, struct vgic_cpu *c, u32 words, u64 offset,
	u32 size, u64 value);

enum {
	GICD_CTLR = 0x0000,
	GICD_TYPER = 0x0004,
	GICD_IIDR = 0x0008,
};

#define GICD_CTLR_ENABLE BITS(1, 0) /* of groups 1 and 0 */

#define GICD_TYPER_CPUS  BITS(7, 5) /* less one; GICv2 */
#define GICD_TYPER_LINES BITS(4, 0) /* how many times 32, less one */

#define VGIC_IIDR      0x4c00043bU /* product "L", revision 0, on Arm's architecture */
#define GIC_PIDR2_ARCH BITS(7, 4)
