// SPDX-License-Identifier: Apache-2.0
// The fake machine's memory: as with the real ones, an address is where it is seen.
#include <hv/mm.h>
#include <arch/fake.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static void *ram;
static u64 ram_size;

void *fake_area(u64 bytes)
{
	u64 all = bytes + GiB(1), start, base;
	void *area = mmap(NULL, all, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED) {
		perror("fake_area");
		abort();
	}
	start = (u64)area;
	base = ALIGN_UP(start, GiB(1));
	if (base > start)
		munmap(area, base - start);
	if (start + all > base + bytes)
		munmap((void *)(base + bytes), start + all - (base + bytes));
	return (void *)base;
}

void fake_area_free(void *area, u64 bytes)
{
	munmap(area, bytes);
}

void *fake_ram(u64 bytes)
{
	struct mem_range range;

	if (ram)
		fake_area_free(ram, ram_size);
	ram = fake_area(bytes);
	ram_size = bytes;
	range = (struct mem_range){(u64)ram, bytes};
	if (page_init(&range, 1, NULL, 0)) {
		fprintf(stderr, "fake_ram(%lu): too small\n", (unsigned long)bytes);
		abort();
	}
	return ram;
}
