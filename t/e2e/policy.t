#!/usr/bin/python3
"""Policy of the authority and of provisioners, and name constraints of the
issuing certificate, against a running authority: what is refused, with what
words, and that nothing is recorded (attack rows C7, C8, C10, C14, C15)."""

import datetime
import ipaddress
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, P403, Refusals, done, make_csr, make_key, ok, same
from stepc_faults import workers
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from jwcrypto import jwk

POLICY = {
    "x509": {
        "allow": {"dns": ["*.example.com", "one.test", "xn--bcher-kva.test"],
                  "ip": ["10.0.0.0/8", "2001:db8::/32"],
                  "email": ["@example.com"], "uri": ["*.example.com"],
                  "cn": ["An Allowed Name"]},
        "deny": {"dns": ["no.example.com", "One.Test"],
                 "ip": ["10.6.6.0/24"], "email": ["root@example.com"],
                 "uri": ["no.example.com"]}},
    "ssh": {
        "user": {"allow": {"principal": ["joe", "ann"],
                           "email": ["@example.com"]},
                 "deny": {"principal": ["root"]}},
        "host": {"allow": {"dns": ["*.example.com"]},
                 "deny": {"dns": ["ca.example.com"]}}}}

second = jwk.JWK.generate(kty="EC", crv="P-256", kid="second")


def edit(config):
    config["authority"]["policy"] = POLICY
    public = json.loads(second.export_public())
    public.update(kid="second", alg="ES256", use="sig")
    config["authority"]["provisioners"].append({
        "type": "JWK", "name": "narrow", "key": public,
        "claims": {"enableSSHCA": True},
        "options": {"x509": {"policy": {
            "allow": {"dns": ["a.example.com", "b.example.com",
                              "outside.test"]},
            "deny": {"dns": ["b.example.com"]}}},
            "ssh": {"policy": {"user": {
                "allow": {"principal": ["joe", "zoe"]}}}}}})


def restart():
    ca.write_config()
    workers(ca, "restart", "sign", "renew", "ssh-sign")


ca = CA()
edit(ca.config)
restart()
key = make_key()
refuse = Refusals(ca)
no_names = make_csr(key, cn=None)


def token(cn, sans=None, **more):
    return ca.token(ca.claims(cn, sans=sans or [cn], **more))


def issued(name, ott):
    status, doc = ca.sign(no_names, ott)
    ok(status == 201 and "crt" in doc, name + ": 201", doc)
    refuse.before = ca.ledger()
    return doc.get("crt", "")


def denied(name, kind, text, cn, sans=None):
    refuse(name, 403, P403 + '%s name "%s" not allowed' % (kind, text),
           no_names, token(cn, sans))


crt = issued("C14 a name that is allowed", token("a.example.com"))
names = x509.load_pem_x509_certificate(crt.encode()).extensions \
    .get_extension_for_class(x509.SubjectAlternativeName).value
same([n.value for n in names], ["a.example.com"], "... and is in it")
issued("C14 case does not matter", token("A.EXAMPLE.com"))
issued("C14 addresses inside", token("10.0.0.1", ["10.0.0.1", "10.6.5.255",
                                                   "10.6.7.0", "2001:DB8::1"]))
issued("C14 a mail address", token("joe@example.com"))
issued("C14 a URI", token("https://a.example.com:8443/x"))
issued("C10 a common name that a rule allows",
       token("An Allowed Name", ["a.example.com"]))
issued("C7 an IDN that is allowed in its ASCII form",
       token("XN--BCHER-KVA.test"))
denied("C14 another name", "dns", "other.test", "a.example.com",
       ["a.example.com", "other.test"])
denied("C14 two labels under a wildcard rule", "dns", "a.b.example.com",
       "a.b.example.com")
denied("C14 the wildcard rule's own domain", "dns", "example.com",
       "example.com")
denied("C14 denied and allowed: denied", "dns", "no.example.com",
       "no.example.com")
denied("C14 ... in another case", "dns", "NO.Example.com", "NO.Example.com")
denied("C14 ... as the last of three", "dns", "no.example.com",
       "a.example.com", ["a.example.com", "b.example.com", "no.example.com"])
denied("C14 the same rule on both sides", "dns", "one.test", "one.test")
denied("C14 a wildcard where they are off", "dns", "*.example.com",
       "*.example.com")
denied("C10 C14 only the common name", "cn", "other.test", "other.test",
       ["a.example.com"])
denied("C10 C14 only the common name, denied", "cn", "no.example.com",
       "no.example.com", ["a.example.com"])
denied("C10 C14 a common name that is no host", "cn", "Some Name",
       "Some Name", ["a.example.com"])
denied("C10 C14 an address as common name", "cn", "10.6.6.1", "10.6.6.1",
       ["a.example.com"])
denied("C8 C14 an address below the range", "ip", "9.255.255.255",
       "9.255.255.255")
denied("C8 C14 an address above it", "ip", "11.0.0.0", "11.0.0.0")
denied("C8 C14 the first one denied", "ip", "10.6.6.0", "10.6.6.0")
denied("C8 C14 the last one denied", "ip", "10.6.6.255", "10.6.6.255")
denied("C8 C14 IPv6 outside", "ip", "2001:db9::", "2001:db9::")
refuse("C8 C14 a denied address, mapped", 403, P403 + "*", no_names,
       token("::ffff:10.6.6.1"))
refuse("C7 C14 a denied name, trailing dot", 403, P403 + "*", no_names,
       token("no.example.com."))
refuse("C7 C14 an IDN in Unicode", 403, P403 + "*", no_names,
       token("n\u00f6.example.com"))
refuse("C7 C14 a zero width blank", 403, P403 + "*", no_names,
       token("a.example.com", ["n\u200bo.example.com"]))
denied("C14 mail of another domain", "email", "joe@other.test",
       "joe@other.test")
denied("C14 denied mail in another case", "email", "Root@example.com",
       "Root@example.com")
denied("C14 a URI elsewhere", "uri", "https://other.test/a.example.com",
       "https://other.test/a.example.com")
denied("C14 a denied URI", "uri", "https://no.example.com/",
       "https://no.example.com/")
denied("C14 a URI without host", "uri", "urn:uuid:1", "urn:uuid:1")
denied("C14 a URI of an address", "uri", "https://10.0.0.1/",
       "https://10.0.0.1/")
once = token("no.example.com")
refuse("C14 a refused token", 403, None, no_names, once)
refuse("C14 ... is refused for the same reason again", 403,
       P403 + 'dns name "no.example.com" not allowed', no_names, once)


# The provisioner's rules beside the authority's.
def narrow(cn, sans=None):
    return ca.token(ca.claims(cn, sans=sans or [cn], iss="narrow"),
                    {"kid": "second"}, key=second)


issued("C14 allowed by both", narrow("a.example.com"))
refuse("C14 allowed by the authority only", 403,
       P403 + 'dns name "c.example.com" not allowed', no_names,
       narrow("c.example.com"))
refuse("C14 denied by the provisioner", 403,
       P403 + 'dns name "b.example.com" not allowed', no_names,
       narrow("b.example.com"))
refuse("C14 allowed by the provisioner only", 403,
       P403 + 'dns name "outside.test" not allowed', no_names,
       narrow("outside.test"))
issued("C14 the other provisioner does not have these rules",
       token("b.example.com"))

# curl sees the same document.
r = subprocess.run(
    ["curl", "-sS", "--cacert", os.path.join(ca.demo, "certs/root_ca.crt"),
     "-w", "\n%{http_code}", "-d",
     json.dumps({"csr": no_names, "ott": token("no.example.com")}),
     "https://localhost:%d/1.0/sign" % ca.port],
    stdout=subprocess.PIPE, text=True)
same(r.stdout.splitlines()[-1:], ["403"], "C14 by curl: 403")
same(json.loads(r.stdout.rsplit("\n", 1)[0]),
     {"status": 403,
      "message": P403 + 'dns name "no.example.com" not allowed'},
     "... with the name in the document")

# SSH
import stepc_ssh
if stepc_ssh.KEYGEN is not None:
    ssh = stepc_ssh.Ssh(ca)
    pub = stepc_ssh.make_key("k")

    def ssh_denied(name, text, ott):
        before = ca.ledger()
        status, doc = ssh.sign(pub, ott)
        ok(status == 403 and doc.get("message") == P403 + text and
           ca.ledger() == before, name + ": 403, nothing recorded",
           status, doc)

    status, doc = ssh.sign(pub, ssh.token("joe", principals=["joe"]))
    same(status, 201, "C14 SSH: a principal that is allowed")
    status, doc = ssh.sign(pub, ssh.token(
        "joe@example.com", principals=["JOE", "joe@example.com"]))
    same(status, 201, "C14 SSH: and a mail address")
    status, doc = ssh.sign(pub, ssh.host_token("h.example.com"))
    same(status, 201, "C14 SSH: a host that is allowed")
    ssh_denied("C14 SSH: root", 'principal name "root" not allowed',
               ssh.token("joe", principals=["joe", "root"]))
    ssh_denied("C14 SSH: another", 'principal name "bob" not allowed',
               ssh.token("bob", principals=["bob"]))
    ssh_denied("C14 SSH: mail", 'email name "joe@other.test" not allowed',
               ssh.token("joe", principals=["joe", "joe@other.test"]))
    ssh_denied("C14 SSH: a host denied",
               'dns name "CA.example.com" not allowed',
               ssh.host_token("CA.example.com"))
    ssh_denied("C14 SSH: a host elsewhere", 'dns name "h.test" not allowed',
               ssh.host_token("h.test"))

    # The X.509 certificate that goes with it is one like any other.
    before = ca.ledger()
    status, doc = ssh.sign(
        pub, ssh.host_token("no.example.com"), identityCSR=make_csr(
            key, "no.example.com", [x509.DNSName("no.example.com")]))
    same((status, doc.get("message")),
         (403, P403 + 'dns name "no.example.com" not allowed'),
         "C14 SSH: a host whose X.509 name is denied")
    same(ca.ledger(), before, "... and nothing recorded")

    def narrow_ssh(cert_type, principal):
        c = ssh.claims(principal, {"certType": cert_type, "keyID": "k",
                                   "principals": [principal]}, iss="narrow")
        return ca.token(c, {"kid": "second"}, key=second)

    status, doc = ssh.sign(pub, narrow_ssh("user", "joe"))
    same(status, 201, "C14 SSH: allowed by both")
    ssh_denied("C14 SSH: allowed by the authority only",
               'principal name "ann" not allowed', narrow_ssh("user", "ann"))
    ssh_denied("C14 SSH: allowed by the provisioner only",
               'principal name "zoe" not allowed', narrow_ssh("user", "zoe"))
    ssh_denied("C14 SSH: a type without rules beside one with",
               "ssh host certificates are not allowed: there are rules for "
               "ssh user certificates only.",
               narrow_ssh("host", "h.example.com"))
    refuse.before = ca.ledger()

# --- name constraints -------------------------------------------------------

with open(os.path.join(ca.demo, "certs/root_ca.crt"), "rb") as f:
    root = x509.load_pem_x509_certificate(f.read())
path = os.path.join(ca.demo, "certs/intermediate_ca.crt")
with open(path, "rb") as f:
    old = x509.load_pem_x509_certificate(f.read())
with open(os.path.join(ca.demo, "secrets/root_ca_key"), "rb") as f:
    root_key = serialization.load_pem_private_key(
        f.read(), ca.password.encode())
DN = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Here")])


def constrain(permitted, excluded, template=None):
    """The same intermediate, with name constraints, in service."""
    b = x509.CertificateBuilder(
        old.issuer, old.subject, old.public_key(), x509.random_serial_number(),
        old.not_valid_before, old.not_valid_after, list(old.extensions))
    b = b.add_extension(x509.NameConstraints(
        permitted or None, excluded or None), True)
    pem = b.sign(root_key, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM)
    with open(path, "wb") as f:
        f.write(pem)
    ca.config["authority"].pop("policy", None)
    ca.config["authority"].pop("template", None)
    if template:
        ca.config["authority"]["template"] = template
    restart()
    refuse.before = ca.ledger()


def verified(name, ott):
    """Issued, and openssl finds it within the constraints."""
    crt = issued(name, ott)
    leaf = os.path.join(ca.tmp, "leaf.pem")
    with open(leaf, "w") as f:
        f.write(crt)
    r = subprocess.run(
        ["openssl", "verify", "-CAfile",
         os.path.join(ca.demo, "certs/root_ca.crt"), "-untrusted", path, leaf],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(r.returncode == 0, "... openssl verify agrees", r.stdout)
    return crt


def outside(name, text, cn, sans=None):
    refuse("C15 " + name, 403, text, no_names, token(cn, sans))


# Renewed later under other constraints.
kept = make_key()
ca.config["authority"].pop("policy")
restart()
status, doc = ca.sign(make_csr(kept, cn=None), token("b.test"))
same(status, 201, "C15 before there are constraints: 201")
b_test = doc.get("crt", "")
status, doc = ca.sign(make_csr(kept, cn=None), token("*.one.test"))
wildcard = doc.get("crt", "")

net = ipaddress.ip_network
constrain([x509.DNSName("example.com"), x509.IPAddress(net("10.0.0.0/8")),
           x509.RFC822Name("example.com"), x509.RFC822Name("joe@one.test"),
           x509.UniformResourceIdentifier(".example.com")],
          [x509.DNSName("no.example.com"), x509.IPAddress(net("10.6.0.0/16"))])
verified("C15 a name inside", token("a.b.example.com"))
verified("C15 the domain itself, another case", token("Example.com"))
verified("C15 a wildcard inside", token("*.b.example.com"))
verified("C15 addresses, mail and URI inside", token(
    "x", ["10.1.2.3", "joe@example.com", "joe@one.test",
          "https://a.example.com:1/", "a.example.com"]))
verified("C15 a common name that is no host", token("My Name", ["10.1.2.3"]))
NOT = '%s "%s" is not permitted by any constraint'
outside("DNS outside", NOT % ("DNS name", "b.test"), "b.test")
outside("DNS beside", NOT % ("DNS name", "xexample.com"), "xexample.com")
outside("DNS as the last name", NOT % ("DNS name", "b.test"), "a.example.com",
        ["a.example.com", "b.test"])
EXC = '%s "%s" is excluded by constraint "%s"'
outside("DNS excluded", EXC % ("DNS name", "no.example.com", "no.example.com"),
        "no.example.com")
outside("DNS excluded below", EXC % ("DNS name", "x.NO.example.com",
                                     "no.example.com"), "x.NO.example.com")
outside("a wildcard beside an excluded name",
        EXC % ("DNS name", "*.example.com", "no.example.com"), "*.example.com")
outside("IP outside", NOT % ("IP address", "11.0.0.1"), "11.0.0.1")
outside("IPv6 where only IPv4 is permitted", NOT % ("IP address", "2001:db8::"),
        "2001:db8::")
outside("IP excluded", EXC % ("IP address", "10.6.7.8",
                              "10.6.0.0/255.255.0.0"), "10.6.7.8")
outside("mail outside", NOT % ("Email address", "joe@b.test"), "joe@b.test")
outside("mail of a host below", NOT % ("Email address", "joe@a.example.com"),
        "joe@a.example.com")
outside("another mailbox", NOT % ("Email address", "Joe@one.test"),
        "Joe@one.test")
outside("URI outside", NOT % ("URI", "https://b.test/"), "https://b.test/")
outside("URI of the domain itself", NOT % ("URI", "https://example.com/"),
        "https://example.com/")
outside("URI without host", 'URI "urn:x:1"*', "urn:x:1")
outside("URI of an address", 'URI "https://10.1.2.3/"*', "https://10.1.2.3/")
outside("only the common name", NOT % ("DNS name", "b.test"), "b.test",
        ["10.1.2.3"])



def renew(crt):
    with open(os.path.join(ca.tmp, "old.pem"), "w") as f:
        f.write(crt + kept.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()).decode())
    before = ca.ledger()
    r = subprocess.run(
        ["curl", "-sS", "--cacert",
         os.path.join(ca.demo, "certs/root_ca.crt"), "--cert",
         os.path.join(ca.tmp, "old.pem"), "-X", "POST",
         "https://localhost:%d/1.0/renew" % ca.port],
        stdout=subprocess.PIPE, text=True)
    same(ca.ledger(), before, "C15 renewal of a name outside: nothing recorded")
    doc = json.loads(r.stdout)
    return doc.get("status"), doc.get("message")


# What no verifier accepts does not even authenticate.
same(renew(b_test)[0], 401, "C15 ... 401")
constrain([x509.DirectoryName(DN)], [], {"organization": "Here"})
verified("C15 a subject inside", token("a.example.com"))
constrain([x509.DirectoryName(DN)], [], {"organization": "Elsewhere"})
outside("a subject outside", 'Subject "/O=Elsewhere/CN=a.example.com" is not '
        "permitted by any constraint", "a.example.com")
constrain([], [x509.DirectoryName(DN)], {"organization": "Here"})
outside("a subject excluded", 'Subject "/O=Here/CN=a.example.com" is excluded '
        'by constraint "/O=Here"', "a.example.com")
constrain([], [x509.RFC822Name("example.com"),
               x509.UniformResourceIdentifier("example.com"),
               x509.DNSName("a.one.test")])
outside("mail below an excluded host",
        EXC % ("Email address", "joe@a.example.com", "example.com"),
        "joe@a.example.com")
outside("a URI below an excluded host",
        EXC % ("URI", "https://a.example.com/", "example.com"),
        "https://a.example.com/")
outside("a wildcard that covers an excluded host",
        EXC % ("DNS name", "*.one.test", "a.one.test"), "*.one.test")
same(renew(wildcard), (403, EXC % ("DNS name", "*.one.test", "a.one.test")),
     "C15 ... 403")
verified("C15 all else", token("b.one.test", ["b.one.test", "10.6.6.6",
                                              "joe@b.test"]))

ca.check_logs()
done()
