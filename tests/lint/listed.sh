#!/usr/bin/env bash
# Every file of src/ stands in its folder's Makemodule.am, and every test program in tests/.
. "${top_srcdir:?run by make check}/tests/lint/lint.sh"

unlisted()	# FOLDER
{
	local file
	for file in src/"$1"/*.[ch] src/"$1"/*.def; do
		[ -e "$file" ] || continue
		grep -qwF "$file" "src/$1/Makemodule.am" || echo "$file is not in src/$1/Makemodule.am"
	done
}

unlisted_tests()
{
	local file
	for file in tests/unit/*.c tests/unit/*.h; do
		[ -e "$file" ] || continue
		grep -qE "(^|[[:space:]])(${file%.c}|$file)([[:space:]]|\$)" tests/Makemodule.am ||
			echo "$file has no row in tests/Makemodule.am"
	done
}

# A script is a test, or read by one.
unlisted_scripts()
{
	local file
	for file in tests/*.sh tests/*/*.sh tests/*.py tests/*/*.py; do
		[ -e "$file" ] || continue
		grep -qwF "$file" tests/Makemodule.am || echo "$file is not in tests/Makemodule.am"
	done
}

mapfile -t folders < <(cd src && ls -d */ | tr -d /)
plan $((${#folders[@]} + 2))
for folder in "${folders[@]}"; do
	no_output "src/$folder is listed" unlisted "$folder"
done
no_output "tests/unit is listed" unlisted_tests
no_output "scripts of tests are listed" unlisted_scripts
exit 0
