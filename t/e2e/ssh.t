#!/usr/bin/python3
"""SSH certificates of a running authority: issued over real nginx, looked at
by ssh-keygen, used with a real sshd (attack rows S1 to S8, S11, S12)."""

import base64
import getpass
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
from cryptography.hazmat.primitives import serialization
import stepc_ssh
from stepc_ca import CA, P400, P401, P403, DEFAULT_401, done, ok, same
from stepc_ssh import KEYGEN, SSHD, Ssh, Sshd, inspect, make_key, read

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
ca = CA()
ssh = Ssh(ca)
DAY = 86400

with open(os.path.join(ca.demo, "certs/ssh_user_ca_key.pub")) as f:
    user_ca = f.read()
with open(os.path.join(ca.demo, "certs/ssh_host_ca_key.pub")) as f:
    host_ca = f.read()


def fingerprint(line):
    stepc_ssh.write("line.pub", line)
    return stepc_ssh.keygen("-lf", "line.pub").split()[1]


# --- what is issued ---------------------------------------------------------

EXTENSIONS = ["permit-X11-forwarding", "permit-agent-forwarding",
              "permit-port-forwarding", "permit-pty", "permit-user-rc"]
joe = make_key("joe")
now = int(time.time())
status, doc = ssh.sign(joe, ssh.token(
    "joe@example.com", principals=["joe", "joe@example.com"]))
same(status, 201, "a user certificate")
same(list(doc), ["crt"], "nothing else that was not asked for")
c = inspect(doc["crt"])
ok("ssh-ed25519-cert-v01@openssh.com user certificate" in c["Type"],
   "it is one for users", c["Type"])
same(c["principals"], ["joe", "joe@example.com"], "principals of the token")
same(c["Key ID"], '"joe@example.com"', "key id: the token's subject")
same(c["critical"] + c["extensions"], ["(none)"] + EXTENSIONS
     if c["critical"] == ["(none)"] else EXTENSIONS, "the five extensions")
ok(fingerprint(user_ca) in c["Signing CA"], "signed by the user CA",
   c["Signing CA"])
ok(abs(c["from"] - (now - 60)) <= 3 and
   c["to"] - c["from"] == 16 * 3600 + 60, "16 hours, backdated by a minute",
   c["Valid"])
stepc_ssh.save_cert("joe", doc["crt"])

host = make_key("host", "ecdsa")
status, doc = ssh.sign(host, ssh.host_token(), path="/sign-ssh",
                       certType="host", principals=["H.example.com"],
                       keyID="other", validAfter="", validBefore="",
                       identityCSR=None, templateData={"a": 1})
same(status, 201, "a host certificate, at /sign-ssh")
c = inspect(doc["crt"])
ok("host certificate" in c["Type"], "it is one for hosts", c["Type"])
same(c["principals"], ["h.example.com"], "its name")
same(c["extensions"], [], "no extensions") if not c["extensions"] else \
    same(c["extensions"], ["(none)"], "no extensions")
ok(fingerprint(host_ca) in c["Signing CA"], "signed by the host CA",
   c["Signing CA"])
ok(c["to"] - c["from"] == 30 * DAY + 60, "30 days", c["Valid"])
host_cert = stepc_ssh.save_cert("host", doc["crt"])

for kind, args in (("ecdsa", ("-b", "384")), ("ecdsa", ("-b", "521")),
                   ("rsa", ("-b", "2048"))):
    name = kind + "".join(args)
    status, doc = ssh.sign(make_key(name, kind, *args), ssh.token())
    same(status, 201, "a certificate for " + name)
    inspect(doc["crt"])


def sk(name, key, tail):
    """A key in a token, of the numbers of a plain one."""
    def text(s):
        return len(s).to_bytes(4, "big") + s
    blob = base64.b64decode(key)
    n = int.from_bytes(blob[:4], "big")
    return base64.b64encode(text(name) + blob[4 + n:] + text(tail)).decode()


for name, key in ((b"sk-ssh-ed25519@openssh.com", joe),
                  (b"sk-ecdsa-sha2-nistp256@openssh.com", host)):
    status, doc = ssh.sign(sk(name, key, b"ssh:"), ssh.token())
    same(status, 201, "a certificate for " + name.decode())
    ok(name.decode().split("@")[0] in inspect(doc["crt"])["Type"],
       "ssh-keygen knows it")

# --- times ------------------------------------------------------------------

status, doc = ssh.sign(joe, ssh.token(), validAfter="-5m", validBefore="10m")
c = inspect(doc["crt"])
ok(status == 201 and c["to"] - c["from"] == 900, "times of the request",
   c["Valid"])
status, doc = ssh.sign(joe, ssh.token(after="1h", before="2h"))
c = inspect(doc["crt"])
ok(status == 201 and c["to"] - c["from"] == 3600 and
   abs(c["from"] - time.time() - 3600) < 5, "times of the token", c["Valid"])
status, doc = ssh.sign(joe, ssh.token(before="2h"), validBefore="2h")
same(status, 201, "both the same")

# --- an account on a host ---------------------------------------------------

provisioner = make_key("provisioner")
status, doc = ssh.sign(joe, ssh.token(principals=["joe", "joe@example.com"]),
                       addUserPublicKey=provisioner)
same((status, list(doc)), (201, ["crt", "addUserCrt"]),
     "a second certificate, to make the account")
c = inspect(doc["addUserCrt"])
same(c["principals"], ["provisioner"], "its principal")
same(c["Key ID"], '"joe-provisioner"', "its key id")
same(c["critical"], [
    "force-command sudo useradd -m joe; nc -q0 localhost 22"],
    "its one command")
same([e for e in c["extensions"] if e != "(none)"], [], "no extensions")
for what, principals in (
        ("three principals", ["a", "b", "c@d"]),
        ("a second that is no mail address", ["a", "b"]),
        ("a name that a shell reads otherwise", ["a;id"]),
        ("a name like an option", ["-f"])):
    status, doc = ssh.sign(joe, ssh.token(principals=principals),
                           addUserPublicKey=provisioner)
    same((status, list(doc)), (201, ["crt"]), "no account for " + what)

# --- the X.509 certificate that goes with it --------------------------------

from cryptography import x509
from cryptography.x509.oid import NameOID

EC = stepc_ca.make_key()
URN = "urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def identity(name="joe", uris=(URN,), sans=True):
    names = [x509.DNSName(name)] if sans else []
    return stepc_ca.make_csr(EC, name, names + [
        x509.UniformResourceIdentifier(u) for u in uris])


ott = ssh.token("joe", principals=["joe"])
status, doc = ssh.sign(joe, ott, identityCSR=identity())
same((status, list(doc)), (201, ["crt", "identityCrt"]),
     "an identity certificate comes along")
chain = [x509.load_pem_x509_certificate(p.encode())
         for p in doc["identityCrt"]]
same(len(chain), 2, "with its issuer")
same(chain[0].issuer, chain[1].subject, "which issued it")
chain[1].public_key().verify(
    chain[0].signature, chain[0].tbs_certificate_bytes,
    stepc_ca.ec.ECDSA(chain[0].signature_hash_algorithm))
ok(True, "its signature verifies")
same(chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value,
     "joe", "its name is the token's")
names = chain[0].extensions.get_extension_for_class(
    x509.SubjectAlternativeName).value
same(names.get_values_for_type(x509.UniformResourceIdentifier), [URN],
     "the URN is in it")
c = inspect(doc["crt"])
import calendar
same([calendar.timegm(t.timetuple()) for t in (
    chain[0].not_valid_before, chain[0].not_valid_after)],
     [c["from"], c["to"]], "as long as the SSH certificate")
status, doc = ssh.sign(host, ssh.host_token("h2.example.com"),
                       identityCSR=identity("h2.example.com", ()))
leaf = x509.load_pem_x509_certificate(doc["identityCrt"][0].encode())
c = inspect(doc["crt"])
same(calendar.timegm(leaf.not_valid_after.timetuple()), c["to"],
     "of a host for its 30 days, whatever TLS certificates may have")

# --- refusals ---------------------------------------------------------------

before = ca.ledger()


def refused(name, want, message, key, ott, **more):
    global before
    status, doc = ssh.sign(key, ott, **more)
    after = ca.ledger()
    good = status == want and doc.get("status") == want and \
        "crt" not in doc and after == before and \
        (message is None or doc["message"] == message or
         message.endswith("*") and doc["message"].startswith(message[:-1]))
    ok(good, "%s: %d, nothing recorded" % (name, want),
       "got %d %r" % (status, doc), "want %d %r" % (want, message),
       "" if after == before else "the ledger has changed")
    before = after


spent = ssh.token()
same(ssh.sign(joe, spent)[0], 201, "a token")
before = ca.ledger()
refused("the same once more", 401, P401 + "the token was already used",
        joe, spent)

refused("S1 principals [\"\"] asked for", 400,
        P400 + "principals cannot contain empty values.", joe, ssh.token(),
        principals=[""])
refused("S1 principals [\"\"] in the token", 400, P400 + "principals cannot*",
        joe, ssh.token(principals=[""]))
status, doc = ssh.sign(joe, ssh.token("joe", principals=[]))
same(inspect(doc["crt"])["principals"], ["joe"],
     "S1 an empty list means the subject, never everybody")
status, doc = ssh.sign(host, ssh.token("h", "host", []))
same(inspect(doc["crt"])["principals"], ["h"], "S1 for hosts as well")
before = ca.ledger()
for p in ("deploy,root", "a b", "a\nb", "*", "root\0", "x" * 4096, "*.a.b",
          "a\"b", "!a", "#a"):
    refused("S2 principal %r" % p[:20], 401 if "\0" in p else 400, None, joe,
            ssh.token(principals=[p]))
refused("S2 principal that is not UTF-8", 401, DEFAULT_401, joe,
        ca.token(payload=__import__("json").dumps(
            ssh.claims("joe", {"principals": ["XX"]})).encode().replace(
                b"XX", b"\xff\xfe")))
refused("S3 a principal that the token has not", 403,
        P403 + "ssh certificate principals does not match - "
        "got [root], want [joe].", joe, ssh.token(), principals=["root"])
refused("S3 one of two", 403, None, joe, ssh.token(),
        principals=["joe", "root"])
refused("S3 not the subject, when the token has none", 403, None, joe,
        ssh.token(principals=[]), principals=["root"])
refused("S4 a host certificate for a user's token", 403,
        P403 + "ssh certificate type does not match - got host, want user.",
        joe, ssh.token(), certType="host")
refused("S4 a user certificate for a host's token", 403,
        P403 + "ssh certificate type does not match - got user, want host.",
        joe, ssh.host_token(), certType="user")
refused("S4 a host certificate for a token without type", 403, None, joe,
        ssh.token(certType=""), certType="host")
refused("S4 type 3", 400, P400 + "invalid certType '3'.", joe, ssh.token(),
        certType="3")
refused("S4 type 3 in the token", 400, P400 + "unknown certificate type '3'.",
        joe, ssh.token(certType="3"))
refused("S5 end before beginning", 400,
        P400 + "ssh certificate validAfter cannot be greater than "
        "validBefore.", joe, ssh.token(), validAfter="2h", validBefore="1h")
refused("S5 the end is past", 400,
        P400 + "ssh certificate validBefore cannot be in the past.", joe,
        ssh.token(), validAfter="-3h", validBefore="-2h")
refused("S5 the end is 1970", 400, None, joe, ssh.token(),
        validBefore="1970-01-01T00:00:00Z")
refused("S5 the end is 2^64-1", 400, None, joe, ssh.token(),
        validBefore=str(2**64 - 1))
refused("S5 the end is 9999", 403, None, joe, ssh.token(),
        validBefore="9999-12-31T23:59:59Z")
refused("S5 too long", 403,
        P403 + "requested duration of 24h2m0s is greater than maximum "
        "accepted duration for selected provisioner of 24h1m0s "
        "(maxUserSSHCertDuration is 24h0m0s, set by the built-in default; to "
        "change it: stepc ca provisioner update admin --ssh-user-max-dur "
        "DURATION).",
        joe,
        ssh.token(), validBefore="24h1m")
refused("S5 too short", 403,
        P403 + "requested duration of 2m0s is less than minimum accepted "
        "duration for selected provisioner of 5m0s "
        "(minUserSSHCertDuration is 5m0s, set by the built-in default; to "
        "change it: stepc ca provisioner update admin --ssh-user-min-dur "
        "DURATION).",
        joe, ssh.token(),
        validAfter="1m", validBefore="3m")
refused("S5 a host's, too long", 403, None, joe, ssh.host_token(),
        validBefore="721h")
refused("S5 other times than the token's", 403,
        P403 + "ssh certificate validBefore does not match - got 2h0m0s, "
        "want 1h0m0s.", joe, ssh.token(before="1h"), validBefore="2h")

# S6 keys
dsa = base64.b64encode(b"\0\0\0\7ssh-dss").decode()
refused("S6 DSA", 400, P400 + "ssh certificate key algorithm (DSA) is not "
        "supported.", dsa, ssh.token())
refused("S6 RSA 1024", 403, P403 + "ssh certificate key must be at least "
        "2048 bits (256 bytes).", make_key("r1024", "rsa", "-b", "1024"),
        ssh.token())
rsa = base64.b64decode(make_key("r2048", "rsa", "-b", "2048"))
for what, e in (("2^40 + 1", b"\1\0\0\0\0\1"), ("2^40", b"\1\0\0\0\0\0"),
                ("1", b"\1")):
    # The exponent 65537 stands behind the name, three octets with a length.
    refused("S6 RSA e = " + what, 403, None, base64.b64encode(
        rsa[:11] + len(e).to_bytes(4, "big") + e + rsa[18:]).decode(),
        ssh.token())
refused("S6 a certificate instead of a key", 400,
        P400 + "error parsing publicKey.", read("joe-cert.pub").split()[1],
        ssh.token())
blob = base64.b64decode(joe)
for what, data in (
        ("cut short", blob[:-1]), ("bytes behind it", blob + b"\0"),
        ("empty", b""), ("another name inside",
                         blob.replace(b"ssh-ed25519", b"ssh-ed25518"))):
    refused("S6 " + what, 400, None, base64.b64encode(data).decode(),
            ssh.token())
point = base64.b64decode(host)
refused("S6 a point off the curve", 400, None, base64.b64encode(
    point[:-1] + bytes([point[-1] ^ 1])).decode(), ssh.token())
refused("S6 another curve inside", 400, None, base64.b64encode(
    point.replace(b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp384")).decode(),
    ssh.token())
for name, line in (("user", user_ca), ("host", host_ca)):
    refused("the %s CA's own key" % name, 403, None, line.split()[1],
            ssh.token())

# S7, S8
for extra in ({"criticalOptions": {"force-command": "x"}},
              {"extensions": {"permit-pty": "", "x": "y"}}):
    status, doc = ssh.sign(joe, ssh.token(), **extra)
    c = inspect(doc["crt"])
    same([x for x in c["critical"] + c["extensions"] if x != "(none)"],
         EXTENSIONS, "S7 %s of a request count for nothing" % list(extra)[0])
before = ca.ledger()
refused("S8 key id with a newline", 400, None, joe,
        ssh.token(keyID="joe\nroot"))
refused("S8 key id of 4 KB", 400, None, joe, ssh.token(keyID="k" * 4096))
refused("S8 key id of 1 MB", 413, None, joe, ssh.token(keyID="k" * 1048576))

broken = identity().splitlines()
broken[3] = broken[3][:-4] + ("AAAA" if broken[3][-4:] != "AAAA" else "BBBB")
refused("identityCSR that is not signed by its key", 400, None, joe,
        ssh.token(), identityCSR="\n".join(broken) + "\n")
refused("identityCSR that is none", 400, None, joe, ssh.token(),
        identityCSR="x")
refused("identityCSR for another name", 403, None, joe, ssh.token(),
        identityCSR=identity("root"))
refused("identityCSR with another URI", 403, None, joe, ssh.token(),
        identityCSR=identity("joe", ("https://x.example/",)))
refused("identityCSR with two URNs", 403, None, joe, ssh.token(),
        identityCSR=identity("joe", (URN, URN[:-1] + "2")))
refused("identityCSR with a key of the CA", 403, None, joe, ssh.token(),
        identityCSR=stepc_ca.make_csr(serialization.load_pem_private_key(
            open(os.path.join(ca.demo, "secrets/intermediate_ca_key"),
                 "rb").read(), ca.password.encode()), "joe"))

# credentials and documents
refused("no key", 400, P400 + "missing or empty publicKey.", "", ssh.token())
refused("no token", 400, P400 + "missing or empty ott.", joe, "")
refused("no base64", 400, P400 + "error decoding json.", "!", ssh.token())
refused("a token for X.509", 401, None, joe, ca.token())
refused("T14 a token for revoking", 401, None, joe,
        ca.token(ssh.claims("joe", {}, op="revoke")))
refused("a token of nobody", 401, DEFAULT_401, joe, ca.token(
    ssh.claims("joe", {}), header={"kid": "other"}))
refused("an expired token", 401, None, joe, ca.token(ssh.claims(
    "joe", {}, exp=int(time.time()) - 100)))
refused("T20 times of the wrong kind", 401, None, joe, ca.token(ssh.claims(
    "joe", {"validAfter": 7})))
status, doc = ca.sign(
    stepc_ca.make_csr(stepc_ca.make_key(), "joe"), ssh.token())
same(status, 401, "T14 an SSH token is not good for X.509")

# S11 serials
serials = set()
for i in range(50):
    c = inspect(ssh.sign(joe, ssh.token())[1]["crt"])
    serials.add(int(c["Serial"]))
ok(len(serials) == 50 and 0 not in serials and
   any(s >= 2**63 for s in serials) and max(serials) < 2**64,
   "S11 serials: 50 of 64 bits, none twice, none 0")

# --- a real server ----------------------------------------------------------

if SSHD is None or stepc_ssh.SSH is None:
    print("# no sshd: what it lets in is not tried")
else:
    me = getpass.getuser()
    server = Sshd(user_ca, "host", host_cert)
    known = stepc_ssh.write("known_hosts", "@cert-authority * " + host_ca)

    def login(name, want, why, **more):
        status, doc = ssh.sign(joe, ssh.token(me, principals=[me], **more))
        stepc_ssh.save_cert("joe", doc["crt"])
        got, said = server.login("joe", me)
        ok(status == 201 and got == want, "S15 sshd: " + why, said,
           server.said()[-2000:])

    login("joe", True, "a user's certificate is let in")
    got, said = server.login("joe", me, known, "h.example.com")
    ok(got, "S15 ssh: the host certificate is believed without a question",
       said)
    got, said = server.login("joe", me, known, "other.example.com")
    ok(not got and "certificate" in said.lower(),
       "S15 ssh: not for another name", said)
    login("joe", False, "not yet valid: refused", after="1h", before="2h")
    status, doc = ssh.sign(joe, ssh.token(
        me, principals=[me], after="-10m", before="1s"))
    stepc_ssh.save_cert("joe", doc["crt"])
    stepc_ssh.until_expired(doc["crt"])
    got, said = server.login("joe", me)
    ok(status == 201 and not got, "S15 sshd: expired: refused", said)
    status, doc = ssh.sign(joe, ssh.token("other", principals=["other"]))
    stepc_ssh.save_cert("joe", doc["crt"])
    got, said = server.login("joe", me)
    ok(not got,
       "S15 sshd: another principal is refused", said)
    status, doc = ssh.sign(joe, ssh.host_token(me))
    stepc_ssh.save_cert("joe", doc["crt"])
    got, said = server.login("joe", me)
    ok(not got, "S15 sshd: a host's certificate is refused for a user", said)
    make_key("otherca")
    stepc_ssh.keygen("-q", "-s", "otherca", "-I", "x", "-n", me, "joe.pub")
    got, said = server.login("joe", me)
    ok(not got, "S15 sshd: another CA's certificate is refused", said)
    server.close()

# --- an RSA authority -------------------------------------------------------

for side in ("user", "host"):
    key = os.path.join(ca.demo, "secrets/ssh_%s_ca_key" % side)
    os.unlink(key)
    os.unlink(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % side))
    stepc_ssh.keygen("-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "",
                     "-C", "", "-f", key)
    os.rename(key + ".pub",
              os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % side))
ca.restart()
for ott in (ssh.token(), ssh.host_token()):
    status, doc = ssh.sign(joe, ott, addUserPublicKey=provisioner)
    for crt in doc.values():
        ok("(using rsa-sha2-256)" in inspect(crt)["Signing CA"],
           "S12 an RSA key signs with SHA-2")

# --- one key, and none ------------------------------------------------------

del ca.config["ssh"]["hostKey"]
ca.write_config()
ca.restart()
same(ssh.sign(joe, ssh.token())[0], 201, "users alone")
same(ssh.sign(joe, ssh.host_token())[0], 501, "no host key: 501")
ca.config["authority"]["provisioners"][0]["claims"]["enableSSHCA"] = False
ca.write_config()
ca.restart()
same(ssh.sign(joe, ssh.token())[0], 401, "enableSSHCA is not set: 401")
del ca.config["ssh"]
ca.write_config()
ca.restart()
same(ssh.sign(joe, ssh.token())[0], 501, "no ssh in ca.json: 501")

ca.check_logs("/ssh/sign")
done()
