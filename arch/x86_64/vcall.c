// SPDX-License-Identifier: Apache-2.0
// Hypercalls (vcall.h).
#include "vcall.h"

#include <hv/arch.h>
#include <hv/console.h>
#include <hv/string.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "guest.h"

#define CALL_BYTES 3

static bool is_privileged(const struct vcpu *vcpu)
{
	struct segment ss;

	guest->get_segment(vcpu, SEG_SS, &ss);
	return !(ss.attr & SEG_DPL);
}

enum exit_reason vcall_exit(struct vcpu *vcpu, u32 length)
{
	u64 *rax = &vcpu->arch.regs.gpr[GPR_RAX];

	if (unlikely(!is_privileged(vcpu)))
		return vevent_ud(vcpu);
	vcpu->arch.regs.rip += length;
	if (likely(*rax == VCALL_VERSION)) {
		*rax = VCALL_VERSION_1_1;
		return EXIT_NONE;
	}
	return EXIT_CALL;
}

enum exit_reason vcall_undefined(struct vcpu *vcpu)
{
	static const u8 vmcall[] = {0x0f, 0x01, 0xc1}, vmmcall[] = {0x0f, 0x01, 0xd9};
	u8 bytes[CALL_BYTES];

	if (vaccess_fetch(vcpu, bytes, sizeof(bytes)) == sizeof(bytes) &&
		(memcmp(bytes, vmcall, sizeof(vmcall)) == 0 ||
			memcmp(bytes, vmmcall, sizeof(vmmcall)) == 0))
		return vcall_exit(vcpu, CALL_BYTES);
	return vevent_ud(vcpu);
}

static void reset2(struct vcpu *vcpu)
{
	if (vcpu->arch.regs.gpr[GPR_RBX] == VCALL_RESET2_FAILED)
		vm_shutdown(vcpu->vm, VM_FAILED, "the guest says that it failed");
	else
		vm_shutdown(vcpu->vm, VM_RESET, "hypercall SYSTEM_RESET2");
}

void arch_call(struct vcpu *vcpu)
{
	u64 *rax = &vcpu->arch.regs.gpr[GPR_RAX];
	u8 c = (u8)field_get(VCALL_CHAR, *rax);

	if (field_get(VCALL_FUNCTION, *rax) == VCALL_PUTCHAR) {
		console_guest_write(vcpu->vm, &c, 1);
		return;
	}
	switch (*rax) {
	case VCALL_SYSTEM_OFF:
		vm_shutdown(vcpu->vm, VM_POWEROFF, "hypercall SYSTEM_OFF");
		return;
	case VCALL_SYSTEM_RESET:
		vm_shutdown(vcpu->vm, VM_RESET, "hypercall SYSTEM_RESET");
		return;
	case VCALL_SYSTEM_RESET2: reset2(vcpu); return;
	}
	trace_add(TRACE_CALL, vcpu->trace_tag, (u32)*rax, vcpu->arch.regs.rip,
		*rax >> 32);
	*rax = VCALL_UNKNOWN;
}
