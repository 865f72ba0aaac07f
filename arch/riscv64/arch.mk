# SPDX-License-Identifier: Apache-2.0
# How to compile for 64-bit RISC-V, and QEMU's `virt` board with it (top Makefile includes).

# No floating point anywhere: its registers belong to the guests.
ARCH_CFLAGS := --target=riscv64-unknown-none-elf -march=rv64imac_zicsr_zifencei -mabi=lp64 \
	-mcmodel=medany

# There is one backend.
BACKENDS := hext

# Of a bank of the board's flash.
ARCH_PFLASH_MIB := 32

# Where QEMU puts the image: the base it is linked at.
ARCH_BASE := 0x80200000

# What lies under arch/riscv64 may also name the hypervisor extension's instructions.
ARCH_PRIV_CFLAGS := -march=rv64imach_zicsr_zifencei_sstc_svinval

ARCH_CPU = rv64

# The machine's interrupt controller: AIA=none is a PLIC, AIA=aplic an APLIC.
AIA ?= none

# OpenSBI comes with QEMU. The boot disk is the first virtio-mmio device. The flash's contents
# are put there by the loader: given as `-drive if=pflash`, firmware would start from it.
ARCH_QEMU := qemu-system-riscv64
ARCH_QEMU_ARGS = -M virt,aia=$(AIA) -cpu $(ARCH_CPU) -nographic -bios default -kernel $(BUILD)/lodge.bin \
	-drive file=$(DISK_IMAGE),format=raw,if=none,id=disk \
	-device virtio-blk-device,drive=disk,id=boot-disk \
	-global virtio-mmio.force-legacy=false \
	-device loader,file=$(PFLASH_IMAGE),addr=0x22000000,force-raw=on

# A network card and a source of random numbers that we drive.
ARCH_NET := virtio-net-device
ARCH_RNG := virtio-rng-device
