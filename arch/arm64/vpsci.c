// SPDX-License-Identifier: Apache-2.0
// PSCI for guests (Arm DEN 0022, chapter 5) and what the calling convention itself defines (DEN
// 0028, chapter 7). Those that concern the calling vCPU alone take vpsci_local(); the rest come by
// arch_call().
#include "vpsci.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/sysreg.h>

#include "psci.h"
#include "vid.h"

#define PSCI_1_1  0x10001
#define SMCCC_1_1 0x10001

/* SYSTEM_RESET2 of this vendor type says that the guest has failed, as shutdowns on others can. */
#define RESET2_FAILED (PSCI_RESET2_VENDOR | 1U)

static void result(struct vcpu *vcpu, s64 value)
{
	vcpu->arch.regs.x[0] = (u64)value;
}

static u32 function_of(const struct vcpu *vcpu)
{
	return (u32)vcpu->arch.regs.x[0];
}

/* Arguments of a 32-bit function are 32 bits wide. */
static u64 argument(const struct vcpu *vcpu, u32 n)
{
	u64 value = vcpu->arch.regs.x[n];

	return function_of(vcpu) & PSCI_64 ? value : (u32)value;
}

static s64 features(u32 function)
{
	switch (function & ~PSCI_64) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO:
	case PSCI_SYSTEM_RESET2: return PSCI_SUCCESS;
	}
	/* These take no 64-bit arguments. */
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_OFF:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION: return PSCI_SUCCESS;
	}
	return PSCI_NOT_SUPPORTED;
}

static s64 arch_features(u32 function)
{
	return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES
		? PSCI_SUCCESS
		: PSCI_NOT_SUPPORTED;
}

bool vpsci_local(struct vcpu *vcpu)
{
	switch (function_of(vcpu)) {
	case PSCI_VERSION: result(vcpu, PSCI_1_1); return true;
	case PSCI_FEATURES: result(vcpu, features((u32)argument(vcpu, 1))); return true;
	case PSCI_MIGRATE_INFO_TYPE: result(vcpu, PSCI_MIGRATE_NOT_NEEDED); return true;
	case SMCCC_VERSION: result(vcpu, SMCCC_1_1); return true;
	case SMCCC_ARCH_FEATURES:
		result(vcpu, arch_features((u32)argument(vcpu, 1)));
		return true;
	}
	return false;
}

/* ---- CPUs ---- */

/* Where a CPU may start: RAM, and an instruction. */
static bool is_entry(const struct vm *vm, u64 pc)
{
	return pc % INSN_BYTES == 0 && vm_has_ram(vm, GPA(pc), INSN_BYTES);
}

static s64 cpu_on(struct vm *vm, u64 affinity, u64 pc, u64 context)
{
	u32 index = vid_index(affinity);

	if (index >= vm->vcpu_count)
		return PSCI_INVALID_PARAMETERS;
	if (!is_entry(vm, pc))
		return PSCI_INVALID_ADDRESS;
	return vcpu_start(vm->vcpus[index], pc, context, 0) ? PSCI_ALREADY_ON
							    : PSCI_SUCCESS;
}

static s64 affinity_info(const struct vm *vm, u64 affinity, u64 lowest_level)
{
	u32 index = vid_index(affinity);

	/* Levels above 0 are of version 0.1: each CPU answers for itself. */
	if (lowest_level || index >= vm->vcpu_count)
		return PSCI_INVALID_PARAMETERS;
	return vcpu_is_off(vm->vcpus[index]) ? PSCI_AFFINITY_OFF : PSCI_AFFINITY_ON;
}

/*
 * Sleeps until an interrupt. A standby state goes on behind the call; from power down the CPU
 * starts anew, at the entry point, with what the interrupt controller knows kept.
 */
static void cpu_suspend(struct vcpu *vcpu)
{
	u64 state = argument(vcpu, 1), pc = argument(vcpu, 2),
	    context = argument(vcpu, 3);

	if (!(state & PSCI_POWER_DOWN)) {
		result(vcpu, PSCI_SUCCESS);
	} else if (!is_entry(vcpu->vm, pc)) {
		result(vcpu, PSCI_INVALID_ADDRESS);
		return;
	} else {
		sysreg_write(sctlr_el1, SCTLR_EL1_RES1);
		vcpu->arch.regs.pc = pc;
		vcpu->arch.regs.pstate = PSTATE_DAIF | PSTATE_EL1H;
		vcpu->arch.regs.x[0] = context;
	}
	vcpu_idle(vcpu);
}

/* ---- The machine ---- */

static s64 system_reset2(struct vm *vm, u64 type)
{
	if ((u32)type == RESET2_FAILED)
		vm_shutdown(vm, VM_FAILED, "PSCI SYSTEM_RESET2, the guest has failed");
	else if ((u32)type == PSCI_RESET2_WARM)
		vm_shutdown(vm, VM_RESET, "PSCI SYSTEM_RESET2, warm");
	else
		return PSCI_INVALID_PARAMETERS;
	return PSCI_SUCCESS;
}

static s64 not_supported(struct vcpu *vcpu)
{
	trace_add(TRACE_CALL, vcpu->trace_tag, 0, vcpu->arch.regs.pc, function_of(vcpu));
	return PSCI_NOT_SUPPORTED;
}

void vpsci_call(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	switch (function_of(vcpu)) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | PSCI_64: cpu_suspend(vcpu); return;
	case PSCI_CPU_OFF: vcpu_stop(vcpu); return;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | PSCI_64:
		result(vcpu,
			cpu_on(vm, argument(vcpu, 1), argument(vcpu, 2),
				argument(vcpu, 3)));
		return;
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | PSCI_64:
		result(vcpu, affinity_info(vm, argument(vcpu, 1), argument(vcpu, 2)));
		return;
	case PSCI_SYSTEM_OFF: vm_shutdown(vm, VM_POWEROFF, "PSCI SYSTEM_OFF"); return;
	case PSCI_SYSTEM_RESET: vm_shutdown(vm, VM_RESET, "PSCI SYSTEM_RESET"); return;
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | PSCI_64:
		result(vcpu, system_reset2(vm, argument(vcpu, 1)));
		return;
	}
	result(vcpu, not_supported(vcpu));
}
