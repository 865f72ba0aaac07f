// SPDX-License-Identifier: Apache-2.0
// Guests' console ports (the character side of <hv/vdev.h>), and what a person types on its
// way to one of them: UART -> ring -> the port of the focused VM, which is the first in the
// list of those that have one. The ring holds what the guest cannot take yet.
//
// Bytes are moved on with the VM's lock held, and a VM loses the focus only by losing its
// port, which also needs that lock (or nobody else who knows the VM): so between looking into
// the ring and taking from it, no other VM can have taken the same bytes.
#include <hv/assert.h>
#include <hv/console.h>
#include <hv/vm.h>

#define INPUT_SIZE 4096U /* a power of two: some pages of pasted text */
#define CHUNK      64U

static struct {
	struct spinlock lock; /* like the console's: nothing is taken under it */
	u32 head, tail;       /* free-running */
	u8 ring[INPUT_SIZE];
	u32 vm_count;
	struct vm *vms[VM_MAX]; /* that have a port, in the order they got it */
} input;

/* Copies up to `len` bytes for `vm`, not taking them yet. */
static u32 input_peek(const struct vm *vm, u8 *data, u32 len)
{
	u32 count = 0;

	spin_lock(&input.lock);
	if (input.vm_count > 0 && input.vms[0] == vm) {
		count = MIN(len, input.head - input.tail);
		for (u32 i = 0; i < count; i++)
			data[i] = input.ring[(input.tail + i) % INPUT_SIZE];
	}
	spin_unlock(&input.lock);
	return count;
}

static void input_take(u32 len)
{
	spin_lock(&input.lock);
	input.tail += len;
	spin_unlock(&input.lock);
}

/* Adds what fits; the rest is lost, as on any terminal whose reader sleeps. */
static void input_put(const u8 *data, u32 len)
{
	spin_lock(&input.lock);
	for (u32 i = 0; i < len && input.head - input.tail < INPUT_SIZE; i++)
		input.ring[input.head++ % INPUT_SIZE] = data[i];
	spin_unlock(&input.lock);
}

/* Pushes into the VM's port as much as it takes. vm->lock held. */
static void input_push(struct vm *vm)
{
	struct chardev *port = vm->console;
	u8 data[CHUNK];
	u32 len, taken;

	do {
		len = input_peek(vm, data, sizeof(data));
		taken = len > 0 ? port->receive(port, data, len) : 0;
		assert(taken <= len);
		input_take(taken);
	} while (taken > 0);
}

void console_input(const u8 *data, u32 len)
{
	struct vm *vm;

	input_put(data, len);
	spin_lock(&input.lock);
	vm = input.vm_count > 0 ? input.vms[0] : NULL;
	spin_unlock(&input.lock);
	/* It cannot go away meanwhile: VMs are taken down on this cpu, the boot cpu. */
	if (vm) {
		spin_lock(&vm->lock);
		input_push(vm);
		spin_unlock(&vm->lock);
	}
}

void chardev_attach(struct chardev *dev, struct vm *vm)
{
	dev->vm = vm;
	if (vm->console)
		return;
	vm->console = dev;
	spin_lock(&input.lock);
	assert(input.vm_count < VM_MAX);
	input.vms[input.vm_count++] = vm;
	spin_unlock(&input.lock);
}

void chardev_detach(struct chardev *dev)
{
	struct vm *vm = dev->vm;
	u32 at = 0;

	if (vm->console != dev)
		return;
	vm->console = NULL;
	spin_lock(&input.lock);
	while (input.vms[at] != vm)
		at++;
	/* What was typed for this VM is not for the next. */
	if (at == 0)
		input.tail = input.head;
	input.vm_count--;
	for (; at < input.vm_count; at++)
		input.vms[at] = input.vms[at + 1];
	spin_unlock(&input.lock);
}

void chardev_send(struct chardev *dev, const u8 *data, u32 len)
{
	console_guest_write(dev->vm, data, len);
}

void chardev_ready(struct chardev *dev)
{
	if (dev->vm->console == dev)
		input_push(dev->vm);
}
