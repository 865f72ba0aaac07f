# SPDX-License-Identifier: Apache-2.0
# Compiler flags of Arm guests. No floating point: the runtime's trap code saves only x
# registers. Without page tables all memory is device memory, where misaligned accesses fault.
GUEST_ARCH_FLAGS := --target=aarch64-unknown-none-elf -mgeneral-regs-only -mstrict-align \
		-mno-outline-atomics

# What describes the board: guests/lib/<this> and guests/tests/<this> are built.
GUEST_BOARD := fdt
