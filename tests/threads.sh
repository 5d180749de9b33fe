#!/usr/bin/env bash
# Threads: the same octets, messages and exit codes as one, over all captures.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s nullglob
ours=("$top_srcdir"/pcaps/*.pcap*)
all=("${ours[@]}" "$NFPCAP_SHARED"/corpus/*.pcap*)
many=()
for i in 1 2 3 4 5 6 7 8; do
	many+=("$top_srcdir"/pcaps/*.pcap)
done

# What a run prints, says and returns.
outcome()	# THREADS ARGUMENTS
{
	local threads=$1 code=0
	shift
	"$NFPCAP" flows --threads "$threads" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
	echo "$code" >>"$work/err"
}

# The same with several threads as with one.
same()	# ARGUMENTS
{
	local n
	outcome 1 "$@"
	mv "$work/out" "$work/out.1"
	mv "$work/err" "$work/err.1"
	for n in $several; do
		outcome "$n" "$@"
		cmp -s "$work/out" "$work/out.1" || echo "$*: $n threads print something else"
		cmp -s "$work/err" "$work/err.1" || echo "$*: $n threads say something else"
	done
}

# Each of ours.
each()	# ARGUMENTS
{
	local capture
	for capture in "${ours[@]}"; do
		same "$@" "$capture"
	done
}

everywhere()	# ARGUMENTS
{
	local capture
	for capture in "${all[@]}"; do
		same "$@" "$capture"
	done
}

# Standard error comes where one thread has it among the records.
in_order()
{
	local n
	for n in 1 2; do
		"$NFPCAP" flows -o csv --threads "$n" "$top_srcdir"/pcaps/*.pcap \
			"$work/absent.pcap" "$top_srcdir"/pcaps/*.pcap >"$work/both.$n" 2>&1 </dev/null
	done
	cmp "$work/both.1" "$work/both.2"
}

# Nobody reads on: that ends it, quietly.
closed()
{
	local code
	set +o pipefail
	"$NFPCAP" flows -o json --threads 3 "${many[@]}" 2>"$work/err" | head -c 1 >"$work/out"
	code=${PIPESTATUS[0]}
	set -o pipefail
	[ -s "$work/err" ] && cat "$work/err"
	[ "$code" = 0 ] || echo "exit code $code"
}

plan 13
several="2 7"
no_output "csv"			everywhere -o csv
no_output "json"		everywhere -o json
several=3
no_output "tsv"			each -o tsv
no_output "json --norm"		each -o json --norm
no_output "text, whose columns widen"	each -o text
no_output "columns of the set, and of elements" \
	each -o csv -c frame,template.number,src,ie82,interfaceName,exporter
no_output "a filter"		each -o csv -f 'proto == 17 || bytes > 1000'
no_output "what a filter counts"	each -o csv --filter-explain -f 'proto == 17 || port == 443'
no_output "-n"			each -o json -n 5
several="2 3 7"
no_output "many files, csv"	same -o csv "${many[@]}"
no_output "many files, json"	same -o json -f src "${many[@]}"
no_output "messages among records"	in_order
no_output "a closed pipe"	closed
exit 0
