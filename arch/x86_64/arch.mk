# SPDX-License-Identifier: Apache-2.0
# How to compile for x86-64, and the emulated PCs with it (top Makefile includes).

# No vector or floating-point registers: they belong to the guests. No red zone: the processor
# itself pushes onto the stack.
ARCH_CFLAGS := --target=x86_64-unknown-none-elf -mgeneral-regs-only -mno-red-zone \
	-fomit-frame-pointer

# The lowest multiple of 2 MiB that is not the legacy area.
ARCH_BASE := 0x200000

# BACKEND=svm: an AMD processor, in QEMU. BACKEND=vmx: an Intel one, which QEMU cannot emulate
# with VMX; Bochs can. The image is the same. EMULATOR=bochs with svm is a second opinion.
BACKENDS := svm vmx
EMULATOR ?= $(if $(filter vmx,$(BACKEND)),bochs,qemu)

# Of the board's flash.
ARCH_PFLASH_MIB := 4

# The image is a multiboot kernel; the flash is a module of it, and so is the boot disk where
# there is no virtio.
ifeq ($(EMULATOR),bochs)
ARCH_CPU = $(if $(filter vmx,$(BACKEND)),corei7_skylake_x,ryzen)
ARCH_QEMU := tools/bochs
ARCH_QEMU_ARGS = -cpu $(ARCH_CPU) -kernel $(BUILD)/lodge.bin \
	-initrd "$(PFLASH_IMAGE) flash$(if $(filter-out none,$(DISK_IMAGE)),$(comma)$(DISK_IMAGE) disk)"
else
ARCH_CPU = max
ARCH_QEMU := qemu-system-x86_64
ARCH_QEMU_ARGS = -M q35 -cpu $(ARCH_CPU) -nographic -nic none -no-reboot \
	-kernel $(BUILD)/lodge.bin -initrd "$(PFLASH_IMAGE) flash" \
	-drive file=$(DISK_IMAGE),format=raw,if=none,id=disk \
	-device virtio-blk-pci,drive=disk,id=boot-disk \
	-device isa-debug-exit,iobase=0xf4,iosize=4
# A network card and a source of random numbers that we drive.
ARCH_NET := virtio-net-pci
ARCH_RNG := virtio-rng-pci
endif
