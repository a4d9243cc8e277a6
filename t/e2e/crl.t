#!/usr/bin/python3
"""GET /crl behind nginx, judged by openssl, certtool, python3-cryptography,
nginx (ssl_crl) and curl (--crlfile): rows R17, V1, V3 to V5 of the attack
list."""

import datetime
import email.utils
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtensionOID
from stepc_ca import (BUILD, CA, SRC, done, free_port, make_csr, make_key, ok,
                      same, skip)

NOT_ENABLED = ("The certificate authority received an unexpected HTTP status "
               "code - '404'. Please see the certificate authority logs for "
               "more info.")


def enable(config, demo):
    config["crl"] = {"enabled": True, "generateOnRevoke": True,
                     "cacheDuration": "1h"}


ca = CA(enable)
tmp = ca.tmp
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
INTERMEDIATE = os.path.join(ca.demo, "certs/intermediate_ca.crt")
with open(INTERMEDIATE, "rb") as f:
    issuer = x509.load_pem_x509_certificate(f.read())


def issue(name="a.example.com"):
    """(certificate, path of its PEM, path of its key)"""
    key = make_key()
    status, doc = ca.sign(make_csr(key, name), ca.token(ca.claims(name)))
    if status != 201:
        print("Bail out! cannot issue: %r" % (doc,))
        sys.exit(1)
    cert = x509.load_pem_x509_certificate(doc["crt"].encode())
    path = os.path.join(tmp, "%x.crt" % cert.serial_number)
    with open(path, "w") as f:
        f.write("".join(doc["certChain"]))
    with open(path + ".key", "wb") as f:
        f.write(key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()))
    return cert, path, path + ".key"


def revoke(serial, reason=0, connection=None):
    body = json.dumps({
        "serial": str(serial), "passive": True, "reasonCode": reason,
        "ott": ca.token(ca.claims(
            str(serial), sans=None,
            aud="https://localhost:%d/1.0/revoke" % ca.port))})
    if connection is None:
        status, _, data = ca.request("POST", "/1.0/revoke", body)
    else:
        connection.request("POST", "/1.0/revoke", body)
        r = connection.getresponse()
        status, data = r.status, r.read()
    return status == 200 and json.loads(data) == {"status": "ok"}


def fetch(query="", **headers):
    return ca.request("GET", "/1.0/crl" + query, headers={
        k.replace("_", "-"): v for k, v in headers.items()})


def load():
    status, _, der = fetch()
    if status != 200:
        print("Bail out! GET /1.0/crl: %d" % status)
        sys.exit(1)
    crl = x509.load_der_x509_crl(der)
    if not crl.is_signature_valid(issuer.public_key()):
        ok(False, "signature of a list")
    return crl


def utc(t):
    return t.replace(tzinfo=datetime.timezone.utc)


def number(crl):
    return crl.extensions.get_extension_for_class(
        x509.CRLNumber).value.crl_number


def run(*command, data=None):
    r = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return r.returncode, r.stdout.decode(errors="replace")


def save(name, crl):
    path = os.path.join(tmp, name)
    with open(path, "wb") as f:
        f.write(crl.public_bytes(serialization.Encoding.PEM))
    return path


def lint(crl_path, name):
    """Debian has no zlint; https://github.com/zmap/zlint, 3.5.0 or later."""
    name = "V5 zlint, " + name
    if not shutil.which("zlint"):
        skip(name, "not installed")
        return
    code, text = run("zlint", crl_path)
    results = {k: v["result"] for k, v in json.loads(text).items()}
    found = {k: v for k, v in results.items()
             if v not in ("pass", "NA", "NE")}
    ok(code == 0 and not found and
       list(results.values()).count("pass") >= 3, name, found or text)


def openssl_verify(cert, crl_path):
    return run("openssl", "verify", "-CAfile", ROOT, "-untrusted",
               INTERMEDIATE, "-crl_check", "-CRLfile", crl_path, cert)


# --- an empty list ---------------------------------------------------------

status, headers, der = fetch()
same(status, 200, "GET /1.0/crl: 200")
same(headers.get("Content-Type"), "application/pkix-crl", "its type")
same(headers.get("Content-Disposition"), 'attachment; filename="crl.crl"',
     "its name")
crl = x509.load_der_x509_crl(der)
same(len(crl), 0, "no entries")
ok(crl.is_signature_valid(issuer.public_key()), "signed by the intermediate")
same(crl.issuer, issuer.subject, "issuer")
same((crl.next_update - crl.last_update).total_seconds(), 3600.0,
     "valid for crl.cacheDuration")
expires = email.utils.parsedate_to_datetime(headers.get("Expires"))
same(expires, utc(crl.next_update), "Expires is nextUpdate")
ok(headers.get("Expires").endswith(" GMT"), "in the form of HTTP")
same(headers.get("Cache-Control"), "public, no-cache",
     "a cache has to ask, because a revocation makes a new list at once")
etag = headers.get("ETag")
ok(re.fullmatch(r'"[0-9a-f]{32}"', etag or ""), "ETag", etag)
status, headers, body = fetch(If_None_Match=etag)
ok(status == 304 and body == b"" and headers.get("ETag") == etag and
   headers.get("Content-Length") is None, "If-None-Match: 304, no body",
   status, headers)
status, _, body = fetch(If_None_Match='"x", W/' + etag)
same(status, 304, "one of several entity tags, weak")
status, _, body = fetch(If_None_Match='"x"')
ok(status == 200 and body == der, "another entity tag: 200")
status, headers, body = ca.request("HEAD", "/crl")
ok(status == 200 and body == b"" and
   headers.get("Content-Length") == str(len(der)), "HEAD /crl", headers)
status, _, body = ca.request("GET", "/crl")
ok(status == 200 and body == der, "/crl is the same")
for query in ("?pem", "?pem=", "?pem=0", "?x=1&pem=yes"):
    status, headers, body = fetch(query)
    ok(status == 200 and
       headers.get("Content-Type") == "application/x-pem-file" and
       headers.get("Content-Disposition") ==
       'attachment; filename="crl.pem"' and
       headers.get("Content-Length") == str(len(body)) and
       x509.load_pem_x509_crl(body) == crl, query + ": PEM", headers, body)
ok(body.startswith(b"-----BEGIN X509 CRL-----\n") and
   max(len(l) for l in body.splitlines()) == 64, "its label and lines", body)
pem_tag = headers.get("ETag")
ok(pem_tag != etag, "and it has an ETag of its own")
same(fetch("?pem", If_None_Match=pem_tag)[0], 304, "which is compared")
same(fetch("?PEM")[1].get("Content-Type"), "application/pkix-crl",
     "?PEM is not ?pem")
for method in ("POST", "PUT", "DELETE"):
    status, headers, _ = ca.request(method, "/1.0/crl", b"")
    ok(status == 405 and headers.get("Allow") == "GET, HEAD",
       method + ": 405", status, headers)
same(ca.request("GET", "/1.0/crl/")[0], 404, "/1.0/crl/: 404")

# --- R17, V5: entries -------------------------------------------------------

good, good_path, good_key = issue("good.example.com")
certs = {}
for reason in (0, 1, 4, 7, 8):
    certs[reason] = issue("reason%d.example.com" % reason)
last = number(crl)
for reason, (cert, path, _) in certs.items():
    before = datetime.datetime.now(datetime.timezone.utc).replace(
        microsecond=0)
    ok(revoke(cert.serial_number, reason), "revoke, reason %d" % reason)
    crl = load()
    entry = crl.get_revoked_certificate_by_serial_number(cert.serial_number)
    ok(entry is not None and number(crl) > last,
       "R17 V1 in the next list, which has a higher number", number(crl))
    last = number(crl)
    ok(entry is not None and utc(entry.revocation_date) >= before,
       "the time of the revocation")
    if reason in (1, 4):
        value = entry.extensions.get_extension_for_class(x509.CRLReason).value
        same(value.reason, {1: x509.ReasonFlags.key_compromise,
                            4: x509.ReasonFlags.superseded}[reason],
             "V5 reason %d" % reason)
    else:
        same(len(entry.extensions), 0, "V5 no reason for %d" % reason)
path = save("five.crl", crl)
ids = [e.oid for e in crl.extensions]
same(ids, [ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER],
     "V5 extensions: AKI and number")
same(crl.extensions.get_extension_for_class(
    x509.AuthorityKeyIdentifier).value.key_identifier,
    issuer.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier).value.digest, "V5 AKI")
for reason, (cert, cert_path, _) in certs.items():
    code, text = openssl_verify(cert_path, path)
    ok(code != 0 and "certificate revoked" in text,
       "openssl verify -crl_check: reason %d is revoked" % reason, text)
code, text = openssl_verify(good_path, path)
ok(code == 0, "openssl verify -crl_check: another one is good", text)
code, text = run("openssl", "crl", "-in", path, "-noout", "-text",
                 "-CAfile", INTERMEDIATE)
ok(code == 0 and "verify OK" in text and "Version 2" in text and
   "Key Compromise" in text, "openssl crl", text)
if shutil.which("certtool"):
    code, text = run("certtool", "--crl-info", "--infile", path)
    ok(code == 0 and "Revoked certificates (5)" in text and
       "error" not in text.lower(), "certtool --crl-info", text)
    code, text = run("certtool", "--verify-crl", "--load-ca-certificate",
                     INTERMEDIATE, "--infile", path)
    ok(code == 0 and "Verified" in text, "certtool --verify-crl", text)
else:
    skip("certtool", "not installed")
lint(path, "a list of five")

code, text = run(os.path.join(BUILD, "stepc"), "crl", "inspect",
                 "--ca", INTERMEDIATE, "--format", "json", path)
ok(code == 0 and str(certs[1][0].serial_number) in text,
   "stepc crl inspect", text)

# --- V1: many at once ---------------------------------------------------------

seen = {}
problems = []
lock = threading.Lock()


def storm(who):
    def connect():
        return http.client.HTTPSConnection("localhost", ca.port,
                                           context=ca.context, timeout=60)

    mine, c = 0, connect()
    for i in range(15):
        serial = 10 ** 12 * who + i
        try:
            if not revoke(serial, connection=c):
                problems.append("revoke %d" % serial)
            if i % 5 == 4:
                c.close()
                c = connect()
            c.request("GET", "/crl")
            r = c.getresponse()
            data = r.read()
            crl = x509.load_der_x509_crl(data)
        except Exception as ex:
            problems.append("%d: %r" % (serial, ex))
            return
        n = number(crl)
        with lock:
            if seen.setdefault(n, data) != data:
                problems.append("two lists of number %d" % n)
        if n < mine:
            problems.append("number %d after %d" % (n, mine))
        mine = n
        if crl.get_revoked_certificate_by_serial_number(serial) is None:
            problems.append("%d is not in list %d" % (serial, n))
        if not crl.is_signature_valid(issuer.public_key()):
            problems.append("signature of %d" % n)


threads = [threading.Thread(target=storm, args=(i,)) for i in range(1, 7)]
for t in threads:
    t.start()
for t in threads:
    t.join()
ok(not problems, "V1 R17 six clients: each sees its own revocation, numbers "
   "rise, one number is one list", *problems[:10])
crl = load()
same(len(crl), 95, "and all are in the last list")
last = number(crl)

# --- V1, V3: restart, crash, loss, damage --------------------------------------

FILE = os.path.join(ca.demo, "db/stepc/crl")


def kill_workers(name):
    with open(os.path.join(ca.demo, "run", name + ".pid")) as f:
        pid = int(f.read())
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = [int(x) for x in f.read().split()]
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


def until_served(what=lambda status, headers, body: status == 200):
    for _ in range(200):
        answer = fetch()
        if what(*answer):
            return answer
        time.sleep(0.05)
    return answer


kill_workers("crl")
until_served()
same(number(load()), last, "V1 the list survives its workers")
ok(revoke(5), "a revocation after that")
ok(number(load()) > last, "V1 and numbers go on")
last = number(load())
torn = []
for i in range(12):
    revoke(10 ** 15 + i)
    if i % 3 == 0:
        kill_workers("crl")
    status, _, data = until_served()
    try:
        n = number(x509.load_der_x509_crl(data))
        if n <= last:
            torn.append("number %d after %d" % (n, last))
        last = n
    except ValueError as ex:
        torn.append("%d %r" % (status, ex))
ok(not torn, "V3 workers killed while lists are made: never a torn one", *torn)
os.unlink(FILE)
crl = load()
ok(number(crl) > last and len(crl) == 108, "V1 the file is lost", number(crl),
   len(crl))
last = number(crl)
with open(FILE, "r+b") as f:
    f.seek(-100, os.SEEK_END)
    f.write(b"garbage")
kill_workers("crl")
until_served()
crl = load()
ok(number(crl) > last and len(crl) == 108, "V3 the file is damaged: made again")
last = number(crl)
with open(FILE, "r+b") as f:
    f.truncate(1000)
crl = load()
ok(number(crl) > last and len(crl) == 108, "V3 the file is cut: made again")
last = number(crl)
with open(os.path.join(ca.demo, "log/crl.log")) as f:
    ok("it is made again" in f.read(), "which the log says")
same(ca.request("GET", "/health")[2], b'{"status":"ok"}\n', "V4 health: ok")

# --- relying parties: nginx and curl ---------------------------------------------


def root_crl():
    """nginx and curl want a list of every authority in the chain."""
    with open(os.path.join(ca.demo, "secrets/root_ca_key"), "rb") as f:
        key = serialization.load_pem_private_key(f.read(),
                                                 ca.password.encode())
    with open(ROOT, "rb") as f:
        root = x509.load_pem_x509_certificate(f.read())
    now = datetime.datetime.now(datetime.timezone.utc)
    return x509.CertificateRevocationListBuilder().issuer_name(
        root.subject).last_update(now - datetime.timedelta(hours=1)) \
        .next_update(now + datetime.timedelta(hours=1)).sign(
            key, hashes.SHA256())


def nginx_bin():
    return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


class Nginx:
    """A server of somebody else, with a configuration of its own."""

    def __init__(self, name, server):
        self.dir = os.path.join(tmp, name)
        self.port = free_port()
        os.makedirs(os.path.join(self.dir, "tmp"))
        with open(os.path.join(self.dir, "nginx.conf"), "w") as f:
            f.write("""%spid %s/pid; error_log %s/error.log info;
events {}
http { access_log off;
client_body_temp_path %s/tmp/a; fastcgi_temp_path %s/tmp/b;
proxy_temp_path %s/tmp/c; scgi_temp_path %s/tmp/d; uwsgi_temp_path %s/tmp/e;
%s
}
""" % (("user root;\n" if os.getuid() == 0 else "",) +
       (self.dir,) * 7 + (server(self.port),)))
        code, text = run(nginx_bin(), "-c",
                         os.path.join(self.dir, "nginx.conf"))
        if code != 0:
            ok(False, "starting nginx", text)

    def stop(self):
        try:
            with open(os.path.join(self.dir, "pid")) as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except OSError:
            pass


both = os.path.join(tmp, "both.crl")
cas = os.path.join(tmp, "cas.pem")
with open(cas, "wb") as out:
    for p in (ROOT, INTERMEDIATE):
        with open(p, "rb") as f:
            out.write(f.read())
with open(both, "wb") as out:
    out.write(load().public_bytes(serialization.Encoding.PEM))
    out.write(root_crl().public_bytes(serialization.Encoding.PEM))
server_cert = issue("localhost")
party = Nginx("party", lambda port: """
server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s; ssl_certificate_key %s;
    ssl_client_certificate %s; ssl_verify_client on; ssl_verify_depth 3;
    ssl_crl %s;
    location / { return 200 "welcome\\n"; }
}""" % (port, server_cert[1], server_cert[2], cas, both))


def curl(cert, key, crl):
    return run("curl", "-sS", "--cacert", ROOT, "--crlfile", crl,
               "--cert", cert, "--key", key, "--resolve",
               "localhost:%d:127.0.0.1" % party.port,
               "https://localhost:%d/" % party.port)


code, text = curl(good_path, good_key, both)
ok(code == 0 and text == "welcome\n",
   "nginx with ssl_crl and curl --crlfile accept what is good", code, text)
code, text = curl(certs[1][1], certs[1][2], both)
ok("400 The SSL certificate error" in text,
   "nginx with ssl_crl refuses a revoked client certificate", code, text)
code, text = curl(certs[8][1], certs[8][2], both)
ok("400 The SSL certificate error" in text,
   "also one revoked as removeFromCRL", code, text)
ok(revoke(server_cert[0].serial_number, 1), "revoke the server's certificate")
with open(both, "wb") as out:
    out.write(load().public_bytes(serialization.Encoding.PEM))
    out.write(root_crl().public_bytes(serialization.Encoding.PEM))
code, text = curl(good_path, good_key, both)
ok(code == 60 and "revoked" in text,
   "curl --crlfile refuses a revoked server certificate", code, text)
party.stop()

# --- plain http --------------------------------------------------------------------


def plain(port):
    with open(os.path.join(SRC, "nginx/stepc-http.conf")) as f:
        text = f.read()
    text = text.replace("listen 80;", "listen 127.0.0.1:%d;" % port)
    text = re.sub(r"listen \[::\].*", "", text)
    text = text.replace("ca.example.com", "localhost")
    return text.replace("/run/stepc/", ca.demo + "/run/")


http_server = Nginx("plain", plain)


def http_get(path, method="GET", headers=None):
    c = http.client.HTTPConnection("127.0.0.1", http_server.port, timeout=60)
    c.request(method, path, headers=headers or {})
    r = c.getresponse()
    return r.status, r.headers, r.read()


status, headers, body = http_get("/1.0/crl")
ok(status == 200 and body == fetch()[2] and
   headers.get("Content-Type") == "application/pkix-crl",
   "without TLS: the same list", status, headers)
same(http_get("/crl", headers={"If-None-Match": headers.get("ETag")})[0], 304,
     "without TLS: 304")
same(http_get("/crl?pem")[1].get("Content-Type"), "application/x-pem-file",
     "without TLS: PEM")
for path in ("/", "/1.0/sign", "/roots", "/health", "/provisioners", "/revoke",
             "/crl/", "/1.0//crl"):
    same(http_get(path)[0], 404, "without TLS %s: 404" % path)
same(http_get("/1.0/revoke", "POST")[0], 404, "without TLS POST /revoke: 404")
http_server.stop()

# --- V5: a list with a name ---------------------------------------------------------

URL = "http://localhost:%d/1.0/crl" % http_server.port
ca.config["crl"].update({"idpURL": URL, "addToLeaves": True})
ca.write_config()
ca.restart()
named, named_path, _ = issue("named.example.com")
cdp = named.extensions.get_extension_for_class(x509.CRLDistributionPoints)
ok(not cdp.critical and [p.full_name for p in cdp.value] ==
   [[x509.UniformResourceIdentifier(URL)]], "addToLeaves: the leaf names it",
   cdp)
crl = load()
ok(number(crl) > last, "V1 another configuration, a restart: a higher number")
idp = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
ok(idp.critical, "V5 IDP is critical")
v = idp.value
ok(v.full_name == [x509.UniformResourceIdentifier(URL)] and
   not v.only_contains_user_certs and not v.only_contains_ca_certs and
   not v.only_contains_attribute_certs and not v.indirect_crl and
   v.only_some_reasons is None and v.relative_name is None,
   "V5 IDP: the URL, and no flag", v)
path = save("named.crl", crl)
code, text = openssl_verify(named_path, path)
ok(code == 0, "openssl verify: a leaf that names it is good", text)
ok(revoke(named.serial_number), "revoke it")
path = save("named.crl", load())
code, text = openssl_verify(named_path, path)
ok(code != 0 and "certificate revoked" in text, "openssl verify: revoked", text)
code, text = openssl_verify(good_path, path)
ok(code != 0 and "different CRL scope" in text,
   "openssl verify: not the list of a leaf that does not name it", text)
if shutil.which("certtool"):
    code, text = run("certtool", "--crl-info", "--infile", path)
    ok(code == 0 and "error" not in text.lower(), "certtool --crl-info", text)
lint(path, "a list that names where it is")

# --- V4: the key is gone, the list runs out -------------------------------------------

ca.config["crl"] = {"enabled": True, "generateOnRevoke": True,
                    "cacheDuration": "2s", "renewPeriod": "1s"}
ca.write_config()
ca.restart()
first = load()
ok(number(first) > last, "a list for two seconds")
key = ca.config["key"]
os.rename(key, key + ".aside")
kill_workers("crl")
status, _, body = until_served()
same(status, 200, "V4 without the key: served on")
for _ in range(400):
    health = ca.request("GET", "/health")
    if b"ok" not in health[2]:
        break
    time.sleep(0.05)
ok(health[0] == 200 and re.fullmatch(
    rb'\{"status":"degraded: the revocation list expired at '
    rb'20[0-9T:-]+Z"\}\n', health[2]), "V4 health says so", health)
status, headers, body = fetch()
ok(status == 200 and utc(x509.load_der_x509_crl(body).next_update) <
   datetime.datetime.now(datetime.timezone.utc) and
   headers.get("Cache-Control") == "public, no-cache",
   "V4 the last list is still there, not to be cached", status, headers)
os.rename(key + ".aside", key)
kill_workers("crl")
until_served(lambda s, h, b: s == 200 and
             number(x509.load_der_x509_crl(b)) > number(first))
same(ca.request("GET", "/health")[2], b'{"status":"ok"}\n',
     "V4 the key is back: health is ok")

# --- V9: 100,000 entries -----------------------------------------------------------------

MANY = 100000
FILL = os.path.join(BUILD, "t/lib/fill_revoked")


def peak_kib():
    """Most memory that a worker of crl has had."""
    with open(os.path.join(ca.demo, "run/crl.pid")) as f:
        pid = int(f.read())
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = f.read().split()
    most = 0
    for child in children:
        with open("/proc/%s/status" % child) as f:
            most = max(most, int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]))
    return most


ca.config["crl"] = {"enabled": True}
ca.write_config()
ca.restart()
before = load()
code, text = run(FILL, os.path.join(ca.demo, "db/stepc"), str(MANY))
same(code, 0, "V9 100,000 revocations")
same(number(load()), number(before),
     "R17 without generateOnRevoke the list waits for its period")
ca.config["crl"]["generateOnRevoke"] = True
ca.write_config()
ca.restart()
started = time.time()
status, headers, der = fetch()
made = time.time() - started
crl = x509.load_der_x509_crl(der)
ok(status == 200 and len(crl) == len(before) + MANY and
   crl.is_signature_valid(issuer.public_key()),
   "V9 all of them are in the list", len(crl))
ok(made < 20, "V9 made and fetched in bounded time", made)
started = time.time()
for _ in range(10):
    same_again = fetch()[2] == der
again = (time.time() - started) / 10
ok(same_again and again < 2, "V9 then served as it is", again)
same(fetch(If_None_Match=headers.get("ETag"))[0], 304, "V9 304")
status, _, pem_list = fetch("?pem")
ok(status == 200 and x509.load_pem_x509_crl(pem_list) == crl, "V9 PEM")
ok(revoke(77), "V9 one more")
crl = load()
ok(crl.get_revoked_certificate_by_serial_number(77) is not None and
   len(crl) == len(before) + MANY + 1, "V9 is in the next list")
peak = peak_kib()
with open(os.path.join(BUILD, "handlers/crl"), "rb") as f:
    # The address sanitizer keeps what was freed.
    limit = 1024 if b"__asan_init" in f.read() else 160
print("# %d bytes, made and fetched in %.2f s, fetched in %.3f s, "
      "a worker had %.1f MiB" % (len(der), made, again, peak / 1024))
ok(peak < limit * 1024, "V9 in bounded memory", peak)

# --- not enabled -----------------------------------------------------------------------


def cgi(uri, **more):
    path = os.path.join(ca.demo, "config/other.json")
    with open(path, "w") as f:
        json.dump(dict(ca.config, **more), f)
    env = {"STEPC_CONFIG": path, "STEPPATH": ca.demo,
           "REQUEST_METHOD": "GET", "REQUEST_URI": uri,
           "STEPC_PASSWORD_FILE": os.path.join(ca.demo, "password.txt")}
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    return subprocess.run([os.path.join(BUILD, "handlers/crl")], env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


for name, block in (("off", {"enabled": False}), ("absent", None)):
    r = cgi("/1.0/crl", crl=block, key="secrets/there-is-no-such-key")
    head, _, body = r.stdout.partition(b"\r\n\r\n")
    ok(head.startswith(b"Status: 404 ") and json.loads(body) ==
       {"status": 404, "message": NOT_ENABLED},
       "crl %s: 404, no key opened" % name, r.stdout, r.stderr)
r = cgi("/1.0/crl?pem")
head, _, body = r.stdout.partition(b"\r\n\r\n")
ok(head.startswith(b"Status: 200 ") and x509.load_pem_x509_crl(body),
   "as a CGI program", r.stdout[:500], r.stderr)
r = cgi("/1.0/crl", crl={"enabled": True, "renewPeriod": "48h"})
ok(r.returncode == 2 and b"crl.cacheDuration must be greater than or equal to "
   b"crl.renewPeriod" in r.stderr, "a wrong configuration: not started",
   r.returncode, r.stderr)

ca.check_logs()
done()
