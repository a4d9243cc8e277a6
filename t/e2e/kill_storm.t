#!/usr/bin/python3
"""F9: workers of all that writes (sign, renew, re-sign, rekey, revoke; ssh/sign,
ssh/renew, ssh/rekey, ssh/revoke) are killed with SIGKILL under load, 1,100
times, and at each of their steps.  Whatever was acknowledged is there,
revocations too, nothing is half there, the others go on.  Together with
kill_workers.t and kill_renew.t these are 1,500 kills."""

import base64
import http.client
import json
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
import stepc_ssh
from stepc_ca import CA, P401, done, make_csr, make_key, ok, same
from stepc_faults import Faults, await_true, worker_pids, workers
from stepc_renew import Client, issue, mtls, renew_token

KILLS = {"sign": 300, "renew": 300, "revoke": 300}
if stepc_ssh.KEYGEN is not None:
    KILLS.update({"ssh-sign": 100, "ssh-renew": 100})
else:
    print("# no ssh-keygen: nothing about SSH")


def with_list(config, demo):
    config["crl"] = {"enabled": True, "generateOnRevoke": True}


faults = Faults()
ca = CA(with_list)
faults.attach(ca)
key = make_key()
csr = make_csr(key)
pair = issue(ca)
USED = (401, P401 + "the token was already used")
lock = threading.Lock()
stop = threading.Event()
acked = {k: [] for k in KILLS}  # how to ask, what came
other = {}
ssh = stepc_ssh.Ssh(ca)
if "ssh-sign" in KILLS:
    ssh_key = stepc_ssh.make_key("joe")
    host_key, next_key = (stepc_ssh.make_key(n, "ecdsa") for n in ("h", "h2"))
    stepc_ssh.save_cert("h", ssh.sign(host_key, ssh.host_token())[1]["crt"])
    HOST = stepc_ssh.inspect(stepc_ssh.read("h-cert.pub").split()[1])["Serial"]


def revoke_body(serial, path="/1.0/revoke"):
    return {"serial": str(serial), "passive": True, "ott": ca.token(ca.claims(
        str(serial), sans=None,
        aud="https://localhost:%d%s" % (ca.port, path)))}


def der(crt):
    """Of the PEM of a certificate, or the text of one of SSH."""
    return base64.b64decode("".join(x for x in crt.splitlines()
                                    if not x.startswith("-----")))


def serial_of(pem):
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def make(kind):
    """(path, body, headers) of a request that nobody has made."""
    if kind == "sign":
        return "/1.0/sign", {"csr": csr, "ott": ca.token()}, {}
    if kind == "revoke":
        path = random.choice(REVOKE)
        return path, revoke_body(random.getrandbits(60) + 1, path), {}
    if kind == "ssh-sign":
        return "/1.0/ssh/sign", {"publicKey": ssh_key, "ott": ssh.token()}, {}
    if kind == "ssh-renew":
        op = random.choice(("renew", "rekey"))
        body = {"ott": ssh.pop("h", op, HOST)}
        if op == "rekey":
            body["publicKey"] = next_key
        return "/1.0/ssh/" + op, body, {}
    path = random.choice(("/1.0/renew", "/1.0/re-sign", "/1.0/rekey"))
    rekey = path == "/1.0/rekey"
    return path, {"csr": csr} if rekey else b"", {
        "Authorization": "Bearer " + renew_token(
            ca, pair, path if rekey else "/1.0/renew")}


REVOKE = ("/1.0/revoke", "/1.0/ssh/revoke")[:1 + ("ssh-sign" in KILLS)]


def load(kind):
    c = Client(ca, None)
    while not stop.is_set():
        ask = make(kind)
        try:
            status, doc = c.post(*ask)
        except (OSError, http.client.HTTPException):
            c.close()
            status, doc = "connection", None
        with lock:
            if status in (200, 201):
                acked[kind].append((ask, doc))
            else:
                other[status] = other.get(status, 0) + 1
    c.close()


def killer(kind, count):
    """The next kill comes when work has been done since the last one."""
    while count[kind] < KILLS[kind] and time.monotonic() < until:
        seen = len(acked[kind])
        for pid in random.sample(worker_pids(ca, kind), 1):
            try:
                os.kill(pid, signal.SIGKILL)
                count[kind] += 1
            except ProcessLookupError:
                pass
        while len(acked[kind]) < seen + 1 and time.monotonic() < until:
            time.sleep(random.random() / 100)


until = time.monotonic() + 240
began = time.monotonic()
threads = [threading.Thread(target=load, args=(k,))
           for k in KILLS for _ in range(1 if "-" in k else 2)]
kills = dict.fromkeys(KILLS, 0)
killers = [threading.Thread(target=killer, args=(k, kills)) for k in KILLS]
for t in threads + killers:
    t.start()
for t in killers:
    t.join()
stop.set()
for t in threads:
    t.join()
print("# %d s, %s" % (time.monotonic() - began,
                      {k: len(v) for k, v in acked.items()}))
same(kills, KILLS, "%d workers killed" % sum(KILLS.values()))
ok(all(len(acked[k]) >= KILLS[k] for k in KILLS), "work was done meanwhile",
   other)
ok(set(other) <= {502, "connection"}, "else only 502 from nginx", other)

# --- at each step ------------------------------------------------------------

STEPS = ("stat", "read", "lock", "write KILL ledger-", "sync KILL ledger-")
half = []


def ask_once(ask, seconds=60):
    """The status and document; (None, None) when nobody answers in time."""
    c = Client(ca, None)
    try:
        c.connect()
        c.sock.settimeout(seconds)
        return c.post(*ask)
    except (OSError, http.client.HTTPException):
        return None, None
    finally:
        c.close()


def killed_at(kind, step):
    """A request whose worker was killed at a step, and the status.  One that
    came while the workers were still starting, which dies at the same step,
    is nobody's: another one is made."""
    for _ in range(20):
        ask = make(kind)
        await_true(lambda: ask_once((ask[0], b"{}", {}))[0] in (400, 401))
        with faults(step if " " in step else step + " KILL"):
            status, _ = ask_once(ask, 5)
        if status is not None:
            break
    return ask, status


for kind in KILLS:
    for step in STEPS:
        ask, status = killed_at(kind, step)
        good = status == 502
        # Whether it was stored or not: it is whole, or not there at all.
        # Meanwhile the supervisor starts another one.
        if not await_true(lambda: worker_pids(ca, kind)):
            half.append((kind, step, "no worker"))
        for _ in range(200):
            c = Client(ca, None)
            status, doc = c.post(*ask)
            c.close()
            if status != 502:
                break
            time.sleep(0.05)
        if status in (200, 201):
            with lock:
                acked[kind].append((ask, doc))
        elif (status, doc["message"]) != USED or step.startswith(
                ("stat", "read", "lock", "write")):
            half.append((kind, step, status, doc))
        ok(good and not half, "F9 %s killed at its %s" % (kind, step.split()[0]), half)

# --- afterwards --------------------------------------------------------------

store = os.path.join(ca.demo, "db/stepc")


def ledger():
    return b"".join(open(os.path.join(store, f), "rb").read()
                    for f in sorted(os.listdir(store))
                    if f.startswith("ledger-"))


held = ledger()
crts = [doc["crt"] for k in acked if k != "revoke" for _, doc in acked[k]]
same(sum(der(c) not in held for c in crts), 0,
     "every acknowledged certificate is in the ledger")
same(len(set(crts)), len(crts), "all of them differ")
asked = {ask[0] for k in acked for ask, _ in acked[k]}
same(len(asked), 4 + len(REVOKE) + (3 if "ssh-sign" in KILLS else 0),
     "of every endpoint that writes: " + " ".join(sorted(asked)))
revoked = {p: {int(ask[1]["serial"]) for ask, _ in acked["revoke"]
               if ask[0] == p} for p in REVOKE}


def all_there(when):
    for kind in KILLS:
        bad = []
        for ask, _ in acked[kind]:
            status, _, data = ca.request("POST", *ask)
            doc = json.loads(data)
            if (status, doc["message"]) != USED:
                bad.append((status, doc))
        ok(not bad, "%s: every token of %s is spent" % (when, kind),
           len(bad), *bad[:3])
    status, _, data = ca.request("GET", "/1.0/crl")
    listed = {r.serial_number for r in x509.load_der_x509_crl(data)} \
        if status == 200 else set()
    same(len(revoked["/1.0/revoke"] - listed), 0,
         "%s: every revocation is in the list (%d)" % (when, status))
    if "ssh-sign" in KILLS:
        status, _, data = ca.request("GET", "/ssh/krl")
        stepc_ssh.write("krl", data)
        listed = set()
        for line in stepc_ssh.keygen("-Q", "-l", "-f", "krl").splitlines():
            if line.startswith("serial: "):
                first, _, last = line[8:].partition("-")
                listed.update(range(int(first), int(last or first) + 1))
        same(len(revoked["/1.0/ssh/revoke"] - listed), 0,
             "%s: every one of SSH in the other (%d)" % (when, status))


all_there("at once")
workers(ca, "stop")
for f in os.listdir(store):
    if f.startswith("index"):
        os.unlink(os.path.join(store, f))
workers(ca, "start")
all_there("after a restart without any index")
status, _ = ca.sign(csr, ca.token())
same(status, 201, "signing goes on")
same(mtls(ca, pair)[0], 201, "renewing goes on")
if "ssh-sign" in KILLS:
    for kind in ("ssh-sign", "ssh-renew"):
        same(ask_once(make(kind))[0], 201, kind + " goes on")
status, _, _ = ca.request("POST", "/1.0/revoke", revoke_body(pair.serial))
same(status, 200, "revoking goes on")
same(mtls(ca, pair)[0], 401, "and is heeded at once")
done()
