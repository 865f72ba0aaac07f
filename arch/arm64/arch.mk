# SPDX-License-Identifier: Apache-2.0
# How to compile for AArch64, and QEMU's `virt` board with it (top Makefile includes).

# No floating point: its registers belong to the guests. x18 holds the struct cpu.
ARCH_CFLAGS := --target=aarch64-unknown-none-elf -mgeneral-regs-only -mstrict-align \
	-mno-outline-atomics -ffixed-x18 -fomit-frame-pointer

# Where QEMU puts the image: the base it is linked at.
ARCH_BASE := 0x40200000

# BACKEND=el2: the machine has EL2, and guests run at EL1. BACKEND=el1: it has none, and guests
# run at EL0; those are programs, not kernels. GIC=2 or 3: the machine's interrupt controller.
BACKENDS := el2 el1

# Of a bank of the board's flash.
ARCH_PFLASH_MIB := 64

GIC ?= 3
ARCH_CPU = cortex-a72
ifeq ($(BACKEND),el1)
ARCH_VM := vdev
ARCH_PRIVILEGE := user
ARCH_MACHINE = virt,gic-version=$(GIC)
else
ARCH_MACHINE = virt,virtualization=on,gic-version=$(GIC)
endif

# The boot disk is the first virtio-mmio device. The flash's second bank has contents; nothing
# is started from there. PSCI cannot tell QEMU that something went wrong, a panic device can.
ARCH_QEMU := qemu-system-aarch64
ARCH_QEMU_ARGS = -M $(ARCH_MACHINE) -cpu $(ARCH_CPU) -nographic -nic none -kernel $(BUILD)/lodge.bin \
	-drive file=$(DISK_IMAGE),format=raw,if=none,id=disk \
	-device virtio-blk-device,drive=disk,id=boot-disk \
	-global virtio-mmio.force-legacy=false \
	-drive file=$(PFLASH_IMAGE),format=raw,if=pflash,unit=1,readonly=on \
	-device pvpanic-pci -action panic=exit-failure

# A network card and a source of random numbers that we drive.
ARCH_NET := virtio-net-device
ARCH_RNG := virtio-rng-device
