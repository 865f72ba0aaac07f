// SPDX-License-Identifier: Apache-2.0
// A backend without guests: run() plays back a script of exits, everything else is recorded in
// vcpu->arch and vm->arch.
#include <hv/print.h>
#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/sched.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/fake.h>

#define GVA_OFFSET \
	MiB(1) /* guest-virtual addresses are that much above guest-physical ones */

static const char *fake_exit_name(u32 code)
{
	return code ? NULL : "a scripted exit";
}

static int fake_probe(const char **why)
{
	(void)why;
	return 0;
}

static int fake_cpu_on(void)
{
	return 0;
}

static const struct pt_format *fake_guest_pt(void)
{
	return &fake_pt3;
}

static int fake_vm_init(struct vm *vm)
{
	vm->arch = (struct arch_vm){0};
	return 0;
}

static void fake_vm_fini(struct vm *vm)
{
	(void)vm;
}

static int fake_vcpu_init(struct vcpu *vcpu)
{
	vcpu->arch = (struct arch_vcpu){0};
	return 0;
}

static void fake_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	vcpu->arch.regs = (struct arch_regs){.r = {arg0, arg1}, .pc = pc};
}

static void fake_load(struct vcpu *vcpu)
{
	vcpu->arch.loaded = true;
}

static void fake_save(struct vcpu *vcpu)
{
	vcpu->arch.loaded = false;
}

static void fake_run(struct vcpu *vcpu)
{
	struct fake_script *script = &vcpu->arch.script;

	vcpu->arch.runs++;
	if (script->count) {
		vcpu->exit = *script->exits++;
		script->count--;
	} else {
		vcpu->exit = (struct exit){.reason = EXIT_IDLE};
	}
}

static bool fake_finish(struct vcpu *vcpu)
{
	vcpu->arch.finishes++;
	if (!vcpu->exit.access.write)
		vcpu->arch.regs.r[0] = vcpu->exit.access.value;
	vcpu->arch.regs.pc += FAKE_INSN_SIZE;
	return false;
}

static bool fake_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa)
{
	vcpu->arch.faults++;
	vcpu->arch.fault = fault;
	vcpu->arch.fault_gpa = gpa;
	return !vcpu->arch.no_handler;
}

static void fake_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	u64 bit = 1UL << irq % 64;

	vcpu->arch.irqs = level ? vcpu->arch.irqs | bit : vcpu->arch.irqs & ~bit;
	if (level)
		sched_wake(vcpu);
}

static bool fake_irq_pending(struct vcpu *vcpu)
{
	return vcpu->arch.irqs;
}

static int fake_translate(struct vcpu *vcpu, u64 gva, gpa_t *gpa)
{
	(void)vcpu;
	if (gva < GVA_OFFSET)
		return fail(-EINVAL);
	*gpa = GPA(gva - GVA_OFFSET);
	return 0;
}

static void fake_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	vm->arch.flushes++;
	vm->arch.flushed_gpa = gpa.raw;
	vm->arch.flushed_size = size;
}

static const struct backend fake_backend = {
	.name = "fake",
	.exit_name = fake_exit_name,
	.probe = fake_probe,
	.cpu_on = fake_cpu_on,
	.guest_pt = fake_guest_pt,
	.vm_init = fake_vm_init,
	.vm_fini = fake_vm_fini,
	.vcpu_init = fake_vcpu_init,
	.vcpu_reset = fake_vcpu_reset,
	.load = fake_load,
	.save = fake_save,
	.run = fake_run,
	.finish = fake_finish,
	.inject_fault = fake_inject_fault,
	.set_irq = fake_set_irq,
	.irq_pending = fake_irq_pending,
	.translate = fake_translate,
	.flush = fake_flush,
};

const struct backend *const arch_backends[] = {&fake_backend, NULL};

bool fake_irq_level(const struct vcpu *vcpu, u32 irq)
{
	return vcpu->arch.irqs >> irq % 64 & 1;
}

/* ---- The rest of what <hv/arch.h> says of guests ---- */

#define REG(name, field) {name, offsetof(struct vcpu, arch.regs.field), sizeof(u64)}

const struct arch_reg arch_regs[] = {
	REG("r0", r[0]),
	REG("r1", r[1]),
	REG("r2", r[2]),
	REG("r3", r[3]),
	REG("r4", r[4]),
	REG("r5", r[5]),
	REG("r6", r[6]),
	REG("r7", r[7]),
	REG("sp", sp),
	REG("pc", pc),
	{NULL, 0, 0},
};

void arch_vcpu_sync(struct vcpu *vcpu)
{
	(void)vcpu;
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.regs.pc;
}

u32 arch_vcpu_insn(struct vcpu *vcpu, u8 *bytes, u32 max)
{
	u32 len = MIN(max, (u32)FAKE_INSN_SIZE);
	const u8 *insn = vm_ram(vcpu->vm, GPA(vcpu->arch.regs.pc), len);

	for (u32 i = 0; insn && i < len; i++)
		bytes[i] = insn[i];
	return insn ? len : 0;
}

void arch_call(struct vcpu *vcpu)
{
	vcpu->arch.calls++;
	vcpu->arch.regs.pc += FAKE_INSN_SIZE;
}

bool arch_sysreg(struct vcpu *vcpu)
{
	return vcpu->vm->backend->inject_fault(vcpu, FAULT_INSTRUCTION, GPA(0));
}

void arch_vcpu_print(struct vcpu *vcpu)
{
	print("fake vCPU at 0x%lx\n", vcpu->arch.regs.pc);
}
