#!/usr/bin/env bash
# softflowd, PSAMP: IPFIX records that hold the first octets of sampled packets.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v psamp -s 5 -C 64 -n 203.0.113.9:$port
some_traffic
finish
