// SPDX-License-Identifier: Apache-2.0
// What a VM has cost: printed when it ends, if asked for.
#pragma once

struct vm;

/* Exits by reason over all its vCPUs, most frequent first, and the memory it took. */
void stats_print(const struct vm *vm);
