// SPDX-License-Identifier: Apache-2.0
// The board's way to end it all, "sifive-test": one register that powers off, resets or
// reports a failure (SiFive's "test finisher"). Kernels reach it through the generic
// syscon-poweroff and syscon-reboot bindings.
#include "models.h"

#include <hv/bits.h>
#include <hv/fdt.h>

#define TEST_WINDOW 0x1000

enum { TEST_FINISH = 0 }; /* the only register */

#define FINISH_STATUS BITS(15, 0)

/* FINISH_STATUS; the upper half of a failure is a code for people. */
enum {
	STATUS_FAIL = 0x3333,
	STATUS_PASS = 0x5555,
	STATUS_RESET = 0x7777,
};

/* It has no state at all. */
struct sifive_test {
	struct vdev vdev;
};

static u64 test_read(struct vdev *dev, u64 offset, u32 size)
{
	(void)size;
	if (offset != TEST_FINISH)
		vdev_refused(dev, offset, false, 0);
	return 0;
}

static void test_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	u64 status = offset == TEST_FINISH ? field_get(FINISH_STATUS, value) : 0;

	(void)size;
	switch (status) {
	case STATUS_PASS: vm_shutdown(dev->vm, VM_POWEROFF, "poweroff device"); break;
	case STATUS_RESET:
		vm_shutdown(dev->vm, VM_RESET, "reset by the poweroff device");
		break;
	case STATUS_FAIL:
		vm_shutdown(dev->vm, VM_FAILED, "failure told to the poweroff device");
		break;
	default: vdev_refused(dev, offset, true, value);
	}
}

static void test_reset(struct vdev *dev)
{
	(void)dev;
}

/* A node that tells the kernel which value to write where. */
static void action_fdt(struct fdt_writer *w, const char *name, const char *compatible,
	u32 phandle, u32 value)
{
	fdt_node(w, name);
	fdt_put_string(w, "compatible", compatible);
	fdt_put_cell(w, "regmap", phandle);
	fdt_put_cell(w, "offset", TEST_FINISH);
	fdt_put_cell(w, "value", value);
	fdt_end_node(w);
}

static void test_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	/* simple-mfd: a kernel then looks at the nodes inside. */
	static const char compatible[] = "sifive,test1\0sifive,test0\0syscon\0simple-mfd";
	/* No other device has this address, and no board such high phandles. */
	u32 phandle = dev->place.base;

	fdt_node_at(w, "test", dev->place.base);
	fdt_put_strings(w, "compatible", compatible, sizeof(compatible) - 1);
	fdt_put_reg(w, dev->place.base, TEST_WINDOW);
	fdt_put_cell(w, "phandle", phandle);
	action_fdt(w, "poweroff", "syscon-poweroff", phandle, STATUS_PASS);
	action_fdt(w, "reboot", "syscon-reboot", phandle, STATUS_RESET);
	fdt_end_node(w);
}

const struct vdev_ops sifive_test_ops = {
	.name = "sifive-test",
	.min_size = 2,
	.max_size = 4,
	.size = TEST_WINDOW,
	.bytes = sizeof(struct sifive_test),
	.reset = test_reset,
	.read = test_read,
	.write = test_write,
	.fdt = test_fdt,
};
