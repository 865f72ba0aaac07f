// SPDX-License-Identifier: Apache-2.0
// What a guest's CPUID says (SDM volume 2, "CPUID"; APM volume 3, appendix E): what the processor
// says, but for what the guest does not get, and with leaves of our own.
#include "guest.h"

#include <hv/string.h>
#include <hv/time.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "boot.h"
#include "cpu.h"

enum leaf {
	LEAF_MAX = 0x0,
	LEAF_FEATURES = 0x1,
	LEAF_CACHES = 0x4,
	LEAF_MONITOR = 0x5,
	LEAF_POWER = 0x6,
	LEAF_FEATURES_7 = 0x7,
	LEAF_PERFMON = 0xa,
	LEAF_TOPOLOGY = 0xb,
	LEAF_XSAVE = 0xd,
	LEAF_TSC = 0x15,
	LEAF_FREQUENCY = 0x16,
	LEAF_HYPERVISOR = 0x40000000,
	LEAF_HYPERVISOR_FEATURES = 0x40000001,
	LEAF_HYPERVISOR_CLOCK = 0x40000010,
	LEAF_EXTENDED_MAX = 0x80000000,
	LEAF_EXTENDED = 0x80000001,
	LEAF_ADVANCED_POWER = 0x80000007,
	LEAF_SIZES = 0x80000008,
	LEAF_SVM = 0x8000000a,
	LEAF_EXTENDED_TOPOLOGY = 0x8000001e,
	LEAF_MEMORY_ENCRYPTION = 0x8000001f,
};

#define EXTENDED_BIT BIT(31)

/* LEAF_FEATURES, ECX */
#define HYPERVISOR   BIT(31)
#define OSXSAVE      BIT(27)
#define TSC_DEADLINE BIT(24)
#define X2APIC       BIT(21)
#define DCA          BIT(18)
#define PDCM         BIT(15)
#define CX16         BIT(13)
#define SDBG         BIT(11)
#define TM2          BIT(8)
#define EIST         BIT(7)
#define SMX          BIT(6)
#define VMX          BIT(5)
#define DS_CPL       BIT(4)
#define MONITOR      BIT(3)
#define DTES64       BIT(2)
#define HIDDEN_ECX \
	(DCA | PDCM | SDBG | TM2 | EIST | SMX | VMX | DS_CPL | MONITOR | DTES64)
/* EDX */
#define PBE             BIT(31)
#define TM              BIT(29)
#define HTT             BIT(28) /* EBX counts logical processors */
#define ACPI            BIT(22)
#define DS              BIT(21)
#define HIDDEN_EDX      (PBE | TM | ACPI | DS)
/* EBX */
#define INITIAL_APIC_ID BITS(31, 24)
#define LOGICAL_COUNT   BITS(23, 16)

/* LEAF_POWER, EAX */
#define ARAT BIT(2) /* the APIC timer never stops */

/* LEAF_FEATURES_7; EBX */
#define PT           BIT(25)
#define RDT_A        BIT(15)
#define RTM          BIT(11)
#define RDT_M        BIT(12)
#define HLE          BIT(4)
#define SGX          BIT(2)
#define HIDDEN_7_EBX (PT | RDT_A | RTM | RDT_M | HLE | SGX)
/* ECX */
#define PKS          BIT(31)
#define SGX_LC       BIT(30)
#define ENQCMD       BIT(29)
#define KEY_LOCKER   BIT(23)
#define LA57         BIT(16)
#define TME          BIT(13)
#define CET_SS       BIT(7)
#define WAITPKG      BIT(5)
#define OSPKE        BIT(4)
#define HIDDEN_7_ECX \
	(PKS | SGX_LC | ENQCMD | KEY_LOCKER | LA57 | TME | CET_SS | WAITPKG | OSPKE)
/* EDX: those that come with MSRs, tiles, user interrupts, CET */
#define HIDDEN_7_EDX                                                                \
	(BITS(31, 26) | BITS(25, 24) | BITS(22, 18) | BIT(16) | BIT(14) | BIT(11) | \
		BIT(9) | BIT(5))

/* LEAF_XSAVE, subleaf 1, EAX: XSAVES needs IA32_XSS, which the guest does not have */
#define XFD    BIT(4)
#define XSAVES BIT(3)

/* LEAF_TOPOLOGY, ECX */
#define LEVEL_TYPE_SMT  field_put(BITS(15, 8), 1)
#define LEVEL_TYPE_CORE field_put(BITS(15, 8), 2)

/* LEAF_CACHES, EAX */
#define CACHE_SHARING BITS(25, 14)
#define CACHE_CORES   BITS(31, 26)

/* LEAF_EXTENDED, ECX */
#define MWAITX    BIT(29)
#define PERF_LLC  BIT(28)
#define PERF_NB   BIT(24)
#define PERF_CORE BIT(23)
#define TOPOEXT   BIT(22)
#define NODEID    BIT(19)
#define LWP       BIT(15)
#define WDT       BIT(13)
#define SKINIT    BIT(12)
#define IBS       BIT(10)
#define OSVW      BIT(9)
#define EXTAPIC   BIT(3)
#define SVM       BIT(2)
#define HIDDEN_EXT_ECX                                                            \
	(MWAITX | PERF_LLC | PERF_NB | PERF_CORE | TOPOEXT | NODEID | LWP | WDT | \
		SKINIT | IBS | OSVW | EXTAPIC | SVM)

/* LEAF_ADVANCED_POWER, EDX */
#define INVARIANT_TSC BIT(8)

/* LEAF_SIZES, EBX: those that come with MSRs; ECX: cores and bits of an APIC id */
#define HIDDEN_SIZES_EBX BITS(31, 12)

/* The local APIC's bus in Hz: the crystal that leaf 15h tells of. */
#define LAPIC_HZ 1000000000U
#define KHZ      1000U

static const char signature[12] = "LodgeLodgeHV";

static void features(const struct vcpu *vcpu, struct cpuid *r)
{
	/* QEMU's CMPXCHG16B (7.2) damages the flags now and then; unseen it is not used. */
	u64 broken = cpu_is_tcg() ? CX16 : 0;

	r->ecx = (r->ecx & ~(u32)(HIDDEN_ECX | OSXSAVE | broken)) |
		(u32)(HYPERVISOR | TSC_DEADLINE | X2APIC) |
		(guest->get(vcpu, GUEST_CR4) & CR4_OSXSAVE ? (u32)OSXSAVE : 0);
	r->edx = (r->edx & ~(u32)(HIDDEN_EDX | HTT)) |
		(vcpu->vm->vcpu_count > 1 ? (u32)HTT : 0);
	r->ebx = (r->ebx & ~(u32)(INITIAL_APIC_ID | LOGICAL_COUNT)) |
		(u32)field_put(INITIAL_APIC_ID, vcpu->index) |
		(u32)field_put(LOGICAL_COUNT, vcpu->vm->vcpu_count);
}

/* No threads: each vCPU is a core of one package. */
static void topology(const struct vcpu *vcpu, u32 subleaf, struct cpuid *r)
{
	u32 count = vcpu->vm->vcpu_count;
	u32 bits = count > 1 ? 32 - (u32)__builtin_clz(count - 1) : 0;

	*r = (struct cpuid){.ecx = subleaf & 0xff, .edx = vcpu->index};
	if (subleaf == 0) {
		r->ebx = 1;
		r->ecx |= LEVEL_TYPE_SMT;
	} else if (subleaf == 1) {
		r->eax = bits;
		r->ebx = count;
		r->ecx |= LEVEL_TYPE_CORE;
	}
}

static void xsave_leaf(u32 subleaf, struct cpuid *r)
{
	if (subleaf == 0) {
		r->eax &= (u32)machine.xcr0;
		r->ecx = MIN(r->ecx, XSAVE_MAX);
		r->edx = 0;
	} else if (subleaf == 1) {
		*r = (struct cpuid){.eax = r->eax & ~(u32)(XFD | XSAVES)};
	} else if (subleaf >= 63 || !(machine.xcr0 & BIT(subleaf))) {
		*r = (struct cpuid){0};
	}
}

/* tsc = crystal * ebx / eax */
static void tsc_leaf(struct cpuid *r)
{
	*r = (struct cpuid){
		.eax = LAPIC_HZ / KHZ, .ebx = (u32)(time_hz() / KHZ), .ecx = LAPIC_HZ};
}

static void hypervisor(u32 leaf, struct cpuid *r)
{
	*r = (struct cpuid){0};
	if (leaf == LEAF_HYPERVISOR) {
		r->eax = LEAF_HYPERVISOR_CLOCK;
		memcpy(&r->ebx, signature, 4);
		memcpy(&r->ecx, signature + 4, 4);
		memcpy(&r->edx, signature + 8, 4);
	} else if (leaf == LEAF_HYPERVISOR_CLOCK) {
		r->eax = (u32)(time_hz() / KHZ);
		r->ebx = LAPIC_HZ / KHZ;
	}
}

static void extended(const struct vcpu *vcpu, u32 leaf, struct cpuid *r)
{
	switch (leaf) {
	case LEAF_EXTENDED: r->ecx &= ~(u32)HIDDEN_EXT_ECX; break;
	case LEAF_ADVANCED_POWER: *r = (struct cpuid){.edx = INVARIANT_TSC}; break;
	case LEAF_SIZES:
		r->ebx &= ~(u32)HIDDEN_SIZES_EBX;
		r->ecx = vcpu->vm->vcpu_count - 1;
		r->edx = 0;
		break;
	case LEAF_EXTENDED_TOPOLOGY: *r = (struct cpuid){.eax = vcpu->index}; break;
	case LEAF_SVM:
	case LEAF_MEMORY_ENCRYPTION: *r = (struct cpuid){0}; break;
	}
}

static void basic(const struct vcpu *vcpu, u32 leaf, u32 subleaf, struct cpuid *r)
{
	switch (leaf) {
	case LEAF_MAX:
		r->eax = MAX(MIN(r->eax, (u32)LEAF_FREQUENCY), (u32)LEAF_TSC);
		break;
	case LEAF_FEATURES: features(vcpu, r); break;
	case LEAF_CACHES: r->eax &= ~(u32)(CACHE_SHARING | CACHE_CORES); break;
	case LEAF_POWER: *r = (struct cpuid){.eax = ARAT}; break;
	case LEAF_FEATURES_7:
		r->eax = 0; /* no more subleaves */
		r->ebx &= subleaf ? 0 : ~(u32)HIDDEN_7_EBX;
		r->ecx &= subleaf ? 0 : ~(u32)HIDDEN_7_ECX;
		r->edx &= subleaf ? 0 : ~(u32)HIDDEN_7_EDX;
		if (!subleaf && guest->get(vcpu, GUEST_CR4) & CR4_PKE)
			r->ecx |= OSPKE;
		break;
	case LEAF_TOPOLOGY: topology(vcpu, subleaf, r); break;
	case LEAF_XSAVE: xsave_leaf(subleaf, r); break;
	case LEAF_TSC: tsc_leaf(r); break;
	case LEAF_FREQUENCY:
		*r = (struct cpuid){.eax = (u32)(time_hz() / KHZ / KHZ)};
		break;
	case LEAF_MONITOR:
	case LEAF_PERFMON: *r = (struct cpuid){0}; break;
	default:
		if (leaf > LEAF_XSAVE)
			*r = (struct cpuid){0};
	}
}

enum exit_reason vcpuid_exit(struct vcpu *vcpu, u32 length)
{
	u64 *gpr = vcpu->arch.regs.gpr;
	u32 leaf = (u32)gpr[GPR_RAX], subleaf = (u32)gpr[GPR_RCX];
	struct cpuid r;

	if (unlikely(leaf - LEAF_HYPERVISOR < 0x100)) {
		hypervisor(leaf, &r);
	} else {
		cpuid_read(leaf, subleaf, &r);
		if (leaf & EXTENDED_BIT)
			extended(vcpu, leaf, &r);
		else
			basic(vcpu, leaf, subleaf, &r);
	}
	gpr[GPR_RAX] = r.eax;
	gpr[GPR_RBX] = r.ebx;
	gpr[GPR_RCX] = r.ecx;
	gpr[GPR_RDX] = r.edx;
	vcpu->arch.regs.rip += length;
	return EXIT_NONE;
}
