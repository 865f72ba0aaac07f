// SPDX-License-Identifier: Apache-2.0
// The VMCS: numbers of its fields (SDM volume 3D, appendix B) and what is in them (volume 3C,
// chapter 24), as far as they are used. Names are the manual's.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

enum vmcs_field {
	/* B.1: 16 bits */
	VMCS_VPID = 0x0000,
	VMCS_GUEST_ES = 0x0800, /* CS, SS, DS, FS, GS, LDTR, TR follow, in steps of 2 */
	VMCS_GUEST_CS = 0x0802,
	VMCS_GUEST_SS = 0x0804,
	VMCS_GUEST_LDTR = 0x080c,
	VMCS_GUEST_TR = 0x080e,
	VMCS_HOST_ES = 0x0c00,
	VMCS_HOST_CS = 0x0c02,
	VMCS_HOST_SS = 0x0c04,
	VMCS_HOST_DS = 0x0c06,
	VMCS_HOST_FS = 0x0c08,
	VMCS_HOST_GS = 0x0c0a,
	VMCS_HOST_TR = 0x0c0c,

	/* B.2: 64 bits */
	VMCS_MSR_BITMAP = 0x2004,
	VMCS_TSC_OFFSET = 0x2010,
	VMCS_EPT_POINTER = 0x201a,
	VMCS_GUEST_PHYSICAL_ADDRESS = 0x2400,
	VMCS_LINK_POINTER = 0x2800,
	VMCS_GUEST_DEBUGCTL = 0x2802,
	VMCS_GUEST_PAT = 0x2804,
	VMCS_GUEST_EFER = 0x2806,
	VMCS_GUEST_PDPTE0 = 0x280a, /* three more in steps of 2 */
	VMCS_HOST_PAT = 0x2c00,
	VMCS_HOST_EFER = 0x2c02,

	/* B.3: 32 bits */
	VMCS_PIN_CONTROLS = 0x4000,
	VMCS_PRIMARY_CONTROLS = 0x4002,
	VMCS_EXCEPTION_BITMAP = 0x4004,
	VMCS_PF_ERROR_MASK = 0x4006,
	VMCS_PF_ERROR_MATCH = 0x4008,
	VMCS_CR3_TARGET_COUNT = 0x400a,
	VMCS_EXIT_CONTROLS = 0x400c,
	VMCS_EXIT_MSR_STORE_COUNT = 0x400e,
	VMCS_EXIT_MSR_LOAD_COUNT = 0x4010,
	VMCS_ENTRY_CONTROLS = 0x4012,
	VMCS_ENTRY_MSR_LOAD_COUNT = 0x4014,
	VMCS_ENTRY_EVENT = 0x4016, /* VM-entry interruption-information */
	VMCS_ENTRY_ERROR = 0x4018,
	VMCS_ENTRY_LENGTH = 0x401a,
	VMCS_SECONDARY_CONTROLS = 0x401e,
	VMCS_INSTRUCTION_ERROR = 0x4400,
	VMCS_EXIT_REASON = 0x4402,
	VMCS_EXIT_EVENT = 0x4404, /* VM-exit interruption-information */
	VMCS_IDT_EVENT = 0x4408,  /* IDT-vectoring information */
	VMCS_IDT_ERROR = 0x440a,
	VMCS_EXIT_LENGTH = 0x440c,
	VMCS_GUEST_ES_LIMIT = 0x4800, /* as the selectors; then GDTR, IDTR */
	VMCS_GUEST_CS_LIMIT = 0x4802,
	VMCS_GUEST_LDTR_LIMIT = 0x480c,
	VMCS_GUEST_TR_LIMIT = 0x480e,
	VMCS_GUEST_GDTR_LIMIT = 0x4810,
	VMCS_GUEST_IDTR_LIMIT = 0x4812,
	VMCS_GUEST_ES_ACCESS = 0x4814,
	VMCS_GUEST_CS_ACCESS = 0x4816,
	VMCS_GUEST_SS_ACCESS = 0x4818,
	VMCS_GUEST_LDTR_ACCESS = 0x4820,
	VMCS_GUEST_TR_ACCESS = 0x4822,
	VMCS_GUEST_INTERRUPTIBILITY = 0x4824,
	VMCS_GUEST_ACTIVITY = 0x4826,
	VMCS_GUEST_SYSENTER_CS = 0x482a,
	VMCS_HOST_SYSENTER_CS = 0x4c00,

	/* B.4: of the width of a register */
	VMCS_CR0_MASK = 0x6000,
	VMCS_CR4_MASK = 0x6002,
	VMCS_CR0_SHADOW = 0x6004,
	VMCS_CR4_SHADOW = 0x6006,
	VMCS_QUALIFICATION = 0x6400,
	VMCS_GUEST_CR0 = 0x6800,
	VMCS_GUEST_CR3 = 0x6802,
	VMCS_GUEST_CR4 = 0x6804,
	VMCS_GUEST_ES_BASE = 0x6806, /* as the selectors; then GDTR, IDTR */
	VMCS_GUEST_CS_BASE = 0x6808,
	VMCS_GUEST_FS_BASE = 0x680e,
	VMCS_GUEST_GS_BASE = 0x6810,
	VMCS_GUEST_LDTR_BASE = 0x6812,
	VMCS_GUEST_TR_BASE = 0x6814,
	VMCS_GUEST_GDTR_BASE = 0x6816,
	VMCS_GUEST_IDTR_BASE = 0x6818,
	VMCS_GUEST_DR7 = 0x681a,
	VMCS_GUEST_RSP = 0x681c,
	VMCS_GUEST_RIP = 0x681e,
	VMCS_GUEST_RFLAGS = 0x6820,
	VMCS_GUEST_PENDING_DEBUG = 0x6822,
	VMCS_GUEST_SYSENTER_ESP = 0x6824,
	VMCS_GUEST_SYSENTER_EIP = 0x6826,
	VMCS_HOST_CR0 = 0x6c00,
	VMCS_HOST_CR3 = 0x6c02,
	VMCS_HOST_CR4 = 0x6c04,
	VMCS_HOST_FS_BASE = 0x6c06,
	VMCS_HOST_GS_BASE = 0x6c08,
	VMCS_HOST_TR_BASE = 0x6c0a,
	VMCS_HOST_GDTR_BASE = 0x6c0c,
	VMCS_HOST_IDTR_BASE = 0x6c0e,
	VMCS_HOST_SYSENTER_ESP = 0x6c10,
	VMCS_HOST_SYSENTER_EIP = 0x6c12,
	VMCS_HOST_RSP = 0x6c14, /* enter.S has its number, too */
	VMCS_HOST_RIP = 0x6c16,
};

/* The n-th segment's field, in the order of enum segment_reg, from that of ES. */
#define VMCS_SEGMENT(es_field, n) ((es_field) + 2 * (u32)(n))

/* VMCS_PIN_CONTROLS (24.6.1) */
#define PIN_VIRTUAL_NMIS BIT(5)
#define PIN_NMI          BIT(3)
#define PIN_INTERRUPT    BIT(0)

/* VMCS_PRIMARY_CONTROLS (24.6.2): what exits, unless said */
#define PRIMARY_SECONDARY  BIT(31) /* VMCS_SECONDARY_CONTROLS counts */
#define PRIMARY_MONITOR    BIT(29)
#define PRIMARY_MSR_BITMAP BIT(28) /* RDMSR and WRMSR by VMCS_MSR_BITMAP */
#define PRIMARY_IO         BIT(24) /* all ports */
#define PRIMARY_NMI_WINDOW BIT(22)
#define PRIMARY_CR8_STORE  BIT(20)
#define PRIMARY_CR8_LOAD   BIT(19)
#define PRIMARY_CR3_STORE  BIT(16)
#define PRIMARY_CR3_LOAD   BIT(15)
#define PRIMARY_RDPMC      BIT(11)
#define PRIMARY_MWAIT      BIT(10)
#define PRIMARY_HLT        BIT(7)
#define PRIMARY_TSC_OFFSET BIT(3) /* VMCS_TSC_OFFSET is added */
#define PRIMARY_IRQ_WINDOW BIT(2)

/* VMCS_SECONDARY_CONTROLS: what is allowed, unless said */
#define SECONDARY_INVPCID      BIT(12)
#define SECONDARY_UNRESTRICTED BIT(7) /* real mode, and protected mode without paging */
#define SECONDARY_WBINVD       BIT(6) /* exits */
#define SECONDARY_VPID         BIT(5)
#define SECONDARY_RDTSCP       BIT(3)
#define SECONDARY_EPT          BIT(1)

/* VMCS_EXIT_CONTROLS (24.7.1) */
#define EXITS_LOAD_EFER  BIT(21)
#define EXITS_SAVE_EFER  BIT(20)
#define EXITS_LOAD_PAT   BIT(19)
#define EXITS_SAVE_PAT   BIT(18)
#define EXITS_HOST_64    BIT(9)
#define EXITS_SAVE_DEBUG BIT(2)

/* VMCS_ENTRY_CONTROLS (24.8.1) */
#define ENTRY_LOAD_EFER  BIT(15)
#define ENTRY_LOAD_PAT   BIT(14)
#define ENTRY_DUAL_SMM   BIT(11)
#define ENTRY_SMM        BIT(10)
#define ENTRY_GUEST_64   BIT(9) /* IA-32e mode guest */
#define ENTRY_LOAD_DEBUG BIT(2)

/* Events, in all four fields that have them (24.8.3, 24.9.2) */
#define EVENT_VALID     BIT(31)
#define EVENT_RESERVED  BITS(30, 12)
#define EVENT_HAS_ERROR BIT(11)
#define EVENT_TYPE      BITS(10, 8)
#define EVENT_VECTOR    BITS(7, 0)
#define EVENT_UNBLOCKED \
	BIT(12) /* VMCS_EXIT_EVENT, EPT_UNBLOCKED: an IRET had ended NMI blocking */
enum vmx_event {
	VMX_EXTERNAL = 0,
	VMX_NMI = 2,
	VMX_EXCEPTION = 3,
	VMX_SOFTWARE_INTERRUPT = 4,
	VMX_PRIVILEGED_EXCEPTION = 5, /* INT1 */
	VMX_SOFTWARE_EXCEPTION = 6,   /* INT3, INTO */
};

/* VMCS_GUEST_*_ACCESS (24.4.1): bits 11:8 of struct segment.attr are four bits higher */
#define ACCESS_UNUSABLE BIT(16)
#define ACCESS_G        BIT(15)
#define ACCESS_DB       BIT(14)
#define ACCESS_L        BIT(13)
#define ACCESS_HIGH     BITS(15, 12)
#define ACCESS_RESERVED (BITS(31, 17) | BITS(11, 8))

/* VMCS_GUEST_INTERRUPTIBILITY (24.4.2) */
#define BLOCKING_NMI    BIT(3)
#define BLOCKING_SMI    BIT(2)
#define BLOCKING_MOV_SS BIT(1)
#define BLOCKING_STI    BIT(0)

/* VMCS_GUEST_ACTIVITY */
#define ACTIVITY_ACTIVE 0UL

/* VMCS_GUEST_PENDING_DEBUG */
#define PENDING_BS BIT(14) /* a single step */

/* VMCS_EPT_POINTER (24.6.11) */
#define EPTP_WALK_4 field_put(BITS(5, 3), 3)
#define EPTP_WB     6UL

/* VMCS_EXIT_REASON (24.9.1, appendix C) */
#define REASON_ENTRY_FAILED BIT(31)
#define REASON_BASIC        BITS(15, 0)
enum vmx_reason {
	REASON_EXCEPTION = 0, /* or an NMI */
	REASON_INTERRUPT = 1,
	REASON_TRIPLE_FAULT = 2,
	REASON_INIT = 3,
	REASON_SIPI = 4,
	REASON_IRQ_WINDOW = 7,
	REASON_NMI_WINDOW = 8,
	REASON_TASK_SWITCH = 9,
	REASON_CPUID = 10,
	REASON_GETSEC = 11,
	REASON_HLT = 12,
	REASON_INVD = 13,
	REASON_RDPMC = 15,
	REASON_VMCALL = 18,
	REASON_VMCLEAR = 19, /* and the other instructions of VMX, to 27 */
	REASON_VMXON = 27,
	REASON_CR = 28,
	REASON_IO = 30,
	REASON_RDMSR = 31,
	REASON_WRMSR = 32,
	REASON_BAD_GUEST_STATE = 33,
	REASON_MWAIT = 36,
	REASON_MONITOR = 39,
	REASON_MACHINE_CHECK = 41,
	REASON_EPT_VIOLATION = 48,
	REASON_EPT_MISCONFIGURATION = 49,
	REASON_INVEPT = 50,
	REASON_INVVPID = 53,
	REASON_WBINVD = 54,
	REASON_XSETBV = 55,
};

/* VMCS_QUALIFICATION (27.2.1) of REASON_CR */
#define CR_GPR    BITS(11, 8)
#define CR_ACCESS BITS(5, 4)
#define CR_NUMBER BITS(3, 0)
enum { CR_TO = 0, CR_FROM = 1 };

/* ... of REASON_IO */
#define IO_PORT   BITS(31, 16)
#define IO_STRING BIT(4)
#define IO_IN     BIT(3)
#define IO_SIZE   BITS(2, 0) /* less 1 */

/* ... of REASON_EPT_VIOLATION */
#define EPT_UNBLOCKED EVENT_UNBLOCKED
#define EPT_ACCESS \
	BIT(8) /* by the access itself, not by the walk of the guest's tables */
#define EPT_LINEAR BIT(7) /* there is a linear address */
#define EPT_FETCH  BIT(2)
#define EPT_WRITE  BIT(1)

/* ... of a debug exception: as DR6 has them */
#define DEBUG_BITS (BITS(14, 13) | BITS(3, 0))
#define DEBUG_BD   BIT(13)

/* Of the VMCS that is current on this cpu. */
static inline u64 vmcs_read(enum vmcs_field field)
{
	u64 value;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"((u64)field) : "cc");
	return value;
}

/* True if there is such a field. */
static inline bool vmcs_try_write(enum vmcs_field field, u64 value)
{
	bool done;

	asm volatile("vmwrite %2, %1"
		: "=@cca"(done)
		: "r"((u64)field), "r"(value)
		: "memory");
	return done;
}
