#!/usr/bin/env python3
"""`nfpcap templates` and `nfpcap fields` against a computation of their own from `packets -o json
--raw`: the versions of each template, how often each was sent, from where to where and at which
interval, what was read with it, what nobody defined, and which elements the records have.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import collections
import datetime
import glob
import json
import os
import re
import subprocess

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))


def objects(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    return [json.loads(line) for line in done.stdout.decode('utf-8').splitlines()]


def nanoseconds(time):
    whole, fraction = re.match(r'(.*)\.(\d+)Z$', time).groups()
    at = datetime.datetime.strptime(whole, '%Y-%m-%dT%H:%M:%S')
    seconds = (at - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    return seconds * 10 ** 9 + int(fraction.ljust(9, '0'))


class Version:
    """One definition of an id, or a withdrawal."""

    def __init__(self, position, frame, number, content, template):
        self.position, self.frame, self.number = position, frame, number
        self.content, self.template = content, template
        self.times, self.frames = [], []
        self.used = collections.Counter()
        self.lists = 0

    def send(self, message):
        self.times.append(nanoseconds(message['time']))
        self.frames.append(message['frame'])

    def refresh(self):
        steps = sorted(max(0, b - a) for a, b in zip(self.times, self.times[1:]))
        n = len(steps)
        if n == 0:
            return None
        if n % 2:
            return steps[n // 2]
        return steps[n // 2 - 1] + (steps[n // 2] - steps[n // 2 - 1]) // 2


class Reading:
    """What the messages of a capture say."""

    def __init__(self, messages):
        self.chains = collections.defaultdict(list)
        self.undefined = collections.defaultdict(collections.Counter)
        self.elements = collections.defaultdict(collections.Counter)
        for i, message in enumerate(messages):
            for s in message['sets']:
                if s['kind'] in ('template', 'options-template'):
                    self.learn(i, message, s)
        for i, message in enumerate(messages):
            for s in message['sets']:
                if s['kind'] in ('data', 'options-data', 'legacy'):
                    self.read(i, message, s)

    @staticmethod
    def scope(message):
        header = message.get('header', {})
        domain = header.get('observationDomainId', header.get('sourceId', 0))
        session = tuple(message.get(k) for k in ('transport', 'src', 'srcPort', 'dst', 'dstPort'))
        return session, message.get('version'), domain

    @staticmethod
    def position(i, message, offset):
        return i, message['offset'] + offset

    def learn(self, i, message, s):
        if any(p['id'] == 'set-overruns-message' and p['offset'] == s['offset']
               for p in message.get('problems', [])):
            return
        for t in s['templates']:
            if 'withdrawal' in t:
                self.withdraw(i, message, s, t)
            elif t['id'] >= 256:
                self.define(i, message, s, t)

    def add(self, key, i, message, t, content):
        chain = self.chains[key]
        chain.append(Version(self.position(i, message, t['offset']), message['frame'],
                             len(chain) + 1, content, t))
        return chain[-1]

    def define(self, i, message, s, t):
        key = self.scope(message) + (t['id'],)
        content = (s['kind'], t.get('scope')) + tuple(f['raw'] for f in t['fields'])
        chain = self.chains[key]
        if not chain or chain[-1].content != content:
            self.add(key, i, message, t, content)
        self.chains[key][-1].send(message)

    def withdraw(self, i, message, s, t):
        scope = self.scope(message)
        if message['transport'] == 'udp':
            return
        for key, chain in list(self.chains.items()):
            if key[:3] != scope:
                continue
            in_force = chain and chain[-1].content is not None
            if key[3] == t['id'] or (t['id'] < 256 and in_force and
                                     chain[-1].content[0] == s['kind']):
                if in_force:
                    self.add(key, i, message, t, None).send(message)
        if t['id'] >= 256 and not self.chains[scope + (t['id'],)]:
            self.add(scope + (t['id'],), i, message, t, None).send(message)

    def version_of(self, i, message, id_, offset, found):
        """The version that FOUND, a data set's or a list's "template", is."""
        session, export, domain = self.scope(message)
        chain = self.chains.get((session, export, domain, id_), [])
        at = self.position(i, message, offset)
        if found['resolved'] == 'live':
            return [v for v in chain if v.position <= at][-1]
        if found['resolved'] == 'late':
            return [v for v in chain if v.position > at and v.frame == found['frame']][0]
        return [v for key, other in self.chains.items() for v in other
                if key[0][1] == session[1] and key[0] != session and
                key[1:] == (export, domain, id_) and v.frame == found['frame']][0]

    @staticmethod
    def fields(r):
        return {(f.get('pen', 0), f.get('id'), f.get('name', f.get('scope')))
                for f in r['fields']}

    def read(self, i, message, s):
        if 'undecoded' in s:
            row = self.undefined[self.scope(message) + (s['id'], s['undecoded'])]
            row['sets'] += 1
            row['octets'] += s['length']
            return
        version = None
        if s['kind'] != 'legacy':
            version = self.version_of(i, message, s['id'], s['offset'], s['template'])
            how = s['template']['resolved']
            for name in ('', how + ' '):
                version.used[name + 'sets'] += 1
                version.used[name + 'records'] += len(s['records'])
                version.used[name + 'octets'] += sum(r['length'] for r in s['records'])
            version.used['misfits'] += s['template'].get('misfit', False)
        for r in s['records']:
            for element in self.fields(r):
                self.elements[element]['records'] += 1
            self.lists(i, message, s, r)

    def lists(self, i, message, s, r):
        for f in r['fields']:
            self.list(i, message, s, f)

    def list(self, i, message, s, f):
        if 'semantic' not in f:
            return
        if 'element' in f:
            e = f['element']
            self.elements[e.get('pen', 0), e['id'], e['name']]['inLists'] += 1
            for v in f.get('values', []):
                if isinstance(v, dict):
                    self.list(i, message, s, v)
        for block in f.get('blocks', [f]):
            if 'template' not in block or 'records' not in block:
                continue
            t = block['template']
            if 'resolved' not in t:
                continue
            version = self.version_of(i, message, t['id'], s['offset'], t)
            for r in block['records']:
                version.lists += 1
                for element in self.fields(r):
                    self.elements[element]['inLists'] += 1
                self.lists(i, message, s, r)


def expected_rows(reading):
    rows = {}
    for key, chain in reading.chains.items():
        for v in chain:
            row = {'sent': len(v.frames), 'frames': (v.frames[0], v.frames[-1]),
                   'refresh': v.refresh()}
            if v.content is not None:
                row['kind'] = v.content[0]
                row['fields'] = [(f.get('pen', 0), f['id'], f['length'])
                                 for f in v.template['fields']]
                row['used'] = +v.used
                row['lists'] = v.lists
            else:
                row['kind'] = 'withdrawal'
            rows[key + (v.number,)] = row
    for key, n in reading.undefined.items():
        rows[key] = dict(n)
    return rows


def shown_rows(path):
    rows = {}
    for o in objects('templates', '-o', 'json', '--keep-duplicates', path):
        session = o['session']
        key = tuple(session.get(k) for k in ('transport', 'src', 'srcPort', 'dst', 'dstPort')), \
            o['version'], o['domain'], o['id']
        if o['kind'] == 'undefined':
            rows[key + (o['undecoded'],)] = {k: o['used'][k] for k in ('sets', 'octets')}
            continue
        sent = o['sent']
        row = {'kind': o['kind'], 'sent': sent['count'],
               'frames': (sent['first']['frame'], sent['last']['frame']),
               'refresh': round(sent['refresh'] * 10 ** 9) if 'refresh' in sent else None}
        if o['kind'] != 'withdrawal':
            used = collections.Counter()
            for how in ('', 'live', 'late', 'other-session', 'given'):
                n = o['used'].get(how, {}) if how else o['used']
                for k in ('sets', 'records', 'octets'):
                    used[(how + ' ' + k).strip()] += n.get(k, 0)
            used['misfits'] = o['used'].get('misfits', 0)
            row['used'] = +used
            row['lists'] = o['used'].get('inLists', 0)
            row['fields'] = [(f.get('pen', 0), f['id'], f['length']) for f in o['fields']]
            if o.get('unused', False) != (not used['sets'] and not row['lists']):
                row['unused'] = 'is wrong'
        rows[key + (o['number'],)] = row
    return rows


def shown_elements(path):
    found = {}
    for o in objects('fields', '-o', 'json', '--keep-duplicates', path):
        n = {'records': o['used']['records'], 'inLists': o['used'].get('inLists', 0)}
        if n['records'] or n['inLists']:
            found[o.get('pen', 0), o.get('id'), o['name']] = {k: v for k, v in n.items() if v}
    return found


def same(wanted, got):
    """Rows that differ; the refresh of a double's precision is near enough."""
    for key in sorted(set(wanted) | set(got), key=str):
        a, b = wanted.get(key), got.get(key)
        if a and b and a.get('refresh') and b.get('refresh') and \
                abs(a['refresh'] - b['refresh']) <= 1000:
            a, b = dict(a, refresh=0), dict(b, refresh=0)
        if a != b:
            return '%s: wanted %s, got %s' % (key, a, b)
    return None


def compare(path):
    messages = objects('packets', '-o', 'json', '--raw', path)
    reading = Reading(messages)
    fault = same(expected_rows(reading), shown_rows(path))
    if fault:
        return fault
    return same({k: dict(v) for k, v in reading.elements.items()}, shown_elements(path))


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                   glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')) +
                   glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                   glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*')))
    for n, path in enumerate(paths, 1):
        fault = compare(path)
        print('%sok %d - %s' % ('not ' if fault else '', n, os.path.basename(path)))
        if fault:
            print('# ' + fault[:1200])
    print('1..%d' % len(paths))


main()
