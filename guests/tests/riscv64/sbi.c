// SPDX-License-Identifier: Apache-2.0
// Every call that must work, with good parameters. SBI specification 2.0.
#define TEST "sbi"
#include "../check.h"
#include <arch/sbi.h>

#define SPEC_MAJOR BITS(30, 24)

static const struct {
	const char *name;
	u64 id;
	bool wanted;
} extensions[] = {
	{"base", SBI_EXT_BASE, true},
	{"TIME", SBI_EXT_TIME, true},
	{"IPI", SBI_EXT_IPI, true},
	{"RFENCE", SBI_EXT_RFENCE, true},
	{"HSM", SBI_EXT_HSM, true},
	{"SRST", SBI_EXT_SRST, true},
	{"DBCN", SBI_EXT_DBCN, true},
	{"legacy set_timer", SBI_EXT_LEGACY_SET_TIMER, true},
	{"legacy putchar", SBI_EXT_LEGACY_PUTCHAR, true},
	{"legacy getchar", SBI_EXT_LEGACY_GETCHAR, true},
	{"legacy shutdown", SBI_EXT_LEGACY_SHUTDOWN, true},
	{"nobody's", 0x12345678, false},
	{"nobody's", ~0UL, false},
};

static u64 base_call(const char *name, u64 function, u64 arg)
{
	struct sbi_ret ret = sbi_call(SBI_EXT_BASE, function, arg, 0, 0, 0, 0);

	expect_equal(ret.error, SBI_SUCCESS, "error of %s", name);
	return ret.value;
}

static void check_base(void)
{
	u64 version = base_call("get_spec_version", SBI_BASE_SPEC_VERSION, 0);

	expect_true(version < BIT(31) && field_get(SPEC_MAJOR, version) >= 1,
		"specification version 1.0 or later, found 0x%lx", version);
	print(TEST ": spec 0x%lx, implementation %lu version 0x%lx\n", version,
		base_call("get_impl_id", SBI_BASE_IMPL_ID, 0),
		base_call("get_impl_version", SBI_BASE_IMPL_VERSION, 0));
	print(TEST ": vendor 0x%lx, architecture 0x%lx, implementation 0x%lx\n",
		base_call("get_mvendorid", SBI_BASE_MVENDORID, 0),
		base_call("get_marchid", SBI_BASE_MARCHID, 0),
		base_call("get_mimpid", SBI_BASE_MIMPID, 0));
	for (u32 i = 0; i < ARRAY_LEN(extensions); i++)
		expect_equal(base_call("probe", SBI_BASE_PROBE, extensions[i].id) != 0,
			extensions[i].wanted, "probe_extension of %s",
			extensions[i].name);
}

/* Chapter 3: a call changes a0 and a1 and nothing else. */
static void check_registers(void)
{
	register u64 a0 __asm__("a0") = 0;
	register u64 a1 __asm__("a1") = 0;
	register u64 a2 __asm__("a2") = 0xa2;
	register u64 a3 __asm__("a3") = 0xa3;
	register u64 a4 __asm__("a4") = 0xa4;
	register u64 a5 __asm__("a5") = 0xa5;
	register u64 a6 __asm__("a6") = SBI_BASE_SPEC_VERSION;
	register u64 a7 __asm__("a7") = SBI_EXT_BASE;
	register u64 t0 __asm__("t0") = 0x70;
	register u64 t1 __asm__("t1") = 0x71;
	register u64 t2 __asm__("t2") = 0x72;
	register u64 t6 __asm__("t6") = 0x76;

	__asm__ volatile("ecall"
		: "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6),
		"+r"(a7), "+r"(t0), "+r"(t1), "+r"(t2), "+r"(t6)::"memory");
	expect_true(a2 == 0xa2 && a3 == 0xa3 && a4 == 0xa4 && a5 == 0xa5,
		"a2-a5 kept by a call, found %lx %lx %lx %lx", a2, a3, a4, a5);
	expect_true(a6 == SBI_BASE_SPEC_VERSION && a7 == SBI_EXT_BASE,
		"a6 and a7 kept by a call, found %lx %lx", a6, a7);
	expect_true(t0 == 0x70 && t1 == 0x71 && t2 == 0x72 && t6 == 0x76,
		"t0-t2 and t6 kept by a call, found %lx %lx %lx %lx", t0, t1, t2, t6);
}

static void check_console(void)
{
	static const char text[] = TEST ": written by console_write\n";
	char buffer[8];
	struct sbi_ret ret = sbi_debug_write(text, sizeof(text) - 1);

	expect_equal(ret.error, SBI_SUCCESS, "error of console_write");
	expect_true(ret.value >= 1 && ret.value < sizeof(text),
		"console_write to write 1 to %lu bytes, found %lu", sizeof(text) - 1,
		ret.value);
	if (ret.value < sizeof(text) - 1)
		print("\n");
	ret = sbi_debug_write(text, 0);
	expect_equal(ret.error, SBI_SUCCESS, "error of console_write of nothing");
	expect_equal(ret.value, 0, "bytes of console_write of nothing");
	ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, '\n', 0, 0, 0, 0);
	expect_equal(ret.error, SBI_SUCCESS, "error of console_write_byte");
	ret = sbi_debug_read(buffer, sizeof(buffer));
	expect_equal(ret.error, SBI_SUCCESS, "error of console_read");
	expect_equal(ret.value, 0, "bytes of console_read, with nothing typed");
	ret = sbi_call(SBI_EXT_LEGACY_PUTCHAR, 0, '\n', 0, 0, 0, 0);
	expect_equal(ret.error, 0, "error of legacy putchar");
	ret = sbi_call(SBI_EXT_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0);
	expect_equal(ret.error, -1, "legacy getchar, with nothing typed");
}

static void check_others(void)
{
	u64 here = cpu_id();

	expect_equal(sbi_set_timer(~0UL).error, SBI_SUCCESS, "error of set_timer");
	expect_equal(sbi_send_ipi(1, here).error, SBI_SUCCESS, "error of send_ipi");
	expect_true(csr_read(sip) & SIE_SSIE, "sip.SSIP after an IPI to itself");
	csr_clear(sip, SIE_SSIE);
	expect_true(!(csr_read(sip) & SIE_SSIE), "no sip.SSIP after it was cleared");
	expect_equal(sbi_send_ipi(0, 0).error, SBI_SUCCESS,
		"error of send_ipi to nobody");
	expect_equal(sbi_send_ipi(0, ~0UL).error, SBI_SUCCESS,
		"error of send_ipi to all");
	csr_clear(sip, SIE_SSIE);
	expect_equal(sbi_fence_i(1, here).error, SBI_SUCCESS, "error of remote_fence_i");
	expect_equal(sbi_sfence_vma(1, here, 0, 0).error, SBI_SUCCESS,
		"error of sfence_vma");
	expect_equal(sbi_sfence_vma(0, ~0UL, 0x1000, ~0UL).error, SBI_SUCCESS,
		"error of sfence_vma of everything on all");
	expect_equal(sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA_ASID, 1, here, 0x1000,
			     0x1000, 1)
			     .error,
		SBI_SUCCESS, "error of sfence_vma_asid");
	expect_equal(sbi_hart_status(here).error, SBI_SUCCESS,
		"error of hart_get_status");
	expect_equal(sbi_hart_status(here).value, HSM_STARTED, "status of this hart");
}

int guest_main(void)
{
	check_base();
	check_registers();
	check_console();
	check_others();
	return test_ok();
}
