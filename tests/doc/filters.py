#!/usr/bin/env python3
"""The manual's section FILTERS names what filters have names for, and nothing else."""
import os
import re

TOP = os.environ.get('top_srcdir', '.')


def source(*path):
    with open(os.path.join(TOP, *path), encoding='utf-8') as f:
        return f.read()


def expand(name):
    """Names that the manual writes as one: `mpls.label1 ... mpls.label10`, `x.fin, syn`."""
    series = re.match(r'(.*\D)1 \.\.\. \1(\d+)$', name)
    if series:
        return ['%s%d' % (series.group(1), i + 1) for i in range(int(series.group(2)))]
    parts = name.split(', ')
    prefix = parts[0].rpartition('.')[0]
    return parts[:1] + ['%s.%s' % (prefix, part) for part in parts[1:]]


def main():
    table = source('src', 'model', 'filter_names.def')
    rows = re.findall(r'^(GROUP|NAME|LABELLED|SEVERAL)\("([^"]+)",.*?"([^"]*)"', table, re.M)
    also = re.findall(r'^ALSO\("([^"]+)",\s*"([^"]+)"\)', table, re.M)
    section = source('doc', 'nfpcap.1').split('.SH FILTERS')[1].split('.SH ')[0]
    section = section.split('.SS Names')[1].split('.SS ')[0]
    section = re.sub(r'\\f[BIRP]', '', section).replace(r'\-', '-')
    manual, other = {}, []
    for name, text in re.findall(r'^\.TP\n(.*)\n(.*)', section, re.M):
        name, _, names = name.partition(' (')
        for one in expand(name):
            manual[one] = text
        other += [(one, name) for one in names.rstrip(')').split(', ') if one]

    faults = []
    for _, name, text in rows:
        if name not in manual:
            faults.append('missing: ' + name)
        elif manual[name] != text and not re.search(r'\d$', name) and '.' not in name:
            faults.append('%s: "%s" in the manual, "%s" in the table' % (name, manual[name], text))
    known = {name for _, name, _ in rows}
    faults += ['no such name: ' + name for name in manual if name not in known]
    faults += ['missing: %s for %s' % row for row in also if row not in other and row[1] in known]
    faults += ['not another name: %s for %s' % row for row in other if row not in also]
    if not rows or not manual:
        faults.append('nothing was read')

    print('1..1')
    print('%sok 1 - the manual names what filters know' % ('not ' if faults else ''))
    for fault in faults:
        print('# ' + fault)


main()
