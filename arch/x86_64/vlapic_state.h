// SPDX-License-Identifier: Apache-2.0
// What the parts of the virtual local APIC (vlapic.c, vlapic_regs.c, vlapic_timer.c,
// vlapic_message.c) tell each other. SDM volume 3A, chapter 11.
#pragma once

#include <hv/bits.h>
#include <arch/vlapic.h>

#define VECTOR_WORD(v) ((v) / 64)
#define VECTOR_BIT(v)  BIT((v) % 64)
#define VECTORS_LEGAL  16 /* from here on (11.5.2) */

/* IA32_APIC_BASE (11.4.4) */
#define BASE_ADDRESS BITS(51, 12)
#define BASE_ENABLE  BIT(11)
#define BASE_X2APIC  BIT(10)
#define BASE_BSP     BIT(8)

#define TPR_BITS 0xffU

/* SVR (11.9) */
#define SVR_FOCUS  BIT(9)
#define SVR_ENABLE BIT(8)
#define SVR_VECTOR BITS(7, 0)

/* LVT entries (11.5.1) */
#define LVT_TIMER_MODE BITS(18, 17)
#define LVT_MASK       BIT(16)
#define LVT_TRIGGER    BIT(15)
#define LVT_REMOTE_IRR BIT(14) /* read only, always 0 here */
#define LVT_POLARITY   BIT(13)
#define LVT_STATUS     BIT(12) /* likewise */
#define LVT_MODE       BITS(10, 8)
#define LVT_VECTOR     BITS(7, 0)
enum timer_mode { TIMER_ONE_SHOT = 0, TIMER_PERIODIC = 1, TIMER_DEADLINE = 2 };

/* ESR (11.5.3) */
#define ESR_ILLEGAL_REGISTER BIT(7)
#define ESR_RECEIVE_ILLEGAL  BIT(6)
#define ESR_SEND_ILLEGAL     BIT(5)

/* Neither enabled by software nor there at all: no interrupts. */
static inline bool vlapic_is_on(const struct vlapic *apic)
{
	return apic->base & BASE_ENABLE && apic->svr & SVR_ENABLE;
}

/* ---- vlapic.c ---- */

/* PPR. Its own cpu. */
u32 vlapic_ppr(const struct vlapic *apic);
/* The end of the interrupt in service, if there is one. Its own cpu. */
void vlapic_end(struct vlapic *apic);
/* Something was in the way of interrupts, and may be no longer. Its own cpu. */
void vlapic_look(struct vlapic *apic);
/* The interrupt of an LVT entry, unless it is masked. Its own cpu. */
void vlapic_local(struct vlapic *apic, enum apic_lvt n);
/* Takes note of an error (ESR_*), and interrupts if the guest wants to know. Any cpu. */
void vlapic_error(struct vlapic *apic, u32 error);

/* ---- vlapic_message.c ---- */

/* An interrupt arrives. Any cpu. */
void vlapic_accept_message(struct vlapic *apic, u8 vector, bool level);
/* The same with a vector that is known to be legal. */
void vlapic_raise(struct vlapic *apic, u8 vector, bool level);
/* An IPI to itself by SELF IPI. Its own cpu. */
void vlapic_send_self(struct vlapic *apic, u8 vector);
/* ICR was written: the message goes out. Its own cpu. */
void vlapic_send(struct vlapic *apic);
/* The logical id that an x2APIC has (11.12.10.2). */
u32 vlapic_x2apic_ldr(u32 id);

/* ---- vlapic_timer.c; on its own cpu ---- */

void vlapic_timer_init(struct vlapic *apic);
/* The mode, the divider or the count were written. */
void vlapic_timer_mode(struct vlapic *apic, u32 old_lvt);
void vlapic_timer_divide(struct vlapic *apic, u32 value);
void vlapic_timer_set(struct vlapic *apic, u32 count);
u32 vlapic_timer_count(const struct vlapic *apic);
