"""The same requests to whoever serves the files of an authority, and what
became of them, by case."""

import http.client
import json
import ssl
import time

import stepc_renew
from stepc_ca import make_csr, make_key, ok
from stepc_compare import members, ssh_fields, x509_fields
from stepc_renew import Pair, renew_token
from stepc_ssh import Ssh, make_key as make_ssh_key, save_cert

KEYS = {}


def key_of(kind):
    """One key of a kind for everyone, so that certificates are alike."""
    if kind not in KEYS:
        KEYS[kind] = make_key(kind)
    return KEYS[kind]


def ssh_key(name, kind="ed25519", *args):
    if name not in KEYS:
        KEYS[name] = make_ssh_key(name, kind, *args)
    return KEYS[name]


class Observer:
    """cases is {name: {member: value}}. Where watch is set, it is asked
    after each refusal whether something was recorded."""

    def __init__(self, ca, watch=None):
        self.ca, self.watch, self.cases = ca, watch, {}
        self.ssh = Ssh(ca)
        self.recorded = watch() if watch else None
        self.traces = []

    def send(self, method, where, body=None, headers=None, pair=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if pair is None:
            return self.ca.request(method, where, body, headers)
        c = http.client.HTTPSConnection(
            "localhost", self.ca.port, timeout=60,
            context=stepc_renew.context(self.ca, pair))
        try:
            c.request(method, where, body=body, headers=headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def see(self, case, method, where, body=None, headers=None, pair=None):
        """One request; returns (status, document or None)."""
        if case in self.cases:
            raise ValueError("twice: " + case)
        asked = int(time.time())
        try:
            status, head, data = self.send(method, where, body, headers, pair)
        except (OSError, ssl.SSLError, http.client.HTTPException):
            self.cases[case] = {"status": "connection ended"}
            return None, None
        seen = {"status": status, "Content-Type": head["Content-Type"],
                "Allow": head["Allow"],
                "X-Request-Id": "there" if head["X-Request-Id"] else None}
        doc = None
        if (head["Content-Type"] or "").startswith("application/json"):
            doc = json.loads(data) if data else None
            seen.update(self.body(doc, status, asked))
        else:
            seen["text"] = data.decode(errors="replace").replace("\r\n", "\n")
        self.cases[case] = seen
        if status >= 400:
            self.nothing_recorded(case)
        elif self.watch:
            self.recorded = self.watch()
        return status, doc

    def nothing_recorded(self, case):
        if not self.watch:
            return
        now = self.watch()
        if now != self.recorded:
            self.traces.append(case)
        self.recorded = now

    def body(self, doc, status, asked):
        out = {}
        for name, value in members(doc).items():
            if name == "status" and value == status:
                continue
            if name == "certChain[0]" and value == doc["crt"]:
                out["." + name] = "crt"
                continue
            if name in ("crt", "identityCrt[0]") and \
                    str(value).startswith("-----"):
                fields = x509_fields(value, asked)
            elif name in ("crt", "addUserCrt") and value:
                fields = ssh_fields(value, asked)
            else:
                out["." + name] = value
                continue
            out.update((".%s: %s" % (name, k), v) for k, v in fields.items())
        return out

    # --- credentials -----------------------------------------------------

    def sign(self, case, claims=None, csr=None, header=None, key="P-256",
             where="/sign", raw=None, signed_by=None, **more):
        """POST /sign with a good token and request, but for what is said;
        a value of None leaves a member out."""
        c = self.ca.claims()
        c.update(claims or {})
        c = {k: v for k, v in c.items() if v is not None}
        body = {"csr": csr or make_csr(key_of(key)),
                "ott": self.ca.token(c, header, key=signed_by)}
        body.update(more)
        body = {k: v for k, v in body.items() if v is not None}
        status, doc = self.see(case, "POST", where, raw or body)
        if status == 201:
            return Pair(doc["certChain"], key_of(key))
        return None

    def ssh_sign(self, case, token=None, key="id", where="/ssh/sign", **more):
        """POST /ssh/sign of the key id with a good token for joe."""
        body = {"publicKey": ssh_key(key),
                "ott": self.ssh.token() if token is None else token}
        body.update(more)
        body = {k: v for k, v in body.items() if v is not None}
        status, doc = self.see(case, "POST", where, body)
        if status == 201:
            save_cert(key, doc["crt"])
        return doc if status == 201 else None

    def renew_token(self, pair, **more):
        return renew_token(self.ca, pair, **more)


def no_traces(observer, name):
    ok(not observer.traces, name + ": no refusal was recorded",
       *observer.traces)
