#!/bin/sh
# quickstart as the README promises it: it ends with two verified
# certificates, twice is harmless, stop stops what it started and nothing
# else, and a failure says what and where.  TAP.

set -u

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
unset MAKEFLAGS MFLAGS MAKELEVEL || :

for tool in nginx spawn-fcgi multiwatch curl openssl perl; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null 2>&1 || {
		echo "1..0 # SKIP no $tool"
		exit 0
	}
done

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-qs.XXXXXX") || exit 99
finish() {
	"$top_srcdir/quickstart" stop >/dev/null 2>&1
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
port=$(free_port)
export STEPC_DEMO_DIR="$tmp/demo" STEPC_PORT="$port" STEPC_SKIP_PACKAGES=1 \
	STEPC_BUILD_DIR="$top_builddir" STEPC_LOG="$tmp/quickstart.log"

count=0
# ok STATUS MESSAGE: STATUS 0 is good.
ok() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$tmp/out"
	fi
}
quickstart() {
	"$top_srcdir/quickstart" "$@" >"$tmp/out" 2>&1
}
demo_processes() {
	for p in /proc/[0-9]*; do
		tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -qF "$tmp/demo" &&
			echo "${p#/proc/}"
	done
}
health() {
	curl -s --cacert "$tmp/demo/certs/root_ca.crt" \
		"https://localhost:$port/health" | grep -q '"status":"ok"'
}

quickstart stop
ok $(($? != 1)) "stop without a demo fails"

quickstart
ok $? "quickstart exits 0"
grep -q "https://localhost:$port" "$tmp/out"
ok $? "it says where the CA is"
grep -q "X.509v3 TLS Certificate" "$tmp/out"
ok $? "it shows a certificate"
for name in first second; do
	openssl verify -CAfile "$tmp/demo/certs/root_ca.crt" \
		-untrusted "$tmp/demo/certs/intermediate_ca.crt" \
		"$tmp/demo/issued/$name.crt" >>"$tmp/out" 2>&1
	ok $? "openssl verifies the $name certificate"
done
health
ok $? "the CA is left running"
[ "$(find "$tmp/demo/secrets" "$tmp/demo/password.txt" \
	"$tmp/demo/issued" -type f -perm /077 ! -name '*.crt')" = "" ]
ok $? "keys and password are for their owner only"
root=$(openssl x509 -in "$tmp/demo/certs/root_ca.crt" -noout -fingerprint)

quickstart
ok $? "a second quickstart exits 0"
[ "$(openssl x509 -in "$tmp/demo/certs/root_ca.crt" -noout -fingerprint)" = \
	"$root" ]
ok $? "it keeps the CA"
health
ok $? "the CA still runs"

STEPC_PORT=$((port + 1)) quickstart
ok $(($? == 0)) "another port for the same demo is refused"
grep -q "made for port $port" "$tmp/out"
ok $? "the refusal says why"

quickstart stop
ok $? "stop exits 0"
[ -z "$(demo_processes)" ]
ok $? "nothing of it runs on"
health
ok $(($? == 0)) "the port is free again"
quickstart stop
ok $? "a second stop is harmless"

mkdir "$tmp/other" && echo precious >"$tmp/other/file"
STEPC_DEMO_DIR=$tmp/other quickstart
ok $(($? == 0)) "a folder that is no demo is left alone"
[ "$(ls -A "$tmp/other")" = file ]
ok $? "nothing was written there"

echo "1..$count"
