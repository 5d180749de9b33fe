#!/usr/bin/env python3
"""What nfpcap does on a terminal, on a pipe that closes, with input that is still coming."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
CAPTURE = os.path.join(TOP, 'pcaps', 'quirk-e12.pcap')
LARGE = os.path.join(TOP, 'pcaps', 'v8.pcap')
PATIENCE = 20
tests = []


def test(function):
    tests.append(function)


def on_terminal(arguments, columns=80, **environment):
    """What the program writes to a terminal of that many COLUMNS."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    env = dict(os.environ, TERM='xterm')
    env.pop('NO_COLOR', None)
    env.update(environment)
    child = subprocess.Popen([PROGRAM] + arguments, stdin=subprocess.DEVNULL, stdout=slave,
                             stderr=subprocess.DEVNULL, env=env)
    os.close(slave)
    text = b''
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(master)
    child.wait(PATIENCE)
    return text.decode().replace('\r\n', '\n')


@test
def titles_and_day():
    """A terminal gets titles, a line for the day, and lines that fit."""
    lines = on_terminal(['packets', CAPTURE], TERM='dumb').splitlines()
    if not lines[0].startswith('frame time (UTC)'):
        yield 'no titles: ' + lines[0]
    if lines[1] != '2024-01-01':
        yield 'no day: ' + lines[1]
    yield from (line for line in lines if len(line) > 80)


@test
def wide():
    """A wide one has each message on one line, with its date."""
    lines = on_terminal(['packets', CAPTURE], 200, TERM='dumb').splitlines()
    if len(lines) != 5 or ' 2024-01-01 00:00:00.000000 ' not in lines[1]:
        yield from lines


@test
def colours():
    """Colours where the terminal has some, nobody forbade them, or somebody asked for them."""
    for what, arguments, environment, wanted in (
            ('xterm', [], {}, True),
            ('dumb', [], {'TERM': 'dumb'}, False),
            ('NO_COLOR', [], {'NO_COLOR': '1'}, False),
            ('empty NO_COLOR', [], {'NO_COLOR': ''}, True),
            ('--color never', ['--color', 'never'], {}, False),
            ('--color always', ['--color', 'always'], {'NO_COLOR': '1', 'TERM': 'dumb'}, True)):
        text = on_terminal(['packets'] + arguments + [CAPTURE], **environment)
        if ('\033[' in text) != wanted:
            yield what


@test
def closed_pipe():
    """A pipe that closes ends it, quietly."""
    child = subprocess.Popen([PROGRAM, '-o', 'json'] + [LARGE] * 200, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.read(1)
    child.stdout.close()
    words = child.stderr.read().decode()
    if child.wait(PATIENCE) != 0 or words:
        yield 'exit %d: %s' % (child.returncode, words)


@test
def slow_pipe():
    """A pipe that somebody made non-blocking gets everything all the same."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    child = subprocess.Popen([PROGRAM, '-o', 'json'] + [LARGE] * 50, stdin=subprocess.DEVNULL,
                             stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    time.sleep(0.5)
    with os.fdopen(read, 'rb') as pipe:
        lines = pipe.read().count(b'\n')
    words = child.stderr.read().decode()
    once = subprocess.run([PROGRAM, '-o', 'json', LARGE], stdout=subprocess.PIPE).stdout
    if child.wait(PATIENCE) != 0 or words or lines != 50 * once.count(b'\n'):
        yield 'exit %d, %d lines: %s' % (child.returncode, lines, words)


@test
def endless_filter():
    """A filter from a file that does not end is refused."""
    done = subprocess.run([PROGRAM, '-F', '/dev/zero', CAPTURE], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    if done.returncode != 2 or b'octets long' not in done.stderr or len(done.stderr) > 1000:
        yield 'exit %d: %r' % (done.returncode, done.stderr[:1000])


@test
def full_disk():
    """What cannot be written is an error."""
    if not os.path.exists('/dev/full'):
        return
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([PROGRAM, CAPTURE], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
    if done.returncode != 2 or b'cannot write' not in done.stderr:
        yield 'exit %d: %s' % (done.returncode, done.stderr.decode())


def feed(child, octets):
    child.stdin.write(octets)
    child.stdin.flush()


def line_within(child, seconds):
    """A line of the child's output, or None if none comes in time."""
    ready, _, _ = select.select([child.stdout], [], [], seconds)
    return os.read(child.stdout.fileno(), 65536) if ready else None


def start_live():
    return subprocess.Popen([PROGRAM, '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


@test
def live():
    """Messages of a live input come out at once."""
    with open(CAPTURE, 'rb') as f:
        data = f.read()
    first = 24 + 16 + struct.unpack_from('<I', data, 24 + 8)[0]
    child = start_live()
    feed(child, data[:first])
    line = line_within(child, PATIENCE)
    if not line or b'\n    1 ' not in line:
        yield 'nothing came: %r' % line
    feed(child, data[first:])
    child.stdin.close()
    rest = child.stdout.read()
    if child.wait(PATIENCE) != 0 or rest.count(b'\n') != 3:
        yield 'exit %d: %r' % (child.returncode, rest)


@test
def interrupt():
    """An interrupt ends it at once."""
    child = start_live()
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        yield 'it goes on'
    child.communicate()


@test
def interrupted_totals():
    """An interrupt ends a live input of stats, which shows what there was."""
    with open(CAPTURE, 'rb') as f:
        data = f.read()
    for arguments in ['-'], ['--follow', CAPTURE]:
        child = subprocess.Popen([PROGRAM, 'stats'] + arguments, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if arguments == ['-']:
            feed(child, data)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        try:
            out, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            yield '%s: it goes on' % arguments
            continue
        if child.returncode != 0 or b'frames   4, ' not in out or err:
            yield '%s: exit %d: %r %r' % (arguments, child.returncode, out, err)


@test
def follow():
    """--follow shows what is added to a file."""
    with open(CAPTURE, 'rb') as f:
        data = f.read()
    path = os.path.join(os.environ.get('TMPDIR', '/tmp'), 'nfpcap-follow-%d.pcap' % os.getpid())
    try:
        with open(path, 'wb', buffering=0) as grows:
            grows.write(data[:100])
            child = subprocess.Popen([PROGRAM, '--follow', path], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            grows.write(data[100:])
            got = b''
            while got.count(b'\n') < 4:
                more = line_within(child, PATIENCE)
                if not more:
                    yield 'only %r' % got
                    break
                got += more
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=PATIENCE)
    finally:
        os.unlink(path)


@test
def cut_files():
    """A cut file ends with 3 and a word on what is lost; --accept-cut makes it 0."""
    with open(CAPTURE, 'rb') as f:
        data = f.read()
    for options, code in ([], 3), (['--accept-cut'], 0):
        done = subprocess.run([PROGRAM] + options + ['-'], input=data[:-7], timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != code or done.stdout.count(b'\n') != 4 or b'frame 4' not in done.stderr:
            yield '%s: exit %d: %s' % (options, done.returncode, done.stderr.decode())


@test
def worst_wins():
    """Of several exit codes, 2 goes before 3; the other files are shown."""
    cut = os.path.join(os.environ.get('TMPDIR', '/tmp'), 'nfpcap-cut-%d.pcap' % os.getpid())
    with open(CAPTURE, 'rb') as f:
        data = f.read()
    try:
        with open(cut, 'wb') as f:
            f.write(data[:-7])
        done = subprocess.run([PROGRAM, cut, 'no-such-file', CAPTURE], timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        os.unlink(cut)
    if done.returncode != 2 or done.stdout.count(b'\n') != 8:
        yield 'exit %d: %s' % (done.returncode, done.stdout.decode())


def main():
    # Whoever runs this in the background had it ignore what the tests send.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print('1..%d' % len(tests))
    for number, function in enumerate(tests, 1):
        faults = list(function())
        print('%sok %d - %s' % ('not ' if faults else '', number, function.__doc__))
        for line in faults[:10]:
            print('# %r' % line)
        sys.stdout.flush()


main()
