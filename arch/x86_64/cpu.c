// SPDX-License-Identifier: Apache-2.0
// Processors: identity, CPUID, start (INIT-SIPI), inter-processor interrupts, stop.
#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <hv/string.h>
#include <arch/msr.h>

#include "apic.h"
#include "boot.h"
#include "cpu.h"
#include "paging.h"
#include "power.h"
#include "trap.h"

#define CPUID_EXTENDED 0x80000000U

static inline void ask(u32 leaf, u32 subleaf, struct cpuid *r)
{
	asm volatile("cpuid"
		: "=a"(r->eax), "=b"(r->ebx), "=c"(r->ecx), "=d"(r->edx)
		: "a"(leaf), "c"(subleaf));
}

void cpuid_read(u32 leaf, u32 subleaf, struct cpuid *r)
{
	static struct cpuid basic, extended; /* the same on all cpus */

	if (unlikely(!extended.eax)) {
		ask(0, 0, &basic);
		ask(CPUID_EXTENDED, 0, &extended);
	}
	if (likely(leaf <= (leaf & CPUID_EXTENDED ? extended.eax : basic.eax)))
		ask(leaf, subleaf, r);
	else
		*r = (struct cpuid){0};
}

#define LEAF_HYPERVISOR 0x40000000U

/* Once: CPUID is a long way where a hypervisor is below. */
bool cpu_is_tcg(void)
{
	static const char tcg[12] = "TCGTCGTCGTCG";
	static s8 answer = -1;
	u32 eax = LEAF_HYPERVISOR, name[3];

	if (answer < 0) {
		asm volatile("cpuid"
			: "+a"(eax), "=b"(name[0]), "=c"(name[1]), "=d"(name[2])
			: "2"(0));
		answer = memcmp(name, tcg, sizeof(tcg)) == 0;
	}
	return answer;
}

void arch_cpu_create(struct cpu *cpu, u64 id, void *stack_top, void *trap_stack_top)
{
	cpu->arch.self = cpu;
	cpu->arch.id = (u32)id;
	cpu->arch.stack_top = (u64)stack_top;
	cpu->arch.trap_stack_top = (u64)trap_stack_top;
	cpu->arch.tables = trap_tables(cpu);
	if (!cpu->arch.tables)
		panic("no memory for the descriptor tables of a cpu");
}

_Noreturn void arch_cpu_become(struct cpu *cpu, void (*then)(void))
{
	trap_load(cpu);
	stack_switch(cpu->arch.stack_top, then);
}

/* What is done once a cpu: the boot cpu comes here twice. */
void arch_cpu_init(struct cpu *cpu)
{
	if (cpu == cpus[0]) {
		static bool done;

		if (done)
			return;
		done = true;
		apic_init();
		return;
	}
	apic_on();
}

_Noreturn void cpu_arrive(struct cpu *cpu)
{
	paging_on();
	trap_load(cpu);
	cpu_main(cpu);
}

void arch_cpu_start(struct cpu *cpu)
{
	u8 *copy = hpa_ptr(HPA(TRAMPOLINE));
	const u64 image = (u64)image_start, self = (u64)cpu;

	/* One at a time is started; the one before is online, or given up. */
	memcpy(copy, trampoline, (size_t)(trampoline_end - trampoline));
	memcpy(copy + (trampoline_image - trampoline), &image, sizeof(image));
	memcpy(copy + (trampoline_cpu - trampoline), &self, sizeof(self));
	/* An INIT would stop one that is on its way; a start-up IPI does nothing to it. */
	if (!cpu->arch.init_sent)
		apic_init_ipi(cpu->arch.id);
	cpu->arch.init_sent = true;
	apic_start_ipi(cpu->arch.id, TRAMPOLINE >> PAGE_SHIFT);
}

void arch_ipi(struct cpu *cpu)
{
	apic_ipi(cpu->arch.id, VECTOR_KICK);
}

_Noreturn void arch_cpu_halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void arch_cpu_stop_others(void)
{
	/* They find panic_active() when the interrupt takes them out of a guest or a sleep. */
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_this() && cpus[i]->online)
			arch_ipi(cpus[i]);
}

_Noreturn void arch_poweroff(bool ok)
{
	power_off(ok);
	arch_cpu_halt();
}
