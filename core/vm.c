// SPDX-License-Identifier: Apache-2.0
// A VM's life: built from its configuration, started, ended by its guest or by us, reaped.
#include <hv/vm.h>
#include <hv/time.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/driver.h>
#include <hv/fail.h>
#include <hv/options.h>
#include <hv/print.h>
#include <hv/stats.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/vcpu.h>

struct vm *vms[VM_MAX];
u32 vm_count;

static bool all_ok = true; /* no VM has failed yet (boot cpu) */
static bool several;       /* there was more than one at a time: messages name them */
static bool any_ended;     /* something for vm_reap() to do (atomic) */

/* ---- What devices may ask ---- */

void vm_lock(struct vm *vm)
{
	spin_lock(&vm->lock);
}

void vm_unlock(struct vm *vm)
{
	spin_unlock(&vm->lock);
}

const char *vm_name(const struct vm *vm)
{
	return vm->name;
}

u64 vm_now(const struct vm *vm)
{
	return time_from_ticks(arch_ticks() - vm->time_offset);
}

u64 vm_wallclock(void)
{
	return driver_clock();
}

/* ---- Building ---- */

int vm_open(struct fat *fat, const struct vm *vm, const char *what, const char *path,
	struct fat_file *file)
{
	int err = fat_open(fat, path, file);

	if (err == -ENOENT)
		error("%s: expected its %s at %s on the disk, found no such file",
			vm->name, what, path);
	return err;
}

static int create_cpus(struct vm *vm)
{
	for (u32 i = 0; i < vm->config.cpus; i++) {
		vm->vcpus[i] = vcpu_create(vm, i);
		if (!vm->vcpus[i]) {
			error("%s: no host memory for vCPU %u", vm->name, i);
			return fail(-ENOMEM);
		}
		vm->vcpu_count++;
	}
	return 0;
}

static void say_ram(const struct vm *vm)
{
	const struct region *ram = &vm->mem.regions[0];
	bool mib = IS_ALIGNED(ram->size, MiB(1));

	print("%s %lu %s guest RAM at 0x%lx...\n",
		ram->on_touch ? "Giving on first touch" : "Pre-allocating",
		ram->size >> (mib ? 20 : 10), mib ? "MB" : "KB", ram->base);
}

static int create_memory(struct vm *vm)
{
	struct image_board board;
	int err = pgtable_init(&vm->mem.pt, vm->backend->guest_pt());

	if (err) {
		error("%s: no host memory for its memory map", vm->name);
		return err;
	}
	arch_machine_board(&vm->config, &board);
	err = vmem_add_ram(vm, board.ram_base, vm->config.memory, vm->config.populate);
	if (err)
		return err;
	say_ram(vm);
	for (u32 i = 0; !err && i < vm->config.region_count; i++) {
		const struct region_config *region = &vm->config.regions[i];

		err = vmem_add_pass(vm, region->gpa, region->size, HPA(region->hpa),
			region->read_only);
	}
	return err;
}

static int load_images(struct vm *vm)
{
	struct image_board board;
	struct fat_file kernel;
	int err = vm_open(vm->fat, vm, "kernel", vm->config.kernel, &kernel);

	if (err)
		return err;
	arch_machine_board(&vm->config, &board);
	if (vm->config.bios[0] && !board.bios) {
		error("%s: expected no bios on this board, found %s", vm->name,
			vm->config.bios);
		return fail(-EINVAL);
	}
	print("app: %s\n", vm->config.kernel);
	err = image_load(vm, &board, &kernel, vm->config.kernel, &vm->image);
	if (err)
		return err;
	print("Loaded %lu bytes from %s\n", vm->image.file_size, vm->config.kernel);
	print("bsp_entry: 0x%lx; ept: 0x%lx\n", vm->image.entry.raw, vm->mem.pt.root.raw);
	err = arch_machine_boot(vm, vm->fat);
	if (!err)
		arch_machine_ready(vm);
	return err;
}

static int check_privilege(const struct vm *vm)
{
	static const char *const kinds[] = {
		[PRIVILEGE_KERNEL] = "an operating system (privilege kernel)",
		[PRIVILEGE_USER] = "one program without privilege (privilege user)",
	};

	if (vm->config.privilege == vm->backend->privilege)
		return 0;
	error("%s: backend %s expected a guest that is %s, found %s", vm->name,
		vm->backend->name, kinds[vm->backend->privilege],
		kinds[vm->config.privilege]);
	return fail(-EINVAL);
}

/* Everything but its place in vms[]; what was made before an error, destroy() takes down. */
static int build(struct vm *vm)
{
	int err = check_privilege(vm);

	if (!err)
		err = sched_check(&vm->config);
	if (!err)
		err = create_memory(vm);
	if (!err)
		err = vm->backend->vm_init(vm);
	if (!err)
		err = create_cpus(vm);
	if (!err)
		err = arch_machine_init(vm);
	if (err)
		return err;
	print("VM created success, loading images...\n");
	return load_images(vm);
}

static struct vm *alloc(const struct vm_config *config, struct fat *fat, u8 id)
{
	struct vm *vm = mem_alloc(sizeof(*vm));

	if (!vm)
		return NULL;
	vm->backend = backend;
	vm->id = id;
	vm->config = *config;
	vm->fat = fat;
	str_copy(vm->name, sizeof(vm->name), config->name);
	list_init(&vm->devices);
	return vm;
}

static void destroy(struct vm *vm)
{
	/* Timers of vCPUs drive interrupt controllers, and these vCPUs. */
	for (u32 i = 0; vm->backend->vcpu_fini && i < vm->vcpu_count; i++)
		vm->backend->vcpu_fini(vm->vcpus[i]);
	vdev_destroy_all(vm);
	arch_machine_fini(vm);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		vcpu_destroy(vm->vcpus[i]);
	if (vm->backend->vm_fini)
		vm->backend->vm_fini(vm);
	vmem_fini(vm);
	mem_free(vm);
}

int vm_create(const struct vm_config *config, struct fat *fat, struct vm **made)
{
	struct vm *vm;
	u8 id = 0;
	int err;

	while (id < VM_MAX && vms[id])
		id++;
	if (id == VM_MAX) {
		error("%s: more than %d VMs", config->name, VM_MAX);
		return fail(-ENOSPC);
	}
	vm = alloc(config, fat, id);
	if (!vm) {
		error("%s: no host memory for a VM", config->name);
		return fail(-ENOMEM);
	}
	err = build(vm);
	if (err) {
		destroy(vm);
		return err;
	}
	__atomic_store_n(&vms[id], vm, __ATOMIC_RELEASE);
	several |= vm_count++ > 0;
	*made = vm;
	return 0;
}

void vm_start(struct vm *vm)
{
	vm->time_offset = arch_ticks();
	__atomic_store_n(&vm->state, VM_RUNNING, __ATOMIC_RELEASE);
	vcpu_start(vm->vcpus[0], vm->start.pc, vm->start.args[0], vm->start.args[1]);
}

void vm_destroy(struct vm *vm)
{
	vmem_forget(vm);
	vm_count--;
	destroy(vm);
}

/* ---- Ending ---- */

/* The boot cpu leaves its guest or its sleep and comes to vm_reap(). */
static void tell_reaper(void)
{
	__atomic_store_n(&any_ended, true, __ATOMIC_RELEASE);
	__atomic_store_n(&cpus[0]->resched, true, __ATOMIC_RELEASE);
	cpu_kick(cpus[0]);
}

/* RUNNING to ENDING, once: false if somebody was first. */
static bool begin_end(struct vm *vm, enum vm_end end)
{
	enum vm_state running = VM_RUNNING;

	if (!__atomic_compare_exchange_n(&vm->state, &running, VM_ENDING, false,
		    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return false;
	vm->end = end;
	return true;
}

/* Also those that are off, which sees a vcpu_start() that comes too late. */
static void stop_cpus(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		__atomic_fetch_or(&vm->vcpus[i]->leave, LEAVE_END, __ATOMIC_SEQ_CST);
		sched_wake(vm->vcpus[i]);
	}
}

void vm_shutdown(struct vm *vm, enum vm_end end, const char *how)
{
	if (!begin_end(vm, end))
		return;
	print("Guest%s%s: %s\n", several ? " " : "", several ? vm->name : "", how);
	stop_cpus(vm);
}

bool vm_fail(struct vm *vm)
{
	if (!begin_end(vm, VM_FAILED))
		return false;
	stop_cpus(vm);
	return true;
}

void vm_vcpu_gone(struct vm *vm)
{
	if (__atomic_sub_fetch(&vm->vcpus_live, 1, __ATOMIC_ACQ_REL))
		return;
	if (begin_end(vm, VM_FAILED))
		error("%s: the guest has turned off its last CPU: nothing can wake it",
			vm->name);
	__atomic_store_n(&vm->state, VM_ENDED, __ATOMIC_RELEASE);
	tell_reaper();
}

/* ---- Reaping ---- */

static void say_end(const struct vm *vm)
{
	const char *name = several ? vm->name : "vm";

	if (vm->config.stats || options.stats)
		stats_print(vm);
	switch (vm->end) {
	case VM_POWEROFF: print("Shutdown %s normally!\n", name); break;
	case VM_RESET: print("Restarting %s...\n", name); break;
	case VM_FAILED: print("Shutdown %s: it failed.\n", name); break;
	}
}

/* A guest that does nothing but reboot must not take the boot cpu from the others. */
#define RESTART_INTERVAL 1000000000UL /* ns between two starts */

static void restart_due(struct timer *timer)
{
	(void)timer;
	tell_reaper();
}

/* It was started long enough ago; if not, vm_reap() will be called again when it is. */
static bool may_restart(const struct vm *vm)
{
	static struct timer timer;
	u64 ran = vm_now(vm);

	if (ran >= RESTART_INTERVAL)
		return true;
	if (!timer.fire)
		timer_init(&timer, restart_due);
	timer_arm(&timer, time_now() + RESTART_INTERVAL - ran);
	return false;
}

static void restart(struct vm_config *config, struct fat *fat)
{
	struct vm *vm;

	if (vm_create(config, fat, &vm))
		all_ok = false;
	else
		vm_start(vm);
}

static void reap(struct vm *vm)
{
	static struct vm_config config; /* too big for the stack; boot cpu only */
	struct fat *fat = vm->fat;
	enum vm_end end = vm->end;

	say_end(vm);
	config = vm->config;
	vm_destroy(vm);
	if (end == VM_FAILED)
		all_ok = false;
	if (end == VM_RESET)
		restart(&config, fat);
}

void vm_reap(void)
{
	if (likely(!__atomic_load_n(&any_ended, __ATOMIC_RELAXED)))
		return;
	/* In this order, so that a VM that ends now is seen now or the next time. */
	__atomic_exchange_n(&any_ended, false, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < VM_MAX; i++)
		if (vms[i] &&
			__atomic_load_n(&vms[i]->state, __ATOMIC_SEQ_CST) == VM_ENDED &&
			(vms[i]->end != VM_RESET || may_restart(vms[i])))
			reap(vms[i]);
	if (!vm_count) {
		print(all_ok ? "Hypervisor ok!\n"
			     : "Hypervisor done: not every guest ended well.\n");
		console_flush();
		arch_poweroff(all_ok);
	}
}
