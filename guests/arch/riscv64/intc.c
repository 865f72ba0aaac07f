// SPDX-License-Identifier: Apache-2.0
// PLIC. RISC-V PLIC specification 1.0.0, chapter 3. Context 2h + 1 is hart h in supervisor mode.
#include <guest/intc.h>
#include <guest/cpu.h>
#include <guest/device.h>
#include <guest/fdt.h>
#include <arch/board.h>
#include <arch/plic.h>

static u32 context(void)
{
	return 2 * cpu_id() + 1;
}

void intc_init(void)
{
	*plic_reg(PLIC_THRESHOLD(context())) = 0;
}

void intc_enable(u32 line, bool on)
{
	volatile u32 *enable = plic_reg(PLIC_ENABLE(context(), line / 32));
	u32 bit = 1U << line % 32;

	*plic_reg(PLIC_PRIORITY(line)) = 1;
	*enable = on ? *enable | bit : *enable & ~bit;
}

u32 intc_claim(void)
{
	return *plic_reg(PLIC_CLAIM(context()));
}

void intc_done(u32 line)
{
	*plic_reg(PLIC_CLAIM(context())) = line;
}

u32 intc_line(const void *cells)
{
	return (u32)fdt_cells(cells, 1);
}
