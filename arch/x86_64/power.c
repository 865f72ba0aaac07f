// SPDX-License-Identifier: Apache-2.0
// Switching a PC off: ACPI's sleep state S5 (ACPI 6.4, 4.8.3.2.1), and the ports at which
// emulators listen (QEMU, hw/misc/debugexit; Bochs user manual, "unmapped" device). Nobody minds
// a write where nobody listens.
#include "power.h"

#include <hv/bits.h>
#include <arch/cpu.h>
#include <arch/port.h>

#include "acpi.h"

/* PM1 control registers */
#define PM1_SLP_EN  BIT(13) /* enter the state of SLP_TYP now */
#define PM1_SLP_TYP BITS(12, 10)
#define PM1_SCI_EN  BIT(0) /* ACPI is on, not the BIOS's power management */

#define ENABLE_TRIES 100000 /* reads of a port: a tenth of a second or so */

#define QEMU_EXIT_PORT  0xf4 /* the value v ends QEMU with status 2 * v + 1 */
#define QEMU_EXIT_VALUE 0
#define BOCHS_EXIT_PORT 0x8900
static const char bochs_exit[] = "Shutdown";

static struct {
	u16 pm1a, pm1b; /* ports, 0: none */
	u16 smi_command;
	u8 acpi_enable;
	u8 type_a, type_b;
} power;

void power_init(const struct acpi_info *info)
{
	if (!info->has_s5)
		return;
	power.pm1a = info->pm1a_control;
	power.pm1b = info->pm1b_control;
	power.smi_command = info->smi_command;
	power.acpi_enable = info->acpi_enable;
	power.type_a = info->s5_type_a;
	power.type_b = info->s5_type_b;
}

/* The registers may be dead until the firmware has handed them over. */
static void acpi_on(void)
{
	if (!power.smi_command || !power.acpi_enable ||
		port_read16(power.pm1a) & PM1_SCI_EN)
		return;
	port_write8(power.smi_command, power.acpi_enable);
	for (u32 i = 0; i < ENABLE_TRIES; i++)
		if (port_read16(power.pm1a) & PM1_SCI_EN)
			return;
}

static void pm1_sleep(u16 port, u8 type)
{
	u64 control = port_read16(port) & ~(PM1_SLP_TYP | PM1_SLP_EN);

	port_write16(port, (u16)(control | field_put(PM1_SLP_TYP, type) | PM1_SLP_EN));
}

void power_off(bool ok)
{
	if (!ok)
		port_write8(QEMU_EXIT_PORT, QEMU_EXIT_VALUE);
	if (power.pm1a) {
		acpi_on();
		pm1_sleep(power.pm1a, power.type_a);
		if (power.pm1b)
			pm1_sleep(power.pm1b, power.type_b);
	}
	for (const char *c = bochs_exit; *c; c++)
		port_write8(BOCHS_EXIT_PORT, (u8)*c);
}
