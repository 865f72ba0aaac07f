// SPDX-License-Identifier: Apache-2.0
// The only list of device models that a "device MODEL" line of a VM file may name. What only a
// board can have is named there (models.h).
#include "models.h"

const struct vdev_ops *const vdev_models[] = {
	&uart16550_ops,
	&pl011_ops,
	&rtc_goldfish_ops,
	&pl031_ops,
	&sifive_test_ops,
	&virtio_blk_ops,
	&virtio_net_ops,
	&virtio_rng_ops,
	NULL,
};
