// SPDX-License-Identifier: Apache-2.0
// Instructions that access memory or ports, decoded and carried out in software: what a guest
// did to a device that is not there in hardware (SDM volume 2, APM volume 3). Pure: the CPU is a
// few structs, memory is behind callbacks.
#pragma once

#include <hv/exit.h>
#include <hv/types.h>
#include "regs.h" /* this ISA's, also in unit tests, where <arch/regs.h> is another */

#define INSN_BYTES_MAX 15

/* What the decoder must know of the CPU. */
enum insn_mode {
	INSN_16 = 2,
	INSN_32 = 4,
	INSN_64 = 8
}; /* by CS.D and CS.L: bytes of an address */

/*
 * One decoded instruction. Others may look at length, size and rep; what the rest means is in
 * insn_ops.h. The address of the memory operand is worked out by the run, and only if it is
 * asked for: mostly the hardware has told it.
 */
struct insn {
	u8 length; /* bytes in memory */
	u8 size; /* bytes of the memory operand or port access: 1, 2, 4, 8; CMPXCHG16B: 16 */
	u8 op;    /* enum insn_op */
	u8 flags; /* INSN_* of insn_ops.h */
	u8 rep;   /* the repeat prefix in effect: 0, 0xf2 or 0xf3 */
	u8 step;  /* accesses of insn_run() so far, the one under way among them */
	u8 reg;   /* the other operand, if it is a register; REG_HIGH: AH, CH, DH, BH */
	u8 reg_size; /* its bytes */
	u8 modrm, sib;
	u8 function;  /* which of the ALU's operations, or conditions */
	u32 prefixes; /* PREFIX_* */
	u32 disp;     /* as it lies behind modrm and sib, with whatever follows */
	u64 imm;      /* sign-extended; of MOV moffs: the address */
	u64 value[2]; /* what the first two accesses read */
};

/* What a run needs of the CPU, and changes: the general registers, rip and rflags. */
struct insn_cpu {
	struct arch_regs *regs; /* rsp and rflags must be in */
	enum insn_mode mode;
	u8 cpl;
	u64 cr0;
	u64 seg_base[6]; /* as addresses use them: 0 in 64-bit mode but for FS and GS */
};

struct insn_fault {
	u8 vector;
	bool has_error;
	u32 error;
	u64 address; /* CR2, for VECTOR_PF */
};

struct insn_memory {
	/*
	 * Reads or writes guest memory at the linear address, at most 8 bytes, which may cross a
	 * page. 0; -ENOENT if that is no RAM but at *gpa where a device may be; -EFAULT with
	 * *fault filled in. With size 0 nothing is read or written: it only asks whether the
	 * byte there may be (before a device is read whose answer would have no place to go).
	 */
	int (*access)(void *arg, u64 linear, void *data, u32 size, bool write, gpa_t *gpa,
		struct insn_fault *fault);
	void *arg;
};

enum insn_result {
	INSN_DONE, /* carried out: registers are changed, rip is behind it, or at it for the next
			round of a repeated one */
	INSN_MMIO,  /* `access` must be carried out; then call again */
	INSN_PIO,   /* likewise, at a port */
	INSN_FAULT, /* the guest gets this fault; no register has changed */
};

/*
 * Decodes `len` bytes (at most INSN_BYTES_MAX). True if it is an instruction that insn_run()
 * can carry out, with *insn filled in and insn->step 0. Never looks behind `len`. False also
 * for what the CPU would refuse with #UD, such as LOCK where it may not be. Known are, with a
 * memory operand, in each mode: MOV, MOVZX, MOVSX, MOVSXD, MOVBE, MOVNTI, CMOVcc, SETcc, ADD, OR,
 * ADC, SBB, AND, SUB, XOR, CMP, TEST, NOT, NEG, INC, DEC, XCHG, XADD, CMPXCHG, CMPXCHG8B,
 * CMPXCHG16B, BT, BTS, BTR, BTC, MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS; in 64-bit mode
 * also PUSH and POP (elsewhere the width of the stack would have to be known).
 */
bool insn_decode(const u8 *bytes, u32 len, enum insn_mode mode, struct insn *insn);

#define INSN_GPA_UNKNOWN GPA(~0UL)

/*
 * Begins or goes on with a decoded instruction. `gpa` is where the access was that the hardware
 * did not let through, the same in each call: it is taken for the memory operand without asking
 * for its address, if the instruction has only one; INSN_GPA_UNKNOWN: not known. After INSN_MMIO
 * and INSN_PIO the caller carries the access out and calls again with access->value as it was
 * read (what was written stays). An access is reported as the instruction has it, aligned or
 * not. Repeated instructions come to an end after each round, with rip unchanged until the
 * last. Segment limits and I/O permissions are not looked at: the hardware has done that.
 * After INSN_DONE and INSN_FAULT insn->step is 0 again.
 */
enum insn_result insn_run(struct insn *insn, struct insn_cpu *cpu,
	const struct insn_memory *memory, gpa_t gpa, struct access *access,
	struct insn_fault *fault);

/*
 * A MOV of which, at a known address, insn_run() asks nothing but cpu->mode and general registers
 * other than rsp: memory and fault may be NULL, rsp and rflags need not be in.
 */
bool insn_is_plain(const struct insn *insn);
