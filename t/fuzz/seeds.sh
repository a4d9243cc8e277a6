#!/bin/sh
# seeds.sh DIR: valid and nearly valid inputs for each fuzz target, made anew,
# in DIR/TARGET/.

set -eu
umask 077
cd "$1"
mkdir -p json jws jwk key text

printf '{"a":[1,2.5,-3e2,true,null,"\\u00e9\\ud83d\\ude00"],"b":{"c":""}}' \
	>json/all-kinds
printf '{"a":1,"a":2}' >json/duplicate
printf '"\\ud800"' >json/lone-surrogate
printf '[1e400,0.1,12345678901234567890123]' >json/numbers

b64() {
	openssl base64 -A | tr '+/' '-_' | tr -d '='
}
header=$(printf '{"alg":"ES256","kid":"k"}' | b64)
payload=$(printf '{"sub":"a","exp":1}' | b64)
signature=$(openssl rand 64 | b64)
printf '%s.%s.%s' "$header" "$payload" "$signature" >jws/compact
printf '%s.%s.' "$(printf '{"alg":"none"}' | b64)" "$payload" >jws/none
printf '{"protected":"%s","payload":"%s","signature":"%s"}' \
	"$header" "$payload" "$signature" >jws/flattened
printf '{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}]}' \
	"$payload" "$header" "$signature" >jws/general

openssl ecparam -name prime256v1 -genkey -noout -out key/ec
openssl ec -in key/ec -aes-256-cbc -passout pass:password \
	-out key/ec-legacy 2>/dev/null
openssl pkcs8 -topk8 -in key/ec -v2 aes-256-cbc -v2prf hmacWithSHA256 \
	-iter 10 -passout pass:password -out key/pbes2
openssl genpkey -algorithm ed25519 -out key/ed25519
openssl genrsa -traditional -out key/rsa 2048 2>/dev/null
openssl pkey -in key/ec -pubout -out key/public
openssl pkey -in key/ec -pubout -outform DER -out key/spki
openssl pkey -in key/rsa -pubout -outform DER -out key/spki-rsa

# The last 64 bytes of a P-256 SubjectPublicKeyInfo are x and y.
printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' \
	"$(tail -c 64 key/spki | head -c 32 | b64)" \
	"$(tail -c 32 key/spki | b64)" >jwk/ec
printf '{"kty":"OKP","crv":"Ed25519","x":"%s"}' \
	"$(openssl pkey -in key/ed25519 -pubout -outform DER | tail -c 32 |
		b64)" >jwk/okp
printf '{"kty":"RSA","e":"AQAB","n":"%s"}' \
	"$(tail -c 261 key/spki-rsa | head -c 256 | b64)" >jwk/rsa

printf 'https://u@[::1]:443/a%%20b?q#f' >text/url
printf -- '-1h2m3.5s' >text/duration
printf '2024-01-02T03:04:05.6+01:00' >text/time
printf 'AAECAw==' >text/base64
