#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Once, before the first shell, which finds busybox's programs by /proc/self/exe: there are no
# links to them.
/bin/busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
hostname linux
while read -r module; do
	insmod "/lib/modules/$module.ko"
done </lib/modules/order

ifconfig lo up
if [ -e /sys/class/net/eth0 ]; then
	udhcpc -i eth0 -b -s /etc/udhcpc/lease.sh >/dev/null 2>&1 &
fi
