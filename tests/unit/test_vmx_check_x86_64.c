// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vmx/check.c: a VMCS in which nothing is wrong, in four of a CPU's modes, and one
// field after the other that breaks a rule.
#include "unit.h"

#include "arch/x86_64/vmx/check.h"

static const struct vmx_caps caps = {
	.pin = {0x16, 0x7f},
	.primary = {0x4006172, 0xfff9fffe},
	.secondary = {0, 0x10ff},
	.exit = {0x36dfb, 0x7fffff},
	.entry = {0x11fb, 0xffff},
	.cr0_must = CR0_PE | CR0_NE | CR0_PG,
	.cr0_may = BITS(31, 0),
	.cr4_must = CR4_VMXE,
	.cr4_may = BITS(22, 0) & ~BIT(15) & ~BIT(12),
	.address_bits = 40,
};

struct field {
	enum vmcs_field field;
	u64 value;
};

#define FIELDS_MAX 128

static struct field fields[FIELDS_MAX];
static u32 count;

static u64 *at(enum vmcs_field field)
{
	for (u32 i = 0; i < count; i++)
		if (fields[i].field == field)
			return &fields[i].value;
	assert_true(count < FIELDS_MAX);
	fields[count] = (struct field){field, 0};
	return &fields[count++].value;
}

static u64 read_field(void *arg, enum vmcs_field field)
{
	assert_ptr_equal(arg, &fields);
	return *at(field);
}

static bool check(struct check_result *result)
{
	const struct check_source source = {read_field, &fields};

	return check_vmcs(&caps, &source, result);
}

static void put(const struct field *list, u32 n)
{
	for (u32 i = 0; i < n; i++)
		*at(list[i].field) = list[i].value;
}

#define SEGMENT(n, selector, base, limit, access)              \
	{VMCS_SEGMENT(VMCS_GUEST_ES, n), selector},            \
		{VMCS_SEGMENT(VMCS_GUEST_ES_BASE, n), base},   \
		{VMCS_SEGMENT(VMCS_GUEST_ES_LIMIT, n), limit}, \
	{                                                      \
		VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, n), access  \
	}

/* A kernel in 64-bit mode. */
static const struct field long_mode[] = {
	{VMCS_PIN_CONTROLS, 0x3f},
	{VMCS_PRIMARY_CONTROLS, 0xb5986dfa},
	{VMCS_SECONDARY_CONTROLS, 0xea},
	{VMCS_EXIT_CONTROLS, 0x3fffff},
	{VMCS_ENTRY_CONTROLS, 0xd3ff},
	{VMCS_MSR_BITMAP, 0x5000},
	{VMCS_VPID, 1},
	{VMCS_EPT_POINTER, 0x701e},
	{VMCS_HOST_CR0, 0x80010033},
	{VMCS_HOST_CR3, 0x1000},
	{VMCS_HOST_CR4, CR4_VMXE | CR4_PAE},
	{VMCS_HOST_CS, 0x08},
	{VMCS_HOST_SS, 0x10},
	{VMCS_HOST_TR, 0x20},
	{VMCS_HOST_PAT, PAT_RESET},
	{VMCS_HOST_EFER, EFER_LME | EFER_LMA},
	{VMCS_GUEST_CR0, 0x80010033},
	{VMCS_GUEST_CR3, 0x1000},
	{VMCS_GUEST_CR4, CR4_VMXE | CR4_PAE},
	{VMCS_GUEST_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE},
	{VMCS_GUEST_PAT, PAT_RESET},
	{VMCS_GUEST_DR7, DR7_RESET},
	{VMCS_GUEST_RFLAGS, RFLAGS_IF | RFLAGS_ONE},
	{VMCS_GUEST_RIP, 0xffffffff81000000},
	{VMCS_LINK_POINTER, ~0UL},
	{VMCS_GUEST_GDTR_LIMIT, 0x7f},
	SEGMENT(SEG_ES, 0, 0, 0, ACCESS_UNUSABLE),
	SEGMENT(SEG_CS, 0x10, 0, 0xffffffff, 0xa09b),
	SEGMENT(SEG_SS, 0x18, 0, 0xffffffff, 0xc093),
	SEGMENT(SEG_DS, 0x18, 0, 0xffffffff, 0xc093),
	SEGMENT(SEG_FS, 0, 0, 0, ACCESS_UNUSABLE),
	SEGMENT(SEG_GS, 0, 0xffff888000000000, 0, ACCESS_UNUSABLE),
	SEGMENT(SEG_LDTR, 0, 0, 0, ACCESS_UNUSABLE),
	SEGMENT(SEG_TR, 0x40, 0xfffffe0000000000, 0x67, 0x8b),
};

/* What is different in real mode ... */
static const struct field real_mode[] = {
	{VMCS_ENTRY_CONTROLS, 0xd1ff},
	{VMCS_GUEST_CR0, CR0_ET | CR0_NE},
	{VMCS_GUEST_CR4, CR4_VMXE},
	{VMCS_GUEST_EFER, 0},
	{VMCS_GUEST_RIP, 0x7c00},
	SEGMENT(SEG_ES, 0x1000, 0x10000, 0xffff, 0x93),
	SEGMENT(SEG_CS, 0, 0, 0xffff, 0x9b),
	SEGMENT(SEG_SS, 0, 0, 0xffff, 0x93),
	SEGMENT(SEG_DS, 0, 0, 0xffff, 0x93),
	SEGMENT(SEG_FS, 0, 0, 0xffff, 0x93),
	SEGMENT(SEG_GS, 0, 0, 0xffff, 0x93),
	SEGMENT(SEG_LDTR, 0, 0, 0xffff, 0x82),
	SEGMENT(SEG_TR, 0, 0, 0xffff, 0x8b),
};

/* ... in 32-bit mode with PAE paging, on top of real mode ... */
static const struct field pae_mode[] = {
	{VMCS_GUEST_CR0, CR0_PG | CR0_ET | CR0_NE | CR0_PE},
	{VMCS_GUEST_CR4, CR4_VMXE | CR4_PAE},
	{VMCS_GUEST_PDPTE0, 0x2001},
	SEGMENT(SEG_CS, 0x8, 0, 0xffffffff, 0xc09b),
};

/* ... and in virtual-8086 mode, on top of that. */
static const struct field v8086_mode[] = {
	{VMCS_GUEST_RFLAGS, RFLAGS_VM | RFLAGS_IF | RFLAGS_ONE},
	{VMCS_GUEST_RIP, 0x7c00},
	SEGMENT(SEG_ES, 0x1000, 0x10000, 0xffff, 0xf3),
	SEGMENT(SEG_CS, 0, 0, 0xffff, 0xf3),
	SEGMENT(SEG_SS, 0, 0, 0xffff, 0xf3),
	SEGMENT(SEG_DS, 0, 0, 0xffff, 0xf3),
	SEGMENT(SEG_FS, 0, 0, 0xffff, 0xf3),
	SEGMENT(SEG_GS, 0, 0, 0xffff, 0xf3),
};

enum mode { LONG, REAL, PAE, V8086, MODES };

static void start(enum mode mode)
{
	count = 0;
	put(long_mode, ARRAY_LEN(long_mode));
	if (mode >= REAL)
		put(real_mode, ARRAY_LEN(real_mode));
	if (mode >= PAE)
		put(pae_mode, ARRAY_LEN(pae_mode));
	if (mode == V8086)
		put(v8086_mode, ARRAY_LEN(v8086_mode));
}

static void test_nothing_wrong(void **state)
{
	struct check_result result = {0};

	(void)state;
	for (enum mode mode = LONG; mode < MODES; mode++) {
		start(mode);
		if (!check(&result))
			fail_msg("mode %d: %s %s", mode, result.field, result.rule);
	}
}

#define EVENT(type, vector) (EVENT_VALID | field_put(EVENT_TYPE, type) | (vector))

/* What is right, and what is wrong: `also` first, then `field`, which must be the one named. */
static const struct row {
	enum mode mode;
	struct field also, bad;
	const char *name;
} rows[] = {
	{LONG, {0}, {VMCS_PIN_CONTROLS, 0x29}, "pin-based VM-execution controls"},
	{LONG, {0}, {VMCS_PIN_CONTROLS, 0xbf}, "pin-based VM-execution controls"},
	{LONG, {0}, {VMCS_PIN_CONTROLS, 0x37}, "pin-based VM-execution controls"},
	{LONG, {0}, {VMCS_PRIMARY_CONTROLS, 0}, "primary VM-execution controls"},
	{LONG, {VMCS_PIN_CONTROLS, 0x1f}, {VMCS_PRIMARY_CONTROLS, 0xb5d86dfa},
		"primary VM-execution controls"},
	{LONG, {0}, {VMCS_SECONDARY_CONTROLS, 0x10000},
		"secondary VM-execution controls"},
	{LONG, {0}, {VMCS_EXIT_CONTROLS, 0}, "VM-exit controls"},
	{LONG, {0}, {VMCS_EXIT_CONTROLS, 0x3ffdff}, "VM-exit controls"},
	{LONG, {0}, {VMCS_ENTRY_CONTROLS, 0x200}, "VM-entry controls"},
	{LONG, {0}, {VMCS_CR3_TARGET_COUNT, 5}, "CR3-target count"},
	{LONG, {0}, {VMCS_MSR_BITMAP, 0x5008}, "address of MSR bitmaps"},
	{LONG, {0}, {VMCS_MSR_BITMAP, 0x10000000000}, "address of MSR bitmaps"},
	{LONG, {0}, {VMCS_VPID, 0}, "VPID"},
	{LONG, {0}, {VMCS_EPT_POINTER, 0x701d}, "EPT pointer"},
	{LONG, {0}, {VMCS_EPT_POINTER, 0x7016}, "EPT pointer"},
	{LONG, {0}, {VMCS_EPT_POINTER, 0x709e}, "EPT pointer"},
	{LONG, {0}, {VMCS_EPT_POINTER, 0x1000000701e}, "EPT pointer"},

	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(1, 3)}, "VM-entry interruption-information"},
	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_NMI, 3)},
		"VM-entry interruption-information"},
	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, 32)},
		"VM-entry interruption-information"},
	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, VECTOR_GP)},
		"VM-entry interruption-information"},
	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, VECTOR_UD) | EVENT_HAS_ERROR},
		"VM-entry interruption-information"},
	{REAL, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, VECTOR_GP) | EVENT_HAS_ERROR},
		"VM-entry interruption-information"},
	{LONG, {0}, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, VECTOR_UD) | BIT(12)},
		"VM-entry interruption-information"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_EXCEPTION, VECTOR_GP) | EVENT_HAS_ERROR},
		{VMCS_ENTRY_ERROR, 0x10000}, "VM-entry exception error code"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_SOFTWARE_INTERRUPT, 0x80)},
		{VMCS_ENTRY_LENGTH, 0}, "VM-entry instruction length"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_SOFTWARE_EXCEPTION, 3)},
		{VMCS_ENTRY_LENGTH, 16}, "VM-entry instruction length"},

	{LONG, {0}, {VMCS_HOST_CR0, 0x80010013}, "host CR0"},
	{LONG, {0}, {VMCS_HOST_CR4, CR4_PAE}, "host CR4"},
	{LONG, {0}, {VMCS_HOST_CR4, CR4_VMXE}, "host CR4"},
	{LONG, {0}, {VMCS_HOST_CR3, 0x10000000000}, "host CR3"},
	{LONG, {0}, {VMCS_HOST_PAT, 0x0007040600070402}, "host IA32_PAT"},
	{LONG, {0}, {VMCS_HOST_EFER, EFER_LME}, "host IA32_EFER"},
	{LONG, {0}, {VMCS_HOST_CS, 0}, "host CS selector"},
	{LONG, {0}, {VMCS_HOST_CS, 0xb}, "host CS selector"},
	{LONG, {0}, {VMCS_HOST_TR, 0}, "host TR selector"},
	{LONG, {0}, {VMCS_HOST_GS, 4}, "host GS selector"},
	{LONG, {0}, {VMCS_HOST_RIP, BIT(47)}, "host RIP"},
	{LONG, {0}, {VMCS_HOST_GS_BASE, BIT(63)}, "host GS base"},

	{LONG, {0}, {VMCS_GUEST_CR0, 0x80010013}, "guest CR0"},
	{REAL, {0}, {VMCS_GUEST_CR0, CR0_PG | CR0_NE}, "guest CR0"},
	{LONG, {0}, {VMCS_GUEST_CR0, CR0_PE | CR0_NE}, "guest CR0"},
	{LONG, {0}, {VMCS_GUEST_CR0, BIT(32) | CR0_PG | CR0_PE | CR0_NE}, "guest CR0"},
	{LONG, {0}, {VMCS_GUEST_CR4, CR4_PAE}, "guest CR4"},
	{LONG, {0}, {VMCS_GUEST_CR4, CR4_VMXE}, "guest CR4"},
	{LONG, {0}, {VMCS_GUEST_CR4, CR4_VMXE | CR4_PAE | CR4_LA57}, "guest CR4"},
	{PAE, {0}, {VMCS_GUEST_CR4, CR4_VMXE | CR4_PAE | CR4_PCIDE}, "guest CR4"},
	{LONG, {0}, {VMCS_GUEST_CR3, BIT(63)}, "guest CR3"},
	{LONG, {0}, {VMCS_GUEST_DR7, BIT(32)}, "guest DR7"},
	{LONG, {0}, {VMCS_GUEST_SYSENTER_ESP, BIT(60)}, "guest IA32_SYSENTER_ESP"},
	{LONG, {0}, {VMCS_GUEST_SYSENTER_EIP, BIT(60)}, "guest IA32_SYSENTER_EIP"},
	{LONG, {0}, {VMCS_GUEST_PAT, 8}, "guest IA32_PAT"},
	{LONG, {0}, {VMCS_GUEST_EFER, EFER_LME | EFER_LMA | EFER_SVME},
		"guest IA32_EFER"},
	{LONG, {0}, {VMCS_GUEST_EFER, EFER_LME}, "guest IA32_EFER"},
	{LONG, {0}, {VMCS_GUEST_EFER, EFER_LMA}, "guest IA32_EFER"},
	{REAL, {0}, {VMCS_GUEST_EFER, EFER_LMA}, "guest IA32_EFER"},
	{PAE, {0}, {VMCS_GUEST_EFER, EFER_LME}, "guest IA32_EFER"},

	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0x1a09b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa093}, NULL},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa09a}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa0fb}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa0ff}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xe09b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa08b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa01b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0xa19b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_ACCESS, 0x209b}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_LIMIT, 0xfffff}, NULL},
	{LONG, {0}, {VMCS_GUEST_CS_LIMIT, 0xffff0}, "guest CS access rights"},
	{LONG, {0}, {VMCS_GUEST_CS_BASE, BIT(32)}, "guest CS base"},
	{REAL, {0}, {VMCS_GUEST_CS_ACCESS, 0x93}, NULL},
	{REAL, {0}, {VMCS_GUEST_CS_ACCESS, 0xf3}, "guest CS access rights"},
	{REAL, {VMCS_GUEST_CS_ACCESS, 0x9f}, {VMCS_GUEST_SS_ACCESS, 0xf3},
		"guest SS access rights"},
	{LONG, {0}, {VMCS_GUEST_SS_ACCESS, 0xc091}, "guest SS access rights"},
	{LONG, {0}, {VMCS_GUEST_SS_ACCESS, ACCESS_UNUSABLE}, NULL},
	{LONG, {0}, {VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, SEG_DS), 0xc092},
		"guest DS access rights"},
	{LONG, {0}, {VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, SEG_DS), 0xc099},
		"guest DS access rights"},
	{LONG, {0}, {VMCS_SEGMENT(VMCS_GUEST_ES_BASE, SEG_DS), BIT(32)}, "guest DS base"},
	{LONG, {0}, {VMCS_SEGMENT(VMCS_GUEST_ES_BASE, SEG_ES), BIT(32)}, NULL},
	{LONG, {0}, {VMCS_GUEST_FS_BASE, BIT(47)}, "guest FS base"},
	{LONG, {0}, {VMCS_GUEST_GS_BASE, BIT(63)}, "guest GS base"},
	{LONG, {0}, {VMCS_GUEST_TR, 0x44}, "guest TR selector"},
	{LONG, {0}, {VMCS_GUEST_TR_ACCESS, ACCESS_UNUSABLE | 0x8b},
		"guest TR access rights"},
	{LONG, {0}, {VMCS_GUEST_TR_ACCESS, 0x89}, "guest TR access rights"},
	{LONG, {0}, {VMCS_GUEST_TR_ACCESS, 0x83}, "guest TR access rights"},
	{REAL, {0}, {VMCS_GUEST_TR_ACCESS, 0x83}, NULL},
	{LONG, {0}, {VMCS_GUEST_TR_ACCESS, 0x9b}, "guest TR access rights"},
	{LONG, {0}, {VMCS_GUEST_TR_ACCESS, 0xb}, "guest TR access rights"},
	{LONG, {0}, {VMCS_GUEST_TR_BASE, BIT(47)}, "guest TR base"},
	{REAL, {0}, {VMCS_GUEST_LDTR_ACCESS, 0x8b}, "guest LDTR access rights"},
	{REAL, {0}, {VMCS_GUEST_LDTR, 4}, "guest LDTR selector"},
	{REAL, {0}, {VMCS_GUEST_LDTR_BASE, BIT(47)}, "guest LDTR base"},
	{LONG, {0}, {VMCS_GUEST_LDTR_BASE, BIT(47)}, NULL},
	{V8086, {0}, {VMCS_GUEST_ES_BASE, 0x10001}, "guest ES base"},
	{V8086, {0}, {VMCS_GUEST_ES_LIMIT, 0xfffff}, "guest ES limit"},
	{V8086, {0}, {VMCS_GUEST_SS_ACCESS, 0x93}, "guest SS access rights"},

	{LONG, {0}, {VMCS_GUEST_GDTR_BASE, BIT(47)}, "guest GDTR base"},
	{LONG, {0}, {VMCS_GUEST_IDTR_BASE, BIT(47)}, "guest IDTR base"},
	{LONG, {0}, {VMCS_GUEST_GDTR_LIMIT, 0x10000}, "guest GDTR limit"},
	{LONG, {0}, {VMCS_GUEST_IDTR_LIMIT, 0x10000}, "guest IDTR limit"},
	{LONG, {0}, {VMCS_GUEST_RIP, BIT(47)}, "guest RIP"},
	{PAE, {0}, {VMCS_GUEST_RIP, BIT(32)}, "guest RIP"},
	{LONG, {0}, {VMCS_GUEST_RFLAGS, RFLAGS_IF}, "guest RFLAGS"},
	{LONG, {0}, {VMCS_GUEST_RFLAGS, RFLAGS_ONE | BIT(3)}, "guest RFLAGS"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_EXTERNAL, 0x20)},
		{VMCS_GUEST_RFLAGS, RFLAGS_ONE}, "guest RFLAGS"},

	{LONG, {0}, {VMCS_GUEST_INTERRUPTIBILITY, BIT(5)},
		"guest interruptibility state"},
	{LONG, {0}, {VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI | BLOCKING_MOV_SS},
		"guest interruptibility state"},
	{LONG, {VMCS_GUEST_RFLAGS, RFLAGS_ONE},
		{VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI},
		"guest interruptibility state"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_EXTERNAL, 0x20)},
		{VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI},
		"guest interruptibility state"},
	{LONG, {VMCS_ENTRY_EVENT, EVENT(VMX_NMI, VECTOR_NMI)},
		{VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_NMI},
		"guest interruptibility state"},
	{LONG, {0}, {VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_NMI}, NULL},
	{LONG, {0}, {VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_SMI},
		"guest interruptibility state"},
	{LONG, {0}, {VMCS_GUEST_ACTIVITY, 1}, "guest activity state"},
	{LONG, {VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI},
		{VMCS_GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF | RFLAGS_TF},
		"guest pending debug exceptions"},
	{LONG, {VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_MOV_SS},
		{VMCS_GUEST_PENDING_DEBUG, PENDING_BS}, "guest pending debug exceptions"},
	{LONG, {0}, {VMCS_LINK_POINTER, 0}, "VMCS link pointer"},
	{PAE, {0}, {VMCS_GUEST_PDPTE0, 3}, "guest PDPTE0"},
	{PAE, {0}, {VMCS_GUEST_PDPTE0 + 6, BIT(40) | 1}, "guest PDPTE3"},
	{LONG, {0}, {VMCS_GUEST_PDPTE0, 3}, NULL},
};

static void test_broken_rules(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct check_result result = {0};
		bool good;

		start(row->mode);
		if (row->also.field)
			put(&row->also, 1);
		put(&row->bad, 1);
		good = check(&result);
		if (!good && row->name && strcmp(result.field, row->name) == 0)
			continue;
		if (good && !row->name)
			continue;
		fail_msg("row %u: expected %s, found %s %s", i,
			row->name ? row->name : "nothing",
			good ? "nothing" : result.field, good ? "" : result.rule);
	}
}

/* What is printed: the field's contents, and a rule that is a sentence with the field's name. */
static void test_result(void **state)
{
	struct check_result result = {0};

	(void)state;
	start(LONG);
	*at(VMCS_GUEST_RIP) = 0x800000000000;
	assert_false(check(&result));
	assert_string_equal(result.field, "guest RIP");
	assert_int_equal(result.value, 0x800000000000);
	assert_memory_equal(result.rule, "must be canonical", 17);
}

/* Whatever is in the fields, the check comes to an end and names one of them. */
static void test_noise(void **state)
{
	u64 noise = 0x9e3779b97f4a7c15;

	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		struct check_result result = {0};
		u32 which;

		start((enum mode)(round % MODES));
		which = (u32)(noise >> 33) % count;
		fields[which].value ^= 1UL << (noise >> 58);
		noise = noise * 6364136223846793005 + 1442695040888963407;
		if (!check(&result)) {
			assert_non_null(result.field);
			assert_non_null(result.rule);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wrong),
		cmocka_unit_test(test_broken_rules),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
