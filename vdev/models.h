// SPDX-License-Identifier: Apache-2.0
// What the models' files give to the list of models, and to boards that have one built
// in.
#pragma once

#include <hv/vdev.h>

extern const struct vdev_ops uart16550_ops;
extern const struct vdev_ops pl011_ops;
extern const struct vdev_ops rtc_goldfish_ops;
extern const struct vdev_ops pl031_ops;
extern const struct vdev_ops sifive_test_ops;
extern const struct vdev_ops virtio_blk_ops;
extern const struct vdev_ops virtio_net_ops;
extern const struct vdev_ops virtio_rng_ops;
extern const struct vdev_ops pit_8254_ops;
extern const struct vdev_ops hpet_ops;
extern const struct vdev_ops pci_host_ops;
extern const struct vdev_ops pc_power_ops;
extern const struct vdev_ops kbc_8042_ops;
extern const struct vdev_ops rtc_cmos_ops;
