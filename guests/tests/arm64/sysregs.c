// SPDX-License-Identifier: Apache-2.0
// Every system register number there can be is read, and those that only a hypervisor answers are
// written: each gives a value or is undefined, and whatever belongs to a higher level or to
// what the guest's CPU does not have is undefined.
#define TEST "sysregs"
#include "../check.h"

/* MRS and MSR (Arm ARM, C6.2): op0 is 2 or 3, the rest as they stand in the instruction. */
#define INSN_MRS 0xd5300000U
#define INSN_MSR 0xd5100000U
#define INSN_RET 0xd65f03c0U
#define NUMBERS  0x8000U /* op0<0> op1 CRn CRm op2 */
#define OP1(n)   ((n) >> 11 & 7)
#define CRN(n)   ((n) >> 7 & 15)
#define CRM(n)   ((n) >> 3 & 15)
#define OP2(n)   ((n) & 7)
#define IS_3(n)  ((n) >> 14)

/*
 * How it is told: with FEAT_IDST, in the space of ID registers, as the second one; SVE's and SME's
 * own registers have classes of their own, since CPACR_EL1 is asked first.
 */
#define EC_UNKNOWN 0x00UL
#define EC_SYSREG  0x18UL
#define EC_SVE     0x19UL
#define EC_SME     0x1dUL

static u32 code[16] __attribute__((aligned(64)));
static u32 reads, undefined;

static void code_write(u32 insn)
{
	code[0] = insn;
	code[1] = INSN_RET;
	__asm__ volatile("dc cvau, %0\n\t"
			 "dsb ish\n\t"
			 "ic ivau, %0\n\t"
			 "dsb ish\n\t"
			 "isb" ::"r"(code)
		: "memory");
}

/* The instructions use x0 only. */
static void run(void *arg)
{
	register u64 x0 __asm__("x0") = (u64)arg;
	register u64 at __asm__("x1") = (u64)code;

	__asm__ volatile("blr %1" : "+r"(x0), "+r"(at)::"x30", "memory");
}

/* True if it is undefined. */
static bool is_undefined(u32 insn, u64 value)
{
	struct fault fault;
	u64 class;

	code_write(insn);
	if (!fault_catch(run, (void *)value, &fault))
		return false;
	class = field_get(ESR_EC, fault.cause);
	expect_true(class == EC_UNKNOWN || class == EC_SYSREG || class == EC_SVE ||
			class == EC_SME,
		"0x%08x to be undefined, found exception class 0x%lx", insn, class);
	return true;
}

/* What must not be there: levels above, performance monitors, SVE's and SME's control. */
static bool is_forbidden(u32 n)
{
	if (!IS_3(n))
		return false;
	if (OP1(n) >= 4)
		return true;
	if (CRN(n) == 9 && CRM(n) >= 12)
		return true;
	if (OP1(n) == 3 && CRN(n) == 14 && CRM(n) >= 8)
		return true;
	/* ZCR_EL1 and SMCR_EL1 */
	return OP1(n) == 0 && CRN(n) == 1 && CRM(n) == 2 && (OP2(n) == 0 || OP2(n) == 6);
}

/* The space of ID registers, where what is not used reads as zero. */
static bool is_id(u32 n)
{
	return IS_3(n) && OP1(n) == 0 && CRN(n) == 0 && CRM(n) >= 1 && CRM(n) <= 7;
}

static void check_reads(void)
{
	for (u32 n = 0; n < NUMBERS; n++) {
		bool fault = is_undefined(INSN_MRS | n << 5, 0);

		reads++;
		undefined += fault;
		if (is_forbidden(n))
			expect_true(fault, "S%u_%u_C%u_C%u_%u to be undefined",
				2 + IS_3(n), OP1(n), CRN(n), CRM(n), OP2(n));
		if (is_id(n))
			expect_true(!fault, "ID register C%u, %u to be readable", CRM(n),
				OP2(n));
	}
}

/* Debug registers, ID registers, implementation-defined ones, and all that is forbidden. */
static void check_writes(void)
{
	for (u32 n = 0; n < NUMBERS; n++) {
		u32 crn = CRN(n);

		if (!is_forbidden(n) && IS_3(n) && crn != 0 && crn != 11 && crn != 15)
			continue;
		is_undefined(INSN_MSR | n << 5, 0);
	}
}

int guest_main(void)
{
	sysreg_write(cpacr_el1, CPACR_FPEN); /* FPCR and FPSR can be read */
	isb();
	check_reads();
	check_writes();
	print(TEST ": %u registers, %u undefined\n", reads, undefined);
	return test_ok();
}
