// SPDX-License-Identifier: Apache-2.0
// What each cpu has for itself, and its segments. Between the files of the runtime.
#pragma once

#include <guest/cpu.h>
#include <guest/trap.h>

/* SDM 7.7 */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "SDM figure 7-11");

#define GDT_ENTRIES 8 /* the last two are the TSS */

struct cpu_local {
	u32 id;
	bool waiting; /* in cpu_wait() with interrupts off */
	bool apic_on; /* apic_start() has been here */
	bool unmasked[IRQ_COUNT];
	bool ipi_kept; /* one came while it was masked */
	bool armed;    /* the timer ... */
	u64 deadline;  /* ... for this tick */
	u32 line;      /* taken and not claimed yet, or 0 */
	u64 gdt[GDT_ENTRIES];
	struct tss tss;
};

_Static_assert(offsetof(struct cpu_local, id) == 0, "%gs:0");

extern struct cpu_local cpu_locals[CPUS_MAX];

static inline struct cpu_local *cpu_local(void)
{
	return &cpu_locals[cpu_id()];
}

/* Segments, TSS, IDT and GS of the caller's cpu, which is `id`. */
void cpu_setup(u32 id);
/* On all cpus the same; trap.c. */
void idt_load(void);
