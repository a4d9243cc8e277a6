#!/usr/bin/python3
"""stepc with a certificate instead of a password: --x5c-cert, against a
provisioner that stepc ca provisioner add has made.  The root, and what is
below it, is made by openssl."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, CA, done, ok, same
from stepc_faults import workers
import atexit

ca = CA()
tmp = tempfile.mkdtemp(prefix="stepc-x5c.")
atexit.register(shutil.rmtree, tmp, True)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=ca.demo, NO_COLOR="1", TZ="UTC", HOME=tmp)
CONFIG = os.path.join(ca.demo, "config/ca.json")


def run(*argv):
    return subprocess.run(argv, env=ENV, cwd=tmp, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True)


def stepc(*args):
    return run(os.path.join(BUILD, "stepc"), *args)


def good(name, *args):
    r = stepc(*args)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r.stdout


def bad(name, text, *args):
    before = ca.ledger()
    r = stepc(*args)
    ok(r.returncode == 1 and text in r.stderr and ca.ledger() == before,
       name + ": refused, nothing recorded", r.returncode, r.stdout, r.stderr)


def openssl(*args):
    r = run("openssl", *args)
    if r.returncode != 0:
        print("Bail out! openssl %s: %s" % (args, r.stderr))
        sys.exit(1)
    return r.stdout


def path(name):
    return os.path.join(tmp, name)


def write(name, *parts):
    with open(path(name), "w") as f:
        f.write("".join(parts))


def read(name):
    with open(path(name)) as f:
        return f.read()


def certify(name, subject, ext, issuer=None, key="ec"):
    """NAME.key, a password "secret" on it for keys of RSA, and NAME.crt."""
    args = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] \
        if key == "ec" else ["-algorithm", "RSA", "-aes256", "-pass",
                             "pass:secret"]
    openssl("genpkey", *args, "-out", name + ".key")
    write(name + ".cnf", "[x]\n", ext)
    openssl("req", "-new", "-key", name + ".key", "-passin", "pass:secret",
            "-subj", subject, "-out", name + ".csr")
    by = ["-CA", issuer + ".crt", "-CAkey", issuer + ".key"] if issuer else \
        ["-signkey", name + ".key"]
    openssl("x509", "-req", "-in", name + ".csr", "-days", "1", *by,
            "-extfile", name + ".cnf", "-extensions", "x", "-out",
            name + ".crt")


CA_EXT = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n" \
    "subjectKeyIdentifier=hash\n"
LEAF_EXT = "keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n"
certify("root", "/CN=Corp Root", CA_EXT)
certify("inter", "/CN=Corp Issuing", CA_EXT, "root")
certify("node", "/CN=node", LEAF_EXT, "inter")
certify("locked", "/CN=locked", LEAF_EXT, "root", key="rsa")
write("bundle.crt", read("node.crt"), read("inter.crt"))
write("password", "secret")

# --- the provisioner -----------------------------------------------------
bad("X5C without roots", "requires the '--x5c-roots' flag", "ca",
    "provisioner", "add", "corp", "--type", "X5C")
bad("roots of another type", "of type X5C", "ca", "provisioner", "add", "x",
    "--create", "--x5c-roots", path("root.crt"))
bad("a leaf is no root", "certificate 1 is not that of a CA", "ca",
    "provisioner", "add", "corp", "--type", "X5C", "--x5c-roots",
    path("node.crt"))
good("add", "ca", "provisioner", "add", "corp", "--type", "X5C",
     "--x5c-roots", path("root.crt"), "--ssh")
with open(CONFIG) as f:
    made = [p for p in json.load(f)["authority"]["provisioners"]
            if p["name"] == "corp"]
same((len(made), made[0]["type"]), (1, "X5C"), "it is in ca.json")
r = stepc("ca", "validate")
ok(r.returncode == 0 and '"corp" (X5C)' in r.stderr and
   '"corp": has no' not in r.stderr, "ca validate has nothing against it",
   r.stderr)
workers(ca, "stop")
workers(ca, "start")

# --- certificates --------------------------------------------------------
BY = ("--x5c-cert", path("bundle.crt"), "--x5c-key", path("node.key"))
r = stepc("ca", "certificate", "svc.example.com", "svc.crt", "svc.key", *BY)
ok(r.returncode == 0 and "corp (X5C)" in r.stderr,
   "a certificate without a question: only X5C fits", r.stdout, r.stderr)
ok("DNS:svc.example.com" in openssl("x509", "-noout", "-text", "-in",
                                    "svc.crt"), "openssl reads the name")
bad("T27 longer than the one that vouches", "after the expiration of the "
    "provisioning credential", "ca", "certificate", "long.example.com",
    "long.crt", "long.key", "--not-after", "720h", *BY)
good("--x5c-chain", "ca", "certificate", "two.example.com", "two.crt",
     "two.key", "--x5c-cert", path("node.crt"), "--x5c-chain",
     path("inter.crt"), "--x5c-key", path("node.key"))
bad("without what is between", "lacked necessary authorization", "ca",
    "certificate", "three.example.com", "three.crt", "three.key",
    "--x5c-cert", path("node.crt"), "--x5c-key", path("node.key"))
good("a key with a password, of RSA", "ca", "certificate", "rsa.example.com",
     "rsa.crt", "rsa.key", "--x5c-cert", path("locked.crt"), "--x5c-key",
     path("locked.key"), "--password-file", path("password"))
token = good("a token", "ca", "token", "tok.example.com", *BY).strip()
r = subprocess.run([os.path.join(BUILD, "stepc"), "crypto", "jwt", "inspect",
                    "--insecure"], input=token, env=ENV, text=True,
                   stdout=subprocess.PIPE)
doc = json.loads(r.stdout)
same((len(doc["header"]["x5c"]), doc["payload"]["iss"],
      doc["payload"]["aud"].split("#")[1], doc["header"]["kid"]),
     (2, "corp", "x5c/corp", path("node.key")), "as step makes it")
good("and what it is for", "ca", "certificate", "tok.example.com", "tok.crt",
     "tok.key", "--token", token)
good("sign", "certificate", "create", "--csr", "--no-password", "--insecure",
     "req.example.com", "req.csr", "req.key")
good("a request of others", "ca", "sign", "req.csr", "req.crt", *BY)
serial = openssl("x509", "-noout", "-serial", "-in", "two.crt") \
    .strip().split("=")[1]
good("revoke", "ca", "revoke", "0x" + serial, *BY)
r = stepc("store", "show", "0x" + serial)
ok("revoked" in r.stdout, "the store says so", r.stdout, r.stderr)
good("offline", "ca", "certificate", "off.example.com", "off.crt", "off.key",
     "--offline", "--provisioner", "corp", *BY, "--password-file",
     os.path.join(ca.demo, "password.txt"))

# --- SSH -----------------------------------------------------------------
good("SSH", "ssh", "certificate", "joe", "id", "--no-password", "--insecure",
     "--no-agent", *BY)
seen = run("ssh-keygen", "-L", "-f", "id-cert.pub").stdout
ok('Key ID: "joe"' in seen, "ssh-keygen reads it", seen)

# --- what is wrong with it -----------------------------------------------
bad("no key", "requires the '--x5c-key' flag", "ca", "token", "a",
    "--x5c-cert", path("node.crt"))
bad("no certificate", "requires the '--x5c-cert' flag", "ca", "token", "a",
    "--x5c-key", path("node.key"))
bad("the key of another", "is not the key of the certificate", "ca", "token",
    "a", "--x5c-cert", path("node.crt"), "--x5c-key", path("inter.key"))
bad("no such file", "none.crt", "ca", "token", "a", "--x5c-cert",
    path("none.crt"), "--x5c-key", path("node.key"))
bad("not a certificate", "node.key", "ca", "token", "a", "--x5c-cert",
    path("node.key"), "--x5c-key", path("node.key"))
bad("by name, without a certificate", "requires the '--x5c-cert' flag", "ca",
    "token", "a", "--provisioner", "corp")
ca.check_logs()
done()
