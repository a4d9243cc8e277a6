#!/usr/bin/python3
"""stepc against the reference's server, over files that stepc ca init made:
the same commands as against our own handlers."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_reference
from stepc_ca import BUILD, CA, done, ok, same, skip_all
from stepc_ssh import KEYGEN

if KEYGEN is None:
    skip_all("no ssh-keygen")
program = stepc_reference.build()
ca = CA()
ca.quickstart("stop")
server = stepc_reference.Server(program, ca)
home = os.path.join(ca.tmp, "home")
os.mkdir(home)
os.chdir(home)
ENV = dict(stepc_reference.environment(os.path.join(home, "step")),
           NO_COLOR="1", TZ="UTC")
ENV.pop("SSH_AUTH_SOCK", None)
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
URL = "https://localhost:%d" % ca.port
BY = ("--provisioner", "admin", "--provisioner-password-file",
      os.path.join(ca.demo, "password.txt"))
OPEN = ("--no-password", "--insecure")


def run(*args):
    return subprocess.run(args, env=ENV, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True)


def good(name, *args):
    r = run(os.path.join(BUILD, "stepc"), *args)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r.stdout


def bad(name, part, *args):
    r = run(os.path.join(BUILD, "stepc"), *args)
    ok(r.returncode == 1 and part in r.stderr, name, r.returncode, r.stdout,
       r.stderr, "want: " + part)


def openssl(*args):
    return run("openssl", *args).stdout


def verified(crt, key, what):
    chain = openssl("verify", "-x509_strict", "-CAfile", ROOT, "-untrusted",
                    crt, crt)
    same((chain, openssl("x509", "-in", crt, "-noout", "-pubkey")),
         (crt + ": OK\n", openssl("pkey", "-in", key, "-pubout")),
         what + ": openssl verifies it, the key is its own")
    return openssl("x509", "-in", crt, "-noout", "-serial")


def read(name):
    with open(name) as f:
        return f.read()


# --- what anyone may ask ---------------------------------------------------

fp = good("fingerprint", "certificate", "fingerprint", ROOT).strip()
bad("K1 bootstrap with another fingerprint", "", "ca", "bootstrap",
    "--ca-url", URL, "--fingerprint", "0" * 64)
ok(not os.path.exists("step/certs"), "K1 nothing was written")
good("bootstrap", "ca", "bootstrap", "--ca-url", URL, "--fingerprint", fp)
same(read("step/certs/root_ca.crt").strip(), read(ROOT).strip(),
     "with the root")
same(good("health", "ca", "health"), "ok\n", "ok")
for command in ("root", "roots", "federation"):
    same(good(command, "ca", command).strip(), read(ROOT).strip(),
         command + ": the root")
listed = json.loads(good("provisioner list", "ca", "provisioner", "list"))
same([(p["type"], p["name"], p.get("encryptedKey")) for p in listed],
     [(p["type"], p["name"], p.get("encryptedKey"))
      for p in ca.config["authority"]["provisioners"]], "all of them")

# --- X.509 -----------------------------------------------------------------

for kind in ("EC", "RSA", "OKP"):
    good("certificate, " + kind, "ca", "certificate", "svc.example", "a.crt",
         "a.key", "-f", "--kty", kind, *BY)
    verified("a.crt", "a.key", kind)
good("names and times", "ca", "certificate", "n.example", "n.crt", "n.key",
     "--san", "n.example", "--san", "10.1.1.1", "--san", "m@n.example",
     "--san", "spiffe://x/y", "--not-after", "1h", *BY)
text = openssl("x509", "-in", "n.crt", "-noout", "-text")
ok("DNS:n.example, email:m@n.example, IP Address:10.1.1.1, URI:spiffe://x/y"
   in text, "are as asked for", text)
token = good("token", "ca", "token", "t.example", *BY).strip()
good("certificate for a token", "ca", "certificate", "t.example", "t.crt",
     "t.key", "--token", token)
verified("t.crt", "t.key", "by token")
bad("T16 the token again", "necessary authorization", "ca", "certificate",
    "t.example", "u.crt", "u.key", "--token", token)
ok(not os.path.exists("u.crt"), "T16 no certificate")
good("a request", "certificate", "create", "--csr", "r.example", "r.csr",
     "r.key", *OPEN)
good("sign", "ca", "sign", "r.csr", "r.crt", *BY)
verified("r.crt", "r.key", "a request signed")
serials = {verified("a.crt", "a.key", "the first")}
for what, *how in (("by TLS",), ("by token", "--mtls=false")):
    good("renew " + what, "ca", "renew", "a.crt", "a.key", "-f", *how)
    serials.add(verified("a.crt", "a.key", "renewed " + what))
good("rekey", "ca", "rekey", "a.crt", "a.key", "-f", "--kty", "EC")
serials.add(verified("a.crt", "a.key", "rekeyed"))
same(len(serials), 4, "four serial numbers")
good("revoke by the certificate itself", "ca", "revoke", "--cert", "a.crt",
     "--key", "a.key")
bad("R13 not twice", "already revoked", "ca", "revoke", "--cert", "a.crt",
    "--key", "a.key")
bad("no renewal after it", "necessary authorization", "ca", "renew", "a.crt",
    "a.key", "-f")
serial = verified("t.crt", "t.key", "another").split("=")[1].strip()
good("revoke by serial number", "ca", "revoke", "0x" + serial, *BY,
     "--reasonCode", "superseded")
bad("no renewal by token after it", "necessary authorization", "ca", "renew",
    "t.crt", "t.key", "-f", "--mtls=false")

# --- SSH -------------------------------------------------------------------


def shown(name):
    return run(KEYGEN, "-L", "-f", name).stdout


def ssh_serial(name):
    return re.search(r"Serial: (\d+)", shown(name)).group(1)


def public(name):
    return read(name).split()[1]


for args, name in (((), "user"), (("--host",), "host")):
    same(good("keys, " + name, "ssh", "config", "--roots", *args).split()[:2],
         read(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % name))
         .split()[:2], "of the CA")
good("a user's certificate", "ssh", "certificate", "j.doe@work", "id", *OPEN,
     *BY, "--no-agent")
text = shown("id-cert.pub")
ok(all(p in text for p in ("user certificate", 'Key ID: "j.doe@work"',
                           "    jdoe\n", "    j.doe\n", "permit-pty")),
   "as ssh-keygen shows it", text)
good("a host's certificate", "ssh", "certificate", "h.example.com", "host",
     "--host", *OPEN, *BY)
old = ssh_serial("host-cert.pub")
ok("host certificate" in shown("host-cert.pub"), "is one")
good("renew", "ssh", "renew", "host-cert.pub", "host", "-f")
ok(ssh_serial("host-cert.pub") != old, "under another serial number")
bad("S not a user's", "host ssh certificate", "ssh", "renew", "id-cert.pub",
    "id", "-f")
good("rekey", "ssh", "rekey", "host-cert.pub", "host", "--out", "host2",
     *OPEN)
ok(public("host2.pub") != public("host.pub") and
   run(KEYGEN, "-lf", "host2.pub").stdout.split()[1] in
   shown("host2-cert.pub"), "another key, and its certificate")
good("hosts", "ssh", "hosts")
good("check-host", "ssh", "check-host", "h.example.com")
bad("check-host of another", "", "ssh", "check-host", "x.example.com")
good("revoke by itself", "ssh", "revoke", "--sshpop-cert", "host2-cert.pub",
     "--sshpop-key", "host2")
good("revoke by its serial number", "ssh", "revoke", old, *BY)
bad("R13 not twice", "already revoked", "ssh", "revoke", old, *BY)
good("config", "ssh", "config", "--set", "User=joe", "-f")
ok("@cert-authority * ecdsa" in read("step/ssh/known_hosts") and
   "User joe" in read("step/ssh/config"), "written")
good("config of a host", "ssh", "config", "--host", "--dry-run", "--set",
     "Certificate=c", "--set", "Key=k")
server.stop()
done()
