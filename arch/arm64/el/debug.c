// SPDX-License-Identifier: Apache-2.0
// The guest's break- and watchpoints (Arm ARM, D2 "AArch64 Self-hosted Debug"). They are the
// cpu's own: the first access of a vCPU traps, and from then on they are switched with it. We
// use none, and none can hit us: debug exceptions go to EL1.
#include "el.h"

#include <hv/bits.h>

/* Always trapped: ROM addresses, OS lock, performance monitors, profiling. */
#define MDCR_GUEST (MDCR_TPMS | MDCR_TDRA | MDCR_TDOSA | MDCR_TPM | MDCR_TPMCR)

/* clang-format off */
#define EACH(x) \
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) \
	x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
/* clang-format on */

/* Register n if the cpu has it: `last` is the number of the last one. */
#define LOAD_BREAK(n)                                         \
	if ((n) <= last) {                                    \
		sysreg_write(dbgbvr##n##_el1, debug->bvr[n]); \
		sysreg_write(dbgbcr##n##_el1, debug->bcr[n]); \
	}
#define LOAD_WATCH(n)                                         \
	if ((n) <= last) {                                    \
		sysreg_write(dbgwvr##n##_el1, debug->wvr[n]); \
		sysreg_write(dbgwcr##n##_el1, debug->wcr[n]); \
	}
#define SAVE_BREAK(n)                                         \
	if ((n) <= last) {                                    \
		debug->bvr[n] = sysreg_read(dbgbvr##n##_el1); \
		debug->bcr[n] = sysreg_read(dbgbcr##n##_el1); \
	}
#define SAVE_WATCH(n)                                         \
	if ((n) <= last) {                                    \
		debug->wvr[n] = sysreg_read(dbgwvr##n##_el1); \
		debug->wcr[n] = sysreg_read(dbgwcr##n##_el1); \
	}

static u64 last_break(void)
{
	return field_get(DFR0_BRPS, sysreg_read(id_aa64dfr0_el1));
}

static u64 last_watch(void)
{
	return field_get(DFR0_WRPS, sysreg_read(id_aa64dfr0_el1));
}

static void load_breaks(const struct debug_state *debug)
{
	u64 last = last_break();

	EACH(LOAD_BREAK)
}

static void load_watches(const struct debug_state *debug)
{
	u64 last = last_watch();

	EACH(LOAD_WATCH)
}

static void save_breaks(struct debug_state *debug)
{
	u64 last = last_break();

	EACH(SAVE_BREAK)
}

static void save_watches(struct debug_state *debug)
{
	u64 last = last_watch();

	EACH(SAVE_WATCH)
}

/* No event counter is ours alone: HPMN says how many are there, and may not say less. */
static u64 mdcr(void)
{
	u64 pmu = field_get(DFR0_PMUVER, sysreg_read(id_aa64dfr0_el1));

	if (pmu == 0 || pmu == PMUVER_OTHER)
		return MDCR_GUEST;
	return MDCR_GUEST |
		field_put(MDCR_HPMN, field_get(PMCR_N, sysreg_read(pmcr_el0)));
}

void debug_cpu_on(void)
{
	/* The OS lock, set by a reset, would keep them from working. */
	sysreg_write(oslar_el1, 0);
	sysreg_write(mdcr_el2, mdcr() | MDCR_TDA);
}

void debug_reset(struct vcpu *vcpu)
{
	vcpu->arch.debug = (struct debug_state){.bvr = {0}};
	vcpu->arch.debug_used = false;
}

void debug_load(struct vcpu *vcpu)
{
	if (!vcpu->arch.debug_used)
		return;
	load_breaks(&vcpu->arch.debug);
	load_watches(&vcpu->arch.debug);
	sysreg_write(mdcr_el2, mdcr());
}

void debug_save(struct vcpu *vcpu)
{
	if (!vcpu->arch.debug_used)
		return;
	save_breaks(&vcpu->arch.debug);
	save_watches(&vcpu->arch.debug);
	/* The next guest has none until it uses some. */
	load_breaks(&(struct debug_state){.bvr = {0}});
	load_watches(&(struct debug_state){.bvr = {0}});
	sysreg_write(mdcr_el2, mdcr() | MDCR_TDA);
}

void debug_give(struct vcpu *vcpu)
{
	vcpu->arch.debug_used = true;
	debug_load(vcpu);
}
