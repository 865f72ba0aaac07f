// SPDX-License-Identifier: Apache-2.0
// Why a vCPU came back from the guest: the one vocabulary all backends speak and core/run.c
// decides on.
#pragma once

#include <hv/types.h>

enum exit_reason {
	EXIT_NONE,   /* finished inside the backend; enter again */
	EXIT_IRQ,    /* an interrupt of ours is pending or was acknowledged */
	EXIT_MMIO,   /* `access` to guest-physical memory nothing is mapped at */
	EXIT_PIO,    /* `access` to an I/O port */
	EXIT_RAM,    /* `fault` in RAM or a pass-through region that is not mapped yet */
	EXIT_CALL,   /* a hypercall (SBI, PSCI, VMCALL): arch_call() */
	EXIT_IDLE,   /* the guest waits for an interrupt */
	EXIT_SYSREG, /* a system register, MSR or CPUID leaf: arch_sysreg() */
	EXIT_SHUTDOWN, /* the guest ended by itself (triple fault): vm_kill() */
	EXIT_DEBUG,    /* a breakpoint or step of the debugger */
	EXIT_UNKNOWN,  /* nothing we know: vm_kill() with raw[] */
	EXIT_REASONS,
};

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

/* One device access. Devices see this and nothing of the vCPU behind it. */
struct access {
	u64 addr;  /* gpa or port */
	u64 value; /* to write, or what was read, zero-extended */
	u8 size;   /* bytes: 1, 2, 4 or 8 */
	bool write;
};

#define EXIT_CODES 64 /* a backend numbers its hardware's causes below this */

struct exit {
	enum exit_reason reason;
	u32 code; /* the hardware's cause, for statistics and traces: backend->exit_name() */
	u64 raw[2]; /* the hardware's own words, for the trace */
	union {
		struct access access; /* EXIT_MMIO, EXIT_PIO */
		struct {
			gpa_t gpa;
			enum access_kind kind;
		} fault; /* EXIT_RAM */
	};
};
