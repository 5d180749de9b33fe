#!/usr/bin/env bash
# A folder includes only folders below it (the table is in lint.sh).
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

# Project includes of FOLDER that are not among ALLOWED.
upward()	# FOLDER ALLOWED...
{
	local folder=$1
	shift
	grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' -r "src/$folder" \
		--include='*.c' --include='*.h' --include='*.def' |
	awk -v own="$folder" -v allowed="$*" '
		BEGIN { n = split(allowed, a, " "); ok[own] = 1; for (i = 1; i <= n; i++) ok[a[i]] = 1 }
		{
			split($0, q, "\"")
			if (split(q[2], part, "/") < 2)
				print $0 ": not named from src/"
			else if (!(part[1] in ok))
				print $0 ": " own " stands below " part[1]
		}'
}

curses()
{
	grep -rnE '#[[:space:]]*include[[:space:]]+[<"](n?cursesw?/)?n?curses' src |
		grep -v '^src/tui/term_curses\.c:'
}

# Octets of a message are read through base/bytes.h, never through a cast pointer.
casts()
{
	grep -rnE '\*\((const )?u?int(16|32|64)_t \*\)' src/wire src/track src/capture src/out
}

unknown_folders()
{
	local dir
	for dir in src/*/; do
		dir=${dir#src/}
		floors | cut -f1 | grep -qx "${dir%/}" || echo "$dir has no floor"
	done
}

rows=$(floors | cut -f1 | while read -r f; do [ -d "src/$f" ] && echo "$f"; done)
plan $(($(echo "$rows" | wc -l) + 3))
while IFS=$'\t' read -r folder allowed; do
	[ -d "src/$folder" ] || continue
	no_output "$folder includes nothing from above" upward "$folder" $allowed
done < <(floors)
no_output "every folder has a floor" unknown_folders
no_output "curses in tui/term_curses.c only" curses
no_output "octets are read through base/bytes.h" casts
exit 0
