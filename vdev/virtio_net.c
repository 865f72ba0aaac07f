// SPDX-License-Identifier: Apache-2.0
// A guest's network card, "virtio-net [ADDRESS] [switch NAME] [bridge]" (Virtual I/O Device 1.2,
// 5.1): a port of a switch (<hv/net.h>). One pair of queues, no offloads: frames are copied as
// they are.
#include "virtio_net.h"

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#include "models.h"

#define SWITCH_DEFAULT "net0"
#define MAC_TEXT       17U /* "52:4c:00:00:00:01" */
#define WORD_MAX       MAX(MAC_TEXT + 1, NET_SWITCH_NAME)

static struct net *to_net(struct virtio_device *dev)
{
	return container_of(dev, struct net, virtio);
}

/* ---- The device ---- */

static void net_notify(struct virtio_device *dev, u32 queue)
{
	if (queue == VIRTIO_NET_TRANSMIT)
		net_transmit(to_net(dev));
	else
		net_receive(to_net(dev));
}

static void net_ready(struct net_port *port)
{
	struct net *net = container_of(port, struct net, port);

	vm_lock(port->vm);
	net_receive(net);
	vm_unlock(port->vm);
}

static u32 net_config_read(struct virtio_device *dev, u32 offset, u32 size)
{
	struct virtio_net_config config = {
		.status = VIRTIO_NET_S_LINK_UP,
		.max_virtqueue_pairs = 1,
		.mtu = (u16)to_net(dev)->port.mtu,
	};
	u32 value = 0;

	mac_put(config.mac, to_net(dev)->port.mac);
	memcpy(&value, (const u8 *)&config + offset, size);
	return value;
}

static const struct virtio_device_ops net_device_ops = {
	.id = VIRTIO_ID_NET,
	.queue_count = 2,
	.config_size = sizeof(struct virtio_net_config),
	.notify = net_notify,
	.config_read = net_config_read,
};

/* ---- What the VM file says of it ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word off `*args`, "" at their end. False: it is longer than any can be. */
static bool word_take(const char **args, char word[WORD_MAX])
{
	const char *at = *args;
	size_t len = 0;

	while (is_blank(*at))
		at++;
	while (at[len] && !is_blank(at[len]))
		len++;
	*args = at + len;
	if (len >= WORD_MAX)
		return false;
	memcpy(word, at, len);
	word[len] = '\0';
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes in hexadecimal with colons, the address of one card. */
static bool mac_parse(const char *text, u64 *mac)
{
	u8 bytes[MAC_SIZE];

	if (strlen(text) != MAC_TEXT)
		return false;
	for (u32 i = 0; i < MAC_SIZE; i++, text += 3) {
		int high = digit(text[0]), low = digit(text[1]);

		if (high < 0 || low < 0 || (i + 1 < MAC_SIZE && text[2] != ':'))
			return false;
		bytes[i] = (u8)(high << 4 | low);
	}
	*mac = mac_get(bytes);
	return *mac && !(*mac & MAC_GROUP);
}

/* Each part at most once, in any order. */
static bool args_parse(const char *args, struct net_port *port,
	char name[NET_SWITCH_NAME])
{
	char word[WORD_MAX];

	while (word_take(&args, word)) {
		if (!*word)
			return true;
		if (strcmp(word, "bridge") == 0 && !port->any_source) {
			port->any_source = true;
		} else if (strcmp(word, "switch") == 0 && !*name) {
			if (!word_take(&args, word) || !*word ||
				strlen(word) >= NET_SWITCH_NAME)
				return false;
			str_copy(name, NET_SWITCH_NAME, word);
		} else if (port->mac || !mac_parse(word, &port->mac)) {
			return false;
		}
	}
	return false;
}

static int net_create(struct vdev *dev, const char *args)
{
	struct net *net = to_net(to_virtio(dev));
	struct net_port *port = &net->port;
	char name[NET_SWITCH_NAME] = "";

	if (!args_parse(args, port, name)) {
		error("%s: virtio-net: expected \"[ADDRESS] [switch NAME] [bridge]\", such as "
		      "\"52:4c:00:00:00:01 switch %s\", found \"%s\"",
			vm_name(dev->vm), SWITCH_DEFAULT, args);
		return fail(-EINVAL);
	}
	port->name = vm_name(dev->vm);
	port->vm = dev->vm;
	port->ready = net_ready;
	if (!port->mac)
		port->mac = mac_make(port->name, net_port_count(dev->vm));
	virtio_device_init(&net->virtio, &net_device_ops,
		VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MTU |
			VIRTIO_NET_F_MRG_RXBUF);
	return net_port_attach(port, *name ? name : SWITCH_DEFAULT);
}

static void net_destroy(struct vdev *dev)
{
	struct net *net = to_net(to_virtio(dev));

	virtio_device_stop(&net->virtio);
	net_port_detach(&net->port);
	if (net->pending)
		net_frame_put(net->pending);
}

const struct vdev_ops virtio_net_ops = {
	.name = "virtio-net",
	.min_size = VIRTIO_VDEV_SIZE_MIN,
	.max_size = VIRTIO_VDEV_SIZE_MAX,
	.size = VIRTIO_VDEV_SIZE,
	.bytes = sizeof(struct net),
	.takes_args = true,
	.create = net_create,
	.reset = virtio_vdev_reset,
	.read = virtio_vdev_read,
	.write = virtio_vdev_write,
	.destroy = net_destroy,
	.fdt = virtio_vdev_fdt,
};
