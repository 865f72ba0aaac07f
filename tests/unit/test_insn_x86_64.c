// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/insn.c: what is decoded and how long it is, what the CPU would refuse, that
// nothing is read behind the end, and that no bytes at all make a run do what it must not.
#include "insn_world.h"

#define ROUNDS 200000

/* The bytes are what the LLVM assembler makes of the text. */
static const struct {
	const char *text;
	u8 mode, length, size;
	u8 bytes[INSN_BYTES_MAX];
} forms[] = {
	/* clang-format off */
	{"mov eax, [rbx]", INSN_64, 2, 4, {0x8b, 0x03}},
	{"mov ax, [bx + si]", INSN_16, 2, 2, {0x8b, 0x00}},
	{"mov ax, [0x1234]", INSN_16, 4, 2, {0x8b, 0x06, 0x34, 0x12}},
	{"mov eax, [ebx]", INSN_16, 4, 4, {0x67, 0x66, 0x8b, 0x03}},
	{"mov eax, [bp]", INSN_32, 4, 4, {0x67, 0x8b, 0x46, 0x00}},
	{"mov r8, [r12]", INSN_64, 4, 8, {0x4d, 0x8b, 0x04, 0x24}},
	{"mov r8w, [r13 + 0]", INSN_64, 5, 2, {0x66, 0x45, 0x8b, 0x45, 0x00}},
	{"mov [rip + 0x100], ecx", INSN_64, 6, 4, {0x89, 0x0d, 0x00, 0x01, 0, 0}},
	{"mov [0x100], ecx", INSN_32, 6, 4, {0x89, 0x0d, 0x00, 0x01, 0, 0}},
	{"mov eax, [0xfee00300]", INSN_64, 7, 4, {0x8b, 0x04, 0x25, 0x00, 0x03, 0xe0, 0xfe}},
	{"mov qword ptr [rax + 8*rcx + 0x12345678], 5", INSN_64, 12, 8,
		{0x48, 0xc7, 0x84, 0xc8, 0x78, 0x56, 0x34, 0x12, 5, 0, 0, 0}},
	{"mov word ptr [rax], 0x1234", INSN_64, 5, 2, {0x66, 0xc7, 0x00, 0x34, 0x12}},
	{"movabs eax, [0x123456789abcdef0]", INSN_64, 9, 4,
		{0xa1, 0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12}},
	{"mov eax, [0x12345678]", INSN_64, 6, 4, {0x67, 0xa1, 0x78, 0x56, 0x34, 0x12}},
	{"mov [0x1234], al", INSN_16, 3, 1, {0xa2, 0x34, 0x12}},
	{"movzx eax, byte ptr [rdx]", INSN_64, 3, 1, {0x0f, 0xb6, 0x02}},
	{"movsx rax, word ptr [rdx]", INSN_64, 4, 2, {0x48, 0x0f, 0xbf, 0x02}},
	{"movsxd rax, dword ptr [rdx]", INSN_64, 3, 4, {0x48, 0x63, 0x02}},
	{"movbe [rdx], ax", INSN_64, 5, 2, {0x66, 0x0f, 0x38, 0xf1, 0x02}},
	{"movnti [rdx], rax", INSN_64, 4, 8, {0x48, 0x0f, 0xc3, 0x02}},
	{"cmova eax, [rdx]", INSN_64, 3, 4, {0x0f, 0x47, 0x02}},
	{"setne byte ptr [rdx]", INSN_64, 3, 1, {0x0f, 0x95, 0x02}},
	{"lock add dword ptr [rdx], 1", INSN_64, 4, 4, {0xf0, 0x83, 0x02, 0x01}},
	{"or byte ptr [edx], 1", INSN_32, 3, 1, {0x80, 0x0a, 0x01}},
	{"or byte ptr [edx], 1 (82)", INSN_32, 3, 1, {0x82, 0x0a, 0x01}},
	{"test dword ptr [rdx], 1", INSN_64, 6, 4, {0xf7, 0x02, 1, 0, 0, 0}},
	{"not byte ptr [rdx]", INSN_64, 2, 1, {0xf6, 0x12}},
	{"lock inc qword ptr [rdx]", INSN_64, 4, 8, {0xf0, 0x48, 0xff, 0x02}},
	{"push qword ptr [rdx]", INSN_64, 2, 8, {0xff, 0x32}},
	{"pop word ptr [rdx]", INSN_64, 3, 2, {0x66, 0x8f, 0x02}},
	{"lock cmpxchg8b [rdx]", INSN_64, 4, 8, {0xf0, 0x0f, 0xc7, 0x0a}},
	{"lock cmpxchg16b [rdx]", INSN_64, 5, 16, {0xf0, 0x48, 0x0f, 0xc7, 0x0a}},
	{"lock bts dword ptr [rdx], 5", INSN_64, 5, 4, {0xf0, 0x0f, 0xba, 0x2a, 0x05}},
	{"lock xchg [rdx], al", INSN_64, 3, 1, {0xf0, 0x86, 0x02}},
	{"rep movsq", INSN_64, 3, 8, {0xf3, 0x48, 0xa5}},
	{"rep insd", INSN_64, 2, 4, {0xf3, 0x6d}},
	{"rep insd (rex.w)", INSN_64, 3, 4, {0xf3, 0x48, 0x6d}},
	{"outsb", INSN_16, 1, 1, {0x6e}},
	{"repne scasw", INSN_16, 2, 2, {0xf2, 0xaf}},
	{"mov eax, fs:[rdx]", INSN_64, 3, 4, {0x64, 0x8b, 0x02}},
	{"rex before another prefix: mov ax, [rdx]", INSN_64, 4, 2, {0x48, 0x66, 0x8b, 0x02}},
	{"15 bytes: add", INSN_64, 15, 8, {0x64, 0x67, 0xf0, 0x48, 0x81, 0x84, 0xc8, 1, 0, 0, 0,
		2, 0, 0, 0}},
	{"15 bytes: mov", INSN_32, 15, 4, {0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e,
		0x8b, 0x05, 1, 2, 3, 4}},
	/* clang-format on */
};

static const struct {
	const char *text;
	u8 mode;
	u8 bytes[INSN_BYTES_MAX];
} refused[] = {
	/* clang-format off */
	{"lock mov [rdx], eax", INSN_64, {0xf0, 0x89, 0x02}},
	{"lock mov eax, [rdx]", INSN_64, {0xf0, 0x8b, 0x02}},
	{"lock add eax, [rdx]", INSN_64, {0xf0, 0x03, 0x02}},
	{"lock cmp [rdx], eax", INSN_64, {0xf0, 0x39, 0x02}},
	{"lock cmp dword ptr [rdx], 1", INSN_64, {0xf0, 0x83, 0x3a, 0x01}},
	{"lock test [rdx], eax", INSN_64, {0xf0, 0x85, 0x02}},
	{"lock test dword ptr [rdx], 1", INSN_64, {0xf0, 0xf7, 0x02, 1, 0, 0, 0}},
	{"lock bt [rdx], eax", INSN_64, {0xf0, 0x0f, 0xa3, 0x02}},
	{"lock bt dword ptr [rdx], 1", INSN_64, {0xf0, 0x0f, 0xba, 0x22, 1}},
	{"lock movsb", INSN_64, {0xf0, 0xa4}},
	{"lock mov al, moffs", INSN_64, {0xf0, 0xa0}},
	{"lock push", INSN_64, {0xf0, 0xff, 0x32}},
	{"mov eax, ecx", INSN_64, {0x8b, 0xc1}},
	{"lock add eax, ecx", INSN_64, {0xf0, 0x01, 0xc8}},
	{"mov /1", INSN_64, {0xc7, 0x0a, 1, 0, 0, 0}},
	{"crc32", INSN_64, {0xf2, 0x0f, 0x38, 0xf0, 0x02}},
	{"f3 movbe", INSN_64, {0xf3, 0x0f, 0x38, 0xf0, 0x02}},
	{"66 movnti", INSN_64, {0x66, 0x0f, 0xc3, 0x02}},
	{"f2 movnti", INSN_64, {0xf2, 0x0f, 0xc3, 0x02}},
	{"f3 movnti", INSN_64, {0xf3, 0x0f, 0xc3, 0x02}},
	{"or byte ptr [rdx], 1 (82)", INSN_64, {0x82, 0x0a, 0x01}},
	{"arpl", INSN_32, {0x63, 0x02}},
	{"push dword ptr [edx]", INSN_32, {0xff, 0x32}},
	{"pop word ptr [bx]", INSN_16, {0x8f, 0x07}},
	{"mov ds, [rdx]", INSN_64, {0x8e, 0x1a}},
	{"mov [rdx], ds", INSN_64, {0x8c, 0x1a}},
	{"mul dword ptr [rdx]", INSN_64, {0xf7, 0x22}},
	{"call [rdx]", INSN_64, {0xff, 0x12}},
	{"rdrand", INSN_64, {0x0f, 0xc7, 0xf0}},
	{"movups xmm0, [rdx]", INSN_64, {0x0f, 0x10, 0x02}},
	{"movaps [rdx], xmm0", INSN_64, {0x0f, 0x29, 0x02}},
	{"movdqa xmm0, [rdx]", INSN_64, {0x66, 0x0f, 0x6f, 0x02}},
	{"movq [rdx], mm0", INSN_64, {0x0f, 0x7f, 0x02}},
	{"movq xmm0, [rdx]", INSN_64, {0xf3, 0x0f, 0x7e, 0x02}},
	{"movntdq [rdx], xmm0", INSN_64, {0x66, 0x0f, 0xe7, 0x02}},
	{"vmovups xmm0, [rdx]", INSN_64, {0xc5, 0xf8, 0x10, 0x02}},
	{"inc ecx", INSN_32, {0x41, 0x8b, 0x02}},
	{"16 bytes", INSN_32, {0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e,
		0x8b, 0x05, 1, 2, 3}},
	{"prefixes alone", INSN_64, {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		0x66, 0x66, 0x66, 0x66, 0x66}},
	/* clang-format on */
};

static void test_forms(void **state)
{
	struct insn insn;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(forms); i++) {
		enum insn_mode mode = (enum insn_mode)forms[i].mode;
		bool good = insn_decode(forms[i].bytes, INSN_BYTES_MAX, mode, &insn);

		if (!good || insn.length != forms[i].length || insn.size != forms[i].size)
			print_error("%s: %d, %u bytes, size %u\n", forms[i].text, good,
				insn.length, insn.size);
		assert_true(good);
		assert_int_equal(insn.length, forms[i].length);
		assert_int_equal(insn.size, forms[i].size);
		assert_int_equal(insn.step, 0);
	}
}

static void test_refused(void **state)
{
	struct insn insn;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(refused); i++) {
		bool good = insn_decode(refused[i].bytes, INSN_BYTES_MAX,
			(enum insn_mode)refused[i].mode, &insn);

		if (good)
			print_error("%s was decoded\n", refused[i].text);
		assert_false(good);
	}
	assert_false(insn_decode((const u8 *)"", 0, INSN_64, &insn));
}

static void test_repeat(void **state)
{
	static const struct {
		u8 bytes[4];
		u8 rep;
	} prefixes[] = {{{0xa4}, 0}, {{0xf2, 0xa4}, 0xf2}, {{0xf3, 0xa4}, 0xf3},
		{{0xf3, 0xf2, 0xa4}, 0xf2}, {{0xf2, 0xf3, 0xa4}, 0xf3}};
	struct insn insn;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(prefixes); i++) {
		assert_true(insn_decode(prefixes[i].bytes, 4, INSN_64, &insn));
		assert_int_equal(insn.rep, prefixes[i].rep);
	}
}

/* ---- Random bytes ---- */

/* What a run may ask for; it is answered at random. */
static struct {
	struct insn insn;
	u32 accesses, probes;
} world;

static int random_access(void *arg, u64 linear, void *data, u32 size, bool write,
	gpa_t *gpa, struct insn_fault *fault)
{
	u64 value = random_next();

	(void)arg;
	assert_true(size == 0 || size == 1 || size == 2 || size == 4 || size == 8);
	if (size == 0)
		world.probes++;
	else
		world.accesses++;
	if (!write)
		memcpy(data, &value, size);
	switch (random_below(8)) {
	case 0:
		*fault = (struct insn_fault){.vector = VECTOR_PF, .address = linear};
		return -EFAULT;
	case 1:
	case 2:
	case 3: *gpa = GPA(linear & BITS(51, 0)); return -ENOENT;
	default: return 0;
	}
}

/* Runs one round; whatever happens, it comes to an end and registers change only at it. */
static void run_random(enum insn_mode mode)
{
	static const struct insn_memory memory = {random_access, NULL};
	struct arch_regs regs, before;
	struct insn_cpu cpu = {.regs = &regs, .mode = mode, .cpl = 3};
	gpa_t gpa = random_below(2) ? INSN_GPA_UNKNOWN : GPA(random_next() & BITS(51, 0));
	struct access access = {0};
	struct insn_fault fault = {0};
	enum insn_result result;
	u32 steps = 0;

	world.accesses = world.probes = 0;
	for (u32 i = 0; i < GPR_COUNT; i++)
		regs.gpr[i] = random_next();
	regs.rip = random_next();
	regs.rflags = random_next();
	before = regs;
	do {
		result = insn_run(&world.insn, &cpu, &memory, gpa, &access, &fault);
		assert_true(++steps <= 5);
		if (result == INSN_MMIO || result == INSN_PIO) {
			assert_true(access.size == 1 || access.size == 2 ||
				access.size == 4 || access.size == 8);
			if (access.write && access.size < 8)
				assert_int_equal(access.value >> 8 * access.size, 0);
			if (result == INSN_PIO)
				assert_true(access.addr <= 0xffff);
			access.value = random_next() >> (64 - 8 * access.size);
		}
		if (result != INSN_DONE)
			assert_memory_equal(&regs, &before, sizeof(regs));
	} while (result == INSN_MMIO || result == INSN_PIO);
	assert_true(world.accesses <= 4 && world.probes <= 2);
	assert_int_equal(world.insn.step, 0);
	if (result == INSN_FAULT)
		assert_true(fault.vector == VECTOR_PF || fault.vector == VECTOR_GP);
	else if (regs.rip != before.rip)
		assert_int_equal(regs.rip,
			(before.rip + world.insn.length) & (~0UL >> (64 - 8 * mode)));
	else
		assert_true(world.insn.rep != 0);
}

static void test_random(void **state)
{
	u64 rounds = random_start(ROUNDS), accepted = 0;
	u8 bytes[INSN_BYTES_MAX];

	(void)state;
	for (u64 i = 0; i < rounds; i++) {
		enum insn_mode mode = insn_modes[i % 3];
		u32 len = random_bytes(bytes);
		struct insn again;
		u8 *end;

		if (!insn_decode(bytes, len, mode, &world.insn))
			continue;
		accepted++;
		/* The same from just these bytes, and nothing from fewer; ASan looks on. */
		assert_in_range(world.insn.length, 1, INSN_BYTES_MAX);
		end = malloc(world.insn.length);
		memcpy(end, bytes, world.insn.length);
		assert_true(insn_decode(end, world.insn.length, mode, &again));
		assert_int_equal(again.length, world.insn.length);
		assert_int_equal(again.op, world.insn.op);
		assert_int_equal(again.size, world.insn.size);
		free(end);
		for (len = 0; len < world.insn.length; len++) {
			end = malloc(len);
			memcpy(end, bytes, len);
			assert_false(insn_decode(end, len, mode, &again));
			free(end);
		}
		run_random(mode);
	}
	assert_true(accepted > rounds / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
