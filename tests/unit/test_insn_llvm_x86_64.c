// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/insn.c against LLVM's disassembler (the library behind llvm-mc-19) in all three
// modes: what we decode has the length that LLVM says, and what LLVM calls one of our
// instructions, we decode.
#include "insn_world.h"

#include <dlfcn.h>

#define LIBRARY "libLLVM.so.19.1" /* Debian: libllvm19, which clang-19 needs */
#define ROUNDS  300000
#define TEXT    200

struct llvm {
	void *library;
	void *of[3]; /* disassemblers, as insn_modes[] */
	size_t (*disassemble)(void *dc, u8 *bytes, u64 len, u64 pc, char *out,
		size_t size);
	void (*dispose)(void *dc);
};

static void *symbol(const struct llvm *llvm, const char *name)
{
	void *address = dlsym(llvm->library, name);

	if (!address)
		print_error("%s has no %s\n", LIBRARY, name);
	assert_non_null(address);
	return address;
}

static int llvm_open(void **state)
{
	static const char *const initialize[] = {"LLVMInitializeX86TargetInfo",
		"LLVMInitializeX86TargetMC", "LLVMInitializeX86Disassembler"};
	static const char *const triples[] = {
		"i386-unknown-unknown-code16", "i386", "x86_64"};
	static struct llvm llvm;
	void *(*create)(const char *triple, void *info, int tag, void *op, void *lookup);
	void (*init)(void);

	llvm.library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!llvm.library)
		print_error("%s\n", dlerror());
	assert_non_null(llvm.library);
	for (u32 i = 0; i < ARRAY_LEN(initialize); i++) {
		init = (void (*)(void))symbol(&llvm, initialize[i]);
		init();
	}
	create = (void *(*)(const char *, void *, int, void *, void *))symbol(&llvm,
		"LLVMCreateDisasm");
	for (u32 i = 0; i < ARRAY_LEN(triples); i++) {
		llvm.of[i] = create(triples[i], NULL, 0, NULL, NULL);
		assert_non_null(llvm.of[i]);
	}
	llvm.disassemble = (size_t (*)(void *, u8 *, u64, u64, char *,
		size_t))symbol(&llvm, "LLVMDisasmInstruction");
	llvm.dispose = (void (*)(void *))symbol(&llvm, "LLVMDisasmDispose");
	*state = &llvm;
	return 0;
}

static int llvm_close(void **state)
{
	struct llvm *llvm = *state;

	for (u32 i = 0; i < ARRAY_LEN(llvm->of); i++)
		llvm->dispose(llvm->of[i]);
	return 0;
}

/* LLVM prints some prefixes as instructions of their own. */
static bool is_prefix(const char *text)
{
	static const char *const names[] = {"lock", "rep", "repne", "data16", "data32",
		"addr16", "addr32", "rex64", "cs", "ds", "es", "fs", "gs", "ss"};
	u32 i;

	for (text += strspn(text, "\t "); *text; text += strspn(text, "\t ")) {
		size_t n = strcspn(text, "\t ");

		for (i = 0; i < ARRAY_LEN(names); i++) {
			if (strlen(names[i]) == n && memcmp(text, names[i], n) == 0)
				break;
		}
		if (i == ARRAY_LEN(names))
			return false;
		text += n;
	}
	return true;
}

static bool is_rex(u8 byte)
{
	return (byte & 0xf0) == 0x40;
}

static bool is_legacy(u8 byte)
{
	static const u8 prefixes[] = {
		0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

	return memchr(prefixes, byte, sizeof(prefixes));
}

/*
 * Without what does not change the length, but makes LLVM stumble: F2, F3 and LOCK, which it
 * takes for XACQUIRE or an instruction of its own, and a REX before other prefixes.
 */
static u32 simplify(const u8 *bytes, u32 len, bool rex, u8 *to)
{
	u32 at = 0, n = 0;

	for (; at + 1 < len; at++) {
		bool legacy = is_legacy(bytes[at]);
		bool more = is_legacy(bytes[at + 1]) || (rex && is_rex(bytes[at + 1]));

		if (!legacy && !(rex && is_rex(bytes[at])))
			break;
		if (legacy ? bytes[at] < 0xf0 : !more)
			to[n++] = bytes[at];
	}
	memcpy(to + n, bytes + at, len - at);
	return n + len - at;
}

/* The length with all prefixes, or 0, and the text of the last part. */
static u32 llvm_length(const struct llvm *llvm, u32 mode, const u8 *bytes, u32 len,
	char text[TEXT])
{
	u8 copy[INSN_BYTES_MAX];
	u32 left = simplify(bytes, len, insn_modes[mode] == INSN_64, copy), at = 0;
	size_t n;

	do {
		text[0] = 0;
		n = llvm->disassemble(llvm->of[mode], copy + at, left - at, 0, text,
			TEXT);
		if (n == 0)
			return 0;
		at += (u32)n;
	} while (is_prefix(text));
	return at + len - left;
}

static void test_lengths(void **state)
{
	u64 rounds = random_start(ROUNDS);
	u8 bytes[INSN_BYTES_MAX];
	struct insn insn;
	char text[TEXT];
	u32 length, accepted = 0;

	for (u64 i = 0; i < rounds; i++) {
		u32 mode = i % 3, len = random_bytes(bytes);

		if (!insn_decode(bytes, len, insn_modes[mode], &insn))
			continue;
		accepted++;
		length = llvm_length(*state, mode, bytes, len, text);
		if (length != insn.length)
			print_error("%u-bit %s: %u bytes, LLVM %u:%s\n", 16U << mode,
				hex(bytes, len), insn.length, length, text);
		assert_int_equal(insn.length, length);
	}
	/* The comparison is of instructions, not of refusals. */
	assert_true(accepted > rounds / 20);
}

/* Ours, whatever the size and suffix. */
static bool is_known(const char *word)
{
	static const char *const names[] = {"mov", "movabs", "movs", "movz", "movsb",
		"movsw", "movsl", "movzb", "movzw", "cmovo", "cmovno", "cmovb", "cmovae",
		"cmove", "cmovne", "cmovbe", "cmova", "cmovs", "cmovns", "cmovp",
		"cmovnp", "cmovl", "cmovge", "cmovle", "cmovg", "seto", "setno", "setb",
		"setae", "sete", "setne", "setbe", "seta", "sets", "setns", "setp",
		"setnp", "setl", "setge", "setle", "setg", "add", "or", "adc", "sbb",
		"and", "sub", "xor", "cmp", "test", "not", "neg", "inc", "dec", "xchg",
		"xadd", "cmpxchg", "cmpxchg8b", "cmpxchg16b", "bt", "bts", "btr", "btc",
		"movbe", "stos", "lods", "scas", "cmps", "ins", "outs"};

	for (u32 i = 0; i < ARRAY_LEN(names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(word, names[i], n) == 0 &&
			(word[n] == 0 || (strchr("bwlq", word[n]) && word[n + 1] == 0)))
			return true;
	}
	return false;
}

/* A word that is no repeat prefix, and what follows it. */
static const char *mnemonic(const char *text, char word[TEXT])
{
	do {
		size_t n;

		text += strspn(text, "\t ");
		n = strcspn(text, "\t ");
		memcpy(word, text, n);
		word[n] = 0;
		text += n;
	} while (strcmp(word, "rep") == 0 || strcmp(word, "repne") == 0 ||
		strcmp(word, "notrack") == 0);
	return text;
}

/* One of ours: with a memory operand, and none of the registers that stay in the CPU. */
static bool should_decode(const char *text)
{
	static const char *const others[] = {"mm", "%cr", "%dr", "%st", ", %es", ", %cs",
		", %ss", ", %ds", ", %fs", ", %gs"};
	static const char *const segments[] = {
		"%es,", "%cs,", "%ss,", "%ds,", "%fs,", "%gs,"};
	char word[TEXT];
	const char *operands = mnemonic(text, word);

	operands += strspn(operands, "\t ");
	if (!is_known(word) || !strchr(operands, '('))
		return false;
	for (u32 i = 0; i < ARRAY_LEN(segments); i++) {
		if (strncmp(operands, segments[i], 4) == 0)
			return false;
	}
	for (u32 i = 0; i < ARRAY_LEN(others); i++) {
		const char *found = strstr(operands, others[i]);

		if (found && found[strlen(others[i])] != ':')
			return false;
	}
	return true;
}

/*
 * LLVM does not mind LOCK where it is #UD, nor F2 and F3 where there is MOVBE; d5 and 62 are
 * prefixes of APX for it, of a CPU that our guests do not have.
 */
static void test_complete(void **state)
{
	u64 rounds = random_start(ROUNDS);
	u8 bytes[INSN_BYTES_MAX];
	struct insn insn;
	char text[TEXT];
	u32 found = 0;

	for (u64 i = 0; i < rounds; i++) {
		u32 mode = i % 3, len = random_bytes(bytes);

		if (memchr(bytes, 0xf0, len) || memchr(bytes, 0xf2, len) ||
			memchr(bytes, 0xf3, len) || memchr(bytes, 0xd5, len) ||
			memchr(bytes, 0x62, len))
			continue;
		if (!llvm_length(*state, mode, bytes, len, text) || !should_decode(text))
			continue;
		found++;
		if (!insn_decode(bytes, len, insn_modes[mode], &insn))
			print_error("%u-bit %s: not decoded:%s\n", 16U << mode,
				hex(bytes, len), text);
		assert_true(insn_decode(bytes, len, insn_modes[mode], &insn));
	}
	assert_true(found > rounds / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_complete),
	};

	return cmocka_run_group_tests(tests, llvm_open, llvm_close);
}
