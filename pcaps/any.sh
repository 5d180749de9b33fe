#!/usr/bin/env bash
# dumpcap -i any (pcapng, Linux cooked) at the collector: v9 over IPv4, IPFIX over IPv6.
. "$(dirname "$0")/lib.sh"

need dumpcap
network
at c dumpcap -q -i any -f "udp port $port" -w "$work/any.pcapng" 2>"$work/dumpcap" &
dumpcap=$!
await grep -q 'File:' "$work/dumpcap"
softflowd -v 9 -n 203.0.113.9:$port
softflowd -v 10 -n '[2001:db8:c::9]:'$port
traffic
stop_exporters
sleep 1
pkill_c dumpcap
wait $dumpcap || :
publish "$work/any.pcapng" any.pcapng
