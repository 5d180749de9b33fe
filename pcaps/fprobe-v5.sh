#!/usr/bin/env bash
# fprobe, NetFlow v5.
. "$(dirname "$0")/lib.sh"

network
capture
fprobe -n 5 203.0.113.9:$port
traffic
finish
