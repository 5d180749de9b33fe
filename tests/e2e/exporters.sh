#!/usr/bin/env bash
# Real exporters watch real traffic, as in pcaps/; what they send is captured, decoded, and
# held against what can be known of it: versions, no fault, every flow that there must be.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

for program in softflowd fprobe pmacctd nfcapd nfreplay tcpdump capinfos curl dig ping nc dnsmasq ip; do
	type -P "$program" >/dev/null || skip_all "$program is not installed (./setup pcaps installs it)"
done
can_isolate()
{
	ip netns add "nfprobe$$" && ip netns exec "nfprobe$$" ip link set lo up
	local rc=$?
	ip netns del "nfprobe$$"
	return $rc
} 2>/dev/null
can_isolate || skip_all "network namespaces cannot be made here (it takes root)"
[ "$PYTHON" != : ] || skip_all "no python"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# VERSION: each message has it and no problem but those that the exporter is known for; every
# data set was decoded; the flows tell of the web server's port, over IPv6 too where the
# version can.
judge()		# CAPTURE VERSION
{
	"$NFPCAP" packets -o json --raw "$1" >"$work/json" || echo "exit code $?"
	"$PYTHON" - "$work/json" "$2" <<-'PYTHON'
		import json, sys

		path, version = sys.argv[1], int(sys.argv[2])
		messages = [json.loads(line) for line in open(path, encoding='utf-8')]
		known = {'count-differs'}     # softflowd counts flows, no templates
		ports, addresses, records = set(), set(), 0
		if not messages:
		    print('no message')
		for m in messages:
		    where = 'frame %d: ' % m['frame']
		    if m['version'] != version:
		        print(where + 'version %d' % m['version'])
		    for problem in m.get('problems', []):
		        if problem['id'] not in known:
		            print(where + problem['id'])
		    for s in m['sets']:
		        if 'undecoded' in s:
		            print(where + 'set %d undecoded: %s' % (s['id'], s['undecoded']))
		        if s['kind'] not in ('data', 'legacy'):
		            continue
		        for r in s.get('records', []):
		            records += 1
		            for f in r['fields']:
		                if f['name'] in ('sourceTransportPort', 'destinationTransportPort'):
		                    ports.add(f['value'])
		                elif f['name'].endswith('Address'):
		                    addresses.add(f['value'])
		wanted = {'192.0.2.10', '198.51.100.20'}
		if version >= 9:
		    wanted |= {'2001:db8:a::10', '2001:db8:b::20'}
		if not wanted <= addresses:
		    print('no flow of %s' % ', '.join(sorted(wanted - addresses)))
		if not {53, 80, 5000} <= ports:
		    print('no flow of port %s' % sorted({53, 80, 5000} - ports))
		if records < 10:
		    print('only %d flows' % records)
	PYTHON
}

# On a busy machine an exporter may miss the end of the traffic: that is no fault of ours, so
# a second and a third run may mend it.
record_and_judge()	# NAME VERSION
{
	local try faults
	for try in 1 2 3; do
		if PCAPS_OUT=$work timeout 60 bash "pcaps/$1.sh" >"$work/log" 2>&1; then
			faults=$(judge "$work/$1.pcap" "$2")
		else
			faults=$(cat "$work/log")
		fi
		[ -n "$faults" ] || return
	done
	printf '%s\n' "$faults"
}

plan 8
no_output "softflowd, NetFlow v1" record_and_judge softflowd-v1 1
no_output "softflowd, NetFlow v5" record_and_judge softflowd-v5 5
no_output "softflowd, NetFlow v9" record_and_judge softflowd-v9 9
no_output "softflowd, IPFIX" record_and_judge softflowd-ipfix 10
no_output "softflowd, IPFIX over TCP" record_and_judge softflowd-ipfix-tcp 10
no_output "fprobe, NetFlow v7" record_and_judge fprobe-v7 7
no_output "pmacctd, IPFIX" record_and_judge pmacctd-ipfix 10
no_output "nfreplay, NetFlow v9" record_and_judge nfreplay-v9 9
