// SPDX-License-Identifier: Apache-2.0
// For tests of what reads firmware tables: a first MiB of memory, and some more, of which each
// range that is mapped is a copy of exactly its size, so that a look beyond it is an error.
#pragma once

#include "unit.h"

#include <stdlib.h>

#include "arch/x86_64/bios.h"

#define WORLD_SIZE MiB(2)
#define COPIES_MAX 65536

static u8 world[WORLD_SIZE];
static void *copies[COPIES_MAX];
static u32 copy_count;

static const void *world_map(u64 hpa, u64 size)
{
	void *copy;

	assert_true(size <= MiB(4) && hpa + size >= hpa);
	if (!range_inside(hpa, size, 0, WORLD_SIZE) || copy_count == COPIES_MAX)
		return NULL;
	copy = malloc(size);
	memcpy(copy, world + hpa, size);
	copies[copy_count++] = copy;
	return copy;
}

static void world_forget(void)
{
	while (copy_count > 0)
		free(copies[--copy_count]);
}

static int world_setup(void **state)
{
	(void)state;
	memset(world, 0, sizeof(world));
	return 0;
}

static int world_teardown(void **state)
{
	(void)state;
	world_forget();
	return 0;
}

static inline void put16(u64 at, u16 value)
{
	memcpy(world + at, &value, sizeof(value));
}

static inline void put32(u64 at, u32 value)
{
	memcpy(world + at, &value, sizeof(value));
}

/* Makes the `size` bytes at `at` add up to 0 by the one at `at + sum`. */
static inline void put_sum(u64 at, u64 size, u64 sum)
{
	u8 total = 0;

	world[at + sum] = 0;
	for (u64 i = 0; i < size; i++)
		total = (u8)(total + world[at + i]);
	world[at + sum] = (u8)-total;
}
