#!/usr/bin/env bash
# What is committed: no paths of a machine, nothing unfinished, no stray blanks, small files.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

git -C . rev-parse --is-inside-work-tree >/dev/null 2>&1 &&
	[ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ] ||
	skip_all "not a git checkout"

# The patterns are spelled so that this file does not match itself.
machine_paths()
{
	git grep -nIE '(^|[^[:alnum:]_.$}])/(wor[k]|roo[t]|hom[e])/[a-z]' -- .
}

unfinished()
{
	git grep -nIwE 'TOD[O]|FIXM[E]|XX[X]' -- src tests fuzz bench examples doc
}

blanks()
{
	git grep -nIE '[[:blank:]]+$' -- '*.c' '*.h' '*.def' '*.am' '*.sh' '*.py' configure.ac
}

# Text that is printed is not broken, so that it can be searched for.
long_lines()
{
	git ls-files -- 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' 'fuzz/*.c' 'bench/*.c' 'examples/*.c' |
	while read -r file; do
		[ -e "$file" ] || continue
		expand -t 8 "$file" | awk -v f="$file" 'length($0) > 100 && !/"/ { print f ":" NR ": " length($0) " columns" }'
	done
}

large_pcaps()
{
	find pcaps -type f -size +100k
	local total
	total=$(find pcaps -type f -name '*.pcap*' -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
	[ "$total" -le 1500000 ] || echo "pcaps/ holds $total octets"
}

typedefs()
{
	git grep -nE '^[[:space:]]*typedef[[:space:]]+(struct|union|enum)' -- 'src/*.c' 'src/*.h'
}

plan 6
no_output "no paths of a machine" machine_paths
no_output "nothing unfinished" unfinished
no_output "no blanks at the end of lines" blanks
no_output "no line over 100 columns" long_lines
no_output "captures are small" large_pcaps
no_output "no typedef for structs" typedefs
exit 0
