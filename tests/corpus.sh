#!/usr/bin/env bash
# Real captures against independent decodings, and ordinary traffic against being claimed.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

corpus=$NFPCAP_SHARED/corpus
traffic=$NFPCAP_SHARED/traffic
[ -d "$corpus" ] || skip_all "no corpus of captures at \$NFPCAP_SHARED ($NFPCAP_SHARED)"
[ "${PYTHON:-:}" != : ] || skip_all "no python"

# All captures and all records; of a malformed capture the records that can be read.
agrees()	# [--malformed]
{
	local out
	out=$("$PYTHON" "$corpus/compare.py" --nfpcap "$NFPCAP" "$@") || printf '%s\n' "$out"
	if [ $# = 0 ]; then
		tail -1 <<<"$out" | awk '
			$2 != $4 || $6 != $8 || $8 == 0 { print "not all: " $0 }'
	fi
}

# What nfpcap takes for flow export in traffic that has none.
claimed()	# CAPTURE
{
	"$NFPCAP" packets "$1" 2>/dev/null
	"$NFPCAP" packets "$1" 2>&1 >/dev/null | grep -q 'no flow export' ||
		echo "nobody says that there is no flow export"
}

captures=("$traffic"/*.pcap)
plan $((2 + ${#captures[@]}))
no_output "every capture agrees with its independent decoding" agrees
no_output "so do the malformed ones" agrees --malformed
for capture in "${captures[@]}"; do
	no_output "nothing is claimed in $(basename "$capture")" claimed "$capture"
done
exit 0
