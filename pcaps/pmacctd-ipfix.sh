#!/usr/bin/env bash
# pmacctd's nfprobe, IPFIX.
. "$(dirname "$0")/lib.sh"

network
capture
nfprobe 10 203.0.113.9:$port
traffic
finish
