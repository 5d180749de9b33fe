#!/usr/bin/env python3
"""What the checker says of sequences in captures that are made: what their exporters count, and
never a loss, an overlap or a second exporter that was not there.

The captures are those of tests/oracle/exporters.py, which has what was lost counted by itself.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, '..', 'oracle'))
import exporters  # noqa: E402

# What a counter is found to count, by (version, what it does count).
FOUND = {
    (5, 'messages'): 'v5-seq-counts-packets', (5, 'after'): 'v5-seq-post-increment',
    (9, 'records'): 'v9-seq-counts-records', (9, 'all'): 'v9-seq-counts-records',
    (9, 'still'): 'seq-constant', (10, 'still'): 'seq-constant',
    (10, 'messages'): 'ipfix-seq-counts-messages', (10, 'all'): 'ipfix-seq-counts-templates',
    (10, 'after'): 'ipfix-seq-post-increment',
}
COUNTS = set(FOUND.values()) | {'ipfix-seq-skips-options', 'seq-counts-other',
                                'seq-shared-across-domains'}
NEVER = {'seq-overlap', 'seq-reset-without-restart', 'hlt-merged-exporters',
         'hlt-collectors-differ'}


def findings(path):
    done = subprocess.run([PROGRAM, 'check', '--ruleset', 'strict', '-o', 'json', path],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [row for row in rows if row['type'] == 'finding']


def lost(path):
    done = subprocess.run([PROGRAM, 'exporters', '-o', 'json', path], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return sum(row.get('lost', 0) for row in rows if row['type'] == 'sequence')


def faults(path):
    name = os.path.basename(path).split('-')
    short = name[1] == 'short'
    version, counts = int(name[-2][1:]), name[-1].split('.')[0]
    rows = findings(path)
    found = {row['rule'] for row in rows}
    right = FOUND.get((version, counts))
    if found & COUNTS - {right}:
        yield 'it does not count so: %s' % ' '.join(sorted(found & COUNTS - {right}))
    if right and not short and right not in found:
        yield '%s: not found' % right
    if right is None or not short:
        for rule in sorted(found & NEVER):
            yield '%s: there is none' % rule
    summary = sum(int(row['message'].split()[0]) for row in rows
                  if row['rule'] == 'hlt-loss-summary')
    if summary != lost(path):
        yield '%d lost in the summary, %d by exporters' % (summary, lost(path))
    if ('seq-gap' in found) != (summary != 0):
        yield 'seq-gap: %s, with %d lost' % ('seq-gap' in found, summary)


def main():
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        for number, path in enumerate(exporters.made(folder), 1):
            wrong = list(faults(path))
            print('%sok %d - %s' % ('not ' if wrong else '', number, os.path.basename(path)))
            for line in wrong:
                print('# ' + line)
        print('1..%d' % number)


if __name__ == '__main__':
    main()
