// SPDX-License-Identifier: Apache-2.0
// A PCI host bridge whose configuration space lies in memory (PCI Express Base Specification
// 3.0, 7.2.2, "ECAM"). Only bus 0 is looked at, where emulators put their devices.
//
//	ECAM + 0        bus 0:  device 0   function 0 .. 7   4 KiB each
//	                        ...
//	                        device 31  function 0 .. 7
//	ECAM + 1 MiB    bus 1   not mapped
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>

#include "drivers.h"
#include "pci.h"

#define ECAM_FUNCTION_SIZE KiB(4)
#define ECAM_BUS_SIZE      MiB(1)

static u32 ecam_read(const struct pci_bridge *bridge, u32 function, u32 offset)
{
	return mmio_read32(bridge->ecam + function * ECAM_FUNCTION_SIZE + offset);
}

static void ecam_write(const struct pci_bridge *bridge, u32 function, u32 offset,
	u32 value)
{
	mmio_write32(bridge->ecam + function * ECAM_FUNCTION_SIZE + offset, value);
}

static const struct pci_config ecam_config = {ecam_read, ecam_write};

static int ecam_probe(const struct device *device)
{
	struct pci_bridge bridge = {
		.config = &ecam_config,
		.drivers = pci_drivers,
		.bus_count = 1,
		.window = device->window,
		.assign = true,
	};

	if (device->size < ECAM_BUS_SIZE)
		return fail(-EINVAL);
	/* Nothing behind it could be used. */
	if (device->window.size == 0)
		return -ENODEV;
	bridge.ecam = mmio_map(device->base, ECAM_BUS_SIZE);
	if (!bridge.ecam)
		return fail(-ENOMEM);
	pci_scan(&bridge);
	return 0;
}

const struct driver pci_ecam_driver = {"pci-host-ecam-generic", ecam_probe};
