// SPDX-License-Identifier: Apache-2.0
// What the PC board tells its clock.
#pragma once

#include <hv/vdev.h>

/*
 * How much RAM there is, in bytes, below and above 4 GiB: what firmware leaves for kernels in the
 * CMOS RAM. While the VM is being built.
 */
void rtc_cmos_set_memory(struct vdev *dev, u64 below_4g, u64 above_4g);
