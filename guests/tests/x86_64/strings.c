// SPDX-License-Identifier: Apache-2.0
// String instructions between RAM, devices and ports, in both directions, across pages, and with
// page faults in the middle, after which they go on where they were (SDM volume 2, "REP").
#define TEST "strings"
#include "../check.h"
#include <arch/board.h>
#include <arch/regs.h>
#include <arch/uart.h>

/* Two registers that keep 64 bits while nothing is on: the HPET's comparators. */
#define DEVICE       (HPET_BASE + 0x148)
#define DEVICE_OTHER (HPET_BASE + 0x128)
#define DEVICE_PAGE  ALIGN_DOWN(DEVICE, PAGE_SIZE)

#define VA      GiB(8) /* two pages; the second comes and goes */
#define MIDDLE  (VA + PAGE_SIZE)
#define PATTERN 0x8877665544332211UL

static u64 page_second;
static volatile u32 faults;
static volatile u64 fault_addr;

struct state {
	u64 rcx, rsi, rdi;
};

#define CARRY_OUT(insn, state, rax, rdx)                                     \
	__asm__ volatile(insn                                                \
		: "+c"((state)->rcx), "+S"((state)->rsi), "+D"((state)->rdi) \
		: "a"((u64)(rax)), "d"((u64)(rdx))                           \
		: "memory", "cc")

/* Gives what was missing, so that the instruction goes on. */
static bool map_it(struct trap_frame *frame, const struct fault *fault)
{
	(void)frame;
	if (fault->kind != FAULT_PAGE || ALIGN_DOWN(fault->addr, PAGE_SIZE) != MIDDLE)
		return false;
	faults++;
	fault_addr = fault->addr;
	return paging_map(MIDDLE, page_second, PAGE_SIZE, PAGE_READ | PAGE_WRITE);
}

static void take_away(void)
{
	paging_unmap(MIDDLE, PAGE_SIZE);
	faults = 0;
}

static void expect_faults(u32 wanted, u64 addr, const char *what)
{
	expect_equal(faults, wanted, "page faults of %s", what);
	if (wanted)
		expect_equal(fault_addr, addr, "where %s faulted", what);
}

static void expect_state(const struct state *state, u64 rcx, u64 rsi, u64 rdi,
	const char *what)
{
	expect_equal(state->rcx, rcx, "rcx after %s", what);
	expect_equal(state->rsi, rsi, "rsi after %s", what);
	expect_equal(state->rdi, rdi, "rdi after %s", what);
}

static u8 byte_of(u64 i)
{
	return (u8)(i * 7 + 3);
}

static void check_outs(void)
{
	struct state state = {16, MIDDLE - 8, 1};

	for (u64 i = 0; i < 16; i++)
		((u8 *)MIDDLE - 8)[i] = byte_of(i);
	take_away();
	CARRY_OUT("rep outsb", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, MIDDLE + 8, 1, "rep outsb");
	expect_faults(1, MIDDLE, "rep outsb");
	expect_equal(uart_in(UART_SCR), byte_of(15), "the last byte of rep outsb");

	/* Backwards, from the second page to the first. */
	take_away();
	state = (struct state){12, MIDDLE + 3, 1};
	CARRY_OUT("std; rep outsb; cld", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, MIDDLE - 9, 1, "rep outsb, backwards");
	expect_faults(1, MIDDLE + 3, "rep outsb, backwards");
	expect_equal(uart_in(UART_SCR), byte_of(0),
		"the last byte of rep outsb, backwards");

	/* One whose four bytes lie in both pages. */
	take_away();
	*(volatile u32 *)(MIDDLE - 2) = 0x80ff1234;
	take_away();
	state = (struct state){9, MIDDLE - 2, 1};
	CARRY_OUT("outsl", &state, 0, PCI_ADDRESS_PORT);
	expect_state(&state, 9, MIDDLE + 2, 1, "outsl");
	expect_equal(io_read32(PCI_ADDRESS_PORT), 0x80ff1234, "what outsl wrote");
}

static void check_ins(void)
{
	struct state state = {32, 1, MIDDLE - 16};

	uart_out(UART_SCR, 0x3c);
	memset((void *)(MIDDLE - 17), 0, 34);
	take_away();
	CARRY_OUT("rep insb", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, 1, MIDDLE + 16, "rep insb");
	expect_faults(1, MIDDLE, "rep insb");
	for (u64 i = 0; i < 32; i++)
		expect_equal(((u8 *)MIDDLE - 16)[i], 0x3c, "byte %lu of rep insb", i);
	expect_equal(((u8 *)MIDDLE - 17)[0] | ((u8 *)MIDDLE + 16)[0], 0,
		"what lies around it");

	io_write32(PCI_ADDRESS_PORT, 0x80654320);
	take_away();
	state = (struct state){2, 1, MIDDLE - 6};
	CARRY_OUT("rep insl", &state, 0, PCI_ADDRESS_PORT);
	expect_state(&state, 0, 1, MIDDLE + 2, "rep insl");
	expect_equal(*(u64 *)(MIDDLE - 6), 0x8065432080654320, "what rep insl read");
	/* Nothing at all. */
	take_away();
	state = (struct state){0, 1, MIDDLE};
	CARRY_OUT("rep insb", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, 1, MIDDLE, "rep insb of nothing");
	expect_faults(0, 0, "rep insb of nothing");
}

static void check_movs(void)
{
	struct state state = {2, DEVICE, MIDDLE - 4};

	*(volatile u64 *)DEVICE = PATTERN;
	take_away();
	CARRY_OUT("rep movsl", &state, 0, 0);
	expect_state(&state, 0, DEVICE + 8, MIDDLE + 4, "rep movsl from a device");
	expect_faults(1, MIDDLE, "rep movsl from a device");
	expect_equal(*(u64 *)(MIDDLE - 4), PATTERN, "what rep movsl read");

	*(u64 *)(MIDDLE - 4) = ~PATTERN;
	take_away();
	state = (struct state){2, MIDDLE - 4, DEVICE};
	CARRY_OUT("rep movsl", &state, 0, 0);
	expect_state(&state, 0, MIDDLE + 4, DEVICE + 8, "rep movsl to a device");
	expect_equal(*(volatile u64 *)DEVICE, ~PATTERN, "what rep movsl wrote");

	*(volatile u64 *)DEVICE = PATTERN;
	state = (struct state){1, DEVICE, DEVICE_OTHER};
	CARRY_OUT("rep movsq", &state, 0, 0);
	expect_state(&state, 0, DEVICE + 8, DEVICE_OTHER + 8,
		"rep movsq between devices");
	expect_equal(*(volatile u64 *)DEVICE_OTHER, PATTERN, "what went between devices");

	/* From its upper half down. */
	*(volatile u64 *)DEVICE_OTHER = 0;
	state = (struct state){2, DEVICE + 4, DEVICE_OTHER + 4};
	CARRY_OUT("std; rep movsl; cld", &state, 0, 0);
	expect_state(&state, 0, DEVICE - 4, DEVICE_OTHER - 4, "rep movsl, backwards");
	expect_equal(*(volatile u64 *)DEVICE_OTHER, PATTERN, "what went backwards");
	/* A word in both pages. */
	take_away();
	state = (struct state){1, DEVICE, MIDDLE - 3};
	CARRY_OUT("movsq", &state, 0, 0);
	expect_equal(*(u64 *)(MIDDLE - 3), PATTERN, "a word across pages");
}

static void check_others(void)
{
	struct state state = {2, 1, DEVICE};
	u64 flags, rax = 0;

	CARRY_OUT("rep stosl", &state, 0x12345678, 0);
	expect_state(&state, 0, 1, DEVICE + 8, "rep stosl");
	expect_equal(*(volatile u64 *)DEVICE, 0x1234567812345678, "what rep stosl wrote");
	*(volatile u64 *)DEVICE = PATTERN;
	state = (struct state){2, DEVICE, 1};
	__asm__ volatile("rep lodsl"
		: "+c"(state.rcx), "+S"(state.rsi), "+a"(rax)::"memory");
	expect_equal(rax, PATTERN >> 32, "what rep lodsl read last");

	state = (struct state){2, 1, DEVICE};
	CARRY_OUT("repne scasl", &state, PATTERN >> 32, 0);
	expect_state(&state, 0, 1, DEVICE + 8, "repne scasl");
	state = (struct state){2, 1, DEVICE};
	CARRY_OUT("repne scasl", &state, (u32)PATTERN, 0);
	expect_state(&state, 1, 1, DEVICE + 4, "repne scasl that finds it at once");

	/* RAM that is the same, and in its upper half is not. */
	*(u64 *)(MIDDLE - 4) = PATTERN + BIT(32);
	take_away();
	state = (struct state){2, DEVICE, MIDDLE - 4};
	__asm__ volatile("repe cmpsl\n\tpushfq\n\tpopq %3"
		: "+c"(state.rcx), "+S"(state.rsi), "+D"(state.rdi),
		"=r"(flags)::"memory", "cc");
	expect_state(&state, 0, DEVICE + 8, MIDDLE + 4, "repe cmpsl");
	expect_equal(flags & (RFLAGS_ZF | RFLAGS_CF), RFLAGS_CF,
		"flags after repe cmpsl");
	expect_faults(1, MIDDLE, "repe cmpsl");
}

/* Much of it: RAM to RAM over the whole of both pages, and a long one to a port. */
static void check_long(void)
{
	struct state state = {2 * PAGE_SIZE / 8, 0, VA};

	take_away();
	CARRY_OUT("rep stosq", &state, PATTERN, 0);
	expect_state(&state, 0, 0, VA + 2 * PAGE_SIZE, "rep stosq");
	expect_faults(1, MIDDLE, "rep stosq");
	take_away();
	state = (struct state){2 * PAGE_SIZE, VA, 0};
	CARRY_OUT("rep outsb", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, VA + 2 * PAGE_SIZE, 0, "a long rep outsb");
	expect_faults(1, MIDDLE, "a long rep outsb");
	state = (struct state){2 * PAGE_SIZE, 0, VA};
	CARRY_OUT("rep insb", &state, 0, UART_PORT + UART_SCR);
	expect_state(&state, 0, 0, VA + 2 * PAGE_SIZE, "a long rep insb");
	for (u64 i = 0; i < 2 * PAGE_SIZE; i++)
		expect_equal(((u8 *)VA)[i], PATTERN >> 56, "byte %lu of a long rep insb",
			i);
}

static void read_only(void *arg)
{
	CARRY_OUT("rep insb", (struct state *)arg, 0, UART_PORT + UART_SCR);
}

/* Where it may not write, registers and memory are as they were. */
static void check_forbidden(void)
{
	struct state state = {4, 1, MIDDLE};
	struct fault fault;

	*(u8 *)MIDDLE = 0x11;
	expect_true(paging_map(MIDDLE, page_second, PAGE_SIZE, PAGE_READ),
		"paging_map to work");
	expect_true(fault_catch(read_only, &state, &fault),
		"a fault of rep insb to read-only RAM");
	expect_equal(fault.kind, FAULT_PAGE, "its kind");
	expect_equal(fault.addr, MIDDLE, "its address");
	expect_equal(*(u8 *)MIDDLE, 0x11, "the byte that it may not write");
}

int guest_main(void)
{
	u64 page;

	paging_init();
	page = (u64)page_alloc();
	page_second = (u64)page_alloc();
	expect_true(page && page_second &&
			paging_map(VA, page, PAGE_SIZE, PAGE_READ | PAGE_WRITE) &&
			paging_map(DEVICE_PAGE, DEVICE_PAGE, PAGE_SIZE,
				PAGE_READ | PAGE_WRITE | PAGE_DEVICE),
		"paging_map to work");
	fault_handler_set(map_it);
	check_outs();
	check_ins();
	check_movs();
	check_others();
	check_long();
	check_forbidden();
	return test_ok();
}
