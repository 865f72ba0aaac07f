// SPDX-License-Identifier: Apache-2.0
// The SBI that guests see: base, TIME, IPI, RFENCE, HSM, SRST, DBCN and the legacy calls
// (SBI 2.0). Arguments in a0-a5, function in a6, extension in a7; error in a0, value in a1.
#pragma once

#include <hv/types.h>
#include <hv/vcpu.h>

#include "sbi.h"

struct vm;

/*
 * Carries out the call at the vCPU's pc if it touches nothing but the vCPU itself: true, with
 * the result in its registers and the pc behind the ecall. Else false, nothing changed, and
 * arch_call() will do it. vCPU loaded.
 */
bool vsbi_local(struct vcpu *vcpu)
	__attribute__((noinline)); /* short, and so are its callers */

/* ---- Between the parts: vsbi.c, vsbi_hsm.c, vsbi_console.c ---- */

static const struct sbi_result not_supported = {SBI_ERR_NOT_SUPPORTED, 0};

static inline struct sbi_result success(u64 value)
{
	return (struct sbi_result){SBI_SUCCESS, (s64)value};
}

static inline struct sbi_result failure(s64 error)
{
	return (struct sbi_result){error, 0};
}

#define ECALL_LENGTH 4

/* The call returns. */
static inline void finish(struct vcpu *vcpu, struct sbi_result result)
{
	vcpu->arch.regs.x[REG_A0] = (u64)result.error;
	vcpu->arch.regs.x[REG_A1] = (u64)result.value;
	vcpu->arch.regs.pc += ECALL_LENGTH;
}

/* Carries out an HSM call and finishes it. vCPU loaded. */
void vsbi_hsm(struct vcpu *vcpu, u64 function);

/* A debug console call with its three arguments. */
struct sbi_result vsbi_console(struct vm *vm, u64 function, u64 arg0, u64 arg1, u64 arg2);
void vsbi_putchar(struct vm *vm, u8 byte);
/* The next byte typed for the VM, -1 if there is none. */
int vsbi_getchar(struct vm *vm);
