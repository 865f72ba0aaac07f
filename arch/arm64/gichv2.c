// SPDX-License-Identifier: Apache-2.0
// The list registers of a GICv2, in memory, banked by cpu (Arm IHI 0048, 5.3).
#include "gic.h"

#include <hv/fail.h>
#include <hv/io.h>
#include <arch/cpu.h>

#define GICH_SIZE  0x200
#define GICH_HCR   0x000
#define GICH_VTR   0x004
#define GICH_VMCR  0x008
#define GICH_EISR  0x020
#define GICH_ELRSR 0x030
#define GICH_APR   0x0f0
#define GICH_LR(n) (0x100 + 4 * (n))

#define GICH_VTR_LISTREGS BITS(5, 0)

#define GICH_LR_HW       BIT(31)
#define GICH_LR_GRP1     BIT(30)
#define GICH_LR_STATE    BITS(29, 28)
#define GICH_LR_PRIORITY BITS(27, 23) /* the upper five bits */
#define GICH_LR_PHYSID   BITS(19, 10) /* with GICH_LR_HW */
#define GICH_LR_EOI      BIT(19)      /* without */
#define GICH_LR_CPUID    BITS(12, 10)
#define GICH_LR_VIRTID   BITS(9, 0)
#define PRIORITY_SHIFT   3

static u8 *regs;

static u64 lr_read(u32 n)
{
	u32 word = mmio_read32(regs + GICH_LR(n));
	u64 lr = field_put(ICH_LR_STATE, field_get(GICH_LR_STATE, word)) |
		field_put(ICH_LR_PRIORITY,
			field_get(GICH_LR_PRIORITY, word) << PRIORITY_SHIFT) |
		field_put(ICH_LR_VINTID, field_get(GICH_LR_VIRTID, word)) |
		(word & GICH_LR_GRP1 ? ICH_LR_GROUP : 0);

	if (word & GICH_LR_HW)
		return lr | ICH_LR_HW |
			field_put(ICH_LR_PINTID, field_get(GICH_LR_PHYSID, word));
	return lr | (word & GICH_LR_EOI ? ICH_LR_EOI : 0) |
		field_put(ICH_LR_CPUID, field_get(GICH_LR_CPUID, word));
}

static void lr_write(u32 n, u64 lr)
{
	u64 word = field_put(GICH_LR_STATE, field_get(ICH_LR_STATE, lr)) |
		field_put(GICH_LR_PRIORITY,
			field_get(ICH_LR_PRIORITY, lr) >> PRIORITY_SHIFT) |
		field_put(GICH_LR_VIRTID, field_get(ICH_LR_VINTID, lr)) |
		(lr & ICH_LR_GROUP ? GICH_LR_GRP1 : 0);

	if (lr & ICH_LR_HW)
		word |= GICH_LR_HW |
			field_put(GICH_LR_PHYSID, field_get(ICH_LR_PINTID, lr));
	else
		word |= (lr & ICH_LR_EOI ? GICH_LR_EOI : 0) |
			field_put(GICH_LR_CPUID, field_get(ICH_LR_CPUID, lr));
	mmio_write32(regs + GICH_LR(n), (u32)word);
}

static u32 elrsr(void)
{
	return mmio_read32(regs + GICH_ELRSR);
}

static u32 eisr(void)
{
	return mmio_read32(regs + GICH_EISR);
}

static u32 hcr_read(void)
{
	return mmio_read32(regs + GICH_HCR);
}

static void hcr_write(u32 hcr)
{
	mmio_write32(regs + GICH_HCR, hcr);
	io_barrier();
}

static u32 vmcr_read(void)
{
	return mmio_read32(regs + GICH_VMCR);
}

static void vmcr_write(u32 vmcr)
{
	mmio_write32(regs + GICH_VMCR, vmcr);
}

/* There is one for both groups: it is given as that of group 0. */
static u32 apr_read(u32 group, u32 n)
{
	(void)n;
	return group ? 0 : mmio_read32(regs + GICH_APR);
}

static void apr_write(u32 group, u32 n, u32 apr)
{
	(void)n;
	if (!group)
		mmio_write32(regs + GICH_APR, apr);
}

static struct gich gichv2 = {
	.apr_count = 1,
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

int gichv2_init(const struct gic_range *range)
{
	u32 count;

	if (range->size < GICH_SIZE)
		return fail(-EINVAL);
	regs = mmio_map(range->base, range->size);
	if (!regs)
		return fail(-ENOMEM);
	count = (mmio_read32(regs + GICH_VTR) & (u32)GICH_VTR_LISTREGS) + 1;
	gichv2.lr_count = MIN(count, GICH_LRS_MAX);
	gich = &gichv2;
	return 0;
}
