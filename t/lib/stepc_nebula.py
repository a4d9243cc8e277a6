"""Nebula's side of a test: certificates of both versions and of both curves,
and XEdDSA signatures, from the specifications and Python's integers alone."""

import hashlib
import ipaddress
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

RAW = serialization.Encoding.Raw
POINT = (serialization.Encoding.X962,
         serialization.PublicFormat.UncompressedPoint)

# --- XEdDSA: section 2.3 of Signal's specification ------------------------

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    """Of two points of edwards25519; both coordinates are affine."""
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def times(k, a):
    r = (0, 1)
    while k:
        if k & 1:
            r = add(r, a)
        a = add(a, a)
        k >>= 1
    return r


def base():
    y = 4 * pow(5, P - 2, P) % P
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x, y)


B = base()


def encode(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def xeddsa(private, message):
    k = private.private_bytes(RAW, serialization.PrivateFormat.Raw,
                              serialization.NoEncryption())
    k = int.from_bytes(bytes([k[0] & 248]) + k[1:31] +
                       bytes([k[31] & 127 | 64]), "little") % L
    e = times(k, B)
    a = (L - k) % L if e[0] & 1 else k
    public = e[1].to_bytes(32, "little")
    r = int.from_bytes(hashlib.sha512(
        b"\xfe" + b"\xff" * 31 + a.to_bytes(32, "little") + message +
        os.urandom(64)).digest(), "little") % L
    point = encode(times(r, B))
    h = int.from_bytes(hashlib.sha512(point + public + message).digest(),
                       "little") % L
    return point + ((r + h * a) % L).to_bytes(32, "little")


# --- certificates ---------------------------------------------------------

def varint(n):
    out = b""
    n &= 2 ** 64 - 1
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """Nothing for what is empty, as protocol buffers have it."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value \
            if value else b""
    return varint(number << 3) + varint(value) if value else b""


def der(tag, value):
    n = len(value)
    size = bytes([n]) if n < 0x80 else \
        bytes([0x81, n]) if n < 0x100 else bytes([0x82, n >> 8, n & 0xff])
    return bytes([tag]) + size + value


def integer(tag, n):
    return der(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


class Cert:
    """A certificate and its key; issuer None: a CA, signed by itself."""

    def __init__(self, name, issuer=None, networks=(), unsafe=(), groups=(),
                 start=0, end=0, version=1, p256=False, ca=None, key=None,
                 fingerprint=None, more=b""):
        self.name, self.version, self.p256 = name, version, p256
        self.start, self.end, self.groups = start, end, groups
        self.ca = issuer is None if ca is None else ca
        self.networks = [ipaddress.ip_interface(n) for n in networks]
        self.unsafe = [ipaddress.ip_interface(n) for n in unsafe]
        if key is not None:
            self.key = key
        elif p256:
            self.key = ec.generate_private_key(ec.SECP256R1())
        elif self.ca:
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = x25519.X25519PrivateKey.generate()
        self.issuer = b"" if issuer is None else \
            issuer.fingerprint if fingerprint is None else fingerprint
        signer = (issuer or self).key
        if version == 1:
            self.v1(signer, more)
        else:
            self.v2(signer, more)

    def public(self):
        return self.key.public_key().public_bytes(*(
            POINT if self.p256 else (RAW, serialization.PublicFormat.Raw)))

    @staticmethod
    def sign_by(signer, data):
        if isinstance(signer, ed25519.Ed25519PrivateKey):
            return signer.sign(data)
        return signer.sign(data, ec.ECDSA(hashes.SHA256()))

    def v1(self, signer, more):
        def pairs(nets):
            return b"".join(varint(int(n.ip)) + varint(int(n.netmask))
                            for n in nets)
        details = field(1, self.name.encode()) + \
            field(2, pairs(self.networks)) + field(3, pairs(self.unsafe)) + \
            b"".join(field(4, g.encode()) for g in self.groups) + \
            field(5, self.start) + field(6, self.end) + \
            field(7, self.public()) + field(8, int(self.ca)) + \
            field(9, self.issuer) + field(100, int(self.p256)) + more
        self.raw = field(1, details) + field(2, self.sign_by(signer, details))
        self.fingerprint = hashlib.sha256(self.raw).digest()

    def v2(self, signer, more):
        def nets(tag, nets):
            return der(tag, b"".join(der(4, n.ip.packed + bytes(
                [n.network.prefixlen])) for n in nets)) if nets else b""
        details = der(0xa0, der(0x80, self.name.encode()) + nets(
            0xa1, self.networks) + nets(0xa2, self.unsafe) + (der(
                0xa3, b"".join(der(0x0c, g.encode()) for g in self.groups))
                if self.groups else b"") + (
            der(0x84, b"\xff") if self.ca else b"") + integer(
                0x85, self.start) + integer(0x86, self.end) + (
            der(0x87, self.issuer) if self.issuer else b"") + more)
        public = self.public()
        sig = self.sign_by(signer, details + bytes([self.p256]) + public)
        self.raw = der(0x30, details + (
            der(0x81, b"\1") if self.p256 else b"") + der(0x82, public) +
            der(0x83, sig))
        self.fingerprint = hashlib.sha256(
            details + bytes([self.p256]) + public + sig).digest()

    def pem(self):
        from stepc_ca import pem
        return pem("NEBULA CERTIFICATE" + (" V2" if self.version == 2
                                           else ""), self.raw)
