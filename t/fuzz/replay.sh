#!/bin/sh
# Every fuzz target over the seeds, so that the targets stay true.  TAP.

set -u
top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-.}

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
"$top_srcdir/t/fuzz/seeds.sh" "$tmp" || exit 99

count=0
for folder in "$tmp"/*/; do
	name=${folder%/}
	name=${name##*/}
	count=$((count + 1))
	if out=$("$top_builddir/t/fuzz/fuzz_$name" "$folder"* 2>&1); then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
done
echo "1..$count"
