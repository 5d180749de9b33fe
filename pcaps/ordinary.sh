#!/usr/bin/env bash
# no flow export: the traffic itself, as the exporters saw it.
. "$(dirname "$0")/lib.sh"

network
capture -i any -s 100
ip netns exec "${ns}r" tcpdump --immediate-mode -Z root -U -s 200 -i lan -w "$work/lan.pcap" 2>>"$work/log" &
taps+=($!)
await grep -q 'listening on lan' "$work/log"
traffic
stop_exporters
publish "$work/lan.pcap" ordinary.pcap
