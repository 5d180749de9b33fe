#!/usr/bin/env python3
"""`packets -Y FILTER` keeps exactly the messages in which a record matches.

What matches is found a second time, here, from the JSON of the same capture without a filter:
values as they are printed, names as the manual explains them.
"""
import ipaddress
import json
import os
import re
import subprocess

TOP = os.environ.get('top_srcdir', '.')
SHARED = os.environ.get('NFPCAP_SHARED', os.path.join(TOP, '..', 'shared'))
PROGRAM = os.environ.get('NFPCAP', './nfpcap')
CORPUS = os.path.join(SHARED, 'corpus')
LARGE = 100000

SRC = ['sourceIPv4Address', 'sourceIPv6Address', 'sourceIPv4Prefix', 'sourceIPv6Prefix']
DST = [name.replace('source', 'destination') for name in SRC]
SPORT = ['sourceTransportPort', 'udpSourcePort', 'tcpSourcePort']
DPORT = ['destinationTransportPort', 'udpDestinationPort', 'tcpDestinationPort']
BYTES = ['octetDeltaCount', 'octetTotalCount', 'postOctetDeltaCount', 'postOctetTotalCount',
         'initiatorOctets', 'responderOctets']
PACKETS = [name.replace('octet', 'packet').replace('Octet', 'Packet') for name in BYTES]


def values(record, names):
    """All values that a record has under these names, as JSON shows them."""
    names = [names] if isinstance(names, str) else names
    return [f['value'] for f in record['fields'] if f.get('name') in names and 'value' in f]


def some(names, test):
    return lambda record, message: any(test(v) for v in values(record, names))


def each(names, test):
    return lambda record, message: (values(record, names) != [] and
                                    all(test(v) for v in values(record, names)))


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def number(test):
    return lambda v: is_number(v) and test(v)


def text(test):
    return lambda v: isinstance(v, str) and test(v)


def address(v):
    try:
        return ipaddress.ip_address(v)
    except ValueError:
        return None


def inside(net):
    net = ipaddress.ip_network(net)
    return lambda v: address(v) is not None and address(v) in net


def both(a, b):
    return lambda record, message: a(record, message) and b(record, message)


def either(a, b):
    return lambda record, message: a(record, message) or b(record, message)


def deny(a):
    return lambda record, message: not a(record, message)


def around(test):
    """Of what stands around: seen from every record."""
    return lambda record, message: test(message)


def rate(record, message):
    """Some octets for some packets: every pair counts."""
    return any(p != 0 and o // p > 500 for o in values(record, BYTES)
               for p in values(record, PACKETS))


def first_greater(record, message):
    return any(a > b for a in values(record, SPORT) for b in values(record, DPORT))


TCP = some('protocolIdentifier', number(lambda v: v == 6))
FILTERS = [
    ('proto == tcp', TCP),
    ('tcp and bytes > 1k', both(TCP, some(BYTES, number(lambda v: v > 1000)))),
    ('not tcp', deny(TCP)),
    ('protocolIdentifier in {1, 17, 47..51}',
     some('protocolIdentifier', number(lambda v: v in (1, 17) or 47 <= v <= 51))),
    ('src == 10.0.0.0/8', some(SRC, inside('10.0.0.0/8'))),
    ('ip == 192.168.0.0/16 or ip == 2001:db8::/32',
     either(some(SRC + DST, inside('192.168.0.0/16')), some(SRC + DST, inside('2001:db8::/32')))),
    ('sourceIPv4Address != 10.0.0.0/8', each('sourceIPv4Address',
                                            lambda v: not inside('10.0.0.0/8')(v))),
    ('ip', some(SRC + DST, lambda v: True)),
    ('port == 53', some(SPORT + DPORT, number(lambda v: v == 53))),
    ('port in {53, 80, 443}', some(SPORT + DPORT, number(lambda v: v in (53, 80, 443)))),
    ('all port > 1023', each(SPORT + DPORT, number(lambda v: v > 1023))),
    ('sport != 443', each(SPORT, number(lambda v: v != 443))),
    ('sport > dport', first_greater),
    ('bytes / packets > 500', rate),
    ('tcpflags has SYN and not ACK',
     both(some('tcpControlBits', number(lambda v: v & 2)),
          deny(some('tcpControlBits', number(lambda v: v & 16))))),
    ('tcpControlBits & 4', some('tcpControlBits', number(lambda v: v & 4))),
    ('octetDeltaCount == 40 xor packetDeltaCount == 1',
     lambda r, m: some('octetDeltaCount', lambda v: v == 40)(r, m) !=
     some('packetDeltaCount', lambda v: v == 1)(r, m)),
    ('interfaceName or interfaceDescription',
     some(['interfaceName', 'interfaceDescription'], lambda v: True)),
    ('interfaceName contains "0/"', some('interfaceName', text(lambda v: '0/' in v))),
    (r'interfaceName matches r"^[ghte].*\d$"',
     some('interfaceName', text(lambda v: re.search(r'^[ghte].*\d$', v, re.I)))),
    ('flowStartMilliseconds > 2015-01-01 and flowStartMilliseconds < 2040-01-01',
     both(some('flowStartMilliseconds', text(lambda v: v > '2015-01-01T')),
          some('flowStartMilliseconds', text(lambda v: v < '2040-01-01T')))),
    ('flowEndReason == "idle timeout" or flowEndReason == 2',
     some('flowEndReason', number(lambda v: v in (1, 2)))),
    ('ingressInterface == 0', some('ingressInterface', number(lambda v: v == 0))),
    ('count(ip) == 2', lambda r, m: len(values(r, SRC + DST)) == 2),
    ('src ip 10.0.0.0/8 and packets > 10',
     both(some(SRC, inside('10.0.0.0/8')),
          some(['packetDeltaCount', 'packetTotalCount', 'initiatorPackets'],
               number(lambda v: v > 10)))),
    ('cflow.protocol == 17', some('protocolIdentifier', number(lambda v: v == 17))),
    ('msg.version == 9 and bytes', both(around(lambda m: m['version'] == 9),
                                        some(BYTES, lambda v: True))),
    ('exporter.port > 40000 and src', both(around(lambda m: m.get('srcPort', 0) > 40000),
                                           some(SRC, lambda v: True))),
]

# Filters on messages and sets: those without records count too.
WHOLE = [
    ('msg.version == 10', lambda m: m['version'] == 10),
    ('frame.number in {1..10}', lambda m: m['frame'] <= 10),
    ('set.kind == template', lambda m: any(s['kind'] == 'template' for s in m['sets'])),
    ('set.kind == options-data', lambda m: any(s['kind'] == 'options-data' for s in m['sets'])),
    ('set.undecoded', lambda m: any('undecoded' in s for s in m['sets'])),
    ('set.id > 1000', lambda m: any(s.get('id', 0) > 1000 for s in m['sets'])),
]


def run(path, *arguments):
    done = subprocess.run([PROGRAM, 'packets', '-o', 'json', *arguments, path],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=120)
    return [line for line in done.stdout.decode().splitlines()]


def records(message):
    return [r for s in message.get('sets', []) for r in s.get('records', [])]


def check(path, kept_total):
    lines = run(path)
    messages = [json.loads(line) for line in lines]
    for filters, keep in ((FILTERS, lambda test, m: any(test(r, m) for r in records(m))),
                          (WHOLE, lambda test, m: 'version' in m and test(m))):
        for expression, test in filters:
            wanted = [line for line, m in zip(lines, messages) if keep(test, m)]
            got = run(path, '-Y', expression)
            kept_total[expression] = kept_total.get(expression, 0) + len(wanted)
            if got != wanted:
                frames = {json.loads(line)['frame'] for line in set(got) ^ set(wanted)}
                yield '%s: kept %d of %d messages, not %d: frames %s' % (
                    expression, len(got), len(lines), len(wanted), sorted(frames)[:8])


def captures():
    for name in sorted(os.listdir(CORPUS)):
        path = os.path.join(CORPUS, name)
        if re.search(r'\.(pcap|pcapng)$', name) and os.path.getsize(path) < LARGE:
            yield name, path


def main():
    if not os.path.isdir(CORPUS):
        print('1..0 # SKIP no corpus in %s' % CORPUS)
        return
    inputs = list(captures())
    kept = {}
    print('1..%d' % (len(inputs) + 1))
    for i, (name, path) in enumerate(inputs):
        faults = list(check(path, kept))
        print('%sok %d - %s' % ('not ' if faults else '', i + 1, name))
        for fault in faults:
            print('# ' + fault)
    idle = [expression for expression, n in kept.items() if n == 0]
    print('%sok %d - every filter keeps something somewhere' % ('not ' if idle else '',
                                                             len(inputs) + 1))
    for expression in idle:
        print('# ' + expression)


main()
