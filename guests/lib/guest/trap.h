// SPDX-License-Identifier: Apache-2.0
// Exceptions and interrupts. Each ISA implements it in trap.S and trap.c; all handlers
// run with interrupts off on the stack of whatever was interrupted.
#pragma once

#include <hv/types.h>
#include <arch/cpu.h> /* irq_on(), irq_off(), irq_save(), irq_restore() */

/* The interrupted registers; fields in <arch/frame.h>. */
struct trap_frame;

enum fault_kind {
	FAULT_ILLEGAL, /* illegal or undefined instruction */
	FAULT_BREAK,   /* breakpoint */
	FAULT_ALIGN,   /* misaligned access or fetch */
	FAULT_ACCESS,  /* nothing answers at the physical address */
	FAULT_PAGE,    /* the page tables do not allow it */
	FAULT_OTHER,
};

struct fault {
	enum fault_kind kind;
	u64 cause; /* the ISA's own code */
	u64 pc;    /* of the faulting instruction */
	u64 addr;  /* as the ISA reports it: address, instruction bits, or 0 */
};

/*
 * Runs fn(arg). If an exception ends it, returns true with *fault filled in, as if fn had
 * returned there. Nests; works on each cpu on its own; not for use in handlers, nor by
 * two threads of a cpu at a time.
 */
bool fault_catch(void (*fn)(void *arg), void *arg, struct fault *fault);

/*
 * Called for each exception that no fault_catch() waits for. True: handled, go on at the
 * frame's pc (see trap_skip()). False: the guest prints the fault and shuts down as
 * failed. NULL takes the handler away.
 */
void fault_handler_set(bool (*handler)(struct trap_frame *frame,
	const struct fault *fault));

/* Moves the frame's pc behind the faulting instruction. */
void trap_skip(struct trap_frame *frame);

enum irq { IRQ_TIMER, IRQ_IPI, IRQ_EXTERNAL, IRQ_COUNT };

/*
 * Handles `irq` by `handler` on all cpus and unmasks it on this one (irq_unmask() for
 * others); NULL masks it on this cpu. An IPI is acknowledged before the handler runs; the
 * timer's handler must arm or stop the timer, else it may be called for ever. A handler may
 * switch to another thread.
 */
void irq_handler_set(enum irq irq, void (*handler)(void));

void irq_unmask(enum irq irq);
void irq_mask(enum irq irq);
