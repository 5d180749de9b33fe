"""Compare tshark's text of a capture with what nfpcap says of it, and report in TAP.

Messages are matched by frame; sets, templates, records and fields by their order.  Names are
the same if they differ in nothing but case, blanks and punctuation, or if the table of names
says so; the table of explanations knows differences and who is right.  Every row of a table
that is not lent from another test has to be met.
"""
import collections
import fnmatch
import gzip
import os
import re
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


def alike(theirs, ours):
    """`HTTP Request Url` and `httpRequestURL`; an enterprise's number does not count."""
    def plain(name):
        return re.sub('[^a-z0-9]', '', name.lower())

    return plain(theirs) == plain(re.sub(r'^\d+/', '', ours))


class Table:
    """Rows of its own, each to be met at least once, and rows lent from another table."""

    def __init__(self, name, columns, lent=()):
        self.name = name
        self.lent = {tuple(row) for table in lent for row in rows(table, columns)}
        self.met = dict.fromkeys(self.lent, False)
        self.met.update((tuple(row), False) for row in rows(name, columns))

    def unmet(self):
        return [row for row, met in self.met.items() if not met and row not in self.lent]


class Names(Table):
    """kind, what tshark calls a thing, what we do."""

    def __init__(self, name, lent=()):
        super().__init__(name, 3, lent)
        self.times = {row[2] for row in self.met if row[0] == 'field' and
                      row[1].startswith(('StartTime (', 'EndTime ('))}

    def has(self, kind, key, ours):
        if (kind, key, ours) in self.met:
            self.met[kind, key, ours] = True
            return True
        return False

    def theirs(self, kind, key):
        return [row[2] for row in self.met if row[:2] == (kind, key)]


class Explained(Table):
    """captures, kind, subject, theirs, ours (all patterns), reason."""

    def __init__(self, name, lent=()):
        super().__init__(name, 6, lent)

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
    number = values.number(kind.value) << 8 | values.number(code.value)
    return kind._replace(value=str(number), reverse=code.reverse)


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
                self.type('%s %s' % (one.name, number), one, decoded.name_of(field))

    def type(self, key, theirs, name):
        bare = name[len('reverse.'):] if theirs.reverse else name
        known = alike(theirs.name, bare) or self.names.has('type', key, bare)
        self.hold(known and theirs.reverse == name.startswith('reverse.'), 'type', key,
                  theirs.name, name)

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
        known = alike(theirs, ours) or self.names.has('value', key, ours)
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
            known = alike(key, bare) or self.names.has('field', key, bare)
            self.hold(known, 'name', key, key, name)
        if item.label == 'Forwarding Status':
            same = forwarding(item)[1] == field['value']
        else:
            same = values.same(item, field, self.export)
        self.hold(same, 'value', name, item.value, field.get('value', field['raw']))
        self.label(item, field)

    def take_time(self, item, times):
        """The first field of TIMES that ITEM can be; tshark does not mark those of the reverse."""
        key = '%s (%s)' % (item.label, item.clock)
        for field in times:
            if ('field', key, field['name'].replace('reverse.', '')) in self.names.met:
                times.remove(field)
                return field
        return None

    def record(self, subject, items, fields):
        def is_time(field):
            return field.get('name', '').replace('reverse.', '') in self.names.times

        # tshark writes no line for a value of no octets
        times = [field for field in fields if is_time(field)]
        others = [field for field in fields if not is_time(field) and field['length'] > 0]
        left = []
        for item in items:
            field = self.take_time(item, times) if item.clock is not None else None
            if field is not None:
                self.field(item._replace(reverse=field['name'].startswith('reverse.')), field)
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
                same = (values.same_seconds(value, head[key]) if value.endswith(' seconds') else
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


def report_unmet(number, table):
    unmet = table.unmet()
    print('%s %d - every row of %s is met' % ('not ok' if unmet else 'ok', number, table.name))
    for row in unmet:
        print('# %s' % ' | '.join(row))


def report_all(program, pairs, names, explained):
    """TAP of (capture, text) PAIRS."""
    print('1..%d' % (len(pairs) + 2))
    for number, (path, text) in enumerate(pairs, 1):
        capture = compare(program, path, text, names)
        report(number, capture, [d for d in capture.found if not explained.covers(capture.name, d)])
    report_unmet(len(pairs) + 1, names)
    report_unmet(len(pairs) + 2, explained)


def list_all(program, pairs, names, explained):
    """The differences without an explanation, each once, with the captures that have it."""
    found = collections.defaultdict(list)
    for path, text in pairs:
        capture = compare(program, path, text, names)
        for d in capture.found:
            if not explained.covers(capture.name, d):
                found[d].append(capture.name)
    for d, captures in sorted(found.items(), key=str):
        print(*d, ' '.join(captures), sep='\t')
