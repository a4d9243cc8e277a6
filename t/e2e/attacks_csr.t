#!/usr/bin/python3
"""Rows C1-C11, C13, C16-C18 against POST /sign: hostile certification
requests, what they get, and that nothing is recorded."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import (BUILD, CA, P400, P403, Refusals, done, make_csr,
                      make_key, ok, pem, same)
import base64
import json
import math
import subprocess
import time
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ca = CA()
key = make_key()
refuse = Refusals(ca)
CN = "a.example.com"
good = make_csr(key)
DER = serialization.Encoding.DER
raw = x509.load_pem_x509_csr(good.encode()).public_bytes(DER)
JSON = P400 + "error decoding json."
INVALID = P400 + "invalid csr."


def req(der):
    return pem("CERTIFICATE REQUEST", der)


def issued(name, csr, ott=None, **more):
    status, doc = ca.sign(csr, ott or ca.token(), **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    if status != 201:
        return None
    return x509.load_pem_x509_certificate(doc["crt"].encode())


# C1
bad = bytearray(raw)
bad[-1] ^= 1
refuse("C1 signature damaged", 400, INVALID, req(bytes(bad)), ca.token())
other = make_key()
b = x509.CertificateSigningRequestBuilder().subject_name(
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CN)]))
theirs = b.sign(other, hashes.SHA256()).public_bytes(DER)
spki = key.public_key().public_bytes(
    DER, serialization.PublicFormat.SubjectPublicKeyInfo)
theirs_spki = other.public_key().public_bytes(
    DER, serialization.PublicFormat.SubjectPublicKeyInfo)
refuse("C1 signed by another key", 400, INVALID,
       req(theirs.replace(theirs_spki, spki)), ca.token())


def openssl_csr(*args):
    path = os.path.join(ca.tmp, "x.key")
    r = subprocess.run(["openssl", "req", "-new", "-nodes", "-keyout", path,
                        "-subj", "/CN=" + CN, *args],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       text=True)
    return r.stdout


for md in ("sha1", "md5"):
    refuse("C1 %s signature" % md, 400, INVALID,
           openssl_csr("-newkey", "rsa:2048", "-" + md), ca.token())

# C2
issued("C2 another label", good.replace("CERTIFICATE REQUEST", "WHATEVER"))
issued("C2 two requests: the first counts", good + make_csr(other, cn="b"))
issued("C2 leading junk", "junk\n" + good)
for name, der in (("trailing bytes", raw + b"\0"),
                  ("truncated", raw[:-3]), ("empty", b""),
                  ("indefinite length",
                   b"\x30\x80" + raw[4:] + b"\0\0"),
                  ("length in too many octets",
                   b"\x30\x83\x00" + raw[2:4] + raw[4:]),
                  ("version -1", raw.replace(b"\x02\x01\x00",
                                             b"\x02\x01\xff", 1)),
                  ("version 1", raw.replace(b"\x02\x01\x00",
                                            b"\x02\x01\x01", 1)),
                  ("a certificate", x509.load_pem_x509_certificate(open(
                      os.path.join(ca.demo, "certs/root_ca.crt"), "rb")
                      .read()).public_bytes(DER))):
    refuse("C2 " + name, 400, JSON, req(der), ca.token())
refuse("C2 not PEM", 400, JSON, base64.b64encode(raw).decode(), ca.token())

# C3
weak = P403 + "certificate request RSA key must be at least 2048 bits " \
    "(256 bytes)."
refuse("C3 RSA 1024", 403, weak, make_csr(make_key("1024")), ca.token())
for name, args in (("RSA e=3", ("-newkey", "rsa:2048", "-pkeyopt",
                                "rsa_keygen_pubexp:3")),):
    status, doc = ca.sign(openssl_csr(*args), ca.token())
    ok(status in (201, 400, 403), "C3 %s has a defined answer: %d"
       % (name, status), doc)
    refuse.before = ca.ledger()
for curve in ("prime192v1", "secp224r1", "secp256k1"):
    refuse("C3 curve " + curve, 400, P400 + "certificate request key*",
           openssl_csr("-newkey", "ec", "-pkeyopt",
                       "ec_paramgen_curve:" + curve), ca.token())
refuse("C3 explicit curve parameters", 400, P400 + "*",
       openssl_csr("-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-pkeyopt",
                   "ec_param_enc:explicit"), ca.token())
refuse("C3 Ed448", 400, P400 + "certificate request key*",
       openssl_csr("-newkey", "ed448"), ca.token())
dkey = dsa.generate_private_key(1024)
refuse("C3 DSA", 400, P400 + "certificate request key*",
       make_csr(dkey), ca.token())
off = bytearray(raw)
at = raw.index(spki) + len(spki) - 1
off[at] ^= 1
refuse("C3 a point that is not on the curve", 400, None, req(bytes(off)),
       ca.token())



def tlv(tag, *contents):
    data = b"".join(contents)
    n = len(data)
    size = bytes([n]) if n < 128 else bytes(
        [0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes(
            (n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + data


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def to_sign(algorithm, public):
    """The inner part of a request for any key."""
    return tlv(0x30, integer(0), x509.Name([x509.NameAttribute(
        NameOID.COMMON_NAME, CN)]).public_bytes(), tlv(
            0x30, algorithm, tlv(3, b"\0", public)), b"\xa0\0")


def of_point(point):
    """A request for a P-256 key, signed by another."""
    info = to_sign(spki[2:23], point)
    return req(tlv(0x30, info, bytes.fromhex("300a06082a8648ce3d040302"),
                   tlv(3, b"\0", key.sign(info, ec.ECDSA(hashes.SHA256())))))


def forged(n, e):
    """A request for an RSA key; its signature is what verifies when e = 1."""
    rsa_oid = bytes.fromhex("06092a864886f70d0101")
    info = to_sign(tlv(0x30, rsa_oid + b"\x01\x05\0"),
                   tlv(0x30, integer(n), integer(e)))
    h = hashes.Hash(hashes.SHA256())
    h.update(info)
    t = bytes.fromhex("3031300d060960864801650304020105000420") + h.finalize()
    size = (n.bit_length() + 7) // 8
    sig = b"\0\1" + b"\xff" * (size - len(t) - 3) + b"\0" + t
    return req(tlv(0x30, info, tlv(0x30, rsa_oid + b"\x0b\x05\0"),
                   tlv(3, b"\0", sig)))


def roca():
    """A modulus that is a power of 65537 modulo each small prime."""
    primes = [p for p in range(3, 168) if all(p % q for q in range(2, p))]
    m = math.prod(primes)
    n = pow(65537, 1234567, m)
    n += m * ((1 << 2047) // m + 1)
    return n if n % 2 else n + m


modulus = make_key("2048").public_key().public_numbers().n
began = time.monotonic()
for name, n, e in (("RSA e=1, which anybody can sign for", modulus, 1),
                   ("RSA e=1, 3072 bits", (1 << 3071) | 12345, 1),
                   ("RSA e=2", modulus, 2), ("RSA e=0", modulus, 0),
                   ("RSA of an even modulus", modulus - 1, 65537),
                   ("RSA of an even modulus, e=1", modulus - 1, 1),
                   ("RSA e of 2,000 bits", modulus, (1 << 1999) | 1),
                   ("ROCA", roca(), 65537),
                   ("ROCA, e=1", roca(), 1),
                   ("RSA 8193", (1 << 8192) | 1, 65537),
                   ("RSA 16384", (1 << 16383) | 1, 65537),
                   ("RSA 16384, e of 16,000 bits", (1 << 16383) | 1,
                    (1 << 15999) | 1)):
    status, doc = ca.sign(forged(n, e), ca.token())
    ok(status in (400, 403) and doc["status"] == status,
       "C3 %s: %d" % (name, status), doc)
    same(ca.ledger(), refuse.before, "C3 %s: nothing recorded" % name)
ok(time.monotonic() - began < 20, "C3 without long work")
issued("C3 a point as it is", of_point(spki[-65:]))
for name, point in (
        ("the point at infinity", b"\0"),
        ("the point at infinity, 65 octets", bytes(65)),
        ("no point", b""), ("0, 0", b"\4" + bytes(64)),
        ("a compressed point", bytes([2 + (spki[-1] & 1)]) + spki[-64:-32]),
        ("a hybrid point", bytes([6 + (spki[-1] & 1)]) + spki[-64:]),
        ("x above p", b"\4" + b"\xff" * 32 + spki[-32:]),
        ("an octet more", spki[-65:] + b"\0")):
    refuse("C3 " + name, 400, None, of_point(point), ca.token())

# C4
for name in ("intermediate", "root"):
    with open(os.path.join(ca.demo, "secrets/%s_ca_key" % name), "rb") as f:
        cakey = serialization.load_pem_private_key(
            f.read(), ca.password.encode())
    refuse("C4 the key of the " + name, 403, P403 + "certificate request key "
           "is the key of the certificate authority.", make_csr(cakey),
           ca.token())

# C5
c = issued("C5 a request full of extensions", make_csr(key, extensions=[
    (x509.BasicConstraints(True, 3), True),
    (x509.KeyUsage(True, True, True, True, True, True, True, False, False),
     True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
                            ExtendedKeyUsageOID.OCSP_SIGNING,
                            ExtendedKeyUsageOID.CODE_SIGNING]), False),
    (x509.NameConstraints([x509.DNSName("x")], None), True)]))
names = sorted(x.oid.dotted_string for x in c.extensions)
same(names, sorted(["2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35",
                    "2.5.29.17", "1.3.6.1.4.1.37476.9000.64.1"]),
     "C5 none of them is in the certificate")
ku = c.extensions.get_extension_for_class(x509.KeyUsage).value
ok(ku.digital_signature and not ku.key_cert_sign and not ku.crl_sign,
   "C5 key usage is digitalSignature")
same([u.dotted_string for u in c.extensions.get_extension_for_class(
    x509.ExtendedKeyUsage).value],
    ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], "C5 extended key usage")

# C6
from cryptography.x509 import (DirectoryName, DNSName, OtherName,  # noqa
                               RegisteredID, RFC822Name,
                               UniformResourceIdentifier)
other_name = OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"),
                       b"\x0c\x04root")
for name, san in (("otherName (UPN)", other_name),
                  ("directoryName", DirectoryName(x509.Name([]))),
                  ("registeredID", RegisteredID(
                      x509.ObjectIdentifier("1.2.3.4")))):
    refuse("C6 " + name, 403, P403 + "*",
           make_csr(key, sans=[DNSName(CN), san]), ca.token())
refuse("C6 an e-mail address that the token has not", 403, P403 + "certificate"
       " request does not contain the valid email addresses - got "
       "[a@example.com], want [].",
       make_csr(key, sans=[DNSName(CN), RFC822Name("a@example.com")]),
       ca.token())

# C7, C8, C9
for name in ("a b", "a..b", ".a", "a.", "-a.b", "a-.b", "*", "*.com",
             "*.*.x", "a.*.b", "a*.b", "b\u00fccher.example",
             "l" * 64 + ".x", ".".join(["l" * 50] * 6), "a\tb", "1.2.3.256",
             "10.0.0.1.", "a,b", "a/b", "xn--", "xn--a-", "xn--\u00e9.x"):
    refuse("C7 DNS name %r" % name[:20], 403, P403 + "*", make_csr(key, cn=""),
           ca.token(ca.claims("x.example.com", sans=[name])))
# What is after xn-- is taken as it is, as by the reference.
for name in ("A.Example.com", "_srv.a.example", "xn--bcher-kva.example",
             "xn--zzzzzzzzzz.example", "XN--BCHER-KVA.example", "ab--cd.example",
             "*.example.com", "a-b.c", "l" * 63 + ".x"):
    issued("C7 DNS name %r" % name[:20], make_csr(key, cn=""),
           ca.token(ca.claims("x.example.com", sans=[name])))
for ip in ("0.0.0.0", "::", "::ffff:10.0.0.1"):
    refuse("C8 address " + ip, 403, P403 + "*", make_csr(key, cn=""),
           ca.token(ca.claims("x", sans=[ip])))
refuse("C8 an address with a zone", 403, P403 + "*", make_csr(key, cn=""),
       ca.token(ca.claims("x", sans=["fe80::1%eth0"])))
c = issued("C8 10.0.0.1 is an address", make_csr(key, cn=""),
           ca.token(ca.claims("x", sans=["10.0.0.1"])))
same(str(c.extensions.get_extension_for_class(
    x509.SubjectAlternativeName).value[0].value), "10.0.0.1",
    "C8 and not a DNS name")
for uri in ("https://u:p@a.example/", "javascript:alert(1)",
            "https://a.example/\r\nX: y", "https:///x", "data:text/html,x",
            "http://a b/"):
    refuse("C9 URI %r" % uri, 403, P403 + "*", make_csr(key, cn=""),
           ca.token(ca.claims("x", sans=[uri])))
for mail in ('"a b"@x.example', "a@b\r\nc", "a@@b", "@x", "a@", "a b@c"):
    refuse("C9 mail %r" % mail, 403, P403 + "*", make_csr(key, cn=""),
           ca.token(ca.claims("x", sans=[mail])))
issued("C9 a SPIFFE id", make_csr(key, cn=""),
       ca.token(ca.claims("x", sans=["spiffe://td/workload"])))

# C10
refuse("C10 CN not in the token", 403, P403 + "certificate request does not "
       "contain the valid common name - got evil, want [a.example.com "
       "a.example.com].", make_csr(key, cn="evil"), ca.token())
issued("C10 no CN", make_csr(key, cn=""))
two = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([
    x509.NameAttribute(NameOID.COMMON_NAME, "evil"),
    x509.NameAttribute(NameOID.COMMON_NAME, CN)])).sign(
        key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
refuse("C10 two CNs", 403, P403 + "*", two.decode(), ca.token())
nul = make_csr(key, cn="a.example.com_evil")
der = x509.load_pem_x509_csr(nul.encode()).public_bytes(DER).replace(
    b"com_evil", b"com\0evil")
refuse("C10 NUL in the CN", 400, JSON, req(der), ca.token())
long = "c" * 200 + ".example.com"
issued("C10 a subject of 200 characters, as the reference",
       make_csr(key, cn=""), ca.token(ca.claims(
           "x" * 200, sans=["a.example.com"])))


# C11: what would break out of a JSON document is the subject, byte for byte.
for text in ('a"b', "a\\b", '","sans":[]}', "{{ .Token.jti }}", "${HOME}",
             "{{", "</script>", "a'b", "%s%n", "\u00e9\u4e2d"):
    cert = issued("C11 a subject %r" % text, make_csr(key, cn=None),
                  ca.token(ca.claims(text, sans=[CN])))
    if cert is not None:
        same([n.value for n in cert.subject], [text],
             "C11 ... is in the certificate as it is")
        same([n.value for n in cert.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value], [CN],
            "C11 ... and the names are the token's")
for text in ('a"b.example.com', "a\\b.example.com", "{{.example.com",
             "a\nb.example.com"):
    refuse("C11 a name %r" % text, 403, P403 + "*", make_csr(key, cn=None),
           ca.token(ca.claims(CN, sans=[text])))

# C13
for name, status, more in (
        ("notAfter in the past", 400, {"notAfter": "-1h"}),
        ("notAfter before notBefore", 400,
         {"notBefore": "2h", "notAfter": "2000-01-01T00:00:00Z"}),
        ("beyond the maximum", 403, {"notAfter": "24h1s"}),
        ("below the minimum", 403, {"notBefore": "0s", "notAfter": "4m59s"}),
        ("the year 9999", 403, {"notAfter": "9999-12-31T23:59:59Z"}),
        ("the year 10000", 400, {"notAfter": "10000-01-01T00:00:00Z"}),
        ("no time at all", 400, {"notAfter": "tomorrow"}),
        ("a number", 400, {"notAfter": 5}),
        ("far beyond a duration", 400, {"notAfter": "9999999999999h"})):
    refuse("C13 " + name, status, None, good, ca.token(), **more)
issued("C13 exactly the maximum", good, notAfter="24h")
issued("C13 exactly the minimum", good, notBefore="0s", notAfter="5m")


def span(cert):
    return cert.not_valid_before, cert.not_valid_after


def create(*args):
    pw = os.path.join(ca.demo, "password.txt")
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "certificate", "create", *args,
         "--password-file", pw, "--ca-password-file", pw, "--force"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
INT = os.path.join(ca.demo, "certs/intermediate_ca.crt")
r = create("Short", INT, os.path.join(ca.demo, "secrets/intermediate_ca_key"),
           "--profile", "intermediate-ca", "--not-after", "2h", "--ca", ROOT,
           "--ca-key", os.path.join(ca.demo, "secrets/root_ca_key"))
ok(r.returncode == 0, "C13 an issuer of two hours", r.stdout)
ca.restart()
refuse.before = ca.ledger()
with open(INT, "rb") as f:
    short = x509.load_pem_x509_certificate(f.read())
refuse("C13 beyond the issuer", 403, P403 + "requested notAfter is after the "
       "expiration of the issuing certificate *", good, ca.token(),
       notAfter="3h")
same(span(issued("C13 the default is cut there", good))[1], span(short)[1],
     "C13 to the second")
issued("C13 within the issuer", good, notAfter="1h")

# C16
serials = set()
for _ in range(200):
    status, doc = ca.sign(good, ca.token())
    c = x509.load_pem_x509_certificate(doc["crt"].encode())
    serials.add(c.serial_number)
    assert status == 201
same(len(serials), 200, "C16 200 serial numbers, all different")
ok(all(0 < s < 1 << 128 for s in serials), "C16 positive, at most 128 bits")
ok(sum(s > 1 << 100 for s in serials) == 200, "C16 and of full length")
refuse.before = ca.ledger()

# C17
b = x509.CertificateSigningRequestBuilder().subject_name(
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CN)]))
twice = b.add_extension(x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), False).add_extension(
    x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.5"), b"\x05\0"),
    False)
der = twice.sign(key, hashes.SHA256()).public_bytes(DER)
der = der.replace(b"\x06\x03\x2a\x03\x05", b"\x06\x03\x2a\x03\x04")
refuse("C17 an extension twice", 400, JSON, req(der), ca.token())
refuse("C17 an unknown critical extension", 400, P400 + "*", make_csr(
    key, extensions=[(x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), True)]), ca.token())
issued("C17 an unknown extension that is not critical", make_csr(
    key, extensions=[(x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), False)]))

# C18
secret = "hunter2hunter2"
b = x509.CertificateSigningRequestBuilder().subject_name(
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CN)])).add_attribute(
        x509.oid.AttributeOID.CHALLENGE_PASSWORD, secret.encode())
issued("C18 a challenge password", b.sign(key, hashes.SHA256()).public_bytes(
    serialization.Encoding.PEM).decode())
logs = "".join(open(os.path.join(ca.demo, "log", f), errors="replace").read()
               for f in os.listdir(os.path.join(ca.demo, "log")))
ok(secret not in logs, "C18 it is not logged")
ok("eyJ" not in logs, "no token is logged")
ok("BEGIN" not in logs.replace("BEGIN CERTIFICATE-----", ""),
   "no request or key is logged")

ca.check_logs()
done()
