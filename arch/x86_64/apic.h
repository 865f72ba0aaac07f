// SPDX-License-Identifier: Apache-2.0
// The local APIC of this processor (SDM volume 3A, chapter 11), as x2APIC where there is one.
#pragma once

#include <hv/types.h>

/* The boot cpu, once: finds and maps it. Panics if there is none. */
void apic_init(void);
/* This cpu: enables it, nothing pending, its timer off. */
void apic_on(void);
u32 apic_id(void);
/* The end of the interrupt that was taken last. */
void apic_eoi(void);
/* It looks anew for what is pending: for processors that may have missed it. */
void apic_poll(void);

/* To the processor with this id; returns when it is on its way. */
void apic_ipi(u32 id, u8 vector);
/* INIT: the processor waits for a start-up IPI then, whatever it did. Takes 10 ms. */
void apic_init_ipi(u32 id);
/* Start-up IPIs: it begins in real mode at this page of memory, if it waits (SDM 8.4.4.1). */
void apic_start_ipi(u32 id, u8 page);

/* The timer, one shot: in `count` of its ticks, 0: never; ticks a second, after apic_init(). */
void apic_timer_set(u32 count);
u64 apic_timer_hz(void);
