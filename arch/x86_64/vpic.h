// SPDX-License-Identifier: Apache-2.0
// The guest's pair of 8259A interrupt controllers, with their edge/level registers (Intel 8259A
// data sheet; ELCR: 82371 data sheet). Ports 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1.
#pragma once

#include <hv/vdev.h>

#define VPIC_INPUTS 16

/* Its output, INTR, as an input of vCPU 0 for vm_cpu_irq(). */
#define VCPU_INTR 0

extern const struct vdev_ops vpic_ops;

/* The wire of an input has this level now. vm->lock held. */
void vpic_set(struct vdev *dev, u32 input, bool level);
/* INTA: the vector of the interrupt that is delivered now (the spurious one if none is left). */
u8 vpic_ack(struct vdev *dev);
