#!/usr/bin/python3
"""Templates of SSH certificates against a running authority: what they can
write, looked at by ssh-keygen, and what nobody gets by them (attack rows C11,
C12, S1, S2, S7)."""

import datetime
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import CA, P400, done, ok, same
from stepc_ssh import KEYGEN, Ssh, inspect, make_key
from jwcrypto import jwk

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

LEAF = """{
  "type": {{ toJson .Type }}, "keyId": {{ toJson .KeyID }},
  "principals": {{ toJson .Principals }},
  "extensions": {{ toJson .Extensions }},
  "criticalOptions": {{ toJson .CriticalOptions }}
}"""
now = datetime.datetime.utcnow().replace(microsecond=0)
FROM = now - datetime.timedelta(minutes=30)
UNTIL = now + datetime.timedelta(hours=3)
FULL = """{"type": "USER", "keyId": "{{ .KeyID }}/{{ .Token.iss }}",
  "principals": ["ann", "{{ first .Principals }}", "{{ .Insecure.User.more }}"],
  "criticalOptions": {"source-address": "10.0.0.0/8", "force-command": "id"},
  "extensions": {"permit-pty": "", "login@example.com": "{{ .login }}"},
  "validAfter": "%sZ", "validBefore": "%sZ", "serial": 18446744073709551615}
and more""" % (FROM.isoformat(), UNTIL.isoformat())
PROVISIONERS = {
    "leaf": {"template": LEAF},
    "full": {"template": FULL, "templateData": {"login": "from data"}},
    "data": {"templateData": {"KeyID": "from data"}},
    "cr": {"template": '{"type": "{{ .Insecure.CR.Type }}", "keyId": '
           '"{{ .Insecure.CR.KeyID }} {{ .Insecure.CR.Key.Type }}", '
           '"principals": {{ toJson .Insecure.CR.Principals }}}'},
    "quoted": {"template": '{"type": "user", "keyId": "{{ .KeyID }}", '
               '"principals": ["joe"]}'},
    "host": {"template": '{"type": "host", "principals": ["joe"], '
             '"keyId": "x"}'},
    "none": {"template": '{"type": "user", "keyId": "x", "principals": []}'},
    "comma": {"template": '{"type": "user", "keyId": "x", '
              '"principals": ["joe,root"]}'},
    "denied": {"template": '{"type": "user", "keyId": "x", '
               '"principals": ["root"]}',
               "policy": {"user": {"deny": {"principal": ["root"]}}}},
    "long": {"template": '{"type": "user", "keyId": "x", "principals": '
             '["joe"], "validBefore": "%d-01-01T00:00:00Z"}'
             % (now.year + 2)},
    "fails": {"template": '{{ fail "not you" }}'},
    "endless": {"template": '{{ define "a" }}{{ template "a" }}{{ end }}'
                '{{ template "a" }}'},
    "nojson": {"template": '{"type": {{ .Type }}}'},
    "wrong": {"template": '{"type": "user", "keyId": "x", "principals": '
              '"joe"}'},
}
KEYS = {n: jwk.JWK.generate(kty="EC", crv="P-256", kid=n)
        for n in PROVISIONERS}


def edit(config, demo):
    for name, options in PROVISIONERS.items():
        config["authority"]["provisioners"].append({
            "type": "JWK", "name": name, "claims": {"enableSSHCA": True},
            "key": json.loads(KEYS[name].export_public()),
            "options": {"ssh": options}})


ca = CA(edit)
ssh = Ssh(ca)
key = make_key("joe")
before = ca.ledger()


def sign(name, kind="user", principals=("joe",), key_id="", sub="joe", **more):
    claims = ssh.claims(sub, {"certType": kind, "keyID": key_id,
                              "principals": list(principals)}, iss=name)
    return ssh.sign(key, ca.token(claims, {"kid": name}, KEYS[name]), **more)


def issue(name, what, **more):
    global before
    status, doc = sign(name, **more)
    ok(status == 201, what + ": 201", status, doc)
    before = ca.ledger()
    return inspect(doc["crt"]) if status == 201 else None


def refused(name, what, status, message, **more):
    global before
    got, doc = sign(name, **more)
    after = ca.ledger()
    ok(got == status and message in (None, doc["message"]) and
       after == before, "%s: %d, nothing recorded" % (what, status), got, doc)
    before = after


# --- what they write -------------------------------------------------------

status, doc = ssh.sign(key, ssh.token("joe", principals=["joe", "j@x.test"]))
plain = inspect(doc["crt"])
c = issue("leaf", "the built-in certificate by a template",
          principals=["joe", "j@x.test"])
for member in ("Type", "Public key", "Signing CA", "Key ID", "principals",
               "critical", "extensions"):
    same(c[member], plain[member], "the same " + member)
same(c["to"] - c["from"], plain["to"] - plain["from"], "the same life")
c = issue("leaf", "of a host", kind="host", principals=["h.example.com"])
ok("host certificate" in c["Type"] and c["principals"] == ["h.example.com"] and
   c["extensions"] in ([], ["(none)"]), "without extensions", c)
c = issue("full", "every member", templateData={"more": "zoe"}, key_id="key")
same(c["Key ID"], '"key/full"', "keyId")
same(c["principals"], ["ann", "joe", "zoe"], "principals")
same(c["critical"], ["force-command id", "source-address 10.0.0.0/8"],
     "criticalOptions")
ok(len(c["extensions"]) == 2 and "permit-pty" in c["extensions"] and
   any("login@example.com" in x for x in c["extensions"]), "extensions",
   c["extensions"])
same((c["from"], c["to"]), tuple(
    int(t.replace(tzinfo=datetime.timezone.utc).timestamp())
    for t in (FROM, UNTIL)), "validAfter, validBefore")
same(c["Serial"], "18446744073709551615", "serial")
refused("full", "the same serial again", 409, None,
        templateData={"more": "zoe"})
c = issue("data", "data without a template")
same(c["Key ID"], '"from data"', "data stand in for the key id")
same(c["extensions"], plain["extensions"], "... and the rest is built in")
status, doc = ssh.sign(key, ca.token(ssh.claims(
    "joe", {"certType": "user", "principals": ["joe", "ann"]}, iss="cr"),
    {"kid": "cr"}, KEYS["cr"]), certType="user", keyID="kid",
    principals=["Ann"])
same(status, 201, "what the request says: 201")
before = ca.ledger()
c = inspect(doc["crt"])
same((c["Key ID"], c["principals"]), ('"kid ssh-ed25519"', ["Ann"]),
     ".Insecure.CR")
for value in ('a", "type": "host", "x": "', "b\\", "c\u0022d", "{{ .Token }}"):
    c = issue("quoted", "C11 %r" % value, key_id=value)
    ok("user certificate" in c["Type"] and c["principals"] == ["joe"],
       "C11 no other member", c)

# --- what nobody gets ------------------------------------------------------

refused("host", "S7 another type than was granted", 500, None)
refused("none", "S1 no principals", 400, None)
refused("comma", "S2 a principal with a comma", 400, None)
refused("denied", "a principal that rules forbid", 403, None)
refused("long", "a time beyond what claims allow", 403, None)
refused("fails", "a template that fails the request", 400,
        P400 + "not you.")
refused("nojson", "what is no JSON", 500,
        "error applying certificate template")
refused("endless", "C12 a template without end", 500, None)
refused("wrong", "principals that are no list", 500, None)
refused("leaf", "another type in the request", 403, None, certType="host")

ca.check_logs("options.ssh", "status=5")
done()
