#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# udhcpc has news of a lease: $1 says what, variables of DHCP's names have the rest.
case $1 in
deconfig) ifconfig "$interface" 0.0.0.0 up ;;
bound | renew)
	ifconfig "$interface" "$ip" netmask "${subnet:-255.255.255.0}"
	for address in $router; do
		route add default gw "$address" dev "$interface"
	done
	for address in $dns; do
		echo "nameserver $address"
	done >/etc/resolv.conf
	;;
esac
