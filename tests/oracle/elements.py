"""Captures that hold every element of the registry, made for the comparison with tshark.

Each message has a template of one element and a port, and one record of it; the values are
legal for the element's type.  A second capture goes through the numbers that have names.
"""
import os
import re
import struct

EXPORTED = 1700000000
REVERSE = 29305

# Octets of a value by the types of types.def; lists are no plain values.
LENGTHS = {
    'UNSIGNED8': 1, 'UNSIGNED16': 2, 'UNSIGNED32': 4, 'UNSIGNED64': 8, 'UNSIGNED256': 32,
    'SIGNED8': 1, 'SIGNED16': 2, 'SIGNED32': 4, 'SIGNED64': 8, 'FLOAT32': 4, 'FLOAT64': 8,
    'BOOLEAN': 1, 'MAC_ADDRESS': 6, 'IPV4_ADDRESS': 4, 'IPV6_ADDRESS': 16, 'SECONDS': 4,
    'MILLISECONDS': 8, 'MICROSECONDS': 8, 'NANOSECONDS': 8, 'STRING': 6, 'OCTET_ARRAY': 16,
}
# IANA's elements whose definition says more than their type: {id: octets of a value}.
SPECIAL = {89: b'\x40'}
SPECIAL.update((number, bytes([0, 1, number])) for number in range(70, 80))
PORT = struct.pack('>HH', 7, 2)


def rows(folder, name):
    """(id, type, has names) of the rows of a .def file that have a plain type."""
    with open(os.path.join(folder, name), encoding='utf-8') as table:
        for line in table:
            row = re.match(r'IE\((\d+),\s*"[^"]+",\s*(\w+)', line)
            if row and row.group(2) in LENGTHS:
                yield int(row.group(1)), row.group(2), 'VALUES(' in line


def enterprises(folder):
    with open(os.path.join(folder, 'registries.def'), encoding='utf-8') as table:
        return re.findall(r'#define PEN (\d+)\n#include "ie/(\w+\.def)"', table.read())


def value(number, kind):
    at = EXPORTED + number
    if kind == 'STRING':
        return b'ab%04d' % (number % 10000)
    if kind == 'BOOLEAN':
        return b'\1'
    if kind in ('FLOAT32', 'FLOAT64'):
        return struct.pack('>f' if kind == 'FLOAT32' else '>d', number + 0.5)
    if kind == 'SECONDS':
        return struct.pack('>I', at)
    if kind == 'MILLISECONDS':
        return struct.pack('>Q', at * 1000 + 7)
    if kind in ('MICROSECONDS', 'NANOSECONDS'):
        return struct.pack('>II', (at + 2208988800) % 2**32, 1 << 31)
    if LENGTHS[kind] == 1:
        return bytes([number % 7 + 1])
    pattern = 0x0102030405060708090a0b0c0d0e0f1011121300 + number
    return pattern.to_bytes(32, 'big')[-LENGTHS[kind]:]


# -- Messages --------------------------------------------------------------------------------

def one_set(number, *parts):
    octets = b''.join(parts)
    return struct.pack('>HH', number, 4 + len(octets)) + octets


def ipfix(template, pen, number, values):
    spec = struct.pack('>HH', number | (0x8000 if pen else 0), len(values[0]))
    spec += struct.pack('>I', pen) if pen else b''
    sets = one_set(2, struct.pack('>HH', template, 2), spec, PORT)
    sets += one_set(template, *(octets + b'\0\x50' for octets in values))
    return struct.pack('>HHIII', 10, 16 + len(sets), EXPORTED, 0, pen) + sets


def v9(template, number, values):
    sets = one_set(0, struct.pack('>HHHH', template, 2, number, len(values[0])), PORT)
    sets += one_set(template, *(octets + b'\0\x50' for octets in values))
    return struct.pack('>HHIIII', 9, 1 + len(values), 1000, EXPORTED, 0, 0) + sets


def write(path, messages):
    """A capture of raw IP (LINKTYPE 101), a datagram a message."""
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for second, message in enumerate(messages):
            udp = struct.pack('>HHHH', 4739, 4739, 8 + len(message), 0) + message
            ip = struct.pack('>BBHHHBBHII', 0x45, 0, 20 + len(udp), second, 0, 64, 17, 0,
                             0xc0000201, 0xc0000202) + udp
            out.write(struct.pack('<IIII', EXPORTED + second, 0, len(ip), len(ip)) + ip)


# -- Captures --------------------------------------------------------------------------------

def octets(pen, number, kind):
    return (SPECIAL.get(number) if pen in (0, REVERSE) else None) or value(number, kind)


def named(number, kind):
    """The values of an element that has names: all of an octet."""
    if LENGTHS[kind] > 1:
        return [octets(0, number, kind)]
    return [bytes([octet]) for octet in (range(1, 3) if kind == 'BOOLEAN' else range(256))]


def make(folder, into):
    """Paths of the captures, made of the .def files in FOLDER."""
    iana = list(rows(folder, 'iana.def'))
    everything = [(0, *row) for row in iana]
    for pen, name in enterprises(folder):
        everything += [(int(pen), *row) for row in rows(folder, name)]
    everything += [(REVERSE, *row) for row in iana]
    captures = {
        'elements-ipfix.pcap': [ipfix(256 + i, pen, number, [octets(pen, number, kind)])
                                for i, (pen, number, kind, _) in enumerate(everything)],
        'elements-v9.pcap': [v9(256 + i, number, [octets(0, number, kind)])
                             for i, (number, kind, _) in
                             enumerate(iana + list(rows(folder, 'v9.def')))],
        'named-values.pcap': [ipfix(256 + i, 0, number, named(number, kind))
                              for i, (number, kind, names) in enumerate(iana) if names],
    }
    for name, messages in captures.items():
        write(os.path.join(into, name), messages)
    return [os.path.join(into, name) for name in captures]
