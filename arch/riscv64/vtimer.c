// SPDX-License-Identifier: Apache-2.0
// The guest's timer (SBI TIME extension; Sstc).
#include "vtimer.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/csr.h>

#include "boot.h"

/*
 * QEMU before 8.1 loses what vstimecmp raises just when the hart enters the guest, and a guest
 * that makes no exits then waits for ever. Each entry makes it look again, so there shall be
 * one at least this often. Nowhere else does it cost anything to speak of.
 */
#define RECHECK 1000000000UL /* ns */

static void vtimer_fire(struct timer *timer)
{
	struct vcpu *vcpu = container_of(timer, struct vcpu, timer);

	if (machine.sstc && vcpu->arch.loaded == cpu_this())
		timer_arm(timer, time_now() + RECHECK);
	else if (machine.sstc)
		sched_wake(vcpu); /* vstimecmp itself makes the interrupt, once loaded */
	else
		vcpu->vm->backend->set_irq(vcpu, IRQ_S_TIMER, true);
}

void vtimer_init(struct vcpu *vcpu)
{
	timer_init(&vcpu->timer, vtimer_fire);
}

u64 vtimer_now(const struct vcpu *vcpu)
{
	return arch_ticks() - vcpu->vm->time_offset;
}

/*
 * Fires when guest time is `ticks`, which lies in the future as seen from guest time `now`; it
 * may be the end of days, which is ns ~0, never, and not an overflow.
 */
static void arm(struct vcpu *vcpu, u64 ticks, u64 now)
{
	u64 in = time_from_ticks(ticks - now), host_now = time_now();

	timer_arm(&vcpu->timer, in < ~0UL - host_now ? host_now + in : ~0UL);
}

void vtimer_set(struct vcpu *vcpu, u64 ticks)
{
	u64 now;

	if (machine.sstc) {
		csr_write(vstimecmp, ticks);
		return;
	}
	if (timer_armed(&vcpu->timer))
		timer_cancel(&vcpu->timer);
	now = vtimer_now(vcpu);
	if (ticks <= now) {
		csr_set(hvip, HVIP_VSTIP);
		return;
	}
	csr_clear(hvip, HVIP_VSTIP);
	if (ticks != ~0UL)
		arm(vcpu, ticks, now);
}

void vtimer_load(struct vcpu *vcpu)
{
	if (!machine.sstc)
		return;
	csr_write(vstimecmp, vcpu->arch.vs.vstimecmp);
	timer_arm(&vcpu->timer, time_now() + RECHECK);
}

void vtimer_save(struct vcpu *vcpu)
{
	u64 ticks, now;

	if (!machine.sstc)
		return;
	ticks = csr_read(vstimecmp);
	vcpu->arch.vs.vstimecmp = ticks;
	csr_write(vstimecmp, ~0UL);
	timer_cancel(&vcpu->timer);
	/* A timer that the guest has masked wakes nobody. */
	if (ticks == ~0UL || !(vcpu->arch.vs.vsie & SIE_STIE))
		return;
	now = vtimer_now(vcpu);
	if (ticks <= now)
		vtimer_fire(&vcpu->timer);
	else
		arm(vcpu, ticks, now);
}
