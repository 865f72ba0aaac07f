// SPDX-License-Identifier: Apache-2.0
// Events into the guest: exceptions, interrupts, NMIs, and what other CPUs ask for (SDM volume
// 3A, chapter 6). What is to be delivered is decided here, just before an entry; how is the
// backend's.
#include "guest.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "vioapic.h"
#include "vpic.h"

static void request(struct vcpu *vcpu, u32 what)
{
	__atomic_fetch_or(&vcpu->arch.requests, what, __ATOMIC_SEQ_CST);
}

/*
 * One that lives on this cpu as well was woken by the vCPU that runs here, perhaps in the backend's
 * own loop, which nobody interrupts.
 */
static void look_around(const struct vcpu *woken)
{
	struct cpu *cpu = cpu_this();

	if (woken->cpu == cpu && cpu->current)
		request(cpu->current, REQUEST_LEAVE);
}

/* From any cpu: the vCPU looks at what was left for it before it enters again. */
static void notify(struct vcpu *vcpu, u32 what)
{
	request(vcpu, what);
	if (__atomic_load_n(&vcpu->arch.loaded, __ATOMIC_SEQ_CST) == cpu_this())
		return;
	sched_wake(vcpu);
	look_around(vcpu);
}

void vevent_reset(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = &vcpu->arch;

	__atomic_store_n(&arch->requests, REQUEST_IRQ, __ATOMIC_SEQ_CST);
	arch->event = (struct event){0};
	arch->nmi_pending = false;
	arch->nmi_blocked = false;
	arch->wait_sipi = false;
	arch->halted = false;
	arch->window = false;
	guest->want_irq_window(vcpu, false);
}

/* ---- Exceptions ---- */

/* SDM table 6-5: what an exception is when it meets another. */
static bool is_contributory(u8 vector)
{
	return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

static bool makes_double(u8 first, u8 second)
{
	if (first == VECTOR_PF)
		return second == VECTOR_PF || is_contributory(second);
	return is_contributory(first) && is_contributory(second);
}

bool vevent_exception(struct vcpu *vcpu, u8 vector, bool has_error, u32 error)
{
	struct arch_vcpu *arch = &vcpu->arch;
	const struct event *first = &arch->event;

	if (arch->requests & REQUEST_EVENT && first->type == EVENT_EXCEPTION) {
		if (first->vector == VECTOR_DF)
			return false;
		if (makes_double(first->vector, vector)) {
			vector = VECTOR_DF;
			has_error = true;
			error = 0;
		}
	}
	arch->event = (struct event){
		.vector = vector,
		.type = EVENT_EXCEPTION,
		.has_error = has_error && guest->get(vcpu, GUEST_CR0) & CR0_PE,
		.error = error,
	};
	request(vcpu, REQUEST_EVENT);
	trace_add(TRACE_INJECT, vcpu->trace_tag, vector, arch->regs.rip, error);
	return true;
}

void vevent_again(struct vcpu *vcpu, const struct event *event)
{
	vcpu->arch.event = *event;
	request(vcpu, REQUEST_EVENT);
}

static enum exit_reason exit_exception(struct vcpu *vcpu, u8 vector, bool has_error)
{
	return vevent_exception(vcpu, vector, has_error, 0) ? EXIT_NONE : EXIT_SHUTDOWN;
}

enum exit_reason vevent_ud(struct vcpu *vcpu)
{
	return exit_exception(vcpu, VECTOR_UD, false);
}

enum exit_reason vevent_gp(struct vcpu *vcpu)
{
	return exit_exception(vcpu, VECTOR_GP, true);
}

enum exit_reason vevent_fault(struct vcpu *vcpu, const struct insn_fault *fault)
{
	if (fault->vector == VECTOR_PF)
		guest->set(vcpu, GUEST_CR2, fault->address);
	return vevent_exception(vcpu, fault->vector, fault->has_error, fault->error)
		? EXIT_NONE
		: EXIT_SHUTDOWN;
}

/* ---- Interrupts ---- */

static bool extint_pending(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->arch.pic_intr, __ATOMIC_ACQUIRE) &&
		vlapic_takes_extint(&vcpu->arch.lapic);
}

static bool irq_deliverable(const struct vcpu *vcpu)
{
	return extint_pending(vcpu) || vlapic_pending(&vcpu->arch.lapic) >= 0;
}

static u8 take_irq(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	int vector;

	if (extint_pending(vcpu)) {
		vm_lock(vm);
		vector = vpic_ack(vm->arch.pic);
		vm_unlock(vm);
		return (u8)vector;
	}
	vector = vlapic_pending(&vcpu->arch.lapic);
	vlapic_accept(&vcpu->arch.lapic, (u8)vector);
	return (u8)vector;
}

static void set_window(struct vcpu *vcpu, bool on)
{
	if (vcpu->arch.window != on)
		guest->want_irq_window(vcpu, on);
	vcpu->arch.window = on;
}

static void deliver_irq(struct vcpu *vcpu)
{
	struct event event = {.type = EVENT_EXTERNAL};

	if (!irq_deliverable(vcpu)) {
		set_window(vcpu, false);
		return;
	}
	if (!guest->takes_irq(vcpu)) {
		set_window(vcpu, true);
		return;
	}
	event.vector = take_irq(vcpu);
	trace_add(TRACE_IRQ, vcpu->trace_tag, event.vector | TRACE_IRQ_RAISED, 0, 0);
	guest->inject(vcpu, &event);
	vcpu->arch.halted = false;
	/* The next one, if it may come in before this one ends. */
	set_window(vcpu, irq_deliverable(vcpu));
}

static void deliver_nmi(struct vcpu *vcpu)
{
	const struct event event = {.type = EVENT_NMI, .vector = VECTOR_NMI};

	if (!guest->takes_nmi(vcpu)) {
		guest->want_nmi_window(vcpu);
		return;
	}
	vcpu->arch.nmi_pending = false;
	vcpu->arch.halted = false;
	guest->inject(vcpu, &event);
}

/* It waits for a start-up IPI from now on. The boot CPU would begin at the reset vector. */
static void take_init(struct vcpu *vcpu)
{
	if (vcpu->index == 0)
		vm_shutdown(vcpu->vm, VM_RESET, "INIT of the boot CPU");
	vcpu->arch.wait_sipi = true;
}

/* False: there was none. */
static bool take_sipi(struct vcpu *vcpu, u32 requests)
{
	if (!(requests & REQUEST_SIPI))
		return false;
	vstate_reset(vcpu, (u64)vcpu->arch.sipi_page << PAGE_SHIFT, 0, START_SIPI);
	return true;
}

static bool prepare(struct vcpu *vcpu, u32 requests)
{
	struct arch_vcpu *arch = &vcpu->arch;

	if (requests & REQUEST_INIT)
		take_init(vcpu);
	if (arch->wait_sipi && !take_sipi(vcpu, requests))
		return false;
	if (requests & REQUEST_FLUSH)
		guest->flush(vcpu);
	if (requests & REQUEST_NMI)
		arch->nmi_pending = true;
	if (requests & REQUEST_EVENT) {
		arch->halted = false;
		guest->inject(vcpu, &arch->event);
	}
	if (arch->nmi_pending)
		deliver_nmi(vcpu);
	deliver_irq(vcpu);
	return true;
}

bool vevent_prepare(struct vcpu *vcpu)
{
	u32 requests = __atomic_exchange_n(&vcpu->arch.requests, 0, __ATOMIC_ACQ_REL);

	if (unlikely(requests & REQUEST_LEAVE)) {
		request(vcpu, requests & ~(u32)REQUEST_LEAVE);
		vcpu->exit.reason = EXIT_IRQ; /* nothing else is to be done */
		return false;
	}
	/* What woke one that sleeps may be masked, or of too low a priority. */
	if (prepare(vcpu, requests) && !vcpu->arch.halted)
		return true;
	vcpu->exit.reason = EXIT_IDLE;
	return false;
}

bool vevent_irq_pending(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = &vcpu->arch;
	u32 requests = __atomic_load_n(&arch->requests, __ATOMIC_ACQUIRE);

	if (arch->wait_sipi)
		return requests & REQUEST_SIPI;
	return requests & (REQUEST_NMI | REQUEST_INIT | REQUEST_EVENT) ||
		arch->nmi_pending || (guest->takes_irq(vcpu) && irq_deliverable(vcpu));
}

void vevent_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	if (irq != VCPU_INTR)
		return;
	__atomic_store_n(&vcpu->arch.pic_intr, level, __ATOMIC_RELEASE);
	if (level)
		notify(vcpu, REQUEST_IRQ);
}

/* ---- For the local APIC ---- */

static struct vcpu *vcpu_of(const struct vlapic *apic)
{
	return container_of((struct vlapic *)apic, struct vcpu, arch.lapic);
}

struct vlapic *vlapic_of(struct vm *vm, u32 n)
{
	return n < vm->vcpu_count ? &vm->vcpus[n]->arch.lapic : NULL;
}

void vlapic_notify(struct vlapic *apic)
{
	notify(vcpu_of(apic), REQUEST_IRQ);
}

void vlapic_signal(struct vlapic *apic, enum apic_mode mode, u8 vector)
{
	struct vcpu *vcpu = vcpu_of(apic);

	switch (mode) {
	case APIC_NMI: notify(vcpu, REQUEST_NMI); break;
	case APIC_INIT:
		/* One that is off waits for a start-up IPI from the beginning. */
		if (!vcpu_is_off(vcpu))
			notify(vcpu, REQUEST_INIT);
		break;
	case APIC_SIPI:
		if (!vcpu_is_off(vcpu)) {
			vcpu->arch.sipi_page = vector;
			notify(vcpu, REQUEST_SIPI);
		} else if (vcpu->index != 0) {
			vcpu_start(vcpu, (u64)vector << PAGE_SHIFT, 0, START_SIPI);
			look_around(vcpu);
		}
		break;
	case APIC_FIXED:
	case APIC_LOWEST:
	case APIC_SMI:
	case APIC_EXTINT: break;
	}
}

u64 vlapic_tsc(const struct vlapic *apic)
{
	const struct vcpu *vcpu = vcpu_of(apic);

	return arch_ticks() - vcpu->vm->time_offset + vcpu->arch.tsc_adjust;
}

u64 vlapic_tsc_to_host(const struct vlapic *apic, u64 tsc)
{
	u64 now = vlapic_tsc(apic), in, host_now = time_now();

	if (tsc <= now)
		return host_now;
	in = time_from_ticks(tsc - now);
	return in < ~0UL - host_now ? host_now + in : ~0UL;
}

void vlapic_eoi(struct vlapic *apic, u8 vector)
{
	struct vm *vm = vcpu_of(apic)->vm;

	vm_lock(vm);
	vioapic_eoi(vm->arch.ioapic, vector);
	vm_unlock(vm);
}
