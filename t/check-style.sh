#!/bin/sh
# The rules of style that a machine can see.
set -eu

srcdir=${srcdir:-$(dirname "$0")/..}
lines_max=1000
# Another release of clang-format formats differently.
format_major=14

# Functions that have no use here: unbounded copies, silent conversions, the
# stack as a heap.
banned='strcpy|stpcpy|strcat|sprintf|vsprintf|gets|alloca'
banned="$banned|atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull"

# Here a comparison may be of a secret: sc_eq_ct.
secret='^common/(crypto/(digest|jw[^/]*|secret[^/]*|hmac[^/]*)'
secret="$secret|store/[^/]*(nonce|token)[^/]*|provisioner/[^/]*)\\.[ch]:"

# calls ROOT NAMES: file:line:text of each call of one of the functions.
calls() {
	(
		cd "$1" || exit 1
		find common handlers client t fuzz -name '*.[ch]' 2>/dev/null |
			sort | xargs grep -nE \
			"(^|[^A-Za-z0-9_])($2)[[:space:]]*\\(" /dev/null || :
	)
}

# long_files ROOT: the files that are too long.
long_files() {
	(
		cd "$1" || exit 1
		find common handlers client t fuzz \( -name '*.[cht]' -o \
			-name '*.pm' -o -name '*.sh' \) -type f 2>/dev/null |
			sort | while read -r f; do
			n=$(wc -l <"$f")
			[ "$n" -le $lines_max ] || echo "$f: $n lines"
		done
	)
}

unformatted() {
	(
		cd "$1" || exit 1
		find common handlers client t fuzz -name '*.[ch]' 2>/dev/null |
			sort | xargs clang-format --dry-run -Werror 2>&1 |
			grep 'error:' || :
	)
}

count=0
failed=0

# report TEXT NAME: passes when TEXT, the list of offences, is empty.
report() {
	count=$((count + 1))
	if [ -z "$1" ]; then
		echo "ok $count - $2"
	else
		echo "$1" | sed 's/^/# /'
		echo "not ok $count - $2"
		failed=1
	fi
}

# found TEXT NAME: passes when there is one.
found() {
	if [ -n "$1" ]; then
		report "" "$2"
	else
		report "not found" "$2"
	fi
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-style.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

echo 1..8
report "$(calls "$srcdir" "$banned")" "no banned functions"
report "$(calls "$srcdir" memcmp | grep -E "$secret" || :)" \
	"no memcmp where secrets are compared"
report "$(long_files "$srcdir")" "no file above $lines_max lines"

count=$((count + 1))
if ! [ -f "$srcdir/.clang-format" ]; then
	echo "ok $count - formatted # SKIP not a checkout"
elif ! clang-format --version 2>/dev/null |
	grep -q "version $format_major\\."; then
	echo "ok $count - formatted # SKIP no clang-format $format_major"
else
	count=$((count - 1))
	report "$(unformatted "$srcdir")" "formatted"
fi

mkdir -p "$tmp/common/crypto" "$tmp/common/base"
printf 'x = strcpy (a, b);\n' >"$tmp/common/base/a.c"
printf 'x = my_strcpy(a, b);\nx = snprintf(a);\n' >"$tmp/common/base/b.c"
printf 'if (memcmp(a, b, n))\n' >"$tmp/common/crypto/jws.c"
cp "$tmp/common/crypto/jws.c" "$tmp/common/base/c.c"
awk 'BEGIN { for (i = 0; i < 1001; i++) print "x" }' >"$tmp/common/base/d.c"

found "$(calls "$tmp" "$banned" | grep '/a\.c:')" "a planted strcpy is found"
report "$(calls "$tmp" "$banned" | grep '/b\.c:' || :)" \
	"functions of similar names are not"
found "$(calls "$tmp" memcmp | grep -E "$secret" | grep -v base/)" \
	"a planted memcmp is found"
found "$(long_files "$tmp")" "a planted long file is found"

exit $failed
