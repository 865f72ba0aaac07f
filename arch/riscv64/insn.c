// SPDX-License-Identifier: Apache-2.0
// The load and store decoder (<arch/insn.h>): Unprivileged ISA, chapters "RV64I", "F",
// "D", "C" and "Zcb". Immediates and base registers do not matter: the hardware tells the
// address. The tables' columns are { length, size, reg (filled in), write, sign_extend,
// floating }.
#include <arch/insn.h>

#include <hv/bits.h>

/* 32-bit formats, also of transformed instructions. */
#define INSN_RS2      BITS(24, 20)
#define INSN_FUNCT3   BITS(14, 12)
#define INSN_RD       BITS(11, 7)
/* The opcode: 00s0f11 where s is for stores and f for floating point. */
#define INSN_OPCODE   BITS(6, 0)
#define OPCODE_STORE  BIT(5)
#define OPCODE_FP     BIT(2)
#define OPCODE_MEMORY 3UL
/* 1, but in the transformed form of a 16-bit instruction 0. */
#define OPCODE_WIDE   BIT(1)

/* 16-bit formats. */
#define C_FUNCT3   BITS(15, 13)
#define C_ZCB_CODE BITS(12, 10) /* the lower half of funct6 in Zcb's formats */
#define C_RD       BITS(11, 7)  /* CI format */
#define C_FUNCT1   BIT(6)       /* CLH and CSH formats */
#define C_RS2      BITS(6, 2)   /* CSS format */
#define C_REG      BITS(4, 2)   /* rd' and rs2': x8 .. x15, f8 .. f15 */
#define C_QUADRANT BITS(1, 0)

/* Quadrant and funct3 of what loads and stores. */
#define C_CODE(quadrant, funct3) ((quadrant) << 3 | (funct3))
enum c_code {
	C_FLD = C_CODE(0, 1),
	C_LW = C_CODE(0, 2),
	C_LD = C_CODE(0, 3),
	C_ZCB = C_CODE(0, 4),
	C_FSD = C_CODE(0, 5),
	C_SW = C_CODE(0, 6),
	C_SD = C_CODE(0, 7),
	C_FLDSP = C_CODE(2, 1),
	C_LWSP = C_CODE(2, 2),
	C_LDSP = C_CODE(2, 3),
	C_FSDSP = C_CODE(2, 5),
	C_SWSP = C_CODE(2, 6),
	C_SDSP = C_CODE(2, 7),
};

/* C_ZCB_CODE */
enum { ZCB_LBU = 0, ZCB_LH = 1, ZCB_SB = 2, ZCB_SH = 3 };

/* Loads and stores of 32 bits, and transformed ones. */
static inline bool decode_wide(u32 word, struct insn *insn)
{
	/* By OPCODE_STORE, OPCODE_FP and funct3. */
	static const struct insn forms[2][2][8] = {
		[0][0][0] = {4, 1, 0, false, true, false},  /* lb */
		[0][0][1] = {4, 2, 0, false, true, false},  /* lh */
		[0][0][2] = {4, 4, 0, false, true, false},  /* lw */
		[0][0][3] = {4, 8, 0, false, false, false}, /* ld */
		[0][0][4] = {4, 1, 0, false, false, false}, /* lbu */
		[0][0][5] = {4, 2, 0, false, false, false}, /* lhu */
		[0][0][6] = {4, 4, 0, false, false, false}, /* lwu */
		[0][1][2] = {4, 4, 0, false, false, true},  /* flw */
		[0][1][3] = {4, 8, 0, false, false, true},  /* fld */
		[1][0][0] = {4, 1, 0, true, false, false},  /* sb */
		[1][0][1] = {4, 2, 0, true, false, false},  /* sh */
		[1][0][2] = {4, 4, 0, true, false, false},  /* sw */
		[1][0][3] = {4, 8, 0, true, false, false},  /* sd */
		[1][1][2] = {4, 4, 0, true, false, true},   /* fsw */
		[1][1][3] = {4, 8, 0, true, false, true},   /* fsd */
	};
	u64 store = field_get(OPCODE_STORE, word), fp = field_get(OPCODE_FP, word);

	if (((word | OPCODE_WIDE) & INSN_OPCODE & ~(OPCODE_STORE | OPCODE_FP)) !=
		OPCODE_MEMORY)
		return false;
	*insn = forms[store][fp][field_get(INSN_FUNCT3, word)];
	insn->reg = store ? field_get(INSN_RS2, word) : field_get(INSN_RD, word);
	if (unlikely(insn->length == 0))
		return false;
	if (!(word & OPCODE_WIDE))
		insn->length = 2;
	return true;
}

/* Zcb: bytes and halves. */
static bool decode_zcb(u32 word, struct insn *insn)
{
	bool funct1 = word & C_FUNCT1;

	switch (field_get(C_ZCB_CODE, word)) {
	case ZCB_LBU: insn->size = 1; return true;
	case ZCB_LH:
		insn->size = 2;
		insn->sign_extend = funct1; /* c.lh, else c.lhu */
		return true;
	case ZCB_SB:
		insn->size = 1;
		insn->write = true;
		return true;
	case ZCB_SH:
		insn->size = 2;
		insn->write = true;
		return !funct1;
	default: return false;
	}
}

static bool decode_compressed(u32 word, struct insn *insn)
{
	static const struct insn forms[C_CODE(3, 0)] = {
		[C_FLD] = {2, 8, 0, false, false, true},
		[C_LW] = {2, 4, 0, false, true, false},
		[C_LD] = {2, 8, 0, false, false, false},
		[C_ZCB] = {2, 0, 0, false, false, false},
		[C_FSD] = {2, 8, 0, true, false, true},
		[C_SW] = {2, 4, 0, true, false, false},
		[C_SD] = {2, 8, 0, true, false, false},
		[C_FLDSP] = {2, 8, 0, false, false, true},
		[C_LWSP] = {2, 4, 0, false, true, false},
		[C_LDSP] = {2, 8, 0, false, false, false},
		[C_FSDSP] = {2, 8, 0, true, false, true},
		[C_SWSP] = {2, 4, 0, true, false, false},
		[C_SDSP] = {2, 8, 0, true, false, false},
	};
	u32 code = C_CODE(field_get(C_QUADRANT, word), field_get(C_FUNCT3, word));

	*insn = forms[code];
	if (code < C_CODE(1, 0)) {
		insn->reg = 8 + field_get(C_REG, word);
		return code == C_ZCB ? decode_zcb(word, insn) : insn->length != 0;
	}
	insn->reg = insn->write ? field_get(C_RS2, word) : field_get(C_RD, word);
	/* Loading x0 is reserved here. */
	return insn->length != 0 && (insn->write || insn->floating || insn->reg != 0);
}

bool insn_decode(u32 word, struct insn *insn)
{
	/* No 16-bit instruction that ends in 01 loads or stores: that is a transformed one. */
	return likely(word & 1) ? decode_wide(word, insn) : decode_compressed(word, insn);
}

#define OPCODE_AMO 0x2fUL
#define AMO_FUNCT5 BITS(31, 27)
#define FUNCT5_LR  2UL

bool insn_is_amo(u32 word)
{
	return (word & INSN_OPCODE) == OPCODE_AMO &&
		field_get(AMO_FUNCT5, word) != FUNCT5_LR;
}
