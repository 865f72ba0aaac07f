// SPDX-License-Identifier: Apache-2.0
// Loads and stores of 1 << kind bytes.
#pragma once

#include <hv/types.h>

static inline void mmio_store(u64 addr, u32 kind, u64 value)
{
	switch (kind) {
	case 0: *(volatile u8 *)addr = (u8)value; break;
	case 1: *(volatile u16 *)addr = (u16)value; break;
	case 2: *(volatile u32 *)addr = (u32)value; break;
	case 3: *(volatile u64 *)addr = value; break;
	}
}

static inline void mmio_load(u64 addr, u32 kind)
{
	switch (kind) {
	case 0: (void)*(volatile u8 *)addr; break;
	case 1: (void)*(volatile s16 *)addr; break;
	case 2: (void)*(volatile u32 *)addr; break;
	case 3: (void)*(volatile u64 *)addr; break;
	}
}
