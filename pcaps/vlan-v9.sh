#!/usr/bin/env bash
# softflowd, NetFlow v9 in frames with two VLAN tags (802.1ad around 802.1Q) added by tag.py.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -n 203.0.113.9:$port
traffic
finish 100 7
