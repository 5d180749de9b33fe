#!/usr/bin/env python3
"""What goes on beside a collector: state, log, held sets, complaints, statistics, the checker.

Nothing waits for a time: each test waits for the line that says what it waits for.
"""
import os
import queue
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import tap
from tap import test

PROGRAM = os.environ.get('NFPCAP', './nfpcap')
PATIENCE = 60       # seconds, before a line that does not come is a failure
FIELDS = [(8, 4), (12, 4), (1, 4)]
RECORD = bytes([10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 7])
SYSLOG = b'<13>Nov 22 11:00:00 host app: hello, world'


class Listener:
    """`nfpcap listen`, with the lines of its two outputs as they come."""

    def __init__(self, *arguments, address='127.0.0.1:0', **options):
        self.program = subprocess.Popen([PROGRAM, 'listen', *arguments, address],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        **options)
        self.lines = {'out': queue.Queue(), 'err': queue.Queue()}
        self.seen = {'out': [], 'err': []}
        self.threads = []
        for name, pipe in (('out', self.program.stdout), ('err', self.program.stderr)):
            thread = threading.Thread(target=self.read, args=(name, pipe), daemon=True)
            thread.start()
            self.threads.append(thread)
        found = re.search(r'listening on (.*):(\d+)', self.wait('err', 'listening on'))
        self.host, self.port = found.group(1).strip('[]'), int(found.group(2))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def read(self, name, pipe):
        for line in pipe:
            self.lines[name].put(line.decode())
        self.lines[name].put(None)

    def wait(self, name, pattern):
        """The next line with PATTERN in it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.lines[name].get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError('no line with "%s": %s' % (pattern, self.seen))
            self.seen[name].append(line)
            if re.search(pattern, line):
                return line

    def send(self, *datagrams):
        for octets in datagrams:
            self.socket.sendto(octets, (self.host, self.port))

    def ask(self):
        """SIGUSR1, and the block that it brings, by the first words of its lines."""
        self.program.send_signal(signal.SIGUSR1)
        lines = [self.wait('err', '^nfpcap: stats ')]
        while ' known ' not in lines[-1]:
            lines.append(self.wait('err', '^nfpcap: stats '))
        return block(lines)

    def stop(self, number=signal.SIGTERM):
        """All lines of output and messages, and the exit code."""
        self.program.send_signal(number)
        code = self.program.wait(timeout=PATIENCE)
        for thread in self.threads:
            thread.join()
        for name in ('out', 'err'):
            while True:
                line = self.lines[name].get()
                if line is None:
                    break
                self.seen[name].append(line)
        self.socket.close()
        return self.seen['out'], self.seen['err'], code


def block(lines):
    """key=value of lines of statistics."""
    return {key: value for line in lines for key, value in re.findall(r'(\S+)=(\S+)', line)}


def v9(*sets, sequence=0, domain=7):
    return struct.pack('>HHIIII', 9, len(sets), 1000, int(time.time()), sequence, domain) + \
        b''.join(sets)


def ipfix(*sets, sequence=0, domain=7):
    body = b''.join(sets)
    return struct.pack('>HHIII', 10, 16 + len(body), int(time.time()), sequence, domain) + body


def template(number, fields, kind=0):
    body = struct.pack('>HH', number, len(fields))
    body += b''.join(struct.pack('>HH', *field) for field in fields)
    return struct.pack('>HH', kind, 4 + len(body)) + body


def data(number, octets):
    return struct.pack('>HH', number, 4 + len(octets)) + octets


@test
def templates_survive():
    """A collector that was restarted decodes the first data before any template comes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'state.pcap')
        for n in range(3):      # the third has learned nothing but from the file
            listener = Listener('flows', '-o', 'csv', '-c', 'src,dst,bytes', '--state', path)
            if n == 0:
                listener.send(v9(template(256, FIELDS)), ipfix(template(256, FIELDS[:2], 2)))
            listener.send(v9(data(256, RECORD), sequence=n + 1), ipfix(data(256, RECORD[:8])))
            got = [listener.wait('out', '^10.0.0.1,') for _ in range(2)]
            _, err, code = listener.stop()
            if got != ['10.0.0.1,10.0.0.2,7\n', '10.0.0.1,10.0.0.2,\n'] or code != 0:
                yield 'run %d: %s, exit code %d: %s' % (n, got, code, err)
        if os.listdir(folder) != ['state.pcap']:
            yield 'left behind: %s' % os.listdir(folder)
        shown = subprocess.run([PROGRAM, 'templates', '-o', 'csv', path], capture_output=True)
        if shown.returncode != 0 or shown.stdout.count(b'\n') != 3:
            yield 'as a capture: %s' % shown


@test
def state_in_the_way():
    """A state file that is damaged is said and used as far as it goes; one that cannot be written too."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'state.pcap')
        listener = Listener('flows', '--state', path, '--debug')
        for number in (256, 257):
            listener.send(v9(template(number, FIELDS), sequence=number - 256))
            listener.wait('err', 'template %d learned' % number)
        listener.stop()
        with open(path, 'r+b') as f:
            f.truncate(os.path.getsize(path) - 3)
        listener = Listener('flows', '-o', 'csv', '-c', 'src', '--state', path)
        listener.send(v9(data(256, RECORD)))
        listener.wait('out', '^10.0.0.1')
        os.mkdir(path + '.new')     # the superuser may write anywhere but there
        _, err, code = listener.stop()
        text = ''.join(err)
        if '--state: ' not in text or 'the rest of it is used' not in text or code != 0:
            yield 'damaged: exit code %d: %s' % (code, text)
        if 'going on without saving templates' not in text:
            yield 'not to be written: %s' % text


@test
def the_log():
    """--debug says what comes, what is learned, held and released; times are UTC."""
    listener = Listener('packets', '--debug')
    listener.send(v9(data(256, RECORD)), v9(template(256, FIELDS), sequence=1),
                  v9(template(256, FIELDS[:2]), sequence=2), SYSLOG)
    for pattern in (r'debug 127\.0\.0\.1:\d+ > 127\.0\.0\.1:%d: 36 octets' % listener.port,
                    r'info .* v9 domain 7: set 256 of datagram 1, 12 octets, held',
                    r'info .* template 256 learned, 3 fields',
                    r'info .* set 256 .* released',
                    r'warning .* template 256 redefined, 2 fields',
                    r'warning .*: datagram is syslog'):
        line = listener.wait('err', pattern)
        if not re.match(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [a-z]+ ', line):
            yield line
    _, _, code = listener.stop()
    if code != 0:
        yield 'exit code %d' % code


@test
def connections():
    """TCP: the log says which connections begin and end, and why one was closed; they are counted."""
    listener = Listener('packets', '--debug', address='tcp:127.0.0.1:0')
    with socket.create_connection((listener.host, listener.port)) as s:
        listener.wait('err', 'info .*: connection opened')
        s.sendall(ipfix(template(256, FIELDS, 2)))
        listener.wait('err', 'template 256 learned')
    listener.wait('err', r'info .*: connection closed \(tcp\)$')
    with socket.create_connection((listener.host, listener.port)) as s:
        s.sendall(b'GET / HTTP/1.0\r\n\r\n' * 4)
        listener.wait('err', 'no IPFIX message where one should begin')
    numbers = listener.ask()
    listener.stop()
    if numbers.get('connections') != '2' or numbers.get('broken-connections') != '1':
        yield '%s' % numbers


@test
def too_many_connections():
    """More than there are descriptors for: closed at once, said and counted; a slot is used again."""
    limit = (64, 64)
    listener = Listener('packets', '--debug', address='tcp:127.0.0.1:0',
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit))
    sockets = [socket.create_connection((listener.host, listener.port)) for _ in range(80)]
    listener.wait('err', r'TCP connections are being closed at once: \d+ are open')
    for s in sockets[40:]:
        s.settimeout(PATIENCE)
        if s.recv(1) != b'':
            yield 'a connection is kept'
    numbers = listener.ask()
    for s in sockets:
        s.close()
    kept, refused = int(numbers['connections']), int(numbers['refused-connections'])
    for _ in range(kept):
        listener.wait('err', 'connection closed')
    if kept + refused != 80 or not 1 <= kept <= 40:
        yield '%s' % numbers
    with socket.create_connection((listener.host, listener.port)) as s:
        s.sendall(ipfix(template(256, FIELDS, 2), data(256, RECORD)))
        listener.wait('out', '1 flow of 256')
    _, err, code = listener.stop()
    if code != 0 or 'nfpcap: %d TCP connections were closed at once' % refused not in ''.join(err):
        yield 'exit code %d: %s' % (code, ''.join(err))


@test
def held_sets_are_swept():
    """A set without its template is dropped in time, though nothing more comes, and is counted."""
    listener = Listener('packets', '--debug', '--hold-time', '1s')
    listener.send(v9(data(256, RECORD)))
    listener.wait('err', 'warning .* set 256 of datagram 1, .*: no template came in time')
    listener.send(v9(data(257, RECORD), sequence=1))
    listener.wait('err', 'set 257 .* held')
    _, err, code = listener.stop()
    if not any('2 held sets never read: 1 too long' in line and '1 still without' in line
               for line in err) and not any('2 too long' in line for line in err):
        yield 'exit code %d: %s' % (code, ''.join(err))


@test
def complaints():
    """What is no flow export is said once a second of a sender, and how often it came."""
    listener = Listener('packets')
    listener.send(*[SYSLOG] * 50)
    line = listener.wait('err', 'syslog')
    if not re.match(r'nfpcap: 127\.0\.0\.1:\d+: datagram is syslog, 42 octets: 3c31333e', line):
        yield line
    _, err, code = listener.stop()
    lines = [line for line in err if 'datagram is syslog' in line]
    if len(lines) > 25 or code != 0:
        yield '%d lines, exit code %d' % (len(lines), code)
    if not any('skipped: 50 datagrams are syslog' in line for line in err):
        yield ''.join(err)


@test
def statistics():
    """SIGUSR1 brings a block of numbers, as often as it comes; --interval one at the end, too."""
    listener = Listener('flows', '-o', 'csv', '-c', 'src', '--interval', '1h')
    listener.send(v9(template(256, FIELDS)), v9(data(256, RECORD), sequence=1), SYSLOG,
                  v9(data(256, RECORD * 3), sequence=5), v9(data(300, RECORD), sequence=6))
    for _ in range(4):
        listener.wait('out', '^10.0.0.1')
    listener.send(v9(data(256, RECORD), sequence=7))
    listener.wait('out', '^10.0.0.1')
    first = listener.ask()
    wanted = {'datagrams': '6', 'messages': '5', 'records': '5', 'held': '1',
              'waiting': '1', 'refused': '1', 'syslog': '1', 'exporters': '1', 'templates': '1',
              'kernel': '0'}
    listener.wait('err', 'exporter=127.0.0.1 messages=5 new=.5 records=5 .* lost=3 loss=37.50%')
    listener.send(v9(data(256, RECORD), sequence=8))
    listener.wait('out', '^10.0.0.1')
    second = listener.ask()
    out, err, code = listener.stop()
    for key, value in wanted.items():
        if first.get(key) != value:
            yield '%s is %s, not %s' % (key, first.get(key), value)
    if second.get('datagrams') != '7' or second.get('records') != '6':
        yield 'then: %s' % second
    if sum('stats total' in line for line in err) != 3 or code != 0:
        yield 'exit code %d: %s' % (code, ''.join(err))


@test
def the_checker_beside():
    """--check says each finding once, as it comes; only --fail-on makes it a failure."""
    for options, wanted in (([], 0), (['--fail-on', 'error'], 1), (['--fail-on', 'never'], 0)):
        listener = Listener('flows', '-o', 'csv', '--check', *options)
        broken = v9(struct.pack('>HHHH', 0, 8, 256, 3))     # a template cut off by its set
        listener.send(broken, broken, broken)
        listener.wait('err', r'^nfpcap: check: error \S+: 127\.0\.0\.1:\d+ v9 domain 7: .*datagram 1')
        _, err, code = listener.stop()
        lines = [re.sub(r'\(datagram.*', '', line) for line in err if 'check: ' in line]
        if code != wanted:
            yield '%s: exit code %d: %s' % (options, code, ''.join(err))
        if len(lines) != len(set(lines)):
            yield 'twice: %s' % ''.join(lines)
        if not re.search(r'check: \d+ error', ''.join(err)):
            yield 'no sum: %s' % ''.join(err)


@test
def options_that_do_not_go_together():
    """What says nothing is refused."""
    for words in (['flows', '--state', 'x', '-'], ['flows', '--debug', '-'],
                  ['check', '--check', '-'], ['flows', '--fail-on', 'error', '-'],
                  ['flows', '--interval', '1s', '-']):
        done = subprocess.run([PROGRAM, *words], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 2 or not done.stderr.startswith(b'nfpcap: '):
            yield '%s: %d: %s' % (words, done.returncode, done.stderr)


if __name__ == '__main__':
    sys.exit(tap.run())
