#!/usr/bin/env bash
# softflowd, NetFlow v9 of many small flows: full messages, templates sent again on the way.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -n 203.0.113.9:$port
at a python3 - <<-'PYTHON'
	import socket, time

	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for port in range(10000, 10700):
	    sock.sendto(b'x' * (port % 97), ('198.51.100.20', port))
	    time.sleep(0.001)
PYTHON
traffic
finish
