#!/usr/bin/env python3
"""The same records, whether a capture is read from its file, from a pipe (as a live stream
is: nothing can be read twice), or from two files that it was dealt into.

Runs over pcaps/ and, where it is there, the corpus of real captures.
"""
import collections
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))


def records(files, pipe=None):
    """What was decoded, as a multiset: when, by whom, where in the message, which octets."""
    done = subprocess.run([PROGRAM, 'packets', '-o', 'json', '--raw'] + files, input=pipe,
                          stdin=subprocess.DEVNULL if pipe is None else None,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    found = collections.Counter()
    for line in done.stdout.decode().splitlines():
        item = json.loads(line)
        for one in item['sets'] if 'sets' in item else [item['set']]:
            for record in one.get('records', []):
                fields = [(f.get('id'), f.get('pen'), f.get('name'), f['offset'], f['raw'])
                          for f in record['fields']]
                found[item['time'], item.get('src'), item.get('srcPort'), record['offset'],
                      str(fields)] += 1
    return found


def frames(octets):
    """The records of a classic capture; None where it is none, is damaged, or its stamps do
    not ascend: only then is it said in which order two files give them back."""
    order = {b'\xd4\xc3\xb2\xa1': '<', b'\x4d\x3c\xb2\xa1': '<',
             b'\xa1\xb2\xc3\xd4': '>', b'\xa1\xb2\x3c\x4d': '>'}.get(octets[:4])
    if order is None or len(octets) < 24:
        return None
    found, at, last = [], 24, (0, -1)
    while at < len(octets):
        if at + 16 > len(octets):
            return None
        second, fraction, captured = struct.unpack(order + 'III', octets[at:at + 12])
        end = at + 16 + captured
        if (second, fraction) <= last or end > len(octets):
            return None
        found.append(octets[at:end])
        at, last = end, (second, fraction)
    return found


def deal(octets, folder):
    """The frames of a capture in turn into two files."""
    all_frames = frames(octets)
    if all_frames is None:
        return None
    names = []
    for i in (0, 1):
        names.append(os.path.join(folder, 'part%d.pcap' % i))
        with open(names[-1], 'wb') as out:
            out.write(octets[:24] + b''.join(all_frames[i::2]))
    return names


def fewer(want, got, how):
    missing = want - got
    if not missing:
        return None
    return '%d of %d records %s, as %s' % (sum(missing.values()), sum(want.values()), how,
                                           str(next(iter(missing)))[:300])


def check(path, folder):
    with open(path, 'rb') as f:
        octets = f.read()
    whole = records([path])
    piped = records(['-'], octets)
    fault = fewer(whole, piped, 'missing from a pipe') or fewer(piped, whole, 'only from a pipe')
    parts = deal(octets, folder)
    if fault is None and parts is not None:
        merged = records(parts)
        fault = (fewer(whole, merged, 'missing from two files') or
                 fewer(merged, whole, 'only from two files'))
    return fault, parts is not None


def main():
    paths = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')))
    paths += sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')))
    failed = dealt = 0
    print('1..%d' % len(paths))
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths, 1):
            fault, was_dealt = check(path, folder)
            failed += fault is not None
            dealt += was_dealt
            print('%sok %d - %s' % ('not ' if fault else '', number, os.path.basename(path)))
            if fault:
                print('# ' + fault)
    print('# %d of %d dealt into two files' % (dealt, len(paths)))
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
