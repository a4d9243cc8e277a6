"""The SSH part of stepc_cases."""

import base64
import json

from stepc_ca import make_csr
from stepc_cases import key_of, templated
from stepc_compare import Wire
from stepc_observe import ssh_key


def serial(crt):
    w = Wire(base64.b64decode(crt))
    kind = w.string().decode()
    for _ in range(3 if "ecdsa" in kind or "rsa" in kind else 2):
        w.string()
    return str(w.number(8))


def ssh_sign(o):
    s = o.ssh
    for name, bits in (("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"),
                       ("rsa", "2048")):
        ssh_key(name + bits, name, "-b", bits)
        o.ssh_sign("ssh sign: key %s of %s" % (name, bits), key=name + bits)
    o.ssh_sign("ssh sign: a user")
    o.ssh_sign("ssh sign: at 1.0", where="/1.0/ssh/sign")
    o.ssh_sign("ssh sign: at sign-ssh", where="/sign-ssh")
    o.ssh_sign("ssh sign: a host", s.host_token(), "host")
    o.ssh_sign("ssh sign: upper case", s.host_token("H.Example.Com"), "host")
    o.ssh_sign("ssh sign: two principals",
               s.token(principals=["joe", "joe@example.com"]))
    o.ssh_sign("ssh sign: a principal twice", s.token(
        principals=["joe", "joe"]))
    o.ssh_sign("ssh sign: some of the principals", s.token(
        principals=["joe", "jim"]), principals=["JOE"])
    o.ssh_sign("ssh sign: no principals in the token", s.token(principals=[]))
    o.ssh_sign("ssh sign: no type in the token", s.token(certType=""))
    o.ssh_sign("ssh sign: nothing in the token but SSH", s.token(
        step={"ssh": {}}))
    o.ssh_sign("ssh sign: key id", s.token(keyID="joe's key"))
    o.ssh_sign("ssh sign: type and key id of the request", certType="user",
               keyID="joe")
    for case, after, before in (("for an hour", "", "1h"),
                                ("in an hour", "1h", ""),
                                ("in one to two hours", "1h", "2h"),
                                ("an hour ago", "-1h", "1h")):
        o.ssh_sign("ssh sign: of the token, " + case, s.token(
            after=after, before=before))
        o.ssh_sign("ssh sign: of the request, " + case, validAfter=after,
                   validBefore=before)
    o.ssh_sign("ssh sign: both the same", s.token(before="1h"),
               validBefore="1h")
    for case, principals in (("one name", ["joe"]),
                             ("with a mail address", ["joe", "joe@x.example"]),
                             ("two names", ["joe", "jim"])):
        o.ssh_sign("ssh sign: add user, " + case, s.token(
            principals=principals), addUserPublicKey=ssh_key("adduser"))
    o.ssh_sign("ssh sign: identity", s.token("joe@example.com"),
               identityCSR=make_csr(key_of("P-256"), "joe@example.com"))
    key, header, claims = templated(o)
    for case, kind in (("user", "user"), ("host", "host")):
        c = s.claims("joe", {"certType": kind, "principals": ["joe"]},
                     **claims)
        o.ssh_sign("ssh sign: template, " + case, o.ca.token(
            c, header, key=key))


def ssh_refused(o):
    s = o.ssh
    for case, body in (("no body", "\n"), ("no members", "{}"),
                       ("a list", "[]"), ("truncated", '{"ott":'),
                       ("a key that is a number", '{"publicKey":1}'),
                       ("a key that is no base64", '{"publicKey":"*"}'),
                       ("a type that is none", json.dumps(
                           {"publicKey": ssh_key("id"), "ott": "x",
                            "certType": "x"}))):
        o.see("ssh sign, refused: " + case, "POST", "/ssh/sign", body)
    o.ssh_sign("ssh sign, refused: no key", publicKey="")
    o.ssh_sign("ssh sign, refused: no token at all", "")
    o.ssh_sign("ssh sign, refused: nonsense for a token", "x")
    o.ssh_sign("ssh sign, refused: no SSH key", publicKey="AAAA")
    o.ssh_sign("ssh sign, refused: key of 1024 bits", publicKey=ssh_key(
        "weak", "rsa", "-b", "1024"))
    o.ssh_sign("ssh sign, refused: no add-user key",
               addUserPublicKey="AAAA")
    o.ssh_sign("ssh sign, refused: T14 for X.509", o.ca.token(
        o.ca.claims("joe")))
    host = "https://localhost:%d" % o.ca.port
    o.ssh_sign("ssh sign, refused: T14 for revocation", s.token(
        aud=host + "/1.0/ssh/revoke"))
    o.ssh_sign("ssh sign, refused: T12 expired", s.token(exp=1))
    o.ssh_sign("ssh sign, refused: T15 no subject", s.token(sub=""))
    token = s.token()
    o.ssh_sign("ssh sign: once", token)
    o.ssh_sign("ssh sign, refused: T16 twice", token)
    o.ssh_sign("ssh sign, refused: another type", certType="host")
    o.ssh_sign("ssh sign, refused: another principal", principals=["jim"])
    o.ssh_sign("ssh sign, refused: an empty principal", principals=[""])
    o.ssh_sign("ssh sign: another key id", keyID="jim")
    o.ssh_sign("ssh sign, refused: other times", s.token(before="1h"),
               validBefore="2h")
    for case, after, before in (("backwards", "2h", "1h"),
                                ("over", "-2h", "-1h"),
                                ("too short", "", "1m"),
                                ("too long", "", "25h")):
        o.ssh_sign("ssh sign, refused: times, " + case, validAfter=after,
                   validBefore=before)
    o.ssh_sign("ssh sign, refused: times, none", validBefore="tomorrow")
    o.ssh_sign("ssh sign, refused: type in the token", s.token(certType="x"))
    o.ssh_sign("ssh sign, refused: identity of no one",
               identityCSR="x")


def ssh_renew(o):
    s = o.ssh
    for name in ("a", "b", "c"):
        ssh_key(name, "ecdsa")
        o.ssh_sign("ssh renew: a certificate, " + name, s.host_token(
            before="90h"), name)
    o.ssh_sign("ssh renew: a user's", s.token())
    o.see("ssh renew", "POST", "/ssh/renew", {"ott": s.pop("a", "renew")})
    o.see("ssh renew: at 1.0", "POST", "/1.0/ssh/renew",
          {"ott": s.pop("a", "renew")})
    o.see("ssh rekey", "POST", "/ssh/rekey", {
        "ott": s.pop("a", "rekey"), "publicKey": ssh_key("id")})
    for op, more in (("renew", {}), ("rekey", {"publicKey": ssh_key("id")})):
        where, refused = "/ssh/" + op, "ssh %s, refused: " % op
        o.see(refused + "no body", "POST", where, "\n")
        o.see(refused + "no members", "POST", where, {})
        token = s.pop("b", op)
        o.see("ssh %s: once" % op, "POST", where, dict(more, ott=token))
        for case, ott in (
                ("no token", "x"), ("T16 twice", token),
                ("another kind of token", s.token()),
                ("S a user's", s.pop("id", op)),
                ("for another operation", s.pop("b", "revoke")),
                ("T28 empty subject", s.pop("b", op, sub="")),
                ("of another issuer", s.pop("b", op, iss="admin")),
                ("expired", s.pop("b", op, exp=1))):
            o.see(refused + case, "POST", where, dict(more, ott=ott))
    for case, key in (("no key", ""), ("no SSH key", "AAAA"),
                      ("weak key", ssh_key("weak", "rsa", "-b", "1024"))):
        o.see("ssh rekey, refused: " + case, "POST", "/ssh/rekey",
              {"ott": s.pop("b", "rekey"), "publicKey": key})


def ssh_revoke(o):
    s = o.ssh
    doc = o.ssh_sign("ssh revoke: a certificate", s.host_token(), "c")
    number = serial(doc["crt"])
    for case, body in (
            ("no body", "\n"), ("no members", {}),
            ("no passive", {"serial": "1", "ott": "x"}),
            ("reasonCode 11", {"serial": "1", "ott": "x", "reasonCode": 11,
                               "passive": True}),
            ("no token", {"serial": "1", "passive": True}),
            ("nonsense for a token", {"serial": "1", "ott": "x",
                                      "passive": True}),
            ("T14 for signing", {"serial": "1", "passive": True,
                                 "ott": s.token("1")}),
            ("R12 another subject", {"serial": "1", "passive": True,
                                     "ott": s.token("2", aud=None)})):
        o.see("ssh revoke, refused: " + case, "POST", "/ssh/revoke", body)

    def token(sub):
        return o.ca.token(s.claims(sub, op="revoke"))

    body = {"serial": "88", "passive": True}
    o.see("ssh revoke, refused: R12 the subject of another", "POST",
          "/ssh/revoke", dict(body, ott=token("1")))
    o.see("ssh revoke, refused: T28 of another certificate", "POST",
          "/ssh/revoke", dict(body, ott=s.pop("c", "revoke", sub="88")))
    body["serial"] = number
    o.see("ssh revoke: by itself", "POST", "/ssh/revoke",
          dict(body, ott=s.pop("c", "revoke")))
    o.see("ssh revoke, refused: R13 twice", "POST", "/ssh/revoke",
          dict(body, ott=token(number)))
    o.see("ssh revoke: by token", "POST", "/ssh/revoke",
          dict(body, serial="99", ott=token("99"), reasonCode=3, reason="x"))
    for op, more in (("renew", {}), ("rekey", {"publicKey": ssh_key("id")})):
        o.see("ssh %s, refused: revoked" % op, "POST", "/ssh/" + op,
              dict(more, ott=s.pop("c", op)))


def ssh_public(o):
    o.see("GET ssh hosts", "GET", "/ssh/hosts")
    o.see("GET ssh get-hosts", "GET", "/ssh/get-hosts")
    user = {"StepPath": "/home/joe/.step", "GOOS": "linux", "User": "joe"}
    for case, body in (
            ("of a user", {"type": "user", "data": user}),
            ("of no type", {"data": user}),
            ("of version 2", {"type": "user", "data": dict(
                user, StepSSHTemplateVersion="v2", StepBasePath="/home/joe",
                Context="x", Console="true", Provisioner="admin")}),
            ("of Windows", {"type": "user", "data": dict(
                user, GOOS="windows")}),
            ("of no user", {"type": "user", "data": {}}),
            ("of a host", {"type": "host", "data": {
                "Certificate": "host-cert.pub", "Key": "host_key"}}),
            ("refused: of a host, no data", {"type": "host"}),
            ("refused: of something else", {"type": "x"}),
            ("refused: no members", {}), ("refused: no body", "\n"),
            ("refused: data is a list", {"data": []}),
            ("refused: a value is a number", {"data": {"a": 1}})):
        o.see("ssh config, " + case, "POST", "/ssh/config", body)
    o.see("ssh config, with a type in the path", "POST", "/ssh/config/host",
          {"type": "user", "data": user})
    for case, body in (
            ("there", {"type": "host", "principal": "h.example.com"}),
            ("upper case", {"type": "host", "principal": "H.EXAMPLE.COM"}),
            ("unknown", {"type": "host", "principal": "x.example.com"}),
            ("refused: a user", {"type": "user", "principal": "joe"}),
            ("refused: no principal", {"type": "host"}),
            ("refused: no type", {"principal": "h.example.com"}),
            ("refused: no body", "\n")):
        o.see("ssh check-host, " + case, "POST", "/ssh/check-host", body)
    for case, body in (
            ("of a host", {"user": "joe", "hostname": "h.example.com"}),
            ("of the bastion", {"user": "joe",
                                "hostname": "BASTION.example.com"}),
            ("refused: no host", {"user": "joe"}),
            ("refused: no body", "\n")):
        o.see("ssh bastion, " + case, "POST", "/ssh/bastion", body)


ANSWERED = [ssh_sign, ssh_renew]
GROUPS = ANSWERED + [ssh_refused, ssh_revoke, ssh_public]
