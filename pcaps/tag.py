#!/usr/bin/env python3
"""Put VLAN tags into the Ethernet frames of a capture, as a switch would.

usage: tag.py VLAN [INNER-VLAN] <IN.pcap >OUT.pcap

One tag is 802.1Q, of two the outer one is 802.1ad.  The input is a classic pcap in this
machine's byte order; packets are handed on one by one.
"""
import struct
import sys


def main():
    vlans = [int(word) for word in sys.argv[1:]]
    kinds = [0x88a8] * (len(vlans) - 1) + [0x8100]
    tags = b''.join(struct.pack('!HH', *tag) for tag in zip(kinds, vlans))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(source.read(24))
    sink.flush()
    while True:
        head = source.read(16)
        if len(head) < 16:
            break
        seconds, fraction, captured, length = struct.unpack('=IIII', head)
        frame = source.read(captured)
        sink.write(struct.pack('=IIII', seconds, fraction, captured + len(tags), length + len(tags)))
        sink.write(frame[:12] + tags + frame[12:])
        sink.flush()


main()
