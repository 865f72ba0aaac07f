// SPDX-License-Identifier: Apache-2.0
// The load and store decoder (<arch/insn.h>): Arm ARM, C4.1 "A64 instruction set encoding",
// "Loads and Stores". Immediates matter only where they change the base register.
#include <arch/insn.h>

#include <hv/bits.h>

#define LS_SIZE  BITS(31, 30) /* log2 of the bytes; in some classes opc */
#define LS_CLASS BITS(29, 24) /* with V, bit 26, which is 0: general registers */
#define LS_RN    BITS(9, 5)
#define LS_RT    BITS(4, 0)

enum ls_class {
	LS_EXCLUSIVE = 0x08, /* exclusives, compare and swap; ordered */
	LS_LITERAL = 0x18,   /* load register (literal) */
	LS_RCPC = 0x19,      /* LDAPR/STLR (unscaled immediate); tags, memory copy */
	LS_PAIR = 0x28,      /* no-allocate, post-indexed */
	LS_PAIR_IMM = 0x29,  /* offset, pre-indexed */
	LS_REGISTER = 0x38,  /* all other forms of one register; atomics */
	LS_UNSIGNED = 0x39,  /* one register (unsigned immediate) */
};

/* One register. */
#define LS_OPC      BITS(23, 22)
#define LS_BIT_21   BIT(21)
#define LS_IMM9     BITS(20, 12)
#define LS_OPTION_1 BIT(14) /* an index register of 32 or 64 bits */
#define LS_FORM     BITS(11, 10)

enum { OPC_STORE = 0, OPC_LOAD = 1, OPC_SIGNED_X = 2, OPC_SIGNED_W = 3 };
/* LS_FORM where bit 21 is 0 ... */
enum { FORM_UNSCALED = 0, FORM_POST = 1, FORM_UNPRIVILEGED = 2, FORM_PRE = 3 };
/* ... and where it is 1. */
enum { FORM_ATOMIC = 0, FORM_INDEX = 2 };

/* LDAPR, which lies among the atomics: all but size and registers is fixed. */
#define LDAPR_MASK BITS(29, 10)
#define LDAPR      0x38bfc000UL

/* LDAR, STLR, LDLAR, STLLR: L and o0 (acquire, release or "LO") are free. */
#define ORDERED_L    BIT(22)
#define ORDERED_MASK (BITS(29, 23) | BITS(21, 16) | BITS(14, 10))
#define ORDERED      0x089f7c00UL

/* Pairs. */
#define PAIR_MODE BITS(24, 23)
#define PAIR_L    BIT(22)
#define PAIR_IMM7 BITS(21, 15)
#define PAIR_RT2  BITS(14, 10)

enum { MODE_NO_ALLOCATE = 0, MODE_POST = 1, MODE_OFFSET = 2, MODE_PRE = 3 };
/* opc, in LS_SIZE, of pairs and of literals. */
enum { PAIR_W = 0, PAIR_SIGNED_W = 1, PAIR_X = 2 };
enum { LITERAL_W = 0, LITERAL_X = 1, LITERAL_SIGNED_W = 2 };

static void insn_set(struct insn *insn, u32 size, bool write, bool sign_extend, bool wide)
{
	insn->size = (u8)size;
	insn->write = write;
	insn->sign_extend = sign_extend;
	insn->wide = wide;
}

static void set_writeback(struct insn *insn, u32 word, u64 offset)
{
	insn->writeback = true;
	insn->base = (u8)field_get(LS_RN, word);
	insn->offset = (s16)offset;
}

/* Size and opc, the same for all forms of one register. */
static bool decode_opc(u32 word, struct insn *insn)
{
	u32 size = 1U << field_get(LS_SIZE, word);

	switch (field_get(LS_OPC, word)) {
	case OPC_STORE: insn_set(insn, size, true, false, size == 8); return true;
	case OPC_LOAD: insn_set(insn, size, false, false, size == 8); return true;
	case OPC_SIGNED_X: insn_set(insn, size, false, true, true); return size < 8;
	default: insn_set(insn, size, false, true, false); return size < 4;
	}
}

static bool decode_ldapr(u32 word, struct insn *insn)
{
	u32 size = 1U << field_get(LS_SIZE, word);

	insn_set(insn, size, false, false, size == 8);
	return (word & LDAPR_MASK) == LDAPR;
}

static bool decode_register(u32 word, struct insn *insn)
{
	u32 form = (u32)field_get(LS_FORM, word);

	if (word & LS_BIT_21) {
		if (form == FORM_ATOMIC)
			return decode_ldapr(word, insn);
		return form == FORM_INDEX && word & LS_OPTION_1 && decode_opc(word, insn);
	}
	if (form == FORM_POST || form == FORM_PRE)
		set_writeback(insn, word, sign_extend(field_get(LS_IMM9, word), 8));
	return decode_opc(word, insn);
}

static bool decode_rcpc(u32 word, struct insn *insn)
{
	return !(word & LS_BIT_21) && field_get(LS_FORM, word) == FORM_UNSCALED &&
		decode_opc(word, insn);
}

static bool decode_ordered(u32 word, struct insn *insn)
{
	u32 size = 1U << field_get(LS_SIZE, word);

	insn_set(insn, size, !(word & ORDERED_L), false, size == 8);
	return (word & ORDERED_MASK) == ORDERED;
}

static bool decode_literal(u32 word, struct insn *insn)
{
	switch (field_get(LS_SIZE, word)) {
	case LITERAL_W: insn_set(insn, 4, false, false, false); return true;
	case LITERAL_X: insn_set(insn, 8, false, false, true); return true;
	case LITERAL_SIGNED_W: insn_set(insn, 4, false, true, true); return true;
	default: return false;
	}
}

static bool decode_pair(u32 word, struct insn *insn)
{
	u32 mode = (u32)field_get(PAIR_MODE, word);
	bool write = !(word & PAIR_L);

	switch (field_get(LS_SIZE, word)) {
	case PAIR_W: insn_set(insn, 4, write, false, false); break;
	case PAIR_SIGNED_W:
		insn_set(insn, 4, write, true, true);
		if (write || mode == MODE_NO_ALLOCATE)
			return false;
		break;
	case PAIR_X: insn_set(insn, 8, write, false, true); break;
	default: return false;
	}
	insn->count = 2;
	insn->reg[1] = (u8)field_get(PAIR_RT2, word);
	if (mode == MODE_POST || mode == MODE_PRE)
		set_writeback(insn, word,
			sign_extend(field_get(PAIR_IMM7, word), 6) * insn->size);
	return true;
}

bool insn_decode(u32 word, struct insn *insn)
{
	*insn = (struct insn){.count = 1, .reg = {(u8)field_get(LS_RT, word)}};
	switch (field_get(LS_CLASS, word)) {
	case LS_EXCLUSIVE: return decode_ordered(word, insn);
	case LS_LITERAL: return decode_literal(word, insn);
	case LS_RCPC: return decode_rcpc(word, insn);
	case LS_PAIR:
	case LS_PAIR_IMM: return decode_pair(word, insn);
	case LS_REGISTER: return decode_register(word, insn);
	case LS_UNSIGNED: return decode_opc(word, insn);
	default: return false;
	}
}

u64 insn_extend(const struct insn *insn, u64 value)
{
	u32 top = 8U * insn->size - 1;

	value &= BITS(top, 0);
	if (insn->sign_extend)
		value = sign_extend(value, top);
	return insn->wide ? value : (u32)value;
}
