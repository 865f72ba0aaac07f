// SPDX-License-Identifier: Apache-2.0
// The hart's own random numbers, for boot.c.
#pragma once

#include <hv/types.h>

/* The CSR seed answers, which is the firmware's to allow. At boot. */
bool random_probe(void);
