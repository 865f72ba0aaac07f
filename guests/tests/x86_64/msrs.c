// SPDX-License-Identifier: Apache-2.0
// What the processor says it is, and its model-specific and control registers: those that keep
// what they are given, and those that must refuse it. Whoever is below hides SVM and VMX. SDM
// volume 3A, 2.5, and volume 4.
#define TEST "msrs"
#include "../check.h"
#include <arch/hypercall.h>
#include <arch/trap.h>

#define LEAF_EXTENDED       0x80000001U
#define LEAF_SVM            0x8000000aU
#define LEAF_XSAVE          0xdU
#define LEAF_HYPERVISOR_END 0x40000010U

#define MSR_TSC_ADJUST   0x3b
#define MSR_MTRRCAP      0xfe
#define MSR_MTRR_DEFAULT 0x2ff
#define MSR_VMX_BASIC    0x480
#define MSR_CSTAR        0xc0000083

#define FEATURE_LOCKED BIT(0)
#define VM_CR_SVMDIS   BIT(4)
#define CR8_MAX        15UL

struct access {
	u32 msr;
	u64 value;
};

static void do_read(void *arg)
{
	struct access *access = arg;

	access->value = msr_read(access->msr);
}

static void do_write(void *arg)
{
	struct access *access = arg;

	msr_write(access->msr, access->value);
}

static void expect_gp(void (*fn)(void *arg), void *arg, const char *what, u64 value)
{
	struct fault fault;

	expect_true(fault_catch(fn, arg, &fault), "a fault of %s 0x%lx", what, value);
	expect_equal(fault.cause, fault_cause(VECTOR_GP, 0), "the fault of %s 0x%lx",
		what, value);
}

static void expect_no_write(u32 msr, u64 value)
{
	struct access access = {msr, value};

	expect_gp(do_write, &access, "a write to an MSR of", value);
}

static void expect_no_msr(u32 msr)
{
	struct access access = {msr, 0};

	expect_gp(do_read, &access, "a read of MSR", msr);
	expect_gp(do_write, &access, "a write of MSR", msr);
}

static void expect_keeps(u32 msr, u64 value)
{
	u64 before = msr_read(msr);

	msr_write(msr, value);
	expect_equal(msr_read(msr), value, "what MSR 0x%x keeps", msr);
	msr_write(msr, before);
	expect_equal(msr_read(msr), before, "MSR 0x%x as it was", msr);
}

/* ---- Whatever is below ---- */

static void check_kept(void)
{
	static const u64 words[] = {0, 0x7fff123456789000, 0xffff800000001000};

	for (u32 i = 0; i < ARRAY_LEN(words); i++) {
		/* Those that hold addresses: canonical ones. */
		if (i != 1) {
			expect_keeps(MSR_LSTAR, words[i]);
			expect_keeps(MSR_CSTAR, words[i]);
			expect_keeps(MSR_KERNEL_GS_BASE, words[i]);
			expect_keeps(MSR_FS_BASE, words[i]);
		}
		expect_keeps(MSR_STAR, words[i]);
	}
	expect_keeps(MSR_SFMASK, 0x47700);
	expect_keeps(MSR_PAT, 0x0007040600070406);
	expect_keeps(MSR_PAT, 0x0105040600070406);
}

static void check_efer(void)
{
	u64 efer = msr_read(MSR_EFER);

	expect_equal(efer & (EFER_NXE | EFER_LMA | EFER_LME),
		EFER_NXE | EFER_LMA | EFER_LME, "EFER in long mode");
	expect_equal(efer & EFER_SVME, 0, "EFER.SVME");
	msr_write(MSR_EFER, efer | EFER_SCE);
	expect_equal(msr_read(MSR_EFER), efer | EFER_SCE, "EFER with SCE");
	msr_write(MSR_EFER, efer);
	/* LMA is not ours to write: it may be ignored, but may not change. */
	expect_equal(msr_read(MSR_EFER), efer, "EFER as it was");
}

static void do_xsetbv(void *arg)
{
	struct access *access = arg;

	__asm__ volatile("xsetbv" ::"c"(access->msr), "a"((u32)access->value),
		"d"((u32)(access->value >> 32)));
}

static u64 xgetbv(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static void check_xcr0(void)
{
	static const u64 bad[] = {0, 2, 4, 5, BIT(63) | 1, BIT(40) | 3};
	struct access access = {0, 1};
	struct fault fault;
	u64 all;

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)) {
		print(TEST ": no XSAVE: not tried\n");
		return;
	}
	expect_equal(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE, 0,
		"OSXSAVE before CR4 has it");
	expect_true(fault_catch(do_xsetbv, &access, &fault) && fault.cause == VECTOR_UD,
		"XSETBV to be illegal before CR4 has OSXSAVE");
	cr_write(cr4, cr_read(cr4) | CR4_OSXSAVE);
	expect_true(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE, "OSXSAVE once CR4 has it");
	expect_equal(xgetbv(), 1, "XCR0 at first");
	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		access.value = bad[i];
		expect_gp(do_xsetbv, &access, "XCR0 =", bad[i]);
	}
	access = (struct access){1, 1};
	expect_gp(do_xsetbv, &access, "XSETBV of register", 1);
	all = cpuid(LEAF_XSAVE, 0).eax;
	access = (struct access){0, all & 7};
	expect_true(!fault_catch(do_xsetbv, &access, &fault), "XCR0 = 0x%lx to work",
		all & 7);
	expect_equal(xgetbv(), all & 7, "XCR0 as it was set");
	cr_write(cr4, cr_read(cr4) & ~CR4_OSXSAVE);
}

static void check_cr8(void)
{
	for (u64 priority = 0; priority <= CR8_MAX; priority++) {
		cr_write(cr8, priority);
		expect_equal(cr_read(cr8), priority, "CR8");
	}
	cr_write(cr8, 0);
}

/* ---- What only we hide and refuse ---- */

static void check_cpuid(void)
{
	struct cpuid one = cpuid(1, 0);

	expect_true(hypervisor_leaf_max() >= LEAF_HYPERVISOR_END,
		"leaf 0x%x or more, found 0x%x", LEAF_HYPERVISOR_END,
		hypervisor_leaf_max());
	expect_true(one.ecx & CPUID_1_ECX_X2APIC, "an x2APIC");
	expect_true(one.ecx & CPUID_1_ECX_TSC_DEADLINE, "a TSC deadline");
	expect_equal(one.ecx & CPUID_1_ECX_VMX, 0, "VMX");
	expect_equal(cpuid(LEAF_EXTENDED, 0).ecx & CPUID_EXT1_ECX_SVM, 0, "SVM");
	expect_equal(cpuid(LEAF_SVM, 0).eax | cpuid(LEAF_SVM, 0).edx, 0,
		"the leaf of SVM");
	expect_equal(field_get(CPUID_1_EBX_APIC_ID, one.ebx), cpu_id(), "the APIC's id");
	/* Far behind the last leaves. */
	expect_equal(cpuid(0x40000080, 0).eax, 0, "a leaf that is none");
}

static void check_refused(void)
{
	static const u32 none[] = {0x1234, 0x48f, MSR_VMX_BASIC, MSR_VM_HSAVE_PA,
		0xc0010118, 0x40000000, 0x40000001, 0x4b564d00, 0xc0000110, 0xc0011fff,
		0x7fffffff, 0xffffffff};
	static const u64 efer_bits[] = {
		BIT(1), BIT(2), BIT(7), BIT(9), EFER_SVME, BIT(16), BIT(32), BIT(63)};
	u64 efer = msr_read(MSR_EFER);

	for (u32 i = 0; i < ARRAY_LEN(none); i++)
		expect_no_msr(none[i]);
	for (u32 i = 0; i < ARRAY_LEN(efer_bits); i++)
		expect_no_write(MSR_EFER, efer | efer_bits[i]);
	expect_no_write(MSR_EFER, efer & ~EFER_LME);
	expect_equal(msr_read(MSR_EFER), efer, "EFER after all that");
	expect_no_write(MSR_PAT, 0x0007040600070402); /* type 2 */
	expect_no_write(MSR_PAT, 0x0807040600070406); /* type 8 */
	expect_true(msr_read(MSR_FEATURE_CONTROL) & FEATURE_LOCKED,
		"a locked feature control");
	expect_no_write(MSR_FEATURE_CONTROL, 0);
	expect_true(msr_read(MSR_VM_CR) & VM_CR_SVMDIS, "SVM to be disabled");
	expect_no_write(MSR_VM_CR, 0);
	expect_true(msr_read(MSR_MTRRCAP) & 0xff, "some variable MTRRs");
	expect_no_write(MSR_MTRRCAP, 0);
	expect_no_write(MSR_MTRR_DEFAULT, 2);
	expect_keeps(MSR_MTRR_DEFAULT, 0xc06);
}

static void write_cr8(void *arg)
{
	cr_write(cr8, *(u64 *)arg);
}

static void check_cr8_refused(void)
{
	u64 bad[] = {CR8_MAX + 1, BIT(32), ~0UL};

	for (u32 i = 0; i < ARRAY_LEN(bad); i++)
		expect_gp(write_cr8, &bad[i], "CR8 =", bad[i]);
	expect_equal(cr_read(cr8), 0, "CR8 after all that");
}

static void check_tsc_adjust(void)
{
	u64 before = clock_ticks(), after;

	expect_equal(msr_read(MSR_TSC_ADJUST), 0,
		"IA32_TSC_ADJUST, with the TSC as it was");
	msr_write(MSR_TSC_ADJUST, 1000 * clock_hz());
	after = clock_ticks();
	expect_true(after - before >= 1000 * clock_hz() &&
			after - before < 1100 * clock_hz(),
		"a TSC that is 1000 s later, found %lu ticks", after - before);
	msr_write(MSR_TSC_ADJUST, 0);
	before = clock_ticks();
	msr_write(MSR_TSC, before + clock_hz());
	expect_true(msr_read(MSR_TSC_ADJUST) <= clock_hz() &&
			msr_read(MSR_TSC_ADJUST) > clock_hz() / 2,
		"what was added to the TSC in IA32_TSC_ADJUST, found %lu",
		msr_read(MSR_TSC_ADJUST));
	msr_write(MSR_TSC_ADJUST, 0);
}

static void check_tsc(void)
{
	u64 before = clock_ticks(), far = before + 1000 * clock_hz(), after;

	msr_write(MSR_TSC, far);
	after = clock_ticks();
	expect_true(after >= far && after < far + 100 * clock_hz(),
		"a TSC of 0x%lx or a little later, found 0x%lx", far, after);
	expect_true(msr_read(MSR_TSC) >= after, "the MSR to be the TSC");
	msr_write(MSR_TSC, before);
}

int guest_main(void)
{
	check_kept();
	check_efer();
	check_xcr0();
	check_cr8();
	if (!hypercall_works()) {
		print(TEST ": nobody below: not tried: what it hides and refuses\n");
		return test_ok();
	}
	check_cpuid();
	check_refused();
	check_cr8_refused();
	check_tsc_adjust();
	check_tsc();
	return test_ok();
}
