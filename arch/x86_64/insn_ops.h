// SPDX-License-Identifier: Apache-2.0
// What the parts of the instruction emulator tell each other: the operations, the words of the
// opcode tables, and the parts of struct insn that nobody else reads (SDM volume 2, chapter 2 and
// appendix A).
#pragma once

#include <hv/bits.h>
#include <arch/insn.h>

/* struct insn.op. MOV, which is what drivers use, first. */
enum insn_op {
	OP_NONE,
	OP_LOAD,  /* register = memory, zero-extended */
	OP_STORE, /* memory = register or immediate */
	OP_LOAD_SIGNED,
	OP_LOAD_SWAPPED, /* MOVBE */
	OP_STORE_SWAPPED,
	OP_CMOV,
	OP_SET,
	OP_ALU_STORE, /* memory op= register or immediate */
	OP_ALU_LOAD,  /* register op= memory */
	OP_TEST,
	OP_UNARY,
	OP_XCHG,
	OP_XADD,
	OP_CMPXCHG,
	OP_CMPXCHG_PAIR, /* CMPXCHG8B, CMPXCHG16B */
	OP_BIT,          /* BT and its like */
	OP_PUSH,
	OP_POP,
	OP_MOVS,
	OP_CMPS,
	OP_STOS,
	OP_LODS,
	OP_SCAS,
	OP_INS,
	OP_OUTS,
};

/* In the tables, with D_SPECIAL, instead: more bytes, or prefixes, say which of the above. */
enum insn_group {
	OP_GROUP_ALU = OP_OUTS + 1, /* 80, 81, 83 */
	OP_GROUP_UNARY,             /* f6, f7 */
	OP_GROUP_INC,               /* fe, ff */
	OP_GROUP_BIT,               /* 0f ba */
	OP_GROUP_PAIR,              /* 0f c7 */
	OP_GROUP_POP,               /* 8f */
	OP_GROUP_NTI,               /* 0f c3 */
	OP_GROUP_SXD,               /* 63 */
	OP_GROUP_82,
};

/* MOV to or from an address that is an immediate: a0 to a3, likewise. */
#define OP_MOFFS_LOAD  (OP_GROUP_82 + 1)
#define OP_MOFFS_STORE (OP_GROUP_82 + 2)

/* Bits of struct insn.function: the opcode's, or as if it were the opcode. */
#define FUNCTION_ALU BITS(5, 3) /* enum alu_op */
#define FUNCTION_BIT BITS(4, 3) /* enum bit_op */
#define FUNCTION_CC  BITS(3, 0) /* a condition */
#define FUNCTION_REG BITS(5, 3) /* of a group: the reg field of modrm is there already */

enum unary_op { UNARY_INC = 0, UNARY_DEC = 1, UNARY_NOT = 2, UNARY_NEG = 3 };
enum bit_op { BIT_TEST = 0, BIT_SET = 1, BIT_RESET = 2, BIT_COMPLEMENT = 3 };

/* struct insn.flags */
#define INSN_IMM   BITS(1, 0) /* the other operand is an immediate */
#define INSN_MOFFS BIT(2)     /* the address of the operand is the immediate */

/* struct insn.rep */
#define REP_UNEQUAL 0xf2U /* REPNE; REP too, where nothing is compared */
#define REP_EQUAL   0xf3U

#define REG_HIGH 0x10U /* struct insn.reg: bits 15:8 of the register */

/* struct insn.prefixes */
#define PREFIX_SEGMENT BITS(18, 16) /* enum segment_reg, plus 1 */
#define PREFIX_F3      BIT(12)      /* of F2 and F3 the last */
#define PREFIX_F2      BIT(11)
#define PREFIX_LOCK    BIT(10)
#define PREFIX_67      BIT(9)
#define PREFIX_66      BIT(8)
#define PREFIX_REX     BITS(7, 0) /* all of it, or 0 */
#define REX_W          BIT(3)
#define REX_R          BIT(2)
#define REX_X          BIT(1)
#define REX_B          BIT(0)

#define MODRM_MOD BITS(7, 6)
#define MODRM_REG BITS(5, 3)
#define MODRM_RM  BITS(2, 0)
#define SIB_SCALE BITS(7, 6)
#define SIB_INDEX BITS(5, 3)
#define SIB_BASE  BITS(2, 0)

#define MOD_DISP8    1
#define RM_SIB       4 /* a SIB byte follows */
#define RM_DISP      5 /* with mod 0: no base but a displacement, as in a SIB byte */
#define RM16_DISP    6 /* likewise with 16-bit addresses */
#define SIB_NO_INDEX 4

/*
 * An entry of the opcode tables; 0: nothing that we carry out. From D_REG0 up are bits that need
 * a closer look. The lower two bytes are struct insn.op and .flags.
 */
#define D_PREFIX   BIT(23)
#define D_ESCAPE   BIT(22) /* another table */
#define D_SPECIAL  BIT(21) /* no modrm, or a group: op says more */
#define D_REG0     BIT(20) /* the reg field of modrm must be 0 */
#define D_LOCK     BIT(19) /* LOCK is allowed */
#define D_WIDE_REG BIT(18) /* the register has the operand size, whatever D_SIZE says */
#define D_SIZE     BITS(17, 16) /* of the memory operand, and of the register */
#define D_IMM      BITS(9, 8)
#define D_OP       BITS(7, 0)

#define D_BYTE  0x10000 /* D_SIZE; 0: the operand size */
#define D_WORD  0x20000
#define D_IMM_8 0x100 /* sign-extended */
#define D_IMM_Z 0x200 /* 2 or 4 bytes, by operand size */

/* Opcodes of one byte, and of two that begin with 0f. */
extern const u32 insn_opcodes[256];
extern const u32 insn_opcodes_0f[256];

/* What follows modrm with 32- and 64-bit addresses, by modrm: */
#define TAIL_REGISTER 0x80U /* no memory operand at all */
#define TAIL_SIB      0x10U
#define TAIL_DISP     0x0fU /* bytes of displacement */
extern const u8 insn_tails[256];

/* ---- insn_alu.c ---- */

enum alu_op { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* All bits of an operand of `size` bytes, 1 to 8. */
static inline u64 size_mask(u32 size)
{
	return ~0UL >> (64 - 8 * size);
}

/* a op b for operands of `size` bytes (more bits do no harm), with the flags it sets. */
u64 alu_run(enum alu_op op, u64 a, u64 b, u32 size, u64 *rflags);
/* Likewise; AND without a result. */
void alu_test(u64 a, u64 b, u32 size, u64 *rflags);
u64 alu_unary(enum unary_op op, u64 a, u32 size, u64 *rflags);
/* BT and its like; `bit` is below 8 * size. */
u64 alu_bit(enum bit_op op, u64 a, u32 bit, u64 *rflags);
/* Does the condition (the low four bits of Jcc, SETcc, CMOVcc) hold? */
bool alu_condition(u32 cc, u64 rflags);

/* ---- insn_run.c ---- */

/* One call of insn_run(). */
struct run {
	struct insn *insn;
	struct insn_cpu *cpu;
	const struct insn_memory *memory;
	gpa_t gpa;
	struct access *access;
	struct insn_fault *fault;
	u32 count;               /* accesses so far */
	enum insn_result result; /* once a function below has said false */
};

/* Where an access goes. */
struct place {
	gpa_t gpa;  /* if it is known ... */
	u64 linear; /* ... else this */
	bool stack; /* if that is not canonical it is #SS, not #GP */
};

static inline bool gpa_known(gpa_t gpa)
{
	return gpa.raw != INSN_GPA_UNKNOWN.raw;
}

/*
 * The next access of the instruction. True: it has been carried out, now or in a call before.
 * False: run->result is what insn_run() returns. At most the first two may be reads.
 */
bool run_read(struct run *run, struct place place, u32 size, u64 *value);
bool run_write(struct run *run, struct place place, u32 size, u64 value);
/* The same at a port. */
bool run_in(struct run *run, u16 port, u32 size, u64 *value);
bool run_out(struct run *run, u16 port, u32 size, u64 value);
/* A read and a write. A device is read only if what it says has a place to go. */
bool run_copy(struct run *run, struct place from, struct place to, u32 size);
/* May these bytes be written, as far as the guest's page tables say? No access. */
bool run_probe(struct run *run, struct place place, u32 size);

/* A register of the instruction; 32 bits zero-extend, fewer leave the others. */
u64 reg_read(const struct arch_regs *regs, u32 reg, u32 size);
void reg_write(struct arch_regs *regs, u32 reg, u32 size, u64 value);

/* INSN_DONE, with rip behind the instruction. */
enum insn_result run_done(struct run *run);

/* ---- insn.c ---- */

/* Bytes of an address: 2, 4 or 8. */
u32 address_size(const struct insn *insn, enum insn_mode mode);

/* Bytes of an operand that is not of one byte: 2, 4 or 8. */
static inline u32 operand_size(u32 prefixes, enum insn_mode mode)
{
	if (prefixes & REX_W)
		return 8;
	return !(prefixes & PREFIX_66) == (mode != INSN_16) ? 4 : 2;
}

/* ---- insn_special.c, for insn.c ---- */

/* The table entry of an opcode 0f 38: MOVBE, or 0. */
u32 decode_0f38(u32 opcode, u32 prefixes);
/* Has an entry with D_SPECIAL no modrm? The other operand is rAX, or at rSI and rDI. */
bool is_implied(u32 d);
/* Such an instruction; `p` is behind the opcode. Returns where it ends. */
const u8 *decode_implied(const u8 *p, u32 d, enum insn_mode mode, struct insn *insn);
/*
 * What any other entry with D_SPECIAL stands for; 0: nothing. A group's operation is in the reg
 * field: it becomes insn->function.
 */
u32 decode_group(u32 d, u32 modrm, u32 prefixes, enum insn_mode mode, struct insn *insn);
/* Corrects insn->size where it is not what the table says. */
void decode_sizes(u32 d, u32 prefixes, struct insn *insn);

/* ---- insn_address.c ---- */

/* `offset` in the segment, or in the one that a prefix says, if `override`. */
struct place run_place(const struct run *run, enum segment_reg segment, bool override,
	u64 offset);
/* The memory operand by its address. */
struct place operand_address(const struct run *run);
/* It is the only one: where the hardware said, if it did. */
struct place operand_place(const struct run *run);

/* ---- insn_exec.c, insn_string.c: all operations, and all of rSI and rDI ---- */

enum insn_result run_operand(struct run *run);
/* One round. */
enum insn_result run_string(struct run *run);
