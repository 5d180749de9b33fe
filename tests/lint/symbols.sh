#!/usr/bin/env bash
# libnfdecode is linked into other programs: its symbols begin with nf_, it keeps no
# writable state besides the allocator, and it never ends the process or prints.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

library=$top_builddir/libnfdecode.a
[ -s "$library" ] || skip_all "libnfdecode.a is not built"

names()
{
	"$NM" -g --defined-only "$library" |
		awk 'NF == 3 && $3 !~ /^nf_/ && $3 !~ /^(__odr_asan|_*asan|__start_|__stop_)/ { print $3 }'
}

calls()
{
	"$NM" -u "$library" | awk '
		/^[a-zA-Z_0-9.-]+\.o:/ { file = $1 }
		$1 == "U" && $2 ~ /^(exit|_exit|abort|printf|puts|putchar|fprintf|fputs|fwrite|perror|malloc|calloc|realloc|free|strdup|setlocale)$/ {
			if (file ~ /mem\.o:$/ && $2 ~ /^(malloc|calloc|realloc|free)$/)
				next
			print file " calls " $2
		}'
}

plan 2
no_output "external symbols begin with nf_" names
no_output "no exit, no output, no memory but through base/mem.h" calls
exit 0
