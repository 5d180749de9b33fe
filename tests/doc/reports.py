#!/usr/bin/env python3
"""JUnit XML and SARIF of `nfpcap check`, held against their schemas and against its JSON lines;
JUnit XML of `nfpcap verify`, in the same way."""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

try:
    import jsonschema
except ImportError:
    jsonschema = None

TOP = os.path.abspath(os.environ.get('top_srcdir', '.'))
PROGRAM = os.path.abspath(os.environ.get('NFPCAP', './nfpcap'))
SHARED = os.path.abspath(os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared')))
XSD = os.path.join(TOP, 'tests', 'doc', 'junit.xsd')
OUTCOMES = {'failures': 'failure', 'errors': 'error', 'skipped': 'skipped'}
SEVERITIES = ['note', 'warning', 'error']


def run(arguments, command='check'):
    done = subprocess.run([PROGRAM, command] + arguments, cwd=TOP, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout


def lines(arguments, command='check'):
    return [json.loads(line) for line in run(['-o', 'json'] + arguments, command)[1].splitlines()]


# -- JUnit XML -------------------------------------------------------------------------------

def valid(text):
    """What xmllint, where there is one, says against the schema."""
    if not shutil.which('xmllint'):
        return
    done = subprocess.run(['xmllint', '--noout', '--schema', XSD, '-'], input=text,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        yield from done.stdout.decode(errors='replace').splitlines()


def counts(node, cases):
    if int(node.get('tests')) != len(cases):
        yield '%s: tests: %s of %d' % (node.get('name'), node.get('tests'), len(cases))
    for attribute, element in OUTCOMES.items():
        n = sum(case.find(element) is not None for case in cases)
        if int(node.get(attribute)) != n:
            yield '%s: %s: %s of %d' % (node.get('name'), attribute, node.get(attribute), n)


def junit(arguments, says=None, command='check'):
    """Faults of the XML."""
    _, text = run(['-o', 'junit'] + arguments, command)
    yield from valid(text)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as e:
        yield 'not well-formed: %s' % e
        return
    yield from counts(root, list(root.iter('testcase')))
    for suite in root:
        cases = suite.findall('testcase')
        yield from counts(suite, cases)
        names = [case.get('name') for case in cases]
        if len(set(names)) != len(names):
            yield '%s: a name twice' % suite.get('name')
    yield from (says or junit_says)(root, lines(arguments, command), arguments)


def verify_says(root, objects, arguments):
    """Each fault is a failure of its exporter, of each other difference the text is there."""
    wanted = sorted((x['weight'] == 'fault', x['kind'], x.get('exporter')) for x in objects
                    if x['type'] == 'difference')
    got = sorted((case.find('failure') is not None, case.get('name'), suite.get('name').split()[0])
                 for suite in root if suite.get('name') != 'verify'
                 for case in suite.findall('testcase')
                 if case.find('failure') is not None or case.find('system-out') is not None)
    if objects[-1]['verdict'] == 'nothing':
        failed = root.find('.//failure') is not None
        if failed == ('--allow-empty' in arguments) or got:
            yield 'nothing was compared: %s' % got
    elif wanted != got:
        yield '%s, not %s' % (got, wanted)


VERIFIES = (['pcaps/verify.pcap'], ['--inside', '198.51.100.0/24', 'pcaps/verify.pcap'],
            ['pcaps/ordinary.pcap'], ['--allow-empty', 'pcaps/ordinary.pcap'],
            ['--traffic', 'pcaps/ordinary.pcap', 'pcaps/exporters.pcap'],
            ['-n', '0', '--traffic', 'pcaps/ordinary.pcap', 'pcaps/softflowd-v5.pcap'])


def fail_on(arguments):
    if '--fail-on' not in arguments:
        return {'error'}
    word = arguments[arguments.index('--fail-on') + 1]
    return set(SEVERITIES[SEVERITIES.index(word):]) if word != 'never' else set()


def junit_says(root, objects, arguments):
    """Does it say what the JSON lines say?"""
    whole = objects[-1]
    properties = {p.get('name'): p.get('value') for p in root.iter('property')}
    for key in 'damaged', 'verdict':
        if properties[key] != str(whole[key]).lower():
            yield '%s: %s and %s' % (key, properties[key], whole[key])
    exporters = [s for s in root if s.get('name') not in ('input', 'rules')]
    failed = {(s.get('name'), c.get('name').split()[0]) for s in exporters for c in s
              if c.find('failure') is not None}
    wanted = {(f.get('exporter', 'IPFIX File' if 'transport' in f else 'capture'), f['rule'])
              for f in objects if f['type'] == 'finding' and not f['accepted'] and
              f['severity'] in fail_on(arguments)}
    if failed != wanted:
        yield 'failures: %s' % sorted(failed ^ wanted)
    known = {c.get('name').split()[0] for s in root for c in s if s.get('name') != 'input'}
    rules = {r['rule'] if isinstance(r, dict) else r for v in whole['rules'].values() for r in v}
    if known != rules:
        yield 'rules: %s' % sorted(known ^ rules)[:5]


# -- SARIF -----------------------------------------------------------------------------------

class Schema:
    """That of SARIF.  Every log has all rules: they are looked at where they are other ones than in
    any log before, since they take a hundred times as long as all else."""

    def __init__(self):
        with open(os.path.join(TOP, 'tests', 'doc', 'sarif.schema.json')) as f:
            self.validator = jsonschema.Draft202012Validator(json.load(f))
        self.valid = []

    def faults(self, log):
        driver = log['runs'][0]['tool']['driver']
        rules = driver['rules']
        if rules in self.valid:
            driver['rules'] = rules[:1]
        errors = list(self.validator.iter_errors(log))
        driver['rules'] = rules
        if not errors and rules not in self.valid:
            self.valid.append(rules)
        for e in errors:
            yield '%s: %s' % ('/'.join(map(str, e.absolute_path)), e.message[:200])


schema = Schema() if jsonschema is not None else None


def sarif(arguments):
    """Faults of the SARIF."""
    _, text = run(['-o', 'sarif'] + arguments)
    log = json.loads(text.decode('utf-8'))
    if schema is not None:
        yield from schema.faults(log)
    only, = log['runs']
    rules = only['tool']['driver']['rules']
    findings = [f for f in lines(arguments) if f['type'] == 'finding']
    if len(findings) != len(only['results']):
        yield '%d results of %d findings' % (len(only['results']), len(findings))
    for result, finding in zip(only['results'], findings):
        if rules[result['ruleIndex']]['id'] != result['ruleId']:
            yield 'ruleIndex of ' + result['ruleId']
        here = [result['ruleId'], result['level'], result['occurrenceCount'],
                'suppressions' in result]
        if here != [finding[k] for k in ('rule', 'severity', 'count', 'accepted')]:
            yield 'a result is another finding: %s' % here
        if finding['message'] not in result['message']['text']:
            yield 'the message of ' + finding['rule']
        for location in result['locations']:
            index = location['physicalLocation']['artifactLocation']['index']
            if not 0 <= index < len(only['artifacts']):
                yield 'artifact %d' % index


# -- Cases -----------------------------------------------------------------------------------

def hostile(directory):
    """A capture whose name is no text, and one that is cut."""
    name = os.path.join(os.fsencode(directory), b'a\x01\x1b[31m\xff\xef\xbf\xbe<&">]]> %41.pcap')
    source = os.path.join(TOP, 'pcaps', 'exporters.pcap')
    shutil.copyfile(source, name)
    cut = os.path.join(directory, 'cut.pcap')
    with open(source, 'rb') as f:
        octets = f.read()
    with open(cut, 'wb') as f:
        f.write(octets[:-100])
    return name, cut


def cases(directory):
    ours = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                  glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')))
    for path in ours:
        name = os.path.relpath(path, TOP)
        yield name, ['--ruleset', 'strict', '--fail-on', 'warning', name]
    yield 'all of them', ours
    yield 'no failures', ['--fail-on', 'never'] + ours
    name, cut = hostile(directory)
    yield 'a hostile name', [name, 'pcaps/quirk-e4.pcap']
    yield 'a cut file', [cut]
    yield 'an accepted cut', ['--accept-cut', cut]
    yield 'nothing', ['pcaps/foreign.pcap']
    yield 'nothing, which is fine', ['--allow-empty', 'pcaps/foreign.pcap']
    accepted = os.path.join(directory, 'accepted')
    run(['--write-baseline', accepted] + ours)
    yield 'all accepted', ['--baseline', accepted] + ours
    for path in sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                       glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*'))):
        yield 'corpus: ' + os.path.basename(path), [path]


def codes(directory):
    """Faults of exit codes."""
    accepted = os.path.join(directory, 'accepted-e4')
    strict = ['--ruleset', 'strict', '--fail-on', 'note', 'pcaps/quirk-e4.pcap']
    _, cut = hostile(directory)
    run(['--write-baseline', accepted] + strict)
    for wanted, arguments in (
            (0, ['--fail-on', 'never', 'pcaps/quirk-e4.pcap']),
            (1, ['pcaps/foreign.pcap']),
            (0, ['--allow-empty', 'pcaps/foreign.pcap']),
            (3, [cut]),
            (0, ['--accept-cut', '--fail-on', 'never', cut]),
            (2, ['--rule', 'no-such-rule=off', 'pcaps/quirk-e4.pcap']),
            (2, ['--baseline', '/nonexistent', 'pcaps/quirk-e4.pcap']),
            (2, ['--profile', 'pcaps/quirk-e4.txt', 'pcaps/quirk-e4.pcap']),
            (2, ['--write-baseline', '/nonexistent/x', '--fail-on', 'never',
                 'pcaps/quirk-e4.pcap']),
            (1, strict),
            (0, ['--baseline', accepted] + strict)):
        code, _ = run(arguments)
        if code != wanted:
            yield '%s: %d, not %d' % (' '.join(arguments), code, wanted)


def say(number, name, found):
    found = list(found)
    print('%sok %d - %s' % ('not ' if found else '', number, re.sub('[#\n]', ' ', name)))
    for line in found[:8]:
        print('# ' + ascii(line))


def main():
    number = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, arguments in cases(directory):
            say(number + 1, 'junit: ' + name, junit(arguments))
            say(number + 2, 'sarif: ' + name, sarif(arguments))
            number += 2
        number += 1
        say(number, 'exit codes', codes(directory))
    for arguments in VERIFIES:
        number += 1
        say(number, 'junit: verify ' + ' '.join(arguments),
            junit(arguments, verify_says, 'verify'))
    print('1..%d' % number)


main()
