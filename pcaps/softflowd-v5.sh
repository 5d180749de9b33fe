#!/usr/bin/env bash
# softflowd, NetFlow v5.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 5 -n 203.0.113.9:$port
traffic
finish
