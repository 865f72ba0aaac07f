// SPDX-License-Identifier: Apache-2.0
// The inline part of the link-time boundary (include/hv/arch.h) for the build machine.
#pragma once

#include <hv/types.h>

#define FAKE_TICK_NS 10 /* nanoseconds of one counter tick */

struct cpu;

struct arch_cpu {
	u64 id;
	u64 deadline;  /* what arch_timer_set() last asked for, ns */
	u32 ipis;      /* how many it was sent */
	bool external; /* an interrupt of the machine's controller is pending */
};

extern struct cpu *fake_cpu; /* the one that "runs"; tests may change it */
extern u64 fake_now;         /* nanoseconds since boot; only tests and idling move it */

static inline struct cpu *cpu_this(void)
{
	return fake_cpu;
}

/* Tests have one thread: whoever spins here would do so for ever. */
void cpu_relax(void);

static inline void io_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void tables_written(void)
{
}

static inline u64 arch_ticks(void)
{
	return fake_now / FAKE_TICK_NS;
}
