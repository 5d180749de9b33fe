#!/usr/bin/env bash
# softflowd, NetFlow v9 of every fourth packet; the rate stands in an options record.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -s 4 -n 203.0.113.9:$port
traffic
finish
