#!/usr/bin/python3
"""A certificate's life with stepc, curl and the real nginx and handlers:
renewed and rekeyed by client certificate and by token, with TLS 1.2 and 1.3,
in fresh and resumed sessions, through a proxy that swallows client
certificates, after it has expired, by the daemon, and, of the web server, by
the shipped unit; revoked, and refused from then on, by every worker."""

import datetime
import json

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, CA, SRC, done, free_port, ok, same
from stepc_faults import only, worker_pids
from stepc_renew import Client, Pair, renew_token
from fake_ca import Daemon, load, load_key, match


def edit(config, demo):
    config["crl"] = {"enabled": True, "generateOnRevoke": True}
    config["authority"].setdefault("claims", {})["minTLSCertDuration"] = "1s"
    late = dict(config["authority"]["provisioners"][0], name="late",
                claims={"allowRenewalAfterExpiry": True})
    late["key"] = dict(late["key"], kid="late")
    config["authority"]["provisioners"].append(late)


ca = CA(edit)
home = os.path.join(ca.tmp, "home")
os.mkdir(home)
os.chdir(ca.tmp)
STEPC = os.path.join(BUILD, "stepc")
ROOT = os.path.join(ca.demo, "certs/root_ca.crt")
INTER = os.path.join(ca.demo, "certs/intermediate_ca.crt")
PW = os.path.join(ca.demo, "password.txt")
NAME = ca.provisioner["name"]
URL = "https://localhost:%d" % ca.port
ENV = {k: v for k, v in ca.env.items()
       if not k.startswith("STEP") and not k.lower().endswith("_proxy")}
ENV.update(STEPPATH=home, NO_COLOR="1")

# stepc takes the best version of TLS that it is offered: there is a server
# for each.
PORT12 = free_port()
URL12 = "https://localhost:%d" % PORT12
TLS = (("TLS 1.3", ["--ca-url", URL]), ("TLS 1.2", ["--ca-url", URL12]))


def stepc(*args, env=ENV):
    return subprocess.run([STEPC, *args], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True)


def good(name, *args, **kw):
    r = stepc(*args, **kw)
    ok(r.returncode == 0, name, r.returncode, r.stdout, r.stderr)
    return r


def bad(name, text, *args, **kw):
    before = ca.ledger()
    r = stepc(*args, **kw)
    ok(r.returncode == 1 and text in r.stderr, name, r.returncode, r.stderr,
       "want: " + text)
    same(ca.ledger(), before, "and nothing is recorded")
    return r


def certificate(name, *args, by=NAME):
    good("a certificate for " + name, "ca", "certificate", name,
         name + ".crt", name + ".key", "--provisioner", by,
         "--password-file", PW, "-f", *args)
    return name + ".crt", name + ".key"


def serial(path):
    return load(path)[0].serial_number


def slurp(path):
    with open(path) as f:
        return f.read()


def verified(name, crt):
    r = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", ROOT,
                        "-untrusted", crt, crt], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    ok(r.returncode == 0, name + ": openssl verify", r.stdout)


# nginx says how it was spoken to, in a log of its own.
CONF = os.path.join(ca.demo, "nginx/nginx.conf")
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
RELOAD = [NGINX, "-p", ca.demo, "-c", CONF, "-s", "reload"]
with open(os.path.join(ca.demo, "nginx/stepc.conf")) as f:
    text = f.read().replace(str(ca.port), str(PORT12))
text = text.replace("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1.2;")
with open(os.path.join(ca.demo, "nginx/tls12.conf"), "w") as f:
    f.write(text)
with open(CONF) as f:
    text = f.read()
with open(CONF, "w") as f:
    f.write(text.replace("http {", """http {
	include %s/nginx/tls12.conf;
	log_format life "$ssl_protocol $ssl_session_reused "
		"$ssl_client_verify $request_method $uri $status;";
	access_log %s/life.log life;""" % (ca.demo, ca.tmp), 1))


def logged():
    try:
        return slurp(ca.tmp + "/life.log")
    except FileNotFoundError:
        return ""


def until(condition, name):
    deadline = time.monotonic() + 30
    # Once is enough: a worker that nginx is about to end may answer again.
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    ok(met, name)


def spoken(name, want, before):
    """The last lines of that log are want; the log of before is given."""
    until(lambda: logged()[len(before):].count("\n") >= len(want), name +
          ": is in nginx's log")
    same(logged()[len(before):].splitlines(), want, name + ": as meant")


def reload_done():
    ca.request("GET", "/health")
    ca.conn = None
    return "GET /health" in logged()


subprocess.run(RELOAD, check=True, stderr=subprocess.DEVNULL)
until(reload_done, "nginx has read its configuration")

good("bootstrap", "ca", "bootstrap", "--ca-url", URL, "--fingerprint",
     stepc("certificate", "fingerprint", ROOT).stdout.strip())

# --- from when and until when ---------------------------------------------


def life(*args):
    """(from, to) of a certificate for these times, in seconds."""
    c = load(certificate("when.example.com", *args)[0])[0]
    begin, end = (t.replace(tzinfo=datetime.timezone.utc).timestamp()
                  for t in (c.not_valid_before, c.not_valid_after))
    return begin, end


def at(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


OFFLINE = ["--offline", "--ca-config", os.path.join(ca.demo, "config/ca.json")]
for where, how in (("", []), (", offline", OFFLINE)):
    now = time.time()
    begin, end = life("--not-after", "1h", *how)
    ok(abs(begin - now + 60) < 30 and end - begin == 3660,
       "--not-after a duration: from a minute ago on" + where, begin, end)
    begin, end = life("--not-before", "10m", "--not-after", "2h", *how)
    ok(abs(begin - now - 600) < 30 and abs(end - begin - 7200) <= 1,
       "--not-before and --not-after: durations" + where, begin, end)
    want = int(now) + 3600, int(now) + 7200
    same(life("--not-before", at(want[0]), "--not-after", at(want[1]), *how),
         want,
         "--not-before and --not-after: times" + where)
    for name, why, args in (
            ("C13 the end before the start", "cannot be before notBefore",
             ("--not-before", at(now + 7200), "--not-after", at(now + 3600))),
            ("C13 the end in the past", "cannot be in the past",
             ("--not-after", at(now - 3600))),
            ("C13 beyond the maximum", "more than the authorized maximum",
             ("--not-after", "24h1m"))):
        bad(name + where, why, "ca", "certificate",
            "when.example.com", "no.crt", "no.key", "--provisioner", NAME,
            "--password-file", PW, *args, *how)
        ok(not os.path.exists("no.crt") and not os.path.exists("no.key"),
           "and nothing is written")

# --- renew and rekey -----------------------------------------------------

crt, key = certificate("life.example.com", "--san", "life.example.com",
                       "--san", "10.1.2.3")
seen = {serial(crt)}
for version, at in TLS:
    for how in ([], ["--mtls=false"]):
        for verb in ("renew", "rekey"):
            what = " ".join([verb, version] + how)
            old, oldkey = load(crt)[0], slurp(key)
            before = logged()
            r = good(what, "ca", verb, crt, key, "-f", *how, *at)
            spoken(what, ["%s . %s POST /%s 201;" % (
                version.replace(" ", "v"), "NONE" if how else "SUCCESS",
                verb)], before)
            ok("token is sent instead" not in r.stderr, "no fall-back",
               r.stderr)
            new = load(crt)[0]
            ok(new.serial_number not in seen and match(crt, key),
               "another serial number, for this key")
            seen.add(new.serial_number)
            same((new.subject, slurp(key) == oldkey),
                 (old.subject, verb == "renew"), "names and key as they should"
                 " be")
            verified(what, crt)
with open("leaf.crt", "w") as f:
    f.write(slurp(crt).split("-----END CERTIFICATE-----")[0] +
            "-----END CERTIFICATE-----\n")
good("renew without the chain, by client certificate", "ca", "renew",
     "leaf.crt", key, "--out", "from-leaf.crt")
for kty in ("RSA", "OKP"):
    good("rekey to " + kty, "ca", "rekey", crt, key, "-f", "--kty", kty)
    good("and renew that by token", "ca", "renew", crt, key, "-f",
         "--mtls=false")
    good("and rekey that by token", "ca", "rekey", crt, key, "-f",
         "--mtls=false", "--kty", kty)
    ok(match(crt, key), "they fit")

# --- through a proxy -----------------------------------------------------

PROXIES = (("TLS 1.3", free_port()), ("TLS 1.2", free_port()))
os.mkdir("proxy")
with open("proxy/nginx.conf", "w") as f:
    f.write("""%s
pid %s/proxy/pid;
error_log %s/proxy/error.log;
events { }
http {
	access_log off;
	client_body_temp_path proxy/body;
	proxy_temp_path proxy/proxy;
	fastcgi_temp_path proxy/fastcgi;
	scgi_temp_path proxy/scgi;
	uwsgi_temp_path proxy/uwsgi;
	ssl_certificate %s/nginx/server.crt;
	ssl_certificate_key %s/nginx/server.key;
""" % ("user root;" if os.getuid() == 0 else "", ca.tmp, ca.tmp, ca.demo,
       ca.demo))
    for version, port in PROXIES:
        f.write("""	server {
		listen 127.0.0.1:%d ssl;
		ssl_protocols %s;
		location / {
			proxy_pass https://localhost:%d;
		}
	}
""" % (port, version.replace(" ", "v"), ca.port))
    f.write("}\n")
subprocess.run([NGINX, "-p", ca.tmp, "-c", "proxy/nginx.conf"], check=True,
               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
for version, port in PROXIES:
    PROXY = "https://localhost:%d" % port
    for verb in ("renew", "rekey"):
        what = "%s through a proxy, %s" % (verb, version)
        old = serial(crt)
        r = good(what, "ca", verb, crt, key, "-f", "--ca-url", PROXY)
        ok("The client certificate did not reach the CA (The request lacked "
           "necessary authorization to be completed: missing client "
           "certificate); a token is sent instead.\n" in r.stderr,
           "says so", r.stderr)
        ok(serial(crt) != old and match(crt, key), "and has it")
        r = good(what + ", --mtls=false", "ca", verb, crt, key, "-f",
                 "--mtls=false", "--ca-url", PROXY)
        ok("did not reach" not in r.stderr, "says nothing", r.stderr)
bad("revoke --cert through a proxy", "revoke " + crt + " by its serial number, "
    "with a provisioner: 'stepc ca revoke %d'" % serial(crt), "ca", "revoke",
    "--cert", crt, "--key", key, "--ca-url", PROXY)
with open("proxy/pid") as f:
    os.kill(int(f.read()), signal.SIGTERM)

# --- curl ----------------------------------------------------------------


def curl(version, crt, key, *args):
    """One command, each address over a connection of its own."""
    args = ["curl", "-sS", "--http1.1", "-H", "Connection: close", "--cacert",
            ROOT, "--tlsv1." + version[-1], "--tls-max", version[-3:],
            "-w", "\\n%{http_code}\\n", *args]
    if crt is not None:
        args[1:1] = ["--cert", crt, "--key", key]
    r = subprocess.run(args, env=ENV, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    lines = [s for s in r.stdout.splitlines() if s]
    return [int(s) for s in lines[1::2]], [json.loads(s) for s in lines[::2]]


def line(version, reused, verify, path, status):
    return "%s %s %s POST %s %d;" % (version.replace(" ", "v"), reused, verify,
                                     path, status)


for version, at in TLS:
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes",
                    "-subj", "/", "-keyout", "curl.key", "-out", "curl.csr"],
                   check=True, stderr=subprocess.DEVNULL)
    with open("csr.json", "w") as f:
        json.dump({"csr": slurp("curl.csr")}, f)
    for path, body in (("/renew", ["-X", "POST"]),
                       ("/rekey", ["--data-binary", "@csr.json"])):
        before = logged()
        status, docs = curl(version, crt, key, *body, URL + path, URL + path)
        same(status, [201, 201], "curl %s, %s, twice" % (path, version))
        spoken(path, [line(version, ".", "SUCCESS", path, 201),
                      line(version, "r", "SUCCESS", path, 201)], before)
        with open("curl.crt", "w") as f:
            f.write("".join(docs[1]["certChain"]))
        verified("from a resumed session", "curl.crt")
        ok(match("curl.crt", key if path == "/renew" else "curl.key"),
           "for the right key")
        pair = Pair([slurp(crt)[:slurp(crt).index("-----END")] +
                     "-----END CERTIFICATE-----\n", slurp(INTER)],
                    load_key(key))
        token = renew_token(ca, pair, "/1.0" + path)
        before = logged()
        status, docs = curl(version, None, None, "-H", "Authorization: Bearer "
                            + token, *body, URL + path)
        same(status, [201], "curl %s, %s, by token" % (path, version))
        spoken(path, [line(version, ".", "NONE", path, 201)], before)
    with open("revoke.json", "w") as f:
        json.dump({"serial": str(serial("curl.crt")), "reasonCode": 4,
                   "passive": True}, f)
    status, docs = curl(version, "curl.crt", "curl.key", "--data-binary",
                        "@revoke.json", URL + "/revoke", URL + "/revoke",
                        "-X", "POST", URL + "/renew")
    same(([200, 400, 401], {"status": "ok"}), (status, docs[0]),
         "curl /revoke by the certificate, again, and /renew, " + version)
    c, k = certificate("curl.example.com")
    with open("revoke.json", "w") as f:
        json.dump({"serial": str(serial(c)), "passive": True, "ott": stepc(
            "ca", "token", "--revoke", hex(serial(c)), "--provisioner", NAME,
            "--password-file", PW).stdout.strip()}, f)
    status, docs = curl(version, None, None, "--data-binary", "@revoke.json",
                        URL + "/revoke")
    same((status, docs), ([200], [{"status": "ok"}]),
         "curl /revoke by a token of stepc, " + version)
    bad("stepc has no use for it", "certificate is revoked", "ca", "renew", c,
        k, "-f", *at)

# --- the daemon ----------------------------------------------------------

d = Daemon([STEPC, "ca", "renew", "--daemon", crt, key, "--exec",
            "sh hook"], ENV)
with open("hook", "w") as f:
    f.write('echo "hook $STEPC_CERT"\n')
ok(d.wait("first renewal in 1"), "the daemon", d)
old = serial(crt)
d.send(signal.SIGHUP)
ok(d.wait("life.example.com certificate renewed, next in 1") and
   d.wait("hook " + crt), "renews", d)
same((d.end(), serial(crt) != old), (0, True), "the file")

# --- after the end -------------------------------------------------------


def expired(name, by):
    pair = certificate(name, "--not-after", "2s", by=by)
    while stepc("certificate", "needs-renewal", "--expires-in", "0s",
                pair[0]).returncode != 0:
        time.sleep(0.05)
    # Valid to the end of that second.
    while time.time() <= load(pair[0])[0].not_valid_after.replace(
            tzinfo=datetime.timezone.utc).timestamp() + 1:
        time.sleep(0.05)
    return pair


c, k = expired("gone.example.com", NAME)
for verb in ("renew", "rekey"):
    bad("K4 %s an expired certificate" % verb, "certificate expired on 20",
        "ca", verb, c, k, "-f")
c, k = expired("late.example.com", "late")
good("with allowRenewalAfterExpiry", "ca", "renew", c, k, "-f")
verified("the new one", c)

# --- the web server's own certificate ------------------------------------


def served():
    context = ssl.create_default_context(cafile=ROOT)
    with socket.create_connection(("localhost", ca.port)) as s, \
            context.wrap_socket(s, server_hostname="localhost") as t:
        return int(t.getpeercert()["serialNumber"], 16)


unit = {}
with open(os.path.join(SRC, "nginx/stepc-renew@.service")) as f:
    for line in f:
        name, eq, value = line.rstrip("\n").partition("=")
        if eq:
            unit.setdefault(name, []).append(value)
server = os.path.join(ca.demo, "nginx/server")
env = dict(ENV, CERT=server + ".crt", KEY=server + ".key")
commands = [re.sub(r"\$\{(\w+)\}", lambda m: env[m.group(1)],
                   unit[name][0]).replace("/usr/local/bin/stepc", STEPC)
            .split() for name in ("ExecCondition", "ExecStart")]
same(subprocess.run(commands[0], env=env).returncode, 1,
     "unit: not yet, skipped")
before = served()
r = subprocess.run(commands[1], env=env, stdin=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True)
same((r.returncode, serial(server + ".crt") != before, served() == before),
     (0, True, True), "unit: renewed, nginx has not seen it")
with open("systemctl", "w") as f:
    f.write("#!/bin/sh\nkill -HUP $(cat %s/run/nginx.pid)\n"
            'echo "$*" >systemctl.log\n' % ca.demo)
os.chmod("systemctl", 0o755)
post = re.fullmatch(r"/bin/sh -c '(.*)'", unit["ExecStartPost"][0]).group(1)
env.update(PATH=ca.tmp + ":" + env["PATH"], RELOAD="nginx.service")
same(subprocess.run(["/bin/sh", "-c", post], env=env).returncode, 0,
     "unit: reload")
same(slurp("systemctl.log"),
     "--no-block try-reload-or-restart nginx.service\n", "of nginx")
until(lambda: served() == serial(server + ".crt") != before,
      "nginx shows the new one")
old = served()
good("the same in one command", "ca", "renew", server + ".crt",
     server + ".key", "-f", "--pid-file",
     os.path.join(ca.demo, "run/nginx.pid"))
until(lambda: served() == serial(server + ".crt") != old,
      "nginx shows that one")
d = Daemon([STEPC, "ca", "renew", "--daemon", server + ".crt", server + ".key",
            "--exec", " ".join(RELOAD)], ENV)
ok(d.wait("first renewal in"), "the same for good", d)
old = served()
d.send(signal.SIGHUP)
ok(d.wait("certificate renewed, next in"), "renews", d)
until(lambda: served() == serial(server + ".crt") != old,
      "and nginx shows it")
same(d.end(), 0, "until it is told to end")
if shutil.which("systemd-analyze"):
    os.mkdir("units")
    for name in ("stepc-renew@.service", "stepc-renew@.timer"):
        with open(os.path.join(SRC, "nginx", name)) as f:
            text = f.read().replace("/usr/local/bin/stepc", STEPC)
        with open("units/" + name.replace("@", "@server"), "w") as f:
            f.write(re.sub("Documentation=.*\n", "", text))
    r = subprocess.run(["systemd-analyze", "verify",
                        "units/stepc-renew@server.service",
                        "units/stepc-renew@server.timer"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    ok(r.returncode == 0 and "stepc-renew" not in r.stdout,
       "systemd understands the units", r.stdout)

# --- revocation ----------------------------------------------------------

BY = ["--provisioner", NAME, "--password-file", PW]
for number, (version, at) in enumerate(TLS):
    c, k = certificate("revoked%d.example.com" % number)
    n = serial(c)
    r = good("revoke by serial number, " + version, "ca", "revoke",
             hex(n) if number else str(n), *BY, "--reasonCode",
             "keyCompromise", "--reason", "laptop lost", *at)
    ok("Certificate with Serial Number %d has been revoked." % n in r.stderr,
       "says which", r.stderr)
    for verb in ("renew", "rekey"):
        for how in ([], ["--mtls=false"]):
            before = slurp(c), slurp(k)
            bad("%s of it, %s %s" % (verb, version, how),
                "certificate is revoked", "ca", verb, c, k, "-f", *how, *at)
            same((slurp(c), slurp(k)), before, "the files stay")
    bad("a second time", "already revoked", "ca", "revoke", str(n), *BY,
        *at)
    c, k = certificate("self%d.example.com" % number)
    good("revoke by the certificate itself, " + version, "ca", "revoke",
         "--cert", c, "--key", k, *at)
    bad("renew of it", "certificate is revoked", "ca", "renew", c, k, "-f",
        *at)
c, k = certificate("token.example.com")
r = good("a token that revokes", "ca", "token", "--revoke", *BY,
         str(serial(c)))
bad("for another certificate", "do not match", "ca", "revoke", "--token",
    r.stdout.strip(), "4711")
good("is taken", "ca", "revoke", "--token", r.stdout.strip(), hex(serial(c)))
bad("renew of it", "certificate is revoked", "ca", "renew", c, k, "-f")

# No worker takes it any more, in whatever session, by whatever way.
WORKERS = worker_pids(ca, "renew")
ok(len(WORKERS) >= 2, "there are several workers", WORKERS)
c, k = certificate("workers.example.com")
chain = slurp(c).split("-----END CERTIFICATE-----\n")
pair = Pair([p + "-----END CERTIFICATE-----\n" for p in chain[:-1]],
            load_key(k))
clients = []
for w in WORKERS:
    for version in ("1.2", "1.3"):
        client = Client(ca, pair, version)
        status = only(w, WORKERS, lambda: client.post("/renew")[0])
        same(status, 201, "worker of renew, TLS %s: takes it" % version)
        clients.append((w, version, client))
good("revoke it", "ca", "revoke", "--cert", c, "--key", k)
for w, version, client in clients:
    ok(client.connect(), "TLS %s: a resumed session" % version)
    status, doc = only(w, WORKERS, lambda: client.post("/renew"))
    ok(status == 401 and "certificate is revoked" in doc["message"],
       "the worker refuses in the resumed session", status, doc)
for w in WORKERS:
    for how in ([], ["--mtls=false"]):
        for verb in ("renew", "rekey"):
            only(w, WORKERS, lambda: bad(
                " ".join(["and", verb] + how), "certificate is revoked",
                "ca", verb, c, k, "-f", *how))

# Beside the running servers.
c, k = certificate("offline.example.com")
good("revoke --offline", "ca", "revoke", hex(serial(c)), *BY, *OFFLINE)
bad("which the servers know", "certificate is revoked", "ca", "renew", c, k,
    "-f")
c, k = certificate("offline2.example.com")
good("revoke --offline --cert", "ca", "revoke", "--cert", c, "--key", k,
     *OFFLINE)
bad("which the servers know", "certificate is revoked", "ca", "renew", c, k,
    "-f")
bad("a second time", "already revoked", "ca", "revoke", "--cert", c, "--key",
    k, *OFFLINE)

# The revocation list has them all.
r = good("crl inspect", "crl", "inspect", "--ca", INTER, "--roots", ROOT,
         URL + "/crl")
ok("Valid: true\n" in r.stdout and "Key Compromise\n" in r.stdout and
   "Serial Number: %d (" % serial(c) in r.stdout, "shows it", r.stdout)
same(r.stdout.count("Serial Number: "), 12, "all of them")
ca.check_logs()
done()
