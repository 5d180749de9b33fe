#!/usr/bin/env bash
# softflowd, NetFlow v9: IPv4 and IPv6 templates, sampling options.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -n 203.0.113.9:$port
traffic
finish
