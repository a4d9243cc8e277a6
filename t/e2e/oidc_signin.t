#!/usr/bin/python3
"""People sign in at their identity provider and get certificates: stepc with
a provisioner of type OIDC that stepc ca provisioner add has made.  The
provider is the tests' own one, and Glewlwyd where it is installed."""

import atexit
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_glewlwyd
from stepc_ca import BUILD, CA, done, free_port, ok, same, skip
from stepc_glewlwyd import Glewlwyd
from stepc_signin import SignIn
from cryptography import x509

STEPC = os.path.join(BUILD, "stepc")
tmp = tempfile.mkdtemp(prefix="stepc-oidc.")
atexit.register(shutil.rmtree, tmp, True)
who = SignIn(email="Joe.Doe@example.com", sub="joe|1")
back = "127.0.0.1:%d" % free_port()
why_not = stepc_glewlwyd.missing()
glewlwyd = None if why_not else Glewlwyd("http://" + back)

# The workers trust both.
roots = os.path.join(tmp, "roots.pem")
with open(roots, "w") as out:
    for root in [who.idp.root] + ([glewlwyd.root] if glewlwyd else []):
        with open(root) as f:
            out.write(f.read())
os.environ["SSL_CERT_FILE"] = roots
ca = CA()
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(who.env(), SSL_CERT_FILE=roots, STEPPATH=ca.demo, NO_COLOR="1",
           TZ="UTC", HOME=tmp)


def stepc(*args, **env):
    r = subprocess.run([STEPC, *args], env=dict(ENV, **env), cwd=tmp,
                       text=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       start_new_session=True, timeout=300)
    if "has been opened" in r.stderr and "BROWSER_COOKIE" not in env:
        who.browser_saw()
    return r


def good(name, *args, **env):
    r = stepc(*args, **env)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r


def add(name, *args):
    good("provisioner " + name, "ca", "provisioner", "add", name, "--type",
         "OIDC", "--client-id", args[0], "--configuration-endpoint", args[1],
         *args[2:])


def names(file):
    with open(os.path.join(tmp, file), "rb") as f:
        c = x509.load_pem_x509_certificate(f.read())
    san = c.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    return (c.subject.rfc4514_string(), [str(n.value) for n in san])


add("corp", "client", who.idp.url, "--client-secret", "x")
if glewlwyd:
    add("glewlwyd", stepc_glewlwyd.CLIENT, glewlwyd.issuer,
        "--listen-address", back)
ca.restart()

# --- a person ---------------------------------------------------------------

r = good("a certificate for who signs in", "ca", "certificate",
         "joe.doe@example.com", "joe.crt", "joe.key", "--provisioner", "corp")
same(names("joe.crt"), ("CN=joe|1", ["Joe.Doe@example.com",
                                     who.idp.url + "#joe%7C1"]),
     "it has the names of the ID token")
ok("Provisioner: corp (OIDC) [client: client]" in r.stderr,
   "says which provisioner", r.stderr)
same(subprocess.run(["openssl", "verify", "-CAfile",
                     os.path.join(ca.demo, "certs/root_ca.crt"), "-untrusted",
                     os.path.join(ca.demo, "certs/intermediate_ca.crt"),
                     os.path.join(tmp, "joe.crt")],
                    stdout=subprocess.PIPE, text=True).stdout,
     os.path.join(tmp, "joe.crt") + ": OK\n", "openssl verifies it")
r = good("another name asked for", "ca", "certificate", "root.example.com",
         "no.crt", "no.key", "--provisioner", "corp")
same(names("no.crt")[1][0], "Joe.Doe@example.com",
     "does not get into the certificate")
ok("Other names than asked for, as the provisioner decides: the certificate "
   "lacks the name 'root.example.com'" in r.stderr, "and is told", r.stderr)

r = stepc("ca", "token", "joe", "--provisioner", "corp")
ok(r.returncode == 0 and r.stdout.count(".") == 2, "ca token: the ID token",
   r.stderr)
good("is a token like any other", "ca", "certificate", "x", "t.crt", "t.key",
     "--token", r.stdout.strip())
before = ca.ledger()
again = stepc("ca", "certificate", "x", "t2.crt", "t2.key", "--token",
              r.stdout.strip())
ok(again.returncode == 1 and ca.ledger() == before and
   not os.path.exists(os.path.join(tmp, "t2.crt")),
   "good once: refused then, nothing recorded", again.stderr)

r = good("an SSH certificate", "ssh", "certificate", "joe", "id",
         "--provisioner", "corp", "--no-password", "--insecure",
         "--no-agent")
listing = subprocess.run(["ssh-keygen", "-L", "-f", "id-cert.pub"], cwd=tmp,
                         stdout=subprocess.PIPE, text=True).stdout
ok("user certificate" in listing and "joedoe" in listing and
   "Joe.Doe@example.com" in listing, "with the person's principals", listing)
who.pending = ["authorization_pending"]
good("--console: by a device code", "ca", "certificate", "x", "c.crt",
     "c.key", "--provisioner", "corp", "--console")
same(names("c.crt")[0], "CN=joe|1", "the same person")

who.refuse = "access_denied"
before = ca.ledger()
r = stepc("ca", "certificate", "x", "r.crt", "r.key", "--provisioner", "corp")
ok(r.returncode == 1 and "Failed to authenticate: access_denied" in r.stderr
   and ca.ledger() == before and
   not os.path.exists(os.path.join(tmp, "r.crt")),
   "who does not sign in gets nothing, nothing recorded", r.stderr)
who.refuse = None
who.idp.fail("/token", 500)
r = stepc("ca", "certificate", "x", "r.crt", "r.key", "--provisioner", "corp")
ok(r.returncode == 1 and "as told" in r.stderr and ca.ledger() == before,
   "nor does anybody when the provider fails", r.stderr)
who.idp.fail("/token")

# --- a provider that is not of this project ---------------------------------


def on_phone(url):
    """The person opens the address on another device."""
    urllib.request.urlopen(
        urllib.request.Request(url + "&g_continue",
                               headers={"Cookie": glewlwyd.cookie}),
        context=ssl.create_default_context(cafile=glewlwyd.root)).read()


if glewlwyd:
    env = dict(glewlwyd.env(), SSL_CERT_FILE=roots)
    good("Glewlwyd: a browser signs in", "ca", "certificate",
         "joe@example.com", "g.crt", "g.key", "--provisioner", "glewlwyd",
         **env)
    sub, san = names("g.crt")
    same((san[0], san[1].partition("#")[0], "CN=" + san[1].partition("#")[2]),
         ("joe@example.com", glewlwyd.issuer, sub),
         "the certificate is the person's")
    p = subprocess.Popen(
        [STEPC, "ssh", "certificate", "joe@example.com", "gid",
         "--provisioner", "glewlwyd", "--console", "--no-password",
         "--insecure", "--no-agent"], env=dict(ENV, **env), cwd=tmp,
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True)
    said = ""
    for line in p.stderr:
        said += line
        if line.startswith("Visit "):
            on_phone(line.split()[1].rstrip(":"))
    p.stdout.close()
    p.stderr.close()
    same(p.wait(), 0, "Glewlwyd: by a device code, an SSH certificate") or \
        print("# " + said.replace("\n", "\n# "))
    listing = subprocess.run(["ssh-keygen", "-L", "-f", "gid-cert.pub"],
                             cwd=tmp, stdout=subprocess.PIPE,
                             text=True).stdout
    ok("joe@example.com" in listing, "of the same person", listing)
else:
    skip("Glewlwyd", why_not)

ca.check_logs()
done()
