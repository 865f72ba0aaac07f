// SPDX-License-Identifier: Apache-2.0
// THE run-time boundary: a way to run guests. arch_backends[] lists an ISA's, best first; the
// first whose probe() succeeds runs all VMs.
#pragma once

#include <hv/config.h>
#include <hv/exit.h>
#include <hv/pgtable.h>
#include <hv/types.h>

struct cpu;
struct vcpu;
struct vm;

/* The guest's mistakes that need the architecture's answer. */
enum fault {
	FAULT_ACCESS, /* nothing answers at the address: access fault, external abort; on a PC
			 ones are read, and writes go nowhere */
	FAULT_INSTRUCTION, /* an instruction the machine does not have: illegal, undefined, #UD */
};

/*
 * What the vCPU functions below may assume: they are called on the cpu the vCPU lives on,
 * with no locks held unless said, and never concurrently for one vCPU.
 */
struct backend {
	const char *name;         /* "hext" */
	enum privilege privilege; /* what it gives its guests */

	/* What exit code `code` of this backend (< EXIT_CODES) means, in words; NULL if unused. */
	const char *(*exit_name)(u32 code);

	/* 0 if this machine can, else -ENODEV and what is missing in *why. Boot cpu, once. */
	int (*probe)(const char **why);
	/* Prepares this cpu for guests; before any vCPU is loaded on it. 0 or -E after a line. */
	int (*cpu_on)(void);

	/* The format of the guest-physical map. */
	const struct pt_format *(*guest_pt)(void);
	/* The backend's part of a VM that has its vmem already. 0 or -E after a line. */
	int (*vm_init)(struct vm *vm);
	/* Takes it back, no vCPU loaded anywhere; NULL if there is nothing to do. */
	void (*vm_fini)(struct vm *vm);
	int (*vcpu_init)(struct vcpu *vcpu);
	/*
	 * Before anything of the VM is taken down, vCPU OFF: nothing of it acts by itself any
	 * more. NULL: nothing does.
	 */
	void (*vcpu_fini)(struct vcpu *vcpu);
	/* To the state in which the ISA's boot protocol starts a CPU. Any cpu, vCPU OFF. */
	void (*vcpu_reset)(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1);

	/* Puts the vCPU's state that stays on the cpu between exits there, and takes it back. */
	void (*load)(struct vcpu *vcpu);
	void (*save)(struct vcpu *vcpu);
	/*
	 * Enters the guest, and again while exits can be finished here, until one concerns
	 * others: vcpu->exit says why. vCPU loaded.
	 */
	void (*run)(struct vcpu *vcpu);
	/*
	 * After EXIT_MMIO or EXIT_PIO was carried out: takes the value read. True if the
	 * instruction makes another access, which is in vcpu->exit now; else the pc is behind it.
	 */
	bool (*finish)(struct vcpu *vcpu);
	/*
	 * The guest gets the fault the architecture has for what it last did, at the instruction
	 * that did it; `gpa` is where. False if its handler faults itself, at once: it would do
	 * so for ever, and the VM must be killed. vCPU loaded.
	 */
	bool (*inject_fault)(struct vcpu *vcpu, enum fault fault, gpa_t gpa);
	/*
	 * Drives one of the vCPU's interrupt inputs (the ISA's numbers) and wakes it if needed.
	 * Any cpu, vm->lock held or not.
	 */
	void (*set_irq)(struct vcpu *vcpu, u32 irq, bool level);
	/* An interrupt that would end its idling is pending. vCPU loaded. */
	bool (*irq_pending)(struct vcpu *vcpu);
	/*
	 * gva to gpa as the guest's own tables have it now: 0 or -EINVAL. vCPU loaded or not
	 * running.
	 */
	int (*translate)(struct vcpu *vcpu, u64 gva, gpa_t *gpa);
	/*
	 * Forgets cached translations of [gpa, gpa + size) of the VM on all cpus, before
	 * returning. vm->lock held.
	 */
	void (*flush)(struct vm *vm, gpa_t gpa, u64 size);
};

/* The one that runs all VMs: the first whose probe() succeeded. Set by main. */
extern const struct backend *backend;
