#!/usr/bin/env python3
"""Run every `$ nfpcap ...` line of README.md and the manual, hold what it prints against
what stands below it.

usage: examples.py [--update]

Examples are the fenced blocks of README.md that begin with `$ ` and the .EX blocks of
doc/nfpcap.1.  Standard error follows standard output.  A line of `...` stands for any
number of lines.  --update writes what the program prints into README.md.
"""
import os
import re
import shlex
import subprocess
import sys

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')


def run(command):
    words = shlex.split(command)
    assert words[0] == 'nfpcap', command
    env = dict(os.environ, COLUMNS='80', NO_COLOR='1')
    done = subprocess.run([PROGRAM] + words[1:], cwd=TOP, stdin=subprocess.DEVNULL, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    text = done.stdout.decode() + done.stderr.decode()
    return [line.rstrip() for line in text.rstrip().splitlines()]


def fences(lines):
    """Pairs (first, last) of the indices between ``` and ```."""
    begin = None
    for i, line in enumerate(lines):
        if line.startswith('```'):
            if begin is None:
                begin = i + 1
            else:
                yield begin, i
                begin = None


def unroff(line):
    line = re.sub(r'\\[-]', '-', line)
    line = line.replace(r'\(bs', '\\').replace(r'\e', '\\').replace(r'\&', '').replace(r'\(aq', "'")
    return re.sub(r'\\f[BRIP]', '', line)


def displays(lines):
    begin = None
    for i, line in enumerate(lines):
        if line.startswith('.EX'):
            begin = i + 1
        elif line.startswith('.EE') and begin is not None:
            yield begin, i
            begin = None


def examples(lines):
    """Triples (command, first, last): what it should print stands at lines[first:last]."""
    at = [i for i, line in enumerate(lines) if line.startswith('$ nfpcap')]
    for i, nxt in zip(at, at[1:] + [len(lines)]):
        yield lines[i][2:], i + 1, nxt


def same(wanted, got):
    """True if GOT is WANTED, where a wanted line of `...` stands for any lines."""
    if not wanted:
        return not got
    if wanted[0] == '...':
        return any(same(wanted[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and wanted[0] == got[0] and same(wanted[1:], got[1:])


def collect():
    found = []
    for name, blocks, clean in (('README.md', fences, str), ('doc/nfpcap.1', displays, unroff)):
        path = os.path.join(TOP, name)
        if not os.path.exists(path):
            continue
        with open(path, encoding='utf-8') as f:
            lines = f.read().splitlines()
        for begin, end in blocks(lines):
            block = [clean(line) for line in lines[begin:end]]
            for command, first, last in examples(block):
                wanted = [line.rstrip() for line in block[first:last]]
                while wanted and not wanted[-1]:
                    wanted.pop()
                found.append((name, begin + first, command, wanted))
    return found


def update():
    path = os.path.join(TOP, 'README.md')
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines()
    for begin, end in reversed(list(fences(lines))):
        block = lines[begin:end]
        for command, first, last in reversed(list(examples(block))):
            if '...' not in block[first:last]:
                block[first:last] = run(command)
        lines[begin:end] = block
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')


def main():
    if sys.argv[1:] == ['--update']:
        return update()
    found = collect()
    print('1..%d' % len(found))
    for number, (name, line, command, wanted) in enumerate(found, 1):
        got = run(command)
        good = same(wanted, got)
        print('%s %d - %s:%d %s' % ('ok' if good else 'not ok', number, name, line,
                                    command.replace('#', '')))
        if not good:
            for text, sign in (wanted, '-'), (got, '+'):
                for row in text:
                    print('# %s%s' % (sign, row))


main()
