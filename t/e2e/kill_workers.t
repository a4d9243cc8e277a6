#!/usr/bin/python3
"""F9: workers killed with SIGKILL under load, 200 times and more.  What was
acknowledged is there, every token of it is spent, and signing goes on."""

import base64
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, done, make_csr, make_key, ok, same

KILLS = 200
CLIENTS = 4

ca = CA()
csr = make_csr(make_key())
acked = []
other = {}
lock = threading.Lock()
stop = threading.Event()


def client():
    conn = None
    while not stop.is_set():
        ott = ca.token()
        try:
            if conn is None:
                conn = http.client.HTTPSConnection(
                    "localhost", ca.port, context=ca.context, timeout=60)
            conn.request("POST", "/sign", json.dumps(
                {"csr": csr, "ott": ott}))
            r = conn.getresponse()
            data = r.read()
        except (OSError, http.client.HTTPException):
            conn = None
            with lock:
                other["connection"] = other.get("connection", 0) + 1
            continue
        with lock:
            if r.status == 201:
                acked.append((ott, json.loads(data)["crt"]))
            else:
                other[r.status] = other.get(r.status, 0) + 1


def workers():
    with open(os.path.join(ca.demo, "run/sign.pid")) as f:
        parent = f.read().strip()
    r = subprocess.run(["ps", "-o", "pid=", "--ppid", parent],
                       stdout=subprocess.PIPE, text=True)
    return [int(p) for p in r.stdout.split()]


threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
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
ledger = b"".join(open(os.path.join(store, f), "rb").read()
                  for f in sorted(os.listdir(store))
                  if f.startswith("ledger-"))


def der(pem):
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


lost = [1 for _, crt in acked if der(crt) not in ledger]
same(len(lost), 0, "every acknowledged certificate is in the ledger")
same(len({crt for _, crt in acked}), len(acked), "all of them differ")


def still_spent(name):
    bad = 0
    for ott, _ in acked:
        status, doc = ca.sign(csr, ott)
        bad += status != 401 or "already used" not in doc["message"]
    same(bad, 0, name)


still_spent("every token of them is spent")
subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "quickstart"), "stop"], env=ca.env,
               stdout=subprocess.DEVNULL, check=True)
for f in os.listdir(store):
    if f.startswith("index"):
        os.unlink(os.path.join(store, f))
ca.restart()
still_spent("also after a restart without any index")
status, _ = ca.sign(csr, ca.token())
same(status, 201, "and signing goes on")
done()
