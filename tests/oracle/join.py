#!/usr/bin/env python3
"""What `nfpcap flows` joins to records - interfaces, VRFs, samplers, rates - against a computation
of its own from `packets -o json --raw` (tables.py), and the worked example of a Cisco flow.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import csv
import glob
import json
import os
import subprocess
import sys
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tables import Tables, rate_of  # noqa: E402

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
COLUMNS = ['join.ingress.name', 'join.ingress.description', 'join.egress.name',
           'join.ingress.vrf', 'join.egress.vrf', 'join.sampler.name']
# What contradicts itself, on purpose; two samplers of one id and name make no conflict.
CONFLICTS = {('joined.pcap', '10')}


def run(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    return done.stdout.decode('utf-8')


def flow_records(messages):
    for n, m in enumerate(messages):
        for s in m.get('sets', []):
            if s['kind'] in ('data', 'legacy'):
                for record in s.get('records', []):
                    fields = {}
                    for f in record['fields']:
                        if f.get('pen', 0) == 0 and 'id' in f:
                            fields.setdefault(f['id'], bytes.fromhex(f['raw']))
                    yield m, (n, record['offset']), fields


def number(fields, *ids):
    for i in ids:
        if fields.get(i):
            return int.from_bytes(fields[i], 'big')
    return None


def names(tables, m, position, fields):
    def interface(key, values):
        if key is None:
            return None
        return tables.name(m, position, (10, 14, 252, 253), key, values) or \
            tables.name(m, position, (142,), key, values)
    into, out = number(fields, 10, 252), number(fields, 14, 253)
    vrfs = [number(fields, 234), number(fields, 235)]
    sampler = None
    for field, keys in ((302, (302,)), (48, (48,))):
        if sampler is None and fields.get(field):
            sampler = tables.name(m, position, keys, number(fields, field), ((0, 84), (0, 335)))
    return [interface(into, ((0, 82), (0, 83))), interface(into, ((0, 83),)),
            interface(out, ((0, 82), (0, 83)))] + \
        [v is not None and tables.name(m, position, (234, 235), v, ((0, 236),)) or None
         for v in vrfs] + [sampler]


def rate(tables, m, position, fields):
    """The rate, None, or 'ambiguous'."""
    own = rate_of(fields)
    if own is not None:
        return own
    if m['version'] in (5, 6) and m['header'].get('samplingInterval'):
        return Fraction(m['header']['samplingInterval'])
    for field in (302, 48):
        if fields.get(field):
            key = number(fields, field)
            found = tables.find(m, position, lambda o: key in [
                int.from_bytes(x, 'big') for x in o.values(0, field)] and o.rate() or None)[0]
            if found is not None:
                return found
    sides = []
    for side, ids in ((0, (10, 252)), (1, (14, 253))):
        key = number(fields, *ids)
        if key is None or number(fields, 61) == 1 - side:
            continue
        found = tables.find(m, position, lambda o: (key in [
            int.from_bytes(x, 'big') for i in (10, 14, 252, 253) for x in o.values(0, i)] or
            key in [int.from_bytes(x, 'big') for kind, _, x in o.scopes if kind == 'Interface']) and
            not o.values(0, 48) and not o.values(0, 302) and o.rate() or None)[0]
        if found is not None:
            sides.append(found)
    if sides:
        return sides[0] if len(set(sides)) == 1 else 'ambiguous'
    return of_all(tables, m, position, fields)


def of_all(tables, m, position, fields):
    """Of the whole domain; every sampler of it where the record names none."""
    def group(o):
        for field in (302, 48):
            if o.values(0, field):
                return None if 48 in fields or 302 in fields else (field, o.value(0, field))
        return ('system', ) if o.is_system() and not any(
            o.values(0, i) for i in (10, 14, 252, 253)) else None
    groups = {group(o) for _, _, o in tables.records if o.rate() is not None} - {None}
    found = set()
    for one in groups:
        answer, said = tables.find(m, position, lambda o: group(o) == one and o.rate() or None)
        if answer is not None:
            found.add((answer, said.position < position))
    now = {answer for answer, before in found if before} or {answer for answer, _ in found}
    return now.pop() if len(now) == 1 else 'ambiguous' if now else None


def compare(path):
    messages = [json.loads(line) for line in run('packets', '-o', 'json', '--raw',
                                                 path).splitlines()]
    tables = Tables(messages)
    columns = ['frame', 'record.offset'] + COLUMNS + ['join.sampling.rate',
                                                      'join.sampling.status']
    rows = list(csv.DictReader(run('flows', '-o', 'csv', '-c', ','.join(columns),
                                   path).splitlines()))
    wanted = list(flow_records(messages))
    if len(rows) != len(wanted):
        return '%d flows, not %d' % (len(rows), len(wanted))
    for row, (m, position, fields) in zip(rows, wanted):
        where = 'frame %s offset %s: ' % (row['frame'], row['record.offset'])
        if (os.path.basename(path), row['frame']) in CONFLICTS and not row['join.ingress.name']:
            continue
        for column, want in zip(COLUMNS, names(tables, m, position, fields)):
            if row[column] != (want or ''):
                return where + '%s is %r, not %r' % (column, row[column], want)
        want = rate(tables, m, position, fields)
        got = 'ambiguous' if row['join.sampling.status'] == 'ambiguous' else \
            float(row['join.sampling.rate']) if row['join.sampling.rate'] else None
        if got != (float(want) if isinstance(want, Fraction) else want):
            return where + 'a rate of %s, not %s' % (got, want)
    return None


WORKED = {
    'first': '2024-01-10T12:47:38.310Z', 'last': '2024-01-10T12:48:38.211Z', 'proto': '17',
    'sport': '1111', 'dport': '2222', 'packets': '600', 'bytes': '116400', 'in_if': '93',
    'out_if': '155', 'join.ingress.description': 'TenGigE0/0/0/15', 'join.ingress.vrf': 'default',
    'join.egress.description': 'TenGigE0/0/0/16.13', 'join.egress.vrf': 'A3',
    'join.sampler.name': 'NETFLOW-SAMPLER-MAP', 'join.sampling.rate': '1',
}


def worked(path, frame):
    row = next(csv.DictReader(run('flows', '-n', '1', '-o', 'csv', '-c', ','.join(WORKED), '-f',
                                  'frame.number == %d' % frame, path).splitlines()), {})
    for column, want in WORKED.items():
        if row.get(column) != want:
            return '%s is %r, not %r' % (column, row.get(column), want)
    return None


def main():
    cases = [('a flow worked out, as built', worked,
              (os.path.join(TOP, 'pcaps', 'joined.pcap'), 2))]
    corpus = os.path.join(SHARED, 'corpus')
    cisco = os.path.join(corpus, 'ipfix-cisco-mpls-pmacct401-01.pcap')
    if os.path.exists(cisco):
        cases.append(('a flow worked out, of a Cisco router', worked, (cisco, 40)))
    else:
        print('# SKIPPED: no corpus of real captures at %s' % corpus)
    for path in sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                       glob.glob(os.path.join(corpus, '*.pcap*'))):
        cases.append((os.path.basename(path), compare, (path,)))
    for n, (name, function, arguments) in enumerate(cases, 1):
        fault = function(*arguments)
        print('%sok %d - %s' % ('not ' if fault else '', n, name))
        if fault:
            print('# ' + fault)
    print('1..%d' % len(cases))


if __name__ == '__main__':
    main()
