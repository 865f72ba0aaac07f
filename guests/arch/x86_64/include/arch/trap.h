// SPDX-License-Identifier: Apache-2.0
// Vectors and faults of x86, for guests that are about them.
#pragma once

#include <guest/trap.h>
#include <arch/frame.h>

/*
 * Handles a vector on all cpus instead of what the runtime does with it; NULL takes it back. The
 * handler ends the interrupt itself, with apic_eoi() or at the 8259A.
 */
void vector_handler_set(u8 vector, void (*handler)(struct trap_frame *frame));

/* Like that, but in assembly, with nothing saved; NULL takes it back. */
void vector_entry_set(u8 vector, const char *entry);

/* struct fault.cause */
#define fault_cause(vector, error) ((u64)(error) << 32 | (vector))
#define fault_vector(fault)        ((u8)(fault)->cause)
#define fault_error(fault)         ((u32)((fault)->cause >> 32))

/* How long the instruction at `code` is in 64-bit mode; 0 if it is none that it knows. insn.c */
u32 insn_length(const u8 *code);
