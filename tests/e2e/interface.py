#!/usr/bin/env python3
"""What passes an interface is shown as what reaches a socket: in a network namespace of its own."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import listen
from listen import PROGRAM, TOP

import tap
from tap import test

PORT = 2055


class Sniffer:
    """`nfpcap listen -i INTERFACE`, once it captures."""

    def __init__(self, *arguments):
        self.program = subprocess.Popen([PROGRAM, 'listen', *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.line = self.program.stderr.readline().decode()
        if 'listening on' not in self.line:
            raise RuntimeError('not listening: ' + self.line)

    def stop(self):
        self.program.send_signal(signal.SIGINT)
        out, err = self.program.communicate(timeout=30)
        return out.decode(), err.decode(), self.program.returncode


def send(datagrams):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for octets in datagrams:
            s.sendto(octets, ('127.0.0.1', PORT))


@test
def captures():
    """Every capture of an exporter, sent over the loopback interface, and over any."""
    for name in listen.CAPTURES:
        path = os.path.join(TOP, 'pcaps', name + '.pcap')
        datagrams = listen.payloads(path)
        for interface, link in (('lo', 'Ethernet'), ('any', 'Linux cooked')):
            sniffer = Sniffer('-i', interface, '-o', 'json')
            if link not in sniffer.line:
                yield 'link type: ' + sniffer.line
            send(datagrams)
            out, err, code = sniffer.stop()
            if code != 0 or listen.shown(out) != listen.of_capture(path):
                yield '%s on %s: %d lines, exit code %d: %s' % (name, interface, out.count('\n'),
                                                               code, err)


@test
def filters():
    """--bpf says what is captured; two interfaces are captured on at once."""
    datagrams = listen.payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))
    for expression, wanted in (('udp port %d' % PORT, len(datagrams)), ('udp port 1', 0)):
        sniffer = Sniffer('-i', 'lo', '--bpf', expression, '-o', 'json')
        send(datagrams)
        out, err, code = sniffer.stop()
        if out.count('\n') != wanted or code != 0:
            yield '%s: %d of %d messages, exit code %d: %s' % (expression, out.count('\n'), wanted,
                                                              code, err)
    sniffer = Sniffer('-i', 'lo', '-i', 'any', '-o', 'json')
    send(datagrams)
    out, _, code = sniffer.stop()
    if out.count('\n') != 2 * len(datagrams) or code != 0:
        yield '%d of twice %d messages, exit code %d' % (out.count('\n'), len(datagrams), code)


@test
def each_message_at_once():
    """A pipe has a message before the next one comes."""
    sniffer = Sniffer('-i', 'lo', '-o', 'json')
    send(listen.payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))[:1])
    line = sniffer.program.stdout.readline()
    if b'"version":5' not in line:
        yield 'not a message: %r' % line
    sniffer.stop()


@test
def an_interface_that_goes():
    """That is said, and the exit code is 2; what came before is shown."""
    made = subprocess.run(['ip', 'link', 'add', 'nf0', 'type', 'dummy'], capture_output=True)
    if made.returncode != 0:
        return      # no such interfaces here
    subprocess.run(['ip', 'link', 'set', 'nf0', 'up'], check=True)
    sniffer = Sniffer('-i', 'nf0')
    subprocess.run(['ip', 'link', 'del', 'nf0'], check=True)
    out, err = sniffer.program.communicate(timeout=30)
    if sniffer.program.returncode != 2 or b'nf0' not in err:
        yield 'exit code %d: %s' % (sniffer.program.returncode, err.decode())


@test
def rights_are_given_up():
    """--user: capturing goes on, files are that user's, and system calls are filtered."""
    other = ['setpriv', '--reuid', '65534', '--clear-groups', 'true']
    if os.geteuid() != 0 or subprocess.run(other, capture_output=True).returncode != 0:
        return      # there is nobody else here
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o777)
        path = os.path.join(work, 'x.json')
        sniffer = Sniffer('-i', 'lo', '--user', 'nobody', '-o', 'json', '-w', path)
        send(listen.payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap')))
        line = wait_for_line(path)
        with open('/proc/%d/status' % sniffer.program.pid, encoding='ascii') as f:
            status = dict(line.split(':', 1) for line in f.read().splitlines())
        _, err, code = sniffer.stop()
        if code != 0 or '"version":5' not in line or os.stat(path).st_uid != 65534:
            yield 'exit code %d: %s%s' % (code, err, line)
        if set(status['Uid'].split()) != {'65534'} or int(status['CapEff'], 16) != 0 or \
                status['Groups'].split() not in ([], ['65534']):
            yield 'still has rights: %s' % status
        version = subprocess.run([PROGRAM, '-V'], capture_output=True).stdout
        if b'libseccomp' in version and status['Seccomp'].strip() != '2':
            yield 'no filter of system calls'
    done = subprocess.run([PROGRAM, 'listen', '--user', 'no-such-user', ':0'], capture_output=True)
    if done.returncode != 2 or b'no user' not in done.stderr:
        yield done.stderr.decode()


def wait_for_line(path):
    """The first line of a file that is written."""
    while True:
        with open(path, encoding='utf-8') as f:
            line = f.readline()
        if line.endswith('\n'):
            return line
        time.sleep(0.01)


@test
def what_cannot_be_captured():
    """No such interface, no right to it, no filter: a message with the way out, and exit code 2."""
    for arguments, text in ((['-i', 'nosuch'], 'there are lo'),
                            (['-i', 'lo', ':%d' % PORT], 'binds nothing'),
                            (['-i', 'lo', '--bpf', 'no filter'], '--bpf'),
                            (['--bpf', 'udp', ':0'], 'needs -i')):
        done = subprocess.run([PROGRAM, 'listen', *arguments], capture_output=True, timeout=30)
        if done.returncode != 2 or text not in done.stderr.decode():
            yield '%s: exit code %d: %s' % (arguments, done.returncode, done.stderr.decode())


def main():
    if sys.argv[1:] == ['inside']:
        return tap.run()
    namespace = ['unshare', '-n'] if os.geteuid() == 0 else ['unshare', '-rn']
    lo = namespace + ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
    try:
        able = subprocess.run(lo + ['true'], capture_output=True).returncode == 0
    except OSError:
        able = False
    if not able:
        print('1..0 # SKIP network namespaces cannot be made here')
        return 0
    return subprocess.run(lo + [sys.executable, __file__, 'inside']).returncode


if __name__ == '__main__':
    sys.exit(main())
