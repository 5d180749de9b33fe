#!/usr/bin/env python3
"""
nfpcap verify over what real exporters say of traffic that is known: their faults are found, all of
them, and no others.  Why each is one stands beside it.
"""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'prop')]

import exporterbench as bench
import livebench
import tap
import verify as model
from tap import test

PROGRAM = bench.PROGRAM
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(bench.TOP, '..', 'shared'))
SO_TIMESTAMPNS = 35


# -- What is known of the exporters ------------------------------------------------------------

WHY = {
    'times-of-conversation':
        'softflowd, and nfprobe that was made from it, keep one entry for both directions with '
        'one start and one end (flow_start, flow_last), and say these of each of them',
    'octets-with-trailer':
        'softflowd counts what libpcap gives it from the IP header on, to the end of the frame',
    'octets-layer-2':
        'fprobe -k: the manual says that the header of layer 2 is left in the size',
    'fragments-alone':
        'softflowd looks for ports in the first fragment alone; later ones are flows of port 0, '
        'those of IPv6 of protocol 0',
    'flow-missed-vlans':
        'softflowd looks behind one tag at most',
    'flow-missed-ipv6':
        'NetFlow v5 has 4 octets for an address',
    'tos-differs':
        'softflowd and nfprobe have the type of service of the packet that made the entry, which '
        'may be the other direction\'s',
    'icmp-differs':
        'softflowd -b says type and code in the reverse element as 0; fprobe says type 0 of '
        'questions',
    'unknowable':
        'all fragments of ip_fragmented_garbage have one identification: no ports can be told',
    'timeout-active':
        'softflowd looks at its clock, not at that of the capture: maxlife never comes',
    'cache-pressure':
        'softflowd -m: 50 flows, and no more',
}

# By how many flows, over the traffic that is made here (own_traffic).  Beside the reasons above:
# 3 packets of 40 octets in the one direction of the TCP conversation and 2 in the other have 6
# octets of padding each; one datagram is in two fragments.
SOFTFLOWD = {'octets-with-trailer': 2, 'flow-missed-vlans': 1, 'fragments-alone': 1,
             'times-of-conversation': 4, 'tos-differs': 2}
SOFTFLOWD_V5 = dict(SOFTFLOWD, **{'times-of-conversation': 2, 'tos-differs': 1,
                                  'flow-missed-ipv6': 4})
# RFC 5103: the times of a record of both directions are those of both
SOFTFLOWD_BOTH = {'octets-with-trailer': 2, 'flow-missed-vlans': 1, 'fragments-alone': 1,
                  'tos-differs': 2}
# its type of service is that of the other direction with IPv6 alone
NFPROBE = {'times-of-conversation': 4, 'tos-differs': 1}
NFPROBE_V5 = {'times-of-conversation': 2, 'flow-missed-ipv6': 4}
# it waits for all fragments of a datagram, and has them all
FPROBE = {'icmp-differs': 1, 'flow-missed-ipv6': 4}
# all but those of ICMP questions, which are another flow, and IPv6
FPROBE_L2 = dict(FPROBE, **{'octets-layer-2': 10})

# The captures of nDPI in the shared folder: as tshark's fields add up to, each flow by itself.
CAPTURES = {
    '443-firefox': ({'times-of-conversation': 1}, {'times-of-conversation': 1}),
    '6in4tunnel': ({'times-of-conversation': 2}, {'times-of-conversation': 2}),
    'bittorrent': ({'times-of-conversation': 24, 'tos-differs': 3},
                   {'times-of-conversation': 24, 'tos-differs': 1}),
    # 7 datagrams in fragments; two conversations take just 10 ms
    'dns_fragmented': ({'times-of-conversation': (22, 24), 'fragments-alone': 7},
                       {'times-of-conversation': (22, 24)}),
    'ftp': ({'times-of-conversation': 5}, {'times-of-conversation': 5}),
    'http_ipv6': ({'times-of-conversation': 20, 'tos-differs': 1},
                  {'times-of-conversation': 20, 'tos-differs': 1}),
    'icmp-tunnel': ({}, {}),
    # nfprobe says all fragments to be of the first flow
    'ip_fragmented_garbage': ({'octets-with-trailer': 4}, {'unknowable': 5}),
    'iphone': ({'times-of-conversation': 54}, {'times-of-conversation': 54}),
    'netbios': ({'octets-with-trailer': 2}, {}),
    'quic': ({'times-of-conversation': 11}, {'times-of-conversation': 11}),
    'sip': ({'times-of-conversation': 3}, {'times-of-conversation': 3}),
    'ssh': ({}, {}),
    'synscan': ({'octets-with-trailer': 8, 'times-of-conversation': 16},
                {'times-of-conversation': 16}),
    'vxlan': ({}, {}),
    # GTP in two tags
    'zoom': ({'octets-with-trailer': 10, 'flow-missed-vlans': 2, 'times-of-conversation': 37},
             {'times-of-conversation': 38}),
}
# nfprobe sleeps for seconds whenever it begins and ends
OF_NFPROBE = ('bittorrent', 'dns_fragmented', 'ip_fragmented_garbage', 'zoom')


def expect(what, found, wanted):
    """No kind but those, and so many flows of each."""
    for kind in sorted(set(found) | set(wanted)):
        n, m = found.get(kind, 0), wanted.get(kind, 0)
        low, high = m if isinstance(m, tuple) else (m, m)
        if not low <= n <= high:
            yield '%s: %s of %d flows, not of %s' % (what, kind, n, m)
        if kind not in WHY:
            yield '%s: %s is not known' % (what, kind)


def verify(traffic, export, *options):
    done = subprocess.run([PROGRAM, 'verify', '-o', 'json', '--traffic', traffic, export,
                           *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=bench.PATIENCE)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if not rows or rows[-1]['type'] != 'summary':
        raise tap.Failure(done.stderr)
    return {row['kind']: row['flows'] for row in rows if row['type'] == 'difference'}


# -- Traffic ----------------------------------------------------------------------------------

def tcp(when, a, b, port):
    """A conversation whose directions differ in type of service."""
    least = 60 if ':' in a else 40

    def there(after, more, flags):
        return model.Packet(when + after, model.TCP, a, port, b, 80, least + more, flags)

    def back(after, more, flags):
        return model.Packet(when + after, model.TCP, b, 80, a, port, least + more, flags, 8)
    yield there(0, 0, 2)
    yield back(0.05, 0, 0x12)
    for i in range(3):
        yield there(0.1 + 0.2 * i, 100 * i, 0x18)
        yield back(0.15 + 0.2 * i, 1000, 0x10)
    yield there(0.7, 0, 0x11)
    yield back(0.75, 0, 0x11)


def own_traffic():
    """17 flows, 4 of them of IPv6; nothing is older than the last packet by two seconds."""
    host, six = '10.0.0.%d', '2001:db8::%d'

    def udp(when, a, b, port, length, **more):
        return model.Packet(when, model.UDP, a, port, b, port, length, **more)

    packets = list(tcp(0, host % 1, host % 2, 1000)) + list(tcp(0.3, six % 1, six % 2, 1001))
    packets += [model.Packet(0.02 + i / 10, model.UDP, host % 3, 2000 + i, host % 2, 514, 100 + i)
                for i in range(5)]
    packets += [udp(0.5, host % 2, host % 4, 5000, 1500, fragment=77, more=True),
                udp(0.501, host % 2, host % 4, 0, 520, fragment=77, at=1480)]
    for i in range(3):
        packets += [model.Packet(0.6 + 0.3 * i, model.ICMP, host % 1, 8, host % 2, 0, 84),
                    model.Packet(0.61 + 0.3 * i, model.ICMP, host % 2, 0, host % 1, 0, 84)]
    for when in (0.7, 0.9):
        packets += [udp(when, '10.0.1.1', '10.0.1.2', 7, 200, vlans=(5,)),
                    udp(when, '10.0.2.1', '10.0.2.2', 7, 200, vlans=(5, 6))]
    packets += [model.Packet(1.2, model.ICMP6, six % 1, 128, six % 2, 0, 104),
                udp(1.3, six % 3, six % 2, 9, 104), udp(1.5, host % 9, host % 2, 9, 100)]
    packets.sort(key=lambda p: p.when)
    return packets


OWN = model.traffic(own_traffic(), 'own')


# -- Over files -------------------------------------------------------------------------------

def over_own(wanted, export, *options):
    return expect('own', verify(OWN, export(OWN), *options), wanted)


def of_softflowd(*options):
    return lambda traffic: bench.softflowd(*options, traffic=traffic)


def of_nfprobe(version, *lines):
    return lambda traffic: bench.pmacctd(version, traffic, *lines)


for version, words, wanted in (('5', 'NetFlow v5', SOFTFLOWD_V5), ('9', 'NetFlow v9', SOFTFLOWD),
                               ('10', 'IPFIX', SOFTFLOWD)):
    test('softflowd, ' + words, 'softflowd')(
        lambda version=version, wanted=wanted: over_own(wanted, of_softflowd('-v', version)))

test('softflowd, both directions in a record', 'softflowd')(
    lambda: over_own(SOFTFLOWD_BOTH, of_softflowd('-v', '10', '-b')))

for version, words, wanted in (('5', 'NetFlow v5', NFPROBE_V5), ('9', 'NetFlow v9', NFPROBE),
                               ('10', 'IPFIX', NFPROBE)):
    test('nfprobe, ' + words, 'pmacctd')(
        lambda version=version, wanted=wanted: over_own(wanted, of_nfprobe(version)))


@test('softflowd, every third packet', 'softflowd')
def softflowd_sampled():
    for version in ('5', '9', '10'):
        found = verify(bench.TRAFFIC, bench.softflowd('-v', version, '-s', '3'))
        found.pop('flow-missed-ipv6', None)
        yield from expect('version ' + version, found, {})


@test('nfprobe, one packet in three', 'pmacctd')
def nfprobe_sampled():
    found = verify(bench.TRAFFIC, bench.pmacctd('9', bench.TRAFFIC, 'sampling_rate: 3'))
    yield from expect('sampled', found, {})


@test('softflowd, an active timeout that is not kept, and is not asked for', 'softflowd')
def softflowd_timeout():
    traffic = bench.long_traffic()
    export = bench.softflowd('-v', '9', '-t', 'maxlife=20', traffic=traffic)
    yield from expect('not asked', verify(traffic, export), {})
    yield from expect('asked', verify(traffic, export, '--active-timeout', '20s'),
                      {'timeout-active': 20})
    yield from expect('kept', verify(traffic, export, '--active-timeout', '120s'), {})


@test('softflowd, a cache that is too small', 'softflowd')
def softflowd_pressure():
    traffic = bench.long_traffic()
    found = verify(traffic, bench.softflowd('-v', '9', '-m', '10', traffic=traffic),
                   '--active-timeout', '120s', '--inactive-timeout', '15s')
    yield from expect('10 flows', found, {'cache-pressure': 20})


@test('ordinary traffic, of which all is said', 'softflowd')
def ordinary():
    for version in ('9', '10'):
        yield from expect(version, verify(bench.TRAFFIC, bench.softflowd('-v', version)), {})


def captures():
    for name, wanted in sorted(CAPTURES.items()):
        path = os.path.join(SHARED, 'traffic', name + '.pcap')
        if os.path.exists(path):
            yield name, path, wanted


@test('softflowd over captures', 'softflowd')
def softflowd_captures():
    for number, (name, path, wanted) in enumerate(captures()):
        version = ('9', '10')[number % 2]
        found = verify(path, bench.softflowd('-v', version, traffic=path))
        yield from expect('%s, version %s' % (name, version), found, wanted[0])


@test('nfprobe over captures', 'pmacctd')
def nfprobe_captures():
    for name, path, wanted in captures():
        if name in OF_NFPROBE:
            yield from expect(name, verify(path, bench.pmacctd('9', path)), wanted[1])


# -- Live -------------------------------------------------------------------------------------

def packet(stamp, octets):
    return struct.pack('<IIII', *stamp, len(octets), len(octets)) + octets


class Tap:
    """What came out at the far end of the wire, as a capture."""
    def __init__(self, device):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((device, 3))

    def write(self, path, count):
        """The auxiliary data of the kernel is not asked for, so that tags stand in the frame."""
        self.socket.settimeout(bench.PATIENCE)
        with open(path, 'wb') as f:
            f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
            for _ in range(count):
                octets, more, _, _ = self.socket.recvmsg(65536, 256)
                f.write(packet(struct.unpack('qq', more[0][2]), octets))
        self.socket.close()


def records(collector):
    """Of v5: how many the headers count."""
    collector.drain(0.1)
    return sum(struct.unpack('>H', payload[2:4])[0] for _, _, payload in collector.datagrams)


def of_fprobe(wanted, *options):
    """It sees packets without tags, which the card would take off, and ends when it has told."""
    packets = [p for p in own_traffic() if not p.vlans]
    wire, traffic = livebench.Wire(), os.path.join(bench.DIRECTORY, 'wire.pcap')
    seen, collector = Tap(wire.seen), bench.Collector(os.path.join(bench.DIRECTORY, 'fprobe.pcap'))
    told = os.path.join(bench.DIRECTORY, 'log')
    with open(told, 'wb') as log:
        exporter = subprocess.Popen(
            ['fprobe', '-l', '2', '-i', wire.seen, '-s', '1', '-d', '1', '-u', 'root', '-c',
             bench.DIRECTORY, '-n', '5', *options, collector.receiver],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        begun = time.monotonic()
        while not started(told) and time.monotonic() < begun + bench.PATIENCE:
            time.sleep(0.01)
        for p in packets:
            octets, whole = p.frame()
            wire.socket.send(octets + bytes(whole - len(octets)))
        seen.write(traffic, len(packets))
        four = len({p.key() for p in packets if not p.six and p.at == 0})
        while records(collector) < four and time.monotonic() < begun + bench.PATIENCE:
            pass
        exporter.send_signal(signal.SIGTERM)
        exporter.wait(bench.PATIENCE)
    finally:
        exporter.kill()
    collector.drain(0.1)
    collector.write()
    return expect('fprobe', verify(traffic, collector.path), wanted)


def started(log):
    """It says whom it exports to when it has begun to look."""
    with open(log, encoding='ascii', errors='replace') as f:
        return 'collector #1' in f.read()


LIVE = ('fprobe', 'sysctl')
test('fprobe, live', *LIVE)(lambda: of_fprobe(FPROBE))
test('fprobe, live, with headers of layer 2', *LIVE)(lambda: of_fprobe(FPROBE_L2, '-k'))


def skipped(isolated):
    def why(one):
        if one.programs == LIVE and isolated:
            return isolated
        if one.function in (softflowd_captures, nfprobe_captures) and not list(captures()):
            return 'the captures are not here (NFPCAP_SHARED)'
        return tap.missing(one)
    return why


def main():
    failed = tap.run(skipped(livebench.isolated()))
    shutil.rmtree(bench.DIRECTORY)
    return failed


if __name__ == '__main__':
    sys.exit(main())
