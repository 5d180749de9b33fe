#!/usr/bin/env bash
# softflowd, IPFIX with reverse elements (RFC 5103) and times in nanoseconds.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 10 -b -A nano -n 203.0.113.9:$port
traffic
finish
