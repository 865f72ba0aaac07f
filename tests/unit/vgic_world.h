// SPDX-License-Identifier: Apache-2.0
// Around a virtual GIC under test: cpus whose CPU interfaces have list registers and behave as
// the manual says (IHI 0069, "GICv3 and virtualization"), a guest's CPU on each, and physical
// PPIs. Guest CPU n is loaded on cpu n or not at all. What a device may use of its VM is faked
// here as well, so nothing of core/ need be linked.
#pragma once

#include "unit.h"

#include <hv/bus.h>
#include <hv/cpu.h>
#include <hv/fdt.h>
#include <hv/vcpu.h>

#include <stdio.h>
#include <stdlib.h>

#include "arch/arm64/vgic_state.h"
#include <arch/machine.h>

#define CPUS     16
#define SPURIOUS 1023U

/* A cpu: its half of the GIC that belongs to guests. */
struct interface {
	u64 lr[GICH_LRS_MAX];
	u32 hcr, vmcr;
	u32 apr[2];
	u32 ppi_active; /* physical ones */
};

static struct {
	struct vdev *dev;
	struct vgic *vgic;
	u32 cpu_count;
	u32 refused;
	u32 errors;
	u32 syncs;
	bool request[CPUS]; /* vm_cpu_irq() was called, and nobody has looked yet */
	u32 requests;
} world;

static struct interface interfaces[CPUS];
static struct cpu host_cpus[CPUS];
static struct vcpu guest_cpus[CPUS];

/* ---- The list registers of the cpu that runs ---- */

static struct interface *iface(void)
{
	return &interfaces[cpu_this()->index];
}

static u64 lr_state(u64 lr)
{
	return field_get(ICH_LR_STATE, lr);
}

static u32 lr_group(u64 lr)
{
	return lr & ICH_LR_GROUP ? 1 : 0;
}

static u32 lr_intid(u64 lr)
{
	return (u32)field_get(ICH_LR_VINTID, lr);
}

static struct gich fake_gich;

static u64 fake_lr_read(u32 n)
{
	assert_in_range(n, 0, fake_gich.lr_count - 1);
	return iface()->lr[n];
}

static void fake_lr_write(u32 n, u64 lr)
{
	assert_in_range(n, 0, fake_gich.lr_count - 1);
	iface()->lr[n] = lr;
}

static u32 fake_eisr(void)
{
	u32 mask = 0;

	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		u64 lr = iface()->lr[n];

		if (lr_state(lr) == LR_INVALID && !(lr & ICH_LR_HW) && lr & ICH_LR_EOI)
			mask |= 1U << n;
	}
	return mask;
}

static u32 fake_elrsr(void)
{
	u32 mask = 0;

	for (u32 n = 0; n < fake_gich.lr_count; n++)
		if (lr_state(iface()->lr[n]) == LR_INVALID)
			mask |= 1U << n;
	return mask & ~fake_eisr();
}

static u32 fake_hcr_read(void)
{
	return iface()->hcr;
}

static void fake_hcr_write(u32 hcr)
{
	iface()->hcr = hcr;
}

static u32 fake_vmcr_read(void)
{
	return iface()->vmcr;
}

static void fake_vmcr_write(u32 vmcr)
{
	iface()->vmcr = vmcr;
}

static u32 fake_apr_read(u32 group, u32 n)
{
	assert_int_equal(n, 0);
	return iface()->apr[group];
}

static void fake_apr_write(u32 group, u32 n, u32 apr)
{
	assert_int_equal(n, 0);
	iface()->apr[group] = apr;
}

static struct gich fake_gich = {
	.lr_count = 4,
	.apr_count = 1,
	.tdir = true,
	.lr_read = fake_lr_read,
	.lr_write = fake_lr_write,
	.elrsr = fake_elrsr,
	.eisr = fake_eisr,
	.hcr_read = fake_hcr_read,
	.hcr_write = fake_hcr_write,
	.vmcr_read = fake_vmcr_read,
	.vmcr_write = fake_vmcr_write,
	.apr_read = fake_apr_read,
	.apr_write = fake_apr_write,
};

const struct gich *gich = &fake_gich;

static void fake_ppi_active(u32 irq, bool active)
{
	u32 bit = 1U << irq;

	assert_in_range(irq, GIC_PPI, GIC_SPI - 1);
	iface()->ppi_active =
		active ? iface()->ppi_active | bit : iface()->ppi_active & ~bit;
}

static const struct gic fake_gic = {.name = "fake", .ppi_active = fake_ppi_active};
const struct gic *gic = &fake_gic;

/* The maintenance interrupt is pending: why, as ICH_MISR_EL2 would say. */
static u32 maintenance(void)
{
	u32 hcr = iface()->hcr, used = 0, pending = 0, vmcr = iface()->vmcr;

	if (!(hcr & ICH_HCR_EN))
		return 0;
	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		used += lr_state(iface()->lr[n]) != LR_INVALID;
		pending += lr_state(iface()->lr[n]) == LR_PENDING;
	}
	return (fake_eisr() ? 1U : 0) | (hcr & ICH_HCR_UIE && used <= 1 ? 2U : 0) |
		(hcr & ICH_HCR_LRENPIE && hcr & ICH_HCR_EOICOUNT ? 4U : 0) |
		(hcr & ICH_HCR_NPIE && !pending ? 8U : 0) |
		(hcr & ICH_HCR_VGRP0EIE && vmcr & ICH_VMCR_VENG0 ? 16U : 0) |
		(hcr & ICH_HCR_VGRP0DIE && !(vmcr & ICH_VMCR_VENG0) ? 32U : 0) |
		(hcr & ICH_HCR_VGRP1EIE && vmcr & ICH_VMCR_VENG1 ? 64U : 0) |
		(hcr & ICH_HCR_VGRP1DIE && !(vmcr & ICH_VMCR_VENG1) ? 128U : 0);
}

/* ---- What must hold whenever a guest is entered ---- */

static void check_lr(u64 lr, u32 *seen)
{
	u32 intid = lr_intid(lr);

	assert_in_range(intid, 0, VGIC_INTIDS - 1);
	assert_false(seen[intid / 32] >> intid % 32 & 1);
	seen[intid / 32] |= 1U << intid % 32;
	if (lr & ICH_LR_HW) {
		assert_int_equal(field_get(ICH_LR_PINTID, lr), intid);
		assert_int_not_equal(lr_state(lr), LR_PENDING | LR_ACTIVE);
		assert_true(iface()->ppi_active >> intid & 1);
	}
}

static void check_entry(u32 cpu)
{
	struct vgic_cpu *c = &world.vgic->s.cpus[cpu];
	u32 seen[VGIC_WORDS] = {0}, used = 0;

	assert_true(iface()->hcr & ICH_HCR_EN);
	assert_int_equal(maintenance(), 0);
	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		if (lr_state(iface()->lr[n]) == LR_INVALID)
			continue;
		check_lr(iface()->lr[n], seen);
		used++;
	}
	for (u32 other = 0; other < world.cpu_count; other++)
		for (u32 word = 1; other != cpu && word < VGIC_WORDS; word++)
			assert_int_equal(seen[word] &
					world.vgic->s.cpus[other].listed[word],
				0);
	/*
	 * What is not listed has nothing to do with this CPU, or had no room, and then the
	 * maintenance interrupt will tell when it has.
	 */
	if (c->overflow)
		assert_true(iface()->hcr & (ICH_HCR_NPIE | ICH_HCR_LRENPIE));
	for (u32 word = 0; word < VGIC_WORDS; word++) {
		const struct vgic_bank *bank = vgic_bank(world.vgic, c, word);

		assert_int_equal(seen[word] & ~c->listed[word], 0);
		if (used < fake_gich.lr_count && !c->overflow) {
			assert_int_equal(vgic_offerable(world.vgic, c, word), 0);
			assert_int_equal(bank->active & c->owned[word] & ~bank->listed,
				0);
		}
	}
}

/* ---- Cpus and guests ---- */

/* What follows happens on this cpu, by the guest's CPU of the same number. */
static void on(u32 cpu)
{
	fake_cpu = &host_cpus[cpu];
}

static void load(u32 cpu)
{
	on(cpu);
	vgic_interface_load(world.vgic, cpu);
	vgic_load(world.vgic, cpu);
	host_cpus[cpu].current = &guest_cpus[cpu];
}

static inline void save(u32 cpu)
{
	on(cpu);
	vgic_save(world.vgic, cpu);
	vgic_interface_save(world.vgic, cpu);
	host_cpus[cpu].current = NULL;
	for (u32 n = 0; n < fake_gich.lr_count; n++)
		assert_int_equal(lr_state(iface()->lr[n]), LR_INVALID);
	assert_int_equal(fake_eisr(), 0);
	assert_int_equal(iface()->hcr, 0);
	assert_int_equal(iface()->ppi_active, 0);
}

/* As the backend does: requests, then in, out again at once for maintenance. */
static void enter(u32 cpu)
{
	on(cpu);
	if (world.request[cpu] || maintenance()) {
		world.request[cpu] = false;
		vgic_sync(world.vgic, cpu);
		world.syncs++;
	}
	check_entry(cpu);
}

static u32 running(void)
{
	u32 apr = iface()->apr[0] | iface()->apr[1];

	return apr ? (u32)__builtin_ctz(apr) * 8 : 0x100;
}

/* The list register that the interface signals; -1 if none. */
static int signalled(void)
{
	u32 mask = MIN((u32)field_get(ICH_VMCR_VPMR, iface()->vmcr), running());
	int best = -1;

	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		u64 lr = iface()->lr[n];
		u64 enable = lr & ICH_LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0;

		if (lr_state(lr) != LR_PENDING || !(iface()->vmcr & enable) ||
			field_get(ICH_LR_PRIORITY, lr) >= mask)
			continue;
		mask = (u32)field_get(ICH_LR_PRIORITY, lr);
		best = (int)n;
	}
	return best;
}

/* Enters; what the guest acknowledges then. The list register is left in *found. */
static u32 take_lr(u32 cpu, u64 *found)
{
	int n;
	u64 *lr;

	enter(cpu);
	n = signalled();
	if (n < 0)
		return SPURIOUS;
	lr = &iface()->lr[n];
	iface()->apr[lr_group(*lr)] |= 1U << field_get(ICH_LR_PRIORITY, *lr) / 8;
	*lr = (*lr & ~ICH_LR_STATE) | field_put(ICH_LR_STATE, LR_ACTIVE);
	*found = *lr;
	return lr_intid(*lr);
}

static inline u32 take(u32 cpu)
{
	u64 lr;

	return take_lr(cpu, &lr);
}

/* False: it is in no list register. */
static bool deactivate(u32 intid)
{
	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		u64 *lr = &iface()->lr[n];

		if (!(lr_state(*lr) & LR_ACTIVE) || lr_intid(*lr) != intid)
			continue;
		*lr &= ~field_put(ICH_LR_STATE, LR_ACTIVE);
		if (*lr & ICH_LR_HW)
			iface()->ppi_active &= ~(1U << field_get(ICH_LR_PINTID, *lr));
		return true;
	}
	return false;
}

static bool is_listed(u32 intid)
{
	for (u32 n = 0; n < fake_gich.lr_count; n++) {
		u64 lr = iface()->lr[n];

		if (lr_state(lr) != LR_INVALID && lr_intid(lr) == intid)
			return true;
	}
	return false;
}

/* The guest's write to EOIR, and what the machine does then. */
static void end(u32 cpu, u32 intid)
{
	struct interface *i;
	u32 *apr;

	on(cpu);
	i = iface();
	if (!(i->apr[0] | i->apr[1]))
		return;
	apr = !i->apr[0] ||
			(i->apr[1] && __builtin_ctz(i->apr[1]) < __builtin_ctz(i->apr[0]))
		? &i->apr[1]
		: &i->apr[0];
	*apr &= *apr - 1;
	/* Some count those that only drop the priority as well. */
	if (i->vmcr & ICH_VMCR_VEOIM ? !is_listed(intid) : !deactivate(intid))
		i->hcr = (i->hcr & ~(u32)ICH_HCR_EOICOUNT) |
			(u32)field_put(ICH_HCR_EOICOUNT,
				field_get(ICH_HCR_EOICOUNT, i->hcr) + 1);
	enter(cpu);
}

/* ... to DIR, where ends only drop the priority. */
static inline void end_active(u32 cpu, u32 intid)
{
	on(cpu);
	if (iface()->hcr & ICH_HCR_TDIR)
		vgic_dir(world.vgic, cpu, intid);
	else
		deactivate(intid);
	enter(cpu);
}

/* The wire of an SPI. */
static inline void wire(u32 intid, bool level)
{
	struct vintc *chip = vgic_vintc(world.vgic);

	chip->ops->set(chip, intid, level);
}

/* The timer's PPI comes on this cpu, and is handed on. */
static inline void forward(u32 cpu, u32 intid)
{
	on(cpu);
	assert_false(iface()->ppi_active >> intid & 1);
	iface()->ppi_active |= 1U << intid;
	vgic_forward(world.vgic, cpu, intid);
}

static inline void sgi(u32 cpu, u64 value)
{
	on(cpu);
	vgic_sgi(world.vgic, cpu, value, true);
}

static u64 in(u64 offset, u32 size)
{
	return world.dev->ops->read(world.dev, offset, size);
}

static void out(u64 offset, u32 size, u64 value)
{
	world.dev->ops->write(world.dev, offset, size, value);
}

/* Guest's mask open, both groups on, ends that end; not loaded. */
static void open_interface(u32 cpu)
{
	world.vgic->s.cpus[cpu].vmcr =
		(u32)(field_put(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG1 | ICH_VMCR_VENG0);
}

static void world_start(const struct vdev_ops *ops, u32 count, u32 lrs)
{
	memset(&world, 0, sizeof(world));
	memset(interfaces, 0, sizeof(interfaces));
	fake_gich.lr_count = lrs;
	world.cpu_count = count;
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		host_cpus[cpu].index = guest_cpus[cpu].index = cpu;
		host_cpus[cpu].current = NULL;
	}
	world.dev = mem_alloc(ops->bytes);
	world.dev->ops = ops;
	world.dev->place.base = BOARD_GICD_BASE;
	assert_int_equal(ops->create(world.dev, ""), 0);
	world.vgic = vgic_of(world.dev);
	ops->reset(world.dev);
	for (u32 cpu = 0; cpu < count; cpu++) {
		open_interface(cpu);
		load(cpu);
	}
	on(0);
}

static void world_end(void)
{
	mem_free(world.dev);
}

/* ---- <hv/vdev.h> ---- */

void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value)
{
	(void)offset;
	(void)write;
	(void)value;
	assert_ptr_equal(dev, world.dev);
	world.refused++;
}

const char *vm_name(const struct vm *vm)
{
	(void)vm;
	return "test";
}

u32 vm_cpu_count(const struct vm *vm)
{
	(void)vm;
	return world.cpu_count;
}

void vm_cpu_irq(struct vm *vm, u32 cpu, u32 irq, bool level)
{
	(void)vm;
	assert_in_range(cpu, 0, world.cpu_count - 1);
	assert_int_equal(irq, VGIC_INPUT);
	assert_true(level);
	world.request[cpu] = true;
	world.requests++;
}

void *mem_alloc(size_t size)
{
	return calloc(1, size);
}

void mem_free(void *p)
{
	free(p);
}

/* ---- And how it complains ---- */

void error(const char *fmt, ...)
{
	(void)fmt;
	world.errors++;
}

void panic(const char *fmt, ...)
{
	fprintf(stderr, "panic: %s\n", fmt);
	abort();
}
