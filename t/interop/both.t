#!/usr/bin/python3
"""One $STEPPATH served by stepc's handlers and by the reference, in turn:
the same requests, certificates field by field, JSON member by member,
statuses case by case.  What differs is listed in differences.json, each with
its reason; nothing else may, and what is listed has to.  The files are made
by stepc ca init first, and then, for the requests that get an answer, by the
reference.  With STEPC_DIFFERENCES=FILE what is new is added to FILE."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import stepc_reference
from stepc_ca import CA, done, ok, same
import stepc_cases
import stepc_cases_ssh
import stepc_cases_vouched
from stepc_compare import Differences
from stepc_observe import Observer, no_traces

program = stepc_reference.build()
differences = Differences(os.path.join(HERE, "differences.json"))


def by_reference(demo, port):
    """In the place where quickstart looks for its demo."""
    for name in ("log", "run", "issued", "nginx/tmp"):
        os.makedirs(os.path.join(demo, name))
    for name, text in (("port", "%d\n" % port), (".stepc-demo", "\n"),
                       ("password.txt", "a password\n")):
        with open(os.path.join(demo, name), "w") as f:
            f.write(text)
    os.chmod(os.path.join(demo, "password.txt"), 0o600)
    stepc_reference.initialise(program, demo, port,
                               os.path.join(demo, "password.txt"))


def configure(config, demo):
    stepc_cases.configure(config, demo)
    stepc_cases_vouched.configure(config, demo)


def observe(ca, groups, name, watch=None):
    o = Observer(ca, watch)
    for group in groups:
        group(o)
    no_traces(o, name)
    return o.cases


def issues(ca, name):
    """One more certificate, over the files as the other has left them."""
    o = Observer(ca)
    ok(o.sign(name) is not None, name)


for maker, make, groups in (
        ("stepc's files", None,
         stepc_cases.GROUPS + stepc_cases_ssh.GROUPS +
         stepc_cases_vouched.ANSWERED),
        ("the reference's files", by_reference,
         stepc_cases.ANSWERED + stepc_cases_ssh.ANSWERED)):
    ca = CA(edit=configure, make=make)
    ours = observe(ca, groups, maker, ca.ledger)
    ca.quickstart("stop")
    server = stepc_reference.Server(program, ca)
    theirs = observe(ca, groups, maker)
    server.stop()
    same(sorted(ours), sorted(theirs), maker + ": the same cases")
    new = []
    for case in ours:
        found = differences.between(case, ours[case], theirs[case])
        new += found
        ok(not found, "%s, %s: nothing new" % (maker, case),
           *map(json.dumps, found))
    ca.restart()
    issues(ca, maker + ": the handlers go on")
    ca.quickstart("stop")
    server = stepc_reference.Server(program, ca)
    issues(ca, maker + ": and so does the reference")
    server.stop()
    ca.restart()
    ca.check_logs()
    if os.environ.get("STEPC_DIFFERENCES"):
        with open(os.environ["STEPC_DIFFERENCES"], "a") as f:
            f.writelines(json.dumps(d) + "\n" for d in new)
for d, case in differences.unseen():
    ok(False, "%s, %s: listed, and no longer so" % (case, d["member"]),
       d["ours"], d["theirs"], d["why"])
done()
