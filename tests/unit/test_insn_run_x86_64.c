// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/insn_*.c, step by step: which accesses an instruction makes and in which order,
// addresses in all three modes, repetition, ports, faults. That results and flags are right is
// test_insn_native_x86_64.c's part.
#include "insn_world.h"

#define RAM_SIZE KiB(64)
#define DEVICE   0x100000UL /* linear addresses from here on: devices, at the same gpa */
#define NOWHERE  0x200000UL /* from here on: page fault */
#define NONCANON (1UL << 60)
#define CODE     0x1000UL

static struct {
	u8 ram[RAM_SIZE];
	struct insn insn;
	struct arch_regs regs, before;
	struct insn_cpu cpu;
	struct access access;
	struct insn_fault fault;
	u64 read_only; /* linear addresses from here to DEVICE may not be written; 0: all may */
	u64 linear; /* of the newest access */
	u32 accesses;
} world;

static int world_access(void *arg, u64 linear, void *data, u32 size, bool write,
	gpa_t *gpa, struct insn_fault *fault)
{
	(void)arg;
	world.linear = linear;
	if (size > 0)
		world.accesses++;
	if (linear >= NONCANON) {
		*fault = (struct insn_fault){.vector = VECTOR_GP, .has_error = true};
		return -EFAULT;
	}
	if (linear >= NOWHERE ||
		(write && world.read_only && linear >= world.read_only &&
			linear < DEVICE)) {
		*fault = (struct insn_fault){.vector = VECTOR_PF,
			.has_error = true,
			.error = write ? PF_WRITE : 0,
			.address = linear};
		return -EFAULT;
	}
	if (linear >= DEVICE) {
		*gpa = GPA(linear);
		return -ENOENT;
	}
	assert_true(linear + size <= RAM_SIZE);
	if (write)
		memcpy(world.ram + linear, data, size);
	else
		memcpy(data, world.ram + linear, size);
	return 0;
}

static const struct insn_memory memory = {world_access, &world};

static void world_start(enum insn_mode mode)
{
	memset(&world, 0, sizeof(world));
	world.cpu = (struct insn_cpu){.regs = &world.regs, .mode = mode};
	world.regs.rip = CODE;
	world.regs.rflags = RFLAGS_ONE;
	for (u32 i = 0; i < RAM_SIZE; i++)
		world.ram[i] = (u8)(i * 7);
}

static void decode(const char *bytes, u32 len)
{
	u8 padded[INSN_BYTES_MAX] = {0};

	memcpy(padded, bytes, len);
	assert_true(insn_decode(padded, INSN_BYTES_MAX, world.cpu.mode, &world.insn));
	assert_int_equal(world.insn.length, len);
	world.before = world.regs;
}

#define DECODE(bytes) decode(bytes, sizeof(bytes) - 1)

static enum insn_result run_at(u64 gpa)
{
	return insn_run(&world.insn, &world.cpu, &memory, GPA(gpa), &world.access,
		&world.fault);
}

static enum insn_result run(void)
{
	return run_at(~0UL);
}

static void assert_access(u64 addr, u32 size, bool write, u64 value)
{
	assert_int_equal(world.access.addr, addr);
	assert_int_equal(world.access.size, size);
	assert_int_equal(world.access.write, write);
	if (write)
		assert_int_equal(world.access.value, value);
	assert_memory_equal(&world.regs, &world.before, sizeof(world.regs));
}

/* The next step is this access, which reads `answer`. */
static void assert_mmio(u64 addr, u32 size, bool write, u64 value)
{
	assert_int_equal(run(), INSN_MMIO);
	assert_access(addr, size, write, value);
	if (!write)
		world.access.value = value;
}

static void assert_pio(u64 addr, u32 size, bool write, u64 value)
{
	assert_int_equal(run(), INSN_PIO);
	assert_access(addr, size, write, value);
	if (!write)
		world.access.value = value;
}

static void assert_done(u32 length)
{
	assert_int_equal(run(), INSN_DONE);
	assert_int_equal(world.regs.rip, world.before.rip + length);
}

static void assert_fault(u8 vector, u64 address)
{
	assert_int_equal(run(), INSN_FAULT);
	assert_int_equal(world.fault.vector, vector);
	assert_int_equal(world.fault.address, address);
	assert_memory_equal(&world.regs, &world.before, sizeof(world.regs));
	assert_int_equal(world.insn.step, 0);
}

/* ---- One operand, at a device ---- */

static void test_load(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RCX] = ~0UL;
	DECODE("\x8b\x08"); /* mov ecx, [rax] */
	assert_int_equal(run_at(0xfee00020), INSN_MMIO);
	assert_access(0xfee00020, 4, false, 0);
	world.access.value = 0xabcdef80000001; /* what is above the size does not count */
	assert_int_equal(run_at(0xfee00020), INSN_DONE);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0x80000001);
	assert_int_equal(world.regs.rip, CODE + 2);
	assert_int_equal(world.accesses, 0);
	DECODE("\x8a\x28"); /* mov ch, [rax] */
	assert_int_equal(run_at(0xfee00020), INSN_MMIO);
	world.access.value = 0x55;
	assert_int_equal(run_at(0xfee00020), INSN_DONE);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0x80005501);
	DECODE("\x66\x8b\x08"); /* mov cx, [rax] */
	assert_int_equal(run_at(0xfee00020), INSN_MMIO);
	world.access.value = 0x1234;
	assert_int_equal(run_at(0xfee00020), INSN_DONE);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0x80001234);
	DECODE("\x0f\xb6\x08"); /* movzx ecx, byte ptr [rax] */
	assert_int_equal(run_at(0xfee00020), INSN_MMIO);
	assert_access(0xfee00020, 1, false, 0);
	world.access.value = 0x12399;
	assert_int_equal(run_at(0xfee00020), INSN_DONE);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0x99);
}

static void test_store(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RCX] = 0x123456789abcdef0;
	DECODE("\x89\x08"); /* mov [rax], ecx */
	assert_int_equal(run_at(0xfee000b0), INSN_MMIO);
	assert_access(0xfee000b0, 4, true, 0x9abcdef0);
	assert_int_equal(run_at(0xfee000b0), INSN_DONE);
	assert_int_equal(world.regs.rip, CODE + 2);
	DECODE("\x88\x28"); /* mov [rax], ch */
	assert_int_equal(run_at(0xfee000b0), INSN_MMIO);
	assert_access(0xfee000b0, 1, true, 0xde);
	world.insn.step = 0;
	DECODE("\x40\x88\x28"); /* mov [rax], bpl */
	world.regs.gpr[GPR_RBP] = world.before.gpr[GPR_RBP] = 0x177;
	assert_int_equal(run_at(0xfee000b0), INSN_MMIO);
	assert_access(0xfee000b0, 1, true, 0x77);
	DECODE("\x48\xc7\x00\xff\xff\xff\xff"); /* mov qword ptr [rax], -1 */
	assert_int_equal(run_at(0xfee000b0), INSN_MMIO);
	assert_access(0xfee000b0, 8, true, ~0UL);
	DECODE("\x66\xc7\x00\xff\xff"); /* mov word ptr [rax], -1 */
	assert_int_equal(run_at(0xfee000b0), INSN_MMIO);
	assert_access(0xfee000b0, 2, true, 0xffff);
}

static void test_modify(void **state)
{
	(void)state;
	world_start(INSN_64);
	DECODE("\xf0\x83\x08\x10"); /* lock or dword ptr [rax], 0x10 */
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	assert_access(0x5000000, 4, false, 0);
	world.access.value = 0x80000001;
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	assert_access(0x5000000, 4, true, 0x80000011);
	assert_int_equal(run_at(0x5000000), INSN_DONE);
	assert_int_equal(world.regs.rflags, RFLAGS_SF | RFLAGS_PF | RFLAGS_ONE);
	/* What does not write does not. */
	DECODE("\xf6\x00\x10"); /* test byte ptr [rax], 0x10 */
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	world.access.value = 0x10;
	assert_int_equal(run_at(0x5000000), INSN_DONE);
	assert_false(world.regs.rflags & RFLAGS_ZF);
	DECODE("\x38\x08"); /* cmp [rax], cl */
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	world.access.value = 0;
	assert_int_equal(run_at(0x5000000), INSN_DONE);
	assert_true(world.regs.rflags & RFLAGS_ZF);
	assert_int_equal(world.accesses, 0);
}

/* A comparison that fails writes what it has read. */
static void test_cmpxchg(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RAX] = 5;
	DECODE("\x0f\xb1\x0a"); /* cmpxchg [rdx], ecx */
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	world.access.value = 6;
	assert_int_equal(run_at(0x5000000), INSN_MMIO);
	assert_access(0x5000000, 4, true, 6);
	assert_int_equal(run_at(0x5000000), INSN_DONE);
	assert_int_equal(world.regs.gpr[GPR_RAX], 6);
	DECODE("\x48\x0f\xc7\x0a"); /* cmpxchg16b [rdx] */
	assert_int_equal(run_at(0x5000008), INSN_FAULT);
	assert_int_equal(world.fault.vector, VECTOR_GP);
	world.regs.gpr[GPR_RBX] = world.before.gpr[GPR_RBX] = 0xb;
	world.regs.gpr[GPR_RCX] = world.before.gpr[GPR_RCX] = 0xc;
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(run_at(0x5000000), INSN_MMIO);
		assert_access(0x5000000 + 8 * i, 8, false, 0);
		world.access.value = i ? 0 : 6;
	}
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(run_at(0x5000000), INSN_MMIO);
		assert_access(0x5000000 + 8 * i, 8, true, 0xb + i);
	}
	assert_int_equal(run_at(0x5000000), INSN_DONE);
	assert_true(world.regs.rflags & RFLAGS_ZF);
}

/* ---- Addresses ---- */

static const struct {
	const char *text;
	u8 mode;
	u8 bytes[INSN_BYTES_MAX];
	u64 linear;
} addresses[] = {
	/* rax.. = 0x10001, 0x20002, .. 0x100010; segments ES.. GS at 0x1000000 * (1 .. 6) */
	/* clang-format off */
	{"[bx + si]", INSN_16, {0x8b, 0x00}, 0x400000b},
	{"[bx + di]", INSN_16, {0x8b, 0x01}, 0x400000c},
	{"[bp + si]", INSN_16, {0x8b, 0x02}, 0x300000d},
	{"[bp + di]", INSN_16, {0x8b, 0x03}, 0x300000e},
	{"[si]", INSN_16, {0x8b, 0x04}, 0x4000007},
	{"[di]", INSN_16, {0x8b, 0x05}, 0x4000008},
	{"[0x8001]", INSN_16, {0x8b, 0x06, 0x01, 0x80}, 0x4008001},
	{"[bx]", INSN_16, {0x8b, 0x07}, 0x4000004},
	{"[bp - 1]", INSN_16, {0x8b, 0x46, 0xff}, 0x3000005},
	{"[bp + 0x8000]", INSN_16, {0x8b, 0x86, 0x00, 0x80}, 0x3008006},
	{"[di - 9]", INSN_16, {0x8b, 0x45, 0xf7}, 0x400ffff},
	{"es:[bp]", INSN_16, {0x26, 0x8b, 0x46, 0x00}, 0x1000006},
	{"cs:[bx]", INSN_16, {0x2e, 0x8b, 0x07}, 0x2000004},
	{"[ebx + 2*esi]", INSN_16, {0x67, 0x8b, 0x04, 0x73}, 0x4120012},
	{"[esp]", INSN_32, {0x8b, 0x04, 0x24}, 0x3050005},
	{"[ebp + 0]", INSN_32, {0x8b, 0x45, 0x00}, 0x3060006},
	{"[ebx + 4*ebp]", INSN_32, {0x8b, 0x04, 0xab}, 0x41c001c},
	{"[4*ebp + 1]", INSN_32, {0x8b, 0x04, 0xad, 1, 0, 0, 0}, 0x4180019},
	{"[ebp + 8*ebx - 2]", INSN_32, {0x8b, 0x44, 0xdd, 0xfe}, 0x3260024},
	{"[0xffffffff], wrapped by the segment", INSN_32, {0x8b, 0x05, 0xff, 0xff, 0xff, 0xff},
		0x3ffffff},
	{"gs:[si]", INSN_32, {0x65, 0x67, 0x8b, 0x04}, 0x6000007},
	{"fs:[0x10] (moffs)", INSN_32, {0x64, 0xa1, 0x10, 0, 0, 0}, 0x5000010},
	{"[rip + 1]", INSN_64, {0x8b, 0x05, 1, 0, 0, 0}, CODE + 7},
	{"[rip + 1], imm", INSN_64, {0x83, 0x05, 1, 0, 0, 0, 5}, CODE + 8},
	{"[eip - 0x2000]", INSN_64, {0x67, 0x8b, 0x05, 0x00, 0xe0, 0xff, 0xff}, 0xfffff007},
	{"[r12]", INSN_64, {0x41, 0x8b, 0x04, 0x24}, 0xd000d},
	{"[r13 + 0]", INSN_64, {0x41, 0x8b, 0x45, 0x00}, 0xe000e},
	{"[r13 + 8*r12]", INSN_64, {0x43, 0x8b, 0x44, 0xe5, 0x00}, 0x760076},
	{"[rax + 1*r12]", INSN_64, {0x42, 0x8b, 0x04, 0x20}, 0xe000e},
	{"[-0x1000]", INSN_64, {0x8b, 0x04, 0x25, 0x00, 0xf0, 0xff, 0xff}, ~0xfffUL},
	{"[-0x1000], 67", INSN_64, {0x67, 0x8b, 0x04, 0x25, 0x00, 0xf0, 0xff, 0xff}, 0xfffff000},
	{"fs:[rax]", INSN_64, {0x64, 0x8b, 0x00}, 0x5010001},
	{"gs:[-0x1000]", INSN_64, {0x65, 0x8b, 0x04, 0x25, 0x00, 0xf0, 0xff, 0xff}, 0x5fff000},
	{"ds:[rax]", INSN_64, {0x3e, 0x8b, 0x00}, 0x10001},
	{"fs, then ds:[rax]", INSN_64, {0x64, 0x3e, 0x8b, 0x00}, 0x5010001},
	{"[0x123456789] (moffs)", INSN_64, {0xa0, 0x89, 0x67, 0x45, 0x23, 1, 0, 0, 0}, 0x123456789},
	{"bt [rax], ecx", INSN_64, {0x0f, 0xa3, 0x08}, 0x14001},
	{"bt [rax], edx = -1", INSN_64, {0x0f, 0xa3, 0x10}, 0xfffd},
	{"bt [rax], dx", INSN_64, {0x66, 0x0f, 0xa3, 0x10}, 0xffff},
	{"bt [rax], rdx", INSN_64, {0x48, 0x0f, 0xa3, 0x10}, 0x2000fff9},
	{"push [rsp]", INSN_64, {0xff, 0x34, 0x24}, 0x50005},
	{"stosb", INSN_16, {0xaa}, 0x1000008},
	{"lodsb", INSN_16, {0xac}, 0x4000007},
	{"ss:lodsb", INSN_32, {0x36, 0xac}, 0x3070007},
	{"ss:stosb", INSN_32, {0x36, 0xaa}, 0x1080008},
	{"stosb, 16", INSN_32, {0x67, 0xaa}, 0x1000008},
	/* clang-format on */
};

static int refuse(void *arg, u64 linear, void *data, u32 size, bool write, gpa_t *gpa,
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

static void test_addresses(void **state)
{
	u64 linear = 0;
	const struct insn_memory refusing = {refuse, &linear};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(addresses); i++) {
		world_start((enum insn_mode)addresses[i].mode);
		for (u32 r = 0; r < GPR_COUNT; r++)
			world.regs.gpr[r] = 0x10001UL * (r + 1);
		for (u32 s = 0; s < 6; s++) {
			if (world.cpu.mode != INSN_64 || s >= SEG_FS)
				world.cpu.seg_base[s] = 0x1000000UL * (s + 1);
		}
		if (strncmp(addresses[i].text, "bt", 2) == 0)
			world.regs.gpr[GPR_RDX] = 0xffffffff;
		assert_true(insn_decode(addresses[i].bytes, INSN_BYTES_MAX,
			world.cpu.mode, &world.insn));
		assert_int_equal(insn_run(&world.insn, &world.cpu, &refusing,
					 INSN_GPA_UNKNOWN, &world.access, &world.fault),
			INSN_FAULT);
		if (linear != addresses[i].linear)
			print_error("%s: %#lx\n", addresses[i].text,
				(unsigned long)linear);
		assert_int_equal(linear, addresses[i].linear);
	}
}

/* rip has as many bits as the mode. */
static void test_rip(void **state)
{
	static const struct {
		enum insn_mode mode;
		u64 from, to;
	} rips[] = {{INSN_16, 0xfffe, 0}, {INSN_32, 0xfffffffe, 0},
		{INSN_64, 0xfffffffe, 0x100000000}};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(rips); i++) {
		world_start(rips[i].mode);
		world.regs.rip = rips[i].from;
		DECODE("\x88\x00");
		assert_int_equal(run_at(DEVICE), INSN_MMIO);
		assert_int_equal(run_at(DEVICE), INSN_DONE);
		assert_int_equal(world.regs.rip, rips[i].to);
	}
}

/* ---- Two operands ---- */

static void test_movs_devices(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RSI] = DEVICE;
	world.regs.gpr[GPR_RDI] = DEVICE + 0x100;
	DECODE("\xa5"); /* movsd */
	assert_mmio(DEVICE, 4, false, 0xcafebabe);
	assert_mmio(DEVICE + 0x100, 4, true, 0xcafebabe);
	assert_done(1);
	assert_int_equal(world.regs.gpr[GPR_RSI], DEVICE + 4);
	assert_int_equal(world.regs.gpr[GPR_RDI], DEVICE + 0x104);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0);
}

static void test_movs_repeated(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RSI] = DEVICE;
	world.regs.gpr[GPR_RDI] = 0x2008;
	world.regs.gpr[GPR_RCX] = 3;
	world.regs.rflags |= RFLAGS_DF;
	world.regs.gpr[GPR_RSI] += 16;
	for (u32 i = 0; i < 3; i++) {
		u64 value = 0x1111 * (i + 1);

		DECODE("\xf3\x48\xa5"); /* rep movsq */
		assert_mmio(DEVICE + 16 - 8 * i, 8, false, value);
		assert_done(i == 2 ? 3 : 0);
		assert_int_equal(world.regs.gpr[GPR_RCX], 2 - i);
		assert_memory_equal(world.ram + 0x2008 - 8 * i, &value, sizeof(value));
	}
}

static void test_repeat_zero(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RCX] = 0x100000000;
	DECODE("\xf3\x67\xaa"); /* rep stosb, ecx = 0 */
	assert_done(3);
	assert_int_equal(world.accesses, 0);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0x100000000);
}

/* 32-bit pointers and counters zero-extend, 16-bit ones leave the rest. */
static void test_repeat_widths(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RCX] = 0xabc00000002;
	world.regs.gpr[GPR_RDI] = 0xabc00002000;
	DECODE("\xf3\x67\xaa");
	assert_done(0);
	assert_int_equal(world.regs.gpr[GPR_RCX], 1);
	assert_int_equal(world.regs.gpr[GPR_RDI], 0x2001);
	world_start(INSN_16);
	world.regs.gpr[GPR_RCX] = 0xabc0000;
	world.regs.gpr[GPR_RDI] = 0xabcffff;
	DECODE("\xf3\xaa");
	assert_done(2);
	world.regs.gpr[GPR_RCX] = 0xabc0001;
	DECODE("\xf3\xaa");
	assert_done(2);
	assert_int_equal(world.regs.gpr[GPR_RCX], 0xabc0000);
	assert_int_equal(world.regs.gpr[GPR_RDI], 0xabc0000);
}

static void test_compare_ends(void **state)
{
	static const struct {
		u8 prefix;
		u8 found;
		bool ends;
	} cases[] = {{0xf2, 0x41, true}, {0xf2, 0x42, false}, {0xf3, 0x41, false},
		{0xf3, 0x42, true}};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		char bytes[2] = {(char)cases[i].prefix, (char)0xae}; /* scasb */

		world_start(INSN_64);
		world.regs.gpr[GPR_RAX] = 0x41;
		world.regs.gpr[GPR_RCX] = 5;
		world.regs.gpr[GPR_RDI] = DEVICE;
		decode(bytes, 2);
		assert_mmio(DEVICE, 1, false, cases[i].found);
		assert_done(cases[i].ends ? 2 : 0);
		assert_int_equal(world.regs.gpr[GPR_RCX], 4);
	}
}

static void test_cmps(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RSI] = DEVICE;
	world.regs.gpr[GPR_RDI] = DEVICE + 8;
	DECODE("\xa6"); /* cmpsb */
	assert_mmio(DEVICE, 1, false, 2);
	assert_mmio(DEVICE + 8, 1, false, 3);
	assert_done(1);
	assert_true(world.regs.rflags & RFLAGS_CF);
}

static void test_stack(void **state)
{
	u64 value = 0x1122334455667788;

	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RSP] = 0x3000;
	world.regs.gpr[GPR_RDX] = DEVICE;
	DECODE("\xff\x32"); /* push [rdx] */
	assert_mmio(DEVICE, 8, false, value);
	assert_done(2);
	assert_int_equal(world.regs.gpr[GPR_RSP], 0x2ff8);
	assert_memory_equal(world.ram + 0x2ff8, &value, 8);
	DECODE("\x8f\x02"); /* pop [rdx] */
	assert_mmio(DEVICE, 8, true, value);
	assert_done(2);
	assert_int_equal(world.regs.gpr[GPR_RSP], 0x3000);
}

/* ---- Ports ---- */

static void test_ins(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RDX] = 0xab01f0;
	world.regs.gpr[GPR_RDI] = 0x2000;
	world.regs.gpr[GPR_RCX] = 2;
	DECODE("\xf3\x66\x6d"); /* rep insw */
	assert_pio(0x01f0, 2, false, 0x1234);
	assert_done(0);
	assert_int_equal(world.regs.gpr[GPR_RDI], 0x2002);
	assert_memory_equal(world.ram + 0x2000, "\x34\x12", 2);
	world.regs.gpr[GPR_RDI] = DEVICE;
	DECODE("\xf3\x66\x6d");
	assert_pio(0x01f0, 2, false, 0x5678);
	assert_mmio(DEVICE, 2, true, 0x5678);
	assert_done(3);
}

static void test_outs(void **state)
{
	(void)state;
	world_start(INSN_16);
	world.regs.gpr[GPR_RDX] = 0x3f8;
	world.regs.gpr[GPR_RSI] = 0x2000;
	DECODE("\x6e"); /* outsb */
	assert_pio(0x3f8, 1, true, world.ram[0x2000]);
	assert_done(1);
	assert_int_equal(world.regs.gpr[GPR_RSI], 0x2001);
	world.cpu.seg_base[SEG_ES] = DEVICE;
	world.regs.gpr[GPR_RSI] = 4;
	DECODE("\x26\x6e"); /* es:outsb */
	assert_mmio(DEVICE + 4, 1, false, 0x99);
	assert_pio(0x3f8, 1, true, 0x99);
	assert_done(2);
}

/* ---- Faults ---- */

static void test_faults(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.regs.gpr[GPR_RAX] = NOWHERE;
	DECODE("\x8b\x08");
	assert_fault(VECTOR_PF, NOWHERE);
	world.regs.gpr[GPR_RAX] = NONCANON;
	DECODE("\x8b\x08");
	assert_fault(VECTOR_GP, 0);
	world.regs.gpr[GPR_RBP] = NONCANON;
	DECODE("\x8b\x4d\x00"); /* mov ecx, [rbp] */
	assert_fault(VECTOR_SS, 0);
	DECODE("\x3e\x8b\x4d\x00"); /* DS means nothing */
	assert_fault(VECTOR_SS, 0);
	DECODE("\x65\x8b\x4d\x00"); /* GS does */
	assert_fault(VECTOR_GP, 0);
	world.regs.gpr[GPR_RSI] = 0x2000;
	world.regs.gpr[GPR_RDI] = NOWHERE;
	DECODE("\xa4");
	assert_fault(VECTOR_PF, NOWHERE);
	world.regs.gpr[GPR_RSP] = NONCANON + 8;
	DECODE("\xff\x36"); /* push [rsi] */
	assert_fault(VECTOR_SS, 0);
}

/* What a device has said is not lost: the other side is asked first. */
static void test_device_asked_last(void **state)
{
	static const char *const names[] = {"movsb", "push [rsi]", "insb", "inc [rdi]"};
	static const char bytes[][3] = {"\xa4", "\xff\x36", "\x6c", "\xff\x07"};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(names); i++) {
		world_start(INSN_64);
		world.read_only = 0x4000;
		world.regs.gpr[GPR_RSI] = DEVICE;
		world.regs.gpr[GPR_RDI] = 0x4000;
		world.regs.gpr[GPR_RSP] = 0x5008;
		decode(bytes[i], (u32)strlen(bytes[i]));
		assert_fault(VECTOR_PF, i == 1 ? 0x5000 : 0x4000);
		assert_int_equal(world.fault.error, PF_WRITE);
		assert_true(i == 3 ? world.accesses == 0 : world.accesses <= 1);
	}
}

/* Over the end of a page: the second one counts, too. */
static void test_probe_both_ends(void **state)
{
	(void)state;
	world_start(INSN_64);
	world.read_only = 0x4000;
	world.regs.gpr[GPR_RSI] = DEVICE;
	world.regs.gpr[GPR_RDI] = 0x3ffe;
	DECODE("\xa5"); /* movsd */
	assert_fault(VECTOR_PF, 0x4000);
	world.regs.gpr[GPR_RDI] = 0x3ffc;
	DECODE("\xa5");
	assert_mmio(DEVICE, 4, false, 1);
	assert_done(1);
}

/* The last bytes of all: nothing comes behind them. */
static void test_address_end(void **state)
{
	(void)state;
	for (u32 i = 1; i <= 8; i++) {
		u64 linear = 0;
		const struct insn_memory refusing = {refuse, &linear};

		world_start(INSN_64);
		world.regs.gpr[GPR_RDI] = -(u64)i;
		DECODE("\x48\xff\x07"); /* inc qword ptr [rdi] */
		assert_int_equal(insn_run(&world.insn, &world.cpu, &refusing,
					 INSN_GPA_UNKNOWN, &world.access, &world.fault),
			INSN_FAULT);
		assert_int_equal(linear, -(u64)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_modify),
		cmocka_unit_test(test_cmpxchg),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_rip),
		cmocka_unit_test(test_movs_devices),
		cmocka_unit_test(test_movs_repeated),
		cmocka_unit_test(test_repeat_zero),
		cmocka_unit_test(test_repeat_widths),
		cmocka_unit_test(test_compare_ends),
		cmocka_unit_test(test_cmps),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_ins),
		cmocka_unit_test(test_outs),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_device_asked_last),
		cmocka_unit_test(test_probe_both_ends),
		cmocka_unit_test(test_address_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
