#!/usr/bin/env bash
# Print a row of README.md's table for each capture here: the first comment of its source.
cd "$(dirname "$0")" || exit 1
for capture in *.pcap *.pcapng *.ipfix; do
	stem=${capture%.*}
	for source in "$stem.sh" "$stem.txt"; do
		[ ! -e "$source" ] || break
	done
	awk -v capture="$capture" -v source="$source" '
		/^#!/ { next }
		/^#/ { sub(/^# ?/, ""); text = text (text == "" ? "" : " ") $0; next }
		{ exit }
		END { printf "| `%s` | `%s` | %s |\n", capture, source, text }' "$source"
done
