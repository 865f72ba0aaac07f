// SPDX-License-Identifier: Apache-2.0
// The interrupt controller that guests see (RISC-V PLIC Specification 1.0.0), numbered as
// on the boards their kernels know: hart h has the contexts 2h (machine mode: there is
// none here, so it reads as zero) and 2h + 1 (supervisor mode).
//
//   wire -> gateway -> pending -> enabled and above threshold? -> S external of a vCPU
//           (claimed: shut until completed)
//
// The bitmaps are 32-bit words as the guest sees them; only bits that are set are looked
// at.
#include "plic.h"

#include <hv/bits.h>
#include <hv/fdt.h>
#include <hv/vdev.h>
#include <arch/machine.h>

#define WORDS         ((VPLIC_SOURCES + 1) / 32)
#define PRIORITY_BITS BITS(2, 0) /* priorities and thresholds are WARL: 0 .. 7 */

/* A hart's interrupts by their cause numbers (Priv. spec, scause and mcause). */
enum { INPUT_S_EXTERNAL = 9, INPUT_M_EXTERNAL = 11 };

_Static_assert(VPLIC_SOURCES % 32 == 31, "bitmaps are whole words");

/* A supervisor context. */
struct vplic_context {
	u32 enable[WORDS];
	u32 threshold;
	bool output; /* what the vCPU's input was last set to */
};

struct vplic_state {
	u32 level[WORDS];   /* the wires */
	u32 pending[WORDS]; /* IP bits */
	u32 claimed[WORDS]; /* gateways that wait for completion */
	u8 priority[VPLIC_SOURCES + 1];
	struct vplic_context contexts[VM_CPUS_MAX];
};

struct vplic {
	struct vdev vdev;
	struct vintc vintc;
	u32 cpu_count;
	struct vplic_state s;
};

static struct vplic *to_vplic(struct vdev *dev)
{
	return container_of(dev, struct vplic, vdev);
}

struct vintc *vplic_vintc(struct vdev *dev)
{
	return &to_vplic(dev)->vintc;
}

/* The source a context would claim: highest priority, then lowest number; 0 if none. */
static u32 context_best(const struct vplic_state *s, const struct vplic_context *context)
{
	u32 best = 0;

	/* Source 0's priority is 0, and a source of priority 0 never interrupts. */
	for (u32 word = 0; word < WORDS; word++) {
		u32 bits = s->pending[word] & context->enable[word];

		for (; bits; bits &= bits - 1) {
			u32 source = 32 * word + (u32)__builtin_ctz(bits);

			if (s->priority[source] > s->priority[best])
				best = source;
		}
	}
	return best;
}

static void context_drive(struct vplic *plic, u32 cpu, bool output)
{
	if (plic->s.contexts[cpu].output == output)
		return;
	plic->s.contexts[cpu].output = output;
	vm_cpu_irq(plic->vdev.vm, cpu, INPUT_S_EXTERNAL, output);
}

static void context_update(struct vplic *plic, u32 cpu)
{
	const struct vplic_state *s = &plic->s;
	const struct vplic_context *context = &s->contexts[cpu];

	context_drive(plic, cpu,
		s->priority[context_best(s, context)] > context->threshold);
}

/* The gateway lets a request through if the wire is high and none is under way. */
static void gateway_update(struct vplic *plic, u32 source)
{
	struct vplic_state *s = &plic->s;
	u32 word = source / 32, bit = 1U << source % 32;

	if (!(s->level[word] & ~s->pending[word] & ~s->claimed[word] & bit))
		return;
	s->pending[word] |= bit;
	/* One more request turns outputs on, never off: no need to look at the others. */
	for (u32 cpu = 0; cpu < plic->cpu_count; cpu++) {
		const struct vplic_context *context = &s->contexts[cpu];

		if ((context->enable[word] & bit) &&
			s->priority[source] > context->threshold)
			context_drive(plic, cpu, true);
	}
}

static void vplic_set(struct vintc *chip, u32 irq, bool level)
{
	struct vplic *plic = container_of(chip, struct vplic, vintc);
	u32 word = irq / 32, bit = 1U << irq % 32;

	if (irq == 0 || irq > VPLIC_SOURCES)
		return;
	/* A falling wire does not take a request back that went through (spec, "Gateways"). */
	if (!level) {
		plic->s.level[word] &= ~bit;
		return;
	}
	plic->s.level[word] |= bit;
	gateway_update(plic, irq);
}

/* The threshold does not matter here: claims may poll below it. */
static u32 vplic_claim(struct vplic *plic, u32 cpu)
{
	struct vplic_state *s = &plic->s;
	u32 source = context_best(s, &s->contexts[cpu]);
	u32 word = source / 32, bit = 1U << source % 32;

	if (source == 0)
		return 0;
	s->pending[word] &= ~bit;
	s->claimed[word] |= bit;
	for (u32 i = 0; i < plic->cpu_count; i++) {
		if (s->contexts[i].enable[word] & bit)
			context_update(plic, i);
	}
	return source;
}

/* Ignored, as the specification wants, for a source the context has not enabled. */
static void vplic_complete(struct vplic *plic, u32 cpu, u32 source)
{
	struct vplic_state *s = &plic->s;
	u32 word = source / 32, bit = 1U << source % 32;

	if (source > VPLIC_SOURCES || !(s->contexts[cpu].enable[word] & bit))
		return;
	s->claimed[word] &= ~bit;
	gateway_update(plic, source);
}

/* What an offset means; REG_MACHINE is all of a machine-mode context. */
enum reg_kind {
	REG_NONE,
	REG_PRIORITY,
	REG_PENDING,
	REG_ENABLE,
	REG_THRESHOLD,
	REG_CLAIM,
	REG_MACHINE,
};

struct reg {
	enum reg_kind kind;
	u32 index; /* source or word */
	u32 cpu;   /* of the context */
};

static struct reg reg_find(const struct vplic *plic, u64 offset)
{
	struct reg reg = {REG_NONE, (u32)offset / 4, 0};
	u64 context;

	if (offset < PLIC_PENDING(0)) {
		if (reg.index <= VPLIC_SOURCES)
			reg.kind = REG_PRIORITY;
		return reg;
	}
	if (offset < PLIC_ENABLE(0, 0)) {
		reg.index -= PLIC_PENDING(0) / 4;
		if (reg.index < WORDS)
			reg.kind = REG_PENDING;
		return reg;
	}
	if (offset < PLIC_CONTEXT(0)) {
		context = (offset - PLIC_ENABLE(0, 0)) / PLIC_ENABLE_STRIDE;
		reg.index %= PLIC_ENABLE_STRIDE / 4;
		if (reg.index < WORDS)
			reg.kind = REG_ENABLE;
	} else {
		context = (offset - PLIC_CONTEXT(0)) / PLIC_CONTEXT_STRIDE;
		reg.index %= PLIC_CONTEXT_STRIDE / 4;
		if (reg.index <= 1)
			reg.kind = reg.index ? REG_CLAIM : REG_THRESHOLD;
	}
	if (context / 2 >= plic->cpu_count)
		return (struct reg){REG_NONE, 0, 0};
	reg.cpu = (u32)(context / 2);
	if (context % 2 == 0)
		reg.kind = REG_MACHINE;
	return reg;
}

static u64 vplic_read(struct vdev *dev, u64 offset, u32 size)
{
	struct vplic *plic = to_vplic(dev);
	struct reg reg = reg_find(plic, offset);

	(void)size;
	switch (reg.kind) {
	case REG_PRIORITY: return plic->s.priority[reg.index];
	case REG_PENDING: return plic->s.pending[reg.index];
	case REG_ENABLE: return plic->s.contexts[reg.cpu].enable[reg.index];
	case REG_THRESHOLD: return plic->s.contexts[reg.cpu].threshold;
	case REG_CLAIM: return vplic_claim(plic, reg.cpu);
	case REG_MACHINE: return 0;
	case REG_NONE: break;
	}
	vdev_refused(dev, offset, false, 0);
	return 0;
}

static void vplic_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct vplic *plic = to_vplic(dev);
	struct reg reg = reg_find(plic, offset);
	struct vplic_context *context = &plic->s.contexts[reg.cpu];

	(void)size;
	switch (reg.kind) {
	case REG_PRIORITY:
		plic->s.priority[reg.index] = reg.index ? value & PRIORITY_BITS : 0;
		for (u32 cpu = 0; cpu < plic->cpu_count; cpu++)
			context_update(plic, cpu);
		break;
	case REG_ENABLE:
		/* Bit 0 of the first word stays 0: there is no source 0. */
		context->enable[reg.index] = (u32)value & (reg.index ? ~0U : ~1U);
		context_update(plic, reg.cpu);
		break;
	case REG_THRESHOLD:
		context->threshold = value & PRIORITY_BITS;
		context_update(plic, reg.cpu);
		break;
	case REG_CLAIM: vplic_complete(plic, reg.cpu, (u32)value); break;
	case REG_PENDING: /* read only */
	case REG_MACHINE: break;
	case REG_NONE: vdev_refused(dev, offset, true, value); break;
	}
}

/* The wires stay as they are: they belong to the devices. */
static void vplic_reset(struct vdev *dev)
{
	struct vplic *plic = to_vplic(dev);
	struct vplic_state *s = &plic->s;

	for (u32 cpu = 0; cpu < plic->cpu_count; cpu++) {
		context_drive(plic, cpu, false);
		s->contexts[cpu] = (struct vplic_context){0};
	}
	for (u32 source = 0; source <= VPLIC_SOURCES; source++)
		s->priority[source] = 0;
	for (u32 word = 0; word < WORDS; word++) {
		s->pending[word] = s->level[word];
		s->claimed[word] = 0;
	}
}

static int vplic_create(struct vdev *dev, const char *args)
{
	static const struct vintc_ops vintc_ops = {.set = vplic_set};
	struct vplic *plic = container_of(dev, struct vplic, vdev);

	(void)args;
	plic->vintc.ops = &vintc_ops;
	plic->cpu_count = vm_cpu_count(dev->vm);
	return 0;
}

static void vplic_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
	const struct vplic *plic = container_of(dev, struct vplic, vdev);
	u32 wires[4 * VM_CPUS_MAX];

	/* Two contexts a hart, in the order of their numbers. */
	for (u32 cpu = 0; cpu < plic->cpu_count; cpu++) {
		wires[4 * cpu] = PHANDLE_CPU_INTC(cpu);
		wires[4 * cpu + 1] = INPUT_M_EXTERNAL;
		wires[4 * cpu + 2] = PHANDLE_CPU_INTC(cpu);
		wires[4 * cpu + 3] = INPUT_S_EXTERNAL;
	}
	fdt_node_at(w, "plic", dev->place.base);
	fdt_put_strings(w, "compatible", compatible, sizeof(compatible) - 1);
	fdt_put_reg(w, dev->place.base, PLIC_SIZE);
	fdt_put_cell(w, "#interrupt-cells", 1);
	fdt_put_cell(w, "#address-cells", 0);
	fdt_put_empty(w, "interrupt-controller");
	fdt_put_cells(w, "interrupts-extended", wires, 4 * plic->cpu_count);
	fdt_put_cell(w, "riscv,ndev", VPLIC_SOURCES);
	fdt_put_cell(w, "phandle", PHANDLE_PLIC);
	fdt_end_node(w);
}

const struct vdev_ops vplic_ops = {
	.name = "plic",
	.min_size = 4,
	.max_size = 4,
	.size = PLIC_SIZE,
	.bytes = sizeof(struct vplic),
	.create = vplic_create,
	.reset = vplic_reset,
	.read = vplic_read,
	.write = vplic_write,
	.fdt = vplic_fdt,
};
