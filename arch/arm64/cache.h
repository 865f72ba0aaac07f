// SPDX-License-Identifier: Apache-2.0
// Caches, where memory is shared with somebody who looks past them: cpus and guests whose caches
// are off (Arm ARM, D7.5 "Caches").
#pragma once

#include <hv/types.h>

/* What was written to [p, p + size) is in memory, for all observers. */
void cache_clean(const void *p, u64 size);
/* The same, and none of it is in a cache. */
void cache_clean_invalidate(const void *p, u64 size);
/* Whole pages are zero, in memory too. */
void cache_clear(void *page, u64 size);
/* No cpu fetches instructions from before. */
void cache_forget_code(void);
