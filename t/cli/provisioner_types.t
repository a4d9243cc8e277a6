#!/usr/bin/python3
"""stepc ca provisioner add and update for every type: what is written, member
by member, as `step ca provisioner add` writes it; what a flag adds to, takes
out of and takes away; what is refused, with ca.json as it was."""

import base64
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from stepc_ca import BUILD, done, ok, same

tmp = tempfile.TemporaryDirectory(prefix="stepc-types.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name, NO_COLOR="1")
STEPC = os.path.join(BUILD, "stepc")
CONFIG = "step/config/ca.json"


def run(*args):
    return subprocess.run([STEPC, "ca", *args], env=ENV, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True)


def provisioner(name):
    with open(CONFIG) as f:
        for p in json.load(f)["authority"]["provisioners"]:
            if p["name"] == name:
                return p
    return None


def good(name, *args):
    r = run("provisioner", *args)
    ok(r.returncode == 0, name, args, r.returncode, r.stderr)
    return provisioner(args[1])


def bad(name, text, *args):
    with open(CONFIG, "rb") as f:
        before = f.read()
    r = run("provisioner", *args)
    ok(r.returncode == 1 and text in r.stderr, name, args, r.returncode,
       r.stderr, "want: " + text)
    with open(CONFIG, "rb") as f:
        ok(f.read() == before, name + ": ca.json as it was")


def write(name, text):
    with open(name, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).decode()


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def certificate(name, key, is_ca):
    now = datetime.datetime.utcnow()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder().subject_name(subject).issuer_name(
        subject).public_key(key.public_key()).serial_number(7).not_valid_before(
            now - datetime.timedelta(hours=1)).not_valid_after(
                now + datetime.timedelta(days=1)).add_extension(
                    x509.BasicConstraints(is_ca, None), True).add_extension(
                        x509.KeyUsage(not is_ca, False, False, False, False,
                                      is_ca, is_ca, False, False),
                        True).sign(key, hashes.SHA256()).public_bytes(
                            serialization.Encoding.PEM).decode()


def nebula_ca():
    """A certificate of version 1: protobuf, signed with Ed25519."""
    def varint(n):
        out = b""
        while n > 127:
            out += bytes([n & 127 | 128])
            n >>= 7
        return out + bytes([n])

    def field(number, value):
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    key = ed25519.Ed25519PrivateKey.generate()
    now = int(datetime.datetime.now().timestamp())
    details = (field(1, b"nebula ca") + field(5, now - 3600) +
               field(6, now + 86400) + field(7, key.public_key().public_bytes(
                   serialization.Encoding.Raw,
                   serialization.PublicFormat.Raw)) + field(8, 1))
    der = field(1, details) + field(2, key.sign(details))
    return "-----BEGIN NEBULA CERTIFICATE-----\n%s-----END NEBULA " \
        "CERTIFICATE-----\n" % base64.encodebytes(der).decode()


def unpem(b64):
    """What is in PEM in base64: label and contents of each block."""
    text = base64.b64decode(b64).decode()
    return [(label, "".join(body.split())) for label, body in re.findall(
        r"-----BEGIN ([A-Z0-9 ]+)-----\n(.*?)-----END \1-----\n", text, re.S)]


def blocks(text):
    return unpem(base64.b64encode(text.encode()))


key = ec.generate_private_key(ec.SECP256R1())
key2 = ec.generate_private_key(ec.SECP256R1())
ROOT, ROOT2 = certificate("r", key, True), certificate("r2", key2, True)
LEAF = certificate("l", key, False)
NEBULA = nebula_ca()
write("pw", "secret\n")
write("roots", ROOT + private_pem(key) + ROOT2)
write("leaf", LEAF)
# As those of the cloud, which nobody may have installed here.
write("iid", certificate("iid", rsa.generate_private_key(65537, 2048), False))
write("keys", public_pem(key) + public_pem(key2))
write("private", private_pem(key))
write("nebula", "# of the net\n" + NEBULA)
write("both", NEBULA + ROOT)
write("empty", "")
write("x.tpl", '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}}')
write("bad.tpl", '{"subject": {{ nothing .Subject }}}')
write("data", '{"OrganizationalUnit": "DevOps"}')
write("list", "[1]")
write("ssh.tpl", '{"type": {{ toJson .Type }}, "keyId": {{ toJson .KeyID }}, '
      '"principals": {{ toJson .Principals }}}')

r = run("init", "--name", "T", "--dns", "ca.example.com", "--address", ":9000",
        "--provisioner", "admin", "--password-file", "pw",
        "--provisioner-password-file", "pw")
ok(r.returncode == 0, "an authority", r.stderr)

CLAIMS = {"enableSSHCA": True, "disableRenewal": False,
          "allowRenewalAfterExpiry": False, "disableSmallstepExtensions": False}
OPTIONS = {"x509": {}, "ssh": {}}
ENDPOINT = "https://127.0.0.1:1/.well-known/openid-configuration"

# --- add ---------------------------------------------------------------------

# Type, flags, members beside type, name, claims and options.
ADDED = [
    ("SSHPOP", [], {}),
    ("X5C", ["--x5c-roots", "roots"],
     {"roots": blocks(ROOT + ROOT2)}),
    ("k8ssa", ["--public-key", "keys"],
     {"publicKeys": blocks(public_pem(key) + public_pem(key2))}),
    ("Nebula", ["--nebula-root", "nebula"], {"roots": blocks(NEBULA)}),
    ("OIDC", ["--client-id", "id", "--configuration-endpoint", ENDPOINT],
     {"clientID": "id", "clientSecret": "",
      "configurationEndpoint": ENDPOINT}),
    ("OIDC", ["--client-id", "id2", "--client-secret", "s",
              "--configuration-endpoint", ENDPOINT, "--tenant-id", "t",
              "--admin", "a@x.org", "--admin", "b@x.org", "--domain", "x.org",
              "--group", "g", "--listen-address", "127.0.0.1:10000",
              "--scope", "openid", "--scope", "email",
              "--auth-param", "prompt=login"],
     {"clientID": "id2", "clientSecret": "s",
      "configurationEndpoint": ENDPOINT, "tenantID": "t",
      "admins": ["a@x.org", "b@x.org"], "domains": ["x.org"],
      "groups": ["g"], "listenAddress": "127.0.0.1:10000",
      "scopes": ["openid", "email"], "authParams": ["prompt=login"]}),
    ("ACME", [], {}),
    ("acme", ["--force-cn", "--require-eab", "--terms-of-service",
              "https://x.org/t", "--website", "https://x.org",
              "--caa-identity", "x.org", "--challenge", "dns-01",
              "--challenge", "device-attest-01", "--challenge", "dns-01",
              "--attestation-format", "step", "--attestation-format", "tpm",
              "--attestation-roots", "roots"],
     {"forceCN": True, "termsOfService": "https://x.org/t",
      "website": "https://x.org", "caaIdentities": ["x.org"],
      "requireEAB": True, "challenges": ["dns-01", "device-attest-01"],
      "attestationFormats": ["step", "tpm"],
      "attestationRoots": blocks(ROOT + ROOT2)}),
    ("SCEP", ["--challenge", "secret"], {"challenge": "secret"}),
    ("SCEP", ["--force-cn", "--challenge", "secret", "--capabilities",
              "Renewal", "--capabilities", "AES", "--include-root",
              "--exclude-intermediate", "--min-public-key-length", "3072",
              "--encryption-algorithm-identifier", "2",
              "--scep-decrypter-certificate-file", "leaf",
              "--scep-decrypter-key-file", "private",
              "--scep-decrypter-key-uri", "cloudkms:x",
              "--scep-decrypter-key-password-file", "pw"],
     {"forceCN": True, "challenge": "secret",
      "capabilities": ["Renewal", "AES"], "includeRoot": True,
      "excludeIntermediate": True, "minimumPublicKeyLength": 3072,
      "decrypterCertificate": blocks(LEAF),
      "decrypterKeyPEM": blocks(private_pem(key)),
      "decrypterKey": "cloudkms:x", "decrypterKeyPassword": "secret",
      "encryptionAlgorithmIdentifier": 2}),
    ("AWS", ["--iid-roots", "iid"],
     {"accounts": None, "disableCustomSANs": False,
      "disableTrustOnFirstUse": False, "imdsVersions": None,
      "iidRoots": os.path.realpath("iid")}),
    ("AWS", ["--aws-account", "1", "--aws-account", "2",
             "--disable-custom-sans", "--disable-tofu", "--imds-version", "v2",
             "--instance-age", "1h30m", "--iid-roots", "iid"],
     {"accounts": ["1", "2"], "disableCustomSANs": True,
      "disableTrustOnFirstUse": True, "imdsVersions": ["v2"],
      "instanceAge": "1h30m0s",
      "iidRoots": os.path.realpath("iid")}),
    ("GCP", [], {"disableCustomSANs": False, "disableTrustOnFirstUse": False}),
    ("GCP", ["--gcp-service-account", "s@x.org", "--gcp-project", "p",
             "--gcp-project", "q", "--disable-custom-sans",
             "--disable-trust-on-first-use", "--disable-ssh-ca-user=false",
             "--disable-ssh-ca-host", "--instance-age", "5m"],
     {"serviceAccounts": ["s@x.org"], "projectIDs": ["p", "q"],
      "disableCustomSANs": True, "disableTrustOnFirstUse": True,
      "disableSSHCAUser": False, "disableSSHCAHost": True,
      "instanceAge": "5m0s"}),
    ("gcp", ["--gcp-project", "123"],
     {"projectIDs": ["123"], "disableCustomSANs": False,
      "disableTrustOnFirstUse": False}),
    ("Azure", ["--azure-tenant", "t1"],
     {"tenantID": "t1", "resourceGroups": None, "subscriptionIDs": None,
      "objectIDs": None, "disableCustomSANs": False,
      "disableTrustOnFirstUse": False}),
    ("AZURE", ["--azure-tenant", "t2", "--azure-resource-group", "g",
               "--azure-resource-group", "h", "--azure-subscription-id", "s",
               "--azure-object-id", "o", "--azure-audience", "https://x.org",
               "--disable-custom-sans", "--disable-tofu"],
     {"tenantID": "t2", "resourceGroups": ["g", "h"],
      "subscriptionIDs": ["s"], "objectIDs": ["o"],
      "audience": "https://x.org", "disableCustomSANs": True,
      "disableTrustOnFirstUse": True}),
]
NAMES = {t.lower(): t for t in ("SSHPOP", "X5C", "K8sSA", "Nebula", "OIDC",
                                "ACME", "SCEP", "AWS", "GCP", "Azure")}
PEM = ("roots", "publicKeys", "attestationRoots", "decrypterCertificate",
       "decrypterKeyPEM")
used = set()
for i, (kind, flags, members) in enumerate(ADDED):
    name = "p%d" % i
    p = good("add %s %s" % (kind, " ".join(flags)[:60]), "add", name,
             "--type", kind, *flags)
    used.update(f.split("=")[0] for f in flags if f.startswith("--"))
    for k in PEM:
        if p and k in p:
            p[k] = unpem(p[k])
    want = {"type": NAMES[kind.lower()], "name": name, **members,
            "claims": CLAIMS}
    if kind != "SSHPOP":
        want["options"] = OPTIONS
    same(p, want, "%s: exactly these members" % name)
    same(list(p), list(want), "%s: in this order" % name)

r = subprocess.run([STEPC, "help", "ca", "provisioner", "add"], env=ENV,
                   text=True, stdout=subprocess.PIPE)
flags = set(re.findall(r"--[a-z0-9-]+", r.stdout))
CLAIM_FLAGS = {
    "--%s-%s-dur" % (a, b): claim + c for a, c in (
        ("x509", "TLSCertDuration"), ("ssh-user", "UserSSHCertDuration"),
        ("ssh-host", "HostSSHCertDuration"))
    for b, claim in (("min", "min"), ("max", "max"), ("default", "default"))}
SWITCHES = {"--ssh": "enableSSHCA", "--disable-renewal": "disableRenewal",
            "--allow-renewal-after-expiry": "allowRenewalAfterExpiry",
            "--disable-renewal-of-unknown": "disableRenewalOfUnknown",
            "--disable-smallstep-extensions": "disableSmallstepExtensions"}
same(sorted(flags - used - set(CLAIM_FLAGS) - set(SWITCHES) - {
    "--type", "--x5c-root", "--disable-tofu", "--disable-trust-on-first-use",
    "--create", "--public-key", "--private-key", "--password-file",
    "--x509-template", "--x509-template-data", "--ssh-template",
    "--ssh-template-data", "--ca-config", "--config", "--help",
    "--gcp-organization"}), [],
     "no flag of add without a test")
ok(run("validate").returncode == 0, "an authority would start with all")

# --- claims and templates, of every type -------------------------------------

for i, (kind, _, _) in enumerate(ADDED):
    name = "p%d" % i
    args = []
    want = dict(CLAIMS)
    for n, (flag, claim) in enumerate(sorted(CLAIM_FLAGS.items())):
        minutes = 30 if "min" in flag else 90 if "max" in flag else 60
        args += [flag, "%dm" % minutes]
        want[claim] = "%dh%dm0s" % divmod(minutes, 60) if minutes >= 60 \
            else "%dm0s" % minutes
    for flag, claim in SWITCHES.items():
        want[claim] = not CLAIMS.get(claim, False)
        args.append("%s=%s" % (flag, str(want[claim]).lower()))
    p = good("update %s: every claim" % kind, "update", name, *args)
    same(p["claims"], want, "%s: each is set" % name)
    p = good("and away with them", "update", name,
             *["%s=" % f for f in CLAIM_FLAGS])
    same(sorted(p["claims"]), sorted(SWITCHES.values()),
         "%s: an empty value leaves it to the authority" % name)
    if kind == "SSHPOP":
        bad("SSHPOP has no templates", "not SSHPOP", "update", name,
            "--x509-template", "x.tpl")
        continue
    p = good("%s: templates" % kind, "update", name, "--x509-template",
             "x.tpl", "--x509-template-data", "data")
    with open("x.tpl") as f:
        same(p["options"], {"x509": {"template": f.read(), "templateData": {
            "OrganizationalUnit": "DevOps"}}, "ssh": {}},
             "%s: the text itself" % name)
    if kind in ("acme", "ACME", "SCEP"):
        continue
    p = good("%s: of SSH" % kind, "update", name, "--ssh-template", "ssh.tpl",
             "--ssh-template-data", "data", "--x509-template", "",
             "--x509-template-data=")
    with open("ssh.tpl") as f:
        same(p["options"], {"x509": {}, "ssh": {
            "template": f.read(), "templateData": {
                "OrganizationalUnit": "DevOps"}}},
             "%s: one more, one less" % name)

# --- update ------------------------------------------------------------------

ids = {}
for i, (kind, flags, _) in enumerate(ADDED):
    if flags:
        ids[NAMES[kind.lower()]] = "p%d" % i
LISTS = [("OIDC", "admins", "admin", "c@x.org"),
         ("OIDC", "domains", "domain", "y.org"),
         ("OIDC", "groups", "group", "h"),
         ("OIDC", "scopes", "scope", "profile"),
         ("OIDC", "authParams", "auth-param", "a=b"),
         ("ACME", "caaIdentities", "caa-identity", "y.org"),
         ("ACME", "challenges", "challenge", "http-01"),
         ("ACME", "attestationFormats", "attestation-format", "apple"),
         ("AWS", "accounts", "aws-account", "3"),
         ("AWS", "imdsVersions", "imds-version", "v1"),
         ("GCP", "serviceAccounts", "gcp-service-account", "t@x.org"),
         ("GCP", "projectIDs", "gcp-project", "r"),
         ("Azure", "resourceGroups", "azure-resource-group", "i"),
         ("Azure", "subscriptionIDs", "azure-subscription-id", "t"),
         ("Azure", "objectIDs", "azure-object-id", "q")]
ids["GCP"] = [n for n in ("p%d" % i for i in range(len(ADDED)))
              if "projectIDs" in provisioner(n)][0]
NULL = {("AWS", "accounts"), ("AWS", "imdsVersions"),
        ("Azure", "resourceGroups"), ("Azure", "subscriptionIDs"),
        ("Azure", "objectIDs")}  # are always written
for kind, member, flag, value in LISTS:
    name = ids[kind]
    before = provisioner(name).get(member) or []
    p = good("--" + flag, "update", name, "--" + flag, value)
    same(p[member], before + [value], "appends to %s" % member)
    p = good("--%s again" % flag, "update", name, "--" + flag, value)
    same(p[member], before + [value], "once")
    bad("--remove-%s of nothing" % flag, "there is no 'zzz' in " + member,
        "update", name, "--remove-" + flag, "zzz")
    p = good("--remove-" + flag, "update", name, "--remove-" + flag, value)
    same(p.get(member) or [], before, "takes it out")
    for v in before:
        p = good("--remove-" + flag, "update", name, "--remove-" + flag, v)
    same(p.get(member), None, "and the last of %s" % member)
    same(member in p, (kind, member) in NULL, "which is null or gone")
TEXTS = [("OIDC", "clientID", "client-id", "id3"),
         ("OIDC", "clientSecret", "client-secret", "s2"),
         ("OIDC", "configurationEndpoint", "configuration-endpoint",
          "https://127.0.0.1:1/x"),
         ("OIDC", "tenantID", "tenant-id", "t3"),
         ("OIDC", "listenAddress", "listen-address", ":1"),
         ("Azure", "tenantID", "azure-tenant", "t4"),
         ("Azure", "audience", "azure-audience", "aud"),
         ("ACME", "website", "website", "https://y.org"),
         ("SCEP", "challenge", "challenge", "other")]
for kind, member, flag, value in TEXTS:
    same(good("update --" + flag, "update", ids[kind], "--" + flag,
              value)[member], value, "%s is changed" % member)
ok("audience" not in good("away", "update", ids["Azure"], "--azure-audience="),
   "an empty value takes a member away")
bad("but not one that is needed", "cannot be empty", "update", ids["Azure"],
    "--azure-tenant", "")
same(unpem(good("other roots", "update", "p1", "--x5c-roots", "roots")
           ["roots"]), blocks(ROOT + ROOT2), "roots are replaced")

# --- the key of JWK ----------------------------------------------------------

first = good("JWK", "add", "j", "--create", "--password-file", "pw")
second = good("another key", "update", "j", "--create", "--password-file", "pw")
ok(second["key"]["kid"] != first["key"]["kid"] and
   second["encryptedKey"] != first["encryptedKey"], "is another one")
for n in ("1", "2"):
    subprocess.run([STEPC, "crypto", "jwk", "create", "pub" + n, "priv" + n,
                    "--no-password", "--insecure"], env=ENV, check=True,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
third = good("a key from a file", "update", "j", "--public-key", "pub1")
ok("encryptedKey" not in third and third["key"]["kid"] ==
   json.load(open("pub1"))["kid"], "without the private key of the other one")
fourth = good("its private key", "update", "j", "--private-key", "priv1",
              "--password-file", "pw")
same(fourth["key"]["kid"], third["key"]["kid"], "of the same key")
ok(run("token", "a", "--offline", "--provisioner", "j", "--password-file",
       "pw").returncode == 0, "a token of it")
bad("a private key of another", "two keys", "update", "j", "--private-key",
    "priv2", "--password-file", "pw")
ok("encryptedKey" not in good("no private key", "update", "j",
                              "--private-key="), "clients have it")

# --- what is refused ---------------------------------------------------------

for kind, flags, text in (
        ("Nothing", [], "options are JWK, OIDC"),
        ("OIDC", ["--client-id", "x"],
         "'--type OIDC' requires the '--configuration-endpoint' flag"),
        ("OIDC", ["--configuration-endpoint", ENDPOINT],
         "'--type OIDC' requires the '--client-id' flag"),
        ("OIDC", ["--client-id", "x", "--configuration-endpoint",
                  "http://x.org"], "must begin with https://"),
        ("Azure", [], "requires the '--azure-tenant' flag"),
        ("Nebula", [], "requires the '--nebula-root' flag"),
        ("Nebula", ["--nebula-root", "both"], "not a NEBULA CERTIFICATE"),
        ("Nebula", ["--nebula-root", "empty"], "is not PEM"),
        ("X5C", ["--x5c-roots", "leaf"], "not that of a CA"),
        ("K8sSA", ["--public-key", "private"], "private"),
        ("ACME", ["--challenge", "ftp-01"],
         "options are http-01, dns-01, tls-alpn-01, device-attest-01"),
        ("ACME", ["--challenge", "01"], "options are"),
        ("ACME", ["--attestation-format", "ste"], "options are apple"),
        ("ACME", ["--attestation-roots", "leaf"], "not that of a CA"),
        ("SCEP", ["--challenge", "a", "--challenge", "b"], "once only"),
        ("SCEP", ["--min-public-key-length", "12"], "from 1024 to"),
        ("SCEP", ["--encryption-algorithm-identifier", "5"], "from 0 to 4"),
        ("SCEP", ["--scep-decrypter-key-file", "roots"],
         "not one private key"),
        ("SCEP", ["--scep-decrypter-certificate-file", "keys"], "parsing"),
        ("AWS", ["--imds-version", "v3"], "options are v1, v2"),
        ("AWS", ["--instance-age", "-5m"], "is a duration"),
        ("AWS", ["--instance-age", "old"], "is a duration"),
        ("AWS", ["--iid-roots", "missing"], "open missing failed"),
        ("AWS", ["--disable-ssh-ca-user"], "of type GCP, not AWS"),
        ("AWS", ["--azure-tenant", "t"], "of type Azure, not AWS"),
        ("GCP", ["--gcp-project", "p", "--gcp-organization", "1"],
         "incompatible"),
        ("GCP", ["--gcp-organization", "1"],
         "organizationID is not supported"),
        ("SSHPOP", ["--x5c-roots", "roots"], "of type X5C, not SSHPOP"),
        ("SSHPOP", ["--force-cn"], "of type ACME or SCEP, not SSHPOP"),
        ("JWK", ["--create", "--password-file", "pw", "--instance-age", "1h"],
         "of type AWS or GCP, not JWK"),
        ("ACME", ["--ssh-template", "ssh.tpl"], "not ACME"),
        ("ACME", ["--x509-template-data", "list"], "expected a JSON object"),
        ("JWK", ["--create", "--password-file", "pw", "--x509-template",
                 "bad.tpl"], "nothing"),
        ("ACME", ["--x509-max-dur", "1h", "--x509-default-dur", "2h"],
         "defaultTLSCertDuration is more than maxTLSCertDuration"),
        ("AWS", ["--x509-max-dur", "-1h"],
         "maxTLSCertDuration is a duration")):
    bad("%s %s" % (kind, " ".join(flags)), text, "add", "new", "--type", kind,
        *flags)
r = run("provisioner", "add", "shared", "--type", "SCEP", "--challenge", "s")
ok(r.returncode == 0 and "everybody on this machine can read it" in r.stderr,
   "a secret in a file for everybody: it warns", r.stderr)
bad("a flag of another type", "of type OIDC, not AWS", "update", ids["AWS"],
    "--remove-admin", "x")
# As step wrote it, for an authority with an account there.
with open(CONFIG) as f:
    config = json.load(f)
config["authority"]["provisioners"].append(
    {"type": "GCP", "name": "whole", "organizationID": "123"})
write(CONFIG, json.dumps(config))
bad("projects and an organization", "incompatible", "update", "whole",
    "--gcp-project", "p")
done()
