"""A running certificate authority for end-to-end tests, and TAP.

The authority is the one that ./quickstart starts: shipped nginx
configuration, shipped stepc-workers, real handlers, on a free port in a
temporary folder.  Tokens are made with python3-jwcrypto, requests with
python3-cryptography: nothing of ours is on the caller's side.
"""

import atexit
import base64
import hashlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from jwcrypto import jwa, jwe, jwk

jwa.default_max_pbkdf2_iterations = 1000000

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.environ.get("top_srcdir") or os.path.join(HERE, "..", "..")
SRC = os.path.abspath(SRC)
BUILD = os.path.abspath(
    os.environ.get("top_builddir") or os.path.join(SRC, "build"))


# --- TAP -----------------------------------------------------------------

class Tap:
    n = 0
    failed = 0


def ok(good, name, *detail):
    Tap.n += 1
    if not good:
        Tap.failed += 1
    print("%sok %d - %s" % ("" if good else "not ", Tap.n,
                            name.replace("#", "\\#")))
    if not good:
        for d in detail:
            for line in str(d).splitlines():
                print("#   " + line)
    sys.stdout.flush()
    return good


def same(got, want, name):
    return ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))


def skip(name, why):
    Tap.n += 1
    print("ok %d - %s # SKIP %s" % (Tap.n, name.replace("#", "\\#"), why))
    sys.stdout.flush()


def done():
    print("1..%d" % Tap.n)
    sys.stdout.flush()
    sys.exit(1 if Tap.failed else 0)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


# --- the authority -------------------------------------------------------

PORTS_GIVEN = set()


def free_port():
    """Free when asked; no two calls get the same one."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in PORTS_GIVEN:
            PORTS_GIVEN.add(port)
            return port


def b64u(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class CA:
    def __init__(self, edit=None, make=None):
        """edit(config, demo) may change ca.json before a restart;
        make(demo, port) makes the files of the authority instead of
        stepc."""
        for tool in ("nginx", "spawn-fcgi", "multiwatch"):
            if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin") \
                    is None:
                skip_all("no " + tool)
        self.tmp = tempfile.mkdtemp(prefix="stepc-e2e.")
        self.demo = os.path.join(self.tmp, "ca")
        self.port = free_port()
        self.env = dict(os.environ, STEPC_DEMO_DIR=self.demo,
                        STEPC_PORT=str(self.port), STEPC_SKIP_PACKAGES="1",
                        STEPC_BUILD_DIR=BUILD, STEPPATH=self.demo,
                        STEPC_LOG=os.path.join(self.tmp, "quickstart.log"))
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
            self.env.pop(name, None)
        atexit.register(self.close)
        if make is not None:
            os.makedirs(self.demo, 0o700)
            make(self.demo, self.port)
        self.quickstart()
        with open(os.path.join(self.demo, "config/ca.json")) as f:
            self.config = json.load(f)
        if edit is not None:
            edit(self.config, self.demo)
            self.write_config()
            self.restart()
        with open(os.path.join(self.demo, "password.txt")) as f:
            self.password = f.read().rstrip()
        self.provisioner = self.config["authority"]["provisioners"][0]
        e = jwe.JWE(algs=["PBES2-HS256+A128KW", "A256GCM"])
        e.deserialize(self.provisioner["encryptedKey"])
        e.decrypt(jwk.JWK(kty="oct", k=b64u(self.password)))
        self.key = jwk.JWK.from_json(e.payload.decode())
        self.kid = self.provisioner["key"]["kid"]
        self.context = ssl.create_default_context(
            cafile=os.path.join(self.demo, "certs/root_ca.crt"))
        self.conn = None

    def quickstart(self, *args):
        r = subprocess.run([os.path.join(SRC, "quickstart"), *args],
                           env=self.env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
        if r.returncode != 0:
            print("Bail out! quickstart failed")
            sys.stderr.write(r.stdout)
            sys.exit(1)

    def write_config(self):
        with open(os.path.join(self.demo, "config/ca.json"), "w") as f:
            json.dump(self.config, f, indent="\t")

    def restart(self):
        self.quickstart()
        self.conn = None

    def close(self):
        subprocess.run([os.path.join(SRC, "quickstart"), "stop"],
                       env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.tmp, ignore_errors=True)

    def check_logs(self, *harmless):
        """What every test asserts at its end."""
        bad = []
        log = os.path.join(self.demo, "log")
        for name in sorted(os.listdir(log)):
            with open(os.path.join(log, name), errors="replace") as f:
                for line in f:
                    if any(w in line for w in (
                            "[alert]", "[crit]", "[emerg]",
                            "AddressSanitizer", "LeakSanitizer",
                            "runtime error:", "level=error")) and \
                            not any(w in line for w in harmless):
                        bad.append(name + ": " + line.strip())
        ok(not bad, "logs: no alert, no crash, no sanitizer report",
           *bad[:10])

    # --- requests --------------------------------------------------------

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body bytes) over one kept TLS connection."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        for attempt in (1, 2):
            if self.conn is None:
                self.conn = http.client.HTTPSConnection(
                    "localhost", self.port, context=self.context, timeout=60)
            try:
                self.conn.request(method, path, body=body,
                                  headers=headers or {})
                r = self.conn.getresponse()
                return r.status, r.headers, r.read()
            except (http.client.HTTPException, OSError):
                self.conn.close()
                self.conn = None
                if attempt == 2:
                    raise

    def sign(self, csr, ott, **more):
        body = {"csr": csr, "ott": ott}
        body.update(more)
        status, _, data = self.request("POST", "/1.0/sign", body)
        try:
            return status, json.loads(data)
        except ValueError:
            return status, {"message": data.decode(errors="replace")}

    def ledger(self):
        """Digest of everything that is recorded."""
        h = hashlib.sha256()
        store = os.path.join(self.demo, "db/stepc")
        for name in sorted(os.listdir(store)):
            if name.startswith("ledger-"):
                with open(os.path.join(store, name), "rb") as f:
                    h.update(f.read().rstrip(b"\0"))
        return h.hexdigest()

    # --- credentials -----------------------------------------------------

    def claims(self, sub="a.example.com", **more):
        now = int(time.time())
        c = {"aud": "https://localhost:%d/1.0/sign" % self.port,
             "iss": self.provisioner["name"], "sub": sub, "iat": now,
             "nbf": now, "exp": now + 300, "jti": os.urandom(16).hex(),
             "sans": [sub]}
        c.update(more)
        return {k: v for k, v in c.items() if v is not None}

    def token(self, claims=None, header=None, key=None, payload=None):
        """A compact token; payload is raw text instead of claims."""
        h = {"alg": "ES256", "kid": self.kid, "typ": "JWT"}
        h.update(header or {})
        h = {k: v for k, v in h.items() if v is not None}
        if payload is None:
            payload = json.dumps(self.claims() if claims is None else claims)
        return self.token_raw(json.dumps(h), payload, key=key)

    def token_raw(self, header, payload, key=None):
        """ES256 over any bytes as header and payload."""
        inp = b64u(header) + "." + b64u(payload)
        return inp + "." + b64u(self.es256(inp.encode(), key))

    def private(self, key=None):
        return serialization.load_pem_private_key(
            (key or self.key).export_to_pem(True, None), None)

    def es256(self, data, key=None, private=None):
        from cryptography.hazmat.primitives.asymmetric.utils import \
            decode_dss_signature
        private = private or self.private(key)
        der = private.sign(data, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


# --- certification requests ----------------------------------------------

def make_key(kind="P-256"):
    if kind == "P-256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "P-384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "P-521":
        return ec.generate_private_key(ec.SECP521R1())
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind))


def make_csr(key, cn="a.example.com", sans=(), extensions=(), digest=None):
    """PEM; sans are GeneralNames, extensions (value, critical) pairs."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else []
    b = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    if sans:
        b = b.add_extension(x509.SubjectAlternativeName(list(sans)), False)
    for value, critical in extensions:
        b = b.add_extension(value, critical)
    if digest is None and not isinstance(key, ed25519.Ed25519PrivateKey):
        digest = hashes.SHA256()
    return b.sign(key, digest).public_bytes(
        serialization.Encoding.PEM).decode()


def pem(label, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (
        label, "\n".join(lines), label)


DEFAULT_401 = ("The request lacked necessary authorization to be completed. "
               "Please see the certificate authority logs for more info.")
P401 = "The request lacked necessary authorization to be completed: "
P400 = "The request could not be completed: "
P403 = "The request was forbidden by the certificate authority: "


class Refusals:
    """Each refusal: its status, its document, and nothing recorded."""

    def __init__(self, ca):
        self.ca = ca
        self.before = ca.ledger()

    def __call__(self, name, status, message, csr, ott, **more):
        got, doc = self.ca.sign(csr, ott, **more)
        after = self.ca.ledger()
        good = got == status and doc.get("status") == status and \
            list(doc) == ["status", "message"] and \
            (message is None or doc["message"] == message or
             (message.endswith("*") and
              doc["message"].startswith(message[:-1]))) and \
            after == self.before
        ok(good, "%s: %d, nothing recorded" % (name, status),
           "got %s %r" % (got, doc), "want %d %r" % (status, message),
           "" if after == self.before else "the ledger has changed")
        self.before = after
