#!/usr/bin/python3
"""stepc crypto jws against python3-jwcrypto: each reads what the other
wrote."""

import base64
import json
import os
import subprocess
import sys
import tempfile

from cryptography import x509
from jwcrypto import jwa, jwe, jwk, jws

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, b64u, done, ok, same

jwa.default_max_pbkdf2_iterations = 1000000
STEPC = os.path.join(BUILD, "stepc")
tmp = tempfile.TemporaryDirectory(prefix="stepc-jose.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name, NO_COLOR="1")


def run(data, *args):
    if isinstance(data, str):
        data = data.encode()
    return subprocess.run([STEPC, "crypto", *args], env=ENV, input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True)


def good(name, data, *args):
    r = run(data, *args)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r.stdout


def bad(name, text, data, *args):
    r = run(data, *args)
    ok(r.returncode == 1 and r.stdout == b"" and
       r.stderr.decode().rstrip("\n") == text, name, r.returncode, r.stdout,
       r.stderr, "want: " + text)


def write(name, text):
    with open(name, "w") as f:
        f.write(text)
    return name


write("pw", "correct horse\n")
write("wrong", "correct mule\n")
KEYS = {
    "ES256": jwk.JWK.generate(kty="EC", crv="P-256"),
    "ES384": jwk.JWK.generate(kty="EC", crv="P-384"),
    "ES512": jwk.JWK.generate(kty="EC", crv="P-521"),
    "EdDSA": jwk.JWK.generate(kty="OKP", crv="Ed25519"),
    "RS256": jwk.JWK.generate(kty="RSA", size=2048),
}
for name, key in KEYS.items():
    write(name + ".jwk", key.export_private())
    write(name + ".pub", key.export_public())
    write(name + ".pem", key.export_to_pem(True, None).decode())

# --- jws -----------------------------------------------------------------

DATA = bytes(range(256)) + b"\n"
for name, alg in [(n, n) for n in KEYS] + \
        [("RS256", a) for a in ("RS512", "PS256", "PS384")]:
    key = KEYS[name]
    flags = ["--alg", alg] if name == "RS256" else []
    out = good("jws sign, " + alg, DATA, "jws", "sign", "--key",
               name + ".jwk", *flags, "--typ", "x/y", "--cty", "text/plain",
               "--jku", "https://x/keys", "--jwk")
    t = jws.JWS()
    t.allowed_algs = [alg]
    t.deserialize(out.decode().strip(), key)
    same(t.payload, DATA, "jwcrypto reads it")
    head = t.jose_header
    same((head["alg"], head["typ"], head["cty"], head["jku"]),
         (alg, "x/y", "text/plain", "https://x/keys"), "its header")
    same(jwk.JWK(**head["jwk"]).thumbprint(), key.thumbprint(),
         "the public key")
    ok("d" not in head["jwk"], "and no private one")
    same(good("jws verify, " + alg, out, "jws", "verify", "--key",
              name + ".pub", *flags), DATA, "prints the payload")
    theirs = jws.JWS(DATA)
    theirs.allowed_algs = [alg]
    theirs.add_signature(key, alg, json.dumps({"alg": alg, "kid": "k1"}))
    for compact in (True, False):
        text = theirs.serialize(compact)
        same(good("jws verify of jwcrypto's", text, "jws", "verify", "--key",
                  name + ".pem", *flags), DATA, "compact: %s" % compact)
        same(good("jws inspect", text, "jws", "inspect", "--insecure"), DATA,
             "prints the payload")
    shown = json.loads(good("jws verify --json", text, "jws", "verify",
                            "--key", name + ".pub", *flags, "--json"))
    same((list(shown), shown["header"], shown["payload"]),
         (["header", "payload", "signature"], {"alg": alg, "kid": "k1"},
          b64u(DATA)), "as JSON")
    same(json.loads(good("jws inspect --json", text, "jws", "inspect",
                         "--insecure", "--json")), shown, "the same")
    head, payload, sig = theirs.serialize(True).split(".")
    bad("another payload", "validation failed: invalid signature",
        ".".join([head, b64u(b"x"), sig]), "jws", "verify", "--key",
        name + ".pub", *flags)
    other = jwk.JWK.generate(kty="RSA", size=2048) if name == "RS256" else \
        jwk.JWK.generate(kty=key["kty"], crv=key["crv"])
    write("other.pub", other.export_public())
    bad("another key", "validation failed: invalid signature",
        theirs.serialize(True), "jws", "verify", "--key", "other.pub", *flags)
write("data", "from a file")
token = good("jws sign of a file, PEM key", "", "jws", "sign", "--key",
             "ES256.pem", "data")
same(good("jws verify", token, "jws", "verify", "--key", "ES256.pub"),
     b"from a file", "its payload")
t = jws.JWS()
t.deserialize(token.decode().strip(), KEYS["ES256"])
same(t.jose_header, {"alg": "ES256", "kid": KEYS["ES256"].thumbprint()},
     "the thumbprint is the kid")
token = good("jws sign of nothing, --no-kid", "", "jws", "sign", "--key",
             "ES256.jwk", "--no-kid")
same(token.decode().split(".")[:2], [b64u('{"alg":"ES256"}'), ""],
     "is nothing signed")
same(good("jws verify", token, "jws", "verify", "--key", "ES256.pub"), b"",
     "and verified")
a, b = (dict(json.loads(KEYS[n].export_private()), kid=n)
        for n in ("ES256", "EdDSA"))
write("set", json.dumps({"keys": [a, b]}))
token = good("jws sign with a set", "x", "jws", "sign", "--jwks", "set",
             "--kid", "EdDSA")
same(good("jws verify with a set", token, "jws", "verify", "--jwks", "set"),
     b"x", "the kid of the header tells which")
out = subprocess.run(["openssl", "req", "-x509", "-new", "-key", "ES256.pem",
                      "-subj", "/CN=x", "-out", "x.crt"],
                     stderr=subprocess.DEVNULL)
token = good("jws sign --x5c-cert", "x", "jws", "sign", "--x5c-cert", "x.crt",
             "--key", "ES256.pem")
t.deserialize(token.decode().strip(), KEYS["ES256"])
same(x509.load_der_x509_certificate(base64.b64decode(
    t.jose_header["x5c"][0])).subject.rfc4514_string(), "CN=x",
    "the certificate")
HS = ".".join([b64u('{"alg":"HS256"}'), b64u("x"), b64u("x" * 32)])
NONE = b64u('{"alg":"none"}') + "." + b64u("x") + "."
for text, data, args in (
        ("one of flag --key or --jwks is required", "", ["sign"]),
        ("one of flag --key or --jwks is required", "", ["verify"]),
        ("flag '--jwks' requires the '--kid' flag", "",
         ["sign", "--jwks", "set"]),
        ("cannot use a public key for signing", "",
         ["sign", "--key", "ES256.pub"]),
        ("flag '--x5c-cert' and flag '--jwk' are mutually exclusive", "",
         ["sign", "--x5c-cert", "x.crt", "--key", "ES256.pem", "--jwk"]),
        ("flag '--alg' is required with the given key", token,
         ["verify", "--key", "RS256.pub"]),
        ("alg ES256 does not match the alg on JWS (EdDSA)",
         good("EdDSA", "x", "jws", "sign", "--key", "EdDSA.jwk"),
         ["verify", "--alg", "ES256", "--key", "ES256.pub"]),
        ("'stepc crypto jws inspect' requires the '--insecure' flag", token,
         ["inspect"])):
    bad("jws: " + text, text, data, "jws", *args)
for name, text in (("T1 HMAC with the public key", HS), ("T1 none", NONE),
                   ("garbage", "a.b"), ("nothing", "")):
    r = run(text, "jws", "verify", "--key", "ES256.pub")
    ok(r.returncode == 1 and r.stdout == b"" and
       r.stderr.startswith(b"error parsing token: "), name, r)

done()
