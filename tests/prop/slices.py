#!/usr/bin/env python3
"""A slice decodes as the capture that it was made of, with nothing else at hand.

For each capture and filter, the flow records that match are the same in both: when, by whom,
where in the message, every field, what options say of it.  A slice of a slice is the same file.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
FILTERS = (None, 'bytes > 1000', 'proto == 6', 'port < 1024 && packets > 1',
           'src == 10.0.0.0/8 || src == 2000::/3')
LARGE = 4 << 20     # octets: of larger captures one filter is enough


def run(arguments, stdin=None):
    return subprocess.run([PROGRAM] + arguments, stdin=stdin or subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)


def slice_of(source, test, path):
    """Write it to PATH; what was said."""
    chosen = ['-f', test] if test else []
    done = run(['slice', '--accept-cut', source, '-w', path] + chosen)
    return done.returncode, done.stderr.decode()


def without(item):
    """A record without what says where it, what it is read with and what it repeats stand."""
    if isinstance(item, dict):
        return {key: without(value) for key, value in item.items()
                if key not in ('file', 'frame', 'resolved', 'how', 'position',
                               'duplicate')}
    if isinstance(item, list):
        return [without(one) for one in item]
    return item


def session(record):
    """An IPFIX File has no session; what is made of it is one over TCP."""
    if record.get('session', {}).get('transport') == 'file':
        record = dict(record, session=None)
    if record.get('session') and record['session'].get('src') == '0.0.0.0':
        record = dict(record, session=None)
    return record


def records(source, test):
    """The flow records of SOURCE that match, as lines that may be compared."""
    chosen = ['-f', test] if test else []
    done = run(['flows', '-o', 'json', '--norm', '--sort', source] + chosen)
    return [json.dumps(session(without(json.loads(line))), sort_keys=True)
            for line in done.stdout.decode().splitlines()]


def difference(was, found):
    for i, (one, other) in enumerate(zip(was, found)):
        if one != other:
            return 'record %d:\n#   %s\n#   %s' % (i, one[:1500], other[:1500])
    return '%d records, not %d' % (len(found), len(was)) if len(was) != len(found) else None


def octets(path):
    with open(path, 'rb') as file:
        return file.read()


def check(source, test, folder):
    """What is wrong with the slices of one capture, or None; and how many records matched."""
    once, twice = os.path.join(folder, 'once.pcap'), os.path.join(folder, 'twice.pcap')
    code, said = slice_of(source, test, once)
    if code != 0:
        return 'slice failed: ' + said, 0
    was = records(source, test)
    wrong = difference(was, records(once, test))
    if wrong is None and slice_of(once, test, twice)[0] != 0:
        wrong = 'the slice of the slice failed'
    if wrong is None and octets(once) != octets(twice):
        wrong = 'the slice of the slice is another one'
    if wrong is None and 'otherwise' in said:
        wrong = said
    return wrong, len(was)


def main():
    sources = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap')) +
                     glob.glob(os.path.join(TOP, 'pcaps', '*.pcapng')) +
                     glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')))
    for folder, _, names in sorted(os.walk(os.path.join(SHARED, 'corpus'))):
        sources += [os.path.join(folder, name) for name in sorted(names)
                    if name.endswith(('.pcap', '.pcapng', '.cap', '.ipfix'))]
    sources = sys.argv[1:] or sources
    print('1..%d' % (len(sources) + 1))
    failed = matched = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(sources, 1):
            wrong = None
            filters = FILTERS if os.path.getsize(source) < LARGE else FILTERS[1:2]
            for test in filters:
                fault, n = check(source, test, folder)
                matched += n if test else 0
                if fault is not None:
                    wrong = '%s: %s' % (test or 'all', fault)
                    break
            print('%s %d - %s' % ('ok' if wrong is None else 'not ok', number, source))
            if wrong is not None:
                failed += 1
                print('# ' + wrong.rstrip().replace('\n#', '\n#'))
    # filters that match nothing would prove nothing
    print('%s %d - filters matched %d records' %
          ('ok' if matched > 0 else 'not ok', len(sources) + 1, matched))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
