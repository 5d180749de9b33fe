#!/usr/bin/env python3
"""Hold nfpcap against an installed tshark: every element of the registry, and pcaps/.

usage: installed.py [--list]

tshark's names change from one version to the next: the tables are those of 4.0, any other
version is skipped.  Besides names.tsv and explained.tsv, which are lent, there are
names-installed.tsv and explained-installed.tsv, all of whose rows have to be met.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import decoded
import elements
import held

VERSION = '4.0.'


def version():
    try:
        text = subprocess.run(['tshark', '--version'], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.decode()
    except OSError:
        return None
    return re.match(r'TShark \(Wireshark\) (\S+)', text).group(1)


def ports(program, capture):
    """`udp.port==2055,cflow` for each port that an export message of CAPTURE goes to."""
    messages = (json.loads(line) for line in decoded.run(program, '-o', 'json', capture))
    return sorted({'%s.port==%d,cflow' % (message['transport'], message['dstPort'])
                   for message in messages if message['type'] == 'message'})


def dissect(program, capture, into):
    """The path of tshark's text; None where there is no export, or no frame."""
    decode = [word for port in ports(program, capture) for word in ('-d', port)]
    if not decode:
        return None
    text = os.path.join(into, os.path.basename(capture) + '.txt')
    with open(text, 'wb') as out:
        subprocess.run(['tshark', '-n', '-r', capture, '-V', '-O', 'cflow',
                        '-o', 'cflow.max_template_fields:0', *decode],
                       env=dict(os.environ, WIRESHARK_CONFIG_DIR=into), stdout=out,
                       stderr=subprocess.DEVNULL, check=True)
    return text


def main():
    found = version()
    if found is None or not found.startswith(VERSION):
        print('1..0 # SKIP tshark %sx is not installed (%s is)' % (VERSION, found or 'none'))
        return
    top = os.environ.get('top_srcdir', '.')
    program = os.environ.get('NFPCAP', './nfpcap')
    captures = sorted(glob.glob(os.path.join(top, 'pcaps', '*.pcap*')))
    # a quirk is built to be misread
    captures = [path for path in captures if not os.path.basename(path).startswith('quirk-')]
    with tempfile.TemporaryDirectory() as work:
        captures += elements.make(os.path.join(top, 'src', 'ie'), work)
        pairs = [(path, dissect(program, path, work)) for path in captures]
        run = held.list_all if '--list' in sys.argv else held.report_all
        run(program, [pair for pair in pairs if pair[1] is not None],
            held.Names('names-installed.tsv', ['names.tsv']),
            held.Explained('explained-installed.tsv', ['explained.tsv']))


if __name__ == '__main__':
    main()
