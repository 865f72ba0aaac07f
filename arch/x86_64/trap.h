// SPDX-License-Identifier: Apache-2.0
// Exceptions of the hypervisor itself (trap.S), its descriptor tables, and the vectors of its
// interrupts.
#pragma once

#include <hv/types.h>

struct cpu;

/* The interrupted registers, as trap.S and the processor push them. */
struct host_trap {
	u64 rax, rcx, rdx, rbx, rbp, rsi, rdi;
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Our interrupts; what a device's interrupt is called is VECTOR_DEVICE + its number. */
enum {
	VECTOR_DEVICE = 0x30,
	VECTOR_DEVICES = 0xa0, /* how many there are */
	VECTOR_KICK = 0xf0,
	VECTOR_TIMER = 0xf1,
	VECTOR_ERROR = 0xfe,
	VECTOR_SPURIOUS = 0xff,
};

/* Selectors of our own GDT. */
enum {
	GDT_CODE = 0x08,
	GDT_DATA = 0x10,
	GDT_TSS = 0x20,
};

/* Our descriptor tables, one set for each cpu. */
struct cpu_tables;
struct cpu_tables *trap_tables(struct cpu
		*cpu); /* allocates and fills; NULL without memory */

/* The IDT, for all cpus: before anything can fault. Then GDT, TSS and %gs of this cpu. */
void trap_init(void);
void trap_load(struct cpu *cpu);

u64 trap_gdt_base(const struct cpu *cpu);
u64 trap_tss_base(const struct cpu *cpu);
u64 trap_idt_base(void);

/* From trap.S, on the cpu's trap stack. Returns only to skip a probed instruction. */
void trap_host(struct host_trap *trap);

/* What an exception means, in the manual's words. */
const char *x86_vector_name(u64 vector);
