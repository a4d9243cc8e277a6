#!/bin/sh
# reference.sh CA PORT REQUESTS CERT KEY: the same load on a server made of what
# Debian has of the reference, over the files of the authority in the folder
# CA, on the same machine in the same run.  Says so and does nothing where
# that is not installed.

set -eu
top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-$top_srcdir/build}
ca=$1 port=$2 requests=$3 cert=$4 key=$5
folder=$top_builddir/t/interop/reference.d
bench=$top_builddir/t/bench
root=$ca/certs/root_ca.crt

why=$("$top_srcdir/t/interop/build.sh" "$folder" 2>&1) || {
	echo "the reference is not measured: $(echo "$why" | tail -n 1)"
	exit 0
}
STEPPATH=$ca HOME=$ca "$folder/reference" serve "$ca/config/ca.json" \
	"$ca/password.txt" >"$ca/reference.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null && wait $server || :' EXIT
tries=300
until curl -s -o /dev/null --cacert "$root" "https://localhost:$port/health"; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
		cat "$ca/reference.log" >&2
		exit 1
	fi
	sleep 0.1
done

echo "the reference: its one process is what the column nginx shows"
"$bench/bench_sign" "$ca/config/ca.json" "$ca/password.txt" "$root" "$port" \
	"$requests" "$server"
"$bench/bench_renew" "$cert" "$key" "$root" "$port" "$requests" "$server"
"$bench/bench_ssh" "$ca/config/ca.json" "$ca/password.txt" "$root" \
	"$ca/secrets/ssh_host_ca_key" "$port" "$requests" "$server"
