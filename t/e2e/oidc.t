#!/usr/bin/python3
"""The OIDC provisioner: certificates for the ID tokens of an identity
provider, which is one of the tests' own (attack rows T25, P7)."""

import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, P400, P401, Refusals, b64u, done, make_csr, \
    make_key, ok, same
from stepc_idp import DISCOVERY, JWKS, Idp, make_token, new_key, public_pem
import stepc_ssh
from stepc_faults import workers
from stepc_ssh import KEYGEN, Ssh, inspect
from cryptography import x509
from cryptography.hazmat.primitives import serialization

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")

TENANT = "11112222-3333-4444-5555-666677778888"
idp = Idp()  # of most of them
tenants = Idp(alg="ES256", base="/common")
tenants.discovery["issuer"] = tenants.url + "/{tenantid}/v2.0"
tenants.issuer = tenants.url + "/" + TENANT + "/v2.0"
counted = Idp(alg="EdDSA")
stranger = Idp()  # whom nobody here trusts
own = Idp()  # to get its certificate from the CA
late = Idp()
late.stop()
bad = Idp()
with open(idp.root, "ab") as roots:
    for other in (tenants, counted, late, bad):
        with open(other.root, "rb") as f:
            roots.write(f.read())
# As for OpenSSL, and for step-ca.
os.environ["SSL_CERT_FILE"] = idp.root


def provisioner(name, of, client, **more):
    return dict({"type": "OIDC", "name": name, "clientID": client,
                 "clientSecret": "not a secret",
                 "configurationEndpoint": of if isinstance(of, str)
                 else of.url, "claims": {"enableSSHCA": True}}, **more)


SHAPED = '{"subject": {{ toJson .Token.email }}, "sans": {{ toJson .SANs }}}'
SHAPED_SSH = ('{"type": {{ toJson .Type }}, "keyId": {{ toJson .Token.sub }},'
              '"principals": {{ toJson .Principals }}}')


def edit(config, demo):
    config["authority"]["provisioners"] += [
        provisioner("corp", idp, "client", domains=["example.com"],
                    admins=["admin@example.com", "ca-admins"],
                    listenAddress=":10000"),
        provisioner("tenants", tenants.url + DISCOVERY, "tenants-client",
                    tenantID=TENANT, groups=["staff"]),
        provisioner("open", idp.url + "/", "open-client"),
        provisioner("shaped", idp, "shaped-client",
                    admins=["admin@example.com"],
                    options={"x509": {"template": SHAPED},
                             "ssh": {"template": SHAPED_SSH}}),
        provisioner("plain", idp, "plain-client", claims={}),
        provisioner("counted", counted, "counted-client"),
        provisioner("stranger", stranger, "stranger-client"),
        provisioner("own", own, "own-client"),
        provisioner("late", late, "late-client"),
        provisioner("bad", bad, "bad-client"),
        {"type": "ACME", "name": "acme"}, {"type": "SCEP", "name": "scep"}]


ca = CA(edit)
ssh = Ssh(ca)
USED = P401 + "the token was already used"
refuse = Refusals(ca)
key = make_key()
csr = make_csr(key, "joe@example.com")
san = x509.SubjectAlternativeName
PROVISIONER = x509.ObjectIdentifier("1.3.6.1.4.1.37476.9000.64.1")


def restart(*handlers, n=2):
    handlers = handlers or ("sign", "ssh-sign", "revoke")
    workers(ca, "stop", *handlers)
    workers(ca, "start", *handlers, n=n)


def load(doc):
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def issued(name, ott, request=csr, **more):
    status, doc = ca.sign(request, ott, **more)
    ok(status == 201 and "crt" in doc, name + ": 201", status, doc)
    refuse.before = ca.ledger()
    return doc


def names(crt):
    """Common name and names, as cryptography sees them."""
    try:
        alt = crt.extensions.get_extension_for_class(san).value
    except x509.ExtensionNotFound:
        alt = []
    return ([a.value for a in crt.subject],
            [(type(n).__name__, str(n.value)) for n in alt])


def joe(**more):
    return idp.token(**dict({"email": "Joe.Smith+x@Example.com",
                             "email_verified": True}, **more))


def admin(**more):
    return joe(**dict({"email": "admin@EXAMPLE.com"}, **more))


# Which would not be let in by a restart, but does not stop a start.
ca.config["authority"]["provisioners"].append(provisioner(
    "unsafe", idp.url.replace("https", "http"), "unsafe-client"))
ca.write_config()
restart()

# --- X.509 ---------------------------------------------------------------
doc = issued("an ID token", joe())
crt = load(doc)
same(names(crt), (["1234567890"], [
    ("RFC822Name", "Joe.Smith+x@Example.com"),
    ("UniformResourceIdentifier", idp.issuer + "#1234567890")]),
    "its subject, email, and issuer#subject")
same(crt.extensions.get_extension_for_oid(PROVISIONER).value.value,
     b"\x30\x11\x02\x01\x02\x04\x04corp\x04\x06client",
     "provisioner extension: type 2, credential id: the client id")
text = subprocess.run(["openssl", "x509", "-noout", "-text"], text=True,
                      input=doc["crt"], stdout=subprocess.PIPE).stdout
ok("CN = 1234567890" in text and "email:Joe.Smith+x@Example.com, URI:" in text
   and "TLS Web Client Authentication" in text, "openssl agrees", text)
hostile = make_csr(key, "root.example.com", [
    x509.DNSName("root.example.com"), x509.RFC822Name("root@example.com")],
    [(x509.BasicConstraints(True, None), True)])
same(names(load(issued("a request for other names", joe(), hostile))),
     names(crt), "gets the token's")
same(names(load(issued("no email", idp.token(aud="open-client", sub="a/b c")))),
     (["a/b c"], [("UniformResourceIdentifier", idp.issuer + "#a/b%20c")]),
     "subject and issuer#subject, escaped")
issued("audiences in a list", joe(aud=["other", "client"], azp="client"))
issued("no nonce", joe(nonce=None))
issued("email_verified in words", joe(email_verified="true"))
issued("email_verified is not there", joe(email_verified=None))
same(names(load(issued("one of a tenant", tenants.token(
    aud="tenants-client", groups=["all", "staff"])))),
    (["1234567890"], [("UniformResourceIdentifier",
                       tenants.issuer + "#1234567890")]),
    "{tenantid} is the tenant")
same(names(load(issued("a template", joe(aud="shaped-client")))),
     (["Joe.Smith+x@Example.com"], names(crt)[1]), "sees the token")

# --- admins --------------------------------------------------------------
wanted = make_csr(key, "db.internal", [x509.DNSName("db.internal")])
same(names(load(issued("an admin", admin(), wanted))),
     (["db.internal"], [("DNSName", "db.internal")]), "gets what he asks for")
same(names(load(issued("an admin by group, of another domain", joe(
    email="eve@other.example", groups=["ca-admins"]), wanted)))[0],
    ["db.internal"], "too")
same(names(load(issued("an admin, with a template", admin(
    aud="shaped-client"), wanted))),
    (["admin@EXAMPLE.com"], [
        ("RFC822Name", "admin@EXAMPLE.com"),
        ("UniformResourceIdentifier", idp.issuer + "#1234567890")]),
    "gets what that says")
same(names(load(issued("T25 admin mail in other case", admin(
    email="Admin@example.com"), wanted)))[1][0],
    ("RFC822Name", "Admin@example.com"), "is none: gets his own names")

# --- refusals ------------------------------------------------------------
replayed = joe(nonce="n-0S6_WzA2Mj")
issued("once", replayed)
refuse("T25 nonce: the same token again", 401, USED, csr, replayed)
refuse("T25 nonce: another token with the same", 401, USED, csr,
       joe(nonce="n-0S6_WzA2Mj", sub="other"))
issued("T25 nonce: the same of another provisioner",
       joe(nonce="n-0S6_WzA2Mj", aud="open-client"))
without = joe(nonce=None, jti="1")
issued("once", without)
refuse("T25 no nonce: the same token again", 401, USED, csr, without)
same_jti = joe(nonce=None, jti="1", sub="other")
issued("a jti says nothing", same_jti)

for name, ott in (
        ("another key", joe(by=new_key("RS256"))),
        ("another provider's key", joe(by=tenants.key, alg="ES256")),
        ("alg none", joe(alg="none")),
        ("alg HS256 with the public key", joe(
            alg="HS256", by=public_pem(idp.key))),
        ("another algorithm of the key", joe(alg="RS512")),
        ("PS256", joe(alg="PS256")),
        ("RS256 in the header, signed with PS256", joe(
            alg="PS256", header={"alg": "RS256"})),
        ("other claims below the signature", ".".join(
            p if i != 1 else b64u(json.dumps(idp.claims(
                aud="client", email="admin@example.com")))
            for i, p in enumerate(joe().split(".")))),
        ("the key in its header", make_token(
            idp.claims(aud="client"), new_key("RS256"), "RS256", idp.kid,
            {"jwk": idp.jwk()}))):
    refuse("T25 " + name, 401, None, csr, ott)
refuse("T25 unknown crit", 401, None, csr, joe(header={"crit": ["x"]}))
now = int(time.time())
for name, ott in (
        ("wrong aud", joe(aud="stranger")),
        ("no aud", joe(aud=None)),
        ("azp of another", joe(azp="open-client")),
        ("aud of several, azp of none", joe(aud=["client", "x"], azp="x")),
        ("azp that is a number", joe(azp=7)),
        ("wrong issuer", joe(iss="https://accounts.example")),
        ("issuer with a slash", joe(iss=idp.issuer + "/")),
        ("no issuer", joe(iss=None)),
        ("expired", joe(exp=now - 90)),
        ("early", joe(nbf=now + 3600)),
        ("from the future", joe(iat=now + 3600)),
        ("no subject", joe(sub=None)),
        ("empty subject", joe(sub="")),
        ("domain not allowed", joe(email="joe@evil.example")),
        ("domain not allowed, by its end", joe(email="joe@notexample.com")),
        ("subdomain", joe(email="joe@a.example.com")),
        ("two domains", joe(email="joe@example.com@evil.example")),
        ("no domain", joe(email="example.com")),
        ("no email where domains are asked for", joe(email=None)),
        ("empty email", joe(email="")),
        ("email that is a list", joe(email=["joe@example.com"])),
        ("email_verified:false", joe(email_verified=False)),
        ("email_verified:\"false\"", joe(email_verified="false")),
        ("email_verified:0", joe(email_verified=0)),
        ("email_verified:false of an admin", admin(email_verified=False)),
        ("groups that are a text", joe(groups="ca-admins")),
        ("nonce of 2 kB", joe(nonce="x" * 2048))):
    refuse("T25 " + name, 401, None, csr, ott)
for name, ott in (
        ("wrong tenant", tenants.token(
            aud="tenants-client", groups=["staff"],
            iss=tenants.url + "/other/v2.0")),
        ("tenant as it is published", tenants.token(
            aud="tenants-client", groups=["staff"],
            iss=tenants.url + "/{tenantid}/v2.0")),
        ("no group", tenants.token(aud="tenants-client")),
        ("other group", tenants.token(aud="tenants-client",
                                      groups=["Staff", "staff "])),
        ("group of a group", tenants.token(aud="tenants-client",
                                           groups=[["staff"]]))):
    refuse("T25 " + name, 401, None, csr, ott)
refuse("a name that nobody gets", 403, None, csr, idp.token(
    aud="open-client", email="a b@example.com"))
refuse("an email that is a host", 403, None, csr, idp.token(
    aud="open-client", email="www.example.com"))
refuse("a JWK provisioner's audience", 401, None, csr, joe(
    aud="https://localhost:%d/1.0/sign" % ca.port))
refuse("another provisioner's token", 401, None, csr, tenants.token(
    aud="client", email="joe@example.com"))

# --- P7 ------------------------------------------------------------------
for path in ("/1.0/sign", "/1.0/ssh/sign", "/1.0/revoke"):
    for name in ("acme", "scep"):
        for how, claims in (
                ("fragment", {"aud": "https://localhost:%d%s#%s/%s" % (
                    ca.port, path, name, name)}),
                ("azp", {"azp": name + "/" + name}),
                ("aud", {"aud": name + "/" + name})):
            before = ca.ledger()
            status, _, data = ca.request("POST", path, {
                "csr": csr, "ott": joe(**claims), "serial": "1",
                "passive": True, "publicKey": stepc_ssh.make_key("p7")})
            same((status, json.loads(data)["message"], ca.ledger() == before),
                 (400, P400 + "token flow is not supported.", True),
                 "P7 %s by %s at %s: 400, nothing recorded" % (
                     name, how, path))

# --- revocation ----------------------------------------------------------


def revoke(name, ott, status, path="/1.0/revoke"):
    before = ca.ledger()
    got, _, data = ca.request("POST", path, {
        "serial": "77", "ott": ott, "passive": True, "reasonCode": 0})
    same((got, ca.ledger() == before), (status, True),
         "%s at %s: %d, nothing recorded" % (name, path, status))
    return json.loads(data)["message"]


for path in ("/1.0/revoke", "/1.0/ssh/revoke"):
    said = revoke("revocation by anybody", joe(sub="77"), 401, path)
    ok("only admins" in said, "is for admins", said)
    revoke("revocation by an admin, of another subject", admin(), 403, path)

# --- SSH -----------------------------------------------------------------
pub = stepc_ssh.make_key("joe")


def ssh_issued(name, ott, **more):
    status, doc = ssh.sign(pub, ott, **more)
    ok(status == 201, name + ": 201", doc)
    refuse.before = ca.ledger()
    return inspect(doc["crt"])


def ssh_refused(name, status, ott, **more):
    before = ca.ledger()
    got, doc = ssh.sign(pub, ott, **more)
    same((got, ca.ledger() == before), (status, True),
         "%s: %d, nothing recorded" % (name, status))
    return doc["message"]


seen = ssh_issued("SSH by an ID token", joe())
same((seen["principals"], seen["Key ID"], "user certificate" in seen["Type"]),
     (["joesmith_x", "Joe.Smith+x", "Joe.Smith+x@Example.com"],
      '"Joe.Smith+x@Example.com"', True), "principals of the email")
ok("permit-pty" in seen["extensions"], "and all that users may", seen)
for email, want in (("joe@example.com", ["joe", "joe@example.com"]),
                    ("jane.doe@example.com", [
                        "janedoe", "jane.doe", "jane.doe@example.com"])):
    same(ssh_issued(email, joe(email=email), certType="user")["principals"],
         want, "its principals")
seen = ssh_issued("S3 a request for root", joe(email="joe@example.com"),
                  principals=["root"], keyID="root")
same((seen["principals"], seen["Key ID"]),
     (["joe", "joe@example.com"], '"joe@example.com"'), "gets his own")
ssh_refused("S4 a host", 403, joe(), certType="host")
ssh_refused("S1 an empty principal", 400, joe(), principals=[""])
ssh_refused("S1 nobody: no email", 400, idp.token(aud="open-client"))
ssh_refused("T25 SSH: another key", 401, joe(by=new_key("RS256")))
ssh_refused("T25 SSH: domain not allowed", 401, joe(email="joe@evil.example"))
ssh_refused("T25 SSH: email_verified:false", 401, joe(email_verified=False))
said = ssh_refused("SSH is not enabled", 401, joe(aud="plain-client"))
ok("enableSSHCA" in said, "says so", said)
spent = joe()
ssh_issued("once", spent)
ssh_refused("T25 SSH: again", 401, spent)
refuse("T25 for SSH, then for X.509", 401, USED, csr, spent)
full = {"certType": "host", "keyID": "db", "principals": ["db.internal"]}
seen = ssh_issued("SSH by an admin", admin(), **full)
same((seen["principals"], seen["Key ID"], "host certificate" in seen["Type"]),
     (["db.internal"], '"db"', True), "what he asks for")
seen = ssh_issued("an admin as another user", admin(), certType="user",
                  keyID="root", principals=["root"])
same(seen["principals"], ["root"], "what he asks for")
for member in full:
    said = ssh_refused("SSH by an admin without " + member, 400, admin(), **{
        k: v for k, v in full.items() if k != member})
    ok(member in said, "says so", said)
seen = ssh_issued("SSH by a template", admin(aud="shaped-client"))
same((seen["principals"], seen["Key ID"]),
     (["admin", "admin@EXAMPLE.com"], '"1234567890"'),
     "which is for admins, too")

# --- /provisioners -------------------------------------------------------
status, _, data = ca.request("GET", "/provisioners?limit=100")
mine = [p for p in json.loads(data)["provisioners"] if p["name"] == "corp"][0]
same([mine[k] for k in ("type", "clientID", "clientSecret", "listenAddress",
                        "configurationEndpoint")],
     ["OIDC", "client", "not a secret", ":10000", idp.url],
     "clients are told what they need")

# --- the provider's server ------------------------------------------------
refuse("T25 a server that nobody vouches for", 503, None, csr,
       stranger.token(aud="stranger-client"))
same(stranger.hits, {}, "is not even asked")
refuse("T25 a provider over http", 401, 'provisioner "unsafe" is disabled '
       "due to an initialization error", csr, idp.token(aud="unsafe-client"))
refuse("down", 503, None, csr, late.token(aud="late-client"))
issued("the others serve while one is down", joe())
late.start()
for _ in range(200):
    status, doc = ca.sign(csr, late.token(aud="late-client"))
    if status == 201:
        break
    time.sleep(0.05)
ok(status == 201, "and it serves, too, as soon as it is up", doc)
server = make_key()
status, doc = ca.sign(make_csr(server, "localhost"),
                      ca.token(ca.claims("localhost")))
own.use_chain(doc["crt"].encode() + doc["ca"].encode() + server.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption()))
issued("a server with a certificate of this CA", own.token(aud="own-client"))

for how, at in (("large", JWKS), ("large", DISCOVERY), ("endless", JWKS),
                ("redirect", JWKS), ("redirect", DISCOVERY), ("json", JWKS),
                ("json", DISCOVERY), ("array", JWKS), ("array", DISCOVERY),
                ("empty", JWKS), (500, JWKS), (404, DISCOVERY)):
    bad.fail(at, how)
    restart("sign")
    refuse("T25 %s at %s" % (how, at), 503, None, csr,
           bad.token(aud="bad-client"))
    bad.fail(at)
same(bad.hits["/elsewhere"], 0, "no redirect is followed")
bad.fail(JWKS, "slow")
restart("sign")
began = time.monotonic()
refuse("T25 slow", 503, None, csr, bad.token(aud="bad-client"))
took = time.monotonic() - began
ok(took < 15, "and given up in time", took)
bad.released.set()
bad.fail(JWKS)
bad.jwks_uri = bad.jwks_uri.replace("https", "http")
restart("sign")
refuse("T25 JWKS URL on http", 503, None, csr, bad.token(aud="bad-client"))
bad.jwks_uri = bad.url + JWKS
bad.discovery["issuer"] = "https://other.example"
restart("sign")
refuse("T25 wrong issuer in the configuration", 401, None, csr,
       bad.token(aud="bad-client"))
bad.discovery = {}
restart("sign")
issued("all is well again", bad.token(aud="bad-client"))

# --- keys: one worker, so that they can be counted ------------------------
restart("sign", n=1)
counted.hits.clear()


def of_counted(**more):
    return counted.token(aud="counted-client", **more)


for _ in range(3):
    issued("EdDSA", of_counted())
same((counted.hits[DISCOVERY], counted.hits[JWKS]), (1, 1),
     "the provider is asked once")
first = counted.key, counted.kid
counted.rotate()
issued("T25 key rotated: the new one", of_counted())
same(counted.hits[JWKS], 2, "asked once more")
refuse("T25 key rotated: the old one", 401, None, csr,
       of_counted(by=first[0], kid=first[1]))
for i in range(50):
    status, doc = ca.sign(csr, of_counted(by=first[0], kid="no-%d" % i))
    if status != 401:
        break
same(status, 401, "T25 a flood of unknown kids: 401")
same((counted.hits[DISCOVERY], counted.hits[JWKS]), (1, 2),
     "T25 a flood of unknown kids: the provider is left alone")
refuse.before = ca.ledger()
counted.stop()
issued("keys are kept while the provider is down", of_counted())
counted.start()
for alg in ("ES256", "ES384", "ES512", "PS256", "RS256"):
    counted.rotate(alg=alg)
    restart("sign", n=1)
    issued(alg, of_counted())
counted.keys = [counted.jwk(alg=None, use=None)]
restart("sign", n=1)
issued("an RSA key that names no algorithm: PS384", of_counted(alg="PS384"))
refuse("T25 an RSA key that names no algorithm: HS256", 401, None, csr,
       of_counted(alg="HS256", by=public_pem(counted.key)))
counted.keys = [counted.jwk(use="enc")]
restart("sign", n=1)
refuse("T25 a key for something else", 401, None, csr, of_counted())
counted.keys = [{"kty": "oct", "kid": counted.kid, "alg": "HS256",
                 "k": b64u(b"0" * 32)}]
restart("sign", n=1)
refuse("T25 a published symmetric key", 401, None, csr,
       of_counted(alg="HS256", by=b"0" * 32))
counted.keys = [counted.jwk(kid=None)]
restart("sign", n=1)
issued("no kid at all", make_token(counted.claims(aud="counted-client"),
                                   counted.key, "RS256"))
refuse("T25 a kid, where keys have none", 401, None, csr, of_counted())

# --- many at once --------------------------------------------------------
restart("sign")
same_token = joe()
results = []


def one():
    context = stepc_ca.http.client.HTTPSConnection(
        "localhost", ca.port, context=ca.context, timeout=60)
    context.request("POST", "/1.0/sign", json.dumps(
        {"csr": csr, "ott": same_token}))
    results.append(context.getresponse().status)


threads = [threading.Thread(target=one) for _ in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
same(sorted(results), [201] + 7 * [401], "T9 one token eight times: once")

# --- plain CGI -----------------------------------------------------------
body = json.dumps({"csr": csr, "ott": joe()}).encode()
r = subprocess.run(
    [os.path.join(BUILD, "handlers/sign")], input=body,
    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    env=dict(ca.env, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="POST",
             REQUEST_URI="/1.0/sign", CONTENT_LENGTH=str(len(body)),
             STEPC_PASSWORD_FILE=os.path.join(ca.demo, "password.txt"),
             CONTENT_TYPE="application/json", SERVER_PROTOCOL="HTTP/1.1"))
ok(b"Status: 201" in r.stdout and b"BEGIN CERTIFICATE" in r.stdout,
   "plain CGI", r.stdout, r.stderr)

# --- the configuration ---------------------------------------------------


def validate(**members):
    conf = json.loads(json.dumps(ca.config))
    mine = provisioner("fresh", "https://idp.example", "fresh-client")
    mine.update(members)
    conf["authority"]["provisioners"].append(
        {k: v for k, v in mine.items() if v is not None})
    name = os.path.join(ca.tmp, "other.json")
    with open(name, "w") as f:
        json.dump(conf, f)
    return subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                           "--ca-config", name], env=ca.env, text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


ok('"fresh" (OIDC)' in validate(), "ca validate asks nobody")
for name, members, want in (
        ("no clientID", {"clientID": None}, "clientID is missing"),
        ("no endpoint", {"configurationEndpoint": ""},
         "configurationEndpoint is missing"),
        ("http", {"configurationEndpoint": "http://idp.example"},
         "is not https://"),
        ("no URL", {"configurationEndpoint": "%"}, "configurationEndpoint"),
        ("admins that are a text", {"admins": "joe"}, "admins"),
        ("a group that is a number", {"groups": [7]}, "groups[0]"),
        ("a taken clientID", {"clientID": "client"},
         "same token identifier")):
    said = validate(**members)
    ok(want in said, "ca validate: " + name, said)
ca.check_logs()
done()
