#!/usr/bin/env bash
# tcpdump -i any (pcap, Linux cooked v2) at the collector: NetFlow v9.
. "$(dirname "$0")/lib.sh"

network
capture -i any -y LINUX_SLL2 "udp port $port"
softflowd -v 9 -n 203.0.113.9:$port
traffic
finish
