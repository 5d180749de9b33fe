"""Exporters that read a capture, and what they send to a socket of ours."""
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import tap
from tap import Failure

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
TRAFFIC = os.path.join(TOP, 'pcaps', 'ordinary.pcap')
PATIENCE = 120
SO_TIMESTAMPNS = 35
DIRECTORY = tempfile.mkdtemp()


# -- Captures of what exporters send -----------------------------------------------------------

class Collector:
    """A socket, and a capture of what comes to it."""

    def __init__(self, path):
        self.path, self.datagrams = path, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port = self.socket.getsockname()[1]
        self.receiver = '127.0.0.1:%d' % self.port

    def drain(self, patience=0.0):
        """All that waits; the kernel says when it came."""
        self.socket.settimeout(patience or 0.001)
        while True:
            try:
                payload, more, _, source = self.socket.recvmsg(65536, 64)
            except socket.timeout:
                return
            stamp = struct.unpack('qq', more[0][2]) if more else divmod(time.time_ns(), 10 ** 9)
            self.datagrams.append((stamp, source[1], payload))

    def write(self):
        """Raw IPv4 (link type 101), with times to the nanosecond."""
        with open(self.path, 'wb') as f:
            f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 101))
            for (seconds, ns), port, payload in self.datagrams:
                packet = ip(17, struct.pack('>HHHH', port, self.port, 8 + len(payload), 0) +
                            payload)
                f.write(struct.pack('<IIII', seconds, ns, len(packet), len(packet)) + packet)
        self.socket.close()


def ip(protocol, body):
    head = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0,
                       socket.inet_aton('127.0.0.1'), socket.inet_aton('127.0.0.1'))
    total = sum(struct.unpack('>10H', head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack('>H', ~total & 0xffff) + head[12:] + body


number = [0]


def capture(command):
    """What a program sends that COMMAND, given a receiver, starts; until it ends."""
    number[0] += 1
    collector = Collector(os.path.join(DIRECTORY, 'run%d.pcap' % number[0]))
    log = open(os.path.join(DIRECTORY, 'log%d' % number[0]), 'w+b')
    with subprocess.Popen(command(collector.receiver), stdin=subprocess.DEVNULL, stdout=log,
                          stderr=log, cwd=DIRECTORY) as exporter:
        end = time.monotonic() + PATIENCE
        while exporter.poll() is None:
            collector.drain(0.05)
            if time.monotonic() > end:
                exporter.kill()
                raise Failure('%s does not end' % exporter.args[0])
    collector.drain()
    collector.write()
    if not collector.datagrams:
        log.seek(0)
        raise Failure('nothing was sent: %s' % log.read().decode(errors='replace'))
    return collector.path


def softflowd(*options, traffic=TRAFFIC):
    return capture(lambda receiver: [
        'softflowd', '-d', '-N', '-r', traffic, '-c', 'none', '-p',
        os.path.join(DIRECTORY, 'pid'), *options, '-n', receiver])


def pmacctd(version, traffic=TRAFFIC, *lines):
    def command(receiver):
        path = os.path.join(DIRECTORY, 'pmacctd.conf')
        with open(path, 'w', encoding='ascii') as conf:
            conf.write('daemonize: false\npcap_savefile: %s\nplugins: nfprobe[p]\n'
                       'nfprobe_receiver[p]: %s\nnfprobe_version[p]: %s\n%s\n' %
                       (traffic, receiver, version, '\n'.join(lines)))
        return ['pmacctd', '-f', path]
    return capture(command)


# -- What they are shown ----------------------------------------------------------------------

def datagram(number):
    """UDP over IPv4 in Ethernet, of flow NUMBER."""
    packet = ip(17, struct.pack('>HHHH', 10000 + number, 53, 8 + number, 0) + bytes(number))
    return bytes(12) + b'\x08\0' + packet


def long_traffic(flows=20, seconds=100):
    """A packet a second of each flow."""
    path = os.path.join(DIRECTORY, 'long.pcap')
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for second in range(seconds):
            for n in range(flows):
                packet = datagram(n)
                f.write(struct.pack('<IIII', 1700000000 + second, n * 1000, len(packet),
                                    len(packet)) + packet)
    return path


# -- The tests --------------------------------------------------------------------------------

def main():
    """True if one failed."""
    failed = tap.run()
    shutil.rmtree(DIRECTORY)
    return failed
