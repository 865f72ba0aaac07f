// SPDX-License-Identifier: Apache-2.0
// Instructions that a guest must not execute, in supervisor and in user mode, with a handler:
// each must be an illegal instruction to it, and nothing else may happen.
#define TEST "illegal_handled"
#include "../check.h"
#include <arch/frame.h>
#include <arch/regs.h>

#define FRAME_RA 1
#define UNUSED   __attribute__((unused))

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

#define DEFINE(name, insn)                                   \
	__attribute__((naked)) static void insn_##name(void) \
	{                                                    \
		__asm__(insn "\n\tebreak");                  \
	}
#define ENTRY(name, insn) {#name, insn_##name},

BOTH_MODES(DEFINE)
USER_MODE(DEFINE)

struct insn {
	const char *name;
	void (*fn)(void);
};

static const struct insn both_modes[] = {BOTH_MODES(ENTRY)};
static const struct insn user_mode[] = {USER_MODE(ENTRY)};

static struct fault last;

/* As if the function with the instruction had returned, to supervisor mode, interrupts off. */
static bool handler(struct trap_frame *frame, const struct fault *fault)
{
	last = *fault;
	frame->pc = frame->x[FRAME_RA];
	frame->status = (frame->status | SSTATUS_SPP) & ~SSTATUS_SPIE;
	return true;
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

static void expect_illegal(const struct insn *insn, const char *mode)
{
	u32 bits = ((u16 *)insn->fn)[0];

	if ((bits & 3) == 3)
		bits |= (u32)((u16 *)insn->fn)[1] << 16;
	expect_equal(last.cause, CAUSE_ILLEGAL, "cause of %s in %s mode", insn->name,
		mode);
	expect_equal(last.pc, insn->fn, "sepc of %s in %s mode", insn->name, mode);
	expect_true(last.addr == 0 || last.addr == bits,
		"stval of %s in %s mode to be 0 or 0x%x, found 0x%lx", insn->name, mode,
		bits, last.addr);
	last = (struct fault){0};
}

static void check_user(const struct insn *insn)
{
	call_user(insn->fn);
	expect_illegal(insn, "user");
}

/*
 * A wfi that ends at once, for an interrupt is pending: whoever is below must not take the
 * instruction that follows for another one.
 */
static void wait_nothing(void)
{
	irq_unmask(IRQ_TIMER);
	cpu_wait();
	irq_mask(IRQ_TIMER);
}

int guest_main(void)
{
	fault_handler_set(handler);
	timer_set(0);
	for (u32 i = 0; i < ARRAY_LEN(both_modes); i++) {
		wait_nothing();
		both_modes[i].fn();
		expect_illegal(&both_modes[i], "supervisor");
		check_user(&both_modes[i]);
	}
	for (u32 i = 0; i < ARRAY_LEN(user_mode); i++)
		check_user(&user_mode[i]);
	print(TEST ": %lu instructions\n", ARRAY_LEN(both_modes) + ARRAY_LEN(user_mode));
	return test_ok();
}
