#!/usr/bin/python3
"""stepc crl inspect on lists that python3-cryptography has made."""

import base64
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same
from fake_ca import Authority, DER, PEM, pem, utc, new_key

tmp = tempfile.TemporaryDirectory(prefix="stepc-crl.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("STEP") and not k.lower().endswith("_proxy")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name)
fake, other = Authority("Fake"), Authority("Other")
T = 1700000000


def write(name, data):
    with open(name, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def crl(by=fake, key=None, this=T, following=4102444800, entries=(), idp=True):
    b = x509.CertificateRevocationListBuilder(
        issuer_name=by.inter.subject, last_update=utc(this),
        next_update=utc(following))
    b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
        by.inter.public_key()), False)
    b = b.add_extension(x509.CRLNumber(2 ** 70), False)
    if idp:
        b = b.add_extension(x509.IssuingDistributionPoint(
            [x509.UniformResourceIdentifier("http://ca.example.com/crl")],
            None, True, False, None, False, False), True)
    for serial, at, reason in entries:
        r = x509.RevokedCertificateBuilder(serial, utc(at))
        if reason is not None:
            r = r.add_extension(x509.CRLReason(reason), False)
        b = b.add_revoked_certificate(r.build())
    return b.sign(key or by.key, hashes.SHA256())


def inspect(*args, data=None):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "crl", "inspect", *args], env=ENV,
        input=data or b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def good(name, *args, data=None):
    r = inspect(*args, data=data)
    ok(r.returncode == 0 and r.stderr == b"", name, r.returncode, r.stderr)
    return r.stdout.decode()


def bad(name, text, *args, data=None):
    r = inspect(*args, data=data)
    ok(r.returncode == 1 and r.stdout == b"" and text in r.stderr.decode(),
       name, r.returncode, r.stdout, r.stderr, "want: " + text)


write("ca.crt", pem(fake.inter))
write("both.crt", pem(other.inter) + pem(fake.inter))
write("other.crt", pem(other.inter))
write("root.crt", pem(fake.root))
made = crl(entries=[(17, T + 1, None),
                    (0xab54a98ceb1f0ad2, T + 2,
                     x509.ReasonFlags.key_compromise)])
der = made.public_bytes(DER)
write("a.crl", der)
write("a.pem", made.public_bytes(PEM))

out = good("text", "--ca", "ca.crt", "a.crl")
aki = x509.SubjectKeyIdentifier.from_public_key(fake.key.public_key()).digest
lines = """Certificate Revocation List (CRL):
    Data:
        Valid: true
        Version: 2 (0x1)
    Signature algorithm: ECDSA-SHA256
        Issuer: CN=Fake Intermediate CA
        Last Update: 2023-11-14 22:13:20 +0000 UTC
        Next Update: 2100-01-01 00:00:00 +0000 UTC
        CRL Extensions:
            X509v3 Authority Key Identifier:
                keyid:%s
            X509v3 CRL Number:
                1180591620717411303424
            X509v3 Issuing Distribution Point: critical
                Full Name:
                    URI:http://ca.example.com/crl
                Only User Certificates
        Revoked Certificates:
            Serial Number: 17 (0x11)
                Revocation Date: 2023-11-14 22:13:21 +0000 UTC
            Serial Number: 12345678901234567890 (0xAB54A98CEB1F0AD2)
                Revocation Date: 2023-11-14 22:13:22 +0000 UTC
                CRL Entry Extensions:
                    X509v3 CRL Reason Code:
                        Key Compromise
    Signature Algorithm: ECDSA-SHA256
        """ % ":".join("%02X" % b for b in aki)
same(out[:len(lines)], lines, "as it should look")
same(out[len(lines):].replace(":", "").replace("\n", "").replace(" ", ""),
     made.signature.hex(), "and the signature")
same(good("PEM", "--ca", "ca.crt", "a.pem"), out, "the same")
same(good("standard input", "--ca", "ca.crt", data=der), out, "the same")
same(good("-", "--ca", "ca.crt", "-", data=der), out, "the same")
same(good("a bundle of CAs", "--ca", "both.crt", "a.crl"), out, "the same")

doc = json.loads(good("json", "--format", "json", "--ca", "ca.crt", "a.crl"))
same(list(doc), ["version", "signature_algorithm", "issuer", "this_update",
                 "next_update", "revoked_certificates", "extensions",
                 "signature"], "its members")
same(doc["revoked_certificates"],
     [{"serial_number": "17", "revocation_time": "2023-11-14T22:13:21Z"},
      {"serial_number": "12345678901234567890",
       "revocation_time": "2023-11-14T22:13:22Z",
       "extensions": [{"crl_reason_code": "Key Compromise"}]}], "entries")
same((doc["version"], doc["signature_algorithm"], doc["this_update"],
      doc["issuer"]),
     (2, {"name": "ECDSA-SHA256", "oid": "1.2.840.10045.4.3.2"},
      "2023-11-14T22:13:20Z", {"common_name": ["Fake Intermediate CA"]}),
     "head")
same(doc["extensions"][1:],
     [{"crl_number": str(2 ** 70)},
      {"issuing_distribution_point":
       {"full_names": ["URI:http://ca.example.com/crl"],
        "only_user_certificates": True}, "critical": True}], "extensions")
same((doc["signature"]["valid"],
      base64.b64decode(doc["signature"]["value"])), (True, made.signature),
     "signature")
same(good("pem", "--format", "pem", "--insecure", "a.crl"),
     made.public_bytes(PEM).decode(), "as PEM")

# Not valid, and why.
bad("no CA", "'stepc crl inspect' requires the '--insecure' flag", "a.crl")
for name, file, args, reason in (
        ("--insecure", "a.crl", ["--insecure"], None),
        ("another CA", "a.crl", ["--ca", "other.crt"], None),
        ("a root that has not signed", "a.crl", ["--ca", "root.crt"], None),
        ("forged", crl(key=new_key()), ["--ca", "ca.crt"],
         "Signature does not match"),
        ("over", crl(following=T + 60), ["--ca", "ca.crt"],
         "CRL has expired")):
    if not isinstance(file, str):
        write("x.crl", file.public_bytes(DER))
        file = "x.crl"
    out = good(name, *args, file)
    ok("Valid: false\n" in out, "is not valid", out[:200])
    same([x.split(": ")[1] for x in out.splitlines() if " Reason: " in x],
         [] if reason is None else [reason], "and says why")
    doc = json.loads(good("JSON", "--format", "json", *args, file))
    same((doc["signature"]["valid"], doc["signature"].get("reason")),
         (False, reason), "likewise")
write("none.crl", crl().public_bytes(DER))
ok("        No Revoked Certificates.\n" in
   good("an empty list", "--ca", "ca.crt", "none.crl"), "is one")
same(json.loads(good("JSON", "--ca", "ca.crt", "--format", "json",
                     "none.crl"))["revoked_certificates"], [], "likewise")

# What is no list.
for name, data in (("garbage", b"\x30\x03\x02\x01\x05"), ("nothing", b""),
                   ("cut", der[:-1]), ("with a tail", der + b"\0"),
                   ("a certificate", pem(fake.inter).encode()),
                   ("broken PEM", b"-----BEGIN X509 CRL-----\n!\n")):
    bad(name, "error parsing crl: ", "--insecure", "-", data=data)
bad("no file", "open nowhere failed: no such file", "--insecure", "nowhere")
bad("another format", "invalid value 'xml' for flag '--format'",
    "--insecure", "--format", "xml", "a.crl")

# From a web server; many entries.
big = crl(entries=[(2 ** 100 + i, T, x509.ReasonFlags.superseded)
                   for i in range(20000)]).public_bytes(DER)
files = {"/crl": der, "/big": big}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        data = files.get(self.path)
        self.send_response(302 if self.path == "/away" else
                           200 if data else 404)
        self.send_header("Location", "/crl")
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d" % server.server_address[1]
ok("Serial Number: 17 (0x11)\n" in
   good("over http", "--ca", "ca.crt", url + "/crl"), "is shown")
same(len(json.loads(good("a long one", "--ca", "ca.crt", "--format", "json",
                         url + "/big"))["revoked_certificates"]), 20000,
     "has all entries")
bad("404", "error downloading crl: status code 404", "--insecure",
    url + "/none")
bad("a redirect is not followed", "error downloading crl: status code 302",
    "--insecure", url + "/away")
bad("nobody there", "error downloading crl: no connection", "--insecure",
    "http://127.0.0.1:1/crl")

# Where a certificate says.
key = new_key()
b = x509.CertificateBuilder(
    subject_name=x509.Name([]), issuer_name=fake.inter.subject,
    public_key=key.public_key(), serial_number=17, not_valid_before=utc(T),
    not_valid_after=utc(time.time() + 86400))
point = x509.DistributionPoint(
    [x509.UniformResourceIdentifier(url + "/crl")], None, None, None)
named = b.add_extension(x509.CRLDistributionPoints([point]), False).sign(
    fake.key, hashes.SHA256())
plain = b.sign(fake.key, hashes.SHA256())
write("named.crt", pem(named) + pem(fake.inter))
write("alone.crt", pem(named))
write("plain.crt", pem(plain) + pem(fake.inter))
ok("Valid: true\n" in good("--from a file", "--from", "named.crt"),
   "checked with the chain")
bad("--from without a chain", "requires the '--insecure' flag", "--from",
    "alone.crt")
ok("Valid: true\n" in good("or with --ca", "--from", "--ca", "ca.crt",
                           "alone.crt"), "is valid")
bad("a certificate without a point", "failed to get CRL distribution points "
    "from plain.crt", "--from", "plain.crt")
done()
