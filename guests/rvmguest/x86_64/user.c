// SPDX-License-Identifier: Apache-2.0
// The user's program: a shell, and tests of what a task sees of the machine. It calls nothing in
// the kernel, and shares only numbers with it; global variables are the tasks' common memory.
#include "rvmguest.h"

#define LINE_MAX  64
#define SLEEP_MS  50
#define NAPS      20
#define YIELDS    10
#define IRQS      3
#define SPIN_NS   (50 * NS_PER_MS)
#define TOLERANCE 10 /* two clocks differ by no more than a tenth */
#define BACKSPACE '\b'
#define DELETE    0x7f

struct test {
	const char *name;
	void (*run)(void);
	u64 code; /* that it must exit with */
};

static volatile u32 turns;

static u64 call(enum syscall number, u64 a, u64 b)
{
	u64 result = number;

	__asm__ volatile("syscall"
		: "+a"(result), "+D"(a), "+S"(b)
		:
		: "rdx", "rcx", "r8", "r9", "r10", "r11", "memory");
	return result;
}

static _Noreturn void quit(u64 code)
{
	for (;;)
		call(SYS_EXIT, code, 0);
}

static void say(const char *text)
{
	u64 length = 0;

	while (text[length])
		length++;
	call(SYS_WRITE, (u64)text, length);
}

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void other_yields(void)
{
	for (u32 i = 0; i < YIELDS; i++) {
		turns++;
		call(SYS_YIELD, 0, 0);
	}
	quit(YIELDS);
}

static void test_yield(void)
{
	u64 other = call(SYS_SPAWN, (u64)other_yields, 0);

	turns = 0;
	while (turns < YIELDS)
		call(SYS_YIELD, 0, 0);
	quit(call(SYS_WAIT, other, 0) != YIELDS);
}

static void other_spins(void)
{
	turns = 1;
	while (turns != 2)
		;
	quit(0);
}

/* Neither enters the kernel: the timer must take each off the CPU. */
static void test_preemption(void)
{
	u64 other = call(SYS_SPAWN, (u64)other_spins, 0);

	turns = 0;
	while (turns != 1)
		;
	turns = 2;
	quit(call(SYS_WAIT, other, 0));
}

static void test_sleep(void)
{
	u64 start = call(SYS_TIME, 0, 0);

	call(SYS_SLEEP, SLEEP_MS, 0);
	for (u32 i = 0; i < NAPS; i++)
		call(SYS_SLEEP, 1, 0);
	quit(call(SYS_TIME, 0, 0) - start < (SLEEP_MS + NAPS) * NS_PER_MS);
}

static void test_clocks(void)
{
	u64 tsc = call(SYS_TIME, 0, 0), hpet = call(SYS_TIME, 1, 0), by_tsc, by_hpet;

	do
		by_tsc = call(SYS_TIME, 0, 0) - tsc;
	while (by_tsc < SPIN_NS);
	by_hpet = call(SYS_TIME, 1, 0) - hpet;
	quit(by_hpet < by_tsc - by_tsc / TOLERANCE ||
		by_tsc < by_hpet - by_hpet / TOLERANCE);
}

static void test_uart_irq(void)
{
	quit(call(SYS_IRQS, 0, 0) != IRQS);
}

/* The kernel's first instructions. */
static void test_kernel_memory(void)
{
	*(volatile u64 *)(KERNEL_OFFSET + MiB(2)) = 0;
}

static u64 deeper(volatile u64 *above)
{
	volatile u64 here[8] = {*above};

	return *above ? deeper(here) + here[0] : 0;
}

static void test_stack(void)
{
	volatile u64 top = 1;

	quit(deeper(&top));
}

static void test_port(void)
{
	__asm__ volatile("outb %b0, $0x80" ::"a"(0));
}

static const struct test tests[] = {
	{"yield", test_yield, 0},
	{"preemption", test_preemption, 0},
	{"sleep", test_sleep, 0},
	{"clocks", test_clocks, 0},
	{"uart_irq", test_uart_irq, 0},
	{"kernel_memory", test_kernel_memory, EXIT_FAULT(VECTOR_PF)},
	{"stack", test_stack, EXIT_FAULT(VECTOR_PF)},
	{"port", test_port, EXIT_FAULT(VECTOR_GP)},
};

static void usertests(void)
{
	u32 failed = 0;

	for (u32 i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		bool good;

		say("usertests: ");
		say(tests[i].name);
		say("\n");
		good = call(SYS_WAIT, call(SYS_SPAWN, (u64)tests[i].run, 0), 0) ==
			tests[i].code;
		say(good ? "usertests: ok\n" : "usertests: FAILED\n");
		failed += !good;
	}
	say(failed ? "usertests failed!\n" : "usertests passed!\n");
}

static void line_read(char *line)
{
	u32 n = 0;

	for (;;) {
		char c = (char)call(SYS_READ, 0, 0);

		if (c == '\r' || c == '\n')
			break;
		if (c == BACKSPACE || c == DELETE) {
			if (n) {
				n--;
				say("\b \b");
			}
		} else if (n < LINE_MAX - 1) {
			line[n++] = c;
			call(SYS_WRITE, (u64)&c, 1);
		}
	}
	line[n] = 0;
	say("\n");
}

void user_main(void)
{
	char line[LINE_MAX];

	say("User shell\n");
	for (;;) {
		say(">> ");
		line_read(line);
		if (equal(line, "exit"))
			quit(0);
		else if (equal(line, "usertests"))
			usertests();
		else if (equal(line, "help"))
			say("help usertests exit\n");
		else if (line[0])
			say("command not found; try: help\n");
	}
}
