// SPDX-License-Identifier: Apache-2.0
// The checks of VM entries in the manual's order (SDM volume 3C, 26.2 and 26.3), for fields that
// the hypervisor uses; it always has EPT, unrestricted guest and 64-bit hosts. The processor
// itself tells no more than that one of them has failed.
#include "check.h"

#define SELECTOR_TI_RPL BITS(2, 0)
#define SELECTOR_TI     BIT(2)
#define HIGH_HALF       BITS(63, 32)
#define REAL_LIMIT      0xffffUL
#define CR3_TARGETS_MAX 4

/* What all checks need, read once. */
struct check {
	const struct vmx_caps *caps;
	const struct check_source *source;
	struct check_result *result;
	u64 rflags, cr0, cr4, efer, entry, secondary, event, cs_access, ss_access;
	bool long_mode; /* IA-32e mode guest */
	bool v8086;
};

static u64 get(const struct check *c, enum vmcs_field field)
{
	return c->source->read(c->source->arg, field);
}

/* `ok`, or the result. */
static bool need(const struct check *c, bool ok, enum vmcs_field field, const char *name,
	const char *rule)
{
	if (!ok)
		*c->result = (struct check_result){name, get(c, field), rule};
	return ok;
}

static bool fits(const struct vmx_control *control, u64 value)
{
	return !(control->must & ~value) && !(value & ~(u64)control->may);
}

static bool fixed(u64 must, u64 may, u64 value)
{
	return !(must & ~value) && !(value & ~may);
}

static bool canonical(u64 address)
{
	return sign_extend(address, 47) == address;
}

static bool physical(const struct check *c, u64 address)
{
	return !(address >> c->caps->address_bits);
}

/* SDM 11.12.2 */
static bool pat_valid(u64 pat)
{
	for (u32 i = 0; i < sizeof(pat); i++) {
		u8 type = (u8)(pat >> 8 * i);

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

/* ---- 26.2.1: control fields ---- */

static bool check_reserved(const struct check *c)
{
	const struct vmx_caps *caps = c->caps;
	static const char rule[] =
		"must have the bits that the processor's capability MSRs ask for, and no other";

	return need(c, fits(&caps->pin, get(c, VMCS_PIN_CONTROLS)), VMCS_PIN_CONTROLS,
		       "pin-based VM-execution controls", rule) &&
		need(c, fits(&caps->primary, get(c, VMCS_PRIMARY_CONTROLS)),
			VMCS_PRIMARY_CONTROLS, "primary VM-execution controls", rule) &&
		need(c, fits(&caps->secondary, c->secondary), VMCS_SECONDARY_CONTROLS,
			"secondary VM-execution controls", rule) &&
		need(c, fits(&caps->exit, get(c, VMCS_EXIT_CONTROLS)), VMCS_EXIT_CONTROLS,
			"VM-exit controls", rule) &&
		need(c, fits(&caps->entry, c->entry), VMCS_ENTRY_CONTROLS,
			"VM-entry controls", rule);
}

static bool check_execution(const struct check *c)
{
	u64 pin = get(c, VMCS_PIN_CONTROLS), primary = get(c, VMCS_PRIMARY_CONTROLS);
	u64 bitmap = get(c, VMCS_MSR_BITMAP);

	return need(c, get(c, VMCS_CR3_TARGET_COUNT) <= CR3_TARGETS_MAX,
		       VMCS_CR3_TARGET_COUNT, "CR3-target count", "must be at most 4") &&
		need(c,
			!(primary & PRIMARY_MSR_BITMAP) ||
				(!(bitmap % PAGE_SIZE) && physical(c, bitmap)),
			VMCS_MSR_BITMAP, "address of MSR bitmaps",
			"must be a physical address, and a multiple of 4 KiB") &&
		need(c, !(pin & PIN_VIRTUAL_NMIS) || pin & PIN_NMI, VMCS_PIN_CONTROLS,
			"pin-based VM-execution controls",
			"must have NMI exiting for virtual NMIs") &&
		need(c, !(primary & PRIMARY_NMI_WINDOW) || pin & PIN_VIRTUAL_NMIS,
			VMCS_PRIMARY_CONTROLS, "primary VM-execution controls",
			"must have no NMI-window exiting without virtual NMIs");
}

static bool check_memory(const struct check *c)
{
	u64 eptp = get(c, VMCS_EPT_POINTER);

	return need(c, !(c->secondary & SECONDARY_VPID) || get(c, VMCS_VPID), VMCS_VPID,
		       "VPID", "must not be 0") &&
		need(c, field_get(BITS(2, 0), eptp) == EPTP_WB, VMCS_EPT_POINTER,
			"EPT pointer", "must have memory type 6 in bits 2:0") &&
		need(c, (eptp & BITS(5, 3)) == EPTP_WALK_4, VMCS_EPT_POINTER,
			"EPT pointer", "must have 3, the levels less 1, in bits 5:3") &&
		need(c, !(eptp & BITS(11, 7)) && physical(c, eptp), VMCS_EPT_POINTER,
			"EPT pointer", "must be a physical address with bits 11:7 clear");
}

/* Exceptions that push an error code (6.13). */
static bool has_error(u64 vector)
{
	static const u64 with = BIT(VECTOR_DF) | BIT(VECTOR_TS) | BIT(VECTOR_NP) |
		BIT(VECTOR_SS) | BIT(VECTOR_GP) | BIT(VECTOR_PF) | BIT(VECTOR_AC) |
		BIT(VECTOR_CP);

	return vector < VECTOR_EXCEPTIONS && with & BIT(vector);
}

static bool check_event(const struct check *c)
{
	static const char name[] = "VM-entry interruption-information";
	u64 type = field_get(EVENT_TYPE, c->event);
	u64 vector = field_get(EVENT_VECTOR, c->event);
	bool error = c->event & EVENT_HAS_ERROR;
	bool software = type == VMX_SOFTWARE_INTERRUPT ||
		type == VMX_PRIVILEGED_EXCEPTION || type == VMX_SOFTWARE_EXCEPTION;
	u64 length = get(c, VMCS_ENTRY_LENGTH);

	if (!(c->event & EVENT_VALID))
		return true;
	return need(c, type != 1 && type != 7, VMCS_ENTRY_EVENT, name,
		       "must have no reserved type in bits 10:8") &&
		need(c, type != VMX_NMI || vector == VECTOR_NMI, VMCS_ENTRY_EVENT, name,
			"must have vector 2 for an NMI") &&
		need(c, type != VMX_EXCEPTION || vector < VECTOR_EXCEPTIONS,
			VMCS_ENTRY_EVENT, name,
			"must have a vector below 32 for an exception") &&
		need(c,
			error ==
				(type == VMX_EXCEPTION && has_error(vector) &&
					c->cr0 & CR0_PE),
			VMCS_ENTRY_EVENT, name,
			"must have an error code in protected mode with exceptions that "
			"push one, and never else") &&
		need(c, !(c->event & EVENT_RESERVED), VMCS_ENTRY_EVENT, name,
			"must have bits 30:12 clear") &&
		need(c, !error || !(get(c, VMCS_ENTRY_ERROR) & BITS(31, 16)),
			VMCS_ENTRY_ERROR, "VM-entry exception error code",
			"must have bits 31:16 clear") &&
		need(c, !software || (length >= 1 && length <= 15), VMCS_ENTRY_LENGTH,
			"VM-entry instruction length",
			"must be 1 to 15 for a software interrupt or exception");
}

/* ---- 26.2.2 to 26.2.4: the host's state ---- */

static bool check_host_registers(const struct check *c)
{
	const struct vmx_caps *caps = c->caps;
	u64 cr4 = get(c, VMCS_HOST_CR4), efer = get(c, VMCS_HOST_EFER);

	return need(c, fixed(caps->cr0_must, caps->cr0_may, get(c, VMCS_HOST_CR0)),
		       VMCS_HOST_CR0, "host CR0", "must have the bits fixed by VMX") &&
		need(c, fixed(caps->cr4_must, caps->cr4_may, cr4) && cr4 & CR4_PAE,
			VMCS_HOST_CR4, "host CR4",
			"must have the bits fixed by VMX, and PAE") &&
		need(c, physical(c, get(c, VMCS_HOST_CR3)), VMCS_HOST_CR3, "host CR3",
			"must be a physical address") &&
		need(c, pat_valid(get(c, VMCS_HOST_PAT)), VMCS_HOST_PAT, "host IA32_PAT",
			"must have memory types only") &&
		need(c, efer & EFER_LMA && efer & EFER_LME, VMCS_HOST_EFER,
			"host IA32_EFER", "must have LMA and LME") &&
		need(c, get(c, VMCS_EXIT_CONTROLS) & EXITS_HOST_64, VMCS_EXIT_CONTROLS,
			"VM-exit controls", "must have host address-space size");
}

static bool check_host_segments(const struct check *c)
{
	static const struct {
		enum vmcs_field field;
		const char *name;
		bool not_null;
	} selectors[] = {
		{VMCS_HOST_ES, "host ES selector", false},
		{VMCS_HOST_CS, "host CS selector", true},
		{VMCS_HOST_SS, "host SS selector", false},
		{VMCS_HOST_DS, "host DS selector", false},
		{VMCS_HOST_FS, "host FS selector", false},
		{VMCS_HOST_GS, "host GS selector", false},
		{VMCS_HOST_TR, "host TR selector", true},
	};

	for (u32 i = 0; i < ARRAY_LEN(selectors); i++) {
		u64 value = get(c, selectors[i].field);

		if (!need(c, !(value & SELECTOR_TI_RPL), selectors[i].field,
			    selectors[i].name, "must have bits 2:0 clear") ||
			!need(c, !selectors[i].not_null || value, selectors[i].field,
				selectors[i].name, "must not be 0"))
			return false;
	}
	return true;
}

static bool check_host_addresses(const struct check *c)
{
	static const struct {
		enum vmcs_field field;
		const char *name;
	} addresses[] = {
		{VMCS_HOST_SYSENTER_ESP, "host IA32_SYSENTER_ESP"},
		{VMCS_HOST_SYSENTER_EIP, "host IA32_SYSENTER_EIP"},
		{VMCS_HOST_FS_BASE, "host FS base"},
		{VMCS_HOST_GS_BASE, "host GS base"},
		{VMCS_HOST_TR_BASE, "host TR base"},
		{VMCS_HOST_GDTR_BASE, "host GDTR base"},
		{VMCS_HOST_IDTR_BASE, "host IDTR base"},
		{VMCS_HOST_RIP, "host RIP"},
	};

	for (u32 i = 0; i < ARRAY_LEN(addresses); i++)
		if (!need(c, canonical(get(c, addresses[i].field)), addresses[i].field,
			    addresses[i].name, "must be canonical"))
			return false;
	return true;
}

/* ---- 26.3.1.1: control registers, debug registers, MSRs ---- */

static bool check_control_registers(const struct check *c)
{
	const struct vmx_caps *caps = c->caps;
	u64 cr0_must = caps->cr0_must & ~(CR0_PE | CR0_PG);

	return need(c, fixed(cr0_must, caps->cr0_may, c->cr0), VMCS_GUEST_CR0,
		       "guest CR0", "must have the bits fixed by VMX") &&
		need(c, !(c->cr0 & CR0_PG) || c->cr0 & CR0_PE, VMCS_GUEST_CR0,
			"guest CR0", "must have PE with PG") &&
		need(c, fixed(caps->cr4_must, caps->cr4_may, c->cr4), VMCS_GUEST_CR4,
			"guest CR4", "must have the bits fixed by VMX") &&
		need(c, !c->long_mode || c->cr0 & CR0_PG, VMCS_GUEST_CR0, "guest CR0",
			"must have PG in IA-32e mode") &&
		need(c, !c->long_mode || c->cr4 & CR4_PAE, VMCS_GUEST_CR4, "guest CR4",
			"must have PAE in IA-32e mode") &&
		need(c, c->long_mode || !(c->cr4 & CR4_PCIDE), VMCS_GUEST_CR4,
			"guest CR4", "must have no PCIDE outside IA-32e mode") &&
		need(c, physical(c, get(c, VMCS_GUEST_CR3)), VMCS_GUEST_CR3, "guest CR3",
			"must be a physical address");
}

static bool check_msrs(const struct check *c)
{
	bool lma = c->efer & EFER_LMA, lme = c->efer & EFER_LME;

	return need(c, !(get(c, VMCS_GUEST_DR7) & HIGH_HALF), VMCS_GUEST_DR7, "guest DR7",
		       "must have bits 63:32 clear") &&
		need(c, canonical(get(c, VMCS_GUEST_SYSENTER_ESP)),
			VMCS_GUEST_SYSENTER_ESP, "guest IA32_SYSENTER_ESP",
			"must be canonical") &&
		need(c, canonical(get(c, VMCS_GUEST_SYSENTER_EIP)),
			VMCS_GUEST_SYSENTER_EIP, "guest IA32_SYSENTER_EIP",
			"must be canonical") &&
		need(c, pat_valid(get(c, VMCS_GUEST_PAT)), VMCS_GUEST_PAT,
			"guest IA32_PAT", "must have memory types only") &&
		need(c, !(c->efer & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)),
			VMCS_GUEST_EFER, "guest IA32_EFER",
			"must have no reserved bits") &&
		need(c, lma == c->long_mode, VMCS_GUEST_EFER, "guest IA32_EFER",
			"must have LMA as VM-entry controls have IA-32e mode guest") &&
		need(c, !(c->cr0 & CR0_PG) || lma == lme, VMCS_GUEST_EFER,
			"guest IA32_EFER", "must have LMA as LME with paging");
}

/* ---- 26.3.1.2: segments ---- */

static const struct {
	const char *base, *limit, *access;
} segments[] = {
	[SEG_ES] = {"guest ES base", "guest ES limit", "guest ES access rights"},
	[SEG_CS] = {"guest CS base", "guest CS limit", "guest CS access rights"},
	[SEG_SS] = {"guest SS base", "guest SS limit", "guest SS access rights"},
	[SEG_DS] = {"guest DS base", "guest DS limit", "guest DS access rights"},
	[SEG_FS] = {"guest FS base", "guest FS limit", "guest FS access rights"},
	[SEG_GS] = {"guest GS base", "guest GS limit", "guest GS access rights"},
	[SEG_LDTR] = {"guest LDTR base", "guest LDTR limit", "guest LDTR access rights"},
	[SEG_TR] = {"guest TR base", "guest TR limit", "guest TR access rights"},
};

struct check_segment {
	enum segment_reg n;
	u64 base, limit, access, type;
};

static struct check_segment segment(const struct check *c, enum segment_reg n)
{
	u64 access = get(c, VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, n));

	return (struct check_segment){
		.n = n,
		.base = get(c, VMCS_SEGMENT(VMCS_GUEST_ES_BASE, n)),
		.limit = get(c, VMCS_SEGMENT(VMCS_GUEST_ES_LIMIT, n)),
		.access = access,
		.type = field_get(SEG_TYPE, access),
	};
}

static bool need_access(const struct check *c, const struct check_segment *s, bool ok,
	const char *rule)
{
	return need(c, ok, VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, s->n),
		segments[s->n].access, rule);
}

static bool need_base(const struct check *c, const struct check_segment *s, bool ok,
	const char *rule)
{
	return need(c, ok, VMCS_SEGMENT(VMCS_GUEST_ES_BASE, s->n), segments[s->n].base,
		rule);
}

/* What is the same for all that are usable. */
static bool check_form(const struct check *c, const struct check_segment *s, bool system)
{
	return need_access(c, s, !(s->access & SEG_S) == system,
		       system ? "must be a system segment (S, bit 4, clear)"
			      : "must be no system segment (S, bit 4)") &&
		need_access(c, s, s->access & SEG_P, "must be present (P, bit 7)") &&
		need_access(c, s, !(s->access & ACCESS_RESERVED),
			"must have no reserved bits") &&
		need_access(c, s,
			!(s->access & ACCESS_G) || (~s->limit & BITS(11, 0)) == 0,
			"must have no G (bit 15) if bits 11:0 of the limit are not all 1") &&
		need_access(c, s, s->access & ACCESS_G || !(s->limit & BITS(31, 20)),
			"must have G (bit 15) if bits 31:20 of the limit are not 0");
}

static bool check_code(const struct check *c, const struct check_segment *s)
{
	u64 dpl = field_get(SEG_DPL, s->access),
	    ss_dpl = field_get(SEG_DPL, c->ss_access);

	switch (s->type) {
	case 3:
		if (!need_access(c, s, dpl == 0, "must have DPL 0 if it is data"))
			return false;
		break;
	case 9:
	case 11:
		if (!need_access(c, s, dpl == ss_dpl, "must have the DPL of SS"))
			return false;
		break;
	case 13:
	case 15:
		if (!need_access(c, s, dpl <= ss_dpl,
			    "must have a DPL not above that of SS if it is conforming"))
			return false;
		break;
	default: return need_access(c, s, false, "must have type 3, 9, 11, 13 or 15");
	}
	return need_access(c, s,
		       !c->long_mode || !(s->access & ACCESS_L) ||
			       !(s->access & ACCESS_DB),
		       "must have no D (bit 14) with L (bit 13)") &&
		need_base(c, s, !(s->base & HIGH_HALF), "must have bits 63:32 clear");
}

static bool check_stack(const struct check *c, const struct check_segment *s)
{
	bool zero = field_get(SEG_TYPE, c->cs_access) == 3 || !(c->cr0 & CR0_PE);

	return need_access(c, s, !zero || !(s->access & SEG_DPL),
		       "must have DPL 0 in real mode") &&
		(s->access & ACCESS_UNUSABLE ||
			need_access(c, s, s->type == 3 || s->type == 7,
				"must have type 3 or 7"));
}

static bool check_data(const struct check *c, const struct check_segment *s)
{
	return need_access(c, s, s->type & 1, "must be accessed (bit 0)") &&
		need_access(c, s, !(s->type & 8) || s->type & 2,
			"must be readable (bit 1) if it is code");
}

static bool check_segment(const struct check *c, enum segment_reg n)
{
	const struct check_segment s = segment(c, n);
	bool usable = !(s.access & ACCESS_UNUSABLE), high = n == SEG_FS || n == SEG_GS;

	if (high && !need_base(c, &s, canonical(s.base), "must be canonical"))
		return false;
	if (n == SEG_CS &&
		!(need_access(c, &s, usable, "must be usable (bit 16 clear)") &&
			check_code(c, &s)))
		return false;
	if (n == SEG_SS && !check_stack(c, &s))
		return false;
	if (!usable)
		return true;
	if (n != SEG_CS && n != SEG_SS && !check_data(c, &s))
		return false;
	return need_base(c, &s, high || !(s.base & HIGH_HALF),
		       "must have bits 63:32 clear") &&
		check_form(c, &s, false);
}

#define V8086_ACCESS 0xf3UL

static bool check_v8086(const struct check *c, enum segment_reg n)
{
	const struct check_segment s = segment(c, n);
	u64 selector = get(c, VMCS_SEGMENT(VMCS_GUEST_ES, n));

	return need_base(c, &s, s.base == selector << 4,
		       "must be 16 times the selector in virtual-8086 mode") &&
		need(c, s.limit == REAL_LIMIT, VMCS_SEGMENT(VMCS_GUEST_ES_LIMIT, n),
			segments[n].limit, "must be ffff in virtual-8086 mode") &&
		need_access(c, &s, s.access == V8086_ACCESS,
			"must be f3 in virtual-8086 mode");
}

static bool check_system_segments(const struct check *c)
{
	const struct check_segment tr = segment(c, SEG_TR), ldtr = segment(c, SEG_LDTR);

	if (!need(c, !(get(c, VMCS_GUEST_TR) & SELECTOR_TI), VMCS_GUEST_TR,
		    "guest TR selector", "must have TI (bit 2) clear") ||
		!need_access(c, &tr, !(tr.access & ACCESS_UNUSABLE),
			"must be usable (bit 16 clear)") ||
		!need_access(c, &tr,
			tr.type == SEG_TYPE_TSS_BUSY ||
				(tr.type == SEG_TYPE_TSS16_BUSY && !c->long_mode),
			"must have type 11, or outside IA-32e mode 3") ||
		!need_base(c, &tr, canonical(tr.base), "must be canonical") ||
		!check_form(c, &tr, true))
		return false;
	if (ldtr.access & ACCESS_UNUSABLE)
		return true;
	return need(c, !(get(c, VMCS_GUEST_LDTR) & SELECTOR_TI), VMCS_GUEST_LDTR,
		       "guest LDTR selector", "must have TI (bit 2) clear") &&
		need_access(c, &ldtr, ldtr.type == SEG_TYPE_LDT, "must have type 2") &&
		need_base(c, &ldtr, canonical(ldtr.base), "must be canonical") &&
		check_form(c, &ldtr, true);
}

static bool check_segments(const struct check *c)
{
	for (enum segment_reg n = SEG_ES; n <= SEG_GS; n++)
		if (c->v8086 ? !check_v8086(c, n) : !check_segment(c, n))
			return false;
	return check_system_segments(c);
}

/* ---- 26.3.1.3 and 26.3.1.4: descriptor tables, RIP, RFLAGS ---- */

static bool check_tables(const struct check *c)
{
	return need(c, canonical(get(c, VMCS_GUEST_GDTR_BASE)), VMCS_GUEST_GDTR_BASE,
		       "guest GDTR base", "must be canonical") &&
		need(c, canonical(get(c, VMCS_GUEST_IDTR_BASE)), VMCS_GUEST_IDTR_BASE,
			"guest IDTR base", "must be canonical") &&
		need(c, get(c, VMCS_GUEST_GDTR_LIMIT) <= REAL_LIMIT,
			VMCS_GUEST_GDTR_LIMIT, "guest GDTR limit",
			"must have bits 31:16 clear") &&
		need(c, get(c, VMCS_GUEST_IDTR_LIMIT) <= REAL_LIMIT,
			VMCS_GUEST_IDTR_LIMIT, "guest IDTR limit",
			"must have bits 31:16 clear");
}

#define RFLAGS_RESERVED (BITS(63, 22) | BIT(15) | BIT(5) | BIT(3))

static bool is_external(const struct check *c)
{
	return c->event & EVENT_VALID && field_get(EVENT_TYPE, c->event) == VMX_EXTERNAL;
}

static bool is_nmi(const struct check *c)
{
	return c->event & EVENT_VALID && field_get(EVENT_TYPE, c->event) == VMX_NMI;
}

static bool check_flow(const struct check *c)
{
	u64 rip = get(c, VMCS_GUEST_RIP);
	bool code_64 = c->long_mode && c->cs_access & ACCESS_L;

	return need(c, code_64 ? canonical(rip) : !(rip & HIGH_HALF), VMCS_GUEST_RIP,
		       "guest RIP",
		       "must be canonical in 64-bit mode, else have bits 63:32 clear") &&
		need(c, c->rflags & RFLAGS_ONE && !(c->rflags & RFLAGS_RESERVED),
			VMCS_GUEST_RFLAGS, "guest RFLAGS",
			"must have bit 1, and no reserved bits") &&
		need(c, !c->v8086 || (!c->long_mode && c->cr0 & CR0_PE),
			VMCS_GUEST_RFLAGS, "guest RFLAGS",
			"must have no VM in IA-32e or real mode") &&
		need(c, !is_external(c) || c->rflags & RFLAGS_IF, VMCS_GUEST_RFLAGS,
			"guest RFLAGS", "must have IF for an interrupt to be delivered");
}

/* ---- 26.3.1.5: what else there is ---- */

static bool check_interruptibility(const struct check *c)
{
	u64 state = get(c, VMCS_GUEST_INTERRUPTIBILITY);
	u64 both = BLOCKING_STI | BLOCKING_MOV_SS;
	static const char name[] = "guest interruptibility state";

	return need(c, !(state & BITS(31, 4)), VMCS_GUEST_INTERRUPTIBILITY, name,
		       "must have no reserved bits") &&
		need(c, (state & both) != both, VMCS_GUEST_INTERRUPTIBILITY, name,
			"must not have blocking by STI and by MOV SS at once") &&
		need(c, !(state & BLOCKING_STI) || c->rflags & RFLAGS_IF,
			VMCS_GUEST_INTERRUPTIBILITY, name,
			"must have no blocking by STI without IF") &&
		need(c, !is_external(c) || !(state & both), VMCS_GUEST_INTERRUPTIBILITY,
			name,
			"must have no blocking by STI or MOV SS with an interrupt to be "
			"delivered") &&
		need(c, !is_nmi(c) || !(state & (BLOCKING_MOV_SS | BLOCKING_NMI)),
			VMCS_GUEST_INTERRUPTIBILITY, name,
			"must have no blocking by MOV SS or an NMI with an NMI to be "
			"delivered") &&
		need(c, !(state & BLOCKING_SMI), VMCS_GUEST_INTERRUPTIBILITY, name,
			"must have no blocking by SMI");
}

static bool check_other(const struct check *c)
{
	u64 state = get(c, VMCS_GUEST_INTERRUPTIBILITY);
	u64 pending = get(c, VMCS_GUEST_PENDING_DEBUG);
	bool blocked = state & (BLOCKING_STI | BLOCKING_MOV_SS);

	return need(c, get(c, VMCS_GUEST_ACTIVITY) == ACTIVITY_ACTIVE,
		       VMCS_GUEST_ACTIVITY, "guest activity state",
		       "must be active (0)") &&
		need(c, !blocked || !(pending & PENDING_BS) == !(c->rflags & RFLAGS_TF),
			VMCS_GUEST_PENDING_DEBUG, "guest pending debug exceptions",
			"must have BS (bit 14) as RFLAGS has TF, if STI or MOV SS block") &&
		need(c, get(c, VMCS_LINK_POINTER) == ~0UL, VMCS_LINK_POINTER,
			"VMCS link pointer", "must have all bits set");
}

/* 26.3.1.6 */
static bool check_pdptes(const struct check *c)
{
	static const char *const entry_names[] = {
		"guest PDPTE0", "guest PDPTE1", "guest PDPTE2", "guest PDPTE3"};
	u64 reserved = BITS(63, 0) << c->caps->address_bits | BITS(8, 5) | BITS(2, 1);

	if (c->long_mode || !(c->cr0 & CR0_PG) || !(c->cr4 & CR4_PAE))
		return true;
	for (u32 i = 0; i < ARRAY_LEN(entry_names); i++) {
		enum vmcs_field field = VMCS_GUEST_PDPTE0 + 2 * i;
		u64 entry = get(c, field);

		if (!need(c, !(entry & 1) || !(entry & reserved), field, entry_names[i],
			    "must have no reserved bits if it is present"))
			return false;
	}
	return true;
}

bool check_vmcs(const struct vmx_caps *caps, const struct check_source *source,
	struct check_result *result)
{
	struct check c = {.caps = caps, .source = source, .result = result};

	c.rflags = get(&c, VMCS_GUEST_RFLAGS);
	c.cr0 = get(&c, VMCS_GUEST_CR0);
	c.cr4 = get(&c, VMCS_GUEST_CR4);
	c.efer = get(&c, VMCS_GUEST_EFER);
	c.entry = get(&c, VMCS_ENTRY_CONTROLS);
	c.secondary = get(&c, VMCS_SECONDARY_CONTROLS);
	c.event = get(&c, VMCS_ENTRY_EVENT);
	c.cs_access = get(&c, VMCS_GUEST_CS_ACCESS);
	c.ss_access = get(&c, VMCS_GUEST_SS_ACCESS);
	c.long_mode = c.entry & ENTRY_GUEST_64;
	c.v8086 = c.rflags & RFLAGS_VM;
	return check_reserved(&c) && check_execution(&c) && check_memory(&c) &&
		check_event(&c) && check_host_registers(&c) && check_host_segments(&c) &&
		check_host_addresses(&c) && check_control_registers(&c) &&
		check_msrs(&c) && check_segments(&c) && check_tables(&c) &&
		check_flow(&c) && check_interruptibility(&c) && check_other(&c) &&
		check_pdptes(&c);
}
