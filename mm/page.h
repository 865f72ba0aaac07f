// SPDX-License-Identifier: Apache-2.0
// Between the parts of mm/: page.c knows which pages are free, stock.c keeps some cleared,
// heap.c cuts some up. Pages in stock are free memory that is only ready sooner: they go back
// when nothing else is left.
#pragma once

#include <hv/mm.h>

/* From page_init(), which starts everything afresh. */
void stock_init(void);
void heap_init(void);

/* Frees all pages in stock; false if there were none. */
bool stock_drain(void);
u64 stock_bytes(void);

/* As page_alloc(), but never touches the stock. */
bool page_take(u64 size, u64 align, hpa_t *hpa);
