#!/usr/bin/python3
"""Rows F1, F2, F4-F6, F8, F11-F13 against POST /sign through real nginx and
real handlers: what a request may look like, that nothing is recorded, and
what bodies and log lines give away."""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, P400, Refusals, done, make_csr, make_key, ok, same

ca = CA()
csr = make_csr(make_key())
LOG = os.path.join(ca.demo, "log")
NOT_FOUND = b"404 page not found\n"
JSON = P400 + "error decoding json."
refuse = Refusals(ca)


def document(status, message):
    return (json.dumps({"status": status, "message": message},
                       separators=(",", ":")) + "\n").encode()


def connect():
    return ca.context.wrap_socket(
        socket.create_connection(("localhost", ca.port), 30),
        server_hostname="localhost")


def raw(data):
    """(status, head, body) of bytes as they are."""
    s = connect()
    got = b""
    try:
        s.sendall(data)
        while True:
            more = s.recv(65536)
            if not more:
                break
            got += more
    except OSError:
        pass  # closed without ceremony, after the answer
    s.close()
    head, _, body = got.partition(b"\r\n\r\n")
    first = head.split(b"\r\n")[0].split()
    return int(first[1]) if len(first) > 1 else 0, head.decode(), body


def post(path, body, *headers):
    return raw(b"\r\n".join([
        b"POST " + path + b" HTTP/1.1", b"Host: localhost",
        b"Connection: close", *headers, b"", b""]) + body)


def nothing(name):
    now = ca.ledger()
    same(now, refuse.before, name + ": nothing recorded")
    refuse.before = now


def body(**more):
    return json.dumps(dict({"csr": csr, "ott": ca.token()}, **more)).encode()


def length(n):
    return b"Content-Length: " + str(n).encode()


status, head, data = post(b"/sign", body(), length(len(body())))
same(status, 201, "the good request")
refuse.before = ca.ledger()

# F1, F2: nginx reads the length, the handler what it was told.
good = body()
for name, value in (("-1", b"-1"), ("+5", b"+5"), ("0x5", b"0x5"),
                    ("5 5", b"5 5"), ("1e3", b"1e3"), ("empty", b""),
                    ("of 30 digits", b"9" * 30)):
    status, _, data = post(b"/sign", good, b"Content-Length: " + value)
    ok(status in (400, 413) and b'"status":%d' % status in data,
       "F1 Content-Length %s: refused" % name, status, data)
    nothing("F1 Content-Length " + name)
status, _, data = post(b"/sign", good, length(5), length(6))
same(status, 400, "F1 two lengths: 400")
nothing("F1 two lengths")
status, _, data = post(b"/sign", good, length(len(good)),
                       b"Transfer-Encoding: chunked")
same(status, 400, "F1 a length and chunks: 400")
nothing("F1 a length and chunks")
same(post(b"/sign", good, length(len(good) - 1))[::2],
     (400, document(400, JSON)), "F1 a length one too small: 400")
nothing("F1 a length one too small")
same(post(b"/sign", good)[::2], (400, document(400, JSON)),
     "F1 no length: 400")
nothing("F1 no length")
for name, data in (("no", b""), ("one", b"{")):
    same(post(b"/sign", data, length(len(data)))[::2],
         (400, document(400, JSON)), "F2 %s octet: 400" % name)
    nothing("F2 %s octet" % name)
chunks = b"".join(b"%x\r\n%s\r\n" % (len(good[i:i + 7]), good[i:i + 7])
                  for i in range(0, len(good), 7)) + b"0\r\n\r\n"
same(post(b"/sign", chunks, b"Transfer-Encoding: chunked")[0], 201,
     "F2 in chunks of seven octets: 201")
refuse.before = ca.ledger()

# F4.  What is too long fits into one TLS record all the same: a web server
# that closes before it has read everything may take its answer with it.
for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNEXION",
               "PROPFIND"):
    for path in ("/sign", "/1.0/sign"):
        got, headers, data = ca.request(method, path, body()
                                        if method == "PUT" else None)
        same((got, headers.get("Allow"), data), (405, "POST", b""),
             "F4 %s %s: 405" % (method, path))
        ok(headers["X-Request-Id"], "F4 %s %s: request id" % (method, path))
for name, method, want in (("TRACE", b"TRACE", 405), ("lower case", b"post",
                           400), ("9 KB", b"P" * 9000, 414)):
    status, head, data = raw(
        method + b" /sign HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: close\r\n" + length(len(good)) + b"\r\n\r\n" + good)
    same((status, json.loads(data)["status"]), (want, want),
         "F4 %s: %d by the web server" % (name, want))
    ok("x-request-id: " in head.lower(), "F4 %s: request id" % name, head)
nothing("F4")

# F5
for path in (b"//sign", b"/sign/", b"/SIGN", b"/1.0/%73ign", b"/%2Fsign",
             b"/1.0/../1.0/sign", b"/1.0/./sign", b"/sign;x", b"/1.0//sign",
             b"/2.0/sign", b"/sign#x", b"/sign%20", b"/sign/x", b"/1.0"):
    good = body()
    same(post(path, good, length(len(good)))[::2], (404, NOT_FOUND),
         "F5 %s: 404" % path.decode())
    nothing("F5 " + path.decode())
good = body()
same(post(b"/sign%00", good, length(len(good)))[0], 400,
     "F5 /sign%00: 400 by the web server")
nothing("F5 /sign%00")
for path in (b"/sign?", b"/sign?a=b&c", b"/1.0/sign?%00",
             b"https://localhost/sign"):
    good = body()
    same(post(path, good, length(len(good)))[0], 201,
         "F5 %s: the same as without" % path.decode())
refuse.before = ca.ledger()

# F6
PEM = json.dumps(csr)
deep = "[" * 100 + "]" * 100
for name, text in (
        ("two csr", '{"csr":%s,"csr":%s,"ott":"%s"}' % (PEM, PEM, "%s")),
        ("trailing comma", '{"csr":%s,"ott":"%s",}' % (PEM, "%s")),
        ("a comment", '{"csr":%s,/**/"ott":"%s"}' % (PEM, "%s")),
        ("single quotes", "{'csr':%s,'ott':'%s'}" % (PEM, "%s")),
        ("NaN", '{"x":NaN,"csr":%s,"ott":"%s"}' % (PEM, "%s")),
        ("depth", '{"x":%s,"csr":%s,"ott":"%s"}' % (deep, PEM, "%s")),
        ("a number of 10,000 digits", '{"x":%s,"csr":%s,"ott":"%s"}'
         % ("9" * 10000, PEM, "%s")),
        ("csr an array", '{"csr":[%s],"ott":"%s"}' % (PEM, "%s")),
        ("csr an object", '{"csr":{},"ott":"%s"}'),
        ("csr of 900 KB", '{"csr":"%s","ott":"%s"}' % ("A" * 900000, "%s")),
        ("ott a number", '{"csr":%s,"ott":1,"x":"%s"}' % (PEM, "%s")),
        ("ott an array", '{"csr":%s,"ott":["%s"]}' % (PEM, "%s")),
        ("notAfter a boolean", '{"notAfter":true,"csr":%s,"ott":"%s"}'
         % (PEM, "%s")),
        ("templateData a text", '{"templateData":"{}","csr":%s,"ott":"%s"}'
         % (PEM, "%s")),
        ("cut off", '{"csr":%s,"ott":"%s"' % (PEM, "%s")),
        ("a text", '"%s"'), ("an array", '["%s"]')):
    text = (text % ca.token()).encode()
    same(post(b"/sign", text, length(len(text)))[::2],
         (400, document(400, JSON)), "F6 %s: 400" % name)
    nothing("F6 " + name)
good = body().decode()
for name, data in (("BOM", b"\xef\xbb\xbf" + good.encode()),
                   ("UTF-16", good.encode("utf-16")),
                   ("UTF-32", good.encode("utf-32-le")),
                   ("Latin-1", good[:-1].encode() + b',"x":"\xe9"}')):
    same(post(b"/sign", data, length(len(data)))[::2],
         (400, document(400, JSON)), "F6 %s: 400" % name)
    nothing("F6 " + name)
same(ca.request("POST", "/sign", body(unknown={"a": [1, None]}, CSR="",
                                             OTT=1))[0],
     201, "F6 unknown members, and names in other letters: ignored")
refuse.before = ca.ledger()

# F8: the client goes away at any moment of the work.  A certificate is
# recorded together with its token, or neither is.
STEPC = os.path.join(os.environ.get("top_builddir") or "build", "stepc")


def store(*args):
    return subprocess.run([STEPC, "store", *args], env=ca.env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def certificates():
    return len(json.loads(store("list", "--format", "json").stdout))


had = certificates()
otts = [ca.token() for _ in range(60)]
for i, ott in enumerate(otts):
    text = json.dumps({"csr": csr, "ott": ott}).encode()
    s = connect()
    s.sendall(b"POST /sign HTTP/1.1\r\nHost: localhost\r\n" +
              length(len(text)) + b"\r\n\r\n" + text)
    time.sleep(i / 20000)  # at another point each time
    # Not an end, but a reset.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
again = [ca.sign(csr, ott)[0] for ott in otts]
ok(set(again) <= {201, 401}, "F8 tokens used again: good now, or spent", again)
same([ca.sign(csr, ott)[0] for ott in otts], [401] * len(otts),
     "F8 then each of them is spent")
same(certificates() - had, len(otts), "F8 and each has one certificate")
r = store("verify")
ok(r.returncode == 0, "F8 the store is whole", r.stdout)
refuse.before = ca.ledger()

# F11, F12, F13
LINES = 'a\nlevel=error msg="forged"\r\n\x1b[2J\u2028'
before = {f: os.path.getsize(os.path.join(LOG, f)) for f in os.listdir(LOG)}
answers = []


def told(name, status, csr, ott, **more):
    got, headers, data = ca.request("POST", "/sign", dict(
        {"csr": csr, "ott": ott}, **more), {"X-Request-Id": "f-%d" %
                                            len(answers)})
    answers.append(json.dumps(dict(headers)) + data.decode())
    same(got, status, "%s: %d" % (name, status))
    nothing(name)


told("F13 a subject of many lines", 403, make_csr(make_key(), cn="evil"),
     ca.token(ca.claims(LINES)))
told("F13 an issuer of many lines", 401, csr,
     ca.token(ca.claims(iss=LINES)))
told("F13 a kid of many lines", 401, csr,
     ca.token(header={"kid": LINES}))
told("F13 an audience of many lines", 401, csr,
     ca.token(ca.claims(aud=LINES)))
told("F13 a jti of 100 KB", 401, csr,
     ca.token(ca.claims(jti="j" * 100000)))
told("F13 a common name of many lines", 403,
     make_csr(make_key(), cn=LINES[:60]), ca.token())
told("F13 a time of many lines", 400, csr, ca.token(), notAfter=LINES)
told("F12 an audience of elsewhere", 401, csr,
     ca.token(ca.claims(aud="https://elsewhere.example/sign")))
lines = []
for f in sorted(os.listdir(LOG)):
    if f.endswith(".log") and not f.startswith("nginx") and \
            f != "stop.log":
        with open(os.path.join(LOG, f), "rb") as h:
            h.seek(before.get(f, 0))
            lines += h.read().splitlines()
same([x for x in lines if not x.startswith(b"time=")], [],
     "F13 every line is one of ours")
forged = [x for x in lines if b"forged" in x]
ok(len(forged) >= 3, "F13 what was sent is in the log", len(forged))
same([x for x in lines if re.search(rb"[\x00-\x1f\x7f]", x)], [],
     "F13 without control characters")
ok(all(len(x) < 8192 for x in lines), "F13 of bounded length",
   max(map(len, lines)))
text = "".join(answers)
for what, pattern in (
        ("a path", r"/(tmp|home|work|var|etc|usr|root)/"),
        ("a file name", r"ca\.json|secrets|\.c\b|ledger|index-"),
        ("a token", r"eyJ"), ("a key", r"PRIVATE KEY"),
        ("a line number", r"\.c:\d+")):
    ok(not re.search(pattern, text), "F12 bodies without " + what,
       re.search(pattern, text))
ok(all("\r" not in a and "\n" not in a.rstrip("\n") for a in answers),
   "F11 no line more in a header or a body")

status, doc = ca.sign(csr, ca.token())
same(status, 201, "after all that, a good request")
# Lines that carry what was sent above.
ca.check_logs("forged")
done()
