#!/usr/bin/python3
"""stepc ca provisioner webhook add, update, remove: what is written to
options.webhooks, the secret that is printed, and what is refused."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same

tmp = tempfile.TemporaryDirectory(prefix="stepc-webhook.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name, NO_COLOR="1")
STEPC = os.path.join(BUILD, "stepc")
CONFIG = "step/config/ca.json"
URL = "https://hooks.example.com/{{ .Token.sub }}"
for name, text in (("pw", "secret\n"), ("token", "t0ken\n")):
    with open(name, "w") as f:
        f.write(text)


def run(*args):
    return subprocess.run([STEPC, "ca", *args], env=ENV, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True)


def hooks():
    with open(CONFIG) as f:
        p = json.load(f)["authority"]["provisioners"][0]
    return p.get("options", {}).get("webhooks", [])


def good(name, *args):
    r = run("provisioner", "webhook", *args)
    ok(r.returncode == 0, name, args, r.returncode, r.stderr)
    return r.stdout


def bad(name, text, *args):
    with open(CONFIG, "rb") as f:
        before = f.read()
    r = run("provisioner", "webhook", *args)
    ok(r.returncode == 1 and text in r.stderr and r.stdout == "", name, args,
       r.returncode, r.stdout, r.stderr, "want: " + text)
    with open(CONFIG, "rb") as f:
        ok(f.read() == before, name + ": ca.json as it was")


r = run("init", "--name", "T", "--dns", "ca.example.com", "--address", ":9000",
        "--provisioner", "admin", "--password-file", "pw",
        "--provisioner-password-file", "pw")
ok(r.returncode == 0, "an authority", r.stderr)
ok(run("provisioner", "add", "pop", "--type", "SSHPOP").returncode == 0,
   "a provisioner without webhooks")

# --- refused whatever there is -----------------------------------------------

bad("no URL", "requires the '--url' flag", "add", "admin", "h")
bad("not HTTPS", "must begin with https://", "add", "admin", "h", "--url",
    "http://hooks.example.com")
bad("no host", "must begin with https://", "add", "admin", "h", "--url",
    "https:///x")
bad("another kind", "options are ENRICHING", "add", "admin", "h", "--url", URL,
    "--kind", "NICE")
bad("another type of certificate", "options are ALL", "add", "admin", "h",
    "--url", URL, "--cert-type", "PGP")
bad("two ways to authenticate", "incompatible", "add", "admin", "h", "--url",
    URL, "--bearer-token-file", "token", "--basic-auth-username", "u")
bad("no such file", "open missing failed", "add", "admin", "h", "--url", URL,
    "--bearer-token-file", "missing")
bad("nobody", "provisioner nobody not found", "add", "nobody", "h", "--url",
    URL)
bad("SSHPOP", "have no webhooks", "add", "pop", "h", "--url", URL)
for verb in ("update", "remove"):
    bad("%s what is not there" % verb,
        'does not have a webhook with the name "h"', verb, "admin", "h")

r = run("provisioner", "webhook", "add", "admin", "h", "--url", URL)
if "not supported" in r.stderr:
    ok(r.returncode == 1 and hooks() == [],
       "an authority that knows no webhooks gets none", r.stderr)
    print("# the rest needs an authority that knows webhooks")
    done()

# --- written -----------------------------------------------------------------

ok(r.returncode == 0, "add", r.stderr)
said = re.fullmatch(r"Webhook ID: (\S+)\nSecret: (\S+)\n", r.stdout)
ok(said is not None, "its id and its secret are printed", r.stdout)
ok("everybody on this machine can read it" in r.stderr, "of which it warns",
   r.stderr)
os.chmod(CONFIG, 0o640)
h = hooks()[0]
same(h, {"id": said.group(1), "name": "h", "url": URL, "kind": "ENRICHING",
         "certType": "ALL", "secret": said.group(2)}, "and written")
ok(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", h["id"]),
   "the id is a UUID", h["id"])
same(len(base64.b64decode(h["secret"])), 64, "the secret has 64 octets")
bad("twice", "already has a webhook", "add", "admin", "h", "--url", URL)
good("add another", "add", "admin", "i", "--url", "https://[::1]:1/",
     "--kind", "AUTHORIZING", "--cert-type", "SSH",
     "--disable-tls-client-auth", "--bearer-token-file", "token")
i = hooks()[1]
ok(i.pop("id") != h["id"] and i.pop("secret") != h["secret"],
   "with an id and a secret of its own")
same(i, {"name": "i", "url": "https://[::1]:1/", "kind": "AUTHORIZING",
         "disableTLSClientAuth": True, "certType": "SSH",
         "bearerToken": "t0ken"}, "and every member")
good("update", "update", "admin", "i", "--basic-auth-username", "u",
     "--basic-auth-password-file", "pw", "--kind", "ENRICHING", "--url", URL,
     "--disable-tls-client-auth=false", "--cert-type", "ALL")
i = hooks()[1]
del i["id"], i["secret"]
same(i, {"name": "i", "url": URL, "kind": "ENRICHING",
         "disableTLSClientAuth": False, "certType": "ALL",
         "basicAuth": {"username": "u", "password": "secret"}},
     "one way to authenticate replaces the other")
same(hooks()[0], h, "the other webhook is as it was")
good("and back", "update", "admin", "i", "--bearer-token-file", "token")
ok("basicAuth" not in hooks()[1] and hooks()[1]["bearerToken"] == "t0ken",
   "and the other replaces the one")
good("a client certificate", "update", "admin", "i", "--client-cert", "token",
     "--client-key", "pw")
same([hooks()[1].get(k) for k in ("clientCert", "clientKey")],
     [os.path.realpath("token"), os.path.realpath("pw")], "by its path")
good("remove", "remove", "admin", "h")
same([x["name"] for x in hooks()], ["i"], "the other stays")
same(os.stat(CONFIG).st_mode & 0o777, 0o640, "the mode is kept")
ok(run("validate").returncode == 0, "an authority would start with it")
good("remove", "remove", "admin", "i")
same(hooks(), [], "none are left")
done()
