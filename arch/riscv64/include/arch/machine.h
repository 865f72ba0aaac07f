// SPDX-License-Identifier: Apache-2.0
// The virtual board: where things are, and what its device tree calls them. The memory map is
// the one of QEMU's virt board, which kernels are built for already.
//
//      10_0000  test device: power off, reboot      (syscon)
//      10_1000  real-time clock                      goldfish
//     c00_0000  PLIC
//    1000_0000  console                              16550
//    1000_1000  virtio devices of the VM file, eight slots of 4 KiB
//    2000_0000  flash, two banks of 32 MiB           pass-through, read-only
//    8000_0000  RAM
#pragma once

#define BOARD_TEST_BASE   0x00100000UL
#define BOARD_RTC_BASE    0x00101000UL
#define BOARD_PLIC_BASE   0x0c000000UL
#define BOARD_UART_BASE   0x10000000UL
#define BOARD_FLASH0_BASE 0x20000000UL
#define BOARD_FLASH1_BASE 0x22000000UL
#define BOARD_FLASH_SIZE  0x02000000UL /* of each */
#define BOARD_RAM_BASE    0x80000000UL

#define BOARD_VIRTIO_BASE(slot) (0x10001000UL + 0x1000UL * (slot))
#define BOARD_VIRTIO_SLOTS      8

/* PLIC inputs */
#define BOARD_VIRTIO_IRQ(slot) (1 + (slot))
#define BOARD_UART_IRQ         10
#define BOARD_RTC_IRQ          11
#define BOARD_AT_IRQ(n)        (16 + (n)) /* the VM file's n-th device, if it says where */

/* Phandles. */
#define PHANDLE_CPU_INTC(h) (1 + (h)) /* the interrupt inputs of vCPU h */
#define PHANDLE_PLIC        0x100
