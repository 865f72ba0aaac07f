// SPDX-License-Identifier: Apache-2.0
// How fast the TSC is.
#pragma once

/* Finds out and calls time_init(); once, at boot. Panics if nothing tells. */
void timer_calibrate(void);
