// SPDX-License-Identifier: Apache-2.0
// What a virtual machine shall be: the plain form of a VM file. Unit tests write it as a C
// initialiser.
#pragma once

#include <hv/types.h>

#define CONFIG_NAME_MAX    32
#define CONFIG_PATH_MAX    128
#define CONFIG_CMDLINE_MAX 512
#define CONFIG_DEVICES_MAX 16
#define CONFIG_REGIONS_MAX 8
#define VM_CPUS_MAX        16

#define CONFIG_WEIGHT_MAX     10000
#define CONFIG_WEIGHT_DEFAULT 100

enum populate {
	POPULATE_START, /* all RAM mapped, in the biggest blocks, before the guest runs */
	POPULATE_TOUCH, /* each 4 KiB page mapped when it is first used */
};

/* What the guest's code was made for; a backend runs one kind. */
enum privilege {
	PRIVILEGE_KERNEL, /* an operating system: system registers, its own page tables */
	PRIVILEGE_USER,   /* one program without any, which makes calls */
};

/* One "device MODEL [ARGS]" line, beyond what the board has anyway. */
struct device_config {
	char model[CONFIG_NAME_MAX];
	char args[CONFIG_PATH_MAX]; /* the rest of the line, may be empty */
	u64 base;                   /* "at ADDRESS" at its end; 0: the board chooses */
	u32 line;                   /* where it was written, for messages */
};

/* One "passthrough GPA SIZE [at HPA] [ro]" line: host memory the guest sees as it is. */
struct region_config {
	u64 gpa;
	u64 size;
	u64 hpa; /* = gpa unless said */
	bool read_only;
};

struct vm_config {
	char path[CONFIG_PATH_MAX]; /* the VM file, for messages; "" if there is none */
	char name[CONFIG_NAME_MAX]; /* default: the file's name without .vm */
	u32 cpus;                   /* 1 .. VM_CPUS_MAX, default 1 */
	u32 weight;                 /* of each vCPU, 1 .. CONFIG_WEIGHT_MAX */
	u32 pin_count; /* vCPU n on host cpu pin[n % pin_count]; 0: anywhere */
	u8 pin[VM_CPUS_MAX];
	u64 memory;                   /* bytes, a multiple of PAGE_SIZE; default 64M */
	char kernel[CONFIG_PATH_MAX]; /* the one key without a default */
	char initrd[CONFIG_PATH_MAX]; /* "" for none */
	char bios
		[CONFIG_PATH_MAX]; /* likewise; starts the kernel, on boards that take one */
	char cmdline[CONFIG_CMDLINE_MAX];
	enum populate populate;
	enum privilege privilege;
	char intc
		[CONFIG_NAME_MAX]; /* the interrupt controller's model, "" for the board's own */
	bool stats;                /* print exits by reason when it ends */
	u32 device_count;
	struct device_config devices[CONFIG_DEVICES_MAX];
	u32 region_count;
	struct region_config regions[CONFIG_REGIONS_MAX];
};

/* All defaults, no kernel. `name` is cut to fit. */
void config_defaults(struct vm_config *config, const char *name);

/*
 * Parses a VM file: lines "KEY VALUE", '#' starts a comment, blank lines are nothing, CRLF is
 * fine. `path` is only for messages and the default name. 0, or -EINVAL after one line
 * "PATH:LINE:COLUMN: expected ..., found ...". Pure: same code on the build machine.
 */
int config_parse(struct vm_config *config, const char *path, const char *text,
	size_t len);
