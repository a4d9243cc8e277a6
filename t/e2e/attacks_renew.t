#!/usr/bin/python3
"""The attacks of rows R1 to R11 and R15, and of T16 to T19 for the tokens of
renewal, against /renew, /re-sign and /rekey: each with its status and message,
and nothing recorded.  Through real nginx and real handlers."""

import base64
import concurrent.futures
import datetime
import json
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import (CA, DEFAULT_401, P400, P401, P403, b64u, done, make_csr,
                      make_key, ok, pem, same)
from stepc_renew import (DER, Client, Issuer, Pair, bearer, issue, mtls,
                         renew_claims, renew_token, x5c)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from jwcrypto import jwk

PATHS = ("/renew", "/1.0/renew", "/re-sign", "/rekey")
KEYS = {n: jwk.JWK.generate(kty="EC", crv="P-256", kid=n)
        for n in ("frozen", "late", "going", "strict")}


def edit(config, demo):
    for name, claims in (("frozen", {"disableRenewal": True}),
                         ("late", {"allowRenewalAfterExpiry": True}),
                         ("strict", {"disableRenewalOfUnknown": True}),
                         ("going", {})):
        config["authority"]["provisioners"].append({
            "type": "JWK", "name": name, "claims": claims,
            "key": json.loads(KEYS[name].export_public())})


ca = CA(edit)
issuer = Issuer(ca)
USED = P401 + "the token was already used"
MISSING = P401 + "missing client certificate"
INVALID = "error validating renew token"


def refused(name, answer, status, message):
    """message: exact, or a beginning that ends with *."""
    global before
    got, doc = answer
    after = ca.ledger()
    text = doc.get("message", "")
    ok(got == status and doc.get("status") == status and
       list(doc) == ["status", "message"] and
       (text == message or
        message.endswith("*") and text.startswith(message[:-1])) and
       after == before, "%s: %d, nothing recorded" % (name, status),
       "got %s %r" % (got, doc), "want %d %r" % (status, message),
       "" if after == before else "the ledger has changed")
    before = after


def issued(name, answer):
    global before
    status, doc = answer
    ok(status == 201, name + ": 201", status, doc)
    before = ca.ledger()
    return doc


def pair_of(provisioner, name="a.example.com", **more):
    key = make_key()
    token = ca.token(ca.claims(name, iss=provisioner),
                     {"kid": provisioner}, KEYS[provisioner])
    status, doc = ca.sign(make_csr(key, name), token, **more)
    if status != 201:
        raise RuntimeError("sign: %s %s" % (status, doc))
    return Pair(doc["certChain"], key)


def post(path="/renew", headers=None, body=b""):
    status, _, data = ca.request("POST", path, body, headers or {})
    return status, json.loads(data)


def after(p):
    """Wait for the end of a certificate of a few seconds."""
    end = p.cert.not_valid_after.replace(
        tzinfo=datetime.timezone.utc).timestamp()
    while time.time() < end:
        time.sleep(max(0.01, end - time.time()))


pair = issue(ca)
early = time.time()
late = pair_of("late", notBefore="-10m", notAfter=time.strftime(
    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(early + 4)))
frozen = pair_of("frozen")
going = pair_of("going")
strict = pair_of("strict")
before = ca.ledger()
one_line = pair.chain[0].replace("\n", "")

# --- R1 headers that look like what nginx sets ---------------------------

for header in ("Ssl-Client-Cert", "X-Ssl-Client-Cert", "Client-Cert",
               "X-Forwarded-Client-Cert", "X-Client-Cert",
               "X-Forwarded-Tls-Client-Cert", "SSL_CLIENT_CERT"):
    for value in (one_line, urllib.parse.quote(pair.chain[0]),
                  ":" + x5c(pair.chain)[0] + ":"):
        refused("R1 " + header, post("/renew", {
            header: value, "Ssl-Client-Verify": "SUCCESS",
            "X-Ssl-Client-Verify": "SUCCESS"}), 401, MISSING)
refused("R1 a certificate in the body",
        post("/renew", {}, json.dumps({"crt": pair.chain[0]})), 401, MISSING)
for path in PATHS:
    refused("R1 nothing at all, " + path, post(path), 401, MISSING)
    refused("R1 another scheme, " + path,
            post(path, {"Authorization": "Basic YTpi"}), 401, MISSING)
    refused("R1 bearer in small letters, " + path, post(path, {
        "Authorization": "bearer " + renew_token(ca, pair)}), 401, MISSING)


# --- the handler itself, with parameters of our own (R2, R5) -------------

def fcgi(params, path="/renew", body=b""):
    """Status and document of a handler without a web server."""
    import socket
    p = {"REQUEST_METHOD": "POST", "REQUEST_URI": path,
         "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "192.0.2.1"}
    p.update(params)

    def record(kind, data):
        return bytes([1, kind, 0, 1]) + len(data).to_bytes(2, "big") + \
            b"\0\0" + data

    def length(n):
        return bytes([n]) if n < 128 else (n | 1 << 31).to_bytes(4, "big")

    pairs = b""
    for k, v in p.items():
        k, v = k.encode(), v if isinstance(v, bytes) else v.encode()
        pairs += length(len(k)) + length(len(v)) + k + v
    out = record(1, b"\0\1\0\0\0\0\0\0")
    for i in range(0, len(pairs), 65528):
        out += record(4, pairs[i:i + 65528])
    out += record(4, b"")
    for i in range(0, len(body), 65528):
        out += record(5, body[i:i + 65528])
    out += record(5, b"")
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(os.path.join(ca.demo, "run/renew.sock"))
    s.sendall(out)
    data = b""
    while True:
        more = s.recv(65536)
        if not more:
            break
        data += more
    s.close()
    text = b""
    while len(data) >= 8:
        n, pad = int.from_bytes(data[4:6], "big"), data[6]
        if data[1] == 6:
            text += data[8:8 + n]
        data = data[8 + n + pad:]
    head, _, rest = text.partition(b"\r\n\r\n")
    status = int(head.split(b"Status: ")[1].split()[0])
    try:
        return status, json.loads(rest)
    except ValueError:
        return status, {"message": rest.decode(errors="replace")}


def shown(cert, verify="SUCCESS", **more):
    p = {"SSL_CLIENT_CERT": cert, "SSL_CLIENT_VERIFY": verify}
    p.update(more)
    return fcgi({k: v for k, v in p.items() if v is not None})


crt = pair.chain[0]
issued("R2 the handler alone: SUCCESS", shown(crt))
for verify in ("NONE", "", None):
    refused("R2 verdict %r" % verify, shown(crt, verify), 401, MISSING)
for verify in ("FAILED", "FAILED:x", "FAILED:self-signed certificate",
               "GENEROUS", "success", "SUCCESS\n", "SUCCESSFUL", "0"):
    refused("R2 verdict %r" % verify, shown(crt, verify), 401, MISSING + "*")
refused("R2 SUCCESS without certificate", shown(None), 401, MISSING)
refused("R2 SUCCESS with an empty certificate", shown(""), 401, MISSING)
refused("R1 nothing but HTTP_*", shown(
    None, None, HTTP_SSL_CLIENT_CERT=crt, HTTP_SSL_CLIENT_VERIFY="SUCCESS",
    HTTP_X_SSL_CLIENT_CERT=crt, HTTP_CLIENT_CERT=crt,
    HTTP_X_FORWARDED_CLIENT_CERT=crt), 401, MISSING)
refused("R1 another verdict in HTTP_*", shown(
    crt, "NONE", HTTP_SSL_CLIENT_VERIFY="SUCCESS"), 401, MISSING)

NOT_ONE = P400 + "the client certificate is not exactly one PEM certificate."
other = issue(ca, "other.example.com")
before = ca.ledger()
issued("R5 CRLF", shown(crt.replace("\n", "\r\n")))
issued("R5 tabs, as $ssl_client_cert", shown(
    crt.strip().replace("\n", "\n\t")))
issued("R5 URL-escaped, as $ssl_client_escaped_cert",
       shown(urllib.parse.quote(crt, safe="")))
doc = issued("R5 its + escaped or not", shown(
    urllib.parse.quote(crt, safe="+/=")))
for name, text in (
        ("two certificates", crt + other.chain[0]),
        ("the same one twice", crt + crt),
        ("leaf and intermediate", "".join(pair.chain)),
        ("two, URL-escaped", urllib.parse.quote(crt + other.chain[0])),
        ("200 KB", crt + " " * 200000),
        ("200 KB of base64", crt[:28] + "A" * 200000),
        ("truncated", crt[:len(crt) // 2]),
        ("without its last line", crt[:crt.index("-----END")]),
        ("text before", "subject=CN=a\n" + crt),
        ("a key behind it", crt + "-----BEGIN PRIVATE KEY-----\n"),
        ("an escaped NUL", urllib.parse.quote(crt + "\0")),
        ("a broken escape", crt + "%"),
        ("a NUL inside", crt[:100] + "\0" + crt[100:]),
        ("a CRL's label", crt.replace("CERTIFICATE", "X509 CRL")),
        ("a trusted certificate",
         crt.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
        ("bytes behind its DER", pem(
            "CERTIFICATE", base64.b64decode(x5c(pair.chain)[0]) + b"\0")),
        ("not base64", crt.replace("M", "!")),
        ("RFC 9440 form", ":" + x5c(pair.chain)[0] + ":"),
        ("no PEM at all", "x")):
    refused("R5 " + name, shown(text), 400, NOT_ONE)

# --- R3 a verdict of yesterday; R4 another authority ---------------------


def resumed(p, version):
    """A session that nginx accepted and that is resumed now."""
    c = Client(ca, p, version)
    c.connect()
    status, doc = c.post("/sign", b"{}")
    ok(status == 400 and c.connect(),
       "R3 a resumed session, TLS " + version, status, doc)
    return c


class Bad:
    def __init__(self, name, pair, status, message):
        self.name, self.pair = name, pair
        self.status, self.message = status, message


foreign_key = make_key()
CA_EXT = [(x509.BasicConstraints(True, None), True)]
foreign = issuer.leaf("root", foreign_key, eku=None, usage=False, sans=[],
                      provisioner=False, more=CA_EXT, chain=[],
                      subject=issuer.cert.subject, issuer_key=foreign_key)
with open(os.path.join(ca.demo, "certs/root_ca.crt")) as f:
    root_subject = x509.load_pem_x509_certificate(f.read().encode()).subject
self_key = make_key()
bad = [
    Bad("expired", issuer.leaf(before=-7200, after=-3600), 401,
        P401 + "certificate expired on *"),
    Bad("not yet valid", issuer.leaf(before=3600, after=7200), 401,
        P401 + "certificate is not valid before *"),
    Bad("no extended key usage", issuer.leaf(eku=None), 401,
        P401 + "certificate is not one of a client*"),
    Bad("for servers only", issuer.leaf(
        eku=[ExtendedKeyUsageOID.SERVER_AUTH]), 401, DEFAULT_401),
    Bad("no key usage", issuer.leaf(usage=False), 401,
        P401 + "certificate is not one of a client*"),
    Bad("no digitalSignature", issuer.leaf(usage="none"), 401, "*"),
    Bad("a CA below ours", issuer.leaf(more=CA_EXT), 401, "*"),
    Bad("R4 of another authority by our name", issuer.leaf(
        issuer_cert=foreign.cert, issuer_key=foreign_key,
        chain=foreign.chain), 401, DEFAULT_401),
    Bad("R4 signed by itself", issuer.leaf(
        key=self_key, issuer_key=self_key), 401, DEFAULT_401),
    Bad("R4 the root's name, signed by itself", issuer.leaf(
        key=self_key, issuer_key=self_key, subject=root_subject), 401,
        DEFAULT_401),
]
for b in bad:
    name = b.name if b.name.startswith("R4") else "R3 " + b.name
    for path in PATHS:
        refused(name + ", TLS, " + path, mtls(ca, b.pair, path), b.status,
                "*" if b.status == 401 and b.message == DEFAULT_401
                else b.message)
    refused(name + ", whatever the web server claims",
            shown(b.pair.chain[0]), b.status, b.message)
    refused(name + ", token", bearer(ca, renew_token(ca, b.pair)), 401, "*")
refused("R4 our intermediate itself", shown(issuer.pem), 401, "*")
with open(os.path.join(ca.demo, "certs/root_ca.crt")) as f:
    refused("R4 our root itself", shown(f.read()), 401, "*")

# A session from before it expired, resumed when it has.
for version in "1.2", "1.3":
    p = issuer.leaf(after=3)
    c = resumed(p, version)
    after(p)
    refused("R3 expired since, resumed, TLS " + version, c.post("/renew"),
            401, P401 + "certificate expired on *")
    c.close()

# Revoked since, in a session from before, and in every other way.
REVOKED = P401 + "certificate is revoked"
for version in "1.2", "1.3":
    p = issue(ca, "r.example.com")
    c = resumed(p, version)
    token = renew_token(ca, p)
    status, doc = mtls(ca, p, "/revoke", {
        "serial": str(p.serial), "passive": True, "reasonCode": 1})
    same((status, doc), (200, {"status": "ok"}),
         "R3 a certificate revokes itself, TLS " + version)
    before = ca.ledger()
    name = ", revoked since, TLS " + version
    refused("R3 resumed" + name, c.post("/renew"), 401, REVOKED)
    refused("R3 resumed, rekey" + name, c.post(
        "/rekey", {"csr": make_csr(make_key())}), 401, REVOKED)
    c.close()
    for i in range(4):
        refused("R3 fresh %d" % i + name, mtls(ca, p, PATHS[i]), 401, REVOKED)
    refused("R8 a token from before" + name, bearer(ca, token), 401, REVOKED)
    refused("R8 rekey by token" + name, bearer(
        ca, renew_token(ca, p, "/rekey"), "/rekey",
        {"csr": make_csr(make_key())}), 401, REVOKED)

# --- R15 renewals while it is being revoked ------------------------------


def bearer_alone(t):
    c = Client(ca, None)
    try:
        return c.post("/renew", headers={"Authorization": "Bearer " + t})[0]
    finally:
        c.close()


def race(p):
    """What was asked for after the revocation was acknowledged is refused."""
    revoked = []

    def renew(ask):
        seen = []
        for i in range(1000):
            asked = time.monotonic()
            seen.append(ask())
            if revoked and asked > revoked[0]:
                break
        return seen

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(renew, lambda: mtls(ca, p)[0]),
                pool.submit(renew, lambda: bearer_alone(renew_token(ca, p)))]
        status, _ = mtls(ca, p, "/revoke", {
            "serial": str(p.serial), "passive": True})
        revoked.append(time.monotonic())
        seen = [j.result() for j in jobs]
    return status == 200 and all(
        s[-1] == 401 and s == sorted(s) for s in seen)


racers = [issue(ca, "race.example.com") for i in range(100)]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    good = sum(pool.map(race, racers))
same(good, 100, "R15 100 races, TLS and token: 201 until it is revoked, "
     "then 401")
before = ca.ledger()

# --- R6 provisioners -----------------------------------------------------

FROZEN = P401 + (
    'provisioner "frozen" does not allow renewal (disableRenewal is true, set '
    "by the provisioner's claims; to change it: stepc ca provisioner update "
    "frozen --disable-renewal=false)")
for path in PATHS:
    refused("R6 disableRenewal, TLS, " + path, mtls(ca, frozen, path), 401,
            FROZEN)
refused("R6 disableRenewal, token", bearer(ca, renew_token(ca, frozen)), 401,
        FROZEN)
refused("R6 disableRenewal, rekey by token", bearer(
    ca, renew_token(ca, frozen, "/rekey"), "/rekey",
    {"csr": make_csr(make_key())}), 401, FROZEN)
refused("R6 disableRenewal, named by a certificate that was never recorded",
        mtls(ca, issuer.leaf(provisioner="frozen")), 401, FROZEN)
refused("R6 a provisioner that never was",
        mtls(ca, issuer.leaf(provisioner="nobody")), 401, DEFAULT_401)
p = issuer.leaf(provisioner=False)
NAMELESS = P401 + ("certificate does not name its provisioner and this "
                   "authority has no record of it")
refused("R6 no provisioner extension, TLS", mtls(ca, p), 401, NAMELESS)
refused("R6 no provisioner extension, token", bearer(ca, renew_token(ca, p)),
        401, NAMELESS)
refused("R6 a broken provisioner extension", mtls(ca, issuer.leaf(
    provisioner=False, more=[(x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1"), b"\x30\x05"),
        False)])), 401, DEFAULT_401)
# The extension taken out, or another name in it: the signature breaks.
der = base64.b64decode(x5c(frozen.chain)[0])
forged = pem("CERTIFICATE", der.replace(b"frozen", b"admin\0"))
refused("R6 a forged name", shown(forged), 401, DEFAULT_401)
refused("R6 a forged name, token", bearer(ca, renew_token(
    ca, frozen, chain=[forged] + frozen.chain[1:])), 401, INVALID)

# --- R7 certificates that the store does not have ------------------------

unknown = issuer.leaf()
issued("R7 not in the store, and valid: TLS", mtls(ca, unknown))
issued("R7 not in the store, and valid: token",
       bearer(ca, renew_token(ca, unknown)))
lost = issuer.leaf(after=1, provisioner="late")
after(lost)
refused("R7 not in the store, and expired, where that is allowed",
        bearer(ca, renew_token(ca, lost)), 401,
        P401 + "certificate expired on *")
STRICT = P401 + (
    "this authority has no record of the certificate (disableRenewalOfUnknown "
    "is true, set by the provisioner's claims; to change it: stepc ca "
    "provisioner update strict --disable-renewal-of-unknown=false)")
unknown = issuer.leaf(provisioner="strict")
for path in PATHS:
    refused("R7 disableRenewalOfUnknown, TLS, " + path, mtls(ca, unknown, path),
            401, STRICT)
refused("R7 disableRenewalOfUnknown, token",
        bearer(ca, renew_token(ca, unknown)), 401, STRICT)
issued("R7 disableRenewalOfUnknown, and in the store", mtls(ca, strict))

# --- R8 tokens -----------------------------------------------------------


def token_refused(name, token, status=401, message=INVALID, path="/renew",
                  body=b""):
    refused("R8 " + name, bearer(ca, token, path, body), status, message)


stranger = make_key()
for what, token in (
        ("nonsense", "x"), ("two dots", ".."),
        ("a one-time token of the provisioner", ca.token()),
        ("signed by another key", renew_token(ca, pair, key=stranger)),
        ("signed by the key of another certificate",
         renew_token(ca, pair, key=other.key)),
        ("no header x5cInsecure",
         renew_token(ca, pair, header={"x5cInsecure": None})),
        ("x5c instead", renew_token(ca, pair, header={
            "x5cInsecure": None, "x5c": x5c(pair.chain)})),
        ("no certificates", renew_token(ca, pair,
                                        header={"x5cInsecure": []})),
        ("one certificate as text", renew_token(ca, pair, header={
            "x5cInsecure": x5c(pair.chain)[0]})),
        ("certificates swapped", renew_token(ca, pair,
                                             chain=pair.chain[::-1])),
        ("base64url", renew_token(ca, pair, header={
            "x5cInsecure": [b64u(base64.b64decode(c))
                            for c in x5c(pair.chain)]})),
        ("numbers", renew_token(ca, pair, header={"x5cInsecure": [1, 2]})),
        ("an empty certificate", renew_token(ca, pair, header={
            "x5cInsecure": [""] + x5c(pair.chain)})),
        ("alg none", renew_token(ca, pair, header={"alg": "none"})),
        ("alg HS256", renew_token(ca, pair, header={"alg": "HS256"})),
        ("alg of another curve", renew_token(ca, pair,
                                             header={"alg": "ES384"})),
        ("an unknown crit", renew_token(ca, pair,
                                        header={"crit": ["x"], "x": 1})),
        ("claims that are no object", renew_token(ca, pair, claims=[]))):
    token_refused(what, token)
refused("R8 100 certificates", fcgi({
    "HTTP_AUTHORIZATION": "Bearer " + renew_token(
        ca, pair, chain=pair.chain[:1] + [issuer.pem] * 99)}), 401, INVALID)
refused("R8 empty", bearer(ca, ""), 401, "*")
now = int(time.time())
for claim, what, more in (
        ("subject claim (sub)", "another sub", {"sub": "b.example.com"}),
        ("subject claim (sub)", "no sub", {"sub": None}),
        ("audience claim (aud)", "aud /sign",
         {"aud": "https://localhost:%d/1.0/sign" % ca.port}),
        ("audience claim (aud)", "aud /rekey",
         {"aud": "https://localhost:%d/1.0/rekey" % ca.port}),
        ("audience claim (aud)", "aud /ssh/renew",
         {"aud": "https://localhost:%d/1.0/ssh/renew" % ca.port}),
        ("audience claim (aud)", "aud of another CA",
         {"aud": "https://ca.example.net/1.0/renew"}),
        ("audience claim (aud)", "aud with a slash behind it",
         {"aud": "https://localhost:%d/1.0/renew/" % ca.port}),
        ("audience claim (aud)", "aud the legacy name",
         {"aud": "step-certificate-authority"}),
        ("audience claim (aud)", "no aud", {"aud": None}),
        ("issuer claim (iss)", "another iss", {"iss": "step-ca-client/2.0"}),
        ("issuer claim (iss)", "iss of another provisioner",
         {"iss": "frozen"}),
        ("issuer claim (iss)", "no iss", {"iss": None})):
    token_refused(what, renew_token(ca, pair, **more), 401,
                  INVALID + ": invalid " + claim)
for what, more in (
        ("expired", {"exp": now - 62}), ("not yet valid", {"nbf": now + 120}),
        ("issued in the future", {"iat": now + 120})):
    token_refused(what, renew_token(ca, pair, **more), 401, P401 + "*")
token_refused("exp that is no time", renew_token(ca, pair, exp="soon"))
token_refused("aud /renew at /rekey", renew_token(ca, pair), 401,
              INVALID + ": invalid audience claim (aud)", "/rekey",
              {"csr": make_csr(make_key())})
issued("R8 nbf within the leeway", bearer(
    ca, renew_token(ca, pair, nbf=now + 50, iat=now + 50)))
# Expired is for the claim of its provisioner to forgive.
after(late)
refused("R8 expired, TLS: never", mtls(ca, late), 401,
        P401 + "certificate expired on *")
doc = issued("R8 expired, allowRenewalAfterExpiry, token",
             bearer(ca, renew_token(ca, late)))
issued("R8 and its successor, TLS", mtls(ca, Pair(doc["certChain"],
                                                  late.key)))
key = make_key()
issued("R8 expired, allowRenewalAfterExpiry, rekey by token", bearer(
    ca, renew_token(ca, late, "/rekey"), "/rekey", {"csr": make_csr(key)}))

# --- R9 rekey ------------------------------------------------------------


def rekey(csr, p=None):
    return mtls(ca, p or pair, "/rekey", {"csr": csr})


SAME = P403 + ("certificate request key is the key of the certificate: "
               "/renew keeps it.")
refused("R9 the same key", rekey(make_csr(pair.key)), 403, SAME)
refused("R9 the same key, token", bearer(
    ca, renew_token(ca, pair, "/rekey"), "/rekey",
    {"csr": make_csr(pair.key)}), 403, SAME)
refused("R9 RSA of 1024 bits",
        rekey(make_csr(rsa.generate_private_key(65537, 1024))), 403, P403 +
        "certificate request RSA key must be at least 2048 bits (256 bytes).")
refused("R9 the key of the intermediate", rekey(make_csr(issuer.key)), 403,
        P403 + "certificate request key is the key of the certificate "
        "authority.")
good = make_csr(make_key())
raw = bytearray(x509.load_pem_x509_csr(good.encode()).public_bytes(DER))
raw[-1] ^= 1
refused("R9 not signed by its key",
        rekey(pem("CERTIFICATE REQUEST", bytes(raw))), 400,
        P400 + "invalid csr.")
refused("R9 no csr", mtls(ca, pair, "/rekey", {}), 400, P400 + "missing csr.")
refused("R9 an empty body", mtls(ca, pair, "/rekey"), 400,
        P400 + "error decoding json.")
refused("R9 a list", mtls(ca, pair, "/rekey", b"[]"), 400,
        P400 + "error decoding json.")
refused("R9 csr a number", mtls(ca, pair, "/rekey", b'{"csr":1}'), 400,
        P400 + "error decoding json.")
refused("R9 a certificate as csr", rekey(crt), 400, P400 + "*")
refused("R9 a bad body with no credential: first who asks",
        post("/rekey", {}, b"x"), 401, MISSING)
key = make_key()
doc = issued("R9 other names in the request", rekey(make_csr(
    key, "evil.example.com", [x509.DNSName("evil.example.com")],
    [(x509.BasicConstraints(True, None), True)])))
c = x509.load_pem_x509_certificate(doc["crt"].encode())
ok(c.subject == pair.cert.subject and c.extensions.get_extension_for_class(
    x509.SubjectAlternativeName) == pair.cert.extensions
    .get_extension_for_class(x509.SubjectAlternativeName) and
   not any(isinstance(x.value, x509.BasicConstraints) for x in c.extensions),
   "R9 the old certificate's names, and nothing of the request's")


def fingerprint(csr):
    h = hashes.Hash(hashes.SHA256())
    h.update(x509.load_pem_x509_csr(csr.encode()).public_bytes(DER))
    return {"x5rt#S256": b64u(h.finalize())}


refused("R9 a token bound to another request", bearer(
    ca, renew_token(ca, pair, "/rekey", cnf=fingerprint(good)), "/rekey",
    {"csr": make_csr(make_key())}), 403,
    P403 + "certificate request fingerprint does not match *")
refused("R9 a token bound to no one knows what", bearer(
    ca, renew_token(ca, pair, "/rekey", cnf={"jkt": "x"}), "/rekey",
    {"csr": good}), 401, P401 + "the token's claim cnf has no x5rt#S256")

# --- R11 again and again, and the old one after a rekey ------------------

c = Client(ca, pair, "1.3")
serials = set()
for i in range(1000):
    status, doc = c.post("/renew")
    if status != 201:
        break
    serials.add(x509.load_pem_x509_certificate(
        doc["crt"].encode()).serial_number)
c.close()
same((status, len(serials)), (201, 1000), "R11 1,000 renewals of one")
before = ca.ledger()
issued("R11 the old certificate after its rekey", mtls(ca, pair))
p = pair
for i in range(5):
    status, doc = mtls(ca, p)
    if status != 201:
        break
    p = Pair(doc["certChain"], p.key)
same(status, 201, "R11 a chain of five renewals")
before = ca.ledger()

# --- T16 to T19 ----------------------------------------------------------

token = renew_token(ca, pair)
issued("T16 a token", bearer(ca, token))
refused("T16 again", bearer(ca, token), 401, USED)
refused("T16 again, at the other path", bearer(ca, token, "/1.0/re-sign"),
        401, USED)
token = renew_token(ca, pair)


def one(i):
    return bearer_alone(token)


with concurrent.futures.ThreadPoolExecutor(50) as pool:
    statuses = sorted(pool.map(one, range(50)))
same(statuses, [201] + [401] * 49, "T16 50 in parallel: one success")
before = ca.ledger()
claims = renew_claims(ca, pair)
issued("T17 a jti", bearer(ca, renew_token(ca, pair, claims=claims)))
refused("T17 signed again, same jti",
        bearer(ca, renew_token(ca, pair, claims=claims)), 401, USED)
token = renew_token(ca, pair, jti=None)
issued("T17 no jti", bearer(ca, token))
refused("T17 no jti, again", bearer(ca, token), 401, USED)
N256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
h, b, s = token.split(".")
raw = base64.urlsafe_b64decode(s + "==")
twin = b64u(raw[:32] + (N256 - int.from_bytes(raw[32:], "big"))
            .to_bytes(32, "big"))
refused("T17 no jti, the signature's twin", bearer(
    ca, ".".join((h, b, twin))), 401, USED)
token = renew_token(ca, pair)
h, b, s = token.split(".")
c = Client(ca, None)
for i in range(300):
    forged = ".".join((h, b64u(json.dumps(renew_claims(ca, pair))), s))
    status, doc = c.post("/renew", headers={
        "Authorization": "Bearer " + forged})
    if status != 401:
        break
c.close()
refused("T18 300 bad signatures", (status, doc), 401, INVALID)
issued("T18 none of them has spent the id of a good one", bearer(ca, token))
claims = renew_claims(ca, pair, iat=int(early) - 1000, nbf=int(early) - 1000)
issued("T19 made before the workers started",
       bearer(ca, renew_token(ca, pair, claims=claims)))

# --- after a restart: T16 once more, R6 a provisioner that was deleted ---

token = renew_token(ca, pair)
issued("T16 before a restart", bearer(ca, token))
ca.config["authority"]["provisioners"] = [
    p for p in ca.config["authority"]["provisioners"]
    if p["name"] != "going"]
ca.write_config()
ca.restart()
before = ca.ledger()
refused("T16 after a restart", bearer(ca, token), 401, USED)
refused("R6 a provisioner that was deleted, TLS", mtls(ca, going), 401,
        DEFAULT_401)
refused("R6 a provisioner that was deleted, token",
        bearer(ca, renew_token(ca, going)), 401, DEFAULT_401)
issued("and a good one after all this", mtls(ca, pair))

# nginx says so of each certificate whose signature is wrong.
ca.check_logs("stale global SSL error")
done()
