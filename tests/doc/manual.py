#!/usr/bin/env python3
"""The manual, the help and the completion say what the program's tables say."""
import os
import re
import shutil
import subprocess
import tempfile

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
tests = []


def test(function):
    tests.append(function)


def source(*path):
    with open(os.path.join(TOP, *path), encoding='utf-8') as f:
        return f.read()


def unroff(text):
    """Text of roff source: fonts and escapes taken away, requests kept."""
    text = re.sub(r'\\f[BIRP]', '', text)
    return text.replace(r'\-', '-').replace(r'\(aq', "'").replace(r'\&', '')


MANUAL = unroff(source('doc', 'nfpcap.1'))
OPTIONS = re.findall(r'^OPTION\("([^"]+)",\s*(?:\'(.)\'|0),\s*(?:"([^"]+)"|NULL),\s*(\w+),'
                     r'\s*(?:"([^"]*)"|NULL),', source('src', 'main', 'options.def'), re.M)
COMMANDS = re.findall(r'^COMMAND\((\w+),\s*"([^"]*)",\s*"([^"]*)"\)',
                      source('src', 'main', 'commands.def'), re.M)
PROBLEMS = re.findall(r'^PROBLEM\(\w+,\s*"([^"]*)",\s*NF_(\w+),\s*"([^"]*)",\s*"([^"]*)"\)',
                      source('src', 'wire', 'problems.def'), re.M)


def run(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=30)
    return done.stdout.decode()


def tag_of(name, letter, arg):
    """An option's line in the manual, as unroff leaves it."""
    tail = ' ' + arg if arg else ''
    if letter:
        return '.BR -%s ", " --%s%s' % (letter, name, ' "%s"' % tail if arg else '')
    return '.B --%s%s' % (name, tail)


@test
def tables_are_read():
    """This test reads all rows of the tables."""
    for found, path, word in ((OPTIONS, 'main/options.def', 'OPTION'),
                              (COMMANDS, 'main/commands.def', 'COMMAND'),
                              (PROBLEMS, 'wire/problems.def', 'PROBLEM')):
        rows = len(re.findall(r'^%s\(' % word, source('src', *path.split('/')), re.M))
        if rows != len(found):
            yield '%d of %d rows of %s' % (len(found), rows, path)


@test
def options_in_manual():
    """Every option has its entry in the manual, and the manual no others."""
    wanted = [tag_of(name, letter, arg) for name, letter, arg, _, _ in OPTIONS]
    section = MANUAL.split('.SH OPTIONS')[1].split('.SH OUTPUT')[0]
    got = re.findall(r'^\.TP\n(.*)', section, re.M)
    got.remove('.B --completion bash')
    for line in sorted(set(wanted) ^ set(got)):
        yield '%s: %s' % ('missing' if line in wanted else 'no such option', line)


@test
def commands_in_manual():
    """Every command has its entry in the manual."""
    for name, _, _ in COMMANDS:
        if '.TP\n.B %s\n' % name not in MANUAL.split('.SH COMMANDS')[1].split('.SH')[0]:
            yield name


@test
def problems_in_manual():
    """The manual's problems are those of problems.def, word for word."""
    wanted = []
    for name, severity, text, ref in PROBLEMS:
        text = text.replace('{found}', 'N').replace('{wanted}', 'M')
        text = re.sub(r'\{[^|}]*\|([^}]*)\}', r'\1', text)
        wanted.append('.TP\n.B %s\n%s: %s.\n%s' % (name, severity.lower(), text,
                                                   '(%s)\n' % ref if ref else ''))
    section = MANUAL.split('.SH DIAGNOSTICS')[1].split('.SH')[0]
    got = ['.TP' + part for part in section.split('.TP')[1:]]
    for row in wanted:
        if row not in got:
            yield 'missing or different: ' + row.replace('\n', ' ')
    for row in got:
        if row not in wanted:
            yield 'no such problem: ' + row.replace('\n', ' ')


@test
def expectations_in_manual():
    """Every quantity, sum and beginning of a line of expectations stands in nfpcap-expect(5)."""
    page = unroff(source('doc', 'nfpcap-expect.5'))
    rows = re.findall(r'^(?:FACT|TOTAL)\(\w+,\s*"([^"]+)"',
                      source('src', 'model', 'expect_quantities.def'), re.M)
    for name in rows:
        if '\n.B %s\n' % name not in page.split('.SH QUANTITIES')[1].split('.SH')[0]:
            yield name
    rows += re.findall(r'^KIND\(\w+,\s*"([^"]+)"', source('src', 'model', 'expect_kinds.def'), re.M)
    rows += re.findall(r'^SUM\(\w+,\s*"([^"]+)"', source('src', 'model', 'expect_sums.def'), re.M)
    if len(rows) < 40:
        yield 'only %d rows are read' % len(rows)
    for name in rows:
        if not re.search(r'\b%s\b' % name, page):
            yield name


@test
def expectations_are_read():
    """The examples of nfpcap-expect(5) are lines of expectations."""
    page = unroff(source('doc', 'nfpcap-expect.5')).split('.SH GRAMMAR')[0]
    for block in re.findall(r'^\.EX\n(.*?)^\.EE', page, re.M | re.S):
        text = block if block.startswith('nfpcap-expect') else 'nfpcap-expect 1\n' + block
        with tempfile.NamedTemporaryFile('w', suffix='.expect') as f:
            f.write(text)
            f.flush()
            done = subprocess.run([PROGRAM, 'expect', f.name,
                                   os.path.join(TOP, 'pcaps', 'softflowd-v9.pcap')],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        if done.returncode not in (0, 1):
            yield done.stderr.decode()


@test
def version_in_manual():
    """The manual is of this version."""
    version = re.search(r'AC_INIT\(\[nfpcap\], \[([^]]+)\]', source('configure.ac')).group(1)
    if '"nfpcap %s"' % version not in MANUAL.splitlines()[0]:
        yield MANUAL.splitlines()[0]
    if not run('--version').startswith('nfpcap %s\n' % version):
        yield run('--version').splitlines()[0]


@test
def manual_renders():
    """man(1) has nothing to say about the pages."""
    if not shutil.which('man'):
        return
    for page in 'nfpcap.1', 'nfpcap-expect.5':
        done = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z',
                               os.path.join(TOP, 'doc', page)],
                              env=dict(os.environ, MANWIDTH='80'),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        yield from done.stderr.decode().splitlines()


@test
def help_of_commands():
    """--help of each command has its options, in lines of less than 80 columns."""
    bits = {name.upper(): [name] for name, _, _ in COMMANDS}
    bits['ALL'], bits['CLI_OF_FILES'] = [name for name, _, _ in COMMANDS], ['files']
    for name, several in re.findall(r'^\t([A-Z]+) = ([A-Z_]+(?: \| [A-Z_]+)+),',
                                    source('src', 'main', 'cli.c'), re.M):
        bits[name] = [command for one in several.split(' | ') for command in bits[one]]
    for command, _, _ in COMMANDS:
        text = run(command, '--help')
        shows = {command, 'packets'} if command == 'listen' else {command}
        for name, letter, arg, who, _ in OPTIONS:
            shown = re.search(r'--%s%s( |$)' % (name, ' ' + re.escape(arg) if arg else ''), text, re.M)
            wanted = not shows.isdisjoint(bits[who]) and not (command == 'listen' and
                                                              'files' in bits[who])
            if bool(shown) != wanted:
                yield '%s --help: --%s' % (command, name)
        yield from (line for line in text.splitlines() if len(line) >= 80)


@test
def help_of_program():
    """--help names every command, in lines of less than 80 columns."""
    text = run('--help')
    yield from (line for line in text.splitlines() if len(line) >= 80)
    for name, _, _ in COMMANDS:
        if not re.search(r'^  %s ' % name, text, re.M):
            yield name


def complete(*words):
    script = 'compopt() { :; }; source <("$0" --completion bash); COMP_WORDS=("$@"); ' \
        'COMP_CWORD=$(($# - 1)); _nfpcap; echo "${COMPREPLY[@]}"'
    done = subprocess.run(['bash', '-c', script, PROGRAM] + list(words), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.stdout.decode().split()


@test
def completion():
    """The completion offers commands, their options, and choices."""
    for words, wanted in (
            (('nfpcap', 'pa'), ['packets']),
            (('nfpcap', 'packets', '--ra'), ['--raw']),
            (('nfpcap', 'stats', '--ra'), []),
            (('nfpcap', 'te'), ['templates']),
            (('nfpcap', 'templates', '--keep'), ['--keep-duplicates']),
            (('nfpcap', 'fields', '-o', 'c'), ['csv']),
            (('nfpcap', 'packets', '-o', 'j'), ['json']),
            (('nfpcap', 'flows', '-o', 'c'), ['csv']),
            (('nfpcap', '-o', 'd'), ['detail']),
            (('nfpcap', 'packets', '--color', ''), ['auto', 'always', 'never']),
            (('nfpcap', '--he'), ['--help', '--hex'])):
        if sorted(complete(*words)) != sorted(wanted):
            yield '%s: %s' % (' '.join(words), complete(*words))


def main():
    print('1..%d' % len(tests))
    for number, function in enumerate(tests, 1):
        faults = list(function())
        print('%sok %d - %s' % ('not ' if faults else '', number, function.__doc__))
        for line in faults[:10]:
            print('# ' + line)


main()
