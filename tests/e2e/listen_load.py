#!/usr/bin/env python3
"""Many exporters, ever new templates, spoofed addresses and garbage: memory stays bounded.

What is sent is held against the memory of the process: the second half of a flood may not add to
what the first half took.  Nothing depends on how long it takes: the sender waits for the
collector to have read.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from listen import PROGRAM

import tap
from tap import test

DATAGRAMS = 4000
WARM = 3            # floods before memory is held against its bound
SLACK = 4 << 20     # octets that a later flood may add


# A sanitizer keeps what was freed, to tell when it is used: not here, where memory is measured.
MEASURED = dict(os.environ, ASAN_OPTIONS=':'.join(
    filter(None, (os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=0', 'malloc_context_size=0'))))


class Collector:
    """`nfpcap listen`, whose messages go to a file, as nobody reads them meanwhile."""

    def __init__(self, *arguments):
        self.said = tempfile.TemporaryFile()
        self.program = subprocess.Popen([PROGRAM, 'listen', *arguments, '127.0.0.1:0'],
                                        stdout=subprocess.DEVNULL, stderr=self.said,
                                        env=MEASURED)
        while True:
            found = re.search(r'listening on (.*):(\d+)', self.messages())
            if found:
                break
            if self.program.poll() is not None:
                raise RuntimeError('not listening: ' + self.messages())
            time.sleep(0.01)
        self.host, self.port = found.group(1), int(found.group(2))

    def messages(self):
        return os.pread(self.said.fileno(), 1 << 26, 0).decode()

    def stop(self):
        self.program.send_signal(signal.SIGTERM)
        self.program.wait(timeout=60)
        return self.messages(), self.program.returncode


def template(domain, number):
    """v9: a template of two elements, and a record of it."""
    flowset = struct.pack('>HHHHHHHH', 0, 16, number, 2, 8, 4, 12, 4)
    data = struct.pack('>HHII', number, 12, 1, 2)
    return struct.pack('>HHIIII', 9, 2, 1000, 1704067200, 1, domain) + flowset + data


def resident(listener):
    with open('/proc/%d/statm' % listener.program.pid, encoding='ascii') as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGESIZE')


def address_of(number):
    return socket.inet_aton('127.%d.%d.%d' % (1 + (number >> 16), number >> 8 & 255, number & 255))


class Sender:
    """Datagrams from any address of 127.0.0.0/8; every so many it waits until they are read."""

    def __init__(self, listener):
        self.listener = listener
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def close(self):
        self.socket.close()

    def send(self, number, octets, alone):
        source = address_of(0 if alone else number)
        control = [(socket.IPPROTO_IP, 8, struct.pack('=I4s4s', 0, source, bytes(4)))]
        self.socket.sendmsg([octets], control, 0, (self.listener.host, self.listener.port))
        if number % 200 == 0:
            self.wait()

    def wait(self):
        """Until the kernel has handed all to the collector."""
        wanted = ':%04X' % self.listener.port
        while True:
            with open('/proc/net/udp', encoding='ascii') as f:
                rows = [line.split() for line in f]
            queues = [row[4] for row in rows if row[1].endswith(wanted)]
            if all(queue.endswith(':00000000') for queue in queues):
                return


def flood(listener, sender, octets_of, number, alone):
    """DATAGRAMS, the first of them NUMBER; what the process then has."""
    for i in range(number, number + DATAGRAMS):
        sender.send(i, octets_of(i), alone)
    sender.wait()
    return resident(listener)


def bounded(octets_of, same, *arguments, alone=False):
    """Faults of floods, each the same where SAME, else a new one, ALONE of one sender; messages."""
    listener = Collector('packets', '-q', '--max-queue', '1M', *arguments)
    sender = Sender(listener)
    for i in range(WARM):
        before = flood(listener, sender, octets_of, 0 if same else i * DATAGRAMS, alone)
    for i in range(WARM, 2 * WARM):
        after = flood(listener, sender, octets_of, 0 if same else i * DATAGRAMS, alone)
    sender.close()
    err, code = listener.stop()
    faults = []
    if code != 0:
        faults.append('exit code %d: %s' % (code, err))
    if after > before + SLACK:
        faults.append('%d octets, and %d after as many more' % (before, after))
    return faults, err


@test
def many_exporters():
    """Thousands of exporters again and again."""
    yield from bounded(lambda i: template(1, 256), True)[0]


@test
def ever_new_templates():
    """Templates without end are bounded by --max-templates, which is said."""
    faults, err = bounded(lambda i: template(i % 100, 256 + i // 100), False,
                          '--max-templates', '1M', '--max-hold', '1M', alone=True)
    yield from faults
    if not re.search('max-templates', err):
        yield 'not said: ' + err


@test
def garbage():
    """What is no flow export, from anybody."""
    yield from bounded(lambda i: b'\xff' * (1 + i % 1400), False)[0]


def main():
    if not os.path.exists('/proc/net/udp'):
        print('1..0 # SKIP no /proc/net/udp')
        return False
    return tap.run()


if __name__ == '__main__':
    sys.exit(main())
