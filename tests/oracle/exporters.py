#!/usr/bin/env python3
"""`nfpcap exporters` against a computation of its own from `packets -o json --raw`: every number.

What counts (records, sets, octets, times, uptimes, clocks, sampling) is added up from the message
objects; sequence numbers go through a machine written here from the rules in nfpcap(1), LOSS.
Whom a gap is put down to needs IPv4 headers, which JSON does not have: those have to add up only.

Runs over captures that are made here, full of losses, copies and disorder, over pcaps/ and, where it is there, the corpus of real captures.
"""
import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'prop'))
sys.dont_write_bytecode = True
from octets import pieces  # noqa: E402

TOP = os.environ.get('top_srcdir', '.')
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
ALL, HALF = 1 << 32, 1 << 31
EARLY_MESSAGES, EARLY_PACKETS, EARLY_RECORDS = 32, 16, 256
MAX_GAP, MAX_BACK, AGREE, ANEW, RECENT, HOLES = 1 << 24, 1 << 20, 8, 3, 16, 64
S, MS = 10 ** 9, 10 ** 6
HEADER = {1: 16, 5: 24, 6: 24, 7: 24, 8: 28, 9: 20, 10: 16}


def objects(*arguments):
    done = subprocess.run([PROGRAM] + list(arguments), cwd=TOP, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    return [json.loads(line) for line in done.stdout.decode('utf-8').splitlines()]


def nanoseconds(text):
    whole, fraction = text.rstrip('Z').split('.')
    seconds = datetime.strptime(whole, '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc)
    return int(seconds.timestamp()) * S + int(fraction.ljust(9, '0'))


def exact_decimals(text):
    """Numbers of OBJECT as they are written: nanoseconds do not fit into a float."""
    return json.loads(text, parse_float=str)


# -- Messages -----------------------------------------------------------------------------

class Copies:
    """Datagrams that were captured before: 4096 of them, and a minute, back."""

    def __init__(self):
        self.n, self.seen = 0, {}

    def ask(self, session, messages):
        octets = b''.join(o for m in messages for _, o in sorted(pieces(m)))
        now = nanoseconds(messages[0]['time'])
        before = self.seen.setdefault((session, octets), [])
        copy = any(self.n - n <= 4096 and abs(now - t) <= 60 * S for n, t in before)
        before.append((self.n, now))
        self.n += 1
        return copy


def datagrams(messages):
    """Lists of the messages that came in one datagram."""
    whole = []
    for m in messages:
        if whole and m['transport'] == 'udp' and m['offset'] and \
                m['frame'] == whole[0]['frame'] and m.get('file') == whole[0].get('file'):
            whole.append(m)
            continue
        if whole:
            yield whole
        whole = [m]
    if whole:
        yield whole


class Message:
    def __init__(self, m, copy):
        h = m['header']
        self.m, self.version, self.frame, self.copy = m, m['version'], m['frame'], copy
        self.time = nanoseconds(m['time'])
        self.sequence = h.get('sequence', 0)
        self.domain = h.get('observationDomainId', h.get('sourceId', 0))
        if 'engineType' in h:
            self.domain = h['engineType'] << 8 | h['engineId']
        self.export = h.get('exportTime', h.get('unixSecs', 0)) * S + h.get('unixNsecs', 0)
        self.uptime = h.get('sysUptime')
        data = [s for s in m['sets'] if s['kind'] in ('data', 'options-data', 'legacy')]
        self.sets, self.data_sets = len(m['sets']), len(data)
        self.flows = sum(len(s.get('records', ())) for s in data if s['kind'] != 'options-data')
        self.options = sum(len(s['records']) for s in data if s['kind'] == 'options-data')
        self.records = self.flows + self.options
        self.undecoded = [(s['undecoded'], s['length']) for s in data if 'undecoded' in s]
        kinds = [('w' if t.get('withdrawal') else s['kind'])
                 for s in m['sets'] for t in s.get('templates', ())]
        self.templates = kinds.count('template')
        self.options_templates = kinds.count('options-template')
        self.withdrawals = kinds.count('w')
        self.octets = self.extent()
        read = b''.join(octets for _, octets in sorted(pieces(m)))
        self.same = self.sequence, read[:self.octets]
        self.exact = not (self.undecoded or 'malformed' in m or self.cut() or
                          any('malformed' in s or s.get('template', {}).get('misfit') for s in data)
                          or self.overrun())

    def there(self):
        return self.m.get('capturedLength', self.m['payloadLength']) - self.m['offset']

    def extent(self):
        """Octets of the message that are there, with what trails behind sets of v1 to v9."""
        if self.version == 10:
            length = self.m['header']['length']
            return min(self.there(), length if length >= 16 else self.there())
        return self.m['length'] + self.m.get('trailing', {'length': 0})['length']

    def cut(self):
        if 'capturedLength' not in self.m:
            return False
        return self.version != 10 or not 16 <= self.m['header']['length'] <= self.there()

    def overrun(self):
        return any(s['kind'] != 'legacy' and s['offset'] + s['length'] > self.octets
                   for s in self.m['sets'])


def whole(m):
    return 'header' in m and len(m['header'].get('raw', '')) == 2 * HEADER[m['version']]


# -- When an exporter was started ---------------------------------------------------------

class Boot:
    """Uptimes in ms: restarts are those of at least half, or that fit in the time passed."""

    def __init__(self):
        self.last, self.best, self.restarts, self.wraps, self.turns = None, None, [], 0, 0
        self.wrong, self.former = False, None

    def step(self, m):
        """True: a restart; None: sent before the last one."""
        now, export, capture = m.uptime, m.export // MS, m.time // MS
        start = export - now
        self.wrong = export < 946684800000
        restart = False
        before = self.last
        if before is None:
            self.best = start
        elif self.former and abs(start - self.former[0]) < 2000 and \
                abs(start - before[1] + before[0]) >= 2000 and capture - self.former[1] < 10000:
            return None
        elif self.turns and now > before[0] + HALF and \
                abs(self.passed(before, export, capture) - (now - before[0]) + ALL) < 2000:
            return False
        elif now < before[0]:
            passed = self.passed(before, export, capture)
            moved = passed - (now - before[0])
            if abs(moved - ALL) < 2000:
                self.wraps += 1
                self.turns += 1
            elif moved > 2000 and passed >= 0 and (now <= passed + 2000 or
                                                  now < before[0] // 2):
                restart = True
                self.restarts.append((m.frame, before[0], now))
                self.former = before[1] - before[0], capture
                self.best, self.turns = start, 0
            else:
                return False
        self.last = (now, export, capture)
        self.best = max(self.best, start - self.turns * ALL)
        return restart

    def passed(self, before, export, capture):
        if export < 946684800000 or before[1] < 946684800000:
            return capture - before[2]
        return export - before[1]


# -- Sequence numbers ---------------------------------------------------------------------

RULES = ['as-specified', 'records', 'messages', 'records-after', 'flows',
         'records-and-templates', 'sets', 'octets', 'nothing', 'shared', 'flows-after']
UNITS = {'messages': 'message', 'flows': 'flow', 'flows-after': 'flow', 'sets': 'set',
         'octets': 'octet'}


def units(m, rule):
    """How many a message has of what RULE counts, and whether that is certain."""
    if rule == 'as-specified':
        if m.version == 9:
            return 1, True
        return (m.m['header']['count'], True) if m.version < 9 else (m.records, m.exact)
    n = {'messages': 1, 'flows': m.flows, 'flows-after': m.flows, 'sets': m.sets,
         'octets': m.octets, 'nothing': 0, 'shared': 0,
         'records-and-templates': m.records + m.templates + m.options_templates + m.withdrawals,
         }.get(rule, m.records)
    return n, m.exact or rule in ('messages', 'octets')


class Owner:
    """What the domains of a session have in common: the last message, and those across domains."""

    def __init__(self):
        self.last, self.stream, self.crossings = None, None, []

    def cross(self, m, stream):
        if self.last is None or self.stream is stream or not m.exact or m.sequence == 0:
            return
        n, known = units(self.last, 'as-specified')
        if known:
            self.crossings.append((m.sequence - self.last.sequence) % ALL == n)


class Stream:
    def __init__(self):
        self.rule, self.rule_frame = 'as-specified', None
        self.expected, self.known, self.partial = None, True, 0
        self.holes, self.recent, self.past = [], [], None
        self.boot, self.row = Boot(), (0, 0, 0, False)
        self.seen, self.base = 0, (0, 0)
        self.run = dict.fromkeys(RULES, 0)
        self.runs = dict.fromkeys(RULES, 0)
        self.alone = dict.fromkeys(RULES, 0)
        self.against = dict.fromkeys(RULES, 0)
        self.sure, self.smallest = dict.fromkeys(RULES, False), 0
        self.pairs, self.misfits, self.first, self.likely = 0, [], 0, False
        self.shown, self.only = None, {}
        self.from_zero = dict.fromkeys(RULES, False)
        self.n = {'messages': 0, 'duplicates': 0, 'restarts': 0}
        self.start()

    def start(self):
        for key in ('received', 'lost', 'gaps', 'late', 'overlaps', 'resets', 'jumps',
                    'unverified', 'inferred', 'forgottenHoles'):
            self.n[key] = self.n.get(key, 0) if key == 'forgottenHoles' else 0

    def rebase(self):
        self.expected, self.holes, self.row = None, [], (0, 0, 0, False)

    def begin_again(self, rule, frame, received, unverified):
        self.start()
        self.n['received'] = received
        self.n['unverified'] = max(unverified, 0)
        self.rule, self.rule_frame = rule, frame
        self.alone = dict.fromkeys(RULES, 0)
        self.against = dict.fromkeys(RULES, 0)
        self.sure = dict.fromkeys(RULES, False)
        self.rebase()

    def misfit(self, m, step, holds):
        n = units(self.past, 'as-specified')[0]
        self.misfits.append((step, step < n, m.frame))
        for r in RULES:
            if holds[r]:
                self.only.setdefault(r, []).append(step)
        if n or not self.shown:
            self.shown = m.frame, n

    def fits(self, rule):
        return self.run[rule] + (self.from_zero[rule] and self.run[rule] == self.pairs)

    def classify(self, m, owner):
        if self.past is not None and m.sequence == self.past.sequence and \
                units(m, 'as-specified') == (0, True):
            return          # templates alone, perhaps late
        owner.cross(m, self)
        if self.past is None and m.exact and m.sequence != 0:
            self.first = m.sequence
            for r in RULES:
                if r.endswith('-after'):
                    self.from_zero[r] = m.sequence == units(m, r)[0]
        if self.past is not None and self.past.exact and m.exact:
            step = (m.sequence - self.past.sequence) % ALL
            holds = {r: step == units(m if r.endswith('-after') else self.past, r)[0] % ALL
                     for r in RULES}
            if owner.last is not None:
                n, known = units(owner.last, 'as-specified')
                holds['shared'] = known and (m.sequence - owner.last.sequence) % ALL == n
            now = holds[self.rule]
            self.pairs += 1
            if self.rule == 'as-specified' and not now:
                self.misfit(m, step, holds)
            ahead = units(m if self.rule.endswith('-after') else self.past, self.rule)[0]
            no_loss = self.rule not in ('nothing', 'shared') and \
                (step < ahead or step - ahead < self.smallest)
            for r in RULES:
                self.sure[r] = holds[r] and (self.sure[r] or (no_loss and not now))
                self.run[r] = self.run[r] + 1 if holds[r] else 0
                self.runs[r] = self.runs[r] + units(self.past, r)[0] if holds[r] else 0
                self.alone[r] = self.alone[r] + (not now) if holds[r] else 0
                self.against[r] += now and not holds[r]
            better = [r for r in RULES if r != self.rule and self.run[r] >= AGREE and
                      self.alone[r] > max(1 if self.sure[r] else 3, self.against[r])]
            if better:
                best = max(better, key=self.fits)
                before = self.n['messages'] - self.n['duplicates'] - self.run[best]
                self.begin_again(best, m.frame, self.runs[best], before)
        self.remember(m)

    def remember(self, m):
        self.past = m
        n = units(m, self.rule)[0]
        if m.exact and n:
            self.smallest = min(n, self.smallest or n)

    def evidence(self, rule, owner):
        if rule == 'shared':
            return len(owner.crossings) > 1 and all(owner.crossings)
        if rule == 'nothing':
            return len(self.misfits) > 1
        steps = {m[0] for m in self.misfits}
        return any(m[1] for m in self.misfits) or len(self.misfits) > 3 or len(steps) > 1 or \
            (self.from_zero[rule] and self.first > 1 and self.misfits[0][0] != self.first)

    def settle(self, owner):
        if self.rule != 'as-specified':
            all_of_them = [r for r in RULES if self.run[r] == self.pairs]
            if self.rule not in all_of_them and all_of_them:
                self.take(all_of_them[0])
            return
        if not self.misfits:
            return
        likely = [r for r in RULES[1:] if self.run[r] == self.pairs and
                  (self.fits(r) > 1 or r == 'shared') and self.evidence(r, owner)]
        if likely:
            self.take(max(likely, key=self.fits))
            return
        mostly = [r for r in RULES if r in self.only and r not in ('nothing', 'shared') and
                  len(self.only[r]) > 3 and len(set(self.only[r])) > 1 and
                  not self.against[r] and len(self.only[r]) > len(self.misfits) // 2]
        if mostly:
            self.take(max(mostly, key=lambda r: len(self.only[r])))

    def take(self, best):
        last = units(self.past, best)[0] if self.past.exact else 0
        before = self.n['messages'] - self.n['duplicates'] - self.run[best]
        self.begin_again(best, self.shown[0], self.runs[best] + last,
                         before - self.past.exact)
        self.likely = True

    def hole_of(self, start, n):
        for i in range(len(self.holes) - 1, -1, -1):
            begin, length = self.holes[i]
            if (start - begin) % ALL + n <= length:
                return i
        return None

    def limit(self):
        if len(self.holes) > HOLES:
            self.holes.pop(0)
            self.n['forgottenHoles'] += 1

    def fill(self, i, start, n):
        begin, length = self.holes[i]
        before = (start - begin) % ALL
        rest = [(begin, before), ((start + n) % ALL, length - before - n)]
        self.holes[i:i + 1] = [h for h in rest if h[1]]
        self.n['lost'] -= n
        self.limit()

    def feed(self, m, owner):
        duplicate = m.copy or m.same in self.recent
        restart = m.uptime is not None and not duplicate and self.boot.step(m)
        if m.version != 1 and not duplicate and restart is not None:
            if not restart:
                self.classify(m, owner)
            else:
                self.remember(m)
        self.n['messages'] += 1
        self.seen += not duplicate
        if restart:
            self.n['restarts'] += 1
            self.rebase()
        if m.version != 1 and self.rule not in ('nothing', 'shared'):
            self.step(m, duplicate, restart is None)
        else:
            self.n['duplicates'] += duplicate
        if not duplicate:
            self.recent = (self.recent + [m.same])[-RECENT:]
        return duplicate or restart is None

    def step(self, m, duplicate, former):
        n, known = units(m, self.rule)
        start = (m.sequence - (n if self.rule.endswith('-after') else 0)) % ALL
        goes_on, ends = not former, not known and self.rule.endswith('-after')
        if former:
            self.n['late'] += 1
        elif self.expected is not None:
            d = (start - self.expected + HALF) % ALL - HALF
            if duplicate and (d < 0 or (d == 0 and (n == 0 or not self.known))):
                self.n['duplicates'] += 1
                return
            goes_on = self.ends(m.sequence, n) if ends else \
                self.ahead(d) if d >= 0 else self.behind(start, -d, n, known)
        self.n['received'] += n
        self.n['unverified'] += not known
        if goes_on:
            if ends:
                start, n, known = m.sequence, 0, True
            if self.expected is None:
                self.base = start, self.seen
            self.expected = (start + n) % ALL if known else start
            self.known, self.partial, self.row = known, n, (0, 0, 0, False)

    def ends(self, end, partial):
        d = (end - self.expected + HALF) % ALL - HALF
        if d < 0:
            self.n['late'] += 1
        elif d > MAX_GAP:
            self.n['jumps'] += 1
            self.rebase()
        else:
            self.n['inferred'] += max(d - partial, 0)
        return d >= 0

    def ahead(self, d):
        if d > MAX_GAP:
            self.n['jumps'] += 1
            self.rebase()
        elif not self.known:
            self.n['inferred'] += max(d - self.partial, 0)
        elif d:
            self.n['gaps'] += 1
            self.n['lost'] += d
            self.holes.append((self.expected, d))
            self.limit()
        return True

    def behind(self, start, back, n, known):
        if back > MAX_BACK:
            self.n['resets'] += 1
            self.rebase()
            return True
        hole = self.hole_of(start, n or 1)
        if hole is not None or (n == 0 and known):
            self.n['late'] += 1
            if hole is not None:
                begin, length = self.holes[hole]
                filled = n if known else length - (start - begin) % ALL
                if filled:
                    self.fill(hole, start, filled)
            return False
        if start == 0 and self.expected > self.most_early():
            self.n['resets'] += 1
            self.rebase()
            return True
        long, end, early, zero = self.row
        if long == 0 or end != start:
            long, early, zero = 0, 0, start == 0
        self.row = long + 1, (start + n) % ALL, early, zero
        if long + 1 >= (ANEW if zero else AGREE):
            self.n['late'] -= min(self.n['late'], early)
            self.n['overlaps'] -= min(self.n['overlaps'], long - early)
            self.n['resets'] += 1
            self.rebase()
            return True
        if self.early(start, n):
            self.row = long + 1, (start + n) % ALL, early + 1, zero
            self.n['late'] += 1
            return False
        self.n['overlaps'] += 1
        end = (start + n) % ALL
        if known and self.known and 0 < (end - self.expected) % ALL < HALF:
            self.expected = end
        return False

    def most_early(self):
        return EARLY_PACKETS if self.past.version == 9 else EARLY_RECORDS

    def early(self, start, n):
        before = (self.base[0] - start) % ALL
        return max(n, 1) <= before <= self.most_early() and \
            self.seen - self.base[1] <= EARLY_MESSAGES

    def numbers(self, version):
        keep = ('messages', 'duplicates', 'restarts')
        out = {k: self.n[k] for k in keep}
        out['counts'] = 'none' if version == 1 else self.rule
        if self.rule_frame is not None:
            out['ruleFrame'] = self.rule_frame
        if self.likely:
            out['likely'] = True
        if version == 1 or self.rule in ('nothing', 'shared'):
            return out
        out.update((k, v) for k, v in self.n.items() if k not in keep)
        specified = 'packet' if version == 9 else 'record' if version == 10 else 'flow'
        out['unit'] = specified if self.rule == 'as-specified' else UNITS.get(self.rule, 'record')
        out['holes'] = [{'from': a, 'length': b} for a, b in self.holes]
        sent = self.n['lost'] + self.n['received']
        percent = (self.n['lost'] * 20000 + sent) // (2 * sent) if sent else 0
        if self.n['lost'] and self.n['received']:
            percent = min(max(percent, 1), 9999)
        out['lossPercent'] = '%d.%02d' % divmod(percent, 100)
        return out


# -- All of a capture ---------------------------------------------------------------------

class Node:
    def __init__(self):
        self.messages = []

    def counts(self):
        ms = self.messages
        reasons = {}
        for m in ms:
            for reason, octets in m.undecoded:
                sets, sum_ = reasons.get(reason, (0, 0))
                reasons[reason] = sets + 1, sum_ + octets
        return {'messages': len(ms), 'octets': sum(m.octets for m in ms),
                'flows': sum(m.flows for m in ms), 'options': sum(m.options for m in ms),
                'templates': sum(m.templates for m in ms),
                'optionsTemplates': sum(m.options_templates for m in ms),
                'withdrawals': sum(m.withdrawals for m in ms),
                'dataSets': sum(m.data_sets for m in ms),
                'duplicateMessages': sum(m.copy for m in ms),
                'duplicateFlows': sum(m.flows for m in ms if m.copy),
                'undecoded': {k: list(v) for k, v in reasons.items()},
                'first': min(m.time for m in ms), 'last': max(m.time for m in ms)}


def middle(values):
    """The median of at most 64 values: every other one is dropped where they are more."""
    kept, stride = [], 1
    for i, v in enumerate(values):
        if i % stride:
            continue
        if len(kept) == 64:
            kept, stride = kept[::2], stride * 2
        kept.append(v)
    return sorted(kept)[(len(kept) - 1) // 2]


def domain_numbers(node):
    ms, out = node.messages, node.counts()
    if ms[0].uptime is not None:
        boot = Boot()
        for m in ms:
            boot.step(m)
        out['restarts'], out['uptimeWraps'] = len(boot.restarts), boot.wraps
        out['lastRestarts'] = [[f, a, b] for f, a, b in boot.restarts[-4:]]
        if not boot.wrong:
            out['bootTime'] = boot.best * MS
    if ms[0].m['transport'] != 'file':
        delays = [m.time - m.export for m in ms]
        out['exportDelay'] = [len(delays), min(delays), middle(delays), max(delays)]
    samplings = {}
    for m in ms:
        h = m.m['header']
        if 'samplingMode' in h:
            key = h['samplingMode'], h['samplingInterval']
            samplings[key] = samplings.get(key, 0) + 1
    if samplings:
        out['sampling'] = [[a, b, n] for (a, b), n in list(samplings.items())[:4]]
    return out


def wanted(path):
    """What there should be: {(type, key ..): numbers}."""
    nodes, streams, sessions, owners, headerless = {}, {}, {}, {}, 0
    copies = Copies()
    for ms in datagrams(m for m in objects('packets', '-o', 'json', '--raw', path)
                        if m['type'] == 'message'):
        ends = tuple(ms[0].get(k) for k in ('file', 'src', 'srcPort', 'dst', 'dstPort'))
        session = sessions.setdefault((ms[0]['transport'],) +
                                      (ends if ms[0]['transport'] == 'file' else ends[1:]),
                                      len(sessions))
        copy = copies.ask(session, ms)
        for m in ms:
            if not whole(m):
                headerless += 1
                continue
            one = Message(m, copy)
            src = m.get('src')
            for key in (('exporter', src), ('session', session),
                        ('domain', session, one.version, one.domain)):
                nodes.setdefault(key, Node()).messages.append(one)
            owner = ('v9', src, m.get('dst')) if one.version == 9 else (session, one.version)
            key = ('sequence',) + owner + (one.version, one.domain, m['header'].get('aggregation'))
            if m['transport'] == 'sctp' and one.version == 10:
                return None         # JSON has no SCTP streams
            stream, owner = streams.setdefault(key, Stream()), owners.setdefault(owner, Owner())
            stream.owner = owner
            if not stream.feed(one, owner):
                owner.last, owner.stream = one, stream
    out = {k: (domain_numbers(n) if k[0] == 'domain' else n.counts()) for k, n in nodes.items()}
    for key, stream in streams.items():
        stream.settle(stream.owner)
        out[key] = stream.numbers(key[-3])
    if headerless:
        out['beyond', 'headerless'] = {'headerless': headerless}
    return out


# -- What the program says ----------------------------------------------------------------

def decimal(text, unit):
    """Seconds with a fraction, as written, in units: 1000 of them or 10^9."""
    digits = len(str(unit)) - 1
    sign = -1 if text.startswith('-') else 1
    seconds, fraction = text.lstrip('-').split('.')
    return sign * (int(seconds) * unit + int(fraction.ljust(digits, '0')[:digits]))


def plain(o):
    """The numbers of an object, as `wanted` has them."""
    out = {k: v for k, v in o.items() if k not in (
        'type', 'schema', 'exporter', 'session', 'transport', 'srcPort', 'dst', 'dstPort', 'version',
        'domain', 'engineType', 'engineId', 'aggregation', 'aggregations', 'lostBy')}
    for key in 'first', 'last', 'bootTime':
        if key in out:
            out[key] = nanoseconds(out[key])
    if 'undecoded' in out:
        out['undecoded'] = {u['reason']: [u['sets'], u['octets']] for u in out['undecoded']}
    if 'lastRestarts' in out:
        out['lastRestarts'] = [[r['frame'], decimal(r['uptimeBefore'], 1000),
                                decimal(r['uptime'], 1000)] for r in out['lastRestarts']]
    if 'exportDelay' in out:
        d = out['exportDelay']
        out['exportDelay'] = [d['messages']] + [decimal(d[k], S) for k in ('min', 'median', 'max')]
    if 'sampling' in out:
        out['sampling'] = [[x['mode'], x['interval'], x['messages']] for x in out['sampling']]
    return out


def said(path):
    done = subprocess.run([PROGRAM, 'exporters', '-o', 'json', path], cwd=TOP,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=300)
    out, faults = {}, []
    for line in done.stdout.decode('utf-8').splitlines():
        o = exact_decimals(line)
        domain = o.get('domain', o.get('engineType', 0) << 8 | o.get('engineId', 0))
        key = {
            'exporter': lambda: ('exporter', o.get('exporter')),
            'session': lambda: ('session', o['session']),
            'domain': lambda: ('domain', o['session'], o['version'], domain),
            'sequence': lambda: ('sequence',) + ((o['session'], o['version']) if 'session' in o
                                                 else ('v9', o.get('exporter'),
                                                       o.get('dst'))) +
                                (o['version'], domain, o.get('aggregation')),
            'beyond': lambda: ('beyond', 'headerless'),
        }[o['type']]()
        if o['type'] == 'beyond':
            if o['headerless']:
                out[key] = {'headerless': o['headerless']}
            continue
        if key in out:
            faults.append('%s twice' % (key,))
        if 'lostBy' in o and sum(o['lostBy'].values()) != o['lost']:
            faults.append('%s: lostBy does not add up' % (key,))
        if os.path.basename(path).startswith('made-') and 'exporter' in o.get('lostBy', ()):
            faults.append('%s: the network lost them, not the exporter' % (key,))
        out[key] = plain(o)
    return out, faults


def faults(path):
    right = wanted(path)
    if right is None:
        return None
    got, wrong = said(path)
    for key in sorted(set(right) | set(got), key=str):
        a, b = right.get(key), got.get(key)
        if a is None or b is None:
            wrong.append('%s: %s' % (key, 'too much' if a is None else 'missing'))
            continue
        wrong += ['%s: %s is %s, not %s' % (key, k, b.get(k), a.get(k))
                  for k in sorted(set(a) | set(b)) if a.get(k) != b.get(k)]
    return wrong


# -- Captures that are made here ----------------------------------------------------------

BASE = 1704067200


def datagram(version, sequence, i, domain, records, refresh, unknown, restarted):
    """A message: 4 octets a record of v9 and IPFIX; UNKNOWN: of a set without a template."""
    up = 5000 + (i - restarted) * 100
    body = b''.join(struct.pack('>I', 7 * i + k) for k in range(records))
    if version == 5:
        return struct.pack('>HHIIIIBBH', 5, records, up, BASE + i // 10, i % 10 * 10 ** 8,
                           sequence, domain, 3, 1 << 14 | 10) + bytes(48 * records)
    template = struct.pack('>HHHHHH', (0 if version == 9 else 2), 12, 256, 1, 8, 4)
    sets = (template if refresh else b'') + \
        (struct.pack('>HH', 999 if unknown else 256, 4 + len(body)) + body if records else b'')
    if version == 9:
        return struct.pack('>HHIIII', 9, records + refresh, up, BASE + i // 10, sequence,
                           domain) + sets
    return struct.pack('>HHIII', 10, 16 + len(sets), BASE + i // 10, sequence, domain) + sets


def frame(i, payload, port):
    udp = struct.pack('>HHHH', port, 2055, 8 + len(payload), 0) + payload
    ip = struct.pack('>BBHHHBBHII', 0x45, 0, 20 + len(udp), i & 0xffff, 0, 64, 17, 0,
                     0xc0000201, 0xc0000209) + udp
    return ip


STEPS = {       # what a counter counts of (records, templates)
    'records': lambda r, t: r, 'messages': lambda r, t: 1, 'all': lambda r, t: r + t,
    'still': lambda r, t: 0, 'after': lambda r, t: r,
}


def make(path, seed, version, counts, n=1500):
    """A capture with losses, copies, disorder, restarts and unknown sets."""
    dice = random.Random(seed)
    sequence, restarted, sent = dice.choice((0, ALL - 5000, 123456789)), 0, []
    shared = {1: sequence, 2: 77}
    for i in range(n):
        domain = 1 if dice.random() < .8 else 2
        records = dice.randint(0 if version == 10 else 1, 12)
        refresh = version != 5 and (i % 50 < 3 or not records)
        unknown = version == 10 and records and dice.random() < .02
        if version != 10 and seed % 2 and i in (500, 900):
            shared, restarted = {1: 0, 2: 0}, i
        sequence = (shared[domain] + STEPS[counts](records, int(refresh))) % ALL
        payload = datagram(version, sequence if counts == 'after' else shared[domain], i, domain,
                           records, refresh, unknown, restarted)
        shared[domain] = sequence
        if dice.random() < .03:
            continue
        place = i + (dice.randint(1, 6) if dice.random() < .04 else 0)
        port = 3000 + (dice.randint(0, 2) if version == 9 else 0)
        sent.append((place, i, payload, port))
        if dice.random() < .02:     # some copies come late
            sent.append((place + dice.randint(0, 40), i, payload, port))
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, (_, i, payload, port) in enumerate(sorted(sent, key=lambda x: x[0])):
            octets = frame(i, payload, port)
            f.write(struct.pack('<IIII', BASE + at // 10, at % 10 * 100000, len(octets),
                                len(octets)) + octets)
    return path


def made(folder):
    for seed, (version, counts) in enumerate((
            (5, 'records'), (5, 'records'), (5, 'messages'), (9, 'messages'), (9, 'messages'),
            (9, 'records'), (9, 'all'), (9, 'still'), (10, 'records'), (10, 'records'),
            (10, 'messages'), (10, 'all'), (10, 'still'), (5, 'after'), (10, 'after'))):
        name = 'made-%d-v%d-%s.pcap' % (seed, version, counts)
        yield make(os.path.join(folder, name), seed, version, counts)
    for seed in range(24):
        version, counts = ((5, 'messages'), (9, 'records'), (10, 'messages'), (10, 'records'),
                           (10, 'all'), (10, 'still'))[seed % 6]
        name = 'made-short-%d-v%d-%s.pcap' % (seed, version, counts)
        yield make(os.path.join(folder, name), seed, version, counts, 3 + seed // 2)


def main():
    with tempfile.TemporaryDirectory() as folder:
        check(sys.argv[1:] or list(made(folder)))


def check(paths):
    ours = sorted(glob.glob(os.path.join(TOP, 'pcaps', '*.pcap*')) +
                  glob.glob(os.path.join(TOP, 'pcaps', '*.ipfix')))
    corpus = sorted(glob.glob(os.path.join(SHARED, 'corpus', '*.pcap*')) +
                    glob.glob(os.path.join(SHARED, 'corpus', 'malformed', '*.pcap*')))
    paths = [os.path.abspath(p) for p in paths + ([] if sys.argv[1:] else ours + corpus)]
    print('1..%d' % (len(paths) + (not corpus)))
    for number, path in enumerate(paths, 1):
        wrong = faults(path)
        if wrong is None:
            print('ok %d - %s # SKIP SCTP streams are not in JSON' %
                  (number, os.path.basename(path)))
            continue
        print('%sok %d - %s' % ('not ' if wrong else '', number, os.path.basename(path)))
        for line in wrong[:12]:
            print('# ' + line)
    if not corpus:
        print('ok %d - corpus # SKIP no real captures in %s' % (len(paths) + 1, SHARED))


if __name__ == '__main__':
    main()
