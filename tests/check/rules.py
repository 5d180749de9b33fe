#!/usr/bin/env python3
"""Every rule of the checker: what breaks it is found once, what nearly does is not (see README)."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
BUILD = os.environ.get('PCAPS_BUILD', 'pcaps/build')


class Case:
    def __init__(self, path, line, name):
        self.path, self.line, self.name = path, line, name
        self.expect, self.near, self.options, self.text = Counter(), [], [], []
        self.severity = {}

    def where(self):
        return '%s:%d' % (os.path.relpath(self.path, TOP), self.line)


COUNTED = re.compile(r'\{n((?:[-+*/%]\d+)*)\}')
BY = {'+': lambda a, b: a + b, '-': lambda a, b: a - b, '*': lambda a, b: a * b,
      '/': lambda a, b: a // b, '%': lambda a, b: a % b}


def filled(line, n):
    """LINE with what it makes of N, from the left to the right: {n}, {n+7}, {n*60+5}."""
    def value(match):
        v = n
        for op, number in re.findall(r'(\D)(\d+)', match.group(1)):
            v = BY[op](v, int(number))
        return str(v)
    return COUNTED.sub(value, line)


def unrolled(lines):
    """What stands between `repeat N` and `end`, N times."""
    times, body = None, []
    for line in lines:
        if line.startswith('repeat '):
            times, body = int(line.split()[1]), []
        elif times is not None and line.strip() == 'end':
            for n in range(times):
                yield from (filled(one, n) for one in body)
            times = None
        elif times is not None:
            body.append(line)
        else:
            yield line


def words(line):
    return line.split(':', 1)[1].split()


def read(path):
    """The cases of a file."""
    case = None
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith('== '):
                if case:
                    yield case
                case = Case(path, number, line[3:].strip())
            elif case is None:
                continue
            elif line.startswith('expect:'):
                for word in words(line):
                    word, _, times = word.partition('*')
                    rule, _, severity = word.partition('=')
                    case.expect[rule] += int(times or 1)
                    if severity:
                        case.severity[rule] = severity
            elif line.startswith('near:'):
                case.near += words(line)
            elif line.startswith('run:'):
                case.options += words(line)
            else:
                case.text.append(line)
    if case:
        yield case


def found(case, directory):
    """Severity and count of the findings, by rule; or what went wrong."""
    text, capture = os.path.join(directory, 'case.txt'), os.path.join(directory, 'case.pcap')
    with open(text, 'w', encoding='utf-8') as f:
        f.writelines(unrolled(case.text))
    with open(capture, 'wb') as f:
        built = subprocess.run([BUILD, text], stdout=f, stderr=subprocess.PIPE)
    if built.returncode:
        return None, built.stderr.decode()
    options = case.options if '--ruleset' in case.options else ['--ruleset', 'strict',
                                                                *case.options]
    done, again = (subprocess.run([PROGRAM, 'check', '-o', 'json', *options, capture],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
                   for _ in range(2))
    if done.stdout != again.stdout:
        return None, 'two runs say two things'
    if done.returncode not in (0, 1, 3):
        return None, 'exit code %d: %s' % (done.returncode, done.stderr.decode())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [row for row in rows if row['type'] == 'finding'], None


def faults(case, directory):
    rows, trouble = found(case, directory)
    if trouble is not None:
        yield trouble
        return
    counts = Counter()
    for row in rows:
        counts[row['rule']] += row['count']
        if row['rule'] not in case.expect and row['severity'] != 'note':
            yield 'not expected: %(severity)s %(rule)s: %(message)s' % row
        if row['severity'] != case.severity.get(row['rule'], row['severity']):
            yield 'of another severity: %(severity)s %(rule)s: %(message)s' % row
    for rule, times in case.expect.items():
        if counts[rule] != times:
            yield '%s: expected %d, found %d' % (rule, times, counts[rule])
    for rule in case.near:
        if counts[rule]:
            yield '%s: nearly so, and found' % rule


def rules():
    done = subprocess.run([PROGRAM, 'rules', '-o', 'json'], capture_output=True, timeout=60)
    return [json.loads(line)['id'] for line in done.stdout.splitlines()]


def uncovered(cases, known):
    """Rules without a case of either kind, and cases of rules that are none."""
    expected = {rule for case in cases for rule in case.expect}
    near = {rule for case in cases for rule in case.near}
    for rule in known:
        if rule not in expected:
            yield '%s: no case expects it' % rule
        if rule not in near:
            yield '%s: no case is near' % rule
    for rule in sorted((expected | near) - set(known)):
        yield '%s: no such rule' % rule


def main():
    only = [re.compile(word) for word in sys.argv[1:]]
    cases = [case for path in sorted(glob.glob(os.path.join(TOP, 'tests/check/*.txt')))
             for case in read(path)]
    if only:
        cases = [c for c in cases if any(o.search(c.where() + ' ' + c.name) for o in only)]
    print('1..%d' % (len(cases) + 1))
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        for number, case in enumerate(cases, 1):
            wrong = list(faults(case, directory))
            failed |= bool(wrong)
            print('%s %d - %s: %s' % ('not ok' if wrong else 'ok', number, case.where(),
                                      case.name.replace('#', ' ')))
            for line in wrong:
                print('# ' + line.replace('\n', ' '))
    missing = [] if only else list(uncovered(cases, rules()))
    print('%s %d - every rule has both kinds of case' % ('not ok' if missing else 'ok',
                                                         len(cases) + 1))
    for line in missing:
        print('# ' + line)
    return failed or bool(missing)


if __name__ == '__main__':
    sys.exit(main())
