#!/usr/bin/python3
"""stepc store on a store of known records, its output read by others."""

import base64
import csv
import datetime
import io
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same

tmp = tempfile.TemporaryDirectory(prefix="stepc-store.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name, NO_COLOR="1")
STEPC = os.path.join(BUILD, "stepc")
FIRST = 1700000000
PAST, FUTURE = FIRST + 86400, 4102444800
NEVER = 2 ** 63 - 1


def run(*args, env=ENV):
    return subprocess.run([STEPC, "store", *args], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def good(name, *args):
    r = run(*args)
    ok(r.returncode == 0, name, r.returncode, r.stderr)
    return r.stdout.decode()


def bad(name, text, *args, rc=1):
    r = run(*args)
    ok(r.returncode == rc and text in r.stderr.decode() and r.stdout == b"",
       name, r.returncode, r.stdout, r.stderr, "want: " + text)


def fill(store, *lines):
    subprocess.run([os.path.join(BUILD, "t/lib/fill_store"), store],
                   input="".join(x + "\n" for x in lines).encode(),
                   check=True)


def utc(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc)


def make_x509(name, cn, serial, to):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    c = x509.CertificateBuilder(
        subject, subject, key.public_key(), serial, utc(FIRST),
        utc(to)).sign(key, hashes.SHA256())
    with open(name, "wb") as f:
        f.write(c.public_bytes(serialization.Encoding.DER))


def make_ssh(name, options):
    for f in ("ca", name):
        if not os.path.exists(f):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-C", "", "-f", f], check=True)
    subprocess.run(["ssh-keygen", "-q", "-s", "ca", *options, name + ".pub"],
                   check=True, stderr=subprocess.DEVNULL)
    with open(name + "-cert.pub") as f:
        blob = base64.b64decode(f.read().split()[1])
    with open(name + ".blob", "wb") as f:
        f.write(blob)


BIG = 0x8d40be4506455b48baa2231bb265a55c
make_x509("a.der", "a.example.com", BIG, FUTURE)
make_x509("b.der", "b.example.com", 0x1234, PAST)
make_x509("c.der", "c.example.com", 0xc0ffee, FUTURE)
make_x509("d.der", "d.example.com", 99, FUTURE)
make_x509("e.der", "e.example.com", 1000, FUTURE)
make_ssh("user", ["-I", "mail key", "-n", "mail,web", "-z", "99"])
make_ssh("host", ["-h", "-I", "host", "-n", "h.example.com", "-z", "77"])
EVIL = 'x\x1b[31m"evil",\u00fc'
fill("store",
     "issue\t1\t%032x\t%d\t%d\ta.example.com\ta.example.com,10.0.0.1\ta.der"
     % (BIG, FIRST, FUTURE),
     "issue\t1\t1234\t%d\t%d\tb.example.com\tb.example.com\tb.der"
     % (FIRST, PAST),
     "renew\t1\tc0ffee\t%d\t%d\tc.example.com\tc.example.com\tc.der\t1234"
     % (FIRST, FUTURE),
     "rekey\t1\t63\t%d\t%d\t%s\td.example.com\td.der\tc0ffee"
     % (FIRST, FUTURE, EVIL),
     "revoke\t1\tc0ffee\t1\tlost, \"it\"\t%d" % FUTURE,
     "issue\t2\t63\t0\t%d\tmail@example.com\tmail,web\tuser.blob" % NEVER,
     "issue\t3\t4d\t%d\t%d\thost\th.example.com\thost.blob"
     % (FIRST, FIRST + 172800),
     "revoke\t2\t4d\t4\t\t0",
     "revoke\t1\t%04x\t0\tnot ours\t0" % 777,
     "token\tsome-token\t%d" % FUTURE,
     "issue\t1\t03e8\t%d\t%d\te.example.com\te.example.com\te.der"
     % (FIRST, FUTURE))
AT = ["--store", "store"]


def rows(*args, command="list"):
    return json.loads(good(" ".join(args) or "all", command, "--format",
                           "json", *AT, *args))


def serials(*args):
    return [r.get("serial") for r in rows(*args)]


# --- list --------------------------------------------------------------------

all_rows = rows()
same([(r["serial"], r["type"], r["state"], r["event"]) for r in all_rows],
     [(str(BIG), "x509", "valid", "issue"),
      ("4660", "x509", "expired", "issue"),
      (str(0xc0ffee), "x509", "revoked", "renew"),
      ("99", "x509", "valid", "rekey"),
      ("99", "ssh-user", "valid", "issue"),
      ("77", "ssh-host", "revoked", "issue"),
      ("1000", "x509", "valid", "issue")],
     "JSON: all certificates, oldest first, with their states")
same(all_rows[2], {
    "number": 3, "time": "2023-11-14T22:13:22Z", "event": "renew",
    "type": "x509", "serial": str(0xc0ffee), "serialHex": "c0ffee",
    "state": "revoked", "notBefore": "2023-11-14T22:13:20Z",
    "notAfter": "2100-01-01T00:00:00Z", "names": ["c.example.com"],
    "replaces": "4660",
    "revoked": {"number": 5, "time": "2023-11-14T22:13:24Z", "reasonCode": 1,
                "reason": "keyCompromise"},
    "subject": "c.example.com",
    "provisioner": {"name": "admin", "id": "admin:kid", "type": "JWK"},
    "peer": "192.0.2.1", "requestID": "request-2",
    "hash": all_rows[2]["hash"]}, "... with all that is recorded")
same(all_rows[3]["subject"], EVIL, "... texts as they are")
lines = good("jsonl", "list", "--format", "jsonl", *AT).splitlines()
same([json.loads(x) for x in lines], all_rows, "JSON lines: the same rows")

text = good("csv", "list", "--format", "csv", *AT)
ok(text.count("\r\n") == 8, "CSV: a header, and an end of each row")
table = list(csv.DictReader(io.StringIO(text, newline="")))
same([(r["number"], r["serial"], r["state"]) for r in table],
     [(str(r["number"]), r["serial"], r["state"]) for r in all_rows],
     "... the same rows")
same(table[3]["subject"], EVIL, "... with commas and quotes")
same((table[0]["names"], table[2]["revoked_at"], table[2]["reason"],
      table[2]["replaces"], table[1]["revoked_at"]),
     ("a.example.com 10.0.0.1", "2023-11-14T22:13:24Z", "keyCompromise",
      "4660", ""), "... names, revocation, what was renewed")

text = good("table", "list", *AT)
ok("\x1b" not in text and "x?[31m" in text, "table: no control characters")
lines = text.splitlines()
same(lines[0].split(), ["SERIAL", "TYPE", "STATE", "NOT", "AFTER",
                        "PROVISIONER", "NAMES"], "... its titles")
ok(all(line[lines[0].index("STATE"):].startswith(r["state"])
       for line, r in zip(lines[1:], all_rows)), "... in columns", text)
ok(re.search(r"^99 +ssh-user +valid +never +admin +mail key, mail, web"
             r"$", text, re.M), "... SSH: never, key id, principals", text)

same(serials("--state", "valid"), [str(BIG), "99", "99", "1000"], "--state")
same(serials("--state", "revoked", "--state", "expired"),
     ["4660", str(0xc0ffee), "77"], "--state twice")
same(serials("--type", "ssh"), ["99", "77"], "--type ssh")
same(serials("--type", "ssh-host"), ["77"], "--type ssh-host")
same(serials("--type", "x509", "--state", "expired"), ["4660"],
     "two filters")
same(serials("--expires-before", "2024-01-01T00:00:00Z"), ["4660", "77"],
     "--expires-before a time")
same(serials("--expires-after", "24h"),
     [str(BIG), str(0xc0ffee), "99", "99", "1000"], "--expires-after a duration")
same(serials("--expires-after", utc(FIRST).strftime("%Y-%m-%dT%H:%M:%SZ"),
             "--expires-before", "-24h"), ["4660", "77"], "a window")
same(serials("--subject", "B.EXAMPLE.com"), ["4660"], "--subject, any case")
same(serials("--subject", "*@example.com"), ["99"], "--subject with *")
same(serials("--subject", "mail k?y"), ["99"], "--subject: a key id")
same([r.get("keyID") for r in all_rows][3:6], [None, "mail key", "host"],
     "the key ids of SSH")
same(serials("--san", "10.0.0.*"), [str(BIG)], "--san: not the first name")
same(serials("--san", "web"), ["99"], "--san: a principal")
same(serials("--provisioner", "admin"), [r["serial"] for r in all_rows],
     "--provisioner: name")
same(serials("--provisioner", "adm?n:kid"), [r["serial"] for r in all_rows],
     "--provisioner: id")
same(serials("--provisioner", "other"), [], "--provisioner: none")
same(serials("--serial", "0x%X" % BIG), [str(BIG)], "--serial")
same(serials("--serial", "1000"), ["1000"], "--serial: decimal")

events = rows("--events")
same([r["event"] for r in events],
     ["issue", "issue", "renew", "rekey", "revoke", "issue", "issue", "revoke",
      "revoke", "use-token", "issue"], "--events: every record")
same([r["number"] for r in events], list(range(1, 12)), "... in order")
same({k: events[4][k] for k in ("reasonCode", "reason", "reasonText",
                                "serial", "subject", "requestID", "peer")},
     {"reasonCode": 1, "reason": "keyCompromise", "reasonText": 'lost, "it"',
      "serial": str(0xc0ffee), "subject": "revoker",
      "requestID": "request-4", "peer": "192.0.2.1"}, "... a revocation")
same((events[9]["token"]["sha256"], "serial" in events[9]),
     ("".join("%02x" % b for b in __import__("hashlib").sha256(
         b"some-token").digest()), False), "... a token")
same(len(list(csv.reader(io.StringIO(good(
    "events as csv", "list", "--events", "--format", "csv", *AT),
    newline="")))), 12, "... as CSV")
ok("revoker from 192.0.2.1" in good("events as a table", "list", "--events",
                                    *AT), "... as a table")
same([r["event"] for r in rows("--events", "--serial", "c0ffee")],
     ["renew", "revoke"], "--events --serial: the life of one")

bad("a state that is none", "invalid value 'good' for flag '--state'",
    "list", "--state", "good", *AT)
bad("a time that is none", "invalid value 'soon' for flag '--expires-before'",
    "list", "--expires-before", "soon", *AT)
bad("a serial that is none", "invalid value '12g' for flag '--serial'",
    "list", "--serial", "12g", *AT)
bad("no store", "there is no store in", "list", "--store", ".")
bad("no folder", "there is no store in nowhere", "list", "--store", "nowhere")
bad("no ca.json", "--store", "list")

# --- export ------------------------------------------------------------------

one = json.loads(good("export one", "export", "--serial", str(BIG), *AT))
with open("a.pem", "w") as f:
    f.write(one["certificate"])
r = subprocess.run(["openssl", "x509", "-noout", "-serial", "-subject", "-in",
                    "a.pem"], stdout=subprocess.PIPE)
ok(b"serial=%X" % BIG in r.stdout and b"a.example.com" in r.stdout,
   "export: openssl reads its certificate", r.stdout)
ssh = json.loads(good("export ssh", "export", "--type", "ssh-user", *AT))
with open("out-cert.pub", "w") as f:
    f.write(ssh["certificate"])
r = subprocess.run(["ssh-keygen", "-L", "-f", "out-cert.pub"],
                   stdout=subprocess.PIPE)
ok(b'Key ID: "mail key"' in r.stdout and b"Serial: 99" in r.stdout,
   "export: ssh-keygen reads its certificate", r.stdout)
pem = good("export pem", "export", "--format", "pem", "--type", "x509", *AT)
same([x509.load_pem_x509_certificate((x + "-----END CERTIFICATE-----\n")
                                     .encode()).serial_number
      for x in pem.split("-----END CERTIFICATE-----\n")[:-1]],
     [BIG, 0x1234, 0xc0ffee, 99, 1000],
     "export --format pem: all of them")
good("export --out", "export", "--events", "--out", "audit.jsonl", *AT)
with open("audit.jsonl") as f:
    same(len([json.loads(x) for x in f]), 11, "export --out: in the file")
same(os.stat("audit.jsonl").st_mode & 0o777, 0o600, "... for its owner only")
bad("export --out on a file", "error allocating terminal", "export", "--out",
    "audit.jsonl", *AT)
good("export --out --force", "export", "--out", "audit.jsonl", "--force", *AT)
with open("audit.jsonl") as f:
    same(len([json.loads(x) for x in f]), 7, "... replaced")
ok(not os.path.exists("audit.jsonl.tmp"), "... nothing left over")
good("export --dir", "export", "--format", "der", "--dir", "certs", *AT)
same(sorted(os.listdir("certs")), sorted(
    ["%d.der" % BIG, "4660.der", "%d.der" % 0xc0ffee, "99.der", "1000.der",
     "99-cert.pub", "77-cert.pub"]), "export --dir: a file each")
with open("certs/4660.der", "rb") as f, open("b.der", "rb") as g:
    same(f.read(), g.read(), "... byte for byte")
bad("export --dir again", "File exists", "export", "--format", "der", "--dir",
    "certs", *AT)
good("export --dir --force", "export", "--format", "pem", "--dir", "certs",
     "--force", *AT)
bad("der without --dir", "requires the '--dir' flag", "export", "--format",
    "der", *AT)
bad("--dir with json", "flag '--dir' requires", "export", "--dir", "x", *AT)
bad("pem with --events", "incompatible", "export", "--format", "pem",
    "--events", *AT)
r = subprocess.run("'%s' store export --store store >/dev/full" % STEPC,
                   shell=True, env=ENV, stderr=subprocess.PIPE)
ok(r.returncode == 1 and b"cannot write to stdout" in r.stderr,
   "export to a full disk", r)

# --- show --------------------------------------------------------------------

for spelling in ("%d" % BIG, "0x%x" % BIG, "0X%X" % BIG, "%X" % BIG,
                 ":".join(re.findall("..", "%032x" % BIG)),
                 "00%x" % BIG):
    ok("a.example.com" in good("show " + spelling, "show", spelling, *AT),
       "... the certificate")
text = good("show a revoked one", "show", "c0ffee", *AT)
for part in ("State           revoked", "  Instead of    4660",
             '  Reason        keyCompromise (1): lost, "it"',
             "  Peer          192.0.2.1", "  Request       request-4",
             "  Request       request-2", "Not after       2100-01-01T00:00:00Z"
             " (in ", "  Provisioner   admin (JWK)"):
    ok(part in text, "... " + part.split()[0], text)
text = good("show digits: decimal and SSH", "show", "99", *AT)
ok("Key id          mail key\n" in text and "d.example.com" in text and "Type            SSH, of a user" in text and
   "never" in text, "... both that have it", text)
ok("\x1b" not in text, "... no control characters")
ok("SSH" not in good("show --type x509", "show", "99", "--type", "x509", *AT),
   "... one of them")
ok("b.example.com" in good("show digits that are hexadecimal", "show", "1234",
                           *AT), "... when nothing has them in decimal")
same([json.loads(x)["event"] for x in good(
    "show --format json", "show", "c0ffee", "--format", "json",
    *AT).splitlines()], ["renew", "revoke"], "... its records")
same(x509.load_pem_x509_certificate(good(
    "show --format pem", "show", "03e8", "--format", "pem",
    *AT).encode()).serial_number, 1000, "... the certificate")
ok("not issued here" in good("show what was revoked only", "show", "777", *AT),
   "... says so")
bad("show nothing", "there is no certificate with the serial number 0x5",
    "show", "0x5", *AT)
bad("show rubbish", "'xyz' is not a serial number", "show", "xyz", *AT)
bad("show too long", "is not a serial number", "show", "f" * 81, *AT)

# --- status ------------------------------------------------------------------

st = json.loads(good("status", "status", "--format", "json", *AT))
same({k: st["certificates"][k] for k in ("valid", "expired", "revoked", "x509",
                                         "ssh")},
     {"valid": 4, "expired": 1, "revoked": 2, "x509": 5, "ssh": 2},
     "... the counts")
same((st["ledger"]["records"], st["ledger"]["last"], st["revocations"],
      st["tokens"], st["index"]["usable"]), (11, 11, 3, 1, True), "... the rest")
same(st["ledger"]["lastHash"], events[-1]["hash"], "... the last hash")
text = good("status as text", "status", *AT)
ok(re.search(r"^  valid +4 \(0 of them", text, re.M) and
   re.search(r"^  numbers +1 to 11$", text, re.M), "... for people", text)
ok("Certificates" not in good("status --quick", "status", "--quick", *AT),
   "... counts nothing")

# --- backup, verify, rebuild --------------------------------------------------

anchor = good("backup", "backup", "copy", *AT).split()[1]
same(anchor, "11:" + events[-1]["hash"], "... tells the last record")
same(json.loads(good("list of the copy", "list", "--format", "json", "--store",
                     "copy")), all_rows, "... is the same")
bad("backup onto something", "copy is there already", "backup", "copy", *AT)
text = good("verify", "verify", "--anchor", anchor, *AT)
ok(text.endswith("anchor %s\nOK\n" % anchor) and "11 records" in text, "... OK",
   text)
bad("a bad anchor", "invalid value '11' for flag '--anchor'", "verify",
    "--anchor", "11", *AT)
r = run("verify", "--anchor", "11:" + "0" * 64, *AT)
ok(r.returncode == 3 and b"record 11 is not the one known" in r.stdout,
   "verify: not that anchor", r)

r = run("rebuild", *AT)
ok(r.returncode == 0 and b"11 records" in r.stderr, "rebuild", r)
text = good("verify what was rebuilt", "verify", *AT)
ok("14 entries" in text, "... the index has all", text)


def flip(path, off):
    with open(path, "r+b") as f:
        f.seek(off)
        b = f.read(1)
        f.seek(off)
        f.write(bytes([b[0] ^ 1]))


with open("store/ledger-00000001", "rb") as f:
    off = f.read().index(b"b.example.com")
shutil.copytree("store", "broken")
flip("broken/ledger-00000001", off)
r = run("verify", "--store", "broken")
ok(r.returncode == 3 and re.search(
    rb"^ledger-00000001: offset \d+: record 2 is damaged\n", r.stdout, re.M)
   and b"DAMAGED: " in r.stdout, "verify: a bit of the ledger", r)
bad("backup of it", "damaged", "backup", "copy2", "--store", "broken")
ok(not os.path.exists("copy2") and not os.path.exists("copy2.part"),
   "... leaves nothing")
shutil.rmtree("broken")
shutil.copytree("store", "broken", copy_function=shutil.copyfile)
name = next(n for n in os.listdir("broken") if n.endswith(".gdbm"))
r = run("status", "--store", "broken", "--quick")
ok(r.returncode == 1 and b"UNUSABLE" in r.stdout and b"somebody else" in
   r.stdout, "status: an index copied by hand is not trusted", r)
r = run("list", "--store", "broken", "--format", "json")
ok(json.loads(r.stdout) == all_rows and b"no usable index" in r.stderr,
   "list without an index: the same, with a warning", r)
with open("broken/" + name, "r+b") as f:
    f.truncate(4000)
r = run("verify", "--store", "broken")
ok(r.returncode == 3 and b"rebuild" in r.stderr and b"index" in r.stdout,
   "verify: a truncated index, and what to do", r)
run("rebuild", "--store", "broken")
good("verify after rebuild", "verify", "--store", "broken")

# --- by ca.json --------------------------------------------------------------

with open("pw", "w") as f:
    f.write("secret\n")
subprocess.run([STEPC, "ca", "init", "--name", "Demo", "--dns", "localhost",
                "--address", ":9443", "--provisioner", "admin",
                "--password-file", "pw"], env=ENV, check=True,
               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
r = run("list")
ok(r.returncode == 1 and b"there is no store in" in r.stderr,
   "a CA that has issued nothing yet", r)
subprocess.run([STEPC, "ca", "certificate", "x.example.com", "x.crt", "x.key",
                "--offline", "--provisioner", "admin", "--password-file", "pw"],
               env=ENV, check=True, stdin=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
mine = json.loads(good("by $STEPPATH", "list", "--format", "json"))
same([(r["subject"], r["peer"]) for r in mine], [("x.example.com", "offline")],
     "... what was issued offline")
env = dict(ENV, STEPPATH=tmp.name + "/elsewhere")
r = run("list", "--format", "json", "--ca-config", "step/config/ca.json",
        env=env)
same(json.loads(r.stdout or b"0"), mine, "--ca-config")
with open("x.crt", "rb") as f:
    c = x509.load_pem_x509_certificate(f.read())
ok("x.example.com" in good("show by openssl's serial", "show",
                           "%X" % c.serial_number), "... it is that one")

# --- many --------------------------------------------------------------------

fill("many", "many\t20000\t%d\t%d" % (FIRST, FUTURE))


def peak(*args):
    """(lines, most memory in KiB)"""
    p = subprocess.run(["/bin/sh", "-c", '"$@" | wc -l; '
                        'true', "sh", sys.executable, "-c",
                        "import resource, subprocess, sys\n"
                        "subprocess.run(sys.argv[1:], check=True)\n"
                        "print(resource.getrusage(resource.RUSAGE_CHILDREN)"
                        ".ru_maxrss, file=sys.stderr)",
                        STEPC, "store", *args], env=ENV,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return int(p.stdout), int(p.stderr.split()[-1])


with open(os.path.join(BUILD, "Makefile")) as f:
    CHECKER = "-fsanitize=address" in f.read()  # which has books of its own
for form, extra in (("table", 1), ("json", 2), ("csv", 1)):
    few = peak("list", "--format", form, *AT)[1]
    n, most = peak("list", "--format", form, "--store", "many")
    same(n, 20000 + extra, "%s: 20,000 rows" % form)
    ok(CHECKER or most < few + 8192, "... in hardly more memory than a few",
       "%d KiB, %d KiB for a few" % (most, few))
good("verify 20,000", "verify", "--store", "many")


def at_terminal(*args, pause=0):
    """What it writes to stderr, when that is a terminal; stdout is not read
    for pause seconds, which makes the work take longer than that."""
    master, slave = pty.openpty()
    p = subprocess.Popen([STEPC, "store", *args], env=ENV,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=slave)
    os.close(slave)
    time.sleep(pause)
    p.communicate()
    shown = b""
    while select.select([master], [], [], 0)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(master)
    return shown.decode()


shown = at_terminal("list", "--state", "revoked", "--store", "many")
ok(shown.endswith("no certificates like that\r\n"),
   "nothing found, and said so", repr(shown))
shown = at_terminal("list", "--store", "many", pause=0.7)
ok(re.search(r"\rreading: [\d,]+ of about 20,000 \(\d+ %\)", shown.replace(
    "\x1b[K", "")) and shown.endswith("\r\x1b[K"),
   "progress of long work at a terminal, taken away at its end", repr(shown))
same(run("list", "--store", "many").stderr, b"", "... and only there")

# --- prune -------------------------------------------------------------------

fill("old", "many\t20000\t%d\t%d" % (FIRST, PAST),
     "issue\t1\t1234\t%d\t%d\tb.example.com\tb.example.com\tb.der"
     % (FIRST, FUTURE),
     "revoke\t1\t1234\t1\tlost\t%d" % FUTURE,
     "issue\t1\t03e8\t%d\t%d\te.example.com\te.example.com\te.der"
     % (FIRST, PAST),
     "revoke\t1\t03e8\t1\tlost\t%d" % PAST)
old = good("before", "verify", "--store", "old").split("anchor ")[1].split()[0]


def pruned(name, *args):
    r = run("prune", "--store", "old", *args)
    ok(r.returncode == 0 and r.stdout == b"", name, r)
    return r.stderr.decode()


def size():
    return sum(os.stat("old/" + n).st_size for n in os.listdir("old"))


bad("a duration that is none", "invalid value '3 days' for flag "
    "'--keep-expired'", "prune", "--keep-expired", "3 days", "--store", "old")
ok("nothing to prune" in pruned("prune: keep all", "--keep-expired",
                                "forever"), "... nothing to do")
before = size()
text = pruned("prune", "--archive", "archive")
ok(re.search(r"^1 segment with 20,004 records moved to archive$", text, re.M),
   "... says what it did", text)
ok(size() < before / 4, "... space is back", before, size())
same([(r["serial"], r["number"], r["state"]) for r in json.loads(good(
    "list what is left", "list", "--format", "json", "--store", "old"))][:5],
     [("4660", 20001, "revoked")], "... the valid one, with its number")
same([(r["serial"], r["event"]) for r in json.loads(good(
    "its records", "list", "--events", "--format", "json", "--store",
    "old"))][:5],
     [("4660", "issue"), ("4660", "revoke"), ("1000", "revoke")],
     "... revocations are kept without a configuration")
ok("e.example.com" not in good("show what was forgotten", "show", "1000",
                               "--type", "x509", "--store", "old"),
   "... but for its revocation")
ok(good("verify what is left", "verify", "--store", "old").endswith("OK\n"),
   "... is whole")
r = run("verify", "--anchor", old, "--store", "old")
ok(r.returncode == 0 and b"has been pruned" in r.stderr,
   "... an older anchor tells nothing", r)
same(len(os.listdir("archive")), 1, "... the old segment is in the archive")
same(len(json.loads(good("list the archive", "list", "--format", "json",
                         "--store", "archive"))), 20002,
     "... which is a ledger of its own")
r = run("verify", "--anchor", old, "--store", "archive")
ok(r.returncode == 0 and b"20,004 records" in r.stdout and
   b"there is no index" in r.stderr, "... and can be verified", r)
good("backup of it", "backup", "old-copy", "--store", "old")
ok("nothing to prune" in pruned("prune again"), "... nothing to do")

# By ca.json: a revocation goes with its certificate, unless expired ones may
# be renewed.
CONFIG = "step/config/ca.json"
with open(CONFIG) as f:
    config = json.load(f)


def revocations_left(claims, *args, crl=None, end=PAST):
    config["authority"]["provisioners"][0]["claims"] = claims
    config["crl"] = crl
    with open(CONFIG, "w") as f:
        json.dump(config, f)
    shutil.rmtree("step/db/stepc")
    fill("step/db/stepc", "many\t3000\t%d\t%d" % (FIRST, PAST),
         "issue\t1\t03e8\t%d\t%d\te.example.com\te.example.com\te.der"
         % (FIRST, end), "revoke\t1\t03e8\t1\tlost\t%d" % end,
         "revoke\t1\t03e9\t1\tnobody knows\t0")
    r = run("prune", *args)
    ok(r.returncode == 0 and b"3,003 records removed" in r.stderr,
       "prune by ca.json, %r" % claims, r)
    return [r["serial"] for r in json.loads(good(
        "what is left", "list", "--events", "--format", "json"))]


same(revocations_left({}), ["1001"],
     "... all that is over, but a revocation without an end")
same(revocations_left({"allowRenewalAfterExpiry": True}), ["1000", "1001"],
     "... no revocation where expired certificates may be renewed")
# V2: on a list made after the end, however rarely lists are made.
SHORT = ["--keep-expired", "1h", "--keep-revoked", "1h"]
LISTS = {"enabled": True, "cacheDuration": "720h"}  # each for 20 days
for crl, days, want in ((None, 6, ["1000", "1001"]), (None, 8, ["1001"]),
                        (LISTS, 8, ["1000", "1001"]),
                        (LISTS, 49, ["1000", "1001"]), (LISTS, 51, ["1001"]),
                        (dict(LISTS, enabled=False), 8, ["1001"])):
    same(revocations_left({}, *SHORT, crl=crl,
                          end=int(time.time()) - days * 86400), want,
         "V2 ended %d days ago, lists: %r" % (days, crl))

done()
