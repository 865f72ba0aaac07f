// SPDX-License-Identifier: Apache-2.0
// The controls of the fake ISA: what unit tests call, set and look at (HACKING.md).
#pragma once

#include <setjmp.h>

#include <hv/blockdev.h>
#include <hv/mm.h>
#include <hv/pgtable.h>
#include <hv/types.h>
#include <arch/cpu.h>

struct vcpu;
struct vm;

/*
 * Back to the state at program start: one cpu, time 0, no output, nothing recorded. For the
 * setup function of a group of tests; the programs themselves start like that, too.
 */
void fake_reset(void);
/* The same without the output. */
void fake_cpu_reset(void);

/* ---- Output ---- */

/*
 * All that print(), error(), warn() and guests wrote, but for "\r"; NUL-terminated, and what is
 * too much is cut.
 */
extern char fake_output[1 << 16];
/* Forgets it. To be called once before anything is looked for. */
void fake_output_clear(void);
/* Bytes that a person "types": they arrive through console_interrupt(). */
void fake_input(const char *text);

/* ---- Panics ---- */

/*
 * Runs a statement that must panic: true if it did. Locks that were held stay so. Only the
 * first panic of a program is printed: a second one has nothing to add.
 */
#define fake_expect_panic(statement)                 \
	({                                           \
		volatile bool fake_panicked_ = true; \
		fake_panic_expected = true;          \
		if (!setjmp(fake_panic_jump)) {      \
			statement;                   \
			fake_panicked_ = false;      \
		}                                    \
		fake_panic_expected = false;         \
		fake_panicked_;                      \
	})

extern jmp_buf fake_panic_jump;
extern bool fake_panic_expected;
/* Where every panic ends: in the statement above, else in abort(). */
_Noreturn void fake_panic(void);

/* ---- Memory ---- */

/* Zeroed memory of the build machine, aligned to 1 GiB; not more is used than is touched. */
void *fake_area(u64 bytes);
void fake_area_free(void *area, u64 bytes);
/* Starts the page allocator afresh with that much RAM; what an earlier call gave is gone. */
void *fake_ram(u64 bytes);

/* Two formats unlike any real one: three levels with an 11-bit root, four with a 9-bit root. */
extern const struct pt_format fake_pt3;
extern const struct pt_format fake_pt4;

/* ---- Machines ---- */

/*
 * A running VM named "fake" whose region 0 is RAM at `base`, zeroed, with nothing on its
 * buses and no guest-physical map. Needs no page allocator.
 */
struct vm *fake_vm(u64 base, u64 size);
/* With its vCPUs. Devices are the test's to destroy. */
void fake_vm_free(struct vm *vm);
/* One more vCPU of the VM, OFF, on the cpu that runs. */
struct vcpu *fake_vcpu(struct vm *vm, u32 index);
/* The level set_irq() last gave this input of the vCPU. */
bool fake_irq_level(const struct vcpu *vcpu, u32 irq);

/* ---- What the machine was asked to do ---- */

struct fake_record {
	u32 devices_mapped; /* calls of hostmap_add_device(), and the newest */
	hpa_t device;
	u64 device_size;
	u32 guard_pages;
	u32 timer_sets; /* over all cpus; the deadline is in cpu->arch */
	u32 ipis;
	u32 irqs_handled;
	bool map_device_fails; /* set by a test: hostmap_add_device() gives -ENOMEM */
};
extern struct fake_record fake_record;

/* What arch_random() calls; NULL: the CPU has no such instruction. */
extern int (*fake_random)(u64 *bits);

/* How often a test may still go through a spin loop before that is an error. */
extern u32 fake_patience;
