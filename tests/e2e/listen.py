#!/usr/bin/env python3
"""What is sent to sockets is shown as what captures hold: record for record, set for set.

The payloads of our captures are sent to `nfpcap listen` on loopback, and what it prints is held
against what the capture gives; when and from where is left out on both sides.
"""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
# What differs between a capture and a socket.
ELSEWHERE = {'file', 'frame', 'time', 'src', 'srcPort', 'dst', 'dstPort', 'transport', 'template'}
SETTLED = 0.3
tests = []


def test(function):
    tests.append(function)


class Listener:
    """`nfpcap listen` and the address that it says it is bound to."""

    def __init__(self, *arguments, address='127.0.0.1:0'):
        self.program = subprocess.Popen([PROGRAM, 'listen', *arguments, address],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.program.stderr.readline().decode()
        found = re.search(r'listening on (.*):(\d+)', line)
        if not found:
            raise RuntimeError('not listening: ' + line)
        self.host, self.port = found.group(1).strip('[]'), int(found.group(2))

    def stop(self, number=signal.SIGTERM):
        """Output, messages and exit code."""
        self.program.send_signal(number)
        out, err = self.program.communicate(timeout=30)
        return out.decode(), err.decode(), self.program.returncode


def payloads(path):
    """The octets of each UDP datagram of a capture, by what the decoder says of them."""
    done = subprocess.run([PROGRAM, 'packets', '-o', 'json', '--raw', path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    parts = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message['transport'] != 'udp' or message.get('capturedLength'):
            return []
        octets = bytearray(message['length'])
        for offset, raw in spans(message, message.get('header')):
            octets[offset:offset + len(raw)] = raw
        parts.setdefault(message['frame'], bytearray()).extend(octets)
    return [bytes(octets) for octets in parts.values()]


def spans(node, header):
    """(offset, octets) of all that carries its octets; a set's header by its id and length."""
    if header is not None:
        yield 0, bytes.fromhex(header['raw'])
    if isinstance(node, dict):
        if 'kind' in node and 'id' in node:
            yield node['offset'], (node['id'].to_bytes(2, 'big') +
                                   (node['length'] & 0xffff).to_bytes(2, 'big'))
        if 'raw' in node and 'offset' in node:
            offset, raw = node['offset'], bytes.fromhex(node['raw'])
            prefix = node.get('prefix', 0)
            if prefix:
                size = len(raw)
                lead = bytes([size]) if prefix == 1 else b'\xff' + size.to_bytes(2, 'big')
                yield offset - prefix, lead
            yield offset, raw
        if 'undecoded' in node and 'raw' in node:
            yield node['offset'] + 4, bytes.fromhex(node['raw'])
        for value in node.values():
            yield from spans(value, None)
    elif isinstance(node, list):
        for value in node:
            yield from spans(value, None)


def stripped(node):
    if isinstance(node, dict):
        return {key: stripped(value) for key, value in node.items() if key not in ELSEWHERE}
    if isinstance(node, list):
        return [stripped(value) for value in node]
    return node


def shown(text):
    return [stripped(json.loads(line)) for line in text.splitlines()]


def of_capture(path):
    """As a pipe gives it: what comes late is held there, too."""
    with open(path, 'rb') as f:
        cat = subprocess.Popen(['cat'], stdin=f, stdout=subprocess.PIPE)
        done = subprocess.run([PROGRAM, 'packets', '-o', 'json', '-'], stdin=cat.stdout,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cat.wait()
    return shown(done.stdout.decode())


def send(listener, datagrams, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        for octets in datagrams:
            s.sendto(octets, (listener.host, listener.port))


CAPTURES = ['softflowd-v1', 'softflowd-v5', 'softflowd-v9', 'softflowd-ipfix', 'pmacctd-v5',
            'pmacctd-v9', 'pmacctd-ipfix', 'pmacctd-v9-sampled', 'fprobe-v5', 'fprobe-v7',
            'quirk-e1', 'quirk-e2', 'joined']


def compare(name):
    path = os.path.join(TOP, 'pcaps', name + '.pcap')
    datagrams = payloads(path)
    if not datagrams:
        yield 'no datagram in the capture'
        return
    listener = Listener('packets', '-o', 'json')
    send(listener, datagrams)
    time.sleep(SETTLED)
    out, err, code = listener.stop()
    ours, theirs = shown(out), of_capture(path)
    if code != 0:
        yield 'exit code %d: %s' % (code, err)
    if ours != theirs:
        yield '%d objects of the socket, %d of the capture, or other ones' % (len(ours), len(theirs))
        for a, b in zip(ours, theirs):
            if a != b:
                yield 'socket:  %s' % json.dumps(a)[:1000]
                yield 'capture: %s' % json.dumps(b)[:1000]
                break


@test
def captures():
    """Every capture of an exporter, sent to a socket."""
    for name in CAPTURES:
        for fault in compare(name):
            yield '%s: %s' % (name, fault)


@test
def ipv6_and_all_addresses():
    """Both families reach a socket that no address is given for."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))
    listener = Listener('packets', '-o', 'json', address=':0')
    listener.host = '127.0.0.1'
    send(listener, datagrams)
    listener.host = '::1'
    try:
        send(listener, datagrams, socket.AF_INET6)
    except OSError:
        listener.stop()
        return      # no IPv6 here
    time.sleep(SETTLED)
    out, _, _ = listener.stop()
    sources = {json.loads(line)['src'] for line in out.splitlines()}
    if sources != {'127.0.0.1', '::1'}:
        yield 'from %s' % sources


@test
def tcp():
    """IPFIX over TCP, cut anywhere; what is no IPFIX ends its connection alone."""
    messages = payloads(os.path.join(TOP, 'pcaps/softflowd-ipfix.pcap'))
    stream = b''.join(messages)
    listener = Listener('packets', '-o', 'json', address='tcp:127.0.0.1:0')
    with socket.create_connection((listener.host, listener.port)) as bad:
        bad.sendall(b'GET / HTTP/1.0\r\n\r\n' * 4)
        with socket.create_connection((listener.host, listener.port)) as good:
            for at in range(0, len(stream), 100):
                good.sendall(stream[at:at + 100])
            time.sleep(SETTLED)
    out, _, code = listener.stop()
    rows = [json.loads(line) for line in out.splitlines()]
    if [row['length'] for row in rows] != [len(m) for m in messages] or code != 0:
        yield '%d messages of %d, exit code %d' % (len(rows), len(messages), code)
    if any(row['transport'] != 'tcp' for row in rows):
        yield 'not TCP'


@test
def nothing_is_lost_at_the_end():
    """What was received before the signal is shown, and nothing waits for it to be asked for."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap')) * 200
    listener = Listener('flows', '-o', 'csv', '-c', 'src')
    os.kill(listener.program.pid, signal.SIGSTOP)
    send(listener, datagrams)
    os.kill(listener.program.pid, signal.SIGCONT)
    out, err, code = listener.stop(signal.SIGINT)
    records = sum(int.from_bytes(octets[2:4], 'big') for octets in datagrams)
    if out.count('\n') - 1 != records or code != 0:
        yield '%d of %d records, exit code %d: %s' % (out.count('\n') - 1, records, code, err)


@test
def each_message_at_once():
    """A pipe has a message before the next one comes."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))[:1]
    listener = Listener('packets', '-o', 'json')
    send(listener, datagrams)
    line = listener.program.stdout.readline()
    if b'"version":5' not in line:
        yield 'not a message: %r' % line
    listener.stop()


@test
def other_commands():
    """Sums are shown at the end."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))
    for words, sign in ((['stats'], 'v5'), (['top', '-k', 'proto'], 'tcp'),
                        (['exporters'], '127.0.0.1'), (['check'], 'Verdict')):
        listener = Listener(*words)
        send(listener, datagrams)
        time.sleep(SETTLED)
        out, err, code = listener.stop()
        if sign.lower() not in out.lower() or code not in (0, 1):
            yield '%s: exit code %d: %s%s' % (words[0], code, out, err)


@test
def what_cannot_be_bound():
    """A port in use, and what is no address, end with a message and exit code 2."""
    listener = Listener('packets')
    for address in ('127.0.0.1:%d' % listener.port, '127.0.0.1:99999', '127.0.0.1:', 'no.such.:1'):
        done = subprocess.run([PROGRAM, 'listen', address], capture_output=True, timeout=30)
        if done.returncode != 2 or not done.stderr.startswith(b'nfpcap: '):
            yield '%s: exit code %d: %s' % (address, done.returncode, done.stderr.decode())
    listener.stop()


def main():
    failed = False
    print('1..%d' % len(tests))
    for number, function in enumerate(tests, 1):
        faults = list(function())
        failed |= bool(faults)
        print('%s %d - %s' % ('not ok' if faults else 'ok', number,
                              function.__doc__.splitlines()[0]))
        for fault in faults:
            print('# ' + fault.replace('\n', ' '))
    return failed


if __name__ == '__main__':
    sys.exit(main())
