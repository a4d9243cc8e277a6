#!/usr/bin/python3
"""stepc ssh against a running authority, a real ssh-agent and a real sshd;
what it writes is looked at by ssh-keygen."""

import getpass
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from stepc_ca import BUILD, CA, done, ok, same
from stepc_ssh import KEYGEN, SSHD, Sshd, keygen, path, read, write

AGENT = stepc_ssh.shutil.which("ssh-agent")
if KEYGEN is None or AGENT is None:
    stepc_ca.skip_all("no ssh-keygen or no ssh-agent")
ca = CA()
USER = getpass.getuser()
write("password", open(os.path.join(ca.demo, "password.txt")).read())
write("new-password", "a new one\n")
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("STEP") and k != "SSH_AUTH_SOCK"}
ENV.update(STEPPATH=ca.demo, NO_COLOR="1", TZ="UTC")
BY_ADMIN = ("--provisioner", "admin", "--provisioner-password-file",
            path("password"))
OPEN = ("--no-password", "--insecure")


def stepc(*args, env=ENV, stdin=None):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "ssh", *args], env=env,
        cwd=stepc_ssh.tmp, input=stdin, text=True,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def good(name, *args, **more):
    r = stepc(*args, **more)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r.stdout, r.stderr


def bad(name, text, *args, rc=1, **more):
    r = stepc(*args, **more)
    ok(r.returncode == rc and text in r.stderr, name, r.returncode, r.stdout,
       r.stderr, "want: " + text)


def shown(name):
    return keygen("-L", "-f", name)


# --- certificates of users ----------------------------------------------------

_, said = good("a user's certificate", "certificate", "J.Doe@work", "id",
               *OPEN, *BY_ADMIN)
same([l for l in said.splitlines() if "Provisioner" not in l],
     ["✔ CA: https://localhost:%d" % ca.port, "✔ Private Key: id",
      "✔ Public Key: id.pub", "✔ Certificate: id-cert.pub"], "what it says")
text = shown("id-cert.pub")
ok("user certificate" in text and 'Key ID: "J.Doe@work"' in text,
   "ssh-keygen: type and key id", text)
same(re.findall(r"^ {16}(\S+)$", text.split("Principals:")[1]
                .split("Critical")[0], re.M),
     ["jdoe", "J.Doe", "J.Doe@work"], "principals of an address")
same(os.stat(path("id")).st_mode & 0o777, 0o600, "the key is its owner's")
same(keygen("-y", "-f", "id").split()[:2], read("id.pub").split()[:2],
     "ssh-keygen reads the private key")
same(read("id.pub").split()[2], "J.Doe@work", "the comment is the key id")

for kty, kind in (("OKP", "ssh-ed25519"), ("RSA", "ssh-rsa")):
    good("a key of the kind " + kty, "certificate", "joe", "id-" + kty,
         "--kty", kty, *OPEN, *BY_ADMIN)
    same(keygen("-y", "-f", "id-" + kty).split()[0], kind,
         "ssh-keygen reads it")
    ok('"joe"' in shown("id-%s-cert.pub" % kty), "and its certificate")
for kty in "EC", "OKP", "RSA":
    good("a key with a password, " + kty, "certificate", "joe", "locked",
         "--kty", kty, "--force", "--password-file", path("new-password"),
         *BY_ADMIN)
    ok(read("locked").startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n"),
       "in OpenSSH's form")
    same(keygen("-y", "-P", "a new one", "-f", "locked").split()[:2],
         read("locked.pub").split()[:2], "ssh-keygen opens it")
    ok(keygen("-y", "-P", "another", "-f", "locked",
              check=False).returncode != 0, "not with another one")
for args, bits in ((("--kty", "EC", "--curve", "P-384"), "384"),
                   (("--kty", "RSA", "--size", "3072"), "3072")):
    good("a key by " + " ".join(args), "certificate", "joe", "id-" + bits,
         *args, *OPEN, *BY_ADMIN)
    same(keygen("-lf", "id-%s-cert.pub" % bits).split()[0], bits,
         "as ssh-keygen says")
good("times", "certificate", "joe", "id-times", "--not-before", "1h",
     "--not-after", "2h", *OPEN, *BY_ADMIN)
c = stepc_ssh.inspect(read("id-times-cert.pub").split()[1])
same(c["to"] - c["from"], 3600, "from one to the other")
bad("beyond what the provisioner grants", "maximum", "certificate", "joe",
    "none", "--not-after", "25h", *OPEN, *BY_ADMIN)


def token(*args):
    r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", "token", *args,
                        *BY_ADMIN], env=ENV, cwd=stepc_ssh.tmp, text=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, start_new_session=True)
    ok(r.returncode == 0, "ca token " + " ".join(args), r.stderr)
    return r.stdout.strip()


good("a token for a user", "certificate", "joe", "id-token", "-n", "joe",
     "--token", token("--ssh", "joe"), *OPEN)
ok("user certificate" in shown("id-token-cert.pub"), "is enough")
good("a token for a host", "certificate", "t.example.com", "host-token",
     "--host", "--token", token("--ssh", "--host", "-n", "t.example.com",
                                "--cert-not-after", "10m", "t.example.com"),
     *OPEN)
c = stepc_ssh.inspect(read("host-token-cert.pub").split()[1])
ok("host certificate" in c["Type"] and c["to"] - c["from"] == 660,
   "says type and times", c)
bad("S4 a user's token for a host", "type does not match", "certificate", "joe", "none",
    "--host", "--token", token("--ssh", "joe"), *OPEN)
bad("S3 a token for another principal", "principals", "certificate", "joe",
    "none", "-n", "root", "--token", token("--ssh", "joe"), *OPEN)
bad("a token for X.509", "", "certificate", "joe", "none", "--token",
    token("joe"), *OPEN)
same(good("a token that revokes", "revoke", c["Serial"], "--token",
          token("--ssh", "--revoke", c["Serial"]))[0].split()[-3:],
     ["has", "been", "revoked."], "revokes")
bad("no prompt without a terminal", "terminal", "certificate", "joe", "none",
    *BY_ADMIN)
bad("--no-password needs --insecure", "'--insecure' flag", "certificate",
    "joe", "none", "--no-password", *BY_ADMIN)
for name in ("a,b", "a b", ""):
    bad("S2 no principal %r" % name, "principal", "certificate", "joe",
        "none", "-n", name, *OPEN, *BY_ADMIN)
bad("no file is replaced unasked", "terminal", "certificate", "joe", "id",
    *OPEN, *BY_ADMIN)

keygen("-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", "own")
good("--sign: a key that is there", "certificate", "joe", "own.pub", "--sign",
     "-n", USER, "--not-after", "5m", *BY_ADMIN)
ok("valid: from" in shown("own-cert.pub").lower() and
   not os.path.exists(path("own.pub-cert.pub")), "its certificate beside it")
bad("--sign: no key at all", "not an SSH public key", "certificate", "joe",
    "password", "--sign", *BY_ADMIN)

# --- certificates of hosts, and what becomes of them ------------------------

good("a host's certificate", "certificate", "h.example.com", "host", "--host",
     *OPEN, *BY_ADMIN)
text = shown("host-cert.pub")
ok("host certificate" in text and "h.example.com" in text, "of a host", text)
old = re.search(r"Serial: (\d+)", text).group(1)
same(good("needs no renewal yet", "inspect", "host-cert.pub")[0]
     .split("Signature:")[0].replace(" \n", "\n").strip(),
     text.replace(" \n", "\n").strip(),
     "ssh inspect shows what ssh-keygen shows")
r = stepc("needs-renewal", "host-cert.pub", "--verbose")
ok(r.returncode == 1 and "does not need" in r.stderr, "exit status 1: not yet",
   r.returncode, r.stderr)
same(stepc("needs-renewal", "host-cert.pub", "--expires-in", "1000h")
     .returncode, 0, "exit status 0: now")
same(stepc("needs-renewal", "nothing").returncode, 2, "exit status 2: no file")
same(stepc("needs-renewal", "host.pub").returncode, 255,
     "exit status 255: no certificate")
_, said = good("renewed", "renew", "host-cert.pub", "host", "--force")
text = shown("host-cert.pub")
new = re.search(r"Serial: (\d+)", text).group(1)
ok(new != old and '"h.example.com"' in text, "under another serial", text)
good("rekeyed", "rekey", "host-cert.pub", "host", "--out", "host2", *OPEN)
ok(read("host2.pub").split()[1] != read("host.pub").split()[1] and
   "host certificate" in shown("host2-cert.pub"), "another key")
bad("no renewal with a key that is not its own", "is not the key",
    "renew", "host-cert.pub", "host2", "--force")
bad("a user's certificate is not renewed", "host ssh certificate", "renew",
    "id-cert.pub", "id", "--force")
out, _ = good("revoked by itself", "revoke", "--sshpop-cert",
              "host2-cert.pub", "--sshpop-key", "host2", "--reasonCode",
              "superseded")
serial = re.search(r"Serial: (\d+)", shown("host2-cert.pub")).group(1)
same(out, "SSH Certificate with Serial Number %s has been revoked.\n" % serial,
     "and said so")
bad("what is revoked is not renewed", "revoked", "renew", "host2-cert.pub",
    "host2", "--force")
good("revoked by its serial", "revoke", old, *BY_ADMIN)
bad("not twice", "already revoked", "revoke", old, *BY_ADMIN)

# --- what hosts trust ---------------------------------------------------------

same(good("keys for users", "config", "--roots")[0].split()[:2],
     open(os.path.join(ca.demo, "certs/ssh_user_ca_key.pub")).read()
     .split()[:2], "of the CA")
same(good("keys for hosts", "config", "--roots", "--host")[0].split()[:2],
     open(os.path.join(ca.demo, "certs/ssh_host_ca_key.pub")).read()
     .split()[:2], "of the CA")
for side in ((), ("--host",)):
    same(good("with those of others", "config", "--federation", *side)[0],
         good("without", "config", "--roots", *side)[0], "of which are none")
good("the revocation list", "krl", path("krl"))
r = keygen("-Q", "-f", "krl", "host2-cert.pub", check=False)
ok("REVOKED" in r.stdout, "ssh-keygen finds the revoked one in it", r.stdout)
ok("REVOKED" not in keygen("-Q", "-f", "krl", "host-cert.pub", check=False)
   .stdout, "and no other")
before = open(path("krl"), "rb").read()
bad("a list that does not come", "", "krl", path("krl"), "--ca-url",
    "https://localhost:1")
same(open(path("krl"), "rb").read(), before, "leaves the old one in place")

r = stepc("check-host", "h.example.com", "-v")
ok(r.returncode == 0 and r.stdout == "true\n", "check-host: it has one",
   r.returncode, r.stdout, r.stderr)
r = stepc("check-host", "other.example.com", "-v")
ok(r.returncode == 1 and r.stdout == "false\n" and r.stderr == "",
   "check-host: it has none", r.returncode, r.stdout, r.stderr)
bad("check-host: nobody to ask", "localhost:1", "check-host", "h",
    "--ca-url", "https://localhost:1")
same(good("hosts", "hosts")[0], "HOSTNAME\tID\tTAGS\n" + "".join(
    n + ".example.com\t\t\n" for n in "ht"),
     "those that have one")

# --- files ----------------------------------------------------------------------

for args, want in ((("id.pub",), keygen("-lf", "id.pub")),
                   (("id-cert.pub",), keygen("-lf", "id-cert.pub")),
                   (("--certificate", "id-cert.pub"), None)):
    out, _ = good("fingerprint " + " ".join(args), "fingerprint", *args)
    if want is not None:
        same(out, want, "as ssh-keygen says it")
    else:
        ok(out.rstrip().endswith("J.Doe@work (ECDSA-CERT)"), "a certificate's",
           out)
good("inspect from standard input", "inspect", stdin=read("id-cert.pub"))
bad("no fingerprint of a certificate that is none", "--certificate",
    "fingerprint", "--certificate", "id.pub")
bad("inspect nothing of the kind", "not an SSH certificate", "inspect",
    "id.pub")
import json
doc = json.loads(good("inspect as JSON", "inspect", "--format", "json",
                      "id-cert.pub")[0])
same((doc["KeyID"], doc["Type"], doc["Principals"]),
     ("J.Doe@work", "user", ["jdoe", "J.Doe", "J.Doe@work"]), "its members")

# --- the agent ------------------------------------------------------------------

sock = path("agent")
agent = subprocess.Popen([AGENT, "-D", "-a", sock], stdout=subprocess.DEVNULL)
try:
    for _ in range(500):
        if os.path.exists(sock):
            break
        stepc_ssh.time.sleep(0.01)
    with_agent = dict(ENV, SSH_AUTH_SOCK=sock)

    def listed():
        return subprocess.run(["ssh-add", "-l"], env=with_agent, text=True,
                              stdout=subprocess.PIPE).stdout

    same(good("no keys", "list", env=with_agent)[0],
         "The agent has no identities.\n", "said so")
    for kty in ("EC", "OKP", "RSA"):
        _, said = good("into the agent: " + kty, "certificate", USER,
                       "in-" + kty, "--comment", "with " + kty, "--kty", kty,
                       *OPEN, *BY_ADMIN, env=with_agent)
        ok("✔ SSH Agent: yes" in said, "said so", said)
    ok(len(re.findall(r"-CERT\)", listed())) == 3, "ssh-add lists them",
       listed())
    same(good("listed", "list", env=with_agent)[0], listed(), "as ssh-add")
    good("a host's is no one's to sign in", "certificate", "h", "in-host",
         "--host", *OPEN, *BY_ADMIN, env=with_agent)
    good("--no-agent", "certificate", "joe", "in-none", "--no-agent", *OPEN,
         *BY_ADMIN, env=with_agent)
    ok(len(listed().splitlines()) == 3, "three still", listed())

    _, said = good("login", "login", USER, *BY_ADMIN, env=with_agent)
    ok("✔ SSH Agent: yes" in said and
       len(listed().splitlines()) == 4, "one more, in no file", said)
    _, said = good("login again", "login", USER, env=with_agent)
    ok("already present" in said, "nothing to do", said)
    good("one removed", "logout", USER, env=with_agent)
    bad("login without an agent", "SSH_AUTH_SOCK", "login", USER, *BY_ADMIN)

    if SSHD is not None:
        good("a host", "certificate", "127.0.0.1", "sshd", "--host", *OPEN,
             *BY_ADMIN)
        sshd = Sshd(open(os.path.join(
            ca.demo, "certs/ssh_user_ca_key.pub")).read(), "sshd",
            path("sshd-cert.pub"), krl=path("krl"))
        with open(path("known_hosts"), "w") as f:
            f.write("@cert-authority * " + good("", "config", "--roots",
                                                "--host")[0])
        r = subprocess.run(
            [stepc_ssh.SSH, "-F", "none", "-p", str(sshd.port), "-o",
             "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o",
             "UserKnownHostsFile=" + path("known_hosts"), "-o",
             "GlobalKnownHostsFile=/dev/null", USER + "@127.0.0.1",
             "echo let in"], env=with_agent, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        same(r.stdout, "let in\n", "sshd lets in who has it from the agent, "
             "and is known by its certificate")
        sshd.close()

    same(good("one removed", "logout", "with OKP", env=with_agent)[0],
         "Identity removed: with OKP\n", "said so")
    same(good("not there", "logout", "with OKP", env=with_agent)[0],
         "Identity not found: with OKP\n", "said so")
    subprocess.run(["ssh-add", "-q", path("own")], env=with_agent,
                   stderr=subprocess.DEVNULL)
    good("all with a certificate", "logout", env=with_agent)
    ok("CERT" not in listed() and "ED25519" in listed(),
       "keys of others stay", listed())
    good("all", "logout", "--all", env=with_agent)
    ok("no identities" in listed(), "nothing left", listed())
finally:
    agent.terminate()
    agent.wait()
bad("no agent", "SSH_AUTH_SOCK", "list")

# --- with the CA's own files ------------------------------------------------

_, said = good("--offline", "certificate", "joe", "off", "--offline", "--set",
               "a=b", "--no-agent", *OPEN, *BY_ADMIN)
ok("CA:" not in said and 'Key ID: "joe"' in shown("off-cert.pub"),
   "no server is asked", said)
off = re.search(r"Serial: (\d+)", shown("off-cert.pub")).group(1)
same(keygen("-lf", "off-cert.pub").split()[1],
     keygen("-lf", "off.pub").split()[1], "of the new key")
good("--offline: a host's", "certificate", "off.example.com", "off-host",
     "--host", "--offline", *OPEN, *BY_ADMIN)
same(stepc("check-host", "off.example.com").returncode, 0,
     "the running CA knows of it")
good("--offline --add-user", "certificate", "joe", "off-add", "--offline",
     "--add-user", *OPEN, *BY_ADMIN)
ok("force-command" in shown("off-add-provisioner-cert.pub"), "both are made")
same(good("--offline revoke", "revoke", off, "--offline", *BY_ADMIN)[0],
     "SSH Certificate with Serial Number %s has been revoked.\n" % off,
     "said so")
good("the list of the running CA", "krl", path("krl"))
ok("REVOKED" in keygen("-Q", "-f", "krl", "off-cert.pub", check=False).stdout,
   "has it")
bad("--offline with a token", "incompatible", "certificate", "joe", "none",
    "--offline", "--token", "x", *OPEN)
bad("--offline, the certificate itself", "incompatible", "revoke",
    "--offline", "--sshpop-cert", "host-cert.pub", "--sshpop-key", "host")
bad("--offline: not with another password", "password", "certificate", "joe",
    "none", "--offline", *OPEN, "--provisioner", "admin",
    "--provisioner-password-file", path("new-password"))
ok(not os.path.exists(path("none")), "and no file")

# --- the certificate that makes an account -------------------------------
good("--add-user", "certificate", "joe", "adds", "--add-user", *OPEN,
     *BY_ADMIN)
text = shown("adds-provisioner-cert.pub")
ok("sudo useradd -m joe" in text and 'Key ID: "joe-provisioner"' in text and
   "force-command" in text, "ssh-keygen reads the command", text)
same(keygen("-y", "-P", "", "-f", "adds-provisioner").split()[1],
     read("adds-provisioner.pub").split()[1], "its key, without a password")
good("--add-user of a key that is there", "certificate", "joe", "adds.pub",
     "--sign", "--add-user", "--force", *BY_ADMIN)
ok(os.path.exists(path("adds-provisioner-cert.pub")), "the same files")
out = good("a user of three names", "certificate", "j.doe@work.test",
           "three", "--add-user", *OPEN, *BY_ADMIN)[1]
ok("makes no certificate that adds" in out and
   not os.path.exists(path("three-provisioner")), "has no account", out)
bad("--add-user of a host", "incompatible", "certificate", "h.example.com",
    "hosts", "--host", "--add-user", *OPEN)
bad("--add-user of two principals", "more than one principal",
    "certificate", "joe", "two", "--add-user", "-n", "a", "-n", "b", *OPEN)

ca.check_logs()
done()
