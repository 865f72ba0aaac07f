// SPDX-License-Identifier: Apache-2.0
// What the PC board asks its HPET.
#pragma once

#include <hv/vdev.h>

/*
 * LEG_RT_CNF: the HPET drives the inputs of the interval timer (GSI 2) and of the clock (GSI 8),
 * and those do not reach them. vm->lock held.
 */
bool hpet_is_legacy(const struct vdev *dev);
