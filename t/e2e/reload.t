#!/usr/bin/python3
"""F14: the configuration is reloaded while requests come: none is lost, and
what is issued follows the old or the new one; a ca.json that was cut short
stops nothing; who writes ca.json writes all of it or nothing.  F9: SIGTERM
under load."""

import datetime
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from stepc_ca import BUILD, CA, done, make_csr, make_key, ok, same
from stepc_faults import Faults, await_true, log_text, worker_pids, workers
from stepc_renew import Client, issue, renew_token

RELOADS = 10
HOURS = (2, 3)

faults = Faults()
ca = CA()
faults.attach(ca)
csr = make_csr(make_key())
pair = issue(ca)
path = os.path.join(ca.demo, "config/ca.json")


def configure(hours):
    """As an editor does it: a new file in the place of the old one."""
    ca.config["authority"]["claims"] = {
        "defaultTLSCertDuration": "%dh" % hours}
    with open(path + ".new", "w") as f:
        json.dump(ca.config, f)
    os.rename(path + ".new", path)


def hours_of(pem):
    c = x509.load_pem_x509_certificate(pem.encode())
    return round((c.not_valid_after - c.not_valid_before) /
                 datetime.timedelta(hours=1))


issued = []
answers = {}
lock = threading.Lock()
stop = threading.Event()


def load(kind):
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


configure(HOURS[0])
workers(ca, "reload", "sign", "renew")
await_true(lambda: hours_of(ca.sign(csr, ca.token())[1]["crt"]) == HOURS[0])
threads = [threading.Thread(target=load, args=(k,))
           for k in ("sign", "sign", "renew")]
for t in threads:
    t.start()
followed = 0
for i in range(RELOADS):
    want = HOURS[(i + 1) % 2]
    configure(want)
    workers(ca, "reload", "sign", "renew")
    followed += bool(await_true(lambda: issued[-20:].count(want) == 20))
same(followed, RELOADS, "F14 each of %d reloads is followed" % RELOADS)
terms = 0
for i in range(20):
    for handler in ("sign", "renew"):
        for pid in worker_pids(ca, handler)[:1]:
            os.kill(pid, signal.SIGTERM)
            terms += 1
    seen = len(issued)
    await_true(lambda: len(issued) > seen + 3)
stop.set()
for t in threads:
    t.join()
same(sorted(answers), [("renew", 201), ("sign", 201)],
     "F9 F14 reloads and %d SIGTERMs under load: no request is lost" % terms)
print("# %s" % answers)
same(sorted(set(issued)), sorted(HOURS), "and each follows one configuration")

# --- ca.json is cut short ----------------------------------------------------

with open(path, "rb") as f:
    whole = f.read()
configured = HOURS[RELOADS % 2]
for n in (0, 1, len(whole) // 2, len(whole) - 2):
    before = {h: sorted(worker_pids(ca, h)) for h in ("sign", "renew")}
    with open(path, "wb") as f:
        f.write(whole[:n])
    for verb in ("reload", "restart"):
        code, said = workers(ca, verb, check=False)
        ok(code != 0 and "nothing was started or stopped" in said,
           "F14 %d bytes of ca.json: %s refuses" % (n, verb), said)
    same({h: sorted(worker_pids(ca, h)) for h in before}, before,
         "F14 %d bytes of ca.json: the workers run on" % n)
    status, doc = ca.sign(csr, ca.token())
    same((status, hours_of(doc["crt"]) if status == 201 else None),
         (201, configured), "F14 with the configuration that they have")
with open(path, "wb") as f:
    f.write(whole)
same(workers(ca, "reload")[0], 0, "F14 whole again: it reloads")
same(ca.sign(csr, ca.token())[0], 201, "and signs")

# --- who writes it -----------------------------------------------------------

other = os.path.join(ca.tmp, "other")
with open(os.path.join(ca.tmp, "password"), "w") as f:
    f.write("a password\n")


def init(name, fault=None):
    env = dict(ca.env, STEPPATH=other,
               STEPC_FAULT_DIR=os.path.join(other, "config"))
    args = [os.path.join(BUILD, "stepc"), "ca", "init", "--name", name,
            "--dns", "localhost", "--address", ":443", "--provisioner", name,
            "--password-file", os.path.join(ca.tmp, "password"), "--force"]

    def run():
        return subprocess.run(args, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT)
    if fault is None:
        return run()
    with faults(fault):
        return run()


def read(name):
    with open(os.path.join(other, name), "rb") as f:
        return f.read()


r = init("first")
ok(r.returncode == 0, "a configuration", r.stdout)
old = read("config/ca.json")
for fault in ("write ENOSPC", "write EIO", "sync EIO", "open EMFILE",
              "any EROFS", "open KILL .ca.json", "write KILL .ca.json",
              "sync KILL .ca.json", "close KILL .ca.json", "rename KILL"):
    r = init("second", fault)
    ok(r.returncode != 0, "F14 ca init, %s: fails" % fault, r.stdout)
    ok(read("config/ca.json") == old,
       "F14 ca init, %s: ca.json is as it was" % fault)
r = init("third")
ok(r.returncode == 0 and json.loads(read("config/ca.json"))["authority"]
   ["provisioners"][0]["name"] == "third", "F14 and then it is replaced",
   r.stdout)
ca.check_logs("F14")
done()
