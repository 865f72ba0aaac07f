// SPDX-License-Identifier: Apache-2.0
// The trace: one ring of fixed records per cpu, always on. It is what a dump prints, so a
// record holds what was known at that moment and costs a handful of instructions.
#pragma once

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/types.h>

enum trace_kind {
	TRACE_NONE, /* never written */
	TRACE_EXIT, /* code: the hardware's cause;         value: its address word */
	TRACE_ENTER, /* a vCPU gets a cpu, code: which;     value: 0. Later entries follow exits */
	TRACE_INJECT, /* code: fault number;                 value: its address */
	TRACE_IRQ,    /* code: virtual interrupt | TRACE_IRQ_RAISED; value: 0 */
	TRACE_REFUSED, /* code: access_kind;                  value: address nobody answers */
	TRACE_DEVICE, /* code: offset | TRACE_WRITE;          value: written, an unknown register */
	TRACE_CALL, /* code: function;                     value: extension, not supported */
	TRACE_BROKEN, /* code: a device's base;            value: why it needs a reset, a string */
	TRACE_KINDS,
};

#define TRACE_IRQ_RAISED BIT(31)
#define TRACE_WRITE      BIT(31) /* in TRACE_DEVICE's code */

struct trace_record {
	u64 time; /* arch_ticks() */
	u8 kind;
	u8 vm;
	u16 vcpu;
	u32 code;
	u64 pc;
	u64 value;
};
_Static_assert(sizeof(struct trace_record) == 32, "records are read by their size");

#define TRACE_RECORDS 512 /* per cpu, a power of two: 16 KiB */

struct trace_ring {
	u64 next; /* how many were ever written */
	struct trace_record records[TRACE_RECORDS];
};

/* Adds a record to this cpu's ring. `tag` is vcpu->trace_tag: the vm and vcpu fields. */
static inline void trace_add(enum trace_kind kind, u32 tag, u32 code, u64 pc, u64 value)
{
	struct trace_ring *ring = cpu_this()->trace;
	struct trace_record *r = &ring->records[ring->next++ % TRACE_RECORDS];
	u64 head = (u64)kind | tag | (u64)code << 32;

	r->time = arch_ticks();
	/* One store for kind, vm, vcpu and code: they share a doubleword, low byte first. */
	__builtin_memcpy(&r->kind, &head, sizeof(head));
	r->pc = pc;
	r->value = value;
}

/* vm and vcpu numbers where trace_add() wants them. */
#define TRACE_TAG(vm, vcpu) ((u32)(vm) << 8 | (u32)(vcpu) << 16)

/* Prints the newest `count` records of a VM (< 0: of all) over all cpus, oldest first. */
void trace_print(int vm, u32 count);
