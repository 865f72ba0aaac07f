// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own boot command line.
#pragma once

#include <hv/config.h>
#include <hv/types.h>

#define OPTIONS_VMS_MAX 8

/* Words are separated by blanks; one that is not known is a warning, not a stop. */
struct options {
	u32 vm_count;
	char vms[OPTIONS_VMS_MAX][CONFIG_PATH_MAX]; /* vm=NAME[,NAME...] */
	bool stats;       /* stats: exits by reason when a VM ends */
	u32 guest_levels; /* levels=4: depth of guest-physical maps, 0: as few as will do */
};

extern struct options options;

/* Once, at boot. A line and -EINVAL for a value that cannot be. */
int options_parse(const char *cmdline);
