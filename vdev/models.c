// SPDX-License-Identifier: Apache-2.0
// The only list of device models: what a "device MODEL" line of a VM file may name.
#include "models.h"

const struct vdev_ops *const vdev_models[] = {
	&uart16550_ops,
	&pl011_ops,
	&rtc_goldfish_ops,
	&pl031_ops,
	&sifive_test_ops,
	&virtio_blk_ops,
	&pit_8254_ops,
	&hpet_ops,
	&pci_host_ops,
	&pc_power_ops,
	&kbc_8042_ops,
	NULL,
};
