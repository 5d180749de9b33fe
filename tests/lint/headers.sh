#!/usr/bin/env bash
# Every header compiles alone, and has a guard named after its path.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

alone()		# HEADER
{
	echo "#include \"${1#src/}\"" |
		$CC -x c -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
			-I"$top_builddir" -Isrc -
}

guard()		# HEADER
{
	local name
	name=$(echo "${1#src/}" | tr 'a-z/.-' 'A-Z___')
	grep -qE "^#ifndef (NF_)?$name\$" "$1" || echo "$1: no include guard NF_$name"
	grep -nE '#[[:space:]]*include[[:space:]]+[<"]config\.h' "$1" /dev/null
}

mapfile -t headers < <(find src -name '*.h' | LC_ALL=C sort)
plan $((2 * ${#headers[@]}))
for header in "${headers[@]}"; do
	no_output "$header compiles alone" alone "$header"
	no_output "$header has its guard" guard "$header"
done
exit 0
