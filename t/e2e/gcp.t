#!/usr/bin/python3
"""The GCP provisioner: certificates for instances of Google's cloud by their
identity tokens (attack row T29).  Tokens are signed by keys of the test, which
certsURL names in place of the vendor's."""

import ipaddress
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, P401, Refusals, done, make_csr, \
    make_key, ok, same
from stepc_idp import JWKS, Idp, new_key, public_pem, webhook
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

google = Idp()
other = Idp()  # another vendor
google.issuer = "https://accounts.google.com"
told = google.hook()
with open(google.root, "ab") as roots, open(other.root, "rb") as f:
    roots.write(f.read())
os.environ["SSL_CERT_FILE"] = google.root
SAN = x509.SubjectAlternativeName
ACCOUNT = "web@shop.iam.gserviceaccount.com"
PROVISIONER = x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1")


def edit(config, demo):
    here = {"type": "GCP", "certsURL": google.url + JWKS,
            "projectIDs": ["bank", "shop"], "claims": {"enableSSHCA": True}}
    known = dict(here, disableCustomSANs=True, disableTrustOnFirstUse=True)
    config["authority"]["provisioners"] += [
        dict(here, name="cloud"),
        dict(known, name="known"),
        dict(known, name="accounts", serviceAccounts=["777", ACCOUNT]),
        dict(known, name="young", instanceAge="1h"),
        dict(known, name="users", disableSSHCAUser=False,
             disableSSHCAHost=True),
        dict(known, name="no ssh", claims={}),
        dict(known, name="hooked", options=webhook(google.url + "/hook")),
        dict(here, name="other", certsURL=other.url + JWKS)]


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
USED = P401 + "the token was already used"
key = make_key()
now = int(time.time())
serial = 1000


def token(to="known", by=google, more=None, **claims):
    """Of a new instance unless more, its members, says which."""
    global serial
    serial += 1
    machine = {"instance_id": str(serial), "instance_name": "web-1",
               "instance_creation_timestamp": now - 600, "project_id": "shop",
               "project_number": 42, "zone": "us-central1-a",
               "license_id": []}
    machine.update(more or {})
    c = {"aud": "https://localhost:%d/1.0/sign#gcp/%s" % (
        ca.port, to.replace(" ", "%20")), "azp": os.urandom(8).hex(), "sub": "1234",
        "email": ACCOUNT, "email_verified": True, "nonce": None,
        "google": {"compute_engine": {
            k: v for k, v in machine.items() if v is not None}}}
    c.update(claims)
    return by.token(**c)


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def names(crt):
    try:
        alt = crt.extensions.get_extension_for_class(SAN).value
    except x509.ExtensionNotFound:
        alt = []
    return ([a.value for a in crt.subject], [str(n.value) for n in alt])


def issued(name, ott, request):
    status, doc = ca.sign(request, ott)
    ok(status == 201 and "crt" in doc, name + ": 201", status, doc)
    refuse.before = ca.ledger()
    return doc


HOSTS = ["web-1.c.shop.internal", "web-1.us-central1-a.c.shop.internal"]
plain = make_csr(key, "web-1")
csr = make_csr(key, "www.example.com", [
    x509.DNSName("www.example.com"), x509.IPAddress(ipaddress.ip_address(
        "10.0.0.7")), x509.RFC822Name("a@example.com")])

# --- whatever an instance asks for, once ----------------------------------
first = {"instance_id": "4321"}
doc = issued("an instance", token("cloud", more=first), csr)
crt = load(doc)
same(names(crt), (["www.example.com"], [
    "www.example.com", "a@example.com", "10.0.0.7"]), "gets what it asks for")
text = subprocess.run(
    ["openssl", "asn1parse", "-inform", "DER"],
    input=crt.extensions.get_extension_for_oid(PROVISIONER).value.value,
    stdout=subprocess.PIPE).stdout.decode()
same([line.split(":")[-1].strip() for line in text.splitlines()
      if "prim" in line],
     ["03", "cloud", "1234", "InstanceID", "4321", "InstanceName", "web-1"],
     "its type, name, account, and which instance")
text = subprocess.run(["openssl", "x509", "-noout", "-text"], text=True,
                      input=doc["crt"], stdout=subprocess.PIPE).stdout
ok("CN = www.example.com" in text and
   "DNS:www.example.com, email:a@example.com, IP Address:10.0.0.7" in text,
   "openssl agrees", text)
refuse("T29 TOFU: the same instance again", 401, USED, csr,
       token("cloud", more=first))
refuse("T29 TOFU: the same by another account", 401, USED, csr,
       token("cloud", more=first, sub="777"))
issued("another instance", token("cloud"), csr)
pub = stepc_ssh.make_key("web")
status, doc = ssh.sign(pub, token("cloud", more={"instance_id": "5"}),
                       principals=["www.example.com"])
same((status, inspect(doc["crt"])["principals"]), (201, ["www.example.com"]),
     "an SSH certificate instead, for what it asks for")
refuse.before = ca.ledger()
refuse("T29 TOFU: X.509 after SSH", 401, USED, csr,
       token("cloud", more={"instance_id": "5"}))

# --- names that the cloud knows --------------------------------------------
same(names(load(issued("known names", token(), plain))), (["web-1"], HOSTS),
     "are all certified")
for cn in ("", "1999", HOSTS[0], HOSTS[1]):
    same(names(load(issued("a common name", token(
        more={"instance_id": "1999"}), make_csr(key, cn, [
            x509.DNSName(HOSTS[1])] if cn else ()))))[0],
        [cn] if cn else [], "%r: the request's" % cn)
refuse("T29 another common name", 403, None, make_csr(key, "web-2"), token())
for n in (x509.DNSName("web-2.c.shop.internal"), x509.DNSName("web-1"),
          x509.IPAddress(ipaddress.ip_address("10.0.0.7")),
          x509.RFC822Name("a@example.com"),
          x509.UniformResourceIdentifier("spiffe://a/b")):
    refuse("T29 another name, %s" % n.value, 403, None,
           make_csr(key, "web-1", [x509.DNSName(HOSTS[0]), n]), token())
again = token()
issued("once", again, plain)
refuse("T29 the same token again", 401, USED, plain, again)

# --- refusals --------------------------------------------------------------

def forged(**how):
    """A token for us, with another signature."""
    claims = json.loads(stepc_ca.base64.urlsafe_b64decode(
        token().split(".")[1] + "=="))
    return google.token(**dict(claims, **how))


for name, how in (
        ("another key", {"by": new_key("RS256")}),
        ("another vendor's key", {"by": other.key}),
        ("another vendor's key and kid", {"by": other.key, "kid": other.kid}),
        ("alg none", {"alg": "none"}),
        ("alg HS256 with the public key", {
            "alg": "HS256", "by": public_pem(google.key)}),
        ("alg RS512", {"alg": "RS512"}),
        ("unknown kid", {"kid": "nobody's"})):
    refuse("T29 " + name, 401, None, plain, forged(**how))
for name, ott in (
        ("wrong issuer", token(iss=google.url)),
        ("issuer without https", token(iss="accounts.google.com")),
        ("no issuer", token(iss=None)),
        ("no audience", token(aud=None)),
        ("another CA", token(
            aud="https://ca.example.com/1.0/sign#gcp/known")),
        ("another operation", token(
            aud="https://localhost/1.0/revoke#gcp/known")),
        ("no fragment", token(aud="https://localhost/1.0/sign")),
        ("another provisioner, with other keys", token("other")),
        ("no such provisioner", token("none")),
        ("expired", token(exp=now - 90)),
        ("early", token(nbf=now + 3600)),
        ("from the future", token(iat=now + 3600)),
        ("no subject", token(sub="")),
        ("other project", token(more={"project_id": "evil"})),
        ("other project, in other case", token(more={"project_id": "Shop"})),
        ("no project", token(more={"project_id": ""})),
        ("no instance id", token(more={"instance_id": None})),
        ("instance id that is a number", token(more={"instance_id": 7})),
        ("empty instance id", token(more={"instance_id": ""})),
        ("no instance name", token(more={"instance_name": ""})),
        ("no zone", token(more={"zone": None})),
        ("no instance at all", token(google=None)),
        ("a text for an instance", token(google="web-1")),
        ("a list for an instance", token(google={"compute_engine": []})),
        ("instance older than instanceAge", token("young", more={
            "instance_creation_timestamp": now - 3700})),
        ("instance of no age", token("young", more={
            "instance_creation_timestamp": None})),
        ("age that is a text", token("young", more={
            "instance_creation_timestamp": "now"})),
        ("other account", token("accounts", email="eve@shop.iam.example")),
        ("no email of an account", token("accounts", email=None))):
    refuse("T29 " + name, 401, None, plain, ott)
issued("young enough", token("young"), plain)
issued("an account by its email", token("accounts"), plain)
issued("an account by its number", token("accounts", sub="777",
                                         email="x@example"), plain)
refuse("T29 a name that would be injected", 403, None,
       make_csr(key, "web-1"), token(more={"instance_name": "a b"}))
before = ca.ledger()
status, _, data = ca.request("POST", "/1.0/revoke", {
    "serial": "1234", "ott": token(aud="https://localhost/1.0/revoke#gcp/"
                                   "known"), "passive": True})
same((status, ca.ledger() == before), (401, True), "revokes nothing")

# --- SSH -------------------------------------------------------------------


def ssh_issued(name, ott, **more):
    status, doc = ssh.sign(pub, ott, **more)
    ok(status == 201, name + ": 201", doc)
    return inspect(doc["crt"])


def ssh_refused(name, status, ott, **more):
    before = ca.ledger()
    got, doc = ssh.sign(pub, ott, **more)
    same((got, ca.ledger() == before), (status, True),
         "%s: %d, nothing recorded" % (name, status))
    return doc["message"]


seen = ssh_issued("SSH", token())
same((seen["principals"], seen["Key ID"], "host certificate" in seen["Type"]),
     (HOSTS, '"web-1"', True), "of a host, by the names that the cloud knows")
same(ssh_issued("one of them", token(), certType="host",
                principals=[HOSTS[1]])["principals"], [HOSTS[1]], "alone")
ssh_refused("S3 another host", 403, token(), principals=["db"])
ssh_refused("no principals where any will do", 400, token("cloud"))
ssh_refused("S4 a user, by default", 401, token(), certType="user")
ssh_refused("S4 neither", 400, token(), certType="robot")
ssh_refused("T29 SSH: other project", 401, token(more={"project_id": "evil"}))
ssh_refused("T29 SSH: another key", 401, forged(by=new_key("RS256")))
ssh_refused("no SSH", 401, token("no ssh"))
seen = ssh_issued("a service account as a user", token("users"),
                  certType="user")
same((seen["principals"], seen["Key ID"], "user certificate" in seen["Type"]),
     (["sa_1234", ACCOUNT], '"%s"' % ACCOUNT, True), "by number and email")
ssh_refused("S3 as root", 403, token("users"), certType="user",
            principals=["root"])
said = ssh_refused("hosts where they are disabled", 401, token("users"))
ok("disableSSHCAHost" in said, "says so", said)
ssh_refused("a user without email", 401, token("users", email=None),
            certType="user")

# --- the vendor's keys -------------------------------------------------------
google.rotate()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
issued("T29 key rotated", token(), plain)
other.stop()
refuse("the vendor is down", 503, None, csr, token("other", by=other))
issued("others serve", token(), plain)

# --- the configuration -----------------------------------------------------


def validate(**members):
    conf = json.loads(json.dumps(ca.config))
    conf["authority"]["provisioners"].append(dict(
        {"type": "GCP", "name": "fresh"}, **members))
    name = os.path.join(ca.tmp, "other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    return subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                           "--ca-config", name], env=ca.env, text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


ok('"fresh" (GCP)' in validate(projectIDs=["a"]), "ca validate asks nobody")
for name, members, want in (
        ("an organisation", {"organizationID": "1"}, "name its projectIDs"),
        ("both", {"organizationID": "1", "projectIDs": ["a"]},
         "both projectIDs and organizationID"),
        ("keys over http", {"certsURL": "http://localhost/keys"},
         "is not https://"),
        ("no age", {"instanceAge": "-1h"}, "instanceAge"),
        ("no list", {"projectIDs": "shop"}, "projectIDs"),
        ("no boolean", {"disableSSHCAUser": "no"}, "disableSSHCAUser")):
    said = validate(**members)
    ok(want in said, "ca validate: " + name, said)

# --- what a webhook is told ------------------------------------------------

issued("a webhook", token("hooked", more=first), plain)
same(told.pop().get("authorizationPrincipal"), "4321", "is told the instance")
status, doc = ssh.sign(pub, token("hooked"))
same((status, told.pop().get("authorizationPrincipal")), (201, "web-1"),
     "SSH: its name")
ca.check_logs()
done()
