"""Glewlwyd, an identity provider from Debian, for end-to-end tests: its own
database, keys and TLS on a free port of localhost, set up by its own API,
with one client and one person, who has signed in and consents.

    g = Glewlwyd("http://127.0.0.1:4711")   where browsers come back to
    g.issuer, g.root, g.env()
"""

import atexit
import json
import os
import shutil
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from stepc_ca import free_port
from stepc_idp import certificate, new_key, pem, public_pem

SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
MODULES = "/usr/lib/glewlwyd"
CLIENT = "stepc"
CONFIG = """port=%(port)d
bind_address="127.0.0.1"
external_url="%(url)s"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="INFO"
cookie_domain="localhost"
cookie_secure=1
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="%(modules)s/user"
user_middleware_module_path="%(modules)s/user_middleware"
client_module_path="%(modules)s/client"
user_auth_scheme_module_path="%(modules)s/scheme"
plugin_module_path="%(modules)s/plugin"
use_secure_connection=true
secure_connection_key_file="%(tmp)s/server.key"
secure_connection_pem_file="%(tmp)s/server.pem"
hash_algorithm="SHA512"
database={type="sqlite3"; path="%(tmp)s/db";};
"""
# Its person's browser: signed in, and content with what is asked.
BROWSER = """#!%s
import os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
# The way on for who has seen the page on which one consents.
q = urllib.request.Request(sys.argv[1] + "&g_continue",
                           headers={"Cookie": os.environ["BROWSER_COOKIE"]})
urllib.request.urlopen(q, context=context).read()
"""


def missing():
    """Why there is none here, or None."""
    if shutil.which("glewlwyd") is None or not os.path.exists(SCHEMA):
        return "no glewlwyd"
    return None


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Glewlwyd:
    def __init__(self, redirect_uri, email="joe@example.com"):
        self.tmp = tempfile.mkdtemp(prefix="stepc-glewlwyd.")
        atexit.register(shutil.rmtree, self.tmp, True)
        self.port = free_port()
        self.url = "https://localhost:%d" % self.port
        self.issuer = self.url + "/api/oidc"
        self.cookie = ""
        self.files()
        self.start()
        self.set_up(redirect_uri, email)

    def path(self, name):
        return os.path.join(self.tmp, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)

    def files(self):
        ca_key, key = new_key("ES256"), new_key("RS256")
        root = certificate("Glewlwyd Root", ca_key)
        self.root = self.path("root.pem")
        self.write("root.pem", pem(root))
        self.write("server.pem", pem(certificate(
            "localhost", key, root, ca_key, [x509.DNSName("localhost")])))
        self.write("server.key", key_pem(key))
        self.write("conf", (CONFIG % {
            "port": self.port, "url": self.url, "modules": MODULES,
            "tmp": self.tmp}).encode())
        with open(SCHEMA) as f, sqlite3.connect(self.path("db")) as db:
            db.executescript(f.read())
        os.mkdir(self.path("bin"))
        self.write("bin/xdg-open", (BROWSER % sys.executable).encode())
        os.chmod(self.path("bin/xdg-open"), stat.S_IRWXU)

    def start(self):
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen(
                ["glewlwyd", "-c", self.path("conf")], stdout=log,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        atexit.register(self.stop)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self.bail("glewlwyd does not start")
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def bail(self, why):
        with open(self.path("log")) as f:
            for line in f:
                print("# " + line.rstrip())
        print("Bail out! " + why)
        sys.exit(1)

    def api(self, method, path, body, want=200):
        q = urllib.request.Request(
            self.url + "/api" + path, json.dumps(body).encode(),
            {"Content-Type": "application/json", "Cookie": self.cookie},
            method=method)
        context = ssl.create_default_context(cafile=self.root)
        try:
            r = urllib.request.urlopen(q, context=context)
        except urllib.error.HTTPError as e:
            r = e
        text = r.read().decode()
        if r.status != want:
            self.bail("%s %s: %d %s" % (method, path, r.status, text))
        if r.headers.get("Set-Cookie"):
            self.cookie = r.headers["Set-Cookie"].split(";")[0]
        return text

    def sign_in(self, name, password):
        self.cookie = ""
        self.api("POST", "/auth/", {"username": name, "password": password})

    def set_up(self, redirect_uri, email):
        key = new_key("RS256")
        # As the schema makes it.
        self.sign_in("admin", "password")
        self.api("POST", "/mod/plugin/", {
            "module": "oidc", "name": "oidc", "display_name": "OIDC",
            "parameters": {
                "iss": self.issuer, "jwt-type": "rsa", "jwt-key-size": "256",
                "key": key_pem(key).decode(),
                "cert": public_pem(key).decode(),
                "access-token-duration": 3600, "code-duration": 600,
                "refresh-token-duration": 3600, "allow-non-oidc": False,
                "auth-type-code-enabled": True,
                "auth-type-token-enabled": False,
                "auth-type-id-token-enabled": True,
                "auth-type-password-enabled": False,
                "auth-type-client-enabled": False,
                "auth-type-refresh-enabled": False,
                "auth-type-device-enabled": True,
                "device-authorization-expiration": 600,
                "device-authorization-interval": 1,
                "refresh-token-rolling": False, "pkce-allowed": True,
                "pkce-method-plain-allowed": False, "jwks-show": True,
                "subject-type": "public", "oauth-dpop-allowed": False,
                "claims": [], "email-claim": "mandatory",
                "email-claim-scope": [], "name-claim": "no",
                "scope-claim": "no"}})
        self.api("POST", "/scope/", {
            "name": "email", "display_name": "e-mail",
            "description": "the address", "password_required": True,
            "scheme": {}})
        self.api("POST", "/client/", {
            "client_id": CLIENT, "name": CLIENT, "enabled": True,
            "confidential": False, "redirect_uri": [redirect_uri],
            "authorization_type": ["code", "device_authorization"],
            "scope": [], "token_endpoint_auth_method": ["none"]})
        self.api("POST", "/user/", {
            "username": "joe", "name": "Joe", "email": email,
            "password": "secret-of-joe", "enabled": True,
            "scope": ["openid", "email", "g_profile"]})
        self.sign_in("joe", "secret-of-joe")
        self.api("PUT", "/auth/grant/" + CLIENT, {"scope": "openid email"})

    def env(self):
        """For stepc: whom to trust, and a browser."""
        return {"SSL_CERT_FILE": self.root, "BROWSER_COOKIE": self.cookie,
                "PATH": self.path("bin") + ":" + os.environ["PATH"]}
