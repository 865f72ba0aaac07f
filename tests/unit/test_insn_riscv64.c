// SPDX-License-Identifier: Apache-2.0
// arch/riscv64/insn.c: every load and store there is, and what must not be taken for one.
// The words are what the LLVM assembler makes of the text beside them.
#include "unit.h"

#include <arch/insn.h>

static const struct {
	const char *text;
	u32 word;
	struct insn expect; /* length, size, reg, write, sign_extend, floating */
} forms[] = {
	/* clang-format off */
	{"lb a3, -5(t6)", 0xffbf8683, {4, 1, 13, false, true, false}},
	{"lh a3, -5(t6)", 0xffbf9683, {4, 2, 13, false, true, false}},
	{"lw a3, -5(t6)", 0xffbfa683, {4, 4, 13, false, true, false}},
	{"ld a3, -5(t6)", 0xffbfb683, {4, 8, 13, false, false, false}},
	{"lbu a3, -5(t6)", 0xffbfc683, {4, 1, 13, false, false, false}},
	{"lhu a3, -5(t6)", 0xffbfd683, {4, 2, 13, false, false, false}},
	{"lwu a3, -5(t6)", 0xffbfe683, {4, 4, 13, false, false, false}},
	{"lw zero, 0(a0)", 0x00052003, {4, 4, 0, false, true, false}},
	{"ld t6, 2047(zero)", 0x7ff03f83, {4, 8, 31, false, false, false}},
	{"sb s11, -2048(ra)", 0x81b08023, {4, 1, 27, true, false, false}},
	{"sh s11, -2048(ra)", 0x81b09023, {4, 2, 27, true, false, false}},
	{"sw s11, -2048(ra)", 0x81b0a023, {4, 4, 27, true, false, false}},
	{"sd s11, -2048(ra)", 0x81b0b023, {4, 8, 27, true, false, false}},
	{"sb zero, 0(a0)", 0x00050023, {4, 1, 0, true, false, false}},
	{"flw ft11, 4(a0)", 0x00452f87, {4, 4, 31, false, false, true}},
	{"fld ft1, 8(a0)", 0x00853087, {4, 8, 1, false, false, true}},
	{"fsw ft11, 4(a0)", 0x01f52227, {4, 4, 31, true, false, true}},
	{"fsd ft1, 8(a0)", 0x00153427, {4, 8, 1, true, false, true}},
	{"c.lw s0, 64(a5)", 0x43a0, {2, 4, 8, false, true, false}},
	{"c.ld a5, 248(s0)", 0x7c7c, {2, 8, 15, false, false, false}},
	{"c.sw a4, 4(a0)", 0xc158, {2, 4, 14, true, false, false}},
	{"c.sd s1, 8(a0)", 0xe504, {2, 8, 9, true, false, false}},
	{"c.lwsp ra, 252(sp)", 0x50fe, {2, 4, 1, false, true, false}},
	{"c.ldsp t6, 504(sp)", 0x7ffe, {2, 8, 31, false, false, false}},
	{"c.swsp zero, 128(sp)", 0xc102, {2, 4, 0, true, false, false}},
	{"c.sdsp t6, 0(sp)", 0xe07e, {2, 8, 31, true, false, false}},
	{"c.fld fa5, 0(s0)", 0x201c, {2, 8, 15, false, false, true}},
	{"c.fsd fs0, 0(s0)", 0xa000, {2, 8, 8, true, false, true}},
	{"c.fldsp ft0, 0(sp)", 0x2002, {2, 8, 0, false, false, true}},
	{"c.fsdsp ft11, 0(sp)", 0xa07e, {2, 8, 31, true, false, true}},
	{"c.lbu a0, 3(a5)", 0x83e8, {2, 1, 10, false, false, false}},
	{"c.lhu a1, 2(a5)", 0x87ac, {2, 2, 11, false, false, false}},
	{"c.lh a2, 2(s0)", 0x8470, {2, 2, 12, false, true, false}},
	{"c.sb a3, 1(a5)", 0x8bd4, {2, 1, 13, true, false, false}},
	{"c.sh s1, 0(s1)", 0x8c84, {2, 2, 9, true, false, false}},
	/* clang-format on */
};

static const struct {
	const char *text;
	u32 word;
} others[] = {
	/* clang-format off */
	{"lr.w a0, (a1)", 0x1005a52f},
	{"sc.d a0, a2, (a1)", 0x18c5b52f},
	{"amoadd.w a0, a1, (a2)", 0x00b6252f},
	{"amoswap.d zero, a1, (a2)", 0x08b6302f},
	{"auipc a0, 0", 0x00000517},
	{"fence", 0x0ff0000f},
	{"fence.i", 0x0000100f},
	{"ecall", 0x00000073},
	{"csrr a0, sscratch", 0x14002573},
	{"flh fa0, 0(a0)", 0x00051507},
	{"fsh fa0, 0(a0)", 0x00a51027},
	{"vle8.v v0, (a0)", 0x02050007},
	{"vse64.v v0, (a0)", 0x02057027},
	{"cbo.zero (a0)", 0x0045200f},
	{"hlv.w a0, (a1)", 0x6805c573},
	{"hsv.d a0, (a1)", 0x6ea5c073},
	{"prefetch.r 0(a0)", 0x00156013},
	{"c.ebreak", 0x9002},
	{"c.mv a0, a1", 0x852e},
	{"c.jr ra", 0x8082},
	{"c.addi4spn a0, sp, 4", 0x0048},
	{"c.slli a0, 1", 0x0506},
	/* clang-format on */
};

static void check(const char *text, u32 word, const struct insn *expect)
{
	struct insn insn;

	if (!insn_decode(word, &insn))
		fail_msg("%s (0x%08x): not decoded", text, word);
	if (insn.length != expect->length || insn.size != expect->size ||
		insn.reg != expect->reg || insn.write != expect->write ||
		insn.sign_extend != expect->sign_extend ||
		insn.floating != expect->floating)
		fail_msg("%s (0x%08x): %u %u %u %u %u %u", text, word, insn.length,
			insn.size, insn.reg, insn.write, insn.sign_extend, insn.floating);
}

static void test_forms(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(forms); i++) {
		check(forms[i].text, forms[i].word, &forms[i].expect);
		/* What is behind a 16-bit instruction does not matter. */
		if (forms[i].expect.length == 2)
			check(forms[i].text, forms[i].word | 0xffff0000,
				&forms[i].expect);
	}
}

/*
 * htinst: no immediate, an offset where rs1 was, and bit 1 clear if the instruction was a
 * 16-bit one (Priv. spec, "Transformed Instruction").
 */
static void test_transformed(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(forms); i++) {
		struct insn expect = forms[i].expect;
		u32 immediate = expect.write ? 0xfe000f80 : 0xfff00000;
		u32 word = (forms[i].word & ~immediate & ~(31U << 15)) | 7U << 15;

		if (expect.length == 2)
			continue;
		check(forms[i].text, word, &expect);
		expect.length = 2;
		check(forms[i].text, word & ~2U, &expect);
	}
}

static void test_others(void **state)
{
	struct insn insn;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(others); i++) {
		if (insn_decode(others[i].word, &insn))
			fail_msg("%s (0x%08x): decoded", others[i].text, others[i].word);
	}
	assert_false(insn_decode(0, &insn));
	assert_false(insn_decode(0xffffffff, &insn));
	/* Reserved: c.lwsp and c.ldsp to x0, and Zcb's other codes. */
	assert_false(insn_decode(0x4002, &insn));
	assert_false(insn_decode(0x6002, &insn));
	assert_false(insn_decode(0x8c40, &insn));
	assert_false(insn_decode(0x9000, &insn));
	/* The empty funct3 of loads and stores. */
	assert_false(insn_decode(0x00007003, &insn));
	assert_false(insn_decode(0x00004023, &insn));
}

/* How many of all 16-bit words decode to each form: 2 to the free bits of its format. */
static void test_all_compressed(void **state)
{
	static u32 count[2][2][2][9]; /* [write][sign_extend][floating][size] */
	u32 total = 0;

	(void)state;
	for (u32 word = 0; word < 0x10000; word++) {
		struct insn insn;

		if (word % 4 == 1 || word % 4 == 3 || !insn_decode(word, &insn))
			continue;
		assert_int_equal(insn.length, 2);
		count[insn.write][insn.sign_extend][insn.floating][insn.size]++;
		total++;
	}
	assert_int_equal(count[0][0][0][1], 256);
	assert_int_equal(count[0][0][0][2], 128);
	assert_int_equal(count[0][1][0][2], 128);
	assert_int_equal(count[0][1][0][4], 2048 + 2048 - 64);
	assert_int_equal(count[0][0][0][8], 2048 + 2048 - 64);
	assert_int_equal(count[0][0][1][8], 2048 + 2048);
	assert_int_equal(count[1][0][0][1], 256);
	assert_int_equal(count[1][0][0][2], 128);
	assert_int_equal(count[1][0][0][4], 2048 + 2048);
	assert_int_equal(count[1][0][0][8], 2048 + 2048);
	assert_int_equal(count[1][0][1][8], 2048 + 2048);
	assert_int_equal(total, 12 * 2048 - 2 * 64 + 2 * 256 + 3 * 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_transformed),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_all_compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
