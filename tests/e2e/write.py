#!/usr/bin/env python3
"""-w and --rotate: what is written is there, whole, however the program ends."""
import glob
import gzip
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from listen import PROGRAM, TOP, Listener, payloads, send, stripped  # noqa: E402

import tap
from tap import test

V9 = os.path.join(TOP, 'pcaps/softflowd-v9.pcap')
V5 = os.path.join(TOP, 'pcaps/softflowd-v5.pcap')
LONG = 60       # seconds after which what should have come does not


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def __call__(self, name):
        return os.path.join(self.path, name)

    def names(self):
        return sorted(os.listdir(self.path))


def nfpcap(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LONG, **options)


def lines(path):
    """Of a file of lines, packed or not, up to where it cannot be read."""
    found = []
    try:
        with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as f:
            for line in f:
                found.append(line)
    except (OSError, EOFError):
        pass
    return found


def waits_for(condition):
    deadline = time.monotonic() + LONG
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sound(path):
    return subprocess.run(['gzip', '-t', path], stderr=subprocess.PIPE).stderr.decode()


@test
def as_on_standard_output():
    """A file has what standard output would have, of every command and format."""
    with Folder() as folder:
        for number, words in enumerate((
                ['packets', V9], ['packets', '-v', V9], ['packets', '-o', 'json', V9],
                ['packets', '-o', 'python-netflow', V9], ['flows', V9],
                ['flows', '-o', 'csv', V9], ['flows', '-o', 'json', V9, V5], ['stats', V9],
                ['top', V9], ['options', '-o', 'csv', V9], ['templates', '-o', 'tsv', V9],
                ['exporters', V9], ['check', V9], ['check', '-o', 'sarif', V9])):
            for ending in ('', '.gz'):
                path = folder('%d%s' % (number, ending))
                plain, written = nfpcap(*words), nfpcap(*words, '-w', path)
                if b''.join(lines(path)) != plain.stdout or written.stdout != b'' or \
                        written.returncode != plain.returncode:
                    yield '%s: %s' % (' '.join(words), written.stderr.decode())


@test
def killed_and_begun_anew():
    """Lines are in the file though nothing more comes; a killed collector leaves it whole."""
    datagrams = payloads(V9)
    with Folder() as folder:
        path = folder('out.gz')
        for turn in 1, 2:
            listener = Listener('-o', 'python-netflow', '-w', path)
            send(listener, datagrams)
            if not waits_for(lambda: len(lines(path)) == turn * len(datagrams)):
                yield '%d lines' % len(lines(path))
            _, err, _ = listener.stop(signal.SIGKILL)
            if sound(path) or 'cut off' in err:
                yield sound(path) + err
        if [list(json.loads(line).values())[0]['flows'] for line in lines(path)] != 2 * \
                [list(json.loads(line).values())[0]['flows']
                 for line in nfpcap('-o', 'python-netflow', V9).stdout.splitlines()]:
            yield 'not the flows of the capture, twice'
        done = nfpcap('analyze', '-n', path)
        if done.returncode != 0 or done.stderr:
            yield 'analyze: ' + done.stderr.decode()


@test
def cut_within_a_member():
    """What a crash has cut is cut back to what can be read, which is said."""
    datagrams = payloads(V5)
    with Folder() as folder:
        path = folder('out.gz')
        for _ in range(2):
            nfpcap('-o', 'python-netflow', '-w', path, V5)
        size = os.path.getsize(path)
        os.truncate(path, size - 7)
        listener = Listener('-o', 'python-netflow', '-w', path)
        send(listener, datagrams)
        waits_for(lambda: len(lines(path)) == 2 * len(datagrams))
        _, err, code = listener.stop()
        if len(lines(path)) != 2 * len(datagrams) or sound(path) or code != 0:
            yield '%d lines, exit code %d: %s' % (len(lines(path)), code, sound(path))
        if 'octets of an unfinished member cut off' not in listener.lines[0]:
            yield listener.lines[0] + err


@test
def nothing_is_lost_at_the_end():
    """SIGTERM: all that was received is in the file, and in the capture."""
    datagrams = payloads(V5) * 100
    with Folder() as folder:
        listener = Listener('flows', '-o', 'csv', '-w', folder('out.csv'), '-w', folder('x.pcap'))
        os.kill(listener.program.pid, signal.SIGSTOP)
        send(listener, datagrams)
        os.kill(listener.program.pid, signal.SIGCONT)
        out, err, code = listener.stop()
        records = sum(int.from_bytes(octets[2:4], 'big') for octets in datagrams)
        if len(lines(folder('out.csv'))) != records + 1 or out or code != 0:
            yield '%d of %d records: %s%s' % (len(lines(folder('out.csv'))) - 1, records, out, err)
        again = nfpcap('flows', '-o', 'csv', folder('x.pcap')).stdout.splitlines(True)
        if len(again) != records + 1:
            yield '%d of %d records in the capture' % (len(again) - 1, records)


def endpoints(text):
    """What is to be the same in a capture: all but where templates were and the file."""
    rows = [json.loads(line) for line in text.splitlines()]
    return [(row['time'], row['src'], row['srcPort'], row['dst'], row['dstPort'],
             row['transport'], row['type'], stripped(row)) for row in rows]


@test
def what_is_received_as_a_capture():
    """The capture gives the lines that were shown, over UDP and TCP; garbage is in it."""
    with Folder() as folder:
        for ending in 'x.pcap', 'x.pcap.gz':
            path = folder(ending)
            datagrams = payloads(V9) + [b'no flow export', b'']
            listener = Listener('-o', 'json', '-w', path)
            send(listener, datagrams)
            out, err, code = listener.stop()
            again = nfpcap('-o', 'json', path)
            if not out or endpoints(out) != endpoints(again.stdout.decode()) or code != 0:
                yield '%s: other lines: %s%s' % (ending, err, again.stderr.decode())
            frames = json.loads(nfpcap('stats', '-o', 'json', path).stdout.splitlines()[0])
            if frames['frames'] != len(datagrams):
                yield '%s: %d frames of %d' % (ending, frames['frames'], len(datagrams))
        path = folder('tcp.pcap')
        messages = payloads(os.path.join(TOP, 'pcaps/softflowd-ipfix.pcap'))
        listener = Listener('-o', 'json', '-w', path, address='tcp:127.0.0.1:0')
        with socket.create_connection((listener.host, listener.port)) as s:
            s.sendall(b''.join(messages))
            for _ in messages:
                listener.program.stdout.readline()
        listener.stop()
        again = nfpcap('-o', 'json', path).stdout.decode()
        if [row['length'] for row in map(json.loads, again.splitlines())] != \
                [len(m) for m in messages]:
            yield 'TCP: other messages'


@test
def captures_grow_too():
    """A capture that was cut within a frame grows behind the last whole one."""
    datagrams = payloads(V5)
    with Folder() as folder:
        path = folder('x.pcap')
        for _ in range(2):
            listener = Listener('-w', path)
            send(listener, datagrams)
            listener.program.stdout.readline()
            listener.stop()
            whole = os.path.getsize(path)
            os.truncate(path, whole - 3)
        done = nfpcap('-o', 'json', '--accept-cut', path)
        if len(done.stdout.splitlines()) != 2 * len(datagrams) - 2:
            yield '%d messages: %s' % (len(done.stdout.splitlines()), done.stderr.decode())


@test
def rotation():
    """Files that follow each other have all that was received, whole, under their last names."""
    datagrams = payloads(V9) * 50
    with Folder() as folder:
        listener = Listener('-o', 'json', '-w', folder('out.gz'), '-w', folder('x.pcap'),
                            '--rotate', '8K')
        for at in range(0, len(datagrams), 10):
            send(listener, datagrams[at:at + 10])
        _, err, code = listener.stop()
        packed = sorted(glob.glob(folder('out-*Z*.gz')))
        captures = sorted(glob.glob(folder('x-*Z*.pcap')))
        if len(packed) + len(captures) != len(folder.names()) or len(captures) < 3:
            yield ' '.join(folder.names())
        written = sum(len(lines(path)) for path in packed)
        received = sum(len(nfpcap('-o', 'json', path).stdout.splitlines()) for path in captures)
        if written != len(datagrams) or received != len(datagrams) or code != 0:
            yield '%d and %d of %d: %s' % (written, received, len(datagrams), err)


@test
def left_by_a_crash():
    """What a killed collector was writing to is completed by the next one."""
    datagrams = payloads(V9)
    with Folder() as folder:
        for name in 'out.gz', 'out.json', 'x.pcap':
            listener = Listener('-o', 'json', '-w', folder(name), '--rotate', '1d')
            partial = [n for n in folder.names() if n.endswith('.partial')]
            send(listener, datagrams)
            waits_for(lambda: os.path.getsize(folder(partial[0])) > 0)
            listener.stop(signal.SIGKILL)
            with open(folder(partial[0]), 'ab') as f:
                f.write(b'\x1f\x8b\x08')
            listener = Listener('-o', 'json', '-w', folder(name), '--rotate', '1d')
            listener.stop()
            complete = folder(partial[0][:-len('.partial')])
            if [n for n in folder.names() if n.endswith('.partial')] or \
                    'was left unfinished, and is completed' not in listener.lines[1]:
                yield '%s: %s' % (' '.join(folder.names()), ''.join(listener.lines))
            elif nfpcap(complete).returncode != 0 if name == 'x.pcap' else \
                    len([json.loads(line) for line in lines(complete)]) == 0:
                yield complete


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000))


@test
def no_room():
    """Where nothing more can be written the collector ends with a message and exit code 2."""
    datagrams = payloads(V9) * 1000
    with Folder() as folder:
        for name in 'out.gz', 'out.json', 'x.pcap':
            listener = Listener('-o', 'json', '-w', folder(name), preexec_fn=limited,
                                stdout=subprocess.DEVNULL)
            send(listener, datagrams[:2])
            waits_for(lambda: os.path.getsize(folder(name)) > 0)
            send(listener, datagrams)
            code = listener.program.wait(LONG)
            err = listener.program.stderr.read().decode()
            if code != 2 or err != 'nfpcap: cannot write to %s: File too large\n' % folder(name):
                yield '%s: exit code %d: %s' % (name, code, err)
            if name == 'x.pcap':
                done = nfpcap(folder(name))
                if done.returncode != 0 or done.stderr or done.stdout.count(b'\n') < 10:
                    yield done.stdout.decode() + done.stderr.decode()
            elif len([json.loads(line) for line in lines(folder(name))]) < 2:
                yield '%s: what was written is lost' % name
            if name.endswith('.gz') and sound(folder(name)):
                yield sound(folder(name))
        done = nfpcap('-w', '/dev/full', V9)
        if done.returncode != 2 or b'No space left' not in done.stderr:
            yield '/dev/full: exit code %d: %s' % (done.returncode, done.stderr.decode())


@test
def a_vanished_folder():
    """Where the next file cannot be made, that is said, and the exit code is 2."""
    with Folder() as folder:
        inner = folder('inner')
        os.mkdir(inner)
        listener = Listener('-o', 'json', '-w', os.path.join(inner, 'out.json'))
        shutil.rmtree(inner)
        send(listener, payloads(V9))
        code = listener.program.wait(LONG)
        err = listener.program.stderr.read().decode()
        if code != 2 or 'cannot write to' not in err or 'No such file or directory' not in err:
            yield 'exit code %d: %s' % (code, err)


def v9(source, sequence, *sets):
    body = b''.join(s[:2] + (len(s) + 2).to_bytes(2, 'big') + s[2:] for s in sets)
    return (b'\0\x09\0\x01' + bytes(4) + (1700000000).to_bytes(4, 'big') +
            sequence.to_bytes(4, 'big') + source.to_bytes(4, 'big') + body)


def captured(datagrams):
    """A capture of (second, octets), each in IPv4 and UDP."""
    octets = bytearray(b'\xa1\xb2\xc3\xd4\0\2\0\4' + bytes(8) + b'\0\4\0\0\0\0\0\x65')
    for second, payload in datagrams:
        udp = b'\x08\x07\x08\x07' + (8 + len(payload)).to_bytes(2, 'big') + bytes(2) + payload
        ip = (b'\x45\0' + (20 + len(udp)).to_bytes(2, 'big') + bytes(4) + b'\x40\x11\0\0' +
              b'\xc0\0\2\1\xc0\0\2\2' + udp)
        octets += second.to_bytes(4, 'big') + bytes(4) + len(ip).to_bytes(4, 'big') * 2 + ip
    return bytes(octets)


TEMPLATE = b'\0\0\1\0\0\1\0\1\0\4'     # 256: octets, in four of them
DATA = b'\1\0\0\0\0\7'


def held(datagrams):
    """What becomes of lines that wait: those complete, the others, and what is said."""
    done = nfpcap('-o', 'python-netflow', '-', input=captured(datagrams))
    rows = [list(json.loads(line).values())[0] for line in done.stdout.splitlines()]
    full = [row['header']['sequence'] for row in rows if row['flows']]
    rest = [row['header']['sequence'] for row in rows if not row['flows']]
    return full, rest, done.stderr.decode()


@test
def lines_that_wait():
    """Lines of python-netflow wait for templates, within bounds of room and time, which is said."""
    count = 80000
    waiting = [(1000, v9(1, n, DATA)) for n in range(count)]
    full, rest, err = held(waiting + [(1000, v9(1, count, TEMPLATE))])
    if full != list(range(len(rest) - 1, count)) or \
            sorted(rest) != list(range(len(rest) - 1)) + [count]:
        yield '%d lines with, %d without their flows' % (len(full), len(rest))
    if err.count('wait for templates') != 1 or \
            '%d lines lack sets' % (len(rest) - 1) not in err:
        yield err
    full, rest, err = held([(1000, v9(1, 0, DATA)), (4000, v9(1, 1, DATA)),
                            (4601, v9(1, 2, TEMPLATE)), (4602, v9(1, 3, DATA))])
    if full != [1, 3] or sorted(rest) != [0, 2] or 'nfpcap: 1 line lacks sets' not in err:
        yield '%s, %s: %s' % (full, rest, err)


@test
def documents():
    """A document takes the place of what its file held, once there is one."""
    with Folder() as folder:
        for form in 'junit', 'sarif':
            plain = nfpcap('check', '-o', form, V9).stdout
            for name in 'report', 'report.gz':
                with open(folder(name), 'w') as f:
                    f.write('something longer\n' * len(plain))
                gone = nfpcap('check', '-o', form, '-w', folder(name), folder('none'))
                if gone.returncode != 2 or b''.join(lines(folder('report')))[:9] != b'something':
                    yield '%s: %s' % (form, gone.stderr.decode())
                for _ in range(2):
                    done = nfpcap('check', '-o', form, '-w', folder(name), V9)
                    if b''.join(lines(folder(name))) != plain or done.stderr:
                        yield '%s %s: %s' % (form, name, done.stderr.decode())
                os.remove(folder(name))
                with open(folder('report'), 'w') as f:
                    f.write('something\n')


@test
def what_cannot_be_meant():
    """What -w and --rotate cannot do ends with exit code 2, and with what to do instead."""
    with Folder() as folder:
        with open(folder('text.gz'), 'w') as f:
            f.write('no gzip\n')
        shutil.copy(V9, folder('in'))
        for words, wanted in (
                (['-o', 'x.gz', V9], '-o x.gz: use -w x.gz'),
                (['-w', folder('x.pcap'), V9], 'only what listen receives'),
                (['-w', folder('x.json.zst'), V9], 'only .gz'),
                (['-w', folder('x.pcapng'), V9], 'written as .pcap'),
                (['-w', 'a', '-w', 'b', V9], 'one file for the output'),
                (['-w', '-', V9], 'without -w'),
                (['-w', folder('in'), folder('in')], 'is an input'),
                (['--rotate', '1h', V9], 'needs -w'),
                (['check', '-o', 'junit', '-w', 'a', '--rotate', '1h', V9], 'in one file'),
                (['-w', 'a', '--rotate', '100', V9], 'no size'),
                (['-w', 'a', '--rotate', '500ms', V9], 'no time'),
                (['-w', folder('no/such/x'), V9], 'No such file or directory'),
                (['-w', folder('text.gz'), V9], 'is no gzip file'),
                (['-w', folder(''), V9], 'directory'),
                (['listen', '-w', folder('no/such/x.pcap'), '127.0.0.1:0'], 'No such file'),
                (['listen', '-w', folder('x.pcap'), '127.0.0.1:x'], '127.0.0.1:x'),
                (['-w', folder('x.gz'), '-f', 'src ==', V9], 'filter:')):
            done = nfpcap(*words)
            err = done.stderr.decode()
            if done.returncode != 2 or not err.startswith('nfpcap: ') or wanted not in err or \
                    done.stdout:
                yield '%s: exit code %d: %s' % (' '.join(words), done.returncode, err)
        with open(folder('text.gz')) as f:
            if f.read() != 'no gzip\n' or folder.names() != ['in', 'text.gz']:
                yield ' '.join(folder.names())


def migration():
    """What the manual says to type instead of python-netflow's commands."""
    with open(os.path.join(TOP, 'doc/nfpcap.1'), encoding='utf-8') as f:
        section = f.read().split('.SH MOVING FROM')[1].split('.SH')[0]
    return [line.replace('\\-', '-').split()[1:] for line in section.splitlines()
            if line.startswith('nfpcap ')]


@test
def moving_from_python_netflow():
    """The lines of the manual for users of python-netflow do what they say."""
    with Folder() as folder:
        shutil.copy(V9, folder('capture.pcap'))
        for words in migration():
            if words[0] != 'listen':
                done = nfpcap(*words, cwd=folder.path)
                if done.returncode != 0 or done.stderr or not done.stdout:
                    yield '%s: %s' % (' '.join(words), done.stderr.decode())
                continue
            before = len(lines(folder('flows.gz')))
            port = [] if '-p' in words else ['-p', '0', '--host', '127.0.0.1']
            listener = Listener(*['0' if word == '9000' else word for word in words[1:]], *port,
                                address=None, cwd=folder.path)
            send(listener, payloads(V9))
            _, err, code = listener.stop()
            if len(lines(folder('flows.gz'))) != before + len(payloads(V9)) or code != 0:
                yield '%s: exit code %d: %s' % (' '.join(words), code, err)
        if len(migration()) < 6:
            yield 'the manual has %d lines' % len(migration())


if __name__ == '__main__':
    sys.exit(tap.run())
