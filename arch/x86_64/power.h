// SPDX-License-Identifier: Apache-2.0
// Switching a PC off.
#pragma once

#include <hv/types.h>

struct acpi_info;

/* How this machine is switched off, from its tables; what power_off() does without is less. */
void power_init(const struct acpi_info *info);

/*
 * Tries all ways that are known, one after the other; returns if none of them worked. `ok` is
 * for an emulator that can be told: QEMU with the device isa-debug-exit at its usual port 0xf4
 * ends with status 1 if it is false. Any cpu; others should have stopped.
 */
void power_off(bool ok);
