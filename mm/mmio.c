// SPDX-License-Identifier: Apache-2.0
// Device registers for drivers (<hv/mm.h>): mapped where they are, like everything of ours.
#include <hv/arch.h>
#include <hv/mm.h>

void *mmio_map(hpa_t base, u64 size)
{
	return arch_map_device(base, size) ? NULL : hpa_ptr(base);
}
