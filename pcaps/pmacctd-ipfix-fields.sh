#!/usr/bin/env bash
# pmacctd's nfprobe, IPFIX with MAC addresses, VLAN and tag.
. "$(dirname "$0")/lib.sh"

network
capture
printf 'set_tag=%s ip=%s\n' 7 0.0.0.0/0 >"$work/tags"
nfprobe 10 203.0.113.9:$port \
	'aggregate: src_host, dst_host, src_port, dst_port, proto, tos, src_mac, dst_mac, vlan, tag, sampling_rate' \
	"pre_tag_map: $work/tags" 'nfprobe_ifindex_override: true' 'nfprobe_engine: 3'
traffic
finish
