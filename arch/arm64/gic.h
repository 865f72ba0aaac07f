// SPDX-License-Identifier: Apache-2.0
// The machine's interrupt controller, GICv2 (Arm IHI 0048) or GICv3 (Arm IHI 0069): struct gic
// is what we use of it for ourselves, struct gich its list registers, which show interrupts to
// the guest of a cpu.
#pragma once

#include <hv/bits.h>
#include <hv/mm.h>
#include <hv/types.h>

struct cpu;

/* INTIDs */
#define GIC_SGI_KICK 0    /* the one SGI we send */
#define GIC_PPI      16   /* the first private peripheral interrupt */
#define GIC_SPI      32   /* the first shared one */
#define GIC_NONE     1020 /* from here on: special, nothing to be handled */

/* ---- Ours ---- */

/*
 * All interrupts have one priority, and the steps of ending one are apart: after ack() an
 * interrupt is active, drop() lets others of its priority come, deactivate() lets itself come
 * again. One that a guest shall deactivate (vgic_forward()) gets no deactivate() from us.
 * On any cpu, for the cpu that calls; interrupts masked.
 */
struct gic {
	const char *name;
	/*
	 * Takes this cpu's part into use, with the kick and no PPI enabled. Before anything
	 * below is called there. 0, or -ENODEV: there is no part for it.
	 */
	int (*cpu_init)(struct cpu *cpu);
	/* The INTID that was pending and is active now; GIC_NONE or more: there was none. */
	u32 (*ack)(void);
	void (*drop)(u32 irq);
	void (*deactivate)(u32 irq);
	/* Sends GIC_SGI_KICK; all that was written before is seen by who acknowledges it. */
	void (*ipi)(struct cpu *cpu);
	void (*ppi_enable)(u32 irq, bool on);
	void (*ppi_active)(u32 irq, bool active);
	/* SPIs go to the boot cpu. One that the machine does not have is ignored. */
	void (*spi_enable)(u32 irq, bool on);
};

/* The machine's; NULL until one of the next two has succeeded. */
extern const struct gic *gic;

/* A range of registers, as in the device tree; size 0: there is none. */
struct gic_range {
	hpa_t base;
	u64 size;
};

/*
 * Takes the machine's controller into use: everything that firmware left enabled is disabled,
 * `gic` and, if it has list registers and `gich` was asked for, `gich` are set, and SPIs are
 * offered to core/irq.c (irq_set_chip(), for irq_run()). Then cpu_init() on each cpu. Boot cpu,
 * once. 0; -EINVAL: a range is too small; -ENODEV: something else is there; -ENOMEM.
 */
struct gicv2_ranges {
	struct gic_range gicd, gicc;
	struct gic_range gich; /* hypervisor interface; .size 0: leave it alone */
	struct gic_range gicv; /* virtual CPU interface, for gicv2_gicv() */
};
int gicv2_init(const struct gicv2_ranges *ranges);

#define GICR_REGIONS_MAX 8

struct gicv3_ranges {
	struct gic_range gicd;
	struct gic_range gicr[GICR_REGIONS_MAX];
	u32 gicr_count;
	u64 gicr_stride; /* "redistributor-stride"; 0: as the redistributors say */
};
/* The list registers are used if we run at EL2. */
int gicv3_init(const struct gicv3_ranges *ranges);

/* The page pair that is mapped into GICv2 guests as their CPU interface. */
#define GICV_SIZE 0x2000UL

/* ---- List registers ---- */

/* ICH_LR<n>_EL2; GICv2's GICH_LR<n> is converted to and from it. */
#define ICH_LR_STATE    BITS(63, 62) /* enum lr_state */
#define ICH_LR_HW       BIT(61)      /* ICH_LR_PINTID is deactivated with it */
#define ICH_LR_GROUP    BIT(60)
#define ICH_LR_PRIORITY BITS(55, 48)
#define ICH_LR_PINTID   BITS(41, 32) /* with ICH_LR_HW */
#define ICH_LR_EOI      BIT(41) /* without: maintenance interrupt when it has ended */
#define ICH_LR_CPUID    BITS(34, 32) /* without, GICv2: who sent an SGI */
#define ICH_LR_VINTID   BITS(31, 0)

enum lr_state { LR_INVALID = 0, LR_PENDING = 1, LR_ACTIVE = 2 /* both are bits */ };

/* ICH_HCR_EL2 and GICH_HCR */
#define ICH_HCR_EOICOUNT BITS(31, 27) /* ends of what is in no list register */
#define ICH_HCR_TDIR     BIT(14)      /* trap ICC_DIR_EL1; GICv3 */
#define ICH_HCR_VGRP1DIE BIT(7)       /* maintenance: group 1 is disabled */
#define ICH_HCR_VGRP1EIE BIT(6)       /* ... enabled */
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_NPIE     BIT(3) /* maintenance: no list register is pending */
#define ICH_HCR_LRENPIE  BIT(2) /* maintenance: ICH_HCR_EOICOUNT is not 0 */
#define ICH_HCR_UIE      BIT(1) /* maintenance: at most one list register is in use */
#define ICH_HCR_EN       BIT(0)

/* ICH_VMCR_EL2 and GICH_VMCR, whose VMPriMask are the high bits of VPMR */
#define ICH_VMCR_VPMR   BITS(31, 24)
#define ICH_VMCR_VEOIM  BIT(9) /* ends drop the priority only */
#define ICH_VMCR_VFIQEN BIT(3) /* group 0 is FIQ; always so with system registers */
#define ICH_VMCR_VENG1  BIT(1)
#define ICH_VMCR_VENG0  BIT(0)

#define GICH_LRS_MAX  16
#define GICH_APRS_MAX 4 /* of a group */

/*
 * The hypervisor's side of the virtual CPU interface of the cpu that calls. Bit n of a mask is
 * list register n.
 */
struct gich {
	u32 lr_count;  /* 1 .. GICH_LRS_MAX */
	u32 apr_count; /* active priority registers of a group: 1, 2 or 4 */
	bool tdir;     /* ICH_HCR_TDIR is there */
	u64 (*lr_read)(u32 n);
	void (*lr_write)(u32 n, u64 lr);
	u32 (*elrsr)(void); /* those that are not in use */
	/* those with ICH_LR_EOI whose interrupt has ended: not in elrsr() */
	u32 (*eisr)(void);
	u32 (*hcr_read)(void);
	void (*hcr_write)(u32 hcr);
	u32 (*vmcr_read)(void);
	void (*vmcr_write)(u32 vmcr);
	u32 (*apr_read)(u32 group, u32 n);
	void (*apr_write)(u32 group, u32 n, u32 apr);
};

/* NULL if the machine has none. */
extern const struct gich *gich;

/* For the two above: set `gich`. On GICv2 0, -EINVAL: the range is too small, or -ENOMEM. */
int gichv2_init(const struct gic_range *range);
void gichv3_init(void);

/* ICC_SRE_EL1, ICC_SRE_EL2: the CPU interface as system registers, without bypass of any kind. */
#define ICC_SRE_ALL BITS(2, 0) /* DIB, DFB, SRE */

/* ---- gic.c: what both share ---- */

struct irqchip;
extern const struct irqchip gic_irqchip;
