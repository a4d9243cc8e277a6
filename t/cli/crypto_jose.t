#!/usr/bin/python3
"""stepc crypto jws and jwe against python3-jwcrypto: each reads what the other
wrote."""

import base64
import fcntl
import json
import os
import subprocess
import sys
import tempfile

from cryptography import x509
from jwcrypto import jwa, jwe, jwk, jws

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, b64u, done, ok, same, skip

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

# --- sets ----------------------------------------------------------------

for name in ("ES256", "EdDSA", "RS256"):
    key = dict(json.loads(KEYS[name].export_private()), kid=name)
    same(good("keyset add", json.dumps(key), "jwk", "keyset", "add", "jwks"),
         b"", "says nothing")
good("jwk create", "", "jwk", "create", "--kid", "sealed", "--password-file",
     "pw", "sealed.pub", "sealed.priv")
with open("sealed.priv") as f:
    good("keyset add of an encrypted JWK", f.read(), "jwk", "keyset", "add",
         "jwks", "--password-file", "pw")
same((os.stat("jwks").st_mode & 0o777,
      good("keyset list", "", "jwk", "keyset", "list", "jwks")),
     (0o600, b"ES256\nEdDSA\nRS256\nsealed\n"), "all of them")
with open("jwks") as f:
    found = jwk.JWKSet.from_json(f.read())
same(found.get_key("ES256").thumbprint(), KEYS["ES256"].thumbprint(),
     "jwcrypto reads the set")
one = jwk.JWK.from_json(good("keyset find", "", "jwk", "keyset", "find",
                             "jwks", "--kid", "RS256").decode())
same((one.thumbprint(), one.has_private),
     (KEYS["RS256"].thumbprint(), True), "the private key")
token = good("sign with the set", "x", "jws", "sign", "--jwks", "jwks",
             "--kid", "sealed")
same(good("verify with it", token, "jws", "verify", "--jwks", "jwks"), b"x",
     "by the kid")
good("keyset remove", "", "jwk", "keyset", "remove", "jwks", "--kid", "EdDSA")
same(good("keyset list", "", "jwk", "keyset", "list", "jwks"),
     b"ES256\nRS256\nsealed\n", "the others stay")
same(good("keyset find of nothing", "", "jwk", "keyset", "find", "jwks",
          "--kid", "EdDSA"), b"", "is nothing")
with open("jwks", "r+") as f:
    fcntl.flock(f, fcntl.LOCK_EX)
    bad("a set in use", "error reading jwks: file is locked",
        KEYS["ES256"].export_public(), "jwk", "keyset", "add", "jwks")
for name, text_, data, args in (
        ("no id", "'stepc crypto jwk keyset remove' requires the '--kid' flag",
         "", ["remove", "jwks"]),
        ("no file", "open nope failed: no such file or directory", "",
         ["list", "nope"]),
        ("no file", "open nope failed: no such file or directory", "",
         ["remove", "nope", "--kid", "x"]),
        ("no set", "error reading ES256.jwk: there is no list of keys", "",
         ["list", "ES256.jwk"])):
    bad("keyset: " + name, text_, data, "jwk", "keyset", *args)
before = open("jwks").read()
bad("keyset: no key", "error reading JWK: jwk: x is missing",
    '{"kty":"EC","crv":"P-256"}', "jwk", "keyset", "add", "jwks")
good("keyset add of a public key", KEYS["ES384"].export_public(), "jwk",
     "keyset", "add", "pubs")
ok("\"d\"" not in open("pubs").read(), "it stays one")
same((open("jwks").read(), os.path.exists("nope")), (before, False),
     "nothing has changed")

# --- jwe -----------------------------------------------------------------

KEYS["RSA3072"] = jwk.JWK.generate(kty="RSA", size=3072)
write("RSA3072.jwk", KEYS["RSA3072"].export_private())
write("RSA3072.pub", KEYS["RSA3072"].export_public())
write("RSA3072.pem", KEYS["RSA3072"].export_to_pem(True, None).decode())
ENCS = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384",
        "A256CBC-HS512"]
EC = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
RSA = ["RSA-OAEP", "RSA-OAEP-256"]


def theirs(data, key, alg, enc, compact=False, **more):
    t = jwe.JWE(data, json.dumps(dict(more, alg=alg, enc=enc)),
                algs=[alg, enc])
    t.add_recipient(key)
    return t.serialize(compact)


def opened(text, key, alg, enc):
    t = jwe.JWE(algs=[alg, enc])
    t.deserialize(text.decode(), key)
    return t


for i, (name, alg) in enumerate([(n, a) for n in ("ES256", "ES384", "ES512")
                                 for a in EC] +
                                [(n, a) for n in ("RS256", "RSA3072")
                                 for a in RSA]):
    key = KEYS[name]
    for enc in ENCS if name in ("ES256", "RS256") else [ENCS[i % 6]]:
        what = "%s, %s, %s" % (name, alg, enc)
        out = good("jwe encrypt, " + what, DATA, "jwe", "encrypt", "--key",
                   name + ".pub", "--alg", alg, "--enc", enc, "--cty", "a/b",
                   "--typ", "JOSE+JSON")
        t = opened(out, key, alg, enc)
        same(t.payload, DATA, "jwcrypto decrypts it")
        same({k: t.jose_header.get(k) for k in ("alg", "enc", "cty", "typ")},
             {"alg": alg, "enc": enc, "cty": "a/b", "typ": "JOSE+JSON"},
             "its header")
        ok("d" not in t.jose_header.get("epk", {}), "nothing secret in it")
        same(good("and we", out, "jwe", "decrypt", "--key", name + ".jwk"),
             DATA, "as well")
        text = theirs(DATA, key, alg, enc, i % 2 == 0)
        same(good("jwe decrypt, " + what, text, "jwe", "decrypt", "--key",
                  name + ".pem"), DATA, "of jwcrypto's")
# apu and apv count for the key, and are checked.
text = theirs(b"x", KEYS["ES256"], "ECDH-ES", "A128GCM", apu=b64u("Alice"),
              apv=b64u("Bob"))
same(good("apu and apv", text, "jwe", "decrypt", "--key", "ES256.jwk"), b"x",
     "are used")
same(good("empty content", good("nothing", "", "jwe", "encrypt", "--key",
                                "ES256.pub"), "jwe", "decrypt", "--key",
          "ES256.jwk"), b"", "stays so")

# Defaults, and keys that stepc made for encryption.
for kty, alg in (("EC", "ECDH-ES"), ("RSA", "RSA-OAEP-256")):
    good("jwk create --use enc, " + kty, "", "jwk", "create", "--kty", kty,
         "--use", "enc", "--password-file", "pw", kty + ".pub", kty + ".priv")
    out = good("jwe encrypt for it", DATA, "jwe", "encrypt", "--key",
               kty + ".pub")
    with open(kty + ".pub") as f:
        kid = json.load(f)["kid"]
    head = json.loads(base64.urlsafe_b64decode(
        json.loads(out)["protected"] + "=="))
    same((head["alg"], head["enc"], head["kid"]), (alg, "A256GCM", kid),
         "by default")
    same(good("jwe decrypt with it", out, "jwe", "decrypt", "--key",
              kty + ".priv", "--password-file", "pw"), DATA, "is the content")
    other = (EC + RSA)[1 if kty == "EC" else 4]
    bad("a key for " + alg, "alg %s does not match the alg of the key (%s)" %
        (other, alg), "", "jwe", "encrypt", "--key", kty + ".pub", "--alg",
        other)
    out = good("--subtle", "x", "jwe", "encrypt", "--key", kty + ".pub",
               "--alg", other, "--subtle")
    bad("what its alg is not", "alg %s does not match the alg on JWE (%s)" %
        (alg, other), out, "jwe", "decrypt", "--key", kty + ".priv",
        "--password-file", "pw")
out = good("jwe encrypt with a set", "x", "jwe", "encrypt", "--jwks", "set",
           "--kid", "ES256")
same(good("jwe decrypt with a set", out, "jwe", "decrypt", "--jwks", "set",
          "--kid", "ES256"), b"x", "is the content")

# Passwords.
for alg in ("PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"):
    out = good("jwe encrypt, " + alg, DATA, "jwe", "encrypt", "--alg", alg,
               "--password-file", "pw", "--kid", "me")
    key = jwk.JWK(kty="oct", k=b64u("correct horse"))
    t = opened(out, key, alg, "A256GCM")
    same((t.payload, t.jose_header["kid"]), (DATA, "me"),
         "jwcrypto decrypts it")
    same(good("jwe decrypt, " + alg, theirs(DATA, key, alg, "A128GCM"), "jwe",
              "decrypt", "--password-file", "pw"), DATA, "of jwcrypto's")
    bad("another password", "failed to decrypt JWE: invalid password", out,
        "jwe", "decrypt", "--password-file", "wrong")

# The tool jose.
if subprocess.run(["sh", "-c", "command -v jose"],
                  stdout=subprocess.DEVNULL).returncode == 0:
    for alg in EC:
        subprocess.run(["jose", "jwk", "gen", "-i", json.dumps({"alg": alg}),
                        "-o", "jose.jwk"], check=True)
        subprocess.run(["jose", "jwk", "pub", "-i", "jose.jwk", "-o",
                        "jose.pub"], check=True)
        out = good("jwe encrypt for a key of jose, " + alg, DATA, "jwe",
                   "encrypt", "--key", "jose.pub")
        r = subprocess.run(["jose", "jwe", "dec", "-i-", "-k", "jose.jwk"],
                           input=out, stdout=subprocess.PIPE)
        same(r.stdout, DATA, "jose decrypts it")
        r = subprocess.run(["jose", "jwe", "enc", "-I-", "-k", "jose.pub"],
                           input=DATA, stdout=subprocess.PIPE)
        same(good("jwe decrypt of jose's", r.stdout, "jwe", "decrypt", "--key",
                  "jose.jwk"), DATA, "is the content")
else:
    skip("jose", "not installed")

# Refusals.
text = theirs(DATA, KEYS["ES256"], "ECDH-ES", "A256GCM", True)
obj = dict(zip(("protected", "encrypted_key", "iv", "ciphertext", "tag"),
               text.split(".")))
for member in ("ciphertext", "tag", "iv"):
    raw = bytearray(base64.urlsafe_b64decode(obj[member] + "=="))
    raw[0] ^= 1
    bad("altered " + member, "jwe: decryption failed",
        json.dumps(dict(obj, **{member: b64u(bytes(raw))})), "jwe", "decrypt",
        "--key", "ES256.jwk")
head = json.loads(base64.urlsafe_b64decode(obj["protected"] + "=="))


def headed(**more):
    return json.dumps(dict(obj, protected=b64u(json.dumps(
        dict(head, **more)))))


foreign = json.loads(KEYS["ES384"].export_public())
for name, data, text_, key in (
        ("altered header", headed(x=1), "jwe: decryption failed", "ES256"),
        ("epk on another curve", headed(epk=foreign),
         "jwe: epk is on another curve than the key", "ES256"),
        ("another key", text, "jwe: epk is on another curve than the key",
         "ES384"),
        ("an RSA key", text, "jwe: alg ECDH-ES does not fit the key", "RS256"),
        ("alg dir", headed(alg="dir"),
         "error parsing data: jwe: alg dir not supported", "ES256"),
        ("RSA1_5", headed(alg="RSA1_5"),
         "error parsing data: jwe: alg RSA1_5 not supported", "RS256"),
        ("enc", headed(enc="A1"),
         "error parsing data: jwe: enc A1 not supported", "ES256"),
        ("zip", headed(zip="DEF"),
         "error parsing data: jwe: header member zip not supported", "ES256"),
        ("apu", headed(apu=1),
         "error parsing data: jwe: header member apu is wrong", "ES256"),
        ("a wrapped key where none belongs",
         json.dumps(dict(obj, encrypted_key=b64u(b"x" * 40))),
         "jwe: key, iv or tag has the wrong size", "ES256"),
        ("garbage", "x", "error parsing data: jwe: compact form has five "
         "parts", "ES256")):
    bad("jwe decrypt: " + name, text_, data, "jwe", "decrypt", "--key",
        key + ".jwk")
point = dict(head["epk"], y=b64u(b"\1" * 32))
r = run(headed(epk=point), "jwe", "decrypt", "--key", "ES256.jwk")
ok(r.returncode == 1 and r.stdout == b"" and
   r.stderr.startswith(b"jwe: epk: "), "a point that is not on the curve", r)
PBES2 = good("with a password", "x", "jwe", "encrypt", "--alg",
             "PBES2-HS256+A128KW", "--password-file", "pw")
write("sig.jwk", json.dumps(dict(json.loads(KEYS["ES256"].export_private()),
                                 use="sig")))
USE = "invalid jwk use: found 'sig' (signature), expecting 'enc' (encryption)"
for text_, data, args in (
        ("one of flag --key or --jwks is required", "", ["encrypt"]),
        ("one of flag --key or --jwks is required", text, ["decrypt"]),
        ("flag '--jwks' requires the '--kid' flag", "",
         ["encrypt", "--jwks", "set"]),
        ("flag '--alg PBES2-HS256+A128KW' and flag '--key' are mutually "
         "exclusive", "", ["encrypt", "--alg", "PBES2-HS256+A128KW", "--key",
                           "ES256.pub"]),
        ("flag '--key' cannot be used: this is encrypted with a password",
         PBES2, ["decrypt", "--key", "ES256.jwk"]),
        ("cannot use a public key for decryption", text,
         ["decrypt", "--key", "ES256.pub"]),
        (USE, "", ["encrypt", "--key", "sig.jwk"]),
        (USE, text, ["decrypt", "--key", "sig.jwk"]),
        ("an Ed25519 key cannot be used for encryption", "",
         ["encrypt", "--key", "EdDSA.pub"]),
        ("alg 'RSA-OAEP' is not compatible with this key", "",
         ["encrypt", "--alg", "RSA-OAEP", "--key", "ES256.pub"]),
        ("jwe: alg dir not supported", "",
         ["encrypt", "--alg", "dir", "--key", "ES256.pub"])):
    bad("jwe: " + text_, text_, data, "jwe", *args)
r = run("x" * (512 * 1024 + 1), "jwe", "encrypt", "--key", "ES256.pub")
ok(r.returncode == 1 and r.stdout == b"" and b"more than 524288 bytes" in r.stderr,
   "more than 512 KiB", r.stderr)
same(good("512 KiB", good("512 KiB", "x" * (512 * 1024), "jwe", "encrypt",
                          "--key", "ES256.pub"), "jwe", "decrypt", "--key",
          "ES256.jwk"), b"x" * (512 * 1024), "just fit")

done()
