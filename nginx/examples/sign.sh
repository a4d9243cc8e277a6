#!/bin/sh
# A certificate with plain tools: openssl makes the key and the request, stepc
# the one-time token, curl posts both.  Read it as documentation of POST /sign;
# copy it to where no client can be installed.
#
#   sign.sh NAME CRT-FILE KEY-FILE [SAN...]
#
# Writes the key (0600, unencrypted) and the chain: leaf first, root left out.
# Existing files are replaced only when all went well.
#
#   STEPPATH                 settings and root (default ~/.step)
#   STEPC_CA_URL             default: ca-url in $STEPPATH/config/defaults.json
#   STEPC_ROOT               default: $STEPPATH/certs/root_ca.crt
#   STEPC_TOKEN              a token made elsewhere; then stepc is not needed
#   STEPC_PROVISIONER        default: the only one, or stepc asks
#   STEPC_PASSWORD_FILE      password of the provisioner key, or stepc asks
#   STEPC_NOT_AFTER          e.g. 2h, or a time; default: what the CA says
#   STEPC                    the client (default: stepc)

set -eu
umask 077

die() {
	printf 'sign.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -ge 3 ] || die "usage: sign.sh NAME CRT-FILE KEY-FILE [SAN...]"
name=$1 crt=$2 key=$3
shift 3
[ $# -gt 0 ] || set -- "$name"

steppath=${STEPPATH:-$HOME/.step}
stepc=${STEPC:-stepc}
root=${STEPC_ROOT:-$steppath/certs/root_ca.crt}
url=${STEPC_CA_URL:-$(sed -n 's/.*"ca-url": *"\([^"]*\)".*/\1/p' \
	"$steppath/config/defaults.json" 2>/dev/null)} || url=
[ -n "$url" ] || die "no CA: set STEPC_CA_URL, or run stepc ca bootstrap"
[ -r "$root" ] || die "cannot read the root certificate $root"

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-sign.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# 1. Key and request.  The request must name exactly what the token allows.
sans=
for san do
	case $san in
	*://*) kind=URI ;;
	*@*) kind=email ;;
	*:*) kind=IP ;;
	*[!0-9.]*) kind=DNS ;;
	*) kind=IP ;;
	esac
	sans=${sans:+$sans,}$kind:$san
done
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-subj "/CN=$name" -addext "subjectAltName=$sans" \
	-keyout "$tmp/key" -out "$tmp/csr" 2>"$tmp/err" ||
	die "openssl: $(cat "$tmp/err")"

# 2. The token: good for one certificate with these names, for five minutes.
token=${STEPC_TOKEN:-}
if [ -z "$token" ]; then
	for san do
		shift
		set -- "$@" --san "$san"
	done
	token=$("$stepc" ca token "$name" --ca-url "$url" --root "$root" \
		${STEPC_PROVISIONER:+--provisioner "$STEPC_PROVISIONER"} \
		${STEPC_PASSWORD_FILE:+--provisioner-password-file \
			"$STEPC_PASSWORD_FILE"} \
		"$@") || die "no token"
fi

# 3. POST /sign.  The PEM goes into a JSON string with \n for line ends; the
# body goes through a file, so that the token shows in no process list.
{
	printf '{"csr":"'
	awk '{ printf "%s\\n", $0 }' "$tmp/csr"
	printf '","ott":"%s"' "$token"
	[ -z "${STEPC_NOT_AFTER:-}" ] ||
		printf ',"notAfter":"%s"' "$STEPC_NOT_AFTER"
	printf '}'
} >"$tmp/body"
status=$(curl --silent --show-error --cacert "$root" \
	--header 'Content-Type: application/json' \
	--data-binary "@$tmp/body" \
	--output "$tmp/reply" --write-out '%{http_code}' "$url/sign") ||
	die "cannot reach $url"
[ "$status" = 201 ] ||
	die "$url answered $status: $(cat "$tmp/reply")"

# 4. certChain is a list of PEM strings: undo the JSON, one string a line.
sed -n 's/.*"certChain": *\[\([^]]*\)\].*/\1/p' "$tmp/reply" |
	sed -e 's/", *"/\\n/g' -e 's/"//g' -e 's,\\/,/,g' |
	awk '{ gsub(/\\n/, "\n"); print }' | sed '/^$/d' >"$tmp/crt"
openssl x509 -in "$tmp/crt" -noout 2>/dev/null ||
	die "no certificate in the reply: $(cat "$tmp/reply")"

mv -f "$tmp/key" "$key"
mv -f "$tmp/crt" "$crt"
