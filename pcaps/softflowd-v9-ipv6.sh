#!/usr/bin/env bash
# softflowd, NetFlow v9 sent over IPv6.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -n '[2001:db8:c::9]:'$port
traffic
finish
