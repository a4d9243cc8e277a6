#!/usr/bin/python3
"""GET /ssh/krl: the SSH revocation list, judged by ssh-keygen -Q and by a real
sshd (attack rows S13, S15, V1, V3)."""

import getpass
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from stepc_ca import CA, done, ok, same
from stepc_ssh import (KEYGEN, SSHD, Ssh, Sshd, inspect, keygen, make_key,
                       path, read, save_cert, write)

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
ca = CA()
ssh = Ssh(ca)
me = getpass.getuser()
with open(os.path.join(ca.demo, "certs/ssh_user_ca_key.pub")) as f:
    user_ca = f.read()


def issue(name, ott):
    status, doc = ssh.sign(make_key(name), ott)
    if status != 201:
        ok(False, "certificate " + name, doc)
    save_cert(name, doc["crt"])
    return inspect(doc["crt"])["Serial"]


def revoke(serial, want=200):
    status, doc = ssh.post("/ssh/revoke", {
        "serial": serial, "passive": True,
        "ott": ca.token(ssh.claims(serial, op="revoke"))})
    same(status, want, "revoked: %s" % serial[:4])


def fetch(where="/1.0/ssh/krl", **headers):
    status, h, data = ca.request("GET", where, headers=headers)
    if status == 200:
        write("krl.new", data, 0o644)
        os.rename(path("krl.new"), path("krl"))
    return status, h, data


def verdict(name, revoked, what):
    r = keygen("-Q", "-f", "krl", name + "-cert.pub", check=False)
    ok((r.returncode != 0) == revoked and
       ("REVOKED" in r.stdout) == revoked, what, r.stdout + r.stderr)


def version():
    for line in keygen("-Q", "-l", "-f", "krl").splitlines():
        if line.startswith("# KRL version"):
            return int(line.split()[3])
    return None


a = issue("a", ssh.token(me, principals=[me]))
b = issue("b", ssh.token(me, principals=[me]))
h = issue("h", ssh.host_token())

status, headers, data = fetch()
same(status, 200, "there is a list before anything was revoked")
same(headers["Content-Type"], "application/octet-stream", "its type")
verdict("a", False, "S13 it is empty, and OpenSSH reads it")
first = version()
etag = headers["ETag"]
status, headers, data = fetch(**{"If-None-Match": etag})
same((status, data), (304, b""), "nothing new: 304")

server = None
if SSHD is not None and stepc_ssh.SSH is not None:
    server = Sshd(user_ca, "h", path("h-cert.pub"), krl=path("krl"))
    got, said = server.login("a", me)
    ok(got, "S15 sshd lets in who is not revoked", said, server.said())

revoke(a)
status, headers, data = fetch(**{"If-None-Match": etag})
same(status, 200, "after a revocation there is another list")
ok(headers["ETag"] != etag, "with a tag of its own")
ok(version() > first, "and a higher number", first, version())
verdict("a", True, "S13 the revoked certificate is in it")
verdict("b", False, "S13 the other is not")
verdict("h", False, "S13 nor the host's")
lists = {fetch()[2] for _ in range(12)}
same(len(lists), 1, "V1 all workers have the same list")
if server is not None:
    got, said = server.login("a", me)
    ok(not got, "S15 sshd refuses who is revoked", said)
    ok("revoked" in server.said(), "and says why", server.said()[-600:])
    got, said = server.login("b", me)
    ok(got, "S15 and lets in the other still", said)
else:
    print("# no sshd: what it refuses is not tried")

revoke(h)
fetch()
verdict("h", True, "S13 a host's certificate is revoked in the same list")

# X.509 is another name space.
before = keygen("-Q", "-l", "-f", "krl").count("serial:")
status, doc = ssh.post("/revoke", {
    "serial": b, "passive": True, "ott": ca.token(ca.claims(
        b, sans=None, aud="https://localhost/1.0/revoke"))})
same(status, 200, "S10 an X.509 serial number of the same digits is revoked")
fetch()
verdict("b", False, "S10 the SSH certificate is not")
same(keygen("-Q", "-l", "-f", "krl").count("serial:"), before,
     "and the list is no longer")

# Another CA's certificate of the same number.
make_key("other")
make_key("x")
keygen("-q", "-s", "other", "-I", "x", "-n", me, "-z", a, "x.pub")
verdict("x", False, "S13 serial numbers of another CA are others")

# V3: what is damaged or gone is made again, with a higher number.
last = version()
folder = os.path.join(ca.demo, "db/stepc/ssh-krl")
for what in ("damaged", "cut short", "gone"):
    name = os.path.join(folder, "crl")
    if what == "gone":
        os.unlink(name)
    else:
        with open(name, "r+b") as f:
            if what == "damaged":
                f.seek(160)
                f.write(b"\xff\xff\xff")
            else:
                f.truncate(150)
    status, _, _ = fetch("/ssh/krl")
    same(status, 200, "V3 %s: made again" % what)
    ok(version() > last, "with a higher number", last, version())
    verdict("a", True, "and complete")
    last = version()
ca.restart()
fetch()
same(version(), last, "V1 the list survives a restart")

# --- key ids: out for good --------------------------------------------------

gone = issue("gone", ssh.token(me, keyID="gone", principals=[me]))
issue("host2", ssh.host_token("h2.example.com"))
if server is not None:
    got, said = server.login("gone", me)
    ok(got, "S15 sshd lets in who has a key id", said)
config = ca.config
config["ssh"]["revokedKeyIDs"] = ["gone", "h2.example.com"]
ca.write_config()
ca.restart()
fetch()
ok(version() > last, "S13 ssh.revokedKeyIDs makes another list", last,
   version())
verdict("gone", True, "S13 with who has such a key id")
verdict("host2", True, "S13 a host as well")
verdict("a", True, "S13 besides the serial numbers")
verdict("b", False, "S13 and nobody else")
if server is not None:
    got, said = server.login("gone", me)
    ok(not got, "S15 sshd refuses such a key id", said, server.said()[-600:])
    got, said = server.login("b", me)
    ok(got, "S15 and lets in the other still", said)
keygen("-q", "-s", "other", "-I", "gone", "-n", me, "-z", "5", "x.pub")
verdict("x", False, "S13 key ids of another CA are others")
before = ca.ledger()
status, doc = ssh.sign(make_key("gone2"), ssh.token(me, keyID="gone"))
same((status, doc["message"], ca.ledger()), (
    403, stepc_ca.P403 + 'ssh certificate keyID "gone" is revoked.', before),
     "none is issued: 403, nothing recorded")
status, doc = ssh.post("/ssh/renew", {"ott": ssh.pop("host2", "renew")})
same((status, doc["message"], ca.ledger()), (
    401, stepc_ca.P401 + "certificate is revoked", before),
     "nor renewed: 401, nothing recorded")
status, doc = ssh.post("/ssh/rekey", {
    "ott": ssh.pop("host2", "rekey"), "publicKey": make_key("host3")})
same((status, ca.ledger()), (401, before),
     "nor rekeyed: 401, nothing recorded")
config["ssh"]["revokedKeyIDs"] = []
ca.write_config()
ca.restart()
fetch()
verdict("gone", False, "S13 who is off ssh.revokedKeyIDs is back")
verdict("a", True, "S13 the serial numbers are not")

same(ca.request("POST", "/ssh/krl", "{}")[0], 405, "only GET")
del config["ssh"]
ca.write_config()
ca.restart()
same(ca.request("GET", "/ssh/krl")[0], 404, "no SSH authority: 404")
if server is not None:
    server.close()

ca.check_logs()
done()
