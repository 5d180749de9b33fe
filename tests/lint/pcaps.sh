#!/usr/bin/env bash
# Every capture of pcaps/ has its source beside it, its row in README.md, and is distributed.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

rows()
{
	diff <(grep '^| `' pcaps/README.md) <(pcaps/index.sh)
}

unlisted()
{
	local file
	for file in pcaps/*.pcap pcaps/*.pcapng pcaps/*.ipfix pcaps/*.sh pcaps/*.py pcaps/*.txt; do
		grep -qwE "${file%.*}|$file" pcaps/Makemodule.am ||
			echo "$file is not in pcaps/Makemodule.am"
	done
}

sourceless()
{
	local file
	for file in pcaps/*.pcap pcaps/*.pcapng pcaps/*.ipfix; do
		[ -e "${file%.*}.sh" ] || [ -e "${file%.*}.txt" ] || echo "$file: made by what?"
	done
}

plan 3
no_output "rows of README.md are index.sh's" rows
no_output "all is in Makemodule.am" unlisted
no_output "each capture has its source" sourceless
exit 0
