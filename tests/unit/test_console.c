// SPDX-License-Identifier: Apache-2.0
// The console's ring, messages and guests' output, and the way of what is typed to a guest,
// with a UART of the test's own whose speed it controls.
#include "unit.h"

#include <hv/console.h>
#include <hv/vm.h>

#include <stdlib.h>

#define RING_SIZE  8192 /* core/console.c */
#define INPUT_SIZE 4096 /* core/chardev.c */

static char sent[1 << 16];
static u32 sent_len;
static u32 room;    /* bytes the UART takes now; ROOM_ENDLESS: any number */
static bool slowly; /* one byte in each call */
static bool wants_room;
static const char *typing = "";

#define ROOM_ENDLESS UINT32_MAX

static u32 uart_send(const u8 *data, u32 len)
{
	u32 count = MIN(MIN(len, room), slowly ? 1U : len);

	assert_true(sent_len + count < sizeof(sent));
	memcpy(sent + sent_len, data, count);
	sent_len += count;
	sent[sent_len] = '\0';
	if (room != ROOM_ENDLESS)
		room -= count;
	return count;
}

static void uart_want_room(bool on)
{
	wants_room = on;
}

static u32 uart_receive(u8 *data, u32 len)
{
	u32 count = (u32)MIN(strlen(typing), len);

	memcpy(data, typing, count);
	typing += count;
	return count;
}

static bool uart_sent(void)
{
	return true;
}

static const struct console_ops uart = {
	.send = uart_send,
	.want_room = uart_want_room,
	.receive = uart_receive,
	.sent = uart_sent,
};

static void sent_clear(void)
{
	sent_len = 0;
	sent[0] = '\0';
}

static int setup(void **state)
{
	(void)state;
	room = ROOM_ENDLESS;
	slowly = false;
	console_interrupt();
	/* Leaves the cursor at a line's start, by our own hand. */
	print("\n");
	assert_false(wants_room);
	sent_clear();
	return 0;
}

/* Runs first, as a group's setup: before and when firmware's output and the UART are found. */
static int boot(void **state)
{
	static const struct console_ops firmware = {.send = uart_send, .sent = uart_sent};

	(void)state;
	print("early\n");
	console_write((const u8 *)"bird\n", 5);
	room = ROOM_ENDLESS;
	if (console_attach(&firmware) || strcmp(sent, "early\r\nbird\n") != 0)
		return -1;
	console_flush();
	sent_clear();
	if (console_attach(&uart) || sent_len > 0)
		return -1;
	if (console_attach(&uart) != -EBUSY)
		return -1;
	/* No interrupt has come yet: everything goes out at once, even one by one. */
	sent_clear();
	slowly = true;
	print("%d bytes\n", 7);
	return strcmp(sent, "7 bytes\r\n") == 0 && wants_room ? 0 : -1;
}

static void test_messages(void **state)
{
	(void)state;
	print("a\nb\r\nc");
	print("d\n");
	error("bad %s", "disk");
	warn("odd %u", 3);
	assert_string_equal(sent,
		"a\r\nb\r\ncd\r\nerror: bad disk\r\nwarning: odd 3\r\n");
}

static void test_long_message(void **state)
{
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	print("%s\n", text);
	assert_true(sent_len > 1000 && sent_len < 1100);
	assert_string_equal(sent + sent_len - 6, "x...\r\n");
}

static void test_by_interrupt(void **state)
{
	(void)state;
	room = 3;
	print("hello\n");
	assert_string_equal(sent, "hel");
	assert_true(wants_room);
	print("you\n");
	assert_string_equal(sent, "hel");
	room = 5;
	console_interrupt();
	assert_string_equal(sent, "hello\r\ny");
	assert_true(wants_room);
	room = ROOM_ENDLESS;
	console_interrupt();
	assert_string_equal(sent, "hello\r\nyou\r\n");
	assert_false(wants_room);
}

/* A full ring is polled and loses nothing. */
static void test_full_ring(void **state)
{
	static char expected[RING_SIZE * 3 + 1];
	u8 line[64];

	(void)state;
	slowly = true;
	for (u32 i = 0; i < sizeof(expected) - 1; i += sizeof(line)) {
		memset(line, 'a' + (int)(i / sizeof(line) % 26), sizeof(line));
		memcpy(expected + i, line, sizeof(line));
		/* No room while the ring can hold it, then as much as is asked for. */
		room = i < RING_SIZE ? 0 : ROOM_ENDLESS;
		console_write(line, sizeof(line));
		if (i == RING_SIZE - sizeof(line))
			assert_int_equal(sent_len, 0);
	}
	console_flush();
	assert_string_equal(sent, expected);
}

/* One that has stopped is waited for once; then bytes are lost until it goes on. */
static void test_dead_uart(void **state)
{
	static u8 much[RING_SIZE * 2];

	(void)state;
	memset(much, 'x', sizeof(much));
	room = 0;
	fake_patience = 1U << 23; /* once around is half of that */
	console_write(much, sizeof(much));
	for (u32 i = 0; i < 1000; i++)
		console_write(much, sizeof(much));
	assert_int_equal(sent_len, 0);
	room = ROOM_ENDLESS;
	console_interrupt();
	assert_int_equal(sent_len, RING_SIZE);
	console_write((const u8 *)"again", strlen("again"));
	assert_string_equal(sent + RING_SIZE, "again");
}

static void test_guest_newlines(void **state)
{
	struct vm a = {.id = 0}, b = {.id = 1};

	(void)state;
	console_guest_write(&a, (const u8 *)"x\ny\r", 4);
	console_guest_write(&b, (const u8 *)"\n", 1);
	console_guest_write(&a, (const u8 *)"\n\n", 2);
	assert_string_equal(sent, "x\r\ny\r\r\n\n\r\n");
}

static void test_fresh_line(void **state)
{
	struct vm a = {.id = 0};

	(void)state;
	console_guest_write(&a, (const u8 *)"$ ", 2);
	error("lost");
	console_guest_write(&a, (const u8 *)"$ ", 2);
	print("told\n");
	print("half ");
	print("line\n");
	print("half ");
	warn("whole");
	assert_string_equal(sent,
		"$ \r\nerror: lost\r\n$ \r\ntold\r\nhalf line\r\n"
		"half \r\nwarning: whole\r\n");
}

/* ---- Input ---- */

/* A guest's port that takes what `space` allows and keeps it. */
struct port {
	struct chardev chardev;
	u32 space;
	u32 len;
	char text[2 * INPUT_SIZE];
};

static u32 port_receive(struct chardev *dev, const u8 *data, u32 len)
{
	struct port *port = container_of(dev, struct port, chardev);
	u32 count = MIN(len, port->space);

	assert_true(spin_held(&dev->vm->lock));
	memcpy(port->text + port->len, data, count);
	port->len += count;
	port->space -= count;
	return count;
}

static struct port *port_new(struct vm *vm, u32 space)
{
	struct port *port = calloc(1, sizeof(*port));

	port->chardev.receive = port_receive;
	port->space = space;
	chardev_attach(&port->chardev, vm);
	return port;
}

static void port_free(struct port *port)
{
	chardev_detach(&port->chardev);
	free(port);
}

static void type(const char *text)
{
	typing = text;
	console_interrupt();
}

static void ready(struct port *port, u32 space)
{
	port->space = space;
	spin_lock(&port->chardev.vm->lock);
	chardev_ready(&port->chardev);
	spin_unlock(&port->chardev.vm->lock);
}

static void test_input(void **state)
{
	struct vm vm = {.id = 2};
	struct port *port = port_new(&vm, 4);

	(void)state;
	type("hello ");
	assert_string_equal(port->text, "hell");
	type("world");
	assert_string_equal(port->text, "hell");
	ready(port, 3);
	assert_string_equal(port->text, "hello w");
	ready(port, 100);
	assert_string_equal(port->text, "hello world");
	type("!");
	assert_string_equal(port->text, "hello world!");
	assert_false(spin_held(&vm.lock));
	port_free(port);
}

/* More than the ring holds is cut; less than that is not. */
static void test_input_overflow(void **state)
{
	static char text[INPUT_SIZE + 1000];
	struct vm vm = {.id = 2};
	struct port *port = port_new(&vm, 0);

	(void)state;
	for (u32 i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	type(text);
	ready(port, sizeof(port->text) - 1);
	assert_int_equal(port->len, INPUT_SIZE);
	assert_memory_equal(port->text, text, INPUT_SIZE);
	port_free(port);
}

static void test_typed_ahead(void **state)
{
	struct vm vm = {.id = 2};
	struct port *port;

	(void)state;
	type("early");
	port = port_new(&vm, 0);
	ready(port, 100);
	assert_string_equal(port->text, "early");
	port_free(port);
}

static void test_focus(void **state)
{
	struct vm a = {.id = 0}, b = {.id = 1};
	struct port *first = port_new(&a, 2), *second = port_new(&b, 100);
	struct port *more = port_new(&a, 100);

	(void)state;
	assert_ptr_equal(a.console, &first->chardev);
	type("abc");
	ready(second, 100);
	ready(more, 100);
	assert_string_equal(first->text, "ab");
	assert_int_equal(second->len, 0);
	assert_int_equal(more->len, 0);
	/* The rest was not for whoever comes next. */
	port_free(more);
	port_free(first);
	assert_null(a.console);
	type("xyz");
	assert_string_equal(second->text, "xyz");
	port_free(second);
	type("");
}

static void test_output_of_port(void **state)
{
	struct vm vm = {.id = 3};
	struct port *port = port_new(&vm, 0);

	(void)state;
	chardev_send(&port->chardev, (const u8 *)"hi\n", 3);
	assert_string_equal(sent, "hi\r\n");
	port_free(port);
}

/* Last: there is no way back. The lock may be held by a cpu that was stopped. */
static void test_panic(void **state)
{
	(void)state;
	room = 0;
	print("before\n");
	assert_string_equal(sent, "");
	room = ROOM_ENDLESS;
	slowly = true;
	console_panic();
	print("after\n");
	assert_string_equal(sent, "before\r\nafter\r\n");
	assert_false(wants_room);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_messages),
		TEST(test_long_message),
		TEST(test_by_interrupt),
		TEST(test_full_ring),
		TEST(test_dead_uart),
		TEST(test_guest_newlines),
		TEST(test_fresh_line),
		TEST(test_input),
		TEST(test_input_overflow),
		TEST(test_typed_ahead),
		TEST(test_focus),
		TEST(test_output_of_port),
		TEST(test_panic),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
