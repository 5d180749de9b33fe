#!/usr/bin/env python3
"""nfpcap expect and snapshot: what passes, what fails, and what a snapshot says of any capture."""
import glob
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, 'e2e')]

import tap
from diff import (BASE, FIELDS, LONGER, MORE, SWAPPED, TOP, Flow, Run, capture, changed, flows,
                  split)
from program import DIRECTORY, PROGRAM, built, run, wrong_codes
from tap import test

SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
FIRST = 'nfpcap-expect 1\n'
NAME = os.path.join(DIRECTORY, 'x.expect')


def written(text, path=NAME):
    with open(path, 'w') as f:
        f.write(text)
    return path


def read(path=NAME):
    with open(path) as f:
        return f.read()


def judged(text, path, *options):
    """Exit code, and (line, passed, observed) of each line."""
    code, out, err = run('expect', '-o', 'json', written(text), path, *options)
    rows = [json.loads(line) for line in out.splitlines()]
    if not rows or rows[-1]['type'] != 'summary':
        raise AssertionError('%d %s %s of %s' % (code, out, err, text))
    found = [(row['text'], row['passed'], row['observed']) for row in rows[:-1]]
    if rows[-1]['failed'] != sum(not passed for _, passed, _ in found):
        raise AssertionError('%s' % rows[-1])
    return code, found


def snapshot(path, *options):
    code, out, err = run('snapshot', path, *options)
    if code not in (0, 3) or not out.startswith(FIRST):
        raise AssertionError('%s: %d %s %s' % (path, code, out[:200], err))
    return out


# -- Lines ------------------------------------------------------------------------------------

# 12 flows of TCP to port 443, 1000 octets and 10 packets each, two interfaces, one domain
LINES = [
    # what passes; what is nearly the same and fails, and what is observed then
    ('every flow has sourceIPv4Address', 'every flow has ingressInterface', '12 of 12'),
    ('every flow has src, dst, dport', 'every flow has src, tos', '12 of 12'),
    ('every flow dport == 443', 'every flow src == 10.0.0.1', '11 of 12 flows otherwise'),
    ('every flow src == 10.0.0.1 where sport == 1000', 'every flow src == 10.0.0.1 where sport < 1002',
     '1 of 2'),
    ('every flow proto == tcp', 'every flow bytes > 0 where proto == udp', 'no flow is like that'),
    ('some flow src == 10.0.0.3', 'some flow src == 10.0.0.33', '0 of 12'),
    ('some flow sport == 1000 where dport == 443', 'some flow sport == 1000 where dport == 80',
     'no flow is like that'),
    ('no flow bytes == 0', 'no flow bytes == 1000', '12 of 12'),
    ('no flow bytes > 1 where proto == udp', 'no flow bytes > 1 where sport == 1000', '1 of 1'),
    ('count(flows) == 12', 'count(flows) == 13', '12'),
    ('count(flows) is >= 3', 'count(flows) < 3', '12'),
    ('count(flows) == 1 where sport == 1003', 'count(flows) == 2 where sport == 1003', '1'),
    ('count(flows) where sport == 1003 is 1', 'count(flows) where sport == 1003 is > 1', '1'),
    ('count(ingressInterface) == 0', 'count(bytes) == 0', '12'),
    ('sum(bytes) == 12000', 'sum(bytes) == 12001', '12000'),
    ('sum(bytes) == 12k', 'sum(bytes) >= 13k', '12000'),
    ('sum(bytes) where dport == 443 within 1% of 11.9k',
     'sum(bytes) where dport == 443 within 1% of 11.8k', '12000'),
    ('sum(bytes) where dport in {80, 443} within 1% or 200 of 11800',
     'sum(bytes) where dport in {80, 443} within 1% or 100 of 11800', '12000'),
    ('sum(packets) == 110 within 10', 'sum(packets) == 110 within 9', '120'),
    ('sum(packets) between 100 and 120', 'sum(packets) between 100 and 119', '120'),
    ('sum(octetDeltaCount) == 12000', 'sum(octetTotalCount) > 0', '0'),
    ('min(sport) == 1000', 'min(sport) == 999', '1000'),
    ('max(sport) == 1011', 'max(sport) < 1011', '1011'),
    ('max(proto) == tcp', 'max(proto) == udp', '6'),
    ('avg(bytes) == 1000', 'avg(bytes) != 1000', '1000'),
    ('avg(duration) between 900ms and 1.1s', 'avg(duration) >= 2s', '1s'),
    ('distinct(src) == 12', 'distinct(src) <= 11', '12'),
    ('distinct(dst) == 1', 'distinct(ingressInterface) == 1', '0'),
    ('flow sport == 1003: bytes == 1000, packets == 10, records == 1',
     'flow sport == 1003: bytes == 1000, packets == 11, records == 1',
     'bytes 1000, packets 10, records 1'),
    ('flow sport in {1003, 1004}: bytes within 1% of 2000, max(tcpflags) == 27',
     'flow sport in {1003, 1004}: bytes within 1% of 1000, max(tcpflags) == 27',
     'bytes 2000, max(tcpflags) 27'),
    ('version == ipfix', 'version == v9', 'IPFIX'),
    ('version == 10', 'version != "IPFIX"', 'IPFIX'),
    ('transport == udp', 'transport == TCP', 'UDP'),
    ('sampling == none', 'sampling == "mode 1, 1 of 2"', 'does not tell'),
    ('sequence == "as specified"', 'sequence == messages', 'as specified'),
    ('records per message == 3.5', 'records per message >= 4', '3.5'),
    ('message size between 100 and 1k', 'message size == 0', ''),
    ('exporters == 1', 'exporters == 2', '1'),
    ('domains == 1', 'domains != 1', '1'),
    ('messages == 4', 'messages == 5', '4'),
    ('octets > 100', 'octets < 100', ''),
    ('flows == 12', 'flows == 14', '12'),
    ('options records == 2', 'options records == 1', '2'),
    ('templates == 1', 'templates == 0', '1'),
    ('options templates == 1', 'options templates == 2', '1'),
    ('undecoded sets == 0', 'undecoded sets > 0', '0'),
    ('duplicates == 0', 'duplicates >= 1', '0'),
    ('loss == 0', 'loss >= 1', '0'),
    ('source port == 4739', 'source port == 2055', '4739'),
    ('destination port == 4739', 'destination port == "2055"', '4739'),
    ('template exists sourceIPv4Address[4] destinationIPv4Address sourceTransportPort\n'
     ' destinationTransportPort protocolIdentifier tcpControlBits flowStartMilliseconds\n'
     ' flowEndMilliseconds[8] packetDeltaCount octetDeltaCount # all of it',
     'template exists sourceIPv4Address[4] destinationIPv4Address sourceTransportPort\n'
     ' destinationTransportPort protocolIdentifier tcpControlBits flowStartMilliseconds\n'
     ' flowEndMilliseconds[8] packetDeltaCount octetDeltaCount[8]',
     'most like it is 256, defined in frame 1: octetDeltaCount[4], not [8]'),
    ('options template exists ingressInterface[4] | interfaceName[8]',
     'options template exists ingressInterface[4] interfaceName[8]', 'in the scope'),
    ('template has octetDeltaCount, packetDeltaCount', 'template has octetDeltaCount[8]', 'none'),
    ('options template has interfaceName', 'options template has octetDeltaCount', 'none'),
    ('no template has octetTotalCount', 'no template has octetDeltaCount', '256'),
    ('template exists sourceIPv4Address destinationIPv4Address sourceTransportPort '
     'destinationTransportPort protocolIdentifier tcpControlBits flowStartMilliseconds '
     'flowEndMilliseconds packetDeltaCount octetDeltaCount\n'
     'options template exists ingressInterface | interfaceName\nno other template',
     'no other template', 'template 256'),
    ('option interface 1: interfaceName == "eth0...."',
     'option interface 1: interfaceName == "eth1...."', '"eth0...."'),
    ('option interface 2: interfaceName == eth1....', 'option interface 3: interfaceName == "eth1"',
     'not there'),
    ('no finding >= error', 'finding v9-set-unaligned', 'none'),
    ('no finding seq-gap, tpl-missing', 'finding seq-gap', 'none'),
    ('exporter 192.0.2.1\nflows == 12', 'exporter 192.0.2.1\nflows == 11', '12'),
    ('exporter 192.0.2.1 domain 7\ndistinct(src) == 12',
     'exporter 192.0.2.1 domain 7\ndistinct(src) == 11', '12'),
    ('domain 7\ncount(flows) == 12', 'domain 7\ncount(flows) == 11', '12'),
    ('exporter any domain any\nflows == 12', 'exporter any\nflows == 11', '12'),
]


@test
def lines():
    """Each kind of line passes where it should, and fails where it is nearly so."""
    for good, bad, observed in LINES:
        code, rows = judged(FIRST + good + '\n', BASE)
        if code != 0 or not rows or not all(row[1] for row in rows):
            yield '%s: %d %s' % (good, code, rows)
        code, rows = judged(FIRST + bad + '\n', BASE)
        if code != 1 or not rows or rows[-1][1] or observed not in rows[-1][2]:
            yield '%s: %d %s' % (bad, code, rows)


@test
def intervals():
    """Refreshes and timeouts are those of the messages."""
    slow = capture(repeat=10)
    halves = [half for flow in [Flow(i, seconds=i, long=60) for i in range(12)]
              for half in split(flow)]
    for path, good, bad in (
            (slow, 'template refresh within 1s of 10s', 'template refresh <= 8s'),
            (slow, 'options refresh == 10', 'options refresh >= 1m'),
            (capture(records=halves), 'active timeout within 10% of 30s', 'active timeout >= 60s')):
        for line, passes in ((good, True), (bad, False)):
            code, rows = judged(FIRST + line, path)
            if rows[0][1] != passes or code == passes:
                yield '%s: %d %s' % (line, code, rows)


# -- Sections ---------------------------------------------------------------------------------

def several(*runs):
    """What several exporters send, one after another."""
    return built('several%d' % len(glob.glob(DIRECTORY + '/several*.txt')),
                 ''.join(r.text() for r in runs))


@test
def sections():
    """Lines are about the exporter and domain of their section, wherever it now is."""
    two = several(Run(domain=7), Run(domain=9, address='192.0.2.2', records=flows(5), offset=60))
    text = FIRST + ('flows == 17\nexporters == 2\nexporter 192.0.2.1\nflows == 12\n'
                    'count(flows) == 12\nexporter 192.0.2.2 domain 9\nflows == 5\n'
                    'max(sport) == 1004\ndistinct(src) == 5\n')
    code, rows = judged(text, two)
    if code != 0:
        yield 'two: %s' % rows
    moved = several(Run(domain=7), Run(domain=9, address='192.0.2.77', records=flows(5), offset=60))
    code, rows = judged(text, moved)
    if code != 0:
        yield 'moved: %s' % rows
    both = several(Run(address='192.0.2.88'),
                   Run(domain=9, address='192.0.2.77', records=flows(5), offset=60))
    code, rows = judged(text, both)
    if code != 1 or [r[1] for r in rows] != [True, True] + [False] * 5:
        yield 'both moved: %s' % rows
    maps = ['--map', '192.0.2.1=192.0.2.88', '--map', '192.0.2.2=192.0.2.77']
    code, rows = judged(text, both, *maps)
    if code != 0:
        yield 'both moved, mapped: %s' % rows
    renumbered = several(Run(domain=7),
                         Run(domain=10, address='192.0.2.2', records=flows(5), offset=60))
    code, rows = judged(text, renumbered)
    if code != 0:
        yield 'renumbered: %s' % rows
    code, rows = judged(FIRST + 'exporter 192.0.2.3\nloss == 0\n', two)
    if code != 1 or 'nobody' not in rows[0][2]:
        yield 'nobody: %s' % rows


@test
def each_domain():
    """A quantity of the section of all holds for every domain."""
    mixed = several(Run(), Run(version='v9', address='192.0.2.2', offset=60))
    code, rows = judged(FIRST + 'version == ipfix\n', mixed)
    if code != 1 or rows[0][2] != 'NetFlow v9 (192.0.2.2 domain 7), 1 of 2 domains':
        yield str(rows)
    for line, renewed in (('version == v5', 'version == v5'), ('flows == 1', 'flows == 24'),
                          ('records per message <= 1', 'records per message <= 3.5')):
        code, _, _ = run('expect', '--update', written(FIRST + line + '\n'), mixed)
        if code != (line == renewed) or read() != FIRST + renewed + '\n':
            yield '%s: %d %s' % (line, code, read())
    code, rows = judged(FIRST + 'exporter 192.0.2.1\nversion == ipfix\n'
                        'exporter 192.0.2.2\nversion == v9\n', mixed)
    if code != 0:
        yield str(rows)


# -- Snapshots --------------------------------------------------------------------------------

def captures():
    yield from sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                      glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')) +
                      glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                      glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*')))


@test
def itself():
    """A snapshot of any capture passes on the same capture, and says the same once more."""
    count = 0
    for path in captures():
        text = snapshot(path, '--allow-empty', '--accept-cut')
        code, out, err = run('expect', '--allow-empty', '--accept-cut', '-o', 'tap',
                             written(text), path)
        if code != 0 or '\nnot ok' in out:
            yield '%s: %d %s %s' % (path, code, out[-500:], err)
        code, _, err = run('expect', '--allow-empty', '--accept-cut', '--update', NAME, path)
        if code != 0 or read() != text:
            yield '%s: --update changes what passes' % path
        if len(text.splitlines()) > 700:
            yield '%s: %d lines' % (path, len(text.splitlines()))
        count += 1
    if count < 50:
        yield 'only %d captures' % count


# name, the other run, beginnings of the lines that fail
RUNS = [
    ('the same again', {}, []),
    ('a day later', {'offset': 86400, 'seq': 77}, []),
    ('split into other datagrams', {'per': 3}, []),
    ('with another template id', {'template': 300}, []),
    ('records the other way round', {'records': flows()[::-1]}, []),
    ('from another address', {'address': '192.0.2.77'}, []),
    ('in another domain', {'domain': 9}, []),
    ('split by a timeout', {'records': flows()[:1] + split(flows()[1]) + flows()[2:]},
     ['flows']),
    ('a field more', {'fields': MORE}, ['template', 'no other']),
    ('a longer field', {'fields': LONGER}, ['template', 'no other']),
    ('fields swapped', {'fields': SWAPPED}, ['template', 'no other']),
    ('no options', {'options': False}, ['options template', 'option', 'option']),
    ('an interface renamed', {'names': ('eth0', 'wan')}, ['option']),
    ('a flow less', {'records': flows(11)}, ['flows', 'sum(bytes)', 'sum(packets)']),
    ('other octets of the largest', {'records': changed(0, octets=1100)}, ['flow']),
    ('much larger', {'records': changed(3, octets=9000)}, ['sum(bytes)']),
    ('NetFlow v9', {'version': 'v9'}, ['version', 'options template', 'no other', 'option', 'option',
                                       'no finding']),
]


@test
def runs():
    """A snapshot passes on another run of the exporter, and fails in the right lines."""
    text = snapshot(BASE)
    for name, options, wanted in RUNS:
        code, rows = judged(text, capture(**options))
        failed = [row[0] for row in rows if not row[1]]
        if len(failed) != len(wanted) or code != bool(wanted) or \
                not all(line.startswith(begin) for line, begin in zip(failed, sorted_as(wanted, failed))):
            yield '%s: %d %s' % (name, code, [row for row in rows if not row[1]])


def sorted_as(wanted, failed):
    """WANTED in the order in which the lines that they begin come."""
    left, order = list(wanted), []
    for line in failed:
        found = [w for w in left if line.startswith(w)]
        best = max(found, key=len) if found else 'none of ' + str(left)
        order.append(best)
        if found:
            left.remove(best)
    return order


@test
def update():
    """--update makes what failed pass; comments, order and blanks stay."""
    text = FIRST + '''
# before
sum(bytes)  ==  12000   # behind
   # between
flows within 10% of 12

version == v9
no finding >= warning   # accepted
option interface 1:  interfaceName == "eth0...."
flow sport == 1003:   # one flow
    bytes == 1000,  packets == 10
records per message between 1 and 3.5
exporter 192.0.2.1
''' + 'max(sport) == 1011\n'
    other = capture(records=[Flow(i, octets=77) for i in range(30)],
                    names=('one', 'two'))
    code, rows = judged(text, other)
    if code != 1 or sum(row[1] for row in rows) != 0:
        yield 'before: %s' % [row for row in rows if row[1]]
    os.chmod(NAME, 0o640)
    code, out, err = run('expect', '--update', NAME, other)
    if code != 0 or ' renewed' not in err:
        yield 'update: %d %s %s' % (code, out, err)
    if os.stat(NAME).st_mode & 0o777 != 0o640:
        yield 'rights: %o' % os.stat(NAME).st_mode
    new = read()
    wanted = text
    for old, renewed in (('12000 ', '2310 '), ('of 12', 'of 30'), ('v9', 'IPFIX'),
                         ('"eth0...."', '"one....."'), ('1000,', '77,'),
                         ('3.5', '3.556'), ('1011', '1029')):
        wanted = wanted.replace(old, renewed)
    lines_new = [line for line in new.splitlines() if not line.startswith('no finding')]
    lines_wanted = [line for line in wanted.splitlines() if not line.startswith('no finding')]
    if lines_new != lines_wanted:
        yield new
    if 'no finding >= warning except cnt-octets-below-minimum' not in new or '   # accepted' not in new:
        yield new
    code, rows = judged(new, other)
    if code != 0:
        yield 'after: %s' % [row for row in rows if not row[1]]
    if glob.glob(NAME + '?*'):
        yield 'left: %s' % glob.glob(NAME + '?*')


@test
def update_of_snapshots():
    """A snapshot that is updated passes on what it was updated with."""
    text = snapshot(BASE)
    for name, options, _ in RUNS:
        if options.get('options') is False or 'version' in options:
            continue        # rows of options that are gone have no other value
        other = capture(**options)
        written(text)
        code, _, err = run('expect', '-q', '--update', NAME, other)
        if code != 0:
            yield '%s: %d %s' % (name, code, err)
        code, rows = judged(read(), other)
        if code != 0:
            yield '%s: %s' % (name, [row for row in rows if not row[1]])


@test
def update_fails():
    """What no value can renew still fails; a file that cannot be replaced stays."""
    text = FIRST + 'every flow src == 10.0.0.1\nsum(bytes) == 3\nloss != 0\n'
    written(text)
    code, _, err = run('expect', '--update', NAME, BASE)
    if code != 1 or read() != text.replace('== 3', '== 12000') or 'still fails' not in err:
        yield '%d %s %s' % (code, err, read())
    cut = os.path.join(DIRECTORY, 'cut.pcap')
    with open(BASE, 'rb') as whole, open(cut, 'wb') as f:
        f.write(whole.read()[:-7])
    written(text)
    code, _, err = run('expect', '--update', NAME, cut)
    if code != 3 or read() != text or 'not renewed' not in err:
        yield 'cut: %d %s %s' % (code, err, read())
    code, _, err = run('expect', '--update', '-', BASE)
    if code != 2 or 'needs a file' not in err:
        yield 'standard input: %d %s' % (code, err)
    link = NAME + '.link'
    os.symlink(NAME, link)
    code, _, err = run('expect', '--update', link, BASE)
    if code != 1 or not os.path.islink(link) or '== 12000' not in read():
        yield 'a link: %d %s %s' % (code, err, read())
    os.unlink(link)


# -- Texts ------------------------------------------------------------------------------------

# a line, the column of the caret (from 1), what is said
BAD = [
    ('los == 0', 1, 'did you mean loss'),
    ('template refesh <= 60s', 1, 'did you mean template refresh'),
    ('template refresh <= 60x', 21, 'a time'),
    ('template refresh', 17, 'a test'),
    ('sum(bites) == 3', 5, 'did you mean bytes'),
    ('sum(src) == 3', 5, 'takes numbers'),
    ('sum(bytes == 3', 11, 'parenthesis'),
    ('every flow has srcc', 16, 'did you mean src'),
    ('every flow src == = 1', 19, ''),
    ('every flow', 11, 'filter'),
    ('count(flows) where dport == 80 == 12', 37, 'is == 12'),
    ('sum(bytes) within 1 of', 23, 'ends'),
    ('sum(bytes) within 1% 3', 22, '"of"'),
    ('sum(bytes) between 3 and 2', 26, 'less'),
    ('loss == 0 0', 11, 'end before'),
    ('version <= 9', 9, '== or !='),
    ('no finding >= warning except udp-over-51', 30, 'did you mean udp-over-512'),
    ('no finding >= warnings', 15, 'note, warning or error'),
    ('template exists', 16, 'field'),
    ('template exists src[4', 17, 'a field'),
    ('template exists src[x]', 17, 'a field with its length'),
    ('option interface 3 interfaceName', 33, 'colon'),
    ('option interface 3: interfaceName "x"', 35, '=='),
    ('option interface 3: interfaceName == "x', 38, 'not closed'),
    ('flow src == 10.0.0.1', 21, 'colon'),
    ('flow src == 10.0.0.1: bytes 3', 29, 'a test'),
    ('exporter 192.0.2', 10, 'an address'),
    ('exporter 192.0.2.1 domain x', 27, 'number'),
    (' loss == 0', 1, 'begins with a blank'),
    ('"loss" == 0', 1, ''),
]


@test
def bad_lines():
    """A line that is none ends the run with its number, the line, a caret, and advice."""
    for line, column, says in BAD:
        code, out, err = run('expect', written(FIRST + '# one\n' + line + '\nloss == 0\n'), BASE)
        told = err.splitlines()
        if code != 2 or out or ':3: ' not in told[0] or told[1] != '  ' + line or \
                told[2].index('^') != column + 1 or says not in err:
            yield '%s: %d %s' % (line, code, err)


@test
def other_grammars():
    """Only this grammar is read."""
    for text, says in (('nfpcap-expect 2\nloss == 0\n', 'another version'),
                       ('nfpcap-expect\nloss == 0\n', 'nfpcap-expect 1'),
                       ('nfpcap-expect 1 x\n', 'end before'),
                       ('loss == 0\n', 'no expectations'), ('', 'no expectations'),
                       (FIRST + 'loss == 0\n' * 5000, 'more than 4096 lines'),
                       (FIRST + 'domain 1\n' * 300, 'more than 256 sections'),
                       (FIRST + '#' * (1 << 20), 'at most')):
        code, out, err = run('expect', written(text), BASE)
        if code != 2 or out or says not in err:
            yield '%s: %d %s' % (text[:30], code, err)


@test
def codes():
    """0 all pass, 1 one fails or there is nothing, 2 trouble."""
    empty = built('empty', 'pcap\n')
    good, bad = written(FIRST + 'loss == 0\n'), written(FIRST + 'loss > 0\n', NAME + '.bad')
    none = os.path.join(DIRECTORY, 'none')
    yield from wrong_codes(
        'expect', (0, [good, BASE]), (1, [bad, BASE]), (1, [good, empty]),
        (0, ['--allow-empty', good, empty]), (2, [none, BASE]), (2, [good, none]), (2, [good]),
        (2, []), (2, ['--map', 'x', good, BASE]), (0, [good, BASE, BASE]), (2, [BASE, good]),
        (1, ['-q', bad, BASE]))
    yield from wrong_codes('snapshot', (0, [BASE]), (1, [empty]), (0, ['--allow-empty', empty]),
                           (2, [none]))
    os.unlink(bad)


@test
def filters():
    """-f leaves flows out; copies of messages count with --keep-duplicates alone."""
    code, rows = judged(FIRST + 'count(flows) == 1\nflows == 1\n', BASE, '-f', 'sport == 1003')
    if code != 0:
        yield str(rows)
    copies = os.path.join(TOP, 'pcaps', 'duplicates.pcap')
    _, rows = judged(FIRST + 'count(flows) == 0\n', copies)
    _, more = judged(FIRST + 'count(flows) == 0\n', copies, '--keep-duplicates')
    if not int(rows[0][2].split()[0]) < int(more[0][2].split()[0]):
        yield '%s %s' % (rows, more)


@test
def no_lines():
    """What expects nothing does not pass, as if a capture had been judged."""
    for text in (FIRST, FIRST + '# loss == 0\n\nexporter any\n'):
        path = written(text)
        code, _, err = run('expect', path, BASE)
        allowed, _, _ = run('expect', '--allow-empty', path, BASE)
        if code != 1 or allowed != 0 or 'expects anything' not in err:
            yield '%d %d %s' % (code, allowed, err)


@test
def findings():
    """finding.* of flows is what `flows` shows, of a file and of a pipe."""
    path = os.path.join(TOP, 'pcaps', 'flows.pcap')
    _, out, _ = run('flows', '-o', 'tsv', '-c', 'finding.rule,finding.count', path)
    rows = [line.split('\t') for line in out.splitlines()[1:]]
    rules = [row[0].split() for row in rows]
    rule = rules[0][0]
    wanted = [
        ('count(flows) where finding.rule == "%s" is == -1' % rule, sum(rule in r for r in rules)),
        ('distinct(finding.rule) == -1', len({r for row in rules for r in row})),
        ('max(finding.count) == -1', max(int(row[1]) for row in rows)),
        ('sum(finding.count) == -1', sum(int(row[1]) for row in rows)),
    ]
    text = FIRST + ''.join(line + '\n' for line, _ in wanted)
    _, judgements = judged(text, path)
    for (line, value), (_, _, observed) in zip(wanted, judgements):
        if observed != str(value):
            yield '%s: %s, not %d' % (line, observed, value)
    with open(path, 'rb') as f:
        done = subprocess.run([PROGRAM, 'expect', '-o', 'json', NAME, '-'], input=f.read(),
                              stdout=subprocess.PIPE, timeout=120)
    piped = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if [row.get('observed') for row in piped[:-1]] != [row[2] for row in judgements]:
        yield str(piped)


@test
def formats():
    """TAP counts, JUnit is well-formed, colours say nothing alone."""
    path = written(FIRST + 'loss == 0\nsum(bytes) == 1 # <&>\n')
    _, out, _ = run('expect', '-o', 'tap', path, BASE)
    if not out.startswith('1..2\nok 1 - loss == 0\n') or '\nnot ok 2 - sum(bytes) == 1\n' not in out:
        yield out
    _, out, _ = run('expect', '-o', 'junit', path, BASE)
    suite = ET.fromstring(out).find('testsuite')
    failed = [c.get('name') for c in suite.iter('testcase') if c.find('failure') is not None]
    if failed != ['line 3: sum(bytes) == 1'] or suite.get('tests') != '3' or \
            suite.get('failures') != '1':
        yield out
    _, plain, _ = run('expect', '--color', 'never', path, BASE)
    _, colored, _ = run('expect', '--color', 'always', path, BASE)
    if '\033[' in plain or '\033[' not in colored or 'FAIL  3' not in plain:
        yield plain


if __name__ == '__main__':
    sys.exit(tap.run())
