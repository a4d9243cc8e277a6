#!/usr/bin/python3
"""Provisioners are added, changed and removed with stepc while requests come,
and the workers told to reload: every change takes effect, no request is lost,
and who edits at the same time as others loses nothing."""

import datetime
import http.client
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from jwcrypto import jwe, jwk
from stepc_ca import BUILD, CA, b64u, done, make_csr, make_key, ok, same
from stepc_faults import await_true, workers
from stepc_renew import Client, Pair, renew_token

ROUNDS = 4
STEPC = os.path.join(BUILD, "stepc")

ca = CA()
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=ca.demo, NO_COLOR="1", HOME=ca.tmp)
CONFIG = os.path.join(ca.demo, "config/ca.json")
PASSWORD = os.path.join(ca.demo, "password.txt")
csr = make_csr(make_key())
admin = ca.provisioner["name"]


def start(*args):
    return subprocess.Popen([STEPC, "ca", *args], env=ENV, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


def edit(*args):
    p = start(*args)
    out, err = p.communicate()
    ok(p.returncode == 0, "stepc ca " + " ".join(args[:4]), out, err)


def reload():
    workers(ca, "reload", "sign", "renew")


def configured():
    with open(CONFIG) as f:
        return {p["name"]: p for p in
                json.load(f)["authority"]["provisioners"]}


def token_of(p, sub="b.example.com"):
    """Of a JWK provisioner of ca.json, with its own key."""
    e = jwe.JWE(algs=["PBES2-HS256+A128KW", "A256GCM"])
    e.deserialize(p["encryptedKey"])
    e.decrypt(jwk.JWK(kty="oct", k=b64u(ca.password)))
    return ca.token(ca.claims(sub, iss=p["name"]),
                    header={"kid": p["key"]["kid"]},
                    key=jwk.JWK.from_json(e.payload.decode()))


def hours_of(pem):
    c = x509.load_pem_x509_certificate(pem.encode())
    return round((c.not_valid_after - c.not_valid_before) /
                 datetime.timedelta(hours=1))


issued = []
answers = {}
lock = threading.Lock()
stop = threading.Event()


def load(kind, pair):
    c = Client(ca, None)
    while not stop.is_set():
        try:
            if kind == "sign":
                status, doc = c.post("/1.0/sign",
                                     {"csr": csr, "ott": ca.token()})
            else:
                status, doc = c.post("/1.0/renew", b"", {
                    "Authorization": "Bearer " + renew_token(ca, pair)})
        except (OSError, http.client.HTTPException) as e:
            status, doc = repr(e), None
            c.close()
        with lock:
            answers[kind, status] = answers.get((kind, status), 0) + 1
            if kind == "sign" and status == 201:
                issued.append(hours_of(doc["crt"]))
    c.close()


key = make_key()
doc = ca.sign(make_csr(key), ca.token())[1]
pair = Pair(doc["certChain"], key)
threads = [threading.Thread(target=load, args=(k, pair))
           for k in ("sign", "sign", "renew")]
for t in threads:
    t.start()

# --- changed -----------------------------------------------------------------

for i in range(ROUNDS):
    hours = 2 + i % 2
    edit("provisioner", "update", admin, "--x509-default-dur", "%dh" % hours)
    reload()
    ok(await_true(lambda: issued[-20:].count(hours) == 20),
       "round %d: certificates live %d hours" % (i, hours), issued[-20:])

# --- added, changed, removed -------------------------------------------------

for i in range(ROUNDS):
    edit("provisioner", "add", "ops", "--create", "--password-file", PASSWORD,
         "--x509-default-dur", "1h")
    ops = configured()["ops"]
    status, doc = ca.sign(make_csr(make_key(), "b.example.com"), token_of(ops))
    ok(status == 401 and "crt" not in doc, "not known before a reload", status)
    reload()
    key = make_key()
    status, doc = ca.sign(make_csr(key, "b.example.com"), token_of(ops))
    if not same((status, hours_of(doc.get("crt", "")) if status == 201
                 else doc), (201, 1), "known after it"):
        break
    theirs = Pair(doc["certChain"], key)

    def renew():
        status, _, data = ca.request("POST", "/1.0/renew", b"", {
            "Authorization": "Bearer " + renew_token(ca, theirs)})
        return status, json.loads(data)

    same(renew()[0], 201, "and its certificates are renewed")
    edit("provisioner", "update", "ops", "--disable-renewal")
    reload()
    status, doc = renew()
    ok(status == 401 and "crt" not in doc and
       "stepc ca provisioner update ops --disable-renewal=false" in
       doc["message"], "until that is not allowed", status,
       doc.get("message"))
    edit("provisioner", "update", "ops", "--disable-renewal=false")
    reload()
    same(renew()[0], 201, "or is again")
    edit("provisioner", "remove", "ops")
    reload()
    status, doc = ca.sign(make_csr(make_key(), "b.example.com"), token_of(ops))
    ok(status == 401 and "crt" not in doc, "nor known when it is removed",
       status, doc.get("message"))

# --- refused -----------------------------------------------------------------

before = open(CONFIG, "rb").read()
p = start("provisioner", "update", admin, "--x509-max-dur", "1m")
p.communicate()
same(p.returncode, 1, "claims that contradict each other are refused")
same(open(CONFIG, "rb").read(), before, "and not written")
reload()

# --- by several at once ------------------------------------------------------

adding = {"p%d" % i: start("provisioner", "add", "p%d" % i, "--type", "ACME")
          for i in range(8)}
said = {name: p.communicate() for name, p in adding.items()}
added = sorted(n for n, p in adding.items() if p.returncode == 0)
ok(added, "of eight edits at once some succeed", said)
there = {p["name"] for p in ca.config["authority"]["provisioners"]}
same(sorted(set(configured()) - there), added,
     "those that say so are in ca.json, and no others")
ok(all("changed in the meantime" in said[n][1] for n in adding
       if n not in added), "the others say why not", said)
reload()

stop.set()
for t in threads:
    t.join()
same(sorted(answers), [("renew", 201), ("sign", 201)],
     "every request under load was answered with a certificate")
print("# %s" % answers)

# --- and nothing is recorded for one that is gone ----------------------------

ledger = ca.ledger()
status, doc = ca.sign(make_csr(make_key(), "b.example.com"), token_of(ops))
same((status, ca.ledger()), (401, ledger), "nothing is recorded")
ca.check_logs()
done()
