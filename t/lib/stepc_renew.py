"""Certificates that are shown to the authority again: by TLS, fresh and
resumed, and by tokens; and certificates of the authority that it never
recorded, made here with its own key."""

import base64
import datetime
import http.client
import json
import os
import socket
import ssl
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import \
    decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stepc_ca import b64u, make_csr, make_key

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER
PROVISIONER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1")


class Pair:
    """A certificate (and what follows it) with its key, as files too."""

    def __init__(self, chain, key):
        self.chain = list(chain)  # PEM texts, leaf first
        self.key = key
        self.cert = x509.load_pem_x509_certificate(self.chain[0].encode())
        fd, self.path = tempfile.mkstemp(suffix=".pem")
        with os.fdopen(fd, "w") as f:
            f.write("".join(self.chain))
        fd, self.leaf_path = tempfile.mkstemp(suffix=".pem")
        with os.fdopen(fd, "w") as f:
            f.write(self.chain[0])
        fd, self.key_path = tempfile.mkstemp(suffix=".key")
        with os.fdopen(fd, "wb") as f:
            f.write(key.private_bytes(
                PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))

    def __del__(self):
        for path in (self.path, self.leaf_path, self.key_path):
            try:
                os.unlink(path)
            except OSError:
                pass

    @property
    def serial(self):
        return self.cert.serial_number


def issue(ca, name="a.example.com", key=None, claims=None, **more):
    """A certificate for a one-time token."""
    key = key or make_key()
    c = ca.claims(name)
    c.update(claims or {})
    status, doc = ca.sign(make_csr(key, name), ca.token(c), **more)
    if status != 201:
        raise RuntimeError("sign: %s %s" % (status, doc))
    return Pair(doc["certChain"], key)


# --- TLS -----------------------------------------------------------------

def context(ca, pair, version=None, leaf_only=False):
    ctx = ssl.create_default_context(
        cafile=os.path.join(ca.demo, "certs/root_ca.crt"))
    if version == "1.2":
        ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    elif version == "1.3":
        ctx.minimum_version = ssl.TLSVersion.TLSv1_3
    if pair is not None:
        ctx.load_cert_chain(pair.leaf_path if leaf_only else pair.path,
                            pair.key_path)
    return ctx


class Client:
    """One TLS client; each connect() after the first resumes if it can."""

    def __init__(self, ca, pair, version=None, leaf_only=False):
        self.ca = ca
        self.context = context(ca, pair, version, leaf_only)
        self.session = None
        self.conn = None

    def connect(self, resume=True):
        self.close()
        raw = socket.create_connection(("localhost", self.ca.port), 60)
        sock = self.context.wrap_socket(
            raw, server_hostname="localhost",
            session=self.session if resume else None)
        self.sock = sock
        self.conn = http.client.HTTPSConnection(
            "localhost", self.ca.port, context=self.context, timeout=60)
        self.conn.sock = sock
        return sock.session_reused

    def post(self, path, body=b"", headers=None):
        """(status, document), over the connection that is open."""
        if self.conn is None:
            self.connect()
        h = {"Content-Type": "application/json"}
        h.update(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body)
        self.conn.request("POST", path, body=body, headers=h)
        r = self.conn.getresponse()
        data = r.read()
        # TLS 1.3 tickets come with the first bytes of the answer.
        if self.conn.sock is not None:
            self.session = self.conn.sock.session
        else:
            self.conn = None
        try:
            return r.status, json.loads(data)
        except ValueError:
            return r.status, {"message": data.decode(errors="replace")}

    def close(self):
        if self.conn is not None:
            self.conn.close()
        self.conn = None


def mtls(ca, pair, path="/renew", body=b"", headers=None, version=None,
         leaf_only=False):
    """One request over a connection of its own."""
    c = Client(ca, pair, version, leaf_only)
    try:
        return c.post(path, body, headers)
    finally:
        c.close()


# --- tokens --------------------------------------------------------------

def jws_alg(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "EdDSA"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {256: "ES256", 384: "ES384", 521: "ES512"}[key.curve.key_size]
    return "RS256"


def jws_sign(key, data, alg=None):
    alg = alg or jws_alg(key)
    if alg == "EdDSA":
        return key.sign(data)
    digest = {"256": hashes.SHA256, "384": hashes.SHA384,
              "512": hashes.SHA512}[alg[2:]]()
    if alg.startswith("ES"):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        n = (key.curve.key_size + 7) // 8
        return r.to_bytes(n, "big") + s.to_bytes(n, "big")
    return key.sign(data, padding.PKCS1v15(), digest)


def common_name(cert):
    names = cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return names[-1].value if names else ""


def x5c(chain):
    return [base64.b64encode(x509.load_pem_x509_certificate(
        c.encode()).public_bytes(DER)).decode() for c in chain]


def renew_claims(ca, pair, path="/1.0/renew", **more):
    now = int(time.time())
    c = {"iss": "step-ca-client/1.0", "sub": common_name(pair.cert),
         "aud": "https://localhost:%d%s" % (ca.port, path), "iat": now,
         "nbf": now, "exp": now + 300, "jti": os.urandom(16).hex()}
    c.update(more)
    return {k: v for k, v in c.items() if v is not None}


def renew_token(ca, pair, path="/1.0/renew", claims=None, header=None,
                key=None, chain=None, **more):
    """As step's: header x5cInsecure, signed by the certificate's key."""
    key = key or pair.key
    h = {"alg": jws_alg(key), "typ": "JWT",
         "x5cInsecure": x5c(chain or pair.chain)}
    h.update(header or {})
    h = {k: v for k, v in h.items() if v is not None}
    if claims is None:
        claims = renew_claims(ca, pair, path, **more)
    inp = b64u(json.dumps(h)) + "." + b64u(json.dumps(claims))
    return inp + "." + b64u(jws_sign(key, inp.encode()))


def bearer(ca, token, path="/renew", body=b"", scheme="Bearer "):
    """One request with a token and without a client certificate."""
    status, _, data = ca.request(
        "POST", path, body, {"Authorization": scheme + token})
    try:
        return status, json.loads(data)
    except ValueError:
        return status, {"message": data.decode(errors="replace")}


# --- certificates that the authority never recorded ----------------------

class Issuer:
    """The intermediate, used behind the authority's back."""

    def __init__(self, ca):
        with open(os.path.join(ca.demo, "secrets/intermediate_ca_key"),
                  "rb") as f:
            self.key = serialization.load_pem_private_key(
                f.read(), ca.password.encode())
        with open(os.path.join(ca.demo, "certs/intermediate_ca.crt")) as f:
            self.pem = f.read()
        self.cert = x509.load_pem_x509_certificate(self.pem.encode())
        self.provisioner = ca.provisioner["name"]
        self.kid = ca.kid

    def extension(self, name=None, kind=1):
        """The provisioner extension, by hand (all lengths below 128)."""
        def tlv(tag, data):
            return bytes([tag, len(data)]) + data
        body = tlv(2, bytes([kind])) + \
            tlv(4, (name or self.provisioner).encode()) + \
            tlv(4, self.kid.encode())
        return x509.UnrecognizedExtension(PROVISIONER_OID, tlv(0x30, body))

    def leaf(self, name="b.example.com", key=None, before=-60, after=86400,
             eku=(ExtendedKeyUsageOID.SERVER_AUTH,
                  ExtendedKeyUsageOID.CLIENT_AUTH),
             usage=True, provisioner=True, more=(), subject=None, sans=None,
             critical_san=False, issuer_cert=None, issuer_key=None,
             chain=None):
        """before and after are seconds from now."""
        key = key or make_key()
        now = datetime.datetime.utcnow().replace(microsecond=0)
        if subject is None:
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME,
                                                    name)])
        b = x509.CertificateBuilder().subject_name(subject)
        b = b.issuer_name((issuer_cert or self.cert).subject)
        b = b.public_key(key.public_key())
        b = b.serial_number(x509.random_serial_number())
        b = b.not_valid_before(now + datetime.timedelta(seconds=before))
        b = b.not_valid_after(now + datetime.timedelta(seconds=after))
        if usage:
            b = b.add_extension(x509.KeyUsage(
                usage == True, False, True, False, False, False, False,
                False, False), True)
        if eku:
            b = b.add_extension(x509.ExtendedKeyUsage(list(eku)), False)
        if sans is None:
            sans = [x509.DNSName(name)]
        if sans:
            b = b.add_extension(x509.SubjectAlternativeName(sans),
                                critical_san)
        if provisioner:
            b = b.add_extension(self.extension(
                provisioner if isinstance(provisioner, str) else None), False)
        for value, critical in more:
            b = b.add_extension(value, critical)
        c = b.sign(issuer_key or self.key, hashes.SHA256())
        return Pair([c.public_bytes(PEM).decode()] +
                    ([self.pem] if chain is None else chain), key)
