#!/usr/bin/env python3
"""
nfpcap diff over real exporters, all of which are shown the same traffic: two runs of one say the
same, and what was changed between them is named.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from exporterbench import (DIRECTORY, PATIENCE, PROGRAM, TRAFFIC, capture, long_traffic, main,
                           pmacctd, softflowd)
from tap import Failure, test

# -- What is said of them ---------------------------------------------------------------------

def diff(old, new, *options):
    done = subprocess.run([PROGRAM, 'diff', old, new, *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def differences(old, new, *options):
    code, out, err = diff(old, new, '-n', '0', '-o', 'json', *options)
    rows = [json.loads(line) for line in out.splitlines()]
    if code != bool(rows[:-1]) or err and 'nfpcap: ' not in err:
        raise Failure('exit code %d of %d differences: %s' % (code, len(rows) - 1, err))
    return rows[:-1]


# An exporter of a file may be fast enough to be up for no millisecond, or not.
HASTE = ['--ignore', 'uptime-zero']


def same(old, new):
    code, out, err = diff(old, new, *HASTE)
    if code != 0 or not out.startswith('no difference; ') or ' 0 flows' in out or err:
        yield 'exit code %d: %s%s' % (code, out, err)


def kinds(rows):
    """How many of each kind; of those that have names, of which."""
    found = {}
    for row in rows:
        found[row['kind']] = found.get(row['kind'], 0) + 1
    return found


def named(rows, kind):
    """(subject, name, old, new) of all changes of a kind."""
    return {(row['subject'], c['name'], c['old'], c['new'])
            for row in rows if row['kind'] == kind for c in row['changes']}


def expect(what, found, wanted):
    if found != wanted:
        yield '%s: %s, not %s' % (what, found, wanted)


def has(what, found, wanted):
    """All that is wanted is among what was found."""
    for one in wanted:
        if one not in found:
            yield '%s: %s is not in %s' % (what, one, found)


# -- Two runs of one exporter -----------------------------------------------------------------

for version, words in (('5', 'NetFlow v5'), ('9', 'NetFlow v9'), ('10', 'IPFIX')):
    test('softflowd twice, ' + words, 'softflowd')(
        lambda version=version: same(softflowd('-v', version), softflowd('-v', version)))
    test('pmacctd twice, ' + words, 'pmacctd')(
        lambda version=version: same(pmacctd(version), pmacctd(version)))

test('softflowd twice, IPFIX with both directions in a record', 'softflowd')(
    lambda: same(softflowd('-v', '10', '-b'), softflowd('-v', '10', '-b')))


# -- What was changed between two runs ----------------------------------------------------------

@test('softflowd with another version', 'softflowd')
def another_version():
    v5, v9, ipfix = (softflowd('-v', version) for version in ('5', '9', '10'))
    rows = differences(v9, ipfix, *HASTE)
    yield from has('v9 and IPFIX', named(rows, 'behaviour-changed'),
                   [('', 'version', 'NetFlow v9', 'IPFIX')])
    yield from has('v9 and IPFIX', named(rows, 'template-changed'),
                   [('options template 256', 'systemInitTimeMilliseconds', None, '8 octets')])
    yield from expect('flows of v9 and IPFIX', [r for r in rows if r['topic'] == 'flows'], [])

    rows = differences(v5, v9, '-k', 'src,dst,sport,dport,proto')
    yield from has('v5 and v9', named(rows, 'behaviour-changed'),
                   [('', 'version', 'NetFlow v5', 'NetFlow v9')])
    # v5 has no template, and knows no IPv6
    yield from has('v5 and v9', named(rows, 'template-added'),
                   [('template 2048', 'sourceIPv6Address', None, '16 octets')])
    lost = {r['subject'] for r in rows if r['kind'] == 'flow-lost'}
    added = {r['subject'] for r in rows if r['kind'] == 'flow-added'}
    # type and code of ICMP, which v5 sends as a port and v9 as an element, are one key
    if lost or not added or any(':' not in s for s in added):
        yield 'v5 and v9: lost %s, added %s' % (lost, added)
    yield from expect('flows of both', kinds(rows).get('flow-changed'), None)
    if 'have flowDirection' not in diff(v5, v9)[2]:
        yield 'v5 and v9: nothing is said of flowDirection'


@test('softflowd with sampling', 'softflowd')
def sampling():
    words = {
        '5': ('behaviour-changed', ('', 'sampling', None, 'mode 1, 1 of 2')),
        '9': ('option-changed', ('interface 0', 'samplingInterval', '1', '2')),
        '10': ('option-changed', ('system', 'samplingPacketSpace', '0', '1')),
    }
    for version, (kind, wanted) in words.items():
        rows = differences(softflowd('-v', version), softflowd('-v', version, '-s', '2'))
        yield from has('v' + version, named(rows, kind), [wanted])
        found = kinds(rows)
        if not found.get('flow-lost') or not found.get('flow-changed') or \
                found.get('flow-added'):
            yield 'v%s: %s' % (version, found)
        for subject, name, old, new in named(rows, 'flow-changed'):
            if name in ('octetDeltaCount', 'packetDeltaCount') and int(new) >= int(old):
                yield 'v%s: %s of %s rose from %s to %s' % (version, name, subject, old, new)


@test('softflowd without IPv6, with another form of times, with both directions', 'softflowd')
def other_templates():
    both = softflowd('-v', '10')
    rows = differences(both, softflowd('-v', '10', '-A', 'milli'), '--ignore', 'findings')
    yield from expect('-A milli', kinds(rows), {'template-changed': 4})
    yield from has('-A milli', named(rows, 'template-changed'), [
        ('template 2048', 'flowStartSysUpTime', '4 octets', None),
        ('template 2048', 'flowStartMilliseconds', None, '8 octets')])
    rows = differences(both, softflowd('-v', '10', '-b'), '--only', 'templates')
    yield from has('-b', named(rows, 'template-changed'),
                   [('template 2048', 'reverse.octetDeltaCount', None, '4 octets')])
    v4 = capture(lambda receiver: ['softflowd', '-d', '-N', '-r', TRAFFIC, '-c', 'none', '-p',
                                   os.path.join(DIRECTORY, 'pid'), '-v', '10', '-n', receiver,
                                   'ip'])
    rows = differences(both, v4, '--only', 'flows')
    yield from expect('no IPv6', set(kinds(rows)), {'flow-lost'})
    for row in rows:
        if 'src 2001:db8:' not in row['subject']:
            yield 'no IPv6: %s is lost' % row['subject']


@test('softflowd with another timeout', 'softflowd')
def softflowd_timeout():
    """A file is read at once, so that flows are not cut; but why they ended is another."""
    traffic = long_traffic()
    rows = differences(softflowd('-v', '9', traffic=traffic),
                       softflowd('-v', '9', '-t', 'maxlife=20', traffic=traffic), *HASTE)
    yield from expect('kinds', kinds(rows), {'flow-changed': 20})
    yield from expect('changes', {x[1:] for x in named(rows, 'flow-changed')},
                      {('flowEndReason', '1', '2')})


@test('pmacctd with another timeout', 'pmacctd')
def pmacctd_timeout():
    traffic = long_traffic()
    whole, long, short = (pmacctd('9', traffic, 'nfprobe_timeouts[p]: %s' % x)
                          for x in ('maxlife=3600', 'maxlife=40:expint=5',
                                    'maxlife=20:expint=5'))
    for what, old, new in (('none', whole, short), ('another', long, short)):
        rows = differences(old, new)
        yield from expect('kinds, ' + what, kinds(rows), {'behaviour-changed': 1})
        found = [x for x in named(rows, 'behaviour-changed') if x[1] == 'active-timeout']
        if len(found) != 1 or not 18 <= float(found[0][3].split()[0]) <= 26:
            yield '%s: %s' % (what, found)
        elif what == 'none' and found[0][2] != 'none up to 99 s':
            yield '%s: %s' % (what, found)
    rows = differences(whole, short, '--no-merge', '--only', 'flows')
    if set(kinds(rows)) != {'flow-changed'} or \
            {x[1] for x in named(rows, 'flow-changed')} != {'records'}:
        yield 'records: %s' % named(rows, 'flow-changed')


# -- Two exporters ----------------------------------------------------------------------------

@test('pmacctd against softflowd, NetFlow v5', 'softflowd', 'pmacctd')
def two_of_v5():
    yield from same(softflowd('-v', '5'), pmacctd('5'))


@test('pmacctd against softflowd, NetFlow v9', 'softflowd', 'pmacctd')
def two_of_v9():
    old, new = softflowd('-v', '9'), pmacctd('9')
    rows = differences(old, new, '--ignore', 'findings')
    yield from has('templates', named(rows, 'template-changed'), [
        ('template 1024', 'octetDeltaCount', '4 octets', '8 octets'),
        ('template 1024', 'flowEndReason', '1 octet', None),
        ('template 1024', 'flowStartMilliseconds', None, '8 octets'),
        ('template 1024', 'sourceIPv4Address', 'field 1', 'field 9')])
    for subject, name, before, after in named(rows, 'template-changed'):
        if before == after:
            yield '%s of %s: %s is no change' % (name, subject, before)
    yield from has('options', kinds(rows), ['option-removed'])
    # softflowd has a direction of its own, pmacctd says 0
    if 'with flowDirection as the only difference' not in diff(old, new)[2]:
        yield 'nothing is said of flowDirection: ' + diff(old, new)[2]

    keys = ['-k', 'src,dst,sport,dport,proto,in_if,out_if']
    rows = differences(old, new, '--only', 'flows', *keys)
    yield from expect('what flows changed in', {x[1:] for x in named(rows, 'flow-changed')},
                      {('flowDirection', '1', '0')})
    # type and code of ICMP stand in another field, and are the same
    yield from expect('with another direction', kinds(rows), {'flow-changed': len(rows)})
    yield from expect('without the direction', differences(
        old, new, '--only', 'flows', '--ignore', 'flowDirection', *keys), [])


if __name__ == '__main__':
    sys.exit(main())
