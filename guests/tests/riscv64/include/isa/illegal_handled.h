// SPDX-License-Identifier: Apache-2.0
// What a guest on RISC-V must not execute, and the way into user mode and back.
#pragma once

#include <guest/trap.h>
#include <arch/frame.h>
#include <arch/regs.h>

#define FRAME_RA 1
#define UNUSED   __attribute__((unused))

/* Never comes behind the instruction. */
#define INSN(insn) insn "\n\tebreak"

// clang-format off
/* name, instruction; numbers where the assembler wants an extension we are built without. */
#define BOTH_MODES(one)                                                                  \
	one(zeros, ".2byte 0")                                                           \
	one(ones, ".4byte 0xffffffff")                                                   \
	one(unimp, "unimp")                                                              \
	one(read_hstatus, "csrr a0, 0x600")                                              \
	one(write_hstatus, "csrw 0x600, zero")                                           \
	one(read_hgatp, "csrr a0, 0x680")                                                \
	one(write_hgatp, "csrw 0x680, zero")                                             \
	one(write_hvip, "csrw 0x645, zero")                                              \
	one(write_htimedelta, "csrw 0x605, zero")                                        \
	one(read_vsstatus, "csrr a0, 0x200")                                             \
	one(write_vsatp, "csrw 0x280, zero")                                             \
	one(read_vstimecmp, "csrr a0, 0x24d")                                            \
	one(read_mstatus, "csrr a0, mstatus")                                            \
	one(write_mstatus, "csrw mstatus, zero")                                         \
	one(read_mhartid, "csrr a0, mhartid")                                            \
	one(write_pmpcfg0, "csrw pmpcfg0, zero")                                         \
	one(write_time, "csrw 0xc01, zero")                                              \
	one(read_no_csr, "csrr a0, 0x5ff")                                               \
	one(hlv_w, ".insn r 0x73, 4, 0x34, a0, a1, x0")                                  \
	one(hlvx_hu, ".insn r 0x73, 4, 0x32, a0, a1, x3")                                \
	one(hsv_d, ".insn r 0x73, 4, 0x37, x0, a1, a2")                                  \
	one(hfence_gvma, ".insn r 0x73, 0, 0x31, x0, x0, x0")                            \
	one(hfence_vvma, ".insn r 0x73, 0, 0x11, x0, x0, x0")                            \
	one(hinval_gvma, ".insn r 0x73, 0, 0x33, x0, x0, x0")                            \
	one(mret, "mret")                                                                \
	one(vsetvli, ".4byte 0x0c057557")                                                \
	one(read_vlenb, "csrr a0, 0xc22")

#define USER_MODE(one)                                                                   \
	one(wfi, "wfi")                                                                  \
	one(sret, "sret")                                                                \
	one(sfence_vma, "sfence.vma")                                                    \
	one(read_sstatus, "csrr a0, sstatus")                                            \
	one(write_satp, "csrw satp, zero")                                               \
	one(write_stvec, "csrw stvec, zero")
// clang-format on

static inline void frame_leave(struct trap_frame *frame)
{
	frame->pc = frame->x[FRAME_RA];
	frame->status = (frame->status | SSTATUS_SPP) & ~SSTATUS_SPIE;
}

/* stval may hold the instruction or 0. */
static inline bool fault_is_illegal(const struct fault *fault, void (*fn)(void),
	bool user)
{
	u32 bits = ((u16 *)fn)[0];

	(void)user;
	if ((bits & 3) == 3)
		bits |= (u32)((u16 *)fn)[1] << 16;
	return fault->cause == CAUSE_ILLEGAL && (fault->addr == 0 || fault->addr == bits);
}

/* Runs fn in user mode; the handler brings us back to the caller. Without page tables user
 * mode may execute what supervisor mode may. */
__attribute__((naked)) static void call_user(void (*fn)(void) UNUSED)
{
	__asm__("li t0, %0\n\t"
		"csrc sstatus, t0\n\t"
		"csrw sepc, a0\n\t"
		"sret" ::"i"(SSTATUS_SPP));
}
