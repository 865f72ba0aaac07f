// SPDX-License-Identifier: Apache-2.0
// The guest's I/O APIC (Intel 82093AA data sheet): 24 inputs, edge and level, whose entries turn
// into messages to local APICs.
#pragma once

#include <hv/vdev.h>

#define VIOAPIC_INPUTS 24

extern const struct vdev_ops vioapic_ops;

/* The wire of an input has this level now. vm->lock held. */
void vioapic_set(struct vdev *dev, u32 input, bool level);
/* A local APIC has ended a level-triggered interrupt of this vector. vm->lock held. */
void vioapic_eoi(struct vdev *dev, u8 vector);
