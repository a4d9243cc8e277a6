#!/usr/bin/python3
"""R15 of the attack list: revoke and renew race, 100 pairs.  No renewal (nor
rekey) is granted that was asked for after a revocation was acknowledged."""

import http.client
import json
import os
import ssl
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from stepc_ca import CA, done, make_csr, make_key, ok, same

PAIRS = 100
AT_ONCE = 4

ca = CA()


def issue(i):
    """(serial, TLS context, the key as a request) of a new client"""
    name = "race%d.example.com" % i
    key = make_key()
    csr = make_csr(key, name)
    status, doc = ca.sign(csr, ca.token(ca.claims(name)))
    if status != 201:
        print("Bail out! cannot issue: %r" % (doc,))
        sys.exit(1)
    path = os.path.join(ca.tmp, name)
    with open(path, "wb") as f:
        f.write("".join(doc["certChain"]).encode() + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()))
    context = ssl.create_default_context(
        cafile=os.path.join(ca.demo, "certs/root_ca.crt"))
    context.load_cert_chain(path)
    serial = x509.load_pem_x509_certificate(doc["crt"].encode()).serial_number
    return serial, context


def connect(context):
    c = http.client.HTTPSConnection("localhost", ca.port, context=context,
                                    timeout=60)
    c.connect()
    return c


def post(c, path, body):
    c.request("POST", path, json.dumps(body))
    r = c.getresponse()
    return r.status, json.loads(r.read() or b"{}")


class Pair(threading.Thread):
    """Renews until it is refused, while somebody revokes."""

    def __init__(self, i, serial, context):
        super().__init__()
        self.i, self.serial, self.context = i, serial, context
        self.granted, self.problem = [], None
        self.acknowledged = None

    def revoke(self, c, barrier):
        barrier.wait()
        time.sleep(self.i % 10 / 1000)
        status, doc = post(c, "/1.0/revoke", {
            "serial": str(self.serial), "passive": True,
            "ott": ca.token(ca.claims(
                str(self.serial), sans=None,
                aud="https://localhost:%d/1.0/revoke" % ca.port))})
        if status == 200:
            self.acknowledged = time.monotonic()
        else:
            self.problem = "revoke: %d %r" % (status, doc)

    def run(self):
        barrier = threading.Barrier(2)
        other = connect(ca.context)
        mine = connect(self.context)
        revoker = threading.Thread(target=self.revoke, args=(other, barrier))
        revoker.start()
        barrier.wait()
        rekey = self.i % 4 == 3
        for _ in range(1000):
            started = time.monotonic()
            status, doc = post(
                mine, "/1.0/rekey" if rekey else "/1.0/renew",
                {"csr": make_csr(make_key())} if rekey else {})
            if status == 401:
                break
            if status != 201:
                self.problem = "renew: %d %r" % (status, doc)
                break
            self.granted.append(started)
        revoker.join()
        if self.problem is None and status == 401:
            # Refused for good, also by workers that did not refuse so far.
            for _ in range(4):
                c = connect(self.context)
                status, doc = post(c, "/1.0/renew", {})
                c.close()
                if status != 401:
                    self.problem = "renewed later: %d %r" % (status, doc)
        other.close()
        mine.close()


pairs = []
for first in range(0, PAIRS, AT_ONCE):
    some = [Pair(i, *issue(i)) for i in range(first, first + AT_ONCE)]
    for p in some:
        p.start()
    for p in some:
        p.join()
    pairs += some
problems = ["pair %d: %s" % (p.i, p.problem) for p in pairs if p.problem]
ok(not problems, "R15 every pair ends: revoked, and renewal is 401", *problems)
late = [p.i for p in pairs if p.acknowledged is not None and
        any(t > p.acknowledged for t in p.granted)]
same(late, [], "R15 no renewal was granted after an acknowledged revocation")
raced = sum(1 for p in pairs if p.granted)
print("# %d of %d pairs were renewed before, %d times" % (
    raced, PAIRS, sum(len(p.granted) for p in pairs)))
ok(raced > PAIRS // 10, "and there was a race", raced)
ca.check_logs()
done()
