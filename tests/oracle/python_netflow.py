#!/usr/bin/env python3
"""
`-o python-netflow` beside a second way to its lines: Python's own integers, floats and JSON over
the octets that `packets -o json --raw` shows.  Every line must be the same, octet for octet.
"""
import glob
import ipaddress
import json
import os
import re
import struct
import subprocess

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', '')

HEADERS = {
    9: ['version', 'count', 'uptime', 'timestamp', 'sequence', 'source_id'],
    10: ['version', 'length', 'export_uptime', 'sequence_number', 'obervation_domain_id'],
}
LAYOUTS = {1: '>HHIII', 5: '>HHIIIIBBH', 6: '>HHIIIIBBH', 7: '>HHIIIIBB', 8: '>HHIIIIBBBB',
           9: '>HHIIII', 10: '>HHIII'}
LEGACY = ['version', 'count', 'uptime', 'timestamp', 'timestamp_nano', 'sequence', 'engine_type',
          'engine_id', 'sampling_interval']
V8 = LEGACY[:-1] + ['aggregation', 'aggregation_version']
# Types whose values stay what they are; of everything else the octets are an integer.
SIGNED = {'signed8', 'signed16', 'signed32', 'signed64'}
FLOATS = {'float32', 'float64'}
NTP = {'dateTimeMicroseconds', 'dateTimeNanoseconds'}
ADDRESSES = {8, 12, 15, 18, 27, 28, 62, 63}


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=300)
    return done.stdout.decode().splitlines()


def names(word):
    with open(os.path.join(TOP, 'src/out/python.def'), encoding='utf-8') as table:
        return {int(number): name for number, name in
                re.findall(r'^%s\((\d+),\s*"([^"]+)"\)' % word, table.read(), re.M)}


LEGACY_NAMES, V9_NAMES = names('LEGACY'), names('V9')
TYPES = {row['name']: row['dataType'] for row in
         (json.loads(line) for line in run('fields', '-o', 'json')) if 'dataType' in row}


def integer(octets):
    if len(octets) > 256:
        return octets.hex()
    return int.from_bytes(octets, 'big')


def ipfix_value(kind, octets):
    if kind == 'string':
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return str(octets)
    if kind in SIGNED and 0 < len(octets) <= 8:
        return int.from_bytes(octets, 'big', signed=True)
    if kind in FLOATS and len(octets) in (4, 8):
        return struct.unpack('>f' if len(octets) == 4 else '>d', octets)[0]
    if kind in NTP and len(octets) == 8:
        return struct.unpack('>II', octets)
    return integer(octets)


def value(version, field):
    octets = bytes.fromhex(field['raw'])
    if version == 10:
        return ipfix_value(TYPES.get(field.get('name')), octets)
    if (version == 9 and field.get('id') in ADDRESSES and not scope(field) and
            len(octets) in (4, 16)):
        return ipaddress.ip_address(octets).compressed
    return integer(octets)


def scope(field):
    """v9 has names for scopes, IPFIX elements like all others."""
    return field['scope'] if isinstance(field.get('scope'), str) else None


def key(version, field):
    table = V9_NAMES if version == 9 else LEGACY_NAMES if version < 9 else {}
    if not scope(field) and 'pen' not in field and field.get('id') in table:
        return table[field['id']]
    return scope(field) or field['name']


def record(version, fields):
    flow = {}
    for field in fields:
        if version < 9 and 'id' not in field and field['name'] in ('pad', 'reserved'):
            continue
        flow.setdefault(key(version, field), []).append(value(version, field))
    return {name: found[0] if len(found) == 1 else found for name, found in flow.items()}


def header(version, octets):
    keys = HEADERS.get(version) or (V8 if version == 8 else LEGACY)
    return dict(zip(keys, struct.unpack_from(LAYOUTS[version], octets)))


def seconds(text):
    """The double that is nearest to a capture time, as `time.time()` would have it."""
    import calendar
    import time
    whole, _, fraction = text.rstrip('Z').partition('.')
    return calendar.timegm(time.strptime(whole, '%Y-%m-%dT%H:%M:%S')) + int(fraction) / 10.0**len(
        fraction)


def line(message):
    version = message['version']
    client = [message.get('src', ''), message.get('srcPort', 0)]
    if ':' in client[0]:
        client += [0, 0]
    flows, options = [], []
    for part in message['sets']:
        apart = version == 9 and part['kind'] == 'options-data'
        for found in part.get('records', ()):
            (options if apart else flows).append(record(version, found['fields']))
    entry = {'client': client, 'header': header(version, bytes.fromhex(message['header']['raw'])),
             'flows': flows}
    if options:
        entry['options'] = options
    return json.dumps({repr(seconds(message['time'])): entry})


def without_lists(message):
    """Lists have no octets of their own in JSON: their messages are not compared."""
    return 'nested' not in message and '"semantic"' not in message


def captures():
    yield from sorted(glob.glob(os.path.join(TOP, 'pcaps/*.pcap*')))
    if SHARED:
        yield from sorted(glob.glob(os.path.join(SHARED, 'corpus/**/*.pcap*'), recursive=True))


def compare(path):
    messages = [m for m in run('packets', '-o', 'json', '--raw', path)
                if json.loads(m).get('version')]
    theirs = run('packets', '-o', 'python-netflow', path)
    if len(messages) != len(theirs):
        yield '%d messages, %d lines' % (len(messages), len(theirs))
        return
    for number, (text, ours) in enumerate(zip(messages, theirs), 1):
        if without_lists(text) and line(json.loads(text)) != ours:
            yield 'line %d: %s, and not %s' % (number, ours, line(json.loads(text)))
            return


# What must be among the lines, so that what was compared is all that there is to it.
KINDS = {
    'v1': lambda version, flow: version == 1,
    'v5': lambda version, flow: version == 5,
    'v9': lambda version, flow: version == 9 and isinstance(flow.get('IPV4_SRC_ADDR'), str),
    'IPFIX': lambda version, flow: isinstance(flow.get('sourceIPv4Address'), int),
    'IPv6 in v9, as text': lambda version, flow: ':' in str(flow.get('IPV6_SRC_ADDR')),
    'IPv6 in IPFIX, as integers above 2^64':
        lambda version, flow: version == 10 and flow.get('sourceIPv6Address', 0) > 1 << 64,
}


def missing():
    """Kinds of flows that no capture of an exporter here has."""
    kinds = set(KINDS)
    for path in glob.glob(os.path.join(TOP, 'pcaps/softflowd-*.pcap')):
        for text in run('packets', '-o', 'python-netflow', path):
            entry = json.loads(text).popitem()[1]
            kinds -= {kind for kind in kinds for flow in entry['flows']
                      if KINDS[kind](entry['header']['version'], flow)}
    return ['no flow of ' + kind for kind in sorted(kinds)]


def main():
    paths = list(captures())
    print('1..%d' % (len(paths) + 1))
    failed = False
    for number, path in enumerate(paths, 1):
        wrong = list(compare(path))
        failed |= bool(wrong)
        print('%s %d - %s' % ('not ok' if wrong else 'ok', number, os.path.basename(path)))
        for text in wrong:
            print('# ' + text[:2000])
    lacking = missing()
    print('%s %d - every kind of flow is among them' % ('not ok' if lacking else 'ok',
                                                        len(paths) + 1))
    for text in lacking:
        print('# ' + text)
    return failed or bool(lacking)


if __name__ == '__main__':
    raise SystemExit(main())
