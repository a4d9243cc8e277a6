#!/usr/bin/python3
"""stepc ca provisioner get, add, update, remove on ca.json; a token of what was
added, verified by jose."""

import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same

tmp = tempfile.TemporaryDirectory(prefix="stepc-provisioner.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name, NO_COLOR="1")
STEPC = os.path.join(BUILD, "stepc")
CONFIG = "step/config/ca.json"
for name, text in (("pw", "secret\n"), ("pw2", "other\n"), ("empty", "\n")):
    with open(name, "w") as f:
        f.write(text)


def run(*args):
    return subprocess.run([STEPC, "ca", *args], env=ENV, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True)


def good(name, *args):
    r = run("provisioner", *args)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r.stdout


def config():
    with open(CONFIG) as f:
        return json.load(f)


def bad(name, text, *args):
    with open(CONFIG, "rb") as f:
        before = f.read()
    r = run("provisioner", *args)
    ok(r.returncode == 1 and text in r.stderr, name, r.returncode, r.stderr,
       "want: " + text)
    with open(CONFIG, "rb") as f:
        ok(f.read() == before, name + ": ca.json as it was")


def provisioner(name):
    return [p for p in config()["authority"]["provisioners"]
            if p["name"] == name][0]


r = run("init", "--name", "T", "--dns", "ca.example.com", "--address", ":9000",
        "--provisioner", "admin", "--password-file", "pw",
        "--provisioner-password-file", "pw")
ok(r.returncode == 0, "an authority", r.stderr)

good("add", "add", "ops", "--create", "--password-file", "pw2",
     "--x509-max-dur", "48h", "--x509-default-dur", "1h", "--disable-renewal")
p = provisioner("ops")
same(sorted(p), ["claims", "encryptedKey", "key", "name", "options", "type"],
     "its members")
same(p["claims"], {"maxTLSCertDuration": "48h0m0s",
                   "defaultTLSCertDuration": "1h0m0s",
                   "enableSSHCA": True, "disableRenewal": True,
                   "allowRenewalAfterExpiry": False,
                   "disableSmallstepExtensions": False}, "its claims")
ok("d" not in p["key"], "the public key is public")
same(json.loads(good("get", "get", "ops")), p, "get prints it")
ok(os.path.exists(CONFIG + ".old"), "the file before is kept")
same(len(json.load(open(CONFIG + ".old"))["authority"]["provisioners"]), 1,
     "as it was")
r = subprocess.run([STEPC, "ca", "token", "a.example.com", "--offline",
                    "--provisioner", "ops", "--password-file", "pw2"],
                   env=ENV, text=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
ok(r.returncode == 0, "a token of it", r.stderr)
with open("ops.jwk", "w") as f:
    json.dump(p["key"], f)
with open("token", "w") as f:
    f.write(r.stdout.strip())
r = subprocess.run(["jose", "jws", "ver", "-i", "token", "-k", "ops.jwk"],
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
ok(r.returncode == 0, "jose verifies it", r.stderr)
ok(run("token", "a", "--offline", "--provisioner", "ops", "--password-file",
       "pw").returncode == 1, "not with another password")

good("update", "update", "ops", "--disable-renewal=false", "--x509-max-dur",
     "24h", "--ssh=false")
c = provisioner("ops")["claims"]
same((c["disableRenewal"], c["maxTLSCertDuration"], c["enableSSHCA"],
      c["defaultTLSCertDuration"]), (False, "24h0m0s", False, "1h0m0s"),
     "what was named, and nothing else")
good("rename", "update", "ops", "--name", "ops2")
same(provisioner("ops2")["key"], p["key"], "the same key by another name")

subprocess.run([STEPC, "crypto", "jwk", "create", "pub.json", "priv.json",
                "--no-password", "--insecure"], env=ENV, check=True,
               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
good("a key that is there", "add", "own", "--public-key", "pub.json")
ok("encryptedKey" not in provisioner("own"), "without its private part")
subprocess.run([STEPC, "crypto", "jwk", "create", "pub2.json", "priv2.json",
                "--password-file", "pw2"], env=ENV, check=True,
               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
good("and with its private part", "add", "own2", "--public-key", "pub2.json",
     "--private-key", "priv2.json", "--password-file", "pw2")
ok("encryptedKey" in provisioner("own2"), "clients get it, encrypted")
bad("two keys", "two keys", "add", "x", "--public-key", "pub.json",
    "--private-key", "priv2.json", "--password-file", "pw2")
good("SSHPOP", "add", "pop", "--type", "SSHPOP")
same(provisioner("pop")["type"], "SSHPOP", "of that type")

bad("twice", "already", "add", "admin", "--create", "--password-file", "pw")
bad("a name that is taken", "already", "update", "ops2", "--name", "admin")
bad("neither key nor --create", "--create", "add", "x")
bad("an empty password", "empty", "add", "x", "--create", "--password-file",
    "empty")
bad("a duration that is none", "maxTLSCertDuration", "update", "ops2",
    "--x509-max-dur", "soon")
bad("a default above the longest", "", "update", "ops2", "--x509-max-dur",
    "10m")
bad("another type", "JWK, OIDC", "add", "x", "--type", "JKW")
bad("no such file", "nothing", "add", "x", "--public-key", "nothing")
bad("nobody of that name", "nobody", "remove", "nobody")
bad("nobody to update", "nobody", "update", "nobody", "--ssh")
ok(run("provisioner", "get", "nobody").returncode == 1, "nobody to show")

good("remove", "remove", "own")
same([p["name"] for p in config()["authority"]["provisioners"]],
     ["admin", "ops2", "own2", "pop"], "the others stay")
ok(run("validate").returncode == 0, "and an authority would start with it")

# --- the authority's claims ---------------------------------------------------


def claims(*args):
    r = run("claims", *args)
    ok(r.returncode == 0, "ca claims " + " ".join(args), r.stderr)
    return json.loads(r.stdout) if r.stdout else None


FLAGS = {"--%s-%s-dur" % (a, b): b + c for a, c in (
    ("x509", "TLSCertDuration"), ("ssh-user", "UserSSHCertDuration"),
    ("ssh-host", "HostSSHCertDuration")) for b in ("min", "max", "default")}
SWITCHES = {"--ssh": "enableSSHCA", "--disable-renewal": "disableRenewal",
            "--allow-renewal-after-expiry": "allowRenewalAfterExpiry",
            "--disable-renewal-of-unknown": "disableRenewalOfUnknown",
            "--disable-smallstep-extensions": "disableSmallstepExtensions"}
before = claims()
same(claims("--x509-max-dur", "96h"), None, "a change says nothing on stdout")
same(claims(), {**before, "maxTLSCertDuration": "96h0m0s"}, "one claim more")
for flag in SWITCHES:
    claims(flag)
claims(*[x for f in FLAGS for x in (f, "24h")])
same(claims(), {**{c: "24h0m0s" for c in FLAGS.values()},
                **{c: True for c in SWITCHES.values()}}, "each claim is set")
claims(*["%s=" % f for f in FLAGS])
same(claims(), {c: True for c in SWITCHES.values()},
     "an empty value leaves it to the built-in default")
with open(CONFIG, "rb") as f:
    before = f.read()
for args, text in ((["--x509-max-dur", "soon"], "is a duration"),
                   (["--x509-max-dur", "1h"],
                    "stepc ca claims --x509-default-dur DURATION "
                    "--x509-max-dur DURATION")):
    r = run("claims", *args)
    ok(r.returncode == 1 and text in r.stderr, "refused: " + text, r.stderr)
    with open(CONFIG, "rb") as f:
        ok(f.read() == before, "ca.json as it was")
doc = config()
doc["authority"]["claims"]["maxTLSCertDuration"] = "1h"
with open(CONFIG, "w") as f:
    json.dump(doc, f)
r = run("validate")
ok(r.returncode == 1 and "stepc ca claims" in r.stderr + r.stdout,
   "what keeps an authority from starting names the command", r.stdout,
   r.stderr)
claims("--x509-max-dur", "24h")
ok(run("validate").returncode == 0, "which repairs it")

# The messages of the authority name flags that there are.
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../common/config/claims.c")) as f:
    text = f.read()
named = re.findall(r'[{"]([A-Za-z]+)",?[^{}]*?"([a-z0-9-]+)"}', text)
same(sorted("--" + flag for _, flag in named), sorted({**FLAGS, **SWITCHES}),
     "every flag that a refusal names was tried")
done()
