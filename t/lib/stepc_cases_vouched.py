"""The part of stepc_cases with those that others vouch for: X5C and K8sSA
provisioners."""

import base64
import datetime
import json
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stepc_ca import b64u, make_csr, make_key
from stepc_cases import EVERY_SAN, names
from stepc_observe import key_of
from stepc_renew import jws_alg, jws_sign

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
NOW = datetime.datetime.utcnow().replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)


class Corp:
    """A certificate of a small authority of its own."""

    def __init__(self, name, issuer=None, hours=100, signs=True,
                 eku=ExtendedKeyUsageOID.CLIENT_AUTH):
        ca = issuer is None
        self.key = make_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.end = NOW + hours * HOUR
        by = issuer or self
        b = x509.CertificateBuilder().subject_name(self.name) \
            .issuer_name(by.name).public_key(self.key.public_key()) \
            .serial_number(x509.random_serial_number()) \
            .not_valid_before(NOW - HOUR).not_valid_after(self.end) \
            .add_extension(x509.BasicConstraints(ca, None), True) \
            .add_extension(x509.KeyUsage(
                signs and not ca, False, not ca, False, False, ca, False,
                False, False), True)
        if not ca:
            b = b.add_extension(x509.ExtendedKeyUsage([eku]), False)
        self.cert = b.sign(by.key, hashes.SHA256())

    def b64(self):
        return base64.b64encode(self.cert.public_bytes(DER)).decode()


ROOT = Corp("Corp Root")
NODE = Corp("node", ROOT)
BRIEF = Corp("brief", ROOT, hours=3)
CLUSTER = make_key("2048")


def configure(config, demo):
    config["authority"]["provisioners"] += [
        {"type": "X5C", "name": "corp", "claims": {"enableSSHCA": True},
         "roots": base64.b64encode(ROOT.cert.public_bytes(PEM)).decode()},
        {"type": "K8sSA", "name": "cluster", "claims": {"enableSSHCA": True},
         "publicKeys": base64.b64encode(CLUSTER.public_key().public_bytes(
             PEM, serialization.PublicFormat.SubjectPublicKeyInfo)).decode()}]


def jwt(header, claims, key):
    inp = b64u(json.dumps(dict({"alg": jws_alg(key), "typ": "JWT"}, **header)))
    inp += "." + b64u(json.dumps(
        {k: v for k, v in claims.items() if v is not None}))
    return inp + "." + b64u(jws_sign(key, inp.encode()))


def x5c_token(o, by=NODE, key=None, chain=None, **more):
    claims = o.ca.claims(iss="corp", aud="https://localhost:%d/1.0/sign#x5c/"
                         "corp" % o.ca.port)
    claims.update(more)
    return jwt({"x5c": [c.b64() for c in chain or [by]], "kid": "node.key"},
               claims, key or by.key)


def x5c(o):
    o.sign("x5c", ott=x5c_token(o))
    o.sign("x5c: every kind of name", ott=x5c_token(o, sans=EVERY_SAN))
    o.sign("x5c: names in the request too", ott=x5c_token(
        o, sans=EVERY_SAN), csr=make_csr(key_of("P-256"),
                                         sans=names(EVERY_SAN)))
    o.sign("x5c: the root in the chain", ott=x5c_token(
        o, chain=[NODE, ROOT]))
    pair = o.sign("x5c: no longer than who vouches", ott=x5c_token(o, BRIEF))
    o.cases["x5c: no longer than who vouches"][".crt: lasts"] = \
        pair.cert.not_valid_after == BRIEF.end
    o.see("x5c: renew", "POST", "/renew", pair=o.sign(
        "x5c: to renew", ott=x5c_token(o), notAfter="2h"))
    ssh = {"certType": "user", "principals": ["joe"]}
    o.ssh_sign("x5c: ssh", x5c_token(o, step={"ssh": ssh}, sub="joe"))
    ssh = {"certType": "host", "principals": ["h.example.com"],
           "validBefore": "2h"}
    o.ssh_sign("x5c: ssh, a host", x5c_token(o, step={"ssh": ssh}, sub="h"))
    for case, ott, more in (
            ("T27 longer than who vouches", x5c_token(o, BRIEF),
             {"notAfter": "5h"}),
            ("T27 before who vouches", x5c_token(o, BRIEF),
             {"notBefore": "-2h", "notAfter": "3h"}),
            ("T26 of another authority", x5c_token(o, Corp("x")), {}),
            ("T26 signed by another key", x5c_token(o, key=make_key()), {}),
            ("T26 not for signing", x5c_token(o, Corp(
                "x", ROOT, signs=False)), {}),
            ("T26 of a server", x5c_token(o, Corp(
                "x", ROOT, eku=ExtendedKeyUsageOID.SERVER_AUTH)), {}),
            ("T26 expired", x5c_token(o, Corp("x", ROOT, hours=-.5)), {}),
            ("T14 audience without the name", x5c_token(
                o, aud="https://localhost/1.0/sign"), {}),
            ("T15 of another issuer", x5c_token(o, iss="admin"), {}),
            ("T15 no subject", x5c_token(o, sub=""), {}),
            ("C10 common name", x5c_token(o, sub="b.example.com",
                                          sans=["a.example.com"]), {}),
            ("T20 another name", x5c_token(o), {"csr": make_csr(
                key_of("P-256"), sans=names(["b.example.com"]))})):
        o.sign("x5c, refused: " + case, ott=ott, **more)


def k8ssa_token(key=None, **more):
    who = "kubernetes.io/serviceaccount/"
    return jwt({"kid": "x"}, dict({
        "iss": "kubernetes/serviceaccount", who + "namespace": "shop",
        who + "secret.name": "web-token-1", who + "service-account.name":
        "web", who + "service-account.uid": "1-2-3",
        "sub": "system:serviceaccount:shop:web"}, **more), key or CLUSTER)


def k8ssa(o):
    csr = make_csr(key_of("P-256"), "web", names(EVERY_SAN))
    token = k8ssa_token()
    o.sign("k8ssa", csr=csr, ott=token)
    o.sign("k8ssa: again", csr=csr, ott=token)
    o.sign("k8ssa: an audience", csr=csr, ott=k8ssa_token(aud="x"))
    o.sign("k8ssa: C5 a request for a CA", ott=token, csr=make_csr(
        key_of("P-256"), "web", names(EVERY_SAN[:1]),
        [(x509.BasicConstraints(True, None), True)]))
    o.ssh_sign("k8ssa: ssh", k8ssa_token(), certType="user", keyID="x",
               principals=["joe"])
    o.ssh_sign("k8ssa: ssh, a host", k8ssa_token(), certType="host",
               keyID="x", principals=["h.example.com", "10.0.0.1"])
    o.ssh_sign("k8ssa, refused: ssh without its type", k8ssa_token(),
               keyID="x", principals=["joe"])
    for case, ott in (
            ("signed by another key", k8ssa_token(make_key("2048"))),
            ("T12 expired", k8ssa_token(exp=int(time.time()) - 90)),
            ("T15 no subject", k8ssa_token(sub=None)),
            ("T29 of another issuer", k8ssa_token(iss="kubernetes"))):
        o.sign("k8ssa, refused: " + case, csr=csr, ott=ott)


ANSWERED = [x5c, k8ssa]
