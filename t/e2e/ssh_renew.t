#!/usr/bin/python3
"""SSH certificates that speak for themselves: renewed, rekeyed, revoked with
tokens of their own (attack rows S9, S10, T28, R15)."""

import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from stepc_ca import CA, P400, P401, P403, done, ok, same
from stepc_ssh import KEYGEN, Ssh, inspect, keygen, make_key, read, save_cert

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")


def with_bounds(config, demo):
    config["authority"]["provisioners"][1]["claims"]["maxHostSSHCertDuration"]\
        = "100h"
    config["authority"]["provisioners"][1]["claims"][
        "defaultHostSSHCertDuration"] = "50h"


ca = CA(with_bounds)
same(ca.config["authority"]["provisioners"][1]["type"], "SSHPOP",
     "the second provisioner is the one in question")
ssh = Ssh(ca)


def issue(name, ott, kind="ed25519"):
    status, doc = ssh.sign(make_key(name, kind), ott)
    if status != 201:
        ok(False, "certificate " + name, doc)
    save_cert(name, doc["crt"])
    return inspect(doc["crt"])


# --- renewing ---------------------------------------------------------------

old = issue("h1", ssh.host_token(), "ecdsa")
now = int(time.time())
status, doc = ssh.post("/1.0/ssh/renew", {"ott": ssh.pop("h1", "renew")})
same((status, list(doc)), (201, ["crt"]), "a host's certificate is renewed")
new = inspect(doc["crt"])
same({k: v for k, v in new.items() if k not in (
    "Serial", "Valid", "from", "to")},
     {k: v for k, v in old.items() if k not in (
         "Serial", "Valid", "from", "to")},
     "the same but for serial number and times")
ok(new["Serial"] != old["Serial"], "a serial number of its own")
ok(new["to"] - new["from"] == old["to"] - old["from"] and
   abs(new["from"] - (now - 60)) < 5, "as long, from now on", new["Valid"])
save_cert("h1", doc["crt"])
status, doc = ssh.post("/ssh/renew", {"ott": ssh.pop("h1", "renew")})
same(status, 201, "and that one again, at the other path")

issue("h2", ssh.host_token("h2", after="-1m", before="90h"))
status, doc = ssh.post("/ssh/rekey", {
    "ott": ssh.pop("h2", "rekey"), "publicKey": make_key("h2new", "ecdsa")})
same(status, 201, "another key")
save_cert("h2new", doc["crt"])
c = inspect(doc["crt"])
same(c["principals"], ["h2"], "the names of the old one")
ok(keygen("-lf", "h2new.pub").split()[1] in c["Public key"],
   "the new key is certified", c["Public key"])
status, doc = ssh.post("/ssh/renew", {"ott": ssh.pop("h2new", "renew")})
same(status, 201, "which can be renewed in its turn")

# --- refusals ---------------------------------------------------------------

before = ca.ledger()


def refused(name, want, message, path, body):
    global before
    status, doc = ssh.post(path, body)
    after = ca.ledger()
    good = status == want and doc.get("status") == want and \
        "crt" not in doc and after == before and \
        (message is None or doc["message"] == message)
    ok(good, "%s: %d, nothing recorded" % (name, want),
       "got %d %r" % (status, doc), "want %d %r" % (want, message),
       "" if after == before else "the ledger has changed")
    before = after


issue("u1", ssh.token())
before = ca.ledger()
for op, body in (("renew", {}), ("rekey", {"publicKey": make_key("new")})):
    def no(name, want, message, ott):
        refused("%s: %s" % (op, name), want, message, "/ssh/" + op,
                dict(body, ott=ott))

    no("no token", 400, P400 + "missing or empty ott.", "")
    no("S9 T28 a user's certificate", 400, P400 + "sshpop certificate must be "
       "a host ssh certificate.", ssh.pop("u1", op))
    no("T28 a subject that is another serial number", 403, None,
       ssh.pop("h1", op, sub="1"))
    no("an empty subject", 401, None, ssh.pop("h1", op, sub=""))
    no("T14 the audience of another operation", 401, None,
       ssh.pop("h1", "revoke"))
    no("T14 an audience without provisioner", 401, None,
       ssh.pop("h1", op, aud="https://localhost/ssh/" + op))
    no("T15 another issuer", 401, None, ssh.pop("h1", op, iss="admin"))
    no("T12 an old token", 401, None,
       ssh.pop("h1", op, exp=int(time.time()) - 100))
    no("a provisioner's token", 401, None, ca.token(ssh.claims(
        inspect(read("h1-cert.pub").split()[1])["Serial"], op=op)))

    # Signed by another key than the certified one.
    token = ssh.pop("h1", op)
    head, claims, _ = token.split(".")
    other = ssh.pop("h2new", op).split(".")
    no("T28 another key's signature", 401, None,
       ".".join((head, claims, other[2])))
    no("T1 alg none", 401, None, stepc_ca.b64u(json.dumps(
        {"alg": "none", "sshpop": read("h1-cert.pub").split()[1]})) + "." +
       claims + ".")
    for what, value in (("no certificate", None), ("a number", 7),
                        ("no base64", "?"), ("not a certificate", "AAAA"),
                        ("a key", read("h1.pub").split()[1])):
        no("header sshpop: " + what, 401, None, stepc_ca.b64u(json.dumps(
            {"alg": "ES256", "sshpop": value})) + "." + claims + "." +
           token.split(".")[2])

    # Of another CA; of the user CA, as a host's.
    make_key("other")
    make_key("h3", "ecdsa")
    keygen("-q", "-s", "other", "-h", "-I", "h3", "-n", "h3", "-z", "5",
           "-V", "-5m:+1h", "h3.pub")
    no("T28 another CA", 401, None, ssh.pop("h3", op))
    keygen("-q", "-s", "other", "-h", "-I", "h3", "-n", "h3", "h3.pub")
    no("T28 another CA, serial 0, for ever", 401, None, ssh.pop("h3", op))

with open(os.path.join(ca.demo, "password.txt")) as f:
    password = f.read().strip()
for side in ("user", "host"):
    with open(os.path.join(ca.demo, "secrets/ssh_%s_ca_key" % side)) as f:
        stepc_ssh.write(side + "_ca", f.read())
    keygen("-q", "-p", "-P", password, "-N", "", "-m", "PEM", "-f",
           side + "_ca")
keygen("-q", "-s", "user_ca", "-h", "-I", "h3", "-n", "h3", "-z", "5",
       "-V", "-5m:+1h", "h3.pub")
refused("T28 a host's, signed by the user CA", 401, None, "/ssh/renew",
        {"ott": ssh.pop("h3", "renew")})


def by_host_ca(*args):
    keygen("-q", "-s", "host_ca", "-h", "-I", "h3", "-n", "h3", *args,
           "h3.pub")
    return ssh.pop("h3", "renew")


refused("S9 T28 expired", 401, P401 + "certificate has expired", "/ssh/renew",
        {"ott": by_host_ca("-z", "5", "-V", "-2h:-1h")})
refused("not yet valid", 401, None, "/ssh/renew",
        {"ott": by_host_ca("-z", "5", "-V", "+1h:+2h")})
refused("no serial number", 401, None, "/ssh/renew",
        {"ott": by_host_ca("-z", "0", "-V", "-1h:+2h")})
refused("for ever", 400, None, "/ssh/renew", {"ott": by_host_ca("-z", "5")})
keygen("-q", "-s", "host_ca", "-h", "-I", "h3", "-z", "5", "-V", "-1h:+2h",
       "h3.pub")
refused("S1 without principals", 400, None, "/ssh/renew",
        {"ott": ssh.pop("h3", "renew")})
keygen("-q", "-s", "host_ca", "-h", "-I", "h3", "-n", "*.example.com", "-z",
       "5", "-V", "-1h:+2h", "h3.pub")
refused("S2 for a pattern", 400, None, "/ssh/renew",
        {"ott": ssh.pop("h3", "renew")})
status, doc = ssh.post("/ssh/renew", {
    "ott": by_host_ca("-z", "5", "-V", "-1h:+2h")})
same(status, 201, "one that the store does not know, but for that good")
before = ca.ledger()

refused("S9 rekey with the same key", 403, None, "/ssh/rekey", {
    "ott": ssh.pop("h1", "rekey"), "publicKey": read("h1.pub").split()[1]})
refused("rekey with a key of the CA", 403, None, "/ssh/rekey", {
    "ott": ssh.pop("h2new", "rekey"),
    "publicKey": keygen("-y", "-f", "host_ca").split()[1]})
refused("rekey without a key", 400, P400 + "missing or empty public key.",
        "/ssh/rekey", {"ott": ssh.pop("h2new", "rekey")})
refused("rekey with something else", 400, P400 + "error parsing publicKey.",
        "/ssh/rekey", {"ott": ssh.pop("h2new", "rekey"),
                       "publicKey": "AAAA"})
refused("rekey of a life beyond the claims", 403,
        P403 + "requested duration of 720h1m0s is greater than maximum "
        "accepted duration for selected provisioner of 100h1m0s "
        "(maxHostSSHCertDuration is 100h0m0s, set by the provisioner's "
        "claims; to change it: stepc ca provisioner update sshpop "
        "--ssh-host-max-dur DURATION).",
        "/ssh/rekey", {"ott": ssh.pop("h1", "rekey"),
                       "publicKey": make_key("new2")})
token = ssh.pop("h1", "renew")
same(ssh.post("/ssh/renew", {"ott": token})[0], 201, "a token")
before = ca.ledger()
refused("T16 the same once more", 401, P401 + "the token was already used",
        "/ssh/renew", {"ott": token})

# --- revoking ---------------------------------------------------------------


def serial(name):
    return inspect(read(name + "-cert.pub").split()[1])["Serial"]


def revoke(name, ott, **more):
    body = {"serial": serial(name), "ott": ott, "reasonCode": 0,
            "reason": "", "passive": True}
    body.update(more)
    return body


def revoke_token(sub, **more):
    return ca.token(ssh.claims(sub, op="revoke", **more))


h1, h2 = serial("h1"), serial("h2new")
refused("no serial number", 400, P400 + "missing serial.", "/ssh/revoke",
        revoke("h1", revoke_token(h1), serial=""))
refused("no token", 400, P400 + "missing ott.", "/ssh/revoke",
        revoke("h1", ""))
refused("reason 11", 400, P400 + "reasonCode out of bounds.", "/ssh/revoke",
        revoke("h1", revoke_token(h1), reasonCode=11))
refused("not passive", 501, None, "/ssh/revoke",
        revoke("h1", revoke_token(h1), passive=False))
for s in ("0", "0" + h1, "0x10", "-1", str(2**64), "1 ", "joe", "1" * 100):
    refused("R12 serial number %r" % s[:22], 400, None, "/ssh/revoke",
            revoke("h1", revoke_token(s), serial=s))
refused("S10 another subject", 403, None, "/ssh/revoke",
        revoke("h1", revoke_token(h2)))
refused("S10 GO-2025-4181 SSHPOP, another serial number asked for", 403,
        None, "/ssh/revoke", revoke("h1", ssh.pop("h2new", "revoke")))
refused("S10 GO-2025-4181 SSHPOP, another serial number as subject", 403,
        None, "/ssh/revoke", revoke("h1", ssh.pop("h2new", "revoke", sub=h1)))
refused("S10 an X.509 token", 401, None, "/ssh/revoke", revoke(
    "h1", revoke_token(h1, aud="https://localhost/1.0/revoke")))
refused("S10 the legacy audience", 401, None, "/ssh/revoke", revoke(
    "h1", revoke_token(h1, aud="step-certificate-authority")))
refused("S10 an SSH token at /revoke", 401, None, "/revoke",
        revoke("h1", revoke_token(h1)))
refused("T28 SSHPOP of another CA", 401, None, "/ssh/revoke", {
    "serial": serial("h3"), "ott": ssh.pop("h3", "revoke"), "passive": True}
    if not keygen("-q", "-s", "other", "-h", "-I", "h3", "-n", "h3", "-z",
                  "9", "-V", "-5m:+1h", "h3.pub") else {})

status, doc = ssh.post("/1.0/ssh/revoke", revoke("h1", revoke_token(h1)))
same((status, doc), (200, {"status": "ok"}), "revoked by a provisioner")
before = ca.ledger()
refused("twice", 400, P400 + "certificate with serial number '%s' is already "
        "revoked." % h1, "/ssh/revoke", revoke("h1", revoke_token(h1)))
refused("S9 renewing a revoked certificate", 401,
        P401 + "certificate is revoked", "/ssh/renew",
        {"ott": ssh.pop("h1", "renew")})
refused("S9 rekeying a revoked certificate", 401,
        P401 + "certificate is revoked", "/ssh/rekey",
        {"ott": ssh.pop("h1", "rekey"), "publicKey": make_key("new3")})
status, doc = ssh.post("/ssh/revoke", revoke(
    "h2new", ssh.pop("h2new", "revoke"), reasonCode=4))
same((status, doc), (200, {"status": "ok"}), "revoked by itself")
status, doc = ssh.post("/ssh/revoke", revoke(
    "u1", ssh.pop("u1", "revoke")))
same((status, doc), (200, {"status": "ok"}), "a user's, by itself")
before = ca.ledger()
refused("S9 and not renewed afterwards", 401, None, "/ssh/renew",
        {"ott": ssh.pop("h2new", "renew")})

# S10: the same number of an X.509 certificate is another one.
body = {"serial": "4711", "passive": True, "ott": ca.token(ca.claims(
    "4711", sans=None, aud="https://localhost/1.0/revoke"))}
same(ssh.post("/revoke", body)[0], 200, "S10 X.509 certificate 4711")
body = {"serial": "4711", "passive": True, "ott": revoke_token("4711")}
same(ssh.post("/ssh/revoke", body)[0], 200,
     "S10 SSH certificate 4711 is another one")

# --- R15: renewing and revoking at the same time ------------------------------


def race(i):
    """(granted, granted that were asked for after the acknowledgement)"""
    name = "race%d" % i
    issue(name, ssh.host_token(name), "ecdsa")
    tokens = [ssh.pop(name, "renew") for _ in range(12)]
    undo = json.dumps(revoke(name, revoke_token(serial(name))))
    granted, acknowledged = [], []

    def post(path, body):
        c = http.client.HTTPSConnection(
            "localhost", ca.port, context=ca.context, timeout=60)
        c.request("POST", path, body)
        status = c.getresponse().status
        c.close()
        return status

    def renewals():
        for t in tokens:
            started = time.monotonic()
            if post("/ssh/renew", json.dumps({"ott": t})) == 201:
                granted.append(started)

    thread = threading.Thread(target=renewals)
    thread.start()
    time.sleep(i % 5 / 200)
    status = post("/ssh/revoke", undo)
    acknowledged.append(time.monotonic())
    thread.join()
    return (status, len(granted),
            [t for t in granted if t > acknowledged[0]])


races = [race(i) for i in range(15)]
same([r[0] for r in races], [200] * 15, "R15 every certificate is revoked")
same([r[2] for r in races], [[]] * 15,
     "R15 none is renewed after that was acknowledged")
ok(any(0 < r[1] < 12 for r in races), "and there was a race",
   [r[1] for r in races])

# --- switches ---------------------------------------------------------------

make_key("late", "ecdsa")
status, doc = ssh.sign(read("late.pub").split()[1], ssh.host_token(
    "late", after="-10m", before="1s"))
same(status, 201, "a certificate with hardly any life left")
save_cert("late", doc["crt"])
stepc_ssh.until_expired(doc["crt"])
before = ca.ledger()
refused("S9 expired, and known", 401, P401 + "certificate has expired",
        "/ssh/renew", {"ott": ssh.pop("late", "renew")})
claims = ca.config["authority"]["provisioners"][1]["claims"]
claims["allowRenewalAfterExpiry"] = True
ca.write_config()
ca.restart()
before = ca.ledger()
refused("expired, allowed, but not in the store", 401, None, "/ssh/renew",
        {"ott": by_host_ca("-z", "5", "-V", "-2h:-1h")})
refused("expired, allowed, but not with another key", 401, None,
        "/ssh/rekey", {"ott": ssh.pop("late", "rekey"),
                       "publicKey": make_key("new4")})
refused("nor to be revoked by itself", 401, None, "/ssh/revoke", {
    "serial": serial("late"), "passive": True,
    "ott": ssh.pop("late", "revoke")})
status, doc = ssh.post("/ssh/renew", {"ott": ssh.pop("late", "renew")})
same(status, 201, "allowRenewalAfterExpiry: renewed when it is known")
c = inspect(doc["crt"])
ok(c["to"] > time.time() + 500, "for as long as it was", c["Valid"])
claims["disableRenewalOfUnknown"] = True
ca.write_config()
ca.restart()
before = ca.ledger()
refused("R7 disableRenewalOfUnknown", 401, P401 + (
    "this authority has no record of the certificate (disableRenewalOfUnknown "
    "is true, set by the provisioner's claims; to change it: stepc ca "
    "provisioner update sshpop --disable-renewal-of-unknown=false)"),
    "/ssh/renew", {"ott": by_host_ca("-z", "5", "-V", "-1h:+2h")})
status, doc = ssh.post("/ssh/renew", {"ott": ssh.pop("late", "renew")})
same(status, 201, "R7 disableRenewalOfUnknown, and in the store")
claims["disableRenewal"] = True
ca.write_config()
ca.restart()
before = ca.ledger()
refused("disableRenewal", 401, None, "/ssh/renew",
        {"ott": by_host_ca("-z", "5", "-V", "-1h:+2h")})

ca.check_logs()
done()
