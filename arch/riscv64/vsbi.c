// SPDX-License-Identifier: Apache-2.0
// SBI calls of guests. Those that concern the calling vCPU alone, nearly all in practice, take
// vsbi_local(); the rest come by arch_call().
#include "vsbi.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/csr.h>
#include <arch/machine.h>

#include "sbi.h"
#include "vtimer.h"

#define SPEC_VERSION (2UL << 24)  /* 2.0 */
#define IMPL_ID      0x6c6f6467UL /* "lodg": not one of the registered small numbers */
#define IMPL_VERSION 1UL

/* ---- Base (chapter 4) ---- */

static bool extension_present(u64 id)
{
	switch (id) {
	case SBI_LEGACY_SET_TIMER ... SBI_LEGACY_SHUTDOWN:
	case SBI_BASE:
	case SBI_TIME:
	case SBI_IPI:
	case SBI_RFENCE:
	case SBI_HSM:
	case SBI_SRST:
	case SBI_DBCN: return true;
	}
	return false;
}

static struct sbi_result base(u64 function, u64 arg)
{
	switch (function) {
	case SBI_BASE_GET_SPEC_VERSION: return success(SPEC_VERSION);
	case SBI_BASE_GET_IMPL_ID: return success(IMPL_ID);
	case SBI_BASE_GET_IMPL_VERSION: return success(IMPL_VERSION);
	case SBI_BASE_PROBE_EXTENSION: return success(extension_present(arg));
	}
	/* The hart is the real one, and its errata with it: the firmware knows. */
	if (function == SBI_BASE_GET_MVENDORID || function == SBI_BASE_GET_MARCHID ||
		function == SBI_BASE_GET_MIMPID)
		return sbi_call(SBI_BASE, function, 0, 0, 0, 0, 0);
	return not_supported;
}

/* ---- Hart masks (chapter 3.1) ---- */

/* The vCPUs meant, as a bitmap; false if one of them does not exist. */
static bool hart_mask(const struct vm *vm, u64 mask, u64 first, u64 *vcpus)
{
	u64 all = BITS(vm->vcpu_count - 1, 0);

	if (first == ~0UL) {
		*vcpus = all;
		return true;
	}
	if (!mask) {
		*vcpus = 0;
		return true;
	}
	if (first >= vm->vcpu_count || (mask & ~(all >> first)))
		return false;
	*vcpus = mask << first;
	return true;
}

static bool only_self(const struct vcpu *vcpu, u64 mask, u64 first)
{
	u64 vcpus;

	return hart_mask(vcpu->vm, mask, first, &vcpus) && vcpus == BIT(vcpu->index);
}

/* ---- Fences (chapter 8) ---- */

#define FENCE_PAGES_MAX 16 /* beyond that, everything at once is cheaper */

static bool fence_all(u64 start, u64 size)
{
	return (!start && !size) || size > FENCE_PAGES_MAX * PAGE_SIZE;
}

static void fence_self(u64 function, u64 start, u64 size, u64 asid)
{
	/* fence_all() has taken what is long, and with it what wraps. */
	u64 from = ALIGN_DOWN(start, PAGE_SIZE), to = ALIGN_UP(start + size, PAGE_SIZE);

	if (function == SBI_RFENCE_FENCE_I)
		asm volatile("fence.i" ::: "memory");
	else if (fence_all(start, size) && function == SBI_RFENCE_SFENCE_VMA)
		asm volatile("hfence.vvma" ::: "memory");
	else if (fence_all(start, size))
		asm volatile("hfence.vvma zero, %0" ::"r"(asid) : "memory");
	else
		for (u64 at = from; at != to; at += PAGE_SIZE)
			if (function == SBI_RFENCE_SFENCE_VMA)
				asm volatile("hfence.vvma %0, zero" ::"r"(at) : "memory");
			else
				asm volatile("hfence.vvma %0, %1" ::"r"(at), "r"(asid)
					: "memory");
}

/*
 * On a vCPU that has a hart now, the firmware does it there at once. One that has none does
 * it when it is loaded; the request is left first, so that a load in between sees it.
 */
static void fence_other(struct vcpu *vcpu, u64 function, u64 start, u64 size, u64 asid)
{
	bool fence_i = function == SBI_RFENCE_FENCE_I;
	struct cpu *cpu;

	__atomic_fetch_or(&vcpu->arch.requests,
		fence_i ? REQUEST_FENCE_I : REQUEST_HFENCE_VVMA, __ATOMIC_SEQ_CST);
	cpu = __atomic_load_n(&vcpu->arch.loaded, __ATOMIC_SEQ_CST);
	if (!cpu)
		return;
	if (fence_i)
		sbi_remote_fence(cpu->arch.id, SBI_RFENCE_FENCE_I, 0, 0, 0);
	else
		sbi_remote_fence(cpu->arch.id,
			function == SBI_RFENCE_SFENCE_VMA ? SBI_RFENCE_HFENCE_VVMA
							  : SBI_RFENCE_HFENCE_VVMA_ASID,
			start, size, asid);
}

static struct sbi_result rfence(struct vcpu *vcpu, u64 function, u64 vcpus, u64 start,
	u64 size, u64 asid)
{
	if (function > SBI_RFENCE_SFENCE_VMA_ASID)
		return not_supported;
	for (u32 i = 0; i < vcpu->vm->vcpu_count; i++) {
		if (!(vcpus & BIT(i)))
			continue;
		if (i == vcpu->index)
			fence_self(function, start, size, asid);
		else
			fence_other(vcpu->vm->vcpus[i], function, start, size, asid);
	}
	return success(0);
}

/* ---- Calls that concern the vCPU alone ---- */

/* Each is a function of its own, called last, so that vsbi_local() needs no stack frame. */

static bool local_base(struct vcpu *vcpu)
{
	finish(vcpu, base(vcpu->arch.regs.x[REG_A6], vcpu->arch.regs.x[REG_A0]));
	return true;
}

static bool local_timer(struct vcpu *vcpu)
{
	if (vcpu->arch.regs.x[REG_A6])
		return false;
	vtimer_set(vcpu, vcpu->arch.regs.x[REG_A0]);
	finish(vcpu, success(0));
	return true;
}

static bool local_ipi(struct vcpu *vcpu)
{
	const u64 *x = vcpu->arch.regs.x;

	if (x[REG_A6] || !only_self(vcpu, x[REG_A0], x[REG_A1]))
		return false;
	csr_set(hvip, HVIP_VSSIP);
	finish(vcpu, success(0));
	return true;
}

static bool local_rfence(struct vcpu *vcpu)
{
	const u64 *x = vcpu->arch.regs.x;

	if (x[REG_A6] > SBI_RFENCE_SFENCE_VMA_ASID ||
		!only_self(vcpu, x[REG_A0], x[REG_A1]))
		return false;
	fence_self(x[REG_A6], x[REG_A2], x[REG_A3], x[REG_A4]);
	finish(vcpu, success(0));
	return true;
}

bool vsbi_local(struct vcpu *vcpu)
{
	switch (vcpu->arch.regs.x[REG_A7]) {
	case SBI_BASE: return local_base(vcpu);
	case SBI_TIME: return local_timer(vcpu);
	case SBI_IPI: return local_ipi(vcpu);
	case SBI_RFENCE: return local_rfence(vcpu);
	}
	return false;
}

/* ---- The VM's end (chapter 10) ---- */

static struct sbi_result system_reset(struct vm *vm, u64 type, u64 reason)
{
	if (reason > SBI_SRST_SYSTEM_FAILURE)
		return failure(SBI_ERR_INVALID_PARAM);
	switch (type) {
	case SBI_SRST_SHUTDOWN:
		if (reason == SBI_SRST_NO_REASON)
			vm_shutdown(vm, VM_POWEROFF, "SBI SRST shutdown");
		else
			vm_shutdown(vm, VM_FAILED, "SBI SRST shutdown, system failure");
		return success(0);
	case SBI_SRST_COLD_REBOOT:
		vm_shutdown(vm, VM_RESET, "SBI SRST cold reboot");
		return success(0);
	case SBI_SRST_WARM_REBOOT:
		vm_shutdown(vm, VM_RESET, "SBI SRST warm reboot");
		return success(0);
	}
	return failure(SBI_ERR_INVALID_PARAM);
}

/* ---- Legacy calls (chapter 5): the result is a0 alone ---- */

/* The hart mask lies in guest memory, at a virtual address; a null pointer means all. */
static bool legacy_mask(struct vcpu *vcpu, u64 gva, u64 *vcpus)
{
	const void *at = NULL;
	gpa_t gpa;
	u64 mask;

	if (!gva)
		return hart_mask(vcpu->vm, 0, ~0UL, vcpus);
	/* A pointer to an unsigned long: aligned, so it does not cross a page. */
	if (!IS_ALIGNED(gva, sizeof(mask)) ||
		vcpu->vm->backend->translate(vcpu, gva, &gpa))
		return false;
	vm_lock(vcpu->vm);
	at = vm_ram(vcpu->vm, gpa, sizeof(mask));
	if (at)
		__builtin_memcpy(&mask, at, sizeof(mask));
	vm_unlock(vcpu->vm);
	return at && hart_mask(vcpu->vm, mask, 0, vcpus);
}

static struct sbi_result ipi(struct vcpu *vcpu, u64 vcpus)
{
	struct vm *vm = vcpu->vm;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		if (vcpus & BIT(i))
			vm->backend->set_irq(vm->vcpus[i], IRQ_S_SOFT, true);
	return success(0);
}

static s64 legacy(struct vcpu *vcpu, u64 function)
{
	const u64 *x = vcpu->arch.regs.x;
	u64 vcpus;

	switch (function) {
	case SBI_LEGACY_SET_TIMER: vtimer_set(vcpu, x[REG_A0]); return 0;
	case SBI_LEGACY_PUTCHAR: vsbi_putchar(vcpu->vm, (u8)x[REG_A0]); return 0;
	case SBI_LEGACY_GETCHAR: return vsbi_getchar(vcpu->vm);
	case SBI_LEGACY_CLEAR_IPI: csr_clear(hvip, HVIP_VSSIP); return 0;
	case SBI_LEGACY_SHUTDOWN:
		vm_shutdown(vcpu->vm, VM_POWEROFF, "SBI legacy shutdown");
		return 0;
	}
	if (!legacy_mask(vcpu, x[REG_A0], &vcpus))
		return SBI_ERR_INVALID_PARAM;
	if (function == SBI_LEGACY_SEND_IPI)
		return ipi(vcpu, vcpus).error;
	return rfence(vcpu, function - SBI_LEGACY_FENCE_I, vcpus, x[REG_A1], x[REG_A2],
		x[REG_A3])
		.error;
}

/* ---- Everything else ---- */

static struct sbi_result masked(struct vcpu *vcpu, u64 extension, u64 function)
{
	const u64 *x = vcpu->arch.regs.x;
	u64 vcpus;

	if (extension == SBI_IPI && function)
		return not_supported;
	if (extension == SBI_RFENCE && function > SBI_RFENCE_SFENCE_VMA_ASID)
		return not_supported;
	if (!hart_mask(vcpu->vm, x[REG_A0], x[REG_A1], &vcpus))
		return failure(SBI_ERR_INVALID_PARAM);
	if (extension == SBI_IPI)
		return ipi(vcpu, vcpus);
	return rfence(vcpu, function, vcpus, x[REG_A2], x[REG_A3], x[REG_A4]);
}

void arch_call(struct vcpu *vcpu)
{
	u64 *x = vcpu->arch.regs.x;
	u64 extension = x[REG_A7], function = x[REG_A6];
	struct sbi_result result = not_supported;

	switch (extension) {
	case SBI_LEGACY_SET_TIMER ... SBI_LEGACY_SHUTDOWN:
		x[REG_A0] = (u64)legacy(vcpu, extension);
		vcpu->arch.regs.pc += ECALL_LENGTH;
		return;
	case SBI_HSM: vsbi_hsm(vcpu, function); return;
	case SBI_IPI:
	case SBI_RFENCE: result = masked(vcpu, extension, function); break;
	case SBI_SRST:
		if (!function)
			result = system_reset(vcpu->vm, (u32)x[REG_A0], (u32)x[REG_A1]);
		break;
	case SBI_DBCN:
		result =
			vsbi_console(vcpu->vm, function, x[REG_A0], x[REG_A1], x[REG_A2]);
		break;
	}
	if (result.error == SBI_ERR_NOT_SUPPORTED)
		trace_add(TRACE_CALL, vcpu->trace_tag, (u32)function, vcpu->arch.regs.pc,
			extension);
	finish(vcpu, result);
}
