// SPDX-License-Identifier: Apache-2.0
// A PC's clock. Pure.
#pragma once

#include <hv/types.h>

/* The year's two digits are of this century. */
#define CMOS_CENTURY 2000U

/*
 * Seconds since 1970, of the clock whose registers read() gives; 0 if it never shows a time that
 * holds still. Takes some milliseconds at most where the clock works.
 */
u64 cmos_seconds(u8 (*read)(u8 reg));
