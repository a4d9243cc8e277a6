#!/usr/bin/python3
"""stepc oauth against an identity provider that holds it to RFC 6749, 7636
and 8628: by a browser here, by a device code, by a code typed in."""

import json
import os
import pty
import select
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same
from stepc_signin import SignIn

STEPC = os.path.join(BUILD, "stepc")
who = SignIn(email="joe@example.com")
idp = who.idp
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(who.env(), NO_COLOR="1", STEPPATH=idp.tmp)
US = ("--provider", idp.url, "--client-id", "client", "--client-secret",
      "not so secret")


saw = ""


def stepc(*args, **env):
    """What the browser saw, if one was opened, is in saw."""
    global saw
    r = subprocess.run([STEPC, "oauth", *args], env=dict(ENV, **env),
                       text=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       start_new_session=True, timeout=100)
    saw = who.browser_saw() if "has been opened" in r.stderr else ""
    return r


def refused(name, r, text):
    ok(r.returncode == 1 and r.stdout == "" and text in r.stderr,
       name + ": exit 1, says " + text, r.returncode, r.stdout, r.stderr)


# --- a browser on this machine --------------------------------------------

r = stepc(*US)
ok(r.returncode == 0, "a browser signs in", r.stderr)
got = json.loads(r.stdout)
same(list(got), ["access_token", "id_token", "refresh_token", "expires_in",
                 "token_type"], "the answer's members, in step's order")
same((got["access_token"], got["expires_in"], got["token_type"]),
     ("the-access-token", 300, "Bearer"), "their values")
ask = who.asked[-1]
same((ask["response_type"], ask["client_id"], ask["scope"],
      ask["code_challenge_method"]), ("code", "client", "openid email",
                                      "S256"), "what is asked for")
ok(len(ask["state"]) >= 32 and len(ask["nonce"]) >= 32,
   "state and nonce are long")
ok(ask["redirect_uri"].startswith("http://127.0.0.1:"),
   "the browser comes back to 127.0.0.1")
same(who.last["client_secret"], "not so secret",
     "the client's secret goes with the code")
ok("Your default web browser has been opened to visit:\n\n" +
   idp.url + "/authorize?" in r.stderr, "says what was opened", r.stderr)
ok(saw.startswith("200 "), "the browser sees a page")

r = stepc(*US, "--bare")
same(r.stdout, "the-access-token\n", "--bare: the access token")
r2 = stepc(*US, "--bare", "--oidc")
same(r2.stdout.count("."), 2, "--bare --oidc: the ID token")
r = stepc(*US, "--header")
same(r.stdout, "Authorization: Bearer the-access-token\n", "--header")
ok(who.asked[-1]["state"] != who.asked[-2]["state"] and
   who.asked[-1]["nonce"] != who.asked[-2]["nonce"] and
   who.asked[-1]["code_challenge"] != who.asked[-2]["code_challenge"],
   "each sign-in has its own state, nonce and verifier")

r = stepc(*US, "--bare", "--scope", "openid", "--scope", "groups",
          "--prompt", "login", "--email", "joe@example.com", "--auth-param",
          "access_type=offline&x", "--auth-param", "flag")
ask = who.asked[-1]
same((r.returncode, ask["scope"], ask["prompt"], ask["login_hint"],
      ask["access_type"], ask["flag"]),
     (0, "openid groups", "login", "joe@example.com", "offline&x", ""),
     "--scope, --prompt, --email, --auth-param")
r = stepc(*US, "--bare", "--listen", "localhost:0")
ok(r.returncode == 0 and
   who.asked[-1]["redirect_uri"].startswith("http://localhost:"),
   "--listen", r.stderr)
r = stepc(*US, "--bare", "--redirect-url", idp.url + "/done")
ok(r.returncode == 0 and "not found" in saw,
   "--redirect-url: the browser ends there", r.stderr)
r = stepc("--authorization-endpoint", idp.url + "/authorize",
          "--token-endpoint", idp.url + "/token", "--client-id", "client",
          "--bare")
ok(r.returncode == 0 and "client_secret" not in who.last,
   "endpoints by flags, and no secret", r.stderr)

# --- what a browser may bring that is not ours ----------------------------

r = stepc(*US, "--bare", BROWSER_FIRST="/?code=stolen&state=guessed "
          "/?error=access_denied&state=x /elsewhere / /favicon.ico")
ok(r.returncode == 0 and r.stdout == "the-access-token\n",
   "requests with another state do not end the sign-in", r.stderr)
same(saw.splitlines()[:5],
     ["/?code=stolen&state=guessed 400", "/?error=access_denied&state=x 400",
      "/elsewhere 404", "/ 400", "/favicon.ico 404"],
     "each is refused")
ok("stolen" not in str(who.last), "and no such code is spent")

# --- refusals -------------------------------------------------------------

who.refuse = "access_denied"
refused("the person says no", stepc(*US),
        "Failed to authenticate: access_denied")
ok(saw.startswith("400 "), "the browser is told")
who.refuse = None
who.wrong_nonce = True
refused("an ID token of another sign-in", stepc(*US), "nonce")
who.wrong_nonce = False
codes = who.new_code
who.new_code = lambda ask: "unknown"
refused("a code that is none", stepc(*US),
        "Error exchanging authorization code: invalid_grant. no such code")
who.new_code = codes
idp.fail("/.well-known/openid-configuration", 500)
refused("discovery fails", stepc(*US), "status 500")
idp.fail("/.well-known/openid-configuration", "json")
refused("discovery is no JSON", stepc(*US), "no JSON object")
idp.fail("/.well-known/openid-configuration", "large")
refused("discovery is large", stepc(*US), "larger than")
idp.fail("/.well-known/openid-configuration")
idp.discovery = {"token_endpoint": "http://localhost/token"}
refused("an endpoint without TLS", stepc(*US),
        "'token_endpoint' in provider metadata is not an https URL")
idp.discovery = {"authorization_endpoint": None}
refused("no authorization endpoint", stepc(*US),
        "missing or invalid 'authorization_endpoint'")
idp.discovery = {}
refused("an unknown root", stepc(*US, SSL_CERT_FILE=os.devnull), "TLS")
refused("a provider without TLS", stepc("--provider", "http://localhost",
        "--client-id", "x"), "it must be an https URL")
refused("no client", stepc("--provider", idp.url),
        "requires the '--client-id' flag")
refused("an address that is none", stepc(*US, "--listen", "nowhere"),
        "invalid value 'nowhere' for flag '--listen'")

# --- without a browser here -----------------------------------------------

who.pending = ["authorization_pending"]
r = stepc(*US, "--console", "--bare")
ok(r.returncode == 0 and r.stdout == "the-access-token\n",
   "--console signs in with a device code", r.stderr)
same(r.stderr, "Visit %s/activate and enter the code:\nWDJB-MJHT\n" % idp.url,
     "and says where, and which")
same((who.last["device_code"], who.last["client_id"]),
     ("device-1", "client"), "what is asked for at the end")
who.pending = ["access_denied"]
refused("the person says no", stepc(*US, "--console"),
        "The sign-in failed: access_denied")
who.pending = ["expired_token"]
refused("the code is too old", stepc(*US, "--console-flow", "device"),
        "The sign-in failed: expired_token")
idp.discovery = {"device_authorization_endpoint": None}
refused("no such endpoint", stepc(*US, "--console-flow", "device"),
        "missing or invalid 'device_authorization_endpoint'")


def type_code(*args):
    """Reads the URL, asks the provider for a code as a browser elsewhere
    would, types it."""
    master, slave = pty.openpty()
    p = subprocess.Popen([STEPC, "oauth", *args], env=ENV, stdin=slave,
                         stdout=subprocess.PIPE, stderr=slave,
                         start_new_session=True)
    os.close(slave)
    seen = ""
    while "code: " not in seen.replace("\x1b[0m", ""):
        if not select.select([master], [], [], 60)[0]:
            break
        try:
            seen += os.read(master, 4096).decode()
        except OSError:
            break
    url = [w for w in seen.split() if w.startswith(idp.url)]
    if url:
        from stepc_signin import fields
        ask = fields(url[0].partition("?")[2])
        os.write(master, who.new_code(ask).encode() + b"\n")
    out = p.stdout.read().decode()
    p.stdout.close()
    p.wait()
    os.close(master)
    return p.returncode, out, seen, url


status, out, seen, url = type_code(*US, "--console", "--bare")
ok(status == 0 and out == "the-access-token\n" and
   "redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob" in url[0],
   "--console without device codes: the person types one", status, out, seen)
ok("Open a local web browser and visit:" in seen, "and is told where")
idp.discovery = {}
status, out, seen, url = type_code(*US, "--console-flow", "oob", "--bare")
ok(status == 0 and out == "the-access-token\n", "--console-flow oob", seen)

done()
