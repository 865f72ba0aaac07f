// SPDX-License-Identifier: Apache-2.0
// A guest machine: its memory, its buses and devices, its vCPUs, its life and its end.
#pragma once

#include <hv/bus.h>
#include <hv/config.h>
#include <hv/list.h>
#include <hv/load.h>
#include <hv/lock.h>
#include <hv/pgtable.h>
#include <hv/vdev.h>
#include <arch/vcpu.h>

struct backend;
struct boot_info;
struct fat;
struct vcpu;

#define VM_MAX 16

/* ---- Memory ---- */

enum region_kind {
	REGION_RAM,  /* the VM's own, cleared before the guest sees it */
	REGION_PASS, /* host memory or devices, as they are */
};

struct region {
	enum region_kind kind;
	u64 base; /* gpa */
	u64 size;
	hpa_t hpa; /* regions are contiguous in the host, too */
	u32 flags; /* PT_* */
	/* Mapped page by page on first use; RAM pages from `clear` on are not cleared yet. */
	bool on_touch;
	u64 clear; /* bytes from base known to be cleared ahead (vm->lock) */
};

#define REGIONS_MAX (1U + CONFIG_REGIONS_MAX + 4) /* RAM, the VM file's, the board's */

struct vmem {
	struct pgtable
		pt; /* the guest-physical map: stage 2, NPT, EPT, or TTBR0 (vm->lock) */
	u32 count;
	struct region
		regions[REGIONS_MAX + 1]; /* as added; [0] is RAM, the last is empty */
};

/* At boot: `boot` stays, and says what of the host no VM may have. */
void vmem_init(const struct boot_info *boot);
/* [gpa, gpa + len) lies in RAM. */
bool vm_has_ram(const struct vm *vm, gpa_t gpa, u64 len);
/* The region that holds `gpa`, or NULL. */
const struct region *vmem_find(const struct vm *vm, gpa_t gpa);
/* Adds RAM (allocated here) or a pass-through region. 0 or -E after a line. At build time. */
int vmem_add_ram(struct vm *vm, u64 base, u64 size, enum populate populate);
int vmem_add_pass(struct vm *vm, u64 base, u64 size, hpa_t hpa, bool read_only);
/* A device's registers that the machine has for guests: as pass-through, without being asked. */
int vmem_add_device(struct vm *vm, u64 base, u64 size, hpa_t hpa);
/* Memory of ours with contents for guests: pass-through and read-only, without being asked. */
int vmem_add_rom(struct vm *vm, u64 base, u64 size, hpa_t hpa);
/* Calls fn() for all RAM that is mapped, in pieces. At build time, or vm->lock held. */
void vmem_for_each_mapped(struct vm *vm, void (*fn)(const void *p, u64 size));
/* Takes the VM out of vms[], so that idle cpus do not come upon it. Boot cpu. */
void vmem_forget(struct vm *vm);
/* Frees RAM and tables. */
void vmem_fini(struct vm *vm);
/*
 * EXIT_RAM: maps the page at `gpa` if the region there allows this kind of access. 0;
 * -EINVAL if it does not (the guest gets its fault), -ENOMEM (tables). Takes vm->lock.
 */
int vmem_touch(struct vcpu *vcpu, gpa_t gpa, enum access_kind kind);
/* Clears some RAM ahead that would else be cleared on touch; false if there is none left. */
bool vmem_clear_ahead(void);
bool vmem_can_clear_ahead(void);

/* ---- The machine ---- */

enum vm_state {
	VM_BUILDING,
	VM_RUNNING,
	VM_ENDING, /* its vCPUs are being stopped */
	VM_ENDED,
};

/* How its first vCPU starts: arch_machine_boot() says. */
struct vm_start {
	u64 pc;
	u64 args[2];
};

struct vm {
	struct arch_vm arch;
	const struct backend *backend;
	struct spinlock lock; /* devices, buses, memory map */
	u8 id;
	char name[CONFIG_NAME_MAX];
	enum vm_state state; /* (atomic) */
	enum vm_end end;     /* how, from VM_ENDING on; written once, by who set that */
	struct vmem mem;
	struct bus mmio;         /* (lock) */
	struct bus pio;          /* (lock) */
	struct list devices;     /* struct vdev.node (lock) */
	struct chardev *console; /* who gets what is typed; NULL if nobody (lock) */
	u64 time_offset;         /* host ticks when its time was 0 */
	u32 vcpu_count;
	u32 vcpus_live; /* how many are not OFF; the last one out ends the VM (atomic) */
	struct vcpu *vcpus[VM_CPUS_MAX];
	struct vm_config config;
	struct image image;
	struct vm_start start;
	struct fat *fat; /* where its files are, for a reboot */
};

extern struct vm *vms[VM_MAX];
extern u32 vm_count;

/*
 * Builds a VM from its configuration and files of `fat`, ready to run: RAM, board, devices,
 * images, device tree, vCPUs. 0, or -E after one line; then nothing of it is left.
 */
int vm_create(const struct vm_config *config, struct fat *fat, struct vm **vm);
/* Opens a file of the VM's, `what` being its role in the one line printed if that fails. */
int vm_open(struct fat *fat, const struct vm *vm, const char *what, const char *path,
	struct fat_file *file);
/* Lets its first vCPU run. */
void vm_start(struct vm *vm);
/* Frees a VM that has ENDED or was never started. Boot cpu. */
void vm_destroy(struct vm *vm);

/*
 * Ends a VM that cannot go on and says everything known: the reason, the vCPU's registers,
 * the instruction, the nearest window or region to `at` (~0: no address matters), the last
 * trace records and, where there is one, a hint (may be NULL). The calling cpu must be the
 * one the vCPU runs on. Other VMs go on.
 */
void vm_kill(struct vcpu *vcpu, u64 at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Begins the end of a VM that has failed: false if it was ending already. Any cpu. */
bool vm_fail(struct vm *vm);

/* A vCPU is OFF now; the last one ends the VM. Its cpu, no locks held. */
void vm_vcpu_gone(struct vm *vm);

/*
 * Boot cpu, between guests: takes ENDED VMs down or starts them anew, and powers the machine
 * off when the last one is gone.
 */
void vm_reap(void);
