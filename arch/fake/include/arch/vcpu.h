// SPDX-License-Identifier: Apache-2.0
// What a vCPU and a VM have in the fake ISA: mostly a record of what was asked of its backend.
#pragma once

#include <hv/backend.h>
#include <hv/exit.h>
#include <hv/types.h>
#include <arch/regs.h>

/* Exits that the fake backend's run() plays back, one a call. */
struct fake_script {
	const struct exit *exits;
	u32 count;
};

struct arch_vcpu {
	struct arch_regs regs;
	u64 irqs; /* bit n: input n is high */
	struct fake_script
		script; /* what is left of it; behind its end run() gives EXIT_IDLE */
	u32 runs;       /* calls of run(), finish() and inject_fault() */
	u32 finishes;
	u32 faults;
	enum fault fault; /* the newest injected */
	gpa_t fault_gpa;
	bool no_handler; /* inject_fault() shall fail */
	bool loaded;
	u32 calls; /* hypercalls carried out */
};

struct arch_vm {
	u32 flushes;
	u64 flushed_gpa; /* the newest flush */
	u64 flushed_size;
};
