#!/bin/sh
# In ssh-keygen's place for OpenSSH's own tests: certificates are signed by
# "stepc ssh certificate --offline", and revocation lists written by krltool.
# What our authority must refuse, and what our lists do not have, is left to
# the real one, the former once it was refused.  $REGRESS_LOG tells of each.
set -u

tell() {
	echo "$*" >>"$REGRESS_LOG"
}

real() {
	exec "$REGRESS_KEYGEN" "$@"
}

krl='' update='' host='' id='' names='' serial='' validity='' ca='' file=''
options='' comma=''
while getopts "qhkulLQp:s:I:n:z:V:O:t:f:N:C:" o; do
	case $o in
	k) krl=1 ;;
	u) update=1 ;;
	h) host=--host ;;
	s) ca=$OPTARG ;;
	f) file=$OPTARG ;;
	I) id=$OPTARG ;;
	n) names=$OPTARG ;;
	z) serial=$OPTARG ;;
	V) validity=$OPTARG ;;
	O)
		options="$options$comma\"${OPTARG%%=*}\":\"${OPTARG#*=}\""
		comma=,
		;;
	[lLQ?]) real "$@" ;;
	esac
done
n=$((OPTIND - 1))

# --- revocation lists --------------------------------------------------------

our_krl() {
	shift "$n"
	[ "${1-}" != - ] || shift
	if [ -z "$ca" ]; then
		"$REGRESS_KRLTOOL" "$file" "$@"
	else
		"$REGRESS_KRLTOOL" "$file" -s "${ca%.pub}.pub" "$@"
	fi
}

if [ -n "$krl" ]; then
	status=2
	# One that another list is added to is read by ssh-keygen alone.
	if [ -z "$update" ] && [ "$ca" != NONE ]; then
		our_krl "$@"
		status=$?
	fi
	case $status in
	0) tell "krl: ours: $*" ;;
	2)
		tell "krl: theirs: $*"
		real "$@"
		;;
	*) tell "krl: FAILED: $*" ;;
	esac
	exit "$status"
fi
[ -n "$id" ] || real "$@"

# --- certificates ------------------------------------------------------------

# YYYYMMDD, or a number of weeks from now.
moment() {
	case $1 in
	*w)
		weeks=${1%w}
		echo "$((${weeks#+} * 168))h"
		;;
	*) echo "$1" | sed 's/\(....\)\(..\)\(..\)/\1-\2-\3T00:00:00Z/' ;;
	esac
}

for last; do :; done
base=${last%.pub}
why=''
case $id in
revoked*) names=${names:-somebody} ;; # lists alone are tried with these
esac
# What is tried with these is not that they are for everybody.
if [ -n "$host" ] && [ -n "$validity$options" ]; then
	names=${names:-localhost-with-alias,127.0.0.1,::1}
fi
[ -n "$names" ] || why='nobody'
[ "$ca" != "$base" ] || why='by itself'
case $validity in
*:19*) why='long over' ;;
esac

work=$(mktemp -d "$REGRESS_TMP/sign.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
sed "s|@CA@|$ca|g; s|@DB@|$work/db|" "$REGRESS_CA" >"$work/ca.json"
echo "{\"critical\":{$options}}" >"$work/data.json"
rm -f "$base-cert.pub"

our_certificate() {
	set -- ssh certificate "$id" "$base.pub" --sign --offline \
		--ca-config "$work/ca.json" --set-file "$work/data.json" \
		--set "serial=$serial" --set "nobody=${names:+no}" \
		--provisioner admin \
		--provisioner-password-file "$REGRESS_PASSWORD"
	[ -z "$host" ] || set -- "$@" --host
	for name in $(echo "${names:-x}" | tr , ' '); do
		set -- "$@" "--principal=$name"
	done
	if [ -n "$validity" ]; then
		set -- "$@" "--not-before=$(moment "${validity%%:*}")" \
			"--not-after=$(moment "${validity#*:}")"
	fi
	"$REGRESS_STEPC" "$@" >"$work/said" 2>&1
}

our_certificate
status=$?
said=$(tail -n 1 "$work/said")
if [ -z "$why" ] && [ "$status" = 0 ]; then
	tell "certificate: ours: $*"
elif [ -z "$why" ]; then
	tell "certificate: FAILED: $*: $said"
	exit 1
elif [ "$status" != 0 ] && ! [ -e "$base-cert.pub" ]; then
	tell "certificate: refused: $why: $said"
	rm -rf "$work"
	real "$@"
else
	tell "certificate: WRONG: $why: $*"
	exit 1
fi
