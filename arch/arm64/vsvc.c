// SPDX-License-Identifier: Apache-2.0
// The two calls that a guest at EL0 has (<vsvc.h>).
#include "vsvc.h"

#include <hv/console.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define REG_FUNCTION 8

static void putchar(struct vcpu *vcpu)
{
	u8 byte = (u8)vcpu->arch.regs.x[0];

	console_guest_write(vcpu->vm, &byte, 1);
	vcpu->arch.regs.x[0] = 0;
}

static void end(struct vcpu *vcpu)
{
	if (vcpu->arch.regs.x[0])
		vm_shutdown(vcpu->vm, VM_FAILED, "SVC exit, the guest has failed");
	else
		vm_shutdown(vcpu->vm, VM_POWEROFF, "SVC exit");
}

void vsvc_call(struct vcpu *vcpu)
{
	u64 function = vcpu->arch.regs.x[REG_FUNCTION];

	switch (function) {
	case VSVC_PUTCHAR: putchar(vcpu); return;
	case VSVC_EXIT: end(vcpu); return;
	}
	trace_add(TRACE_CALL, vcpu->trace_tag, 0, vcpu->arch.regs.pc, function);
	vcpu->arch.regs.x[0] = ~0UL;
}
