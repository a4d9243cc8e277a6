#!/usr/bin/python3
"""An authority with several roots, roots of others, and an issuer two steps
below its root: what the read-only endpoints, /sign and stepc make of it."""

import datetime
import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, CA, done, make_csr, make_key, ok, same
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def authority(name, issuer=None):
    """(certificate, key) below issuer, or self-signed."""
    key = make_key()
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, above_key = issuer or (None, key)
    b = x509.CertificateBuilder().subject_name(subject).issuer_name(
        above.subject if above else subject).public_key(
            key.public_key()).serial_number(x509.random_serial_number()) \
        .not_valid_before(now - datetime.timedelta(hours=1)) \
        .not_valid_after(now + datetime.timedelta(days=30)) \
        .add_extension(x509.BasicConstraints(True, None), True) \
        .add_extension(x509.KeyUsage(False, False, False, False, False, True,
                                     True, False, False), True) \
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(
            key.public_key()), False)
    if above:
        b = b.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                above_key.public_key()), False)
    return b.sign(above_key, hashes.SHA256()), key


def pem(cert):
    return cert.public_bytes(PEM).decode()


def sha(cert):
    return hashlib.sha256(cert.public_bytes(DER)).hexdigest()


top = authority("Top")
middle = authority("Middle", top)
issuing = authority("Issuing", middle)
old, older, friend, stranger = (
    authority(n)[0] for n in ("Old", "Older", "Friend", "Stranger"))

ca = CA()
with open(os.path.join(ca.demo, "certs/root_ca.crt")) as f:
    first = x509.load_pem_x509_certificate(f.read().encode())


def put(name, text):
    path = os.path.join(ca.demo, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


# Where quickstart and nginx look for them.
ca.config["root"] = [
    put("certs/root_ca.crt", pem(top[0])),
    put("certs/more.crt", pem(first) + "some words\n" + pem(old)),
    put("certs/older.crt", pem(older))]
ca.config["federatedRoots"] = [
    put("certs/friend.crt", pem(friend) + pem(old)),
    put("certs/again.crt", pem(friend))]
put("certs/intermediate_ca.crt", pem(issuing[0]) + pem(middle[0]))
ca.config["key"] = put("secrets/issuing", issuing[1].private_bytes(
    PEM, serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption()).decode())
ca.write_config()
ca.restart()
roots = [top[0], first, old, older]
known = roots + [friend]


def get(path):
    status, headers, data = ca.request("GET", path)
    return status, headers["content-type"], data


def crts(path):
    status, kind, data = get(path)
    same((status, kind), (201, "application/json"), path + ": 201")
    return json.loads(data)["crts"]


ca.context.load_verify_locations(cadata=pem(top[0]))
for prefix in "", "/1.0":
    same(crts(prefix + "/roots"), [pem(c) for c in roots],
         prefix + "/roots: all of them, in their order")
    same(sorted(crts(prefix + "/federation")), sorted(pem(c) for c in known),
         prefix + "/federation: these and those of others, each once")
    same(crts(prefix + "/intermediates"), [pem(issuing[0]), pem(middle[0])],
         prefix + "/intermediates: the issuer first")
    same(get(prefix + "/roots.pem"), (200, "application/x-pem-file", "".join(
        pem(c) for c in roots).encode()), prefix + "/roots.pem")
    same(get(prefix + "/intermediates.pem"), (
        200, "application/x-pem-file",
        (pem(issuing[0]) + pem(middle[0])).encode()),
        prefix + "/intermediates.pem")
    for c in known:
        status, _, data = get(prefix + "/root/" + sha(c))
        same((status, json.loads(data)), (200, {"ca": pem(c)}),
             prefix + "/root/{sha} of " + c.subject.rfc4514_string())
    for c in (issuing[0], middle[0], stranger):
        same(get(prefix + "/root/" + sha(c))[0], 404,
             prefix + "/root/{sha} of %s: 404" % c.subject.rfc4514_string())

status, doc = ca.sign(make_csr(make_key()), ca.token())
same(status, 201, "sign: 201")
same(doc["ca"], pem(issuing[0]), "sign: the issuer")
same(doc["certChain"], [doc["crt"], pem(issuing[0]), pem(middle[0])],
     "sign: the chain, without its root")
leaf = put("leaf.crt", doc["crt"])
r = subprocess.run(
    ["openssl", "verify", "-x509_strict", "-CAfile", ca.config["root"][0],
     "-untrusted", ca.config["crt"], leaf],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
ok(r.returncode == 0, "openssl verifies it", r.stdout)


def stepc(*args):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), *args], cwd=ca.tmp, text=True,
        env=dict(ca.env, NO_COLOR="1"), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


URL = ("--ca-url", "https://localhost:%d" % ca.port)
TOP = ("--root", ca.config["root"][0])
same(stepc("ca", "roots", *URL, *TOP).stdout, "".join(
    pem(c) for c in roots), "stepc ca roots")
same(sorted(stepc("ca", "federation", *URL, *TOP).stdout.split("-----END")),
     sorted("".join(pem(c) for c in known).split("-----END")),
     "stepc ca federation")
same(stepc("ca", "root", "--fingerprint", sha(friend), *URL).stdout,
     pem(friend), "stepc ca root: one of others")
r = stepc("ca", "certificate", "a.example", "a.crt", "a.key", *URL, *TOP,
          "--provisioner", "admin", "--provisioner-password-file",
          os.path.join(ca.demo, "password.txt"))
ok(r.returncode == 0, "stepc ca certificate", r.stderr)
with open(os.path.join(ca.tmp, "a.crt")) as f:
    same(f.read().count("BEGIN CERTIFICATE"), 3, "the whole chain is written")
r = stepc("ca", "validate", "--password-file",
          os.path.join(ca.demo, "password.txt"))
ok(r.returncode == 0, "stepc ca validate", r.stderr)
ca.check_logs()
done()
