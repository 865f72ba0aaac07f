// SPDX-License-Identifier: Apache-2.0
#pragma once
struct boot_info;
void devices_boot(struct boot_info *boot);
