// SPDX-License-Identifier: Apache-2.0
// The list registers of a GICv3, system registers of EL2 (Arm IHI 0069, 12.4).
#include "gic.h"

#include <arch/sysreg.h>

#define ICH_VTR_PREBITS  BITS(28, 26)
#define ICH_VTR_TDS      BIT(19) /* ICH_HCR_TDIR is there */
#define ICH_VTR_LISTREGS BITS(4, 0)

/* clang-format off */
#define EACH_LR(x) \
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) \
	x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
/* clang-format on */

#define LR_READ(n) \
	case n: return sysreg_read(ich_lr##n##_el2);
#define LR_WRITE(n) \
	case n: sysreg_write(ich_lr##n##_el2, lr); break;

static u64 lr_read(u32 n)
{
	switch (n) {
		EACH_LR(LR_READ)
	}
	return 0;
}

static void lr_write(u32 n, u64 lr)
{
	switch (n) {
		EACH_LR(LR_WRITE)
	}
}

static u32 elrsr(void)
{
	return (u32)sysreg_read(ich_elrsr_el2);
}

static u32 eisr(void)
{
	return (u32)sysreg_read(ich_eisr_el2);
}

static u32 hcr_read(void)
{
	return (u32)sysreg_read(ich_hcr_el2);
}

static void hcr_write(u32 hcr)
{
	sysreg_write(ich_hcr_el2, hcr);
	isb();
}

static u32 vmcr_read(void)
{
	return (u32)sysreg_read(ich_vmcr_el2);
}

/* When a guest comes. Another may have turned the system registers off, where EL1 can. */
static void vmcr_write(u32 vmcr)
{
	sysreg_write(icc_sre_el1, ICC_SRE_ALL);
	isb();
	sysreg_write(ich_vmcr_el2, vmcr);
}

#define APR_READ(n)                                                 \
	case n:                                                     \
		return (u32)(group ? sysreg_read(ich_ap1r##n##_el2) \
				   : sysreg_read(ich_ap0r##n##_el2));
#define APR_WRITE(n)                                          \
	case n:                                               \
		if (group)                                    \
			sysreg_write(ich_ap1r##n##_el2, apr); \
		else                                          \
			sysreg_write(ich_ap0r##n##_el2, apr); \
		break;

static u32 apr_read(u32 group, u32 n)
{
	switch (n) {
		APR_READ(0)
		APR_READ(1)
		APR_READ(2)
		APR_READ(3)
	}
	return 0;
}

static void apr_write(u32 group, u32 n, u32 apr)
{
	switch (n) {
		APR_WRITE(0)
		APR_WRITE(1)
		APR_WRITE(2)
		APR_WRITE(3)
	}
}

static struct gich gichv3 = {
	.lr_read = lr_read,
	.lr_write = lr_write,
	.elrsr = elrsr,
	.eisr = eisr,
	.hcr_read = hcr_read,
	.hcr_write = hcr_write,
	.vmcr_read = vmcr_read,
	.vmcr_write = vmcr_write,
	.apr_read = apr_read,
	.apr_write = apr_write,
};

void gichv3_init(void)
{
	u64 vtr = sysreg_read(ich_vtr_el2);

	gichv3.lr_count = MIN((u32)field_get(ICH_VTR_LISTREGS, vtr) + 1, GICH_LRS_MAX);
	/* 5 to 7 bits of preemption, less one in the field: 1, 2 or 4 registers. */
	gichv3.apr_count = 1U << (MAX(field_get(ICH_VTR_PREBITS, vtr), 4UL) - 4);
	gichv3.apr_count = MIN(gichv3.apr_count, GICH_APRS_MAX);
	gichv3.tdir = vtr & ICH_VTR_TDS;
	gich = &gichv3;
}
