// SPDX-License-Identifier: Apache-2.0
// The guest's ISA string: what the hart has and nothing that would need state we do not
// switch (V, H) or that traps to us.
#include "machine.h"

#include <hv/print.h>
#include <hv/string.h>
#include <arch/regs.h>

#include "boot.h"

static const struct {
	const char *name;
	u64 envcfg; /* what enables it for the guest */
} extensions[] = {
	{"zicbom", field_put(HENVCFG_CBIE, CBIE_FLUSH) | HENVCFG_CBCFE},
	{"zicboz", HENVCFG_CBZE},
	{"zicntr", 0},
	{"zicsr", 0},
	{"zifencei", 0},
	{"zihintpause", 0},
	{"zawrs", 0},
	{"zfa", 0},
	{"zfh", 0},
	{"zfhmin", 0},
	{"zba", 0},
	{"zbb", 0},
	{"zbc", 0},
	{"zbs", 0},
	{"sstc", HENVCFG_STCE},
	{"svinval", 0},
	{"svpbmt", HENVCFG_PBMTE},
};

u64 guest_envcfg(void)
{
	u64 envcfg = 0;

	for (u32 i = 0; i < ARRAY_LEN(extensions); i++)
		if (machine_has(extensions[i].name))
			envcfg |= extensions[i].envcfg;
	/* The string may promise what the CSR does not keep. */
	return machine.sstc ? envcfg : envcfg & ~HENVCFG_STCE;
}

void guest_isa(char *buf, size_t size)
{
	size_t len = (size_t)snprint(buf, size, "rv64");

	/* Without D we switch no floating-point state, so F is not to be had either. */
	for (const char *c = machine.fp ? "imafdc" : "imac"; *c; c++)
		if (machine_has((char[]){*c, '\0'}))
			len += (size_t)snprint(buf + len, size - len, "%c", *c);
	for (u32 i = 0; i < ARRAY_LEN(extensions); i++) {
		if (!machine_has(extensions[i].name))
			continue;
		if (extensions[i].envcfg & HENVCFG_STCE && !machine.sstc)
			continue;
		len += (size_t)snprint(buf + len, size - len, "_%s", extensions[i].name);
	}
}
