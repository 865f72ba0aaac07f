// SPDX-License-Identifier: Apache-2.0
// The machine's I/O APICs (Intel 82093AA data sheet) and MSIs, as the one irqchip of the host. Its
// interrupt numbers are ACPI's global system interrupts; MSIs get numbers above.
#pragma once

#include <hv/types.h>

/* Maps one, whose first input is interrupt `first`, and masks all its inputs. */
void ioapic_add(hpa_t base, u32 first);
/* How an interrupt is signalled, if not as edges, active high (ISA's). */
void ioapic_set_mode(u32 irq, bool level, bool active_low);
/* It is the host's irqchip from now on. */
void ioapic_start(void);
