// SPDX-License-Identifier: Apache-2.0
// What a VM has cost: printed when it ends, if asked for.
#pragma once

#include <hv/types.h>

struct vm;

/* At boot: what our own image takes, before any page was given out. */
void stats_init(u64 image_size);

/* Exits by reason over all its vCPUs, most frequent first, and the memory it took. */
void stats_print(const struct vm *vm);
