#!/usr/bin/python3
"""F10: the clock of the authority jumps by a day, ahead and back, under its
running workers.  What was spent stays spent and what was revoked revoked; it
issues for the new time without help; numbers of revocation lists rise, and the
OCSP signer is one of that time."""

import datetime
import glob
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from stepc_ca import (BUILD, CA, P401, done, make_csr, make_key, ok, same,
                      skip_all)
from stepc_faults import await_true, worker_pids, workers
from stepc_renew import DER, Pair, renew_token

DAY = 86400
# The authority is not older than this test: all its life is ahead of it.
START = 2 * DAY
FAKE = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
if not FAKE:
    skip_all("no libfaketime")
with open(os.path.join(BUILD, "handlers/sign"), "rb") as f:
    if b"__asan_init" in f.read():
        skip_all("a sanitizer and libfaketime do not go together")
USED = (401, P401 + "the token was already used")


def edit(config, demo):
    config["crl"] = {"enabled": True, "generateOnRevoke": True}
    config["ocsp"] = {"enabled": True}


ca = CA(edit)
with open(os.path.join(ca.demo, "certs/intermediate_ca.crt"), "rb") as f:
    issuer = x509.load_pem_x509_certificate(f.read())
clock = os.path.join(ca.tmp, "clock")
offset = 0


def jump(seconds):
    global offset
    offset = seconds
    with open(clock + ".new", "w") as f:
        f.write("%+d\n" % seconds)
    os.rename(clock + ".new", clock)


def now():
    return time.time() + offset


def near(t, what, name):
    t = t.replace(tzinfo=datetime.timezone.utc).timestamp()
    ok(abs(t - what) < 120, name, t, what)


def claims(sub="a.example.com", **more):
    t = int(now())
    return ca.claims(sub, **dict({"iat": t, "nbf": t, "exp": t + 300}, **more))


def sign(**more):
    key = make_key()
    c = claims(**more)
    status, doc = ca.sign(make_csr(key), ca.token(c))
    pair = Pair(doc["certChain"], key) if status == 201 else None
    return status, doc, pair, c["jti"]


def revoke(serial):
    body = {"serial": str(serial), "passive": True, "ott": ca.token(claims(
        str(serial), sans=None,
        aud="https://localhost:%d/1.0/revoke" % ca.port))}
    return ca.request("POST", "/1.0/revoke", body)[0]


def crl():
    status, _, data = ca.request("GET", "/1.0/crl")
    c = x509.load_der_x509_crl(data)
    return c, c.extensions.get_extension_for_class(
        x509.CRLNumber).value.crl_number


def ask_ocsp(cert):
    """The response, or None while there is none."""
    rq = ocsp.OCSPRequestBuilder().add_certificate(
        cert, issuer, hashes.SHA256()).build()
    status, _, data = ca.request("POST", "/ocsp", rq.public_bytes(DER), {
        "Content-Type": "application/ocsp-request"})
    r = ocsp.load_der_ocsp_response(data)
    return r if r.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL \
        else None


def refused(name, answer, want):
    status, doc = answer
    ok(status == 401 and want in doc["message"], name + ": 401", status, doc)
    same(ca.ledger(), before, name + ": nothing stored")


jump(START)
ca.env.update(LD_PRELOAD=FAKE[0], FAKETIME_NO_CACHE="1",
              FAKETIME_DONT_FAKE_MONOTONIC="1", NO_FAKE_STAT="1",
              FAKETIME_TIMESTAMP_FILE=clock)
workers(ca, "restart")
del ca.env["LD_PRELOAD"]
await_true(lambda: ca.request("GET", "/health")[0] == 200)
pids = {h: sorted(worker_pids(ca, h)) for h in ("sign", "renew", "revoke",
                                                "crl", "ocsp")}
spent, revoked, pairs = [], [], {}
number = 0
for at, name in ((START, "at first"), (START + DAY + 7200, "a day ahead"),
                 (START - DAY, "two days back"), (START, "right again")):
    jump(at)
    before = ca.ledger()
    for jti in spent:
        status, doc, _, _ = sign(jti=jti)
        refused("F10 %s, a token spent at another time" % name, (status, doc),
                USED[1])
    status, doc, pair, jti = sign()
    same(status, 201, "F10 %s: signs" % name)
    spent.append(jti)
    near(pair.cert.not_valid_before, now() - 60, "F10 %s: from now on" % name)
    before = ca.ledger()
    refused("F10 %s, a token of a day ago" % name, sign(
        iat=int(now()) - DAY, nbf=int(now()) - DAY,
        exp=int(now()) - DAY + 300)[:2], "expired")
    refused("F10 %s, a token of tomorrow" % name, sign(
        iat=int(now()) + DAY, nbf=int(now()) + DAY,
        exp=int(now()) + DAY + 300)[:2], "not valid before")
    t = int(now())
    status, doc, _ = ca.request("POST", "/1.0/renew", b"", {
        "Authorization": "Bearer " + renew_token(
            ca, pair, iat=t, nbf=t, exp=t + 300)})
    same(status, 201, "F10 %s: renews" % name)
    first = pairs.setdefault("first", pair)
    before = ca.ledger()
    t = int(now())
    status, _, data = ca.request("POST", "/1.0/renew", b"", {
        "Authorization": "Bearer " + renew_token(
            ca, first, iat=t, nbf=t, exp=t + 300)})
    if name in ("a day ahead", "two days back"):
        refused("F10 %s, a certificate that is not valid then" % name,
                (status, json.loads(data)), "")
    else:
        same(status, 201, "F10 %s: renews the first one" % name)
    status, doc, other, _ = sign()
    same((status, revoke(other.serial)), (201, 200), "F10 %s: revokes" % name)
    revoked.append(other)
    c, n = crl()
    ok(n > number, "F10 %s: the next list has a higher number" % name, n,
       number)
    number = n
    near(c.last_update, now(), "F10 %s: it is of this time" % name)
    same([p.serial for p in revoked if
          c.get_revoked_certificate_by_serial_number(p.serial) is None], [],
         "F10 %s: it has all that was ever revoked" % name)
    before = ca.ledger()
    for p in revoked:
        t = int(now())
        status, _, data = ca.request("POST", "/1.0/renew", b"", {
            "Authorization": "Bearer " + renew_token(
                ca, p, iat=t, nbf=t, exp=t + 300)})
        refused("F10 %s, renewal of a revoked one" % name,
                (status, json.loads(data)), "")
    # Whose signer is not valid at this time has another one made.
    r = await_true(lambda: ca.request("GET", "/1.0/crl") and
                   ask_ocsp(pair.cert), 90)
    if ok(r, "F10 %s: OCSP answers" % name):
        same(r.certificate_status.name, "GOOD", "F10 %s: good" % name)
        near(r.this_update, now(), "F10 %s: now" % name)
        s = r.certificates[0]
        a, b = (t.replace(tzinfo=datetime.timezone.utc).timestamp()
                for t in (s.not_valid_before, s.not_valid_after))
        ok(a <= now() <= b, "F10 %s: the signer is valid" % name, a, b)
        r = ask_ocsp(other.cert)
        same(r.certificate_status.name if r else None, "REVOKED",
             "F10 %s: revoked" % name)
    same(ca.request("GET", "/health")[2], b'{"status":"ok"}\n',
         "F10 %s: health" % name)
same({h: sorted(worker_pids(ca, h)) for h in pids}, pids,
     "F10 all that in the same workers")
r = subprocess.run([os.path.join(BUILD, "stepc"), "store", "verify"],
                   env=ca.env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, text=True)
ok(r.returncode == 0 and r.stdout.endswith("OK\n"), "the store is whole",
   r.stdout)
ca.check_logs()
done()
