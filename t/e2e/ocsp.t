#!/usr/bin/python3
"""The OCSP responder through nginx, with and without TLS: asked by openssl,
GnuTLS and python3-cryptography, and believed by nginx and curl (rows V6, V7
and V8)."""

import base64
import datetime
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stepc_ca import (BUILD, CA, SRC, done, free_port, make_csr, make_key, ok,
                      same, skip)

HTTP = free_port()
URL = "http://127.0.0.1:%d/ocsp" % HTTP


def edit(config, demo):
    config["ocsp"] = {"enabled": True, "url": URL, "cacheDuration": "10m"}


ca = CA(edit)
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
INTER = os.path.join(ca.demo, "certs/intermediate_ca.crt")
SIGNER = os.path.join(ca.demo, "db/stepc/ocsp-signer.pem")
issuer = x509.load_pem_x509_certificate(open(INTER, "rb").read())
root = x509.load_pem_x509_certificate(open(ROOT, "rb").read())


def at(thing, name):
    """A time; python3-cryptography had them without a zone once."""
    t = getattr(thing, name)
    return t.replace(tzinfo=datetime.timezone.utc) if t else t


def path(name):
    return os.path.join(ca.tmp, name)


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path(name)


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())


def issue(name):
    """NAME.crt, NAME.key and NAME.chain in the temporary folder."""
    key = make_key()
    status, doc = ca.sign(make_csr(key, name, [x509.DNSName(name)]),
                          ca.token(ca.claims(name)))
    if status != 201:
        print("Bail out! cannot issue: %r" % doc)
        sys.exit(1)
    write(name + ".crt", doc["crt"])
    write(name + ".chain", doc["crt"] + doc["ca"])
    write(name + ".key", key_pem(key))
    return x509.load_pem_x509_certificate(doc["crt"].encode())


def revoke(serial, **more):
    sub = str(serial)
    token = ca.token({k: v for k, v in ca.claims(
        sub, aud="https://localhost:%d/1.0/revoke" % ca.port,
        sans=None).items()})
    body = {"serial": sub, "ott": token, "passive": True}
    body.update(more)
    status, _, data = ca.request("POST", "/1.0/revoke", body)
    return ok(status == 200, "revoke %s" % more, status, data)


# --- a web server of its own: plain http, stapling, client certificates ------

PORTS = {name: free_port() for name in ("good", "bad", "clients")}


def tls_server(name, cert, more):
    return """
	server {
		listen 127.0.0.1:%d ssl;
		ssl_certificate %s;
		ssl_certificate_key %s;
		ssl_trusted_certificate %s;
		%s
		location / { return 200 "hello\\n"; }
	}""" % (PORTS[name], path(cert + ".chain"), path(cert + ".key"),
            path("trust"), more)


class Server:
    """nginx with the shipped stepc-http.conf and three servers of ours."""

    def __init__(self):
        with open(os.path.join(SRC, "nginx/stepc-http.conf")) as f:
            text = f.read()
        text = text.replace("listen 80;", "listen 127.0.0.1:%d;" % HTTP)
        text = re.sub(r"\tlisten \[::\].*\n", "", text)
        text = text.replace("ca.example.com", "localhost")
        text = text.replace("/run/stepc/", ca.demo + "/run/")
        write("http.conf", text)
        write("trust", open(INTER).read() + open(ROOT).read())
        os.makedirs(path("ngx"), exist_ok=True)
        staple = "ssl_stapling on; ssl_stapling_verify on;"
        write("ocsp-nginx.conf", """
%spid %s;
error_log %s;
worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %s;
	fastcgi_temp_path %s;
	proxy_temp_path %s;
	scgi_temp_path %s;
	uwsgi_temp_path %s;
	include %s;%s
}
""" % ("user root;\n" if os.getuid() == 0 else "", path("ngx/pid"),
            path("ngx/error.log"), path("ngx/a"), path("ngx/b"), path("ngx/c"),
            path("ngx/d"), path("ngx/e"), path("http.conf"),
            tls_server("good", "good.example", staple) +
            tls_server("bad", "bad.example",
                       "ssl_stapling on; ssl_stapling_file %s;"
                       % path("bad.der")) +
            tls_server("clients", "good.example",
                       "ssl_verify_client on; ssl_verify_depth 3;"
                       "ssl_client_certificate %s;"
                       "ssl_ocsp leaf;" % path("trust"))))
        self.nginx = shutil.which(
            "nginx", path=os.environ["PATH"] + ":/usr/sbin")
        r = subprocess.run([self.nginx, "-c", path("ocsp-nginx.conf")],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
        if r.returncode != 0:
            print("Bail out! nginx: " + r.stdout)
            sys.exit(1)
        self.pid = None
        for _ in range(100):
            try:
                self.pid = int(open(path("ngx/pid")).read())
                break
            except (OSError, ValueError):
                time.sleep(0.05)

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            self.pid = None


def http_request(method, target, body=None, headers=None):
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    c.request(method, target, body=body, headers=headers or {})
    r = c.getresponse()
    got = r.status, r.headers, r.read()
    c.close()
    return got


POST_TYPE = {"Content-Type": "application/ocsp-request"}


def ask(der):
    """An OCSPResponse for a request that is posted."""
    status, headers, data = http_request("POST", "/ocsp", der, POST_TYPE)
    if status != 200 or \
            headers["content-type"] != "application/ocsp-response":
        ok(False, "an OCSP response", status, headers, data)
        sys.exit(1)
    return ocsp.load_der_ocsp_response(data)


def build(cert, hash_=None, nonce=None, by=None):
    b = ocsp.OCSPRequestBuilder().add_certificate(
        cert, by or issuer, hash_ or hashes.SHA1())
    if nonce is not None:
        b = b.add_extension(x509.OCSPNonce(nonce), False)
    return b.build().public_bytes(serialization.Encoding.DER)


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else \
        bytes([0x80 | (n.bit_length() + 7) // 8]) + \
        n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


def build_serial(serial):
    """The same for any serial number, by hand."""
    spki = issuer.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    cert_id = tlv(
        0x30, tlv(0x30, tlv(6, bytes.fromhex("2b0e03021a")), tlv(5)),
        tlv(4, hashlib.sha1(issuer.subject.public_bytes()).digest()),
        tlv(4, hashlib.sha1(spki).digest()), tlv(2, number))
    return tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x30, cert_id))))


def status_of(der):
    r = ask(der)
    if r.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return r.response_status.name
    return r.certificate_status.name


def await_status(der, want, seconds=90):
    """Ask until the answer is this one: a signer may still be to come."""
    end = time.monotonic() + seconds
    while True:
        got = status_of(der)
        if got == want or time.monotonic() > end:
            return got
        time.sleep(0.1)


def ask_tls(der):
    return ca.request("POST", "/ocsp", der, POST_TYPE)[2]


good, bad, plain = issue("good.example"), issue("bad.example"), \
    issue("plain.example")
for _ in range(100):
    if len(ask_tls(build(good))) > 5:
        break
    time.sleep(0.1)
ok(len(ask_tls(build(good))) > 5, "a signer is there soon after the start")
revoke(bad.serial_number, reasonCode=1, reason="lost")
revoke(plain.serial_number)
write("bad.der", ask_tls(build(bad)))
server = Server()

# --- what leaves say ---------------------------------------------------------

aia = good.extensions.get_extension_for_class(
    x509.AuthorityInformationAccess)
same([(d.access_method.dotted_string, d.access_location.value)
      for d in aia.value], [("1.3.6.1.5.5.7.48.1", URL)],
     "new certificates name the responder")
ok(not aia.critical, "not critical")

# --- V6: what is asked, and how ----------------------------------------------

for name, h in (("SHA-1", hashes.SHA1()), ("SHA-256", hashes.SHA256())):
    same(status_of(build(good, h)), "GOOD", "V6 good by %s" % name)
    r = ask(build(bad, h))
    same((r.certificate_status.name, r.revocation_reason),
         ("REVOKED", x509.ReasonFlags.key_compromise),
         "V6 revoked by %s, with its reason" % name)
    age = (datetime.datetime.now(datetime.timezone.utc) -
           at(r, "revocation_time")).total_seconds()
    ok(0 <= age < 120, "V6 revoked by %s: when" % name, age)
    r = ask(build(plain, h))
    same((r.certificate_status.name, r.revocation_reason), ("REVOKED", None),
         "V6 revoked without a reason by %s" % name)
r = ask(build(good))
same((r.serial_number, r.responder_name, len(r.certificates)),
     (good.serial_number, None, 1), "by key, with the signer's certificate")
signer = r.certificates[0]
r.certificates[0].public_key().verify(
    r.signature, r.tbs_response_bytes, ec.ECDSA(r.signature_hash_algorithm))
life = (at(r, "next_update") - at(r, "this_update")).total_seconds()
same(life, 660, "from authority.backdate ago to cacheDuration from now")

same(status_of(build(good, by=root)), "UNAUTHORIZED",
     "V6 another issuer: unauthorized")
same(status_of(build(good, hashes.SHA512())), "UNAUTHORIZED",
     "V6 a hash nobody uses: unauthorized")
for serial in (1, 7, good.serial_number + 1, good.serial_number >> 8,
               (1 << 159) - 1):
    r = ask(build_serial(serial))
    same((r.certificate_status.name, at(r, "next_update")), ("UNKNOWN", None),
         "V7 serial number %x was never issued: unknown" % serial)

for n in (1, 16, 32):
    nonce = os.urandom(n)
    r = ask(build(good, nonce=nonce))
    same(r.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce,
         nonce, "V6 nonce of %d comes back" % n)
same(len(ask(build(good)).extensions), 0, "V6 no nonce, none comes back")
for n in (33, 64, 4096):
    same(status_of(build(good, nonce=os.urandom(n))), "MALFORMED_REQUEST",
         "V6 nonce of %d: malformed" % n)

whole = build(good)
for name, der in (("nothing", b""), ("garbage", os.urandom(100)),
                  ("64 KiB of garbage", os.urandom(65536)),
                  ("64 KiB of zeros", bytes(65536)),
                  ("64 KiB of sequences", b"0" * 65536),
                  ("half a request", whole[:len(whole) // 2]),
                  ("a request and a byte", whole + b"\0"),
                  ("a response", http_request(
                      "POST", "/ocsp", whole, POST_TYPE)[2])):
    same(status_of(der), "MALFORMED_REQUEST", "V6 %s: malformed" % name)
same(http_request("POST", "/ocsp", bytes(65537), POST_TYPE)[0], 413,
     "V6 more than 64 KiB: 413")

# Several certificates: python3-cryptography cannot, openssl can.
def openssl(*args):
    r = subprocess.run(["openssl", "ocsp", "-issuer", INTER, *args],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    return r.returncode, r.stdout


def cert(name):
    return path(name + ".crt")


TRUST = ["-CAfile", ROOT, "-url", URL]
code, text = openssl(*TRUST, "-cert", cert("good.example"), "-sha256", "-cert",
                     cert("bad.example"), "-serial", "0x1234")
ok(code == 0 and "Response verify OK" in text and
   cert("good.example") + ": good" in text and
   cert("bad.example") + ": revoked" in text and
   "0x1234: unknown" in text and "Reason: keyCompromise" in text,
   "V6 openssl ocsp: three certificates, both hashes, a nonce", text)
code, text = openssl(*TRUST, "-no_nonce", "-cert", cert("plain.example"))
ok(code == 0 and "Response verify OK" in text and ": revoked" in text and
   "Reason" not in text, "openssl ocsp without a nonce", text)
code, text = openssl(*TRUST, "-serial", "0x00")
ok("Response verify OK" in text and "unknown" in text,
   "V6 serial number zero: unknown", text)
args = ["-reqout", path("other.der")]
for _ in range(65):
    args += ["-serial", "5"]
openssl(*args)
same(status_of(open(path("other.der"), "rb").read()), "MALFORMED_REQUEST",
     "V6 65 certificates at once: malformed")
r = subprocess.run(
    ["openssl", "ocsp", "-issuer", ROOT, "-serial", "9", "-issuer", INTER,
     "-cert", cert("good.example"), "-noverify", "-url", URL],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
ok(": good" in r.stdout and
   "9: unknown" in r.stdout,
   "V6 another issuer's beside ours: unknown", r.stdout)

# --- V6: GET -----------------------------------------------------------------

def b64(der):
    return base64.b64encode(der).decode()


def find_serial(wanted):
    """A request whose base64 has what a URL may mangle."""
    for i in range(1, 1 << 20):
        text = b64(build_serial(i << 96 | 0xfbefbe << 40 | i))
        if wanted in text:
            return text
    raise AssertionError(wanted)


def get_status(text, prefix="/ocsp/"):
    status, headers, data = http_request("GET", prefix + text)
    if status != 200:
        return status
    r = ocsp.load_der_ocsp_response(data)
    if r.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return r.response_status.name
    return r.certificate_status.name


text = b64(build(good))
for name, form in (("as it is", text), ("escaped", urllib.parse.quote(
        text, safe="")), ("without padding", text.rstrip("=")),
        ("everything escaped", "".join("%%%02X" % ord(c) for c in text)),
        ("small escapes", "".join("%%%02x" % ord(c) for c in text))):
    same(get_status(form), "GOOD", "V6 GET, %s" % name)
    same(get_status(form, "/1.0/ocsp/"), "GOOD", "V6 GET /1.0, %s" % name)
same(get_status(text, "/ocsp//"), "GOOD",
     "V6 GET for a URL that ends in a slash")
for wanted in ("//", "+", "/", "="):
    text = find_serial(wanted)
    same(get_status(text), "UNKNOWN", "V6 GET with %s" % wanted)
    same(get_status(text.replace("/", "%2F").replace("+", "%2B").replace(
        "=", "%3D")), "UNKNOWN", "V6 GET with %s escaped" % wanted)
    same(get_status(text.replace("/", "%2f").replace("+", "%2b").replace(
        "=", "%3d")), "UNKNOWN", "V6 GET with %s escaped, small" % wanted)
text = b64(build(good))
for name, form in (
        ("a blank for a plus", find_serial("+").replace("+", "%20")),
        ("escaped twice", urllib.parse.quote(
            urllib.parse.quote(text + "=", safe=""), safe="")),
        ("base64url", find_serial("+").replace("+", "-").replace("/", "_")),
        ("not UTF-8", "%ff%fe"),
        ("a line break", text[:40] + "%0A" + text[40:]), ("rubbish", "x")):
    same(get_status(form), "MALFORMED_REQUEST", "V6 GET: " + name)
same(get_status(text + "%00"), 400, "V6 GET: a NUL does not pass nginx")
status, headers, data = http_request("GET", "/ocsp/" + text)
etag, cache = headers.get("etag"), headers.get("cache-control", "")
max_age = re.match(r"max-age=(\d+), public, no-transform, must-revalidate$",
                   cache)
r = ocsp.load_der_ocsp_response(data)
ok(max_age and int(max_age.group(1)) == 600, "RFC 5019: max-age", cache)
ok(re.match(r'"[0-9a-f]{64}"$', etag or ""), "RFC 5019: ETag", etag)
for name, t in (("expires", at(r, "next_update")),
                ("last-modified", at(r, "this_update"))):
    same(headers.get(name), t.strftime("%a, %d %b %Y %H:%M:%S GMT"),
         "RFC 5019: " + name)
status, headers, data = http_request("HEAD", "/ocsp/" + text)
same((status, headers.get("content-type"), data),
     (200, "application/ocsp-response", b""), "HEAD")
for name, der in (("with a nonce", build(good, nonce=b"n" * 16)),
                  ("unknown", build_serial(5)), ("refused", b"x")):
    same(http_request("GET", "/ocsp/" + b64(der))[1].get("cache-control"),
         "no-store", "an answer is not kept: " + name)
same(http_request("POST", "/ocsp", build(good), POST_TYPE)[1].get(
    "cache-control"), "no-store", "an answer is not kept: posted")
for method, target, want in (
        ("GET", "/ocsp", 405), ("GET", "/ocsp/", 404),
        ("POST", "/ocsp/x", 405), ("PUT", "/ocsp", 405),
        ("GET", "/health", 404), ("POST", "/sign", 404),
        ("GET", "/ocspx/" + text, 404), ("GET", "/x/ocsp/" + text, 404)):
    same(http_request(method, target)[0], want, "%s %s" % (
        method, target[:12]))
status, headers, data = ca.request("POST", "/1.0/ocsp", build(good), POST_TYPE)
same((status, ocsp.load_der_ocsp_response(data).certificate_status.name),
     (200, "GOOD"), "over TLS, too")
status, headers, data = ca.request(
    "GET", "/ocsp/" + find_serial("//"), None)
same((status, ocsp.load_der_ocsp_response(data).certificate_status.name),
     (200, "UNKNOWN"), "V6 GET with // over TLS")

# --- other clients -----------------------------------------------------------

if shutil.which("ocsptool"):
    for name, want in (("good.example", "good"), ("bad.example", "revoked")):
        for more in ([], ["--nonce"]):
            r = subprocess.run(
                ["ocsptool", "--ask=" + URL, "--load-issuer=" + INTER,
                 "--load-cert=" + cert(name),
                 "--load-trust=" + path("trust"), *more],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            ok(re.search(r"Certificate Status: " + want, r.stdout) and
               "Verifying OCSP Response: Success" in r.stdout,
               "GnuTLS ocsptool %s: %s" % (" ".join(more), want), r.stdout)
else:
    skip("GnuTLS ocsptool", "not installed")


def curl(server_name, host, *args):
    r = subprocess.run(
        ["curl", "-sS", "--cacert", ROOT, "--resolve",
         "%s:%d:127.0.0.1" % (host, PORTS[server_name]), *args,
         "https://%s:%d/" % (host, PORTS[server_name])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return r.returncode, r.stdout + r.stderr


def stapled(server_name, host):
    """nginx has a response to staple after its first connection."""
    for _ in range(100):
        r = subprocess.run(
            ["openssl", "s_client", "-connect",
             "127.0.0.1:%d" % PORTS[server_name], "-servername", host,
             "-status"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        if "OCSP Response Status: successful" in r.stdout:
            return True
        time.sleep(0.1)
    return False


ok(stapled("good", "good.example"), "nginx staples our response")
code, text = curl("good", "good.example", "--cert-status")
same((code, text), (0, "hello\n"), "curl --cert-status: good")
code, text = curl("bad", "bad.example")
same(code, 0, "curl without --cert-status connects all the same")
code, text = curl("bad", "bad.example", "--cert-status")
ok(code == 91 and "keyCompromise" in text,
   "curl --cert-status refuses the revoked certificate", code, text)
for name, want in (("good.example", 200), ("bad.example", 400),
                   ("plain.example", 400)):
    code, text = curl("clients", "good.example", "--cert",
                      path(name + ".chain"), "--key", path(name + ".key"),
                      "-o", "/dev/null", "-w", "%{http_code}")
    same((code, text), (0, str(want)),
         "nginx ssl_ocsp, client %s: %d" % (name, want))
fresh = issue("fresh.example")


def client(name):
    return curl("clients", "good.example", "--cert", path(name + ".chain"),
                "--key", path(name + ".key"), "-o", "/dev/null", "-w",
                "%{http_code}")[1]


same(get_status(b64(build(fresh))), "GOOD", "good before")
revoke(fresh.serial_number, reasonCode=4)
same(client("fresh.example"), "400",
     "R17 a revocation is seen by who asks afterwards")
for i in range(4):
    same(get_status(b64(build(fresh))), "REVOKED",
         "R17 and by each worker, with GET (%d)" % i)


def verify_ocsp(name, *more):
    r = subprocess.run(
        [os.path.join(BUILD, "stepc"), "certificate", "verify",
         path(name + ".chain"), "--roots", ROOT, "--verify-ocsp", *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env=ca.env)
    return r.returncode, r.stdout


code, text = verify_ocsp("good.example")
same((code, text), (0, ""), "stepc certificate verify --verify-ocsp: good")
for name in ("bad.example", "plain.example", "fresh.example"):
    code, text = verify_ocsp(name)
    ok(code == 1 and "revoked" in text,
       "stepc certificate verify --verify-ocsp: %s is revoked" % name, code,
       text)
code, text = verify_ocsp("good.example", "--ocsp-endpoint",
                         "https://localhost:%d/1.0/ocsp" % ca.port)
same((code, text), (0, ""), "stepc certificate verify --ocsp-endpoint")
code, text = verify_ocsp("good.example", "--ocsp-endpoint",
                         "http://127.0.0.1:%d/nothing" % HTTP)
ok(code == 1 and text, "stepc certificate verify: no responder there", code,
   text)

# --- the signer --------------------------------------------------------------

x = signer.extensions
same(sorted(e.oid.dotted_string for e in x),
     sorted(["2.5.29.14", "2.5.29.15", "2.5.29.35", "2.5.29.37",
             "1.3.6.1.5.5.7.48.1.5"]), "the signer's extensions")
same(list(x.get_extension_for_class(x509.ExtendedKeyUsage).value),
     [ExtendedKeyUsageOID.OCSP_SIGNING], "for OCSP signing alone")
days = (at(signer, "not_valid_after") - at(signer, "not_valid_before")).days
same(days, 14, "for two weeks")
same(os.stat(SIGNER).st_mode & 0o777, 0o600, "its file is the owner's only")
same(status_of(build(signer)), "GOOD", "it is in the store like any other")
r = subprocess.run(["openssl", "verify", "-CAfile", ROOT, "-untrusted", INTER,
                    "-purpose", "ocsphelper", SIGNER], stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, text=True)
ok(r.returncode == 0, "openssl verifies it", r.stdout)


def intermediate_key():
    with open(os.path.join(ca.demo, "secrets/intermediate_ca_key"), "rb") as f:
        return serialization.load_pem_private_key(
            f.read(), ca.password.encode())


def make_signer(nocheck=True, start=-3600, end=3600, eku=None):
    """Certificate and key as a file would have them."""
    key = make_key()
    now = datetime.datetime.now(datetime.timezone.utc)
    b = x509.CertificateBuilder().subject_name(x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "by hand")])).issuer_name(
            issuer.subject).public_key(key.public_key()).serial_number(
                x509.random_serial_number()).not_valid_before(
                    now + datetime.timedelta(seconds=start)).not_valid_after(
                        now + datetime.timedelta(seconds=end))
    b = b.add_extension(x509.ExtendedKeyUsage(
        [eku or ExtendedKeyUsageOID.OCSP_SIGNING]), False)
    b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer.public_key()), False)
    if nocheck:
        b = b.add_extension(x509.OCSPNoCheck(), False)
    crt = b.sign(intermediate_key(), hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM)
    return crt, key_pem(key)


def workers(*args, number="2"):
    env = dict(ca.env, STEPC_SETTINGS="/dev/null", STEPC_WORKERS=number,
               STEPC_RUNDIR=ca.demo + "/run", STEPC_LOGDIR=ca.demo + "/log",
               STEPC_BINDIR=os.path.join(BUILD, "handlers"),
               STEPC_CLIENT=os.path.join(BUILD, "stepc"),
               STEPC_USER=subprocess.check_output(
                   ["id", "-un"], text=True).strip(),
               STEPC_PASSWORD_FILE=os.path.join(ca.demo, "password.txt"))
    r = subprocess.run([os.path.join(SRC, "nginx/stepc-workers"), *args],
                       env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    if r.returncode != 0:
        ok(False, "stepc-workers " + " ".join(args), r.stdout)


def issued_signers():
    """How many the ledger has: each has its name in the certificate and in
    the record."""
    store, n = os.path.join(ca.demo, "db/stepc"), 0
    for name in os.listdir(store):
        if name.startswith("ledger-"):
            with open(os.path.join(store, name), "rb") as f:
                n += f.read().count(b" OCSP signer")
    return n / 2


UNFIT = (
    ("without id-pkix-ocsp-nocheck", dict(nocheck=False), "nocheck"),
    ("expired", dict(start=-7200, end=-60), "expired at"),
    ("not yet valid", dict(start=3600, end=7200), "not valid before"),
    ("for TLS servers", dict(eku=ExtendedKeyUsageOID.SERVER_AUTH),
     "not OCSP signing alone"),
)

def health():
    return json.loads(ca.request("GET", "/health")[2])["status"]


# The authority's own: not used, and replaced by who has the issuing key.
workers("stop", "crl")
for name, how, why in UNFIT:
    crt, key = make_signer(**how)
    with open(SIGNER, "wb") as f:
        f.write(crt + key)
    workers("restart", "ocsp")
    same(status_of(build(good)), "TRY_LATER",
         "V8 signer %s: not used" % name)
    with open(os.path.join(ca.demo, "log/ocsp.log")) as f:
        ok(why in f.read(), "V8 signer %s: said so" % name)
same(health(), "ok", "V8 health sees that there is one")
os.unlink(SIGNER)
same(health(), "degraded: there is no OCSP signer",
     "V8 health says that there is none")
workers("start", "crl")
same(await_status(build(good), "GOOD"), "GOOD",
     "V8 it is replaced at the start of who can")
crt, key = make_signer(end=600)
with open(SIGNER, "wb") as f:
    f.write(crt + key)
same(ask(build(good)).certificates[0].serial_number,
     x509.load_pem_x509_certificate(crt).serial_number,
     "a new signer is taken up without a restart")
workers("restart", "crl")
for _ in range(100):
    with open(SIGNER, "rb") as f:
        now_there = x509.load_pem_x509_certificate(f.read())
    if now_there.subject != x509.load_pem_x509_certificate(crt).subject:
        break
    time.sleep(0.1)
same(now_there.subject, signer.subject,
     "V8 past half of its life it is replaced")
# One worker, and it has asked for its signer.
workers("restart", "ocsp", number="1")
same(status_of(build(good)), "GOOD", "good")
with open(SIGNER, "w") as f:
    f.write("")
same(status_of(build(good)), "GOOD",
     "while it is valid, what replaces it must be usable")
os.unlink(SIGNER)
same(status_of(build(good)), "GOOD", "... and there")
before = issued_signers()
workers("restart", "crl", number="8")
for _ in range(200):
    if os.path.exists(SIGNER):
        break
    time.sleep(0.05)
same(await_status(build(good), "GOOD"), "GOOD", "a lost one is made again")


def signer_now():
    with open(SIGNER, "rb") as f:
        return x509.load_pem_x509_certificate(f.read())


first = signer_now()
for i in range(5):
    os.unlink(SIGNER)
    workers("reload", "crl")
    for _ in range(400):
        if os.path.exists(SIGNER):
            break
        time.sleep(0.05)
    same(status_of(build(good)), "GOOD", "V8 eight workers, lost again (%d)" % i)
workers("restart", "crl", number="8")
same(signer_now().serial_number, ask(build(good)).certificates[0].serial_number,
     "V8 the responder has the signer of the file")
# One for each loss; a worker that is stopped in between has issued one more.
made = issued_signers() - before
ok(6 <= made <= 11, "V8 of eight workers, one makes a new one", made)

# Its key is good for OCSP alone.
with open(SIGNER, "rb") as f:
    write("signer.pem", f.read())
recorded = ca.ledger()
r = subprocess.run(
    ["curl", "-sS", "--cacert", ROOT, "--cert", path("signer.pem"), "-X",
     "POST", "https://localhost:%d/1.0/renew" % ca.port, "-w", "%{http_code}"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
ok(r.returncode == 0 and r.stdout.endswith("401") and
   ca.ledger() == recorded, "V8 a signer does not renew itself", r.stdout)
revoke(signer_now().serial_number, reasonCode=1)
gone = signer_now().serial_number
workers("reload", "crl")
for _ in range(400):
    if signer_now().serial_number != gone:
        break
    time.sleep(0.05)
same((status_of(build(good)), signer_now().serial_number != gone),
     ("GOOD", True), "V8 a revoked signer is replaced")
workers("restart", "crl")

# --- V9 ----------------------------------------------------------------------


def peak_kib():
    """Most memory that a worker of ocsp has had."""
    with open(os.path.join(ca.demo, "run/ocsp.pid")) as f:
        pid = int(f.read())
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = f.read().split()
    most = 0
    for child in children:
        with open("/proc/%s/status" % child) as f:
            most = max(most, int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]))
    return most


def time_of(der):
    """Seconds, the best of twenty."""
    best = 60
    for _ in range(20):
        began = time.monotonic()
        status_of(der)
        best = min(best, time.monotonic() - began)
    return best


MANY = 100000
status_of(build(good))
few, few_kib = time_of(build(good)), peak_kib()
r = subprocess.run([os.path.join(BUILD, "t/lib/fill_revoked"),
                    os.path.join(ca.demo, "db/stepc"), str(MANY)],
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
same(r.returncode, 0, "V9 100,000 revocations")
last = build_serial(0x5a << 120 | (MANY - 1))
same([status_of(last), status_of(build_serial(0x5a << 120 | MANY)),
      status_of(build(good))], ["REVOKED", "UNKNOWN", "GOOD"],
     "V9 the last of them, the one after, a good one")
many, many_kib = time_of(last), peak_kib()
print("# %.2f ms before, %.2f ms after; %.1f MiB, %.1f MiB" % (
    few * 1e3, many * 1e3, few_kib / 1024, many_kib / 1024))
ok(many < 20 * few, "V9 as fast as before", few, many)
ok(many_kib < few_kib + 64 * 1024, "V9 in as much memory", few_kib, many_kib)

with open(os.path.join(ca.demo, "log/crl.log")) as f:
    ok("cannot make a new OCSP signer" not in f.read(),
       "nothing went wrong in that")

# Somebody else's: nothing starts with one that is unfit.
for name, how, why in UNFIT:
    crt, key = make_signer(**how)
    write("own.crt", crt)
    write("own.key", key)
    other = json.loads(json.dumps(ca.config))
    other["ocsp"].update(crt=path("own.crt"), key=path("own.key"))
    name_of = os.path.join(ca.demo, "config/other.json")
    with open(name_of, "w") as f:
        json.dump(other, f)
    r = subprocess.run([os.path.join(BUILD, "handlers/ocsp"), "--config",
                        name_of], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    ok(r.returncode == 2 and why in r.stdout and "own.crt" in r.stdout,
       "V8 ocsp.crt %s: does not start" % name, r.returncode, r.stdout)


def cgi(config):
    """One request as a CGI program."""
    der = build(good)
    r = subprocess.run(
        [os.path.join(BUILD, "handlers/ocsp"), "--config", config],
        input=der, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=dict(os.environ, REQUEST_METHOD="POST", REQUEST_URI="/ocsp",
                 CONTENT_LENGTH=str(len(der)), REMOTE_ADDR="127.0.0.1"))
    head, _, body = r.stdout.partition(b"\r\n\r\n")
    return head, body


crt, key = make_signer()
write("own.crt", crt)
write("own.key", key)
head, body = cgi(name_of)
r = ocsp.load_der_ocsp_response(body)
same((r.certificate_status.name, r.certificates[0].serial_number),
     ("GOOD", x509.load_pem_x509_certificate(crt).serial_number),
     "a fit one of somebody else's signs, as a CGI program, too")
del other["ocsp"]
with open(name_of, "w") as f:
    json.dump(other, f)
head, body = cgi(name_of)
ok(head.startswith(b"Status: 404 "), "not enabled: 404", head, body)
os.unlink(name_of)

server.stop()
ca.check_logs()
done()
