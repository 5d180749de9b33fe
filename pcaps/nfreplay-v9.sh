#!/usr/bin/env bash
# nfdump: nfcapd keeps what softflowd sends, nfreplay sends it again as NetFlow v9.
. "$(dirname "$0")/lib.sh"

need nfcapd nfreplay
network
mkdir "$work/flows"
on c nfcapd -w "$work/flows" -p 9995 -t 60
await listening c 9995
softflowd -v 9 -n 203.0.113.9:9995
traffic
stop_exporters
pkill_c nfcapd
capture
at r nfreplay -v 9 -H 203.0.113.9 -p $port -r "$(ls "$work"/flows/nfcapd.* | head -1)" >>"$work/log" 2>&1
finish
