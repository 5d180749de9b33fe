#!/usr/bin/env bash
# fprobe, NetFlow v7.
. "$(dirname "$0")/lib.sh"

network
capture
fprobe -n 7 203.0.113.9:$port
traffic
finish
