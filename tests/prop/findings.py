#!/usr/bin/env python3
"""Filters by finding.* let through the messages in which `check --all` finds something, and these
alone; the same from a pipe.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import collections
import glob
import json
import os
import subprocess
import sys

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))


def rows(arguments, kind, pipe=None):
    done = subprocess.run([PROGRAM] + arguments, input=pipe,
                          stdin=subprocess.DEVNULL if pipe is None else None,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [row for row in found if row['type'] == kind]


def messages(path, text, pipe=None):
    return {(row['frame'], row['offset'])
            for row in rows(['packets', '-o', 'json', '-f', text, path], 'message', pipe)}


def check(path):
    """The first difference, and how many rules were held against each other."""
    by_rule, by_severity = collections.defaultdict(set), collections.defaultdict(set)
    counts = collections.Counter()
    everything = messages(path, 'true')
    for row in rows(['check', '--all', '--notes', '-o', 'json', path], 'occurrence'):
        place = row.get('frame'), row.get('messageOffset')
        if place in everything:
            by_rule[row['rule']].add(place)
            by_severity[row['severity']].add(place)
            counts[place] += 1
    wanted = {'finding.rule': set(counts), 'finding.count == 0': everything - set(counts),
              'finding.count > 1': {place for place, n in counts.items() if n > 1},
              'all finding.severity == note':
              set(counts) - by_severity['error'] - by_severity['warning'],
              'finding.severity > note': by_severity['error'] | by_severity['warning']}
    wanted.update(('finding.rule == ' + rule, places) for rule, places in by_rule.items())
    for text, places in wanted.items():
        got = messages(path, text)
        if got != places:
            return '%s: %s' % (text, sorted(got ^ places)[:8]), len(by_rule)
    with open(path, 'rb') as f:
        piped = messages('-', 'finding.rule', f.read())
    return None if piped == set(counts) else 'otherwise from a pipe', len(by_rule)


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')))
    paths += sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')))
    failed = rules = 0
    print('1..%d' % len(paths))
    for number, path in enumerate(paths, 1):
        fault, n = check(path)
        failed += fault is not None
        rules += n
        print('%sok %d - %s' % ('not ' if fault else '', number, os.path.basename(path)))
        if fault:
            print('# ' + fault)
    print('# %d rules of captures' % rules)
    return failed != 0 or rules == 0


if __name__ == '__main__':
    sys.exit(main())
