// SPDX-License-Identifier: Apache-2.0
// The one thing that is needed of the firmware's AML code.
#pragma once

#include <hv/types.h>

/*
 * Looks in `size` bytes of AML for the package \_S5, whose first two numbers are what to write
 * as SLP_TYP to PM1a_CNT and PM1b_CNT to switch the power off. True if it is there.
 */
bool acpi_s5_find(const u8 *code, u32 size, u8 *type_a, u8 *type_b);
