// SPDX-License-Identifier: Apache-2.0
// I/O ports.
#pragma once

#include <hv/types.h>

static inline u8 port_read8(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u16 port_read16(u16 port)
{
	u16 value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u32 port_read32(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void port_write8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline void port_write16(u16 port, u16 value)
{
	asm volatile("outw %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline void port_write32(u16 port, u32 value)
{
	asm volatile("outl %0, %1" ::"a"(value), "Nd"(port) : "memory");
}
