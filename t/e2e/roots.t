#!/usr/bin/python3
"""Every public endpoint, byte for byte, through nginx."""

import hashlib
import json
import os
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import CA, done, ok, same

MORE = 24
L = " Please see the certificate authority logs for more info."


def edit(config, demo):
    """Copies of the provisioner under other names and kids."""
    p = config["authority"]["provisioners"]
    for i in range(MORE):
        q = json.loads(json.dumps(p[0]))
        q["name"] = "p%02d <&>" % i
        q["key"]["kid"] = "kid/%d" % i
        q["encryptedKey"] = "" if i == 0 else "a.b.c.d.%d" % i
        p.append(q)


ca = CA(edit)


def slurp(name):
    with open(os.path.join(ca.demo, name)) as f:
        return f.read()


def go(doc):
    """As Go writes it: compact, <>& escaped, a line feed."""
    text = json.dumps(doc, separators=(",", ":"), ensure_ascii=False)
    for c in "<>&":
        text = text.replace(c, "\\u%04x" % ord(c))
    return (text + "\n").encode()


def get(path, status, kind, body):
    """At the root and below /1.0, GET and HEAD."""
    for p in (path, "/1.0" + path):
        got, headers, data = ca.request("GET", p)
        same((got, headers["content-type"], data), (status, kind, body),
             "GET " + p)
        same(headers["content-length"], str(len(body)),
             "GET %s: length" % p)
        ok(headers["x-request-id"], "GET %s: request id" % p)
        got, headers, data = ca.request("HEAD", p)
        same((got, headers["content-type"], headers["content-length"], data),
             (status, kind, str(len(body)), b""), "HEAD " + p)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        got, headers, data = ca.request(method, path)
        same((got, headers["allow"], data), (405, "GET, HEAD", b""),
             method + " " + path)


JSON = "application/json"
PEM = "application/x-pem-file"
root, inter = slurp("certs/root_ca.crt"), slurp("certs/intermediate_ca.crt")
sha = hashlib.sha256(ssl.PEM_cert_to_DER_cert(root)).hexdigest()
upper = sha.upper()
dashes = "-".join(sha[i:i + 2] for i in range(0, 64, 2))

get("/health", 200, JSON, b'{"status":"ok"}\n')
status, _, data = ca.request("GET", "/version")
ok(status == 200 and list(json.loads(data)) == ["version"] and
   data == go(json.loads(data)), "GET /version", data)
get("/roots", 201, JSON, go({"crts": [root]}))
get("/federation", 201, JSON, go({"crts": [root]}))
get("/intermediates", 201, JSON, go({"crts": [inter]}))
get("/roots.pem", 200, PEM, root.encode())
get("/intermediates.pem", 200, PEM, inter.encode())
for form in (sha, upper, dashes, "--" + upper + "-"):
    get("/root/" + form, 200, JSON, go({"ca": root}))


def error(status, message):
    return go({"status": status, "message": message})


for path, want in (("AB-cd", "abcd"), (sha[:-1], sha[:-1]), (sha + "0",
                   sha + "0"), ("%3Cx%3E", "<x>")):
    get("/root/" + path, 404, JSON, error(
        404, 'root certificate with fingerprint "%s" was not found' % want))

# --- provisioners --------------------------------------------------------

all_of_them = ca.config["authority"]["provisioners"]


def uid(i):
    p = all_of_them[i]
    ident = p["name"] + ":" + p["key"]["kid"] if p["type"] == "JWK" \
        else p["type"].lower() + "/" + p["name"]
    raw = i.to_bytes(4, "big") + hashlib.sha1(ident.encode()).digest()[4:]
    return raw.hex().lstrip("0")


def page(start, n):
    end = start + n
    return go({"provisioners": all_of_them[start:end] or None,
               "nextCursor": uid(end) if end < len(all_of_them) else ""})


for query, start, n in (
        ("", 0, 20), ("?limit=", 0, 20), ("?limit=0", 0, 20),
        ("?limit=-5", 0, 20), ("?limit=3", 0, 3), ("?limit=100", 0, 100),
        ("?limit=101", 0, 100), ("?limit=9999999999", 0, 100),
        ("?limit=24", 0, 24), ("?limit=25", 0, 25),
        ("?cursor=" + uid(20), 20, 20), ("?cursor=0&limit=1", 0, 1),
        ("?cursor=" + uid(5) + "&limit=2", 5, 2),
        ("?cursor=" + "f" * 40, 99, 20), ("?cursor=" + "0" * 41, 99, 20)):
    got, headers, data = ca.request("GET", "/provisioners" + query)
    same((got, headers["content-type"], data), (200, JSON, page(start, n)),
         "provisioners" + query)
for limit in ("x", "1x", "0x1", "1.5"):
    same(ca.request("GET", "/provisioners?limit=" + limit)[::2],
         (400, error(400, "The request could not be completed: limit '%s' is "
                     "not an integer." % limit)), "limit=" + limit)
seen, cursor = [], ""
for _ in range(30):
    doc = json.loads(ca.request(
        "GET", "/provisioners?limit=4&cursor=" + cursor)[2])
    seen += [p["name"] for p in doc["provisioners"]]
    cursor = doc["nextCursor"]
    if not cursor:
        break
same(seen, [p["name"] for p in all_of_them], "all pages, each once, in order")

get("/provisioners/%s/encrypted-key" % ca.kid, 200, JSON,
    go({"key": ca.provisioner["encryptedKey"]}))
get("/provisioners/kid%2F1/encrypted-key", 200, JSON, go({"key": "a.b.c.d.1"}))
for kid in ("kid%2F0", "unknown", ca.kid.lower() + "x"):
    get("/provisioners/%s/encrypted-key" % kid, 404, JSON,
        error(404, "The requested resource could not be found." + L))

# --- anything else -------------------------------------------------------

for path in ("/", "/1.0", "/1.0/", "/nowhere", "/roots/", "//roots", "/ROOTS",
             "/1.0/%72oots", "/1.0/../1.0/roots", "/roots;x",
             "/federation.pem", "/2.0/roots", "/root/", "/root/a/b",
             "/provisioners/", "/provisioners//encrypted-key"):
    got, headers, data = ca.request("GET", path)
    same((got, headers["content-type"], data),
         (404, "text/plain; charset=utf-8", b"404 page not found\n"),
         "F5 " + path)
status, headers, _ = ca.request("GET", "/health",
                                headers={"X-Request-Id": "mine"})
same(headers["x-request-id"], "mine", "request id of the caller")
ca.check_logs()
done()
