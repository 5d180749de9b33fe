#!/usr/bin/env python3
"""
Real exporters send to `nfpcap listen`, and tcpdump looks on: what is written live is what nfpcap
tells of the capture, record for record.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import livebench
import tap
from livebench import Run, Wire, until
from tap import Failure, test

FLOWS = 400     # that exporters are shown
MANY = 1500     # for which templates are sent more than once
SO_RCVBUFFORCE = 33


def traffic(run, flows=FLOWS):
    path = run.file('traffic.pcap')
    if not os.path.exists(path):
        livebench.write_traffic(path, flows)
    return path


# -- softflowd -----------------------------------------------------------------------------

def softflowd(run, version, *options, flows=FLOWS, receivers=None):
    """It reads a capture, sends all it has, and ends."""
    run.exporter('softflowd', '-d', '-N', '-r', traffic(run, flows), '-c', 'none', '-p',
                 run.file('softflowd%s.pid' % version), '-v', str(version), *options, '-n',
                 ','.join(receivers or run.receivers))


def of_softflowd(version, *options, address='127.0.0.1:0'):
    run = Run(address)
    try:
        softflowd(run, version, *options)
        run.ended()
        # v1 and v5 know no IPv6, a v5 message holds 30 flows
        yield from run.faults(version, 5)
    finally:
        run.close()


for number, words in ((1, 'NetFlow v1'), (5, 'NetFlow v5'), (9, 'NetFlow v9'), (10, 'IPFIX')):
    test('softflowd, ' + words, 'softflowd')(lambda number=number: of_softflowd(number))

test('softflowd, IPFIX with both directions in a record', 'softflowd')(
    lambda: of_softflowd(10, '-b'))
test('softflowd, NetFlow v9 over IPv6', 'softflowd')(
    lambda: of_softflowd(9, address='[::1]:0'))
test('softflowd, IPFIX over TCP', 'softflowd')(
    lambda: of_softflowd(10, '-P', 'tcp', address='tcp:127.0.0.1:0'))


# -- pmacctd -------------------------------------------------------------------------------

def pmacctd(run, version):
    """nfprobe has one receiver, so there is one for each."""
    names = ['p%d' % number for number in range(len(run.receivers))]
    lines = ['daemonize: false', 'pcap_savefile: ' + traffic(run),
             'plugins: ' + ', '.join('nfprobe[%s]' % name for name in names)]
    for name, receiver in zip(names, run.receivers):
        lines += ['nfprobe_receiver[%s]: %s' % (name, receiver),
                  'nfprobe_version[%s]: %d' % (name, version)]
    path = run.file('pmacctd%d.conf' % version)
    with open(path, 'w', encoding='ascii') as conf:
        conf.write('\n'.join(lines) + '\n')
    run.exporter('pmacctd', '-f', path)


def of_pmacctd(version):
    run = Run()
    try:
        pmacctd(run, version)
        run.ended()
        yield from run.faults(version, 5)
    finally:
        run.close()


for number, words in ((5, 'NetFlow v5'), (9, 'NetFlow v9'), (10, 'IPFIX')):
    test('pmacctd with nfprobe, ' + words, 'pmacctd')(lambda number=number: of_pmacctd(number))


# -- fprobe --------------------------------------------------------------------------------

def of_fprobe(version):
    """It watches an interface; shown packets until all have messages, it sends the rest at last."""
    run, wire = Run(), Wire()
    try:
        sizes = run.sizes()
        run.exporter('fprobe', '-l', '2', '-i', wire.seen, '-s', '1', '-d', '1', '-e', '1', '-u',
                     'root', '-c', run.dir, '-n', str(version), *run.receivers)

        def sent():
            if run.exporters[0].poll() is not None:
                raise Failure('fprobe ended: ' + run.log())
            wire.send(FLOWS)
            return run.have_more_than(sizes)

        until(sent, 'messages of fprobe')
        run.ended(signal.SIGTERM)
        yield from run.faults(version, 1)
    finally:
        run.close()


for number in (1, 5, 7):
    test('fprobe, NetFlow v%d' % number, 'fprobe', 'sysctl')(
        lambda number=number: of_fprobe(number))


# -- nfreplay ------------------------------------------------------------------------------

def waiting(port):
    """Octets that the kernel keeps for the UDP socket of a port; None: there is none."""
    with open('/proc/net/udp', encoding='ascii') as sockets:
        found = re.search(r':%04X \S+ \S+ [0-9A-F]+:([0-9A-F]+) ' % port, sockets.read())
    return int(found.group(1), 16) if found else None


def kept_flows(directory):
    """A file of nfdump's, with what softflowd sent to nfcapd."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    keeper = subprocess.Popen(['nfcapd', '-w', directory, '-b', '127.0.0.1', '-p', str(port), '-t',
                               '3600'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    source = os.path.join(directory, 'traffic')
    livebench.write_traffic(source, FLOWS)
    try:
        until(lambda: waiting(port) is not None, 'nfcapd')
        subprocess.run(['softflowd', '-d', '-N', '-r', source, '-c', 'none', '-p',
                        os.path.join(directory, 'pid'), '-v', '9', '-n', '127.0.0.1:%d' % port],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        until(lambda: waiting(port) == 0, 'nfcapd to read')
    finally:
        keeper.terminate()
        keeper.wait(timeout=livebench.PATIENCE)
    return [os.path.join(directory, name) for name in sorted(os.listdir(directory))
            if name.startswith('nfcapd.2')][0]


def nfreplay(run, version, path):
    for receiver in run.receivers:
        host, port = receiver.rsplit(':', 1)
        run.exporter('nfreplay', '-v', str(version), '-H', host, '-p', port, '-r', path)


def of_nfreplay(version):
    run = Run()
    try:
        with tempfile.TemporaryDirectory() as directory:
            nfreplay(run, version, kept_flows(directory))
            run.ended()
        yield from run.faults(version, 5)
    finally:
        run.close()


for number in (5, 9):
    test('nfreplay, NetFlow v%d' % number, 'nfreplay', 'nfcapd', 'softflowd')(
        lambda number=number: of_nfreplay(number))


# -- Several, and what is lost -------------------------------------------------------------

@test('five exporters of four versions at once', 'softflowd', 'pmacctd')
def all_at_once():
    run = Run()
    run.unordered = True
    try:
        for version in (1, 5, 9, 10):
            softflowd(run, version)
        pmacctd(run, 9)
        run.ended()
        yield from run.faults(None, 20)
    finally:
        run.close()


def of_lost_templates(version):
    """The first message does not arrive: sets are held until their templates are sent again."""
    run = Run()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
            relay.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
            relay.bind(('127.0.0.1', 0))
            softflowd(run, version, flows=MANY, receivers=['127.0.0.1:%d' % relay.getsockname()[1]])
            for datagram in list(run.received(relay))[1:]:
                for listener in run.listeners.values():
                    relay.sendto(datagram, (listener.host, listener.port))
        run.unordered = True
        yield from run.faults(version, 20)
        with open(run.listeners['messages'].output, encoding='utf-8') as messages:
            text = messages.read()
        if '"undecoded":"pending"' not in text or '"type":"late-set"' not in text:
            yield 'no set was held'
    finally:
        run.close()


for number, words in ((9, 'NetFlow v9'), (10, 'IPFIX')):
    test('softflowd, whose first templates are lost, ' + words, 'softflowd')(
        lambda number=number: of_lost_templates(number))


def main():
    why = livebench.isolated()
    if why:
        print('1..0 # SKIP ' + why)
        return False
    return tap.run()


if __name__ == '__main__':
    sys.exit(main())
