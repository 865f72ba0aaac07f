// SPDX-License-Identifier: Apache-2.0
// Power off and the ACPI timer of the PC board, "pc-power" (ACPI Specification 6.4, chapter
// 4.8): the PM1a event and control blocks, the power management timer, and general-purpose
// event block 0, at the ports where QEMU's boards have them. ACPI is always enabled, no event
// ever happens, and so there is no SCI.
#include "models.h"
#include "ticks.h"

#include <hv/bits.h>

#define PM_CLOCK 3579545 /* Hz */

/* Offsets from port 0x600. */
enum {
	PM1_STS = 0x00, /* 16 bits each */
	PM1_EN = 0x02,
	PM1_CNT = 0x04,
	PM_TMR = 0x08, /* 32 bits */
	PM_END = 0x0c,
	GPE0_STS = 0x20, /* a byte for eight events each */
	GPE0_EN = 0x24,
	GPE0_END = 0x28,
};

#define PM1_EN_BITS                                                                  \
	(BIT(10) /* RTC */ | BIT(9) /* sleep button */ | BIT(8) /* power button */ | \
		BIT(5) /* global lock */ | BIT(0) /* timer carry */)

#define PM1_SLP_EN   BIT(13) /* sleep now; write only */
#define PM1_SLP_TYP  BITS(12, 10)
#define PM1_BM_RLD   BIT(1)
#define PM1_SCI_EN   BIT(0)
#define PM1_CNT_BITS (PM1_SLP_TYP | PM1_BM_RLD)

#define SLP_TYP_S5 0 /* soft off; the board has no other sleep */

struct power_state {
	u16 enable;
	u16 control;
	u8 gpe_enable[GPE0_END - GPE0_EN];
};

struct power {
	struct vdev vdev;
	struct power_state s;
};

static struct power *to_power(struct vdev *dev)
{
	return container_of(dev, struct power, vdev);
}

static void control_write(struct power *power, u16 value)
{
	power->s.control = value & PM1_CNT_BITS;
	if (!(value & PM1_SLP_EN))
		return;
	if (field_get(PM1_SLP_TYP, value) == SLP_TYP_S5)
		vm_shutdown(power->vdev.vm, VM_POWEROFF, "ACPI power-off");
	else
		vdev_refused(&power->vdev, PM1_CNT, true, value);
}

/* ---- Any size of access is one of its bytes ---- */

static u8 byte_read(const struct power *power, u64 offset)
{
	u64 timer = ticks_at(vm_now(power->vdev.vm), PM_CLOCK);

	switch (offset) {
	case PM1_EN:
	case PM1_EN + 1: return (u8)(power->s.enable >> 8 * (offset - PM1_EN));
	case PM1_CNT:
	case PM1_CNT + 1:
		return (u8)((power->s.control | PM1_SCI_EN) >> 8 * (offset - PM1_CNT));
	}
	if (offset >= PM_TMR && offset < PM_END)
		return (u8)(timer >> 8 * (offset - PM_TMR));
	if (offset >= GPE0_EN && offset < GPE0_END)
		return power->s.gpe_enable[offset - GPE0_EN];
	return 0; /* no event has happened */
}

static u64 power_read(struct vdev *dev, u64 offset, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)byte_read(to_power(dev), offset + i) << 8 * i;
	return value;
}

/* The 16-bit register that `value` is written to, whole or to one of its bytes. */
static u16 merge(u16 old, u64 offset, u32 size, u64 value)
{
	u32 shift = 8 * (offset & 1);

	if (size > 1)
		return (u16)value;
	return (u16)((old & ~(0xffU << shift)) | value << shift);
}

static void event_write(struct power *power, u64 offset, u32 size, u64 value)
{
	/* Both registers: of the status there is nothing to clear. */
	if (size == sizeof(u32))
		power->s.enable = (u16)(value >> 16) & PM1_EN_BITS;
	else if (offset >= PM1_EN)
		power->s.enable =
			merge(power->s.enable, offset, size, value) & PM1_EN_BITS;
}

static void power_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct power *power = to_power(dev);

	if (offset < PM1_CNT) {
		event_write(power, offset, size, value);
	} else if (offset < PM1_CNT + sizeof(u16)) {
		control_write(power, merge(power->s.control, offset, size, value));
	} else if (offset >= GPE0_EN) {
		for (u32 i = 0; i < size; i++)
			power->s.gpe_enable[offset - GPE0_EN + i] = (u8)(value >> 8 * i);
	} else if (offset < GPE0_STS) {
		vdev_refused(dev, offset, true, value); /* reserved, or the timer */
	}
}

static void power_reset(struct vdev *dev)
{
	to_power(dev)->s = (struct power_state){0};
}

static const struct vdev_window power_windows[] = {
	{0x600, PM_END, PM1_STS},
	{0x620, GPE0_END - GPE0_STS, GPE0_STS},
	{0, 0, 0},
};

const struct vdev_ops pc_power_ops = {
	.name = "pc-power",
	.min_size = 1,
	.max_size = 4,
	.windows = power_windows,
	.bytes = sizeof(struct power),
	.reset = power_reset,
	.read = power_read,
	.write = power_write,
};
