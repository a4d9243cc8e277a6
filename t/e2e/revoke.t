#!/usr/bin/python3
"""POST /revoke: rows R1, R2, R4, R5, R12 to R14, R16 of the attack list, the wire
contract's messages, and what was (not) recorded."""

import datetime
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from jwcrypto import jwk
from stepc_ca import (BUILD, CA, DEFAULT_401, P400, P401, P403, done,
                      make_csr, make_key, ok, same)

DEFAULT_501 = ("The requested method is not implemented by the certificate "
               "authority. Please see the certificate authority logs for more "
               "info.")

other = jwk.JWK.generate(kty="EC", crv="P-256")


def add_provisioner(config, demo):
    """A second JWK provisioner, which issued nothing."""
    public = json.loads(other.export_public())
    public.update({"kid": "other-key", "alg": "ES256", "use": "sig"})
    config["authority"]["provisioners"].append(
        {"type": "JWK", "name": "other", "key": public})


ca = CA(add_provisioner)


def issue(name="a.example.com"):
    status, doc = ca.sign(make_csr(make_key(), name),
                          ca.token(ca.claims(name)))
    if status != 201:
        print("Bail out! cannot issue: %r" % (doc,))
        sys.exit(1)
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def claims(sub, **more):
    c = ca.claims(str(sub), sans=None,
                  aud="https://localhost:%d/1.0/revoke" % ca.port)
    c.update(more)
    return c


def token(sub, **more):
    return ca.token(claims(sub, **more))


def post(body, path="/1.0/revoke"):
    status, _, data = ca.request("POST", path, body)
    try:
        return status, json.loads(data)
    except ValueError:
        return status, data


def request(serial, ott=None, **more):
    body = {"serial": serial, "ott": ott, "reasonCode": 0, "reason": "",
            "passive": True}
    body.update(more)
    return {k: v for k, v in body.items() if v is not None}


last = [ca.ledger()]


def accepted(name, body, path="/1.0/revoke"):
    status, doc = post(body, path)
    now = ca.ledger()
    ok(status == 200 and doc == {"status": "ok"} and now != last[0],
       name + ": 200, recorded", "%s %r" % (status, doc),
       "recorded: %s" % (now != last[0]))
    last[0] = now


def refused(name, status, message, body, path="/1.0/revoke"):
    got, doc = post(body, path)
    now = ca.ledger()
    ok(got == status and doc == {"status": status, "message": message} and
       now == last[0], "%s: %d, nothing recorded" % (name, status),
       "got  %s %r" % (got, doc), "want %s %r" % (status, message),
       "recorded: %s" % (now != last[0]))
    last[0] = now


def bad_serial(text):
    return (P400 + "'%s' is not a valid serial number - use a base 10 "
            "representation or a base 16 representation with '0x' prefix."
            % text)


def mismatch(a, b):
    return (P403 + 'request serial number "%s" and token subject "%s" do not '
            'match.' % (a, b))


def already(serial):
    return (P400 + "certificate with serial number '%d' is already revoked."
            % serial)


# --- the ways that work ----------------------------------------------------

certs = [issue() for _ in range(8)]
serials = [c.serial_number for c in certs]
last[0] = ca.ledger()

accepted("R12 decimal", request(str(serials[0]), token(serials[0])))
accepted("R12 hexadecimal", request(hex(serials[1]), token(serials[1])))
accepted("R12 hexadecimal in capitals",
         request("0X%X" % serials[2], token(serials[2])), "/revoke")
accepted("R12 leading zeros after 0x",
         request("0x0000%x" % serials[3], token(serials[3])))
accepted("R12 a leading zero is octal: 0123 is 83",
         request("0123", token("83")))
accepted("a serial that the authority does not know",
         request("123456789", token("123456789"), reasonCode=10))
accepted("a reason in words", request(
    str(serials[4]), token(serials[4]), reasonCode=1,
    reason="key <lost> \u2028 \"quoted\""))
accepted("audience step-certificate-authority", request(
    "1001", token("1001", aud="step-certificate-authority")))
accepted("audience /revoke", request(
    "1002", token("1002", aud="https://localhost/revoke")))
accepted("members in other letters, unknown ones, text behind", json.dumps(
    {"SERIAL": "1003", "Ott": token("1003"), "PASSIVE": True, "x": 1}) + " x")
for code in range(11):
    accepted("reason code %d" % code, request(
        str(2000 + code), token(2000 + code), reasonCode=code))

# --- R13 twice -------------------------------------------------------------

refused("R13 revoked twice", 400, already(serials[0]),
        request(str(serials[0]), token(serials[0])))
refused("R13 twice, in hexadecimal", 400, already(serials[0]),
        request(hex(serials[0]), token(serials[0])))

# --- R12 what is no serial -------------------------------------------------

t = token(serials[5])
for text in ("-1", "-0x5", "0", "0x0", "0x", "00", "1.0", "1e9", " 1", "1 ",
             "abc", "ff", "1:2:3", "aa:bb", "08", "1__0", "_1", "0x" + "f" * 41,
             "9" * 49, "9" * 60, "\u0661"):
    refused("R12 serial %r" % text, 400, bad_serial(text), request(text, t))
refused("R12 huge serial is cut in the message", 400,
        bad_serial("9" * 128), request("9" * 5000, t))
refused("R12 empty serial", 400, P400 + "missing serial.", request("", t))
refused("R12 no serial", 400, P400 + "missing serial.", request(None, t))
refused("R12 null serial", 400, P400 + "missing serial.",
        {"serial": None, "ott": t, "passive": True})
refused("R12 serial as a number", 400, P400 + "error decoding json.",
        request(serials[5], t))

# --- R12 the token is for another serial ------------------------------------

refused("R12 somebody else's serial", 403,
        mismatch(serials[5], serials[6]),
        request(str(serials[5]), token(serials[6])))
refused("R12 hexadecimal sub", 403, mismatch(serials[5], hex(serials[5])),
        request(hex(serials[5]), token(hex(serials[5]))))
refused("R12 leading zero in sub", 403, mismatch(83, "0123"),
        request("0123", token("0123")))
refused("R12 sub with blanks", 403,
        mismatch(serials[5], " %d" % serials[5]),
        request(str(serials[5]), token(" %d" % serials[5])))
refused("R12 sub is the name", 403, mismatch(serials[5], "a.example.com"),
        request(str(serials[5]), token("a.example.com")))

# --- other members ----------------------------------------------------------

s5 = str(serials[5])
for code in (-1, 11, 255, -2147483649, 4294967296):
    refused("reason code %d" % code, 400,
            P400 + "reasonCode out of bounds.", request(s5, t, reasonCode=code))
for code in ("1", 1.5, [1], True, 2 ** 64):
    refused("reason code %r" % (code,), 400, P400 + "error decoding json.",
            request(s5, t, reasonCode=code))
refused("not passive", 501, DEFAULT_501, request(s5, t, passive=False))
refused("passive missing", 501, DEFAULT_501, request(s5, t, passive=None))
refused("passive as text", 400, P400 + "error decoding json.",
        request(s5, t, passive="true"))
refused("reason as a number", 400, P400 + "error decoding json.",
        request(s5, t, reason=1))
refused("reason code before passive", 400, P400 + "reasonCode out of bounds.",
        request(s5, t, reasonCode=99, passive=False))
refused("serial before reason code", 400, bad_serial("x"),
        request("x", t, reasonCode=99))
NOBODY = P400 + "missing ott or client certificate."
refused("neither token nor certificate", 400, NOBODY, request(s5))
refused("empty token, no certificate", 400, NOBODY, request(s5, ""))
for name, body in (("empty body", b""), ("no JSON", b"serial=1"),
                   ("an array", b"[]"), ("null", b"null"),
                   ("cut", json.dumps(request(s5, t))[:-1]),
                   ("two serials", '{"serial":"1","serial":"2"}')):
    refused(name, 400, P400 + "error decoding json.", body)

# --- bad tokens; none of them is used up by being refused -------------------

now = int(time.time())
stranger = jwk.JWK.generate(kty="EC", crv="P-256")
good = claims(serials[5])
refused("T1 signed with another key", 401, DEFAULT_401,
        request(s5, ca.token(good, key=stranger)))
refused("T2 alg none", 401, DEFAULT_401,
        request(s5, ca.token(good, header={"alg": "none"})))
refused("unknown kid", 401, DEFAULT_401,
        request(s5, ca.token(good, header={"kid": "nobody"})))
refused("garbage", 401, DEFAULT_401, request(s5, "a.b.c"))
got, doc = post(request(s5, token(s5, exp=now - 120, nbf=now - 400)))
ok(got == 401 and doc["status"] == 401 and ca.ledger() == last[0],
   "expired: 401, nothing recorded", got, doc)
got, doc = post(request(s5, token(s5, nbf=now + 400, exp=now + 900)))
ok(got == 401 and ca.ledger() == last[0],
   "not yet valid: 401, nothing recorded", got, doc)
AUD = P401 + ("the token's audience (aud) is not this operation of this CA")
for name, aud in (
        ("sign", "https://localhost:%d/1.0/sign" % ca.port),
        ("renew", "https://localhost:%d/1.0/renew" % ca.port),
        ("ssh/revoke", "https://localhost:%d/1.0/ssh/revoke" % ca.port)):
    refused("a token for " + name, 401, AUD, request(s5, token(s5, aud=aud)))
refused("another host", 401, DEFAULT_401, request(
    s5, token(s5, aud="https://ca.example.net/1.0/revoke")))
refused("empty sub", 401, P401 + "the token's subject (sub) is empty",
        request(s5, token("")))
refused("a revoke token signs nothing", 401, AUD,
        {"csr": make_csr(make_key()), "ott": token("a.example.com")},
        "/1.0/sign")
accepted("the token that all of these left alone", request(s5, t))
got, doc = post(request(s5, t))
ok(got in (400, 401) and doc["message"] in
   (already(serials[5]), P401 + "the token was already used") and
   ca.ledger() == last[0], "the same token again: refused, nothing recorded",
   got, doc)
t = token("5001", jti="one-time-id")
accepted("a token id", request("5001", t))
refused("its id in another token", 401, P401 + "the token was already used",
        request("5002", token("5002", jti="one-time-id")))
status, doc = ca.sign(make_csr(make_key(), "spent.example.com"), ca.token(
    ca.claims("spent.example.com", jti="signed-with")))
same(status, 201, "a token id spent by signing")
last[0] = ca.ledger()
refused("is spent for revoking", 401, P401 + "the token was already used",
        request("5003", token("5003", jti="signed-with")))

# --- R16 another provisioner -------------------------------------------------

s6 = str(serials[6])
accepted("R16 issued by one provisioner, revoked by another", request(
    s6, ca.token(claims(serials[6], iss="other"), header={"kid": "other-key"},
                 key=other)))
refused("R16 and it is revoked for all", 400, already(serials[6]),
        request(s6, token(serials[6])))
refused("R16 but not in the other's name", 401, DEFAULT_401, request(
    str(serials[7]), ca.token(claims(serials[7]), header={"kid": "other-key"},
                              key=other)))

# --- R14 by the certificate itself --------------------------------------------

def client(name, **more):
    """(serial, TLS context with the certificate of a new client)"""
    key = make_key()
    status, doc = ca.sign(make_csr(key, name), ca.token(ca.claims(name)),
                          **more)
    same(status, 201, "a certificate for " + name)
    path = os.path.join(ca.tmp, name)
    with open(path, "wb") as f:
        f.write("".join(doc["certChain"]).encode() + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()))
    context = ssl.create_default_context(
        cafile=os.path.join(ca.demo, "certs/root_ca.crt"))
    context.load_cert_chain(path)
    last[0] = ca.ledger()
    cert = x509.load_pem_x509_certificate(doc["crt"].encode())
    return cert.serial_number, context


class As:
    """Requests with a client certificate, over one connection."""

    def __init__(self, context):
        self.context, self.before = context, ca.context

    def __enter__(self):
        ca.context, ca.conn = self.context, None

    def __exit__(self, *_):
        ca.context, ca.conn = self.before, None


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    serial, context = client("self%d.example.com" % version)
    context.minimum_version = context.maximum_version = version
    with As(context):
        refused("R14 another serial than the certificate's", 403, P403 +
                'request serial number "%d" and certificate serial number '
                '"%d" do not match.' % (serial + 1, serial),
                request(str(serial + 1)))
        refused("R14 no serial", 400, P400 + "missing serial.", request(""))
        refused("R14 a token that is there counts", 401, DEFAULT_401,
                request(str(serial), "a.b.c"))
        accepted("R14 the certificate itself, hexadecimal",
                 request(hex(serial), reasonCode=4))
        refused("R13 and again", 400, already(serial), request(str(serial)))
        accepted("R14 a revoked certificate with a token for another serial",
                 request(str(serial + 1), token(serial + 1)))
serial, context = client("header.example.com")
with open(os.path.join(ca.tmp, "header.example.com")) as f:
    pem_text = f.read().split("-----END CERTIFICATE-----")[0] + \
        "-----END CERTIFICATE-----"
for name in ("SSL_CLIENT_CERT", "X-SSL-Client-Cert", "Client-Cert"):
    got, _, data = ca.request(
        "POST", "/revoke", request(str(serial)),
        {name: pem_text.replace("\n", " "), "X-SSL-Client-Verify": "SUCCESS",
         "SSL_CLIENT_VERIFY": "SUCCESS"})
    ok(got == 400 and json.loads(data)["message"] == NOBODY and
       ca.ledger() == last[0],
       "R1 a certificate in the header %s: 400, nothing recorded" % name,
       got, data)


def direct(serial, cert, verify):
    """The program itself, with what a web server would set."""
    body = json.dumps(request(str(serial)))
    r = cgi(os.path.join(ca.demo, "config/ca.json"), body,
            SSL_CLIENT_CERT=cert, SSL_CLIENT_VERIFY=verify)
    head, _, doc = r.stdout.partition(b"\r\n\r\n")
    now = ca.ledger()
    changed, last[0] = now != last[0], now
    return head.split()[1].decode(), json.loads(doc), changed


def cgi(config, body, **more):
    env = {"STEPC_CONFIG": config, "STEPPATH": ca.demo,
           "REQUEST_METHOD": "POST", "REQUEST_URI": "/1.0/revoke",
           "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "192.0.2.1"}
    env.update(more)
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    return subprocess.run([os.path.join(BUILD, "handlers/revoke")], env=env,
                          input=body.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def self_signed():
    """A certificate with the same serial number and names, of nobody."""
    key = make_key()
    name = x509.Name([x509.NameAttribute(
        x509.oid.NameOID.COMMON_NAME, "header.example.com")])
    start = datetime.datetime.utcnow() - datetime.timedelta(minutes=1)
    return x509.CertificateBuilder().subject_name(name).issuer_name(
        name).public_key(key.public_key()).serial_number(serial) \
        .not_valid_before(start).not_valid_after(
            start + datetime.timedelta(hours=1)).add_extension(
                x509.ExtendedKeyUsage(
                    [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]), False) \
        .sign(key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM).decode()


for name, cert, verify, status in (
        ("R2 verdict NONE", pem_text, "NONE", "400"),
        ("R2 no verdict", pem_text, "", "400"),
        ("R2 verdict FAILED", pem_text, "FAILED:unable to verify", "401"),
        ("R4 a certificate of nobody with that serial", self_signed(),
         "SUCCESS", "401"),
        ("R5 two certificates", pem_text + "\n" + pem_text, "SUCCESS", "400"),
        ("R5 cut", pem_text[:400], "SUCCESS", "400"),
        ("R5 garbage", "x", "SUCCESS", "400")):
    got, doc, changed = direct(serial, cert, verify)
    ok(got == status and doc["status"] == int(status) and not changed,
       "%s: %s, nothing recorded" % (name, status), got, doc)
got, doc, changed = direct(serial, pem_text, "SUCCESS")
ok(got == "200" and doc == {"status": "ok"} and changed,
   "R14 and it works as a web server sets it", got, doc)

# --- the client ------------------------------------------------------------------


def stepc(*args):
    r = subprocess.run([os.path.join(BUILD, "stepc")] + list(args),
                       env=ca.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    now = ca.ledger()
    changed, last[0] = now != last[0], now
    return r.returncode, r.stdout, changed


BY_PASSWORD = ("--provisioner", ca.provisioner["name"],
               "--provisioner-password-file",
               os.path.join(ca.demo, "password.txt"))
serial = issue("client.example.com").serial_number
last[0] = ca.ledger()
code, text, changed = stepc("ca", "revoke", hex(serial), *BY_PASSWORD,
                            "--reasonCode", "4", "--reason", "new host")
ok(code == 0 and changed, "stepc ca revoke: by token", code, text)
code, text, changed = stepc("ca", "revoke", str(serial), *BY_PASSWORD)
ok(code != 0 and not changed and already(serial)[len(P400):] in text,
   "R13 stepc ca revoke again: says why", code, text)
serial, _ = client("pair.example.com")
pair = os.path.join(ca.tmp, "pair.example.com")
key = pair + ".key"
shutil.copy(pair, key)
code, text, changed = stepc("ca", "revoke", "--cert", pair, "--key", key)
ok(code == 0 and changed, "stepc ca revoke --cert --key", code, text)
code, text, changed = stepc("ca", "revoke", "--cert", pair, "--key", key)
ok(code != 0 and not changed and already(serial)[len(P400):] in text,
   "R13 stepc ca revoke --cert again: says why", code, text)

# --- once is once -------------------------------------------------------------


def at_once(bodies):
    """All of them at the same time, each over its own connection."""
    answers = [None] * len(bodies)
    barrier = threading.Barrier(len(bodies))

    def run(i):
        c = http.client.HTTPSConnection("localhost", ca.port,
                                        context=ca.context, timeout=60)
        c.connect()
        barrier.wait()
        c.request("POST", "/revoke", json.dumps(bodies[i]))
        r = c.getresponse()
        answers[i] = (r.status, json.loads(r.read()).get("message"))
        c.close()

    threads = [threading.Thread(target=run, args=(i,))
               for i in range(len(bodies))]
    for th in threads:
        th.start()
    for th in threads:
        th.join()
    return sorted(answers, key=str)


s7 = str(serials[7])
answers = at_once([request(s7, token(s7)) for _ in range(16)])
same(answers, [(200, None)] + [(400, already(serials[7]))] * 15,
     "R13 sixteen at once: one is the first")
t = token("6001")
answers = at_once([request("6001", t) for _ in range(16)])
ok([a[0] for a in answers].count(200) == 1 and
   {a[0] for a in answers} <= {200, 400, 401},
   "one token sixteen times at once: used once", answers)
last[0] = ca.ledger()

# --- the program itself --------------------------------------------------------


keyless = dict(ca.config, key="secrets/there-is-no-such-key", password="")
path = os.path.join(ca.demo, "config/keyless.json")
with open(path, "w") as f:
    json.dump(keyless, f)
r = cgi(path, json.dumps(request("7001", token("7001"))))
ok(r.returncode == 0 and b"Status: 200 OK" in r.stdout and
   ca.ledger() != last[0], "as a CGI program, without any private key",
   r.stdout, r.stderr)
last[0] = ca.ledger()
log = r.stderr.decode()
ok(" serial=7001 " in log and " provisioner=" in log and " status=200 " in log
   and token("7001")[:20] not in log, "the log names serial and provisioner",
   log)
status, headers, _ = ca.request("GET", "/1.0/revoke")
ok(status == 405 and headers.get("Allow") == "POST", "GET: 405", status)
for path in ("/revoke/", "/1.0//revoke", "/1.0/Revoke", "/2.0/revoke"):
    status, _, _ = ca.request("POST", path, request(s5, token(s5)))
    same(status, 404, "POST %s: 404" % path)

ca.check_logs()
done()
