// SPDX-License-Identifier: Apache-2.0
// Cpus and contexts. Cpus start by INIT and SIPI (SDM 9.4), and their numbers are their APICs'
// ids. Nothing switches one off but the machine, so one that has stopped sleeps until the next
// INIT; and nobody but ourselves knows which those are.
#include <guest/clock.h>
#include <guest/cpu.h>
#include <guest/cpu_boot.h>
#include <guest/machine.h>
#include <guest/string.h>
#include <arch/apic.h>
#include <arch/local.h>
#include <arch/machine.h>

/* SDM 9.4.4.1 asks for more between INIT and SIPI, but for processors long gone. */
#define INIT_NS 100000UL
#define SIPI_NS 200000UL

_Noreturn void cpu_first(const void *info);
_Noreturn void cpu_other(struct cpu_boot *boot, u32 id);
extern char trampoline[], trampoline_end[], context_start[];

struct cpu_local cpu_locals[CPUS_MAX];

/* start.S: what each cpu that starts is to do. */
extern struct cpu_boot *cpu_boots_started[CPUS_MAX];
struct cpu_boot *cpu_boots_started[CPUS_MAX];

static volatile enum cpu_status statuses[CPUS_MAX]; /* of those that are there */

static void gdt_fill(struct cpu_local *local)
{
	static const u64 flat[] = {
		0, DESC_CODE32, DESC_CODE64, DESC_DATA, DESC_USER_DATA, DESC_USER_CODE64};
	u64 tss = (u64)&local->tss;

	memcpy(local->gdt, flat, sizeof(flat));
	/* SDM 7.2.3: an available 64-bit TSS. */
	local->gdt[SEL_TSS / 8] = (sizeof(local->tss) - 1) | (tss & 0xffffff) << 16 |
		0x89UL << 40 | (tss >> 24 & 0xff) << 56;
	local->gdt[SEL_TSS / 8 + 1] = tss >> 32;
	local->tss.iomap = sizeof(local->tss);
}

void cpu_setup(u32 id)
{
	struct cpu_local *local = &cpu_locals[id];
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = {sizeof(local->gdt) - 1, (u64)local->gdt};

	*local = (struct cpu_local){.id = id};
	gdt_fill(local);
	__asm__ volatile("lgdt %0" ::"m"(pointer));
	__asm__ volatile("ltr %w0" ::"r"(SEL_TSS));
	msr_write(MSR_GS_BASE, (u64)local);
	idt_load();
}

_Noreturn void cpu_first(const void *info)
{
	u32 id = (u32)field_get(CPUID_1_EBX_APIC_ID, cpuid(1, 0).ebx) % CPUS_MAX;

	cpu_setup(id);
	for (u32 i = 0; i < CPUS_MAX; i++)
		statuses[i] = CPU_OFF;
	statuses[id] = CPU_ON;
	runtime_start(info);
}

_Noreturn void cpu_other(struct cpu_boot *boot, u32 id)
{
	cpu_setup(id);
	apic_start();
	statuses[id] = CPU_ON;
	cpu_main(boot);
}

bool cpu_turn_on(u32 id, struct cpu_boot *boot)
{
	if (cpu_status(id) != CPU_OFF)
		return false;
	apic_start();
	memcpy((void *)TRAMPOLINE_BASE, trampoline, (u64)(trampoline_end - trampoline));
	cpu_boots_started[id] = boot;
	statuses[id] = CPU_CHANGING;
	apic_send(id, ICR_INIT | ICR_ASSERT);
	clock_delay(INIT_NS);
	apic_send(id, ICR_SIPI | ICR_ASSERT | TRAMPOLINE_BASE / PAGE_SIZE);
	clock_delay(SIPI_NS);
	/* Ignored by one that has begun. */
	if (statuses[id] == CPU_CHANGING)
		apic_send(id, ICR_SIPI | ICR_ASSERT | TRAMPOLINE_BASE / PAGE_SIZE);
	return true;
}

_Noreturn void cpu_turn_off(void)
{
	statuses[cpu_id()] = CPU_OFF;
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

enum cpu_status cpu_status(u32 id)
{
	return machine_has_cpu(id) ? statuses[id] : CPU_NONE;
}

void cpu_wait(void)
{
	struct cpu_local *local = cpu_local();

	if (irq_save()) {
		/* The one behind STI is still before any interrupt. */
		__asm__ volatile("sti\n\thlt" ::: "memory");
		return;
	}
	local->waiting = true;
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	local->waiting = false;
}

/* There is no call for it. */
bool cpu_suspend(void)
{
	cpu_wait();
	return true;
}

void cpu_ipi(u32 id)
{
	apic_start();
	apic_send(id, ICR_FIXED | ICR_ASSERT | VECTOR_IPI);
}

void context_init(struct context *context, void *stack_top, void (*fn)(void *arg),
	void *arg)
{
	/* What context_switch() pops, up to the return address. */
	u64 *sp = (u64 *)ALIGN_DOWN((u64)stack_top, 16);

	*--sp = (u64)context_start;
	*--sp = (u64)fn;  /* rbx */
	*--sp = (u64)arg; /* rbp */
	for (u32 i = 0; i < 4; i++)
		*--sp = 0; /* r12 - r15 */
	context->sp = (u64)sp;
}
