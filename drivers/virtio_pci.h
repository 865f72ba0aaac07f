// SPDX-License-Identifier: Apache-2.0
// What the two interfaces of virtio over PCI share, virtio_pci.c and virtio_pci_legacy.c.
#pragma once

#include "pci.h"

#define VIRTIO_PCI_VENDOR 0x1af4
#define VIRTIO_PCI_VECTOR 0 /* of the MSI-X table, for all */

/* The current interface. 0, -ENOENT (the device does not have it) or -E. */
int virtio_pci_probe(const struct pci_function *function);
