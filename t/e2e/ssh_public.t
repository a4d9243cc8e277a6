#!/usr/bin/python3
"""What the SSH authority tells everybody: its keys, the hosts, the bastion
(attack row S14)."""

import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from jwcrypto import jwk
from stepc_ca import CA, P400, done, ok, same
from stepc_ssh import KEYGEN, Ssh, keygen, make_key

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
ca = CA()
ssh = Ssh(ca)


def get(where, method="GET", body=None):
    status, _, data = ca.request(method, where, body)
    try:
        return status, json.loads(data)
    except ValueError:
        return status, data.decode(errors="replace")


def public(side):
    with open(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % side)) as f:
        return f.read().split()[1]


same(get("/1.0/ssh/roots"), (200, {
    "userKey": [public("user")], "hostKey": [public("host")]}),
     "the keys, as in the files that ca init wrote")
same(get("/ssh/federation"), (200, {
    "userKey": [public("user")], "hostKey": [public("host")]}),
     "federation: no others")

# --- hosts ------------------------------------------------------------------

same(get("/ssh/hosts"), (200, {"hosts": []}), "no host yet")
key = make_key("k")


def check(name, **more):
    return get("/ssh/check-host", "POST", dict(
        {"type": "host", "principal": name}, **more))


same(check("h1.example.com"), (200, {"exists": False}), "unknown host")
same(ssh.sign(key, ssh.host_token("H1.example.com"))[0], 201, "a host")
same(ssh.sign(key, ssh.token("joe"))[0], 201, "a user")
status, doc = ssh.sign(key, ssh.token("a", "host", ["a.example", "z.example"]))
same(status, 201, "a host of two names")
want = [{"hid": "", "host_tags": None, "hostname": n} for n in
        ("a.example", "h1.example.com", "z.example")]
for i in range(3):
    same(get("/ssh/hosts"), (200, {"hosts": want}),
         "hosts, in lower case, sorted")
same(get("/1.0/ssh/get-hosts"), (200, {"hosts": want}), "the other path")
same(check("h1.EXAMPLE.com", token="x"), (200, {"exists": True}),
     "a host is known in any case")
same(check("joe"), (200, {"exists": False}), "a user is no host")
same(ssh.sign(key, ssh.host_token("h1.example.com"))[0], 201, "once more")
same(get("/ssh/hosts"), (200, {"hosts": want}), "each once")
status, doc = check("x", type="user")
same((status, doc["message"]), (400, P400 + "unsupported type 'user'."),
     "check-host is for hosts")
status, doc = check("")
same((status, doc["message"]), (400, P400 + "missing or empty principal."),
     "check-host wants a name")
for body in ("", "[]", "{\"type\":1}", "{"):
    status, doc = get("/ssh/check-host", "POST", body)
    same((status, doc["message"]), (400, P400 + "error decoding json."),
         "check-host: %r" % body)

# --- bastion ----------------------------------------------------------------


def bastion(host, **more):
    return get("/ssh/bastion", "POST", dict(
        {"user": "joe", "hostname": host}, **more))


same(bastion("h"), (200, {"hostname": "h"}), "no bastion")
status, doc = bastion("")
same((status, doc["message"]), (400, P400 + "missing or empty hostname."),
     "bastion wants a host")

# --- other keys, and what may be hidden ------------------------------------

keys = {}
for name, kind in (("old", "ecdsa"), ("theirs", "ed25519"),
                   ("theirhost", "rsa")):
    keys[name] = make_key(name, kind)
    keygen("-q", "-p", "-N", "", "-m", "PKCS8", "-f", name)


def as_jwk(name):
    from cryptography.hazmat.primitives import serialization
    line = stepc_ssh.read(name + ".pub").encode()
    pem = serialization.load_ssh_public_key(line).public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    return json.loads(jwk.JWK.from_pem(pem).export_public())


ca.config["ssh"]["keys"] = [
    {"type": "user", "federated": False, "key": as_jwk("old")},
    {"type": "user", "federated": True, "key": as_jwk("theirs")},
    {"type": "host", "federated": True, "key": as_jwk("theirhost")}]
ca.config["ssh"]["bastion"] = {"hostname": "B.example", "user": "j",
                               "flags": "-v \"<"}
ca.config["authority"]["disableGetSSHHosts"] = True
ca.write_config()
ca.restart()
same(get("/ssh/roots"), (200, {
    "userKey": [public("user"), keys["old"]], "hostKey": [public("host")]}),
     "ssh.keys that are not federated are our own")
same(get("/ssh/federation"), (200, {
    "userKey": [public("user"), keys["theirs"]],
    "hostKey": [public("host"), keys["theirhost"]]}),
     "those that are, are another's")
same(bastion("h"), (200, {"hostname": "h", "bastion": {
    "hostname": "B.example", "user": "j", "flags": "-v \"<"}}),
     "the bastion")
same(bastion("b.example"), (200, {"hostname": "b.example"}),
     "none for itself")
status, doc = get("/ssh/hosts")
same((status, doc["message"]), (404, "ssh hosts list api disabled"),
     "S14 disableGetSSHHosts")
same(check("h1.example.com"), (200, {"exists": True}),
     "a name that is known can still be asked for")

# The public key alone is enough here: no program of this kind has the others.
for side in ("user", "host"):
    os.rename(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % side),
              os.path.join(ca.demo, "secrets/ssh_%s_ca_key.pub" % side))
ca.restart()
same(get("/ssh/roots")[0], 200, "KEY.pub beside the key does as well")
for side in ("user", "host"):
    os.unlink(os.path.join(ca.demo, "secrets/ssh_%s_ca_key.pub" % side))
ca.restart()
same(get("/ssh/roots")[0], 404, "without public keys there are none to tell")
same(get("/health")[0], 200, "and the rest is there")
same(ssh.sign(key, ssh.token("joe"))[0], 201, "as is who signs")

del ca.config["ssh"]
ca.config["authority"]["disableGetSSHHosts"] = False
ca.write_config()
ca.restart()
for where in ("/ssh/roots", "/ssh/federation"):
    same(get(where)[0], 404, "no SSH authority: " + where)
same(bastion("h")[0], 404, "no SSH authority: bastion")

ca.check_logs()
done()
