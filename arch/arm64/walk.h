// SPDX-License-Identifier: Apache-2.0
// A guest's own stage 1 tables, walked in software: for what no hardware walks for us, such as
// the tables of a guest at EL0, or those of a vCPU that is not loaded. Pure.
#pragma once

#include <hv/types.h>

/* The guest's registers of these names, for EL1 and EL0. */
struct walk_regs {
	u64 sctlr;
	u64 tcr;
	u64 ttbr0;
	u64 ttbr1;
};

/*
 * Where `gva` leads. Permissions are not looked at. read() gets 8 bytes of guest memory as
 * they lie there, at an address that is a multiple of 8 and less than 1 << 48; false if there
 * is no memory. It is called four times at most.
 *
 * 0; -EINVAL, with *gpa untouched, if the guest's tables do not map it, if they cannot be
 * read, or if the registers say what the architecture reserves. Virtual and physical
 * addresses of more than 48 bits (LVA, LPA, LPA2) are not known here: -EINVAL, too.
 */
int walk_stage1(const struct walk_regs *regs, u64 gva,
	bool (*read)(void *arg, gpa_t gpa, u64 *entry), void *arg, gpa_t *gpa);
