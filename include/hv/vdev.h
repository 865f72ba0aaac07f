// SPDX-License-Identifier: Apache-2.0
// A virtual device, and all that one may use of its VM. A device embeds struct vdev first and
// keeps everything that must survive in one plain state struct. Adding a device is one file in
// vdev/ and one line in vdev/models.c.
#pragma once

#include <hv/blockdev.h>
#include <hv/config.h>
#include <hv/irq.h>
#include <hv/list.h>
#include <hv/timer.h>
#include <hv/types.h>

struct fdt_writer;
struct vdev;
struct vm;

/* Where the board puts a device. */
struct vdev_place {
	u64 base;              /* on the MMIO bus, or */
	struct virq_line line; /* .chip == NULL if it has none */
	bool pio;              /* on the port bus */
};

/* One of several windows: [base, base + size) of the bus is [offset, ...) of the device. */
struct vdev_window {
	u64 base;
	u64 size;
	u64 offset;
};

struct vdev_ops {
	const char *name; /* the model's: "uart16550" */
	u8 min_size;      /* access sizes the bus lets through, 1, 2, 4 or 8 */
	u8 max_size;
	u64 size; /* of its window, in bytes */
	/* A device that boards have in several places always has these, up to one of size 0. */
	const struct vdev_window *windows;
	size_t bytes; /* of its struct, which begins with struct vdev */
	/* What may follow the model's name in a VM file, or nothing; NULL: nothing may. */
	const char *word;
	bool takes_args; /* what may follow is for create() to say */
	/*
	 * Fills in what is more than zeroes, once vdev's fields are set and before the first
	 * reset. `args` is the rest of the VM file's line, "" if the board made it. 0 or -E,
	 * after a line; destroy() is not called then. NULL: there is nothing to fill in.
	 */
	int (*create)(struct vdev *dev, const char *args);
	/* To its power-on state. */
	void (*reset)(struct vdev *dev);
	/*
	 * `offset` is inside the window, naturally aligned for `size`. Neither can fail: an
	 * unknown offset reads 0, ignores the write, and calls vdev_refused(). `value` and what
	 * is returned are zero-extended. vm->lock held.
	 */
	u64 (*read)(struct vdev *dev, u64 offset, u32 size);
	void (*write)(struct vdev *dev, u64 offset, u32 size, u64 value);
	/*
	 * Ends it: nothing of it may run afterwards. The caller frees the struct. vm->lock not
	 * held. NULL: there is nothing to end.
	 */
	void (*destroy)(struct vdev *dev);
	/* Writes its node (opened and closed by itself); NULL: not in the device tree. */
	void (*fdt)(const struct vdev *dev, struct fdt_writer *w);
};

struct vdev {
	const struct vdev_ops *ops;
	struct vm *vm;
	struct vdev_place place;
	struct list node; /* vm->devices, in the order made */
};

/* The only list of models; a model's ops by name, or NULL. */
extern const struct vdev_ops *const vdev_models[];
const struct vdev_ops *vdev_model(const char *name);

/*
 * Makes a device of the model, puts its windows onto the VM's bus, resets it. 0, or -E
 * after a line. While the VM is being built.
 */
int vdev_create(struct vm *vm, const struct vdev_ops *ops, const struct vdev_place *place,
	const char *args);
/* Ends and frees all devices of a VM; while it is being taken down. */
void vdev_destroy_all(struct vm *vm);

/* A trace record of an access the device does not know. */
void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value);
/* A trace record: the guest drove it into a state that it can do nothing in; `why`: constant. */
void vdev_broken(const struct vdev *dev, const char *why);

/* ---- What a device may use of its VM ---- */

/*
 * Guest memory as the host sees it: `len` bytes at `gpa`, or NULL if the range wraps or
 * leaves RAM. Contiguous, and valid as long as the VM is. The guest may write it at any
 * time: copy, then check, then use. vm->lock held, or while the VM is being built.
 */
void *vm_ram(struct vm *vm, gpa_t gpa, u64 len);

/* One lock per VM, held around every vdev call; for callbacks that come from elsewhere. */
void vm_lock(struct vm *vm);
void vm_unlock(struct vm *vm);

const char *vm_name(const struct vm *vm);

/* For interrupt controllers: how many vCPUs the VM has, and driving an interrupt input (the
 * ISA's number) of one of them. vm->lock held. */
u32 vm_cpu_count(const struct vm *vm);
void vm_cpu_irq(struct vm *vm, u32 cpu, u32 irq, bool level);

/* The guest asks for the power to go off (its wish, a normal end) or for a reset. */
enum vm_end { VM_POWEROFF, VM_RESET, VM_FAILED };
/* vm->lock held or not. `how` is a phrase for the log: "SBI SRST shutdown". */
void vm_shutdown(struct vm *vm, enum vm_end end, const char *how);

/* Nanoseconds of guest time: runs from 0 when the VM starts, and stops with it. */
u64 vm_now(const struct vm *vm);
/* Seconds since 1970 as the host knows them, for clocks; 0 if it has no clock. */
u64 vm_wallclock(void);

/* Memory for device structs, zeroed; NULL if there is none left. */
void *mem_alloc(size_t size);
void mem_free(void *p);

/* ---- The other side of disks (core/vmdisk.c): a file of the VM's boot volume ---- */

/* The file as a disk. What the host's disk caches, only a flush makes last. */
struct vm_disk {
	u64 sectors; /* capacity, in SECTOR_SIZE: whole blocks of the file, at least one */
	u32 block_size; /* of the medium: requests begin and end at multiples of it */
	bool read_only; /* the disk is, or so it was opened */
};

/* Filled in by the caller, who keeps it alive and untouched until done() is called. */
struct vm_disk_request {
	u64 sector; /* first of the file, and how many, in SECTOR_SIZE, inside the disk; */
	u64 sectors; /* a write of 0: all that was written before stays, power or not */
	bool write;  /* not if the disk is read-only */
	void *data;  /* where vm_ram() or mem_alloc() say */
	/*
	 * Called once, never from submit(): 0 or -EIO. vm->lock held. May submit and free.
	 */
	void (*done)(struct vm_disk_request *req, int error);
	/* The disk's while it is in flight: */
	struct vm_disk *disk;
	u64 issued; /* sectors asked for so far: a file lies in pieces */
	struct block_request part;
};

/*
 * Opens the file at `path`. 0; -ENOENT, -EINVAL (too small), -ENOSPC (in too many pieces),
 * -EBUSY (another disk writes it, or would be read while this one writes), -EIO or -ENOMEM, after
 * a line. While the VM is being built.
 */
int vm_disk_open(struct vm *vm, const char *path, bool read_only, struct vm_disk **disk);
/* Begins a request; many may be in flight. vm->lock held. */
void vm_disk_submit(struct vm_disk *disk, struct vm_disk_request *req);
/*
 * Waits for what is in flight, then closes. For destroy(): vm->lock not held, nothing more is
 * submitted.
 */
void vm_disk_close(struct vm_disk *disk);

/* ---- Random numbers (core/random.c) ---- */

/* A device that wants them embeds one. */
struct vm_random {
	struct vm *vm;
	/* There may be more, after a take() that gave none. vm->lock held. */
	void (*ready)(struct vm_random *random);
	struct timer timer; /* (vm->lock) */
};

/* 0, or -ENODEV after a line: the machine has no source of them. While the VM is being built. */
int vm_random_open(struct vm_random *random, struct vm *vm);
/*
 * Up to `len` bytes of what the machine has at this moment; how many. If none, ready() will be
 * called. vm->lock held.
 */
u32 vm_random_take(struct vm_random *random, void *data, u32 len);
/* For destroy(): vm->lock not held. */
void vm_random_close(struct vm_random *random);

/* ---- The character side of serial devices ---- */

/*
 * A guest's console port. The device embeds one and sends through chardev_send(); what a
 * person types arrives by `receive`, called with vm->lock held.
 */
struct chardev {
	struct vm *vm;
	/*
	 * Takes up to `len` bytes, returns how many; the rest is offered again when it calls
	 * chardev_ready() (not from here) or when more is typed.
	 */
	u32 (*receive)(struct chardev *dev, const u8 *data, u32 len);
};

/* Makes `dev` a console port of its VM; the first is the one people type into. */
void chardev_attach(struct chardev *dev, struct vm *vm);
void chardev_detach(struct chardev *dev);
/* Sends bytes to whoever watches the VM's console. Never blocks; vm->lock held. */
void chardev_send(struct chardev *dev, const u8 *data, u32 len);
/* The device has room again: offers it what is waiting. vm->lock held. */
void chardev_ready(struct chardev *dev);
