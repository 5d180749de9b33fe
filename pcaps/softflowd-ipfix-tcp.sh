#!/usr/bin/env bash
# softflowd, IPFIX over TCP: messages framed by their Length in a stream.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 10 -P tcp -n 203.0.113.9:$port
traffic
finish
