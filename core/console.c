// SPDX-License-Identifier: Apache-2.0
// The host's console, output side, and print() and its kin on top of it (<hv/console.h>).
//
//	print, guests -> ring -> UART       head: where the next byte goes
//	              head   tail           tail: the next byte to send
//
// Whoever writes also sends what the UART takes at once; the rest leaves by its interrupts.
// Until the first of these proves that somebody handles them, the writer waits instead.
#include <hv/console.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/print.h>
#include <hv/vm.h>

#define RING_SIZE   8192U /* a power of two */
#define TEXT_MAX    1024U /* the longest message */
#define INPUT_CHUNK 64U
/* A UART that stays busy for so many looks is dead: nobody waits for it any more. */
#define PATIENCE    (1U << 22)

static struct {
	struct spinlock lock;
	const struct console_ops *ops; /* NULL: nobody yet, the ring waits */
	bool interrupts;               /* they do arrive */
	bool want_room;                /* as the UART was told */
	bool stuck;                    /* the UART has been full for too long */
	bool panicking;                /* no locks (set once, by panic) */
	u32 head, tail;                /* free-running */
	u8 last;                       /* byte written; 0 if none was */
	bool last_guest;               /* it was a guest's */
	u8 guest_last[VM_MAX];         /* each guest's own last byte */
	u8 ring[RING_SIZE];
	char text[TEXT_MAX]; /* the message being formatted */
} console;

static void console_lock(void)
{
	if (!console.panicking)
		spin_lock(&console.lock);
}

static void console_unlock(void)
{
	if (!console.panicking)
		spin_unlock(&console.lock);
}

static bool ring_empty(void)
{
	return console.head == console.tail;
}

static bool ring_full(void)
{
	return console.head - console.tail >= RING_SIZE;
}

/* Gives the UART what it takes now. False if it took nothing though there was something. */
static bool ring_send(void)
{
	bool progress = ring_empty();

	while (!ring_empty()) {
		u32 at = console.tail % RING_SIZE;
		u32 len = MIN(console.head - console.tail, RING_SIZE - at);
		u32 sent = console.ops->send(console.ring + at, len);

		if (sent == 0)
			break;
		console.tail += MIN(sent, len);
		console.stuck = false;
		progress = true;
	}
	return progress;
}

/* Polls until the ring is empty, or the UART seems dead. */
static void ring_drain(void)
{
	for (u32 idle = 0; !ring_empty() && idle < PATIENCE; idle++) {
		if (ring_send())
			idle = 0;
		else
			cpu_relax();
	}
}

/* Waits while the ring is full, but not for a UART that has stopped: then bytes are lost. */
static void ring_put(u8 byte)
{
	u32 idle = 0;

	while (ring_full()) {
		if (!console.ops || console.stuck)
			return;
		if (ring_send())
			idle = 0;
		else
			cpu_relax();
		console.stuck = idle++ == PATIENCE;
	}
	console.ring[console.head++ % RING_SIZE] = byte;
	console.last = byte;
}

/* After something was put into the ring: on its way with it. */
static void ring_start(void)
{
	bool want;

	if (!console.ops)
		return;
	if (console.panicking || !console.interrupts)
		ring_drain();
	else
		ring_send();
	/* Without interrupts so far: the first one will say that they arrive. */
	want = !console.panicking && (!ring_empty() || !console.interrupts);
	if (want != console.want_room && console.ops->want_room) {
		console.want_room = want;
		console.ops->want_room(want);
	}
}

int console_attach(const struct console_ops *ops)
{
	int error = 0;

	console_lock();
	if (console.ops && console.ops->receive) {
		error = fail(-EBUSY);
	} else {
		console.ops = ops;
		console.want_room = false;
		ring_start();
	}
	console_unlock();
	return error;
}

void console_interrupt(void)
{
	u8 data[INPUT_CHUNK];
	u32 len;

	do {
		console_lock();
		console.interrupts = true;
		ring_start();
		len = console.ops->receive(data, sizeof(data));
		console_unlock();
		if (len > 0)
			console_input(data, len);
	} while (len == sizeof(data));
}

void console_write(const u8 *data, u32 len)
{
	console_lock();
	for (u32 i = 0; i < len; i++)
		ring_put(data[i]);
	console.last_guest = false;
	ring_start();
	console_unlock();
}

void console_guest_write(struct vm *vm, const u8 *data, u32 len)
{
	u8 *last = &console.guest_last[vm->id % VM_MAX];

	console_lock();
	for (u32 i = 0; i < len; i++) {
		if (data[i] == '\n' && *last != '\r')
			ring_put('\r');
		ring_put(data[i]);
		*last = data[i];
	}
	console.last_guest = true;
	ring_start();
	console_unlock();
}

void console_flush(void)
{
	console_lock();
	if (console.ops) {
		ring_drain();
		for (u32 i = 0; i < PATIENCE && !console.ops->sent(); i++)
			cpu_relax();
	}
	console_unlock();
}

void console_panic(void)
{
	console.panicking = true;
	ring_start();
}

/* ---- Messages ---- */

/* With the lock held: our own text, for a terminal that does nothing but what it is told. */
static void text_put(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n' && console.last != '\r')
			ring_put('\r');
		ring_put((u8)*text);
	}
}

/*
 * A message; `prefix` NULL: plain, as print() has it, else a line of its own. One that does
 * not fit is cut, and says so.
 */
static void message(const char *prefix, const char *fmt, va_list args)
{
	int len;

	console_lock();
	len = vsnprint(console.text, sizeof(console.text), fmt, args);
	/* A guest may have left the cursor anywhere; our own pieces of a line may go on. */
	if (console.last && console.last != '\n' && (prefix || console.last_guest))
		text_put("\n");
	if (prefix)
		text_put(prefix);
	text_put(console.text);
	if (len >= (int)sizeof(console.text))
		text_put("...\n");
	else if (prefix)
		text_put("\n");
	console.last_guest = false;
	ring_start();
	console_unlock();
}

void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(NULL, fmt, args);
	va_end(args);
}

void error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message("error: ", fmt, args);
	va_end(args);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message("warning: ", fmt, args);
	va_end(args);
}
