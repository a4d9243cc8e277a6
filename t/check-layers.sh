#!/bin/sh
# Includes point downwards only.  The layers, lowest first: base, crypto,
# template, store, net, config, provisioner, authority, web, handlers; the client
# stands beside them on all of these up to authority.  In it: cli, net, life,
# the groups of commands.  Libraries that one file wraps are not included by another.
set -eu

srcdir=${srcdir:-$(dirname "$0")/..}

# check ROOT: one line for each forbidden include below ROOT.
check() {
	(
		cd "$1" || exit 1
		find common handlers client -name '*.[ch]' 2>/dev/null | sort |
			while read -r f; do
				sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]\([^>"]*\)[>"].*/\1/p' \
					"$f" | sed "s|^|$f |"
			done
	) | awk '
	BEGIN {
		n = split("base crypto template store net config provisioner " \
		    "authority web handlers", names, " ")
		for (i = 1; i <= n; i++)
			rank[names[i]] = i
		n = split("base crypto template store net config provisioner " \
		    "authority client", names, " ")
		for (i = 1; i <= n; i++)
			client_may[names[i]] = 1
		floor["cli"] = 1
		floor["net"] = 2
		floor["life"] = 3
	}
	# Groups of commands, and what is at the top, stand above these.
	function floor_of(folder) {
		return folder in floor ? floor[folder] : 4
	}
	function bad(why) {
		print $1 ": " $2 ": " why
	}
	{
		n = split($1, part, "/")
		from = part[1] == "common" ? part[2] : part[1]
		m = n
		up = part[2]
		k = n = split($2, part, "/")
		to = n > 1 ? part[1] : ""
		down = part[2]
		if ($2 ~ /(^|\/)\.\.\//)
			bad("path with ..")
		if (to == "common")
			bad("named without common/")
		if (from == "client") {
			if ((to in rank) && !(to in client_may))
				bad("not for the client")
		} else if (to == "client" || \
		    ((to in rank) && rank[to] > rank[from]))
			bad("a layer above")
		if (from == "client" && to == "client" && m > 2 && k > 2 && \
		    floor_of(down) > floor_of(up))
			bad("a floor above in the client")
		if ($2 ~ /^(fcgi|fastcgi)/ && $1 != "common/web/fcgi.c")
			bad("only common/web/fcgi.c knows libfcgi")
		if ($2 ~ /gdbm\.h$/ && n == 1 && $1 !~ /^common\/store\/[^\/]*gdbm/)
			bad("only the GDBM store knows GDBM")
		if ($2 ~ /^curl\// && $1 !~ /^common\/net\/libcurl/)
			bad("only common/net/libcurl.h knows libcurl")
		if ($2 ~ /pcre2\.h$/ && $1 != "common/template/func_regex.c")
			bad("only common/template/func_regex.c knows PCRE2")
		if (from == "handlers" && to == "openssl")
			bad("handlers know nothing of OpenSSL")
	}'
}

# plant FILE INCLUDE: is that include in that file found?
plant() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/$(dirname "$1")"
	printf '#include "config.h"\n%s\n' "$2" >"$tmp/tree/$1"
	check "$tmp/tree"
}

count=0
failed=0

report() {
	count=$((count + 1))
	if [ "$1" = ok ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=1
	fi
}

found() {
	if [ -n "$(plant "$1" "$2")" ]; then
		report ok "found: $2 in $1"
	else
		report bad "found: $2 in $1"
	fi
}

allowed() {
	out=$(plant "$1" "$2")
	if [ -z "$out" ]; then
		report ok "allowed: $2 in $1"
	else
		echo "# $out"
		report bad "allowed: $2 in $1"
	fi
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-layers.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

echo 1..28
out=$(check "$srcdir")
if [ -z "$out" ] && [ -f "$srcdir/common/base/err.h" ]; then
	report ok "no file includes what it must not"
else
	echo "$out" | sed 's/^/# /'
	report bad "no file includes what it must not"
fi

found common/base/x.c '#include "crypto/key.h"'
found common/base/x.h '# include "web/req.h"'
found common/crypto/x.c '	#	include "store/store.h"'
found common/crypto/x.c '#include "template/template.h"'
found common/store/x.c '#include "config/load.h"'
found common/config/x.c '#include <provisioner/jwk.h>'
found common/provisioner/x.c '#include "authority/sign.h"'
found common/authority/x.c '#include "web/resp.h"'
found common/web/x.c '#include "handlers/main.h"'
found common/crypto/x.c '#include "net/http.h"'
found common/base/x.c '#include "../web/req.h"'
found common/web/x.c '#include "common/base/err.h"'
found client/cli/x.c '#include "client/net/ca_client.h"'
found client/net/x.c '#include "client/ca/ca_init.h"'
found client/x.c '#include "web/req.h"'
found client/x.c '#include <gdbm.h>'
found handlers/x.c '#include <openssl/evp.h>'
found handlers/x.c '#include <gdbm.h>'
found common/web/route.c '#include <fcgiapp.h>'
found common/store/ledger.c '#include <gdbm.h>'
found common/authority/x.c '#include <pcre2.h>'

found client/net/x.c '#include <curl/curl.h>'

allowed common/web/fcgi.c '#include <fcgiapp.h>'
allowed common/store/store_gdbm.c '#include <gdbm.h>'
allowed handlers/sign.c '#include "authority/sign.h"'
allowed client/store/store_list.c '#include "store/store.h"'
allowed client/ca/ca_init.c '#include "authority/init.h"'

exit $failed
