// SPDX-License-Identifier: Apache-2.0
// What the PC's boot loader and firmware tell, beyond <guest/machine.h>.
#pragma once

#include <hv/types.h>

/* Whether the firmware's tables list this processor as one to use. */
bool machine_has_cpu(u32 id);

/* The table with this signature, or NULL. Only while the page tables of start.S are in use. */
const void *acpi_table(const char *signature);
