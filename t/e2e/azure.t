#!/usr/bin/python3
"""The Azure provisioner: certificates for machines by the access tokens of
their managed identities (attack row T29).  Tokens are signed by keys of the
test, which configurationEndpoint names in place of the vendor's."""

import ipaddress
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, P401, Refusals, done, make_csr, make_key, \
    ok, same
from stepc_idp import DISCOVERY, Idp, new_key, public_pem, webhook
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

TENANTS = {name: "%08x-0000-4000-8000-000000000000" % i for i, name in
           enumerate(("cloud", "known", "listed", "audience", "other",
                      "hooked"), 1)}
SUBSCRIPTION = "99999999-aaaa-bbbb-cccc-dddddddddddd"
vendor, other = Idp(), Idp()
told = vendor.hook()
with open(vendor.root, "ab") as roots, open(other.root, "rb") as f:
    roots.write(f.read())
os.environ["SSL_CERT_FILE"] = vendor.root
SAN = x509.SubjectAlternativeName
PROVISIONER = x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1")


def issuer(name):
    return "https://sts.windows.example/%s/" % TENANTS[name]


vendor.discovery["issuer"] = "https://sts.windows.example/{tenantid}/"


def edit(config, demo):
    here = {"type": "Azure", "configurationEndpoint": vendor.url + DISCOVERY,
            "claims": {"enableSSHCA": True}}
    known = dict(here, disableCustomSANs=True, disableTrustOnFirstUse=True)
    config["authority"]["provisioners"] += [
        dict(here, name="cloud", tenantID=TENANTS["cloud"]),
        dict(known, name="known", tenantID=TENANTS["known"]),
        dict(known, name="listed", tenantID=TENANTS["listed"],
             resourceGroups=["shop", "web"], subscriptionIDs=[SUBSCRIPTION],
             objectIDs=["object-1"]),
        dict(known, name="hooked", tenantID=TENANTS["hooked"],
             options=webhook(vendor.url + "/hook")),
        dict(known, name="audience", tenantID=TENANTS["audience"],
             audience="https://management.usgovcloudapi.net/"),
        dict(known, name="other", tenantID=TENANTS["other"],
             configurationEndpoint=other.url + DISCOVERY)]


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
USED = P401 + "the token was already used"
key = make_key()
now = int(time.time())


def mirid(vm="web-1", group="shop", subscription=SUBSCRIPTION,
          kind="Compute/virtualMachines"):
    return "/subscriptions/%s/resourcegroups/%s/providers/Microsoft.%s/%s" % (
        subscription, group, kind, vm)


def token(to="known", by=vendor, vm="web-1", how=None, **claims):
    c = {"aud": "https://management.azure.com/", "iss": issuer(to),
         "tid": TENANTS[to], "sub": "object-1", "oid": "object-1",
         "appid": "app", "ver": "1.0", "nonce": None,
         "xms_mirid": mirid(vm)}
    c.update(claims)
    return by.token(**dict(c, **(how or {})))


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


plain = make_csr(key, "web-1")
csr = make_csr(key, "www.example.com", [
    x509.DNSName("www.example.com"), x509.IPAddress(ipaddress.ip_address(
        "10.0.0.7"))])

# --- whatever a machine asks for, once --------------------------------------
doc = issued("a machine", token("cloud"), csr)
crt = load(doc)
same(names(crt), (["www.example.com"], ["www.example.com", "10.0.0.7"]),
     "gets what it asks for")
text = subprocess.run(
    ["openssl", "asn1parse", "-inform", "DER"],
    input=crt.extensions.get_extension_for_oid(PROVISIONER).value.value,
    stdout=subprocess.PIPE).stdout.decode()
same([line.split(":")[-1].strip() for line in text.splitlines()
      if "prim" in line], ["05", "cloud", TENANTS["cloud"]],
     "the extension: type, name, tenant")
text = subprocess.run(["openssl", "x509", "-noout", "-text"], text=True,
                      input=doc["crt"], stdout=subprocess.PIPE).stdout
ok("CN = www.example.com" in text and
   "DNS:www.example.com, IP Address:10.0.0.7" in text, "openssl agrees", text)
refuse("T29 TOFU: the same machine again", 401, USED, csr,
       token("cloud", exp=now + 1000))
issued("another machine", token("cloud", vm="web-2"), csr)
issued("a managed identity", token("cloud", xms_mirid=mirid(
    "id-1", kind="ManagedIdentity/userAssignedIdentities")), csr)
pub = stepc_ssh.make_key("web")
status, doc = ssh.sign(pub, token("cloud", vm="web-3"),
                       principals=["www.example.com"])
same((status, inspect(doc["crt"])["principals"]), (201, ["www.example.com"]),
     "an SSH certificate instead, for what it asks for")
refuse.before = ca.ledger()
refuse("T29 TOFU: X.509 after SSH", 401, USED, csr, token("cloud", vm="web-3"))

# --- the name that the cloud knows -------------------------------------------
again = token()
same(names(load(issued("a known name", again, plain))), (["web-1"], ["web-1"]),
     "is what is certified")
issued("the same token again, as it is given out for a day", again, plain)
issued("a request that names it", token(),
       make_csr(key, "web-1", [x509.DNSName("web-1")]))
issued("the path in other case", token(xms_mirid=mirid().replace(
    "/subscriptions/", "/Subscriptions/").replace("groups", "Groups").replace(
        "/providers/", "/PROVIDERS/")), plain)
refuse("T29 another common name", 403, None, make_csr(key, "web-2"), token())
for n in (x509.DNSName("web-2"), x509.RFC822Name("a@example.com"),
          x509.IPAddress(ipaddress.ip_address("10.0.0.7")),
          x509.UniformResourceIdentifier("spiffe://a/b")):
    refuse("T29 another name, %s" % n.value, 403, None,
           make_csr(key, "web-1", [x509.DNSName("web-1"), n]), token())

# --- refusals ----------------------------------------------------------------
for name, how in (
        ("another key", {"by": new_key("RS256")}),
        ("another vendor's key", {"by": other.key}),
        ("another vendor's key and kid", {"by": other.key, "kid": other.kid}),
        ("alg none", {"alg": "none"}),
        ("alg HS256 with the public key", {
            "alg": "HS256", "by": public_pem(vendor.key)}),
        ("alg RS384", {"alg": "RS384"}),
        ("unknown kid", {"kid": "nobody's"})):
    claims = {"aud": "https://management.azure.com/", "iss": issuer("known"),
              "tid": TENANTS["known"], "xms_mirid": mirid()}
    refuse("T29 " + name, 401, None, plain, vendor.token(**claims, **how))
for name, ott in (
        ("wrong issuer", token(iss=issuer("cloud"))),
        ("issuer as it is published", token(
            iss=vendor.discovery["issuer"])),
        ("no issuer", token(iss=None)),
        ("no audience", token(aud=None)),
        ("another audience", token(aud="https://vault.azure.net")),
        ("audience without a slash", token(
            aud="https://management.azure.com")),
        ("the vendor's audience where there is another", token("audience")),
        ("other tenant", token(tid=TENANTS["cloud"])),
        ("no such tenant", token(tid="nobody")),
        ("no tenant", token(tid=None)),
        ("another provisioner, with other keys", token("other")),
        ("expired", token(exp=now - 90)),
        ("early", token(nbf=now + 3600)),
        ("from the future", token(iat=now + 3600)),
        ("no subject", token(sub="")),
        ("no resource", token(xms_mirid=None)),
        ("a resource that is a list", token(xms_mirid=[mirid()])),
        ("empty resource", token(xms_mirid="")),
        ("a disk", token(xms_mirid=mirid(kind="Compute/disks"))),
        ("a resource below a machine", token(xms_mirid=mirid("web-1/x"))),
        ("a resource with more before it", token(xms_mirid="/x" + mirid())),
        ("no machine", token(xms_mirid=mirid(""))),
        ("no group", token(xms_mirid=mirid(group=""))),
        ("no subscription", token(xms_mirid=mirid(subscription=""))),
        ("another resource group", token("listed", xms_mirid=mirid(
            group="bank"))),
        ("resource group in other case", token("listed", xms_mirid=mirid(
            group="Shop"))),
        ("another subscription", token("listed", xms_mirid=mirid(
            subscription="1"))),
        ("another object", token("listed", oid="object-2")),
        ("no object", token("listed", oid=None))):
    refuse("T29 " + name, 401, None, plain, ott)
issued("of all lists", token("listed", xms_mirid=mirid(group="web")), plain)
issued("of another cloud", token(
    "audience", aud="https://management.usgovcloudapi.net/"), plain)
refuse("T29 a name that would be injected", 403, None,
       make_csr(key, ""), token(vm="a b"))
before = ca.ledger()
status, _, data = ca.request("POST", "/1.0/revoke", {
    "serial": "1", "ott": token(sub="1"), "passive": True})
same((status, ca.ledger() == before), (401, True), "revokes nothing")

# --- SSH ---------------------------------------------------------------------


def ssh_issued(name, ott, **more):
    status, doc = ssh.sign(pub, ott, **more)
    ok(status == 201, name + ": 201", doc)
    return inspect(doc["crt"])


def ssh_refused(name, status, ott, **more):
    before = ca.ledger()
    got, doc = ssh.sign(pub, ott, **more)
    same((got, ca.ledger() == before), (status, True),
         "%s: %d, nothing recorded" % (name, status))


seen = ssh_issued("SSH", token())
same((seen["principals"], seen["Key ID"], "host certificate" in seen["Type"]),
     (["web-1"], '"web-1"', True), "of a host, by its name")
ssh_refused("S3 another host", 403, token(), principals=["db"])
ssh_refused("S4 a user", 403, token(), certType="user", principals=["web-1"])
ssh_refused("no principals where any will do", 400, token("cloud", vm="w9"))
ssh_refused("T29 SSH: other tenant", 401, token(tid=TENANTS["cloud"]))
ssh_refused("T29 SSH: another key", 401, token(how={"by": new_key("RS256")}))
ssh_refused("T29 SSH: another resource group", 401, token(
    "listed", xms_mirid=mirid(group="bank")))

# --- the vendor's keys -------------------------------------------------------
vendor.rotate()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
issued("T29 key rotated", token(), plain)
other.stop()
refuse("the vendor is down", 503, None, plain, token("other", by=other))
issued("others serve", token(), plain)

# --- the configuration -------------------------------------------------------


def validate(**members):
    conf = json.loads(json.dumps(ca.config))
    conf["authority"]["provisioners"].append(dict(
        {"type": "Azure", "name": "fresh"}, **members))
    name = os.path.join(ca.tmp, "other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    return subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                           "--ca-config", name], env=ca.env, text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


ok('"fresh" (Azure)' in validate(tenantID="t"), "ca validate asks nobody")
for name, members, want in (
        ("no tenant", {}, "tenantID is missing"),
        ("a taken tenant", {"tenantID": TENANTS["cloud"]},
         "same token identifier"),
        ("http", {"tenantID": "t", "configurationEndpoint": "http://x/"},
         "is not https://"),
        ("no list", {"tenantID": "t", "resourceGroups": "shop"},
         "resourceGroups")):
    said = validate(**members)
    ok(want in said, "ca validate: " + name, said)

# --- what a webhook is told ------------------------------------------------

issued("a webhook", token("hooked", oid="object-9"), make_csr(key, "web-1"))
same(told.pop().get("authorizationPrincipal"), "object-9", "is told the object")
status, doc = ssh.sign(pub, token("hooked", oid="object-9"))
same((status, told.pop().get("authorizationPrincipal")), (201, "object-9"),
     "by SSH, too")
ca.check_logs()
done()
