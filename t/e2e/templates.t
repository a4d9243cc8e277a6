#!/usr/bin/python3
"""Templates of X.509 certificates against a running authority: every member
that a template can write, checked by openssl and python3-cryptography; what
templates refuse; hostile values and templates without end (attack rows C11,
C12)."""

import base64
import datetime
import ipaddress
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import (BUILD, CA, P400, P401, P403, Refusals, done,
                      make_csr, make_key, ok, same)
from stepc_faults import workers
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import (AuthorityInformationAccessOID,
                                   ExtendedKeyUsageOID, NameOID)
from jwcrypto import jwk

LEAF = """{
  "subject": {{ toJson .Subject }},
  "sans": {{ toJson .SANs }},
{{- if typeIs "*rsa.PublicKey" .Insecure.CR.PublicKey }}
  "keyUsage": ["keyEncipherment", "digitalSignature"],
{{- else }}
  "keyUsage": ["digitalSignature"],
{{- end }}
  "extKeyUsage": ["serverAuth", "clientAuth"]
}
"""
FULL = """{
  "subject": {"country": "{{ .Country }}", "organization": ["B & Co", "A"],
    "organizationalUnit": "OU", "locality": "L", "province": "ST",
    "streetAddress": "S 1", "postalCode": "12345",
    "serialNumber": "SN-7", "commonName": {{ toJson .Subject.CommonName }},
    "extraNames": [{"type": "1.2.840.113549.1.9.1", "value": "me@a.test"},
                   {"type": "2.5.4.42", "value": "J\\u00f6rg"}]},
  "serialNumber": "0x1122334455667788990a",
  "dnsNames": "one.example.com", "emailAddresses": ["me@example.com"],
  "ipAddresses": ["192.0.2.7", "2001:db8::7"],
  "uris": "spiffe://example.com/x",
  "sans": [{"type": "dns", "value": "two.example.com"},
           {"value": "three.example.com"}],
  "notBefore": "{{ .From }}", "notAfter": {{ toJson .Until }},
  "keyUsage": ["digitalSignature", "key_agreement", "CRLSign"],
  "extKeyUsage": ["emailProtection", "timeStamping"],
  "unknownExtKeyUsage": ["1.2.3.4.5"],
  "subjectKeyId": "{{ b64enc "key-id" }}",
  "basicConstraints": {"isCA": true, "maxPathLen": 3},
  "ocspServer": "http://ocsp.example.com/", "issuingCertificateURL":
    ["http://ca.example.com/1.crt", "http://ca.example.com/2.crt"],
  "crlDistributionPoints": ["http://crl.example.com/1", "http://b.test/2"],
  "policyIdentifiers": ["1.2.3.4", "2.5.29.32.0"],
  "nameConstraints": {"critical": true,
    "permittedDNSDomains": [".example.com"], "permittedIPRanges":
    ["10.1.2.3/8", "2001:db8::/32"], "excludedEmailAddresses": "a.test",
    "excludedURIDomains": [".b.test"]},
  "extensions": [{"id": "1.3.6.1.4.1.99999.1", "critical": true,
    "value": "{{ asn1Enc "utf8:hello" }}"},
    {"id": "1.3.6.1.4.1.99999.2", "value": "BQA="}],
  "signatureAlgorithm": "ecdsa-sha512", "version": 2, "unknown": 1
}
and what follows is not looked at
"""
OTHERS = """{"subject": "others", "dnsNames": ["a.example.com"], "sans": [
  {"type": "userPrincipalName", "value": "joe@example.com"},
  {"type": "ip", "value": "192.0.2.1"},
  {"type": "registeredID", "value": "1.2.3.4"},
  {"type": "dn", "asn1Value": {"country": "CH", "commonName": "Dir"}},
  {"type": "permanentIdentifier", "value": "PI-1"},
  {"type": "permanentIdentifier", "asn1Value":
    {"identifier": "PI-2", "assigner": "1.2.3"}},
  {"type": "hardwareModuleName", "asn1Value":
    {"type": "1.2.3.9", "serialNumber": "AQID"}},
  {"type": "1.2.3.4.5.6", "value": "utf8:other"}],
  "keyUsage": "digitalSignature"}"""
CR = """{"subject": {{ toJson .Insecure.CR.Subject }},
  "sans": {{ toJson .Insecure.CR.SANs }},
  "extensions": {{ toJson .Insecure.CR.Extensions }}}"""
WHAT = """{"subject": {"commonName": "what", "organizationalUnit": [
  "{{ .Insecure.CR.PublicKeyAlgorithm }}", "{{ .Token.iss }}",
  "{{ .Insecure.User.team }}", "{{ .Insecure.User.missing }}"]},
  "dnsNames": {{ toJson .Insecure.User.names }}}"""

future = datetime.datetime.utcnow().replace(microsecond=0)
FROM = (future - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
UNTIL = (future + datetime.timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
RULES = {"deny": {"dns": ["denied.example.com"], "cn": ["Denied Name"]}}
PROVISIONERS = {
    "leaf": {"template": LEAF},
    "coded": {"template": base64.b64encode(LEAF.encode()).decode()},
    "file": {"templateFile": "templates/full.tpl", "templateData": {
        "Country": "CH", "From": FROM, "Until": UNTIL}},
    "data": {"templateData": {"Subject": {"commonName": "from data",
                                          "organization": "Data"}}},
    "timed": {"template": '{"subject": "t", "notBefore": "%s", '
              '"notAfter": "%s"}' % (FROM, UNTIL)},
    "late": {"template": '{"subject": "t", "notAfter": "%d-01-01T00:00:00Z"}'
             % (future.year + 2)},
    "noca": {"template": '{"subject": "x", "keyUsage": "digitalSignature", '
             '"basicConstraints": {"isCA": false, "maxPathLen": 3}}'},
    "ownbc": {"template": '{"subject": "x", "basicConstraints": {}, '
              '"extensions": [{"id": "2.5.29.19", "value": "MAA="}]}'},
    "once": {"templateFile": "templates/once.tpl"},
    "others": {"template": OTHERS},
    "cr": {"template": CR},
    "what": {"template": WHAT, "policy": RULES},
    "ruled": {"template": LEAF, "policy": RULES},
    "quoted": {"template": '{"subject": {"commonName": "{{ .Subject.CommonName'
               ' }}"}, "dnsNames": ["a.example.com"]}'},
    "picky": {"template": '{{ if ne .Subject.CommonName "good.example.com" }}'
              '{{ fail (printf "%s is not good" .Subject.CommonName) }}'
              '{{ end }}{"subject": {{ toJson .Subject }}, "sans": '
              '{{ toJson .SANs }}}'},
    "endless": {"template": '{{ define "a" }}{{ template "a" }}{{ end }}'
                '{{ template "a" }}'},
    "steps": {"template": '{{ range until 1000 }}{{ range until 1000 }}'
              '{{ range until 1000 }}x{{ end }}{{ end }}{{ end }}{}'},
    "huge": {"template": '{"subject": "{{ repeat 1000000000 "x" }}"}'},
    "nojson": {"template": '{"subject": {{ .Subject.CommonName }}}'},
    "wrong": {"template": '{"subject": {{ toJson .Subject }}, '
              '"keyUsage": "flying"}'},
    "sha1": {"template": '{"subject": "x", "signatureAlgorithm": '
             '"ECDSA-SHA1"}'},
    "rsasig": {"template": '{"subject": "x", "signatureAlgorithm": '
               '"SHA256-RSA"}'},
    "twocns": {"template": '{"subject": {"commonName": "x", "extraNames": '
               '[{"type": "2.5.4.3", "value": "y"}]}}'},
    "ownsan": {"template": '{"subject": "x", "dnsNames": "ignored.test", '
               '"extensions": [{"id": "2.5.29.17", "value": '
               '{{ toJson .Token.san }}}, {"id": "2.5.29.15", "critical": '
               'true, "value": "AwIHgA=="}], "keyUsage": "certSign"}',
               "policy": RULES},
    "forged": {"template": '{"subject": {{ toJson .Subject }}, "extensions": '
               '[{"id": "1.3.6.1.4.1.37476.9000.64.1", "value": "BQA="}]}'},
}
# Their provisioners are disabled, which ca validate says.
BAD = {
    "env": {"template": '{"subject": "{{ env "HOME" }}"}'},
    "read": {"template": '{\n "subject": {{ readFile "/etc/passwd" }}}'},
    "include": {"templateFile": "../../../../../etc/shadow-of-it"},
    "broken": {"template": '{\n  "subject": {{ toJson .Subject }'},
    "neither": {"template": "?"},
}
KEYS = {n: jwk.JWK.generate(kty="EC", crv="P-256", kid=n)
        for n in list(PROVISIONERS) + list(BAD)}


def add(config, provisioners):
    for name, options in provisioners.items():
        config["authority"]["provisioners"].append({
            "type": "JWK", "name": name,
            "key": json.loads(KEYS[name].export_public()),
            "options": {"x509": options}})


def edit(config, demo):
    os.makedirs(os.path.join(demo, "templates"), exist_ok=True)
    with open(os.path.join(demo, "templates", "full.tpl"), "w") as f:
        f.write(FULL)
    with open(os.path.join(demo, "templates", "once.tpl"), "w") as f:
        f.write('{"subject": "first"}')
    add(config, PROVISIONERS)
    # With the key that stepc can ask for.
    config["authority"]["provisioners"].append(dict(
        config["authority"]["provisioners"][0], name="shaped",
        options={"x509": {"template":
                          '{"subject": {"organizationalUnit": {{ toJson '
                          '.Insecure.User.unit }}}, "sans": [{"type": '
                          '"dns", "value": "fixed.example.com"}]}'}}))


ca = CA(edit)
refuse = Refusals(ca)
key = make_key()
request = make_csr(key)


def token(name, cn="a.example.com", sans=None, **more):
    c = ca.claims(cn, iss=name, **more)
    if sans is not None:
        c["sans"] = sans
    return ca.token(c, {"kid": name}, KEYS[name])


def issue(name, what, csr=request, cn="a.example.com", sans=None, claims={},
          **more):
    status, doc = ca.sign(csr, token(name, cn, sans, **claims), **more)
    ok(status == 201, what + ": 201", status, doc)
    if status != 201:
        return None
    refuse.before = ca.ledger()
    with open(os.path.join(ca.tmp, "crt"), "w") as f:
        f.write(doc["crt"])
    r = subprocess.run(["openssl", "verify", "-CAfile",
                        os.path.join(ca.demo, "certs/root_ca.crt"),
                        "-untrusted",
                        os.path.join(ca.demo, "certs/intermediate_ca.crt"),
                        os.path.join(ca.tmp, "crt")], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if what != "every member": # whose path length nobody may have
        ok(r.returncode == 0, what + ": openssl verifies it", r.stdout)
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def refused(what, status, message, name, **more):
    csr = more.pop("csr", request)
    refuse(what, status, message, csr, token(name, **more.pop("token", {})),
           **more)


def text():
    return subprocess.run(["openssl", "x509", "-in",
                           os.path.join(ca.tmp, "crt"), "-noout", "-text",
                           "-nameopt", "RFC2253,-esc_msb,utf8"],
                          stdout=subprocess.PIPE, text=True).stdout


def ext(c, kind):
    return c.extensions.get_extension_for_class(kind)


def cn(c):
    return [a.value for a in
            c.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def oids(c):
    return [e.oid.dotted_string for e in c.extensions]


# --- the built-in certificate, by a template -----------------------------

status, doc = ca.sign(request, ca.token())
same(status, 201, "no template: 201")
refuse.before = ca.ledger()
plain = x509.load_pem_x509_certificate(doc["crt"].encode())
for name in ("leaf", "coded"):
    c = issue(name, name)
    same(oids(c), oids(plain), name + ": the extensions of the built-in leaf")
    for oid in ("2.5.29.15", "2.5.29.37", "2.5.29.17"):
        oid = x509.ObjectIdentifier(oid)
        same(c.extensions.get_extension_for_oid(oid),
             plain.extensions.get_extension_for_oid(oid),
             name + ": the same " + oid._name)
    same(c.subject, plain.subject, name + ": the same subject")
    same(c.not_valid_after - c.not_valid_before,
         plain.not_valid_after - plain.not_valid_before,
         name + ": the same period")
rsa_key = rsa.generate_private_key(65537, 2048)
c = issue("leaf", "an RSA key", csr=make_csr(rsa_key))
ok(ext(c, x509.KeyUsage).value.key_encipherment, "typeIs knows an RSA key")
c = issue("data", "data without a template")
same([(a.oid._name, a.value) for a in c.subject],
     [("organizationName", "Data"), ("commonName", "from data")],
     "data stands in for the subject")
same(ext(c, x509.ExtendedKeyUsage).value, ext(
    plain, x509.ExtendedKeyUsage).value, "... and the rest is built in")

# --- every member --------------------------------------------------------

c = issue("file", "every member", csr=make_csr(key, cn=None), sans=["x.test"],
          cn="Joe \"Q\" \\ Public")
same([(a.oid.dotted_string, a.value) for rdn in c.subject.rdns
      for a in sorted(rdn, key=lambda a: a.value)],
     [("2.5.4.6", "CH"), ("2.5.4.10", "A"), ("2.5.4.10", "B & Co"),
      ("2.5.4.11", "OU"), ("2.5.4.7", "L"), ("2.5.4.8", "ST"),
      ("2.5.4.9", "S 1"), ("2.5.4.17", "12345"),
      ("2.5.4.3", "Joe \"Q\" \\ Public"), ("2.5.4.5", "SN-7"),
      ("1.2.840.113549.1.9.1", "me@a.test"), ("2.5.4.42", "J\u00f6rg")],
     "subject")
same(c.serial_number, 0x1122334455667788990a, "serialNumber")
san = ext(c, x509.SubjectAlternativeName).value
same(san.get_values_for_type(x509.DNSName),
     ["one.example.com", "two.example.com", "three.example.com"], "DNS names")
same(san.get_values_for_type(x509.RFC822Name), ["me@example.com"], "mail")
same([str(i) for i in san.get_values_for_type(x509.IPAddress)],
     ["192.0.2.7", "2001:db8::7"], "addresses")
same(san.get_values_for_type(x509.UniformResourceIdentifier),
     ["spiffe://example.com/x"], "URIs")
same(c.not_valid_before.strftime("%Y-%m-%dT%H:%M:%SZ"), FROM, "notBefore")
same(c.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ"), UNTIL, "notAfter")
ku = ext(c, x509.KeyUsage)
same((ku.critical, ku.value.digital_signature, ku.value.key_agreement,
      ku.value.crl_sign, ku.value.key_cert_sign, ku.value.key_encipherment),
     (True, True, True, True, False, False), "keyUsage")
same([o.dotted_string for o in ext(c, x509.ExtendedKeyUsage).value],
     [ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
      ExtendedKeyUsageOID.TIME_STAMPING.dotted_string, "1.2.3.4.5"],
     "extKeyUsage, unknownExtKeyUsage")
bc = ext(c, x509.BasicConstraints)
same((bc.critical, bc.value.ca, bc.value.path_length), (True, True, 3),
     "basicConstraints")
same(ext(c, x509.SubjectKeyIdentifier).value.digest, b"key-id", "subjectKeyId")
same([(d.access_method, d.access_location.value)
      for d in ext(c, x509.AuthorityInformationAccess).value],
     [(AuthorityInformationAccessOID.OCSP, "http://ocsp.example.com/"),
      (AuthorityInformationAccessOID.CA_ISSUERS,
       "http://ca.example.com/1.crt"),
      (AuthorityInformationAccessOID.CA_ISSUERS,
       "http://ca.example.com/2.crt")],
     "ocspServer, issuingCertificateURL")
same([p.full_name[0].value for p in
      ext(c, x509.CRLDistributionPoints).value],
     ["http://crl.example.com/1", "http://b.test/2"], "crlDistributionPoints")
same([p.policy_identifier.dotted_string for p in
      ext(c, x509.CertificatePolicies).value], ["1.2.3.4", "2.5.29.32.0"],
     "policyIdentifiers")
nc = ext(c, x509.NameConstraints)
same((nc.critical, nc.value.permitted_subtrees, nc.value.excluded_subtrees),
     (True, [x509.DNSName(".example.com"),
             x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
             x509.IPAddress(ipaddress.ip_network("2001:db8::/32"))],
      [x509.RFC822Name("a.test"),
       x509.UniformResourceIdentifier(".b.test")]), "nameConstraints")
custom = [(e.oid.dotted_string, e.critical, e.value.value)
          for e in c.extensions
          if e.oid.dotted_string.startswith("1.3.6.1.4.1.99999")]
same(custom, [("1.3.6.1.4.1.99999.1", True, b"\x0c\x05hello"),
              ("1.3.6.1.4.1.99999.2", False, b"\x05\x00")], "extensions")
same(c.signature_hash_algorithm.name, "sha512", "signatureAlgorithm")
same(oids(c), ["2.5.29.15", "2.5.29.37", "2.5.29.19", "2.5.29.14",
               "2.5.29.35", "1.3.6.1.5.5.7.1.1", "2.5.29.17", "2.5.29.32",
               "2.5.29.30", "2.5.29.31", "1.3.6.1.4.1.99999.1",
               "1.3.6.1.4.1.99999.2", "1.3.6.1.4.1.37476.9000.64.1"],
     "in the reference's order")
out = text()
ok("Name Constraints: critical" in out and "Signature Algorithm: "
   "ecdsa-with-SHA512" in out, "openssl reads it all", out)
r = subprocess.run([os.path.join(BUILD, "stepc"), "certificate", "inspect",
                    os.path.join(ca.tmp, "crt")], stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, text=True)
ok(r.returncode == 0 and "one.example.com" in r.stdout,
   "stepc inspects it", r.stdout)
refused("the same serial number again", 409, None, "file",
        csr=make_csr(key, cn=None))
c = issue("noca", "constraints of no CA")
e = c.extensions.get_extension_for_class(x509.BasicConstraints)
same((e.value, e.critical, oids(c).index("2.5.29.19")),
     (x509.BasicConstraints(False, None), True, 1),
     "say that it is none, in their place")
c = issue("ownbc", "constraints in its own extensions")
same(ext(c, x509.BasicConstraints).value, x509.BasicConstraints(False, None),
     "are there once")
c = issue("timed", "a template's times")
same((c.not_valid_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
      c.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ")), (FROM, UNTIL),
     "are kept")
c = issue("timed", "the request's times", notBefore="-5m", notAfter="2h")
same(c.not_valid_after - c.not_valid_before, datetime.timedelta(hours=2),
     "come before the template's")
refused("a template's time beyond what claims allow", 403, None, "late")

# --- names of other kinds ------------------------------------------------

c = issue("others", "other kinds of names")
san = ext(c, x509.SubjectAlternativeName).value
same(san.get_values_for_type(x509.DNSName), ["a.example.com"], "DNS")
same([str(i) for i in san.get_values_for_type(x509.IPAddress)],
     ["192.0.2.1"], "IP")
same([n.dotted_string for n in san.get_values_for_type(x509.RegisteredID)],
     ["1.2.3.4"], "registeredID")
same([n.rfc4514_string() for n in
      san.get_values_for_type(x509.DirectoryName)], ["CN=Dir,C=CH"], "dn")
same([(n.type_id.dotted_string, n.value) for n in san
      if isinstance(n, x509.OtherName)],
     [("1.3.6.1.4.1.311.20.2.3", b"\x0c\x0fjoe@example.com"),
      ("1.3.6.1.5.5.7.8.3", b"\x30\x06\x0c\x04PI-1"),
      ("1.3.6.1.5.5.7.8.3", b"\x30\x0a\x0c\x04PI-2\x06\x02\x2a\x03"),
      ("1.3.6.1.5.5.7.8.4", b"\x30\x0a\x06\x03\x2a\x03\x09\x04\x03\x01\x02"
       b"\x03"),
      ("1.2.3.4.5.6", b"\x0c\x05other")], "otherNames")
ok("UPN::joe@example.com" in text(), "openssl reads them", text())

# --- what the request says -----------------------------------------------

more = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)]
c = issue("cr", "the request's own", csr=make_csr(
    key, cn="own.example.com", sans=[x509.DNSName("own.example.com")],
    extensions=more), sans=["own.example.com"], cn="own.example.com")
same(cn(c), ["own.example.com"], ".Insecure.CR.Subject")
same(ext(c, x509.SubjectAlternativeName).value.get_values_for_type(
    x509.DNSName), ["own.example.com"], ".Insecure.CR.SANs")
same(list(ext(c, x509.ExtendedKeyUsage).value),
     [ExtendedKeyUsageOID.CODE_SIGNING], ".Insecure.CR.Extensions")
c = issue("what", "templateData", templateData={"team": "Red \"}, {\" team",
                                                "names": ["u.example.com"]})
same(sorted(a.value for a in c.subject.get_attributes_for_oid(
    NameOID.ORGANIZATIONAL_UNIT_NAME)),
    sorted(["ECDSA", "what", "Red \"}, {\" team", "<no value>"]),
    ".Insecure.User, .Token")
refused("names that rules forbid, by the request's data", 403, P403 +
        'dns name "denied.example.com" not allowed', "what", templateData={
            "names": ["denied.example.com"]})
refused("names that nobody gets", 403, None, "what", templateData={
    "names": ["b\u00fccher.example.com"]})
refused("templateData that is no object", 400, None, "what", templateData=[1])
refused("a common name that rules forbid", 403, None, "ruled",
        token={"cn": "Denied Name", "sans": ["a.example.com"]},
        csr=make_csr(key, cn=None))

# --- extensions that a template writes itself ----------------------------

san_der = base64.b64encode(b"\x30\x0a\x82\x08own.test").decode()
c = issue("ownsan", "its own subjectAltName", claims={"san": san_der})
same(ext(c, x509.SubjectAlternativeName).value.get_values_for_type(
    x509.DNSName), ["own.test"], "verbatim, and nothing else")
ok(not ext(c, x509.KeyUsage).value.key_cert_sign and
   ext(c, x509.KeyUsage).value.digital_signature, "its own keyUsage")
denied = b"denied.example.com"
refused("rules see the names in it", 403, P403 +
        'dns name "denied.example.com" not allowed', "ownsan", token={
            "san": base64.b64encode(bytes((0x30, len(denied) + 2, 0x82,
                                           len(denied))) + denied).decode()})
refused("one that is none", 400, None, "ownsan", token={"san": "BQA="})
c = issue("forged", "the provisioner's extension")
ok(b"forged" in c.extensions.get_extension_for_oid(x509.ObjectIdentifier(
    "1.3.6.1.4.1.37476.9000.64.1")).value.value,
   "and is not what the template says")

# --- C11 -----------------------------------------------------------------

for value in ('a", "basicConstraints": {"isCA": true}, "x": "', "b\\", "c\n",
              "{{ .Token }}", "d\\u0022", '"', "\u00e9\u2028<>&"):
    for name in ("leaf", "quoted"):
        c = issue(name, "C11 %s %r" % (name, value), csr=make_csr(
            key, cn=None), cn=value, sans=["a.example.com"])
        same(cn(c), [value], "C11 %s %r: byte for byte" % (name, value))
        ok("2.5.29.19" not in oids(c), "C11 %s %r: no other member" % (
            name, value))

# --- refusals ------------------------------------------------------------

c = issue("picky", "a template that agrees", cn="good.example.com",
          csr=make_csr(key, cn="good.example.com"), sans=["good.example.com"])
refused("a template that fails the request", 400,
        P400 + "a.example.com is not good.", "picky")
refused("what is no JSON", 500, "error applying certificate template",
        "nojson")
for name, what in (
        ("endless", "C12 a template that calls itself"),
        ("steps", "C12 a billion steps"), ("huge", "C12 1 GB of output"),
        ("wrong", "an unknown key usage"),
        ("sha1", "a signature with SHA-1"),
        ("rsasig", "an algorithm of another key"),
        ("twocns", "a second common name")):
    refused(what, 500, None, name)
add(ca.config, BAD)
ca.write_config()
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
for name, what in (("env", "C12 the environment"),
                   ("read", "C12 a function that reads files"),
                   ("include", "C12 a file that is not there"),
                   ("broken", "a template with a mistake"),
                   ("neither", "neither template nor base64")):
    refused(what + " disables its provisioner", 401,
            'provisioner "%s" is disabled due to an initialization error' %
            name, name)
r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "validate",
                    "--ca-config",
                    os.path.join(ca.demo, "config/ca.json")],
                   env=ca.env, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, text=True)
for want in ("line 1 column", "line 2 column", "options.x509.template",
             "readFile"):
    ok(want in r.stdout, "ca validate says %s" % want, r.stdout)

# --- stepc, to which other names than asked for are no mistake then ------


def certificate(name, provisioner, *args):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "ca", "certificate", name,
         os.path.join(ca.tmp, "tpl.crt"), os.path.join(ca.tmp, "tpl.key"),
         "--provisioner", provisioner, "--provisioner-password-file",
         os.path.join(ca.demo, "password.txt"), "--force", *args],
        env=ca.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


for how in ("online", "offline"):
    r = certificate("asked.example.com", "shaped", "--set", "unit=" + how,
                    *(["--offline"] if how == "offline" else []))
    ok(r.returncode == 0 and "as the provisioner decides: the certificate "
       "lacks the name 'asked.example.com'" in r.stderr,
       "stepc %s takes the template's names, and says so" % how, r.stderr)
    with open(os.path.join(ca.tmp, "tpl.crt"), "rb") as f:
        got = x509.load_pem_x509_certificate(f.read())
    same([n.value for n in got.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value], ["fixed.example.com"],
         "and they are the template's")
    same(got.subject.rfc4514_string(), "OU=" + how, "--set is for it")

# --- the template in the file changes with a reload ----------------------

with open(os.path.join(ca.demo, "templates", "once.tpl"), "w") as f:
    f.write('{"subject": "changed"}')
same(cn(issue("once", "a template in a file")), ["first"], "is read once")
workers(ca, "stop", "sign")
workers(ca, "start", "sign")
same(cn(issue("once", "the file has changed")), ["changed"],
     "... and again when the programs start")

ca.check_logs("the template", "options.x509", "template writes", "status=500",
              "status=5")
done()
