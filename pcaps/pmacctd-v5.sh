#!/usr/bin/env bash
# pmacctd's nfprobe, NetFlow v5.
. "$(dirname "$0")/lib.sh"

network
capture
nfprobe 5 203.0.113.9:$port
traffic
finish
