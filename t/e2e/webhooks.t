#!/usr/bin/python3
"""Webhooks against a running authority and a server of the test's own: what
they are told, what they change, and that nothing is issued, recorded or spent
without their word (attack rows F7, T14)."""

import base64
import calendar
import datetime
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, P403, Refusals, done, free_port, \
    make_csr, make_key, ok, same
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
import stepc_ssh
from stepc_webhook import Hooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from jwcrypto import jwe, jwk

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

PORT, UNTRUSTED, NOBODY = free_port(), free_port(), free_port()
URL = "https://localhost:%d/" % PORT
SECRET = base64.b64encode(os.urandom(32)).decode()
BEARER, PASSWORD = os.urandom(16).hex(), os.urandom(16).hex()
SERIAL = 0x1122334455667788990a  # more than 64 bits
LEAF = """{"subject": {"commonName": {{ toJson .Subject.CommonName }},
  "organizationalUnit": {{ toJson .Webhooks.people.team }}},
  "sans": {{ toJson .SANs }}, "keyUsage": "digitalSignature",
  "extKeyUsage": ["serverAuth", "emailProtection"],
  "unknownExtKeyUsage": "1.2.3.4"}"""
SSH_LEAF = """{"type": {{ toJson .Type }}, "keyId": {{ toJson .KeyID }},
  "principals": {{ toJson (concat .Principals .Webhooks.people.names) }},
  "extensions": {{ toJson .Extensions }}}"""
FULL = """{"subject": {"commonName": "full", "country": "CH"},
  "serialNumber": "%d", "dnsNames": "one.example.com",
  "ipAddresses": ["192.0.2.7"], "sans": [{"value": "two.example.com"}],
  "basicConstraints": {"isCA": false}, "subjectKeyId": "AQID",
  "ocspServer": "http://ocsp.example.com/",
  "issuingCertificateURL": ["http://ca.example.com/1.crt"],
  "crlDistributionPoints": "http://crl.example.com/1",
  "policyIdentifiers": ["1.2.3.4"], "signatureAlgorithm": "ecdsa-sha512",
  "nameConstraints": {"critical": true, "permittedDNSDomains": ".a.test"},
  "extensions": [{"id": "1.3.6.1.4.1.99999.1", "value": "BQA="}]}""" % SERIAL


def hook(name, path, kind="ENRICHING", **more):
    return dict({"id": "id-" + name, "name": name, "kind": kind,
                 "url": URL + path, "secret": SECRET}, **more)


def auth(path, **more):
    return hook("gate", path, "AUTHORIZING", **more)


PEOPLE = hook("people", "data/people?sub={{ .Token.sub | urlquery }}")
BROKEN = {"notjson": "<html>", "array": "[]", "number": "1",
          "noallow": '{"data": {}}', "text": '{"allow": "true"}',
          "empty": "", "twice": '{"allow": true, "allow": true}',
          "null": "null"}
HOOKS = {
    "both": [PEOPLE, auth("allow"), hook("other", "data/other",
                                         certType="ALL")],
    "x509only": [dict(PEOPLE, certType="X509"),
                 auth("deny/never", certType="SSH")],
    "sshonly": [dict(PEOPLE, certType="SSH"),
                auth("deny/never", certType="X509")],
    "full": [auth("allow")],
    "plain": [hook("people", "data/people"), auth("allow")],
    "ruled": [auth("allow/ruled")],
    "bearer": [auth("allow", bearerToken=BEARER, basicAuth={
        "username": "u", "password": PASSWORD})],
    "basic": [auth("allow", basicAuth={"username": "joe",
                                       "password": PASSWORD})],
    "unsigned": [{k: v for k, v in auth("allow").items()
                  if k not in ("secret", "id")}],
    "client": [auth("allow", clientCert="certs/hook.crt",
                    clientKey="secrets/hook.key")],
    "noclient": [auth("allow", clientCert="certs/hook.crt",
                      clientKey="secrets/hook.key",
                      disableTLSClientAuth=True)],
    "gone": [auth("allow", clientCert="certs/missing.crt",
                  clientKey="secrets/hook.key")],
    "path": [auth("allow/{{ .Token.sub }}/{{ index .SANs 0 | "
                  "toJson | urlquery }}")],
    "failurl": [auth('allow/{{ fail "hands off" }}')],
    "longurl": [auth('allow/{{ repeat 10000 "x" }}')],
    "deny": [hook("people", "deny")],
    "why": [auth("why")],
    "second": [auth("allow/first"), hook("then", "deny", "authorizing")],
    "flaky": [auth("flaky")],
    "cut": [auth("cut")],
    "503": [auth("status/503")],
    "403": [auth("status/403")],
    "redirect": [auth("status/307")],
    "hang": [auth("hang")],
    "drip": [auth("drip")],
    "slow": [dict(auth("slow/6"), name="s%d" % i) for i in range(5)],
    "most": [hook("people", "large/%d" % (256 * 1024))],
    "toomuch": [hook("people", "large/%d" % (256 * 1024 + 1))],
    "untrusted": [dict(auth("allow"),
                       url="https://localhost:%d/allow" % UNTRUSTED)],
    "othername": [dict(auth("allow"),
                       url="https://127.0.0.2:%d/allow" % PORT)],
    "nobody": [dict(auth("allow"),
                    url="https://localhost:%d/allow" % NOBODY)],
    "notify": [hook("tell", "deny", "NOTIFYING"),
               hook("challenge", "deny", "SCEPCHALLENGE")],
}
HOOKS.update(("broken-" + k, [auth("text/" + k)]) for k in BROKEN)
# Their provisioners are disabled, which ca validate says.
BAD = {
    "http": (auth("x", url="http://localhost/"), "url must use https"),
    "user": (auth("x", url="https://me:you@localhost/"),
             "may not contain username"),
    "nohost": (auth("x", url="https:///x"), "url is invalid"),
    "anyhost": (auth("x", url="https://{{ .Token.sub }}/x"),
                "url is invalid"),
    "kind": (dict(auth("x"), kind="ASKING"), "kind is none of"),
    "certs": (auth("x", certType="TLS"), "certType is none of"),
    "secret": (auth("x", secret="?" + PASSWORD), "secret is not base64"),
    "line": (auth("x", bearerToken="a\r\nX-More: b"), "control characters"),
}
OPTIONS = {
    "both": {"x509": {"template": LEAF}, "ssh": {"template": SSH_LEAF}},
    "x509only": {"x509": {"template": LEAF}},
    "sshonly": {"ssh": {"template": SSH_LEAF}},
    "full": {"x509": {"template": FULL}},
    "ruled": {"x509": {"policy": {"deny": {"dns": ["a.example.com"]}}}},
}
KEYS = {n: jwk.JWK.generate(kty="EC", crv="P-256", kid=n)
        for n in list(HOOKS) + list(BAD) + ["many"]}


def provisioner(name, hooks, password):
    e = jwe.JWE(KEYS[name].export_private().encode(), json.dumps({
        "alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "cty": "jwk+json"}),
        algs=["PBES2-HS256+A128KW", "A256GCM"])
    e.add_recipient(jwk.JWK(kty="oct", k=stepc_ca.b64u(password)))
    return {"type": "JWK", "name": name, "claims": {"enableSSHCA": True},
            "key": json.loads(KEYS[name].export_public()),
            "encryptedKey": e.serialize(True),
            "options": dict(OPTIONS.get(name, {}), webhooks=hooks)}


def edit(config, demo):
    with open(os.path.join(demo, "password.txt")) as f:
        password = f.read().rstrip()
    config["authority"]["provisioners"] += [
        provisioner(n, h, password) for n, h in HOOKS.items()]
    with open(os.path.join(demo, "certs/root_ca.crt"), "rb") as f:
        config["authority"]["provisioners"].append({
            "type": "X5C", "name": "vouch", "roots": base64.b64encode(
                f.read()).decode(), "claims": {"enableSSHCA": True},
            "options": {"webhooks": [hook("people", "data/people"),
                                     auth("allow")]}})


# F7: a name that only requests may have set.
os.environ["HTTP_PROXY"] = "http://127.0.0.1:%d" % NOBODY
ca = CA(edit)
ssh = Ssh(ca)
key = make_key()
request = make_csr(key)
ssh_key = stepc_ssh.make_key("joe")
PEM = serialization.Encoding.PEM


def write(name, text, mode=0o600):
    path = os.path.join(ca.demo, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode),
              "w") as f:
        f.write(text)
    return path


def certified(name, cn):
    """Files of a certificate that the authority's own provisioner gives."""
    k = make_key()
    status, doc = ca.sign(make_csr(k, cn), ca.token(ca.claims(cn)))
    same(status, 201, cn + ": 201")
    certified.last = k, doc["certChain"]
    return write("certs/%s.crt" % name, "".join(doc["certChain"]), 0o644), \
        write("secrets/%s.key" % name, k.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode())


def self_signed():
    k = make_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.datetime.utcnow()
    c = x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(k.public_key()).serial_number(7) \
        .not_valid_before(at - datetime.timedelta(hours=1)) \
        .not_valid_after(at + datetime.timedelta(hours=1)) \
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost")]), False).sign(k, hashes.SHA256())
    return write("certs/self.crt", c.public_bytes(PEM).decode()), \
        write("secrets/self.key", k.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode())


certified("hook", "stepc-ca")
voucher, vouched = certified.last
DATA = dict(BROKEN, people={"team": ["blue & <green>", 'qu"ote'],
                            "names": ["zoe"], "n": 7}, other=None)
SECRETS = {h["id"]: SECRET for hooks in HOOKS.values() for h in hooks
           if "id" in h}
hooks = Hooks(PORT, *certified("server", "localhost"), secrets=SECRETS,
              data=DATA, client_ca=os.path.join(
                  ca.demo, "certs/root_ca.crt"))
stranger = Hooks(UNTRUSTED, *self_signed(), secrets=SECRETS)
refuse = Refusals(ca)


def token(name, cn="a.example.com", **more):
    return ca.token(ca.claims(cn, iss=name, **more), {"kid": name},
                    KEYS[name])


def ssh_token(name, sub="joe", kind="user", **more):
    return ca.token(ssh.claims(sub, {
        "certType": kind, "keyID": "", "principals": [sub]}, iss=name, **more),
        {"kid": name}, KEYS[name])


head = None


def issue(name, what, ott=None, csr=request, headers=None):
    global head
    ott = ott or token(name)
    status, head, data = ca.request(
        "POST", "/1.0/sign", {"csr": csr, "ott": ott}, headers)
    ok(status == 201, what + ": 201", status, data)
    refuse.before = ca.ledger()
    if status != 201:
        return None
    return x509.load_pem_x509_certificate(json.loads(data)["crt"].encode())


def refused(name, what, message, asked, ott=None):
    """403, nothing recorded, asked so often; then the token is still good."""
    hooks.take()
    ott = ott or token(name)
    began = time.monotonic()
    refuse(what, 403, message if message is None else P403 + message,
           request, ott)
    took = time.monotonic() - began
    same(len(hooks.take()), asked, "... asked %d times" % asked)
    return took


def units(c):
    return [a.value for a in c.subject.get_attributes_for_oid(
        NameOID.ORGANIZATIONAL_UNIT_NAME)]


def spki(k):
    return base64.b64encode(k.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)).decode()


def b64(data):
    return base64.b64encode(data).decode()


def fresh(stamp):
    return abs(calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) -
               time.time()) < 60


# --- X.509: enriching and authorizing --------------------------------------

rich = make_csr(key, "a.example.com", [
    x509.DNSName("a.example.com"), x509.RFC822Name("me@example.com")],
    [(x509.KeyUsage(True, False, True, False, False, False, False, False,
                    False), True),
     (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1"),
                             x509.ObjectIdentifier("1.2.3.9")]), False),
     (x509.BasicConstraints(True, 2), True)])
ott = token("both", sans=["a.example.com", "me@example.com"])
c = issue("both", "enriching and authorizing", ott, rich)
same(sorted(units(c)), sorted(DATA["people"]["team"]),
     "the webhook's data are in the certificate")
seen = hooks.take()
same([r["path"] for r in seen],
     ["/data/people?sub=a.example.com", "/data/other", "/allow"],
     "enriching first, in order; the URL is a template")
ok(all(r["signed"] for r in seen), "each is signed with the secret")
same([r["headers"]["X-Smallstep-Webhook-ID"] for r in seen],
     ["id-people", "id-other", "id-gate"], "X-Smallstep-Webhook-ID")
same([r["headers"].get_all("X-Request-Id") for r in seen],
     [[head["X-Request-Id"]]] * 3, "X-Request-Id is that of the reply")
same({(r["method"], r["headers"]["Content-Type"],
       r["headers"]["Authorization"]) for r in seen},
     {("POST", "application/json", None)}, "POST of JSON, no credentials")
der = x509.load_pem_x509_csr(rich.encode())
body = seen[0]["body"]
ok(fresh(body.pop("timestamp")), "timestamp")
exts = [{"id": e.oid.dotted_string, "critical": e.critical,
         "value": b64(e.value.public_bytes())} for e in der.extensions]
same(list(body["x509CertificateRequest"]), [
    "version", "subject", "rawSubject", "dnsNames", "emailAddresses",
    "ipAddresses", "uris", "sans", "extensions", "keyUsage", "extKeyUsage",
    "unknownExtKeyUsage", "basicConstraints", "signatureAlgorithm",
    "publicKey", "publicKeyAlgorithm", "raw"], "the members, in order")
same(body, {"provisionerName": "both", "x509CertificateRequest": {
    "version": 0, "subject": {"commonName": "a.example.com"},
    "rawSubject": b64(der.subject.public_bytes()),
    "dnsNames": ["a.example.com"], "emailAddresses": ["me@example.com"],
    "ipAddresses": None, "uris": None, "sans": None, "extensions": exts,
    "keyUsage": ["digitalSignature", "keyEncipherment"],
    "extKeyUsage": ["serverAuth"], "unknownExtKeyUsage": ["1.2.3.9"],
    "basicConstraints": {"isCA": True, "maxPathLen": 2},
    "signatureAlgorithm": "", "publicKey": spki(key),
    "publicKeyAlgorithm": "ECDSA",
    "raw": b64(der.public_bytes(serialization.Encoding.DER))}},
    "an enriching webhook is told the request, member by member")
body = seen[2]["body"]
ok(fresh(body.pop("timestamp")), "timestamp")
stamp = "%Y-%m-%dT%H:%M:%SZ"
LISTS = dict.fromkeys(["ipAddresses", "uris", "dnsNames", "emailAddresses",
                       "extensions", "subjectKeyId", "authorityKeyId",
                       "ocspServer", "issuingCertificateURL",
                       "crlDistributionPoints", "policyIdentifiers",
                       "basicConstraints", "nameConstraints", "rawSubject",
                       "serialNumber", "raw", "unknownExtKeyUsage"])


def times(c):
    return {"notBefore": c.not_valid_before.strftime(stamp),
            "notAfter": c.not_valid_after.strftime(stamp),
            "publicKey": spki(key), "publicKeyAlgorithm": "ECDSA",
            "version": 0, "issuer": {}}


same(list(body["x509Certificate"]), [
    "version", "subject", "rawSubject", "issuer", "serialNumber", "dnsNames",
    "emailAddresses", "ipAddresses", "uris", "sans", "extensions", "keyUsage",
    "extKeyUsage", "unknownExtKeyUsage", "subjectKeyId", "authorityKeyId",
    "ocspServer", "issuingCertificateURL", "crlDistributionPoints",
    "policyIdentifiers", "basicConstraints", "nameConstraints",
    "signatureAlgorithm", "publicKey", "publicKeyAlgorithm", "notBefore",
    "notAfter", "raw"], "the members, in order")
units_told = body["x509Certificate"]["subject"].pop("organizationalUnit")
same(sorted(units_told), sorted(DATA["people"]["team"]), "the data as well")
same(body, {"provisionerName": "both", "x509Certificate": dict(
    LISTS, **times(c), subject={"commonName": "a.example.com"},
    sans=[{"type": "dns", "value": "a.example.com"},
          {"type": "email", "value": "me@example.com"}],
    keyUsage=["digitalSignature"],
    extKeyUsage=["serverAuth", "emailProtection"],
    unknownExtKeyUsage=["1.2.3.4"], signatureAlgorithm="")},
    "an authorizing webhook is told the certificate, member by member")

issue("both", "an RSA key", csr=make_csr(make_key("2048")))
same([r["body"].get("x509CertificateRequest", {}).get("publicKeyAlgorithm")
      for r in hooks.take()], ["RSA", "RSA", None], "publicKeyAlgorithm RSA")
c = issue("full", "a template of every member")
same(hooks.take()[0]["body"]["x509Certificate"], dict(
    LISTS, **times(c), subject={"country": ["CH"], "commonName": "full"},
    serialNumber=str(SERIAL),
    dnsNames=["one.example.com"], ipAddresses=["192.0.2.7"],
    sans=[{"type": "", "value": "two.example.com"}], keyUsage=None,
    extKeyUsage=[], basicConstraints={"isCA": False, "maxPathLen": 0},
    subjectKeyId="AQID", ocspServer=["http://ocsp.example.com/"],
    issuingCertificateURL=["http://ca.example.com/1.crt"],
    crlDistributionPoints=["http://crl.example.com/1"],
    policyIdentifiers=["1.2.3.4"], signatureAlgorithm="ECDSA-SHA512",
    extensions=[{"id": "1.3.6.1.4.1.99999.1", "critical": False,
                 "value": "BQA="}],
    nameConstraints=dict(dict.fromkeys([
        "excludedDNSDomains", "permittedIPRanges", "excludedIPRanges",
        "permittedEmailAddresses", "excludedEmailAddresses",
        "permittedURIDomains", "excludedURIDomains"]), critical=True,
        permittedDNSDomains=[".a.test"])), "... is told whole")
same(c.serial_number, SERIAL, "... and that is what is signed")
status, doc = ca.sign(request, ca.token())
plain = x509.load_pem_x509_certificate(doc["crt"].encode())
c = issue("plain", "webhooks without a template")
same([e.oid for e in c.extensions], [e.oid for e in plain.extensions],
     "... issue the built-in certificate")
same(len(hooks.take()), 2, "... both asked")

# --- which of them ----------------------------------------------------------

c = issue("x509only", "certType X509")
same([r["path"] for r in hooks.take()], ["/data/people?sub=a.example.com"],
     "one for SSH is not asked about X.509")
c = issue("notify", "NOTIFYING and SCEPCHALLENGE")
same(hooks.take(), [], "nobody calls them")
took = refused("ruled", "a name that policy denies", None, 0)

# --- who asks ----------------------------------------------------------------

issue("bearer", "bearerToken")
same([r["headers"]["Authorization"] for r in hooks.take()],
     ["Bearer " + BEARER], "it wins over basicAuth")
issue("basic", "basicAuth")
same([r["headers"]["Authorization"] for r in hooks.take()],
     ["Basic " + b64(("joe:" + PASSWORD).encode())], "user and password")
issue("unsigned", "neither id nor secret")
r = hooks.take()[0]
ok(r["signed"], "signed with an empty key, as step-ca does")
same(r["headers"]["X-Smallstep-Webhook-ID"] or "", "", "no id")
issue("client", "clientCert")
same([r["peer"] for r in hooks.take()], [["stepc-ca"]], "who we are in TLS")
issue("noclient", "disableTLSClientAuth")
same([r["peer"] for r in hooks.take()], [[]], "nobody in particular")
refused("gone", "clientCert that is not there",
        "the webhook server cannot be asked.", 0)

# --- URLs --------------------------------------------------------------------

issue("path", "variables in the URL")
same([r["path"] for r in hooks.take()],
     ["/allow/a.example.com/%7B%22type%22%3A%22dns%22%2C%22value%22%3A%22"
      "a.example.com%22%7D"], "... are filled in")
refused("path", "a subject that would end the request line",
        "the webhook server cannot be asked.", 0,
        token("path", "a b\r\nX: y", sans=["a.example.com"]))
for name in ("failurl", "longurl"):
    refused(name, "a URL that cannot be made: " + name,
            "the webhook server cannot be asked.", 0)

issue("plain", "F7 neither HTTP_PROXY nor the header Proxy is followed",
      headers={"Proxy": os.environ["HTTP_PROXY"]})
same(len(hooks.take()), 2, "... the webhooks are asked themselves")

# --- refusals ----------------------------------------------------------------

NO = "webhook server did not allow request."
ott = token("deny")
refused("deny", "an enriching webhook denies", NO, 1, ott)
refused("deny", "... the token is not spent: asked again", NO, 1, ott)
refused("why", "an authorizing webhook denies with its reason",
        "none of?those left (outOfStock).", 1)
refused("second", "the second one denies", NO, 2)
ott = token("both")
issue("both", "a token of which all webhooks approve", ott)
hooks.take()
refuse("T14 the same token again", 401, None, request, ott)
same(hooks.take(), [], "... reaches no webhook")

# --- network -----------------------------------------------------------------

issue("flaky", "503, then allowed")
seen = hooks.take()
same(len(seen), 2, "asked again once")
ok(seen[1]["at"] - seen[0]["at"] >= 1, "... after a second")
ok(all(r["signed"] for r in seen) and seen[0]["text"] == seen[1]["text"],
   "... the same")
issue("cut", "a connection that ends, then allowed")
same(len(hooks.take()), 2, "asked again once")
refused("503", "503 each time", "Webhook server responded with 503.", 2)
refused("403", "403", "Webhook server responded with 403.", 1)
refused("redirect", "a redirect is not followed",
        "Webhook server responded with 307.", 1)
OTHER = "the answer of the webhook server is not what it has to be."
for name in sorted(BROKEN):
    refused("broken-" + name, "an answer that is " + name,
            NO if name in ("noallow", "null") else OTHER, 1)
issue("most", "an answer of 256 KiB")
hooks.take()
CANNOT = "the webhook server cannot be asked."
refused("toomuch", "an answer of one byte more", CANNOT, 1)
refused("untrusted", "a certificate of nobody we trust", CANNOT, 0)
same(stranger.take(), [], "... and nothing was told")
refused("othername", "a certificate of another name", CANNOT, 0)
refused("nobody", "nobody listens", CANNOT, 0)
for name in ("hang", "drip"):
    took = refused(name, "an answer without end: " + name, CANNOT, 1)
    ok(9 <= took < 20, "... given up after ten seconds", took)
took = refused("slow", "one slow answer after the other", CANNOT, 4)
ok(19 <= took < 30, "... given up after twenty seconds", took)
# --- SSH ---------------------------------------------------------------------


def ssh_issue(name, what, ott=None, **more):
    status, doc = ssh.sign(ssh_key, ott or ssh_token(name), **more)
    ok(status == 201, what + ": 201", status, doc)
    refuse.before = ca.ledger()
    return doc if status == 201 else {}


def ssh_refused(name, what, message, asked, **more):
    hooks.take()
    status, doc = ssh.sign(ssh_key, ssh_token(name), **more)
    same((status, doc.get("message"), ca.ledger()),
         (403, P403 + message, refuse.before),
         what + ": 403, nothing recorded")
    same(len(hooks.take()), asked, "... asked %d times" % asked)


doc = ssh_issue("both", "SSH: enriching and authorizing", certType="user",
                keyID="", principals=["joe"])
c = inspect(doc["crt"])
same(c["principals"], ["joe", "zoe"], "the webhook's data are in it")
seen = hooks.take()
same([r["path"] for r in seen],
     ["/data/people?sub=joe", "/data/other", "/allow"],
     "enriching first, in order")
ok(all(r["signed"] for r in seen), "each is signed with the secret")
body = seen[0]["body"]
ok(fresh(body.pop("timestamp")), "timestamp")
same(body, {"provisionerName": "both", "sshCertificateRequest": {
    "publicKey": ssh_key, "type": "user", "keyID": "",
    "principals": ["joe"]}},
    "an enriching webhook is told the request, member by member")
body = seen[2]["body"]
ok(fresh(body.pop("timestamp")), "timestamp")
same(body, {"provisionerName": "both", "sshCertificate": {
    "nonce": None, "serial": 0, "type": "user", "keyId": "joe",
    "principals": ["joe", "zoe"], "criticalOptions": None,
    "extensions": dict.fromkeys(sorted([
        "permit-X11-forwarding", "permit-agent-forwarding",
        "permit-port-forwarding", "permit-pty", "permit-user-rc"]), ""),
    "reserved": None, "publicKey": ssh_key, "signatureKey": None,
    "validBefore": c["to"],
    "validAfter": c["from"]}},
    "an authorizing webhook is told the certificate, member by member")
ssh_issue("plain", "webhooks without a template", ssh_token(
    "plain", "h.example.com", "host"))
same([r["body"].get("sshCertificateRequest") for r in hooks.take()],
     [{"publicKey": ssh_key, "type": "", "keyID": "", "principals": None},
      None], "a request that says nothing")
ssh_issue("sshonly", "certType SSH")
same([r["path"] for r in hooks.take()], ["/data/people?sub=joe"],
     "one for X.509 is not asked about SSH")
ssh_refused("deny", "an enriching webhook denies", NO, 1)
ssh_refused("why", "an authorizing webhook denies with its reason",
            "none of?those left (outOfStock).", 1)
ssh_refused("503", "503 each time", "Webhook server responded with 503.", 2)
doc = ssh_issue("both", "with a certificate of identity",
                identityCSR=make_csr(make_key(), "joe"))
same([list(r["body"])[-1] for r in hooks.take()],
     ["sshCertificateRequest", "sshCertificateRequest", "sshCertificate",
      "x509CertificateRequest", "x509CertificateRequest", "x509Certificate"],
     "webhooks are asked about both")

# --- a certificate that vouches ----------------------------------------------


def x5c_token(op, claims):
    h = {"alg": "ES256", "typ": "JWT", "x5c": [b64(
        x509.load_pem_x509_certificate(p.encode()).public_bytes(
            serialization.Encoding.DER)) for p in vouched]}
    c = ca.claims("joe", iss="vouch", aud="https://localhost:%d/1.0/%s"
                  "#x5c/vouch" % (ca.port, op), **claims)
    inp = stepc_ca.b64u(json.dumps(h)) + "." + stepc_ca.b64u(json.dumps(c))
    return inp + "." + stepc_ca.b64u(
        ca.es256(inp.encode(), private=voucher))


issue("vouch", "X5C", x5c_token("sign", {}), make_csr(key, "joe"))
by = x509.load_pem_x509_certificate(vouched[0].encode())
told = {"raw": b64(by.public_bytes(serialization.Encoding.DER)),
        "publicKey": spki(voucher), "publicKeyAlgorithm": "ECDSA",
        "notBefore": by.not_valid_before.strftime(stamp),
        "notAfter": by.not_valid_after.strftime(stamp)}
same([(r["body"].get("x5cCertificate"),
       r["body"].get("authorizationPrincipal")) for r in hooks.take()],
     [(told, "stepc-ca")] * 2, "who vouches is told, and his name")
ssh_issue("vouch", "X5C for SSH", x5c_token(
    "ssh/sign", {"step": {"ssh": {"certType": "user",
                                              "principals": ["joe"]}}}))
same([(r["body"].get("x5cCertificate"),
       r["body"].get("authorizationPrincipal")) for r in hooks.take()],
     [(told, "stepc-ca")] * 2, "likewise")

# --- without a server --------------------------------------------------------

def offline(name, *what):
    env = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
    env.update(STEPPATH=ca.demo, NO_COLOR="1")
    before = ca.ledger()
    r = subprocess.run([
        os.path.join(BUILD, "stepc"), *(what or (
            "ca", "certificate", "off.example.com", "off.crt", "off.key")),
        "--force", "--offline", "--provisioner", name,
        "--provisioner-password-file",
        os.path.join(ca.demo, "password.txt")],
        env=env, cwd=ca.tmp, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return r, ca.ledger() != before


r, changed = offline("plain")
ok(r.returncode == 0 and changed, "--offline issues", r.stdout, r.stderr)
same([(r["path"], r["signed"]) for r in hooks.take()],
     [("/data/people", True), ("/allow", True)], "... webhooks are asked")
r, changed = offline("deny")
ok(r.returncode == 1 and not changed and NO[:-1] in r.stderr,
   "--offline: denied, nothing recorded", r.returncode, r.stdout, r.stderr)
same(len(hooks.take()), 1, "... as it was asked")
SSH = ("ssh", "certificate", "joe", "off", "--no-password", "--insecure",
       "--no-agent")
r, changed = offline("plain", *SSH)
ok(r.returncode == 0 and changed, "--offline issues for SSH", r.stderr)
same([(r["path"], r["signed"]) for r in hooks.take()],
     [("/data/people", True), ("/allow", True)], "... webhooks are asked")
r, changed = offline("deny", *SSH)
ok(r.returncode == 1 and not changed and NO[:-1] in r.stderr,
   "--offline for SSH: denied, nothing recorded", r.returncode, r.stderr)
hooks.take()

# --- what stays secret -------------------------------------------------------

LIST = []
cursor = ""
while True:
    status, _, data = ca.request(
        "GET", "/provisioners?limit=100&cursor=" + cursor)
    doc = json.loads(data)
    LIST += doc["provisioners"]
    cursor = doc["nextCursor"]
    if not cursor:
        break
shown = {p["name"]: p["options"]["webhooks"] for p in LIST if "options" in p}
same(shown["basic"], [{"id": "id-gate", "name": "gate",
                       "kind": "AUTHORIZING", "url": URL + "allow"}],
     "/provisioners tells of a webhook what step-ca tells")
same(shown["noclient"][0].get("disableTLSClientAuth"), True, "... that too")
ok(not any(x in json.dumps(LIST) for x in (SECRET, BEARER, PASSWORD,
                                           "hook.key")),
   "no secret is in /provisioners")
same([p["options"].get("x509") for p in LIST if p["name"] == "full"],
     [OPTIONS["full"]["x509"]], "the other options are there as before")


def logs():
    text = ""
    for name in sorted(os.listdir(os.path.join(ca.demo, "log"))):
        with open(os.path.join(ca.demo, "log", name), errors="replace") as f:
            text += f.read()
    return text


text = logs()
ok(not any(x in text for x in (SECRET, BEARER, PASSWORD)),
   "no secret is in the logs")
for want in ('webhook \\"gate\\": https://localhost:%d did not answer in '
             'time' % PORT, 'webhook \\"people\\": webhook server did not '
             'allow request', 'webhook \\"gate\\": no connection with '
             'https://localhost:%d' % NOBODY, 'does not chain to',
             'webhook \\"tell\\" of kind NOTIFYING has no effect',
             'webhook \\"challenge\\" of kind SCEPCHALLENGE has no effect'):
    ok(want in text, "the log says: " + want)

# --- what is not as it has to be ---------------------------------------------

ca.config["authority"]["provisioners"] += [
    provisioner(n, [h], "x") for n, (h, _) in BAD.items()]
ca.config["authority"]["provisioners"].append(
    provisioner("many", [auth("x")] * 33, "x"))
ca.write_config()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
refuse.before = ca.ledger()
hooks.take()
for name in BAD:
    refuse("a wrong webhook disables its provisioner: " + name, 401,
           'provisioner "%s" is disabled due to an initialization error' %
           name, request, token(name))
issue("plain", "the others are served")
r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                    "--ca-config",
                    os.path.join(ca.demo, "config/ca.json")],
                   env=ca.env, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, text=True)
for name, (_, want) in BAD.items():
    ok("options.webhooks[0]" in r.stdout and want in r.stdout,
       "ca validate says why: " + name, r.stdout)
ok("more than 32" in r.stdout, "ca validate says why: many", r.stdout)
ok(PASSWORD not in r.stdout, "... without what is secret", r.stdout)

hooks.close()
ca.check_logs()
done()
