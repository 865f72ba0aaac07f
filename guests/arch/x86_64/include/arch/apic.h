// SPDX-License-Identifier: Apache-2.0
// The local APIC (SDM volume 3A, chapter 11), by MMIO or as x2APIC by MSRs.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>
#include <arch/board.h>
#include <arch/regs.h>

/* Offsets of xAPIC registers; the MSR of x2APIC is MSR_X2APIC + offset / 16. */
enum apic_register {
	APIC_ID = 0x020,
	APIC_VERSION = 0x030,
	APIC_TPR = 0x080,
	APIC_PPR = 0x0a0,
	APIC_EOI = 0x0b0,
	APIC_LDR = 0x0d0,
	APIC_DFR = 0x0e0,
	APIC_SVR = 0x0f0,
	APIC_ISR = 0x100, /* eight words, 16 bytes apart; so are the next two */
	APIC_TMR = 0x180,
	APIC_IRR = 0x200,
	APIC_ESR = 0x280,
	APIC_ICR = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
	APIC_SELF_IPI = 0x3f0, /* x2APIC only */
};

#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_X2APIC BIT(10)
#define APIC_BASE_BSP    BIT(8)

#define SVR_ENABLE 0x100U

#define ICR_SHORT_SELF   0x40000U /* the destination field does not matter */
#define ICR_SHORT_ALL    0x80000U
#define ICR_SHORT_OTHERS 0xc0000U
#define ICR_ASSERT       0x4000U
#define ICR_PENDING      0x1000U
#define ICR_LOGICAL      0x800U
#define ICR_FIXED        0x000U /* delivery modes */
#define ICR_NMI          0x400U
#define ICR_INIT         0x500U
#define ICR_SIPI         0x600U

#define LVT_MASKED   0x10000U
#define LVT_EXTINT   0x700U
#define LVT_NMI      0x400U
#define LVT_ONCE     0x00000U /* timer modes */
#define LVT_PERIODIC 0x20000U
#define LVT_DEADLINE 0x40000U

#define DIVIDE_BY_1 0xbU

/* Lower than what comes from devices, higher than all else. */
#define TPR_CPU 0x40U /* no devices: classes 0 to 4 */
#define TPR_ALL 0x00U

bool apic_is_x2(void);
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
/* Bit `vector` of one of the three sets of eight words. */
bool apic_bit(u32 reg, u8 vector);

/* This cpu's, once: on, everything masked but what the other cpus send. */
void apic_start(void);
/* Goes over to x2APIC or xAPIC, starting anew; false if there is none. With one cpu on only. */
bool apic_set_x2(bool on);
void apic_eoi(void);
/* `command` is vector, delivery mode and shorthand. */
void apic_send(u32 id, u32 command);
void apic_send_self(u8 vector);

/* clock.c: the timer has interrupted; false if it has nothing to say. */
bool timer_expired(void);
/* clock.c: programs this cpu's timer again, for it was masked. */
void timer_again(void);
/* clock.c: the LVT entry of the timer as its way and mask want it. */
void timer_lvt(void);

/* intc.c: keeps a device's line for intc_claim(); ends it if that was not called. */
void intc_keep(u32 line);
void intc_drop(void);
