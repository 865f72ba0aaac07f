// SPDX-License-Identifier: Apache-2.0
// From the first C function to running guests.
#include <hv/main.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/blockdev.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/fat32.h>
#include <hv/hostmap.h>
#include <hv/options.h>
#include <hv/print.h>
#include <hv/stats.h>
#include <hv/string.h>
#include <hv/vm.h>

#define VM_FILE_MAX  KiB(16)
#define VM_FOLDER    "/vms/"
#define VM_SUFFIX    ".vm"
#define BACKENDS_MAX 4 /* of any ISA */

const struct backend *backend;

static struct boot_info boot;
static struct fat disk;

static const char banner[] = "\n"
			     "  _              _\n"
			     " | |    ___   __| | __ _  ___\n"
			     " | |   / _ \\ / _` |/ _` |/ _ \\\n"
			     " | |__| (_) | (_| | (_| |  __/\n"
			     " |_____\\___/ \\__,_|\\__, |\\___|\n"
			     "                   |___/   a small type-1 hypervisor\n\n";

static _Noreturn void give_up(void)
{
	console_flush();
	arch_poweroff(false);
}

static void choose_backend(void)
{
	static char text[KiB(2)]; /* why may be long, and the stack is not */
	const char *why[BACKENDS_MAX];
	u32 n = 0;

	for (; arch_backends[n] && n < BACKENDS_MAX; n++) {
		if (arch_backends[n]->probe(&why[n]) == 0) {
			backend = arch_backends[n];
			return;
		}
	}
	/* One line, whatever number of ways there might have been. */
	for (u32 i = 0; i < n; i++)
		snprint(text + strlen(text), sizeof(text) - strlen(text), "%s%s: %s",
			i ? "; " : "", arch_backends[i]->name, why[i]);
	error("this machine cannot run guests: %s", text);
	give_up();
}

/* All at once, the boot cpu first: their stacks' guard pages want it. */
static void create_cpus(void)
{
	if (!cpu_create(boot.cpu_ids[0]))
		panic("not enough memory for the boot cpu");
	for (u32 i = 1; i < boot.cpu_count; i++) {
		if (!cpu_create(boot.cpu_ids[i])) {
			warn("no memory for cpu %u: it is left out", i);
			break;
		}
	}
}

/* ---- The disk and what is on it ---- */

static void mount_disk(void)
{
	struct blockdev *dev = blockdev_get(0);

	if (!dev) {
		error("expected a disk (virtio-blk) with the guests, found none");
		give_up();
	}
	if (fat_mount(&disk, dev))
		give_up();
}

static bool list_one(void *arg, const struct fat_entry *entry)
{
	(void)arg;
	if (!entry->directory)
		print("  %s\n", entry->name);
	return true;
}

static int read_vm_file(const char *path, struct vm_config *config)
{
	struct fat_file file;
	char *text = mem_alloc(VM_FILE_MAX);
	s64 len;
	int err = text ? fat_open(&disk, path, &file) : -ENOMEM;

	if (err == -ENOENT) {
		error("expected a VM file at %s on the disk, found no such file; in " VM_FOLDER
		      " there are:",
			path);
		fat_list(&disk, VM_FOLDER, list_one, NULL);
	} else if (!err && file.size > VM_FILE_MAX) {
		error("%s: expected a VM file of at most %lu bytes, found %u", path,
			VM_FILE_MAX, file.size);
		err = -E2BIG;
	}
	if (!err) {
		len = fat_read(&file, 0, text, file.size);
		err = len < 0 ? (int)len : config_parse(config, path, text, (size_t)len);
	}
	mem_free(text);
	return err;
}

/* A plain name is /vms/NAME.vm. */
static int load_vm(const char *name)
{
	static struct vm_config config; /* too big for the stack; at boot only */
	char path[CONFIG_PATH_MAX + sizeof(VM_FOLDER) + sizeof(VM_SUFFIX)];
	struct vm *vm;
	int err;

	if (name[0] == '/')
		str_copy(path, sizeof(path), name);
	else
		snprint(path, sizeof(path), VM_FOLDER "%s" VM_SUFFIX, name);
	err = read_vm_file(path, &config);
	return err ? err : vm_create(&config, &disk, &vm);
}

/* All or none: a set of guests that belong together must not start without one of them. */
static void load_vms(void)
{
	if (!options.vm_count) {
		error("boot command line: expected vm=NAME, found \"%s\"; in " VM_FOLDER
		      " there are:",
			boot.cmdline);
		fat_list(&disk, VM_FOLDER, list_one, NULL);
		give_up();
	}
	print("Starting virtualization...\n");
	for (u32 i = 0; i < options.vm_count; i++)
		if (load_vm(options.vms[i]))
			give_up();
	print("Entering VM run loop...\n");
	for (u32 i = 0; i < VM_MAX; i++)
		if (vms[i])
			vm_start(vms[i]);
}

/* ---- The boot cpu's way ---- */

/* On its own stack, with cpu_this(). */
static _Noreturn void boot_cpu(void)
{
	struct cpu *cpu = cpu_this();

	arch_cpu_init(cpu);
	cpu->online = true;
	/* Early, since one of them can tell an emulator how we ended. */
	arch_devices_probe();
	if (options_parse(boot.cmdline))
		give_up();
	choose_backend();
	cpu_start_all();
	print("%s", banner);
	print("arch = %s\nplatform = %s\nsmp = %u\nbackend = %s\n\n", arch_name,
		boot.machine, cpu_count, backend->name);
	mount_disk();
	load_vms();
	cpu_main(cpu);
}

_Noreturn void hv_main(void)
{
	arch_boot(&boot);
	stats_init(boot.image_size);
	vmem_init(&boot);
	if (page_init(boot.ram, boot.ram_count, boot.reserved, boot.reserved_count) ||
		hostmap_init(&boot))
		panic("not enough memory for the hypervisor itself");
	create_cpus();
	arch_paging_on();
	arch_cpu_become(cpus[0], boot_cpu);
}
