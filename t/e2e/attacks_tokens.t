#!/usr/bin/python3
"""Rows T1-T24 against POST /sign: what a hostile token gets, and that it
leaves nothing behind.  Through real nginx and real handlers."""

import concurrent.futures
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import *  # noqa: E402,F401,F403
from stepc_ca import (CA, DEFAULT_401, P400, P401, P403, Refusals, b64u, done,
                      make_csr, make_key, ok, same)
from stepc_faults import only, worker_pids
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto import jwk

ca = CA()
key = make_key()
csr = make_csr(key)
refuse = Refusals(ca)
DEF = DEFAULT_401


def b64d(s):
    import base64
    return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))


def issued(name, ott, request=csr, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return doc


issued("a good token", ca.token())

# T1
for alg in ("none", "None", "nOnE", "NONE"):
    h = json.dumps({"alg": alg, "kid": ca.kid})
    p = json.dumps(ca.claims())
    refuse("T1 alg %s, empty signature" % alg, 401, DEF, csr,
           b64u(h) + "." + b64u(p) + ".")
    refuse("T1 alg %s with a signature" % alg, 401, DEF, csr,
           ca.token_raw(h, p))
good = ca.token()
refuse("T1 empty signature", 401, DEF, csr, good.rsplit(".", 1)[0] + ".")

# T2
pub = ca.private().public_key()
Enc, Fmt = serialization.Encoding, serialization.PublicFormat
for name, secret in (
        ("PEM", pub.public_bytes(Enc.PEM, Fmt.SubjectPublicKeyInfo)),
        ("DER", pub.public_bytes(Enc.DER, Fmt.SubjectPublicKeyInfo)),
        ("JWK", ca.key.export_public().encode())):
    inp = b64u(json.dumps({"alg": "HS256", "kid": ca.kid})) + "." + \
        b64u(json.dumps(ca.claims()))
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(inp.encode())
    refuse("T2 HS256 keyed with the public key as " + name, 401, DEF, csr,
           inp + "." + b64u(mac.finalize()))

# T3, T4
for alg in ("RS256", "PS256", "EdDSA", "ES384", "ES512"):
    refuse("T3 T4 alg %s on a P-256 key" % alg, 401, DEF, csr,
           ca.token(header={"alg": alg}))

# T5
inp = good.rsplit(".", 1)[0]
sig = b64d(good.rsplit(".", 1)[1])
n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
der = ca.private().sign(inp.encode(), ec.ECDSA(hashes.SHA256()))
zero = bytes(32)
for name, bad in (("DER signature", der), ("all zero", zero + zero),
                  ("r = 0", zero + sig[32:]), ("s = 0", sig[:32] + zero),
                  ("r = n", n.to_bytes(32, "big") + sig[32:]),
                  ("s = n", sig[:32] + n.to_bytes(32, "big")),
                  ("s + n", sig[:32] + b"\xff" * 32),
                  ("63 bytes", sig[:63]), ("65 bytes", sig + b"\0"),
                  ("65 bytes, leading", b"\0" + sig)):
    refuse("T5 " + name, 401, DEF, csr, inp + "." + b64u(bad))

# T6
other = jwk.JWK.generate(kty="EC", crv="P-256")
own = json.loads(other.export_public())
for name, member in (("jwk", own), ("jku", "https://localhost:1/jwks"),
                     ("x5u", "https://localhost:1/x.crt"),
                     ("x5c", ["MIIB"])):
    refuse("T6 header carries its own " + name, 401, DEF, csr,
           ca.token(header={name: member}, key=other))

# T7
for name, kid in (("unknown", "nobody"), ("empty", ""),
                  ("a path", "../../etc/passwd"), ("64 KB", "k" * 65536),
                  ("NUL", "a\0b"), ("a number", 7)):
    refuse("T7 kid " + name, 401, DEF, csr, ca.token(header={"kid": kid}))
refuse("T7 kid twice", 401, DEF, csr, ca.token_raw(
    '{"alg":"ES256","kid":"%s","kid":"%s"}' % (ca.kid, ca.kid),
    json.dumps(ca.claims())))
refuse("T7 kid absent", 401, DEF, csr, ca.token(header={"kid": None}))

# T8
for name, h in (("crit unknown", {"crit": ["exp2"], "exp2": 1}),
                ("crit empty", {"crit": []}),
                ("b64 false", {"b64": False, "crit": ["b64"]}),
                ("zip", {"zip": "DEF"})):
    refuse("T8 " + name, 401, DEF, csr, ca.token(header=h))

# T9, T10
h, p, s = ca.token().split(".")
bad = b64u(bytes(64))
refuse("T9 two signatures, one valid", 401, DEF, csr, json.dumps(
    {"payload": p, "signatures": [{"protected": h, "signature": s},
                                  {"protected": h, "signature": bad}]}))
refuse("T10 unprotected header", 401, DEF, csr, json.dumps(
    {"payload": p, "protected": h, "signature": s,
     "header": {"alg": "none"}}))
issued("T9 one signature in JSON form", json.dumps(
    {"payload": p, "protected": h, "signature": s}))

# T11
h, p, s = ca.token().split(".")
last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
for name, ott in (("padding", h + "." + p + "." + s + "=="),
                  ("a line feed", h + "." + p + "." + s + "\n"),
                  ("a blank", h + ". " + p + "." + s),
                  ("trailing bits", h + "." + p + "." + s[:-1] +
                   last[last.index(s[-1]) ^ 1]),
                  ("four parts", h + "." + p + "." + s + "."),
                  ("padding in the header", h + "=." + p + "." + s),
                  ("padding in the payload", h + "." + p + "=." + s),
                  ("a line feed in the payload",
                   h + "." + p[:9] + "\n" + p[9:] + "." + s),
                  ("no payload", h + ".." + s), ("two parts", h + "." + p)):
    refuse("T11 " + name, 401, DEF, csr, ott)

# In the other alphabet: the same bits, written otherwise.
while "-" not in s and "_" not in s:
    h, p, s = ca.token().split(".")
refuse("T11 + and / in the signature", 401, DEF, csr,
       h + "." + p + "." + s.replace("-", "+").replace("_", "/"))
issued("T11 - and _ in it", h + "." + p + "." + s)

# T12
now = int(time.time())
refuse("T12 expired", 401, P401 + "*", csr,
       ca.token(ca.claims(exp=now - 65)))
refuse("T12 not yet valid", 401, P401 + "*", csr,
       ca.token(ca.claims(nbf=now + 75)))
refuse("T12 issued in the future", 401, P401 + "*", csr,
       ca.token(ca.claims(iat=now + 75)))
issued("T12 expired within the leeway", ca.token(
    ca.claims(exp=int(time.time()) - 40)))
issued("T12 early within the leeway", ca.token(
    ca.claims(nbf=int(time.time()) + 50, iat=int(time.time()) + 50)))

# T13
issued("T13 exp missing", ca.token(ca.claims(exp=None)))
issued("T13 exp float", ca.token(ca.claims(exp=time.time() + 100.5)))
issued("T13 exp in the year 9999", ca.token(ca.claims(exp=253402300799)))
base = json.dumps(ca.claims(exp=None))[:-1]
for exp in ('"soon"', "1e400", "-5", "99999999999999999999", "[]", "true",
            "253402300800", "1" * 400000):
    refuse("T13 exp " + exp[:24], 401, None, csr,
           ca.token(payload=base + ',"exp":' + exp + "}"))

# T14
for aud in ("https://other.example/1.0/sign",
            "https://localhost:%d/1.0/revoke" % ca.port,
            "https://localhost:%d/1.0/sign/" % ca.port,
            "https://LOCALHOST/1.0/sign", "http://localhost/1.0/sign", "",
            "https://localhost/1.0/sign?x", "https://localhost/1.0/sign#x",
            [], ["https://other.example/1.0/sign"]):
    refuse("T14 aud %r" % (aud,), 401, None, csr,
           ca.token(ca.claims(aud=aud)))
for aud in ("https://localhost/1.0/sign", "https://127.0.0.1:1/sign",
            "step-certificate-authority",
            ["https://other.example/x", "https://localhost/sign"]):
    issued("T14 aud %r" % (aud,), ca.token(ca.claims(aud=aud)))
refuse("T14 an SSH token", 401, P401 + "*", csr, ca.token(
    ca.claims(step={"ssh": {"certType": "user"}})))

# T15
refuse("T15 iss of nobody", 401, DEF, csr, ca.token(ca.claims(iss="x")))
refuse("T15 iss of the SSHPOP provisioner", 401, DEF, csr,
       ca.token(ca.claims(iss="sshpop")))
refuse("T15 empty sub", 401, P401 + "*", csr, ca.token(ca.claims(sub="")))

# T16
once = ca.token()
issued("T16 the first use", once)
refuse("T16 the second use", 401, P401 + "the token was already used", csr,
       once)
ca.restart()  # quickstart also issues two certificates of its own
refuse.before = ca.ledger()
refuse("T16 after a restart", 401, P401 + "the token was already used", csr,
       once)
pids = worker_pids(ca, "sign")
ok(len(pids) >= 2, "there are several workers", pids)
ott = ca.token()
only(pids[0], pids, lambda: issued("T16 by one worker", ott))
for pid in pids:
    only(pid, pids, lambda: refuse(
        "T16 by each of them", 401, P401 + "the token was already used", csr,
        ott))
ca.quickstart("stop")
for name in os.listdir(os.path.join(ca.demo, "db/stepc")):
    if name.startswith("index"):
        os.unlink(os.path.join(ca.demo, "db/stepc", name))
ca.restart()
refuse.before = ca.ledger()
for spent in (once, ott):
    refuse("T16 after the ledger was played again", 401,
           P401 + "the token was already used", csr, spent)
ott = ca.token()


def one(_):
    import http.client
    c = http.client.HTTPSConnection("localhost", ca.port, context=ca.context,
                                    timeout=60)
    c.request("POST", "/sign", json.dumps({"csr": csr, "ott": ott}))
    r = c.getresponse()
    r.read()
    c.close()
    return r.status


with concurrent.futures.ThreadPoolExecutor(50) as pool:
    statuses = sorted(pool.map(one, range(50)))
same(statuses, [201] + [401] * 49, "T16 50 in parallel: one success")
refuse.before = ca.ledger()

# T17
c = ca.claims()
issued("T17 a jti", ca.token(c))
refuse("T17 signed again, same jti", 401, P401 + "the token was already used",
       csr, ca.token(c))
c = ca.claims(jti=None)
ott = ca.token(c)
issued("T17 no jti", ott)
refuse("T17 no jti, again", 401, P401 + "the token was already used", csr, ott)
# Anyone can make another valid signature of one: (r, n - s) for (r, s).
N256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
h, p, s = ott.split(".")
raw = base64.urlsafe_b64decode(s + "==")
s = b64u(raw[:32] + (N256 - int.from_bytes(raw[32:], "big")).to_bytes(32, "big"))
refuse("T17 no jti, the signature's twin", 401,
       P401 + "the token was already used", csr, ".".join((h, p, s)))
refuse("T17 no jti, as a JSON document", 401,
       P401 + "the token was already used", csr,
       json.dumps({"protected": h, "payload": p, "signature": s}))

# T18
before = ca.ledger()
size = sum(os.path.getsize(os.path.join(ca.demo, "db/stepc", f))
           for f in os.listdir(os.path.join(ca.demo, "db/stepc")))
h = b64u(json.dumps({"alg": "ES256", "kid": ca.kid}))
bad = b64u(bytes(range(64)))
statuses = set()
for i in range(10000):
    p = b64u('{"iss":"admin","sub":"a","aud":"https://localhost/sign",'
             '"jti":"burn%d"}' % i)
    statuses.add(ca.request("POST", "/sign", {
        "csr": csr, "ott": h + "." + p + "." + bad})[0])
same(statuses, {401}, "T18 10,000 tokens with bad signatures: all 401")
same(ca.ledger(), before, "T18 nothing recorded")
same(sum(os.path.getsize(os.path.join(ca.demo, "db/stepc", f))
         for f in os.listdir(os.path.join(ca.demo, "db/stepc"))), size,
     "T18 the store has not grown")
issued("T18 a jti that was tried is not burnt",
       ca.token(ca.claims(jti="burn7")))

# T19
early = ca.token(ca.claims(iat=int(time.time()) - 3600))
ca.restart()
issued("T19 issued before the workers started", early)

# T20
from cryptography import x509  # noqa: E402
dns = x509.DNSName
want = P403 + "certificate request does not contain the valid DNS names - " \
    "got [b.example.com], want [a.example.com]."
refuse("T20 other DNS name", 403, want,
       make_csr(key, sans=[dns("b.example.com")]), ca.token())
refuse("T20 one name more", 403, P403 + "*",
       make_csr(key, sans=[dns("a.example.com"), dns("b.example.com")]),
       ca.token())
refuse("T20 an IP as DNS name in the token's place", 403, P403 + "*",
       make_csr(key, cn="10.0.0.1", sans=[dns("10.0.0.1")]),
       ca.token(ca.claims("10.0.0.1")))
refuse("T20 1,001 names", 400, P400 + "*", csr, ca.token(
    ca.claims(sans=["h%d.example.com" % i for i in range(1001)])))
issued("T20 no sans: the subject", ca.token(ca.claims(sans=None)))
issued("T20 empty sans: the subject", ca.token(ca.claims(sans=[])))
many = ["h%d.example.com" % i for i in range(1000)]
issued("T20 1,000 names", ca.token(ca.claims(sans=many)))

# T21
import hashlib  # noqa: E402
raw = x509.load_pem_x509_csr(csr.encode()).public_bytes(Enc.DER)
fp = b64u(hashlib.sha256(raw).digest())
issued("T21 cnf of this request", ca.token(ca.claims(cnf={"x5rt#S256": fp})))
wrong = b64u(hashlib.sha256(b"x").digest())
refuse("T21 cnf of another", 403, P403 + 'certificate request fingerprint '
       'does not match "%s".' % wrong, csr,
       ca.token(ca.claims(cnf={"x5rt#S256": wrong})))
refuse("T21 cnf that is no base64url", 403,
       P403 + "error decoding fingerprint.", csr,
       ca.token(ca.claims(cnf={"x5rt#S256": "***"})))

# T22
text = json.dumps(ca.claims())[:-1]
for member in ('"sub":"evil"', '"aud":"x"', '"s\\u0075b":"evil"'):
    refuse("T22 " + member + " twice", 401, DEF, csr,
           ca.token(payload=text + "," + member + "}"))

# T23
for name, sub in (("invalid UTF-8", b'"\xff\xfe"'),
                  ("lone surrogate", b'"\\ud800"'), ("NUL", b'"a\\u0000b"')):
    c = ca.claims(sub=None)
    body = json.dumps(c).encode()[:-1] + b',"sub":' + sub + b"}"
    refuse("T23 sub with " + name, 401, DEF, csr, ca.token_raw(
        json.dumps({"alg": "ES256", "kid": ca.kid}).encode(), body))

# T24
deep = "[" * 10000 + "]" * 10000
refuse("T24 depth 10,000", 401, DEF, csr,
       ca.token(payload=text + ',"x":' + deep + "}"))
started = time.monotonic()
refuse("T24 a number of 500,000 digits", 401, DEF, csr,
       ca.token(payload=text + ',"x":' + "9" * 500000 + "}"))
refuse("T24 a header of 600 KB", 401, DEF, csr,
       ca.token(header={"x": "y" * 600000}))
ok(time.monotonic() - started < 10, "T24 refused without long work")

issued("after all that, a good token", ca.token())
ca.check_logs()
done()
