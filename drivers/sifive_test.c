// SPDX-License-Identifier: Apache-2.0
// The "test finisher" of SiFive's test benches, by which QEMU's RISC-V boards power off: one
// 32-bit register, and what is written there ends the machine and gives its exit status.
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>

#include "drivers.h"

#define FINISHER_FAIL  0x3333U /* with the exit status in the upper half */
#define FINISHER_PASS  0x5555U
#define FINISHER_SIZE  sizeof(u32)
#define STATUS_SHIFT   16
#define STATUS_FAILURE 1U

static void *finisher;

static void finisher_off(bool ok)
{
	mmio_write32(finisher,
		ok ? FINISHER_PASS : STATUS_FAILURE << STATUS_SHIFT | FINISHER_FAIL);
}

static int finisher_probe(const struct device *device)
{
	if (finisher)
		return fail(-EBUSY);
	if (device->size < FINISHER_SIZE)
		return fail(-EINVAL);
	finisher = mmio_map(device->base, device->size);
	if (!finisher)
		return fail(-ENOMEM);
	driver_set_poweroff(finisher_off);
	return 0;
}

const struct driver sifive_test0_driver = {"sifive,test0", finisher_probe};
const struct driver sifive_test1_driver = {"sifive,test1", finisher_probe};
