#!/usr/bin/python3
"""The K8sSA provisioner: certificates for tokens of Kubernetes' service
accounts (attack row T29).  Tokens are made as a cluster makes them, with keys
that the test has made."""

import base64
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, DEFAULT_401, P400, P401, P403, Refusals, b64u, \
    done, make_csr, make_key, ok, same
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
old, new = make_key("2048"), make_key()  # the cluster's, being phased out


def public(*keys):
    return base64.b64encode(b"".join(k.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)
        for k in keys)).decode()


def edit(config, demo):
    config["authority"]["provisioners"].append({
        "type": "K8sSA", "name": "cluster", "publicKeys": public(old, new),
        "claims": {"enableSSHCA": True},
        "options": {"x509": {"policy": {
            "allow": {"dns": ["*.shop.svc"], "ip": ["10.0.0.0/8"],
                      "cn": ["web"]}}}}})


ca = CA(edit)
ssh = Ssh(ca)
refuse = Refusals(ca)
key = make_key()
WHO = "kubernetes.io/serviceaccount/"


def claims(**more):
    c = {"iss": "kubernetes/serviceaccount", WHO + "namespace": "shop",
         WHO + "secret.name": "web-token-1", WHO + "service-account.name":
         "web", WHO + "service-account.uid": "1-2-3",
         "sub": "system:serviceaccount:shop:web"}
    c.update(more)
    return {k: v for k, v in c.items() if v is not None}


def token(by=new, alg=None, header=None, **more):
    rsa = by is old
    h = {"alg": alg or ("RS256" if rsa else "ES256"), "kid": "whatever"}
    h.update(header or {})
    inp = (b64u(json.dumps(h)) + "." + b64u(json.dumps(claims(**more)))
           ).encode()
    sig = by.sign(inp, padding.PKCS1v15(), hashes.SHA256()) if rsa else \
        ca.es256(inp, private=by)
    return inp.decode() + "." + b64u(sig)


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def issued(name, ott, request, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return doc


# --- X.509: the request's subject and names ------------------------------
san = x509.SubjectAlternativeName
csr = make_csr(key, "web", [x509.DNSName("web.shop.svc"),
                            x509.IPAddress(__import__("ipaddress").ip_address(
                                "10.1.2.3"))])
token_of_web = token()
crt = load(issued("a token of a service account", token_of_web, csr))
same(([a.value for a in crt.subject],
      crt.extensions.get_extension_for_class(san).value.get_values_for_type(
          x509.DNSName)), (["web"], ["web.shop.svc"]), "the request's names")
issued("as often as it comes", token_of_web, csr)
issued("the other key, of RSA", token(old), csr)
issued("an audience of its own", token(aud=["https://kubernetes.default"]),
       csr)
issued("with times", token(iat=int(time.time()), exp=int(time.time()) + 60),
       csr)
organised = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([
    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Shop"),
    x509.NameAttribute(NameOID.COMMON_NAME, "web")])).add_extension(
        x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
doc = issued("a subject of several parts, and a wish to be a CA", token(),
             organised.public_bytes(serialization.Encoding.PEM).decode())
crt = load(doc)
same([a.value for a in crt.subject], ["Shop", "web"], "all of the subject")
text = subprocess.run(["openssl", "x509", "-noout", "-text"], text=True,
                      input=doc["crt"], stdout=subprocess.PIPE).stdout
ok("CA:TRUE" not in text and "TLS Web Client Authentication" in text,
   "openssl sees a leaf", text)

# --- what nobody gets ----------------------------------------------------
refuse("policy holds: another name", 403, None, make_csr(
    key, "web", [x509.DNSName("bank.example")]), token())
refuse("policy holds: another common name", 403, None,
       make_csr(key, "bank.example"), token())
refuse("T29 of another issuer", 401, None, csr, token(iss="https://other"))
refuse("T29 of no issuer", 401, None, csr, token(iss=None))
refuse("T29 no subject", 401, None, csr, token(sub=""))
refuse("T29 another key", 401, DEFAULT_401, csr, token(make_key()))
for alg in ("none", "HS256", "RS256", "ES384", "EdDSA"):
    refuse("T29 alg " + alg, 401, DEFAULT_401, csr, token(alg=alg))
refuse("T29 expired", 401, None, csr, token(exp=int(time.time()) - 90))
refuse("T29 early", 401, None, csr, token(nbf=int(time.time()) + 3600))
refuse("T29 from the future", 401, None, csr, token(iat=int(time.time()) +
                                                    3600))
stolen = token().split(".")
refuse("T29 other claims below the signature", 401, DEFAULT_401, csr,
       stolen[0] + "." + b64u(json.dumps(claims(sub="system:admin"))) + "." +
       stolen[2])
refuse("T29 for a JWK provisioner's audience", 401, None, csr, token(
    aud="https://localhost:%d/1.0/sign" % ca.port))
before = ca.ledger()
status, _, data = ca.request("POST", "/1.0/revoke", {
    "serial": "77", "ott": token(), "passive": True, "reasonCode": 0})
same((status, ca.ledger() == before), (403, True),
     "revokes nothing, nothing recorded")

# --- SSH: the request says it all ----------------------------------------
pub = stepc_ssh.make_key("web")
status, doc = ssh.sign(pub, token(), certType="host", keyID="web",
                       principals=["web.shop.svc"])
same(status, 201, "SSH by a service account")
seen = inspect(doc["crt"])
same((seen["principals"], seen["Key ID"], "host" in seen["Type"]),
     (["web.shop.svc"], '"web"', True), "all of it the request's")
full = {"certType": "user", "keyID": "web", "principals": ["web"]}
for member in full:
    before = ca.ledger()
    status, doc = ssh.sign(pub, token(), **{
        k: v for k, v in full.items() if k != member})
    same((status, doc["message"], ca.ledger() == before),
         (400, P400 + "ssh certificate %s cannot be empty." % member, True),
         "SSH without %s: 400, nothing recorded" % member)
before = ca.ledger()
same((ssh.sign(pub, token(make_key()), **full)[0], ca.ledger() == before),
     (401, True), "T29 SSH: another key")
same(ssh.sign(pub, token(), **dict(full, certType="robot"))[0], 400,
     "SSH of no type")

def restart():
    workers(ca, "stop", "sign")
    workers(ca, "start", "sign")


# --- the configuration ---------------------------------------------------


def validate(publicKeys, also=()):
    """What ca validate says of the provisioner when it has these keys."""
    conf = json.loads(json.dumps(ca.config))
    mine = conf["authority"]["provisioners"][-1]
    mine["publicKeys"] = publicKeys
    conf["authority"]["provisioners"] += also
    name = os.path.join(ca.tmp, "other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                        "--ca-config", name], env=ca.env, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.stdout


for name, keys, want in (
        ("no keys", "", "publicKeys is missing"),
        ("no base64", "*", "publicKeys is not base64"),
        ("no PEM", "AAAA", "publicKeys: no key in PEM"),
        ("a private key", base64.b64encode(key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())).decode(), "publicKeys: "),
        ("one good, one bad", base64.b64encode(
            base64.b64decode(public(new)) + b"-----BEGIN PUBLIC KEY-----\n"
            b"AAAA\n-----END PUBLIC KEY-----\n").decode(), "publicKeys: ")):
    said = validate(keys)
    ok('"cluster": ' + want in said, "ca validate: " + name, said)
said = validate(public(new), [{"type": "K8sSA", "name": "second",
                               "publicKeys": public(new)}])
ok("same token identifier" in said, "ca validate: only one such", said)

ca.config["authority"]["provisioners"][-1]["options"]["x509"] = {
    "template": '{"subject": {{ toJson .Token.sub }}, "dnsNames": '
    '[{{ index .Token "%snamespace" | toJson }}]}' % WHO}
ca.write_config()
restart()
crt = load(issued("by a template", token(), csr))
same([a.value for a in crt.subject], ["system:serviceaccount:shop:web"],
     "which may look at the token instead")

# --- the client ----------------------------------------------------------
path = os.path.join(ca.tmp, "token")
with open(path, "w") as f:
    f.write(token() + "\n")
ca.config["authority"]["provisioners"][-1]["options"] = {}
ca.write_config()
restart()


def stepc(*args):
    return subprocess.run([os.path.join(BUILD, "stepc"), *args],
                          cwd=ca.tmp, env=dict(ca.env, NO_COLOR="1"),
                          text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True)


r = stepc("ca", "certificate", "pod.svc", "pod.crt", "pod.key", "--san",
          "pod.svc", "--san", "10.0.0.9", "--k8ssa-token-path", path)
ok(r.returncode == 0 and "cluster (K8sSA)" in r.stderr,
   "stepc ca certificate --k8ssa-token-path", r.stdout, r.stderr)
with open(os.path.join(ca.tmp, "pod.crt"), "rb") as f:
    crt = x509.load_pem_x509_certificate(f.read())
same(([a.value for a in crt.subject], sorted(str(n.value) for n in
      crt.extensions.get_extension_for_class(san).value)),
     (["pod.svc"], ["10.0.0.9", "pod.svc"]), "for what was asked")
r = stepc("certificate", "create", "--csr", "--no-password", "--insecure",
          "req.svc", "req.csr", "req.key")
r = stepc("ca", "sign", "req.csr", "req.crt", "--k8ssa-token-path", path)
ok(r.returncode == 0, "stepc ca sign", r.stdout, r.stderr)
r = stepc("ssh", "certificate", "--host", "h.svc", "id_h", "--no-password",
          "--insecure", "--k8ssa-token-path", path)
ok(r.returncode == 0, "stepc ssh certificate", r.stdout, r.stderr)
r = subprocess.run([KEYGEN, "-L", "-f", os.path.join(ca.tmp, "id_h-cert.pub")],
                   text=True, stdout=subprocess.PIPE)
ok("host certificate" in r.stdout and 'Key ID: "h.svc"' in r.stdout,
   "ssh-keygen reads what was asked", r.stdout)
r = stepc("ca", "token", "pod.svc", "--k8ssa-token-path", path)
with open(path) as f:
    same(r.stdout, f.read(), "stepc ca token gives the account's own")
r = stepc("ca", "token", "pod.svc", "--k8ssa-token-path", path + ".none")
ok(r.returncode == 1 and ".none" in r.stderr, "no such file", r.stderr)
pems = os.path.join(ca.tmp, "keys.pem")
with open(pems, "wb") as f:
    f.write(base64.b64decode(public(old, new)))
r = stepc("ca", "provisioner", "remove", "cluster")
ok(r.returncode == 0, "stepc ca provisioner remove", r.stderr)
r = stepc("ca", "provisioner", "add", "k8s", "--type", "K8sSA")
ok(r.returncode == 1 and "'--public-key' flag" in r.stderr,
   "stepc ca provisioner add wants keys", r.stderr)
r = stepc("ca", "provisioner", "add", "k8s", "--type", "K8sSA",
          "--public-key", path)
ok(r.returncode == 1 and path in r.stderr, "keys, not a token", r.stderr)
r = stepc("ca", "provisioner", "add", "k8s", "--type", "K8sSA",
          "--public-key", pems)
with open(os.path.join(ca.demo, "config/ca.json")) as f:
    made = json.load(f)["authority"]["provisioners"][-1]
same((r.returncode, made["type"], made["publicKeys"]),
     (0, "K8sSA", public(old, new)), "stepc ca provisioner add")
ca.check_logs()
done()
