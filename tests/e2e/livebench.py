"""
`nfpcap listen` beside tcpdump: the same datagrams reach both, and must be told of alike.

A bench lives in a network namespace of its own (`isolated`).  A Run binds a listener for each
output that is looked at, starts tcpdump on loopback, lets an exporter send to all of the
listeners, and holds what each of them wrote against nfpcap over the capture.
"""
import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from tap import Failure

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
PATIENCE = 60
VIEWS = {
    'messages': ['packets', '-o', 'json'],
    'flows as JSON': ['flows', '-o', 'json'],
    'flows as CSV': ['flows', '-o', 'csv'],
    'lines of python-netflow': ['packets', '-o', 'python-netflow'],
}
# Where and when something was seen differs between a socket and a capture of it.
ELSEWHERE = {'file', 'frame', 'time'}


def until(condition, what):
    """Wait for an event; PATIENCE bounds what would never come."""
    end = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure('waited in vain for ' + what)
        time.sleep(0.02)


# A namespace of processes as well: whatever ends the test ends what it has started.
UNSHARE = ['unshare', '--net', '--pid', '--fork', '--mount-proc', '--kill-child']


def isolated(mark='NFPCAP_LIVEBENCH'):
    """Run the test again in a network namespace; None there, else why it is skipped, or exits."""
    if mark in os.environ:
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        return None
    for program in ('unshare', 'ip', 'tcpdump'):
        if not shutil.which(program):
            return program + ' is not installed (./setup test installs it)'
    if os.getuid() != 0 or subprocess.run([*UNSHARE, 'true'], capture_output=True).returncode:
        return 'network namespaces cannot be made here (it takes root)'
    os.environ[mark] = '1'
    os.execvp('unshare', [*UNSHARE, sys.executable, os.path.abspath(sys.argv[0])])
    return None


# -- What exporters watch ------------------------------------------------------------------

def frame(number):
    """An Ethernet frame of flow NUMBER: UDP, TCP or ICMP over IPv4 or IPv6."""
    protocol = (17, 6, 1)[number % 3]
    ports = struct.pack('>HH', 1024 + number, (53, 443, 8080)[number % 7 % 3])
    body = {17: ports + struct.pack('>HH', 8 + number % 50, 0) + bytes(number % 50),
            6: ports + struct.pack('>IIBBHHH', number, 0, 0x50, 0x12, 1024, 0, 0),
            1: struct.pack('>BBHHH', 8, 0, 0, number, 1) + bytes(16)}[protocol]
    if number % 4 == 3:
        protocol = 58 if protocol == 1 else protocol
        ends = [socket.inet_pton(socket.AF_INET6, '2001:db8::%x' % n) for n in (number, 1)]
        return (b'\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd' +
                struct.pack('>IHBB', 0x60000000, len(body), protocol, 64) + b''.join(ends) + body)
    header = struct.pack('>BBHHHBBH4s4s', 0x45, number % 8 * 4, 20 + len(body), number, 0, 64,
                         protocol, 0, socket.inet_aton('10.1.%d.%d' % divmod(number, 256)),
                         socket.inet_aton('198.51.100.%d' % (number % 200 + 1)))
    return b'\2\0\0\0\0\2\2\0\0\0\0\1\x08\0' + header + body


def write_traffic(path, flows):
    """A capture of FLOWS flows, of two packets each."""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number in range(2 * flows):
            octets = frame(number % flows)
            f.write(struct.pack('<IIII', 1700000000 + number // 500, number % 500 * 2000,
                                len(octets), len(octets)) + octets)


class Wire:
    """Two ends of a cable: what is sent into one, an exporter sees at the other (`seen`)."""

    def __init__(self):
        self.seen = 'nfseen'
        if self.seen not in (name for _, name in socket.if_nameindex()):
            subprocess.run(['ip', 'link', 'add', 'nfsent', 'type', 'veth', 'peer', 'name',
                            self.seen], check=True)
            for end in ('nfsent', self.seen):
                subprocess.run(['sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=1' % end],
                               check=True)
                subprocess.run(['ip', 'link', 'set', end, 'up'], check=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind(('nfsent', 0))

    def send(self, flows):
        for number in range(flows):
            self.socket.send(frame(number))


# -- The two that look on ------------------------------------------------------------------

class Listener:
    """`nfpcap listen` with its output in a file."""

    def __init__(self, view, address, output):
        self.view, self.output = view, output
        with open(output, 'wb') as f:
            self.program = subprocess.Popen([PROGRAM, 'listen', *view, address], stdout=f,
                                            stderr=subprocess.PIPE, text=True)
        line = self.program.stderr.readline()
        found = re.search(r'listening on (.*):(\d+)', line)
        if not found:
            self.program.kill()
            raise Failure('not listening: ' + line)
        self.host, self.port = found.group(1).strip('[]'), int(found.group(2))

    @property
    def receiver(self):
        return ('[%s]:%d' if ':' in self.host else '%s:%d') % (self.host, self.port)

    def size(self):
        return os.stat(self.output).st_size

    def stop(self):
        self.program.send_signal(signal.SIGTERM)
        _, err = self.program.communicate(timeout=PATIENCE)
        with open(self.output, encoding='utf-8') as f:
            return f.read(), err, self.program.returncode


class Capture:
    """tcpdump on loopback; a datagram of our own tells when it has seen all that was before."""
    MARK = b'all that was sent before this has been captured'

    def __init__(self, path, tcp):
        """
        At once, the kernel hands on frames in places as large as the largest: there are enough of
        2048 octets, but segments of loopback may have 64 KiB. Those come in blocks, a second late.
        """
        self.path = path
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(('127.0.0.1', 0))
        way = ['-s', '0'] if tcp else ['-s', '2048', '--immediate-mode']
        self.program = subprocess.Popen(
            ['tcpdump', '-i', 'lo', '-n', '-U', '-B', '16384', '-Z', 'root', *way, '-w', path,
             'udp or tcp'], stderr=subprocess.PIPE, text=True)
        line = self.program.stderr.readline()
        while line and 'listening on' not in line:
            line = self.program.stderr.readline()
        if not line:
            raise Failure('tcpdump did not start')

    def has_mark(self):
        with open(self.path, 'rb') as f:
            return self.MARK in f.read()

    def stop(self):
        self.sink.sendto(self.MARK, self.sink.getsockname())
        until(self.has_mark, 'the mark in the capture')
        self.program.terminate()
        _, err = self.program.communicate(timeout=PATIENCE)
        self.sink.close()
        lost = re.search(r'(\d+) packets? dropped by kernel', err)
        if not lost or int(lost.group(1)):
            raise Failure('tcpdump lost packets: ' + err)


# -- What they tell ------------------------------------------------------------------------

def stripped(node):
    if isinstance(node, dict):
        return {key: stripped(value) for key, value in node.items() if key not in ELSEWHERE}
    if isinstance(node, list):
        return [stripped(value) for value in node]
    return node


def with_late_sets(objects):
    """Messages whose held sets are where they stood; a file's reader has looked ahead."""
    messages = {}
    for item in objects:
        if item['type'] != 'late-set':
            messages[(item['frame'], item['offset'])] = item
            continue
        sets = messages[(item['frame'], item['offset'])]['sets']
        at = [one['offset'] for one in sets].index(item['set']['offset'])
        sets[at] = item['set']
    return list(messages.values())


def told(view, text):
    """Items of an output as they can be compared, in their order."""
    if view[-1] == 'csv':
        return [{key: value for key, value in row.items() if key != 'frame'}
                for row in csv.DictReader(io.StringIO(text))]
    items = [json.loads(line) for line in text.splitlines()]
    if view[-1] == 'python-netflow':
        return [item.popitem()[1] for item in items]     # the key is when it came
    return stripped(with_late_sets(items) if view[0] == 'packets' else items)


class Run:
    """One exporter, or several, that send to all of `receivers`."""

    def __init__(self, address='127.0.0.1:0'):
        self.dir = tempfile.mkdtemp()
        self.listeners, self.capture, self.exporters = {}, None, []
        # items may come in another order: sets are held here, or what several exporters send at
        # once passes the capture and the socket of a listener in different order
        self.unordered = False
        try:
            self.start(address)
        except BaseException:
            self.close()
            raise

    def start(self, address):
        self.capture = Capture(self.file('export.pcap'), 'tcp:' in address)
        for number, (name, view) in enumerate(VIEWS.items()):
            self.listeners[name] = Listener(view, address, self.file('out%d' % number))

    def file(self, name):
        return os.path.join(self.dir, name)

    @property
    def receivers(self):
        return [listener.receiver for listener in self.listeners.values()]

    def received(self, relay):
        """What the exporters send to a socket of ours, until they have ended and it has all."""
        while True:
            ended = all(program.poll() is not None for program in self.exporters)
            relay.settimeout(0 if ended else 0.05)
            try:
                yield relay.recv(65536)
            except (BlockingIOError, TimeoutError):
                if ended:
                    return

    def have_more_than(self, sizes):
        return all(listener.size() > size
                   for listener, size in zip(self.listeners.values(), sizes))

    def sizes(self):
        return [listener.size() for listener in self.listeners.values()]

    def exporter(self, *words):
        """An exporter that runs until `ended`; what it says goes to a file."""
        with open(self.file('exporter.log'), 'ab') as log:
            self.exporters.append(subprocess.Popen(words, cwd=self.dir, stdin=subprocess.DEVNULL,
                                                   stdout=log, stderr=log))
        return self.exporters[-1]

    def log(self):
        with open(self.file('exporter.log'), encoding='utf-8', errors='replace') as log:
            return log.read()

    def ended(self, *signals):
        """Wait for the exporters, which send what they hold as they end."""
        for program in self.exporters:
            for number in signals:
                program.send_signal(number)
            try:
                program.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired as late:
                raise Failure('%s does not end' % program.args[0]) from late

    def faults(self, version, least):
        """What differs; each view must have LEAST messages or flows of VERSION at least."""
        self.capture.stop()
        for name, listener in self.listeners.items():
            text, err, code = listener.stop()
            if code != 0 or ' dropped' in err:
                yield '%s: exit code %d: %s' % (name, code, err)
            view = listener.view
            done = subprocess.run([PROGRAM, *view, '--port', str(listener.port),
                                   self.file('export.pcap')], capture_output=True, text=True)
            live, held = told(view, text), told(view, done.stdout)
            for fault in self.compared(live, held):
                yield '%s: %s' % (name, fault)
            if len(live) < least:
                yield '%s: only %d of them; %s' % (name, len(live), self.log()[-600:])
            if version and view[0] == 'packets':
                found = {item['header']['version'] if 'client' in item else item['version']
                         for item in live}
                if found != {version}:
                    yield '%s: versions %s' % (name, sorted(found))

    def compared(self, live, held):
        if self.unordered:
            live, held = (sorted(items, key=json.dumps) for items in (live, held))
        if len(live) != len(held):
            yield '%d live, %d of the capture' % (len(live), len(held))
        for number, (ours, theirs) in enumerate(zip(live, held), 1):
            if ours != theirs:
                yield 'item %d, live:    %s' % (number, json.dumps(ours)[:700])
                yield 'item %d, capture: %s' % (number, json.dumps(theirs)[:700])
                return

    def close(self):
        for program in [*self.exporters, *(one.program for one in self.listeners.values()),
                        *([self.capture.program] if self.capture else [])]:
            if program.poll() is None:
                program.kill()
                program.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
