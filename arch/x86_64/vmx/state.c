// SPDX-License-Identifier: Apache-2.0
// What of VMX is set up once for a machine, a cpu, a vCPU (SDM volume 3C, chapters 23, 24 and 31;
// volume 3D, appendix A).
#include "vmx.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "../boot.h"
#include "../trap.h"
#include "ept.h"

enum { LEAF_FEATURES = 1, LEAF_SIZES = 0x80000008 };
#define FEATURES_ECX_VMX BIT(5)
#define SIZES_PHYSICAL   BITS(7, 0)

/* IA32_FEATURE_CONTROL */
#define FEATURE_VMX  BIT(2) /* outside SMX operation */
#define FEATURE_LOCK BIT(0)

/* Capability MSRs (appendix A) */
#define MSR_VMX_BASIC        0x480
#define MSR_VMX_CR0_FIXED0   0x486 /* bits that must be 1; those that may be; CR4's */
#define MSR_VMX_CR0_FIXED1   0x487
#define MSR_VMX_CR4_FIXED0   0x488
#define MSR_VMX_CR4_FIXED1   0x489
#define MSR_VMX_SECONDARY    0x48b
#define MSR_VMX_EPT_VPID     0x48c
#define MSR_VMX_TRUE_PIN     0x48d
#define MSR_VMX_TRUE_PRIMARY 0x48e
#define MSR_VMX_TRUE_EXIT    0x48f
#define MSR_VMX_TRUE_ENTRY   0x490

#define BASIC_TRUE     BIT(55) /* the TRUE MSRs are there */
#define BASIC_REVISION BITS(30, 0)

#define EPT_VPID_INVVPID_SINGLE BIT(41)
#define EPT_VPID_INVVPID        BIT(32)
#define EPT_VPID_INVEPT_SINGLE  BIT(25)
#define EPT_VPID_INVEPT         BIT(20)
#define EPT_VPID_1G             BIT(17)
#define EPT_VPID_2M             BIT(16)
#define EPT_VPID_WB             BIT(14)
#define EPT_VPID_WALK_4         BIT(6)

/* Two halves for reading, two for writing; each of low MSRs and of those from c000_0000 on. */
#define BITMAP_HIGH      0xc0000000U
#define BITMAP_READ_LOW  0x000U
#define BITMAP_READ_HIGH 0x400U
#define BITMAP_WRITE     0x800U

struct vmx_caps vmx_caps;

static u32 revision;
static bool blocks_1g;
static u8 *msr_bitmap;

/* Those that belong to the guest alone and are loaded and saved with it. */
static const u32 free_msrs[] = {MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,
	MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_SYSENTER_CS, MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP};

#define PIN_WANTED (PIN_VIRTUAL_NMIS | PIN_NMI | PIN_INTERRUPT)
#define PRIMARY_WANTED                                                                 \
	(PRIMARY_SECONDARY | PRIMARY_MONITOR | PRIMARY_MSR_BITMAP | PRIMARY_IO |       \
		PRIMARY_CR8_STORE | PRIMARY_CR8_LOAD | PRIMARY_RDPMC | PRIMARY_MWAIT | \
		PRIMARY_HLT | PRIMARY_TSC_OFFSET)
#define SECONDARY_WANTED \
	(SECONDARY_UNRESTRICTED | SECONDARY_WBINVD | SECONDARY_VPID | SECONDARY_EPT)
#define EXIT_WANTED                                                            \
	(EXITS_LOAD_EFER | EXITS_SAVE_EFER | EXITS_LOAD_PAT | EXITS_SAVE_PAT | \
		EXITS_HOST_64 | EXITS_SAVE_DEBUG)
#define ENTRY_WANTED     (ENTRY_LOAD_EFER | ENTRY_LOAD_PAT | ENTRY_LOAD_DEBUG)
/* Exits that would cost without need; older processors cannot leave them out. */
#define PRIMARY_UNWANTED (PRIMARY_CR3_STORE | PRIMARY_CR3_LOAD)

/* ---- What the machine can ---- */

static struct vmx_control control_of(u32 msr)
{
	u64 value = msr_read(msr);

	return (struct vmx_control){(u32)value, (u32)(value >> 32)};
}

static void read_caps(void)
{
	vmx_caps = (struct vmx_caps){
		.pin = control_of(MSR_VMX_TRUE_PIN),
		.primary = control_of(MSR_VMX_TRUE_PRIMARY),
		.exit = control_of(MSR_VMX_TRUE_EXIT),
		.entry = control_of(MSR_VMX_TRUE_ENTRY),
		.cr0_must = msr_read(MSR_VMX_CR0_FIXED0),
		.cr0_may = msr_read(MSR_VMX_CR0_FIXED1),
		.cr4_must = msr_read(MSR_VMX_CR4_FIXED0),
		.cr4_may = msr_read(MSR_VMX_CR4_FIXED1),
		.address_bits = (u32)field_get(SIZES_PHYSICAL, cpuid(LEAF_SIZES, 0).eax),
	};
	if (vmx_caps.primary.may & PRIMARY_SECONDARY)
		vmx_caps.secondary = control_of(MSR_VMX_SECONDARY);
	revision = (u32)(msr_read(MSR_VMX_BASIC) & BASIC_REVISION);
}

/* The first that is missing of what no guest can do without, or NULL. */
static const char *missing_control(void)
{
	const struct vmx_caps *caps = &vmx_caps;
	const struct {
		bool there;
		const char *name;
	} needed[] = {
		{!(PRIMARY_SECONDARY & ~caps->primary.may), "secondary controls"},
		{!(SECONDARY_EPT & ~caps->secondary.may), "EPT"},
		{!(SECONDARY_UNRESTRICTED & ~caps->secondary.may), "unrestricted guest"},
		{!(SECONDARY_VPID & ~caps->secondary.may), "VPID"},
		{!(PIN_WANTED & ~(u64)caps->pin.may), "virtual NMIs"},
		{!(PRIMARY_WANTED & ~(u64)caps->primary.may), "primary controls"},
		{!(PRIMARY_UNWANTED & caps->primary.must), "CR3 without exits"},
		{!(SECONDARY_WANTED & ~(u64)caps->secondary.may), "WBINVD exiting"},
		{!(EXIT_WANTED & ~(u64)caps->exit.may), "exits that change EFER and PAT"},
		{!(ENTRY_WANTED & ~(u64)caps->entry.may),
			"entries that change EFER and PAT"},
	};

	for (u32 i = 0; i < ARRAY_LEN(needed); i++)
		if (!needed[i].there)
			return needed[i].name;
	return NULL;
}

static const char *missing_ept(void)
{
	static const struct {
		u64 bits;
		const char *name;
	} needed[] = {
		{EPT_VPID_WALK_4 | EPT_VPID_WB, "EPT of 4 levels in write-back memory"},
		{EPT_VPID_2M, "EPT blocks of 2 MiB"},
		{EPT_VPID_INVEPT | EPT_VPID_INVEPT_SINGLE, "INVEPT of a single context"},
		{EPT_VPID_INVVPID | EPT_VPID_INVVPID_SINGLE,
			"INVVPID of a single context"},
	};
	u64 ept_vpid = msr_read(MSR_VMX_EPT_VPID);

	blocks_1g = ept_vpid & EPT_VPID_1G;
	for (u32 i = 0; i < ARRAY_LEN(needed); i++)
		if (needed[i].bits & ~ept_vpid)
			return needed[i].name;
	return NULL;
}

static void free_msr(u32 msr)
{
	u32 half = msr >= BITMAP_HIGH ? BITMAP_READ_HIGH : BITMAP_READ_LOW;
	u32 at = half + msr % BITMAP_HIGH / 8;

	msr_bitmap[at] &= (u8)~BIT(msr % 8);
	msr_bitmap[BITMAP_WRITE + at] &= (u8)~BIT(msr % 8);
}

static bool make_bitmap(void)
{
	msr_bitmap = page_alloc_zeroed();
	if (!msr_bitmap)
		return false;
	memset(msr_bitmap, 0xff, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_LEN(free_msrs); i++)
		free_msr(free_msrs[i]);
	return true;
}

/* ---- A cpu ---- */

static bool vmxon(u64 region)
{
	bool done;

	asm volatile("vmxon %1" : "=@cca"(done) : "m"(region) : "memory");
	return done;
}

/* The boot cpu is on from the probe on, since VMCSs are made there. */
int vmx_cpu_on(void)
{
	u64 control = msr_read(MSR_FEATURE_CONTROL);
	u32 *region;

	if (cpu_this()->arch.backend)
		return 0;
	region = page_alloc_zeroed();
	if (!region) {
		error("no memory for the VMXON region of a cpu");
		return fail(-ENOMEM);
	}
	if (!(control & FEATURE_LOCK))
		msr_write(MSR_FEATURE_CONTROL, control | FEATURE_VMX | FEATURE_LOCK);
	cr_write(cr0, (cr_read(cr0) | vmx_caps.cr0_must) & vmx_caps.cr0_may);
	cr_write(cr4, (cr_read(cr4) | vmx_caps.cr4_must) & vmx_caps.cr4_may);
	*region = revision;
	if (!vmxon(ptr_hpa(region).raw)) {
		page_free(ptr_hpa(region), PAGE_SIZE);
		error("a cpu refuses VMXON");
		return fail(-ENODEV);
	}
	cpu_this()->arch.backend = region;
	return 0;
}

/* ---- The probe ---- */

static int lack(const char **why, const char *what)
{
	static char text[96];

	snprint(text, sizeof(text), "expected %s in VMX, found none", what);
	*why = text;
	return fail(-ENODEV);
}

int vmx_caps_probe(const char **why)
{
	const char *missing;
	u64 control;

	if (!(cpuid(LEAF_FEATURES, 0).ecx & FEATURES_ECX_VMX)) {
		*why = "expected VMX in CPUID 1 ECX, found none";
		return fail(-ENODEV);
	}
	if (msr_probe(MSR_FEATURE_CONTROL, &control) && control & FEATURE_LOCK &&
		!(control & FEATURE_VMX)) {
		*why = "expected VMX to be enabled, found it disabled by the firmware "
		       "(IA32_FEATURE_CONTROL)";
		return fail(-ENODEV);
	}
	if (!(msr_read(MSR_VMX_BASIC) & BASIC_TRUE))
		return lack(why, "controls that can all be turned off");
	read_caps();
	missing = missing_control();
	if (!missing)
		missing = missing_ept();
	if (!missing && !make_bitmap())
		missing = "memory for an MSR bitmap";
	if (!missing && vmx_cpu_on())
		missing = "VMXON that succeeds";
	return missing ? lack(why, missing) : 0;
}

const struct pt_format *vmx_guest_pt(void)
{
	return blocks_1g ? &pt_ept : &pt_ept_2m;
}

int vmx_vm_init(struct vm *vm)
{
	(void)vm;
	return 0;
}

/* ---- A vCPU ---- */

static u64 control_value(const struct vmx_control *control, u64 wanted)
{
	return (wanted | control->must) & control->may;
}

static void set_controls(struct vcpu *vcpu)
{
	const struct vmx_caps *caps = &vmx_caps;
	u64 secondary = SECONDARY_WANTED | SECONDARY_INVPCID |
		(machine.rdtscp ? SECONDARY_RDTSCP : 0);

	vmcs_write(VMCS_PIN_CONTROLS, control_value(&caps->pin, PIN_WANTED));
	vmcs_write(VMCS_PRIMARY_CONTROLS, control_value(&caps->primary, PRIMARY_WANTED));
	vmcs_write(VMCS_SECONDARY_CONTROLS, control_value(&caps->secondary, secondary));
	vmcs_write(VMCS_EXIT_CONTROLS, control_value(&caps->exit, EXIT_WANTED));
	vmcs_write(VMCS_ENTRY_CONTROLS, control_value(&caps->entry, ENTRY_WANTED));
	/*
	 * A hypercall by the other vendor's instruction; what must not be lost; and two that a
	 * guest can have delivered for ever, without an instruction between them.
	 */
	vmcs_write(VMCS_EXCEPTION_BITMAP,
		BIT(VECTOR_UD) | BIT(VECTOR_MC) | BIT(VECTOR_AC) | BIT(VECTOR_DB));
	vmcs_write(VMCS_MSR_BITMAP, ptr_hpa(msr_bitmap).raw);
	vmcs_write(VMCS_CR0_MASK, CR0_OWNED);
	vmcs_write(VMCS_CR4_MASK, CR4_OWNED);
	vmcs_write(VMCS_VPID, 1 + vcpu->vm->id * VM_CPUS_MAX + vcpu->index);
	vmcs_write(VMCS_EPT_POINTER, vcpu->vm->mem.pt.root.raw | EPTP_WALK_4 | EPTP_WB);
}

/* Fields that nobody else writes, and whose contents a new VMCS does not define. */
static void clear_fields(void)
{
	static const enum vmcs_field zero[] = {VMCS_PF_ERROR_MASK, VMCS_PF_ERROR_MATCH,
		VMCS_CR3_TARGET_COUNT, VMCS_EXIT_MSR_STORE_COUNT,
		VMCS_EXIT_MSR_LOAD_COUNT, VMCS_ENTRY_MSR_LOAD_COUNT, VMCS_ENTRY_EVENT,
		VMCS_GUEST_DEBUGCTL, VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_ACTIVITY,
		VMCS_GUEST_PENDING_DEBUG, VMCS_GUEST_RIP, VMCS_HOST_FS, VMCS_HOST_GS,
		VMCS_HOST_FS_BASE, VMCS_HOST_SYSENTER_CS, VMCS_HOST_SYSENTER_ESP,
		VMCS_HOST_SYSENTER_EIP};

	for (u32 i = 0; i < ARRAY_LEN(zero); i++)
		vmcs_write(zero[i], 0);
	for (u32 i = 0; i < 4; i++)
		vmcs_write(VMCS_GUEST_PDPTE0 + 2 * i, 0);
	vmcs_write(VMCS_LINK_POINTER, ~0UL);
}

/* What is the same on all cpus. */
static void set_host(void)
{
	vmcs_write(VMCS_HOST_CR0, cr_read(cr0));
	vmcs_write(VMCS_HOST_CR3, cr_read(cr3));
	vmcs_write(VMCS_HOST_CR4, cr_read(cr4));
	vmcs_write(VMCS_HOST_CS, GDT_CODE);
	vmcs_write(VMCS_HOST_SS, GDT_DATA);
	vmcs_write(VMCS_HOST_DS, GDT_DATA);
	vmcs_write(VMCS_HOST_ES, GDT_DATA);
	vmcs_write(VMCS_HOST_TR, GDT_TSS);
	vmcs_write(VMCS_HOST_IDTR_BASE, trap_idt_base());
	vmcs_write(VMCS_HOST_EFER, msr_read(MSR_EFER));
	vmcs_write(VMCS_HOST_PAT, msr_read(MSR_PAT));
	vmcs_write(VMCS_HOST_RIP, (u64)guest_exit_vmx);
}

int vmx_vcpu_init(struct vcpu *vcpu)
{
	u32 *vmcs = page_alloc_zeroed();
	bool borrowed;

	if (!vmcs)
		return fail(-ENOMEM);
	*vmcs = revision;
	vcpu->arch.vmcs = (struct vmcs *)vmcs;
	vcpu->arch.control = ptr_hpa(vmcs).raw;
	vmcs_init(vcpu);
	borrowed = vmcs_borrow(vcpu);
	clear_fields();
	set_controls(vcpu);
	set_host();
	vmcs_return(vcpu, borrowed);
	vstate_init(vcpu);
	return 0;
}

void vmx_vcpu_fini(struct vcpu *vcpu)
{
	vstate_fini(vcpu);
	if (vcpu->arch.vmcs)
		page_free(HPA(vcpu->arch.control), PAGE_SIZE);
	vcpu->arch.vmcs = NULL;
}

/* ---- Loading and saving ---- */

#define INVEPT_SINGLE 1UL

static void forget_ept(void)
{
	const u64 what[2] = {vmcs_read(VMCS_EPT_POINTER), 0};

	asm volatile("invept %0, %1" ::"m"(what), "r"(INVEPT_SINGLE) : "cc", "memory");
}

/*
 * A vCPU that is new on this cpu. Its numbers may have been those of another one, of a VM that
 * has ended, and what was cached of that one is still there.
 */
static void arrive(struct vcpu *vcpu)
{
	const struct cpu *cpu = cpu_this();

	vmcs_write(VMCS_HOST_GS_BASE, (u64)cpu);
	vmcs_write(VMCS_HOST_TR_BASE, trap_tss_base(cpu));
	vmcs_write(VMCS_HOST_GDTR_BASE, trap_gdt_base(cpu));
	vmcs_flush();
	forget_ept();
	vcpu->arch.asid.cpu = cpu_this();
}

void vmx_load(struct vcpu *vcpu)
{
	vmcs_load(vcpu);
	if (unlikely(vcpu->arch.asid.cpu != cpu_this()))
		arrive(vcpu);
	vmx_regs_load(vcpu);
	vstate_load(vcpu);
}

void vmx_save(struct vcpu *vcpu)
{
	vstate_save(vcpu);
	vmx_regs_save(vcpu);
	vmcs_unload(vcpu);
}

/*
 * Only entries that were not present change while a guest runs, and those are not cached (28.3.2):
 * so nobody can hold what is out of date, and this one has met the entry just as another cpu
 * made it.
 */
void vmx_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	(void)vm;
	(void)gpa;
	(void)size;
}
