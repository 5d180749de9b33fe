#!/usr/bin/env python3
"""Hold the names and values of nfpcap against an independent decoder's.

usage: tshark.py [--nfpcap PROGRAM] [--list] [CAPTURE=TEXT...]

TEXT is what `tshark -V -O cflow` says of CAPTURE (.gz or not); without any, all captures of the
corpus at $NFPCAP_SHARED.  Messages are matched by frame; sets, templates, records and fields by
their order.  names.tsv says which of tshark's names is which of ours, explained.tsv which
differences are known, and who is right.  TAP on standard output.  --list prints the differences
that have no explanation instead, each once, with the captures that have it.
"""
import argparse
import collections
import fnmatch
import glob
import gzip
import os
import subprocess

import decoded
import dissection
import values

HERE = os.path.dirname(os.path.abspath(__file__))
Difference = collections.namedtuple('Difference', 'kind subject theirs ours')


def rows(name, columns):
    with open(os.path.join(HERE, name), encoding='utf-8') as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip('\n')
            if line.startswith('#') or not line:
                continue
            cells = line.split('\t')
            if len(cells) != columns:
                raise SystemExit('%s:%d: %d columns, not %d' % (name, number, len(cells), columns))
            yield cells


class Table:
    """Rows that must each be met at least once."""

    def __init__(self, all_rows):
        self.met = {tuple(row): False for row in all_rows}

    def unmet(self):
        return [row for row, met in self.met.items() if not met]


class Names(Table):
    """What tshark calls a thing, and what we do."""

    def has(self, kind, key, ours):
        if (kind, key, ours) in self.met:
            self.met[kind, key, ours] = True
            return True
        return False

    def theirs(self, kind, key):
        return [row[2] for row in self.met if row[:2] == (kind, key)]


class Explained(Table):
    """captures, kind, subject, theirs, ours (all but the last are patterns), reason."""

    def covers(self, capture, difference):
        for row in self.met:
            if all(fnmatch.fnmatchcase(text, pattern)
                   for text, pattern in zip((capture, *map(str, difference)), row)):
                self.met[row] = True
                return True
        return False


# -- Comparison ------------------------------------------------------------------------------

def word_of(value):
    """`Idle timeout` of `Idle timeout (1)`; None where tshark has no name for a value."""
    text, _, rest = value.rpartition(' (')
    known = rest.endswith(')') and text and not text.startswith('Unknown')
    return text if known and not text.isdigit() else None


# What tshark draws on two lines: how they become one item.
def application(engine, selector):
    """RFC 6759 section 4: one octet of engine, the rest selects."""
    return engine._replace(value='%02x%s' % (values.number(engine.value), selector.value))


def icmp(kind, code):
    """The type is the upper octet, the code the lower one."""
    return kind._replace(value=str(values.number(kind.value) << 8 | values.number(code.value)))


PAIRS = {'applicationId': application, 'icmpTypeCodeIPv6': icmp}


def pair_up(items, fields):
    """(item, field) pairs in order; either is None where the other side has more."""
    items, pairs = list(items), []
    for field in fields:
        join = PAIRS.get(field.get('name', '').replace('reverse.', ''))
        item = items.pop(0) if items else None
        if join is not None and item is not None and items:
            item = join(item, items.pop(0))
        pairs.append((item, field))
    return pairs + [(item, None) for item in items]


def forwarding(item):
    """RFC 7270 section 4.12: two bits of status, six of reason; their names, and the number."""
    (_, status), (_, reason) = ((name, value.rpartition(' (')) for name, value in item.bits)
    first, second = int(status[2].rstrip(')')), int(reason[2].rstrip(')'))
    words = [status[0]] + ([reason[0]] if first == 0 or reason[0] != 'Unknown' else [])
    return ', '.join(words), first << 6 | second


class Capture:
    """One capture, both ways."""

    def __init__(self, name, names):
        self.name = name
        self.names = names
        self.found = collections.Counter()
        self.compared = collections.Counter()

    def differ(self, kind, subject, theirs, ours):
        self.found[Difference(kind, subject, theirs, ours)] += 1

    def hold(self, agree, kind, subject, theirs, ours):
        self.compared[kind] += 1
        if not agree:
            self.differ(kind, subject, theirs, ours)

    # -- names

    def template(self, theirs, ours):
        fields = ours.get('fields', [])	# a withdrawal has none
        self.hold((theirs.id, len(theirs.fields)) == (ours['id'], len(fields)), 'template',
                  theirs.id, len(theirs.fields), len(fields))
        for one, field in zip(theirs.fields, fields):
            number = '%d/%d' % (one.pen, one.id) if one.pen and not one.reverse else str(one.id)
            same = (one.id, one.length) == (field['id'], field['length'])
            self.hold(same and (one.pen or 0) == field.get('pen', 0), 'template', theirs.id,
                      one, field)
            if one.name is not None:
                name = decoded.name_of(field)
                bare = name[len('reverse.'):] if one.reverse else name
                known = one.name == bare or self.names.has('type', '%s %s' % (one.name, number),
                                                           bare)
                self.hold(known and one.reverse == name.startswith('reverse.'), 'type',
                          '%s %s' % (one.name, number), one.name, name)

    # -- labels

    def flags(self, item, field):
        used = {bit for bit, value in item.bits if value == 'Used'}
        ours = set(filter(None, (field['label'] or '').split('|')))
        agree = len(used) == len(ours) and all(
            bit in ours or any(self.names.has('flag', bit, name) for name in ours)
            for bit in used)
        self.hold(agree, 'label', field['name'], '|'.join(sorted(used)), field['label'])

    def word(self, name, number, theirs, ours):
        key = '%s %s %s' % (name, number, theirs)
        known = theirs == ours or self.names.has('value', key, ours)
        self.hold(known, 'label', name, key, ours)

    def label(self, item, field):
        name, ours = decoded.name_of(field), field['label']
        if item.label.startswith('MPLS-Label'):
            text = item.value.strip().replace(' exp-bits: ', ', exp ')
            text = 'label ' + text.replace(' bottom-of-stack', ', bottom')
            self.hold(text == ours, 'label', name, text, ours)
            return
        if any(value in ('Used', 'Not used') for _, value in item.bits):
            self.flags(item, field)
            return
        word, number = word_of(item.value), field.get('value')
        if item.label == 'Forwarding Status':
            word, number = forwarding(item)
        if word is not None and ours is not None:
            self.word(name, number, word, ours)

    # -- records

    def field(self, item, field):
        name = decoded.name_of(field)
        if item.reverse:
            bare = name[len('reverse.'):] if name.startswith('reverse.') else '?' + name
        else:
            bare = name
        key = item.label if item.clock is None else '%s (%s)' % (item.label, item.clock)
        if item.label not in ('Enterprise Private entry', 'Unknown Field Type'):
            known = key == bare or self.names.has('field', key, bare)
            self.hold(known, 'name', key, key, name)
        if item.label == 'Forwarding Status':
            same = forwarding(item)[1] == field['value']
        else:
            same = values.same(item, field, self.export)
        self.hold(same, 'value', name, item.value, field.get('value', field['raw']))
        self.label(item, field)

    def take_time(self, item, times):
        key = '%s (%s)' % (item.label, item.clock)
        for field in times:
            if ('field', key, field['name']) in self.names.met:
                times.remove(field)
                return field
        return None

    def record(self, subject, items, fields):
        times = [field for field in fields if field.get('name') in self.names.times]
        # tshark writes no line for a value of no octets
        others = [field for field in fields if field.get('name') not in self.names.times and
                  field['length'] > 0]
        left = []
        for item in items:
            field = self.take_time(item, times) if item.clock is not None else None
            if field is not None:
                self.field(item, field)
            elif item.clock is not None:
                left.append(item)
        for item, field in pair_up([item for item in items if item.clock is None], others):
            if item is None:
                times.append(field)
            elif field is None:
                left.append(item)
            else:
                self.field(item, field)
        self.hold(not left and not times, 'record', subject, ', '.join(i.label for i in left),
                  ', '.join(decoded.name_of(f) for f in times))

    # -- messages

    def head(self, theirs, ours):
        head = dict(ours['header'], version=ours['version'])
        for label, value in theirs.head:
            for key in self.names.theirs('header', label):
                if key not in head:
                    continue
                self.names.has('header', label, key)
                same = (values.same_uptime(value, head[key]) if value.endswith(' seconds') else
                        values.number(value) == head[key])
                self.hold(same, 'header', label, value, head[key])
                word, ours_too = word_of(value), ours['labels'].get(key)
                if word is not None and ours_too is not None:
                    self.word(key, head[key], word, ours_too)

    def set(self, theirs, ours):
        what = 'legacy' if theirs.id is None else theirs.id
        self.hold(theirs.id == ours.get('id'), 'set', what, theirs.id, ours.get('id'))
        templates, records = ours.get('templates', []), ours.get('records', [])
        for one, other in zip(theirs.templates, templates):
            self.template(one, other)
        self.hold(len(theirs.templates) == len(templates), 'template', 'count',
                  len(theirs.templates), len(templates))
        resolved = ours.get('template', {}).get('resolved', 'not at all')
        if not theirs.found:
            self.hold('records' not in ours, 'template', 'not found', '', resolved)
            return
        self.hold(len(theirs.records) == len(records), 'record', 'count', len(theirs.records),
                  len(records))
        if theirs.template_frame is not None:
            frame = ours.get('template', {}).get('frame')
            self.hold(theirs.template_frame == frame, 'template', 'frame', theirs.template_frame,
                      frame)
        for items, record in zip(theirs.records, records):
            self.record(what, items, record['fields'])

    def prints(self, message):
        for one in message['sets']:
            for record in one.get('records', []):
                for field in record['fields']:
                    self.hold(values.same_print(message, field), 'print', decoded.name_of(field),
                              field.get('value'), field['text'])

    def message(self, theirs, ours):
        head = ours['header']
        self.export = head.get('exportTime', head.get('unixSecs'))
        self.head(theirs, ours)
        self.prints(ours)
        for one, other in zip(theirs.sets, ours['sets']):
            self.set(one, other)
        self.hold(len(theirs.sets) == len(ours['sets']), 'set', 'count', len(theirs.sets),
                  len(ours['sets']))

    def messages(self, theirs, ours):
        by_frame = collections.defaultdict(list)
        for message in ours:
            by_frame[message['frame']].append(message)
        for message in theirs:
            self.compared['message'] += 1
            if by_frame[message.frame]:
                self.message(message, by_frame[message.frame].pop(0))
            else:
                self.differ('message', 'frame', message.frame, None)
        for frame, left in sorted(by_frame.items()):
            for _ in left:
                self.differ('message', 'frame', None, frame)


# -- The test --------------------------------------------------------------------------------

def lines_of(path):
    if path.endswith('.gz'):
        return gzip.open(path, 'rt', encoding='utf-8', newline='\n')
    return open(path, encoding='utf-8', newline='\n')


def compare(program, path, text, names):
    capture = Capture(os.path.basename(path), names)
    try:
        with lines_of(text) as lines:
            capture.messages(dissection.messages(lines), decoded.messages(program, path))
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as e:
        capture.differ('run', 'end', None, e)
    return capture


def report(number, capture, wrong):
    counts = ', '.join('%d %ss' % (n, kind) for kind, n in sorted(capture.compared.items()))
    print('%s %d - %s: %s' % ('not ok' if wrong else 'ok', number, capture.name, counts))
    for d in wrong[:20]:
        print('# %s %s: tshark has %s, nfpcap %s (%d times)' % (*d, capture.found[d]))


def report_unmet(number, name, table):
    unmet = table.unmet()
    print('%s %d - every row of %s is met' % ('not ok' if unmet else 'ok', number, name))
    for row in unmet:
        print('# %s' % ' | '.join(row))


def corpus():
    """CAPTURE=TEXT of all that is there."""
    folder = os.path.join(os.environ.get('NFPCAP_SHARED', '../shared'), 'corpus')
    texts = sorted(glob.glob(os.path.join(folder, 'tshark', '*.txt.gz')))
    return ['%s=%s' % (os.path.join(folder, os.path.basename(text)[:-len('.txt.gz')]), text)
            for text in texts]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1][len('usage: '):])
    parser.add_argument('--nfpcap', default=os.environ.get('NFPCAP', './nfpcap'))
    parser.add_argument('--list', action='store_true')
    parser.add_argument('pairs', nargs='*', metavar='CAPTURE=TEXT')
    options = parser.parse_args()
    pairs = options.pairs or corpus()
    if not pairs:
        print("1..0 # SKIP no texts of tshark's in corpus/tshark at $NFPCAP_SHARED (%s)" %
              os.environ.get('NFPCAP_SHARED', 'not set'))
        return

    names, explained = Names(rows('names.tsv', 3)), Explained(rows('explained.tsv', 6))
    names.times = {row[2] for row in names.met if row[0] == 'field' and
                   row[1].startswith(('StartTime (', 'EndTime ('))}
    if not options.list:
        print('1..%d' % (len(pairs) + 2))
    everything = collections.defaultdict(list)
    for number, pair in enumerate(pairs, 1):
        path, _, text = pair.partition('=')
        capture = compare(options.nfpcap, path, text, names)
        wrong = [d for d in capture.found if not explained.covers(capture.name, d)]
        if not options.list:
            report(number, capture, wrong)
        for d in wrong:
            everything[d].append(capture.name)
    if options.list:
        for d, captures in sorted(everything.items(), key=str):
            print(*d, ' '.join(captures), sep='\t')
        return
    report_unmet(len(pairs) + 1, 'names.tsv', names)
    report_unmet(len(pairs) + 2, 'explained.tsv', explained)


if __name__ == '__main__':
    main()
