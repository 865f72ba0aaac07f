// SPDX-License-Identifier: Apache-2.0
// A small kernel that touches the PC as NimbOS does, another kernel for which hypervisors are
// written: what its files offer each other. One CPU; what says so is called with interrupts off.
#pragma once

#include <hv/bits.h>
#include <arch/board.h>
#include <arch/regs.h>

#include "layout.h"

#define IDENTITY   "rvmguest"
#define RAM_SIZE   MiB(16)
#define PAGE       4096UL
#define NS_PER_SEC 1000000000UL
#define NS_PER_MS  1000000UL
#define TICK_NS    (10 * NS_PER_MS)

#define IRQ_UART     0x24 /* vectors */
#define IRQ_TIMER    0xf0
#define IRQ_SPURIOUS 0xf1
#define IRQ_ERROR    0xf2

/* Memory as the kernel sees it. */
static inline void *memory_at(u64 pa)
{
	return (void *)(KERNEL_OFFSET + pa);
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static inline void irqs_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void irqs_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/* The next interrupt ends it, also one that was pending. */
static inline void wait_for_irq(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

/* console.c */
void console_start(void);
void console_put(char c);
int console_get(void); /* -1: there is nothing */
/* %s, %c; %u and %x of 64 bits, with zeros up to a width as in %06u. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void shutdown(void);
/* How many interrupts the transmitter makes, of at most a few, through the I/O APIC. Irqs off. */
u32 console_irqs_try(void);
void console_irq(void);

/* memory.c: the kernel's page tables and the user's. */
void memory_start(void);
void memory_map(u64 va, u64 pa, u64 size, u64 flags);

/* cpu.c: tables of the CPU; where a SYSCALL and a task's exceptions find their stack. */
void cpu_start(void);
void cpu_set_stack(u64 top);

/* intc.c */
void intc_start(void);
void intc_unmask(u32 input, u8 vector, bool on);

/* clock.c */
void clock_start(void);
u64 clock_ns(void);      /* by the TSC */
u64 clock_hpet_ns(void); /* by the HPET */
/* The timer's interrupts begin; one comes at `ns` at the latest. Irqs off. */
void clock_wake_at(u64 ns);
void clock_irq(void);

/* task.c */
#define USER_STACKS 0x7fff0000UL
#define TASKS       8

enum syscall {
	SYS_WRITE, /* text, length */
	SYS_READ,  /* a character */
	SYS_YIELD,
	SYS_SLEEP, /* ms */
	SYS_TIME,  /* ns, by the TSC; with argument 1 by the HPET */
	SYS_SPAWN, /* entry: a task in the same memory; its id, or -1 */
	SYS_WAIT,  /* id: what it has exited with */
	SYS_EXIT,  /* code */
	SYS_IRQS,  /* console_irqs_try() */
	SYS_CALLS,
};

/* What a task that the kernel ended has exited with. */
#define EXIT_FAULT(vector) (-(u64)(vector))

_Noreturn void task_start(void);
/* The others' turn, if there are any; after a tick this was no wish of the task. Irqs off. */
void task_yield(bool tick);
/* The next deadline of a sleeping task, or `limit` if that is before. Irqs off. */
u64 task_next_wake(u64 limit);
_Noreturn void task_exit(u64 code);

/* user.c, in the user's half */
void user_main(void);
