// SPDX-License-Identifier: Apache-2.0
// The host's console: everything print() writes, all guests' output, and what a person types.
// Output goes through a ring that the UART empties by interrupt; it never blocks a cpu unless
// the ring is full.
#pragma once

#include <hv/types.h>

struct vm;

/*
 * A UART driver; or the firmware's output, for what comes before any driver, which has only
 * send and sent. All calls with the console's lock held.
 */
struct console_ops {
	/* Takes as many bytes as fit without waiting; returns how many. */
	u32 (*send)(const u8 *data, u32 len);
	/* Asks for an interrupt when there is room again, or no longer. */
	void (*want_room)(bool on);
	/* Takes up to `len` received bytes without waiting; returns how many. */
	u32 (*receive)(u8 *data, u32 len);
	/* Everything that send() took has left the machine. */
	bool (*sent)(void);
};

/*
 * Sends what was printed so far, and from now on everything. A UART takes over from the
 * firmware; a second one is ignored (-EBUSY).
 */
int console_attach(const struct console_ops *ops);
/*
 * The UART's interrupt handler: moves bytes both ways. Boot cpu, no locks held. Before its
 * first call nobody is known to handle interrupts, so output does not wait for them.
 */
void console_interrupt(void);

/* Bytes as they are. Any context, takes the console's lock. */
void console_write(const u8 *data, u32 len);
/*
 * Output of a guest: as it is, but a "\n" alone gets the "\r" that a terminal needs. Any
 * context, also with vm->lock held; takes the console's lock.
 */
void console_guest_write(struct vm *vm, const u8 *data, u32 len);
/* Waits until everything is out: before the power goes off. */
void console_flush(void);
/* From panic(): no locks, no interrupts, polled, from now on. */
void console_panic(void);

/* ---- What is typed (core/chardev.c): it is for the first VM that has a console port ---- */

/* Bytes from the UART, for the VM's port or until that takes them. Boot cpu, no locks held. */
void console_input(const u8 *data, u32 len);
