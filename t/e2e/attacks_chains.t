#!/usr/bin/python3
"""Odd and bad certificates shown for renewal, by TLS and by token: what
openssl's strict check refuses is refused, nothing is recorded and the next
good one is renewed (attack rows C19 and C20); and tokens that name
provisioners which take none (row P7)."""

import base64
import datetime
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, P400, done, make_csr, make_key, ok, same
from stepc_renew import DER, PEM, Issuer, Pair, bearer, mtls, renew_token
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def edit(config, demo):
    config["authority"]["provisioners"] += [
        {"type": "ACME", "name": "acme"},
        {"type": "ACME", "name": "x:kid"},
        {"type": "SCEP", "name": "scep", "challenge": "secret"}]


ca = CA(edit)
issuer = Issuer(ca)
with open(os.path.join(ca.demo, "certs/root_ca.crt"), "rb") as f:
    root = x509.load_pem_x509_certificate(f.read())
with open(os.path.join(ca.demo, "secrets/root_ca_key"), "rb") as f:
    root_key = serialization.load_pem_private_key(
        f.read(), ca.password.encode())


def strict(pair):
    """What openssl says of the chain: "" when it is good."""
    r = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient",
         "-CAfile", os.path.join(ca.demo, "certs/root_ca.crt"),
         "-untrusted", pair.path, pair.leaf_path],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if r.returncode == 0 else r.stdout


def key_ids(issuer_key):
    return (x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer_key.public_key()), False)


def leaf(more=(), **args):
    key = args.get("issuer_key") or issuer.key
    return issuer.leaf(more=[key_ids(key)] + list(more), **args)


def raw(oid, data, critical=False):
    return (x509.UnrecognizedExtension(x509.ObjectIdentifier(oid),
                                       bytes.fromhex(data)), critical)


def attempt(pair, by):
    if by == "TLS":
        return mtls(ca, pair)
    return bearer(ca, renew_token(ca, pair))


def good():
    """A certificate that is as it should be, renewed both ways."""
    p = leaf()
    return [strict(p)] + [attempt(p, by)[0] for by in ("TLS", "token")]


same(good(), ["", 201, 201], "a good one is renewed")


def bad(name, pair):
    said = strict(pair)
    ok(said != "", name + ": openssl refuses it")
    for by in ("TLS", "token"):
        before = ca.ledger()
        try:
            status, doc = attempt(pair, by)
        except OSError as e:  # not even TLS takes it
            status, doc = 400, {"status": 400, "message": repr(e)}
        ok(status in (400, 401, 403) and ca.ledger() == before,
           "%s, by %s: refused, nothing recorded" % (name, by),
           status, doc.get("message"), said)


# --- C19 -----------------------------------------------------------------

EKU, SAN, KU, BC = "2.5.29.37", "2.5.29.17", "2.5.29.15", "2.5.29.19"
AKI, NC, POLICIES = "2.5.29.35", "2.5.29.30", "2.5.29.32"
bad("C19 empty extended key usage", leaf([raw(EKU, "3000")], eku=None))
bad("C19 ... critical", leaf([raw(EKU, "3000", True)], eku=None))
bad("C19 extended key usage without contents", leaf([raw(EKU, "")], eku=None))
bad("C19 an OID without octets", leaf([raw(EKU, "30020600")], eku=None))
bad("C19 an OID that does not end", leaf([raw(EKU, "3003060180")], eku=None))
bad("C19 key usage without a bit", leaf([raw(KU, "030100", True)],
                                        usage=False))
bad("C19 key usage without contents", leaf([raw(KU, "", True)], usage=False))
bad("C19 basic constraints without contents", leaf([raw(BC, "", True)]))
bad("C19 an unknown critical extension", leaf([raw("1.2.3.4", "0500", True)]))
bad("C19 a SAN without contents", leaf([raw(SAN, "")], sans=[]))
bad("C19 a key id without contents",
    issuer.leaf(more=[raw(AKI, "")]))

# What openssl has no opinion on still must not hurt.
for name, pair in (
        ("C19 an empty SAN", leaf([raw(SAN, "3000")], sans=[])),
        ("C19 extended key usage and more octets", leaf(
            [raw(EKU, "300a06082b0601050507030200")], eku=None)),
        ("C19 name constraints in a leaf, empty", leaf(
            [raw(NC, "3000", True)])),
        ("C19 policies without one", leaf([raw(POLICIES, "3000", True)])),
        ("C19 an address of five octets", leaf(
            [raw(SAN, "300787050a00000001")], sans=[])),
        ("C19 an empty DNS name", leaf([raw(SAN, "30028200")], sans=[])),
        ("C19 an empty provisioner extension", leaf(
            [raw("1.3.6.1.4.1.37476.9000.64.1", "3000")], provisioner=False)),
        ("C19 a provisioner extension without contents", leaf(
            [raw("1.3.6.1.4.1.37476.9000.64.1", "")], provisioner=False)),
        ("C19 an unknown extension without contents", leaf(
            [raw("1.2.3.4", "")]))):
    answers = []
    for by in ("TLS", "token"):
        try:
            answers.append(attempt(pair, by)[0])
        except OSError:
            answers.append(400)
    ok(set(answers) <= {201, 400, 401, 403}, name + ": answered", answers)
same(good(), ["", 201, 201], "C19 then a good one is renewed")

# --- C20 -----------------------------------------------------------------

NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)
CA_USAGE = (x509.KeyUsage(False, False, False, False, False, True, True,
                          False, False), True)
CA_BASIC = (x509.BasicConstraints(True, None), True)


def authority(name="Between", extensions=(CA_BASIC, CA_USAGE), signer=None,
              signer_cert=None, before=-DAY, after=30 * DAY, key=None,
              digest=None, subject=None, key_id=True):
    """A certificate below the root (or signer), and its key."""
    key = key or make_key()
    signer = signer or root_key
    above = signer_cert or root
    if subject is None:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    b = x509.CertificateBuilder(
        above.subject, subject, key.public_key(), x509.random_serial_number(),
        NOW + before, NOW + after)
    if key_id:
        b = b.add_extension(x509.SubjectKeyIdentifier.from_public_key(
            key.public_key()), False)
        b = b.add_extension(key_ids(signer)[0], False)
    for value, critical in extensions:
        b = b.add_extension(value, critical)
    return b.sign(signer, digest or hashes.SHA256()), key


def below(between, **args):
    """A leaf issued by that certificate."""
    cert, key = between
    return leaf(issuer_cert=cert, issuer_key=key,
                chain=[cert.public_bytes(PEM).decode()], **args)


fine = below(authority())
same(strict(fine), "", "C20 a good one of another intermediate, by openssl")
status, doc = attempt(fine, "token")
ok(status in (201, 401), "C20 ... by token", status, doc)

bad("C20 below a certificate that is no CA",
    below(authority(extensions=[(x509.BasicConstraints(False, None), True)])))
bad("C20 below one without basic constraints",
    below(authority(extensions=[CA_USAGE])))
bad("C20 below one that may not sign certificates", below(authority(
    extensions=[CA_BASIC, (x509.KeyUsage(
        True, False, False, False, False, False, True, False, False),
        True)])))
bad("C20 below one that has expired", below(authority(before=-3 * DAY,
                                                      after=-DAY)))
bad("C20 below one that is not valid yet", below(authority(before=DAY)))
bad("C20 below one with an unknown critical extension", below(authority(
    extensions=[CA_BASIC, CA_USAGE, raw("1.2.3.4", "0500", True)])))
bad("C20 below one for servers only", below(authority(
    extensions=[CA_BASIC, CA_USAGE, (x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH]), False)])))
bad("C20 outside of its name constraints", below(authority(
    extensions=[CA_BASIC, CA_USAGE, (x509.NameConstraints(
        [x509.DNSName("other.test")], None), True)])))
bad("C20 excluded by its name constraints", below(authority(
    extensions=[CA_BASIC, CA_USAGE, (x509.NameConstraints(
        None, [x509.DNSName("example.com")]), True)])))
first = authority("First", [(x509.BasicConstraints(True, 0), True), CA_USAGE])
second = authority("Second", signer=first[1], signer_cert=first[0])
bad("C20 a longer path than is allowed", leaf(
    issuer_cert=second[0], issuer_key=second[1],
    chain=[c.public_bytes(PEM).decode() for c in (second[0], first[0])]))
sub = authority("Below ours", signer=issuer.key, signer_cert=issuer.cert)
bad("C20 a CA below ours, which has path length 0", leaf(
    issuer_cert=sub[0], issuer_key=sub[1],
    chain=[sub[0].public_bytes(PEM).decode(), issuer.pem]))
below_leaf = leaf()
bad("C20 below a leaf of ours", leaf(
    issuer_cert=below_leaf.cert, issuer_key=below_leaf.key,
    chain=below_leaf.chain))
fake_key = make_key()
fake, _ = authority(subject=issuer.cert.subject, key=fake_key, signer=fake_key)
bad("C20 our intermediate's name, another key", leaf(
    issuer_key=fake_key, chain=[fake.public_bytes(PEM).decode()]))
fake_root = x509.CertificateBuilder(
    root.subject, root.subject, fake_key.public_key(), root.serial_number,
    root.not_valid_before, root.not_valid_after, list(root.extensions)).sign(
        fake_key, hashes.SHA256())
bad("C20 our root's name, serial and extensions, another key", leaf(
    issuer_cert=fake_root, issuer_key=fake_key,
    chain=[fake_root.public_bytes(PEM).decode()]))
bad("C20 the intermediate is missing from the path", leaf(
    issuer_cert=second[0], issuer_key=second[1], chain=[]))
damaged = bytearray(leaf().cert.public_bytes(DER))
damaged[-1] ^= 1
p = leaf()
text = "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % \
    base64.encodebytes(bytes(damaged)).decode()
try:
    bad("C20 a damaged signature", Pair([text, issuer.pem], p.key))
except Exception as e:  # the key does not fit, so TLS cannot be tried
    ok("key" in repr(e).lower(), "C20 a damaged signature: TLS refuses", e)
bad("C20 a CA as leaf", leaf([(x509.BasicConstraints(True, None), True)]))
bad("C20 for servers only", leaf(eku=[ExtendedKeyUsageOID.SERVER_AUTH]))
same(good(), ["", 201, 201], "C20 then a good one is renewed")

# --- P7 ------------------------------------------------------------------

HOST = "https://localhost:%d" % ca.port
csr = make_csr(make_key())
with open(os.path.join(ca.demo, "certs/ssh_user_ca_key.pub")) as f:
    ssh_key = f.read().split()[1]
BODIES = (
    ("/1.0/sign", lambda ott: {"csr": csr, "ott": ott}),
    ("/1.0/ssh/sign", lambda ott: {"publicKey": ssh_key, "ott": ott}),
    ("/1.0/revoke", lambda ott: {"serial": "1", "ott": ott,
                                 "passive": True}),
    ("/1.0/ssh/revoke", lambda ott: {"serial": "1", "ott": ott,
                                     "passive": True}))
for path, body in BODIES:
    for name, claims, header in (
            ("ACME by fragment", {"aud": HOST + path + "#acme/acme"}, {}),
            ("SCEP by fragment", {"aud": HOST + path + "#scep/scep"}, {}),
            ("ACME by issuer and kid", {"aud": HOST + path, "iss": "acme/x"},
             {"kid": "kid"}),
            ("ACME by audience", {"aud": "acme/acme"}, {}),
            ("SCEP by audience", {"aud": "scep/scep"}, {}),
            ("SCEP by authorized party", {"aud": "x", "azp": "scep/scep"},
             {})):
        before = ca.ledger()
        status, _, data = ca.request("POST", path, body(ca.token(
            ca.claims("1", **claims), header)))
        doc = json.loads(data)
        ok((status, doc.get("message")) ==
           (400, P400 + "token flow is not supported.") and
           ca.ledger() == before,
           "P7 %s at %s: 400, nothing recorded" % (name, path), status, doc)

ca.check_logs()
done()
