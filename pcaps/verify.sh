#!/usr/bin/env bash
# softflowd, IPFIX with both directions in a record, and the traffic that it saw, in one capture.
. "$(dirname "$0")/lib.sh"

need mergecap
network
capture
ip netns exec "${ns}r" tcpdump --immediate-mode -Z root -U -s 200 -i lan -w "$work/lan.pcap" 2>>"$work/lan" &
taps+=($!)
await grep -q 'listening on lan' "$work/lan"
softflowd -v 10 -b -n 203.0.113.9:$port
traffic
stop_exporters
kill -TERM $tcpdump
wait $tcpdump || :
mergecap -F pcap -w "$work/both.pcap" "$work/lan.pcap" "$work/export.pcap"
publish "$work/both.pcap" verify.pcap
