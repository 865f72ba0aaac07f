// SPDX-License-Identifier: Apache-2.0
// What a guest on Arm must not execute, and the way to EL0 and back. It sees a cpu without EL2,
// EL3, performance monitors, SVE, pointer authentication and statistical profiling.
#pragma once

#include <guest/trap.h>
#include <arch/frame.h>
#include <arch/regs.h>

#define FRAME_LR 30
#define UNUSED   __attribute__((unused))

/* Never comes behind the instruction. */
#define INSN(insn) insn "\n\tbrk #0"

// clang-format off
/* name, instruction; numbers where the assembler wants an extension we are built without. */
#define BOTH_MODES(one)                                                                  \
	one(zeros, "udf #0")                                                             \
	one(ones, ".4byte 0xffffffff")                                                   \
	one(read_hcr, "mrs x9, hcr_el2")                                                 \
	one(write_hcr, "msr hcr_el2, xzr")                                               \
	one(read_sctlr_el2, "mrs x9, sctlr_el2")                                         \
	one(write_vttbr, "msr vttbr_el2, xzr")                                           \
	one(write_vbar_el2, "msr vbar_el2, xzr")                                         \
	one(read_vmpidr, "mrs x9, vmpidr_el2")                                           \
	one(write_cntvoff, "msr cntvoff_el2, xzr")                                       \
	one(read_cnthp, "mrs x9, cnthp_ctl_el2")                                         \
	one(read_spsr_el2, "mrs x9, spsr_el2")                                           \
	one(read_ich_hcr, "mrs x9, s3_4_c12_c11_0")                                      \
	one(write_ich_lr0, "msr s3_4_c12_c12_0, xzr")                                    \
	one(read_icc_sre_el2, "mrs x9, s3_4_c12_c9_5")                                   \
	one(tlbi_alle1, "tlbi alle1")                                                    \
	one(tlbi_alle2, "tlbi alle2")                                                    \
	one(tlbi_vmalls12e1, "tlbi vmalls12e1")                                          \
	one(tlbi_ipas2e1is, "tlbi ipas2e1is, xzr")                                       \
	one(at_s12e1r, "at s12e1r, xzr")                                                 \
	one(at_s1e2r, "at s1e2r, xzr")                                                   \
	one(read_sctlr_el3, "mrs x9, s3_6_c1_c0_0")                                      \
	one(write_scr_el3, "msr s3_6_c1_c1_0, xzr")                                      \
	one(read_sctlr_el12, "mrs x9, s3_5_c1_c0_0")                                     \
	one(read_pmcr, "mrs x9, pmcr_el0")                                               \
	one(write_pmcr, "msr pmcr_el0, xzr")                                             \
	one(read_pmccntr, "mrs x9, pmccntr_el0")                                         \
	one(write_pmuserenr, "msr pmuserenr_el0, xzr")                                   \
	one(read_pmintenset, "mrs x9, pmintenset_el1")                                   \
	one(read_pmevcntr0, "mrs x9, s3_3_c14_c8_0")                                     \
	one(read_zcr, "mrs x9, s3_0_c1_c2_0")                                            \
	one(write_zcr, "msr s3_0_c1_c2_0, xzr")                                          \
	one(ptrue, ".4byte 0x2518e3e0")                                                  \
	one(rdvl, ".4byte 0x04bf5029")                                                   \
	one(read_pmscr, "mrs x9, s3_0_c9_c9_0")                                          \
	one(read_apiakey, "mrs x9, s3_0_c2_c1_0")                                        \
	one(read_no_sysreg, "mrs x9, s3_7_c11_c0_0")                                     \
	one(write_no_sysreg, "msr s3_7_c15_c0_0, xzr")                                   \
	one(write_midr, ".4byte 0xd5180009")                                             \
	one(sysl_none, "sysl x9, #7, c11, c0, #0")

#define USER_MODE(one)                                                                   \
	one(hvc, "hvc #0")                                                               \
	one(smc, "smc #0")                                                               \
	one(eret, "eret")                                                                \
	one(tlbi_vmalle1, "tlbi vmalle1")                                                \
	one(dc_isw, "dc isw, xzr")                                                       \
	one(read_sctlr, "mrs x9, sctlr_el1")                                             \
	one(write_vbar, "msr vbar_el1, xzr")                                             \
	one(write_ttbr0, "msr ttbr0_el1, xzr")                                           \
	one(write_tpidr_el1, "msr tpidr_el1, xzr")
// clang-format on

static inline void frame_leave(struct trap_frame *frame)
{
	frame->pc = frame->x[FRAME_LR];
	frame->status = (frame->status & ~SPSR_M) | SPSR_M_EL1H | SPSR_I | SPSR_F;
}

/*
 * Without any word about the instruction; only that at EL0 what EL1 could allow it, such as
 * PMUSERENR_EL0, comes first.
 */
static inline bool fault_is_illegal(const struct fault *fault, void (*fn)(void),
	bool user)
{
	(void)fn;
	return fault->cause == (field_put(ESR_EC, EC_UNKNOWN) | ESR_IL) ||
		(user && field_get(ESR_EC, fault->cause) == EC_SYSREG);
}

/* Runs fn at EL0; the handler brings us back to the caller. Without page tables EL0 may
 * execute what EL1 may. */
__attribute__((naked)) static void call_user(void (*fn)(void) UNUSED)
{
	__asm__("msr elr_el1, x0\n\t"
		"mov x9, %0\n\t"
		"msr spsr_el1, x9\n\t"
		"eret" ::"i"(SPSR_M_EL0T | SPSR_I | SPSR_F));
}
