"""A CA for tests of the client: an HTTPS server in this process whose answers
the test chooses.  It judges tokens with python3-cryptography and remembers
what it was asked.
"""

import base64
import datetime
import hashlib
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (ec, ed25519, padding,
                                                       rsa, utils)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def utc(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc)


def pem(cert):
    return cert.public_bytes(PEM).decode()


def key_pem(key, password=None):
    how = serialization.NoEncryption() if password is None else \
        serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, how).decode()


def new_key(kind="EC"):
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    if kind == "OKP":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def spki(key):
    return key.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def unb64(s):
    return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))


class Authority:
    """A root, an intermediate, and what they sign."""

    def __init__(self, name):
        self.root_key, self.key = new_key(), new_key()
        self.root = self.ca(name + " Root CA", self.root_key, None, None)
        self.inter = self.ca(name + " Intermediate CA", self.key, self.root,
                             self.root_key)

    @staticmethod
    def ca(name, key, issuer, issuer_key):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = time.time()
        ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        b = x509.CertificateBuilder(
            subject_name=subject,
            issuer_name=subject if issuer is None else issuer.subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=utc(now - 10 * 86400),
            not_valid_after=utc(now + 4000 * 86400))
        b = b.add_extension(x509.BasicConstraints(True, None), True)
        b = b.add_extension(x509.KeyUsage(False, False, False, False, False,
                                          True, True, False, False), True)
        b = b.add_extension(ski, False)
        return b.sign(issuer_key or key, hashes.SHA256())

    def leaf(self, public, cn, sans, not_before, not_after):
        names = [x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else []
        b = x509.CertificateBuilder(
            subject_name=x509.Name(names), issuer_name=self.inter.subject,
            public_key=public, serial_number=x509.random_serial_number(),
            not_valid_before=utc(not_before), not_valid_after=utc(not_after))
        b = b.add_extension(x509.KeyUsage(True, False, False, False, False,
                                          False, False, False, False), True)
        b = b.add_extension(x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH,
             ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        b = b.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName(s) for s in sans]), not names)
        return b.sign(self.key, hashes.SHA256())


class FakeCA:
    def __init__(self, work):
        self.work = work
        self.authority = Authority("Fake")
        self.other = Authority("Other")
        self.before, self.after = 0, 86400  # of what is issued, from now
        self.offset = 0  # of its clock
        self.mode = ""
        self.requests = []  # dicts: path, cert, bearer, body, issued
        self.lock = threading.Condition()
        self.path("root.crt", pem(self.authority.root))
        self.path("other.crt", pem(self.other.root))
        key = new_key()
        crt = self.authority.leaf(key.public_key(), "localhost",
                                  ["localhost"], time.time() - 60,
                                  time.time() + 300 * 86400)
        self.server_crt = self.path(
            "server.crt", pem(crt) + pem(self.authority.inter))
        self.server_key = self.path("server.key", key_pem(key))
        self.port = None
        self.server = None
        self.more = {}  # path to (status, JSON) of GET requests
        self.start()

    def path(self, name, text=None):
        p = os.path.join(self.work, name)
        if text is not None:
            with open(p, "w") as f:
                f.write(text)
        return p

    @property
    def url(self):
        return "https://localhost:%d" % self.port

    # --- the server ------------------------------------------------------

    def context(self):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(self.server_crt, self.server_key)
        if self.mode != "blind":
            c.verify_mode = ssl.CERT_OPTIONAL
            c.load_verify_locations(self.path(
                "other.crt" if self.mode == "alert" else "root.crt"))
            if self.mode != "alert":
                c.load_verify_locations(
                    cadata=pem(self.authority.inter))
        if self.mode == "tls1.2":
            c.maximum_version = ssl.TLSVersion.TLSv1_2
        return c

    def start(self, mode=""):
        self.mode = mode
        fake = self

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass

            def finish_request(self, request, client_address):
                request.settimeout(20)
                raw = request.dup()
                try:
                    tls = fake.context().wrap_socket(request,
                                                     server_side=True)
                except ssl.SSLError:
                    # Closed over unread data there would be a reset, which
                    # may overtake the alert.
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(65536):
                        pass
                    raise
                finally:
                    raw.close()
                super().finish_request(tls, client_address)
                tls.close()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                fake.get(self)

            def do_POST(self):
                fake.post(self)

        self.server = Server(("127.0.0.1", self.port or 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def reply(self, h, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        h.send_response(status)
        h.send_header("Content-Type", kind)
        h.send_header("Content-Length", str(len(data)))
        h.send_header("Connection", "close")
        h.end_headers()
        h.wfile.write(data)
        h.close_connection = True

    def get(self, h):
        if h.path in self.more:
            status, body = self.more[h.path]
            return self.reply(h, status, body)
        return self.reply(h, 404, {"status": 404, "message": "no " + h.path})

    def post(self, h):
        n = int(h.headers.get("Content-Length") or 0)
        body = h.rfile.read(n)
        der = h.connection.getpeercert(binary_form=True)
        bearer = h.headers.get("Authorization")
        q = {"path": h.path, "body": json.loads(body) if body else None,
             "cert": x509.load_der_x509_certificate(der) if der else None,
             "bearer": bearer, "headers": h.headers, "issued": None,
             "version": h.connection.version(), "why": None}
        try:
            status, answer = self.answer(q)
        except AssertionError as e:
            q["why"] = str(e)
            status, answer = 401, {"status": 401, "message": str(e)}
        with self.lock:
            self.requests.append(q)
            self.lock.notify_all()
        if self.mode == "html":
            return self.reply(h, 400, b"<html><head><title>400 The SSL "
                              b"certificate error</title></head></html>",
                              "text/html")
        return self.reply(h, status, answer)

    # --- answers ---------------------------------------------------------

    def now(self):
        return time.time() + self.offset

    def answer(self, q):
        if self.mode == "503":
            return 503, {"status": 503, "message": "The store is busy."}
        if self.mode == "revoked":
            return 401, {"status": 401, "message": "The certificate has been "
                         "revoked."}
        if q["path"] == "/revoke":
            return self.revoke(q)
        if q["path"] not in ("/renew", "/rekey"):
            return 404, {"status": 404, "message": "no such path"}
        # What an html page stands for was swallowed before it came here.
        old = None if self.mode == "html" and not q["bearer"] else q["cert"]
        if old is None and q["bearer"]:
            old = self.check_token(q)
            if self.mode == "html":
                self.mode = ""
        if old is None:
            return 400, {"status": 400, "message": "The request could not be "
                         "completed: missing client certificate."}
        public = old.public_key()
        if q["path"] == "/rekey":
            csr = x509.load_pem_x509_csr(q["body"]["csr"].encode())
            assert csr.is_signature_valid, "csr signature"
            assert len(list(csr.subject)) == 0 and len(csr.extensions) == 0, \
                "csr has names"
            public = csr.public_key()
        return 201, self.issue(q, old, public)

    def issue(self, q, old, public):
        cn = [a.value for a in
              old.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        sans = old.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value.get_values_for_type(
                x509.DNSName)
        by = self.authority
        if self.mode == "other-key":
            public = new_key().public_key()
        elif self.mode == "other-name":
            sans = ["evil.example.com"]
        elif self.mode == "other-chain":
            by = self.other
        now = self.now()
        crt = by.leaf(public, cn[0] if cn else "", sans, now + self.before,
                      now + self.after)
        q["issued"] = crt
        chain = [pem(crt), pem(by.inter)]
        return {"crt": chain[0], "ca": chain[1], "certChain": chain}

    def revoke(self, q):
        b = q["body"]
        assert b["passive"] is True, "passive"
        if not b["ott"] and q["cert"] is None:
            return 400, {"status": 400, "message": "The request could not be "
                         "completed: missing ott or client certificate."}
        return 200, {"status": "ok"}

    def check_token(self, q):
        """The rules of a renew token; the certificate it speaks for."""
        scheme, _, token = q["bearer"].partition(" ")
        assert scheme == "Bearer", "scheme"
        head, claims, sig = token.split(".")
        h, c = json.loads(unb64(head)), json.loads(unb64(claims))
        q["claims"] = c
        chain = [x509.load_der_x509_certificate(base64.b64decode(x))
                 for x in h["x5cInsecure"]]
        leaf = chain[0]
        assert leaf.issuer == chain[1].subject, "chain"
        self.verify(chain[1].public_key(), leaf.signature,
                    leaf.tbs_certificate_bytes, leaf)
        assert spki(chain[1].public_key()) == \
            spki(self.authority.inter.public_key()), "issuer"
        self.verify_jws(leaf.public_key(), h["alg"], unb64(sig),
                        (head + "." + claims).encode())
        cn = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert c["sub"] == (cn[0].value if cn else ""), "sub"
        assert c["iss"] == "step-ca-client/1.0", "iss"
        assert c["aud"] == self.url + "/1.0" + q["path"], "aud " + c["aud"]
        now = self.now()
        assert c["nbf"] <= now + 60 and c["iat"] <= now + 60, "nbf"
        assert now - 60 <= c["exp"] <= now + 360, "exp"
        if q["path"] == "/rekey":
            der = x509.load_pem_x509_csr(
                q["body"]["csr"].encode()).public_bytes(DER)
            assert unb64(c["cnf"]["x5rt#S256"]) == \
                hashlib.sha256(der).digest(), "cnf"
        return leaf

    @staticmethod
    def verify(public, sig, data, crt):
        try:
            public.verify(sig, data, ec.ECDSA(crt.signature_hash_algorithm))
        except InvalidSignature:
            raise AssertionError("signature of a certificate") from None

    @staticmethod
    def verify_jws(public, alg, sig, data):
        try:
            if alg == "ES256":
                assert isinstance(public, ec.EllipticCurvePublicKey)
                public.verify(utils.encode_dss_signature(
                    int.from_bytes(sig[:32], "big"),
                    int.from_bytes(sig[32:], "big")), data,
                    ec.ECDSA(hashes.SHA256()))
            elif alg == "RS256":
                public.verify(sig, data, padding.PKCS1v15(), hashes.SHA256())
            elif alg == "EdDSA":
                public.verify(sig, data)
            else:
                raise AssertionError("alg " + alg)
        except InvalidSignature:
            raise AssertionError("signature of the token") from None

    # --- for the test ----------------------------------------------------

    def pair(self, name, before=-60, after=86400, cn="a.example.com",
             sans=("a.example.com", "b.example.com"), kind="EC",
             password=None, authority=None):
        """NAME.crt and NAME.key; the seconds count from now."""
        key, now = new_key(kind), self.now()
        crt = (authority or self.authority).leaf(
            key.public_key(), cn, list(sans), now + before, now + after)
        c, k = self.path(name + ".crt"), self.path(name + ".key")
        self.replace(k, key_pem(key, password))
        self.replace(c, pem(crt) + pem(self.authority.inter))
        return c, k

    @staticmethod
    def replace(path, text):
        with open(path + ".tmp", "w", opener=lambda p, f: os.open(
                p, f, 0o600)) as f:
            f.write(text)
        os.rename(path + ".tmp", path)

    def wait(self, n, seconds=30):
        """Until there have been n requests."""
        with self.lock:
            return self.lock.wait_for(lambda: len(self.requests) >= n,
                                      seconds)

    def forget(self):
        with self.lock:
            self.requests = []


def load(path):
    with open(path, "rb") as f:
        parts = f.read().split(b"-----BEGIN ")[1:]
    return [x509.load_pem_x509_certificate(b"-----BEGIN " + p)
            for p in parts]


def load_key(path):
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def match(crt, key):
    return spki(load(crt)[0].public_key()) == spki(load_key(key).public_key())


class Daemon:
    """A running command whose output is collected line by line."""

    def __init__(self, args, env):
        # Below nohup it is ignored, and a shell cannot trap it then.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.lines, self.errors = [], []
        self.change = threading.Condition()
        self.p = subprocess.Popen(args, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        self.readers = [threading.Thread(target=self.read, args=a,
                                         daemon=True)
                        for a in ((self.p.stdout, self.lines),
                                  (self.p.stderr, self.errors))]
        for t in self.readers:
            t.start()

    def read(self, f, to):
        for line in f:
            with self.change:
                to.append(line.rstrip("\n"))
                self.change.notify_all()
        with self.change:
            self.change.notify_all()

    def wait(self, text, n=1, seconds=40, errors=False):
        """Until n lines have text in them."""
        lines = self.errors if errors else self.lines
        with self.change:
            return self.change.wait_for(
                lambda: sum(text in x for x in lines) >= n, seconds)

    def send(self, number):
        self.p.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Its exit status after the signal."""
        if self.p.poll() is None:
            self.p.send_signal(number)
        try:
            status = self.p.wait(30)
        except subprocess.TimeoutExpired:
            self.p.kill()
            status = "not ended"
            self.p.wait()
        for t in self.readers:
            t.join(10)
        return status

    def __str__(self):
        return "\n".join(self.lines + ["stderr:"] + self.errors)
