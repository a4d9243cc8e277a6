#!/usr/bin/python3
"""OpenSSH's own regression scripts for certificates and revocation lists
(Debian: openssh-tests), on certificates that our authority signed and lists
that our code wrote (attack rows S13, S15)."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, SRC, b64u, done, jwe, jwk, ok, same, skip_all

REGRESS = "/usr/lib/openssh/regress"
KEYGEN, SSH = shutil.which("ssh-keygen"), shutil.which("ssh")
SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
STEPC = os.path.join(BUILD, "stepc")
if not os.path.exists(os.path.join(REGRESS, "test-exec.sh")):
    skip_all("no %s: install openssh-tests" % REGRESS)
if None in (KEYGEN, SSH, SSHD):
    skip_all("no ssh, sshd or ssh-keygen")

folder = tempfile.TemporaryDirectory(prefix="stepc-openssh.")
tmp = folder.name
PASSWORD = os.path.join(tmp, "password")


def write(name, text, mode=0o600):
    path = os.path.join(tmp, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


# --- an authority whose key, store and times the scripts say -----------------

TEMPLATE = """{"type":{{ toJson .Type }},"keyId":{{ toJson .KeyID }},
"principals":{{ if eq .Insecure.User.nobody "no" }}{{ toJson .Principals }}
{{- else }}[]{{ end }},
{{ with .Insecure.User.serial }}"serial":{{ . }},{{ end }}
"extensions":{{ toJson .Extensions }},
"criticalOptions":{{ toJson .Insecure.User.critical }}}"""


def make_ca():
    base = os.path.join(tmp, "step")
    write("password", "secret\n")
    subprocess.run([STEPC, "ca", "init", "--ssh", "--name", "R", "--dns",
                    "localhost", "--address", ":9", "--provisioner", "admin",
                    "--password-file", PASSWORD], check=True,
                   env=dict(os.environ, STEPPATH=base),
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(os.path.join(base, "config/ca.json")) as f:
        config = json.load(f)
    config["ssh"] = {"userKey": "@CA@", "hostKey": "@CA@"}
    config["db"]["dataSource"] = "@DB@"
    config["authority"]["provisioners"] = \
        [admin] = config["authority"]["provisioners"][:1]
    for side in ("User", "Host"):
        admin["claims"]["max%sSSHCertDuration" % side] = "90000h"
    admin["options"] = {"ssh": {"template": TEMPLATE}}
    # Opened hundreds of times: with few rounds.
    e = jwe.JWE(algs=["PBES2-HS256+A128KW", "A256GCM"])
    secret = jwk.JWK(kty="oct", k=b64u("secret"))
    e.deserialize(admin["encryptedKey"])
    e.decrypt(secret)
    quick = jwe.JWE(e.payload, json.dumps(
        {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "cty": "jwk+json"}))
    quick.add_recipient(secret)
    admin["encryptedKey"] = quick.serialize(True)
    return write("ca.json", json.dumps(config))


CONFIG = make_ca()
# Not with DSA, which no authority of ours certifies, nor the other curves, for
# the sake of time: t/e2e/ssh.t has them.
FEWER_TYPES = write("ssh", """#!/bin/sh
case $* in
*-Q*) %s "$@" | grep -v -e dss -e nistp384 -e nistp521 ;;
*) exec %s "$@" ;;
esac
""" % (SSH, SSH), 0o755)


def run(name):
    obj = os.path.join(tmp, name)
    os.makedirs(os.path.join(obj, "tmp"))
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("STEP", "SSH_", "TEST_"))}
    env.update(
        STEPPATH=os.path.join(tmp, "step"), NO_COLOR="1", BUILDDIR=REGRESS,
        TEST_SHELL="sh", TEST_SSH_SSH=FEWER_TYPES, TEST_SSH_SSHD=SSHD,
        TEST_SSH_SFTPSERVER="/usr/lib/openssh/sftp-server",
        TEST_SSH_UNSAFE_PERMISSIONS="1",
        TEST_SSH_SSHKEYGEN=os.path.join(SRC, "t/foreign/openssh_keygen.sh"),
        REGRESS_KEYGEN=KEYGEN, REGRESS_STEPC=STEPC, REGRESS_CA=CONFIG,
        REGRESS_KRLTOOL=os.path.join(BUILD, "t/foreign/krltool"),
        REGRESS_PASSWORD=PASSWORD, REGRESS_TMP=os.path.join(obj, "tmp"),
        REGRESS_LOG=os.path.join(obj, "log"))
    r = subprocess.run(["sh", os.path.join(REGRESS, "test-exec.sh"), obj,
                        os.path.join(REGRESS, name + ".sh")], cwd=obj,
                       env=env, stdin=subprocess.DEVNULL, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(os.path.join(obj, "log")) as f:
        return r.returncode, r.stdout, f.read()


if os.geteuid() == 0:
    os.makedirs("/run/sshd", exist_ok=True)
NAMES = ("cert-hostkey", "cert-userkey", "cert-file", "krl")
with ThreadPoolExecutor(2) as pool:
    results = dict(zip(NAMES, pool.map(run, NAMES)))

for name in NAMES:
    status, said, log = results[name]
    ok(status == 0 and re.search(r"^ok ", said, re.M),
       "%s OpenSSH's %s.sh" % ("S13" if name == "krl" else "S15", name),
       status, *said.splitlines()[-15:], *log.splitlines()[-5:])
    ok(not re.search("FAILED|WRONG", log), name + ": nothing else went wrong",
       log)
    count = {kind: len(re.findall("^" + kind, log, re.M)) for kind in (
        "certificate: ours", "certificate: refused", "krl: ours")}
    print("# %s: %s" % (name, count))
    want = {"cert-hostkey": (20, 8, 1), "cert-userkey": (30, 10, 5),
            "cert-file": (4, 0, 0), "krl": (20, 0, 4)}[name]
    ok(all(n >= w for n, w in zip(count.values(), want)),
       name + ": ours were tried", count, want)
    for why in ("nobody", "long over", "by itself"):
        if name in ("cert-hostkey", "cert-userkey"):
            ok("certificate: refused: %s: " % why in log,
               "%s: we refuse one %s" % (name, why), log)
done()
