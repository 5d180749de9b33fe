#!/usr/bin/env python3
"""
nfpcap snapshot and expect over real exporters: what was written of one run passes on a second run of
the same exporter over the same traffic, and what was changed between them is told.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from exporterbench import DIRECTORY, PATIENCE, PROGRAM, long_traffic, main, pmacctd, softflowd
from tap import Failure, test

# An exporter of a file may be fast enough to be up for no millisecond, or not.
HASTE = 'uptime-zero'


def run(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def snapshot(path):
    code, text, err = run('snapshot', path)
    if code != 0 or err or not text.startswith('nfpcap-expect 1\n'):
        raise Failure('snapshot: %d %s' % (code, err))
    name = os.path.join(DIRECTORY, 'exporter.expect')
    line = [line for line in text.splitlines() if line.startswith('no finding >= warning')]
    if len(line) != 1:
        raise Failure('findings: %s' % line)
    if HASTE not in line[0]:
        sep = ', ' if ' except ' in line[0] else ' except '
        text = text.replace(line[0], line[0] + sep + HASTE)
    with open(name, 'w', encoding='utf-8') as f:
        f.write(text)
    return name


def failing(name, path):
    """The lines that fail, with what was observed."""
    code, out, err = run('expect', '-o', 'tap', name, path)
    lines = out.splitlines()
    found = [line.split(' - ', 1)[1] + ' ' + lines[i + 1] for i, line in enumerate(lines)
             if line.startswith('not ok')]
    if code != bool(found) or '1..0' in out or err:
        raise Failure('expect: %d %s%s' % (code, out, err))
    return found


def again(first, second):
    """Nothing fails on the second run; nor on the first."""
    name = snapshot(first)
    for path in first, second:
        for line in failing(name, path):
            yield line


for number, words in (('5', 'NetFlow v5'), ('9', 'NetFlow v9'), ('10', 'IPFIX')):
    test('softflowd twice, ' + words, 'softflowd')(
        lambda number=number: again(softflowd('-v', number), softflowd('-v', number)))
    test('pmacctd twice, ' + words, 'pmacctd')(
        lambda number=number: again(pmacctd(number), pmacctd(number)))

test('softflowd twice, NetFlow v1', 'softflowd')(
    lambda: again(softflowd('-v', '1'), softflowd('-v', '1')))
test('softflowd twice, IPFIX with both directions in a record', 'softflowd')(
    lambda: again(softflowd('-v', '10', '-b'), softflowd('-v', '10', '-b')))
test('softflowd twice, sampled', 'softflowd')(
    lambda: again(softflowd('-v', '9', '-s', '2'), softflowd('-v', '9', '-s', '2')))


@test('pmacctd twice, with an active timeout', 'pmacctd')
def with_timeouts():
    traffic = long_traffic()
    first, second = (pmacctd('9', traffic, 'nfprobe_timeouts[p]: maxlife=20:expint=5')
                     for _ in range(2))
    yield from again(first, second)
    with open(snapshot(first), encoding='utf-8') as f:
        if 'active timeout within' not in f.read():
            yield 'no timeout is told'


def named(path, changed, *wanted):
    """Of what fails on CHANGED some lines begin with each of those WANTED."""
    found = failing(snapshot(path), changed)
    for begin in wanted:
        if not any(line.startswith(begin) for line in found):
            yield '%s is not in %s' % (begin, found)


@test('softflowd with another version, other templates, sampling', 'softflowd')
def changes():
    whole = softflowd('-v', '9')
    yield from named(whole, softflowd('-v', '10'), 'version == v9', 'options template exists')
    yield from named(softflowd('-v', '10'), softflowd('-v', '10', '-A', 'milli'),
                     'template exists', 'no other template')
    yield from named(whole, softflowd('-v', '9', '-s', '2'), 'option interface 0', 'sum(bytes)')


@test('an update is what the next run is held against', 'softflowd')
def update():
    name = snapshot(softflowd('-v', '10'))
    other = softflowd('-v', '10', '-A', 'milli')
    code, _, err = run('expect', '--update', name, other)
    if code != 0 or ' renewed' not in err:
        yield '%d %s' % (code, err)
    yield from failing(name, softflowd('-v', '10', '-A', 'milli'))


if __name__ == '__main__':
    sys.exit(main())
