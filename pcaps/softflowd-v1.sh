#!/usr/bin/env bash
# softflowd, NetFlow v1: IPv4 flows, messages without a sequence number.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 1 -n 203.0.113.9:$port
traffic
finish
