// SPDX-License-Identifier: Apache-2.0
// A guest's timer: by vstimecmp, without any exit, where the hart has Sstc; else by a timer of
// ours and an injected interrupt. Guest time is the time CSR less vm->time_offset.
#pragma once

#include <hv/types.h>

struct vcpu;

void vtimer_init(struct vcpu *vcpu);

/* SBI set_timer: an interrupt when guest time reaches `ticks`, none pending before. Loaded. */
void vtimer_set(struct vcpu *vcpu, u64 ticks);

/* With the rest of the vCPU's state. A vCPU without the hart is woken when its time comes. */
void vtimer_load(struct vcpu *vcpu);
void vtimer_save(struct vcpu *vcpu);

/* Guest time of a loaded or saved vCPU. */
u64 vtimer_now(const struct vcpu *vcpu);
