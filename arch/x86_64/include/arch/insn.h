// SPDX-License-Identifier: Apache-2.0
// Instructions that access memory or ports, decoded and carried out in software: what a guest
// did to a device that is not there in hardware (SDM volume 2, APM volume 3). Pure: the CPU is a
// few structs, memory is behind callbacks.
#pragma once

#include <hv/exit.h>
#include <hv/types.h>
#include <arch/regs.h>

#define INSN_BYTES_MAX 15

/* What the decoder must know of the CPU. */
enum insn_mode {
	INSN_16 = 2,
	INSN_32 = 4,
	INSN_64 = 8
}; /* by CS.D and CS.L: bytes of an address */

/* One decoded instruction; opaque but for the first fields. */
struct insn {
	u8 length; /* bytes in memory */
	u8 op;     /* insn.c's */
	u8 size;   /* bytes of the memory operand or of the port access: 1, 2, 4 or 8 */
	u8 flags;  /* insn.c's */
	u8 reg;    /* the other operand, if it is a register */
	u8 reg_size;
	u8 rep;                /* the repeat prefix in effect: 0, 0xf2 or 0xf3 */
	u8 segment;            /* enum segment_reg of the memory operand */
	u8 base, index, scale; /* of its address; GPR_COUNT: there is none */
	u8 address_size;
	u8 step; /* how far insn_run() has come */
	s32 disp;
	u64 imm;
	u64 value, value2; /* what was read so far */
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
	 * *fault filled in.
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
 * can carry out, with *insn filled in and insn->step 0. Never looks behind `len`.
 */
bool insn_decode(const u8 *bytes, u32 len, enum insn_mode mode, struct insn *insn);

/*
 * Begins or goes on with a decoded instruction. `gpa` is where the access was that the hardware
 * did not let through: it is taken for the memory operand without asking for its address, if
 * the instruction has only one; ~0: not known. After INSN_MMIO and INSN_PIO the caller carries
 * the access out and calls again with access->value as it was read (what was written stays).
 * Repeated instructions come to an end after each round, with rip unchanged until the last.
 */
enum insn_result insn_run(struct insn *insn, struct insn_cpu *cpu,
	const struct insn_memory *memory, gpa_t gpa, struct access *access,
	struct insn_fault *fault);
