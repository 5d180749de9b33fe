#!/usr/bin/env python3
"""What every command and format prints of the corpus of real captures.  Those are not ours to
distribute: corpus.tsv beside this file holds a sum of each output, a row a capture, a column a command.

    corpus.py             TAP
    corpus.py --update    make the sums anew (make update-golden)

A difference is looked at with the program of before beside that of now.
"""
import concurrent.futures
import glob
import hashlib
import os
import subprocess
import sys

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
CORPUS = os.path.abspath(os.path.join(SHARED, 'corpus'))
EXPECTED = os.path.join(TOP, 'tests', 'golden', 'corpus.tsv')
COMMANDS = [line.split() for line in '''
packets
packets -v
packets -x
packets -o json --raw
packets -q
flows
flows -v
flows -o csv
flows -o tsv
flows -o json --norm
flows -f bytes>1000
options
options -o json
options --joined
options --joined -o json
top
top -o json -k proto,dport
top -o csv --biflow -k flow
stats
stats -o json
stats --interval 10s
templates
templates -v
templates -o json
exporters
exporters -o json
fields
'''.strip().splitlines()]


def sum_of(command, name):
    """Eight digits for the output, what goes to standard error and the exit code."""
    done = subprocess.run([PROGRAM] + command + [name], cwd=CORPUS, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    text = done.stdout + b'\0' + done.stderr + b'\0%d' % done.returncode
    return hashlib.sha256(text).hexdigest()[:8]


def row_of(name):
    return name, [sum_of(command, name) for command in COMMANDS]


def rows():
    names = sorted(os.path.basename(path) for path in glob.glob(os.path.join(CORPUS, '*.pcap*')))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(row_of, names))


def update():
    with open(EXPECTED, 'w') as f:
        f.write('\t'.join(['capture'] + [' '.join(command) for command in COMMANDS]) + '\n')
        for name, sums in rows():
            f.write('\t'.join([name] + sums) + '\n')


def expected():
    with open(EXPECTED) as f:
        head, *lines = [line.rstrip('\n').split('\t') for line in f]
    return {name: dict(zip(head[1:], sums)) for name, *sums in lines}


def main():
    os.environ.update(LC_ALL='C', TZ='UTC')
    for name in ('NO_COLOR', 'COLUMNS'):
        os.environ.pop(name, None)
    if not os.path.isdir(CORPUS):
        print('1..0 # SKIP no corpus: set NFPCAP_SHARED')
        return
    if sys.argv[1:] == ['--update']:
        update()
        return
    known = expected()
    got = rows()
    print('1..%d' % (len(got) + 1))
    for number, (name, sums) in enumerate(got, 1):
        texts = [' '.join(command) for command in COMMANDS]
        wrong = [t for t, s in zip(texts, sums) if known.get(name, {}).get(t) != s]
        print('%sok %d - %s' % ('not ' if wrong else '', number, name))
        for text in wrong:
            print('# nfpcap %s %s' % (text, name))
    gone = set(known) - {name for name, _ in got}
    print('%sok %d - every row has its capture' % ('not ' if gone else '', len(got) + 1))


main()
