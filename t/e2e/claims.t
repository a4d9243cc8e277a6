#!/usr/bin/python3
"""Each claim at each level, against a running authority: what is
beyond it is refused with its name, its value, where that is set and a command;
after that command and a reload the same request is granted."""

import datetime
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from cryptography import x509
import stepc_ca
from stepc_ca import BUILD, CA, done, make_csr, make_key, ok, same
from stepc_faults import await_true, log_text, workers
from stepc_renew import PROVISIONER_OID, Issuer, issue, renew_token
import stepc_ssh
from stepc_ssh import KEYGEN, Ssh, inspect

if KEYGEN is None:
    stepc_ca.skip_all("no ssh-keygen")
ca = CA()
ssh = Ssh(ca)
NAME = ca.provisioner["name"]
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=ca.demo, NO_COLOR="1", HOME=ca.tmp,
           PATH=BUILD + ":" + os.environ["PATH"])
HANDLERS = ("sign", "renew", "ssh-sign")
LEVELS = {"the built-in default": None, "authority.claims": ["claims"],
          "the provisioner's claims": ["provisioner", "update", NAME]}
csr = make_csr(make_key())
user = stepc_ssh.make_key("user")
# Will have expired when it is needed.
late_end = int(time.time()) + 4
late = issue(ca, notBefore="-10m", notAfter=time.strftime(
    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(late_end)))


def stepc(*args):
    r = subprocess.run([os.path.join(BUILD, "stepc"), "ca", *args], env=ENV,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    if r.returncode != 0:
        ok(False, "stepc ca " + " ".join(args), r.stderr)


def follow(message, value):
    """Runs the command that a refusal names, in a shell; reloads."""
    m = re.search(r"to change it: (stepc [^()]*[^() ])", message)
    if not ok(m is not None, "a command is named", message):
        return
    r = subprocess.run(["sh", "-c", m.group(1).replace("DURATION", value)],
                       env=ENV, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True)
    ok(r.returncode == 0, "it runs: " + m.group(1), r.stderr)
    workers(ca, "reload", *HANDLERS)


def reset(*claims):
    """Nobody says anything of these."""
    path = os.path.join(ca.demo, "config/ca.json")
    with open(path) as f:
        doc = json.load(f)
    for o in [doc["authority"]] + doc["authority"]["provisioners"]:
        for c in claims:
            o.get("claims", {}).pop(c, None)
    with open(path + ".new", "w") as f:
        json.dump(doc, f)
    os.rename(path + ".new", path)


def sign(**more):
    status, doc = ca.sign(csr, ca.token(), **more)
    return status, doc.get("crt"), doc.get("message", "")


def ssh_sign(kind, **more):
    ott = ssh.token() if kind == "user" else ssh.host_token()
    status, doc = ssh.sign(user, ott, **more)
    return status, doc.get("crt"), doc.get("message", "")


def asked(kind, validity):
    if kind == "x509":
        return sign(notAfter=validity) if validity else sign()
    return ssh_sign(kind, validBefore=validity) if validity else ssh_sign(kind)


def minutes(kind, crt):
    """How long it is good, without what it is backdated."""
    if kind == "x509":
        c = x509.load_pem_x509_certificate(crt.encode())
        seconds = (c.not_valid_after - c.not_valid_before) / \
            datetime.timedelta(seconds=1)
    else:
        c = inspect(crt)
        seconds = c["to"] - c["from"]
    return round(seconds / 60) - 1


def refused(name, got, status, words):
    ok(got[0] == status and got[1] is None and
       all(w in got[2] for w in words), name, got[0], got[2], words)


# --- durations ---------------------------------------------------------------

# Kind, claims' infix, flags' prefix, built-in bounds and default in minutes.
KINDS = [("x509", "TLS", "x509", 5, 24 * 60, 24 * 60),
         ("user", "UserSSH", "ssh-user", 5, 24 * 60, 16 * 60),
         ("host", "HostSSH", "ssh-host", 5, 720 * 60, 720 * 60)]
for kind, infix, flag, least, most, default in KINDS:
    names = [b + infix + "CertDuration" for b in ("min", "max", "default")]
    for level, command in LEVELS.items():
        what = "%s, %s" % (level, kind)
        reset(*names)
        lo, hi, usual = least, most, default
        if command:
            lo, hi, usual = 30, 120, 60
            stepc(*command, "--%s-min-dur" % flag, "30m", "--%s-max-dur" % flag,
                  "2h", "--%s-default-dur" % flag, "1h")
        workers(ca, "reload", *HANDLERS)
        status, crt, message = asked(kind, None)
        same((status, crt and minutes(kind, crt)), (201, usual),
             what + ": the default")
        for claim, beyond, value in ((names[0], lo - 2, "1m"),
                                     (names[1], hi + 60, "2000h")):
            ledger = ca.ledger()
            got = asked(kind, "%dm" % beyond)
            bound = lo if claim == names[0] else hi
            refused("%s: beyond %s" % (what, claim), got, 403,
                    ["%s is %s" % (claim, "%dh%dm0s" % divmod(bound, 60)
                                   if bound > 59 else "%dm0s" % bound),
                     "set by " + level])
            same(ca.ledger(), ledger, "nothing is recorded")
            follow(got[2], value)
            status, crt, message = asked(kind, "%dm" % beyond)
            same((status, crt and minutes(kind, crt)), (201, beyond),
                 "and granted then")

# --- switches ----------------------------------------------------------------


def renew(pair):
    status, _, data = ca.request("POST", "/1.0/renew", b"", {
        "Authorization": "Bearer " + renew_token(ca, pair)})
    doc = json.loads(data)
    return status, doc.get("crt"), doc.get("message", "")


known = issue(ca)
unknown = Issuer(ca).leaf()
# Claim, flag and the value that refuses, what is refused, and with what.
SWITCHES = [("enableSSHCA", "--ssh", "false", lambda: ssh_sign("user")),
            ("disableRenewal", "--disable-renewal", "true",
             lambda: renew(known)),
            ("disableRenewalOfUnknown", "--disable-renewal-of-unknown", "true",
             lambda: renew(unknown))]
for claim, flag, wrong, ask in SWITCHES:
    for level, command in LEVELS.items():
        reset(claim)
        if command:
            # The level above would have it the other way.
            stepc("claims", "%s=%s" % (
                flag, wrong if command == ["claims"] else
                "false" if wrong == "true" else "true"))
            if command != ["claims"]:
                stepc(*command, "%s=%s" % (flag, wrong))
        workers(ca, "reload", *HANDLERS)
        if not command and wrong == "true":
            same(ask()[0], 201, "%s: %s is off" % (level, claim))
            continue
        ledger = ca.ledger()
        got = ask()
        refused("%s: %s" % (level, claim), got, 401,
                ["%s is %s" % (claim, wrong), "set by " + level])
        same(ca.ledger(), ledger, "nothing is recorded")
        follow(got[2], "")
        same(ask()[0], 201, "and granted then")

# Of an expired certificate the caller learns less than the log.
await_true(lambda: time.time() > late_end)
for level, command in LEVELS.items():
    reset("allowRenewalAfterExpiry")
    if command:
        stepc(*command, "--allow-renewal-after-expiry=false")
    workers(ca, "reload", *HANDLERS)
    before, ledger = log_text(ca), ca.ledger()
    got = renew(late)
    refused("%s: allowRenewalAfterExpiry" % level, got, 401, ["expired on"])
    ok("claim" not in got[2] and "stepc" not in got[2], "no more than that",
       got[2])
    same(ca.ledger(), ledger, "nothing is recorded")
    said = [x for x in log_text(ca).splitlines()
            if "allowRenewalAfterExpiry is false, set by " + level in x and
            x not in before]
    if same(len(said), 1, "the log says which claim"):
        follow(said[0], "")
        same(renew(late)[0], 201, "and granted then")

for level, command in LEVELS.items():
    reset("disableSmallstepExtensions")
    if command:
        stepc(*command, "--disable-smallstep-extensions")
    workers(ca, "reload", *HANDLERS)
    status, crt, _ = sign()
    same((status, PROVISIONER_OID in [
        e.oid for e in x509.load_pem_x509_certificate(
            crt.encode()).extensions]), (201, not command),
         "%s: disableSmallstepExtensions" % level)
ca.check_logs()
done()
