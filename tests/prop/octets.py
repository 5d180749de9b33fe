#!/usr/bin/env python3
"""`packets -o json --raw` gives back every octet of the payloads, and so does `packets -x`.

Each frame's UDP payload is cut out of the capture here, by a reader of a few lines; what it
cannot read (fragments, TCP, SCTP, tunnels, other link types) is left out and counted.
"""
import glob
import json
import os
import re
import struct
import subprocess
import sys

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))


def pcap_frames(data):
    """(link type, octets) of each frame of a classic pcap file."""
    magic = data[:4]
    order = '<' if magic in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    if len(data) < 24 or (order == '>' and magic not in (b'\xa1\xb2\xc3\xd4', b'\xa1\xb2\x3c\x4d')):
        return
    link = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack_from(order + 'I', data, at + 8)[0]
        if at + 16 + n > len(data):
            return
        yield link, data[at + 16:at + 16 + n]
        at += 16 + n


def pcapng_frames(data):
    links, at, order = [], 0, '<'
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\n\r\r\n':
            order = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'
            links = []
        kind, length = struct.unpack_from(order + 'II', data, at)
        if kind == 1:
            links.append(struct.unpack_from(order + 'H', data, at + 8)[0])
        elif kind == 6:
            interface, _, _, n = struct.unpack_from(order + 'IIII', data, at + 8)
            yield links[interface], data[at + 28:at + 28 + n]
        at += length


def ip_of(link, frame):
    if link in (101, 228, 229):
        return frame
    if link == 113:
        kind, at = struct.unpack_from('>H', frame, 14)[0], 16
    elif link == 276:
        kind, at = struct.unpack_from('>H', frame, 0)[0], 20
    elif link == 1:
        kind, at = struct.unpack_from('>H', frame, 12)[0], 14
    else:
        return b''
    while kind in (0x8100, 0x88a8):
        kind, at = struct.unpack_from('>H', frame, at + 2)[0], at + 4
    return frame[at:] if kind in (0x800, 0x86dd) else b''


def payload_of(link, frame):
    """The UDP payload in FRAME as far as it is there, or None."""
    try:
        ip = ip_of(link, frame)
        if not ip:
            return None
        if ip[0] >> 4 == 4:
            if ip[9] != 17 or struct.unpack_from('>H', ip, 6)[0] & 0x3fff:
                return None
            ip, udp = ip[:struct.unpack_from('>H', ip, 2)[0]], (ip[0] & 15) * 4
        else:
            if ip[6] != 17:
                return None
            ip, udp = ip[:40 + struct.unpack_from('>H', ip, 4)[0]], 40
        length = struct.unpack_from('>H', ip, udp + 4)[0]
        return ip[udp + 8:udp + length] if length >= 8 else ip[udp + 8:]
    except (struct.error, IndexError):
        return None


def pieces(m):
    """(offset in the payload, octets) of all that message object M says with `raw`."""
    base = m['offset']

    def field(f):
        raw = bytes.fromhex(f['raw'])
        if 'prefix' in f:
            n = len(raw)
            head = bytes([255]) + struct.pack('>H', n) if f['prefix'] == 3 else bytes([n])
            yield base + f['offset'] - f['prefix'], head
        yield base + f['offset'], raw

    header = bytes.fromhex(m['header']['raw']) if 'header' in m else b''
    yield base, header
    for s in m['sets']:
        body = s['offset']
        if s['kind'] != 'legacy':
            yield base + body, struct.pack('>HH', s['id'], s['length'])
            body += 4
        if 'raw' in s:
            yield base + body, bytes.fromhex(s['raw'])
        for t in s.get('templates', []):
            yield base + t['offset'], bytes.fromhex(t['raw'])
        for r in s.get('records', []):
            for f in r['fields']:
                yield from field(f)
        for key in 'padding', 'malformed':
            if key in s:
                yield base + s[key]['offset'], bytes.fromhex(s[key]['raw'])
    for key in 'padding', 'malformed', 'trailing':
        if key in m:
            yield base + m[key]['offset'], bytes.fromhex(m[key]['raw'])


def hex_pieces(lines):
    """(offset in the payload, octets) of the rows of `packets -x`."""
    base = 0
    for line in lines:
        again = re.match(r'  at octet (\d+) of the payload$', line)
        if again:
            base = int(again.group(1))
        row = re.match(r'([0-9a-f]{4})  ((?:[0-9a-f]{4} )*[0-9a-f]{2,4})(?=  |$)', line)
        if row:
            yield base + int(row.group(1), 16), bytes.fromhex(row.group(2).replace(' ', ''))


def compare(found, payload):
    """What is wrong with the octets that a datagram's pieces give back, or None."""
    got, known = bytearray(len(payload)), bytearray(len(payload))
    for at, octets in found:
        if at + len(octets) > len(payload):
            return '%d octets at %d, behind the end' % (len(octets), at)
        if any(known[at:at + len(octets)]) and got[at:at + len(octets)] != octets:
            return 'two things at %d' % at
        got[at:at + len(octets)] = octets
        known[at:at + len(octets)] = b'\1' * len(octets)
    if 0 in known:
        return 'nothing about octet %d' % known.index(0)
    if bytes(got) != payload:
        return 'octet %d differs' % next(i for i in range(len(got)) if got[i] != payload[i])
    return None


def run(*arguments):
    done = subprocess.run([PROGRAM, 'packets'] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
    return done.stdout.decode('utf-8')


def hex_blocks(path):
    """By frame, the lines of `packets -x`."""
    blocks = {}
    for block in run('-x', path).split('\nFrame '):
        number = int(re.match(r'(?:Frame )?(\d+)', block).group(1)) if block else 0
        blocks.setdefault(number, []).extend(block.splitlines())
    return blocks


def check(path):
    """(faults, datagrams compared, datagrams left out)"""
    by_frame, hexes = {}, hex_blocks(path)
    for line in run('-o', 'json', '--raw', path).splitlines():
        m = json.loads(line)
        by_frame.setdefault(m['frame'], []).append(m)
    with open(path, 'rb') as f:
        data = f.read()
    frames = list(pcapng_frames(data) if data[:4] == b'\n\r\r\n' else pcap_frames(data))
    faults, compared, left_out = [], 0, 0
    for number, messages in by_frame.items():
        payload = payload_of(*frames[number - 1]) if number <= len(frames) else None
        held = messages[0].get('capturedLength', messages[0]['payloadLength'])
        if payload is None or messages[0]['transport'] != 'udp' or len(payload) != held:
            left_out += 1
            continue
        compared += 1
        for name, found in (('json', [p for m in messages for p in pieces(m)]),
                            ('-x', hex_pieces(hexes.get(number, [])))):
            fault = compare(found, payload)
            if fault:
                faults.append('frame %d: %s: %s' % (number, name, fault))
    return faults, compared, left_out


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*'))) + \
        sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*'))) + \
        sorted(glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*')))
    total = missed = 0
    for number, path in enumerate(paths, 1):
        faults, compared, left_out = check(path)
        total += compared
        missed += left_out
        print('%sok %d - %s: %d datagrams%s' % (
            'not ' if faults else '', number, os.path.basename(path), compared,
            ', %d left out' % left_out if left_out else ''))
        for line in faults[:8]:
            print('# ' + line)
    print('%sok %d - enough was compared: %d datagrams, %d left out' % (
        'not ' if total < 8 * missed else '', len(paths) + 1, total, missed))
    print('1..%d' % (len(paths) + 1))


if __name__ == '__main__':
    main()
