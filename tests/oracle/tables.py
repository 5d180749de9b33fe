"""What options records say, from `packets -o json --raw`: by position, exporter and domain.

Written from the specification alone: a record finds the last word before it in its exporter and
domain, else the first one behind it, else one of another domain of the exporter, else that of an
address with the same domain which sends nothing else, if its own sends no options.
"""
import struct
from fractions import Fraction

SYSTEM = {('System', None), ('', 130), ('', 131), ('', 143), ('', 144), ('', 149)}


class Options:
    """An options record."""

    def __init__(self, message, position, record):
        self.position, self.frame = position, message['frame']
        self.scopes, self.fields = [], []
        for f in record['fields']:
            pen, number = f.get('pen', 0), f.get('id')
            octets = bytes.fromhex(f['raw'])
            scope = f.get('scope')
            if isinstance(scope, str):
                self.scopes.append((scope, None, octets))
            else:
                if scope:
                    self.scopes.append(('', number if pen == 0 else None, octets))
                self.fields.append((pen, number, octets, bool(scope)))
        self.domain = message['header'].get('observationDomainId', message['header'].get('sourceId'))
        for kind, number, octets in self.scopes:
            if number == 149:
                self.domain = int.from_bytes(octets, 'big')

    def values(self, pen, number):
        return [o for p, n, o, _ in self.fields if (p, n) == (pen, number) and o]

    def value(self, pen, number):
        return (self.values(pen, number) or [None])[0]

    def number(self, number):
        octets = self.value(0, number)
        return int.from_bytes(octets, 'big') if octets and len(octets) <= 8 else 0

    def is_system(self):
        return all((kind, number) in SYSTEM for kind, number, _ in self.scopes)

    def rate(self):
        """The rate that it states, None, or 'ambiguous'."""
        return rate_of({n: self.value(0, n) for n in (34, 50, 304, 305, 306, 309, 310, 311)})


def rate_of(said):
    def number(n):
        return int.from_bytes(said[n], 'big') if said.get(n) and len(said[n]) <= 8 else 0
    found = {}
    if said.get(306) is not None and number(305):
        found[1] = Fraction(number(305) + number(306), number(305))
    if number(309) and number(310) >= number(309):
        found[3] = Fraction(number(310), number(309))
    if said.get(311):
        p = struct.unpack('>d' if len(said[311]) == 8 else '>f', said[311])[0]
        if 1e-9 <= p <= 1:
            found[4] = Fraction(round(1 / p))
    if number(304) in found:
        return found[number(304)]
    rates = set(found.values()) | {Fraction(number(n)) for n in (34, 50) if number(n)}
    return rates.pop() if len(rates) == 1 else 'ambiguous' if rates else None


def text(octets):
    return octets.rstrip(b'\0') if octets else b''


class Tables:
    def __init__(self, messages):
        self.records, self.senders, self.flowing = [], set(), set()
        for n, m in enumerate(messages):
            for s in m.get('sets', []):
                who = (m.get('src'), m['file'] if 'src' not in m else '')
                if s['kind'] in ('data', 'legacy') and s.get('records') is not None:
                    self.flowing.add(who)
                if s['kind'] != 'options-data':
                    continue
                self.senders.add(who)
                for record in s.get('records', []):
                    self.records.append((who, m['version'],
                                         Options(m, (n, record['offset']), record)))

    def find(self, message, position, wanted):
        """(answer, options record): WANTED says what a record answers, None: nothing."""
        who = (message.get('src'), message['file'] if 'src' not in message else '')
        domain = message['header'].get('observationDomainId', message['header'].get('sourceId'))
        ranks = [[], [], [], [], []]
        for sender, version, options in self.records:
            answer = wanted(options)
            if answer is None:
                continue
            pair = (options.position, answer, options)
            if sender == who and (version, options.domain) == (message['version'], domain):
                ranks[0 if options.position < position else 1].append(pair)
            elif sender == who:
                ranks[2 if options.position < position else 3].append(pair)
            elif who not in self.senders and sender not in self.flowing and \
                    (version, options.domain) == (message['version'], domain):
                ranks[4].append(pair)
        if ranks[0]:
            return max(ranks[0], key=lambda x: x[0])[1:]
        for rank in ranks[1:]:
            if rank:
                return min(rank, key=lambda x: x[0])[1:]
        return None, None

    def start(self, message, position):
        """Milliseconds since 1970 at which the sender's system was started."""
        return self.find(message, position,
                         lambda o: o.is_system() and o.value(0, 160) is not None and
                         o.number(160) or None)[0]

    def name(self, message, position, keys, key, values):
        """What a row says whose key, an integer, stands in one of KEYS."""
        def wanted(options):
            held = [o for k in keys for o in options.values(0, k)]
            if 10 in keys:
                held += [o for kind, _, o in options.scopes if kind == 'Interface']
            if key not in [int.from_bytes(o, 'big') for o in held]:
                return None
            for pen, number in values:
                if text(options.value(pen, number)):
                    return text(options.value(pen, number)).decode('utf-8', 'replace')
            return None
        return self.find(message, position, wanted)[0]
