# SPDX-License-Identifier: Apache-2.0
# Compiler flags of RISC-V guests. No F, D or V: the runtime's trap code saves only
# x registers.
GUEST_ARCH_FLAGS := --target=riscv64-unknown-none-elf -march=rv64imac_zicsr_zifencei \
		-mabi=lp64 -mcmodel=medany -mno-relax

# What describes the board: guests/lib/<this> and guests/tests/<this> are built.
GUEST_BOARD := fdt
