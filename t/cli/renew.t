#!/usr/bin/python3
"""stepc ca renew and ca rekey against a CA that this file plays: once, and as
daemons."""

import glob
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same, skip
from fake_ca import Daemon, FakeCA, key_pem, load, load_key, match, new_key, \
    pem, spki

STEPC = os.path.join(BUILD, "stepc")
tmp = tempfile.TemporaryDirectory(prefix="stepc-renew.")
work = tmp.name
os.chdir(work)
os.umask(0o022)
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("STEP") and not k.lower().endswith("_proxy")}
ENV.update(STEPPATH=work + "/step", HOME=work, NO_COLOR="1", TZ="UTC")
ca = FakeCA(work)
CA = ["--ca-url", ca.url, "--root", work + "/root.crt"]


def run(*args, env=None):
    return subprocess.run([STEPC, *args], env=env or ENV,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          start_new_session=True)


def renew(*args, verb="renew"):
    ca.forget()
    return run("ca", verb, *args, *CA)


def good(name, r):
    return ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr,
              [q["why"] for q in ca.requests])


def bad(name, text, r, status=1):
    return ok(r.returncode == status and text in r.stderr and r.stdout == "",
              name, r.returncode, r.stdout, r.stderr, "want: " + text)


def slurp(path):
    with open(path) as f:
        return f.read()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def start(*args, verb="renew", env=None):
    ca.forget()
    return Daemon([STEPC, "ca", verb, "--daemon", *args, *CA], env or ENV)


# --- flags ---------------------------------------------------------------

crt, key = ca.pair("a")
for text, args in (
        ("not enough positional arguments", [crt]),
        ("too many positional arguments", [crt, key, "x"]),
        ("positional arguments <crt-file> and <key-file> cannot be equal",
         [crt, crt]),
        ("flag '--expires-in' is incompatible with '--renew-period'",
         [crt, key, "--daemon", "--expires-in", "1h", "--renew-period", "1h"]),
        ("flag '--renew-period' requires the '--daemon' flag",
         [crt, key, "--renew-period", "1h"]),
        ("flag '--pid' and flag '--pid-file' are mutually exclusive",
         [crt, key, "--pid", "1", "--pid-file", crt]),
        ("invalid value 'x' for flag '--expires-in'",
         [crt, key, "--expires-in", "x"]),
        ("invalid value '-1h' for flag '--expires-in'",
         [crt, key, "--expires-in=-1h"]),
        ("invalid value '0' for flag '--pid'", [crt, key, "--pid", "0"]),
        ("invalid value '0' for flag '--signal'", [crt, key, "--signal", "0"]),
        ("open /nonexistent failed: no such file or directory",
         [crt, key, "--pid-file", "/nonexistent"]),
        ("flag '--expires-in' must be within (lower than) the certificate "
         "validity period; expires-in=48h0m0s, cert-validity-period=24h1m0s",
         [crt, key, "--expires-in", "48h"]),
        ("flag '--renew-period' must be within (lower than) the certificate "
         "validity period; renew-period=24h1m0s, cert-validity-period=24h1m0s",
         [crt, key, "--daemon", "--renew-period", "24h1m"]),
        ("error allocating terminal", [crt, key])):
    before = slurp(crt)
    bad("refused: " + text[:60], text, renew(*args))
    same((slurp(crt), ca.requests), (before, []), "and nobody was asked")
same(run("ca", "renew", crt, key).stderr,
     "'stepc ca renew' requires the '--ca-url' flag\n", "no CA, no renewal")

# --- once ----------------------------------------------------------------

os.chmod(crt, 0o640)
secret = slurp(key)
r = renew(crt, key, "-f")
good("renew", r)
same((r.stdout, r.stderr),
     ("", "Your certificate has been saved in %s.\n" % crt), "it says so")
same(slurp(crt), pem(ca.requests[0]["issued"]) + pem(ca.authority.inter),
     "the chain is written")
same((slurp(key), mode(crt), mode(key)), (secret, 0o640, 0o600),
     "the key is not touched, modes stay")
q = ca.requests[0]
ok(q["path"] == "/renew" and q["cert"] is not None and not q["bearer"] and
   not q["body"], "by client certificate, with an empty body", q)
r = run("certificate", "verify", crt, "--roots", work + "/root.crt")
good("which verifies", r)

before = slurp(crt)
good("renew into another file", renew(crt, key, "--out", "new.crt"))
same((slurp(crt), mode("new.crt")), (before, 0o600),
     "the old one stays, the new one is 0600")
ok(load("new.crt")[0] == ca.requests[0]["issued"], "and is the one issued")

r = renew(crt, key, "--force", "--expires-in", "8h")
good("too early with --expires-in", r)
ok(r.stderr.startswith(("certificate not renewed: expires in 23h59m",
                        "certificate not renewed: expires in 24h0m0s")) and
   not ca.requests, "says when", r.stderr)
c2, k2 = ca.pair("due", before=-3600, after=1000)
good("time with --expires-in", renew(c2, k2, "-f", "--expires-in", "17m"))
same(len(ca.requests), 1, "and it was renewed")

for kind in ("EC", "RSA", "OKP"):
    c2, k2 = ca.pair("kind", kind=kind)
    good(kind + " by token", renew(c2, k2, "-f", "--mtls=false"))
    q = ca.requests[0]
    ok(q["cert"] is None and q["bearer"], "no client certificate was shown")
    same(q["claims"]["aud"], ca.url + "/1.0/renew", "audience")
    same(len(q["claims"]["jti"]), 64, "and an id of its own")
c2, k2 = ca.pair("noname", cn="")
good("a certificate without a common name, by token",
     renew(c2, k2, "-f", "--mtls=false"))
c2, k2 = ca.pair("locked", password=b"open sesame")
with open("pw", "w") as f:
    f.write("open sesame\n")
good("an encrypted key", renew(c2, k2, "-f", "--password-file", "pw"))
same(ca.requests[0]["cert"].issuer, ca.authority.inter.subject,
     "by client certificate")
bad("and no password", "error allocating terminal", renew(c2, k2, "-f"))

c2, k2 = ca.pair("expired", before=-7200, after=-3600)
good("K4 an expired certificate goes by token", renew(c2, k2, "-f"))
same([bool(q["bearer"]) for q in ca.requests], [True], "at once")

# --- a client certificate that does not arrive ---------------------------

for how, saw in (("blind", "missing client certificate"),
                 ("html", "The SSL certificate error"),
                 ("alert", "alert")):
    ca.stop()
    ca.start(how)
    c2, k2 = ca.pair("eaten")
    r = renew(c2, k2, "-f")
    good("swallowed (%s): renewed all the same" % how, r)
    ok("The client certificate did not reach the CA (" in r.stderr and
       saw in r.stderr and "a token is sent instead." in r.stderr,
       "and it is told", r.stderr)
    ok(ca.requests[-1]["bearer"] and ca.requests[-1]["issued"] ==
       load(c2)[0], "by token", ca.requests)
ca.stop()
ca.start()

# --- refusals ------------------------------------------------------------

before = slurp(crt), slurp(key)
with open("on-fail", "w") as f:
    f.write('#!/bin/sh\necho "$#:$1:$STEPC_ERROR:$STEPC_CERT" >failed.log\n')
os.chmod("on-fail", 0o755)
ca.mode = "revoked"
r = renew(crt, key, "-f", "--on-fail", "./on-fail why", "--exec", "touch ran")
bad("the CA refuses", "The certificate has been revoked.", r)
ok(r.stderr.startswith("The certificate has been revoked."),
   "in its own words alone", r.stderr)
same((len(ca.requests), ca.requests[0]["bearer"]), (1, None),
     "that is no reason for a token")
same(slurp("failed.log"),
     "1:why:The certificate has been revoked.:%s\n" % crt,
     "--on-fail has been run")
ok(not os.path.exists("ran"), "and --exec has not")
for how, text in (("other-key", "the certificate is for another key"),
                  ("other-name", "the certificate lacks the name"),
                  ("other-chain", "does not chain to the root"),
                  ("503", "The store is busy.")):
    ca.mode = how
    bad("K2 refused: " + how, text, renew(crt, key, "-f"))
ca.mode = ""
ca.stop()
r = renew(crt, key, "-f")
ok(r.returncode == 1 and
   r.stderr.startswith("error renewing certificate: no connection with"),
   "K4 CA down: said, exit 1", r.stderr)
ca.start()
same((slurp(crt), slurp(key)), before, "K3 after all that: the old files")
c2, k2 = ca.pair("b")
bad("a key of another certificate", "is not that of the certificate in",
    renew(crt, k2, "-f"))
os.link(crt, "link.crt")
bad("certificate and key in one file", "must be in two files",
    renew(crt, "link.crt", "-f"))

# --- what follows --------------------------------------------------------

with open("args", "w") as f:
    f.write('#!/bin/sh\nfor i; do echo "[$i]"; done\necho "$STEPC_CERT"\n'
            'echo "$STEPC_KEY"\n')
os.chmod("args", 0o755)
r = renew(crt, key, "-f", "--exec", "./args a  'b c' \"d")
same((r.returncode, r.stdout),
     (0, "[a]\n[]\n['b]\n[c']\n[\"d]\n%s\n%s\n" % (crt, key)),
     "K5 --exec is split at single blanks, quotes are nothing special")
r = renew(crt, key, "-f", "--exec", "./args $HOME;ls|*")
ok(r.stdout.startswith("[$HOME;ls|*]\n"), "K5 there is no shell", r.stdout)
with open("limit", "w") as f:
    f.write("#!/bin/sh\nulimit -S -c\n")
os.chmod("limit", 0o755)
same(renew(crt, key, "-f", "--exec", "./limit").stdout,
     subprocess.run(["./limit"], stdout=subprocess.PIPE, text=True).stdout,
     "K5 core files of --exec are limited as ever")
with open("seven", "w") as f:
    f.write("#!/bin/sh\nexit 7\n")
os.chmod("seven", 0o755)
r = renew(crt, key, "-f", "--exec", "./seven")
bad("K5 the exit status of a failed --exec is kept",
    "'./seven' failed: exit status 7", r, status=7)
ok(load(crt)[0] == ca.requests[0]["issued"], "K5 and the certificate is new")
with open("killed", "w") as f:
    f.write("#!/bin/sh\nkill -9 $$\n")
os.chmod("killed", 0o755)
bad("K5 --exec ended by a signal", "signal 9",
    renew(crt, key, "-f", "--exec", "./killed"), status=137)
bad("K5 --exec that is not there", "'./nobody home' cannot be run",
    renew(crt, key, "-f", "--exec", "./nobody home"))
catcher = Daemon(["sh", "-c", "trap 'echo got HUP' 1; trap 'echo got USR1' 10;"
                  "echo ready; while :; do sleep 0.05; done"], ENV)
catcher.wait("ready")
good("--pid", renew(crt, key, "-f", "--pid", str(catcher.p.pid)))
ok(catcher.wait("got HUP"), "SIGHUP arrives")
with open("pid", "w") as f:
    f.write("%d\n" % catcher.p.pid)
good("--pid-file", renew(crt, key, "-f", "--pid-file", "pid",
                         "--signal", "10"))
ok(catcher.wait("got USR1"), "another signal arrives")
catcher.end(signal.SIGKILL)
bad("--pid of nobody", "with signal 1 failed",
    renew(crt, key, "-f", "--pid", str(catcher.p.pid)))

# --- rekey ---------------------------------------------------------------

c3, k3 = ca.pair("rekey")
old = slurp(c3), slurp(k3)
for how in ([], ["--mtls=false"], ["--kty", "RSA"],
            ["--kty", "OKP", "--mtls=false"]):
    r = renew(c3, k3, "-f", *how, verb="rekey")
    good("rekey " + " ".join(how), r)
    ok("Certificate: " + c3 in r.stderr and "Private Key: " + k3 in r.stderr,
       "it says what it wrote", r.stderr)
    ok(slurp(k3) != old[1] and match(c3, k3) and mode(k3) == 0o600 and
       load(c3)[0] == ca.requests[0]["issued"], "both files are new, and fit")
    old = slurp(c3), slurp(k3)
for had, has in ((0o640, 0o640), (0o644, 0o600), (0o400, 0o600)):
    os.chmod(k3, had)
    os.chmod(c3, 0o644)
    if os.getuid() == 0:
        os.chown(k3, 12345, 54321)
        os.chown(c3, 12345, 54321)
    umask = os.umask(0o077)
    good("K3 rekey of a key of mode %o" % had,
         renew(c3, k3, "-f", verb="rekey"))
    good("K3 and renew", renew(c3, k3, "-f"))
    os.umask(umask)
    same((mode(k3), mode(c3)), (has, 0o644), "K3 the modes")
    if os.getuid() == 0:
        same([(os.stat(f).st_uid, os.stat(f).st_gid) for f in (c3, k3)],
             [(12345, 54321)] * 2, "K3 the owners stay")
old = slurp(c3), slurp(k3)
same(glob.glob("*.next"), [], "nothing is left behind")
good("rekey into other files",
     renew(c3, k3, "--out-cert", "o.crt", "--out-key", "o.key", verb="rekey"))
ok(match("o.crt", "o.key") and (slurp(c3), slurp(k3)) == old,
   "the old ones stay")
ca.path("mine.key", key_pem(new_key()))
mine = slurp("mine.key")
good("rekey with a key that is there",
     renew(c3, k3, "-f", "--private-key", "mine.key", "--out-cert", "m.crt",
           verb="rekey"))
ok(match("m.crt", "mine.key") and slurp("mine.key") == mine and
   slurp(k3) == old[1], "no key is written")
ca.mode = "503"
bad("a rekey that is refused", "busy", renew(c3, k3, "-f", verb="rekey"))
ca.mode = ""
same((slurp(c3), slurp(k3)), old, "K3 leaves both files alone")
os.mkdir("dir")
os.mkdir("dir/k.key.next")
os.mkdir("dir/k.key.next/x")
os.rename(c3, "dir/k.crt")
os.rename(k3, "dir/k.key")
bad("a key that cannot be written", "", renew("dir/k.crt", "dir/k.key", "-f",
                                              verb="rekey"))
same((slurp("dir/k.crt"), slurp("dir/k.key")), old,
     "K3 leaves the certificate alone as well")
# The process died after the first of the two renames.
c3, k3 = ca.pair("half")
ca.path("half.key.next", slurp(k3))
ca.replace(k3, key_pem(new_key()))
good("K3 a replacement cut in half is ended first", renew(c3, k3, "-f"))
ok(match(c3, k3) and not os.path.exists(k3 + ".next"), "and fits again")
ca.path("half.key.next", key_pem(new_key()))
ca.replace(k3, key_pem(new_key()))
bad("K3 a foreign key beside it is not taken", "is not that of the",
    renew(c3, k3, "-f"))

# At whatever moment the process dies, one command later the files fit.
c3, k3 = ca.pair("storm")
broken = []
for n in range(60):
    p = subprocess.Popen([STEPC, "ca", "rekey", "-f", c3, k3, *CA], env=ENV,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    try:
        p.wait(0.012 + n * 0.0005)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
    if not match(c3, k3) and (renew(c3, k3, "-f").returncode != 0 or
                              not match(c3, k3)):
        broken.append(n)
same(broken, [], "K3 kill -9 storm: never one without the other")
good("K3 and it goes on", renew(c3, k3, "-f", verb="rekey"))
for f in glob.glob(".storm*"):
    os.unlink(f)

os.mkdir("real")
c3, k3 = ca.pair("real/x")
os.symlink("real/x.crt", "l.crt")
os.symlink("real/x.key", "l.key")
good("rekey over links", renew("l.crt", "l.key", "-f", verb="rekey"))
good("renew over links", renew("l.crt", "l.key", "-f"))
ok(os.path.islink("l.crt") and os.path.islink("l.key") and
   match(c3, k3) and load(c3)[0] == ca.requests[0]["issued"],
   "K3 the links stay, what they point to is new")
ca.stop()
ca.start("tls1.2")
good("renew over TLS 1.2", renew(c3, k3, "-f"))
same((ca.requests[0]["version"], bool(ca.requests[0]["cert"])),
     ("TLSv1.2", True), "by client certificate")
good("rekey over TLS 1.2, by token",
     renew(c3, k3, "-f", "--mtls=false", verb="rekey"))
ca.stop()
ca.start()

# --- daemons -------------------------------------------------------------

# Two thirds of the life are nearly over: renewal in a second or two, and the
# least pause between two of them.
SHORT = {"before": -20, "after": 12}
ca.before, ca.after = -20, 12


def short(name):
    return ca.pair(name, **SHORT)


c4, k4 = short("d")
d = start(c4, k4, "--exec", "./args run")
ok(d.wait("certificate renewed, next in", 2), "the daemon renews again and "
   "again", d)
same(d.end(), 0, "SIGTERM: exit 0")
ok(d.lines[0].split(" ", 3)[0] == "INFO:" and
   " first renewal in " in d.lines[0], "it says when", d.lines[0])
ok(any(x.endswith("a.example.com certificate renewed, next in 2s") for x in
       d.lines), "and what", d)
ok(ca.requests[1]["cert"] == ca.requests[0]["issued"],
   "with the new certificate the next time")
ok(d.lines.count("[run]") >= 2 and not d.errors, "--exec after each", d)
ok(match(c4, k4), "K4 the files fit")

c4, k4 = short("out")
d = start(c4, k4, "--out", "d-out.crt")
ok(d.wait("certificate renewed", 2), "--daemon --out", d)
d.end()
ok(ca.requests[1]["cert"] == ca.requests[0]["issued"],
   "goes on from what it wrote")
ca.before, ca.after = -60, 86400
c4, k4 = short("out")
good("an earlier --out", renew(c4, k4, "--out", "d-out2.crt"))
d = start(c4, k4, "--out", "d-out2.crt")
ok(d.wait("first renewal in 1"), "and after a restart, too", d)
same((d.end(signal.SIGINT), ca.requests), (0, []), "SIGINT: exit 0")
ca.before, ca.after = -20, 12

c4, k4 = short("rk")
keys = {slurp(k4)}
d = start(c4, k4, verb="rekey")
for n in (1, 2, 3):
    ok(d.wait("certificate rekeyed, next in", n), "rekey --daemon", d)
same(d.end(), 0, "exit 0")
shown = [spki(q["issued"].public_key()) for q in ca.requests]
same((len(set(shown)), match(c4, k4)), (len(shown), True),
     "another key each time, and the files fit")

c4, k4 = short("down")
ca.stop()
d = start(c4, k4, "--on-fail", "./args failed")
ok(d.wait("ERROR: ", 2, errors=True), "K4 CA down: tried again", d)
ok(all("no connection with" in x and "next try in" in x for x in d.errors),
   "K4 and said why", d)
ok("[failed]" in d.lines, "--on-fail has been run", d)
ca.start("503")
ok(d.wait("The store is busy.", errors=True), "K4 CA up, but busy", d)
ca.mode = ""
ok(d.wait("certificate renewed"), "K4 CA up again: renewed", d)
same(d.end(), 0, "exit 0")

ca.before, ca.after = -60, 86400
c4, k4 = ca.pair("hup")
d = start(c4, k4)
ok(d.wait("first renewal in 1"), "a day is long", d)
d.send(signal.SIGHUP)
ok(d.wait("certificate renewed"), "SIGHUP renews at once", d)
began = time.monotonic()
for _ in range(300):
    d.send(signal.SIGHUP)
    time.sleep(0.005)
ok(d.wait("certificate renewed", 2), "K4 SIGHUP storm: renewed", d)
same(d.end(), 0, "K4 and it ends when told to")
spent = time.monotonic() - began
ok(len(ca.requests) <= spent + 2,
   "K4 but not more than once a second", len(ca.requests), spent)

# Files replaced under the daemon.
c4, k4 = ca.pair("swap")
d = start(c4, k4)
d.wait("first renewal")
new, newk = ca.pair("swap2")
ca.replace(k4, slurp(newk))
d.send(signal.SIGHUP)
ok(d.wait("is not that of the certificate", errors=True),
   "K4 key replaced alone: refused and said", d)
same(ca.requests, [], "K4 and the CA is not asked")
ca.replace(c4, slurp(new))
d.send(signal.SIGHUP)
ok(d.wait("certificate renewed"), "K4 both replaced: the new pair is renewed",
   d)
same(d.end(), 0, "exit 0")
ok(match(c4, k4) and spki(ca.requests[0]["cert"].public_key()) ==
   spki(load_key(newk).public_key()), "K4 that one")
c4, k4 = ca.pair("other")
new, newk = short("other2")
d = start(c4, k4)
d.wait("first renewal")
ca.replace(k4, slurp(newk))
ca.replace(c4, slurp(new))
ok(d.wait("the certificate has been replaced, next in") and
   d.wait("certificate renewed"),
   "K4 cert replaced on disk: its own time counts", d)
d.end()

# The key is replaced while the CA answers.
c4, k4 = ca.pair("race")
old = slurp(c4)
answer = ca.answer


def racing(q):
    ca.replace(k4, key_pem(new_key()))
    return answer(q)


ca.answer = racing
r = renew(c4, k4, "-f")
ca.answer = answer
ok(r.returncode == 1 and slurp(c4) == old,
   "K4 key replaced meanwhile: the certificate is not written", r.stderr)

c4, k4 = ca.pair("late", before=-7200, after=-60)
d = start(c4, k4)
ok(d.wait("certificate renewed"), "K4 expired: by token, at once", d)
d.end()
same([bool(q["bearer"]) for q in ca.requests], [True], "one request")
ca.mode = "revoked"
c4, k4 = ca.pair("late2", before=-7200, after=-60)
d = start(c4, k4)
ok(d.wait("has been revoked", 2, errors=True),
   "K4 refused: it goes on and says so", d)
same(d.end(), 0, "exit 0")
ca.mode = ""

# No hurry whatever the CA's clock says.
ca.before, ca.after = -3600, 1
c4, k4 = short("hurry")
began = time.monotonic()
d = start(c4, k4)
d.wait("certificate renewed")
d.wait("certificate renewed", 2, seconds=3)
d.end()
ok(len(ca.requests) < 3, "K4 a certificate that is old at birth: no loop",
   len(ca.requests))
ca.before, ca.after = -60, 86400

# --exec that fails first.
with open("flaky", "w") as f:
    f.write("#!/bin/sh\necho x >>tries\n[ $(wc -l <tries) -ge 3 ]\n")
os.chmod("flaky", 0o755)
c4, k4 = ca.pair("flaky", before=-20, after=12)
ca.before, ca.after = -20, 600
d = start(c4, k4, "--exec", "./flaky")
ok(d.wait("'./flaky' failed: exit status 1", 2, errors=True),
   "K5 a failed --exec is told", d)
deadline = time.monotonic() + 30
while slurp("tries").count("x") < 3 and time.monotonic() < deadline:
    time.sleep(0.05)
same((d.end(), slurp("tries").count("x"), len(ca.requests)), (0, 3, 1),
     "K5 and tried again by itself, without another renewal")

# SIGTERM while the CA does not answer, and while --exec runs.
ca.before, ca.after = -60, 86400
c4, k4 = ca.pair("stuck")
stuck = []


def never(q):
    stuck.append(q)
    time.sleep(25)
    return answer(q)


ca.answer = never
d = start(c4, k4, "--on-fail", "touch on-fail-ran")
d.wait("first renewal")
d.send(signal.SIGHUP)
deadline = time.monotonic() + 20
while not stuck and time.monotonic() < deadline:
    time.sleep(0.02)
began = time.monotonic()
same(d.end(), 0, "SIGTERM while the CA does not answer: exit 0")
ok(time.monotonic() - began < 10 and not os.path.exists("on-fail-ran"),
   "soon, and that is no failure", time.monotonic() - began, d)
ca.answer = answer
with open("long", "w") as f:
    f.write("#!/bin/sh\necho $$ >long.pid\necho begun\nexec sleep 60\n")
os.chmod("long", 0o755)
d = start(c4, k4, "--exec", "./long")
d.wait("first renewal")
d.send(signal.SIGHUP)
d.wait("begun")
d.send(signal.SIGTERM)
began = time.monotonic()
same(d.p.wait(30), 0, "SIGTERM while --exec runs: exit 0")
ok(time.monotonic() - began < 20, "soon")
with open("long.pid") as f:
    os.kill(int(f.read()), signal.SIGKILL)
d.end()

# Swallowed certificates are told once.
ca.stop()
ca.start("blind")
ca.before, ca.after = -20, 12
c4, k4 = short("blind")
d = start(c4, k4)
ok(d.wait("certificate renewed", 2), "a daemon behind such a proxy", d)
d.end()
same((sum("did not reach the CA" in x for x in d.errors),
      len([q for q in ca.requests if not q["bearer"]])), (1, 1),
     "says it once, and goes on by token")
ca.stop()
ca.start()

# The clock is set.
FAKE = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
if FAKE and "-fsanitize" not in os.environ.get("SC_TEST_FLAGS", "") and \
        subprocess.run(["nm", "-D", STEPC], stdout=subprocess.PIPE,
                       text=True).stdout.count("__asan") == 0:
    env = dict(ENV, LD_PRELOAD=FAKE[0], FAKETIME_NO_CACHE="1",
               FAKETIME_DONT_FAKE_MONOTONIC="1",
               FAKETIME_TIMESTAMP_FILE=work + "/clock")
    ca.replace(work + "/clock", "+0s")
    ca.before, ca.after = -60, 86400
    c4, k4 = ca.pair("clock")
    d = start(c4, k4, env=env)
    ok(d.wait("first renewal in 1"), "K4 a clock that is right", d)
    ca.offset = 20 * 3600
    ca.replace(work + "/clock", "+20h")
    ok(d.wait("certificate renewed, next in 1", seconds=30),
       "K4 clock jump forward: renewed within a slice of sleep", d)
    ca.offset = 0
    ca.replace(work + "/clock", "-1h")
    d.send(signal.SIGHUP)
    ok(d.wait("ERROR", errors=True) or d.wait("certificate renewed", 2),
       "K4 clock jump back: it goes on", d)
    same(d.end(), 0, "exit 0")
    ok(len(ca.requests) <= 4, "K4 and does not storm", len(ca.requests))
else:
    skip("K4 clock jump", "no libfaketime, or sanitizers")

same([x for x in glob.glob(".*") if not os.path.isdir(x)], [],
     "K3 no temporary file is left")
done()
