#!/usr/bin/env python3
"""Hold the names and values of nfpcap against an independent decoder's.

usage: tshark.py [--nfpcap PROGRAM] [--list] [CAPTURE=TEXT...]

TEXT is what `tshark -V -O cflow` says of CAPTURE (.gz or not); without any, all captures of the
corpus at $NFPCAP_SHARED.  TAP on standard output; --list prints the differences that have no
explanation instead.  names.tsv and explained.tsv are the tables, held.py the comparison.
"""
import argparse
import glob
import os

import held


def corpus(folder):
    """(CAPTURE, TEXT) of all that is there."""
    texts = sorted(glob.glob(os.path.join(folder, 'tshark', '*.txt.gz')))
    return [(os.path.join(folder, os.path.basename(text)[:-len('.txt.gz')]), text)
            for text in texts]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1][len('usage: '):])
    parser.add_argument('--nfpcap', default=os.environ.get('NFPCAP', './nfpcap'))
    parser.add_argument('--list', action='store_true')
    parser.add_argument('pairs', nargs='*', metavar='CAPTURE=TEXT')
    options = parser.parse_args()

    shared = os.environ.get('NFPCAP_SHARED', '../shared')
    pairs = ([pair.split('=', 1) for pair in options.pairs] or
             corpus(os.path.join(shared, 'corpus')))
    if not pairs:
        print("1..0 # SKIP no texts of tshark's in corpus/tshark at $NFPCAP_SHARED (%s)" % shared)
        return
    run = held.list_all if options.list else held.report_all
    run(options.nfpcap, pairs, held.Names('names.tsv'), held.Explained('explained.tsv'))


if __name__ == '__main__':
    main()
