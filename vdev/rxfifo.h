// SPDX-License-Identifier: Apache-2.0
// The receiver of a UART: what came and was not read yet, oldest first. How many bytes fit,
// and what becomes of one too many, is the UART's affair.
#pragma once

#include <hv/types.h>

#define RXFIFO_SIZE 16 /* a power of two */

/* All zero: empty. Plain state. */
struct rxfifo {
	u8 first; /* the oldest byte in bytes[] */
	u8 count;
	u8 bytes[RXFIFO_SIZE];
};

/* Takes a byte; there must be room. */
static inline void rxfifo_push(struct rxfifo *fifo, u8 byte)
{
	fifo->bytes[(fifo->first + fifo->count++) % RXFIFO_SIZE] = byte;
}

/* As many of `len` bytes as fit into `capacity` (at most RXFIFO_SIZE); returns how many. */
static inline u32 rxfifo_fill(struct rxfifo *fifo, u32 capacity, const u8 *data, u32 len)
{
	u32 taken = fifo->count < capacity ? MIN(len, capacity - fifo->count) : 0;

	for (u32 i = 0; i < taken; i++)
		rxfifo_push(fifo, data[i]);
	return taken;
}

/* The oldest byte; of an empty one the last that was read. */
static inline u8 rxfifo_pop(struct rxfifo *fifo)
{
	if (fifo->count == 0)
		return fifo->bytes[(fifo->first + RXFIFO_SIZE - 1) % RXFIFO_SIZE];
	fifo->count--;
	return fifo->bytes[fifo->first++ % RXFIFO_SIZE];
}
