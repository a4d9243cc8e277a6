#!/usr/bin/python3
"""F9: workers of renewal killed with SIGKILL under load, 200 times.  What was
acknowledged is recorded, every token of it is spent, and renewing goes on."""

import base64
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, P401, done, make_csr, make_key, ok, same
from stepc_renew import Client, bearer, issue, mtls, renew_token

KILLS = 200
CLIENTS = 4

ca = CA()
pair = issue(ca)
csr = make_csr(make_key())
acked = []  # (token or None, certificate)
other = {}
lock = threading.Lock()
stop = threading.Event()


def client(i):
    """Half of them by certificate, half by token; a rekey now and then."""
    c = Client(ca, pair if i % 2 else None)
    while not stop.is_set():
        path = random.choice(("/renew", "/re-sign", "/rekey"))
        body = {"csr": csr} if path == "/rekey" else b""
        token, headers = None, {}
        if i % 2 == 0:
            token = renew_token(
                ca, pair, "/rekey" if path == "/rekey" else "/renew")
            headers = {"Authorization": "Bearer " + token}
        try:
            status, doc = c.post(path, body, headers)
        except (OSError, http.client.HTTPException):
            c.close()
            status, doc = "connection", None
        with lock:
            if status == 201:
                acked.append((token, path, doc["crt"]))
            else:
                other[status] = other.get(status, 0) + 1
    c.close()


def workers():
    with open(os.path.join(ca.demo, "run/renew.pid")) as f:
        parent = f.read().strip()
    r = subprocess.run(["ps", "-o", "pid=", "--ppid", parent],
                       stdout=subprocess.PIPE, text=True)
    return [int(p) for p in r.stdout.split()]


threads = [threading.Thread(target=client, args=(i,)) for i in range(CLIENTS)]
for t in threads:
    t.start()
kills = 0
until = time.monotonic() + 240
while kills < KILLS and time.monotonic() < until:
    seen = len(acked)
    pids = workers()
    if pids:
        try:
            os.kill(random.choice(pids), signal.SIGKILL)
            kills += 1
        except ProcessLookupError:
            pass
    # The next kill comes when work has been done since this one, at a
    # point of it that nobody chose.
    while len(acked) < seen + 1 and time.monotonic() < until:
        time.sleep(random.random() / 100)
stop.set()
for t in threads:
    t.join()
same(kills, KILLS, "%d workers killed" % KILLS)
ok(len(acked) >= KILLS, "%d certificates acknowledged meanwhile" % len(acked),
   other)
ok(set(other) <= {502, "connection"}, "else only 502 from nginx", other)

store = os.path.join(ca.demo, "db/stepc")


def ledger():
    return b"".join(open(os.path.join(store, f), "rb").read()
                    for f in sorted(os.listdir(store))
                    if f.startswith("ledger-"))


def der(pem):
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


held = ledger()
same(sum(der(crt) not in held for _, _, crt in acked), 0,
     "every acknowledged certificate is in the ledger")
same(len({crt for _, _, crt in acked}), len(acked), "all of them differ")
ok(any(path == "/rekey" for token, path, _ in acked if token) and
   any(path == "/rekey" for token, path, _ in acked if not token),
   "rekeys by certificate and by token are among them")


def still_spent(name):
    bad = []
    for token, path, _ in acked:
        if token is not None:
            status, doc = bearer(ca, token, path, {"csr": csr})
            if (status, doc["message"]) != (
                    401, P401 + "the token was already used"):
                bad.append((status, doc))
    ok(not bad, name, *bad[:3])


still_spent("every token of them is spent")
subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "quickstart"), "stop"], env=ca.env,
               stdout=subprocess.DEVNULL, check=True)
for f in os.listdir(store):
    if f.startswith("index"):
        os.unlink(os.path.join(store, f))
ca.restart()
still_spent("also after a restart without any index")
same(mtls(ca, pair)[0], 201, "and renewing goes on, by certificate")
same(bearer(ca, renew_token(ca, pair))[0], 201, "and by token")
done()
