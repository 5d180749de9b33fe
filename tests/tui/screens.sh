#!/usr/bin/env bash
# What the browser shows, held against expected/NAME.
#
#	screens.sh			TAP
#	screens.sh --update [NAME...]	make the expected files anew (make update-golden)
#
# NAME.keys is a script of src/tui/term_script.c; its line "# run: ARGUMENTS" says with what
# options and captures, in the source directory.
: "${top_srcdir:?run by make check}" "${top_builddir:?}"
browse=$(cd "$top_builddir" && pwd)/tests/tui/browse
cd "$top_srcdir" || exit 99
export LC_ALL=C TZ=UTC
tui=tests/tui

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

produce()	# NAME
{
	local arguments code options=()
	arguments=$(sed -n 's/^# run: //p' "$tui/$1.keys")
	# words of the shell, so that some can be quoted; options stand before the captures
	eval "set -- \"\$1\" $arguments"
	local name=$1
	shift
	while [[ ${1-} == -* ]]; do
		options+=("$1")
		[[ $1 == -u ]] || { options+=("$2"); shift; }
		shift
	done
	"$browse" "${options[@]}" "$tui/$name.keys" "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	cat "$work/out"
	[ ! -s "$work/err" ] || sed 's/^/stderr: /' "$work/err"
	[ $code = 0 ] || echo "exit: $code"
}

names()
{
	local f
	for f in "$tui"/*.keys; do
		basename "$f" .keys
	done
}

if [ "${1-}" = --update ]; then
	shift
	for name in ${*:-$(names)}; do
		produce "$name" >"$work/new"
		cmp -s "$work/new" "$tui/expected/$name" && continue
		mv "$work/new" "$tui/expected/$name"
		echo "$tui/expected/$name"
	done
	exit 0
fi

number=0
echo "1..$(($(names | wc -l) + 1))"
for name in $(names); do
	number=$((number + 1))
	produce "$name" >"$work/got"
	if diff -u "$tui/expected/$name" "$work/got" >"$work/diff" 2>&1; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		head -60 "$work/diff" | sed 's/^/# /'
	fi
done
number=$((number + 1))
if diff <(names | LC_ALL=C sort) <(ls "$tui/expected" | LC_ALL=C sort) >"$work/diff"; then
	echo "ok $number - every expected file has its script"
else
	echo "not ok $number - every expected file has its script"
	sed 's/^/# /' "$work/diff"
fi
