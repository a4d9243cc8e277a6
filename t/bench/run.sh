#!/bin/sh
# make bench: a CA of its own in a temporary folder on a free port, behind the
# nginx configuration that ships, started and stopped by quickstart.
#
#   BENCH_REQUESTS   requests per number of connections (default 3000)
#   BENCH_REVOKED    entries of the revocation list (default 100000)
#   BENCH_CERTS      certificates in a store that has grown (default 1000000:
#                    3 GB of disk for a while)

set -eu
unset MAKEFLAGS MFLAGS MAKELEVEL || :

top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-$top_srcdir/build}
requests=${BENCH_REQUESTS:-3000}
revoked=${BENCH_REVOKED:-100000}
certs=${BENCH_CERTS:-1000000}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-bench.XXXXXX")
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
	Listen => 1, LocalAddr => "127.0.0.1")->sockport')
export STEPC_DEMO_DIR="$tmp/ca" STEPC_PORT="$port" STEPC_SKIP_PACKAGES=1 \
	STEPC_BUILD_DIR="$top_builddir"

finish() {
	"$top_srcdir/quickstart" stop >/dev/null 2>&1 || :
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

"$top_srcdir/quickstart" >"$tmp/start.log" 2>&1 || {
	cat "$tmp/start.log" >&2
	exit 1
}

nginx=$(cat "$STEPC_DEMO_DIR/run/nginx.pid")
supervisors=
for pid in "$STEPC_DEMO_DIR"/run/*.pid; do
	[ "${pid##*/}" = nginx.pid ] || supervisors="$supervisors $(cat "$pid")"
done
# shellcheck disable=SC2086 # a list of numbers
"$top_builddir/t/bench/bench_sign" "$STEPC_DEMO_DIR/config/ca.json" \
	"$STEPC_DEMO_DIR/password.txt" "$STEPC_DEMO_DIR/certs/root_ca.crt" \
	"$port" "$requests" "$nginx" $supervisors

echo
"$top_builddir/stepc" ca certificate bench.example "$tmp/bench.crt" \
	"$tmp/bench.key" --ca-url "https://localhost:$port" \
	--root "$STEPC_DEMO_DIR/certs/root_ca.crt" --provisioner admin \
	--provisioner-password-file "$STEPC_DEMO_DIR/password.txt" \
	>/dev/null 2>&1
supervisors=$(cat "$STEPC_DEMO_DIR/run/renew.pid")
"$top_builddir/t/bench/bench_renew" "$tmp/bench.crt" "$tmp/bench.key" \
	"$STEPC_DEMO_DIR/certs/root_ca.crt" "$port" "$requests" "$nginx" \
	"$supervisors"

echo
supervisors=$(cat "$STEPC_DEMO_DIR/run/ssh-sign.pid" \
	"$STEPC_DEMO_DIR/run/ssh-renew.pid")
# shellcheck disable=SC2086 # a list of numbers
"$top_builddir/t/bench/bench_ssh" "$STEPC_DEMO_DIR/config/ca.json" \
	"$STEPC_DEMO_DIR/password.txt" "$STEPC_DEMO_DIR/certs/root_ca.crt" \
	"$STEPC_DEMO_DIR/secrets/ssh_host_ca_key" "$port" "$requests" \
	"$nginx" $supervisors

echo
"$top_builddir/t/bench/bench_template"

echo
"$top_srcdir/quickstart" stop >/dev/null
export top_srcdir top_builddir
"$top_srcdir/t/bench/reference.sh" "$STEPC_DEMO_DIR" "$port" \
	"$requests" "$tmp/bench.crt" "$tmp/bench.key"

# The same authority, with revocation lists and OCSP.
echo
sed -i '1s/^{/{"crl": {"enabled": true, "generateOnRevoke": true},\
"ocsp": {"enabled": true},/' "$STEPC_DEMO_DIR/config/ca.json"
"$top_srcdir/quickstart" >"$tmp/start.log" 2>&1 || {
	cat "$tmp/start.log" >&2
	exit 1
}
openssl ocsp -issuer "$STEPC_DEMO_DIR/certs/intermediate_ca.crt" \
	-cert "$STEPC_DEMO_DIR/issued/first.crt" -no_nonce \
	-reqout "$tmp/ocsp.der"
# A refusal has five bytes; a signer is made within a moment.
tries=100
until [ "$(curl -s --cacert "$STEPC_DEMO_DIR/certs/root_ca.crt" \
	--data-binary "@$tmp/ocsp.der" "https://localhost:$port/ocsp" |
	wc -c)" -gt 100 ]; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || {
		echo "no OCSP response" >&2
		exit 1
	}
	sleep 0.1
done
"$top_builddir/t/bench/bench_ocsp" "$tmp/ocsp.der" \
	"$STEPC_DEMO_DIR/certs/root_ca.crt" "$port" "$requests" \
	"$(cat "$STEPC_DEMO_DIR/run/nginx.pid")" \
	"$(cat "$STEPC_DEMO_DIR/run/ocsp.pid")"

echo
"$top_builddir/t/bench/bench_revoke" "$STEPC_DEMO_DIR/config/ca.json" \
	"$STEPC_DEMO_DIR/password.txt" "$STEPC_DEMO_DIR/certs/root_ca.crt" \
	"$STEPC_DEMO_DIR/db/stepc" "$port" "$requests" "$revoked" \
	"$(cat "$STEPC_DEMO_DIR/run/nginx.pid")" \
	"$(cat "$STEPC_DEMO_DIR/run/revoke.pid")" \
	"$(cat "$STEPC_DEMO_DIR/run/crl.pid")"

# The store by itself, on the disk of the temporary folder.
echo
mkdir "$tmp/store" "$tmp/scale"
"$top_builddir/t/bench/store_bench" "$tmp/store"
echo
"$top_builddir/t/bench/store_scale" "$tmp/scale" "$certs"
