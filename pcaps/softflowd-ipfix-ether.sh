#!/usr/bin/env bash
# softflowd, IPFIX with MAC addresses and VLAN ids of tagged traffic.
. "$(dirname "$0")/lib.sh"

network
capture
vlan=42 softflowd -v 10 -T ether -n 203.0.113.9:$port
traffic
finish
