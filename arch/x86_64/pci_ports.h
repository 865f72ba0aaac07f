// SPDX-License-Identifier: Apache-2.0
// The PC's PCI host bridge.
#pragma once

#include <hv/types.h>

/*
 * Finds the disks behind it; wire() gives the number of the interrupt that a function's interrupt
 * line register tells of, 0: none. Boot cpu, map on.
 */
void pci_ports_probe(u32 (*wire)(u8 line));
