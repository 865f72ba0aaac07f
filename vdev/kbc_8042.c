// SPDX-License-Identifier: Apache-2.0
// The keyboard controller of a PC without a keyboard, "kbc-8042" (IBM PS/2 Hardware Interface
// Technical Reference, "Keyboard and Auxiliary Device Controller"; port 0x92: "System Control
// Port A"). It answers commands at once, lets the guest reset the machine, and says of
// everything sent to a device that it did not answer in time. A20 is always on.
#include "models.h"

#include <hv/bits.h>

/* Offsets: ports 0x60, 0x64, 0x92. */
enum {
	KBC_DATA = 0,
	KBC_STATUS = 4, /* commands when written */
	KBC_PORT_A = 8,
};

#define STATUS_TIMEOUT  BIT(6)
#define STATUS_UNLOCKED BIT(4)
#define STATUS_COMMAND  BIT(3) /* what was written last was one, not data */
#define STATUS_SYS      BIT(2) /* as CB_SYS */
#define STATUS_OBF      BIT(0) /* there is something to read */

/* The command byte. */
#define CB_TRANSLATE        BIT(6)
#define CB_AUX_DISABLE      BIT(5)
#define CB_KEYBOARD_DISABLE BIT(4)
#define CB_SYS              BIT(2) /* the self test has been passed */
#define CB_AUX_INT          BIT(1)
#define CB_KEYBOARD_INT     BIT(0)
#define CB_BITS                                                                      \
	(CB_TRANSLATE | CB_AUX_DISABLE | CB_KEYBOARD_DISABLE | CB_SYS | CB_AUX_INT | \
		CB_KEYBOARD_INT)

enum kbc_command {
	CMD_NONE = 0,
	CMD_READ_CB = 0x20,
	CMD_WRITE_CB = 0x60,
	CMD_TEST_PASSWORD = 0xa4,
	CMD_DISABLE_AUX = 0xa7,
	CMD_ENABLE_AUX = 0xa8,
	CMD_TEST_AUX = 0xa9,
	CMD_SELF_TEST = 0xaa,
	CMD_TEST_KEYBOARD = 0xab,
	CMD_DISABLE_KEYBOARD = 0xad,
	CMD_ENABLE_KEYBOARD = 0xae,
	CMD_READ_INPUT = 0xc0,
	CMD_READ_OUTPUT = 0xd0,
	CMD_WRITE_OUTPUT = 0xd1,
	CMD_ECHO_KEYBOARD = 0xd2, /* what follows, as if the keyboard had sent it */
	CMD_ECHO_AUX = 0xd3,
	CMD_SEND_AUX = 0xd4,
	CMD_A20_OFF = 0xdd, /* of many compatible controllers */
	CMD_A20_ON = 0xdf,
	CMD_READ_TEST = 0xe0,
	CMD_PULSE = 0xf0, /* to 0xff: outputs whose bits in 3:0 are 0 */
};

/* Answers. */
enum {
	SELF_TEST_PASSED = 0x55,
	KEYBOARD_TEST_PASSED = 0x00,
	AUX_TEST_CLOCK_HIGH = 0x02, /* as without a socket */
	NO_PASSWORD = 0xf1,
	NO_ANSWER = 0xfe,
	INPUT_PORT = 0x80, /* the keyboard is not locked */
	TEST_INPUTS = 0x00,
};

/* The output port, and its lower bits in CMD_PULSE. */
#define OUTPUT_OBF BIT(4)
#define OUTPUT_A20 BIT(1)
#define OUTPUT_RUN BIT(0) /* 0 resets the machine */

#define PORT_A_A20   BIT(1)
#define PORT_A_RESET BIT(0)

struct kbc_state {
	u8 command_byte;
	u8 status;  /* STATUS_TIMEOUT, _COMMAND, _OBF */
	u8 output;  /* what is there to read */
	u8 waiting; /* the enum kbc_command that the next byte of data belongs to */
};

struct kbc {
	struct vdev vdev;
	struct kbc_state s;
};

static struct kbc *to_kbc(struct vdev *dev)
{
	return container_of(dev, struct kbc, vdev);
}

static void irq_update(struct kbc *kbc)
{
	virq_set(&kbc->vdev.place.line,
		(kbc->s.status & STATUS_OBF) && (kbc->s.command_byte & CB_KEYBOARD_INT));
}

static void reset_machine(struct kbc *kbc)
{
	vm_shutdown(kbc->vdev.vm, VM_RESET, "reset by the keyboard controller");
}

/* The newest answer takes the place of one that was not read. */
static void answer(struct kbc *kbc, u8 value)
{
	kbc->s.output = value;
	kbc->s.status = (kbc->s.status & ~STATUS_TIMEOUT) | STATUS_OBF;
	irq_update(kbc);
}

static void answer_nobody(struct kbc *kbc)
{
	answer(kbc, NO_ANSWER);
	kbc->s.status |= STATUS_TIMEOUT;
}

static void command_byte_write(struct kbc *kbc, u64 value)
{
	kbc->s.command_byte = value & CB_BITS;
	irq_update(kbc);
}

static void command_write(struct kbc *kbc, u64 value)
{
	u8 *cb = &kbc->s.command_byte;

	kbc->s.status |= STATUS_COMMAND;
	kbc->s.waiting = CMD_NONE;
	if (value >= CMD_PULSE) {
		if (!(value & OUTPUT_RUN))
			reset_machine(kbc);
		return;
	}
	switch (value) {
	case CMD_READ_CB: answer(kbc, *cb); break;
	case CMD_WRITE_CB:
	case CMD_WRITE_OUTPUT:
	case CMD_ECHO_KEYBOARD:
	case CMD_ECHO_AUX:
	case CMD_SEND_AUX: kbc->s.waiting = (u8)value; break;
	case CMD_TEST_PASSWORD: answer(kbc, NO_PASSWORD); break;
	case CMD_DISABLE_AUX: *cb |= CB_AUX_DISABLE; break;
	case CMD_ENABLE_AUX: *cb &= ~CB_AUX_DISABLE; break;
	case CMD_TEST_AUX: answer(kbc, AUX_TEST_CLOCK_HIGH); break;
	case CMD_SELF_TEST:
		*cb |= CB_SYS;
		answer(kbc, SELF_TEST_PASSED);
		break;
	case CMD_TEST_KEYBOARD: answer(kbc, KEYBOARD_TEST_PASSED); break;
	case CMD_DISABLE_KEYBOARD: *cb |= CB_KEYBOARD_DISABLE; break;
	case CMD_ENABLE_KEYBOARD: *cb &= ~CB_KEYBOARD_DISABLE; break;
	case CMD_READ_INPUT: answer(kbc, INPUT_PORT); break;
	case CMD_READ_OUTPUT: answer(kbc, OUTPUT_OBF | OUTPUT_A20 | OUTPUT_RUN); break;
	case CMD_A20_OFF:
	case CMD_A20_ON: break;
	case CMD_READ_TEST: answer(kbc, TEST_INPUTS); break;
	default: vdev_refused(&kbc->vdev, KBC_STATUS, true, value);
	}
}

/* Data: for the command before it, else for the keyboard. */
static void data_write(struct kbc *kbc, u64 value)
{
	u8 command = kbc->s.waiting;

	kbc->s.status &= ~STATUS_COMMAND;
	kbc->s.waiting = CMD_NONE;
	switch (command) {
	case CMD_WRITE_CB: command_byte_write(kbc, value); break;
	case CMD_WRITE_OUTPUT:
		if (!(value & OUTPUT_RUN))
			reset_machine(kbc);
		break;
	case CMD_ECHO_KEYBOARD: answer(kbc, (u8)value); break;
	default: answer_nobody(kbc); break;
	}
}

static u8 data_read(struct kbc *kbc)
{
	kbc->s.status &= ~(STATUS_OBF | STATUS_TIMEOUT);
	irq_update(kbc);
	return kbc->s.output;
}

static u64 kbc_read(struct vdev *dev, u64 offset, u32 size)
{
	struct kbc *kbc = to_kbc(dev);

	(void)size;
	switch (offset) {
	case KBC_DATA: return data_read(kbc);
	case KBC_STATUS:
		return kbc->s.status | STATUS_UNLOCKED |
			(kbc->s.command_byte & CB_SYS ? STATUS_SYS : 0);
	default: return PORT_A_A20;
	}
}

static void kbc_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct kbc *kbc = to_kbc(dev);

	(void)size;
	switch (offset) {
	case KBC_DATA: data_write(kbc, value); break;
	case KBC_STATUS: command_write(kbc, value); break;
	default:
		if (value & PORT_A_RESET)
			vm_shutdown(dev->vm, VM_RESET, "reset by port 0x92");
	}
}

static void kbc_reset(struct vdev *dev)
{
	struct kbc *kbc = to_kbc(dev);

	kbc->s = (struct kbc_state){
		.command_byte = CB_TRANSLATE | CB_AUX_DISABLE | CB_KEYBOARD_DISABLE};
	irq_update(kbc);
}

static const struct vdev_window kbc_windows[] = {
	{0x60, 1, KBC_DATA},
	{0x64, 1, KBC_STATUS},
	{0x92, 1, KBC_PORT_A},
	{0, 0, 0},
};

const struct vdev_ops kbc_8042_ops = {
	.name = "kbc-8042",
	.min_size = 1,
	.max_size = 1,
	.windows = kbc_windows,
	.bytes = sizeof(struct kbc),
	.reset = kbc_reset,
	.read = kbc_read,
	.write = kbc_write,
};
