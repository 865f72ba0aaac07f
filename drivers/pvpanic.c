// SPDX-License-Identifier: Apache-2.0
// The device by which a kernel tells QEMU that it has failed (QEMU, docs/specs/pvpanic, the
// PCI form): one byte of events. With "-action panic=exit-failure" QEMU then ends with a
// failing status; other ways to power off have no failure to tell.
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/time.h>
#include <arch/cpu.h>

#include "drivers.h"
#include "pci.h"

#define PVPANIC_VENDOR 0x1b36
#define PVPANIC_DEVICE 0x0011
#define PVPANIC_BAR    0

/* Reading gives the events that it knows, writing sends one. */
#define EVENT_PANICKED BIT(0)

#define PATIENCE 1000000000UL /* ns until QEMU has ended, or is set up not to */

static u8 *events;

static void pvpanic_off(bool ok)
{
	u64 start = time_now();

	if (ok)
		return;
	mmio_write8(events, EVENT_PANICKED);
	/* Meanwhile this cpu still runs, and a normal power-off would win. */
	while (time_now() - start < PATIENCE)
		cpu_relax();
}

static int pvpanic_probe(const struct pci_function *function)
{
	u64 size;
	u8 *regs;

	if (events)
		return fail(-EBUSY);
	regs = pci_map(function, PVPANIC_BAR, &size);
	if (!regs)
		return fail(-ENOMEM);
	if (!(mmio_read8(regs) & EVENT_PANICKED))
		return fail(-ENODEV);
	events = regs;
	driver_set_poweroff(pvpanic_off);
	return 0;
}

const struct pci_driver pvpanic_driver = {
	.vendor = PVPANIC_VENDOR,
	.device = PVPANIC_DEVICE,
	.probe = pvpanic_probe,
};
