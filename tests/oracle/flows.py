#!/usr/bin/env python3
"""`nfpcap flows` against a computation of its own from the octets in `packets -o json --raw`:
which records are flows, their fields, the normalised view in JSON and CSV, sums of octets,
and the same flows from two files as from their merge.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import collections
import csv
import glob
import ipaddress
import itertools
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'prop'))
import octets as payloads  # noqa: E402
from tables import Tables  # noqa: E402

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
REVERSE = 29305
S, MS = 10 ** 9, 10 ** 6


def run(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return done.stdout.decode('utf-8')


def objects(*arguments):
    return [json.loads(line) for line in run(*arguments).splitlines()]


# -- Values of a record, from its octets --------------------------------------------------

class Record:
    """A flow record of a message, as `packets` has it."""

    def __init__(self, message, kind, record, start=None):
        self.message, self.kind, self.header = message, kind, message.get('header', {})
        self.start = start          # of the system, as options have it
        self.fields = record['fields']
        self.offset = record['offset']

    def raw(self, *ids):
        """The octets of the first field of the first of these elements."""
        for pen, element, lengths in ids:
            for f in self.fields:
                if f.get('id') == element and f.get('pen', 0) == pen and 'scope' not in f:
                    octets = bytes.fromhex(f['raw'])
                    if len(octets) in lengths:
                        return octets
        return None

    def number(self, *ids):
        octets = self.raw(*[(i if isinstance(i, tuple) else (0, i)) + (range(1, 9),)
                            for i in ids])
        return None if octets is None else int.from_bytes(octets, 'big')

    def addresses(self, *ids):
        return self.raw(*[(0, i, (length,)) for i, length in ids])


def export_ns(message):
    """When it was exported: the capture knows better than a header from before 1980."""
    header = message['header']
    second = header['exportTime'] if 'exportTime' in header else header['unixSecs']
    if second < 315532800:
        whole, _, fraction = message['time'].rstrip('Z').partition('.')
        when = datetime.strptime(whole + '+0000', '%Y-%m-%dT%H:%M:%S%z')
        return int(when.timestamp()) * S + int(fraction.ljust(9, '0'))
    return second * S + header.get('unixNsecs', 0) % S


def in_seconds(message):
    """v8: all records begin and end within the uptime in seconds."""
    ends = [f['value'] for s in message['sets'] for r in s.get('records', [])
            for f in r['fields'] if f.get('id') in (21, 22)]
    return message['version'] == 8 and any(ends) and \
        max(ends) <= message['header']['sysUptime'] // 1000 + 100


def era(low, header):
    """The second that LOW, modulo 2^32, means: the one nearest to the export."""
    export = header.get('exportTime', header.get('unixSecs'))
    near = (low - export) % 2 ** 32
    return export + (near - 2 ** 32 if near >= 2 ** 31 else near)


def ntp(octets, units, mask, header):
    high, low = int.from_bytes(octets[:4], 'big'), int.from_bytes(octets[4:], 'big')
    second = era((high - 2208988800) % 2 ** 32, header)
    return second * S + ((low & mask) * units + 2 ** 31) // 2 ** 32 * (S // units)


def end_of_flow(r, elements):
    """(nanoseconds, digits) of the first or last packet; the elements in order of precision."""
    nano, micro, milli, second, uptime, delta = elements
    h = r.header
    for element, how in ((nano, 9), (micro, 6), (milli, 3), (second, 0)):
        octets = r.raw((0, element, (4,) if how == 0 else (8,)))
        if octets is None:
            continue
        if how == 9:
            return ntp(octets, 10 ** 9, 2 ** 32 - 1, h), 9
        if how == 6:
            return ntp(octets, 10 ** 6, 2 ** 32 - 2048, h), 6
        v = int.from_bytes(octets, 'big')
        if how == 0:
            v = era(v, h)
            return (v + 2 ** 32 if v < 0 else v) * S, 0
        return (v * MS, 3) if v * MS < 2 ** 63 else None
    v = r.number(uptime)
    if v is not None:
        if v >= 2 ** 32:
            return None
        if r.message['version'] != 10:
            age = (h['sysUptime'] - v * (1000 if in_seconds(r.message) else 1)) % 2 ** 32
            if age > 2 ** 32 - 1 - 100000:
                age -= 2 ** 32
            return export_ns(r.message) - age * MS, 3
        start = r.number(160)
        if start is None and r.start is not None:
            start = r.start()
        if start is None:
            return 'relative', v
        t = start + v
        behind = export_ns(r.message) // MS - t
        return (t + max(0, behind) // 2 ** 32 * 2 ** 32) * MS, 3
    v = r.number(delta)
    if v is not None and v < 2 ** 32:
        return export_ns(r.message) - v * 1000, 6
    return None


FIRST, LAST = (156, 154, 152, 150, 22, 158), (157, 155, 153, 151, 21, 159)


def time_text(ns, digits):
    second, fraction = divmod(ns, S)
    text = (datetime(1970, 1, 1, tzinfo=timezone.utc) +
            timedelta(seconds=second)).strftime('%Y-%m-%dT%H:%M:%S')
    return text + ('.%09d' % fraction)[:digits + 1 if digits else 0] + 'Z'


def seconds_text(ns, digits):
    sign, ns = '-' if ns < 0 else '', abs(ns)
    text = sign + str(ns // S)
    return text + ('.%09d' % (ns % S))[:digits + 1] if digits else text


def duration(r, first, last):
    if first and last and (first[0] == 'relative') == (last[0] == 'relative'):
        if first[0] != 'relative':
            return seconds_text(last[0] - first[0], max(first[1], last[1]))
        ms = (last[1] - first[1]) % 2 ** 32
        return seconds_text((ms - 2 ** 32 if ms > 2 ** 32 - 1 - 100000 else ms) * MS, 3)
    return None


def both_addresses(r):
    four = [r.addresses((8, 4)) or r.addresses((44, 4)), r.addresses((12, 4)) or r.addresses((45, 4))]
    six = [r.addresses((27, 16)) or r.addresses((170, 16)),
           r.addresses((28, 16)) or r.addresses((169, 16))]
    if any(four) and any(six):
        version = r.number(60)
        if version in (4, 6):
            return four if version == 4 else six
        zero = [not any(map(any, filter(None, side))) for side in (four, six)]
        if zero[0] != zero[1]:
            return six if zero[0] else four
        ids = [f.get('id') for f in r.fields if f.get('pen', 0) == 0]
        where = [min(ids.index(i) for i in side if i in ids)
                 for side in ((8, 44, 12, 45), (27, 170, 28, 169))]
        return four if where[0] < where[1] else six
    return six if any(six) else four


def icmp(r, proto):
    if proto not in (1, 58):
        return None, None
    types = {1: ((32,), (176, 177)), 58: ((139,), (178, 179))}
    value = None
    for both, apart in (types[proto], types[59 - proto]):
        if value is None:
            value = r.number(*both)
        if value is None and None not in (r.number(apart[0]), r.number(apart[1])):
            value = r.number(apart[0]) * 256 + r.number(apart[1])
    port = r.number(11, 181, 183)
    if not value and port is not None and (value is None or port):
        if port == 0:
            return (None, None) if proto == 58 else (0, 0)
        return (port >> 8, port & 255) if port > 255 else (port, None)
    return (None, None) if value is None else (value >> 8, value & 255)


def view(r):
    """What is known of a record, as text by column of -o csv."""
    first, last = end_of_flow(r, FIRST), end_of_flow(r, LAST)
    src, dst = both_addresses(r)
    proto = r.number(4)
    event = r.number(233) if r.number(233) is not None else r.number(230, (0, 40005))
    v = {
        'first': time_text(*first) if first and first[0] != 'relative' else None,
        'last': time_text(*last) if last and last[0] != 'relative' else None,
        'duration': duration(r, first, last),
        'proto': proto,
        'src': src and ipaddress.ip_address(src), 'dst': dst and ipaddress.ip_address(dst),
        'sport': r.number(7, 180, 182), 'dport': r.number(11, 181, 183),
        'tcpflags': r.number(6), 'tos': r.number(5),
        'packets': r.number(2, 86, 24, 172, 298), 'bytes': r.number(1, 85, 23, 171, 231),
        'rev_packets': r.number((REVERSE, 2), (REVERSE, 86), 299),
        'rev_bytes': r.number((REVERSE, 1), (REVERSE, 85), 232),
        'in_if': r.number(10, 252), 'out_if': r.number(14, 253),
        'src_as': r.number(16), 'dst_as': r.number(17), 'sampler': r.number(48, 302),
        'sampling': r.number(34, 50) or r.header.get('samplingInterval') or None,
        'event': event or None,
    }
    v['icmp_type'], v['icmp_code'] = icmp(r, proto)
    return {key: str(x) for key, x in v.items() if x is not None}


# -- Comparison ---------------------------------------------------------------------------

def flow_records(path):
    messages = objects('packets', '-o', 'json', '--raw', path)
    tables = Tables(messages)
    for n, m in enumerate(messages):
        def start(m=m, n=n):
            return tables.start(m, (n, 65536))
        for s in m.get('sets', []):
            if s['kind'] in ('data', 'legacy'):
                for record in s.get('records', []):
                    yield Record(m, s['kind'], record, start)


def copies(path):
    """The frames whose payload was captured before in the same session, within a minute."""
    last, found = {}, set()
    messages = objects('packets', '-o', 'json', '--raw', path)
    for frame, group in itertools.groupby(messages, lambda m: m['frame']):
        group = list(group)
        m = group[0]
        key = tuple(str(m.get(k)) for k in ('src', 'srcPort', 'dst', 'dstPort', 'transport',
                                            'payloadLength')) + \
            (b''.join(p for _, p in sorted(p for one in group for p in payloads.pieces(one))),)
        when = datetime.strptime(m['time'][:26].rstrip('Z'), '%Y-%m-%dT%H:%M:%S.%f')
        if key in last and abs(when - last[key]) <= timedelta(seconds=60):
            found.add(frame)
        last[key] = when
    return found


def shown(f):
    """A field as `flows` shows it: its value, or the list that it is."""
    if 'value' in f and 'semantic' not in f:
        return f['value']
    return 'a list'


def by_name(r):
    """Fields by name, in the order of their first occurrence; repeated ones as arrays."""
    found = {}
    for f in r.fields:
        found.setdefault(f.get('name', f.get('scope')), []).append(shown(f))
    return {name: v[0] if len(v) == 1 else v for name, v in found.items()}


def same_fields(want, got):
    if list(want) != list(got):
        return False
    for name, v in want.items():
        for one, other in zip(v if isinstance(v, list) else [v],
                              got[name] if isinstance(v, list) else [got[name]]):
            if one != other and not (one == 'a list' and isinstance(other, dict)):
                return False
    return True


def plain_address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def compare(path):
    want = list(flow_records(path))
    got = objects('flows', '-o', 'json', '--norm', path)
    rows = list(csv.DictReader(run('flows', '-o', 'csv', '-c', '+sampling', path).splitlines()))
    if not len(want) == len(got) == len(rows):
        return '%d flows, %d in JSON, %d in CSV' % (len(want), len(got), len(rows))
    twice = copies(path)
    for n, (r, flow, row) in enumerate(zip(want, got, rows), 1):
        m = r.message
        marks = flow.get('duplicate', False), row.pop('frame.duplicate') == 'true'
        if marks != (m['frame'] in twice,) * 2:
            return 'flow %d: a duplicate or not? %s' % (n, marks)
        if (flow['frame'], flow['offset'], flow['session'].get('srcPort'), flow['version']) != \
                (m['frame'], r.offset, m.get('srcPort'), m['version']):
            return 'flow %d: %s' % (n, {k: v for k, v in flow.items() if k != 'flow'})
        if not same_fields(by_name(r), flow['flow']):
            return 'flow %d: %s is not %s' % (n, flow['flow'], by_name(r))
        expected = view(r)
        for column, text in row.items():
            if column in ('frame', 'exporter', 'domain', 'event_time'):
                continue
            wanted = expected.get(column, '')
            if column == 'duration' and not wanted:
                continue
            if plain_address(text) != wanted:
                return 'flow %d: %s in CSV is %r, not %r' % (n, column, text, wanted)
            if text and text != str(flow['norm'].get(column)) and \
                    (column != 'duration' or float(text) != flow['norm'].get(column)):
                return 'flow %d: %s in JSON is %r' % (n, column, flow['norm'].get(column))
            if not text and column in flow['norm']:
                return 'flow %d: %s is in JSON only' % (n, column)
    return None


def sums(path):
    """Octets and records by protocol, of what is traffic and says both."""
    found = collections.Counter(), collections.Counter()
    for row in csv.DictReader(run('flows', '-o', 'csv', '-c', 'proto,bytes', path).splitlines()):
        found[0][row['proto']] += int(row['bytes'] or 0)
        found[1][row['proto']] += 1
    return found


def merged_as_one(folder):
    """Two captures by name, and the merge of their frames as one file."""
    from ways import deal
    fault, tried = None, 0
    for path in sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap'))):
        with open(path, 'rb') as f:
            parts = deal(f.read(), folder)
        if parts is None:
            continue
        tried += 1
        columns = 'exporter,domain,first,last,src,dst,sport,dport,bytes,template.id,record.offset'
        if run('flows', '-o', 'tsv', '-c', columns, path) != \
                run('flows', '-o', 'tsv', '-c', columns, *parts):
            fault = '%s: other flows from two files' % os.path.basename(path)
    return fault if fault or tried else 'nothing was tried'


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                   glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')) +
                   glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                   glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*')))
    results = [(os.path.basename(path), compare(path)) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        results.append(('two files, and their merge', merged_as_one(folder)))
    cisco = os.path.join(SHARED, 'corpus', 'ipfix-cisco-mpls-pmacct401-01.pcap')
    if os.path.exists(cisco):
        octets, records = sums(cisco)
        results.append(('octets of TCP', None if (octets['6'], records['6']) == (264437, 194)
                        else '%d octets in %d flows' % (octets['6'], records['6'])))
    for n, (name, fault) in enumerate(results, 1):
        print('%sok %d - %s' % ('not ' if fault else '', n, name))
        if fault:
            print('# ' + fault[:600])
    print('1..%d' % len(results))


main()
