#!/usr/bin/env bash
# What nfpcap prints, held against expected/NAME: standard output, then standard error and
# the exit code where there is something to say.
#
#	golden.sh			TAP
#	golden.sh --update [NAME...]	make the expected files anew (make update-golden)
#
# A row of LIST is `name | arguments`; it runs in the source directory.
: "${top_srcdir:?run by make check}" "${NFPCAP:?}"
cd "$top_srcdir" || exit 99
golden=tests/golden
export LC_ALL=C TZ=UTC
unset NO_COLOR COLUMNS

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rows()
{
	sed 's/^[[:space:]]*#.*//; /^[[:space:]]*$/d' "$golden/LIST"
}

# Arguments are words of the shell, so that some can be quoted.
produce()	# ARGUMENTS
{
	local code
	eval "\"\$NFPCAP\" $1" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	# what --disable-tui says alone
	sed '/^This nfpcap was built without the browser\.$/d' "$work/out"
	[ ! -s "$work/err" ] || sed 's/^/stderr: /' "$work/err"
	[ $code = 0 ] || echo "exit: $code"
}

update()	# NAME...
{
	local name arguments
	rows | while IFS='|' read -r name arguments; do
		name=${name// /}
		[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
		produce "$arguments" >"$work/new"
		cmp -s "$work/new" "$golden/expected/$name" && continue
		mv "$work/new" "$golden/expected/$name"
		echo "$golden/expected/$name"
	done
}

if [ "${1-}" = --update ]; then
	shift
	update "$@"
	exit 0
fi

number=0
echo "1..$(($(rows | wc -l) + 1))"
while IFS='|' read -r name arguments; do
	name=${name// /}
	number=$((number + 1))
	produce "$arguments" >"$work/got"
	if diff -u "$golden/expected/$name" "$work/got" >"$work/diff" 2>&1; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name: nfpcap$arguments"
		head -40 "$work/diff" | sed 's/^/# /'
	fi
done < <(rows)
number=$((number + 1))
if diff <(rows | cut -d'|' -f1 | tr -d ' ' | LC_ALL=C sort) <(ls "$golden/expected" | LC_ALL=C sort) \
		>"$work/diff"; then
	echo "ok $number - every expected file has its row"
else
	echo "not ok $number - every expected file has its row"
	sed 's/^/# /' "$work/diff"
fi
