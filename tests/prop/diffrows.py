"""Differences as `nfpcap diff` tells them, and as it must tell them the other way round."""
import json

import program


def run(*arguments):
    return program.run('diff', *arguments)


def differences(old, new, *options):
    code, out, err = run('-n', '0', '-o', 'json', old, new, *options)
    rows = [json.loads(line) for line in out.splitlines()]
    if not rows or rows[-1]['type'] != 'summary':
        raise AssertionError('%s %s' % (out, err))
    if rows[-1]['verdict'] != 'nothing' and code not in (3, 1 if rows[-1]['totals'] else 0):
        raise AssertionError('exit code %d of %s' % (code, rows[-1]))
    return rows[:-1]


TURNED = {'flow-lost': 'flow-added', 'template-removed': 'template-added',
          'option-removed': 'option-added', 'finding-gone': 'finding-new',
          'exporter-gone': 'exporter-new'}
TURNED.update({v: k for k, v in TURNED.items()})


def row_of(row, turn):
    """What a row says; turned round, what it says of the captures in the other order."""
    first, second = ('new', 'old') if turn else ('old', 'new')
    changes = sorted((c['name'], str(c[first]), str(c[second])) for c in row['changes']
                     if row['topic'] != 'templates')
    return TURNED.get(row['kind'], row['kind']) if turn else row['kind'], changes


def both_ways(old, new, *options):
    """What is told in one order only, of both."""
    there = sorted(row_of(row, False) for row in differences(old, new, *options))
    back = sorted(row_of(row, True) for row in differences(new, old, *options))
    return [x for x in there if x not in back] + [x for x in back if x not in there] or \
        ([('counts', len(there), len(back))] if there != back else [])
