#!/usr/bin/python3
"""The Nebula provisioner: certificates by the key of a host of that network
(attack row T30).  Its certificates are made here from its specification, and
by nebula-cert where that is installed; certificates that come of them are
looked at by openssl and ssh-keygen."""

import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, DEFAULT_401, P401, P403, Refusals, b64u, done, \
    make_csr, make_key, ok, same, skip
import stepc_ssh
from stepc_nebula import Cert, field, xeddsa
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
NEBULA = shutil.which("nebula-cert")
SAN = x509.SubjectAlternativeName
NOW = int(time.time())
HOUR, DAY = 3600, 86400
LIFE = {"start": NOW - HOUR, "end": NOW + 9 * DAY}

# --- the network's certificates ------------------------------------------
cas = {(v, p): Cert("CA %d %s" % (v, p), version=v, p256=p, **LIFE)
       for v in (1, 2) for p in (False, True)}
plain_ca = cas[1, False]
limited = Cert("limited", networks=["10.1.0.0/16"], unsafe=["10.2.0.0/24"],
               groups=["web", "db"], **LIFE)
ended = Cert("ended", start=NOW - DAY, end=NOW - 5)
coming = Cert("coming", start=NOW + HOUR, end=NOW + DAY)
unknown = Cert("unknown", **LIFE)


def host(name="web", issuer=plain_ca, networks=("10.1.0.7/16", "10.3.0.7/16"),
         **more):
    c = dict({"start": NOW - HOUR, "end": NOW + 3 * HOUR,
              "version": issuer.version, "p256": issuer.p256}, **more)
    return Cert(name, issuer, networks, **c)


def made_by_nebula(folder):
    """A CA and a host of its; the host's key is made here."""
    def run(*args):
        subprocess.run([NEBULA, *args], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    run("ca", "-name", "Foreign", "-duration", "48h", "-groups", "web,db")
    run("keygen", "-out-key", "h.key", "-out-pub", "h.pub")
    run("sign", "-name", "foreign", "-ip", "10.9.0.3/24", "-groups", "web",
        "-in-pub", "h.pub", "-out-crt", "h.crt", "-duration", "3h")


def unpem(path):
    with open(path) as f:
        return base64.b64decode("".join(
            line for line in f if not line.startswith("-----")))


def edit(config, demo):
    roots = "".join(c.pem() for c in [*cas.values(), limited, ended, coming])
    if NEBULA is not None:
        made_by_nebula(demo)
        with open(os.path.join(demo, "ca.crt")) as f:
            roots += f.read()
    here = {"type": "Nebula", "roots": base64.b64encode(
        roots.encode()).decode(), "claims": {"enableSSHCA": True}}
    config["authority"]["provisioners"] += [
        dict(here, name="overlay"),
        dict(here, name="strict", claims={}),
        {"type": "Nebula", "name": "other", "roots": base64.b64encode(
            unknown.pem().encode()).decode()},
        dict(here, name="shaped", options={
            "x509": {"template": '{"subject": {"commonName": {{ toJson '
                     '.Subject.CommonName }}, "organizationalUnit": {{ toJson '
                     '.AuthorizationCrt.Groups }}, "organization": {{ toJson '
                     '.AuthorizationCrt.Networks }}}, '
                     '"sans": {{ toJson .SANs }}}'},
            "ssh": {"template": '{"type": "host", "keyId": "{{ '
                    '.AuthorizationCrt.Name }} in {{ index .AuthorizationCrt'
                    '.Groups 0 }}", "principals": {{ toJson .Principals }}}'}
        })]


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
key = make_key()
csr = make_csr(key, "web")
web = host()


def sign_token(inp, by):
    if isinstance(by, x25519.X25519PrivateKey):
        return xeddsa(by, inp)
    if isinstance(by, ed25519.Ed25519PrivateKey):
        return by.sign(inp)
    return ca.es256(inp, private=by)


def token(by=web, name="overlay", op="sign", sub=None, cert=None, key=None,
          header=None, sig=None, **more):
    h = {"alg": "ES256" if by.p256 else "XEdDSA", "typ": "JWT",
         "nebula": base64.b64encode(by.raw if cert is None else cert).decode()}
    h.update(header or {})
    c = dict({"iss": name, "sans": None, "aud":
              "https://localhost:%d/1.0/%s#nebula/%s" % (ca.port, op, name)},
             **more)
    inp = b64u(json.dumps({k: v for k, v in h.items() if v is not None})) + \
        "." + b64u(json.dumps(ca.claims(by.name if sub is None else sub, **c)))
    return inp + "." + b64u(sig(inp.encode()) if sig is not None else
                            sign_token(inp.encode(), key or by.key))


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def names(crt):
    return sorted(str(n.value) for n in
                  crt.extensions.get_extension_for_class(SAN).value)


def issued(name, ott, request=csr, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return doc


def asks(cn="web", dns=(), ip=(), also=()):
    return make_csr(key, cn, [x509.DNSName(n) for n in dns] + [
        x509.IPAddress(ipaddress.ip_address(n)) for n in ip] + list(also))


# --- what it is for ------------------------------------------------------
doc = issued("by a host's certificate", token())
crt = load(doc)
same(([a.value for a in crt.subject], names(crt)),
     (["web"], ["10.1.0.7", "10.3.0.7", "web"]), "its name and addresses")
same(crt.not_valid_after, datetime.datetime.utcfromtimestamp(web.end),
     "not longer than it")
text = subprocess.run(["openssl", "x509", "-noout", "-text"],
                      input=doc["crt"], text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT).stdout
ok("1.3.6.1.4.1.37476.9000.64.1" in text and "overlay" in text,
   "openssl sees the provisioner in its extension", text)
for (version, p256), root in cas.items():
    h = host(issuer=root, networks=["10.1.0.7/16", "fd00::7/64"][:version])
    crt = load(issued("version %d, %s" % (version, "P-256" if p256
                                          else "Curve25519"), token(h)))
    same(names(crt), ["10.1.0.7", "fd00::7", "web"] if version == 2 else
         ["10.1.0.7", "web"], "its names")
for i in range(4):
    issued("another key, another sign of its Edwards form", token(host()))
crt = load(issued("for one of its addresses", token(sub="10.3.0.7"),
                  asks("10.3.0.7")))
same(names(crt), ["10.1.0.7", "10.3.0.7", "web"], "all of them")
crt = load(issued("for a part of it", token(sans=["web", "10.1.0.7"]),
                  asks("", ["web"], ["10.1.0.7"])))
same(names(crt), ["10.1.0.7", "web"], "which the token names")
issued("a request with some of its addresses", token(),
       asks("web", ["web"], ["10.3.0.7"]))
issued("asked as long as the certificate", token(), notAfter=datetime.datetime
       .utcfromtimestamp(web.end).isoformat() + "Z")
issued("within what its CA may grant", token(host(
    issuer=limited, networks=["10.1.2.3/24"], unsafe=["10.2.0.128/25"],
    groups=["db"])))
crt = load(issued("by a template", token(host(groups=["a", "b"]),
                                         name="shaped")))
same(sorted(a.value for a in crt.subject),
     ["10.1.0.7/16", "10.3.0.7/16", "a", "b", "web"],
     "which sees the certificate")
if NEBULA is None:
    skip("certificates of nebula-cert", "not installed")
else:
    foreign = host()
    foreign.raw = unpem(os.path.join(ca.demo, "h.crt"))
    foreign.name = "foreign"
    foreign.key = x25519.X25519PrivateKey.from_private_bytes(
        unpem(os.path.join(ca.demo, "h.key")))
    crt = load(issued("a certificate of nebula-cert", token(foreign),
                      asks("foreign")))
    same(names(crt), ["10.9.0.3", "foreign"], "its names")
    for name, c in (("made.crt", web), ("made-ca.crt", plain_ca)):
        with open(os.path.join(ca.demo, name), "w") as f:
            f.write(c.pem())
    r = subprocess.run([NEBULA, "verify", "-ca", "made-ca.crt", "-crt",
                        "made.crt"], cwd=ca.demo, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    ok(r.returncode == 0, "nebula-cert verifies those of this test", r.stdout)

# --- T30: names ----------------------------------------------------------
STRANGE = P403 + 'the token\'s %s "%s" is neither the name nor an address of ' \
    'the nebula certificate of "web".'
for sub in ("db", "Web", "web.example.com", "10.1.0.8", "10.1.0.0",
            "10.1.0.7/16"):
    refuse("T30 subject " + sub, 403, STRANGE % ("subject", sub), asks(sub),
           token(sub=sub))
for name in ("db", "10.1.0.8", "a@web", "spiffe://web/", "*.web"):
    refuse("T30 the token's name " + name, 403, STRANGE % ("name", name), csr,
           token(sans=["web", name]))
refuse("T30 another common name", 403, P403 + "certificate request does not "
       "contain the valid common name - got db, want web.", asks("db"),
       token())
refuse("T30 another DNS name", 403, None, asks("web", ["web", "db"]), token())
refuse("T30 another address", 403, P403 + "certificate request contains "
       "unauthorized IP addresses - got [10.1.0.7 10.1.0.8], allowed "
       "[10.1.0.7 10.3.0.7].", asks("web", [], ["10.1.0.7", "10.1.0.8"]),
       token())
refuse("T30 a mail address", 403, None,
       asks("web", also=[x509.RFC822Name("a@web")]), token())
refuse("T30 a URI", 403, None, asks("web", also=[
    x509.UniformResourceIdentifier("spiffe://web/a")]), token())
refuse("T30 bound to another request", 403, None, csr,
       token(cnf={"x5rt#S256": "A" * 43}))

# --- T30: certificates ---------------------------------------------------
refuse("T30 ends after the certificate", 403, P403 + "requested certificate "
       "notAfter (*", csr, token(), notAfter=datetime.datetime
       .utcfromtimestamp(web.end + 1).isoformat() + "Z")
refuse("T30 begins before the certificate", 403, P403 + "requested "
       "certificate notBefore (*", csr, token(host(start=NOW - 30)),
       notBefore=datetime.datetime.utcfromtimestamp(NOW - HOUR).isoformat() +
       "Z")
spoiled = bytearray(web.raw)
spoiled[spoiled.index(b"web")] ^= 1
ec_ca = cas[1, True]
for name, by in (
        ("of an unknown CA", host(issuer=unknown)),
        ("of an unknown CA that names a known one",
         host(issuer=unknown, fingerprint=plain_ca.fingerprint)),
        ("without issuer", host(issuer=plain_ca, fingerprint=b"")),
        ("of a CA of another curve", host(issuer=plain_ca, p256=True)),
        ("in a group that its CA has not",
         host(issuer=limited, networks=["10.1.0.7/24"], groups=["admin"])),
        ("in a network that its CA has not",
         host(issuer=limited, networks=["10.3.0.7/24"])),
        ("in a wider network than its CA's",
         host(issuer=limited, networks=["10.1.0.7/8"])),
        ("routing what its CA must not", host(
            issuer=limited, networks=["10.1.0.7/24"], unsafe=["0.0.0.0/0"])),
        ("that ends after its CA", host(end=plain_ca.end + 1)),
        ("that begins before its CA", host(start=plain_ca.start - 1)),
        ("that is one of a CA", host(ca=True)),
        ("without a network", host(networks=[])),
        ("with the unspecified address", host(networks=["0.0.0.0/0"])),
        ("with a field more", host(more=field(101, 1))),
        ("with a field twice", host(more=field(100, 1) + field(100, 1)))):
    refuse("T30 certificate " + name, 401, DEFAULT_401, csr, token(by))
refuse("T30 expired certificate", 401, None, csr, token(host(end=NOW - 5)))
refuse("T30 certificate of the future", 401, None, csr,
       token(host(start=NOW + HOUR)))
refuse("T30 of an expired CA", 401, None, csr, token(host(
    issuer=ended, start=NOW - HOUR, end=NOW - 10)))
refuse("T30 of a CA of the future", 401, None, csr, token(host(
    issuer=coming, start=NOW + HOUR, end=NOW + HOUR)))
refuse("T30 the CA itself", 401, DEFAULT_401, csr,
       token(plain_ca, header={"alg": "EdDSA"}))
v2 = host(issuer=cas[2, False])
for name, cert in (("with another name", bytes(spoiled)), ("empty", b""),
                   ("cut", web.raw[:-1]), ("with a byte more",
                                           web.raw + b"\0"),
                   ("of version 2 with a byte more", v2.raw + b"\0"),
                   ("of zeros", bytes(64)), ("of the other version",
                                             b"\x30" + web.raw[1:]),
                   ("too large", web.raw + bytes(70000))):
    refuse("T30 certificate " + name, 401, None, csr, token(cert=cert))
for name, value in (("absent", None), ("a number", 1), ("a list", [
        base64.b64encode(web.raw).decode()]), ("not base64", "*"),
        ("a PEM text", web.pem())):
    refuse("T30 header nebula " + name, 401, DEFAULT_401, csr,
           token(header={"nebula": value}))

# --- the rest of a token -------------------------------------------------
refuse("signed with another key", 401, DEFAULT_401, csr,
       token(key=x25519.X25519PrivateKey.generate()))
refuse("signed with the CA's key", 401, DEFAULT_401, csr,
       token(key=plain_ca.key))
p256 = host(issuer=ec_ca)
refuse("P-256, signed with another key", 401, DEFAULT_401, csr,
       token(p256, key=make_key()))
for alg in ("none", "HS256", "RS256", "ES256", "EdDSA", "xeddsa"):
    refuse("T1 T3 alg " + alg, 401, DEFAULT_401, csr,
           token(header={"alg": alg}))
for alg in ("XEdDSA", "ES384", "EdDSA"):
    refuse("T3 P-256 with alg " + alg, 401, DEFAULT_401, csr,
           token(p256, header={"alg": alg}))
refuse("T3 the public key as a secret", 401, DEFAULT_401, csr, token(
    header={"alg": "HS256"}, sig=lambda inp: hmac.new(
        web.public(), inp, hashlib.sha256).digest()))
refuse("a signature of the wrong size", 401, DEFAULT_401, csr,
       token(sig=lambda inp: xeddsa(web.key, inp) + b"\0"))
high = 2 ** 252 + 27742317777372353535851937790883648493
refuse("a signature in its other spelling", 401, DEFAULT_401, csr, token(
    sig=lambda inp: (lambda s: s[:32] + (int.from_bytes(
        s[32:], "little") + high).to_bytes(32, "little"))(
            xeddsa(web.key, inp))))
refuse("of another issuer", 401, DEFAULT_401, csr, token(iss="other"))
refuse("for no subject", 401, None, csr, token(sub=""))
for name, aud in (("without fragment", "https://localhost:%d/1.0/sign"),
                  ("for revoking", "https://localhost:%d/1.0/revoke#nebula/"
                   "overlay"),
                  ("of another authority",
                   "https://other:%d/1.0/sign#nebula/overlay"),
                  ("of another provisioner",
                   "https://localhost:%d/1.0/sign#nebula/other"),
                  ("of none", "https://localhost:%d/1.0/sign#nebula/none")):
    refuse("audience " + name, 401, None, csr, token(aud=aud % ca.port))
refuse("T30 another provisioner's host", 401, DEFAULT_401, csr,
       token(name="other"))
refuse("expired", 401, None, csr, token(exp=NOW - 90))
refuse("early", 401, None, csr, token(nbf=NOW + HOUR))
refuse("from the future", 401, None, csr, token(iat=NOW + HOUR))
once = token()
issued("once", once)
refuse("twice", 401, P401 + "the token was already used", csr, once)
refuse("asks for SSH", 401, None, csr,
       token(step={"ssh": {"certType": "host"}}))
status, _, data = ca.request("POST", "/1.0/revoke", {
    "serial": "77", "ott": token(op="revoke"), "passive": True,
    "reasonCode": 0})
same((status, ca.ledger() == refuse.before), (401, True),
     "revokes nothing, nothing recorded")

# --- SSH: hosts ----------------------------------------------------------
pub = stepc_ssh.make_key("host")


def ssh_token(by=web, **ssh):
    return token(by, op="ssh/sign", step={"ssh": ssh})


def ssh_issued(name, ott, want, **more):
    status, doc = ssh.sign(pub, ott, **more)
    seen = inspect(doc["crt"]) if same(status, 201, "SSH " + name) else {}
    same((seen.get("principals"), "host" in seen.get("Type", "")),
         (want, True), "its principals")
    return seen


def ssh_refuse(name, status, message, ott, **more):
    before = ca.ledger()
    got, doc = ssh.sign(pub, ott, **more)
    ok(got == status and (message is None or doc["message"] == message) and
       ca.ledger() == before, "SSH %s: %d, nothing recorded" % (name, status),
       got, doc)


seen = ssh_issued("of a token that says nothing", token(op="ssh/sign"),
                  ["web", "10.1.0.7", "10.3.0.7"])
same((seen["Key ID"], seen["to"]), ('"web"', web.end),
     "not longer than the certificate")
ssh_issued("of an empty claim", ssh_token(), ["web", "10.1.0.7", "10.3.0.7"])
seen = ssh_issued("of one that names a part", ssh_token(
    certType="host", keyID="id", principals=["10.3.0.7"]), ["10.3.0.7"])
same(seen["Key ID"], '"id"', "and a key id")
seen = ssh_issued("by a template", token(
    host(groups=["g"]), name="shaped", op="ssh/sign"),
    ["web", "10.1.0.7", "10.3.0.7"])
same(seen["Key ID"], '"web in g"', "which sees the certificate")
ssh_issued("P-256", token(p256, op="ssh/sign"),
           ["web", "10.1.0.7", "10.3.0.7"])
ssh_issued("the request may ask for a host", token(op="ssh/sign"),
           ["web", "10.1.0.7", "10.3.0.7"], certType="host",
           principals=["WEB"])
USER = P403 + "ssh certificate type does not match - got user, want host."
ssh_refuse("T30 a token for a user", 403, USER, ssh_token(certType="user"))
ssh_refuse("T30 a request for a user", 403, USER, token(op="ssh/sign"),
           certType="user")
for name in ("root", "10.1.0.8", ""):
    ssh_refuse("T30 the token's principal " + name, 403,
               STRANGE % ("principal", name),
               ssh_token(principals=["web", name]))
ssh_refuse("T30 the request's principal", 403, None, token(op="ssh/sign"),
           principals=["db"])
ssh_refuse("T30 subject", 403, STRANGE % ("subject", "db"),
           token(sub="db", op="ssh/sign"))
ssh_refuse("T30 longer than the certificate", 403, None,
           ssh_token(validBefore="4h"))
ssh_refuse("T30 of an unknown CA", 401, DEFAULT_401,
           ssh_token(host(issuer=unknown)))
ssh_refuse("T30 another key", 401, DEFAULT_401, token(
    op="ssh/sign", key=x25519.X25519PrivateKey.generate()))
ssh_refuse("where it is not enabled", 401, None,
           token(name="strict", op="ssh/sign"))
ssh_refuse("a claim of the wrong type", 401, None, ssh_token(certType=1))
before = ca.ledger()
same((ssh.post("/1.0/ssh/revoke", {
    "serial": "1", "ott": token(op="ssh/revoke"), "passive": True,
    "reasonCode": 0})[0], ca.ledger() == before), (401, True),
    "revokes no SSH certificate")
status, doc = ssh.sign(pub, token(op="ssh/sign"), identityCSR=asks("web"))
same(status, 201, "SSH and an identity")
same(names(x509.load_pem_x509_certificate(doc["identityCrt"][0].encode())),
     ["10.1.0.7", "10.3.0.7", "web"], "for the same names")

# --- the configuration ---------------------------------------------------


def validate(roots):
    """What ca validate says of the provisioner with these roots."""
    conf = json.loads(json.dumps(ca.config))
    conf["authority"]["provisioners"] = [
        {"type": "Nebula", "name": "one", "roots": roots}]
    name = os.path.join(ca.demo, "config/other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                        "--ca-config", name], env=ca.env, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.stdout


def b64(text):
    return base64.b64encode(text.encode()).decode()


forged = Cert("forged", key=ed25519.Ed25519PrivateKey.generate(), **LIFE)
forged.raw = forged.raw[:-1] + bytes([forged.raw[-1] ^ 1])
for what, roots, want in (
        ("no roots", "", "roots is missing"),
        ("no base64", "*", "roots is not base64"),
        ("no PEM", "AAAA", "roots: no PEM block"),
        ("of X.509", b64(open(os.path.join(
            ca.demo, "certs/root_ca.crt")).read()), "is no nebula "
         "certificate"),
        ("a host", b64(web.pem()), '"web" is not one of a CA'),
        ("a CA that is not signed by itself", b64(forged.pem()),
         '"forged" is not signed by itself'),
        ("one good, one bad", b64(plain_ca.pem() + stepc_ca.pem(
            "NEBULA CERTIFICATE", b"\0")), "roots: nebula certificate: ")):
    said = validate(roots)
    ok('"one": ' in said and want in said, "ca validate: " + what, said)
said = validate(b64(plain_ca.pem()))
ok('"one": ' not in said, "ca validate: nothing against a good one", said)

ca.check_logs()
done()
