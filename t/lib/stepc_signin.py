"""Signing in at the identity provider for tests (stepc_idp): its endpoints
for browsers, codes and devices, as RFC 6749, 7636 and 8628 have them, and a
browser that is a script named xdg-open."""

import base64
import hashlib
import os
import stat
import sys
import time
import urllib.parse

from stepc_idp import Idp

BROWSER = """#!%s
# Opens the page, follows where it leads, and notes what it saw.
import os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
seen = os.environ["BROWSER_LOG"]
for lure in os.environ.get("BROWSER_FIRST", "").split():
    q = dict(p.split("=", 1) for p in sys.argv[1].split("?")[1].split("&"))
    try:
        urllib.request.urlopen(
            urllib.request.unquote(q["redirect_uri"]) + lure)
    except urllib.error.HTTPError as e:
        with open(seen, "a") as f:
            f.write("%%s %%d\\n" %% (lure, e.code))
try:
    page = urllib.request.urlopen(sys.argv[1], context=context)
    text = "%%d %%s" %% (page.status, page.read().decode())
except urllib.error.HTTPError as e:
    text = "%%d %%s" %% (e.code, e.read().decode())
with open(seen, "a") as f:
    f.write(text)
open(seen + ".end", "w").close()
"""


def fields(text):
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))


class SignIn:
    """Whoever asks is signed in at once as the person of .claims."""

    def __init__(self, idp=None, **claims):
        self.idp = idp or Idp()
        self.claims = claims
        self.asked = []  # the authorization requests
        self.codes = {}  # code -> request
        self.refuse = None  # error of the authorization endpoint
        self.wrong_nonce = False
        self.pending = []  # errors before the device is signed in
        self.idp.routes.update({
            ("GET", "/authorize"): self.authorize,
            ("POST", "/token"): self.token,
            ("POST", "/device"): self.device})
        self.bin = os.path.join(self.idp.tmp, "bin")
        os.mkdir(self.bin)
        opener = os.path.join(self.bin, "xdg-open")
        with open(opener, "w") as f:
            f.write(BROWSER % sys.executable)
        os.chmod(opener, stat.S_IRWXU)
        self.log = os.path.join(self.idp.tmp, "browser.log")

    def browser_saw(self):
        """Once, when the browser has ended; it may outlive stepc."""
        end = time.monotonic() + 60
        while not os.path.exists(self.log + ".end"):
            if time.monotonic() > end:
                return "the browser has not ended"
            time.sleep(0.01)
        os.unlink(self.log + ".end")
        with open(self.log) as f:
            text = f.read()
        os.unlink(self.log)
        return text

    def env(self, **more):
        e = {"SSL_CERT_FILE": self.idp.root, "BROWSER_LOG": self.log,
             "PATH": self.bin + ":" + os.environ["PATH"]}
        e.update(more)
        return e

    def authorize(self, q):
        ask = fields(q.query)
        self.asked.append(ask)
        back = {"state": ask["state"]}
        if self.refuse:
            back["error"] = self.refuse
        else:
            back["code"] = self.new_code(ask)
        return 302, {"Location": ask["redirect_uri"] + "?" +
                     urllib.parse.urlencode(back)}, b""

    def new_code(self, ask):
        code = os.urandom(8).hex()
        self.codes[code] = ask
        return code

    def answer(self, nonce):
        claims = dict(self.claims, nonce=nonce)
        return 200, {}, {"access_token": "the-access-token",
                         "token_type": "Bearer", "expires_in": 300,
                         "id_token": self.idp.token(**claims)}

    @staticmethod
    def no(error, text=None):
        return 400, {}, {n: v for n, v in {
            "error": error, "error_description": text}.items() if v}

    def token(self, q):
        f = fields(q.body.decode())
        self.last = f
        if f.get("grant_type", "").endswith(":device_code"):
            if f["device_code"] != "device-1":
                return self.no("invalid_grant")
            if self.pending:
                return self.no(self.pending.pop(0))
            return self.answer(os.urandom(8).hex())
        ask = self.codes.pop(f.get("code"), None)
        if ask is None:
            return self.no("invalid_grant", "no such code")
        verifier = hashlib.sha256(f["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (ask["code_challenge"], ask["code_challenge_method"],
                ask["redirect_uri"], ask["client_id"]) != (
                    challenge, "S256", f["redirect_uri"], f["client_id"]):
            return self.no("invalid_grant", "not the one who asked")
        return self.answer("another" if self.wrong_nonce else ask["nonce"])

    def device(self, q):
        self.last = fields(q.body.decode())
        return 200, {}, {"device_code": "device-1", "user_code": "WDJB-MJHT",
                         "verification_uri": self.idp.url + "/activate",
                         "interval": 1, "expires_in": 60}
