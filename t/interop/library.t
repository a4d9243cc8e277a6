#!/usr/bin/python3
"""The reference's client library against our handlers behind nginx: every
call it has for what there is here, good and refused, and two programs that
trust each other by it."""

import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
import stepc_reference
from stepc_ca import CA, DEFAULT_401, P403, done, ok, same, skip_all
from stepc_compare import der
from stepc_ssh import KEYGEN, inspect, make_key, path, save_cert

if KEYGEN is None:
    skip_all("no ssh-keygen")
program = stepc_reference.build()
ca = CA()
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
URL = "https://localhost:%d" % ca.port
with open(ROOT) as f:
    root = f.read()
fp = hashlib.sha256(der(root)).hexdigest()
home = os.path.join(ca.tmp, "home")
os.makedirs(os.path.join(home, "config"))
os.chdir(home)
call = stepc_reference.Client(
    program, home, url=URL, root=ROOT, provisioner="admin",
    password=ca.password)


def good(name, do, **what):
    a = call(do, **what)
    ok("error" not in a, name, a)
    return a.get("answer"), a.get("key")


def refused(name, status, message, do, **what):
    """Status and message as the library tells them, nothing recorded."""
    before = ca.ledger()
    a = call(do, **what)
    good = a.get("status") == status and \
        (message is None or message in a.get("error", ""))
    ok(good and ca.ledger() == before,
       "%s: %d, nothing recorded" % (name, status), a, "want: %s" % message)


def file(name, *texts):
    with open(name, "w") as f:
        f.write("".join(texts))
    return os.path.abspath(name)


def pair(name, answer, key):
    """Files with a chain and its key, which openssl looks at."""
    crt = file(name + ".crt", *answer["certChain"])
    r = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", ROOT,
                        "-untrusted", crt, crt], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    ok(r.returncode == 0, name + ": openssl verifies it", r.stdout)
    return {"cert": crt, "key": file(name + ".key", key)}


def serial(crt):
    with open(crt) as f:
        return str(x509.load_pem_x509_certificate(
            f.read().encode()).serial_number)


# --- what anyone may ask -----------------------------------------------------

same(good("health", "health")[0], {"status": "ok"}, "is ok")
ok(good("version", "version")[0]["version"], "has a version")
same(good("root", "root", sha=fp)[0], {"ca": root}, "is the root")
same(good("trust by fingerprint", "health", root="", sha=fp)[0],
     {"status": "ok"}, "is enough")
same(good("fingerprint", "fingerprint")[0], fp, "of the root")
refused("K1 another fingerprint", 404, None, "root", sha="0" * 64)
for do in ("roots", "federation"):
    same(good(do, do)[0], {"crts": [root]}, "is the root")
first = good("provisioners", "provisioners", limit=1)[0]
rest = good("the next", "provisioners", cursor=first["nextCursor"])[0]
same([p["name"] for p in first["provisioners"] + rest["provisioners"]],
     [p["name"] for p in ca.config["authority"]["provisioners"]],
     "all of them, page by page")
same((first["provisioners"][0], rest["nextCursor"]), (ca.provisioner, ""),
     "as in ca.json, and the last page")
same(good("a provisioner's key", "provisionerKey", kid=ca.kid)[0],
     {"key": ca.provisioner["encryptedKey"]}, "as in ca.json")
refused("the key of none", 404, None, "provisionerKey", kid="x")

# --- X.509 -------------------------------------------------------------------


def token(subject="a.example.com", **what):
    return call("token", subject=subject, **what)["answer"]


ott = token(sans=["a.example.com", "10.0.0.1", "j@example.com",
                  "spiffe://x/y"])
a = pair("sign", *good("sign", "sign", ott=ott))
refused("T16 the token again", 401, "already used", "sign", ott=ott)
refused("T1 no signature", 401, DEFAULT_401, "sign",
        ott=token().rpartition(".")[0] + ".")
refused("C13 too long", 403, "more than the authorized", "sign",
        ott=token(), notAfter="25h")
refused("T14 a token for SSH, at another authority", 401, DEFAULT_401, "sign",
        ott=ca.token(ca.claims(aud="https://x.example/1.0/sign")))
b = pair("times", *good("times", "sign", ott=token("b"), notBefore="-1m",
                        notAfter="1h"))
renewed, _ = good("renew", "renew", **a)
a = pair("renew", renewed, open(a["key"]).read())
renewed, _ = good("renew by token", "renewWithToken", ott=call(
    "renewToken", subject="a.example.com", provisioner="step-ca-client/1.0",
    op="/1.0/renew", **a)["answer"])
pair("renew by token", renewed, open(a["key"]).read())
c = pair("rekey", *good("rekey", "rekey", subject="other", **a))
ok(open(c["key"]).read() != open(a["key"]).read(), "is another key")
refused("R14 revoke another", 403, P403, "revoke", serial=serial(b["cert"]),
        passive=True, **c)
same(good("revoke by TLS", "revoke", serial=serial(c["cert"]), passive=True,
          **c)[0], {"status": "ok"}, "is done")
refused("no renewal after it", 401, "certificate is revoked", "renew", **c)
refused("no rekey after it", 401, "certificate is revoked", "rekey",
        subject="x", **c)
number = serial(b["cert"])


def revocation(sub):
    return ca.token(ca.claims(sub, aud=URL + "/1.0/revoke", sans=None))


refused("R12 revoke with the token of another", 403, P403, "revoke",
        serial=number, ott=revocation("1"), passive=True)
refused("active revocation", 501, None, "revoke", serial=number,
        ott=revocation(number), passive=False)
same(good("revoke by token", "revoke", serial=number, ott=revocation(number),
          reasonCode=4, reason="x", passive=True)[0], {"status": "ok"},
     "is done")
refused("R13 not twice", 400, "already revoked", "revoke", serial=number,
        ott=revocation(number), passive=True)

# --- SSH ---------------------------------------------------------------------

key = {n: make_key(n, "ecdsa") for n in ("user", "host", "new", "add")}


def pop(op, name="host"):
    return call("popToken", provisioner="sshpop", subject=inspect(
        open(path(name + "-cert.pub")).read().split()[1])["Serial"],
        op="/1.0/ssh/%s#sshpop/sshpop" % op, cert=path(name + "-cert.pub"),
        key=path(name))["answer"]


def ssh_token(kind, name, *principals):
    return call("sshToken", certType=kind, keyID=name,
                principals=list(principals))["answer"]


answer, _ = good("a user's certificate", "sshSign", publicKey=key["user"],
                 ott=ssh_token("user", "joe", "joe"), addUser=key["add"])
c = inspect(answer["crt"])
save_cert("user", answer["crt"])
ok("user certificate" in c["Type"] and c["principals"] == ["joe"],
   "as ssh-keygen shows it", c)
ok("force-command sudo useradd" in inspect(answer["addUserCrt"])[
    "critical"][0], "with one that makes the account", answer)
answer, _ = good("a host's", "sshSign", publicKey=key["host"],
                 ott=ssh_token("host", "h", "h.example.com"),
                 certType="host", notAfter="90h")
save_cert("host", answer["crt"])
old = inspect(answer["crt"])
refused("another type", 403, P403, "sshSign", publicKey=key["host"],
        ott=ssh_token("user", "joe", "joe"), certType="host")
refused("another principal", 403, P403, "sshSign", publicKey=key["user"],
        ott=ssh_token("user", "joe", "joe"), principals=["jim"])
answer, _ = good("renew", "sshRenew", ott=pop("renew"))
c = inspect(answer["crt"])
ok(c["Serial"] != old["Serial"] and c["principals"] == ["h.example.com"] and
   c["to"] - c["from"] == old["to"] - old["from"], "as long as before", c)
save_cert("host", answer["crt"])
refused("S a user's is not renewed", 400, "must be a host", "sshRenew",
        ott=pop("renew", "user"))
answer, _ = good("rekey", "sshRekey", ott=pop("rekey"), publicKey=key["new"])
save_cert("new", answer["crt"])
same(good("revoke by itself", "sshRevoke", ott=pop("revoke", "new"),
          serial=inspect(answer["crt"])["Serial"], passive=True)[0],
     {"status": "ok"}, "is done")
refused("no renewal after it", 401, None, "sshRenew", ott=pop("renew", "new"))
keys, _ = good("keys", "sshRoots")
for kind in ("user", "host"):
    with open(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % kind)) as f:
        same(keys[kind + "Key"], [f.read().split()[1]], "of the CA, " + kind)
good("keys of the federation", "sshFederation")
same([h["hostname"] for h in good("hosts", "sshHosts")[0]["hosts"]],
     ["h.example.com"], "are one")
same(good("check-host", "sshCheckHost", hostname="h.example.com")[0],
     {"exists": True}, "knows it")
same(good("check-host", "sshCheckHost", hostname="x")[0], {"exists": False},
     "does not know another")
same([t["name"] for t in good("config", "sshConfig", type="user", data={
    "User": "joe", "StepPath": "/x", "GOOS": "linux"})[0]["userTemplates"]],
     [t["name"] for t in ca.config["templates"]["ssh"]["user"]], "is all")
refused("config of a host without data", 400, "is missing", "sshConfig",
        type="host")
same(good("bastion", "sshBastion", hostname="h")[0], {"hostname": "h"},
     "there is none")

# --- programs that are made with it ------------------------------------------

same(good("bootstrap", "bootstrap", ott=token())[0], {"status": "ok"},
     "by a token alone")
same(good("a server and a client", "mutual", server=token("localhost"),
          ott=token("client.example"))[0], "client.example",
     "know each other by their certificates")
call.close()
ca.check_logs()
done()
