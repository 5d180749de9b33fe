#!/usr/bin/env bash
# softflowd, IPFIX through a VXLAN, captured outside of it.
. "$(dirname "$0")/lib.sh"

network
mgmt_vxlan 77
capture -i eth0 'udp port 4789'
softflowd -v 10 -n 198.18.0.9:$port
traffic
finish
