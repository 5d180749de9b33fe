#!/usr/bin/env bash
# softflowd, NetFlow v5 over a link of 576 octets: datagrams in IPv4 fragments.
. "$(dirname "$0")/lib.sh"

network
mgmt_mtu 576
capture
softflowd -v 5 -n 203.0.113.9:$port
traffic
finish
