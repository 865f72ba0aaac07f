// SPDX-License-Identifier: Apache-2.0
// The SBI's console: the debug console and the legacy calls (SBI 2.0, chapters 12 and 5).
#include "vsbi.h"

#include <hv/bits.h>
#include <hv/bus.h>
#include <hv/console.h>
#include <hv/vm.h>
#include <arch/machine.h>

#define UART_RBR    0
#define UART_LSR    5
#define UART_LSR_DR BIT(0)

/*
 * What is typed goes to the VM's UART; like firmware on a real board we read it there. -1 if
 * there is nothing.
 */
int vsbi_getchar(struct vm *vm)
{
	struct access lsr = {.addr = BOARD_UART_BASE + UART_LSR, .size = 1};
	struct access rbr = {.addr = BOARD_UART_BASE + UART_RBR, .size = 1};
	int byte = -1;

	vm_lock(vm);
	if (!bus_access(&vm->mmio, &lsr) && lsr.value & UART_LSR_DR &&
		!bus_access(&vm->mmio, &rbr))
		byte = (u8)rbr.value;
	vm_unlock(vm);
	return byte;
}

void vsbi_putchar(struct vm *vm, u8 byte)
{
	console_guest_write(vm, &byte, 1);
}

#define DBCN_CHUNK 256UL /* the lock is not held for longer than this takes */

struct sbi_result vsbi_console(struct vm *vm, u64 function, u64 len, u64 low, u64 high)
{
	u64 done = 0;
	u8 *buf;
	int byte;

	if (function == SBI_DBCN_WRITE_BYTE) {
		vsbi_putchar(vm, (u8)len);
		return success(0);
	}
	if (function > SBI_DBCN_WRITE_BYTE)
		return not_supported;
	if (high || !vm_has_ram(vm, GPA(low), len))
		return failure(SBI_ERR_INVALID_PARAM);
	/* Less than asked for is allowed, and the guest then calls again. */
	len = MIN(len, DBCN_CHUNK);
	vm_lock(vm);
	buf = vm_ram(vm, GPA(low), len);
	vm_unlock(vm);
	if (!buf)
		return failure(SBI_ERR_FAILED);
	if (function == SBI_DBCN_WRITE) {
		console_guest_write(vm, buf, (u32)len);
		return success(len);
	}
	while (done < len && (byte = vsbi_getchar(vm)) >= 0)
		buf[done++] = (u8)byte;
	return success(done);
}
