// SPDX-License-Identifier: Apache-2.0
// The interrupt controller that guests see: models gicv3 (vgicv3.c) and gicv2 (vgicv2.c), whose
// interrupts and list registers are the same (vgic.c, vgic_lr.c). What the guest does to its CPU
// interface happens in hardware; the distributor and the redistributors are emulated.
//
// vm->lock is held around every call.
#pragma once

#include <hv/irq.h>
#include <hv/types.h>

struct vdev;
struct vdev_ops;
struct vgic;

#define VGIC_INTIDS 128 /* SGIs, PPIs, and 96 SPIs */
#define VGIC_INPUT  0   /* `irq` of our vm_cpu_irq(): the CPU has to call vgic_sync() */

/*
 * The models. The board makes one that fits the machine (`gich` must not be NULL), before the
 * devices that are wired to it. The window made with it is the distributor. GICv3's
 * redistributors are a second window of the same device, VGICV3_GICR_SIZE for each CPU, at
 * offset VGICV3_GICR_OFFSET; GICv2's CPU interface is the machine's GICV, mapped.
 */
extern const struct vdev_ops vgicv2_ops;
extern const struct vdev_ops vgicv3_ops;

#define VGICV2_CPUS_MAX    8
#define VGICV3_GICR_OFFSET 0x10000UL
#define VGICV3_GICR_SIZE   0x20000UL

struct vgic *vgic_of(struct vdev *dev);
/* What the board puts into devices' lines; a line's `irq` is the INTID of an SPI. */
struct vintc *vgic_vintc(struct vgic *vgic);

/* The CPU starts anew: its CPU interface is as after power on. vCPU not loaded. */
void vgic_cpu_reset(struct vgic *vgic, u32 cpu);

/*
 * Puts the CPU's interface onto this cpu, and takes it back: all that only its own vCPU changes,
 * before vgic_load() and after vgic_save(), without vm->lock. A physical interrupt that the guest
 * has to deactivate is inactive while it is away. Its device must not interrupt meanwhile.
 */
void vgic_interface_load(struct vgic *vgic, u32 cpu);
void vgic_interface_save(struct vgic *vgic, u32 cpu);
/* The list registers. */
void vgic_load(struct vgic *vgic, u32 cpu);
void vgic_save(struct vgic *vgic, u32 cpu);

/*
 * Before the guest is entered, if vm_cpu_irq() told so, and after a maintenance interrupt: the
 * list registers have what the guest should be offered. CPU loaded here.
 */
void vgic_sync(struct vgic *vgic, u32 cpu);

/*
 * The guest's CPU has an interrupt that would be signalled to it: for WFI. CPU loaded here.
 */
bool vgic_pending(struct vgic *vgic, u32 cpu);

/* The line of one of a CPU's PPIs, which are level-sensitive. Any cpu. */
void vgic_ppi_set(struct vgic *vgic, u32 cpu, u32 intid, bool level);

/*
 * The physical PPI of the same number has been acknowledged and its priority dropped: the
 * guest's end of the virtual one will deactivate it. CPU loaded here; in effect at once.
 */
void vgic_forward(struct vgic *vgic, u32 cpu, u32 intid);

/* It was, and the guest has not ended it. The CPU is loaded nowhere. Any lock, or none. */
bool vgic_forwarded(const struct vgic *vgic, u32 cpu, u32 intid);

/*
 * The guest wrote `value` to ICC_SGI1R_EL1 (group1) or to ICC_SGI0R_EL1 or ICC_ASGI1R_EL1
 * (not: they reach SGIs of group 0 alone). CPU loaded here; in effect at once.
 */
void vgic_sgi(struct vgic *vgic, u32 cpu, u64 value, bool group1);

/*
 * The guest wrote `intid` to ICC_DIR_EL1 while that traps (ICH_HCR_TDIR): more interrupts are active
 * than there are list registers. CPU loaded here; in effect at once.
 */
void vgic_dir(struct vgic *vgic, u32 cpu, u32 intid);
