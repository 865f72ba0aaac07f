// SPDX-License-Identifier: Apache-2.0
// Names and addresses of the PC that guests use without asking anybody. Ports are marked so.
#pragma once

#define ARCH_NAME     "x86_64"
#define PLATFORM_NAME "x86-pc"

#define PIC1_PORT        0x20 /* 8259A, the first ... */
#define PIT_PORT         0x40 /* 8254 */
#define NMI_PORT         0x61 /* the gate and the output of the 8254's third channel */
#define RTC_PORT         0x70 /* MC146818 */
#define PIC2_PORT        0xa0 /* ... and the second */
#define DEBUG_EXIT_PORT  0xf4 /* QEMU's isa-debug-exit, if it is put there */
#define UART_PORT        0x3f8
#define UART_LINE        4 /* its input of the I/O APIC, and of the 8259A */
#define ELCR_PORT        0x4d0
#define PM1_PORT         0x604 /* ACPI: PM1a control */
#define PCI_ADDRESS_PORT 0xcf8
#define RESET_PORT       0xcf9
#define PCI_DATA_PORT    0xcfc

#define TRAMPOLINE_BASE 0x00008000UL /* a page that nobody uses, below 1 MiB */
#define BIOS_BASE       0x000e0000UL /* where firmware's tables are looked for */
#define BIOS_END        0x00100000UL
#define RAM_END_MAX     0xc0000000UL /* devices are above */
#define IOAPIC_BASE     0xfec00000UL
#define HPET_BASE       0xfed00000UL
#define APIC_BASE       0xfee00000UL
#define PFLASH_BASE     0xffc00000UL
