// SPDX-License-Identifier: Apache-2.0
// The I/O APIC: Intel 82093AA data sheet, 3.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>
#include <arch/board.h>

enum ioapic_register { IOAPIC_ID = 0, IOAPIC_VERSION = 1, IOAPIC_ENTRIES = 0x10 };

#define IOAPIC_SELECT 0x00
#define IOAPIC_WINDOW 0x10
#define IOAPIC_EOI    0x40 /* version 0x20 and later */

#define ENTRY_DEST       BITS(63, 56)
#define ENTRY_MASKED     BIT(16)
#define ENTRY_LEVEL      BIT(15)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LOW        BIT(13) /* active low */
#define ENTRY_PENDING    BIT(12)
#define ENTRY_LOGICAL    BIT(11)
#define ENTRY_MODE       BITS(10, 8)
#define ENTRY_VECTOR     BITS(7, 0)

static inline volatile u32 *ioapic_mmio(u32 offset)
{
	return (volatile u32 *)(IOAPIC_BASE + offset);
}

u32 ioapic_read(u32 reg);
void ioapic_write(u32 reg, u32 value);
u64 ioapic_entry(u32 line);
void ioapic_entry_set(u32 line, u64 entry);
