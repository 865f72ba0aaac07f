// SPDX-License-Identifier: Apache-2.0
// For the interrupt path of cpus that are not panicking (panic() itself is in assert.h).
#pragma once

#include <hv/types.h>

/* Some cpu is in panic(): the others must halt when they are interrupted. */
bool panic_active(void);
