// SPDX-License-Identifier: Apache-2.0
// Around a guest's local APICs under test, and an I/O APIC if one is made: the CPUs they belong
// to, which see what happens in `world`, time that passes when the test says so, and timers.
// Nothing of core/ need be linked.
#pragma once

#include "unit.h"

#include <hv/bits.h>
#include <hv/list.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <hv/vdev.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/vlapic.h>

#include "arch/x86_64/vioapic.h"

#define APICS      4U
#define TSC_OFFSET 1000000UL /* of the guest's TSC, which counts twice a nanosecond */

enum {
	ID = 0x02,
	VERSION = 0x03,
	TPR = 0x08,
	APR = 0x09,
	PPR = 0x0a,
	EOI = 0x0b,
	RRD = 0x0c,
	LDR = 0x0d,
	DFR = 0x0e,
	SVR = 0x0f,
	ISR = 0x10,
	TMR = 0x18,
	IRR = 0x20,
	ESR = 0x28,
	CMCI = 0x2f,
	ICR = 0x30,
	ICR_HIGH = 0x31,
	TIMER = 0x32,
	THERMAL = 0x33,
	PERFMON = 0x34,
	LINT0 = 0x35,
	LINT1 = 0x36,
	ERROR = 0x37,
	INITIAL = 0x38,
	CURRENT = 0x39,
	DIVIDE = 0x3e,
	SELF_IPI = 0x3f,
};

#define MASKED      0x10000U
#define ENABLED     0x1ffU /* SVR: on, spurious vector 0xff */
#define BASE_XAPIC  0xfee00800UL
#define BASE_X2APIC 0xfee00c00UL
#define BASE_OFF    0xfee00000UL

static struct {
	struct vlapic apics[APICS];
	u32 count; /* of those that the VM has */
	u32 notified[APICS];
	/* Messages that are no interrupts: how many, and the newest. */
	u32 signals[APICS];
	enum apic_mode signal_mode;
	u8 signal_vector;
	/* Ends of levels. */
	u32 ends;
	u8 ended;
	struct vdev *ioapic;
	u32 refused;
	bool locked;
	u64 now;
	struct list timers;
	u32 fired;
} world;

/* The APIC whose CPU does what follows. */
static struct vlapic *apic;

static void on(u32 cpu)
{
	apic = &world.apics[cpu];
}

static struct vm *the_vm(void)
{
	return (struct vm *)&world;
}

/* All in xAPIC mode and enabled by software, with logical ids for the flat model. */
static void world_start(u32 count)
{
	memset(&world, 0, sizeof(world));
	list_init(&world.timers);
	world.count = count;
	world.now = 1000;
	for (u32 cpu = 0; cpu < count; cpu++)
		vlapic_init(&world.apics[cpu], the_vm(), cpu);
	for (u32 cpu = 0; cpu < count; cpu++) {
		on(cpu);
		assert_true(vlapic_write(apic, SVR, ENABLED));
		assert_true(vlapic_write(apic, LDR, BIT(24 + cpu)));
	}
	on(0);
}

static void world_end(void)
{
	for (u32 cpu = 0; cpu < world.count; cpu++)
		vlapic_fini(&world.apics[cpu]);
	assert_true(list_empty(&world.timers));
	mem_free(world.ioapic);
}

static inline void ioapic_start(void)
{
	world.ioapic = mem_alloc(vioapic_ops.bytes);
	world.ioapic->ops = &vioapic_ops;
	world.ioapic->vm = the_vm();
	vioapic_ops.reset(world.ioapic);
}

/* ---- What a guest does ---- */

static u64 rd(u32 reg)
{
	u64 value = 0x5555555555555555;

	assert_true(vlapic_read(apic, reg, &value));
	return value;
}

static void wr(u32 reg, u64 value)
{
	assert_true(vlapic_write(apic, reg, value));
}

static inline void wr_gp(u32 reg, u64 value)
{
	assert_false(vlapic_write(apic, reg, value));
}

static inline void rd_gp(u32 reg)
{
	u64 value;

	assert_false(vlapic_read(apic, reg, &value));
}

static inline bool bit(u32 reg, u32 vector)
{
	return rd(reg + vector / 32) >> vector % 32 & 1;
}

static inline void go_x2apic(u32 cpu)
{
	assert_true(vlapic_set_base(&world.apics[cpu], BASE_X2APIC));
}

/* The CPU takes an interrupt if there is one: its vector, or -1. */
static inline int take(void)
{
	int vector = vlapic_pending(apic);

	if (vector >= 0)
		vlapic_accept(apic, (u8)vector);
	return vector;
}

static inline void end(void)
{
	wr(EOI, 0);
}

/* ---- Time ---- */

static struct timer *next_timer(u64 until)
{
	struct timer *best = NULL;

	list_for_each(it, &world.timers) {
		struct timer *timer = list_entry(it, struct timer, node);

		if (timer->deadline <= until &&
			(!best || timer->deadline < best->deadline))
			best = timer;
	}
	return best;
}

/* Lets time pass; timers fire when they are due, `late` by so much. */
static inline void pass_late(u64 ns, u64 late)
{
	u64 until = world.now + ns;
	struct timer *timer;

	while ((timer = next_timer(until))) {
		world.now = MAX(world.now, timer->deadline + late);
		list_remove(&timer->node);
		world.fired++;
		timer->fire(timer);
	}
	world.now = MAX(world.now, until);
}

static inline void pass(u64 ns)
{
	pass_late(ns, 0);
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	list_init(&timer->node);
	timer->fire = fire;
}

void timer_arm(struct timer *timer, u64 deadline)
{
	list_remove(&timer->node);
	timer->deadline = deadline;
	list_append(&world.timers, &timer->node);
}

void timer_cancel(struct timer *timer)
{
	list_remove(&timer->node);
}

void timer_cancel_wait(struct timer *timer)
{
	timer_cancel(timer);
}

u64 time_now(void)
{
	return world.now;
}

/* ---- The vCPU's side ---- */

static u32 index_of(const struct vlapic *of)
{
	u32 n = (u32)(of - world.apics);

	assert_in_range(n, 0, world.count - 1);
	return n;
}

struct vlapic *vlapic_of(struct vm *vm, u32 n)
{
	assert_ptr_equal(vm, the_vm());
	return n < world.count ? &world.apics[n] : NULL;
}

void vlapic_notify(struct vlapic *of)
{
	world.notified[index_of(of)]++;
}

void vlapic_signal(struct vlapic *of, enum apic_mode mode, u8 vector)
{
	assert_true(mode == APIC_NMI || mode == APIC_INIT || mode == APIC_SIPI);
	world.signals[index_of(of)]++;
	world.signal_mode = mode;
	world.signal_vector = vector;
}

u64 vlapic_tsc(const struct vlapic *of)
{
	index_of(of);
	return 2 * world.now + TSC_OFFSET;
}

u64 vlapic_tsc_to_host(const struct vlapic *of, u64 tsc)
{
	u64 now = vlapic_tsc(of);

	return tsc <= now ? world.now : world.now + (tsc - now) / 2 + (tsc - now) % 2;
}

void vlapic_eoi(struct vlapic *of, u8 vector)
{
	index_of(of);
	world.ends++;
	world.ended = vector;
	assert_false(world.locked);
	world.locked = true;
	if (world.ioapic)
		vioapic_eoi(world.ioapic, vector);
	world.locked = false;
}

/* ---- <hv/vdev.h> ---- */

void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value)
{
	(void)offset;
	(void)write;
	(void)value;
	assert_ptr_equal(dev, world.ioapic);
	world.refused++;
}

void *mem_alloc(size_t size)
{
	return calloc(1, size);
}

void mem_free(void *p)
{
	free(p);
}
