#!/usr/bin/env python3
"""The real terminal of the browser, through a pseudo-terminal: what tests/tui/keyshow.c shows."""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PROGRAM = os.path.join(os.environ.get('top_builddir', '.'), 'tests', 'tui', 'keyshow')
PATIENCE = 30
TERM = 'xterm-256color'
BEGUN, GIVEN_BACK = b'\033[?1049h', b'\033[?1049l'
tests = []


def test(function):
    tests.append(function)


class Terminal:
    """A program on a terminal of its own, which is the only one it has."""

    def __init__(self, *arguments, size=(24, 80), stdin=None, stdout=None, shell=False,
                 **environment):
        env = {**os.environ, 'TERM': TERM, 'LC_ALL': 'C.UTF-8', **environment}
        for name in ('NO_COLOR', 'LINES', 'COLUMNS', 'ESCDELAY'):
            if name not in environment:
                env.pop(name, None)
        env = {name: value for name, value in env.items() if value is not None}
        ready, go = os.pipe()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.close(go)
            os.read(ready, 1)
            for fd, number in ((stdin, 0), (stdout, 1)):
                if fd is not None:
                    os.dup2(fd, number)
            if shell:
                as_shell(env, arguments)
            run(env, arguments)
        os.close(ready)
        self.resize(*size)
        self.found = termios.tcgetattr(self.master)
        os.close(go)
        self.text = b''
        self.ended = None

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def type(self, octets):
        os.write(self.master, octets)

    def read(self, seconds):
        """More of its output; False at the end, or if none comes."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.master, 65536)
        except OSError as e:
            if e.errno != errno.EIO:
                raise
            part = b''
        self.text += part
        return part != b''

    def expect(self, wanted):
        """Waits until WANTED is in the output, and forgets all up to it; False if it never is."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.text:
            if not self.read(max(0, end - time.monotonic())):
                return False
        self.text = self.text[self.text.index(wanted) + len(wanted):]
        return True

    def end(self):
        """Waits for its end: its status; of one that does not end, that of a kill."""
        while self.read(PATIENCE):
            pass
        if self.ended is None:
            end = time.monotonic() + PATIENCE
            while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                if time.monotonic() > end:
                    os.kill(self.pid, signal.SIGKILL)
                    break
                time.sleep(0.01)
            self.ended = os.waitpid(self.pid, 0)[1]
        return self.ended

    def kept(self):
        """The line discipline is as it was found."""
        return termios.tcgetattr(self.master) == self.found

    def close(self):
        os.close(self.master)
        if self.ended is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def run(env, arguments):
    # what runs in the background of a shell is to ignore the first two
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(PROGRAM, [PROGRAM] + list(arguments), env)
    finally:
        os._exit(127)


def as_shell(env, arguments):
    """Runs it as a job, says where it stopped, and lets it go on after a line."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    found = termios.tcgetattr(0)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        run(env, arguments)
    while True:
        status = os.waitpid(child, os.WUNTRACED)[1]
        if not os.WIFSTOPPED(status):
            os._exit(os.waitstatus_to_exitcode(status) & 255)
        os.tcsetpgrp(0, os.getpid())
        os.write(1, b'STOPPED %d' % (termios.tcgetattr(0) == found))
        os.read(0, 100)
        os.tcsetpgrp(0, child)
        os.kill(child, signal.SIGCONT)


def started(*arguments, **keywords):
    """The program when it has drawn its first screen."""
    t = Terminal(*arguments, **keywords)
    if not t.expect(' é'.encode()):
        raise AssertionError('it does not begin: %r' % t.text)
    return t


# What terminals send, and what it is.
KEYS = [
    (b'j', 'j'), (b'G', 'G'), (b' ', 'Space'), ('é'.encode(), 'é'), ('日'.encode(), '日'),
    (b'\033OA', 'Up'), (b'\033OB', 'Down'), (b'\033OC', 'Right'), (b'\033OD', 'Left'),
    (b'\033OH', 'Home'), (b'\033OF', 'End'), (b'\033[5~', 'PgUp'), (b'\033[6~', 'PgDn'),
    (b'\033[3~', 'Delete'), (b'\033[2~', 'Insert'), (b'\033[Z', 'S-Tab'), (b'\033OP', 'F1'),
    (b'\033[24~', 'F12'), (b'\t', 'Tab'), (b'\r', 'Enter'), (b'\n', 'Enter'),
    (b'\177', 'Backspace'), (b'\010', 'Backspace'), (b'\003', 'C-c'), (b'\034', 'C-\\'),
    (b'\021', 'C-q'), (b'\023', 'C-s'), (b'\004', 'C-d'), (b'\033', 'Esc'),
    (b'\033[<0;5;3M', 'Mouse(0 2 4)'), (b'\033[<64;1;1M', 'Mouse(2 0 0)'),
    (b'\033[<65;80;24M', 'Mouse(3 23 79)'),
]


@test
def keys():
    """Keys are what terminals send for them."""
    for sent, name in KEYS:
        t = started()
        t.type(sent)
        if not t.expect(name.encode()):
            yield '%r is not %s: %r' % (sent, name, t.text)
        t.type(b'q')
        if t.end() != 0:
            yield '%r: status %d' % (sent, t.ended)
        t.close()


@test
def ill_formed():
    """Octets that are no UTF-8 are no keys, and hide none."""
    t = started()
    t.type(b'\xff\xc3a\xc3\xa9\xed\xa0\x80\x80b\xf0\x9f\x98c')
    if not (t.expect(b'a') and t.expect('é'.encode()) and t.expect(b'b') and t.expect(b'c')):
        yield repr(t.text)
    t.type(b'q')
    if t.end() != 0:
        yield 'status %d' % t.ended
    t.close()


@test
def normal_end():
    """At its end the terminal is as it was."""
    t = Terminal()
    if not t.expect(BEGUN) or not t.expect(b'size 24 80 utf8'):
        yield 'it does not begin: %r' % t.text
    if t.kept():
        yield 'the line discipline is not its own'
    t.type(b'q')
    t.expect(GIVEN_BACK)
    if t.end() != 0 or b'closed' not in t.text:
        yield 'status %d: %r' % (t.ended, t.text)
    if not t.kept():
        yield 'the line discipline is not given back'
    t.close()


@test
def signals():
    """Signals that end it, and faults, give the terminal back and end it all the same."""
    for what in ('TERM', 'HUP', 'INT', 'QUIT', 'SEGV', 'ABRT', 'BUS', 'FPE', 'ILL',
                 b'S', b'A', b'e'):
        t = started()
        if isinstance(what, str):
            os.kill(t.pid, getattr(signal, 'SIG' + what))
            wanted = [getattr(signal, 'SIG' + what)]
        else:
            t.type(what)
            wanted = {b'S': [signal.SIGSEGV], b'A': [signal.SIGABRT], b'e': []}[what]
        given_back = t.expect(GIVEN_BACK)
        status = t.end()
        if not given_back:
            yield '%s: the screen is not given back: %r' % (what, t.text)
        if not t.kept():
            yield '%s: the line discipline is not given back' % what
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) not in wanted:
            yield '%s: ended by %d' % (what, os.WTERMSIG(status))
        # a sanitizer reports a fault, and exits
        if not os.WIFSIGNALED(status) and what in ('TERM', 'HUP', 'INT', 'QUIT'):
            yield '%s: status %d' % (what, status)
        if what == b'e' and status != 5 << 8:
            yield 'exit: status %d' % status
        t.close()


@test
def ignored():
    """What was to be ignored, as nohup has it, is."""
    found = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        t = started()
        os.kill(t.pid, signal.SIGHUP)
        t.type(b'xq')
        if t.end() != 0:
            yield 'status %d' % t.ended
        t.close()
    finally:
        signal.signal(signal.SIGHUP, found)


@test
def sizes():
    """It follows the terminal's size, down to nothing."""
    t = started()
    for rows, columns in (10, 40), (1, 1), (2, 3), (200, 300), (24, 80):
        t.resize(rows, columns)
        if (rows, columns) not in ((1, 1), (2, 3)) and \
                not (t.expect(b'%d' % rows) and t.expect(b'Resize')):
            yield '%dx%d: %r' % (rows, columns, t.text)
    t.type(b'q')
    if t.end() != 0:
        yield 'status %d' % t.ended
    t.close()


@test
def clipboard():
    """A copy is base64 in OSC 52."""
    t = started()
    t.type(b'y')
    if not t.expect(b'\033]52;c;Y29waWVk\a'):
        yield repr(t.text)
    t.type(b'b')
    if not t.expect(b'\a'):
        yield 'no bell'
    t.type(b'q')
    t.end()
    t.close()


@test
def other_streams():
    """Standard input and output are not the terminal: it is used all the same."""
    null = os.open('/dev/null', os.O_RDWR)
    t = started(stdin=null, stdout=null)
    t.type(b'\033OAq')
    if not t.expect(b'Up') or t.end() != 0:
        yield repr(t.text)
    t.close()
    os.close(null)


@test
def colours():
    """As many colours as there are and are wanted."""
    for arguments, environment, wanted in (
            ([], {}, b'38;5;231'),
            ([], {'NO_COLOR': '1'}, None),
            ([], {'NO_COLOR': ''}, b'38;5;231'),
            (['1'], {}, None),
            (['2'], {}, b'[46m'),
            (['4'], {'NO_COLOR': '1'}, b'38;5;231'),
            ([], {'TERM': 'xterm'}, b'[46m'),
            ([], {'TERM': 'vt100'}, None)):
        t = Terminal(*arguments, **environment)
        t.type(b'q')
        t.end()
        if wanted is not None and wanted not in t.text:
            yield '%s %s: no %s: %r' % (arguments, environment, wanted, t.text)
        if wanted is None and re.search(rb'\033\[[0-9;]*[34][0-9][0-9;]*m', t.text):
            yield '%s %s: colours: %r' % (arguments, environment, t.text)
        if b'7m' not in t.text and wanted is None:
            yield '%s %s: nothing is reversed: %r' % (arguments, environment, t.text)
        t.close()


@test
def ascii_only():
    """Without UTF-8 nothing but ASCII is sent; nothing of a text steers the terminal, ever."""
    for locale, wide in ('C', False), ('C.UTF-8', True):
        t = Terminal(LC_ALL=locale)
        t.type(b'q')
        t.end()
        if wide != any(octet >= 0x80 for octet in t.text):
            yield '%s: %r' % (locale, t.text)
        if b'\\x1b[31m' not in t.text or b'\033[31m' in t.text:
            yield '%s: %r' % (locale, t.text)
        t.close()


@test
def unusable():
    """Terminals that are unknown or cannot place their cursor are refused, as they were."""
    for term, words in (('dumb', b'cannot place'), ('no-such-terminal', b'unknown terminal'),
                        ('', b'TERM is not set'), (None, b'TERM is not set')):
        # the library forgets the screen that it could not make
        t = Terminal(TERM=term, ASAN_OPTIONS='detect_leaks=0')
        if t.end() != 2 << 8 or words not in t.text:
            yield '%s: status %d: %r' % (term, t.ended, t.text)
        if not t.kept():
            yield '%s: the line discipline is another' % term
        t.close()


@test
def stopped():
    """C-z and SIGTSTP give the terminal to the shell; it goes on as before."""
    for how in 'key', 'signal':
        t = started(shell=True)
        t.type(b'x')
        t.expect(b'x')
        if how == 'key':
            t.type(b'\032')
        else:
            os.kill(os.tcgetpgrp(t.master), signal.SIGTSTP)
        if not t.expect(GIVEN_BACK) or not t.expect(b'STOPPED 1'):
            yield '%s: it does not stop: %r' % (how, t.text)
        t.resize(30, 90)
        t.type(b'\n')
        if not t.expect(BEGUN) or not t.expect(b'size 30 90'):
            yield '%s: it does not go on: %r' % (how, t.text)
        t.type(b'q')
        if t.end() != 0 or not t.kept():
            yield '%s: status %d' % (how, t.ended)
        t.close()


@test
def terminal_gone():
    """When the terminal goes away, so does it."""
    t = started()
    os.close(t.master)
    end = time.monotonic() + PATIENCE
    while os.waitpid(t.pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(t.pid, signal.SIGKILL)
            os.waitpid(t.pid, 0)
            yield 'it goes on'
            return
        time.sleep(0.01)


def main():
    print('1..%d' % len(tests))
    for number, function in enumerate(tests, 1):
        try:
            faults = list(function())
        except AssertionError as e:
            faults = [str(e)]
        print('%sok %d - %s' % ('not ' if faults else '', number, function.__doc__))
        for line in faults[:10]:
            print('# %s' % line[:2000])
        sys.stdout.flush()


main()
