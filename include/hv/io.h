// SPDX-License-Identifier: Apache-2.0
// Registers of real devices, through a mapping made by mmio_map() (mm.h). Each access is one
// load or store of exactly that size; order against memory needs a barrier from <arch/cpu.h>.
#pragma once

#include <hv/types.h>

static inline u8 mmio_read8(const volatile void *reg)
{
	return *(const volatile u8 *)reg;
}

static inline u16 mmio_read16(const volatile void *reg)
{
	return *(const volatile u16 *)reg;
}

static inline u32 mmio_read32(const volatile void *reg)
{
	return *(const volatile u32 *)reg;
}

static inline u64 mmio_read64(const volatile void *reg)
{
	return *(const volatile u64 *)reg;
}

static inline void mmio_write8(volatile void *reg, u8 value)
{
	*(volatile u8 *)reg = value;
}

static inline void mmio_write16(volatile void *reg, u16 value)
{
	*(volatile u16 *)reg = value;
}

static inline void mmio_write32(volatile void *reg, u32 value)
{
	*(volatile u32 *)reg = value;
}

static inline void mmio_write64(volatile void *reg, u64 value)
{
	*(volatile u64 *)reg = value;
}
