#!/usr/bin/python3
"""F10: the disk under real workers behind real nginx is full, fails, is read
only, or has no memory: 503 with Retry-After and a JSON document, nothing
stored, and all is well as soon as the fault is gone; V3: meanwhile the last
revocation list is served.  S4: a worker is paused while it holds the ledger's
lock, or that of the list.  S7: both index files are removed or
damaged under running workers; a byte of the ledger is flipped."""

import concurrent.futures
import http.client
import json
import os
import random
import resource
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
import stepc_ssh
from stepc_ca import (BUILD, CA, P401, done, make_csr, make_key, ok, same,
                      skip)
from stepc_renew import DER, Client, issue, mtls, renew_token
from stepc_faults import (Faults, await_true, log_text, only, stopped_pids,
                          worker_pids, workers)


def with_list(config, demo):
    config["crl"] = {"enabled": True, "generateOnRevoke": True}
    config["ocsp"] = {"enabled": True}


faults = Faults()
ca = CA(with_list)
faults.attach(ca)
key = make_key()
csr = make_csr(key)
pair = issue(ca)


def post(path, body, headers=None, method="POST"):
    status, head, data = ca.request(method, path, body, headers)
    try:
        return status, head, json.loads(data)
    except ValueError:
        return status, head, data


def get(path):
    return post(path, None, None, "GET")


def sign():
    body = {"csr": csr, "ott": ca.token()}
    return lambda: post("/1.0/sign", body)


def renew():
    head = {"Authorization": "Bearer " + renew_token(ca, pair)}
    return lambda: post("/1.0/renew", b"", head)


def re_sign():
    head = {"Authorization": "Bearer " + renew_token(ca, pair)}
    return lambda: post("/1.0/re-sign", b"", head)


def rekey():
    head = {"Authorization": "Bearer " + renew_token(ca, pair, "/1.0/rekey")}
    return lambda: post("/1.0/rekey", {"csr": csr}, head)


def revoke():
    body = revoke_serial(issue(ca, "gone.example.com").serial)
    return lambda: post("/1.0/revoke", body)


def revoke_serial(serial, path="/1.0/revoke"):
    return {"serial": str(serial), "passive": True, "ott": ca.token(ca.claims(
        str(serial), sans=None,
        aud="https://localhost:%d%s" % (ca.port, path)))}


def ssh_sign():
    body = {"publicKey": ssh_key, "ott": ssh.token()}
    return lambda: post("/1.0/ssh/sign", body)


def ssh_renew():
    body = {"ott": ssh.pop("h", "renew")}
    return lambda: post("/1.0/ssh/renew", body)


def ssh_rekey():
    body = {"ott": ssh.pop("h", "rekey"), "publicKey": next_key}
    return lambda: post("/1.0/ssh/rekey", body)


def ssh_revoke():
    body = revoke_serial(random.getrandbits(60) + 1, "/1.0/ssh/revoke")
    return lambda: post("/1.0/ssh/revoke", body)


def refused(name, ask, doubt=False):
    """503, told properly; nothing stored, unless it was the last sync."""
    before = ca.ledger()
    status, head, doc = ask()
    good = status == 503 and isinstance(doc, dict) and \
        list(doc) == ["status", "message"] and doc["status"] == 503 and \
        "/" not in doc["message"] and head["Retry-After"] is not None and \
        head["Content-Type"] == "application/json"
    ok(good, name + ": 503 with Retry-After", status, dict(head), doc)
    if not doubt:
        same(ca.ledger(), before, name + ": nothing stored")


VERBS = [(sign, 201), (renew, 201), (re_sign, 201), (rekey, 201),
         (revoke, 200)]
if stepc_ssh.KEYGEN is not None:
    ssh = stepc_ssh.Ssh(ca)
    ssh_key = stepc_ssh.make_key("joe")
    host_key, next_key = (stepc_ssh.make_key(n, "ecdsa") for n in ("h", "h2"))
    stepc_ssh.save_cert("h", ssh.sign(host_key, ssh.host_token())[1]["crt"])
    VERBS += [(ssh_sign, 201), (ssh_renew, 201), (ssh_rekey, 201),
              (ssh_revoke, 200)]
else:
    print("# no ssh-keygen: nothing about SSH")
CASES = ("write ENOSPC", "write EIO ledger-", "sync EIO ledger-",
         "stat ENOMEM", "lock EIO ledger", "any EROFS", "any EMFILE",
         "any EIO")
for verb, good in VERBS:
    for case in CASES:
        name = "F10 %s, %s" % (verb.__name__, case)
        ask = verb()
        before = ca.ledger()
        with faults(case):
            refused(name, ask, doubt=case.startswith("sync"))
        status, _, doc = ask()
        if case.startswith("sync"):
            # It may have been stored: then it is spent, and not twice there.
            good_now = (status, doc.get("message")) == (
                401, P401 + "the token was already used") \
                if ca.ledger() != before else status == good
            ok(good_now, name + ": once at most", status, doc)
            status = verb()()[0]
        same(status, good, name + ": well again by itself")
text = log_text(ca)
ok(all(w in text for w in ("No space left on device", "Input/output error",
                           "Read-only file system")),
   "the log tells what it was")

# --- V3: the revocation list meanwhile ----------------------------------------

def listed():
    """(status, serial numbers of the list)"""
    status, _, data = ca.request("GET", "/1.0/crl")
    if status != 200:
        return status, None
    return status, {r.serial_number for r in x509.load_der_x509_crl(data)}


def revoked_now():
    serial = random.getrandbits(120) + 1
    same(post("/1.0/revoke", revoke_serial(serial))[0], 200, "a revocation")
    return serial


# One that cannot be read is not served; an older one that a worker may have
# open would take back revocations.
for case in CASES:
    old = listed()
    serial = revoked_now()
    unreadable = case.startswith(("stat", "any"))
    with faults(case + ("" if "ledger" in case else " crl")):
        if unreadable:
            refused("V3 %s" % case, lambda: get("/1.0/crl"))
        else:
            now = listed()
            ok(now in (old, (200, old[1] | {serial})),
               "V3 %s: the last list, or the next, is served" % case, now[0])
    same(listed(), (200, old[1] | {serial}), "V3 %s: then the next" % case)

# --- OCSP meanwhile: what cannot be looked up is neither good nor unknown --------

with open(os.path.join(ca.demo, "certs/intermediate_ca.crt"), "rb") as f:
    issuer = x509.load_pem_x509_certificate(f.read())
both = {}
for name in ("GOOD", "REVOKED"):
    p = issue(ca, "ocsp.example.com")
    both[name] = ocsp.OCSPRequestBuilder().add_certificate(
        p.cert, issuer, hashes.SHA256()).build().public_bytes(DER)
same(post("/1.0/revoke", revoke_serial(p.serial))[0], 200, "a revocation")


def ocsp_status(request):
    """What is said of the certificate, or why not."""
    status, _, data = ca.request("POST", "/ocsp", request, {
        "Content-Type": "application/ocsp-request"})
    if status != 200:
        return status
    r = ocsp.load_der_ocsp_response(data)
    if r.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return r.response_status.name
    return r.certificate_status.name


await_true(lambda: ocsp_status(both["GOOD"]) == "GOOD", 90)
for case in CASES + ("read EIO", "open EMFILE"):
    for name, request in both.items():
        with faults(case):
            got = ocsp_status(request)
        ok(got in (name, "TRY_LATER"), "F10 OCSP, %s: %s or tryLater" % (
            case, name.lower()), got)
        same(ocsp_status(request), name, "F10 OCSP, %s: well again" % case)

# --- F10: the process has no descriptor, no memory left ----------------------

def limit(what, n):
    for pid in worker_pids(ca, "sign"):
        resource.prlimit(pid, what, (n, resource.RLIM_INFINITY if
                                     what == resource.RLIMIT_AS else 4096))


limit(resource.RLIMIT_NOFILE, 3)
same(sign()()[0], 201, "F10 no descriptor left: others take their place")
ok("accept: Too many open files" in log_text(ca, "sign.log"),
   "F10 and the log says so")
# Those that are left with the limit would end later.
workers(ca, "restart", "sign")
before = worker_pids(ca, "sign")
for pid in before:  # each has started
    only(pid, before, sign())
with open(os.path.join(BUILD, "handlers/sign"), "rb") as f:
    checked = b"__asan_init" in f.read()
if checked:
    skip("F10 no memory left", "a sanitizer ends the process itself")
else:
    limit(resource.RLIMIT_AS, 4096)
    body = {"csr": csr, "ott": ca.token(), "more": "x" * 900000}
    began = time.monotonic()
    refused("F10 no memory left", lambda: post("/1.0/sign", body))
    took = time.monotonic() - began
    ok(took < 4, "F10 no memory left: told without waiting for a lock", took)
    limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
    same(post("/1.0/sign", body)[0], 201, "F10 memory is back: well again")
    same(worker_pids(ca, "sign"), before, "F10 in the same workers")

# --- S4: a worker paused while it holds the lock ---------------------------

first = []
with faults("write STOP ledger-"):
    body = {"csr": csr, "ott": ca.token()}
    t = threading.Thread(target=lambda: first.append(
        Client(ca, None).post("/1.0/sign", body)))
    t.start()
    stopped = await_true(lambda: stopped_pids(ca, "sign"))
for verb, _ in (VERBS[0], VERBS[1]):
    ask = verb()
    began = time.monotonic()
    refused("S4 %s while a writer is paused" % verb.__name__, ask)
    took = time.monotonic() - began
    ok(4.5 < took < 20, "after its bound of 5 s", took)
for pid in stopped:
    os.kill(pid, signal.SIGCONT)
t.join()
same([r[0] for r in first], [201], "the paused one ends well")
same([verb()()[0] for verb, _ in VERBS[:2]], [201, 201], "so do the others")

# One of the list is paused: the others serve the last one, and wait for it no
# longer than that.
old = listed()
serial = revoked_now()


def ask_for_list():
    c = http.client.HTTPSConnection("localhost", ca.port, context=ca.context,
                                    timeout=60)
    c.request("GET", "/1.0/crl")
    asked.append(c.getresponse().status)
    c.close()


asked = []
with faults("write STOP crl"):
    t = threading.Thread(target=ask_for_list)
    t.start()
    stopped = await_true(lambda: stopped_pids(ca, "crl"))
began = time.monotonic()
now = listed()
took = time.monotonic() - began
same(now, old, "S4 a list is being made by one that is paused: the last one")
ok(4.5 < took < 20, "after its bound of 5 s", took)
for pid in stopped:
    os.kill(pid, signal.SIGCONT)
t.join()
same((asked, listed()), ([200], (200, old[1] | {serial})),
     "the paused one ends well")

# --- S7: the index -----------------------------------------------------------

store = os.path.join(ca.demo, "db/stepc")
INDEX = ("index", "index-a.gdbm", "index-b.gdbm")


def damage(name):
    path = os.path.join(store, name)
    if os.path.exists(path):
        with open(path, "r+b") as f:
            data = bytearray(f.read())
            for i in range(0, len(data), 97):
                data[i] ^= 0x55
            f.seek(0)
            f.write(data)


def remove(name):
    path = os.path.join(store, name)
    if os.path.exists(path):
        os.unlink(path)


ask = sign()
same(ask()[0], 201, "a certificate")
for name, harm in (("S7 index removed", remove), ("S7 index damaged", damage)):
    revoked = issue(ca, "revoked.example.com")
    status, _, _ = post("/1.0/revoke", revoke_serial(revoked.serial))
    same(status, 200, name + ": a revocation before")
    for f in INDEX:
        harm(f)
    for where in ("under running workers", "after a reload"):
        if where == "after a reload":
            workers(ca, "reload")
        status, _, doc = ask()
        same((status, doc.get("message")),
             (401, P401 + "the token was already used"),
             "%s %s: what was spent stays spent" % (name, where))
        same(mtls(ca, revoked)[0], 401,
             "%s %s: what was revoked stays revoked" % (name, where))
        same(sign()()[0], 201, "%s %s: signing goes on" % (name, where))
        same(renew()()[0], 201, "%s %s: renewing too" % (name, where))
    ok(await_true(lambda: log_text(ca).count("index rebuilt from the ledger")),
       name + ": the log says that it was rebuilt")
    for log in ("sign.log", "renew.log", "revoke.log", "crl.log"):
        open(os.path.join(ca.demo, "log", log), "w").close()
ok(os.path.exists(os.path.join(store, "index")), "and there it is")

# --- S7: a flipped byte in the ledger --------------------------------------

def flip(offset):
    with open(ledger, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 1]))


ledger = os.path.join(store, sorted(
    f for f in os.listdir(store) if f.startswith("ledger-"))[0])
with open(ledger, "rb") as f:
    place = f.read().index(pair.cert.public_bytes(DER)) + 100
old = sign()
same(old()[0], 201, "a certificate behind the damage")
same(ca.request("GET", "/1.0/crl")[0], 200, "a revocation list before it")
flip(place)
before = ca.ledger()
status, _, doc = renew()()
same((status, doc.get("status")), (500, 500),
     "S7 a flipped byte under running workers: its record is not served")
same(ca.ledger(), before, "and nothing is stored")
ok("is damaged" in log_text(ca, "renew.log") or
   "no intact record" in log_text(ca, "renew.log"), "named in the log")
for f in INDEX:
    remove(f)
code, said = workers(ca, "reload", check=False)
ok(code != 0 and "is damaged (record" in said,
   "S7 a flipped byte: a reload says so and stops nothing", said)
for handler in ("sign", "renew", "crl"):
    for pid in worker_pids(ca, handler):
        os.kill(pid, signal.SIGKILL)
before = ca.ledger()


def refusal(what):
    """Status and body.  Workers that cannot start are started again until the
    supervisor gives them up: until then requests wait, where starting is slow
    for as long as the web server has patience."""
    c = http.client.HTTPSConnection("localhost", ca.port, context=ca.context,
                                    timeout=100)
    method, path, body, token = what
    c.request(method, path, body, {"Authorization": "Bearer " + token})
    r = c.getresponse()
    return r.status, r.read()


# What was behind the damage must not be taken for never revoked.
asked = [
    ("POST", "/1.0/sign", json.dumps({"csr": csr, "ott": ca.token()})),
    ("POST", "/1.0/renew", b""), ("GET", "/1.0/crl", None)]
with concurrent.futures.ThreadPoolExecutor() as pool:
    answers = pool.map(refusal, [(*what, renew_token(ca, pair))
                                 for what in asked])
for (_, path, _), (status, doc) in zip(asked, answers):
    ok(status in (500, 502, 503, 504),
       "S7 a flipped byte, new workers: %s is refused" % path, status, doc)
same(ca.ledger(), before, "nothing written")
for log in ("sign.log", "renew.log", "crl.log"):
    ok(await_true(lambda: "is damaged (record" in log_text(ca, log)),
       log + " names the record", log_text(ca, log)[-600:])
flip(place)
workers(ca, "restart")
same(sign()()[0], 201, "S7 the byte put back: all is well")
same(old()[0], 401, "what was spent is spent")
same(ca.request("GET", "/1.0/crl")[0], 200, "the revocation list is there")
done()
