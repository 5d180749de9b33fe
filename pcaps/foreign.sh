#!/usr/bin/env bash
# no flow export: sFlow v5 of pmacctd's sfprobe, syslog, nfpcapd's own protocol.
. "$(dirname "$0")/lib.sh"

need nfpcapd logger
network
capture
pmacctd 'sfprobe[e]' <<-CONF
	sampling_rate: 5
	sfprobe_receiver: 203.0.113.9:6343
	sfprobe_agentip: 203.0.113.1
CONF
mkdir "$work/flows"
on r nfpcapd -i lan -H 203.0.113.9/$port -e 2,1 -t 2
for word in up down up; do
	at r logger --udp --server 203.0.113.9 --port 514 --tag ifmon "link lan is $word"
done
traffic
sleep 4
finish
