#!/usr/bin/env bash
# softflowd, NetFlow v9 over IPv6 on a link of 1280 octets: datagrams in IPv6 fragments.
. "$(dirname "$0")/lib.sh"

network
mgmt_mtu 1280
capture
softflowd -v 9 -n '[2001:db8:c::9]:'$port
traffic
finish
