// SPDX-License-Identifier: Apache-2.0
// Calls into the firmware (SBI 2.0).
#include "sbi.h"

bool sbi_has(u64 extension)
{
	struct sbi_result r =
		sbi_call(SBI_BASE, SBI_BASE_PROBE_EXTENSION, extension, 0, 0, 0, 0);

	return r.error == SBI_SUCCESS && r.value != 0;
}

void sbi_remote_fence(u64 hart, enum sbi_rfence_function function, u64 start, u64 size,
	u64 id)
{
	/* hart_mask has bit 0 for hart_mask_base */
	sbi_call(SBI_RFENCE, function, 1, hart, start, size, id);
}
