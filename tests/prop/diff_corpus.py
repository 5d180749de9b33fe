#!/usr/bin/env python3
"""nfpcap diff over real captures: none differs from itself, and any two do so both ways."""
import glob
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'e2e'))

import tap
from diffrows import both_ways, differences, run
from tap import test

SHARED = os.environ.get('NFPCAP_SHARED', '../shared')
CORPUS = os.path.join(SHARED, 'corpus')
CAPTURES = sorted(path for end in ('pcap', 'pcapng') for folder in ('', 'malformed')
                  for path in glob.glob(os.path.join(CORPUS, folder, '*.' + end)))


def name(path):
    return os.path.relpath(path, CORPUS)


@test
def itself():
    """a capture does not differ from itself, not even strictly"""
    for path in CAPTURES:
        for more in [], ['--strict', '--no-merge']:
            rows = differences(path, path, '--allow-empty', *more)
            if rows:
                yield '%s %s: %s' % (name(path), more, rows[:3])


@test
def mirrored():
    """what one order tells of two captures, the other tells the other way round"""
    for step in 1, 40:
        for old, new in zip(CAPTURES, CAPTURES[step:] + CAPTURES[:step]):
            odd = both_ways(old, new)
            if odd:
                yield '%s and %s: %s' % (name(old), name(new), odd[:3])


@test
def some_differ():
    """different captures differ"""
    pairs = list(zip(CAPTURES, CAPTURES[1:]))
    alike = [(name(a), name(b)) for a, b in pairs if run('-q', a, b)[0] == 0]
    if len(alike) > len(pairs) // 4:
        yield '%d of %d pairs: %s' % (len(alike), len(pairs), alike)


if __name__ == '__main__':
    if not CAPTURES:
        print('1..0 # SKIP no corpus of captures at $NFPCAP_SHARED (%s)' % SHARED)
        sys.exit(0)
    sys.exit(tap.run())
