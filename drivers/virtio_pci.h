// SPDX-License-Identifier: Apache-2.0
// What the two interfaces of virtio over PCI share, virtio_pci.c and virtio_pci_legacy.c.
#pragma once

#include "pci.h"
#include "virtio.h"

#define VIRTIO_PCI_VENDOR 0x1af4
#define VIRTIO_PCI_VECTOR 0 /* of the MSI-X table, for all */

/* The current interface. 0, -ENOENT (the device does not have it) or -E. */
int virtio_pci_probe(const struct pci_function *function);

/* Device numbers of the current interface are this plus the kind of device (4.1.2). */
#define VIRTIO_PCI_DEVICE(id) (0x1040 + (id))

/* The driver for the kind of device that the function is by its device number. */
virtio_driver *virtio_pci_driver_for(const struct pci_function *function);
