#!/usr/bin/python3
"""JWK provisioners of every kind of key against POST /sign: each algorithm
of the key is accepted and no other (rows T3, T4), whatever the header says;
the same key id twice (T15); keys that must not be loaded (T31).  Keys and
tokens are made by python3-jwcrypto and python3-cryptography."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import (CA, DEFAULT_401, Refusals, b64u, done, make_csr,
                      make_key, ok, same)
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jwcrypto import jwk, jws

EC = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
ALL = [*EC, *RSA, "EdDSA"]
keys = {}
for a, crv in EC.items():
    keys[crv] = (jwk.JWK.generate(kty="EC", crv=crv), [a])
keys["RSA"] = (jwk.JWK.generate(kty="RSA", size=2048), RSA)
# One that names its algorithm takes no other.
keys["RSA PS384"] = (jwk.JWK.generate(kty="RSA", size=3072), ["PS384"])
keys["Ed25519"] = (jwk.JWK.generate(kty="OKP", crv="Ed25519"), ["EdDSA"])
twins = [jwk.JWK.generate(kty="EC", crv="P-256") for _ in range(2)]


def number(n):
    return b64u(n.to_bytes((n.bit_length() + 7) // 8, "big"))


def rsa_jwk(n, e):
    return {"kty": "RSA", "n": number(n), "e": number(e)}


weak = rsa.generate_private_key(65537, 1024)
strong = rsa.generate_private_key(65537, 2048)
modulus = strong.public_key().public_numbers().n
point = json.loads(keys["P-256"][0].export_public())
P256 = 2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1
broken = {
    "RSA 1024": rsa_jwk(weak.public_key().public_numbers().n, 65537),
    "RSA e=1": rsa_jwk(modulus, 1),
    "RSA e=2": rsa_jwk(modulus, 2),
    "RSA of an even modulus": rsa_jwk(modulus - 1, 65537),
    "a point off the curve": dict(point, y=point["x"]),
    "x not below p": dict(point, x=b64u(b"\xff" * 32)),
    "x equal to p": dict(point, x=number(P256)),
    "P-256 with a coordinate too short": dict(point, x=point["x"][:40]),
    "a point at 0, 0": dict(point, x=b64u(bytes(32)), y=b64u(bytes(32))),
}


def edit(config, demo):
    def add(name, key, kid):
        config["authority"]["provisioners"].append({
            "type": "JWK", "name": name,
            "key": dict(key, kid=kid, use="sig")})

    for name, (key, algs) in keys.items():
        named = {"alg": algs[0]} if len(algs) == 1 else {}
        add(name, dict(json.loads(key.export_public()), **named),
            "kid-" + name)
    for name, key in zip(("twin one", "twin two"), twins):
        add(name, json.loads(key.export_public()), "same")
    for name, key in broken.items():
        add(name, key, "kid-" + name)


ca = CA()
edit(ca.config, ca.demo)
ca.write_config()
# A restart would refuse such keys; a start leaves them out.
ca.quickstart("stop")
ca.restart()
csr = make_csr(make_key())
refuse = Refusals(ca)


def token(name, alg, key, kid=None):
    t = jws.JWS(json.dumps(ca.claims(iss=name)))
    t.allowed_algs = ALL
    t.add_signature(key, protected=json.dumps(
        {"alg": alg, "kid": kid or "kid-" + name}))
    return t.serialize(compact=True)


def issued(name, ott):
    status, doc = ca.sign(csr, ott)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()


def renamed(ott, alg):
    """The same signature under another name of the algorithm."""
    head, payload, sig = ott.split(".")
    head = b64u(json.dumps({"alg": alg, "kid": kid}))
    return ".".join((head, payload, sig))


# Every key with every algorithm.
for name, (key, algs) in keys.items():
    kid = "kid-" + name
    for alg in algs:
        issued("%s on a key %s" % (alg, name), token(name, alg, key))
    for alg in ALL:
        if alg in algs:
            continue
        refuse("T3 T4 alg %s in the header, a signature of %s" %
               (alg, algs[0]), 401, DEFAULT_401, csr,
               renamed(token(name, algs[0], key), alg))
    # What a stranger signs well, with the key id of this one.
    for other, (stranger, theirs) in keys.items():
        if other != name:
            refuse("T3 T4 %s by a key %s for a key %s" %
                   (theirs[0], other, name), 401, DEFAULT_401, csr,
                   token(name, theirs[0], stranger, kid))
kid = "kid-RSA"
for a in "RS256", "PS256":
    for b in RSA:
        if a != b:
            refuse("T3 %s called %s" % (a, b), 401, DEFAULT_401, csr,
                   renamed(token("RSA", a, keys["RSA"][0]), b))

# T15: the name and the key id together say whose token it is.
names = ("twin one", "twin two")
for i in 0, 1:
    issued("T15 %s, of two with one kid" % names[i],
           token(names[i], "ES256", twins[i], "same"))
    refuse("T15 %s with the key of the other" % names[i], 401, DEFAULT_401,
           csr, token(names[i], "ES256", twins[1 - i], "same"))
refuse("T15 another provisioner's name, one's own kid", 401, DEFAULT_401, csr,
       token("P-256", "ES256", twins[0], "same"))

# T31: not loaded, listed as such, and no token of theirs is good, even where
# anybody could make one.


def pkcs1(data, size):
    """What an RSA signature is when e is 1."""
    h = hashes.Hash(hashes.SHA256())
    h.update(data)
    t = bytes.fromhex("3031300d060960864801650304020105000420") + h.finalize()
    return b"\0\1" + b"\xff" * (size - len(t) - 3) + b"\0" + t


def signature(name, data):
    if name == "RSA 1024":
        return weak.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if name.startswith("RSA"):
        return pkcs1(data, 256)
    return ca.es256(data, private=ec.generate_private_key(ec.SECP256R1()))


listed = {p["name"]: p for p in json.loads(
    ca.request("GET", "/provisioners?limit=100")[2])["provisioners"]}
for name, key in broken.items():
    same(listed[name].get("state"), "Uninitialized",
         "T31 %s: not initialised" % name)
    ok(listed[name].get("stateReason"), "T31 %s: and why" % name)
    inp = b64u(json.dumps({
        "alg": "RS256" if key["kty"] == "RSA" else "ES256",
        "kid": "kid-" + name})) + "." + b64u(json.dumps(ca.claims(iss=name)))
    refuse("T31 a token of " + name, 401, 'provisioner "%s" is disabled due '
           "to an initialization error" % name, csr,
           inp + "." + b64u(signature(name, inp.encode())))
issued("and a good one", token("P-256", "ES256", keys["P-256"][0]))
ca.check_logs()
done()
