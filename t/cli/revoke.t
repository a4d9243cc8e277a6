#!/usr/bin/python3
"""stepc ca revoke against a CA that this file plays."""

import json
import os
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hashes
from jwcrypto import jwa, jwe, jwk, jws

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, b64u, done, ok, same
from fake_ca import FakeCA, load, pem, unb64

jwa.default_max_pbkdf2_iterations = 1000000
STEPC = os.path.join(BUILD, "stepc")
tmp = tempfile.TemporaryDirectory(prefix="stepc-revoke.")
work = tmp.name
os.chdir(work)
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("STEP") and not k.lower().endswith("_proxy")}
ENV.update(STEPPATH=work + "/step", HOME=work, NO_COLOR="1")
ca = FakeCA(work)
CA = ["--ca-url", ca.url, "--root", work + "/root.crt"]


def run(*args):
    return subprocess.run([STEPC, *args], env=ENV, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True)


def revoke(*args, trust=True):
    ca.forget()
    return run("ca", "revoke", *(CA if trust else []), *args)


def good(name, serial, r):
    ok(r.returncode == 0 and r.stdout == "" and r.stderr.endswith(
        "CA: %s\nCertificate with Serial Number %s has been revoked.\n" %
        (ca.url, serial)), name, r.returncode, r.stdout, r.stderr,
       [q["why"] for q in ca.requests])
    return ca.requests[0]


def bad(name, text, r):
    ok(r.returncode == 1 and r.stdout == "" and text in r.stderr, name,
       r.returncode, r.stdout, r.stderr, "want: " + text)


# A provisioner whose encrypted key the CA hands out.
key = jwk.JWK.generate(kty="EC", crv="P-256", alg="ES256", use="sig")
public = json.loads(key.export_public())
public["kid"] = kid = key.thumbprint()
private = dict(json.loads(key.export_private()), kid=kid)
sealed = jwe.JWE(json.dumps(private), json.dumps(
    {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "cty": "jwk+json"}),
    algs=["PBES2-HS256+A128KW", "A256GCM"])
sealed.add_recipient(jwk.JWK(kty="oct", k=b64u("secret")))
ca.more = {
    "/provisioners?limit=100": (200, {"provisioners": [
        {"type": "JWK", "name": "joe", "key": public}], "nextCursor": ""}),
    "/provisioners/%s/encrypted-key" % kid:
        (200, {"key": sealed.serialize(compact=True)}),
    "/root/" + ca.authority.root.fingerprint(hashes.SHA256()).hex():
        (200, {"ca": pem(ca.authority.root)})}
with open("pw", "w") as f:
    f.write("secret\n")
BY = ["--provisioner", "joe", "--password-file", "pw"]


def claims(q):
    token = jws.JWS()
    token.deserialize(q["body"]["ott"], key)
    return json.loads(token.payload)


# R12: how serial numbers may be written.
BIG = 2 ** 127 + 1
for text, serial in (("17", 17), ("0x11", 17), ("0X1f", 31), ("0b101", 5),
                     ("0o17", 15), ("017", 15), (str(BIG), BIG),
                     (hex(BIG), BIG), ("1_000", 1000)):
    q = good("R12 serial " + text, serial, revoke(text, *BY))
    same((q["path"], q["body"]["serial"], q["body"]["passive"], q["cert"],
          q["bearer"]), ("/revoke", str(serial), True, None, None),
         "decimal, passive, by token")
    c = claims(q)
    same((c["sub"], c["aud"], c["iss"], "sans" in c),
         (str(serial), ca.url + "/1.0/revoke", "joe", False),
         "a token for it")
for text in ("", "x", "0x", "1a", "12:ab", "-1", "0", "1.5", " 1", "08",
             str(2 ** 161)):
    bad("R12 no serial: '%s'" % text, "'%s' is not a valid serial number - use "
        "a base 10 representation or add a prefix indicating the base" % text,
        revoke(*BY, "--", text))
    same(ca.requests, [], "and nobody is asked")

# Reasons.
q = good("no reason", 17, revoke("17", *BY))
same((q["body"]["reasonCode"], q["body"]["reason"]), (0, ""), "is 0")
for text, code in (("0", 0), ("1", 1), ("7", 7), ("10", 10),
                   ("keyCompromise", 1), ("KEYCOMPROMISE", 1),
                   ("cACompromise", 2), ("affiliationChanged", 3),
                   ("superseded", 4), ("cessationOfOperation", 5),
                   ("certificateHold", 6), ("removeFromCRL", 8),
                   ("privilegeWithdrawn", 9), ("aACompromise", 10)):
    q = good("reason " + text, 17,
             revoke("17", *BY, "--reasonCode", text, "--reason", "laptop lost"))
    same((q["body"]["reasonCode"], q["body"]["reason"]),
         (code, "laptop lost"), "is told")
bad("reason 11", "reasonCode out of bounds. Got 11, but want value between 0 "
    "and 10", revoke("17", *BY, "--reasonCode", "11"))
bad("reason -1", "reasonCode out of bounds. Got -1",
    revoke("17", *BY, "--reasonCode=-1"))
bad("reason lost", "unrecognized revocation reason code 'lost'",
    revoke("17", *BY, "--reasonCode", "lost"))

# A token that is given.
token = run("ca", "token", "17", "--revoke", *BY, *CA).stdout.strip()
q = good("--token", 17, revoke("0x11", "--token", token))
same(q["body"]["ott"], token, "is passed on")
for text in ("0x11", "0b10001"):
    r = run("ca", "token", text, "--revoke", *BY, *CA)
    q = good("--token for " + text, 17,
             revoke("17", "--token", r.stdout.strip()))
    same(claims(q)["sub"], "17", "is decimal in it")
same(json.loads(unb64(run("ca", "token", "laptop", "--revoke", *BY, *CA)
                      .stdout.split(".")[1]))["sub"], "laptop",
     "what is no serial number stays")
bad("--token for another serial",
    "token subject '17' and serial number '18' do not match",
    revoke("18", "--token", token))
same(ca.requests, [], "is not")

bad("no token", "error parsing token", revoke("17", "--token", "x"))

# The certificate itself.
crt, k = ca.pair("self")
serial = load(crt)[0].serial_number
q = good("--cert and --key", serial, revoke("--cert", crt, "--key", k))
same((q["body"]["serial"], q["body"]["ott"], q["cert"]),
     (str(serial), "", load(crt)[0]), "by client certificate")
crt2, k2 = ca.pair("locked", password=b"secret")
good("--password-file for its key", load(crt2)[0].serial_number,
     revoke("--cert", crt2, "--key", k2, "--password-file", "pw"))
for text, args in (
        ("flag '--offline' is incompatible with '--token'",
         ["17", "--token", token, "--offline"]),
        ("open nowhere failed", ["17", "--offline", "--ca-config", "nowhere",
                                 *BY]),
        ("flag '--cert' requires the '--key' flag", ["--cert", crt]),
        ("flag '--key' requires the '--cert' flag", ["--key", k, "17"]),
        ("too many positional arguments", ["--cert", crt, "--key", k, "17"]),
        ("not enough positional arguments", []),
        ("flag '--cert' and flag '--token' are mutually exclusive",
         ["--cert", crt, "--key", k, "--token", token]),
        ("is not that of the certificate in", ["--cert", crt, "--key", k2,
                                               "--password-file", "pw"])):
    bad("refused: " + text, text, revoke(*args))
    same(ca.requests, [], "nobody is asked")

# Refusals.
ca.mode = "503"
bad("the CA is busy", "The store is busy.", revoke("17", *BY))
ca.stop()
ca.start("blind")
bad("a swallowed client certificate", "The client certificate did not reach "
    "the CA (The request could not be completed: missing ott or client "
    "certificate.).  What is in between does not pass it on: revoke %s by its "
    "serial number, with a provisioner: 'stepc ca revoke %d'\n" %
    (crt, serial), revoke("--cert", crt, "--key", k))
ca.stop()
ca.start()
answer = ca.answer
ca.answer = lambda q: (200, {"status": "no"})
bad("a strange answer", "does not match", revoke("17", *BY))
ca.answer = answer
bad("no CA", "'stepc ca revoke' requires the '--ca-url' flag",
    revoke("17", *BY, trust=False))
done()
