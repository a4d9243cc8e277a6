#!/usr/bin/python3
"""stepc against the real nginx and handlers: what it gets, writes and says,
and how it tells failures apart."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, CA, SRC, done, ok, same

ca = CA()
home = os.path.join(ca.tmp, "home")
os.mkdir(home)
os.chdir(ca.tmp)
STEPC = os.path.join(BUILD, "stepc")
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
PW = os.path.join(ca.demo, "password.txt")
URL = "https://localhost:%d" % ca.port


def stepc(*args, path=home, text=None):
    env = dict(ca.env, STEPPATH=path, NO_COLOR="1")
    return subprocess.run([STEPC, *args], env=env, input=text or "",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True)


def good(name, *args, **kw):
    r = stepc(*args, **kw)
    ok(r.returncode == 0, name, r.stdout, r.stderr)
    return r


def bad(name, part, *args, **kw):
    r = stepc(*args, **kw)
    ok(r.returncode == 1 and part in r.stderr and r.stdout == "",
       name + ": exit 1 and says so", r.returncode, r.stdout, r.stderr,
       "wanted: " + part)
    return r


def openssl(*args):
    return subprocess.run(["openssl", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def verified(name, crt):
    r = openssl("verify", "-x509_strict", "-CAfile", ROOT, "-untrusted", crt,
                crt)
    ok(r.returncode == 0, name + ": openssl verify", r.stdout)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# A machine that knows the CA's address and fingerprint only.
fp = good("fingerprint", "certificate", "fingerprint", ROOT).stdout.strip()
r = openssl("x509", "-in", ROOT, "-noout", "-fingerprint", "-sha256")
same(fp, r.stdout.split("=")[1].strip().replace(":", "").lower(),
     "as openssl prints it")
bad("K1 bootstrap with another fingerprint", "", "ca", "bootstrap",
    "--ca-url", URL, "--fingerprint", "0" * 64)
bad("K1 bootstrap with a SHA-1 fingerprint", "", "ca", "bootstrap",
    "--ca-url", URL, "--fingerprint", fp[:40])
bad("K1 bootstrap without one", "", "ca", "bootstrap", "--ca-url", URL)
same(os.listdir(home), [], "K1 nothing was written")
good("bootstrap", "ca", "bootstrap", "--ca-url", URL, "--fingerprint",
     fp.upper())
same(mode(os.path.join(home, "certs/root_ca.crt")), 0o600, "root: 0600")
with open(os.path.join(home, "config/defaults.json")) as f:
    defaults = json.load(f)
same((defaults["ca-url"], defaults["fingerprint"].lower()), (URL, fp),
     "defaults.json")

same(good("health", "ca", "health").stdout, "ok\n", "health is ok")
with open(ROOT) as f:
    root_pem = f.read()
same(good("root", "ca", "root", "--ca-url", URL, "--fingerprint",
          fp).stdout.strip(), root_pem.strip(), "root")
same(good("roots", "ca", "roots").stdout.strip(), root_pem.strip(), "roots")
good("federation", "ca", "federation", "fed.pem")
same(mode("fed.pem"), 0o600, "federation: a file of mode 0600")
listed = json.loads(good("provisioner list", "ca", "provisioner",
                         "list").stdout)
same([p["name"] for p in listed],
     [p["name"] for p in ca.config["authority"]["provisioners"]],
     "all provisioners")

# Certificates.
PROV = ("--provisioner", "admin", "--provisioner-password-file", PW)
for kind, args, begin in (
        ("EC", (), "-----BEGIN EC PRIVATE KEY-----"),
        ("RSA", ("--kty", "RSA"), "-----BEGIN RSA PRIVATE KEY-----"),
        ("Ed25519", ("--kty", "OKP"), "-----BEGIN PRIVATE KEY-----")):
    r = good("certificate, " + kind, "ca", "certificate", "svc.example",
             kind + ".crt", kind + ".key", *PROV, *args)
    ok("Certificate: %s.crt" % kind in r.stderr and
       "Private Key: %s.key" % kind in r.stderr and r.stdout == "",
       kind + ": the lines on stderr", r.stderr)
    verified(kind, kind + ".crt")
    same((mode(kind + ".crt"), mode(kind + ".key")), (0o600, 0o600),
         kind + ": modes")
    with open(kind + ".key") as f:
        same(f.readline().strip(), begin, kind + ": key format")
    pub = [openssl(*a).stdout for a in (
        ("x509", "-in", kind + ".crt", "-noout", "-pubkey"),
        ("pkey", "-in", kind + ".key", "-pubout"))]
    same(pub[0], pub[1], kind + ": key and certificate belong together")
good("names and times", "ca", "certificate", "n.example", "n.crt", "n.key",
     "--san", "n.example", "--san", "10.1.1.1", "--san", "m@n.example",
     "--not-after", "1h", *PROV)
text = openssl("x509", "-in", "n.crt", "-noout", "-text").stdout
ok("DNS:n.example, email:m@n.example, IP Address:10.1.1.1" in text,
   "the names asked for", text)

# A token by itself, used by another hand.
tok = good("token", "ca", "token", "t.example", *PROV).stdout
good("certificate from a token", "ca", "certificate", "t.example", "t.crt",
     "t.key", "--token", tok.strip())
verified("from a token", "t.crt")
before = ca.ledger()
bad("T16 the same token again", "the token was already used", "ca",
    "certificate", "t.example", "t2.crt", "t2.key", "--token", tok.strip())
ok(not os.path.exists("t2.crt") and not os.path.exists("t2.key"),
   "nothing is written when signing fails")
same(ca.ledger(), before, "and nothing recorded")
openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "r.key",
        "-subj", "/CN=r.example", "-addext",
        "subjectAltName=DNS:r.example,DNS:s.example", "-out", "r.csr")
good("sign a request of openssl", "ca", "sign", "r.csr", "r.crt", *PROV)
verified("its certificate", "r.crt")
good("create a request", "certificate", "create", "q.example", "q.csr",
     "q.key", "--csr", "--no-password", "--insecure")
good("and sign it", "ca", "sign", "q.csr", "q.crt", *PROV)
verified("ours", "q.crt")

# Tokens, verified by jose with the provisioner's public key.
with open("prov.jwk", "w") as f:
    json.dump(next(p for p in ca.config["authority"]["provisioners"]
                   if p["name"] == "admin")["key"], f)


def claims(name, token):
    r = subprocess.run(["jose", "jws", "ver", "-i-", "-k", "prov.jwk", "-O-"],
                       input=token.strip(), stdout=subprocess.PIPE, text=True)
    ok(r.returncode == 0, name + ": jose verifies it")
    return json.loads(r.stdout or "{}")


openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-keyout", "cnf.key", "-subj",
        "/CN=cnf.example", "-addext", "subjectAltName=DNS:cnf.example", "-out",
        "cnf.csr")
for kind, more, path in (("online", ("--set", "team=blue"), home),
                         ("offline", ("--offline",), ca.demo)):
    out = "token-" + kind
    r = good("token, " + kind, "ca", "token", "t.example", "--san",
             "a.example", "--san", "10.2.2.2", "--not-after", "10m",
             "--output-file", out, *more, *PROV, path=path)
    same((r.stdout, mode(out)), ("", 0o600), kind + ": to a file, 0600")
    with open(out) as f:
        c = claims(kind, f.read())
    same((c.get("iss"), c.get("sub"), c.get("sans")),
         ("admin", "t.example", ["a.example", "10.2.2.2"]), kind + ": claims")
    same(c.get("exp", 0) - c.get("nbf", 0), 600, kind + ": ten minutes")
    same(c.get("user"), {"team": "blue"} if kind == "online" else None,
         kind + ": what --set gave")
bad("--set offline", "'--offline' is incompatible with '--set'", "ca", "token",
    "x", "--offline", "--set", "team=blue", *PROV, path=ca.demo)
tok = good("token for one request", "ca", "token", "cnf.example",
           "--cnf-file", "cnf.csr", *PROV).stdout
ok("x5rt#S256" in claims("--cnf-file", tok).get("cnf", {}),
   "--cnf-file: the claim", tok)
before = ca.ledger()
bad("another request with it", "", "ca", "certificate", "cnf.example",
    "c2.crt", "c2.key", "--token", tok.strip())
ok(not os.path.exists("c2.crt") and not os.path.exists("c2.key"),
   "nothing is written")
same(ca.ledger(), before, "and nothing recorded")

# What is there stays, unless --force.
with open("q.crt") as f:
    old = f.read()
bad("an existing file", "", "ca", "sign", "q.csr", "q.crt", *PROV)
with open("q.crt") as f:
    same(f.read(), old, "is kept")
good("--force", "ca", "sign", "q.csr", "q.crt", "--force", *PROV)
with open("q.crt") as f:
    ok(f.read() != old, "is replaced then")

# Failures apart.
r = bad("a refusal", "is more than the authorized maximum", "ca",
        "certificate", "x", "x.crt", "x.key", "--not-after", "48h", *PROV)
ok("request id" in r.stderr, "with the request id", r.stderr)
bad("no such provisioner", "invalid value 'nobody' for flag '--provisioner'",
    "ca", "token", "x", "--provisioner", "nobody")
with open("wrong", "w") as f:
    f.write("not the password\n")
r = bad("K7 a wrong password", "", "ca", "token", "x", "--provisioner",
        "admin", "--provisioner-password-file", "wrong")
ok("not the password" not in r.stderr, "K7 which is not shown", r.stderr)
s = socket.socket()
s.bind(("127.0.0.1", 0))
bad("nobody listens", "connect", "ca", "health", "--ca-url",
    "https://localhost:%d" % s.getsockname()[1])
s.close()
good("another root", "certificate", "create", "Other", "other.crt",
     "other.key", "--profile", "root-ca", "--no-password", "--insecure")
bad("K6 a server of another root", "certificate", "ca", "health", "--root",
    "other.crt")
bad("K6 a wrong host name", "", "ca", "health", "--ca-url",
    "https://127.0.0.2:%d" % ca.port)
bad("only https", "", "ca", "health", "--ca-url",
    "http://localhost:%d" % ca.port)

workers = os.path.join(SRC, "nginx/stepc-workers")
env = dict(ca.env, STEPC_RUNDIR=os.path.join(ca.demo, "run"),
           STEPC_BINDIR=os.path.join(BUILD, "handlers"),
           STEPC_LOGDIR=os.path.join(ca.demo, "log"))
subprocess.run([workers, "stop"], env=env, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
bad("K2 nginx without handlers", "is not running behind its web server", "ca",
    "health")

# Offline, on the CA's own machine.
good("offline", "ca", "certificate", "off.example", "off.crt", "off.key",
     "--offline", *PROV, path=ca.demo)
verified("offline", "off.crt")
same(stepc("help").returncode, 0, "help")
r = bad("an unknown command", "certificate", "ca", "certifcate")
done()
