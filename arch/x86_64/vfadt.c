// SPDX-License-Identifier: Apache-2.0
// The FADT: the fixed hardware of ACPI, which is in pc_power.c, and what kernels may expect of the
// machine; and the FACS (ACPI 6.4, 5.2.9 and 5.2.10, in the form of version 4.0).
#include "vtables.h"

#include <hv/bits.h>
#include <arch/machine.h>

/* ---- FACS (5.2.10): the machine does not sleep and has no firmware to share it with ---- */

#define FACS_ALIGN   64
#define FACS_LENGTH  64
#define FACS_VERSION 2

static u32 put_facs(struct vbytes *w)
{
	u32 start;

	vbytes_align(w, FACS_ALIGN);
	start = w->used;
	vbytes_text(w, "FACS", 4);
	vbytes_put(w, FACS_LENGTH, sizeof(u32));
	vbytes_grow(w, 24); /* hardware signature, waking vectors, global lock, flags */
	vbytes_put(w, FACS_VERSION, sizeof(u8));
	vbytes_grow(w, FACS_LENGTH - (w->used - start));
	return start;
}

/* ---- FADT (5.2.9) ---- */

#define FADT_REVISION 4

/* Ports: pc_power.c, pci_host.c. ACPI is always enabled, so there is no port for that. */
#define PM1A_EVT_BLK 0x600
#define PM1A_CNT_BLK 0x604
#define PM_TMR_BLK   0x608
#define GPE0_BLK     0x620
#define PM1_EVT_LEN  4
#define PM1_CNT_LEN  2
#define PM_TMR_LEN   4
#define GPE0_BLK_LEN 8
#define RESET_PORT   0xcf9
#define RESET_VALUE  6

#define NO_LATENCY  0xffff /* there are no states C2 and C3 */
#define RTC_CENTURY 0x32   /* index in its RAM */

/* IAPC_BOOT_ARCH; the keyboard controller has no keyboard, so it is better not looked for */
#define BOOT_VGA_NOT_PRESENT BIT(2)
#define BOOT_LEGACY_DEVICES  BIT(0)

/* Flags */
#define FADT_RESET_REG_SUP BIT(10)
#define FADT_TMR_VAL_EXT   BIT(8) /* the timer has 32 bits */
#define FADT_FIX_RTC       BIT(6) /* the clock wakes nobody by a fixed event */
#define FADT_SLP_BUTTON    BIT(5) /* no such button */
#define FADT_PWR_BUTTON    BIT(4) /* likewise */
#define FADT_PROC_C1       BIT(2)
#define FADT_WBINVD        BIT(0)
#define FADT_FLAGS                                                                \
	(FADT_RESET_REG_SUP | FADT_TMR_VAL_EXT | FADT_FIX_RTC | FADT_SLP_BUTTON | \
		FADT_PWR_BUTTON | FADT_PROC_C1 | FADT_WBINVD)

/* Offsets 36 to 87. */
static void put_fadt_blocks(struct vbytes *w, u64 facs, u64 dsdt)
{
	vbytes_put(w, facs, sizeof(u32));
	vbytes_put(w, dsdt, sizeof(u32));
	vbytes_grow(w, 2); /* reserved; no preferred profile */
	vbytes_put(w, BOARD_SCI_IRQ, sizeof(u16));
	vbytes_grow(w, sizeof(u32) + 4); /* SMI_CMD and what could be written to it */
	vbytes_put(w, PM1A_EVT_BLK, sizeof(u32));
	vbytes_put(w, 0, sizeof(u32)); /* PM1b_EVT_BLK */
	vbytes_put(w, PM1A_CNT_BLK, sizeof(u32));
	vbytes_put(w, 0, sizeof(u32)); /* PM1b_CNT_BLK */
	vbytes_put(w, 0, sizeof(u32)); /* PM2_CNT_BLK */
	vbytes_put(w, PM_TMR_BLK, sizeof(u32));
	vbytes_put(w, GPE0_BLK, sizeof(u32));
	vbytes_put(w, 0, sizeof(u32)); /* GPE1_BLK */
}

/* Offsets 88 to 131. */
static void put_fadt_fixed(struct vbytes *w)
{
	vbytes_put(w, PM1_EVT_LEN, sizeof(u8));
	vbytes_put(w, PM1_CNT_LEN, sizeof(u8));
	vbytes_put(w, 0, sizeof(u8)); /* PM2_CNT_LEN */
	vbytes_put(w, PM_TMR_LEN, sizeof(u8));
	vbytes_put(w, GPE0_BLK_LEN, sizeof(u8));
	vbytes_grow(w, 3); /* GPE1_BLK_LEN, GPE1_BASE, CST_CNT */
	vbytes_put(w, NO_LATENCY, sizeof(u16));
	vbytes_put(w, NO_LATENCY, sizeof(u16));
	vbytes_grow(w, 2 * sizeof(u16) + 2); /* FLUSH_SIZE, FLUSH_STRIDE, DUTY_* */
	vbytes_grow(w, 2);                   /* DAY_ALRM, MON_ALRM */
	vbytes_put(w, RTC_CENTURY, sizeof(u8));
	vbytes_put(w, BOOT_VGA_NOT_PRESENT | BOOT_LEGACY_DEVICES, sizeof(u16));
	vbytes_grow(w, 1);
	vbytes_put(w, FADT_FLAGS, sizeof(u32));
	vtables_register(w, VTABLES_PORT, RESET_PORT, sizeof(u8), VTABLES_BYTE);
	vbytes_put(w, RESET_VALUE, sizeof(u8));
	vbytes_grow(w, 3);
}

static void put_none(struct vbytes *w)
{
	vtables_register(w, VTABLES_MEMORY, 0, 0, VTABLES_ANY);
}

/* The blocks again, from offset 132 on. */
static void put_fadt_extended(struct vbytes *w, u64 dsdt)
{
	vbytes_put(w, 0, sizeof(u64)); /* the FACS is below 4 GiB */
	vbytes_put(w, dsdt, sizeof(u64));
	vtables_register(w, VTABLES_PORT, PM1A_EVT_BLK, PM1_EVT_LEN, VTABLES_WORD);
	put_none(w); /* X_PM1b_EVT_BLK */
	vtables_register(w, VTABLES_PORT, PM1A_CNT_BLK, PM1_CNT_LEN, VTABLES_WORD);
	put_none(w); /* X_PM1b_CNT_BLK */
	put_none(w); /* X_PM2_CNT_BLK */
	vtables_register(w, VTABLES_PORT, PM_TMR_BLK, PM_TMR_LEN, VTABLES_DWORD);
	vtables_register(w, VTABLES_PORT, GPE0_BLK, GPE0_BLK_LEN, VTABLES_BYTE);
	put_none(w); /* X_GPE1_BLK */
}

u32 vfadt_put(struct vbytes *w, u64 gpa, u32 dsdt)
{
	u32 facs = put_facs(w), table = vtables_open(w, "FACP", FADT_REVISION);

	put_fadt_blocks(w, gpa + facs, gpa + dsdt);
	put_fadt_fixed(w);
	put_fadt_extended(w, gpa + dsdt);
	vtables_close(w, table);
	return table;
}
