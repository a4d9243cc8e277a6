"""An identity provider for end-to-end tests: an HTTPS server in this process,
with a root of its own, that serves a discovery document and a key set, signs
whatever claims a test wants, counts what it is asked, and fails as told.

    idp = Idp()
    idp.root            the root's PEM file, for SSL_CERT_FILE
    idp.issuer          "https://localhost:PORT"
    idp.token(email="joe@example.com", aud="client")
    idp.rotate()        a new key signs from now on
    idp.hits[JWKS]      how often the key set was asked for
    idp.fail(JWKS, "slow")
    told = idp.hook(); webhook(idp.url + "/hook")
    idp.routes[("GET", "/authorize")] = lambda q: (200, {}, b"hello")
"""

import atexit
import collections
import datetime
import http.server
import ipaddress
import json
import os
import shutil
import ssl
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import (ec, ed25519, padding,
                                                       rsa, utils)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from jwcrypto import jwk

from stepc_ca import b64u, free_port

DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"
CURVES = {"ES256": (ec.SECP256R1, hashes.SHA256, 32),
          "ES384": (ec.SECP384R1, hashes.SHA384, 48),
          "ES512": (ec.SECP521R1, hashes.SHA512, 66)}
DIGESTS = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}


def new_key(alg):
    """A key that alg can use."""
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg][0]())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def public_jwk(key, **members):
    k = jwk.JWK.from_pem(key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)).export_public(
            as_dict=True)
    k.update(members)
    return {n: v for n, v in k.items() if v is not None}


def webhook(url):
    """Options of a provisioner that asks it before all that it grants."""
    return {"webhooks": [{"name": "idp", "url": url, "certType": "ALL",
                          "kind": "AUTHORIZING"}]}


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(alg, key, data):
    """The JWS signature of alg; key is bytes for HS*, of no use for none."""
    if alg == "none":
        return b""
    digest = DIGESTS.get(alg[2:])
    if alg.startswith("HS"):
        h = hmac.HMAC(key, digest())
        h.update(data)
        return h.finalize()
    if alg in CURVES:
        _, digest, n = CURVES[alg]
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest())))
        return r.to_bytes(n, "big") + s.to_bytes(n, "big")
    if alg == "EdDSA":
        return key.sign(data)
    if alg.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest()),
                                          digest.digest_size), digest())
    return key.sign(data, padding.PKCS1v15(), digest())


def make_token(claims, key, alg="RS256", kid=None, header=None):
    """A compact token; claims and header members that are None are left
    out."""
    h = {"alg": alg, "kid": kid, "typ": "JWT"}
    h.update(header or {})
    parts = [b64u(json.dumps({n: v for n, v in d.items() if v is not None}))
             for d in (h, claims)]
    data = ".".join(parts)
    return data + "." + b64u(sign(alg, key, data.encode()))


# --- TLS -----------------------------------------------------------------

def certificate(name, key, issuer=None, issuer_key=None, hosts=()):
    def attribute(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    b = x509.CertificateBuilder(
        subject_name=attribute(name),
        issuer_name=attribute(name) if issuer is None else issuer.subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - day, not_valid_after=now + day)
    b = b.add_extension(x509.BasicConstraints(issuer is None, None), True)
    if hosts:
        b = b.add_extension(x509.SubjectAlternativeName(hosts), False)
        b = b.add_extension(x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH]), False)
    return b.sign(issuer_key or key, hashes.SHA256())


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM)


class Request:
    """What a route gets to see."""

    def __init__(self, handler, path, query, body):
        self.method, self.path, self.query = handler.command, path, query
        self.headers, self.body = handler.headers, body


class Idp:
    def __init__(self, alg="RS256", base="", port=None):
        """base is a path below which everything is served."""
        self.tmp = tempfile.mkdtemp(prefix="stepc-idp.")
        atexit.register(shutil.rmtree, self.tmp, True)
        self.alg = alg
        self.port = port or free_port()
        self.base = base
        self.url = "https://localhost:%d%s" % (self.port, base)
        self.issuer = self.url  # what documents and tokens say
        self.jwks_uri = self.url + JWKS
        self.discovery = {}  # more members, or other ones
        self.max_age = None  # Cache-Control of the key set
        self.keys = []  # published (JWK objects)
        self.hits = collections.Counter()
        self.failures = {}
        self.routes = {("GET", DISCOVERY): self.answer_discovery,
                       ("GET", JWKS): self.answer_keys}
        self.released = threading.Event()  # what is slow waits for it
        self.server = None
        self.make_tls()
        self.rotate()
        self.start()
        atexit.register(self.stop)

    # --- keys and tokens -------------------------------------------------

    def rotate(self, keep=False, alg=None, publish=True):
        """A new key; the old ones are no longer published unless keep."""
        self.alg = alg or self.alg
        self.key = new_key(self.alg)
        self.kid = os.urandom(8).hex()
        if not keep:
            self.keys = []
        if publish:
            self.keys.append(self.jwk())
        return self.kid

    def jwk(self, **members):
        return public_jwk(self.key, **dict(
            {"kid": self.kid, "use": "sig", "alg": self.alg}, **members))

    def claims(self, **more):
        now = int(time.time())
        c = {"iss": self.issuer, "sub": "1234567890", "aud": "client",
             "iat": now, "exp": now + 300, "nonce": os.urandom(16).hex()}
        c.update(more)
        return c

    def token(self, by=None, alg=None, kid=None, header=None, **claims):
        """Signed by the present key unless by says another one."""
        return make_token(self.claims(**claims), self.key if by is None
                          else by, alg or self.alg,
                          self.kid if kid is None else kid, header)

    # --- what is served --------------------------------------------------

    def answer_discovery(self, q):
        d = {"issuer": self.issuer, "jwks_uri": self.jwks_uri,
             "authorization_endpoint": self.url + "/authorize",
             "token_endpoint": self.url + "/token",
             "device_authorization_endpoint": self.url + "/device",
             "response_types_supported": ["code"],
             "subject_types_supported": ["public"],
             "id_token_signing_alg_values_supported": [self.alg]}
        d.update(self.discovery)
        return 200, {}, {n: v for n, v in d.items() if v is not None}

    def answer_keys(self, q):
        headers = {} if self.max_age is None else {
            "Cache-Control": "public, max-age=%d" % self.max_age}
        return 200, headers, {"keys": self.keys}

    def fail(self, path, how=None):
        """large, endless, slow, redirect, json, array, empty or a status;
        None: no longer."""
        if how is None:
            self.failures.pop(path, None)
        else:
            self.failures[path] = how

    def hook(self, path="/hook"):
        """A webhook that allows everything; what it is told, as it comes."""
        told = []

        def answer(q):
            told.append(json.loads(q.body))
            return 200, {}, {"allow": True}

        self.routes[("POST", path)] = answer
        return told

    # --- the server ------------------------------------------------------

    def make_tls(self):
        ca_key, key = new_key("ES256"), new_key("ES256")
        root = certificate("Identity Provider %d" % self.port, ca_key)
        leaf = certificate("localhost", key, root, ca_key, [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        self.root = os.path.join(self.tmp, "root.pem")
        self.chain = os.path.join(self.tmp, "server.pem")
        with open(self.root, "wb") as f:
            f.write(pem(root))
        with open(self.chain, "wb") as f:
            f.write(pem(leaf) + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))

    def use_chain(self, pem_bytes):
        """Another server certificate, its chain and its key."""
        with open(self.chain, "wb") as f:
            f.write(pem_bytes)
        self.stop()
        self.start()

    def start(self):
        idp = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                idp.serve(self)

            do_POST = do_GET

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        self.released.clear()
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.port), Handler, bind_and_activate=False)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None
        self.server.allow_reuse_address = True
        self.server.server_bind()
        self.server.server_activate()
        # The handshake is the connection's thread's, not the listener's.
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True,
            do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever,
                         args=(0.05,), daemon=True).start()

    def stop(self):
        """Nobody listens any more; start() listens again."""
        self.released.set()
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def serve(self, handler):
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get(
            "Content-Length", "0")))
        path = path[len(self.base):] if path.startswith(self.base) else ""
        self.hits[path] += 1
        how = self.failures.get(path)
        route = self.routes.get((handler.command, path))
        if how is not None:
            self.serve_failure(handler, how)
        elif route is None:
            self.reply(handler, 404, {}, b"not found")
        else:
            self.reply(handler, *route(Request(handler, path, query, body)))

    def serve_failure(self, handler, how):
        if how == "slow":
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            while not self.released.wait(0.5):
                handler.wfile.write(b" ")
            handler.close_connection = True
        elif how == "large":
            self.reply(handler, 200, {}, b"[" + b" " * (4 << 20) + b"]")
        elif how == "endless":
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            while not self.released.is_set():
                handler.wfile.write(b" " * 65536)
        elif how == "redirect":
            self.reply(handler, 302, {"Location": self.url + "/elsewhere"},
                       b"")
        elif how == "json":
            self.reply(handler, 200, {}, b'{"keys": [')
        elif how == "array":
            self.reply(handler, 200, {}, [])
        elif how == "empty":
            self.reply(handler, 200, {}, b"")
        else:
            self.reply(handler, how, {}, {"error": "as told"})

    @staticmethod
    def reply(handler, status, headers, body):
        if isinstance(body, (dict, list)):
            headers = dict({"Content-Type": "application/json"}, **headers)
            body = json.dumps(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
