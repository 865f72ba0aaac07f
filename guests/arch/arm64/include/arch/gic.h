// SPDX-License-Identifier: Apache-2.0
// The interrupt controller, GICv3 or GICv2: what intc.c and trap.c make of it, and registers for
// guests that look closer. IHI 0069 (v3), chapter 12; IHI 0048 (v2), chapter 4.
#pragma once

#include <hv/bits.h>
#include <arch/board.h>

/* Interrupts by number: 0-15 from cpus, 16-31 of one cpu, then those of devices. */
enum gic_line {
	LINE_IPI = 0,
	LINE_VTIMER = 27,
	LINE_PTIMER = 30,
	LINE_DEVICE_FIRST = 32,
	LINE_NONE = 1020, /* this and above: there is none */
};

/* Distributor. v3 has the ones of lines below 32 in GICR_SGI instead. */
#define GICD_CTLR          0x0000UL
#define GICD_TYPER         0x0004UL
#define GICD_IIDR          0x0008UL
#define GICD_IGROUPR(n)    (0x0080 + 4UL * (n)) /* a bit for each line, as the next six */
#define GICD_ISENABLER(n)  (0x0100 + 4UL * (n))
#define GICD_ICENABLER(n)  (0x0180 + 4UL * (n))
#define GICD_ISPENDR(n)    (0x0200 + 4UL * (n))
#define GICD_ICPENDR(n)    (0x0280 + 4UL * (n))
#define GICD_ISACTIVER(n)  (0x0300 + 4UL * (n))
#define GICD_ICACTIVER(n)  (0x0380 + 4UL * (n))
#define GICD_IPRIORITYR(l) (0x0400 + (u64)(l))  /* a byte for each line */
#define GICD_ITARGETSR(l)  (0x0800 + (u64)(l))  /* v2: a byte, a bit for each cpu */
#define GICD_ICFGR(n)      (0x0c00 + 4UL * (n)) /* two bits for each line */
#define GICD_SGIR          0x0f00UL             /* v2 */
#define GICD_IROUTER(l)    (0x6000 + 8UL * (l)) /* v3: the cpu, as MPIDR_EL1 */

#define CTLR_RWP     BIT(31) /* v3: a write is not complete yet */
#define CTLR_ARE     BIT(4)  /* v3: routing by affinity */
#define CTLR_GROUP1  BIT(1)
#define CTLR_GROUP0  BIT(0) /* v2: our only one */
#define SGIR_TARGETS BITS(23, 16)
#define SGIR_LINE    BITS(3, 0)

/* v3: redistributor; GICR_SGI + GICD_...(0) are a cpu's own lines. */
#define GICR_CTLR  0x0000UL
#define GICR_TYPER 0x0008UL
#define GICR_WAKER 0x0014UL
#define GICR_SGI   0x10000UL

#define GICR_CTLR_RWP BIT(3)
#define WAKER_ASLEEP  BIT(2)
#define WAKER_SLEEP   BIT(1)

/* v2: the interface to this cpu */
#define GICC_CTLR  0x00UL
#define GICC_PMR   0x04UL
#define GICC_BPR   0x08UL
#define GICC_IAR   0x0cUL
#define GICC_EOIR  0x10UL
#define GICC_HPPIR 0x18UL

#define IAR_LINE BITS(9, 0) /* above it, in v2, the cpu that sent an SGI */

/* v3: ICC_SGI1R_EL1 */
#define SGI1R_LINE    BITS(27, 24)
#define SGI1R_TARGETS BITS(15, 0)

#define ICC_SRE_SRE BIT(0)

/* Priorities, 0 the highest. A line needs one below the cpu's mask to get through. */
#define PRIORITY_CPU      0x80 /* our lines below 32 */
#define PRIORITY_DEVICE   0xa0
#define PRIORITY_MASK_ALL 0xf0 /* lets all through */
#define PRIORITY_MASK_CPU PRIORITY_DEVICE

/* Reads in the device tree which one it is; 2 or 3. */
void gic_find(void);
u32 gic_version(void);

/* Makes it work for this cpu, with devices' lines masked; nothing if it does already. */
void gic_start(void);

/* To be said of a cpu that has been off: it has forgotten. */
void gic_stopped(u32 cpu);

/* Takes the interrupt of the highest priority: what gic_end() wants, with its IAR_LINE. */
u32 gic_ack(void);
void gic_end(u32 ack);
/* The line that gic_ack() would take, if its priority suffices. */
u32 gic_peek(void);

void gic_mask_set(u32 priority);
void gic_line_set(u32 line, u32 priority);
/* A line below 32 is this cpu's own. Off, it is off for sure when this returns. */
void gic_line_enable(u32 line, bool on);
void gic_sgi(u32 line, u32 cpu);

/* A register of the distributor for `line`: GICR's for this cpu's own lines in v3. */
volatile u32 *gicd_reg(u64 offset);
volatile u32 *gic_line_reg(u32 line, u64 offset);
static inline volatile u32 *gicc_reg(u64 offset)
{
	return (volatile u32 *)(GICC_BASE + offset);
}
volatile u32 *gicr_reg(u32 cpu, u64 offset);

/* intc.c: keeps a device's line for intc_claim(); ends it if that was not called. */
void intc_keep(u32 ack);
void intc_drop(void);
/* clock.c: silences a timer that has expired; false if it has not. */
bool timer_silence(u32 line);
