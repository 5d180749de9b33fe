# Sourced by the scripts that make these captures with real exporters (README.md).
#
# A script lays out a network of namespaces, starts a capture at the collector and
# exporters on the router, lets ordinary clients talk to ordinary servers, and is done:
#
#   . "$(dirname "$0")/lib.sh"
#   network                        a client, a server, a router and a collector
#   capture                        NAME.pcap of the script NAME.sh, at the collector
#   on r softflowd ...             an exporter on the router
#   traffic
#   finish                         stop the exporters, write the file
#
#   a  client     192.0.2.10    2001:db8:a::10   link `lan` of r
#   b  server     198.51.100.20 2001:db8:b::20   link `wan` of r
#   c  collector  203.0.113.9   2001:db8:c::9    link `mgmt` of r (203.0.113.1)
#
# Needs root (or a user namespace with CAP_NET_ADMIN) and the packages that
# `./setup pcaps` installs.  Nothing leaves the namespaces; they go away with the script.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$(basename "$0" .sh)
out=${PCAPS_OUT-$here}
work=$(mktemp -d)
ns=nf$$
port=2055
taps=()
linger=1

cleanup()
{
	local pid role
	for role in a b c r; do
		for pid in $(ip netns pids "$ns$role" 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || :
		done
		ip netns del "$ns$role" 2>/dev/null || :
	done
	wait
	rm -rf "$work"
} 2>/dev/null
trap cleanup EXIT

need()		# PROGRAM...
{
	local program
	for program; do
		if ! type -P "$program" >/dev/null; then
			echo "$name: $program is not installed" >&2
			exit 77
		fi
	done
}

# A command in the namespace of a role.
at()		# ROLE COMMAND...
{
	local role=$1
	shift
	ip netns exec "$ns$role" "$@"
}

# The same in the background, until `finish`.
on()		# ROLE COMMAND...
{
	local role=$1
	shift
	ip netns exec "$ns$role" "$@" >>"$work/log" 2>&1 &
}

# Wait until COMMAND says yes, 5 seconds at most.
await()		# COMMAND...
{
	local i
	for i in $(seq 100); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "$name: waited in vain for: $*" >&2
	[ ! -e "$work/log" ] || grep -v "^64 bytes" "$work/log" | tail -30 >&2
	exit 1
}

wire()		# ROLE LINK MAC ROLE LINK MAC
{
	ip -n "$ns$1" link add "$2" address "$3" type veth peer name "$5" address "$6" netns "$ns$4"
	ip -n "$ns$1" link set "$2" up
	ip -n "$ns$4" link set "$5" up
}

address()	# ROLE LINK ADDRESS...
{
	local role=$1 link=$2 address
	shift 2
	for address; do
		case $address in
		*:*) ip -n "$ns$role" addr add "$address" dev "$link" nodad ;;
		*) ip -n "$ns$role" addr add "$address" dev "$link" ;;
		esac
	done
}

network()
{
	local role
	need ip tcpdump python3
	for role in a b c r; do
		ip netns add "$ns$role"
		at $role sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.autoconf=0 \
			net.ipv6.conf.default.router_solicitations=0
		ip -n "$ns$role" link set lo up
	done
	wire r lan 02:00:00:00:0a:01 a eth0 02:00:00:00:0a:10
	wire r wan 02:00:00:00:0b:01 b eth0 02:00:00:00:0b:20
	wire r mgmt 02:00:00:00:0c:01 c eth0 02:00:00:00:0c:09
	address r lan 192.0.2.1/24 2001:db8:a::1/64
	address r wan 198.51.100.1/24 2001:db8:b::1/64
	address r mgmt 203.0.113.1/24 203.0.113.2/24 2001:db8:c::1/64
	address a eth0 192.0.2.10/24 2001:db8:a::10/64
	address b eth0 198.51.100.20/24 2001:db8:b::20/64
	address c eth0 203.0.113.9/24 2001:db8:c::9/64
	ip -n "${ns}a" route add default via 192.0.2.1
	ip -n "${ns}a" -6 route add default via 2001:db8:a::1
	ip -n "${ns}b" route add default via 198.51.100.1
	ip -n "${ns}b" -6 route add default via 2001:db8:b::1
	at r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	servers
}

mgmt_mtu()	# OCTETS
{
	ip -n "${ns}r" link set mgmt mtu "$1"
	ip -n "${ns}c" link set eth0 mtu "$1"
}

# A VXLAN between router (198.18.0.1) and collector (198.18.0.9).
mgmt_vxlan()	# VNI
{
	ip -n "${ns}r" link add vx address 02:00:00:00:0d:01 type vxlan id "$1" \
		local 203.0.113.1 remote 203.0.113.9 dstport 4789
	ip -n "${ns}c" link add vx address 02:00:00:00:0d:09 type vxlan id "$1" \
		local 203.0.113.9 remote 203.0.113.1 dstport 4789
	ip -n "${ns}r" link set vx up
	ip -n "${ns}c" link set vx up
	address r vx 198.18.0.1/24
	address c vx 198.18.0.9/24
}

listening()	# ROLE PORT
{
	at "$1" ss -Hlntu "sport = :$2" | grep -q .
}

# On b: web, name service and a port that swallows what it gets.
servers()
{
	mkdir "$work/www"
	seq -f 'line %g of a page that a browser would fetch' 200 >"$work/www/index.html"
	seq -f 'octets %g' 4000 >"$work/www/file"
	on b python3 -m http.server --bind :: --directory "$work/www" 80
	on b dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
		--pid-file="$work/dnsmasq.pid" --listen-address=198.51.100.20,2001:db8:b::20 --bind-interfaces \
		--address=/www.example.net/198.51.100.20 --address=/www.example.net/2001:db8:b::20
	on b python3 "$here/sink.py" 5000
	on c python3 "$here/sink.py" $port
	await listening b 80
	await listening b 53
	await listening b 5000
	await listening c $port
}

# From a to b over IPv4 and IPv6: name look-ups, pages, pings, a refused connection, datagrams.
traffic()
{
	local server
	need curl dig ping nc
	for server in 198.51.100.20 2001:db8:b::20; do
		at a dig +short +tries=1 +time=1 "@$server" www.example.net A www.example.net AAAA
		at a ping -c 3 -i 0.2 "$server"
		at a curl -sS --resolve "www.example.net:80:$server" -o "$work/page" http://www.example.net/
		at a curl -sS --resolve "www.example.net:80:$server" -o "$work/file" http://www.example.net/file
		at a nc -w 1 -z "$server" 8080 || :
		head -c 3000 /dev/zero | at a nc -N "$server" 5000
		seq 20 | at a nc -u -w 1 "$server" 5000
	done >>"$work/log" 2>&1
}

# A short run of the same, where its volume is not the point.
some_traffic()
{
	at a ping -c 2 -i 0.2 198.51.100.20
	at a curl -sS -o "$work/page" http://198.51.100.20/
	at a curl -sS -o "$work/page" 'http://[2001:db8:b::20]/'
} >>"$work/log" 2>&1

# Start to capture what reaches the collector; ARGUMENTS are tcpdump's.
capture()	# [ARGUMENTS...]
{
	[ $# -gt 0 ] || set -- -i eth0 'udp or tcp or ip[6:2] & 0x3fff != 0 or ip6 proto 44'
	ip netns exec "${ns}c" tcpdump --immediate-mode -Z root -U -w "$work/export.pcap" "$@" \
		2>"$work/tcpdump" &
	tcpdump=$!
	await grep -q 'listening on' "$work/tcpdump"
}

# End what the exporters watch, then the exporters, which makes them send what they hold.
stop_exporters()
{
	local pid signal
	for pid in "${taps[@]}"; do
		kill -TERM "$pid" 2>/dev/null || :
	done
	sleep $linger
	for signal in INT TERM; do
		for pid in $(ip netns pids "${ns}r"); do
			kill -$signal "$pid" 2>/dev/null || :
		done
		sleep 0.5
	done
	await no_process r
	sleep 0.2
	taps=()
}

# End a program on the collector.
pkill_c()	# PROGRAM
{
	local pid
	for pid in $(ip netns pids "${ns}c"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || kill -TERM "$pid"
	done
	sleep 1
}

no_process()	# ROLE
{
	[ -z "$(ip netns pids "$ns$1")" ]
}

# End the capture and put it in its place; with VLAN numbers, in frames that bear them.
finish()	# [VLAN...]
{
	stop_exporters
	kill -TERM $tcpdump
	wait $tcpdump || :
	if [ $# -gt 0 ]; then
		mv "$work/export.pcap" "$work/untagged.pcap"
		python3 "$here/tag.py" "$@" <"$work/untagged.pcap" >"$work/export.pcap"
	fi
	publish "$work/export.pcap" "$name.pcap"
}

publish()	# FILE NAME
{
	local packets
	need capinfos
	packets=$(capinfos -rTMc "$1" 2>/dev/null | cut -f2)
	if [ "${packets:-0}" -eq 0 ]; then
		echo "$name: nothing was captured" >&2
		[ ! -e "$work/log" ] || grep -v "^64 bytes" "$work/log" | tail -30 >&2
		exit 1
	fi
	install -m 644 "$1" "$out/$2"
	echo "$2: $packets packets, $(stat -c %s "$out/$2") octets"
}

# Write what passes `lan` into PIPE, each packet at once.  Exporters read it from there: by
# themselves they see packets once the kernel hands on a block of 128 KiB, which so little
# traffic may never fill.
tap_into()	# PIPE [VLAN...]
{
	local pipe=$1
	shift
	if [ $# -gt 0 ]; then
		mkfifo "$pipe.tagged"
		ip netns exec "${ns}r" python3 "$here/tag.py" "$@" <"$pipe.tagged" >"$pipe" &
		pipe=$pipe.tagged
	fi
	ip netns exec "${ns}r" tcpdump --immediate-mode -Z root -U -s 200 -i lan -w "$pipe" \
		2>>"$work/log" &
	taps+=($!)
}

# softflowd; with vlan=N it sees its traffic in that VLAN.
softflowd()	# OPTIONS...
{
	need softflowd
	local state=$work/softflowd.$RANDOM
	mkfifo "$state"
	tap_into "$state" ${vlan-}
	on r softflowd -d -N -r "$state" -p "$state.pid" -c none "$@"
	await grep -q 'listening on lan' "$work/log"
}

# fprobe on `lan`; it sends what it holds when it ends.
fprobe()	# OPTIONS...
{
	need fprobe
	on r fprobe -l 2 -i lan -s 1 -u root -c "$work" "$@"
	sleep 0.7
}

# pmacctd with a plugin (`nfprobe[e]`, `sfprobe[e]`) on `lan`; the further lines of its
# configuration come on standard input.
pmacctd()	# PLUGIN
{
	need pmacctd
	local conf=$work/pmacctd.$RANDOM
	{
		printf '%s\n' 'daemonize: false' "plugins: $1" 'pcap_interface: lan'
		cat
	} >"$conf"
	on r pmacctd -f "$conf"
	sleep 1.5
	linger=4
}

# The probe of pmacctd: NetFlow 5, 9 or IPFIX (10).
nfprobe()	# VERSION RECEIVER [LINE...]
{
	local version=$1 receiver=$2
	shift 2
	printf '%s\n' "nfprobe_version: $version" "nfprobe_receiver: $receiver" \
		'nfprobe_timeouts: tcp=1:tcp.rst=1:tcp.fin=1:udp=1:icmp=1:general=1:maxlife=5:expint=1' \
		"$@" | pmacctd 'nfprobe[e]'
}
