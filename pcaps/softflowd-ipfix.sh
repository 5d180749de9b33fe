#!/usr/bin/env bash
# softflowd, IPFIX: IPv4 and IPv6 templates, options with the observation's start.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 10 -n 203.0.113.9:$port
traffic
finish
