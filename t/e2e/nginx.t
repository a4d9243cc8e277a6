#!/usr/bin/python3
"""What the shipped nginx configuration adds: its own refusals as JSON, TLS
versions, client certificates of any sort, headers that claim to be more."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, done, ok, same

ca = CA()
OK = b'{"status":"ok"}\n'
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")


def refusal(name, answer, status):
    got, headers, data = answer
    same(got, status, name + ": status")
    same(headers.get("content-type"), "application/json", name + ": type")
    ok(headers.get("x-request-id"), name + ": request id")
    try:
        doc = json.loads(data)
    except ValueError:
        doc = {}
    ok(list(doc) == ["status", "message"] and doc["status"] == status and
       data.endswith(b"}\n"), name + ": document", data)


def raw(data):
    """Status, headers, body of bytes sent over TLS."""
    s = ca.context.wrap_socket(socket.create_connection(
        ("localhost", ca.port), 30), server_hostname="localhost")
    got = b""
    try:
        s.sendall(data)
        while True:
            more = s.recv(65536)
            if not more:
                break
            got += more
    except (ssl.SSLError, ConnectionError):
        pass  # closed without ceremony, after the answer
    s.close()
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, v in
               (x.split(": ", 1) for x in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def curl(*args, path="/health"):
    r = subprocess.run(
        ["curl", "-sS", "--cacert", ROOT, *args, "-w", "\n%{http_code}",
         "https://localhost:%d%s" % (ca.port, path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    body, _, status = r.stdout.rpartition(b"\n")
    return r.returncode, status.decode(), body


# --- its own refusals ----------------------------------------------------

same(ca.request("POST", "/sign", b"x" * (1 << 20))[0], 400,
     "F2 a body of 1 MiB reaches the handler")
refusal("F2 a body over 1 MiB",
        ca.request("POST", "/sign", b"x" * ((1 << 20) + 1)), 413)
ca.conn = None
# Over HTTP/2 nginx looks at the length once more where the document is.
with tempfile.NamedTemporaryFile() as big:
    big.write(b"x" * ((1 << 20) + 1))
    big.flush()
    for version in "--http1.1", "--http2":
        rc, status, body = curl(version, "--data-binary", "@" + big.name,
                                path="/sign")
        same((status, body[:14]), ("413", b'{"status":413,'),
             "F2 a body over 1 MiB, " + version)
refusal("not HTTP", raw(b"\x16\x03\x01 nonsense\r\n\r\n"), 400)
refusal("no Host", raw(b"GET /health HTTP/1.1\r\n\r\n"), 400)
refusal("F1 Content-Length of letters",
        raw(b"POST /sign HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: abc\r\nConnection: close\r\n\r\n"), 400)
# Over the limit of 8 KB, and within one TLS record: nginx may close before it
# has been sent more.
refusal("a header of 9 KB",
        raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " +
            b"x" * 9000 + b"\r\nConnection: close\r\n\r\n"), 400)
refusal("a path of 9 KB",
        raw(b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\n\r\n"), 414)
same(curl()[1:], ("200", OK), "a good request after them")
status, headers, data = ca.request("GET", "/nowhere")
same((status, headers["content-type"], data),
     (404, "text/plain; charset=utf-8", b"404 page not found\n"),
     "an answer of the handler is not touched")

# What its refusals say is at no address of its own.
for n in 400, 404, 405, 413, 414, 500, 502, 504:
    for method in "GET", "POST":
        status, headers, data = ca.request(method, "/.stepc/%d" % n, b"")
        same((status, data), (404, b"404 page not found\n"),
             "%s /.stepc/%d" % (method, n))

# --- client certificates -------------------------------------------------


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, cwd=ca.tmp,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def client(name, issuer, days, usage):
    """A certificate below a CA of ours, or below itself."""
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-keyout", name + ".key", "-out", name + ".csr")
    with open(os.path.join(ca.tmp, name + ".ext"), "w") as f:
        f.write("extendedKeyUsage=%s\n" % usage)
    sign = ["-signkey", name + ".key"] if issuer is None else [
        "-CA", ROOT, "-CAkey", os.path.join(ca.demo, "secrets/root_ca_key"),
        "-passin", "file:" + os.path.join(ca.demo, "password.txt"),
        "-set_serial", "7"]
    openssl("x509", "-req", "-in", name + ".csr", "-days", days,
            "-extfile", name + ".ext", "-out", name + ".crt", *sign)
    return ["--cert", os.path.join(ca.tmp, name + ".crt"),
            "--key", os.path.join(ca.tmp, name + ".key")]


for name, issuer, days, usage in (
        ("good", "root", "1", "clientAuth"),
        ("expired", "root", "-1", "clientAuth"),
        ("server-only", "root", "1", "serverAuth"),
        ("self-signed", None, "1", "clientAuth")):
    try:
        cert = client(name, issuer, days, usage)
    except subprocess.CalledProcessError as e:
        ok(False, "a client certificate: " + name, e)
        continue
    same(curl(*cert)[1:], ("200", OK),
         "client certificate " + name + ": GET /health")
    rc, status, body = curl(*cert, "--data", "{}", path="/1.0/sign")
    ok(status == "400" and b"missing csr" in body,
       "client certificate " + name + ": POST /sign reaches its handler",
       status, body)

# --- TLS -----------------------------------------------------------------

old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
old.load_verify_locations(ROOT)
old.set_ciphers("ALL:@SECLEVEL=0")
old.minimum_version = ssl.TLSVersion.TLSv1
old.maximum_version = ssl.TLSVersion.TLSv1_1
try:
    old.wrap_socket(socket.create_connection(("localhost", ca.port), 30),
                    server_hostname="localhost")
    ok(False, "TLS 1.1 is refused")
except (ssl.SSLError, ConnectionError):
    ok(True, "TLS 1.1 is refused")
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    new = ssl.create_default_context(cafile=ROOT)
    new.minimum_version = new.maximum_version = version
    s = new.wrap_socket(socket.create_connection(("localhost", ca.port), 30),
                        server_hostname="localhost")
    same(s.version(), version.name.replace("v1_", "v1."), version.name)
    if version == ssl.TLSVersion.TLSv1_2:
        ok(not s.session.has_ticket, "no session tickets")
    s.close()

# --- headers -------------------------------------------------------------

same(curl("-H", "Proxy: http://127.0.0.1:1")[1:], ("200", OK),
     "F7 a Proxy header changes nothing")
same(curl("-H", "Ssl-Client-Verify: SUCCESS", "-H", "Ssl-Client-Cert: x",
          "-H", "Request-Uri: /nowhere")[1:], ("200", OK),
     "headers are no parameters")

# --- time ----------------------------------------------------------------
# The limits that ship, each cut to a second.

conf = os.path.join(ca.demo, "nginx/stepc.conf")
with open(conf) as f:
    text = f.read()
for limit in ("client_body_timeout 15s", "client_header_timeout 15s",
              "fastcgi_read_timeout 70s"):
    ok(limit in text, "there is a limit: " + limit)
    text = text.replace(limit, limit.split()[0] + " 1s")
# A handler that accepts and says nothing.
silent = socket.socket(socket.AF_UNIX)
silent.bind(os.path.join(ca.tmp, "silent.sock"))
silent.listen(8)
text = text.replace("location / {", "location = /1.0/silent {\n"
                    "fastcgi_pass unix:" + silent.getsockname() + ";\n}\n"
                    "location / {")
with open(conf, "w") as f:
    f.write(text)
with open(os.path.join(ca.demo, "run/nginx.pid")) as f:
    os.kill(int(f.read()), signal.SIGHUP)
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    # Until only processes with the new configuration answer.
    if curl(path="/1.0/silent")[1] == "504":
        break
ca.conn = None
refusal("a handler that does not answer", ca.request("GET", "/1.0/silent"),
        504)
ca.conn = None
before = ca.ledger()
for name, data in (
        ("in the body", b"POST /sign HTTP/1.1\r\nHost: localhost\r\n"
         b"Content-Length: 100\r\n\r\n{"),
        ("in the header", b"GET /health HTTP/1.1\r\nHost: loc")):
    s = ca.context.wrap_socket(socket.create_connection(
        ("localhost", ca.port), 30), server_hostname="localhost")
    s.sendall(data)
    began = time.monotonic()
    try:
        got = s.recv(65536)
    except (ssl.SSLError, ConnectionError):
        got = b""  # closed without ceremony
    ok(got == b"" or b" 408 " in got[:16],
       "F2 stalled %s: closed" % name, got)
    ok(time.monotonic() - began < 10, "F2 stalled %s: by the limit" % name)
    s.close()
same(ca.ledger(), before, "F2 nothing recorded")
same(curl()[1:], ("200", OK), "F2 a good request after them")

# --- workers stopped -----------------------------------------------------

with open(os.path.join(ca.demo, "run/roots.pid")) as f:
    pid = int(f.read())
os.kill(pid, 15)
try:
    while True:
        os.kill(pid, 0)
        if open("/proc/%d/stat" % pid).read().rpartition(")")[2][1] == "Z":
            break
        os.kill(pid, 15)
except (ProcessLookupError, FileNotFoundError):
    pass
refusal("workers stopped", ca.request("GET", "/health"), 502)
done()
