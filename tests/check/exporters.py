#!/usr/bin/env python3
"""What the checker finds in captures of real exporters, held against lists of what was judged.

exporters.tsv   errors and warnings in pcaps/, of the exporters that its scripts run: each row is
                a fault that the exporter really has, with the reason why it is one
corpus.tsv      all that is found in the corpus of captures that are not ours to distribute; each
                error has its reason

    exporters.py                     TAP
    exporters.py --update [NAME..]   the lists anew, of those captures; reasons are kept, and a new
                                     row has none until it was judged
"""
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
from collections import Counter

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
WORST_FIRST = ['error', 'warning', 'note']
HEAD = ['capture', 'severity', 'rule', 'count', 'reason']


def captures(pattern):
    return sorted(path for path in glob.glob(pattern)
                  if path.endswith(('.pcap', '.pcapng', '.ipfix')))


def ours():
    """Those that a script made by running exporters."""
    return [path for path in captures(os.path.join(TOP, 'pcaps', '*'))
            if os.path.exists(os.path.splitext(path)[0] + '.sh')]


def corpus():
    return captures(os.path.join(SHARED, 'corpus', '*'))


class List:
    def __init__(self, name, paths, severities, judged):
        self.name, self.paths = name, paths
        self.severities = severities    # that it lists
        self.judged = judged            # whose rows have a reason
        self.file = os.path.join(TOP, 'tests', 'check', name)

    def rows(self):
        """By capture: {(severity, rule): [count, reason]}."""
        rows = {}
        with open(self.file, encoding='utf-8') as f:
            for line in list(f)[1:]:
                capture, severity, rule, count, reason = line.rstrip('\n').split('\t')
                rows.setdefault(capture, {})[severity, rule] = [int(count), reason]
        return rows

    def write(self, rows):
        with open(self.file, 'w', encoding='utf-8') as f:
            f.write('\t'.join(HEAD) + '\n')
            for capture in sorted(rows):
                for severity, rule in sorted(rows[capture],
                                             key=lambda k: (WORST_FIRST.index(k[0]), k[1])):
                    count, reason = rows[capture][severity, rule]
                    f.write('\t'.join([capture, severity, rule, str(count), reason]) + '\n')


LISTS = [List('exporters.tsv', ours(), ['error', 'warning'], ['error', 'warning']),
         List('corpus.tsv', corpus(), WORST_FIRST, ['error'])]


def found(path):
    """Occurrences by severity and rule."""
    done = subprocess.run([PROGRAM, 'check', '-o', 'json', path], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError('%s: exit code %d: %s' % (path, done.returncode, done.stderr.decode()))
    counts = Counter()
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row['type'] == 'finding':
            counts[row['severity'], row['rule']] += row['count']
    return counts


def found_in(paths):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return zip(paths, pool.map(found, paths))


def update(wanted):
    for table in LISTS:
        if not table.paths:
            continue
        rows = table.rows() if os.path.exists(table.file) else {}
        names = {os.path.basename(path) for path in table.paths}
        rows = {name: row for name, row in rows.items() if name in names}
        for path, counts in found_in(table.paths):
            name = os.path.basename(path)
            if wanted and name not in wanted:
                continue
            known = rows.get(name, {})
            reasons = {rule: reason for (_, rule), (_, reason) in known.items() if reason}
            rows[name] = {key: [n, known[key][1] if key in known else reasons.get(key[1], '')]
                          for key, n in counts.items() if key[0] in table.severities}
        table.write(rows)


def differences(table, rows, counts):
    counts = {key: n for key, n in counts.items() if key[0] in table.severities}
    for key in sorted(set(rows) | set(counts)):
        known, reason = rows.get(key, [0, ''])
        if counts.get(key, 0) != known:
            yield '%s %s: %d listed, %d found' % (*key, known, counts.get(key, 0))
        elif key[0] in table.judged and not reason:
            yield '%s %s: listed without a reason' % key


def judge(table):
    """Name of each test and what is wrong."""
    rows = table.rows()
    for path, counts in found_in(table.paths):
        name = os.path.basename(path)
        yield '%s: %s' % (table.name, name), list(differences(table, rows.pop(name, {}), counts))
    yield '%s: every row has its capture' % table.name, sorted(rows)


def main():
    os.environ.update(LC_ALL='C', TZ='UTC')
    if sys.argv[1:2] == ['--update']:
        return update(sys.argv[2:])
    number = 0
    for table in LISTS:
        if not table.paths:
            number += 1
            print('ok %d - %s # SKIP no captures: set NFPCAP_SHARED' % (number, table.name))
            continue
        for name, wrong in judge(table):
            number += 1
            print('%sok %d - %s' % ('not ' if wrong else '', number, name))
            for line in wrong:
                print('# ' + line)
    print('1..%d' % number)
    return 0


if __name__ == '__main__':
    sys.exit(main())
