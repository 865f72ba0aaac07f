// SPDX-License-Identifier: Apache-2.0
// The virtual board: where things are, and what its device tree calls them. The memory map is
// the one of QEMU's arm virt board, which kernels are built for already.
//
//           0  flash, two banks of 64 MiB           pass-through, read-only
//    800_0000  GIC: distributor
//    801_0000  GICv2: CPU interface                 8 KiB, the host's GICV
//    80a_0000  GICv3: redistributors                128 KiB a CPU
//    900_0000  console                              PL011
//    901_0000  real-time clock                      PL031
//    a00_0000  virtio devices of the VM file, 32 slots of 512 bytes
//   4000_0000  RAM
#pragma once

#define BOARD_FLASH0_BASE 0x00000000UL
#define BOARD_FLASH1_BASE 0x04000000UL
#define BOARD_FLASH_SIZE  0x04000000UL /* of each */
#define BOARD_GICD_BASE   0x08000000UL
#define BOARD_GICC_BASE   0x08010000UL
#define BOARD_GICR_BASE   0x080a0000UL
#define BOARD_UART_BASE   0x09000000UL
#define BOARD_RTC_BASE    0x09010000UL
#define BOARD_RAM_BASE    0x40000000UL

#define BOARD_VIRTIO_BASE(slot) (0x0a000000UL + 0x200UL * (slot))
#define BOARD_VIRTIO_SLOTS      32

/* INTIDs; shared peripheral interrupt n is 32 + n */
#define BOARD_UART_IRQ         (32 + 1)
#define BOARD_RTC_IRQ          (32 + 2)
#define BOARD_VIRTIO_IRQ(slot) (32 + 16 + (slot))
#define BOARD_AT_IRQ(n)        (32 + 64 + (n)) /* the VM file's n-th device, if it says where */

/* Phandles. */
#define PHANDLE_GIC 0x100
