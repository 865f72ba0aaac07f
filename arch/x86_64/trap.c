// SPDX-License-Identifier: Apache-2.0
// Exceptions taken while the hypervisor itself runs, and the descriptor tables that lead to them
// (SDM volume 3A, chapters 3, 6 and 7).
#include "trap.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <hv/panic.h>
#include <hv/print.h>
#include <arch/msr.h>

#define VECTORS     256
#define PROBED_INSN 2 /* bytes of rdmsr and wrmsr */

extern char trap_stubs[];

/* SDM 6.14.1 */
struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};
_Static_assert(sizeof(struct gate) == 16, "64-bit gate descriptor");

#define GATE_INTERRUPT 0x8e /* present, DPL 0: IF is cleared */
#define IST_TRAP       1

/* SDM 7.7 */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "64-bit TSS");

#define GDT_CODE64 0x00af9b000000ffffUL /* flat, accessed */
#define GDT_FLAT   0x00cf93000000ffffUL
#define GDT_TSS64  0x0000890000000000UL /* available 64-bit TSS, present */

struct cpu_tables {
	u64 gdt[6]; /* null, code, data, null, and the TSS takes two */
	struct tss tss;
};

/* What LIDT and LGDT read begins with the limit; the base is aligned for relocation. */
struct table_register {
	u16 unused[3];
	u16 limit;
	u64 base;
};

static struct gate idt[VECTORS] __attribute__((aligned(16)));

/* Before there is a struct cpu: cpu_this() is NULL. */
static struct arch_cpu no_cpu;

static bool probing, skipped; /* at boot, one cpu */
static const struct host_trap *newest;

/* ---- Tables ---- */

static void set_gate(u32 vector, bool ist)
{
	u64 at = (u64)trap_stubs + vector * TRAP_STUB_SIZE;

	idt[vector] = (struct gate){
		.offset_low = (u16)at,
		.selector = GDT_CODE,
		.ist = ist ? IST_TRAP : 0,
		.type = GATE_INTERRUPT,
		.offset_middle = (u16)(at >> 16),
		.offset_high = (u32)(at >> 32),
	};
}

static void load_idt(void)
{
	const struct table_register idtr = {.limit = sizeof(idt) - 1, .base = (u64)idt};

	asm volatile("lidt %0" ::"m"(idtr.limit), "m"(idtr));
}

/* The boot loader's code segment has our number; a stack of its own comes with trap_load(). */
void trap_init(void)
{
	for (u32 vector = 0; vector < VECTORS; vector++)
		set_gate(vector, false);
	load_idt();
	msr_write(MSR_GS_BASE, (u64)&no_cpu);
}

struct cpu_tables *trap_tables(struct cpu *cpu)
{
	struct cpu_tables *tables = mem_alloc(sizeof(*tables));
	u64 base;

	if (!tables)
		return NULL;
	base = (u64)&tables->tss;
	tables->tss.ist[IST_TRAP - 1] = cpu->arch.trap_stack_top;
	tables->tss.io_map = sizeof(tables->tss);
	tables->gdt[GDT_CODE / 8] = GDT_CODE64;
	tables->gdt[GDT_DATA / 8] = GDT_FLAT;
	tables->gdt[GDT_TSS / 8] = GDT_TSS64 | (sizeof(tables->tss) - 1) |
		field_get(BITS(23, 0), base) << 16 | field_get(BITS(31, 24), base) << 56;
	tables->gdt[GDT_TSS / 8 + 1] = base >> 32;
	return tables;
}

void trap_load(struct cpu *cpu)
{
	struct cpu_tables *tables = cpu->arch.tables;
	const struct table_register gdtr = {
		.limit = sizeof(tables->gdt) - 1, .base = (u64)tables->gdt};
	u32 data = GDT_DATA;

	/* A return is the only way to load CS in long mode without a jump through memory. */
	asm volatile("lgdt %0\n\t"
		     "pushq %1\n\t"
		     "leaq 1f(%%rip), %%rax\n\t"
		     "pushq %%rax\n\t"
		     "lretq\n"
		     "1:"
		:
		: "m"(gdtr.limit), "i"(GDT_CODE), "m"(gdtr)
		: "rax", "memory");
	asm volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%ss" ::"r"(data));
	tables->gdt[GDT_TSS / 8] &= ~BIT(41); /* busy: not loaded twice */
	asm volatile("ltr %w0" ::"r"(GDT_TSS));
	for (u32 vector = 0; vector < VECTOR_EXCEPTIONS; vector++)
		set_gate(vector, true);
	load_idt();
	msr_write(MSR_GS_BASE, (u64)cpu);
}

u64 trap_gdt_base(const struct cpu *cpu)
{
	return (u64)cpu->arch.tables->gdt;
}

u64 trap_tss_base(const struct cpu *cpu)
{
	return (u64)&cpu->arch.tables->tss;
}

u64 trap_idt_base(void)
{
	return (u64)idt;
}

/* ---- Probing ---- */

static bool probe_end(void)
{
	bool was = skipped;

	probing = false;
	skipped = false;
	return !was;
}

bool msr_probe(u32 msr, u64 *value)
{
	probing = true;
	*value = msr_read(msr);
	return probe_end();
}

bool msr_try(u32 msr, u64 value)
{
	probing = true;
	msr_write(msr, value);
	return probe_end();
}

/* ---- Exceptions ---- */

static const char *near_guard(u64 address)
{
	struct cpu *cpu = cpu_this();

	if (cpu && address < cpu->arch.stack_top - CPU_STACK_SIZE &&
		address >= cpu->arch.stack_top - CPU_STACK_SIZE - PAGE_SIZE)
		return ": stack overflow";
	return "";
}

void trap_host(struct host_trap *trap)
{
	u64 address = cr_read(cr2);

	if (probing && trap->vector == VECTOR_GP) {
		skipped = true;
		trap->rip += PROBED_INSN;
		return;
	}
	if (trap->vector == VECTOR_NMI && !panic_active())
		return; /* nobody of ours sends one */
	if (newest)     /* a trap while panicking about one: say no more */
		arch_cpu_halt();
	newest = trap;
	panic("the hypervisor itself trapped: vector %lu (%s), error 0x%lx, at pc 0x%lx, "
	      "CR2 0x%lx%s",
		trap->vector, x86_vector_name(trap->vector), trap->error, trap->rip,
		address,
		trap->vector == VECTOR_PF || trap->vector == VECTOR_DF
			? near_guard(address)
			: "");
}

void arch_host_regs_print(void)
{
	const struct host_trap *t = newest;

	if (!t)
		return;
	print("  rip %016lx  image 0x%lx\n", t->rip, (u64)image_start);
	print("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", t->rax, t->rbx,
		t->rcx, t->rdx);
	print("  rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx\n", t->rsi, t->rdi,
		t->rbp, t->rsp);
	print("  r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx\n", t->r8, t->r9, t->r10,
		t->r11);
	print("  r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", t->r12, t->r13,
		t->r14, t->r15);
	print("  cs  %04lx  ss %04lx  rflags %lx  cr0 %lx  cr3 %lx  cr4 %lx\n", t->cs,
		t->ss, t->rflags, cr_read(cr0), cr_read(cr3), cr_read(cr4));
}

const char *x86_vector_name(u64 vector)
{
	/* clang-format off */
	static const char *const names[] = {
		[VECTOR_DE] = "#DE, divide error",
		[VECTOR_DB] = "#DB, debug",
		[VECTOR_NMI] = "NMI",
		[VECTOR_BP] = "#BP, breakpoint",
		[VECTOR_OF] = "#OF, overflow",
		[VECTOR_BR] = "#BR, bound range exceeded",
		[VECTOR_UD] = "#UD, invalid opcode",
		[VECTOR_NM] = "#NM, device not available",
		[VECTOR_DF] = "#DF, double fault",
		[VECTOR_TS] = "#TS, invalid TSS",
		[VECTOR_NP] = "#NP, segment not present",
		[VECTOR_SS] = "#SS, stack fault",
		[VECTOR_GP] = "#GP, general protection",
		[VECTOR_PF] = "#PF, page fault",
		[VECTOR_MF] = "#MF, x87 error",
		[VECTOR_AC] = "#AC, alignment check",
		[VECTOR_MC] = "#MC, machine check",
		[VECTOR_XM] = "#XM, SIMD error",
		[VECTOR_VE] = "#VE, virtualization exception",
		[VECTOR_CP] = "#CP, control protection",
	};
	/* clang-format on */

	if (vector < ARRAY_LEN(names) && names[vector])
		return names[vector];
	return vector < VECTOR_EXCEPTIONS ? "unknown exception" : "interrupt";
}
