// SPDX-License-Identifier: Apache-2.0
// Cache maintenance by set and way, which no guest could do: it reaches one cpu's caches, and the
// vCPU may be on another by then. What a guest wants of it is that memory is as it has written
// it before it turns its caches off, or has turned them on.
#pragma once

#include <hv/types.h>

struct vcpu;

/* DC ISW, CSW, CISW: all of the VM's RAM is written back, once, and watched from then on. */
void vcache_set_way(struct vcpu *vcpu, u32 reg, u64 value);
/*
 * A write of a stage 1 control register (its number in ISS_SYS_REG) while it is watched: when it
 * turns caches on or off, RAM is written back, and on ends the watch.
 */
void vcache_write(struct vcpu *vcpu, u32 reg, u64 value);
