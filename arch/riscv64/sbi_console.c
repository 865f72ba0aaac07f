// SPDX-License-Identifier: Apache-2.0
// The firmware's console (SBI 2.0, chapters 5.2 and 12): what is said before a UART is found.
#include <hv/console.h>

#include "sbi.h"

static bool has_dbcn;

static u32 sbi_send(const u8 *data, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (has_dbcn)
			sbi_call(SBI_DBCN, SBI_DBCN_WRITE_BYTE, data[i], 0, 0, 0, 0);
		else
			sbi_call(SBI_LEGACY_PUTCHAR, 0, data[i], 0, 0, 0, 0);
	}
	return len;
}

static bool sbi_sent(void)
{
	return true;
}

static const struct console_ops sbi_console = {.send = sbi_send, .sent = sbi_sent};

void sbi_console_attach(void)
{
	has_dbcn = sbi_has(SBI_DBCN);
	console_attach(&sbi_console);
}
