#!/usr/bin/env python3
"""Hold the JSON output against the schemas in doc/: every line, and the order of its keys."""
import glob
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print('1..0 # SKIP no jsonschema for Python')
    sys.exit(0)

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
LINES = 2          # of a capture of the corpus: Python validates some hundred fields a second


def load(name):
    with open(os.path.join(TOP, 'doc', name)) as f:
        return json.load(f)


MESSAGE, STATS = load('nfpcap-message.schema.json'), load('nfpcap-stats.schema.json')
FLOW = load('nfpcap-flow.schema.json')
OPTIONS = load('nfpcap-options.schema.json')
TEMPLATE = load('nfpcap-template.schema.json')
FIELD = load('nfpcap-field.schema.json')
EXPORTERS = load('nfpcap-exporters.schema.json')
TOP_ROWS = load('nfpcap-top.schema.json')
DIFF = load('nfpcap-diff.schema.json')
VERIFY = load('nfpcap-verify.schema.json')
EXPECT = load('nfpcap-expect.schema.json')
CHECK, RULE = load('nfpcap-check.schema.json'), load('nfpcap-rule.schema.json')


class Pairs(list):
    """An object as its pairs, so that order and repetition of keys can be seen."""


def plain(v):
    if isinstance(v, Pairs):
        return {k: plain(x) for k, x in v}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


def resolved(schema, node):
    while '$ref' in node:
        node = schema['$defs'][node['$ref'].rsplit('/', 1)[1]]
    return node


def chosen(schema, node, value):
    """The alternative of NODE that an object like VALUE is held against."""
    for choice in node.get('oneOf', []) + node.get('anyOf', []):
        known = resolved(schema, choice).get('properties', {})
        if known and dict(value).get('type') == known.get('type', {}).get('const'):
            return resolved(schema, choice)
    return node


def order(schema, node, value, path):
    """Yield where keys of VALUE come in another order than NODE of SCHEMA has them, or twice."""
    node = resolved(schema, node)
    if isinstance(value, Pairs):
        known = chosen(schema, node, value).get('properties', {})
        keys, names = [k for k, _ in value], list(known)
        places = [names.index(k) for k in keys if k in names]
        if names and (places != sorted(places) or len(set(keys)) != len(keys)):
            yield '%s: %s' % (path, keys)
        for k, x in value:
            yield from order(schema, known.get(k, {}), x, path + '.' + k)
    elif isinstance(value, list):
        for i, x in enumerate(value):
            yield from order(schema, node.get('items', {}), x, '%s[%d]' % (path, i))


def faults(schema, arguments, stdin=None, limit=None):
    done = subprocess.run([PROGRAM] + arguments, cwd=TOP, stdin=stdin or subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
    validator = jsonschema.Draft202012Validator(schema)
    lines = done.stdout.decode('utf-8').splitlines()
    for i, line in enumerate(lines[:limit]):
        try:
            value = json.loads(line, object_pairs_hook=Pairs)
        except ValueError as e:
            yield 'line %d is no JSON: %s' % (i + 1, e)
            continue
        for e in validator.iter_errors(plain(value)):
            best = jsonschema.exceptions.best_match([e])
            yield 'line %d: %s: %s' % (i + 1, '/'.join(map(str, best.absolute_path)),
                                       best.message[:300])
        for where in order(schema, schema, value, 'line %d' % (i + 1)):
            yield 'order of keys: ' + where


def cases():
    ours = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                  glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')))
    for path in ours:
        name = os.path.relpath(path, TOP)
        for more in ([], ['--raw'], ['-q']):
            yield 'packets -o json %s' % ' '.join(more + [name]), MESSAGE, \
                ['packets', '-o', 'json'] + more + [name], None, 40
    yield 'stats -o json of all', STATS, ['stats', '-o', 'json'] + ours, None, None
    yield 'stats of intervals', STATS, ['stats', '-o', 'json', '--interval', '1s'] + ours, None, 500
    for name in ours:
        name = os.path.relpath(name, TOP)
        yield 'flows -o json --norm %s' % name, FLOW, \
            ['flows', '-o', 'json', '--norm', name], None, 40
        yield 'templates -o json %s' % name, TEMPLATE, ['templates', '-o', 'json', name], None, 40
        yield 'fields -o json %s' % name, FIELD, ['fields', '-o', 'json', name], None, 40
        yield 'options -o json %s' % name, OPTIONS, ['options', '-o', 'json', name], None, 40
        yield 'top -o json %s' % name, TOP_ROWS, \
            ['top', '-o', 'json', '-k', 'src/24/64,dport,exporter', name], None, None
        yield 'top -o json --biflow %s' % name, TOP_ROWS, \
            ['top', '-o', 'json', '-k', 'flow', '--biflow', '--max-keys', '3', name], None, None
    yield 'fields', FIELD, ['fields', '-o', 'json'], None, None
    yield 'fields of the other direction', FIELD, ['fields', '-o', 'json', 'reverse'], None, 10
    yield 'tables of options', OPTIONS, \
        ['options', '--joined', '-o', 'json'] + ours, None, None
    yield 'tables of one capture', OPTIONS, \
        ['options', '--joined', '-o', 'json', 'pcaps/joined.pcap'], None, None
    yield 'templates of two files', TEMPLATE, ['templates', '-o', 'json'] + ours[:2], None, 10
    yield 'templates per exporter', TEMPLATE, \
        ['templates', '-o', 'json', '--scope', 'exporter', 'pcaps/exporters.pcap'], None, 10
    yield 'templates of a pipe', TEMPLATE, ['templates', '-o', 'json', '-'], \
        os.path.join(TOP, 'pcaps/redefined.pcap'), None
    for name in ours:
        name = os.path.relpath(name, TOP)
        yield 'exporters -o json %s' % name, EXPORTERS, ['exporters', '-o', 'json', name], None, None
        yield 'check -o json --all %s' % name, CHECK, \
            ['check', '-o', 'json', '--all', '--ruleset', 'strict', name], None, None
    yield 'check of all', CHECK, ['check', '-o', 'json'] + ours, None, None
    yield 'check of a pipe', CHECK, ['check', '-o', 'json', '-'], \
        os.path.join(TOP, 'pcaps/redefined.pcap'), None
    yield 'the verdict', CHECK, ['check', '-q', '-o', 'json'] + ours, None, None
    yield 'rules', RULE, ['rules', '-o', 'json'], None, None
    for old, new in ('softflowd-v5', 'softflowd-v9'), ('joined', 'flows'):
        yield 'diff %s %s' % (old, new), DIFF, \
            ['diff', '-n', '0', '--strict', '-o', 'json', 'pcaps/%s.pcap' % old,
             'pcaps/%s.pcap' % new], None, None
    for more in (['--traffic', 'pcaps/ordinary.pcap', 'pcaps/softflowd-v9.pcap'],
                 ['--traffic', 'pcaps/ordinary.pcap', 'pcaps/pmacctd-v5.pcap'],
                 ['--traffic', 'pcaps/flows.pcap', 'pcaps/softflowd-v9-sampled.pcap'],
                 ['--meter', 'inner', 'pcaps/vxlan-ipfix.pcap'],
                 ['-q', 'pcaps/exporters.pcap'], ['pcaps/ordinary.pcap']):
        yield 'verify %s' % ' '.join(more), VERIFY, \
            ['verify', '-n', '0', '-o', 'json'] + more, None, None
    yield 'expect', EXPECT, \
        ['expect', '-o', 'json', 'tests/golden/input/softflowd.expect', 'pcaps/softflowd-v9.pcap'], \
        None, None
    yield 'exporters of all', EXPORTERS, ['exporters', '-o', 'json'] + ours, None, None
    yield 'flows of two files', FLOW, ['flows', '-o', 'json'] + ours[:2], None, 10
    yield 'integers as strings', FLOW, \
        ['flows', '-o', 'json', '--int64-strings', 'pcaps/exporters.pcap'], None, 10
    yield 'two files', MESSAGE, ['packets', '-o', 'json'] + ours[:2], None, 10
    yield 'a pipe', MESSAGE, ['packets', '-o', 'json', '-'], \
        os.path.join(TOP, 'pcaps/quirk-e1.pcap'), None
    for path in sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                       glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*'))):
        yield 'corpus: ' + os.path.basename(path), MESSAGE, \
            ['packets', '-o', 'json', '--raw', path], None, LINES
        yield 'corpus flows: ' + os.path.basename(path), FLOW, \
            ['flows', '-o', 'json', '--norm', path], None, LINES
        yield 'corpus options: ' + os.path.basename(path), OPTIONS, \
            ['options', '-o', 'json', path], None, LINES
        yield 'corpus tables of options: ' + os.path.basename(path), OPTIONS, \
            ['options', '--joined', '-o', 'json', path], None, LINES
        yield 'corpus templates: ' + os.path.basename(path), TEMPLATE, \
            ['templates', '-o', 'json', path], None, 20
        yield 'corpus check: ' + os.path.basename(path), CHECK, \
            ['check', '-o', 'json', path], None, None
        yield 'corpus exporters: ' + os.path.basename(path), EXPORTERS, \
            ['exporters', '-o', 'json', path], None, 40


def pipe_of(path):
    return subprocess.Popen(['cat', path], stdout=subprocess.PIPE)


def main():
    number = 0
    for schema in MESSAGE, STATS, FLOW, OPTIONS, TEMPLATE, FIELD, EXPORTERS, TOP_ROWS, \
            CHECK, RULE, DIFF, VERIFY, EXPECT:
        jsonschema.Draft202012Validator.check_schema(schema)
    for number, (name, schema, arguments, piped, limit) in enumerate(cases(), 1):
        feeder = pipe_of(piped) if piped else None
        found = list(faults(schema, arguments, feeder.stdout if feeder else None, limit))
        if feeder:
            feeder.stdout.close()
            feeder.wait()
        print('%sok %d - %s' % ('not ' if found else '', number, name))
        for line in found[:8]:
            print('# ' + line)
    print('1..%d' % number)


main()
