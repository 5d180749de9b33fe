#!/usr/bin/env python3
"""What is sent to sockets is shown as what captures hold: record for record, set for set.

The payloads of our captures are sent to `nfpcap listen` on loopback, and what it prints is held
against what the capture gives; when and from where is left out on both sides.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys

import tap
from tap import test

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
# What differs between a capture and a socket.
ELSEWHERE = {'file', 'frame', 'time', 'src', 'srcPort', 'dst', 'dstPort', 'transport', 'template'}


class Listener:
    """`nfpcap listen` and what it says it is bound to."""

    def __init__(self, *arguments, address='127.0.0.1:0', sockets=1, **options):
        words = [PROGRAM, 'listen', *arguments] + ([address] if address else [])
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.program = subprocess.Popen(words, **dict(pipes, **options))
        self.lines, self.bound = [], []     # all that it says until it is bound
        while len(self.bound) < sockets:
            self.lines.append(self.program.stderr.readline().decode())
            found = re.search(r'listening on (.*):(\d+)', self.lines[-1])
            if found:
                self.bound.append((found.group(1).strip('[]'), int(found.group(2))))
            elif not self.lines[-1]:
                raise RuntimeError('not listening: ' + ''.join(self.lines))
        self.host, self.port = self.bound[0]

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
    """Until they are in the listener's socket: a busy kernel delivers later than it takes, in order."""
    with socket.socket(family, socket.SOCK_DGRAM) as s, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        for octets in datagrams:
            s.sendto(octets, (listener.host, listener.port))
        last.bind(('127.0.0.1', 0))
        last.settimeout(60)
        last.sendto(b'last', last.getsockname())
        last.recv(4)


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
    if not listener.lines[0].endswith('listening on [::]:%d, IPv4 too\n' % listener.port):
        yield listener.lines[0]
    listener.host = '127.0.0.1'
    send(listener, datagrams)
    listener.host = '::1'
    try:
        send(listener, datagrams, socket.AF_INET6)
    except OSError:
        listener.stop()
        return      # no IPv6 here
    out, _, _ = listener.stop()
    rows = [json.loads(line) for line in out.splitlines()]
    if {row['src'] for row in rows} != {'127.0.0.1', '::1'}:
        yield 'from %s' % {row['src'] for row in rows}
    if {row['file'] for row in rows} != {':%d' % listener.port}:
        yield 'at %s' % {row['file'] for row in rows}


def link_local():
    """An address of this machine that is of a link alone, and the link; None: there is none."""
    if not os.path.exists('/proc/net/if_inet6'):
        return None
    with open('/proc/net/if_inet6', encoding='ascii') as f:
        for line in f:
            octets, index, _, scope, _, _ = line.split()
            if scope == '20':
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(octets)), int(index, 16)
    return None


@test
def scope():
    """The client of a link-local address comes with its interface in python-netflow's lines."""
    found = link_local()
    if found is None:
        return      # no such address here
    listener = Listener('-o', 'python-netflow', address='[::]:0')
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind((found[0], 0, 0, found[1]))
        port = s.getsockname()[1]
        for octets in payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap')):
            s.sendto(octets, (found[0], listener.port, 0, found[1]))
        line = json.loads(listener.program.stdout.readline())
    listener.stop()
    client = next(iter(line.values()))['client']
    if client != [found[0], port, 0, found[1]]:
        yield str(client)


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
            lines = [listener.program.stdout.readline() for _ in messages]
    out, _, code = listener.stop()
    rows = [json.loads(line) for line in lines] + [json.loads(line) for line in out.splitlines()]
    if [row['length'] for row in rows] != [len(m) for m in messages] or code != 0:
        yield '%d messages of %d, exit code %d' % (len(rows), len(messages), code)
    if any(row['transport'] != 'tcp' for row in rows):
        yield 'not TCP'


@test
def nothing_is_lost_at_the_end():
    """What was received before the signal is shown, and nothing waits for it to be asked for."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap')) * 200
    records = sum(int.from_bytes(octets[2:4], 'big') for octets in datagrams)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        listener = Listener('flows', '-o', 'csv', '-c', 'src',
                            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        os.kill(listener.program.pid, signal.SIGSTOP)
        send(listener, datagrams)
        os.kill(listener.program.pid, signal.SIGCONT)
        out, err, code = listener.stop(number)
        if out.count('\n') - 1 != records or code != 0:
            yield '%s: %d of %d records, exit code %d: %s' % (
                number.name, out.count('\n') - 1, records, code, err)


@test
def nohup():
    """Where SIGHUP is ignored, it stays so."""
    listener = Listener('packets', '-o', 'json',
                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    listener.program.send_signal(signal.SIGHUP)
    send(listener, payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))[:1])
    out, err, code = listener.stop()
    if out.count('\n') != 1 or code != 0:
        yield '%r, exit code %d: %s' % (out, code, err)


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
def what_is_lost_is_counted():
    """Where nobody reads the output, the queue fills; each datagram is shown, or said to be lost."""
    datagram = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))[0]
    sent = 20000
    listener = Listener('packets', '-o', 'json', '--max-queue', '1M')
    send(listener, [datagram] * sent)
    out, err, code = listener.stop()
    found = re.search(r'(\d+) datagrams? w\w+ dropped: (\d+) .*, (\d+) .*; (\d+) were received', err)
    if 'being dropped: ' not in err or not found or code != 0:
        yield 'exit code %d: %s' % (code, err)
        return
    dropped, full, buffers, received = (int(n) for n in found.groups())
    if dropped + received != sent or full + buffers != dropped or out.count('\n') != received:
        yield '%d lines: %s' % (out.count('\n'), err)


@test
def other_commands():
    """Sums are shown at the end."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))
    for words, sign in ((['stats'], 'v5'), (['top', '-k', 'proto'], 'tcp'),
                        (['exporters'], '127.0.0.1'), (['check'], 'Verdict')):
        listener = Listener(*words)
        send(listener, datagrams)
        out, err, code = listener.stop()
        if sign.lower() not in out.lower() or code not in (0, 1):
            yield '%s: exit code %d: %s%s' % (words[0], code, out, err)


@test
def a_template_that_does_not_come():
    """Who waits for flows is told, once, that data wait for their template."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/quirk-e1.pcap'))
    listener = Listener('flows', '-o', 'csv')
    send(listener, datagrams[:1] * 3)
    line = listener.program.stderr.readline().decode()
    if not re.match(r'nfpcap: 127\.0\.0\.1:\d+ sends data whose template has not come yet', line):
        yield line
    _, err, code = listener.stop()
    if code != 0 or 'has not come' in err or '3 data sets without a template' not in err:
        yield 'exit code %d: %s' % (code, err)


def free_ports(n):
    """Ports that nothing is bound to."""
    found = []
    for _ in range(n):
        found.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        found[-1].bind(('127.0.0.1', 0))
    ports = sorted(s.getsockname()[1] for s in found)
    for s in found:
        s.close()
    return ports


@test
def host_and_port():
    """--host and -p say where to listen, as python-netflow's collector has it."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-v5.pcap'))
    first, second = free_ports(2)
    for words, sockets, host in ((('--host', '127.0.0.1', '-p', '0'), 1, '127.0.0.1'),
                                 (('-p', '0', '--host', '0.0.0.0'), 1, '0.0.0.0'),
                                 (('--host=127.0.0.1', '--port=%d,%d' % (first, second)), 2,
                                  '127.0.0.1')):
        listener = Listener(*words, '-o', 'python-netflow', address=None, sockets=sockets)
        if any(bound[0] != host for bound in listener.bound):
            yield '%s: bound to %s' % (' '.join(words), listener.bound)
        lines = []
        for _, port in listener.bound:
            listener.host, listener.port = '127.0.0.1', port
            send(listener, datagrams)
            lines += [listener.program.stdout.readline() for _ in datagrams]
        if any(json.loads(line).popitem()[1]['header']['version'] != 5 for line in lines):
            yield '%s: %s' % (' '.join(words), lines)
        listener.stop()
        if sockets == 2 and [port for _, port in listener.bound] != [first, second]:
            yield '%s: bound to %s' % (' '.join(words), listener.bound)


@test
def several_sockets():
    """UDP and TCP of one command; each has a line of its own, in the order of the words."""
    datagrams = payloads(os.path.join(TOP, 'pcaps/softflowd-ipfix.pcap'))
    listener = Listener('packets', '-o', 'json', 'udp:127.0.0.1:0', 'tcp:127.0.0.1:0',
                        address='127.0.0.1:0', sockets=3)
    if ['(TCP)' in line for line in listener.lines] != [False, True, False]:
        yield 'lines: %s' % listener.lines
    seen = []
    for (host, port), line in zip(listener.bound, listener.lines):
        listener.host, listener.port = host, port
        if '(TCP)' in line:
            with socket.create_connection((host, port)) as stream:
                stream.sendall(b''.join(datagrams))
                seen += [json.loads(listener.program.stdout.readline()) for _ in datagrams]
        else:
            send(listener, datagrams)
            seen += [json.loads(listener.program.stdout.readline()) for _ in datagrams]
    found = [(message['transport'], message['dstPort']) for message in seen[::len(datagrams)]]
    wanted = list(zip(('udp', 'tcp', 'udp'), (port for _, port in listener.bound)))
    if found != wanted:
        yield '%s, and not %s' % (found, wanted)
    listener.stop()


def refused(words, *signs, before=()):
    """What is wrong with how `nfpcap listen WORDS` fails: a message with SIGNS, exit code 2."""
    done = subprocess.run([*before, PROGRAM, 'listen', *words], capture_output=True, timeout=30)
    text = done.stderr.decode()
    if done.returncode != 2 or not text.startswith('nfpcap: ') or text.count('\n') != 1 or \
            done.stdout or any(sign not in text for sign in signs):
        yield '%s: exit code %d: %s' % (' '.join(words), done.returncode, text)


@test
def what_cannot_be_bound():
    """A port in use, and what is no address, end with a message and exit code 2."""
    for kind in ('', 'tcp:'):
        listener = Listener('packets', address=kind + '127.0.0.1:0')
        taken = '127.0.0.1:%d' % listener.port
        yield from refused([kind + taken], 'in use', 'another program has the port: ss ')
        yield from refused([kind + '127.0.0.1:0', kind + taken], 'in use')
        listener.stop()
    for address in ('127.0.0.1:99999', '127.0.0.1:', 'pcaps/softflowd-v5.pcap', '127.0.0.1'):
        yield from refused([address], address, 'not [ADDRESS]:PORT')
    for address in ('::1', '::1:2055', 'tcp:2001:db8::1:2055'):
        yield from refused([address], address, 'IPv6 address stands in brackets')
    yield from refused(['sctp:127.0.0.1:2055'], 'tcp: or udp: may stand before it')
    yield from refused(['no.such.:1'], 'cannot listen on no.such.:1: ')
    yield from refused(['192.0.2.77:2055'], '192.0.2.77:2055', 'no interface here has it')


@test
def options_that_clash():
    """What says where to listen twice, or is about files, is refused."""
    yield from refused(['-p', '2055', ':2056'], ':2056', '--port', 'one of them')
    yield from refused(['flows', '--host', '::1', ':2056'], ':2056', '--host')
    yield from refused(['--host', '127.0.0.1:2055'], '--host', 'has a port')
    yield from refused(['--host', '[::1]:2055'], '--host', 'has a port')
    yield from refused(['-p', '1-1000'], '64 ports')
    yield from refused(['-F', '/nonexistent/filter', '127.0.0.1:0'], '/nonexistent/filter')
    yield from refused(['-p', '65536'], '--port')
    yield from refused(['-r', 'pcaps/softflowd-v5.pcap'], 'no option --read')
    for option in ('--sort', '--follow', '--accept-cut', '--progress'):
        yield from refused(['flows', option], 'listen has no option ' + option)
    done = subprocess.run([PROGRAM, 'packets', '--host', '::1', 'x'], capture_output=True)
    if done.returncode != 2 or b'no option --host' not in done.stderr:
        yield 'packets --host: %s' % done.stderr


def can(*command):
    return subprocess.run(command, capture_output=True).returncode == 0


@test
def a_port_of_the_superuser():
    """Without the right to it, a port below 1024 is refused with a reason."""
    if os.getuid() != 0:
        before = []
    elif can('setpriv', '--reuid=65534', '--clear-groups', PROGRAM, '--version'):
        before = ['setpriv', '--reuid=65534', '--clear-groups']
    else:
        print('# skipped: no way to be anybody but root')
        return
    with open('/proc/sys/net/ipv4/ip_unprivileged_port_start', encoding='ascii') as limit:
        if int(limit.read()) < 81:
            print('# skipped: port 80 is for everybody here')
            return
    yield from refused(['127.0.0.1:80'], 'ermission denied', 'below 1024', before=before)


@test
def without_ipv6():
    """Where there is no IPv6, all addresses are those of IPv4, and others are refused."""
    if os.getuid() != 0 or not can('unshare', '-n', 'sysctl', '-qw',
                                   'net.ipv6.conf.all.disable_ipv6=1'):
        print('# skipped: a namespace without IPv6 cannot be made here')
        return
    script = ('sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up; exec "$@"')
    before = ['unshare', '-n', 'sh', '-c', script, 'sh']
    yield from refused(['[::1]:2055'], 'cannot listen on [::1]:2055', 'no interface here has it',
                       before=before)
    program = subprocess.Popen([*before, PROGRAM, 'listen', ':2055'], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    line = program.stderr.readline().decode()
    if 'listening on ' not in line:
        yield line
    program.send_signal(signal.SIGTERM)
    _, err = program.communicate(timeout=30)
    if program.returncode != 0:
        yield 'exit code %d: %s' % (program.returncode, err.decode())


if __name__ == '__main__':
    sys.exit(tap.run())
