#!/usr/bin/env python3
"""
nfpcap verify: an exporter that is honest, over traffic of any kind, and one that is not in just
one respect; what is found is that, and nothing else.
"""
import json
import os
import random
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, 'e2e')]

import tap
from program import DIRECTORY, built, run
from tap import test

START = 1704067200
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58


# -- Traffic ----------------------------------------------------------------------------------

class Packet:
    """LENGTH octets of IP; of a fragment, AT octets into its datagram."""
    def __init__(self, when, protocol, src, sport, dst, dport, length, flags=0, tos=0, vlans=(),
                 trailer=0, fragment=None, at=0, more=False):
        self.when, self.protocol, self.src, self.dst = round(when, 6), protocol, src, dst
        self.sport, self.dport, self.length = sport, dport, length
        self.flags, self.tos, self.vlans = flags, tos, vlans
        self.fragment, self.at, self.more = fragment, at, more
        self.six = ':' in src
        self.before = 14 + 4 * len(vlans)
        self.behind = trailer or max(0, 60 - self.before - length)

    def key(self):
        """ICMP has type and code where others have the destination port."""
        if self.protocol in (ICMP, ICMP6):
            return (self.src, self.dst, self.protocol, 0, self.sport << 8 | self.dport)
        return (self.src, self.dst, self.protocol, self.sport, self.dport)

    def transport(self):
        if self.protocol == TCP:
            return struct.pack('>HHIIBBHHH', self.sport, self.dport, 1, 1, 0x50, self.flags,
                               1000, 0, 0)
        if self.protocol == UDP:
            return struct.pack('>HHHH', self.sport, self.dport, self.length - self.header(), 0)
        return struct.pack('>BBHI', self.sport, self.dport, 0, 0)

    def header(self):
        return 40 if self.six else 20

    def ip(self):
        if self.six:
            return struct.pack('>IHBB', 6 << 28 | self.tos << 20, self.length - 40,
                               self.protocol, 64) + address(self.src) + address(self.dst)
        where = self.at // 8 | (0x2000 if self.more else 0)
        return struct.pack('>BBHHHBBH', 0x45, self.tos, self.length, self.fragment or 0, where,
                           64, self.protocol, 0) + address(self.src) + address(self.dst)

    def frame(self):
        kind = 0x86dd if self.six else 0x0800
        tags = b''.join(struct.pack('>HH', 0x8100, v) for v in self.vlans)
        body = self.ip() + (self.transport() if self.at == 0 else b'')
        body += bytes(max(0, min(self.length, 64) - len(body)))
        head = bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]) + tags + struct.pack('>H', kind)
        whole = self.before + self.length + self.behind
        if self.length <= 64:
            body += bytes(self.behind)
        return head + body, whole


def address(text):
    if ':' in text:
        return bytes.fromhex('20010db8') + bytes(11) + bytes([int(text.split(':')[-1], 16)])
    return bytes(int(x) for x in text.split('.'))


def traffic(packets, name='traffic'):
    path = os.path.join(DIRECTORY, name + '.pcap')
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for p in packets:
            octets, whole = p.frame()
            us = round(p.when * 1000000)
            f.write(struct.pack('<IIII', START + us // 1000000, us % 1000000, len(octets),
                                whole) + octets)
    return path


# -- An exporter ------------------------------------------------------------------------------

class Record:
    def __init__(self, key, packets):
        self.key = key
        self.packets = len(packets)
        self.octets = sum(p.length for p in packets)
        self.first, self.last = packets[0].when, packets[-1].when
        self.tos, self.flags = packets[0].tos, 0
        for p in packets:
            self.flags |= p.flags
        self.of = packets
        self.back = None


class Exporter:
    """An honest one.  What it is told to do wrong is done to its records, or its packets."""
    def __init__(self, version='ipfix', active=1800.0, inactive=15.0, ahead=0.0, per=10,
                 both=False, sees=None, wrong=None, key=None, sampling=1, dropped=(),
                 port=lambda number: 4739):
        self.version, self.active, self.inactive, self.ahead = version, active, inactive, ahead
        self.per, self.both, self.sees, self.wrong = per, both, sees, wrong
        self.key = key or (lambda p: p.key())
        self.sampling, self.dropped, self.port = sampling, dropped, port

    def records(self, packets):
        flows, first, done = {}, {}, []
        if self.sampling > 1:
            packets = packets[self.sampling - 1::self.sampling]
        for p in packets:
            if self.sees and not self.sees(p):
                continue
            if p.at != 0 and p.fragment in first:
                p.sport, p.dport = first[p.fragment]
            elif p.fragment is not None:
                first[p.fragment] = (p.sport, p.dport)
            key = self.key(p)
            flow = flows.get(key)
            if flow and (p.when - flow[-1].when > self.inactive or
                         p.when - flow[0].when > self.active):
                done.append(Record(key, flow))
                flow = None
            if flow is None:
                flow = flows[key] = []
            flow.append(p)
        done += [Record(key, flow) for key, flow in flows.items()]
        done.sort(key=lambda r: (r.last, r.first, r.key))
        if self.both:
            done = paired(done)
        if self.wrong:
            done = self.wrong(done) or done
        return done

    def export(self, packets, name='export'):
        records = self.records(packets)
        if self.version == 'v5':
            records = [r for r in records if ':' not in r.key[0]]
        text, seq = [], 0
        for i in range(0, len(records), self.per):
            some = records[i:i + self.per]
            if i // self.per not in self.dropped:
                text += self.message(some, seq, i // self.per)
            seq += 1 if self.version == 'v9' else len(some)
        return built(name, '\n'.join(text) + '\n')

    def message(self, records, seq, number):
        sent = START + 100000 + number
        yield 'frame 192.0.2.1:%d > 192.0.2.9:4739 at %s' % (self.port(number), iso(sent))
        head = {'v5': 'v5 sampling=%d' % (1 << 14 | self.sampling if self.sampling > 1 else 0),
                'v9': 'v9', 'ipfix': 'ipfix'}[self.version]
        yield '%s seq=%d secs=%d uptime_ms=%d' % (head, seq, sent + int(self.ahead), 200000000 +
                                                 number * 1000)
        if self.version == 'v5':
            for r in records:
                yield self.flow(r, sent, number)
            return
        for six in (False, True):
            some = [r for r in records if (':' in r.key[0]) == six]
            if some:
                yield from self.sets(some, six, sent, number)

    def sets(self, records, six, sent, number):
        names = '27/16 28/16' if six else '8/4 12/4'
        times = '22/4 21/4' if self.version == 'v9' else '152/8 153/8'
        yield 'set %d' % (0 if self.version == 'v9' else 2)
        yield 'template %d %s 7/2 11/2 4/1 6/1 5/1 2/8 1/8 %s%s' % (
            257 if six else 256, names, times, ' 29305:2/8 29305:1/8' if self.both else '')
        yield 'set %d' % (257 if six else 256)
        for r in records:
            yield 'record ' + self.values(r, sent, number)
        yield 'pad'

    def uptime(self, when, sent, number):
        """The header says when SENT, but for AHEAD, is, in uptime."""
        return (200000000 + number * 1000 - round((sent - START - when) * 1000)) % 2 ** 32

    def flow(self, r, sent, number):
        src, dst, protocol, sport, dport = r.key
        return 'flow src=%s dst=%s sport=%d dport=%d proto=%d packets=%d octets=%d first=%d ' \
            'last=%d tcp_flags=%d tos=%d' % (
                src, dst, sport, dport, protocol, r.packets, r.octets,
                self.uptime(r.first, sent, number), self.uptime(r.last, sent, number), r.flags,
                r.tos)

    def values(self, r, sent, number):
        src, dst, protocol, sport, dport = r.key
        if self.version == 'v9':
            times = '%d/4 %d/4' % (self.uptime(r.first, sent, number),
                                   self.uptime(r.last, sent, number))
        else:
            times = '%d/8 %d/8' % tuple(round((START + self.ahead + t) * 1000)
                                        for t in (r.first, r.last))
        back = ''
        if self.both:
            back = ' %d/8 %d/8' % ((r.back.packets, r.back.octets) if r.back else (0, 0))
        return '%s %s %d/2 %d/2 %d/1 %d/1 %d/1 %d/8 %d/8 %s%s' % (
            src, dst, sport, dport, protocol, r.flags, r.tos, r.packets, r.octets, times, back)


def turned(key):
    src, dst, protocol, sport, dport = key
    if protocol == ICMP:
        return (dst, src, protocol, 0, {0x800: 0, 0: 0x800}.get(dport, dport))
    return (dst, src, protocol, dport, sport)


def paired(records):
    """RFC 5103: one record of both directions, whose times are those of both."""
    left, done = {}, []
    for r in sorted(records, key=lambda r: r.first):
        other = left.get(turned(r.key))
        if other is not None and other.back is None:
            other.back = r
            other.first, other.last = min(other.first, r.first), max(other.last, r.last)
        else:
            left[r.key] = r
            done.append(r)
    return done


def iso(seconds):
    seconds -= START
    return '2024-01-%02dT%02d:%02d:%02dZ' % (seconds // 86400 + 1, seconds // 3600 % 24,
                                            seconds // 60 % 60, seconds % 60)


# -- What verify says -------------------------------------------------------------------------

def verify(*arguments):
    code, out, err = run('verify', '-o', 'json', '-n', '0', *arguments)
    rows = [json.loads(line) for line in out.splitlines()]
    if not rows or rows[-1]['type'] != 'summary':
        raise AssertionError(err)
    return code, rows


def kinds(packets, exporter, *options):
    """Kinds of difference, and of how many flows each; and all that was said."""
    _, rows = verify('--traffic', traffic(packets), exporter.export(packets), *options)
    return {row['kind']: row['flows'] for row in rows if row['type'] == 'difference'}, rows


def expect(want, packets, exporter, *options):
    found, rows = kinds(packets, exporter, *options)
    if found != want:
        yield 'found %s, wanted %s\n%s' % (found, want, '\n'.join(map(str, rows[1:])))


def random_traffic(seed, n=400, tags=True, six=True, fragments=True):
    """Conversations of all kinds, that pause now and then."""
    r = random.Random(seed)
    talks = []
    for i in range(max(3, n // 12)):
        is_six = six and r.random() < 0.25
        host = '2001:db8::%x' if is_six else '10.0.0.%d'
        protocol = r.choice((TCP, TCP, UDP, UDP, ICMP6 if is_six else ICMP))
        ends = (host % r.randint(1, 30), 1024 + i, host % r.randint(31, 60),
                r.choice((53, 80, 443, 5000 + i)))
        talks.append((protocol, ends, (7,) * r.choice((0, 0, 0, 1, 2)) if tags else (),
                      r.choice((0, 0, 8, 0x28)), is_six))
    when, packets, identification = 0.0, [], 0
    for _ in range(n):
        when += r.choice((0, r.expovariate(20), r.expovariate(20), r.expovariate(0.5)))
        protocol, (src, sport, dst, dport), vlans, tos, is_six = r.choice(talks)
        back = r.random() < 0.45
        if back:
            src, sport, dst, dport = dst, dport, src, sport
        if protocol in (ICMP, ICMP6):
            sport, dport = (0 if back else 8) if protocol == ICMP else (129 if back else 128), 0
        length = r.choice((20, 26, 40, 84, 400, 1400)) + (40 if is_six else 20)
        packet = Packet(when, protocol, src, sport, dst, dport, length,
                        r.choice((2, 0x10, 0x18, 0x11)) if protocol == TCP else 0, tos, vlans)
        if fragments and protocol == UDP and not is_six and r.random() < 0.1:
            identification += 1
            packet.fragment, packet.more, packet.length = identification, True, 1500
            packet.behind = 0
            packets.append(packet)
            packet = Packet(when, protocol, src, 0, dst, 0, 520, 0, tos, vlans,
                            fragment=identification, at=1480)
        packets.append(packet)
    return packets


# -- Honest exporters -------------------------------------------------------------------------

@test
def honest():
    """Nothing is found against an honest exporter, whatever its version, timeouts and clock."""
    r = random.Random(1)
    for seed in range(24):
        packets = random_traffic(seed)
        exporter = Exporter(
            version=r.choice(('v5', 'v9', 'ipfix')), active=r.choice((5.0, 30.0, 1800.0)),
            inactive=r.choice((2.0, 5.0, 15.0)), ahead=r.choice((0, 0, 7, 86400, -3600)),
            per=r.choice((1, 7, 24)))
        found, rows = kinds(packets, exporter)
        found.pop('flow-missed-ipv6', None)
        if found:
            yield 'seed %d: %s %s\n%s' % (seed, vars(exporter), found, rows)


@test
def honest_both():
    """Nothing is found against one whose records are of both directions."""
    for seed in range(40, 48):
        packets = random_traffic(seed, fragments=False)
        # as long as conversations are not cut, so that halves are not paired otherwise
        exporter = Exporter(both=True, inactive=1e6, active=1e6)
        yield from expect({}, packets, exporter)


@test
def honest_timeouts():
    """Timeouts that are kept are no fault; that they were is seen where they are asked for."""
    for seed in range(60, 64):
        packets = random_traffic(seed)
        exporter = Exporter(active=30.0, inactive=5.0)
        yield from expect({}, packets, exporter, '--active-timeout', '30s',
                          '--inactive-timeout', '5s')


@test
def many_turns():
    """A clock that is off by a multiple of 2^32 ms is said to be."""
    packets = random_traffic(70, six=False)
    exporter = Exporter(ahead=3 * 2 ** 32 / 1000)
    _, rows = verify('--traffic', traffic(packets), exporter.export(packets))
    if rows[-1]['totals'] or rows[1].get('clockOverflows') != 3:
        yield str(rows)


@test
def drift():
    """A clock that goes another way by parts in a million is no fault of any flow."""
    for seed, ppm in ((72, 200), (73, -80), (74, 500)):
        packets = random_traffic(seed, n=800)

        def wrong(records, ppm=ppm):
            for r in records:
                r.first *= 1 + ppm / 1e6
                r.last *= 1 + ppm / 1e6
        found, rows = kinds(packets, Exporter(wrong=wrong))
        if found or abs(rows[1].get('clockDrift', 0) * 1e6 - ppm) > 20:
            yield '%d ppm: %s' % (ppm, rows[1:])


@test
def one_capture():
    """Traffic and export in one capture: the export need not be told of."""
    packets = random_traffic(71, n=100)
    base = traffic(packets)
    export = Exporter(per=5).export(packets)
    both = os.path.join(DIRECTORY, 'both.pcap')
    with open(base, 'rb') as a, open(export, 'rb') as b, open(both, 'wb') as f:
        f.write(a.read())
        f.write(b.read()[24:])
    code, rows = verify(both)
    if code != 0 or rows[-1]['totals']:
        yield str(rows)


# -- One thing is wrong -----------------------------------------------------------------------

def changed(name, change, some=None):
    """Do that to all records, or to those that SOME says."""
    def wrong(records):
        for r in records:
            if some is None or some(r):
                setattr(r, name, change(r))
    return wrong


CASES = [
    ('octets-with-trailer', changed('octets', lambda r: sum(p.length + p.behind for p in r.of)),
     lambda r: any(p.behind for p in r.of)),
    ('octets-layer-2', changed('octets', lambda r: sum(p.length + p.behind + p.before
                                                       for p in r.of)), lambda r: True),
    ('octets-layer-2', changed('octets', lambda r: r.octets + 14 * r.packets), lambda r: True),
    ('octets-payload', changed('octets', lambda r: r.octets - 20 * r.packets), lambda r: True),
]


@test
def octets():
    """Octets that count something else are told as that, once."""
    for seed, (kind, wrong, counts) in enumerate(CASES):
        packets = random_traffic(seed + 100, six=False, tags=False)
        exporter = Exporter(inactive=1e6, active=1e6)
        n = sum(1 for r in exporter.records(packets) if counts(r))
        exporter.wrong = wrong
        yield from expect({kind: n}, packets, exporter)


@test
def octets_of_some():
    """Octets that are nothing are told as that."""
    packets = random_traffic(110)
    exporter = Exporter(inactive=1e6, wrong=changed('octets', lambda r: r.octets + 3,
                                                    lambda r: r.key[4] == 443))
    n = sum(1 for r in exporter.records(packets) if r.key[4] == 443)
    yield from expect({'octets-differ': n}, packets, exporter)


def pick(records, n):
    """Records that tell of a flow by themselves."""
    alone = [r for r in records if sum(1 for x in records if x.key == r.key) == 1]
    return [r for r in alone if r.packets > 2][:n]


def one_wrong(name, change, n=3):
    def wrong(records):
        for r in pick(records, n):
            setattr(r, name, change(r))
    return wrong


ONES = [
    ('packets-over', one_wrong('packets', lambda r: r.packets + 2)),
    ('packets-under', one_wrong('packets', lambda r: r.packets - 1)),
    ('first-outside', one_wrong('first', lambda r: r.first - 0.05)),
    ('last-outside', one_wrong('last', lambda r: r.last + 0.05)),
    ('tos-differs', one_wrong('tos', lambda r: 0xb8)),
]


@test
def some_wrong():
    """Three records that are wrong are three flows of that kind, and of no other."""
    for seed, (kind, wrong) in enumerate(ONES):
        packets = random_traffic(seed + 120, fragments=False)
        # nobody begins first: what is before it is not known
        packets.insert(0, Packet(0.0, UDP, '10.0.0.99', 9, '10.0.0.98', 9, 100))
        for p in packets[1:]:
            p.when += 1.0
        packets.append(Packet(packets[-1].when + 1.0, UDP, '10.0.0.99', 9, '10.0.0.98', 9, 100))
        yield from expect({kind: 3}, packets, Exporter(inactive=1e6, active=1e6, wrong=wrong))


@test
def flags():
    """TCP flags of the last packet alone."""
    packets = random_traffic(130)
    exporter = Exporter(inactive=1e6, active=1e6)
    n = sum(1 for r in exporter.records(packets) if r.of[-1].flags != r.flags)
    exporter.wrong = changed('flags', lambda r: r.of[-1].flags)
    yield from expect({'flags-differ': n}, packets, exporter)


@test
def conversations():
    """The times of the conversation are told where they differ from those of the direction."""
    def wrong(records):
        by_key = {r.key: r for r in records}
        old = {r.key: (r.first, r.last) for r in records}
        for r in records:
            other = by_key.get(turned(r.key))
            if other:
                r.first = min(r.first, old[other.key][0])
                r.last = max(r.last, old[other.key][1])
    packets = random_traffic(140, fragments=False)
    exporter = Exporter(inactive=1e6, active=1e6)
    right = {r.key: (r.first, r.last) for r in exporter.records(packets)}
    exporter.wrong = wrong
    n = sum(1 for r in exporter.records(packets)
            if r.first < right[r.key][0] - 0.01 or r.last > right[r.key][1] + 0.01)
    yield from expect({'times-of-conversation': n}, packets, exporter)


def flows_of(packets, some):
    whole = Exporter(inactive=1e6, active=1e6).records(packets)
    return sum(1 for r in whole if some(r.of[0]))


@test
def tags():
    """No flow with a tag, with two tags; IPv6 in v5, and in IPFIX."""
    packets = random_traffic(150)
    packets.append(Packet(packets[-1].when, UDP, '10.0.0.99', 9, '10.0.0.98', 9, 100))

    def unseen(some):
        return Exporter(inactive=1e6, active=1e6, per=1000, sees=lambda p: not some(p))
    yield from expect({'flow-missed-vlans': flows_of(packets, lambda p: len(p.vlans) == 2)},
                      packets, unseen(lambda p: len(p.vlans) == 2))
    yield from expect({'flow-missed-vlans': flows_of(packets, lambda p: len(p.vlans) == 2),
                       'flow-missed-vlan': flows_of(packets, lambda p: len(p.vlans) == 1)},
                      packets, unseen(lambda p: p.vlans))
    yield from expect({'flow-missed-ipv6': flows_of(packets, lambda p: p.six)},
                      packets, Exporter('v5', inactive=1e6, active=1e6))
    yield from expect({'flow-missed': flows_of(packets, lambda p: p.six)},
                      packets, unseen(lambda p: p.six))


@test
def losses():
    """Records that were lost on the way, and records that the exporter lost."""
    packets = random_traffic(160)
    packets.append(Packet(packets[-1].when, UDP, '10.0.0.99', 9, '10.0.0.98', 9, 100))
    for version in ('v5', 'v9', 'ipfix'):
        exporter = Exporter(version, inactive=1e6, active=1e6, per=5, dropped=(2,))
        found, rows = kinds(packets, exporter)
        found.pop('flow-missed-ipv6', None)
        if found != {'lost-in-transport': 5}:
            yield '%s: %s' % (version, rows)
        exporter = Exporter(version, inactive=1e6, active=1e6, per=5, wrong=lambda records: [
            r for i, r in enumerate(records) if i % 9 != 4 or ':' in r.key[0]])
        found, rows = kinds(packets, exporter)
        found.pop('flow-missed-ipv6', None)
        if list(found) != ['lost-in-exporter']:
            yield '%s: %s' % (version, rows)


@test
def invented():
    """A flow that was not there, and one whose ends are exchanged."""
    def invent(records):
        records[3:3] = [Record(('10.9.9.9', '10.9.9.8', UDP, 7, 7), records[3].of)]

    def swap(records):
        done = 0
        for r in records:
            if turned(r.key) not in [x.key for x in records] and done < 2 and r.key[2] == UDP:
                r.key = turned(r.key)
                done += 1
    packets = random_traffic(170)
    yield from expect({'flow-invented': 1}, packets, Exporter(inactive=1e6, wrong=invent))
    packets += [Packet(packets[-1].when + i, UDP, '10.7.0.%d' % i, 9, '10.7.1.1', 9, 100)
                for i in range(1, 5)]
    yield from expect({'direction-swapped': 2}, packets, Exporter(inactive=1e6, wrong=swap))


@test
def fragments():
    """Later fragments as flows of port 0; datagrams whose fragments cannot be told apart."""
    packets = random_traffic(180, six=False, tags=False)

    def alone(p):
        return p.key() if p.at == 0 else (p.src, p.dst, UDP, 0, 0)
    pairs = len({(p.src, p.dst) for p in packets if p.at})
    copies = random_traffic(180, six=False, tags=False)
    _, rows = verify('--traffic', traffic(copies),
                     Exporter(inactive=1e6, active=1e6, key=alone).export(packets))
    found = {row['kind']: row['flows'] for row in rows if row['type'] == 'difference'}
    if found != {'fragments-alone': pairs}:
        yield '%s, wanted %d: %s' % (found, pairs, rows)


@test
def icmp():
    """Type and code are one key wherever they stand, and wrong where they are wrong."""
    packets = [Packet(i / 10, ICMP, '10.0.0.%d' % (i % 3 + 1), 8, '10.0.0.9', 0, 84)
               for i in range(9)]
    yield from expect({}, packets, Exporter())
    yield from expect({'icmp-differs': 3}, packets,
                      Exporter(wrong=changed('key', lambda r: r.key[:4] + (0x301,))))


@test
def timeouts():
    """Timeouts that are not kept; flows that are cut without need."""
    packets = random_traffic(190)
    exporter = Exporter(active=30.0, inactive=1e6)
    found, rows = kinds(packets, exporter, '--active-timeout', '10s')
    if list(found) != ['timeout-active']:
        yield str(rows)
    exporter = Exporter(active=1e6, inactive=5.0)
    found, rows = kinds(packets, exporter, '--inactive-timeout', '2s')
    if list(found) != ['timeout-inactive']:
        yield str(rows)
    exporter = Exporter(active=30.0, inactive=0.5)
    found, rows = kinds(packets, exporter, '--active-timeout', '30s', '--inactive-timeout', '5s')
    if list(found) != ['cache-pressure']:
        yield str(rows)


@test
def sampling():
    """Every n-th packet is just that many; others are too many or too few."""
    for seed in range(200, 206):
        packets = random_traffic(seed, six=False, fragments=False)
        exporter = Exporter('v5', inactive=1e6, active=1e6, sampling=4)
        yield from expect({}, packets, exporter)
        exporter.wrong = changed('packets', lambda r: r.packets * 4)
        found, rows = kinds(packets, exporter)
        if 'sampling-total' not in found:
            yield str(rows)
        exporter.wrong = lambda records: [r for r in records if r.key[4] != 443]
        found, rows = kinds(packets, exporter)
        if list(found) != ['sampling-total']:
            yield str(rows)


@test
def ports():
    """Ports that messages come from by turns are said; one that is new, or late, is not."""
    packets = random_traffic(5, six=False)
    cases = [
        ([4001, 4002], lambda n: 4001 + n % 2), ([4002, 4003], lambda n: 4001 + n % 3),
        (None, lambda n: 4000), (None, lambda n: 4000 + n), (None, lambda n: 4000 + (n > 4)),
        (None, lambda n: 4000 + (n > 4 and n != 6)),
    ]
    for wanted, port in cases:
        for version in ('v5', 'v9'):
            found, rows = kinds(packets, Exporter(version=version, per=5, port=port))
            said = [row.get('ports') for row in rows if row['type'] == 'exporter']
            if found or len(said) != 1 or (said[0] and sorted(said[0])) != wanted:
                yield '%s: %s %s, wanted %s' % (version, found, said, wanted)
    path = Exporter(version='v5', per=5, port=cases[0][1]).export(packets)
    _, out, _ = run('verify', '--traffic', traffic(packets), path)
    if 'by turns' not in out:
        yield out


@test
def manual():
    """The manual has each kind of difference."""
    top = os.environ.get('top_srcdir', '.')
    with open(os.path.join(top, 'src', 'model', 'verify_kinds.def'), encoding='utf-8') as f:
        names = [line.split('"')[1] for line in f if line.startswith('KIND(')]
    with open(os.path.join(top, 'doc', 'nfpcap.1'), encoding='utf-8') as f:
        page = f.read()
    for name in names:
        if '.B %s\n' % name.replace('-', '\\-') not in page:
            yield name
    if len(names) < 20:
        yield str(names)


if __name__ == '__main__':
    sys.exit(tap.run())
