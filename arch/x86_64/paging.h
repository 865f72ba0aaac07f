// SPDX-License-Identifier: Apache-2.0
// Turning our map on.
#pragma once

/* This processor, on any map: the control registers as we want them, and host_cr3. */
void paging_on(void);
