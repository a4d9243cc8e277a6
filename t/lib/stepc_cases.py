"""Requests, good and bad, that two servers of the same files answer; each
has a name that the list of differences refers to."""

import hashlib
import ipaddress
import json
import time

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ObjectIdentifier
from jwcrypto import jwk

import stepc_ca
from stepc_ca import b64u, make_csr, make_key
from stepc_compare import der
from stepc_observe import key_of
from stepc_renew import Issuer

DNS, IP, MAIL, URI = (x509.DNSName, x509.IPAddress, x509.RFC822Name,
                      x509.UniformResourceIdentifier)
EVERY_SAN = ["a.example.com", "*.b.example.com", "10.1.2.3", "2001:db8::1",
             "joe@example.com", "spiffe://example.com/a", "urn:x:y"]
TEMPLATED = {"x509": """{
 "subject": {"country": "CH", "organization": ["O & <Co>", "Zwei"],
  "commonName": {{ toJson .Subject.CommonName }},
  "extraNames": [{"type": "1.2.840.113549.1.9.1", "value": "a@b.example"}]},
 "sans": {{ toJson .SANs }},
 "keyUsage": ["digitalSignature", "keyAgreement", "contentCommitment"],
 "extKeyUsage": ["clientAuth", "codeSigning", "ocspSigning"],
 "unknownExtKeyUsage": "1.2.3.4.5",
 "basicConstraints": {"isCA": false},
 "crlDistributionPoints": ["http://a.example/crl", "http://b.example/crl"],
 "ocspServer": "http://a.example/ocsp",
 "issuingCertificateURL": "http://a.example/ca",
 "policyIdentifiers": ["1.2.3.4", "2.5.29.32.0"],
 "extensions": [{"id": "1.2.3.4.5.6", "value": "BAIBAg=="}]
}""", "ssh": """{"type": "{{ .Type }}", "keyId": "templated",
 "principals": {{ toJson .Principals }},
 "criticalOptions": {"force-command": "id", "source-address": "10.0.0.0/8"},
 "extensions": {"permit-pty": "", "login@example.com": "joe"}}"""}


def configure(config, demo):
    """More provisioners than one, federation, a bastion."""
    provisioners = config["authority"]["provisioners"]
    key = jwk.JWK.generate(kty="EC", crv="P-256", kid="templated")
    with open(demo + "/templated.jwk", "w") as f:
        f.write(key.export())
    provisioners.append({
        "type": "JWK", "name": "templated", "key": dict(
            key.export_public(as_dict=True), use="sig", alg="ES256"),
        "claims": {"enableSSHCA": True, "maxTLSCertDuration": "48h"},
        "options": {"x509": {"template": TEMPLATED["x509"]},
                    "ssh": {"template": TEMPLATED["ssh"]}}})
    config["ssh"]["bastion"] = {"hostname": "bastion.example.com",
                                "user": "joe", "port": "2222"}


def templated(o):
    """(key, header, claims) for a token of that provisioner."""
    with open(o.ca.demo + "/templated.jwk") as f:
        return jwk.JWK.from_json(f.read()), {"kid": "templated"}, \
            {"iss": "templated"}


# --- what anyone may read ----------------------------------------------------

def public(o):
    with open(o.ca.demo + "/certs/root_ca.crt") as f:
        fp = hashlib.sha256(der(f.read())).hexdigest()
    dashed = "-".join(fp[i:i + 2] for i in range(0, 64, 2))
    for case, where in (
            ("health", "/health"), ("version", "/version"),
            ("roots", "/roots"), ("roots.pem", "/roots.pem"),
            ("federation", "/federation"),
            ("intermediates", "/intermediates"),
            ("intermediates.pem", "/intermediates.pem"),
            ("root", "/root/" + fp), ("root, upper case", "/root/" +
                                      fp.upper()),
            ("root, dashes", "/root/" + dashed),
            ("root, unknown", "/root/" + "0" * 64),
            ("root, short", "/root/00"), ("root, none", "/root/"),
            ("provisioners", "/provisioners"),
            ("provisioners, first of two", "/provisioners?limit=1"),
            ("provisioners, limit 0", "/provisioners?limit=0"),
            ("provisioners, limit -1", "/provisioners?limit=-1"),
            ("provisioners, limit 1000", "/provisioners?limit=1000"),
            ("provisioners, limit x", "/provisioners?limit=x"),
            ("provisioners, beyond the last",
             "/provisioners?cursor=" + "f" * 40),
            ("encrypted key", "/provisioners/" + o.ca.kid +
             "/encrypted-key"),
            ("encrypted key, none", "/provisioners/templated/encrypted-key"),
            ("encrypted key, unknown", "/provisioners/x/encrypted-key"),
            ("crl", "/crl"), ("ssh roots", "/ssh/roots"),
            ("ssh federation", "/ssh/federation"),
            ("ssh hosts, none yet", "/ssh/hosts"),
            ("unknown path", "/nothing"), ("trailing slash", "/health/"),
            ("two slashes", "//health"), ("acme", "/acme/acme/directory"),
            ("admin", "/admin/admins"), ("scep", "/scep/x")):
        o.see("GET " + case, "GET", where)
        if where[1:].startswith(("health", "root", "prov", "ssh")):
            o.see("GET 1.0 " + case, "GET", "/1.0" + where)
    status, doc = o.see("GET provisioners, one", "GET",
                        "/provisioners?limit=1")
    o.see("GET provisioners, the next", "GET",
          "/provisioners?limit=1&cursor=" + doc["nextCursor"])
    for method, where in (("HEAD", "/health"), ("HEAD", "/roots"),
                          ("HEAD", "/sign"), ("POST", "/health"),
                          ("PUT", "/health"), ("GET", "/sign"),
                          ("PUT", "/sign"), ("DELETE", "/sign"),
                          ("OPTIONS", "/sign"), ("GET", "/renew"),
                          ("GET", "/revoke"), ("GET", "/ssh/sign"),
                          ("POST", "/ssh/roots"), ("GET", "/ssh/config")):
        o.see("%s %s" % (method, where), method, where)


# --- /sign -------------------------------------------------------------------

def sign(o):
    for kind in ("P-384", "P-521", "2048", "3072", "Ed25519"):
        o.sign("sign: key " + kind, key=kind)
    o.sign("sign: every kind of name", {"sans": EVERY_SAN})
    o.sign("sign: names in the request too", {"sans": EVERY_SAN},
           make_csr(key_of("P-256"), sans=names(EVERY_SAN)))
    o.sign("sign: some kinds in the request", {"sans": EVERY_SAN},
           make_csr(key_of("P-256"), sans=names(EVERY_SAN[:2])))
    o.sign("sign: no sans in the token", {"sans": None})
    o.sign("sign: empty sans in the token", {"sans": []})
    o.sign("sign: a name twice", {"sans": ["a.example.com"] * 2})
    o.sign("sign: upper case", {"sub": "A.Example.COM", "sans": None},
           make_csr(key_of("P-256"), "A.Example.COM"))
    for sub in ("10.0.0.1", "a_b", "joe@example.com", "Zo\u00eb", "a+b=c",
                "spiffe://example.com/x"):
        o.sign("sign: subject " + sub, {"sub": sub, "sans": None},
               make_csr(key_of("P-256"), sub))
    o.sign("sign: no common name", csr=make_csr(key_of("P-256"), ""))
    o.sign("sign: C5 a request for a CA", csr=make_csr(
        key_of("P-256"), extensions=(
            (x509.BasicConstraints(True, 3), True),
            (x509.ExtendedKeyUsage([ObjectIdentifier("2.5.29.37.0")]), False),
            (x509.TLSFeature([x509.TLSFeatureType.status_request]), False))))
    times(o)
    for where in ("/1.0/sign", "/sign"):
        o.sign("sign: to " + where, where=where)
    host = "https://localhost:%d" % o.ca.port
    for case, aud in (
            ("list", [host + "/1.0/sign"]),
            ("one of two", ["https://x.example/", host + "/1.0/sign"]),
            ("no prefix", host + "/sign"),
            ("no port", "https://localhost/1.0/sign"),
            ("by address", "https://127.0.0.1/1.0/sign"),
            ("of ssh", host + "/1.0/ssh/sign"),
            ("legacy", "step-certificate-authority")):
        o.sign("sign: audience " + case, {"aud": aud})
    o.sign("sign: no jti", {"jti": None})
    o.sign("sign: no times", {"exp": None, "nbf": None, "iat": None})
    now = time.time()
    o.sign("sign: times are floats", {"exp": now + 300.5, "nbf": now - .5})
    o.sign("sign: T12 within the leeway", {"exp": int(now) - 30,
                                           "nbf": int(now) - 300})
    o.sign("sign: unknown members", nothing=[1, {}])
    key, header, claims = templated(o)
    for kind in ("P-256", "2048"):
        o.sign("sign: template, " + kind, dict(claims, sans=EVERY_SAN),
               header=header, signed_by=key, key=kind)
    good = {"csr": make_csr(key_of("P-256")), "ott": o.ca.token()}
    o.sign("sign: members in capitals", raw=json.dumps(
        {k.upper(): v for k, v in good.items()}))
    good["ott"] = o.ca.token()
    o.sign("sign: something after the document", raw=json.dumps(good) + " x")


def names(texts):
    made = []
    for t in texts:
        if ":" in t and "//" not in t and not t.startswith("urn") or \
                t[0].isdigit():
            made.append(IP(ipaddress.ip_address(t)))
        else:
            made.append((URI if ":" in t else MAIL if "@" in t else DNS)(t))
    return made


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def times(o):
    now = time.time()
    for case, more in (
            ("for an hour", {"notAfter": "1h"}),
            ("from in an hour", {"notBefore": "1h"}),
            ("from in one to two hours", {"notBefore": "1h",
                                          "notAfter": "2h"}),
            ("from an hour ago", {"notBefore": "-1h", "notAfter": "1h"}),
            ("all a day and a minute", {"notAfter": "24h1m"}),
            ("empty", {"notBefore": "", "notAfter": ""}),
            ("null", {"notBefore": None, "notAfter": None}),
            ("both from there on", {"notBefore": "3h", "notAfter": "1h"}),
            ("written out", {"notBefore": stamp(now),
                             "notAfter": stamp(now + 7200)})):
        o.sign("sign: times, " + case, **more)
    for case, more in (
            ("too long", {"notAfter": "25h"}),
            ("too short", {"notAfter": "1m"}),
            ("already over", {"notBefore": "-3h", "notAfter": "-1h"}),
            ("backwards", {"notBefore": stamp(now + 7200),
                           "notAfter": stamp(now + 3600)}),
            ("no time", {"notAfter": "tomorrow"}),
            ("a number", {"notAfter": 3600})):
        o.sign("sign, refused: times, " + case, **more)


def refused_tokens(o):
    ca, now = o.ca, int(time.time())
    host = "https://localhost:%d" % ca.port
    for case, claims in (
            ("for revocation", {"aud": host + "/1.0/revoke"}),
            ("for another authority", {"aud": "https://x.example/1.0/sign"}),
            ("for http", {"aud": "http://localhost/1.0/sign"}),
            ("audience with a fragment", {"aud": host + "/1.0/sign#x"}),
            ("no audience", {"aud": None}),
            ("T15 of another issuer", {"iss": "sshpop"}),
            ("no issuer", {"iss": None}), ("T15 empty subject", {"sub": ""}),
            ("no subject", {"sub": None}),
            ("T12 expired", {"exp": now - 90, "nbf": now - 300}),
            ("T12 not yet", {"nbf": now + 300}),
            ("T12 of the future", {"iat": now + 300}),
            ("of a subject that is no text", {"sub": 1}),
            ("T13 exp is text", {"exp": "tomorrow"}),
            ("sans are no list", {"sans": "a.example.com"})):
        o.sign("sign, refused: token " + case, claims)
    for case, header in (
            ("of no key", {"kid": "x"}), ("without key", {"kid": None}),
            ("T8 with crit", {"crit": ["x"], "x": 1}),
            ("T3 RS256", {"alg": "RS256"}), ("T1 none", {"alg": "none"}),
            ("T2 HS256", {"alg": "HS256"}), ("T4 ES384", {"alg": "ES384"})):
        o.sign("sign, refused: token " + case, header=header)
    o.sign("sign, refused: token signed by another key",
           signed_by=jwk.JWK.generate(kty="EC", crv="P-256"))
    csr = make_csr(key_of("P-256"))
    for case, ott in (("no token at all", "x"), ("two parts", "e30.e30"),
                      ("T1 no signature",
                       ca.token().rpartition(".")[0] + ".")):
        o.sign("sign, refused: " + case, ott=ott)
    o.sign("sign, refused: T22 a claim twice", ott=ca.token(
        payload=json.dumps(ca.claims())[:-1] + ',"sub":"a.example.com"}'))
    token = ca.token()
    o.see("sign: once", "POST", "/sign", {"csr": csr, "ott": token})
    o.see("sign, refused: T16 twice", "POST", "/sign",
          {"csr": csr, "ott": token})
    c = ca.claims()
    o.sign("sign: one jti", c)
    o.sign("sign, refused: T17 its jti again", c)


def refused_requests(o):
    good = make_csr(key_of("P-256"))
    for case, raw in (
            ("no body", b"\n"), ("no members", "{}"), ("a list", "[]"),
            ("null", "null"), ("text", '"x"'), ("truncated", '{"csr":"'),
            ("no document", "csr=x"), ("csr is a number", '{"csr":1}'),
            ("ott is a number", '{"ott":1}'), ("csr is no PEM",
                                               '{"csr":"x"}'),
            ("csr is PEM of nothing", json.dumps(
                {"csr": stepc_ca.pem("CERTIFICATE REQUEST", b"0\0")})),
            ("csr is null", '{"csr":null,"ott":"x"}'),
            ("csr is empty", '{"csr":"","ott":"x"}')):
        o.sign("sign, refused: " + case, raw=raw)
    o.sign("sign, refused: no csr", csr="")
    o.sign("sign, refused: no ott", ott=None)
    bad = bytearray(x509.load_pem_x509_csr(good.encode()).public_bytes(
        serialization.Encoding.DER))
    bad[-1] ^= 1
    o.sign("sign, refused: C1 signature of the request",
           csr=stepc_ca.pem("CERTIFICATE REQUEST", bytes(bad)))
    o.sign("sign, refused: C10 common name", csr=make_csr(
        key_of("P-256"), "b.example.com"))
    sans = {"sans": ["a.example.com", "10.0.0.1", "j@example.com",
                     "spiffe://x/y"]}
    for case, other in (("DNS names", "b.example.com"),
                        ("addresses", "10.0.0.2"),
                        ("mail addresses", "k@example.com"),
                        ("URIs", "spiffe://x/z")):
        o.sign("sign, refused: T20 " + case, sans, make_csr(
            key_of("P-256"), sans=names([other])))
    o.sign("sign, refused: T20 one name more", csr=make_csr(
        key_of("P-256"), sans=names(["a.example.com", "b.example.com"])))
    o.sign("sign, refused: C3 RSA of 1024 bits", key="1024")
    o.sign("sign, refused: T21 another request", {
        "cnf": {"x5rt#S256": b64u(b"\0" * 32)}})
    o.sign("sign: to /1.0/renew, no certificate", where="/1.0/renew")
    o.sign("sign, refused: to /revoke", where="/revoke")
    o.sign("sign, refused: to /ssh/sign", where="/ssh/sign")


# --- /renew, /rekey, /revoke -------------------------------------------------

def renew(o):
    ca = o.ca
    pair = o.sign("renew: a certificate", {"sans": EVERY_SAN})
    key, header, claims = templated(o)
    custom = o.sign("renew: a templated one", dict(claims, sans=EVERY_SAN),
                    header=header, signed_by=key, notAfter="2h")
    for case, p in (("plain", pair), ("templated", custom)):
        o.see("renew: %s, by TLS" % case, "POST", "/renew", pair=p)
        o.see("renew: %s, by token" % case, "POST", "/renew", headers={
            "Authorization": "Bearer " + o.renew_token(p)})
        o.see("rekey: " + case, "POST", "/rekey",
              {"csr": make_csr(key_of("2048"), "other.example.com")}, pair=p)
    o.see("renew: with a body", "POST", "/1.0/renew", "{nothing", pair=pair)
    o.see("renew: alias", "POST", "/re-sign", pair=pair)
    o.see("renew, refused: nothing", "POST", "/renew")
    token = o.renew_token(pair)
    o.see("renew: once", "POST", "/renew",
          headers={"Authorization": "Bearer " + token})
    for case, value in (
            ("no token", "Bearer x"), ("no scheme", o.renew_token(pair)),
            ("another scheme", "Basic " + o.renew_token(pair)),
            ("of lower case", "bearer " + o.renew_token(pair)),
            ("R8 twice", "Bearer " + token),
            ("a one-time token", "Bearer " + ca.token()),
            ("R8 for another path", "Bearer " + o.renew_token(
                pair, path="/1.0/sign")),
            ("of another issuer", "Bearer " + o.renew_token(pair, iss="x")),
            ("of another subject", "Bearer " + o.renew_token(pair, sub="x")),
            ("R8 expired", "Bearer " + o.renew_token(
                pair, exp=int(time.time()) - 90)),
            ("R8 not yet", "Bearer " + o.renew_token(
                pair, nbf=int(time.time()) + 300)),
            ("R8 of another key", "Bearer " + o.renew_token(
                pair, key=make_key())),
            ("without chain", "Bearer " + o.renew_token(
                pair, header={"x5cInsecure": None}))):
        o.see("renew, refused: token, " + case, "POST", "/renew",
              headers={"Authorization": value})
    foreign(o)
    csr = make_csr(key_of("P-384"))
    o.see("rekey, refused: no certificate", "POST", "/rekey", {"csr": csr})
    for case, body in (("no body", b"\n"), ("no csr", {}),
                       ("bad csr", {"csr": "x"})):
        o.see("rekey, refused: " + case, "POST", "/rekey", body, pair=pair)


def foreign(o):
    """Certificates that the authority's key signed behind its back."""
    issuer = Issuer(o.ca)
    for case, pair in (
            ("R7 unknown", issuer.leaf(key=key_of("P-256"))),
            ("R6 without provisioner", issuer.leaf(provisioner=False)),
            ("R6 of a provisioner that has gone",
             issuer.leaf(provisioner="x"))):
        o.see("renew: certificate, " + case, "POST", "/renew", pair=pair)
    for case, pair in (
            ("expired", issuer.leaf(before=-7200, after=-3600)),
            ("not yet valid", issuer.leaf(before=3600, after=7200))):
        o.see("renew, refused: certificate, " + case, "POST", "/renew",
              pair=pair)


def revoke(o):
    ca = o.ca
    host = "https://localhost:%d" % ca.port

    def token(sub, **more):
        return ca.token(ca.claims(sub, aud=host + "/1.0/revoke", sans=None,
                                  **more))

    for case, raw in (
            ("no body", b"\n"), ("no members", {}), ("a list", []),
            ("no passive", {"serial": "1", "ott": "x"}),
            ("serial is a number", {"serial": 1}),
            ("serial is no number", {"serial": "x", "ott": "x",
                                     "passive": True}),
            ("reasonCode 11", {"serial": "1", "ott": "x", "reasonCode": 11,
                               "passive": True}),
            ("reasonCode -1", {"serial": "1", "ott": "x", "reasonCode": -1,
                               "passive": True}),
            ("no credential", {"serial": "1", "passive": True}),
            ("no token", {"serial": "1", "ott": "x", "passive": True})):
        o.see("revoke, refused: " + case, "POST", "/revoke", raw)
    pair = o.sign("revoke: a certificate")
    serial = str(pair.serial)
    body = {"serial": serial, "passive": True}
    o.see("revoke, refused: R12 another subject", "POST", "/revoke",
          dict(body, serial="77", ott=token("1")))
    o.see("revoke, refused: T14 for signing", "POST", "/revoke",
          dict(body, ott=ca.token(ca.claims(serial, sans=None))))
    ott = token(serial)
    o.see("revoke: by token", "POST", "/revoke",
          dict(body, ott=ott, reasonCode=1, reason="x"))
    o.see("revoke, refused: token twice", "POST", "/revoke",
          dict(body, ott=ott))
    o.see("revoke, refused: R13 certificate twice", "POST", "/revoke",
          dict(body, ott=token(serial)))
    o.see("renew, refused: revoked, by TLS", "POST", "/renew", pair=pair)
    o.see("renew, refused: revoked, by token", "POST", "/renew", headers={
        "Authorization": "Bearer " + o.renew_token(pair)})
    o.see("rekey, refused: revoked", "POST", "/rekey",
          {"csr": make_csr(key_of("P-384"))}, pair=pair)
    o.see("revoke: by hexadecimal serial", "POST", "/revoke", dict(
        body, serial="0x7b", ott=token("123")))
    other = o.sign("revoke: another certificate")
    o.see("revoke, refused: R14 of another certificate", "POST", "/revoke",
          body, pair=other)
    o.see("revoke: by TLS", "POST", "/revoke",
          {"serial": str(other.serial), "passive": True}, pair=other)
    o.see("revoke, refused: by TLS again", "POST", "/revoke",
          {"serial": str(other.serial), "passive": True}, pair=other)


ANSWERED = [public, sign, renew]
GROUPS = ANSWERED + [refused_tokens, refused_requests, revoke]
