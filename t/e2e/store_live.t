#!/usr/bin/python3
"""stepc store beside a CA that issues and revokes all the while: nothing fails,
nothing is missing, a backup taken in between is whole, and weeks of tokens and
certificates that are over are pruned (S6)."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import http.client

from cryptography import x509
from stepc_ca import BUILD, CA, done, make_csr, make_key, ok, same

ROUNDS = 6
ca = CA()
STORE = os.path.join(ca.demo, "db/stepc")


def store(*args, env=None):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "store", *args], env=env or ca.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)


def good(name, *args):
    r = store(*args)
    ok(r.returncode == 0, name, r.returncode, r.stdout[-2000:], r.stderr)
    return r.stdout.decode()


def listed(*args):
    return {r["serial"]: r["state"] for r in json.loads(good(
        "list " + " ".join(args), "list", "--format", "json", *args) or "[]")}


def store_bytes():
    return sum(os.stat(os.path.join(STORE, n)).st_size
               for n in os.listdir(STORE) if n.startswith(("ledger-", "index")))


# What has long been over: a certificate and a token each half a minute.
OVER = 8000
LONG_AGO = 1700000000
small = store_bytes()
ca.quickstart("stop")
subprocess.run(
    [os.path.join(BUILD, "t/lib/fill_store"), STORE], check=True, text=True,
    input="many\t%d\t%d\t%d\n" % (OVER, LONG_AGO, LONG_AGO + 86400) +
    "".join("token\tover-%d\t%d\n" % (i, LONG_AGO + 300)
            for i in range(OVER)))
ca.restart()
large = store_bytes()
ok(large > small + 900 * OVER, "S6 a store of weeks", small, large)


class Load(threading.Thread):
    """Issues, and revokes each fifth, until told to stop."""

    def __init__(self, n):
        super().__init__()
        self.n, self.stop = n, False
        self.valid, self.revoked, self.problems = [], [], []
        self.key = make_key()

    def post(self, c, path, body):
        c.request("POST", path, json.dumps(body))
        r = c.getresponse()
        return r.status, json.loads(r.read())

    def once(self, c, i):
        name = "load%d-%d.example.com" % (self.n, i)
        status, doc = self.post(c, "/1.0/sign", {
            "csr": make_csr(self.key, name),
            "ott": ca.token(ca.claims(name))})
        if status != 201:
            self.problems.append("sign: %d %r" % (status, doc))
            return
        serial = str(x509.load_pem_x509_certificate(
            doc["crt"].encode()).serial_number)
        if i % 5 != 4:
            self.valid.append(serial)
            return
        status, doc = self.post(c, "/1.0/revoke", {
            "serial": serial, "passive": True,
            "ott": ca.token(ca.claims(
                serial, sans=None,
                aud="https://localhost:%d/1.0/revoke" % ca.port))})
        if status == 200:
            self.revoked.append(serial)
        else:
            self.problems.append("revoke: %d %r" % (status, doc))

    def run(self):
        c = http.client.HTTPSConnection("localhost", ca.port,
                                        context=ca.context, timeout=60)
        i = 0
        while not self.stop:
            try:
                self.once(c, i)
            except (http.client.HTTPException, OSError):
                # nginx ends a connection after so many requests.
                c.close()
            i += 1
            with moved:
                moved.notify_all()
        c.close()


moved = threading.Condition()
load = [Load(n) for n in range(3)]


def acknowledged():
    """What is known to be recorded: {serial: state}"""
    all_of = {}
    for t in load:
        all_of.update({s: "valid" for s in list(t.valid)})
        all_of.update({s: "revoked" for s in list(t.revoked)})
    return all_of


def missing(rows, want):
    return [s for s, state in want.items() if rows.get(s) != state]


for t in load:
    t.start()
anchors = []
for i in range(ROUNDS):
    size = len(acknowledged())
    with moved:
        moved.wait_for(lambda: len(acknowledged()) >= size + 20 or
                       any(t.problems for t in load), 60)
    want = acknowledged()
    same(missing(listed(), want), [], "round %d: list has all" % i)
    newest = list(want)[-1]
    ok(newest in good("show", "show", newest), "... show has the newest")
    want = acknowledged()
    copy = os.path.join(ca.tmp, "backup-%d" % i)
    anchors.append(good("... backup", "backup", copy).split()[-1])
    ok(good("... verify of the backup", "verify", "--store",
            copy).endswith("anchor %s\nOK\n" % anchors[-1]), "... is whole")
    same(missing(listed("--store", copy), want), [],
         "... has all that was acknowledged before")
    text = good("... verify, live", "verify", "--anchor", anchors[0])
    ok(text.endswith("OK\n"), "... OK", text)
    good("... status", "status")
    if i % 2:
        good("... rebuild", "rebuild")
    else:
        r = store("prune", "--keep-expired", "1h")
        ok(r.returncode == 0, "... prune", r)
        if i == 0:
            ok(b" records removed" in r.stderr and
               store_bytes() < large / 2,
               "S6 ... while it issues, and space is back", r, store_bytes(),
               large)
            st = json.loads(good("... status", "status", "--format", "json"))
            same((st["certificates"]["expired"],
                  st["ledger"]["records"] < OVER), (0, True),
                 "S6 ... of what was over nothing is left")
for t in load:
    t.stop = True
for t in load:
    t.join()
problems = [p for t in load for p in t.problems]
ok(not problems, "the CA refused nothing meanwhile", *problems[:5])
want = acknowledged()
print("# %d certificates, %d of them revoked" % (
    len(want), list(want.values()).count("revoked")))
same(missing(listed(), want), [], "at the end: everything is listed")
same(sorted(x["serial"] for x in json.loads(good(
    "export", "export", "--format", "json", "--state", "revoked"))),
     sorted(s for s, state in want.items() if state == "revoked"),
     "... what was revoked is, and nothing else")
for a in anchors:
    r = store("verify", "--anchor", a)
    ok(r.returncode == 0, "... an anchor is met", r)

# The unit that prunes each night, with the command in its place.
with open(os.path.join(os.path.dirname(HERE), "..",
                       "nginx/stepc-prune.service")) as f:
    line = next(x for x in f if x.startswith("ExecStart="))
command = line.split("'")[1].replace("$$", "$").replace(
    "/usr/local/bin/stepc", os.path.join(BUILD, "stepc"))
r = subprocess.run(["/bin/sh", "-c", command], env=dict(
    ca.env, STEPC_CONFIG="", PRUNE="--keep-expired forever"),
    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
ok(r.returncode == 0 and b"nothing to prune" in r.stderr, "the unit's command",
   r)
if shutil.which("systemd-analyze"):
    os.mkdir(os.path.join(ca.tmp, "units"))
    units = []
    for name in ("stepc-prune.service", "stepc-prune.timer"):
        with open(os.path.join(os.path.dirname(HERE), "..", "nginx",
                               name)) as f:
            text = f.read().replace("/usr/local/bin/stepc",
                                    os.path.join(BUILD, "stepc"))
        units.append(os.path.join(ca.tmp, "units", name))
        with open(units[-1], "w") as f:
            f.write(re.sub("Documentation=.*\n", "", text))
    r = subprocess.run(["systemd-analyze", "verify", *units],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    ok(r.returncode == 0 and "stepc-prune" not in r.stdout,
       "systemd understands the units", r.stdout)

# A backup in place of the store: the CA goes on with it.
r = subprocess.run([os.path.join(os.path.dirname(HERE), "..", "quickstart"),
                    "stop"], env=ca.env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
os.rename(STORE, STORE + ".old")
os.rename(copy, STORE)
ca.restart()
held = listed()
status, doc = ca.sign(make_csr(make_key(), "after.example.com"),
                      ca.token(ca.claims("after.example.com")))
same(status, 201, "restored from a backup: issues again")
same(len(listed()), len(held) + 1, "... into the restored store")
good("... which is whole", "verify", "--anchor", anchors[-1])
ca.check_logs()
done()
