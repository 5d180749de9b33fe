#!/usr/bin/env bash
# pmacctd's nfprobe, NetFlow v9 of every second packet; the rate stands in an options record.
. "$(dirname "$0")/lib.sh"

network
capture
nfprobe 9 203.0.113.9:$port 'sampling_rate: 2' 'nfprobe_engine: 7'
traffic
finish
