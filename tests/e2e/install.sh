#!/usr/bin/env bash
# `make install` puts everything in its place, and a stranger's program builds and runs with
# what is there: the headers, the library and its .pc file, nothing of the source tree.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

installed()	# FILE...
{
	local file
	for file; do
		[ -s "$root/$file" ] || echo "$file is missing"
	done
}

install_all()
{
	MAKEFLAGS='' make -s -C "$top_builddir" install prefix="$root" >"$root/log" 2>&1 ||
		cat "$root/log"
}

flags()		# OPTION
{
	PKG_CONFIG_PATH=$root/lib/pkgconfig pkg-config --define-prefix "$1" libnfdecode
}

same_output()	# PROGRAM
{
	diff - <("$1") <<-'EXPECTED'
		sourceIPv4Address = 192.0.2.1
		destinationIPv4Address = 198.51.100.2
		octetDeltaCount = 1500
	EXPECTED
}

build_example()
{
	$CC $SAN_CFLAGS -Wall -Werror "$root/share/doc/nfpcap/examples/decode.c" -o "$root/decode" \
		$(flags --cflags) $(flags --libs)
}

headers_alone()
{
	local header
	find "$root/include" -name '*.h' | while read -r header; do
		echo "#include \"$header\"" | $CC -x c -fsyntax-only $(flags --cflags) -
	done
}

# What the completion offers behind `nfpcap packets --ma`.
completes()
{
	diff <(printf '%s\n' --max-hold --max-memory --max-tables --max-templates) <(
		. "$root/share/bash-completion/completions/nfpcap"
		COMP_WORDS=(nfpcap packets --ma)
		COMP_CWORD=2
		COMP_LINE='nfpcap packets --ma'
		COMP_POINT=${#COMP_LINE}
		_nfpcap nfpcap --ma packets
		printf '%s\n' "${COMPREPLY[@]%% }" | sort
	)
}

plan 7
no_output "make install" install_all
no_output "everything is in its place" installed bin/nfpcap lib/libnfdecode.a \
	lib/pkgconfig/libnfdecode.pc include/nfdecode/nfdecode.h include/nfdecode/wire/wire.h \
	share/man/man1/nfpcap.1 share/bash-completion/completions/nfpcap \
	share/doc/nfpcap/examples/decode.c
no_output "installed headers need nothing but each other" headers_alone
no_output "the example as built here" same_output "$top_builddir/examples/decode"
no_output "the example builds with what was installed" build_example
no_output "the example as built from there" same_output "$root/decode"
no_output "the completion works" completes
