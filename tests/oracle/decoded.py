"""What nfpcap makes of a capture: its JSON, and the names of values that only the tree has."""
import json
import re
import subprocess


def run(program, *arguments):
    done = subprocess.run([program, 'packets', *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode not in (0, 3):
        raise RuntimeError('%s ended with %d: %s' % (' '.join(arguments), done.returncode,
                                                     done.stderr.decode('utf-8', 'replace')))
    return done.stdout.decode('utf-8').splitlines()


def split(line):
    name, _, text = line.strip().partition(' ')
    return name, text.strip()


def tree_of(lines):
    """The header and the records of each message of `packets -v`: lists of (name, text) pairs."""
    found, fields = [], None
    for line in lines:
        if line.startswith('Frame '):
            head, records = [], []
            found.append((head, records))
        if re.match(r' {2}(NetFlow|IPFIX)', line):
            fields = head
        elif re.match(r' {4}(Flow|Options record) \d', line):
            fields = []
            records.append(fields)
        elif re.match(r' {0,2}\S', line):
            fields = None
        elif fields is not None:
            if re.match(r' {4}[^ !]' if fields is head else r' {6}[^ !]', line):
                fields.append(split(line))
    return found


def label(text):
    """`forced end` of `4 (forced end)`; None where a value has no name."""
    found = re.match(r'\S+ \((.*)\)(, scope)?$', text)
    return found.group(1) if found else None


def name_of(field):
    return field.get('name', field.get('scope'))


def add_labels(messages, tree):
    """Give each field its line of the tree as "text" and the name of its value as "label"."""
    if len(tree) != len(messages):
        raise RuntimeError('%d messages in the tree, %d in JSON' % (len(tree), len(messages)))
    for message, (head, records) in zip(messages, tree):
        message['labels'] = {name: label(text) for name, text in head}
        fields = [record['fields'] for one in message['sets'] for record in one.get('records', [])]
        theirs = [[name for name, _ in pairs] for pairs in records]
        ours = [[name_of(field) for field in record] for record in fields]
        if theirs != ours:
            raise RuntimeError('frame %d: the tree has %s, JSON %s' %
                               (message['frame'], theirs, ours))
        for record, pairs in zip(fields, records):
            for field, (_, text) in zip(record, pairs):
                field['text'], field['label'] = text, label(text)


def messages(program, capture):
    found = [json.loads(line) for line in run(program, '-o', 'json', '--raw', capture)]
    found = [message for message in found if message['type'] == 'message']
    for message in found:
        message.setdefault('sets', [])
    add_labels(found, tree_of(run(program, '-v', capture)))
    return found
