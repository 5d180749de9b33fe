#!/usr/bin/env bash
# mergecap of Ethernet, Linux cooked v2 and raw IP: one pcapng, three link types.
. "$(dirname "$0")/lib.sh"

# Merges what the other scripts made; run it after them.
need mergecap editcap
editcap -C 14 -T rawip "$out/softflowd-ipfix.pcap" "$work/raw.pcap"
mergecap -w "$work/merged.pcapng" "$out/fprobe-v5.pcap" "$out/any-sll2.pcap" "$work/raw.pcap"
publish "$work/merged.pcapng" merged.pcapng
