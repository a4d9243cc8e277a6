#!/bin/sh
# seeds.sh DIR: valid and nearly valid inputs for each fuzz target, made anew,
# in DIR/TARGET/.

set -eu
umask 077
cd "$1"
mkdir -p cert config csr json jwe jws jwk key nebula ocsp renew policy ssh_cert ssh_krl template text request

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

# Of the right form, which nobody can open; the key of fuzz_jwe is its epk.
jwe_header() {
	printf '{"alg":"%s","enc":"%s"%s}' "$1" "$2" "$3" | b64
}
epk=',"epk":{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}'
iv=$(openssl rand 12 | b64)
tag=$(openssl rand 16 | b64)
printf '%s..%s.%s.%s' "$(jwe_header ECDH-ES A128GCM "$epk")" "$iv" "$payload" \
	"$tag" >jwe/ecdh
printf '%s.%s.%s.%s.%s' "$(jwe_header ECDH-ES+A128KW A256GCM \
	"$epk,\"apu\":\"QQ\"")" "$(openssl rand 40 | b64)" "$iv" "$payload" \
	"$tag" >jwe/ecdh-kw
printf '%s.%s.%s.%s.%s' "$(jwe_header RSA-OAEP A128GCM '')" \
	"$(openssl rand 256 | b64)" "$iv" "$payload" "$tag" >jwe/rsa
printf '{"protected":"%s","header":{"apv":"QQ"},"iv":"%s","ciphertext":"%s","tag":"%s"}' \
	"$(jwe_header ECDH-ES A128GCM "$epk")" "$iv" "$payload" "$tag" >jwe/json
printf '%s.%s.%s.%s.%s' "$(jwe_header PBES2-HS256+A128KW A256GCM \
	',"p2c":1000,"p2s":"QUFBQUFBQUE"')" "$(openssl rand 40 | b64)" "$iv" \
	"$payload" "$tag" >jwe/password

openssl ecparam -name prime256v1 -genkey -noout -out key/ec
openssl ec -in key/ec -aes-256-cbc -passout pass:password \
	-out key/ec-legacy 2>/dev/null
openssl pkcs8 -topk8 -in key/ec -v2 aes-256-cbc -v2prf hmacWithSHA256 \
	-iter 10 -passout pass:password -out key/pbes2
openssl genpkey -algorithm ed25519 -out key/ed25519
openssl genrsa -traditional -out key/rsa 2048 2>/dev/null
if command -v ssh-keygen >/dev/null; then
	ssh-keygen -q -t ed25519 -N '' -C comment -f key/openssh
	ssh-keygen -q -t ecdsa -N password -a 1 -C comment -f key/openssh-sealed
fi
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

san=subjectAltName=DNS:a.example.com,IP:10.0.0.1,email:a@b.example,URI:x://y
openssl req -new -key key/ec -subj /O=A/CN=a.example.com -addext "$san" \
	-outform DER -out csr/ec
openssl req -new -key key/rsa -subj / -addext "$san" -outform DER -out csr/rsa
openssl req -new -key key/ed25519 -subj /CN=a -out csr/ed25519-pem
openssl req -new -key key/ec -subj /CN=a -outform DER -out csr/other-names \
	-addext 'subjectAltName=otherName:1.2.3;UTF8:x,RID:1.2.3'
openssl req -x509 -key key/ec -subj /CN=a.example.com -addext "$san" \
	-outform DER -out cert/ec
# JWK, "admin", "abc"
provisioner=300f0201010405$(printf admin | od -An -tx1 | tr -d ' ')0403616263
openssl req -x509 -key key/ed25519 -subj /CN=a -days 30000 -out cert/pem \
	-addext "1.3.6.1.4.1.37476.9000.64.1=DER:$provisioner"

openssl x509 -inform DER -in cert/ec -out key/cert-ec
openssl ocsp -issuer key/cert-ec -serial 0x0102 -sha256 -serial 3 \
	-reqout ocsp/two >/dev/null
openssl ocsp -issuer key/cert-ec -cert key/cert-ec -no_nonce \
	-reqout ocsp/plain >/dev/null
openssl ocsp -issuer key/cert-ec -serial 1 -signer key/cert-ec \
	-signkey key/ec -reqout ocsp/signed >/dev/null

cp key/cert-ec renew/pem
sed 's/$/\r/' renew/pem >renew/crlf
sed '2,$s/^/\t/' renew/pem >renew/tabs
sed 's/+/%2B/g; s/=/%3D/g; s/ /%20/g; s/$/%0A/' renew/pem | tr -d '\n' \
	>renew/escaped
cat renew/pem renew/pem >renew/two
x5c=$(openssl base64 -A -in cert/ec)
header=$(printf '{"alg":"ES256","x5cInsecure":["%s"]}' "$x5c" | b64)
printf '%s.%s.%s' "$header" "$payload" "$signature" >renew/token

# Nobody has signed these: a parser does not mind.  All keys are "AAA...".
k=4141414141414141414141414141414141414141414141414141414141414141
s=$k$k
unhex() {
	perl -e 'print pack "H*", $ARGV[0]' "$1"
}
unhex 0a5d0a037765621209878084508080fcff0f2203646d7a280130643a20"$k"4a20"$k"1240"$s" \
	>nebula/v1
unhex 0a2a0a02636130643a20"$k"40011240"$s" >nebula/v1-ca
unhex 3081a3a03d8003776562a10704050a01000710a3050c03646d7a8501018601648720"$k"8220"$k"8340"$s" \
	>nebula/v2
{
	echo '-----BEGIN NEBULA CERTIFICATE-----'
	openssl base64 -in nebula/v1-ca
	echo '-----END NEBULA CERTIFICATE-----'
} >nebula/pem

printf 'POST\n/1.0/a/%%41/c/x?cursor=%%42+\n4\nid\nbody' >request/post
printf 'HEAD\n/a?cursor\n\n\n' >request/head
printf 'GET\n/a/%%0d%%0aX:%%20y\n0\na b\n' >request/lines
printf 'TRACE\n//a/../b\n-1\n\n' >request/wrong

{
	printf '{"x509":{"allow":{"dns":["*.example.com","a.test"],"cn":["x"],'
	printf '"ip":["10.0.0.0/8","2001:db8::/33"],"email":["@a.test","b@c.d"],'
	printf '"uri":["*.u.test"]},"deny":{"dns":["no.example.com"],'
	printf '"ip":["10.1.0.0/16"]},"allowWildcardNames":true},"ssh":{"user":'
	printf '{"allow":{"principal":["*"]},"deny":{"principal":["root"]}},'
	printf '"host":{"allow":{"dns":["*.local"],"ip":["::ffff:10.0.0.0/104"]'
	printf '}}}}\na.example.com\n*.example.com\nno.example.com\n10.1.2.3\n'
	printf '::ffff:10.1.2.3\nb@c.d\nhttps://h.u.test:1/x\nroot\nh.local.\nx'
} >policy/all-kinds
printf '{"x509":{"deny":{"dns":["a.test"]}}}\na.test\nA.TEST.\n*.test' \
	>policy/deny

printf 'SSHKRL\n\000\000\000\000\001' >ssh_krl/magic
# Without ssh-keygen there is nothing to start from but the text.
printf 'ssh-ed25519 AAAA a comment\n' >ssh_cert/line
if command -v ssh-keygen >/dev/null; then
	for type in ed25519 ecdsa rsa; do
		ssh-keygen -q -t "$type" -N '' -C c -f "ssh_cert/$type"
		ssh-keygen -q -s "ssh_cert/$type" -I id -z 7 -n joe,a@b.example \
			-V 20200101:20400101 -O force-command=true \
			"ssh_cert/$type.pub"
		rm "ssh_cert/$type"
		cut -d ' ' -f 2 "ssh_cert/$type-cert.pub" |
			openssl base64 -d -A >"ssh_cert/$type-blob"
		cut -d ' ' -f 2 "ssh_cert/$type.pub" |
			openssl base64 -d -A >"ssh_cert/$type-key"
	done
	printf 'serial: 1-9\nserial: 20\nserial: 22\nserial: 25\nid: x\n' \
		>ssh_krl/spec
	ssh-keygen -q -k -z 2 -f ssh_krl/certs -s ssh_cert/rsa.pub ssh_krl/spec
	ssh-keygen -q -k -f ssh_krl/keys ssh_cert/rsa.pub
	printf 'sha1: %s\nsha256: %s\n' "$(cat ssh_cert/ecdsa.pub)" \
		"$(cat ssh_cert/ed25519.pub)" >ssh_krl/spec
	ssh-keygen -q -k -f ssh_krl/hashes ssh_krl/spec
fi

n=0
while read -r template; do
	n=$((n + 1))
	printf '%s' "$template" >"template/$n"
done <<'END'
{"subject": {{ toJson .Subject }},{{- if .t }}"a":1{{ else }}2{{ end }}}
{{ range $i, $v := .l }}{{ if $i }},{{ end }}{{ $v | quote }}{{ end }}
{{ define "x" }}{{ . }}{{ end }}{{ template "x" .m }}{{ block "y" 1 }}{{ end }}
{{ with $x := .n }}{{ printf "%5.2f|%-4d|%q" $x 1 "a" }}{{ end }}
{{ regexReplaceAll "(a)(b*)" .s "${1}x" }}{{ dateInZone "Jan _2 15:04 MST" 1 "UTC" }}
{{ $m := dict "a" (list 1 2) }}{{ set $m "b" .b | toPrettyJson }}{{ .w }}
{{ asn1Seq (asn1Enc "utf8:x") | b64dec }}{{ semverCompare "^1.2" "1.3.0-a" }}
END

cat >config/full <<'END'
{"root": "r.crt", "federatedRoots": ["f.crt"], "crt": "i.crt", "key": "i.key",
 "address": ":443", "dnsNames": ["ca.example.com"], "password": "x",
 "db": {"type": "badgerv2", "dataSource": "db"}, "crl": {"enabled": true,
 "cacheDuration": "24h"}, "ocsp": {"enabled": true, "url": "http://a/ocsp"},
 "ssh": {"hostKey": "h", "userKey": "u", "keys": [{"type": "host",
  "federated": true, "key": {"kty": "EC", "crv": "P-256",
  "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}}]},
 "templates": {"ssh": {"user": [{"name": "config.tpl", "type": "snippet",
  "template": "a.tpl", "path": "~/.ssh/config", "comment": "#"}]}},
 "authority": {"policy": {"x509": {"allow": {"dns": ["*.example.com"]}}},
  "claims": {"minTLSCertDuration": "5m", "enableSSHCA": true},
  "template": {"organization": "O"}, "backdate": "1m0s", "provisioners": [
  {"type": "JWK", "name": "j", "key": {"kty": "EC", "crv": "P-256",
   "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
   "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "sig",
   "kid": "k", "alg": "ES256"}, "encryptedKey": "a.b.c.d.e",
   "claims": {"maxTLSCertDuration": "24h"}, "options": {"x509":
   {"template": "{{ toJson .Subject }}", "templateData": {"a": 1}},
   "ssh": {"template": "{}"}, "webhooks": [{"name": "w", "url":
   "https://w.example.com/{{ .Token.sub }}", "kind": "ENRICHING",
   "certType": "X509", "secret": "c2VjcmV0"}]}},
  {"type": "OIDC", "name": "o", "clientID": "c", "clientSecret": "s",
   "configurationEndpoint": "https://id.example.com", "admins": ["a@b.c"],
   "domains": ["b.c"], "groups": ["g"], "listenAddress": ":10000"},
  {"type": "X5C", "name": "x", "roots": "LS0tLS1CRUdJTg=="},
  {"type": "K8sSA", "name": "k8s", "publicKeys": "LS0tLS1CRUdJTg=="},
  {"type": "AWS", "name": "aws", "accounts": ["1"], "instanceAge": "1h",
   "iidRoots": "r.pem"}, {"type": "GCP", "name": "gcp", "projectIDs": ["p"],
   "serviceAccounts": ["s"]}, {"type": "Azure", "name": "az", "tenantID": "t",
   "audience": "https://a/", "resourceGroups": ["g"]},
  {"type": "Nebula", "name": "n", "roots": "LS0tLS0="},
  {"type": "SSHPOP", "name": "p"}, {"type": "ACME", "name": "a"}]},
 "tls": {"minVersion": 1.2, "cipherSuites": ["TLS_AES_128_GCM_SHA256"]}}
END
printf '{"authority": {"provisioners": [{"type": "JWK", "name": "a"},
{"type": "JWK", "name": "a"}, {"type": "X"}, 1]}}' >config/broken
