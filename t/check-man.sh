#!/bin/sh
# The manual pages are true: they pass mandoc's lint, stepc-ca.json(5) has
# every member the parser knows, with the right promise.  TAP.

set -u
cd "${top_srcdir:-.}" || exit 99
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

count=0
# verdict MESSAGE: fails when $tmp/bad has lines, and shows them.
verdict() {
	count=$((count + 1))
	if [ -s "$tmp/bad" ]; then
		echo "not ok $count - $1"
		sed 's/^/# /' "$tmp/bad"
	else
		echo "ok $count - $1"
	fi
	: >"$tmp/bad"
}
: >"$tmp/bad"

if command -v mandoc >/dev/null 2>&1; then
	mandoc -Tlint -W warning man/*.[1-9] >"$tmp/bad" 2>&1
	verdict "mandoc finds nothing to warn about"
else
	count=$((count + 1))
	echo "ok $count # SKIP no mandoc"
fi

# Words of one tagged item of a page: ".It Cm a , b" up to the next ".It".
page=man/stepc-ca.json.5
documented() {
	sed -n 's/^\.It Cm //p' "$page" | sed 's/ Ta .*//; s/ Xo$//' |
		tr -s ' ,' '\n'
	sed -n 's/^\.Cm \(.*\)$/\1/p' "$page" | tr -s ' ,' '\n'
}
documented | sort -u >"$tmp/documented"

sed -n 's/^ *{"\([A-Za-z]*\)", \(YES\|NOT_YET\)},$/\1/p' \
	common/config/members.c | sort -u >"$tmp/members"
[ -s "$tmp/members" ] || echo "no table in common/config/members.c" >"$tmp/bad"
comm -23 "$tmp/members" "$tmp/documented" >>"$tmp/bad"
verdict "every member of ca.json is in stepc-ca.json(5)"

grep -oE '"(min|max|default|enable|disable|allow)[A-Za-z]+"' \
	common/config/claims.c | tr -d '"' | sort -u >"$tmp/claims"
[ -s "$tmp/claims" ] || echo "no names in common/config/claims.c" >"$tmp/bad"
comm -23 "$tmp/claims" "$tmp/documented" >>"$tmp/bad"
verdict "every claim is in stepc-ca.json(5)"

# A member without effect is "Warned about", one with effect is not.
awk '
	/^\.It Cm / { names = $0; sub(/^\.It Cm /, "", names); text = ""; next }
	/^\.Cm .*credentialsFile/ { names = names " " substr($0, 5); next }
	names != "" && /^[A-Z]/ {
		kind = /^Warned about/ ? "NOT_YET" : "YES"
		n = split(names, w, /[ ,]+/)
		for (i = 1; i <= n; i++)
			print w[i], kind
		names = ""
	}' "$page" | sort -u >"$tmp/promised"
sed -n 's/^ *{"\([A-Za-z]*\)", \(YES\|NOT_YET\)},$/\1 \2/p' \
	common/config/members.c | sort -u >"$tmp/kept"
# "type" is one word for a database, a provisioner and a kind of authority.
grep -v '^type ' "$tmp/kept" | comm -23 - "$tmp/promised" >"$tmp/bad"
verdict "stepc-ca.json(5) says which members have no effect"

echo "1..$count"
