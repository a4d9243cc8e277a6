#!/bin/sh
# The manual pages are true: they pass mandoc's lint, stepc-ca.json(5) has
# every member the parser knows, with the right promise, and the other pages
# every command, option and setting.  TAP.

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

# Options of the handlers, settings of stepc-workers.
sed -n 's/^ *{"\([a-z-]*\)", [a-z]*_argument, .*/\1/p' handlers/main.c |
	while read -r name; do
		grep -qE "Fl -$name( |\$)" man/stepc-handlers.8 ||
			echo "--$name"
	done >"$tmp/bad"
verdict "every option of the handlers is in stepc-handlers(8)"
sed -n 's/^: "\${\([A-Z_]*\):=.*/\1/p' nginx/stepc-workers |
	while read -r name; do
		grep -qE "^\\.It Ev $name\$" man/stepc-workers.8 || echo "$name"
	done >"$tmp/bad"
verdict "every setting of stepc-workers is in stepc-workers(8)"

# Every command and flag that the client's help shows; walk COMMAND PAGE.
section() {
	awk -v wanted="$1" '/^[A-Z]/ { on = $0 == wanted; next } on' "$tmp/help"
}
walk() {
	# shellcheck disable=SC2086 # a list of words
	"$stepc" help ${1#stepc} >"$tmp/help" 2>&1 || {
		echo "no help for $1"
		return
	}
	section FLAGS | grep -oE '(^|[ ,])--[a-z][a-z0-9-]*' |
		sed 's/.*--//' | sort -u | grep -vxE 'help|config' |
		while read -r flag; do
			grep -qE "Fl -$flag( |\$)" "$2" || echo "$1 --$flag: not in $2"
		done
	for sub in $(section COMMANDS | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
		page=$2
		if [ "$1" = stepc ] && [ -f "man/stepc-$sub.1" ]; then
			page=man/stepc-$sub.1
		elif [ "$1" = stepc ] &&
		    "$stepc" help "$sub" | grep -q '^COMMANDS'; then
			echo "$sub: no man/stepc-$sub.1"
		fi
		grep -qE "(Cm|Ss|Nm) (.* )?$sub( |\$)" "$page" ||
			echo "$1 $sub: not in $page"
		(walk "$1 $sub" "$page")
	done
}
stepc=${top_builddir:-.}/stepc
if [ -f man/stepc.1 ] && [ -x "$stepc" ]; then
	walk stepc man/stepc.1 >"$tmp/bad"
	verdict "every command and flag of stepc is in its page"
fi

echo "1..$count"
