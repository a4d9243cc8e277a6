#!/usr/bin/python3
"""The X5C provisioner: certificates by the key of a certificate (attack rows
T26 and T27).  Chains are made by the cryptography library, certificates that
come of it are looked at by openssl and ssh-keygen."""

import base64
import datetime
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import CA, DEFAULT_401, P401, P403, Refusals, done, make_csr, \
    make_key, ok, same
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

NOW = datetime.datetime.utcnow().replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def usage(**on):
    names = ("digital_signature", "content_commitment", "key_encipherment",
             "data_encipherment", "key_agreement", "key_cert_sign",
             "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{n: on.get(n, False) for n in names})


class Pair:
    """A certificate and its key; issuer None: signed by itself."""

    def __init__(self, cn, issuer=None, ca=False, path=None, signs=True,
                 eku=ExtendedKeyUsageOID.CLIENT_AUTH, start=-HOUR,
                 end=3 * HOUR, key=None):
        self.key = key or make_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
        self.end = NOW + end
        issuer = issuer or self
        b = x509.CertificateBuilder().subject_name(self.name) \
            .issuer_name(issuer.name).public_key(self.key.public_key()) \
            .serial_number(x509.random_serial_number()) \
            .not_valid_before(NOW + start).not_valid_after(self.end) \
            .add_extension(x509.BasicConstraints(ca, path), True) \
            .add_extension(usage(key_cert_sign=True) if ca else
                           usage(digital_signature=signs,
                                 key_encipherment=not signs), True) \
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                self.key.public_key()), False) \
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    issuer.key.public_key()), False)
        if not ca and eku is not None:
            b = b.add_extension(x509.ExtendedKeyUsage([eku]), False)
        digest = hashes.SHA256()
        self.cert = b.sign(issuer.key, digest)

    def b64(self):
        return base64.b64encode(self.cert.public_bytes(DER)).decode()


YEAR = datetime.timedelta(days=365)
root = Pair("Corp Root", ca=True, end=YEAR)
inter = Pair("Corp Issuing", root, ca=True, path=0, end=YEAR)
leaf = Pair("deploy", inter)
chain = [leaf, inter]


def edit(config, demo):
    with open(os.path.join(demo, "certs/root_ca.crt"), "rb") as f:
        own = f.read()
    config["authority"]["provisioners"] += [
        {"type": "X5C", "name": "corp", "claims": {"enableSSHCA": True},
         "roots": base64.b64encode(
             root.cert.public_bytes(PEM)).decode()},
        {"type": "X5C", "name": "own",
         "roots": base64.b64encode(own).decode()},
        {"type": "X5C", "name": "shaped", "roots": base64.b64encode(
            root.cert.public_bytes(PEM)).decode(),
         "options": {"x509": {"template":
                     '{"subject": {"commonName": {{ toJson .Subject'
                     '.CommonName }}, "organization": {{ toJson '
                     '.AuthorizationCrt.Subject.CommonName }}}, '
                     '"sans": {{ toJson .SANs }}}'},
                     "ssh": {"template": '{"type": "user", "keyId": "by {{ '
                             '.AuthorizationCrt.Subject.CommonName }}", '
                             '"principals": {{ toJson .Principals }}}'}},
         "claims": {"enableSSHCA": True}}]


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
key = make_key()
csr = make_csr(key)


def token(by=leaf, x5c=None, name="corp", op="sign", sub="a.example.com",
          header=None, key=None, **claims):
    certs = chain if x5c is None else x5c
    h = {"alg": "ES256", "typ": "JWT", "kid": "leaf.key",
         "x5c": [p if isinstance(p, str) else p.b64() for p in certs]}
    h.update(header or {})
    c = dict({"iss": name, "aud": "https://localhost:%d/1.0/%s#x5c/%s" % (
        ca.port, op, name)}, **claims)
    inp = stepc_ca.b64u(json.dumps(h)) + "." + stepc_ca.b64u(
        json.dumps(ca.claims(sub, **c)))
    return inp + "." + stepc_ca.b64u(
        ca.es256(inp.encode(), private=key or by.key))


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def issued(name, ott, request=csr, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return doc


# --- what it is for ------------------------------------------------------
doc = issued("by a certificate", token())
crt = load(doc)
same(crt.not_valid_after, leaf.end, "T27 not longer than the signing one")
same(crt.extensions.get_extension_for_class(
    x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName),
    ["a.example.com"], "the token's names")
text = subprocess.run(["openssl", "x509", "-noout", "-text"],
                      input=doc["crt"], text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT).stdout
ok("1.3.6.1.4.1.37476.9000.64.1" in text and "corp" in text, "openssl sees the provisioner in its extension", text)
issued("asked as long as the signing one", token(),
       notAfter=leaf.end.isoformat() + "Z")
issued("the whole chain, root too", token(x5c=[leaf, inter, root]))
issued("the other order behind the leaf", token(x5c=[leaf, root, inter]))
direct = Pair("direct", root)
issued("right below the root", token(direct, [direct]))
status, _, data = ca.request("GET", "/provisioners")
ok(any(p["name"] == "corp" and "roots" in p
       for p in json.loads(data)["provisioners"]), "listed with its roots")

# --- T27 -----------------------------------------------------------------
late = leaf.end + datetime.timedelta(seconds=1)
refuse("T27 ends after the signing certificate", 403, P403 +
       "requested certificate notAfter (*", csr, token(),
       notAfter=late.isoformat() + "Z")
young = Pair("young", inter, start=datetime.timedelta(seconds=-30))
refuse("T27 begins before the signing certificate", 403, P403 +
       "requested certificate notBefore (*", csr, token(young, [young, inter]),
       notBefore=(NOW - HOUR).isoformat() + "Z")

# --- T26 -----------------------------------------------------------------
strange = Pair("Corp Root", ca=True, end=YEAR)
old = Pair("old", inter, end=-datetime.timedelta(seconds=5))
early = Pair("early", inter, start=HOUR)
crypt = Pair("crypt", inter, signs=False)
server = Pair("server", inter, eku=ExtendedKeyUsageOID.SERVER_AUTH)
bare = Pair("bare", inter, eku=None)
below = Pair("below", leaf)
for name, by, x5c in (
        ("another root of the same name", Pair("x", strange), None),
        ("self-signed with the root's name", strange, None),
        ("a leaf that has expired", old, [old, inter]),
        ("a leaf that is not valid yet", early, [early, inter]),
        ("a CA as leaf", inter, [inter]),
        ("the root as leaf", root, [root]),
        ("without digitalSignature", crypt, [crypt, inter]),
        ("for servers only", server, [server, inter]),
        ("without any extended usage", bare, [bare, inter]),
        ("signed by a leaf", below, [below, leaf, inter]),
        ("the order swapped", leaf, [inter, leaf]),
        ("the intermediate left out", leaf, [leaf]),
        ("100 certificates", leaf, [leaf, inter] + [root] * 98),
        ("no certificate", leaf, []),
        ("no base64", leaf, ["***", inter.b64()]),
        ("base64 of something else", leaf, ["AAAA", inter.b64()]),
        ("base64url", leaf, [leaf.b64().replace("+", "-").replace("/", "_")
                             .rstrip("=") + "-_", inter.b64()])):
    refuse("T26 " + name, 401, DEFAULT_401 if x5c is not None else None, csr,
           token(by, [by] if x5c is None else x5c))
refuse("T26 x5c is not a list", 401, DEFAULT_401, csr,
       token(header={"x5c": leaf.b64()}))
refuse("T26 no x5c", 401, DEFAULT_401, csr, token(header={"x5c": None}))

# --- the rest of a token -------------------------------------------------
other = make_key()
refuse("signed with another key", 401, DEFAULT_401, csr, token(key=other))
for alg in ("none", "HS256", "RS256", "ES384", "EdDSA"):
    refuse("T1 T3 alg " + alg, 401, DEFAULT_401, csr,
           token(header={"alg": alg}))
refuse("of another issuer", 401, DEFAULT_401, csr, token(iss="own"))
refuse("for no subject", 401, None, csr, token(sub="", sans=["a.example.com"]))
for name, aud in (("without fragment", "https://localhost:%d/1.0/sign"),
                  ("for revoking", "https://localhost:%d/1.0/revoke#x5c/corp"),
                  ("of another authority",
                   "https://other:%d/1.0/sign#x5c/corp"),
                  ("of another provisioner",
                   "https://localhost:%d/1.0/sign#x5c/own"),
                  ("of none", "https://localhost:%d/1.0/sign#x5c/none")):
    refuse("audience " + name, 401, None, csr, token(aud=aud % ca.port))
refuse("expired", 401, None, csr, token(exp=1, nbf=1, iat=1))
refuse("early", 401, None, csr, token(nbf=int(2e9) * 2))
once = token()
issued("once", once)
refuse("twice", 401, P401 + "the token was already used", csr, once)
refuse("asks for SSH", 401, None, csr,
       token(step={"ssh": {"certType": "user"}}))
refuse("common name that is one of sans only", 403, P403 + "certificate "
       "request does not contain the valid common name - got b.example.com, "
       "want a.example.com.", make_csr(key, "b.example.com"),
       token(sans=["a.example.com", "b.example.com"]))
refuse("a name that the token has not", 403, None,
       make_csr(key, sans=[x509.DNSName("c.example.com")]), token())
refuse("bound to another request", 403, None, csr,
       token(cnf={"x5rt#S256": "A" * 43}))
ca.config["authority"]["provisioners"] += [
    {"type": "X5C", "name": "rootless"},
    {"type": "X5C", "name": "broken", "roots": "AAAA"}]
ca.write_config()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
for name in ("rootless", "broken"):
    refuse("provisioner without roots that can be used: " + name, 401,
           'provisioner "%s" is disabled due to an initialization error' % name,
           csr, token(name=name))

# --- template ------------------------------------------------------------
crt = load(issued("by a template", token(name="shaped")))
same([a.value for a in crt.subject], ["deploy", "a.example.com"],
     "which sees the signing certificate")

# --- certificates of this authority --------------------------------------
mine = make_key()
doc = issued("a certificate of ours", ca.token(ca.claims("node")),
             make_csr(mine, "node"))
x5c = [base64.b64encode(x509.load_pem_x509_certificate(p.encode())
                        .public_bytes(DER)).decode()
       for p in doc["certChain"]]


def own(**more):
    return token(name="own", x5c=x5c, key=mine, **more)


issued("vouches for another", own())
serial = str(load(doc).serial_number)


def revoke(ott, serial):
    status, _, data = ca.request("POST", "/1.0/revoke", {
        "serial": serial, "ott": ott, "passive": True, "reasonCode": 0})
    return status, json.loads(data)


same(revoke(token(op="revoke", sub="1234"), serial)[0], 403,
     "a token of another serial number revokes nothing")
same(revoke(token(sub=serial), serial)[0], 401,
     "nor does one that is for signing")
same(revoke(token(op="revoke", sub=serial), serial),
     (200, {"status": "ok"}), "any other revokes")
refuse.before = ca.ledger()
refuse("T26 a revoked signer", 401, P401 + "the certificate in the token is "
       "revoked", csr, own())
same(revoke(own(op="revoke", sub="77"), "77")[0], 401,
     "which revokes nothing either")

# --- SSH -----------------------------------------------------------------
pub = stepc_ssh.make_key("user")


def ssh_token(validAfter="", validBefore="", principals=("joe",), **more):
    return token(op="ssh/sign", sub="joe", sans=None, step={"ssh": {
        "certType": "user", "keyID": "", "principals": list(principals),
        "validAfter": validAfter, "validBefore": validBefore}}, **more)


status, doc = ssh.sign(pub, ssh_token())
same(status, 201, "SSH by a certificate")
seen = inspect(doc["crt"])
same(seen["principals"], ["joe"], "its principals")
same(datetime.datetime.utcfromtimestamp(seen["to"]), leaf.end,
     "T27 SSH: not longer than the signing one")
status, doc = ssh.sign(pub, ssh_token(name="shaped"))
same((status, inspect(doc["crt"])["Key ID"]), (201, '"by deploy"'),
     "a template of SSH sees the signing certificate")
for name, more in (("validBefore", {"validBefore": "4h"}),
                   ("validAfter", {"validAfter": "4h", "validBefore": "5h"})):
    before = ca.ledger()
    status, doc = ssh.sign(pub, ssh_token(**more))
    ok(status == 403 and name + " is after the expiration of the "
       "provisioning credential" in doc["message"] and
       ca.ledger() == before, "T27 SSH %s: 403, nothing recorded" % name,
       status, doc)
before = ca.ledger()
same((ssh.sign(pub, token(op="ssh/sign", sub="joe"))[0],
      ca.ledger() == before), (401, True), "a token that does not ask for it")
same((ssh.sign(pub, ssh_token(x5c=[strange], key=strange.key))[0],
      ca.ledger() == before), (401, True), "T26 SSH: another root")
same((ssh.post("/1.0/ssh/revoke", {
    "serial": "1", "ott": token(op="ssh/revoke", sub="1"),
    "passive": True, "reasonCode": 0})[0], ca.ledger() == before),
    (401, True), "SSH certificates are not revoked by X5C")

ca.check_logs()
done()
