# SPDX-License-Identifier: Apache-2.0
# Compiler flags of guests on x86-64. No floating point or vectors: the runtime's trap code saves
# only general registers, on the stack of whatever was interrupted, so that there is no red zone.
GUEST_ARCH_FLAGS := --target=x86_64-unknown-none-elf -mno-red-zone \
		-mgeneral-regs-only -fomit-frame-pointer

# $(call guest_base,NAME): where it is linked: a kernel at 2 MiB; what must do with 2 MiB of RAM at
# 1 MiB; 16-bit code where the board puts a boot sector's successor.
guest_base = $(if $(filter guestmode,$1),0x8000,$(if $(filter $(GUEST_BARE),$1),0x100000,0x200000))
