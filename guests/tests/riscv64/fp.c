// SPDX-License-Identifier: Apache-2.0
// The floating-point registers across exits of many kinds, and that they cannot be used while
// sstatus.FS is Off. The runtime never touches them.
#define TEST "fp"
#include "../check.h"
#include <arch/sbi.h>
#include <arch/uart.h>

#define SSTATUS_FS BITS(14, 13) /* 0 off, 1 initial, 2 clean, 3 dirty */
#define FS_DIRTY   3
#define FCSR_ALL   0x9f /* rounding mode 4, all flags */
#define ROUNDS     2000

static u64 values[33]; /* f0-f31, fcsr */

#define ALL_REGISTERS                                            \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, " \
	"16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

static void registers_load(void)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 ".irp n, " ALL_REGISTERS "\n\t"
			 "fld f\\n, 8 * \\n(%0)\n\t"
			 ".endr\n\t"
			 "ld t0, 256(%0)\n\t"
			 "fscsr t0\n\t"
			 ".option pop" ::"r"(values)
		: "t0", "memory");
}

static void registers_store(u64 *to)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 ".irp n, " ALL_REGISTERS "\n\t"
			 "fsd f\\n, 8 * \\n(%0)\n\t"
			 ".endr\n\t"
			 "frcsr t0\n\t"
			 "sd t0, 256(%0)\n\t"
			 ".option pop" ::"r"(to)
		: "t0", "memory");
}

static void registers_expect(const char *after)
{
	u64 found[ARRAY_LEN(values)];

	registers_store(found);
	for (u32 i = 0; i < ARRAY_LEN(values); i++)
		expect_equal(found[i], values[i], "%s%u after %s", i < 32 ? "f" : "fcsr ",
			i, after);
}

static void values_new(u64 *seed)
{
	for (u32 i = 0; i < 32; i++)
		values[i] = random_next(seed);
	values[32] = *seed & FCSR_ALL;
	registers_load();
}

static void use(void *arg)
{
	(void)arg;
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 "fadd.d f0, f0, f0\n\t"
			 ".option pop");
}

static void check_off(void)
{
	struct fault fault;

	csr_clear(sstatus, SSTATUS_FS);
	expect_true(fault_catch(use, NULL, &fault), "a fault of fadd.d with FS off");
	expect_equal(fault.cause, CAUSE_ILLEGAL, "cause of fadd.d with FS off");
	csr_set(sstatus, field_put(SSTATUS_FS, 1));
	expect_true(!fault_catch(use, NULL, &fault), "fadd.d to work with FS on");
	expect_equal(field_get(SSTATUS_FS, csr_read(sstatus)), FS_DIRTY,
		"FS after fadd.d");
}

static volatile u32 timers;

static void timer_handler(void)
{
	timers++;
	timer_stop();
}

static void wait_timer(bool asleep)
{
	u32 before = timers;

	timer_set(clock_ticks() + clock_ns_to_ticks(20000));
	while (timers == before) {
		if (asleep)
			cpu_wait();
		irq_on();
		cpu_relax();
		irq_off();
	}
}

static void check_exits(u64 *seed)
{
	values_new(seed);
	sbi_spec_version();
	registers_expect("a call");
	values_new(seed);
	*uart_reg(UART_SCR) = (u8)*seed;
	expect_equal(*uart_reg(UART_SCR), (u8)*seed, "a UART register");
	registers_expect("device accesses");
	values_new(seed);
	sbi_send_ipi(1, cpu_id());
	csr_clear(sip, SIE_SSIE);
	registers_expect("an IPI");
}

int guest_main(void)
{
	const char *isa = fdt_property("/cpus/cpu", "riscv,isa", NULL);
	u64 seed = 7;

	expect_true(isa, "riscv,isa in the device tree");
	for (isa += 4; *isa && *isa != '_' && *isa != 'd'; isa++)
		;
	if (*isa != 'd') {
		print(TEST ": SKIPPED: this cpu has no D extension\n");
		return test_ok();
	}
	check_off();
	for (u32 i = 0; i < ROUNDS; i++)
		check_exits(&seed);
	irq_handler_set(IRQ_TIMER, timer_handler);
	for (u32 i = 0; i < ROUNDS / 10; i++) {
		values_new(&seed);
		wait_timer(i % 2);
		registers_expect("a timer interrupt");
	}
	values_new(&seed);
	for (u8 *page; (page = page_alloc());)
		*page = 1;
	registers_expect("touching RAM");
	return test_ok();
}
