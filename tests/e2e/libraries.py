#!/usr/bin/env python3
"""libarchive and libcrypto: needed by what needs them, by nothing else.

In place of either, the loader is shown a file that is no library: what works then does not have it,
and what does not work says so.
"""
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from listen import PROGRAM, TOP, Listener  # noqa: E402

import tap
from tap import test

CAPTURE = os.path.join(TOP, 'pcaps/softflowd-v9.pcap')
PACKERS = {'gz': 'gzip', 'zst': 'zstd', 'xz': 'xz', 'lz4': 'lz4', 'bz2': 'bzip2'}
LATE = ('zst', 'xz', 'lz4', 'bz2')      # gz is zlib's


def sonames():
    """What libraries are loaded by when they are needed: none where they are linked."""
    with open(os.path.join(os.environ.get('top_builddir', '.'), 'config.h')) as f:
        return dict(re.findall(r'^#define (LIB\w+)_SONAME "(.*)"', f.read(), re.M))


class Folder:
    """Captures of each kind of compression that can be made here, and a message with a checksum."""

    def __init__(self, path):
        self.path = path
        self.packed = {}
        for kind, packer in PACKERS.items():
            if shutil.which(packer):
                self.packed[kind] = os.path.join(path, 'x.pcap.' + kind)
                with open(CAPTURE, 'rb') as f, open(self.packed[kind], 'wb') as to:
                    subprocess.run([packer, '-c'], stdin=f, stdout=to, check=True)
        self.summed = os.path.join(path, 'summed.ipfix')
        with open(self.summed, 'wb') as f:
            f.write(checksum_message())
        self.without = dict(os.environ, LD_LIBRARY_PATH=path)

    def hide(self, names):
        for name in names:
            with open(os.path.join(self.path, name), 'w') as f:
                f.write('no library')


def checksum_message():
    """An IPFIX message whose checksum, all zeros, is wrong (RFC 5655 section 8.1.1)."""
    template = struct.pack('>9H', 3, 18, 256, 2, 1, 263, 1, 262, 16)
    record = struct.pack('>2HB16s', 256, 21, 0, bytes(16))
    return struct.pack('>2H3I', 10, 16 + 18 + 21, 1704067200, 0, 5) + template + record


def nfpcap(*arguments, **options):
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


@test
def packed_captures():
    """A packed capture gives what it holds, as a file, from a pipe and among others."""
    plain = nfpcap('flows', '-o', 'csv', CAPTURE)[0]
    twice = nfpcap('flows', '-o', 'csv', CAPTURE, CAPTURE)[0]
    if plain.count('\n') < 2:
        yield 'no flows in the capture'
    for kind, path in folder.packed.items():
        if nfpcap('flows', '-o', 'csv', path) != (plain, '', 0):
            yield '%s: %s' % (kind, nfpcap('flows', '-o', 'csv', path)[1])
        with open(path, 'rb') as f:
            cat = subprocess.Popen(['cat'], stdin=f, stdout=subprocess.PIPE)
            if nfpcap('flows', '-o', 'csv', '-', stdin=cat.stdout)[0] != plain:
                yield '%s, from a pipe' % kind
            cat.wait()
        if nfpcap('flows', '-o', 'csv', path, path)[0] != twice:
            yield '%s, two of them' % kind
    if set(folder.packed) == {'gz'}:
        yield 'nothing to pack with: see scripts/packages'


@test
def checksums():
    """A wrong checksum is found, in a file and by a collector that is shut in."""
    out, _, code = nfpcap('check', folder.summed)
    if 'file-md5-mismatch' not in out or code != 1:
        yield 'exit code %d: %s' % (code, out)
    listener = Listener('check')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(checksum_message(), (listener.host, listener.port))
    out, err, code = listener.stop()
    if 'file-md5-mismatch' not in out or code != 1:
        yield 'listen: exit code %d: %s%s' % (code, out, err)


@test
def nothing_needed():
    """Plain captures, gz and --help need neither."""
    paths = [CAPTURE] + [folder.packed[kind] for kind in folder.packed if kind == 'gz']
    for path in paths:
        for command in 'packets', 'flows', 'check':
            if nfpcap(command, path, env=folder.without) != nfpcap(command, path):
                yield '%s %s: %s' % (command, path, nfpcap(command, path, env=folder.without)[1])
    if nfpcap('--help', env=folder.without)[2] != 0:
        yield nfpcap('--help', env=folder.without)[1]


@test
def nothing_to_unpack_with():
    """Who reads what needs libarchive is told that it is not there."""
    for kind in LATE:
        path = folder.packed.get(kind)
        if path is None:
            continue
        out, err, code = nfpcap('packets', path, env=folder.without)
        said = 'nfpcap: %s: reading %s needs ' % (path, kind)
        if out or not err.startswith(said) or names['LIBARCHIVE'] not in err or code != 2:
            yield '%s: exit code %d: %s%s' % (kind, code, out, err)
    out, _, code = nfpcap('--version', env=folder.without)
    if names['LIBARCHIVE'] + ': ' not in out or code != 0:
        yield '--version: ' + out


@test
def nothing_to_sum_with():
    """Without libcrypto the checker says what it could not do, and does the rest."""
    out, err, code = nfpcap('check', '--all', folder.summed, env=folder.without)
    if not re.search(r'could not be applied, for libcrypto, .* be loaded: file-md5-mismatch', out):
        yield 'exit code %d: %s%s' % (code, out, err)


if __name__ == '__main__':
    names = sonames()
    if set(names) != {'LIBARCHIVE', 'LIBCRYPTO'}:
        print('1..0 # SKIP libraries are linked in this build')
        sys.exit(0)
    with tempfile.TemporaryDirectory() as made:
        folder = Folder(made)
        folder.hide(names.values())
        failed = tap.run()
    sys.exit(failed)
