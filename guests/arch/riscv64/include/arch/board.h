// SPDX-License-Identifier: Apache-2.0
// Names and addresses of the `virt` board that guests use without asking the device tree.
#pragma once

#define ARCH_NAME     "riscv64"
#define PLATFORM_NAME "riscv64-qemu-virt"

#define TEST_BASE   0x00100000UL /* power off and reset */
#define RTC_BASE    0x00101000UL /* goldfish */
#define INTC_BASE   0x0c000000UL /* PLIC */
#define UART_BASE   0x10000000UL /* ns16550 */
#define UART_LINE   10           /* its input of the PLIC */
#define PFLASH_BASE 0x22000000UL /* the second bank, the one for data */
