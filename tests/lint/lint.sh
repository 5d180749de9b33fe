# Sourced by the lint tests: a test is a name and the lines that are wrong with it.
# Each line printed by COMMAND is a fault; none means ok.
tests=0

plan()		# N
{
	echo "1..$1"
}

skip_all()	# WHY
{
	echo "1..0 # SKIP $1"
	exit 0
}

no_output()	# NAME COMMAND...
{
	local name=$1 out
	shift
	tests=$((tests + 1))
	out=$("$@" 2>&1)
	if [ -z "$out" ]; then
		echo "ok $tests - $name"
	else
		echo "not ok $tests - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

# Folders from the ground up, each with the folders it may include besides itself.
floors()
{
	cat <<-'TABLE'
	base
	ie	base
	wire	base ie
	capture	base
	track	base ie wire capture
	model	base ie wire capture track
	check	base ie wire capture track
	out	base ie wire capture track model check
	tui	base ie wire capture track model check out
	main	base ie wire capture track model check out tui
	TABLE
}

cd "${top_srcdir:?run by make check}" || exit 99
