#!/usr/bin/env python3
"""nfpcap diff: pairs for each kind of difference, what is nearly one, and what holds of any two."""
import glob
import os
import sys
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, 'e2e')]

import tap
from diffrows import both_ways, differences, run
from program import DIRECTORY, built, wrong_codes
from tap import test

TOP = os.environ.get('top_srcdir', '.')


# -- An exporter ------------------------------------------------------------------------------

FIELDS = ['8/4', '12/4', '7/2', '11/2', '4/1', '6/1', '152/8', '153/8', '2/4', '1/4']
START = 1704067200


class Flow:
    """A record: SECONDS after the start of the run, LONG seconds long."""
    def __init__(self, n, seconds=0.0, long=1.0, packets=10, octets=1000, flags=0x1b):
        self.n, self.seconds, self.long = n, seconds, long
        self.packets, self.octets, self.flags = packets, octets, flags


def flows(n=12):
    return [Flow(i, seconds=i * 0.5) for i in range(n)]


class Run:
    """What an exporter sends: its defaults, and what of them is another."""
    def __init__(self, records=None, per=4, fields=FIELDS, template=256, domain=7, offset=0,
                 address='192.0.2.1', names=('eth0', 'eth1'), seq=0, options=True, repeat=None,
                 version='ipfix', order=None, spacing=0.1, delay=0, uptime=None):
        self.records = flows() if records is None else records
        self.per, self.fields, self.template, self.domain = per, fields, template, domain
        self.offset, self.address, self.names, self.seq = offset, address, names, seq
        self.options, self.repeat, self.version, self.order = options, repeat, version, order
        self.spacing, self.delay, self.uptime = repeat or spacing, delay, uptime

    def value(self, flow, field):
        first = int((START + self.offset + flow.seconds) * 1000)
        element, length = field.split('/')
        return {'8': '10.0.0.%d' % (flow.n % 250 + 1), '12': '10.1.0.1',
                '7': '%d/2' % (1000 + flow.n), '11': '443/2', '4': '6/1',
                '6': '%d/1' % flow.flags, '152': '%d/8' % first,
                '153': '%d/8' % (first + int(flow.long * 1000)),
                '2': '%d/%s' % (flow.packets, length), '1': '%d/%s' % (flow.octets, length),
                '5': '0/1', '61': '1/1'}[element]

    def head(self, at, seq):
        return ['frame %s:4739 > 192.0.2.9:4739 at %s' % (self.address, at),
                '%s seq=%d domain=%d' % (self.version, seq, self.domain) + self.clock(at)]

    def clock(self, at):
        """Export time and uptime, where they are not what the capture's time is."""
        seconds = START + sum(int(at[i:i + 2]) * unit
                              for i, unit in ((11, 3600), (14, 60), (17, 1))) + \
            (int(at[8:10]) - 1) * 86400 - self.delay
        return (' secs=%d' % seconds if self.delay else '') + \
            (' uptime_ms=%d' % self.uptime if self.uptime else '')

    def definitions(self):
        sets = ('2', '3') if self.version == 'ipfix' else ('0', '1')
        yield 'set ' + sets[0]
        yield 'template %d %s' % (self.template, ' '.join(self.fields))
        if self.options:
            yield 'set ' + sets[1]
            yield 'options %d 10/4 | 82/8' % (self.template + 1)
            yield 'set %d' % (self.template + 1)
            for i, name in enumerate(self.names):
                yield 'record %d/4 "%s"' % (i + 1, name.ljust(8, '.'))

    def datagrams(self):
        """Lists of lines behind the frame's; and what each counts."""
        yield list(self.definitions()), len(self.names) if self.options else 0
        for i in range(0, len(self.records), self.per):
            some = self.records[i:i + self.per]
            lines = list(self.definitions()) if self.repeat else []
            yield lines + ['set %d' % self.template] + \
                ['record ' + ' '.join(self.value(f, x) for x in self.fields) for f in some], \
                len(some) + (len(self.names) if self.repeat and self.options else 0)

    def text(self):
        seq, whole = self.seq, []
        for number, (lines, counts) in enumerate(self.datagrams()):
            at = START + 20 + self.offset + number * self.spacing
            stamp = '%d.%03d' % (at, round(at % 1 * 1000))
            whole.append((stamp, self.head, seq, lines))
            seq += counts if self.version == 'ipfix' else 1
        if self.order:
            whole = [whole[0]] + self.order(whole[1:])
        text = []
        for stamp, head, number, lines in whole:
            text += head(iso(stamp), number) + lines
        return '\n'.join(text) + '\n'


def iso(stamp):
    seconds, fraction = stamp.split('.')
    seconds = int(seconds) - START
    return '2024-01-%02dT%02d:%02d:%02d.%sZ' % (seconds // 86400 + 1, seconds // 3600 % 24,
                                               seconds // 60 % 60, seconds % 60, fraction)


counter = [0]


def capture(**options):
    counter[0] += 1
    return built('run%d' % counter[0], Run(**options).text())


def changed(i, **what):
    records = flows()
    for name, value in what.items():
        setattr(records[i], name, value)
    return records


BASE = capture()
MORE = FIELDS + ['5/1']
LONGER = FIELDS[:-1] + ['1/8']
SWAPPED = FIELDS[:-2] + ['1/4', '2/4']


def split(flow):
    """The flow in two records, as an active timeout makes them."""
    half = flow.long / 2
    return [Flow(flow.n, flow.seconds, half, flow.packets // 2, flow.octets // 2, flow.flags & 2),
            Flow(flow.n, flow.seconds + half, half, flow.packets - flow.packets // 2,
                 flow.octets - flow.octets // 2, flow.flags)]


def again(n=3, seconds=300, **what):
    return [Flow(n, seconds=seconds, **what)]


# name, the other run, the kinds of differences, options
PAIRS = [
    ('the same again', {}, [], []),
    ('a day later', {'offset': 86400, 'seq': 77}, [], []),
    ('split into other datagrams', {'per': 3}, [], []),
    ('with another template id', {'template': 300}, [], []),
    ('another id, strictly', {'template': 300}, ['template-renumbered'] * 2,
     ['--strict', '--only', 'templates']),
    ('another id, asked for', {'template': 300}, ['template-renumbered'] * 2, ['--only', 'ids']),
    ('records the other way round', {'records': flows()[::-1]}, [], []),
    ('datagrams swapped within a second',
     {'order': lambda w: [(x[0],) + y[1:] for x, y in zip(w, [w[1], w[0]] + w[2:])]}, [], []),
    ('from the only other address', {'address': '192.0.2.77'}, [], []),
    ('from another address, mapped', {'address': '192.0.2.77'}, [],
     ['--map', '192.0.2.1=192.0.2.77']),
    ('in the only other domain', {'domain': 9}, [], []),
    ('a field more', {'fields': MORE}, ['template-changed'], []),
    ('a longer field', {'fields': LONGER}, ['template-changed'], []),
    ('fields swapped', {'fields': SWAPPED}, ['template-changed'], []),
    ('no options', {'options': False}, ['template-removed', 'option-removed', 'option-removed'],
     ['--ignore', 'findings']),
    ('an interface renamed', {'names': ('eth0', 'wan')}, ['option-changed'], []),
    ('an interface more', {'names': ('eth0', 'eth1', 'eth2')}, ['option-added'], []),
    ('a flow less', {'records': flows(11)}, ['flow-lost'], []),
    ('a flow more', {'records': flows(13)}, ['flow-added'], []),
    ('other octets', {'records': changed(3, octets=1001)}, ['flow-changed'], []),
    ('other octets, within 1 %', {'records': changed(3, octets=1001)}, [],
     ['--tolerance', 'bytes=1%']),
    ('other octets, beyond 1 %', {'records': changed(3, octets=1020)}, ['flow-changed'],
     ['--tolerance', 'bytes=1%']),
    ('other octets, ignored', {'records': changed(3, octets=1001)}, [], ['--ignore', 'bytes']),
    ('other octets, ignored as v9 calls them', {'records': changed(3, octets=1001)}, [],
     ['--ignore', 'IN_BYTES']),
    ('other octets, ignored by number', {'records': changed(3, octets=1001)}, [],
     ['--ignore', ',ie1,ie2']),
    ('other octets within 1 %, as Wireshark calls them', {'records': changed(3, octets=1009)}, [],
     ['--tolerance', 'cflow.octets=1%']),
    ('other octets, by another name', {'records': changed(3, octets=1001)}, ['flow-changed'],
     ['--only', 'octetDeltaCount']),
    ('other octets, not asked for', {'records': changed(3, octets=1001)}, [],
     ['--only', 'packets']),
    ('other flags', {'records': changed(3, flags=0x1f)}, ['flow-changed'], []),
    ('a start within a second', {'records': changed(3, seconds=2.4)}, [], []),
    ('a start beyond a second', {'records': changed(3, seconds=4.5)}, ['flow-changed'], []),
    ('a start beyond, tolerated', {'records': changed(3, seconds=4.5)}, [],
     ['--tolerance', 'first=5s']),
    ('a duration within a second', {'records': changed(3, long=1.9)}, [], []),
    ('a duration beyond a second', {'records': changed(3, long=3.5)}, ['flow-changed'], []),
    ('split by a timeout', {'records': flows()[:3] + split(flows()[3]) + flows()[4:]}, [], []),
    ('split by a timeout, counted',
     {'records': flows()[:3] + split(flows()[3]) + flows()[4:]}, ['flow-changed'],
     ['--no-merge']),
    ('a day later, asked for', {'offset': 86400}, ['flow-changed'] * 12, ['--only', 'times']),
    ('a day later, asked for starts', {'offset': 86400}, [], ['--only', 'first']),
    ('in another order, asked for', {'records': flows()[::-1]}, ['behaviour-changed'],
     ['--only', 'order']),
    ('a key used again', {'records': flows() + again()}, ['flow-added'],
     ['--only', 'flows']),
    ('packing, asked for', {'per': 3}, ['behaviour-changed'] * 2, ['--only', 'packing']),
]


@test
def pairs():
    """Each kind of difference has a pair, and a near miss."""
    for name, options, kinds, more in PAIRS:
        found = [x['kind'] for x in differences(BASE, capture(**options), *more)]
        if sorted(found) != sorted(kinds):
            yield '%s: %s' % (name, found)


REUSED = flows() + again() + again(seconds=700, octets=77)

# name, two lists of records, the kinds of differences
USES = [
    ('the same', REUSED, REUSED, []),
    ('in another order', REUSED, REUSED[::-1], []),
    ('the middle one lost', REUSED, flows() + again(seconds=700, octets=77), ['flow-lost']),
    ('the first one lost', REUSED, [x for x in flows() if x.n != 3] + REUSED[-2:], ['flow-lost']),
    ('the last one another', REUSED, flows() + again() + again(seconds=700, octets=78),
     ['flow-changed']),
    ('moved by minutes', REUSED, flows() + again() + again(seconds=900, octets=77),
     ['flow-changed']),
    ('moved by less than a second', REUSED, flows() + again(seconds=300.9) +
     again(seconds=699.2, octets=77), []),
    # one side's exporter waited longer
    ('one record of two uses', flows() + again(), [x for x in flows() if x.n != 3] +
     [Flow(3, 1.5, 299.5, 20, 2000)], []),
    ('pauses about a minute', flows() + again(seconds=62.4), flows() + again(seconds=62.6), []),
    ('more uses than are told apart', flows() + [Flow(3, 100 * i) for i in range(1, 99)],
     flows() + [Flow(3, 100 * i) for i in range(1, 99)], []),
]


@test
def uses():
    """A key that is used again after a pause is another flow, where both sides have the pause."""
    for name, old, new, kinds in USES:
        old, new = capture(records=old), capture(records=new, offset=86400)
        for a, b in (old, new), (new, old):
            found = differences(a, b, '--only', 'flows')
            turned = {'flow-lost': 'flow-added'} if a is new else {}
            if [x['kind'] for x in found] != [turned.get(k, k) for k in kinds]:
                yield '%s: %s' % (name, found)


def cut(seconds, n=10):
    """N flows that a timeout cuts after SECONDS."""
    return [Flow(i, part * (seconds + 1), seconds if part == 0 else 2) for i in range(n)
            for part in range(2)]


def idle(seconds, n=75):
    """
    A message a second, with a flow that nothing ended, and of which nothing came for SECONDS; the
    last of them were there when the exporter began to send.
    """
    return {'records': [Flow(i, 20 + i - seconds, 1, flags=0x12) for i in range(n)], 'per': 1,
            'spacing': 1}


ONE_LESS = {'records': flows(11)}

# a figure of behaviour, two runs, what it is in both where it differs; options
FIGURES = [
    ('version', {}, {'version': 'v9'}, ('IPFIX', 'NetFlow v9'), []),
    ('template-refresh', {'repeat': 10}, {'repeat': 30}, ('10 s', '30 s'), []),
    ('template-refresh', {'repeat': 10}, {'repeat': 11}, None, []),
    ('template-refresh', {'repeat': 10}, {'repeat': 11.2}, ('10 s', '11.2 s'), []),
    ('template-refresh', {'repeat': 100}, {'repeat': 110}, None, []),
    ('template-refresh', {'repeat': 100}, {'repeat': 112}, ('100 s', '112 s'), []),
    ('template-refresh', {'repeat': 10}, {'repeat': 30}, None,
     ['--tolerance', 'template-refresh=20s']),
    ('template-refresh', {'repeat': 10}, {}, None, []),
    ('options-template-refresh', {'repeat': 10}, {'repeat': 30}, ('10 s', '30 s'), []),
    ('export-delay', {}, {'delay': 3}, ('0.1 s', '3.1 s'), []),
    ('export-delay', {}, {'delay': 1}, None, []),
    ('export-delay', {}, {'delay': 3}, None, ['--tolerance', 'export-delay=3s']),
    ('active-timeout', {'records': cut(30)}, {'records': cut(60)}, ('30 s', '60 s'), []),
    ('active-timeout', {'records': cut(30)}, {'records': cut(32)}, None, []),
    ('active-timeout', {'records': cut(30)}, {'records': cut(34)}, ('30 s', '34 s'), []),
    ('active-timeout', {'records': cut(30)}, {'records': cut(60, 7)},
     ('30 s', 'none up to 60 s'), []),
    ('active-timeout', {'records': cut(30)}, {}, None, []),
    ('inactive-timeout', idle(15), idle(60), ('15 s', '60 s'), []),
    ('inactive-timeout', idle(15), idle(18), None, []),
    ('inactive-timeout', idle(15), {}, None, []),
    ('message-size', {}, {'per': 3}, ('156.5 octets', '129.2 octets'), []),
    ('message-size', {}, {}, None, []),
    ('records-per-message', {}, {'per': 3}, ('3.5', '2.8'), []),
    ('first-sequence', {}, {'seq': 77}, ('0', '77'), []),
    ('last-sequence', {'seq': 1}, {'seq': 77}, ('11', '87'), ['--strict']),
    ('last-sequence', {'seq': 76}, {'seq': 77}, None, ['--tolerance', 'last-sequence=1']),
    ('first-uptime', {'version': 'v9', 'uptime': 5000}, {'version': 'v9', 'uptime': 6000},
     ('5000 ms', '6000 ms'), []),
    ('last-uptime', {'version': 'v9', 'uptime': 5000}, {'version': 'v9', 'uptime': 5000}, None,
     ['--strict']),
]


@test
def figures():
    """Each figure of behaviour is told where it differs, and not where it nearly does."""
    for name, old, new, wanted, more in FIGURES:
        rows = differences(capture(**old), capture(**new), '--only', name, *more)
        found = [(c['old'], c['new']) for x in rows for c in x['changes']]
        if found != ([wanted] if wanted else []):
            yield '%s: %s, not %s' % (name, found, wanted)


@test
def left_out():
    """Sequence, uptime, ports, ids and packing are compared where --strict asks for them."""
    old, new = {'version': 'v9', 'uptime': 5000}, {'version': 'v9', 'uptime': 9000, 'seq': 7,
                                                   'template': 300, 'per': 3}
    old, new = capture(**old), capture(**new)
    if differences(old, new):
        yield 'by default: %s' % differences(old, new)
    names = {c['name'] for x in differences(old, new, '--strict') for c in x['changes']}
    wanted = {'first-sequence', 'last-sequence', 'first-uptime', 'last-uptime', 'id',
              'message-size', 'records-per-message'}
    if not wanted <= names:
        yield '--strict: %s' % names
    classes = 'export-delay,times,uptime,sequence,ports,ids,packing,order,notes'
    if differences(old, new, '--strict', '--ignore', classes):
        yield '--strict but for: %s' % differences(old, new, '--strict', '--ignore', classes)


def together(name, *runs):
    return built(name, ''.join(Run(**options).text() for options in runs))


@test
def exporters():
    """Exporters that came and went, by address, by number, by --map."""
    one, two = {'address': '192.0.2.1'}, {'address': '192.0.2.2', 'domain': 8}
    both, a = together('both', one, two), together('one', one)
    moved = together('moved', {'address': '198.51.100.1'}, {'address': '198.51.100.2',
                                                           'domain': 9, 'records': flows(11)})
    ask = ['--ignore', 'findings']
    for old, new, kinds in (
            (both, a, ['exporter-gone']), (a, both, ['exporter-new']),
            (both, moved, ['exporter-gone'] * 2 + ['exporter-new'] * 2)):
        found = [x['kind'] for x in differences(old, new, *ask)]
        if sorted(found) != kinds:
            yield '%s: %s' % (kinds, found)
    maps = [['--map', '192.0.2.1=198.51.100.1'], ['--map', '192.0.2.2=198.51.100.2']]
    for some in maps[0] + maps[1], maps[0], maps[1]:
        rows = differences(both, moved, *ask, *some)
        if [(x['kind'], x['old'], x['new']) for x in rows] != [
                ('flow-lost', {'domain': 8, 'exporter': '192.0.2.2'},
                 {'domain': 9, 'exporter': '198.51.100.2'})]:
            yield '%s: %s' % (some, rows)
    crossed = ['--map', '192.0.2.1=198.51.100.2', '--map', '192.0.2.2=198.51.100.1']
    found = [x['kind'] for x in differences(both, moved, *ask, *crossed)]
    if found != ['flow-lost']:
        yield 'crossed: %s' % found


def v5(sampling):
    return built('v5-%x' % sampling, 'frame 192.0.2.1:2055 > 192.0.2.9:2055 at '
                 '2024-01-01T00:00:20Z\nv5 seq=0 sampling=%d\n'
                 'flow src=10.0.0.1 dst=10.1.0.1 packets=1 octets=60\n' % sampling)


@test
def sampling():
    """Sampling of v5's header is told, and none of it is nothing."""
    none, ten, hundred = v5(0), v5(0x400a), v5(0x4064)
    for old, new, wanted in ((none, ten, (None, 'mode 1, 1 of 10')),
                             (ten, hundred, ('mode 1, 1 of 10', 'mode 1, 1 of 100')),
                             (ten, ten, None), (none, none, None)):
        rows = differences(old, new, '--only', 'sampling')
        found = [(c['old'], c['new']) for x in rows for c in x['changes']]
        if found != ([wanted] if wanted else []):
            yield '%s, not %s' % (found, wanted)


def parts(rows):
    """(kind, topic, subject, name) of all that differs; without a name where rows have none."""
    return sorted((x['kind'], x['topic'], x['subject'],
                   c['name'] if x['topic'] != 'templates' and 'changed' in x['kind'] or
                   x['topic'] in ('findings', 'options') else '')
                  for x in rows for c in x['changes'] or [{'name': ''}])


@test
def any_name():
    """--only has what a name means and nothing else, --ignore all the rest."""
    old = capture(version='v9', uptime=5000, repeat=10)
    new = capture(version='v9', uptime=9000, repeat=30, seq=7, fields=MORE,
                  names=('eth0', 'wan', 'eth2'), per=3,
                  records=changed(3, octets=7, packets=3, flags=2)[1:] + [Flow(99)])
    rows = parts(differences(old, new, '--strict'))
    names = {row[0] for row in rows} | {row[1] for row in rows} | \
        {row[3] for row in rows if row[3]}
    if len(names) < 25:
        yield 'few names: %s' % names
    for name in sorted(names):
        meant = [row for row in rows if name in (row[0], row[1], row[3])]
        # that a flow is lost is asked for by kind and topic
        for option, wanted in (('--only', meant),
                               ('--ignore', [row for row in rows if row not in meant])):
            found = parts(differences(old, new, '--strict', option, name))
            if found != wanted:
                yield '%s %s: %s' % (option, name,
                                     [x for x in found if x not in wanted] +
                                     [x for x in wanted if x not in found])


@test
def no_names():
    """What nothing is called so is said, with what may be meant: it would hide what differs."""
    other = capture(records=flows(11))
    for option, names, caret, hint in (
            ('--only', 'flow', 0, 'flows'), ('--ignore', 'bytes,findigns', 6, 'findings'),
            ('--only', 'template-refreshed', 0, 'template-refresh'), ('--only', ',', None, ''),
            ('--ignore', 'seq-gaps', 0, 'seq-gap'), ('--ignore', 'octetDelta', 0, 'octetDeltaCount'),
            ('--tolerance', 'bytes=1%,recods=2', 9, 'records'),
            ('--tolerance', 'flow-lost=1', 0, '')):
        code, out, err = run(option, names, BASE, other)
        lines = err.split('\n')
        if code != 2 or out or not lines[0].startswith('nfpcap: %s: ' % option) or hint not in err:
            yield '%s %s: %d %s' % (option, names, code, err)
        elif caret is not None and (lines[1][2:] != names or lines[2].find('^') != caret + 2):
            yield '%s %s: %s' % (option, names, err)


@test
def mirror():
    """diff(b, a) is diff(a, b), the other way round."""
    for name, options, _, more in PAIRS:
        odd = [] if '--map' in more else both_ways(BASE, capture(**options), *more)
        if odd:
            yield '%s: %s' % (name, odd)


@test
def itself_is_the_same():
    """A capture does not differ from itself, strictly or not."""
    for path in sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                       glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix'))):
        for more in [], ['--strict', '--no-merge']:
            code, out, err = run('--allow-empty', path, path, *more)
            if code != 0:
                yield '%s %s: %d %s %s' % (path, more, code, out[-300:], err)


@test
def codes():
    """0 the same, 1 different or nothing, 2 trouble."""
    empty = built('empty', 'pcap\n')
    lost = capture(records=flows(11))
    yield from wrong_codes(
        'diff', (0, [BASE, BASE]), (1, [BASE, lost]), (1, [BASE, empty]), (1, [empty, empty]),
        (0, ['--allow-empty', empty, empty]), (2, [BASE, os.path.join(DIRECTORY, 'none')]),
        (2, [BASE]), (2, [BASE, BASE, BASE]), (2, ['--tolerance', 'bytes', BASE, BASE]),
        (2, ['--tolerance', 'bytes=x', BASE, BASE]), (2, ['--map', '1=2', BASE, BASE]),
        (2, ['-k', 'nonsense', BASE, BASE]))


@test
def bounds():
    """The listing is bounded, the totals are not."""
    other = capture(records=[Flow(i + 100, seconds=i) for i in range(12)])
    _, out, _ = run('-n', '2', BASE, other)
    if out.count('\n- flow lost') != 2 or '10 more of flow lost' not in out or \
            '12 flows lost' not in out:
        yield out
    _, out, err = run('--max-keys', '5', BASE, BASE)
    if '5 flows the same' not in out or 'records of further keys' not in err:
        yield out + err


@test
def lone_keys():
    """A key that one side alone has is named; without it flows match."""
    more = capture(fields=FIELDS + ['61/1'])
    _, _, err = run(BASE, more)
    if 'have flowDirection' not in err:
        yield err
    if differences(BASE, more, '-k', 'src,dst,sport,dport,proto', '--only', 'flows'):
        yield 'without it'
    if 'only the flows' in run(BASE, capture(records=flows(11)))[2]:
        yield 'said of others'


@test
def worst_first():
    """What differs most stands first."""
    records = flows()
    records[2].octets, records[5].octets, records[7].octets = 1010, 9000, 1500
    found = [x['changes'][0]['new'] for x in differences(BASE, capture(records=records))]
    if found != ['9000', '1500', '1010']:
        yield str(found)


@test
def formats():
    """JUnit has a case for each kind, text looks like a diff, colours say nothing alone."""
    lost = capture(records=flows(11))
    _, out, _ = run('-o', 'junit', BASE, lost)
    failed = [c.get('name') for c in ET.fromstring(out).iter('testcase')
              if c.find('failure') is not None]
    if failed != ['flow-lost']:
        yield str(failed)
    _, plain, _ = run('--color', 'never', BASE, lost)
    _, colored, _ = run('--color', 'always', BASE, lost)
    if '\033[' in plain or '\033[' not in colored or not plain.startswith('--- '):
        yield plain


if __name__ == '__main__':
    sys.exit(tap.run())
