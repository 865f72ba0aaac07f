// SPDX-License-Identifier: Apache-2.0
// The virtual board, a PC: where things are. The memory map is the one that kernels for PCs look
// for.
//
//           0  RAM, up to 3 GiB; what lies where before a kernel runs, vboot.h says
//   fec0_0000  I/O APIC
//   fed0_0000  HPET
//   fee0_0000  each CPU's own local APIC
//   ffc0_0000  flash, 4 MiB                          pass-through, read-only
//
//   ports: 20, a0, 4d0 8259s   40, 61 8254   60, 64 keyboard controller   70 clock
//          3f8 COM1   cf8 PCI, reset   600 power management
#pragma once

#define BOARD_UART_PORT   0x3f8UL
#define BOARD_PORTS       0x10000UL
#define BOARD_IOAPIC_BASE 0xfec00000UL
#define BOARD_HPET_BASE   0xfed00000UL
#define BOARD_LAPIC_BASE  0xfee00000UL
#define BOARD_FLASH_BASE  0xffc00000UL
#define BOARD_FLASH_SIZE  0x00400000UL
#define BOARD_RAM_MAX     0xc0000000UL

/* Global system interrupts: inputs of the I/O APIC, and below 16 of the 8259s, but for input 0
 * of those, which is number 2. */
#define BOARD_PIT_IRQ  2
#define BOARD_UART_IRQ 4
#define BOARD_RTC_IRQ  8
#define BOARD_SCI_IRQ  9
#define BOARD_AT_IRQ(n) \
	(16 + (n)) /* the VM file's n-th device, if it says where: 8 of them */
