// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/insn*.c against the processor itself: random instructions are carried out by the
// build machine, and by insn_run() in RAM and with a device in its place; memory, registers and
// flags must come out the same. Only on an x86-64 build machine.
#include "insn_world.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/mman.h>

#define ROUNDS    60000
#define RAM_SIZE  KiB(64)
#define CODE_SIZE KiB(4)

#define FLAGS_STATUS \
	(RFLAGS_OF | RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF | RFLAGS_CF)
#define FLAGS_LOGIC (FLAGS_STATUS & ~RFLAGS_AF) /* which are defined after AND, OR, XOR */

/* Loads all of *regs but rip, runs the code, stores them back; the code jumps to native_back. */
void native_run(struct arch_regs *regs, const void *code);
void native_back(void);

asm(".pushsection .data\n"
    "native_rsp: .quad 0\n"
    "native_regs: .quad 0\n"
    "native_code: .quad 0\n"
    "native_rdi: .quad 0\n"
    ".popsection\n"
    ".pushsection .text\n"
    ".globl native_run, native_back\n"
    "native_run:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; pushfq\n"
    "	mov %rsp, native_rsp(%rip)\n"
    "	mov %rdi, native_regs(%rip)\n"
    "	mov %rsi, native_code(%rip)\n"
    "	pushq 136(%rdi); popfq\n"
    "	mov 0(%rdi), %rax; mov 8(%rdi), %rcx; mov 16(%rdi), %rdx; mov 24(%rdi), %rbx\n"
    "	mov 32(%rdi), %rsp; mov 40(%rdi), %rbp; mov 48(%rdi), %rsi\n"
    "	mov 64(%rdi), %r8; mov 72(%rdi), %r9; mov 80(%rdi), %r10; mov 88(%rdi), %r11\n"
    "	mov 96(%rdi), %r12; mov 104(%rdi), %r13; mov 112(%rdi), %r14; mov 120(%rdi), %r15\n"
    "	mov 56(%rdi), %rdi\n"
    "	jmp *native_code(%rip)\n"
    "native_back:\n"
    "	mov %rdi, native_rdi(%rip)\n"
    "	mov native_regs(%rip), %rdi\n"
    "	mov %rax, 0(%rdi); mov %rcx, 8(%rdi); mov %rdx, 16(%rdi); mov %rbx, 24(%rdi)\n"
    "	mov %rsp, 32(%rdi); mov %rbp, 40(%rdi); mov %rsi, 48(%rdi)\n"
    "	mov %r8, 64(%rdi); mov %r9, 72(%rdi); mov %r10, 80(%rdi); mov %r11, 88(%rdi)\n"
    "	mov %r12, 96(%rdi); mov %r13, 104(%rdi); mov %r14, 112(%rdi); mov %r15, 120(%rdi)\n"
    "	mov native_rdi(%rip), %rax; mov %rax, 56(%rdi)\n"
    "	mov native_rsp(%rip), %rsp\n"
    "	pushfq; popq 136(%rdi)\n"
    "	popfq; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    ".popsection\n");

/* In the first 2 GiB, so that each way to write an address reaches it. */
static struct native {
	u8 *ram, *code;
	u8 before[RAM_SIZE];
	u64 touched[8]; /* addresses, in order */
	u32 touches;
	bool device; /* there is no RAM, but devices */
	bool outside;
} native;

/* ---- The guest ---- */

static int native_access(void *arg, u64 linear, void *data, u32 size, bool write,
	gpa_t *gpa, struct insn_fault *fault)
{
	u64 at = linear - (u64)native.ram;

	(void)arg;
	if (at > RAM_SIZE - 8) {
		native.outside = true;
		*fault = (struct insn_fault){.vector = VECTOR_PF, .address = linear};
		return -EFAULT;
	}
	if (size > 0 && native.touches < ARRAY_LEN(native.touched))
		native.touched[native.touches++] = linear;
	if (native.device) {
		*gpa = GPA(linear);
		return -ENOENT;
	}
	if (write)
		memcpy(native.ram + at, data, size);
	else
		memcpy(data, native.ram + at, size);
	return 0;
}

static void device_access(struct access *access)
{
	u64 at = access->addr - (u64)native.ram;

	assert_true(at <= RAM_SIZE - 8);
	if (access->write) {
		memcpy(native.ram + at, &access->value, access->size);
		access->value = random_next();
	} else {
		access->value = 0;
		memcpy(&access->value, native.ram + at, access->size);
	}
}

static const struct insn_memory native_memory = {native_access, NULL};

/* All rounds of the instruction at regs->rip. */
static enum insn_result emulate(struct arch_regs *regs, const struct insn *decoded,
	gpa_t gpa)
{
	struct insn_cpu cpu = {.regs = regs, .mode = INSN_64};
	struct access access = {0};
	struct insn insn = *decoded;
	struct insn_fault fault;
	enum insn_result result;
	u64 rip = regs->rip;

	native.touches = 0;
	do {
		result = insn_run(&insn, &cpu, &native_memory, gpa, &access, &fault);
		if (result == INSN_MMIO)
			device_access(&access);
	} while (result == INSN_MMIO || (result == INSN_DONE && regs->rip == rip));
	return result;
}

/* ---- Random instructions ---- */

static const u8 opcodes[] = {0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11,
	0x12, 0x13, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x21, 0x22, 0x23, 0x28, 0x29, 0x2a,
	0x2b, 0x30, 0x31, 0x32, 0x33, 0x38, 0x39, 0x3a, 0x3b, 0x63, 0x80, 0x81, 0x83,
	0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8f, 0xa0, 0xa1, 0xa2, 0xa3,
	0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xc6, 0xc7, 0xf6,
	0xf7, 0xfe, 0xff};
static const u8 opcodes_0f[] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
	0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95,
	0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa3, 0xab, 0xb0,
	0xb1, 0xb3, 0xb6, 0xb7, 0xba, 0xbb, 0xbe, 0xbf, 0xc0, 0xc1, 0xc3, 0xc7};

struct sample {
	u8 bytes[INSN_BYTES_MAX];
	struct insn insn;
	struct arch_regs regs;
	u32 opcode; /* 0f.. and 38.. in the upper bytes */
	bool string;
	gpa_t gpa; /* where the only operand is, or INSN_GPA_UNKNOWN */
	u64 flags; /* which are compared */
};

static bool has_movbe, has_cx16;

static u32 random_opcode(u8 *bytes, u32 *n)
{
	u32 map = (u32)random_below(16), opcode;

	if (map == 0 && has_movbe) {
		opcode = 0xf380f0 | (u32)random_below(2);
		bytes[(*n)++] = 0x0f;
		bytes[(*n)++] = 0x38;
	} else if (map < 7) {
		opcode = 0xf00 | opcodes_0f[random_below(sizeof(opcodes_0f))];
		bytes[(*n)++] = 0x0f;
	} else {
		opcode = opcodes[random_below(sizeof(opcodes))];
	}
	bytes[(*n)++] = (u8)opcode;
	return opcode;
}

/* At these the reg field of modrm says more: mostly take one that means something. */
static u8 random_reg_field(u32 opcode, u8 modrm)
{
	if (opcode == 0x8f || opcode == 0xc6 || opcode == 0xc7)
		return modrm & 0xc7;
	if (opcode == 0xfc7)
		return (modrm & 0xc7) | 1 << 3;
	return modrm;
}

static bool random_sample(struct sample *sample)
{
	static const u8 prefixes[] = {0x66, 0x67, 0x65, 0x2e, 0xf2, 0xf3, 0xf0};
	u8 *bytes = sample->bytes;
	u32 n = 0;

	for (u32 i = 0; i < INSN_BYTES_MAX; i++)
		bytes[i] = (u8)random_next();
	while (random_below(2) && n < 4)
		bytes[n++] = prefixes[random_below(sizeof(prefixes))];
	if (random_below(2))
		bytes[n++] = 0x40 | (u8)random_below(16);
	sample->opcode = random_opcode(bytes, &n);
	bytes[n] = random_reg_field(sample->opcode, bytes[n]);
	if ((sample->opcode & ~3U) == 0xa0) /* moffs */
		memcpy(bytes + n, &(u64){(u64)native.ram + RAM_SIZE / 2}, 8);
	/* RIP-relative: the code lies before the RAM. */
	else if ((bytes[n] & 0xc7) == 0x05)
		memcpy(bytes + n + 1,
			&(u32){(u32)(native.ram + RAM_SIZE / 2 - native.code) - 32}, 4);
	else
		memcpy(bytes + n + 3, &(u16){(u16) - (bytes[n] & 1)}, 2); /* smaller */
	if (!insn_decode(bytes, INSN_BYTES_MAX, INSN_64, &sample->insn))
		return false;
	sample->string = (sample->opcode >= 0xa4 && sample->opcode <= 0xaf);
	return sample->insn.size < 16 || has_cx16;
}

static void random_regs(struct sample *sample)
{
	struct arch_regs *regs = &sample->regs;

	for (u32 i = 0; i < GPR_COUNT; i++)
		regs->gpr[i] = random_next() >> random_below(64);
	regs->rip = (u64)native.code;
	regs->rflags =
		(random_next() & (FLAGS_STATUS | RFLAGS_DF)) | RFLAGS_IF | RFLAGS_ONE;
	regs->gpr[GPR_RSP] = (u64)native.ram + RAM_SIZE / 2 + (random_next() & 0xf8);
	if (sample->string) {
		regs->gpr[GPR_RSI] = (u64)native.ram + RAM_SIZE / 2 + random_below(16);
		regs->gpr[GPR_RDI] = (u64)native.ram + RAM_SIZE / 2 + random_below(16);
		regs->gpr[GPR_RCX] = random_below(8);
	} else if (sample->opcode >= 0xfa3 && sample->opcode <= 0xfbb) {
		/* BT and its like: not too far from the operand. */
		regs->gpr[(sample->insn.reg & 15)] =
			(u64)((s64)random_below(4096) - 2048);
	}
}

/* A dry run in RAM that is put right afterwards; true if all it touched was inside. */
static bool dry_run(const struct sample *sample)
{
	struct arch_regs regs = sample->regs;
	enum insn_result result;

	native.outside = false;
	result = emulate(&regs, &sample->insn, INSN_GPA_UNKNOWN);
	memcpy(native.ram, native.before, RAM_SIZE);
	return result == INSN_DONE && !native.outside;
}

/* Where a dry run wants to go, by a memory that refuses all. */
static int only_look(void *arg, u64 linear, void *data, u32 size, bool write, gpa_t *gpa,
	struct insn_fault *fault)
{
	(void)data;
	(void)size;
	(void)write;
	(void)gpa;
	*(u64 *)arg = linear;
	*fault = (struct insn_fault){.vector = VECTOR_PF, .address = linear};
	return -EFAULT;
}

/* Moves the operand into the RAM by changing a register; false if none does it. */
static bool aim(struct sample *sample)
{
	u64 to = (u64)native.ram + RAM_SIZE / 2 + random_below(16) * 16, at = 0;
	struct insn_memory look = {only_look, &at};
	struct insn_cpu cpu = {.regs = &sample->regs, .mode = INSN_64};
	struct access access;
	struct insn_fault fault;

	if (sample->string || dry_run(sample))
		return dry_run(sample);
	for (u32 i = 0; i < GPR_COUNT; i++) {
		for (u32 scale = 0; scale < 4; scale++) {
			u64 kept = sample->regs.gpr[i];
			struct insn insn = sample->insn;

			insn_run(&insn, &cpu, &look, INSN_GPA_UNKNOWN, &access, &fault);
			sample->regs.gpr[i] += (u64)((s64)(to - at) >> scale);
			if (dry_run(sample))
				return true;
			sample->regs.gpr[i] = kept;
		}
	}
	return false;
}

/* Sometimes a comparison shall find what it looks for. */
static void plant(const struct sample *sample)
{
	const u64 *gpr = sample->regs.gpr;
	u64 at = native.touched[0] - (u64)native.ram;

	if (native.touches == 0 || random_below(2))
		return;
	memcpy(native.before + at, &gpr[GPR_RAX], 8);
	if (sample->insn.size == 16)
		memcpy(native.before + at + 8, &gpr[GPR_RDX], 8);
	else if (sample->opcode == 0xfc7)
		memcpy(native.before + at + 4, &gpr[GPR_RDX], 4);
	memcpy(native.ram, native.before, RAM_SIZE);
}

/* The manual leaves some flags undefined. */
static u64 defined_flags(const struct sample *sample)
{
	u32 opcode = sample->opcode, reg = sample->insn.modrm >> 3 & 7;

	if (opcode >= 0xfa3 && opcode <= 0xfbb && (opcode & 7) == 3)
		return RFLAGS_CF;
	if (opcode == 0xfba)
		return RFLAGS_CF;
	if ((opcode < 0x40 &&
		    ((opcode & 0x38) == 8 || (opcode & 0x38) == 0x20 ||
			    (opcode & 0x38) == 0x30)) ||
		(opcode >= 0x80 && opcode <= 0x83 &&
			(reg == 1 || reg == 4 || reg == 6)) ||
		opcode == 0x84 || opcode == 0x85 ||
		(opcode >= 0xf6 && opcode <= 0xf7 && reg == 0))
		return FLAGS_LOGIC;
	return FLAGS_STATUS;
}

static void make_code(const struct sample *sample)
{
	static const u8 jump[] = {0xff, 0x25, 0, 0, 0, 0}; /* jmp *0(%rip) */
	u8 *at = native.code;
	u64 back = (u64)native_back;

	memcpy(at, sample->bytes, sample->insn.length);
	at += sample->insn.length;
	memcpy(at, jump, sizeof(jump));
	memcpy(at + sizeof(jump), &back, sizeof(back));
}

/* ---- Comparing ---- */

static void check_same(const struct sample *sample, const char *how,
	const struct arch_regs *regs, const struct arch_regs *expect, const u8 *memory)
{
	u64 flags = (regs->rflags ^ expect->rflags) & (sample->flags | RFLAGS_DF);
	bool same = flags == 0 &&
		memcmp(regs->gpr, expect->gpr, sizeof(regs->gpr)) == 0 &&
		memcmp(native.ram, memory, RAM_SIZE) == 0;

	if (!same) {
		print_error("%s: %s flags differ by %#lx of %#lx\n", how,
			hex(sample->bytes, sample->insn.length), (unsigned long)flags,
			(unsigned long)sample->regs.rflags);
		for (u32 i = 0; i < GPR_COUNT; i++)
			print_error("  r%u %#lx: %#lx, CPU %#lx\n", i,
				(unsigned long)sample->regs.gpr[i],
				(unsigned long)regs->gpr[i],
				(unsigned long)expect->gpr[i]);
		for (u32 i = 0; i < RAM_SIZE; i++) {
			if (native.ram[i] != memory[i])
				print_error("  RAM + %#x %#x: %#x, CPU %#x\n", i,
					native.before[i], native.ram[i], memory[i]);
		}
	}
	assert_true(same);
	assert_int_equal(regs->rip, (u64)native.code + sample->insn.length);
}

static void check_sample(struct sample *sample)
{
	static const char *const how[] = {"RAM", "device", "device at a known address"};
	static u8 memory[RAM_SIZE];
	struct arch_regs expect = sample->regs, regs;

	make_code(sample);
	native_run(&expect, native.code);
	memcpy(memory, native.ram, RAM_SIZE);
	for (u32 i = 0; i < ARRAY_LEN(how); i++) {
		gpa_t gpa = i == 2 ? sample->gpa : INSN_GPA_UNKNOWN;

		if (i == 2 && gpa.raw == INSN_GPA_UNKNOWN.raw)
			continue;
		memcpy(native.ram, native.before, RAM_SIZE);
		native.device = i > 0;
		regs = sample->regs;
		assert_int_equal(emulate(&regs, &sample->insn, gpa), INSN_DONE);
		native.device = false;
		check_same(sample, how[i], &regs, &expect, memory);
	}
	memcpy(native.ram, native.before, RAM_SIZE);
}

static bool one_operand(const struct sample *sample)
{
	return !sample->string && sample->opcode != 0x8f &&
		!(sample->opcode == 0xff && (sample->insn.modrm >> 3 & 7) == 6);
}

static void test_native(void **state)
{
	u64 rounds = random_start(ROUNDS), ran = 0;
	static u32 seen[0x1000];
	static struct sample sample;

	(void)state;
	for (u64 i = 0; i < rounds; i++) {
		if (!random_sample(&sample))
			continue;
		random_regs(&sample);
		if (!aim(&sample))
			continue;
		sample.flags = defined_flags(&sample);
		sample.gpa =
			one_operand(&sample) ? GPA(native.touched[0]) : INSN_GPA_UNKNOWN;
		plant(&sample);
		check_sample(&sample);
		seen[sample.opcode & 0xfff]++;
		ran++;
	}
	print_message("%lu instructions compared\n", (unsigned long)ran);
	for (u32 i = 0; i < sizeof(opcodes); i++)
		assert_true(rounds < ROUNDS || seen[opcodes[i]] > 0);
	for (u32 i = 0; i < sizeof(opcodes_0f); i++)
		assert_true(rounds < ROUNDS || seen[0xf00 | opcodes_0f[i]] > 0);
}

static int native_start(void **state)
{
	u32 a, b, c, d;

	(void)state;
	native.code =
		mmap((void *)0x10000000, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	native.ram = mmap((void *)0x10100000, RAM_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_true(native.code != MAP_FAILED && native.ram != MAP_FAILED);
	random_start(0);
	for (u32 i = 0; i < RAM_SIZE; i++)
		native.before[i] = (u8)random_next();
	memcpy(native.ram, native.before, RAM_SIZE);
	__cpuid(1, a, b, c, d);
	has_movbe = c & bit_MOVBE;
	has_cx16 = c & bit_CMPXCHG16B;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_native)};

	return cmocka_run_group_tests(tests, native_start, NULL);
}
#else
/* No test, so that none is counted. */
int main(void)
{
	print_message(
		"NOT RUN: this machine is no x86-64, so nothing was compared with it\n");
	return 0;
}
#endif
