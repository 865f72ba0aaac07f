// SPDX-License-Identifier: Apache-2.0
// A guest's timers. The virtual one is the cpu's own, with an offset, and its interrupt is
// forwarded; the physical one is emulated. Both count guest time: the physical counter less
// vm->time_offset.
#pragma once

#include <hv/types.h>

struct vcpu;

void vtimer_init(struct vcpu *vcpu);
/* Nothing of it runs any more; vCPU OFF. */
void vtimer_fini(struct vcpu *vcpu);
/* Both off, and their interrupts. Before it is loaded, vm->lock held. */
void vtimer_reset(struct vcpu *vcpu);

/* With the rest of the vCPU's state. */
void vtimer_load(struct vcpu *vcpu);
void vtimer_save(struct vcpu *vcpu);
/* It is saved, and so is its GIC, and it will idle: it is woken when its time comes. */
void vtimer_sleep(struct vcpu *vcpu);

/* Guest time in ticks. */
u64 vtimer_now(const struct vcpu *vcpu);

/* CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTP_TVAL_EL0 of the emulated timer. vCPU loaded, no locks. */
enum vtimer_register { VTIMER_CTL, VTIMER_CVAL, VTIMER_TVAL };
u64 vtimer_read(struct vcpu *vcpu, enum vtimer_register reg);
void vtimer_write(struct vcpu *vcpu, enum vtimer_register reg, u64 value);
