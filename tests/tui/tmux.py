#!/usr/bin/env python3
"""The browser in a real terminal, which is tmux's: keys are typed, and the pane is read."""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
CAPTURE = os.path.join(TOP, 'pcaps', 'merged.pcapng')
PATIENCE = 30
tests = []


def test(function):
    tests.append(function)


class Pane:
    """A pane of a server of its own, with a shell's command in it."""

    folder, number = None, 0

    def __init__(self, command, size=(24, 80), term='tmux-256color', locale='C.UTF-8', **more):
        # a server that is about to end takes no new session
        Pane.number += 1
        self.socket = os.path.join(Pane.folder, 'socket%d' % Pane.number)
        environment = {'LC_ALL': locale, 'PATH': os.environ['PATH'], 'NFPCAP': PROGRAM,
                       'TMPDIR': Pane.folder, 'HOME': Pane.folder, 'SHELL': '/bin/sh', **more}
        words = ' '.join('%s=%s' % (k, shlex.quote(v)) for k, v in environment.items())
        # what the program leaves behind is looked at: the shell stays
        script = 'cd %s; stty -echo; clear; %s\necho "over $?"; exec sh' % (shlex.quote(TOP),
                                                                          command)
        self.run('-f', '/dev/null', 'new-session', '-d', '-y', str(size[0]), '-x', str(size[1]),
                 'exec env -i TERM=%s %s sh -c %s' % (term, words, shlex.quote(script)))

    def run(self, *arguments):
        return subprocess.run(['tmux', '-u', '-S', self.socket] + list(arguments), check=True,
                              stdout=subprocess.PIPE, env={**os.environ, 'LC_ALL': 'C.UTF-8'}
                              ).stdout.decode()

    def text(self, *options):
        return self.run('capture-pane', '-p', *options)

    def type(self, *keys):
        self.run('send-keys', *keys)

    def resize(self, rows, columns):
        self.run('resize-window', '-y', str(rows), '-x', str(columns))

    def wait(self, *wanted, gone=()):
        """Until all WANTED are in the pane, and none that is to be GONE: its text, or None."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.text()
            if all(w in text for w in wanted) and not any(w in text for w in gone):
                return text
            if time.monotonic() > end:
                sys.stdout.write(''.join('# |%s\n' % line for line in text.splitlines()))
                return None
            time.sleep(0.02)

    def close(self):
        subprocess.run(['tmux', '-S', self.socket, 'kill-server'], stderr=subprocess.DEVNULL)


def browse(arguments='pcaps/merged.pcapng', **more):
    return Pane('%s %s' % (shlex.quote(PROGRAM), arguments), **more)


def walk(pane, steps):
    """STEPS: keys, and what they make appear."""
    for keys, wanted in steps:
        pane.type(*keys)
        if pane.wait(*wanted) is None:
            yield 'after %s: no %s' % (' '.join(keys), ', '.join(wanted))
            return


FIRST = ('| 1 Packets', '203.0.113.1:34346', '2 errors', '? help')
WALK = (
    (('j',), ('Frame 2 ',)),
    (('G',), ('Frame 5 ',)),
    (('2',), ('| 2 Flows', 'destination', '82')),
    (('f',), ('Filter:',)),
    (('proto == 6', 'Enter'), ('of 82', '| proto == 6')),
    (('?',), ('Keys of Flows', 'next row')),
    (('Escape',), ('| 2 Flows', 'Enter open')),
    (('<',), ('| 1 Packets',)),
    (('3',), ('| 3 Exporters',)),
    (('4',), ('| 4 Templates',)),
    (('5',), ('| 5 Tables',)),
    (('6',), ('| 6 Findings',)),
    (('7',), ('| 7 Ladder',)),
    (('8',), ('| 8 Stats',)),
    (('1',), ('| 1 Packets',)),
    (('K',), ('F1 help',)),
    (('Q',), ('over 0',)),
)


def walked(size):
    pane = browse(size=size)
    try:
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
            return
        yield from walk(pane, WALK)
    finally:
        pane.close()


@test
def usual_terminal():
    """All screens at 80x24, by keys."""
    yield from walked((24, 80))


@test
def large_terminal():
    """All screens at 200x60."""
    yield from walked((60, 200))


@test
def standard_input():
    """The capture comes from standard input, the keys from the terminal; all of it is analysed."""
    pane = Pane('cat pcaps/merged.pcapng | "$NFPCAP" -')
    try:
        if pane.wait('standard input | 1 Packets', '2 errors', '203.0.113.1:34346') is None:
            yield 'it is not shown'
        yield from walk(pane, (
            (('G',), ('Frame 5 ',)),
            (('6',), ('| 6 Findings', 'v9-count-mismatch')),
            (('Q',), ('over 0',)),
        ))
    finally:
        pane.close()


@test
def fifo():
    """A FIFO that is written to bit by bit is shown as it comes, and analysed at its end."""
    path = os.path.join(Pane.folder, 'fifo')
    with open(CAPTURE, 'rb') as f:
        octets = f.read()
    os.mkfifo(path)
    pane = browse(path)
    try:
        with open(path, 'wb', buffering=0) as f:
            f.write(octets[:3500])
            if pane.wait('| 1 Packets', 'Frame 1 ', 'waiting for more') is None:
                yield 'what has come is not shown'
            f.write(octets[3500:])
            pane.type('G')
            if pane.wait('203.0.113.1:48909', 'waiting for more') is None:
                yield 'what comes then is not shown'
        if pane.wait('2 errors', gone=('waiting',)) is None:
            yield 'its end is not noticed'
        yield from walk(pane, ((('Q',), ('over 0',)),))
    finally:
        pane.close()
        os.unlink(path)


@test
def cut():
    """Of a file that is cut both is said: where it ends, and what there is of it."""
    path = os.path.join(Pane.folder, 'cut.pcapng')
    with open(CAPTURE, 'rb') as f:
        octets = f.read()
    with open(path, 'wb') as f:
        f.write(octets[:3500])
    pane = browse(path, size=(24, 200))
    try:
        if pane.wait('cut.pcapng: ', '1 exporter, all decoded') is None:
            yield 'one of both is missing'
        yield from walk(pane, ((('6',), ('| 6 Findings',)), (('Q',), ('over 3',))))
    finally:
        pane.close()
        os.unlink(path)


@test
def nothing_there():
    """Where none of the files is there, it is said, and no screen is opened; of several, it is."""
    pane = browse('/nowhere/a.pcap /nowhere/b.pcap')
    try:
        text = pane.wait('nowhere/a.pcap: No such file', 'nowhere/b.pcap: No such file', 'over 2')
        if text is None or '| 1 Packets' in text:
            yield 'it is not said'
    finally:
        pane.close()
    pane = browse('/nowhere/a.pcap pcaps/merged.pcapng', size=(24, 160))
    try:
        yield from walk(pane, (
            ((), ('/nowhere/a.pcap: No such file', '1 exporter')),
            (('Q',), ('over 2',)),
        ))
    finally:
        pane.close()


@test
def saved():
    """What is saved for programs has whole times in UTC, whatever the screen shows."""
    wanted = (('1', 'p', '1,2026-11-22T02:04:56.636279Z,203.0.113.1:34346,'),
              ('2', 'f', '1,2026-11-22T02:04:54.112Z,0.000,tcp,192.0.2.10:35760,'),
              ('4', 't', '203.0.113.1:34346,0,256,'))
    pane = browse(TZ='XST-5:30')
    try:
        for screen, name, line in wanted:
            path = os.path.join(Pane.folder, name + '.csv')
            yield from walk(pane, (
                ((screen,), ('| %s ' % screen,)),
                ((':', 'write ' + path, 'Enter'), ('lines',)),
            ))
            with open(path, encoding='utf-8') as f:
                first = f.read().split('\n')[1]
            if not first.startswith(line):
                yield '%s, and not %s' % (first, line)
        yield from walk(pane, (
            (('1', 'D'), ('local time', '07:34:56.636')),
            ((':', 'write ' + os.path.join(Pane.folder, 'local.csv'), 'Enter'), ('lines',)),
        ))
        with open(os.path.join(Pane.folder, 'local.csv'), encoding='utf-8') as f:
            if '1,2026-11-22T02:04:56.636279Z,' not in f.read():
                yield 'local times are saved'
        yield from walk(pane, ((('Q',), ('over 0',)),))
    finally:
        pane.close()


@test
def local_time():
    """D shows times of the day here, as TZ has it."""
    pane = browse(TZ='XST-5:30')
    try:
        yield from walk(pane, (
            (('D',), ('local time', '07:34:56.636')),
            (('2', 'D', 'D', 'D', 'D'), ('time (UTC)',)),
            (('D',), ('local time', '07:34:54.112')),
            (('Q',), ('over 0',)),
        ))
    finally:
        pane.close()


@test
def suspended():
    """C-z gives the terminal back to the shell; fg shows the browser again."""
    pane = Pane('exec sh -i')
    try:
        pane.type('PS1=shell:; stty echo', 'Enter')
        pane.wait('shell:')
        pane.type('"$NFPCAP" pcaps/merged.pcapng', 'Enter')
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
        yield from walk(pane, (
            (('j',), ('Frame 2 ',)),
            (('C-z',), ('shell:', 'topped')),
            (('fg', 'Enter'), ('| 1 Packets', 'Frame 2 ')),
            (('Q',), ('shell:',)),
        ))
    finally:
        pane.close()


@test
def resized():
    """While it runs the terminal becomes small, tiny and large; everything is there again."""
    pane = browse()
    try:
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
        before = pane.text()
        for rows, columns, wanted in ((5, 20, ('merged',)), (1, 2, ()), (60, 200, FIRST)):
            pane.resize(rows, columns)
            if pane.wait(*wanted) is None:
                yield '%dx%d' % (rows, columns)
        pane.resize(24, 80)
        if pane.wait(*FIRST, gone=('of 2048',) if 'of 2048' not in before else ()) is None:
            yield 'it is not as it was'
        end = time.monotonic() + PATIENCE
        while pane.text() != before and time.monotonic() < end:
            time.sleep(0.02)
        if pane.text() != before:
            yield 'not the same screen as before'
    finally:
        pane.close()


@test
def terminated():
    """SIGTERM: what the terminal showed before is there again, and the cursor."""
    pane = Pane('echo what was there; "$NFPCAP" pcaps/merged.pcapng')
    try:
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
        shell = pane.run('display-message', '-p', '#{pane_pid}').strip()
        found = subprocess.run(['ps', '-o', 'pid=', '--ppid', shell], stdout=subprocess.PIPE)
        for pid in found.stdout.split():
            os.kill(int(pid), 15)
        if pane.wait('what was there', 'over 143', gone=('| 1 Packets',)) is None:
            yield 'the screen is not what it was'
        if pane.run('display-message', '-p', '#{cursor_flag} #{mouse_any_flag}') != '1 0\n':
            yield 'the cursor is hidden, or the mouse is still taken'
    finally:
        pane.close()


def escapes(pane):
    """What is shown with attributes, as escape sequences."""
    return pane.text('-e')


@test
def without_colors():
    """--color never, NO_COLOR and vt100 show no colour, but say the same."""
    for arguments, more in (('--color never pcaps/merged.pcapng', {}),
                            ('pcaps/merged.pcapng', {'NO_COLOR': '1'}),
                            ('pcaps/merged.pcapng', {'term': 'vt100'})):
        pane = browse(arguments, **more)
        try:
            if pane.wait(*FIRST) is None:
                yield '%s %s: it does not begin' % (arguments, more)
            shown = escapes(pane)
            for color in ('\033[3%d' % i for i in range(1, 9)):
                if color in shown:
                    yield '%s %s: a colour' % (arguments, more)
                    break
        finally:
            pane.close()


@test
def colors():
    """xterm-256color shows colours."""
    pane = browse(term='xterm-256color')
    try:
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
        elif '\033[38;5;' not in escapes(pane) and '\033[3' not in escapes(pane):
            yield 'no colour: %r' % escapes(pane)[:400]
    finally:
        pane.close()


@test
def ascii_alone():
    """LC_ALL=C: nothing but ASCII."""
    pane = browse(locale='C')
    try:
        if pane.wait(*FIRST) is None:
            yield 'it does not begin'
        pane.type('?')
        text = pane.wait('Keys of Packets')
        if text is not None and not text.isascii():
            yield 'not ASCII: %r' % [c for c in text if ord(c) > 126][:9]
    finally:
        pane.close()


@test
def text_where_asked():
    """Options that say how text is to look, a command, and a pipe give text."""
    for arguments in ('packets pcaps/v7.pcap', '-v pcaps/v7.pcap', '-x pcaps/v7.pcap',
                      '-q pcaps/v7.pcap', '-n 1 pcaps/v7.pcap', '-o json pcaps/v7.pcap',
                      '--raw pcaps/v7.pcap', '-c no pcaps/v7.pcap', 'pcaps/v7.pcap | cat'):
        pane = browse(arguments)
        try:
            text = pane.wait('over ')
            if text is None or '| 1 Packets' in text:
                yield '%s: the browser' % arguments
        finally:
            pane.close()


def main():
    if shutil.which('tmux') is None:
        print('1..0 # SKIP tmux is not installed: the browser was seen in no real terminal')
        return
    chosen = [t for t in tests if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]]
    print('1..%d' % len(chosen))
    with tempfile.TemporaryDirectory() as folder:
        Pane.folder = folder
        for number, function in enumerate(chosen, 1):
            wrong = list(function())
            for text in wrong:
                print('# ' + text)
            print('%s %d - %s' % ('not ok' if wrong else 'ok', number, function.__doc__), flush=True)


main()
