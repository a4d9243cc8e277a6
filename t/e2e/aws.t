#!/usr/bin/python3
"""The AWS provisioner: certificates for instances of a cloud by their
identity documents (attack row T29).  Documents are signed by keys of the test
in place of the vendor's; certificates that come of it are looked at by openssl
and ssh-keygen."""

import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, DEFAULT_401, P400, P401, P403, Refusals, SRC, \
    b64u, done, make_csr, make_key, ok, same
from stepc_idp import Idp, webhook
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

ACCOUNT = "123456789012"
SAN = x509.SubjectAlternativeName


def vendor_cert(key):
    """As the vendor's: valid for long, whoever looks at that."""
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "US")])
    now = datetime.datetime.utcnow()
    return x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(key.public_key()).serial_number(1) \
        .not_valid_before(now - datetime.timedelta(days=9)) \
        .not_valid_after(now + datetime.timedelta(days=9)) \
        .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


vendor, region = make_key("1024"), make_key("2048")
curve = make_key()  # one that is of no use here
server = Idp()
told = server.hook()
os.environ["SSL_CERT_FILE"] = server.root


def edit(config, demo):
    with open(os.path.join(demo, "certs/aws.pem"), "wb") as f:
        f.write(b"# as the vendor publishes them\n" + vendor_cert(curve) +
                vendor_cert(region) + b"\n# another\n" + vendor_cert(vendor))
    here = {"type": "AWS", "iidRoots": "certs/aws.pem",
            "claims": {"enableSSHCA": True}}
    config["authority"]["provisioners"] += [
        dict(here, name="cloud", accounts=["000000000000", ACCOUNT],
             instanceAge="1h", imdsVersions=["v2"]),
        dict(here, name="known", disableCustomSANs=True,
             disableTrustOnFirstUse=True),
        dict(here, name="open", iidRoots=os.path.join(demo, "certs/aws.pem"),
             claims={"enableSSHCA": False}),
        dict(here, name="shaped", disableTrustOnFirstUse=True, options={
            "x509": {"template": '{"subject": {"commonName": "by {{ .Token'
                     '.iss }}"}, "dnsNames": {{ toJson .Insecure.CR.DNSNames '
                     '}}, "organization": "{{ len .SANs }}"}'},
            "ssh": {"template": '{"type": "host", "keyId": {{ toJson .KeyID '
                    '}}, "principals": {{ toJson .Principals }}}'}}),
        dict(here, name="hooked", disableTrustOnFirstUse=True,
             options=webhook(server.url + "/hook")),
        dict(here, name="data", disableTrustOnFirstUse=True, options={
            "ssh": {"templateData": {"a": "b"}}}),
        dict(here, name="vendor", iidRoots=os.path.join(
            SRC, "common/provisioner/aws-certificates.pem"))]


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
key = make_key()
count = 0


def document(**more):
    """Of an instance of its own, unless it is said whose."""
    global count
    count += 1
    d = {"accountId": ACCOUNT, "architecture": "x86_64",
         "availabilityZone": "eu-west-1b", "billingProducts": None,
         "devpayProductCodes": None, "imageId": "ami-5fb8c835",
         "instanceId": "i-%017x" % count, "instanceType": "t3.micro",
         "kernelId": None, "marketplaceProductCodes": None,
         "pendingTime": datetime.datetime.utcnow().strftime(
             "%Y-%m-%dT%H:%M:%SZ"),
         "privateIp": "10.158.112.84", "ramdiskId": None,
         "region": "eu-west-1", "version": "2017-09-30"}
    d.update(more)
    return json.dumps({k: v for k, v in d.items() if v is not KeyError},
                      indent=2).encode()


HOST = "ip-10-158-112-84.eu-west-1.compute.internal"
IP = "10.158.112.84"


def sign_document(doc, by=vendor):
    return by.sign(doc, padding.PKCS1v15(), hashes.SHA256())


def token(name="cloud", sub="web.example.com", doc=None, by=vendor, sig=None,
          secret=None, alg="HS256", digest=hashlib.sha256, amazon=None,
          **more):
    doc = document() if doc is None else doc
    sig = sign_document(doc, by) if sig is None else sig
    now = int(time.time())
    c = {"iss": "ec2.amazonaws.com", "sub": sub, "iat": now, "nbf": now,
         "exp": now + 300, "jti": "always the same", "n": os.urandom(8).hex(),
         "aud": ["https://localhost:%d/1.0/sign#aws/%s" % (ca.port, name)],
         "amazon": {"document": base64.b64encode(doc).decode(),
                    "signature": base64.b64encode(sig).decode()}}
    if amazon is not None:
        c["amazon"] = {k: v for k, v in dict(c["amazon"], **amazon).items()
                       if v is not None}
    c.update(more)
    inp = b64u(json.dumps({"alg": alg, "typ": "JWT"})) + "." + b64u(
        json.dumps({k: v for k, v in c.items() if v is not None}))
    return inp + "." + b64u(hmac.new(sig if secret is None else secret,
                                     inp.encode(), digest).digest())


def csr(cn="web.example.com", dns=(), ip=(), also=()):
    return make_csr(key, cn, [x509.DNSName(n) for n in dns] + [
        x509.IPAddress(ipaddress.ip_address(n)) for n in ip] + list(also))


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def names(crt):
    try:
        return sorted(str(n.value) for n in
                      crt.extensions.get_extension_for_class(SAN).value)
    except x509.ExtensionNotFound:
        return []


def cn(crt):
    return [a.value for a in crt.subject]


def issued(name, ott, request, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return load(doc) if status == 201 else None


plain = csr()

# --- any name, once ------------------------------------------------------
first = document(instanceId="i-first")
status, doc = ca.sign(csr("web.example.com", ["web.example.com", "www.example"
                          ".com"], ["192.0.2.7"]), token(doc=first))
same(status, 201, "an instance that nobody has seen")
crt = load(doc)
same((cn(crt), names(crt)), (["web.example.com"], [
    "192.0.2.7", "web.example.com", "www.example.com"]),
    "the names are the request's")
text = subprocess.run(["openssl", "x509", "-noout", "-text"], text=True,
                      input=doc["crt"], stdout=subprocess.PIPE).stdout
ok("TLS Web Client Authentication" in text and "CA:TRUE" not in text,
   "openssl sees a leaf", text)
der = subprocess.run(["openssl", "asn1parse", "-inform", "DER"],
                     input=crt.extensions.get_extension_for_oid(
                         x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1")
                     ).value.value, stdout=subprocess.PIPE).stdout.decode()
same([line.split(":")[-1].strip() for line in der.splitlines()
      if "prim" in line], ["04", "cloud", ACCOUNT, "InstanceID", "i-first"],
     "the extension names type, provisioner, account and instance")
said = subprocess.run([os.path.join(BUILD, "stepc"), "certificate", "inspect"],
                      input=doc["crt"], text=True,
                      stdout=subprocess.PIPE).stdout
ok("Type: AWS" in said and "InstanceID: i-first" in said,
   "stepc certificate inspect shows it", said)
refuse.before = ca.ledger()
refuse("T29 the instance again, with another token", 401,
       P401 + "the token was already used*", plain,
       token(doc=first, sub="web.example.com"))
refuse("T29 with a document that was made later", 401,
       P401 + "the token was already used*", plain,
       token(doc=document(instanceId="i-first", version="later")))
issued("but another provisioner trusts it once, too", token("open", doc=first),
       plain)
crt = issued("a key of another region", token(by=region), csr(""))
same((cn(crt), names(crt)), ([], []),
     "and no names when the request has none")
crt = issued("from the cloud's future, for clocks differ", token(
    doc=document(pendingTime=(datetime.datetime.utcnow() + datetime.timedelta(
        minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"))), plain)
issued("the endpoint of SSH as audience", token(
    aud="https://localhost/ssh/sign#aws/cloud"), plain)
issued("no account is configured, so any", token(
    "open", doc=document(accountId="999999999999", pendingTime=KeyError)),
    plain)
refuse("another common name than the subject", 403, P403 + "certificate "
       "request does not contain the valid common name - got b.example.com, "
       "want web.example.com.", csr("b.example.com"), token())

# --- T29: documents ------------------------------------------------------
old = (datetime.datetime.utcnow() - datetime.timedelta(
    minutes=61)).strftime("%Y-%m-%dT%H:%M:%SZ")
refuse("T29 of another account", 401, DEFAULT_401, plain,
       token(doc=document(accountId="999999999999")))
refuse("T29 older than instanceAge", 401, P401 + "the instance is older than "
       "1h0m0s (instanceAge of the provisioner)", plain,
       token(doc=document(pendingTime=old)))
refuse("T29 of no age", 401, None, plain,
       token(doc=document(pendingTime=KeyError)))
refuse("T29 an age that is no time", 401, DEFAULT_401, plain,
       token(doc=document(pendingTime="yesterday")))
for member in ("accountId", "instanceId", "privateIp", "region"):
    for what, value in (("without", KeyError), ("with an empty", ""),
                        ("with a null", None), ("with a number as", 7)):
        refuse("T29 document %s %s" % (what, member), 401, DEFAULT_401, plain,
               token(doc=document(**{member: value})))
for value in ("10.0.0", "10.0.0.1.2", "::1", "a.example"):
    refuse("T29 privateIp " + value, 401, DEFAULT_401, plain,
           token(doc=document(privateIp=value)))
good = document()
for what, bad in (
        ("no object", b"[]"), ("no JSON", b"{"), ("more behind it",
                                                  good + b"{}"),
        ("two accounts", good.replace(b"{", b'{"accountId": "1",', 1)),
        ("a NUL", good.replace(b"t3.micro", b"t3\\u0000")),
        ("no UTF-8", good.replace(b"t3.micro", b"t3\xff"))):
    refuse("T29 document that is " + what, 401, DEFAULT_401, plain,
           token(doc=bad))
sig = sign_document(good)
refuse("T29 document changed", 401, DEFAULT_401, plain, token(
    doc=good.replace(b"t3.micro", b"t3.large"), sig=sig))
refuse("T29 document of another account under the signature", 401, DEFAULT_401,
       plain, token(doc=document(), sig=sig))
refuse("T29 signed by nobody known", 401, DEFAULT_401, plain,
       token(by=make_key("2048")))
refuse("T29 signed with SHA-1", 401, DEFAULT_401, plain, token(
    doc=good, sig=vendor.sign(good, padding.PKCS1v15(), hashes.SHA1())))
refuse("T29 signed with PSS", 401, DEFAULT_401, plain, token(
    doc=good, sig=vendor.sign(good, padding.PSS(
        padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())))
refuse("T29 signature with a byte more", 401, DEFAULT_401, plain,
       token(doc=good, sig=sig + b"\0"))
refuse("T29 signature with a zero before", 401, DEFAULT_401, plain,
       token(doc=good, sig=b"\0" + sig))
refuse("T29 no signature", 401, DEFAULT_401, plain, token(doc=good, sig=b""))
refuse("T29 a short signature", 401, DEFAULT_401, plain,
       token(doc=good, sig=b"x"))
for what, amazon in (("without document", {"document": None}),
                     ("without signature", {"signature": None}),
                     ("document a number", {"document": 1}),
                     ("document not base64", {"document": "*"}),
                     ("document in lines", {"document": base64.encodebytes(
                         good).decode()}),
                     ("signature in base64url", {
                         "signature": base64.urlsafe_b64encode(
                             b"\xff" * 128).decode()})):
    refuse("T29 " + what, 401, DEFAULT_401, plain,
           token(doc=good, amazon=amazon))
for what, value in (("absent", None), ("a list", []), ("a text", "x")):
    ott = token(doc=good)
    c = json.loads(base64.urlsafe_b64decode(ott.split(".")[1] + "=="))
    c["amazon"] = value
    inp = ott.split(".")[0] + "." + b64u(json.dumps(
        {k: v for k, v in c.items() if v is not None}))
    refuse("T29 claim amazon " + what, 401, DEFAULT_401, plain,
           inp + "." + b64u(hmac.new(sig, inp.encode(),
                                     hashlib.sha256).digest()))

# --- the rest of a token -------------------------------------------------
refuse("T29 another secret", 401, DEFAULT_401, plain,
       token(secret=b"x" * 128))
refuse("T29 the document as secret", 401, DEFAULT_401, plain,
       token(doc=good, secret=good))
for alg, digest in (("none", hashlib.sha256), ("HS384", hashlib.sha384),
                    ("HS512", hashlib.sha512), ("RS256", hashlib.sha256),
                    ("ES256", hashlib.sha256), ("EdDSA", hashlib.sha256),
                    ("hs256", hashlib.sha256)):
    refuse("T1 T3 alg " + alg, 401, DEFAULT_401, plain,
           token(alg=alg, digest=digest))
stolen = token(doc=good).split(".")
refuse("T29 other claims below the signature", 401, DEFAULT_401, plain,
       stolen[0] + "." + token(doc=good, sub="root").split(".")[1] + "." +
       stolen[2])
refuse("T29 of another issuer", 401, DEFAULT_401, plain, token(iss="cloud"))
refuse("T29 of no issuer", 401, None, plain, token(iss=None))
refuse("T29 for no subject", 401, None, plain, token(sub=""))
now = int(time.time())
refuse("T29 expired", 401, None, plain, token(exp=now - 90))
refuse("T29 early", 401, None, plain, token(nbf=now + 3600))
refuse("T29 from the future", 401, None, plain, token(iat=now + 3600))
for what, aud in (("without fragment", "https://localhost:%d/1.0/sign"),
                  ("for revoking", "https://localhost:%d/1.0/revoke#aws/"
                   "cloud"),
                  ("of another authority", "https://other:%d/1.0/sign#aws/"
                   "cloud"),
                  ("of none", "https://localhost:%d/1.0/sign#aws/none"),
                  ("of a provisioner of another type",
                   "https://localhost:%d/1.0/sign#x5c/cloud")):
    refuse("T29 audience " + what, 401, None, plain,
           token(aud=aud % ca.port))
refuse("T29 no audience", 401, None, plain, token(aud=None))
refuse("T29 a token of JWK for this one", 401, DEFAULT_401, plain, ca.token(
    ca.claims(aud="https://localhost:%d/1.0/sign#aws/cloud" % ca.port)))
refuse("T29 the vendor's own keys know no test", 401, DEFAULT_401, plain,
       token("vendor"))
status, _, data = ca.request("POST", "/1.0/revoke", {
    "serial": "77", "ott": token(sub="77", aud="https://localhost:%d/1.0/"
                                 "revoke#aws/cloud" % ca.port),
    "passive": True, "reasonCode": 0})
same((status, ca.ledger() == refuse.before), (401, True),
     "revokes nothing, nothing recorded")

# --- only what the cloud knows -------------------------------------------
mine = document()
me = json.loads(mine)["instanceId"]
for what, sub in (("its id", me), ("its address", IP), ("its host name",
                                                        HOST)):
    crt = issued("T29 names that are known: by " + what,
                 token("known", sub, mine), csr(sub))
    same((cn(crt), names(crt)), ([sub], [IP, HOST]),
         "whatever the request leaves out")
crt = issued("or asks for", token("known", me, mine), csr("", [HOST], [IP]))
same(names(crt), [IP, HOST], "the same names")
once = token("known", me, mine)
issued("a token, once", once, csr(""))
refuse("T29 a token, twice", 401, P401 + "the token was already used*",
       csr(""), once)
parts = once.split(".")
refuse("T29 in its other spelling", 401, P401 + "the token was already used*",
       csr(""), json.dumps({"protected": parts[0], "payload": parts[1],
                            "signature": parts[2]}))
refuse("T29 a subject of its own", 401, P401 + "the token's subject (sub) is "
       "no name of the instance", plain, token("known", "web.example.com"))
refuse("T29 another common name", 403, P403 + "certificate request does not "
       "contain the valid common name - got %s, want %s." % (HOST, me),
       csr(HOST), token("known", me, mine))
refuse("T29 another DNS name", 403, P403 + "certificate request contains "
       "unauthorized DNS names - got [%s web.example.com], allowed [%s]." % (
           HOST, HOST), csr(me, [HOST, "web.example.com"]),
       token("known", me, mine))
refuse("T29 another address", 403, P403 + "certificate request does not "
       "contain the valid IP addresses - got [10.0.0.1], want [%s]." % IP,
       csr(me, [], ["10.0.0.1"]), token("known", me, mine))
refuse("T29 a mail address", 403, None,
       csr(me, also=[x509.RFC822Name("a@example.com")]),
       token("known", me, mine))
refuse("T29 a URI", 403, None, csr(me, also=[
    x509.UniformResourceIdentifier("spiffe://a/b")]),
    token("known", me, mine))
crt = issued("by a template", token("shaped"), csr("", ["x.example.com"]))
same((cn(crt), names(crt)), (["by ec2.amazonaws.com"], ["x.example.com"]),
     "which sees token and request")

# --- SSH: a host, and nothing else ---------------------------------------
pub = stepc_ssh.make_key("host")
ID = "i-ssh"


def ssh_issued(name, ott, want, **more):
    status, doc = ssh.sign(pub, ott, **more)
    if same(status, 201, "SSH " + name):
        seen = inspect(doc["crt"])
        same((seen["principals"], "host" in seen["Type"],
              seen["extensions"]), (want, True, []), "its principals")
    return doc


def ssh_refuse(name, status, message, ott, **more):
    before = ca.ledger()
    got, doc = ssh.sign(pub, ott, **more)
    ok(got == status and (message is None or doc["message"] == message) and
       ca.ledger() == before, "SSH %s: %d, nothing recorded" % (name, status),
       got, doc)


mine = document(instanceId=ID)
doc = ssh_issued("by names of its own", token(doc=mine),
                 ["web.example.com", "www"],
                 principals=["web.example.com", "www"])
same(inspect(doc["crt"])["Key ID"], '"%s"' % ID, "the instance as key id")
refuse.before = ca.ledger()
refuse("T29 X.509 after SSH", 401, P401 + "the token was already used*", plain,
       token(doc=mine))
ssh_refuse("T29 the instance again", 401, None, token(doc=mine),
           principals=["b"])
ssh_refuse("by no name", 400, P400 + "ssh certificate principals cannot be "
           "empty.", token())
ssh_refuse("by an empty name", 400, P400 + "principals cannot contain empty "
           "values.", token(), principals=["a", ""])
ssh_refuse("T29 as a user", 403, P403 + "ssh certificate type does not match "
           "- got user, want host.", token(), certType="user",
           principals=["root"])
ssh_issued("that says it is a host, and a key id that is of no use",
           token(), ["a"], certType="host", keyID="root", principals=["a"])
ssh_issued("T29 names that are known", token("known", IP), [IP, HOST])
ssh_issued("one of them", token("known", me, document(instanceId=me)), [HOST],
           principals=[HOST])
ssh_refuse("T29 another", 403, P403 + "ssh certificate principals does not "
           "match - got [web.example.com], want [%s %s]." % (IP, HOST),
           token("known", me, document(instanceId=me)),
           principals=["web.example.com"])
ssh_issued("a template sees what is known", token("shaped"), [IP, HOST],
           principals=["web"])
ssh_issued("data without a template", token("data"), ["web"],
           principals=["web"])
ssh_refuse("where it is not enabled", 401, None, token("open"),
           principals=["a"])
ssh_refuse("T29 another account", 401, DEFAULT_401,
           token(doc=document(accountId="1")), principals=["a"])
ssh_refuse("T29 too old", 401, None, token(doc=document(pendingTime=old)),
           principals=["a"])
ssh_refuse("T29 signed by nobody known", 401, DEFAULT_401,
           token(by=make_key("2048")), principals=["a"])
ssh_refuse("T29 another secret", 401, DEFAULT_401, token(secret=b"x" * 128),
           principals=["a"])
URN = "urn:uuid:2a9d22c8-1f4f-4a5c-9d39-7d1a0a1d9d0e"
status, doc = ssh.sign(pub, token(), principals=["a"], identityCSR=csr(
    "web.example.com", ["web.example.com"], also=[
        x509.UniformResourceIdentifier(URN)]))
same(status, 201, "SSH and an identity")
same(names(x509.load_pem_x509_certificate(doc["identityCrt"][0].encode())),
     [URN, "web.example.com"], "with the names of its request")
before = ca.ledger()
same((ssh.post("/1.0/ssh/revoke", {
    "serial": "1", "ott": token(sub="1"), "passive": True, "reasonCode": 0
})[0], ca.ledger() == before), (401, True), "revokes no SSH certificate")

# --- the configuration ---------------------------------------------------


def validate(**members):
    """What ca validate says of the provisioner with these members."""
    conf = json.loads(json.dumps(ca.config))
    conf["authority"]["provisioners"] = [dict({
        "type": "AWS", "name": "one", "iidRoots": "certs/aws.pem"}, **members)]
    name = os.path.join(ca.demo, "config/other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                        "--ca-config", name], env=ca.env, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.stdout


with open(os.path.join(ca.demo, "certs/curve.pem"), "wb") as f:
    f.write(vendor_cert(curve))
for what, members, want in (
        ("no such file", {"iidRoots": "none"}, "iidRoots: open "),
        ("no certificates", {"iidRoots": "config/ca.json"}, "iidRoots: "),
        ("no RSA", {"iidRoots": "certs/curve.pem"}, "no certificate with an "
         "RSA key"),
        ("a list of numbers", {"accounts": [1]}, "accounts[0]: expected a "
         "string"),
        ("another IMDS", {"imdsVersions": ["v3"]}, 'imdsVersions: "v3" is '
         "neither v1 nor v2"),
        ("a negative age", {"instanceAge": "-1h"}, "instanceAge cannot be "
         "negative"),
        ("no age", {"instanceAge": "old"}, 'instanceAge: "old" is not a')):
    said = validate(**members)
    ok('"one": ' in said and want in said, "ca validate: " + what, said)
said = validate()
ok('"one": ' not in said, "ca validate: nothing against a good one", said)
status, _, data = ca.request("GET", "/provisioners?limit=100")
ok(any(p["name"] == "cloud" and p["accounts"] == ["000000000000", ACCOUNT]
       for p in json.loads(data)["provisioners"]), "listed with its members")

ca.config["authority"]["provisioners"].append(
    {"type": "AWS", "name": "lost", "iidRoots": "certs/none.pem"})
ca.write_config()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
refuse.before = ca.ledger()
refuse("a provisioner without its file", 401, 'provisioner "lost" is disabled '
       "due to an initialization error", plain, token("lost"))
issued("while the others serve", token(), plain)


# --- what a webhook is told ------------------------------------------------

about = document()
machine = json.loads(about)["instanceId"]
status, doc = ca.sign(csr(), token("hooked", doc=about))
same((status, told.pop().get("authorizationPrincipal")), (201, machine),
     "a webhook is told the instance")
status, doc = ssh.sign(pub, token("hooked", doc=about), principals=["a"])
same((status, told.pop().get("authorizationPrincipal")), (201, machine),
     "by SSH, too")
ca.check_logs()
done()
