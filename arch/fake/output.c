// SPDX-License-Identifier: Apache-2.0
// The fake machine's UART: what is sent is kept for tests to look at, and it is always ready.
#include <hv/console.h>
#include <arch/fake.h>

#include <string.h>

char fake_output[1 << 16];
static size_t output_len;
static const char *input = "";

/* Without the carriage returns that a real terminal needs. */
static u32 fake_send(const u8 *data, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (data[i] != '\r' && output_len < sizeof(fake_output) - 1)
			fake_output[output_len++] = (char)data[i];
	}
	fake_output[output_len] = '\0';
	return len;
}

static void fake_want_room(bool on)
{
	(void)on;
}

static bool fake_sent(void)
{
	return true;
}

static u32 fake_receive(u8 *data, u32 len)
{
	u32 part = (u32)MIN(strlen(input), len);

	memcpy(data, input, part);
	input += part;
	return part;
}

static const struct console_ops fake_uart = {
	.send = fake_send,
	.sent = fake_sent,
	.want_room = fake_want_room,
	.receive = fake_receive,
};

void fake_output_clear(void)
{
	/* The first call attaches it, and what was printed until then comes at once. */
	console_attach(&fake_uart);
	console_flush();
	output_len = 0;
	fake_output[0] = '\0';
}

void fake_input(const char *text)
{
	input = text;
	console_interrupt();
}

void fake_reset(void)
{
	fake_cpu_reset();
	fake_output_clear();
}
