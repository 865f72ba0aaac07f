// SPDX-License-Identifier: Apache-2.0
// THE link-time boundary: what each arch/<isa>/ implements, besides these inline functions
// and types of its <arch/cpu.h>, <arch/vcpu.h> and <arch/regs.h>:
//
//   struct arch_cpu, struct arch_vcpu, struct arch_vm   embedded by value as .arch
//   cpu_this()          the struct cpu this runs on
//   cpu_relax()         a hint in spin loops
//   io_barrier()        orders memory accesses against device registers, both ways
//   tables_written()    what was written to page tables is seen by the walks that follow
//   arch_ticks()        the raw counter behind time_now(); free-running, same on all cpus
#pragma once

#include <hv/backend.h>
#include <hv/mm.h>
#include <hv/types.h>

struct cpu;
struct fat;
struct image_board;
struct vcpu;
struct vm;
struct vm_config;

/* ---- Boot ---- */

#define BOOT_RANGES_MAX  32
#define BOOT_HIDDEN_MAX  8
#define BOOT_CMDLINE_MAX 512

/* What the firmware told us. */
struct boot_info {
	struct mem_range ram[BOOT_RANGES_MAX];
	struct mem_range reserved[BOOT_RANGES_MAX]; /* with our own image */
	struct mem_range hidden[BOOT_HIDDEN_MAX]; /* what of it must not even be mapped */
	struct mem_range tables; /* the firmware's, wherever they lie: the device tree */
	u32 ram_count;
	u32 reserved_count;
	u32 hidden_count;
	u64 cpu_ids[64]; /* the hardware's numbers; [0] is the one that runs */
	u32 cpu_count;
	char cmdline[BOOT_CMDLINE_MAX];
	const char *machine; /* a name for people, or "" */
	u64 image_size;      /* of our own image in memory, with its bss */
};

/*
 * First of all, on the boot cpu, before there is memory or a struct cpu: fills `boot` and
 * attaches a console as soon as it can. Panics on what makes going on impossible.
 */
void arch_boot(struct boot_info *boot);
/* The format of our own map, which hostmap_init() builds. */
const struct pt_format *arch_host_format(void);
/* The boot cpu, on any stack: turns the map on; all that is in use is where it was before. */
void arch_paging_on(void);
/* The ISA's part of a new struct cpu: its number in hardware, and its stacks' upper ends. */
void arch_cpu_create(struct cpu *cpu, u64 id, void *stack_top, void *trap_stack_top);
/* This cpu: trap vectors, our page tables, its timer and interrupt inputs. */
void arch_cpu_init(struct cpu *cpu);
/* Finds the machine's devices and offers them to drivers. */
void arch_devices_probe(void);
/* Starts `cpu`, which will call cpu_main(). Harmless for one that has been started. */
void arch_cpu_start(struct cpu *cpu);
/* The boot cpu becomes `cpu`, on its own stack, and calls `then`, which does not return. */
_Noreturn void arch_cpu_become(struct cpu *cpu, void (*then)(void));

/* Power off; `ok` decides the emulator's exit status where there is a way to tell it. */
_Noreturn void arch_poweroff(bool ok);
/* The end of a cpu that must not go on. */
_Noreturn void arch_cpu_halt(void);
/* Stops all other cpus at once, from panic(). */
void arch_cpu_stop_others(void);
/* Prints the host's registers as they were at a trap, if panic() came from one. */
void arch_host_regs_print(void);

/*
 * 64 bits from the CPU's own source of randomness: 0, -EAGAIN (none at this moment) or -ENODEV
 * (it has no such instruction). Any cpu.
 */
int arch_random(u64 *bits);

/* ---- Time and interrupts ---- */

/* This cpu's timer fires at or after `deadline` ns (~0: never). */
void arch_timer_set(u64 deadline);
/* Handles every interrupt of ours that is pending on this cpu: EXIT_IRQ, or after a sleep. */
void arch_irq_handle(void);
/* Sleeps until an interrupt is pending (returns at once if one is). Does not handle it. */
void arch_cpu_idle(void);
/* Makes `cpu` take an interrupt. Any cpu. */
void arch_ipi(struct cpu *cpu);

/* ---- The host's own map (mm/hostmap.c) ---- */

/* Something was added where nothing was: this cpu sees it from now on. */
void arch_map_added(void);

/* ---- Guests ---- */

extern const char arch_name[]; /* "riscv64": as make ARCH= has it */

extern const struct backend *const arch_backends[]; /* NULL-terminated, best first */

/* The board's RAM base and image rules for a VM of this configuration. */
void arch_machine_board(const struct vm_config *config, struct image_board *board);
/* Makes the virtual board's devices and regions. RAM is there already. 0 or -E after a line. */
int arch_machine_init(struct vm *vm);
void arch_machine_fini(struct vm *vm);
/*
 * The image is loaded: puts initrd and firmware tables in place and fills vm->start. 0 or -E
 * after a line.
 */
int arch_machine_boot(struct vm *vm, struct fat *fat);

/* Clears whole pages of a guest's RAM, for a guest that may have its caches off. Any cpu. */
void arch_guest_clear(void *page, u64 size);
/* All of the VM is in place: its RAM is as the guest will see it, whatever it starts with. */
void arch_machine_ready(struct vm *vm);

/* EXIT_CALL: carries out a hypercall of this vCPU, on its cpu, no locks held. */
void arch_call(struct vcpu *vcpu);

/*
 * EXIT_SYSREG: carries it out, or injects FAULT_INSTRUCTION; false if that could never end.
 * On its cpu, no locks held.
 */
bool arch_sysreg(struct vcpu *vcpu);

/* One register of struct arch_regs, for dumps and debuggers, in gdb's order. */
struct arch_reg {
	const char *name;
	u16 offset; /* in struct vcpu */
	u16 size;
};
extern const struct arch_reg arch_regs[]; /* ends with name == NULL */

/*
 * Brings those of its registers that run() leaves on the cpu into struct arch_regs, before a dump
 * or a debugger looks. vCPU loaded, or not running.
 */
void arch_vcpu_sync(struct vcpu *vcpu);
/* The vCPU's pc, for traces and dumps. */
u64 arch_vcpu_pc(const struct vcpu *vcpu);
/* Prints what else a person wants to know of a loaded vCPU: its newest fault, its tables. */
void arch_vcpu_print(struct vcpu *vcpu);
/* The bytes of the instruction at the pc: how many could be read, 0 if none. */
u32 arch_vcpu_insn(struct vcpu *vcpu, u8 *bytes, u32 max);
