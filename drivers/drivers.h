// SPDX-License-Identifier: Apache-2.0
// The drivers that drivers.c lists; the file that defines each is named like it.
#pragma once

#include <hv/driver.h>

extern const struct driver uart_ns16550a_driver, uart_ns16550_driver, uart_dw_apb_driver;
extern const struct driver pl011_driver, sbsa_uart_driver;
extern const struct driver virtio_mmio_driver;
extern const struct driver sifive_test0_driver, sifive_test1_driver;
extern const struct driver goldfish_rtc_driver;
extern const struct driver pl031_driver;
extern const struct driver pci_ecam_driver;
