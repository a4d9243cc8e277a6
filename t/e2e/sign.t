#!/usr/bin/python3
"""POST /sign, the honest way: every kind of key and issuer, names, times,
claims, templates; each certificate checked by openssl and field by field."""

import datetime
import hashlib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import (CA, P403, Refusals, done, make_csr, make_key, ok, same)
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

ca = CA()
PEM = serialization.Encoding.PEM


def openssl(*args, text=None):
    return subprocess.run(["openssl", *args], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def sign(name, csr, ott, path="/1.0/sign", **more):
    body = dict({"csr": csr, "ott": ott}, **more)
    status, headers, data = ca.request("POST", path, body)
    import json
    doc = json.loads(data)
    if not ok(status == 201, name + ": 201", status, doc):
        return None, doc
    same(list(doc), ["crt", "ca", "certChain", "tlsOptions"],
         name + ": members in order")
    same(headers["content-type"], "application/json", name + ": JSON")
    same(doc["certChain"][0], doc["crt"], name + ": chain begins with it")
    same(doc["certChain"][1], doc["ca"], name + ": then its issuer")
    leaf = os.path.join(ca.tmp, "leaf.pem")
    inter = os.path.join(ca.tmp, "inter.pem")
    with open(leaf, "w") as f:
        f.write(doc["crt"])
    with open(inter, "w") as f:
        f.write(doc["ca"])
    # Some start in the future; their times are looked at one by one.
    r = openssl("verify", "-x509_strict", "-no_check_time", "-CAfile",
                os.path.join(ca.demo, "certs/root_ca.crt"),
                "-untrusted", inter, leaf)
    ok(r.returncode == 0, name + ": openssl verify", r.stdout)
    return x509.load_pem_x509_certificate(doc["crt"].encode()), doc


def ext(cert, cls):
    return cert.extensions.get_extension_for_class(cls)


def fields(name, cert, key, issuer, rsa=False):
    same(cert.version, x509.Version.v3, name + ": version 3")
    pub = key.public_key()
    same(cert.public_key().public_bytes(
        PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        pub.public_bytes(PEM, serialization.PublicFormat
                         .SubjectPublicKeyInfo), name + ": key")
    same(cert.issuer.public_bytes(), issuer.subject.public_bytes(),
         name + ": issuer byte for byte")
    same([x.oid.dotted_string for x in cert.extensions],
         ["2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.17",
          "1.3.6.1.4.1.37476.9000.64.1"], name + ": extensions in order")
    ku = ext(cert, x509.KeyUsage)
    ok(ku.critical and ku.value.digital_signature and
       ku.value.key_encipherment == rsa and not ku.value.key_cert_sign,
       name + ": key usage")
    same(ext(cert, x509.SubjectKeyIdentifier).value.digest,
         x509.SubjectKeyIdentifier.from_public_key(pub).digest,
         name + ": subject key id")
    same(ext(cert, x509.AuthorityKeyIdentifier).value.key_identifier,
         ext(issuer, x509.SubjectKeyIdentifier).value.digest,
         name + ": authority key id")
    value = cert.extensions[5].value.value
    want = bytes([2, 1, 1, 4, 5]) + b"admin" + \
        bytes([4, len(ca.kid)]) + ca.kid.encode()
    same(value, bytes([0x30, len(want)]) + want,
         name + ": provisioner extension")


def issuer_cert():
    with open(os.path.join(ca.demo, "certs/intermediate_ca.crt"), "rb") as f:
        return x509.load_pem_x509_certificate(f.read())


# Keys of every kind under the intermediate of init.
for kind in ("P-256", "P-384", "P-521", "Ed25519", "2048", "4096"):
    key = make_key(kind)
    c, _ = sign(kind, make_csr(key), ca.token())
    if c:
        fields(kind, c, key, issuer_cert(), rsa=kind in ("2048", "4096"))

key = make_key()
csr = make_csr(key)
for path in ("/sign", "/1.0/sign", "/sign?x=1"):
    sign("path " + path, csr, ca.token(), path=path)

# Names: typed, grouped, in their order.
names = ["b.example.com", "10.1.2.3", "me@example.com", "a.example.com",
         "https://a.example/x", "2001:db8::1"]
c, _ = sign("names", make_csr(key, cn="svc"), ca.token(
    ca.claims("svc", sans=names)))
san = ext(c, x509.SubjectAlternativeName)
ok(not san.critical, "names: not critical beside a subject")
same([str(n.value) for n in san.value],
     ["b.example.com", "a.example.com", "me@example.com", "10.1.2.3",
      "2001:db8::1", "https://a.example/x"], "names: dns, email, ip, uri")
same(c.subject.rfc4514_string(), "CN=svc", "names: the subject")

# Times.
UTC = datetime.timezone.utc


def span(c):
    try:
        return c.not_valid_before_utc, c.not_valid_after_utc
    except AttributeError:
        return (c.not_valid_before.replace(tzinfo=UTC),
                c.not_valid_after.replace(tzinfo=UTC))


now = datetime.datetime.now(UTC)
c, _ = sign("default times", csr, ca.token())
nb, na = span(c)
same(na - nb, datetime.timedelta(hours=24, minutes=1), "24 h and the backdate")
ok(abs((now - nb).total_seconds() - 60) < 5, "starts a minute ago")
c, _ = sign("duration", csr, ca.token(), notAfter="1h30m", notBefore="")
nb, na = span(c)
same(na - nb, datetime.timedelta(minutes=91), "duration 1h30m")
start = (now + datetime.timedelta(hours=1)).replace(microsecond=0)
end = start + datetime.timedelta(hours=2)
c, _ = sign("times", csr, ca.token(), notBefore=start.isoformat(),
            notAfter=end.strftime("%Y-%m-%dT%H:%M:%SZ"))
same(span(c), (start, end), "exactly the times asked for")
c, _ = sign("later", csr, ca.token(), notBefore="1h", notAfter="2h")
same(span(c)[1] - span(c)[0], datetime.timedelta(hours=2),
     "notAfter counts from notBefore")
sign("null members", csr, ca.token(), notBefore=None, templateData=None)

# One intermediate after the other, claims and a subject template.
root_key = os.path.join(ca.demo, "secrets/root_ca_key")
stepc = os.path.join(os.environ.get("top_builddir") or "build", "stepc")
stepc = os.path.abspath(stepc)
ca.config["authority"]["claims"] = {"maxTLSCertDuration": "48h"}
ca.config["authority"]["template"] = {
    "country": "CH", "organization": "Widgets & Co", "locality": "Bern"}
ca.provisioner["claims"] = {"defaultTLSCertDuration": "36h"}
for kty, args, alg in (
        ("RSA", ["--kty", "RSA"], "sha256WithRSAEncryption"),
        ("Ed25519", ["--kty", "OKP"], "ED25519"),
        ("P-384", ["--kty", "EC", "--curve", "P-384"], "ecdsa-with-SHA384")):
    crt = os.path.join(ca.demo, "certs/intermediate_ca.crt")
    keyf = os.path.join(ca.demo, "secrets/intermediate_ca_key")
    pw = os.path.join(ca.demo, "password.txt")
    r = subprocess.run(
        [stepc, "certificate", "create", "Int " + kty, crt, keyf, "--profile",
         "intermediate-ca", "--ca",
         os.path.join(ca.demo, "certs/root_ca.crt"), "--ca-key", root_key,
         "--ca-password-file", pw, "--password-file", pw, "--force",
         *args],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(r.returncode == 0, kty + " intermediate is made", r.stdout)
    ca.write_config()
    ca.restart()
    with open(crt, "rb") as f:
        inter = x509.load_pem_x509_certificate(f.read())
    c, doc = sign("under " + kty, csr, ca.token())
    if c is None:
        continue
    fields("under " + kty, c, key, inter)
    text = openssl("x509", "-noout", "-text", text=doc["crt"]).stdout
    ok(("Signature Algorithm: " + alg) in text, kty + " signs with " + alg,
       text)
    same(c.subject.rfc4514_string(), "CN=a.example.com,L=Bern,O=Widgets & Co,"
         "C=CH", "authority.template completes the subject")
    same(span(c)[1] - span(c)[0], datetime.timedelta(hours=36, minutes=1),
         "the provisioner's default duration")
sign("the authority's maximum", csr, ca.token(), notAfter="48h")
refuse = Refusals(ca)
refuse("beyond the authority's maximum", 403, P403 + "requested duration of "
       "48h1m1s is more than the authorized maximum certificate duration of "
       "48h1m0s (maxTLSCertDuration is 48h0m0s, set by authority.claims; to "
       "change it: stepc ca claims --x509-max-dur DURATION).", csr,
       ca.token(), notAfter="48h1s")

# The order of the checks, and what a document may look like.
JSON = "The request could not be completed: error decoding json."
for name, body, status, message in (
        ("empty body", "", 400, JSON),
        ("not JSON", "{", 400, JSON),
        ("an array", "[]", 400, JSON),
        ("csr a number", '{"csr":1}', 400, JSON),
        ("a member twice", '{"ott":"a","ott":"b"}', 400, JSON),
        ("nothing in it", "{}", 400,
         "The request could not be completed: missing csr."),
        ("csr null", '{"csr":null,"ott":"x"}', 400,
         "The request could not be completed: missing csr."),
        ("csr the text null", '{"csr":"null","ott":"x"}', 400,
         "The request could not be completed: missing csr."),
        ("no ott", {"csr": csr}, 400,
         "The request could not be completed: missing ott."),
        ("garbage after the first value", "{} trailing", 400,
         "The request could not be completed: missing csr.")):
    before = ca.ledger()
    status_, headers, data = ca.request("POST", "/sign", body)
    import json
    same((status_, data), (status, (json.dumps(
        {"status": status, "message": message}, separators=(",", ":"))
        + "\n").encode()), "F6 " + name)
    same(ca.ledger(), before, "F6 %s: nothing recorded" % name)
status, headers, _ = ca.request("POST", "/sign", "{}", {"X-Request-Id": "r-1"})
same(headers["x-request-id"], "r-1", "the request id comes back")
status, _, data = ca.request("POST", "/sign", json.dumps(
    {"CSR": csr, "OTT": ca.token(), "unknown": 1}))
same(status, 201, "member names in any case, unknown ones ignored")

ca.check_logs()
done()
