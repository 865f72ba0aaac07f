// SPDX-License-Identifier: Apache-2.0
// The virtual machine control block (APM volume 2, appendix B), the exits' codes (appendix C),
// and what CPUID says of SVM (15.3).
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

struct vmcb_segment {
	u16 selector;
	u16 attr; /* as struct segment.attr */
	u32 limit;
	u64 base;
};

struct vmcb {
	/* Control area */
	u32 intercept_cr; /* reads, and from bit 16 writes */
	u32 intercept_dr;
	u32 intercept_exceptions;
	u32 intercept_1; /* INTERCEPT_* */
	u32 intercept_2; /* INTERCEPT2_* */
	u32 intercept_3;
	u8 reserved_018[0x3c - 0x18];
	u16 pause_threshold;
	u16 pause_count;
	u64 iopm;
	u64 msrpm;
	u64 tsc_offset;
	u32 asid;
	u32 tlb_control; /* TLB_* */
	u64 vintr;       /* VINTR_* */
	u64 shadow;      /* SHADOW_* */
	u64 exit_code;
	u64 exit_info_1;
	u64 exit_info_2;
	u64 exit_int_info; /* EVENT_*: what the exit has cut short */
	u64 np_control;
	u8 reserved_098[0xa8 - 0x98];
	u64 event_inj; /* EVENT_* */
	u64 n_cr3;
	u64 lbr_control;
	u32 clean; /* CLEAN_* */
	u32 reserved_0c4;
	u64 next_rip;
	u8 fetched;
	u8 bytes[15];
	u8 reserved_0e0[0x400 - 0xe0];
	/* State save area */
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 reserved_4a0[0x4cb - 0x4a0];
	u8 cpl;
	u32 reserved_4cc;
	u64 efer;
	u8 reserved_4d8[0x548 - 0x4d8];
	u64 cr4, cr3, cr0;
	u64 dr7, dr6;
	u64 rflags;
	u64 rip;
	u8 reserved_580[0x5d8 - 0x580];
	u64 rsp;
	u8 reserved_5e0[0x5f8 - 0x5e0];
	u64 rax;
	u64 star, lstar, cstar, sfmask;
	u64 kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 cr2;
	u8 reserved_648[0x668 - 0x648];
	u64 g_pat;
	u64 dbgctl;
	u8 reserved_678[0x1000 - 0x678];
};
_Static_assert(sizeof(struct vmcb) == 0x1000, "a VMCB takes a page");
_Static_assert(offsetof(struct vmcb, iopm) == 0x40, "APM appendix B");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "APM appendix B");
_Static_assert(offsetof(struct vmcb, event_inj) == 0xa8, "APM appendix B");
_Static_assert(offsetof(struct vmcb, clean) == 0xc0, "APM appendix B");
_Static_assert(offsetof(struct vmcb, bytes) == 0xd1, "APM appendix B");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "APM appendix B");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "APM appendix B");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "APM appendix B");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "APM appendix B");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "APM appendix B");
_Static_assert(offsetof(struct vmcb, g_pat) == 0x668, "APM appendix B");

/* intercept_1 */
#define INTERCEPT_SHUTDOWN    BIT(31)
#define INTERCEPT_TASK_SWITCH BIT(29)
#define INTERCEPT_MSR         BIT(28)
#define INTERCEPT_IO          BIT(27)
#define INTERCEPT_INVLPGA     BIT(26)
#define INTERCEPT_HLT         BIT(24)
#define INTERCEPT_INVD        BIT(22)
#define INTERCEPT_IRET        BIT(20)
#define INTERCEPT_RSM         BIT(19)
#define INTERCEPT_CPUID       BIT(18)
#define INTERCEPT_RDPMC       BIT(15)
#define INTERCEPT_VINTR       BIT(4)
#define INTERCEPT_INIT        BIT(3)
#define INTERCEPT_SMI         BIT(2)
#define INTERCEPT_NMI         BIT(1)
#define INTERCEPT_INTR        BIT(0)

/* intercept_2 */
#define INTERCEPT2_RDPRU   BIT(14)
#define INTERCEPT2_XSETBV  BIT(13)
#define INTERCEPT2_MWAIT   BIT(11)
#define INTERCEPT2_MONITOR BIT(10)
#define INTERCEPT2_WBINVD  BIT(9)
#define INTERCEPT2_SKINIT  BIT(6)
#define INTERCEPT2_CLGI    BIT(5)
#define INTERCEPT2_STGI    BIT(4)
#define INTERCEPT2_VMSAVE  BIT(3)
#define INTERCEPT2_VMLOAD  BIT(2)
#define INTERCEPT2_VMMCALL BIT(1)
#define INTERCEPT2_VMRUN   BIT(0)

/* intercept_cr */
#define INTERCEPT_CR8_WRITE BIT(24)
#define INTERCEPT_CR8_READ  BIT(8)

/* tlb_control */
#define TLB_FLUSH_ASID 3U
#define TLB_FLUSH_ALL  1U

/* vintr */
#define VINTR_MASKING BIT(24) /* RFLAGS.IF is the guest's alone */
#define VINTR_IGN_TPR BIT(20)
#define VINTR_PRIO    BITS(19, 16)
#define VINTR_IRQ     BIT(8)
#define VINTR_TPR     BITS(3, 0) /* CR8 */

#define SHADOW_STI BIT(0) /* also that of MOV SS */

#define NP_ENABLE BIT(0)

/* event_inj, exit_int_info (15.20) */
#define EVENT_ERROR_CODE BITS(63, 32)
#define EVENT_VALID      BIT(31)
#define EVENT_HAS_ERROR  BIT(11)
#define EVENT_TYPE       BITS(10, 8)
#define EVENT_VECTOR     BITS(7, 0)

/* exit_info_1 of VMEXIT_IOIO */
#define IOIO_PORT   BITS(31, 16)
#define IOIO_SIZE   BITS(6, 4) /* in bytes: 1, 2 or 4 */
#define IOIO_REP    BIT(3)
#define IOIO_STRING BIT(2)
#define IOIO_IN     BIT(0)

/* exit_info_1 of VMEXIT_NPF: as the error code of a page fault */
#define NPF_TABLES BIT(33) /* the walk of the guest's own tables */
#define NPF_FETCH  BIT(4)
#define NPF_WRITE  BIT(1)

enum vmexit {
	VMEXIT_CR0_READ = 0x00,
	VMEXIT_CR8_READ = 0x08,
	VMEXIT_CR8_WRITE = 0x18,
	VMEXIT_EXCEPTION = 0x40, /* and 31 more */
	VMEXIT_INTR = 0x60,
	VMEXIT_NMI = 0x61,
	VMEXIT_SMI = 0x62,
	VMEXIT_INIT = 0x63,
	VMEXIT_VINTR = 0x64,
	VMEXIT_RDPMC = 0x6f,
	VMEXIT_CPUID = 0x72,
	VMEXIT_RSM = 0x73,
	VMEXIT_IRET = 0x74,
	VMEXIT_INVD = 0x76,
	VMEXIT_HLT = 0x78,
	VMEXIT_INVLPGA = 0x7a,
	VMEXIT_IOIO = 0x7b,
	VMEXIT_MSR = 0x7c,
	VMEXIT_TASK_SWITCH = 0x7d,
	VMEXIT_SHUTDOWN = 0x7f,
	VMEXIT_VMRUN = 0x80,
	VMEXIT_VMMCALL = 0x81,
	VMEXIT_VMLOAD = 0x82,
	VMEXIT_VMSAVE = 0x83,
	VMEXIT_STGI = 0x84,
	VMEXIT_CLGI = 0x85,
	VMEXIT_SKINIT = 0x86,
	VMEXIT_RDTSCP = 0x87,
	VMEXIT_WBINVD = 0x89,
	VMEXIT_MONITOR = 0x8a,
	VMEXIT_MWAIT = 0x8b,
	VMEXIT_XSETBV = 0x8d,
	VMEXIT_RDPRU = 0x8e,
	VMEXIT_NPF = 0x400,
};
#define VMEXIT_INVALID (~0UL)

/* CPUID 8000_000A: EBX is the number of ASIDs; EDX: */
#define SVM_DECODE_ASSISTS BIT(7)
#define SVM_FLUSH_ASID     BIT(6)
#define SVM_CLEAN          BIT(5)
#define SVM_NRIP           BIT(3)
#define SVM_NP             BIT(0)
