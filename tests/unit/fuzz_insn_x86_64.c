// SPDX-License-Identifier: Apache-2.0
// A libFuzzer program, run by hand: the input is a mode, registers, and instructions one behind
// the other, carried out with memory and devices that answer from the input. Not part of the
// tests; to build it after `make unit`, and to run it:
//   clang-19 -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Itests/unit
//     -iquote . -Iarch/fake/include -Iarch/x86_64/include tests/unit/fuzz_insn_x86_64.c
//     arch/x86_64/insn*.c build/unit/libhv.a -lcmocka -o build/fuzz_insn
//   build/fuzz_insn -max_len=400
#include "insn_world.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct input {
	const u8 *data;
	size_t left;
};

/* The next bytes of the input; zeros behind its end. */
static void take(struct input *input, void *to, u32 size)
{
	u32 n = (u32)MIN(size, input->left);

	memset(to, 0, size);
	memcpy(to, input->data, n);
	input->data += n;
	input->left -= n;
}

static int fuzz_access(void *arg, u64 linear, void *data, u32 size, bool write,
	gpa_t *gpa, struct insn_fault *fault)
{
	u8 answer;

	assert(size <= 8);
	take(arg, &answer, 1);
	if (answer % 8 == 0) {
		*fault = (struct insn_fault){.vector = VECTOR_PF, .address = linear};
		return -EFAULT;
	}
	if (answer % 8 < 4) {
		*gpa = GPA(linear & BITS(51, 0));
		return -ENOENT;
	}
	if (!write)
		take(arg, data, size);
	return 0;
}

/* To the end of the instruction, or of its first round. */
static void fuzz_run(struct input *input, struct insn *insn, struct insn_cpu *cpu,
	gpa_t gpa)
{
	struct insn_memory memory = {fuzz_access, input};
	struct access access = {0};
	struct insn_fault fault = {0};
	enum insn_result result;
	u32 steps = 0;

	do {
		result = insn_run(insn, cpu, &memory, gpa, &access, &fault);
		assert(++steps <= 5);
		if (result == INSN_MMIO || result == INSN_PIO) {
			assert(access.size == 1 || access.size == 2 || access.size == 4 ||
				access.size == 8);
			take(input, &access.value, access.size);
		}
	} while (result == INSN_MMIO || result == INSN_PIO);
	assert(insn->step == 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = {data, size};
	struct arch_regs regs;
	struct insn_cpu cpu = {.regs = &regs};
	struct insn insn;
	u8 mode, known;

	take(&input, &mode, 1);
	cpu.mode = insn_modes[mode % 3];
	take(&input, &regs, sizeof(regs));
	while (input.left > 0) {
		take(&input, &known, 1);
		if (!insn_decode(input.data, (u32)MIN(input.left, INSN_BYTES_MAX),
			    cpu.mode, &insn))
			break;
		assert(insn.length > 0 && insn.length <= MIN(input.left, INSN_BYTES_MAX));
		input.data += insn.length;
		input.left -= insn.length;
		fuzz_run(&input, &insn, &cpu,
			known % 2 ? GPA(0xfee00000) : INSN_GPA_UNKNOWN);
	}
	return 0;
}
