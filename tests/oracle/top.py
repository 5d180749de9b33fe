#!/usr/bin/env python3
"""`nfpcap top` against sums made here from the records that `flows -o json --norm` shows: by
several keys, both directions, prefixes, scaled by sampling rates; several files against their merge;
octets per protocol.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import collections
import glob
import ipaddress
import json
import os
import subprocess
import sys
import tempfile

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
FULL = 2 ** 64 - 1
SWAP = {'src': 'dst', 'dst': 'src', 'sport': 'dport', 'dport': 'sport', 'src_as': 'dst_as',
        'dst_as': 'src_as'}
TOTALS = {'octetTotalCount', 'packetTotalCount', 'postOctetTotalCount', 'postPacketTotalCount'}
BYTES = ('octetDeltaCount', 'octetTotalCount', 'postOctetDeltaCount', 'postOctetTotalCount',
         'initiatorOctets')
PACKETS = ('packetDeltaCount', 'packetTotalCount', 'postPacketDeltaCount',
           'postPacketTotalCount', 'initiatorPackets')
BACK = (('reverse.octetDeltaCount', 'reverse.octetTotalCount', 'responderOctets'),
        ('reverse.packetDeltaCount', 'reverse.packetTotalCount', 'responderPackets'))


def run(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    return [json.loads(line) for line in done.stdout.decode('utf-8').splitlines()]


def counter(flow, names):
    """The first counter that a record has of these, and whether it is a total."""
    for name in names:
        if name in flow:
            value = flow[name]
            value = value[0] if isinstance(value, list) else value
            if isinstance(value, int):
                return value, 'Total' in name
    return None, False


def counts(record):
    """A record is traffic, or an event that states delta counters of a flow."""
    flow = record['flow']
    for name in ('firewallEvent', 'natEvent', 'fw_event'):
        if name in flow and flow[name] != 0:
            return name != 'natEvent' and flow[name] != 3 and \
                ('octetDeltaCount' in flow or 'packetDeltaCount' in flow)
    return True


class Row:
    def __init__(self):
        self.flows, self.sums = 0, [[0] * 4, [0] * 4]

    def add(self, share, back=False, flows=True):
        if flows:
            self.flows = min(FULL, self.flows + share.flows)
        for way in 0, 1:
            to = self.sums[way != back]
            for i, n in enumerate(share.sums[way]):
                to[i] = min(FULL, to[i] + n)


def share_of(record, scaled=False):
    share, flow = Row(), record['flow']
    sampling = record.get('join', {}).get('sampling', {}) if scaled else {}
    share.flows = flow.get('deltaFlowCount', 1)
    for i, names in enumerate((BYTES, PACKETS)):
        value, total = counter(flow, names)
        if value is not None:
            share.sums[0][i + 2 * total] = sampling.get(('bytes', 'packets')[i], value)
        value, total = counter(flow, BACK[i])
        if value is not None:
            share.sums[1][i + 2 * total] = value
    return share


def value_of(record, name, prefixes):
    value = record['norm'].get(name)
    if name in prefixes and value is not None:
        four, six = prefixes[name]
        address = ipaddress.ip_address(value)
        return str(ipaddress.ip_network((value, four if address.version == 4 else six), False))
    return value


def plain(value):
    """An address or a network in one spelling."""
    if isinstance(value, str):
        for read in ipaddress.ip_address, ipaddress.ip_network:
            try:
                return str(read(value))
            except ValueError:
                pass
    return value


def traffic(path):
    return [r for r in run('flows', '-o', 'json', '--norm', path)
            if counts(r) and 'duplicate' not in r]


def sums(records, names, prefixes, biflow, scaled):
    """The rows by key, and what is known of the whole."""
    rows, whole = collections.defaultdict(Row), Row()
    for record in records:
        share = share_of(record, scaled)
        key = tuple(plain(value_of(record, n, prefixes)) for n in names)
        if not biflow:
            share.sums[1] = [0] * 4
            rows[key].add(share)
        else:
            other = tuple(plain(value_of(record, SWAP.get(n, n), prefixes)) for n in names)
            back = other in rows and key not in rows
            rows[other if back else key].add(share, back)
        whole.add(share)
    return rows, whole


def shown(row, biflow):
    ways = [row['forward'], row['back']] if biflow else [row]
    names = ('bytes', 'packets', 'bytesTotal', 'packetsTotal')
    return [[way.get(n, 0) for n in names] for way in ways]


def same(row, want, biflow):
    """A row's two directions may stand either way round."""
    got = shown(row, biflow)
    ways = [want.sums, want.sums[::-1]] if biflow else [want.sums[:1]]
    return row['flows'] == want.flows and got in ways


def compare(records, path, names, prefixes, biflow=False, scaled=False):
    keys = ','.join(n + ('/%d/%d' % prefixes[n] if n in prefixes else '') for n in names)
    more = ['--biflow'] * biflow + ['--scale'] * scaled
    got = run('top', '-o', 'json', '-n', '0', '-k', keys, *more, path)
    want, whole = sums(records, names, prefixes, biflow, scaled)
    *rows, total = got
    if len(rows) != len(want) or total['rows'] != len(want):
        return '%s: %d rows, not %d' % (keys, len(rows), len(want))
    if total['records'] != len(records) or total['flows'] != whole.flows:
        return '%s: the whole is %s' % (keys, total)
    for row in rows:
        values = {k.split('/')[0]: plain(v) for k, v in row['key'].items()}
        key = tuple(values.get(n) for n in names)
        if biflow and key not in want:
            key = tuple(values.get(SWAP.get(n, n)) for n in names)
        if key not in want or not same(row, want[key], biflow):
            return '%s: %s is %s' % (keys, key, {k: v for k, v in row.items() if k != 'key'})
    primary = [row.get('bytes', row.get('bytesTotal')) for row in rows]
    if primary != sorted(primary, reverse=True):
        return '%s: out of order' % keys
    return None


def check(path):
    records = traffic(path)
    for names, prefixes in ((['src'], {}), (['proto'], {}), (['dst', 'dport'], {}),
                            (['src', 'dst'], {'src': (24, 64), 'dst': (9, 33)}),
                            (['in_if', 'src_as', 'tos'], {})):
        fault = compare(records, path, names, prefixes)
        if fault:
            return fault
    fault = compare(records, path, ['src', 'proto'], {}, scaled=True)
    if fault:
        return '--scale: ' + fault
    return compare(records, path, ['src', 'dst', 'sport', 'dport', 'proto'], {}, True) or \
        compare(records, path, ['proto'], {}, True)


def without_files(lines):
    for line in lines:
        line.pop('files', None)
    return lines


def merged():
    """Several files give what their merge gives."""
    a, b = (os.path.join(TOP, 'pcaps', n) for n in ('softflowd-v9.pcap', 'exporters.pcap'))
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, 'both.pcapng')
        try:
            subprocess.run(['mergecap', '-w', out, a, b], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            print('# no mergecap: several files are not held against their merge')
            return None
        options = ['-o', 'json', '-n', '0', '-k', 'flow']
        if without_files(run('top', *options, a, b)) != without_files(run('top', *options, out)):
            return 'the rows differ'
    return None


def tcp_octets(path):
    got = {r['key'].get('proto'): r['bytes'] for r in run('top', '-o', 'json', '-k', 'proto', path)
           if r['type'] == 'top'}
    return None if got.get(6) == 264437 else 'TCP has %s octets' % got.get(6)


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*'))) + \
        sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')))
    results = [(os.path.basename(path), check(path)) for path in paths]
    results.append(('several files, and their merge', merged()))
    cisco = os.path.join(SHARED, 'corpus', 'ipfix-cisco-mpls-pmacct401-01.pcap')
    if os.path.exists(cisco):
        results.append(('octets of TCP', tcp_octets(cisco)))
    for number, (name, fault) in enumerate(results, 1):
        print('%sok %d - %s' % ('not ' if fault else '', number, name))
        if fault:
            print('# ' + fault)
    print('1..%d' % len(results))


if __name__ == '__main__':
    main()
