#!/usr/bin/env bash
# softflowd, pmacctd and fprobe at one collector; two of them use the same domain and template ids.
. "$(dirname "$0")/lib.sh"

network
ip -n "${ns}r" addr add 203.0.113.3/24 dev mgmt
capture
softflowd -v 9 -n 203.0.113.9:$port
nfprobe 9 203.0.113.9:$port 'nfprobe_source_ip: 203.0.113.2'
fprobe -n 5 -a 203.0.113.3 203.0.113.9:$port
traffic
finish
