// SPDX-License-Identifier: Apache-2.0
// Virtio network cards (Virtual I/O Device 1.2, 5.1) as ports of switches (<hv/net.h>). A card is
// asked to hear everything, since guests have addresses of their own. The device is not trusted:
// after its first nonsense it is reset for good, and what is sent to it is lost.
#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/irq.h>
#include <hv/print.h>
#include <hv/time.h>

#include "virtio_net.h"

#define MTU_MIN        68U          /* RFC 791 */
#define ANSWER_TIMEOUT 1000000000UL /* ns, for a command while booting */

/* The word of the configuration that has it. */
#define CONFIG_MTU_WORD offsetof(struct virtio_net_config, max_virtqueue_pairs)
#define CONFIG_MTU      BITS(31, 16)

/* Memory that the device reads and writes for a command. */
struct command {
	struct virtio_net_ctrl ctrl;
	u8 value;
	u8 answer;
};

static bool command_run(struct card *card, struct virtqueue *vq, struct command *command)
{
	const struct virtqueue_buf bufs[] = {
		{ptr_hpa(&command->ctrl), sizeof(command->ctrl), false},
		{ptr_hpa(&command->value), sizeof(command->value), false},
		{ptr_hpa(&command->answer), sizeof(command->answer), true},
	};
	u64 start = time_now();

	if (virtqueue_add(vq, bufs, ARRAY_LEN(bufs), command))
		return false;
	card_notify(card, VIRTIO_NET_CONTROL, vq);
	while (!virtqueue_take(vq, NULL)) {
		if (vq->broken || time_now() - start > ANSWER_TIMEOUT)
			return false;
		cpu_relax();
	}
	return command->answer == VIRTIO_NET_OK;
}

/* Whatever address a frame is for: 5.1.6.5.1. The queue stays, and is not used again. */
static int hear_all(struct card *card)
{
	struct virtqueue *control = mem_alloc(sizeof(*control));
	struct command *command = mem_alloc(sizeof(*command));
	int err = control && command ? 0 : fail(-ENOMEM);

	if (!err)
		err = virtio_queue_start(card->virtio, VIRTIO_NET_CONTROL, control);
	if (err)
		goto free;
	virtio_start(card->virtio);
	*command = (struct command){{VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC},
		true, (u8)~VIRTIO_NET_OK};
	if (command_run(card, control, command))
		return 0;
	virtio_fail(card->virtio);
	virtqueue_fini(control);
	err = fail(-EIO);
free:
	mem_free(command);
	mem_free(control);
	return err;
}

/* A device without the command hears all, or cannot be told. */
static int card_go(struct card *card, u64 features)
{
	u64 control = VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX;

	if (MIN(card->receive.size, card->transmit.size) < CARD_DESCRIPTORS)
		return fail(-EINVAL);
	if ((features & control) == control)
		return hear_all(card);
	virtio_start(card->virtio);
	return 0;
}

static int queues_start(struct card *card, u64 features)
{
	int err = virtio_queue_start(card->virtio, VIRTIO_NET_RECEIVE, &card->receive);

	if (err)
		return err;
	err = virtio_queue_start(card->virtio, VIRTIO_NET_TRANSMIT, &card->transmit);
	if (err)
		goto no_transmit;
	err = card_go(card, features);
	if (!err)
		return 0;
	virtio_fail(card->virtio);
	virtqueue_fini(&card->transmit);
no_transmit:
	/* Not before it has forgotten where they are. */
	virtio_fail(card->virtio);
	virtqueue_fini(&card->receive);
	return err;
}

static u32 mtu_of(struct card *card, u64 features)
{
	const struct virtio_ops *ops = card->virtio->ops;

	if (!(features & VIRTIO_NET_F_MTU))
		return NET_MTU;
	return MIN(NET_MTU,
		(u32)field_get(CONFIG_MTU, ops->config(card->virtio, CONFIG_MTU_WORD)));
}

/* As far as it can be on its own; afterwards it is to be connected. */
static int card_start(struct card *card)
{
	u64 wanted = VIRTIO_NET_F_MTU | VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX;
	u64 features;
	int err = virtio_negotiate(card->virtio, wanted, &features);

	if (err)
		return err;
	card->header_size = card->virtio->legacy ? VIRTIO_NET_HDR_LEGACY
						 : sizeof(struct virtio_net_hdr);
	card->mtu = mtu_of(card, features);
	/* Nobody would look whether it has received something. */
	if (!card->virtio->irq || card->mtu < MTU_MIN)
		return fail(-EINVAL);
	err = net_frames_reserve(CARD_RECEIVE_MAX + CARD_TRANSMIT_MAX);
	if (err)
		return err;
	err = queues_start(card, features);
	if (err)
		net_frames_release(CARD_RECEIVE_MAX + CARD_TRANSMIT_MAX);
	return err;
}

int virtio_net_probe(struct virtio *virtio)
{
	static u32 count;
	struct card *card = mem_alloc(sizeof(*card));
	int err;

	if (!card)
		return fail(-ENOMEM);
	snprint(card->name, sizeof(card->name), "virtio-net%u", count++);
	card->virtio = virtio;
	card->port.name = card->name;
	card->port.any_source = true;
	card->port.ready = card_ready;
	err = card_start(card);
	if (!err)
		err = net_card_attach(&card->port, card->mtu);
	if (!err)
		err = irq_attach(virtio->irq, card_interrupt, card);
	if (err) {
		warn("%s: cannot be used (%s)", card->name, error_name(err));
		/* What is sent to its port, if it has got that far, is lost. */
		card->broken = true;
		virtio_fail(virtio);
		return err;
	}
	card_receive_fill(card);
	return 0;
}
