#!/usr/bin/env bash
# fprobe, NetFlow v1.
. "$(dirname "$0")/lib.sh"

network
capture
fprobe -n 1 203.0.113.9:$port
traffic
finish
