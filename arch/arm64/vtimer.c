// SPDX-License-Identifier: Apache-2.0
// The guest's timers (Arm ARM, D12 "The Generic Timer in AArch64 state").
#include "vtimer.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/sysreg.h>

#include "vgic.h"

u64 vtimer_now(const struct vcpu *vcpu)
{
	return arch_ticks() - vcpu->vm->time_offset;
}

/* Arms `timer` for guest time `cval`, which may be the end of days: ns ~0, never. */
static void arm(struct vcpu *vcpu, struct timer *timer, u64 cval)
{
	u64 guest_now = vtimer_now(vcpu), host_now = time_now();
	u64 in = cval > guest_now ? time_from_ticks(cval - guest_now) : 0;

	timer_arm(timer, in < ~0UL - host_now ? host_now + in : ~0UL);
}

/* ---- The virtual timer ---- */

static bool is_on(u64 ctl)
{
	return (ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE;
}

/* Once it is loaded, the timer itself interrupts. */
static void virtual_due(struct timer *timer)
{
	sched_wake(container_of(timer, struct vcpu, timer));
}

void vtimer_load(struct vcpu *vcpu)
{
	const struct vtimer_state *timer = &vcpu->arch.virtual_timer;

	if (timer_armed(&vcpu->timer))
		timer_cancel(&vcpu->timer);
	sysreg_write(cntvoff_el2, vcpu->vm->time_offset);
	sysreg_write(cntv_cval_el0, timer->cval);
	isb();
	sysreg_write(cntv_ctl_el0, timer->ctl);
}

void vtimer_save(struct vcpu *vcpu)
{
	struct vtimer_state *timer = &vcpu->arch.virtual_timer;

	timer->ctl = sysreg_read(cntv_ctl_el0) & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	timer->cval = sysreg_read(cntv_cval_el0);
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

void vtimer_sleep(struct vcpu *vcpu)
{
	const struct vtimer_state *timer = &vcpu->arch.virtual_timer;

	/* What the guest has been told of already, and does not listen to, wakes nobody. */
	if (!is_on(timer->ctl) ||
		vgic_forwarded(vcpu->vm->arch.vgic, vcpu->index, PPI_VIRTUAL_TIMER))
		return;
	if (vtimer_now(vcpu) >= timer->cval)
		sched_wake(vcpu);
	else
		arm(vcpu, &vcpu->timer, timer->cval);
}

/* ---- The physical timer, emulated ---- */

/* The interrupt's level, and our timer if it will change. vm->lock held. */
static void physical_update(struct vcpu *vcpu)
{
	struct vtimer_state *timer = &vcpu->arch.physical_timer;
	bool on = is_on(timer->ctl), due = vtimer_now(vcpu) >= timer->cval;

	if (on && !due)
		arm(vcpu, &vcpu->arch.physical_fire, timer->cval);
	else
		timer_cancel(&vcpu->arch.physical_fire);
	vgic_ppi_set(vcpu->vm->arch.vgic, vcpu->index, PPI_PHYSICAL_TIMER, on && due);
}

static void physical_due(struct timer *timer)
{
	struct vcpu *vcpu = container_of(timer, struct vcpu, arch.physical_fire);

	vm_lock(vcpu->vm);
	physical_update(vcpu);
	vm_unlock(vcpu->vm);
}

u64 vtimer_read(struct vcpu *vcpu, enum vtimer_register reg)
{
	const struct vtimer_state *timer = &vcpu->arch.physical_timer;
	u64 now = vtimer_now(vcpu);

	switch (reg) {
	case VTIMER_CVAL: return timer->cval;
	case VTIMER_TVAL: return (u32)(timer->cval - now);
	case VTIMER_CTL: break;
	}
	return timer->ctl |
		(timer->ctl & CNT_CTL_ENABLE && now >= timer->cval ? CNT_CTL_ISTATUS : 0);
}

void vtimer_write(struct vcpu *vcpu, enum vtimer_register reg, u64 value)
{
	struct vtimer_state *timer = &vcpu->arch.physical_timer;

	vm_lock(vcpu->vm);
	switch (reg) {
	case VTIMER_CTL: timer->ctl = value & (CNT_CTL_ENABLE | CNT_CTL_IMASK); break;
	case VTIMER_CVAL: timer->cval = value; break;
	case VTIMER_TVAL: timer->cval = vtimer_now(vcpu) + (u64)(s32)value; break;
	}
	physical_update(vcpu);
	vm_unlock(vcpu->vm);
}

/* ---- Their life ---- */

void vtimer_init(struct vcpu *vcpu)
{
	timer_init(&vcpu->timer, virtual_due);
	timer_init(&vcpu->arch.physical_fire, physical_due);
}

void vtimer_fini(struct vcpu *vcpu)
{
	timer_cancel_wait(&vcpu->arch.physical_fire);
}

void vtimer_reset(struct vcpu *vcpu)
{
	vcpu->arch.virtual_timer = (struct vtimer_state){0};
	vcpu->arch.physical_timer = (struct vtimer_state){0};
	physical_update(vcpu);
}
