#!/usr/bin/env bash
# pmacctd's nfprobe, NetFlow v9.
. "$(dirname "$0")/lib.sh"

network
capture
nfprobe 9 203.0.113.9:$port
traffic
finish
