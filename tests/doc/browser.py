#!/usr/bin/env python3
"""What the manual and README.md show of the browser is what it is.

usage: browser.py [--update]

The keys of the manual come from src/tui/actions.def, the screens of README.md from
tests/tui/expected/readme, which tests/tui/screens.sh holds against the browser.
--update writes both.
"""
import os
import re
import sys

TOP = os.environ.get('top_srcdir', '.')
SCREENS = ('Packets', 'Flows', 'Exporters', 'Templates', 'Tables', 'Findings', 'Ladder', 'Stats')
BEGIN, END = '.\\" Keys, as tests/doc/browser.py writes them.\n', '.\\" End of keys.\n'


def path(*names):
    return os.path.join(TOP, *names)


def source(*names):
    with open(path(*names), encoding='utf-8') as f:
        return f.read()


def masks():
    """Names of WHERE to the screens, as src/tui/action.c has them."""
    found = {}
    text = source('src', 'tui', 'action.c')
    for name, bits in re.findall(r'\b([A-Z]+) = ((?:BIT\(\w+\)(?:\s*\|\s*)?)+)', text):
        found[name] = [bit.capitalize() for bit in re.findall(r'BIT\((\w+)\)', bits)]
    return found


def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-').replace("'", '\\(aq')
    return text.replace('^', '\\(ha').replace('~', '\\(ti').replace('`', '\\(ga')


def rows():
    """(heading, None, None), or (keys, screens or [] for all, help) of each row."""
    known = masks()
    for line in source('src', 'tui', 'actions.def').splitlines():
        heading = re.match(r'HEADING\("(.*)"\)', line)
        row = re.match(r'ACTION\(\w+,\s*"(.*?)",\s*([A-Z |]+),\s*"(.*?)",\s*"(.*)"\)', line)
        if heading:
            yield heading.group(1), None, None
        elif row:
            names = [n.strip() for n in row.group(2).split('|')]
            where = [s for n in names for s in known.get(n, [])]
            yield row.group(1), [s for s in SCREENS if s in where], row.group(4)


def joined(words):
    return ' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def keys():
    """The section of the manual between BEGIN and END."""
    for name, screens, text in rows():
        if screens is None:
            yield '.SS %s\n' % roff(name)
            continue
        tags = ' ", " '.join('"%s"' % roff(k) if ' ' in k else roff(k) for k in name.split('  '))
        # requests begin with these
        tags = re.sub(r'(^|(?<= ))(\.|\\\(aq)(?= |$|")', r'"\2"', tags)
        yield '.TP\n.BR %s\n' % tags
        text = re.sub(r"^([.'])", r'\\&\1', roff(text))
        yield text + (' (%s)' % joined(screens) if screens else '') + '\n'


def manual():
    """The keys of the manual are those of src/tui/actions.def"""
    text = source('doc', 'nfpcap.1')
    before, rest = text.split(BEGIN)
    yield ('doc', 'nfpcap.1'), text, before + BEGIN + ''.join(keys()) + END + rest.split(END)[1]


def readme():
    """The screens of README.md are those of tests/tui/expected/readme"""
    shown = dict(re.findall(r'^-- (?!cursor)(\w+)\n(.*?)(?=^-- |\Z)',
                            source('tests', 'tui', 'expected', 'readme'), re.M | re.S))
    text = source('README.md')
    used = re.findall(r'<!-- screen (\w+) -->', text)

    def replaced(match):
        return '%s```\n%s```\n' % (match.group(1), shown.get(match.group(2), 'no such screen\n'))
    yield ('README.md',), text, re.sub(r'(<!-- screen (\w+) -->\n)```\n.*?```\n', replaced, text,
                                       flags=re.S)
    if sorted(used) != sorted(shown):
        yield ('README.md',), 'screens %s' % used, 'screens %s' % sorted(shown)


def complete():
    """All rows of src/tui/actions.def are read"""
    text = source('src', 'tui', 'actions.def')
    yield None, str(len(re.findall(r'^(?:ACTION|HEADING)\(', text, re.M))), str(len(list(rows())))


def main():
    tests = (complete, manual, readme)
    print('1..%d' % len(tests))
    for number, function in enumerate(tests, 1):
        faults = []
        for where, found, wanted in function():
            if found == wanted:
                continue
            if '--update' in sys.argv and where and not found.startswith('screens'):
                with open(path(*where), 'w', encoding='utf-8') as f:
                    f.write(wanted)
                continue
            lines = set(found.splitlines()) ^ set(wanted.splitlines())
            faults += sorted(lines)[:10] or ['lines in another order']
        print('%sok %d - %s' % ('not ' if faults else '', number, function.__doc__))
        for line in faults[:20]:
            print('# ' + line)


main()
