#!/bin/sh
# stepc-workers with a program that only waits: start, sockets, workers that
# die, reload, stop, and nothing that is not ours.  TAP.

set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}

for tool in spawn-fcgi multiwatch setsid; do
	command -v "$tool" >/dev/null 2>&1 || {
		echo "1..0 # SKIP no $tool"
		exit 0
	}
done

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-w.XXXXXX") || exit 99
STEPC_USER=$(id -un)
export STEPC_SETTINGS="$tmp/settings" STEPC_BINDIR="$tmp/bin" STEPC_USER \
	STEPC_CLIENT="$tmp/bin/client"
workers() {
	"$top_srcdir/nginx/stepc-workers" "$@" >"$tmp/out" 2>&1
}
finish() {
	workers stop
	STEPC_RUNDIR=$tmp/run2 workers stop
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

mkdir "$tmp/bin"
cat >"$tmp/bin/sign" <<'END'
#!/bin/sh
echo "worker $$ of $STEPPATH" >&2
echo "config ${STEPC_CONFIG-unset} limit ${STEPC_REQUEST_SECONDS-unset}" >&2
exec sleep 600
END
printf '#!/bin/sh\necho "$@" >%s\n' "$tmp/validated" >"$tmp/bin/client"
chmod +x "$tmp/bin/sign" "$tmp/bin/client"
ln "$tmp/bin/sign" "$tmp/bin/renew"
ln "$tmp/bin/sign" "$tmp/bin/roots"
cat >"$tmp/settings" <<END
# a comment, and something that must not run: \$(touch $tmp/ran)
STEPPATH=$tmp/steppath
STEPC_RUNDIR="$tmp/run"
STEPC_LOGDIR=$tmp/log
STEPC_WORKERS=2
STEPC_HANDLERS="sign roots"
PATH=/nonexistent
STEPC_USER=nobody
STEPC_CONFIG=$tmp/other.json
STEPC_REQUEST_SECONDS=17
END

count=0
ok() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$tmp/out"
	fi
}
children() {
	pid=$(cat "$tmp/run/$1.pid")
	cat "/proc/$pid/task/$pid/children"
}
# await COMMAND...: at most ten seconds.
await() {
	tries=200
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
log_lines() {
	[ "$(grep -c "^worker .* of $tmp/steppath" "$tmp/log/sign.log")" -ge "$1" ]
}

workers
ok $(($? != 2)) "no verb is wrong usage"
workers status
ok $(($? != 3)) "nothing runs at first"
workers start
ok $? "start"
workers status
ok $? "the handlers run"
[ "$(stat -c %a "$tmp/run/sign.sock")" = 660 ]
ok $? "the socket is closed to others"
await log_lines 2
ok $? "two workers, with the settings of the file"
await grep -qxF "config $tmp/other.json limit 17" "$tmp/log/sign.log"
ok $? "the configuration and the time limit of the file"
grep -qxF -- "ca validate --start --ca-config $tmp/other.json" "$tmp/validated"
ok $? "that configuration is the one that is checked"
[ ! -e "$tmp/ran" ]
ok $? "the settings are not run"
before=$(cat "$tmp/run/sign.pid")
workers start && [ "$(cat "$tmp/run/sign.pid")" = "$before" ]
ok $? "a second start changes nothing"

# shellcheck disable=SC2046 # a list of numbers
kill -9 $(children sign)
await log_lines 4
ok $? "workers that are killed come back"
workers reload
ok $? "reload"
await log_lines 6
ok $? "reload makes new workers"
[ "$(cat "$tmp/run/sign.pid")" = "$before" ]
ok $? "below the same supervisor"

printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/client"
! workers restart && [ "$(cat "$tmp/run/sign.pid")" = "$before" ]
ok $? "a configuration that is not valid stops nothing"

workers stop sign
ok $? "stop one"
workers status roots
ok $? "the other runs on"
[ ! -e "$tmp/run/sign.sock" ]
ok $? "its socket is gone"
sleep 600 &
bystander=$!
echo "$bystander" >"$tmp/run/sign.pid"
workers stop
kill -0 "$bystander"
ok $? "stop kills nothing that only has the number of a worker"
kill "$bystander"
printf '#!/bin/sh\nexit 0\n' >"$tmp/bin/client"
# A second instance of the same programs, in folders of its own.
STEPC_RUNDIR=$tmp/run2 STEPC_CONFIG='' workers start sign
ok $? "a second instance"
other=$(cat "$tmp/run2/sign.pid")
cp "$tmp/run2/sign.pid" "$tmp/run/sign.pid"
workers status sign
ok $(($? != 3)) "is not taken for the first"
workers stop sign
STEPC_RUNDIR=$tmp/run2 workers status sign &&
	[ "$(cat "$tmp/run2/sign.pid")" = "$other" ]
ok $? "and not stopped with it"
await grep -qx "config unset limit 17" "$tmp/log/sign.log"
ok $? "an empty setting is none"
STEPC_RUNDIR=$tmp/run2 workers stop sign
grep -q stopped "$tmp/out"
ok $? "but by itself"
workers status
ok $(($? != 3)) "nothing runs at last"

long=$tmp/$(printf '%0100d' 0)
printf '#!/bin/sh\nexit 0\n' >"$tmp/bin/client"
! STEPC_RUNDIR=$long workers start && grep -q "too long" "$tmp/out"
ok $? "a path too long for a socket is said to be"

echo "1..$count"
