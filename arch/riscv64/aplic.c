// SPDX-License-Identifier: Apache-2.0
// The machine's APLIC (aplic.h): a struct irqchip for external interrupts of all cpus, in place of
// a PLIC. It keeps no list of what is being handled: a claim ends a request by edge, and a level
// stays pending until the device has been silenced.
#include "aplic.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <arch/cpu.h>

/* 4.5 */
#define APLIC_DOMAINCFG    0x0000
#define APLIC_SOURCECFG(n) (0x0000 + 4 * (n))
#define APLIC_SETIENUM     0x1edc
#define APLIC_CLRIE(word)  (0x1f00 + 4 * (word))
#define APLIC_CLRIENUM     0x1fdc
#define APLIC_TARGET(n)    (0x3000 + 4 * (n))

#define DOMAINCFG_IE BIT(8)
#define DOMAINCFG_DM BIT(2) /* deliver by messages */

#define SOURCECFG_SM BITS(2, 0)
enum source_mode {
	SM_INACTIVE = 0,
	SM_EDGE_RISING = 4,
	SM_EDGE_FALLING = 5,
	SM_LEVEL_HIGH = 6,
	SM_LEVEL_LOW = 7,
};

#define TARGET_HART     BITS(31, 18)
#define TARGET_PRIORITY BITS(7, 0)
#define PRIORITY_OURS   1 /* the highest there is: all our sources are equal */

/* 4.8.1 */
#define IDC(hart, reg) (0x4000 + 0x20 * (hart) + (reg))
#define IDC_DELIVERY   0x00 /* 1: interrupts the hart */
#define IDC_FORCE      0x04
#define IDC_THRESHOLD  0x08
#define IDC_CLAIM      0x1c

#define CLAIM_SOURCE  BITS(25, 16)
#define THRESHOLD_ALL 0 /* lets every priority through */

#define NO_IDC (~0U)

static struct {
	u8 *regs;
	u32 sources;
	u32 idc_of_cpu[CPU_MAX];
} aplic;

static void reg_write(u32 reg, u64 value)
{
	mmio_write32(aplic.regs + reg, (u32)value);
}

static void aplic_enable(u32 irq, u32 cpu_index, bool on)
{
	u32 hart = aplic.idc_of_cpu[cpu_index];

	if (hart == NO_IDC || irq > aplic.sources)
		return;
	if (on)
		reg_write(APLIC_TARGET(irq),
			field_put(TARGET_HART, hart) |
				field_put(TARGET_PRIORITY, PRIORITY_OURS));
	reg_write(on ? APLIC_SETIENUM : APLIC_CLRIENUM, irq);
}

static int aplic_claim(void)
{
	u32 hart = aplic.idc_of_cpu[cpu_this()->index];
	u64 irq;

	if (hart == NO_IDC)
		return -ENOENT;
	irq = field_get(CLAIM_SOURCE, mmio_read32(aplic.regs + IDC(hart, IDC_CLAIM)));
	/* What the handler reads from memory was written before the device interrupted. */
	io_barrier();
	return irq ? (int)irq : -ENOENT;
}

static void aplic_end(u32 irq)
{
	(void)irq;
	/* The device is silent before the next claim looks at its wire. */
	io_barrier();
}

static const struct irqchip aplic_chip = {
	.name = "aplic",
	.enable = aplic_enable,
	.claim = aplic_claim,
	.end = aplic_end,
};

bool aplic_wire(u32 irq, enum aplic_trigger trigger)
{
	enum source_mode mode = SM_LEVEL_HIGH;

	if (!irq || irq > aplic.sources)
		return false;
	switch (trigger) {
	case APLIC_RISING_EDGE: mode = SM_EDGE_RISING; break;
	case APLIC_FALLING_EDGE: mode = SM_EDGE_FALLING; break;
	case APLIC_LEVEL_HIGH: break;
	case APLIC_LEVEL_LOW: mode = SM_LEVEL_LOW; break;
	}
	reg_write(APLIC_SOURCECFG(irq), field_put(SOURCECFG_SM, mode));
	return true;
}

/* Firmware may have left anything there. */
static void reset(void)
{
	for (u32 word = 0; word <= aplic.sources / 32; word++)
		reg_write(APLIC_CLRIE(word), ~0U);
	for (u32 irq = 1; irq <= aplic.sources; irq++)
		reg_write(APLIC_SOURCECFG(irq), field_put(SOURCECFG_SM, SM_INACTIVE));
	for (u32 i = 0; i < cpu_count; i++) {
		u32 hart = aplic.idc_of_cpu[i];

		if (hart == NO_IDC)
			continue;
		reg_write(IDC(hart, IDC_FORCE), 0);
		reg_write(IDC(hart, IDC_THRESHOLD), THRESHOLD_ALL);
		reg_write(IDC(hart, IDC_DELIVERY), 1);
	}
}

int aplic_init(hpa_t base, u64 size, u32 sources, const u32 *idc_of_cpu)
{
	if (sources > APLIC_SOURCES_MAX)
		return fail(-EINVAL);
	for (u32 i = 0; i < cpu_count; i++)
		if (idc_of_cpu[i] != NO_IDC && APLIC_SIZE(idc_of_cpu[i] + 1UL) > size)
			return fail(-EINVAL);
	aplic.regs = mmio_map(base, size);
	if (!aplic.regs)
		return fail(-ENOMEM);
	reg_write(APLIC_DOMAINCFG, 0);
	if (mmio_read32(aplic.regs + APLIC_DOMAINCFG) & DOMAINCFG_DM)
		return fail(-ENODEV);
	aplic.sources = sources;
	for (u32 i = 0; i < cpu_count; i++)
		aplic.idc_of_cpu[i] = idc_of_cpu[i];
	reset();
	reg_write(APLIC_DOMAINCFG, DOMAINCFG_IE);
	irq_set_chip(&aplic_chip);
	return 0;
}
