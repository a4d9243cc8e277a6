#!/usr/bin/python3
"""POST /renew, /re-sign and /rekey, the honest way: by client certificate in
fresh and resumed sessions of TLS 1.2 and 1.3, with the chain and without, and
by token; old and new certificate held against each other field by field."""

import datetime
import ipaddress
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, CA, P401, done, make_csr, make_key, ok, same
from stepc_renew import (DER, PEM, Client, Issuer, Pair, bearer, issue, mtls,
                         renew_token)
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

ca = CA()
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
AKI = x509.ExtensionOID.AUTHORITY_KEY_IDENTIFIER
SKI = x509.ExtensionOID.SUBJECT_KEY_IDENTIFIER
with open(os.path.join(ca.demo, "certs/intermediate_ca.crt")) as f:
    INTER = x509.load_pem_x509_certificate(f.read().encode())


def spki(key):
    return key.public_bytes(DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)


def values(cert, but):
    """Extensions in order, as they are: (OID, critical, bytes)."""
    return [(x.oid.dotted_string, x.critical, x.value.public_bytes())
            for x in cert.extensions if x.oid not in but]


def now():
    return datetime.datetime.utcnow()


def verified(name, pair):
    with open(pair.path + ".inter", "w") as f:
        f.write("".join(pair.chain[1:]))
    r = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient",
         "-CAfile", ROOT, "-untrusted", pair.path + ".inter", pair.path],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    os.unlink(pair.path + ".inter")
    ok(r.returncode == 0, name + ": openssl verify", r.stdout)


def follows(name, old, answer, key=None, life=None):
    """The answer is a good successor of old; key is the new one."""
    status, doc = answer
    if not ok(status == 201, name + ": 201", status, doc):
        return None
    same(list(doc), ["crt", "ca", "certChain", "tlsOptions"],
         name + ": members in order")
    same((doc["certChain"][0], doc["certChain"][1]), (doc["crt"], doc["ca"]),
         name + ": chain")
    new = Pair(doc["certChain"], key or old.key)
    a, b = old.cert, new.cert
    verified(name, new)
    same(b.version, x509.Version.v3, name + ": version 3")
    ok(a.serial_number != b.serial_number and
       b.serial_number.bit_length() > 64, name + ": another serial number")
    same(b.subject.public_bytes(), a.subject.public_bytes(),
         name + ": subject byte for byte")
    same(b.issuer.public_bytes(), INTER.subject.public_bytes(),
         name + ": issuer")
    same(spki(b.public_key()), spki((key or old.key).public_key()),
         name + ": " + ("the new key" if key else "the same key"))
    same(b.not_valid_after - b.not_valid_before,
         life or a.not_valid_after - a.not_valid_before,
         name + ": as long a life")
    ok(abs((now() - b.not_valid_before).total_seconds() - 60) < 30,
       name + ": from a minute ago on", b.not_valid_before)
    order = [x.oid for x in b.extensions]
    if key is None:
        same(order[0], AKI, name + ": AKI comes first")
        same(values(b, [AKI]), values(a, [AKI]),
             name + ": all other extensions as they were")
    else:
        same(order[:2], [SKI, AKI], name + ": SKI and AKI come first")
        same(values(b, [SKI, AKI]), values(a, [SKI, AKI]),
             name + ": all other extensions as they were")
        same(b.extensions.get_extension_for_oid(SKI).value.digest,
             x509.SubjectKeyIdentifier.from_public_key(
                 key.public_key()).digest, name + ": SKI of the new key")
    same(b.extensions.get_extension_for_oid(AKI).value.key_identifier,
         INTER.extensions.get_extension_for_oid(SKI).value.digest,
         name + ": AKI of the issuer")
    return new


# --- by certificate, over TLS -------------------------------------------

pair = issue(ca)
for version in "1.2", "1.3":
    for leaf_only in False, True:
        name = "TLS %s, %s" % (version, "leaf only" if leaf_only else "chain")
        c = Client(ca, pair, version, leaf_only)
        ok(not c.connect(), name + ": a fresh session")
        follows(name + ", fresh", pair, c.post("/renew"))
        follows(name + ", kept open", pair, c.post("/1.0/renew"))
        ok(c.connect(), name + ": a resumed session")
        new = follows(name + ", resumed", pair, c.post("/renew"))
        key = make_key()
        c.connect()
        follows(name + ", resumed, rekey", pair,
                c.post("/rekey", {"csr": make_csr(key, cn="")}), key)
        c.close()

for version in "1.2", "1.3":
    for what, path in (("chain", pair.path), ("leaf only", pair.leaf_path)):
        r = subprocess.run(
            ["curl", "-sS", "--tlsv" + version, "--tls-max", version,
             "--cacert", ROOT, "--cert", path, "--key", pair.key_path,
             "-X", "POST", "-w", "%{http_code}", "-o", pair.path + ".out",
             "https://localhost:%d/1.0/renew" % ca.port],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        same(r.stdout, "201", "curl, TLS %s, %s" % (version, what))
os.unlink(pair.path + ".out")

# --- every path, every kind of key --------------------------------------

follows("/re-sign", pair, mtls(ca, pair, "/re-sign"))
follows("/1.0/re-sign", pair, mtls(ca, pair, "/1.0/re-sign", b"{}"))
follows("a body is not looked at", pair,
        mtls(ca, pair, "/renew", b"\xff not JSON"))
status, headers, data = ca.request("GET", "/renew")
same((status, headers["allow"], data), (405, "POST", b""), "GET /renew: 405")
same(mtls(ca, pair, "/renew/")[0], 404, "/renew/ is another path")

for kind in "P-384", "P-521", "Ed25519", "2048":
    p = issue(ca, "k.example.com", make_key(kind))
    follows(kind + ", TLS", p, mtls(ca, p))
    follows(kind + ", token", p, bearer(ca, renew_token(ca, p)))
    key = make_key("P-384" if kind == "2048" else "2048")
    follows(kind + ", rekey to another kind", p,
            mtls(ca, p, "/rekey", {"csr": make_csr(key)}), key)

# --- by token ------------------------------------------------------------

follows("token", pair, bearer(ca, renew_token(ca, pair)))
follows("token, /1.0", pair, bearer(ca, renew_token(ca, pair), "/1.0/renew"))
follows("token, /re-sign", pair, bearer(ca, renew_token(ca, pair), "/re-sign"))
follows("token, unprefixed audience", pair,
        bearer(ca, renew_token(ca, pair, "/renew")))
follows("token of the provisioner's name", pair,
        bearer(ca, renew_token(ca, pair, iss=ca.provisioner["name"])))
follows("token with leaf alone: the authority knows its intermediate", pair,
        bearer(ca, renew_token(ca, pair, chain=pair.chain[:1])))
follows("token without jti", pair, bearer(ca, renew_token(ca, pair, jti=None)))
follows("words before Bearer", pair,
        bearer(ca, renew_token(ca, pair), scheme="x Bearer "))
key = make_key()
follows("rekey by token", pair, bearer(
    ca, renew_token(ca, pair, "/1.0/rekey"), "/rekey",
    {"csr": make_csr(key, cn="")}), key)
csr = make_csr(key)
from cryptography.hazmat.primitives import hashes  # noqa: E402
h = hashes.Hash(hashes.SHA256())
h.update(x509.load_pem_x509_csr(csr.encode()).public_bytes(DER))
from stepc_ca import b64u  # noqa: E402
bound = {"x5rt#S256": b64u(h.finalize())}
follows("rekey by a token bound to its request", pair, bearer(
    ca, renew_token(ca, pair, "/rekey", cnf=bound), "/1.0/rekey",
    {"csr": csr}), key)
follows("a client certificate goes before a token", pair,
        mtls(ca, pair, headers={"Authorization": "Bearer nonsense"}))

# --- by stepc ------------------------------------------------------------


def stepc(*args):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "ca", *args, "--force", "--ca-url",
         "https://localhost:%d" % ca.port, "--root", ROOT], env=ca.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def load(cert, key):
    with open(cert) as f:
        chain = [c + "-----END CERTIFICATE-----\n" for c in
                 f.read().split("-----END CERTIFICATE-----\n")[:-1]]
    with open(key, "rb") as f:
        return Pair(chain, serialization.load_pem_private_key(f.read(), None))


for flags in ([], ["--mtls=false"]):
    for verb in "renew", "rekey":
        name = " ".join(["stepc ca", verb, *flags])
        p = issue(ca, "s.example.com")
        r = stepc(verb, p.path, p.key_path, *flags)
        if ok(r.returncode == 0, name, r.stdout):
            n = load(p.path, p.key_path)
            follows(name, p, (201, {
                "crt": n.chain[0], "ca": n.chain[1], "certChain": n.chain,
                "tlsOptions": None}), n.key if verb == "rekey" else None)

# --- R10: whatever is in a certificate stays ----------------------------

issuer = Issuer(ca)
CUSTOM = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.4.1.55555.7"), b"\x04\x03abc")
SUBJECT = x509.Name([
    x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ä & \"Ö\", Ltd"),
    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "one"),
    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "two"),
    x509.NameAttribute(NameOID.COMMON_NAME, "rich.example.com")])
SANS = [x509.DNSName("rich.example.com"), x509.DNSName("*.example.com"),
        x509.RFC822Name("a@example.com"),
        x509.UniformResourceIdentifier("spiffe://x/y"),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
rich_key = make_key()
rich = issuer.leaf("rich.example.com", rich_key, subject=SUBJECT, sans=SANS,
                   more=[(CUSTOM, False),
                         (x509.SubjectKeyIdentifier(b"not a hash at all"),
                          False),
                         (x509.CRLDistributionPoints([x509.DistributionPoint(
                             [x509.UniformResourceIdentifier(
                                 "http://ca.example.com/crl")],
                             None, None, None)]), False),
                         (x509.AuthorityInformationAccess([
                             x509.AccessDescription(
                                 x509.oid.AuthorityInformationAccessOID.OCSP,
                                 x509.UniformResourceIdentifier(
                                     "http://ca.example.com/ocsp"))]), False),
                         (x509.AuthorityKeyIdentifier(
                             INTER.extensions.get_extension_for_oid(SKI)
                             .value.digest,
                             [x509.DirectoryName(INTER.issuer)],
                             INTER.serial_number), False)])
new = follows("R10 a rich certificate", rich, mtls(ca, rich))
if new is not None:
    same(new.cert.extensions.get_extension_for_oid(SKI).value.digest,
         b"not a hash at all", "R10 its own key id is kept")
    follows("R10 and once more", new, mtls(ca, new))
key = make_key("P-384")
follows("R10 a rich certificate, rekey", rich,
        mtls(ca, rich, "/rekey", {"csr": make_csr(key)}), key)
follows("R10 by token", rich, bearer(ca, renew_token(ca, rich)))

bare = issuer.leaf(subject=x509.Name([]), critical_san=True)
follows("R10 without subject and key id", bare, mtls(ca, bare))
follows("R10 without subject: any sub in a token", bare,
        bearer(ca, renew_token(ca, bare, sub="whatever")))

# --- lives ---------------------------------------------------------------

short = issue(ca, notAfter="5m")
follows("a life of six minutes", short, mtls(ca, short))
tiny = issuer.leaf(before=-10, after=40)
status, doc = mtls(ca, tiny)
if ok(status == 201, "a life shorter than the backdate: 201", status, doc):
    c = x509.load_pem_x509_certificate(doc["crt"].encode())
    ok(c.not_valid_after - c.not_valid_before ==
       datetime.timedelta(seconds=50) and c.not_valid_after > now(),
       "and as long, from now on")
end = (INTER.not_valid_after - now()).total_seconds()
long = issuer.leaf(before=-86400, after=int(end) - 10)
status, doc = mtls(ca, long)
if ok(status == 201, "a life beyond the issuer's: 201", status, doc):
    c = x509.load_pem_x509_certificate(doc["crt"].encode())
    same(c.not_valid_after, INTER.not_valid_after, "ends with the issuer's")

# --- expired -----------------------------------------------------------

end = time.time() + 1
gone = issuer.leaf("gone.example.com", after=1)
while time.time() < end:
    time.sleep(0.05)
same(bearer(ca, renew_token(ca, gone)),
     (401, {"status": 401, "message": P401 + "certificate expired on " +
            gone.cert.not_valid_after.strftime("%Y-%m-%d %H:%M:%S +0000 UTC")}),
     "expired, and not allowed: 401")

ca.check_logs()
done()
