#!/usr/bin/env python3
"""Follow doc/regression.md to the letter: what it has saved is saved, what it has run is run, in
the order in which it stands, and has to print what stands below it.

usage: guide.py [--update]

A block behind a line that ends in "`NAME`:" is a file of that name; a block that begins with `$ `
is a session with a shell, `$?` included.  A line of `...` stands for any number of lines, `...`
within a line for anything.  --update writes what is printed into the guide.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
GUIDE = os.path.join(TOP, 'doc', 'regression.md')
NEEDS = ('softflowd',)


class Shell:
    """Commands one after another in a directory of their own, in which nfpcap's sources are."""

    def __init__(self):
        self.directory = tempfile.mkdtemp()
        self.status = 0
        programs = os.path.join(self.directory, '.bin')
        os.mkdir(programs)
        os.symlink(PROGRAM, os.path.join(programs, 'nfpcap'))
        os.symlink(TOP, os.path.join(self.directory, 'nfpcap'))
        path = [programs, os.environ['PATH'], '/usr/sbin', '/sbin']
        self.environment = dict(os.environ, PATH=':'.join(path), COLUMNS='80', NO_COLOR='1',
                                LC_ALL='C')

    def save(self, name, lines):
        path = os.path.join(self.directory, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        if lines[0].startswith('#!'):
            os.chmod(path, 0o755)

    def run(self, command):
        done = subprocess.run(['bash', '-c', '(exit %d)\n%s' % (self.status, command)],
                              cwd=self.directory, env=self.environment, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.status = done.returncode
        return [line.rstrip() for line in done.stdout.decode().rstrip().splitlines()]

    def close(self):
        shutil.rmtree(self.directory)


def blocks(lines):
    """(name of a file or None, first, last) of all between ``` and ```."""
    begin = name = None
    before = ''
    for i, line in enumerate(lines):
        if line.startswith('```') and begin is None:
            begin = i + 1
            match = re.search(r'`([\w./-]+)`:$', before)
            name = match and match.group(1)
        elif line.startswith('```'):
            yield name, begin, i
            begin = None
        elif line.strip():
            before = line


def commands(lines, first, last):
    """(command, first, last): what it prints stands at lines[first:last]."""
    at = [i for i in range(first, last) if lines[i].startswith('$ ')]
    for i, following in zip(at, at[1:] + [last]):
        end = i + 1
        while lines[end - 1].endswith('\\'):
            end += 1
        command = '\n'.join([lines[i][2:]] + lines[i + 1:end])
        yield command, end, following


def like(wanted, got):
    pattern = '.*'.join(re.escape(part) for part in wanted.split('...'))
    return re.fullmatch(pattern, got) is not None


def same(wanted, got):
    """True if GOT is WANTED, where a wanted line of `...` stands for any lines."""
    if not wanted:
        return not got
    if wanted[0] == '...':
        return any(same(wanted[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and like(wanted[0], got[0]) and same(wanted[1:], got[1:])


def follow(lines, shell):
    """(line, command, first, last, what it printed) of each command."""
    for name, first, last in blocks(lines):
        if name is not None:
            shell.save(name, lines[first:last])
            continue
        for command, begin, end in commands(lines, first, last):
            yield first, command, begin, end, shell.run(command)


def update(lines, shell):
    printed = list(follow(lines, shell))
    for _, _, first, last, got in reversed(printed):
        wanted = [line.rstrip() for line in lines[first:last]]
        if not same(wanted, got):
            lines[first:last] = got
    with open(GUIDE, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


def test(lines, shell):
    failed = number = 0
    for _, command, first, last, got in follow(lines, shell):
        wanted = [line.rstrip() for line in lines[first:last]]
        while wanted and not wanted[-1]:
            wanted.pop()
        number += 1
        good = same(wanted, got)
        failed += not good
        print('%s %d - %s' % ('ok' if good else 'not ok', number,
                              command.replace('#', '').replace('\n', ' ')))
        if not good:
            for text, sign in (wanted, '-'), (got, '+'):
                for row in text:
                    print('# %s%s' % (sign, row))
    print('1..%d' % number)
    return failed


def main():
    with open(GUIDE, encoding='utf-8') as file:
        lines = file.read().splitlines()
    shell = Shell()
    missing = [name for name in NEEDS
               if shutil.which(name, path=shell.environment['PATH']) is None]
    if missing:
        print('1..0 # SKIP no ' + ', '.join(missing))
        shell.close()
        return 0
    try:
        return (update if sys.argv[1:] == ['--update'] else test)(lines, shell)
    finally:
        shell.close()


if __name__ == '__main__':
    sys.exit(1 if main() else 0)
