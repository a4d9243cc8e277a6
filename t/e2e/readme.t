#!/usr/bin/python3
"""The README's examples with curl, as they are printed: each works, and there
is one for every endpoint that a handler has."""

import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import stepc_ca
from stepc_ca import BUILD, CA, SRC, done, make_csr, make_key, ok, same
from stepc_ssh import KEYGEN, Ssh, inspect, make_key as ssh_key, save_cert

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
with open(os.path.join(SRC, "README.md")) as f:
    text = f.read().split("\n## With curl\n")[1].split("\n## ")[0]
examples = [re.sub(r" +# .*", "", line).strip()
            for line in text.splitlines() if line.startswith("    curl ")]

# --- one for each endpoint -----------------------------------------------

routes = set()
for name in glob.glob(os.path.join(SRC, "handlers/*.c")):
    with open(name) as f:
        routes |= set(re.findall(r"\{SC_(?:GET|POST), \"([^\"]+)\"", f.read()))
# Other names of the same, and what is the business of a client for OCSP.
ALIASES = {"/re-sign", "/sign-ssh", "/ssh/get-hosts", "/ssh/config/{type}"}
paths = {re.sub(r"\$KID", "{kid}", re.sub(r"\$FP", "{sha}", p)) for p in
         re.findall(r"\$CA(/[^\s\"?]*)", "\n".join(examples))}
if "/ocsp" in text:
    paths |= {"/ocsp", "/ocsp/{*}"}
same(sorted(routes - ALIASES - paths), [], "an example for each endpoint")
same(sorted(paths - routes), [], "no example for what is not there")

# --- each of them works --------------------------------------------------


def with_list(config, demo):
    config["crl"] = {"enabled": True}


ca = CA(with_list)
ssh = Ssh(ca)
os.chdir(ca.tmp)
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
STEPC = os.path.join(BUILD, "stepc")


def stepc(*args):
    return subprocess.run([STEPC, *args], env=ca.env, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout.strip()


def put(name, doc):
    with open(name, "w") as f:
        json.dump(doc, f)


def revocation(serial, path):
    put("revoke.json", {
        "serial": serial, "passive": True, "reasonCode": 1,
        "ott": ca.token(ca.claims(
            serial, sans=None,
            aud="https://localhost:%d/1.0%s" % (ca.port, path)))})


BY_ADMIN = ("--provisioner", "admin", "--provisioner-password-file",
            os.path.join(ca.demo, "password.txt"))
stepc("ca", "certificate", "www.example.com", "www.crt", "www.key", *BY_ADMIN)
blob = ssh_key("host", "ecdsa")
_, doc = ssh.sign(blob, ssh.host_token())
save_cert("host", doc["crt"])
serial = json.loads(stepc("certificate", "inspect", "www.crt", "--format",
                          "json"))["serial_number"]
env = dict(ca.env, CA="https://localhost:%d" % ca.port, ROOT=ROOT, KID=ca.kid,
           FP=stepc("certificate", "fingerprint", ROOT))
for line in examples:
    # Tokens are good for one use.
    put("body.json", {"csr": make_csr(make_key()), "ott": ca.token()})
    put("csr.json", {"csr": make_csr(make_key())})
    put("pop.json", {"ott": ssh.pop("host", "renew")})
    if "/rekey" in line:
        put("ssh.json", {"publicKey": ssh_key("other"),
                         "ott": ssh.pop("host", "rekey")})
    else:
        put("ssh.json", {"publicKey": blob, "ott": ssh.host_token()})
    if "/ssh/" in line:
        revocation(str(inspect(doc["crt"])["Serial"]), "/ssh/revoke")
    else:
        revocation(serial, "/revoke")
    r = subprocess.run(
        ["bash", "-o", "pipefail", "-c",
         'curl() { command curl -sS --fail-with-body "$@"; }\n' + line],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    ok(r.returncode == 0, line, r.stdout.decode(errors="replace"))
ca.check_logs()
done()
