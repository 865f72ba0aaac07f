// SPDX-License-Identifier: Apache-2.0
// One of the three counters of an 8254 (Intel 8254 data sheet, "Operational Description"): where
// it stands is worked out from the time, so that nothing runs while nobody looks.
#pragma once

#include <hv/types.h>

/* The control word: its bits are also those of the status byte, below OUT and NULL COUNT. */
#define PIT_RW   BITS(5, 4) /* enum pit_rw */
#define PIT_MODE BITS(3, 1)
#define PIT_BCD  BIT(0)

enum pit_rw {
	PIT_RW_LATCH = 0, /* not a control word, but the counter latch command */
	PIT_RW_LOW = 1,
	PIT_RW_HIGH = 2,
	PIT_RW_BOTH = 3, /* the low byte first */
};

/* Plain state. Moments are in ticks of CLK, `now` never goes back. */
struct pit_counter {
	u8 control; /* PIT_RW, PIT_MODE, PIT_BCD as written */
	bool gate;
	/* What is written. */
	bool write_high; /* the high byte comes next */
	u8 write_low;
	u32 count;    /* the count register, 1 to the modulus; 0: not written yet */
	bool pending; /* and it waits for the counting element to take it */
	u64 take_at;  /* when that does, in modes 2 and 3 */
	/* The counting element. */
	u32 loaded; /* from what it counts down; 0: it stands still */
	u64 start;  /* when it was there */
	u64 held;   /* how many ticks it has come, while GATE holds it */
	/* What is read. */
	bool read_high; /* the high byte comes next */
	bool status_latched, count_latched;
	u8 status;
	u16 latch;
};

/* As at power-on (where the data sheet leaves all open): mode 0, OUT low, not counting. */
void pit_counter_reset(struct pit_counter *c, bool gate);
/* A control word, of which PIT_RW is not PIT_RW_LATCH. */
void pit_counter_control(struct pit_counter *c, u8 control);
void pit_counter_write(struct pit_counter *c, u8 value, u64 now);
u8 pit_counter_read(struct pit_counter *c, u64 now);
void pit_counter_latch(struct pit_counter *c, u64 now);
void pit_counter_latch_status(struct pit_counter *c, u64 now);
void pit_counter_gate(struct pit_counter *c, bool gate, u64 now);
/* The level of OUT. */
bool pit_counter_out(struct pit_counter *c, u64 now);
/* Modes 2 and 3: OUT rises again and again. */
bool pit_counter_periodic(const struct pit_counter *c);
/* When OUT rises next, later than `now`; false if it does not by itself. */
bool pit_counter_edge(struct pit_counter *c, u64 now, u64 *edge);
