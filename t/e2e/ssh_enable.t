#!/usr/bin/python3
"""stepc ca ssh enable: an authority without SSH becomes one with, by a reload
of its workers; what must not be touched, and what is refused."""

import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from stepc_ca import BUILD, CA, done, ok, same
from stepc_faults import await_true, workers
from stepc_ssh import KEYGEN, Ssh, inspect, keygen, make_key, write

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
KEYS = ["%s/ssh_%s_ca_key%s" % (folder, side, end) for side in (
    "user", "host") for folder, end in (("secrets", ""), ("certs", ".pub"))]


def without_ssh(config, demo):
    """As ca init makes it without --ssh."""
    del config["ssh"], config["templates"]
    a = config["authority"]
    a["provisioners"] = [p for p in a["provisioners"]
                         if p["type"] != "SSHPOP"]
    for p in a["provisioners"]:
        p.pop("claims", None)
    for name in KEYS:
        os.unlink(os.path.join(demo, name))
    shutil.rmtree(os.path.join(demo, "templates"))


ca = CA(without_ssh)
ssh = Ssh(ca)
FILE = os.path.join(ca.demo, "config/ca.json")
PASSWORD = os.path.join(ca.demo, "password.txt")
joe = make_key("joe")
same(ssh.sign(joe, ssh.token())[0], 501, "no SSH authority: 501")


def enable(*args):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "ca", "ssh", "enable", *args],
        env=dict({k: v for k, v in os.environ.items()
                  if not k.startswith("STEP")},
                 STEPPATH=ca.demo, NO_COLOR="1"), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True)


def refused(name, text, *args):
    before = snapshot()
    r = enable(*args)
    ok(r.returncode == 1 and text in r.stderr, name, r.returncode, r.stderr,
       "want: " + text)
    same(snapshot(), before, name + ": nothing is written")


def snapshot():
    found = {}
    for folder, _, names in os.walk(ca.demo):
        if not folder.startswith((os.path.join(ca.demo, "db"),
                                  os.path.join(ca.demo, "log"),
                                  os.path.join(ca.demo, "run"))):
            for n in names:
                with open(os.path.join(folder, n), "rb") as f:
                    found[os.path.join(folder, n)] = f.read()
    return found


# --- refusals ---------------------------------------------------------------

refused("another password than the CA's keys have", "wrong password",
        "--password-file", write("other", "x\n"))
refused("no password and no terminal", "terminal")
refused("an unknown provisioner", "not found", "--password-file", PASSWORD,
        "--provisioner", "nobody")
write_to = os.path.join(ca.demo, "secrets/ssh_user_ca_key")
with open(write_to, "w") as f:
    f.write("somebody's\n")
refused("a key that is there", "terminal", "--password-file", PASSWORD)
os.unlink(write_to)

# --- as it is meant ----------------------------------------------------------

before = json.loads(snapshot()[FILE])
r = enable("--password-file", PASSWORD)
ok(r.returncode == 0, "enabled", r.stderr)
for name in KEYS:
    ok(os.path.join(ca.demo, name) in r.stderr, "told: " + name, r.stderr)
same(os.stat(write_to).st_mode & 0o777, 0o600, "the key is its owner's")
after = json.loads(snapshot()[FILE])
same(after["ssh"], {side + "Key": os.path.join(
    ca.demo, "secrets/ssh_%s_ca_key" % side) for side in ("host", "user")},
     "ca.json: the keys")
admin, pop = after["authority"]["provisioners"]
same(admin.pop("claims"), {"enableSSHCA": True}, "who had no say, may")
same(pop, {"type": "SSHPOP", "name": "sshpop",
           "claims": {"enableSSHCA": True}}, "who renews")
after["authority"]["provisioners"] = [admin]
ok(sorted(t["name"] for t in after.pop("templates")["ssh"]["user"]) == [
    "config.tpl", "known_hosts.tpl", "step_config.tpl", "step_includes.tpl"],
   "the templates")
del after["ssh"]
same(after, before, "the rest is as it was")

workers(ca, "reload")
ok(await_true(lambda: ssh.sign(joe, ssh.token())[0] == 201),
   "after a reload a user's certificate is signed")
status, doc = ssh.sign(joe, ssh.token())
stepc_ssh.save_cert("joe", doc["crt"])
with open(os.path.join(ca.demo, "certs/ssh_user_ca_key.pub")) as f:
    write("user_ca.pub", f.read())
ok(keygen("-lf", "user_ca.pub").split()[1] in inspect(
    doc["crt"])["Signing CA"], "with the new key")
host = make_key("host", "ecdsa")
status, doc = ssh.sign(host, ssh.host_token())
same(status, 201, "a host's, too")
stepc_ssh.save_cert("host", doc["crt"])
same(ssh.post("/ssh/renew", {"ott": ssh.pop("host", "renew")})[0], 201,
     "and renewed by itself")
for where in ("/ssh/roots", "/ssh/krl"):
    ok(await_true(lambda: ca.request("GET", where)[0] == 200),
       "served: " + where)
ok(await_true(lambda: ssh.post("/ssh/config", {
    "type": "user", "data": {"StepPath": "/x"}})[0] == 200),
   "served: /ssh/config")
refused("once more", "has both keys", "--password-file", PASSWORD)

# --- one key only, and who may not ------------------------------------------

ca.config = json.loads(snapshot()[FILE])
with open(write_to) as f:
    user_key = f.read()
del ca.config["ssh"]["hostKey"]
for name in KEYS[2:]:
    os.unlink(os.path.join(ca.demo, name))
provisioners = ca.config["authority"]["provisioners"]
provisioners[0]["claims"]["enableSSHCA"] = False
provisioners.append(dict(provisioners[0], name="second"))
provisioners[-1]["key"] = dict(provisioners[-1]["key"], kid="second")
del provisioners[1]
ca.config["templates"]["ssh"]["host"] = []
ca.write_config()
shutil.rmtree(os.path.join(ca.demo, "templates"))
r = enable("--password-file", PASSWORD, "--provisioner", "second")
ok(r.returncode == 0 and "user" not in r.stderr, "the key that is missing",
   r.stderr)
now = json.loads(snapshot()[FILE])
same([p["claims"]["enableSSHCA"] for p in now["authority"]["provisioners"]],
     [False, True, True], "--provisioner: who is named, and no other")
with open(write_to) as f:
    same(f.read(), user_key, "the other key stays")
same(now["templates"]["ssh"]["host"], [], "as do the templates")
ok(not os.path.exists(os.path.join(ca.demo, "templates")), "of any place")

ca.check_logs()
done()
