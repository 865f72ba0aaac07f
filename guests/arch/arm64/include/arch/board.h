// SPDX-License-Identifier: Apache-2.0
// Names and addresses of the `virt` board that guests use without asking the device tree.
#pragma once

#define ARCH_NAME     "aarch64"
#define PLATFORM_NAME "aarch64-qemu-virt"

#define PFLASH_BASE 0x04000000UL /* the second bank, the one for data */
#define GICD_BASE   0x08000000UL /* the distributor */
#define GICC_BASE   0x08010000UL /* GICv2: the interface to this cpu */
#define GICC_SIZE   0x00002000UL
#define GICR_BASE   0x080a0000UL /* GICv3: the redistributors, one for each cpu */
#define GICR_SIZE   0x00020000UL
#define UART_BASE   0x09000000UL /* PL011 */
#define UART_LINE   33           /* its interrupt: SPI 1 */
#define RTC_BASE    0x09010000UL /* PL031 */
#define VIRTIO_BASE 0x0a000000UL
#define VIRTIO_SIZE 0x00004000UL
