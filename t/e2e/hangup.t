#!/usr/bin/python3
"""F8: clients that hang up while their request is worked on, by real nginx.
What the worker was about to record is recorded as a whole or not at all, the
token is spent if and only if it is, the log has a line for each record, and
the worker goes on."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ssh
from stepc_ca import BUILD, CA, P401, done, make_csr, make_key, ok, same
from stepc_faults import (Faults, await_true, log_text, stopped_pids,
                          worker_pids, workers)
from stepc_renew import Client, issue, mtls, renew_token

STORM = 40  # of each kind

faults = Faults()
ca = CA()
faults.attach(ca)
csr = make_csr(make_key())
pair = issue(ca)
USED = (401, P401 + "the token was already used")
ssh = stepc_ssh.Ssh(ca)
if stepc_ssh.KEYGEN is not None:
    ssh_key = stepc_ssh.make_key("joe")


def make(kind):
    """(handler, path, body, headers)"""
    if kind == "sign":
        return "sign", "/1.0/sign", {"csr": csr, "ott": ca.token()}, {}
    if kind == "revoke":
        serial = str(random.getrandbits(120) + 1)
        return "revoke", "/1.0/revoke", {
            "serial": serial, "passive": True, "ott": ca.token(ca.claims(
                serial, sans=None,
                aud="https://localhost:%d/1.0/revoke" % ca.port))}, {}
    if kind == "ssh sign":
        return "ssh-sign", "/1.0/ssh/sign", {"publicKey": ssh_key,
                                             "ott": ssh.token()}, {}
    path = "/1.0/" + kind
    return "renew", path, {"csr": csr}, {
        "Authorization": "Bearer " + renew_token(ca, pair, path)}


KINDS = ["sign", "renew", "rekey", "revoke"]
if stepc_ssh.KEYGEN is not None:
    KINDS.append("ssh sign")
else:
    print("# no ssh-keygen: nothing about SSH")


def begin(ask):
    """The client, with the request sent and nothing read."""
    c = Client(ca, None)
    c.connect()
    c.conn.request("POST", ask[1], json.dumps(ask[2]), dict(
        ask[3], **{"Content-Type": "application/json"}))
    return c


def records():
    """{request id: event} of the ledger."""
    r = subprocess.run([os.path.join(BUILD, "stepc"), "store", "export",
                        "--events"], env=ca.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, check=True)
    rows = [json.loads(x) for x in r.stdout.splitlines()]
    return {x["requestID"]: x["event"] for x in rows}


def once_more(ask):
    c = Client(ca, None)
    status, doc = c.post(*ask[1:])
    c.close()
    return status, doc


# --- while it is being written --------------------------------------------

for kind in KINDS:
    ask = make(kind)
    workers(ca, "restart", ask[0])  # a process stops itself only once
    await_true(lambda: once_more((*ask[:2], b"{}", {}))[0] in (400, 401))
    before, pids = records(), sorted(worker_pids(ca, ask[0]))
    with faults("write STOP ledger-"):
        c = begin(ask)
        stopped = await_true(lambda: stopped_pids(ca, ask[0]))
    c.close()
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    ok(len(stopped) == 1 and await_true(lambda: len(records()) ==
                                        len(before) + 1),
       "F8 %s, gone while its record is written: the record is there" % kind)
    status, doc = once_more(ask)
    same((status, doc["message"]), USED, "F8 %s: the token is spent" % kind)
    same(len(records()), len(before) + 1, "F8 %s: nothing is stored twice" %
         kind)
    rid = (set(records()) - set(before)).pop()
    lines = await_true(lambda: re.findall(
        r"^.*\brequest=\"?%s\b.*$" % rid, log_text(ca), re.M))
    ok(len(lines or []) == 1 and "serial=" in lines[0],
       "F8 %s: the log has it, under the same request id" % kind, lines)
    same(sorted(worker_pids(ca, ask[0])), pids, "F8 %s: the same workers go "
         "on" % kind)

# --- at any moment --------------------------------------------------------

before, asked = records(), []
for i in range(STORM):
    for kind in KINDS:
        ask = make(kind)
        c = begin(ask)
        time.sleep(random.random() / 60)
        c.close()
        asked.append(ask)
problems, late = [], 0
stored = {}


def settled():
    """No more comes: what was asked for has been done, or never will be."""
    global stored
    last, stored = stored, records()
    return len(last) == len(stored)


await_true(settled)
gone = set(stored) - set(before)
for ask in asked:
    status, doc = once_more(ask)
    if (status, doc["message"] if "message" in doc else None) == USED:
        late += 1
    elif status not in (200, 201):
        problems.append((ask[1], status, doc))
ok(not problems, "F8 %d hung up: each can be repeated, or is spent" %
   len(asked), *problems[:5])
same(late, len(gone), "F8 spent are those that are recorded, and no other")
same(len(records()), len(before) + len(asked),
     "F8 in the end each has one record")
text = log_text(ca)
same([rid for rid in gone if text.count(rid) < 1], [],
     "F8 the log has each of them")
print("# %d of %d were recorded though nobody waited" % (late, len(asked)))
r = subprocess.run([os.path.join(BUILD, "stepc"), "store", "verify"],
                   env=ca.env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, text=True)
ok(r.returncode == 0 and r.stdout.endswith("OK\n"), "the store is whole",
   r.stdout)
same(mtls(ca, pair)[0], 201, "and all goes on")
ca.check_logs()
done()
