#!/usr/bin/python3
"""The ledger is the audit trail: every issuance, renewal, rekey and revocation
has a record of who, what, when and in which request; every refusal a line of
the log with its reason under the request's id, and no record."""

import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from jwcrypto import jwk
import stepc_ssh
from stepc_ca import BUILD, CA, done, make_csr, make_key, ok, same
from stepc_renew import Client, Pair, issue, mtls, renew_token

PEM = serialization.Encoding.PEM
ca = CA()
ids = []


def new_id():
    ids.append("audit-%d" % len(ids))
    return ids[-1]


def post(path, body, **headers):
    """(request id, status, document)"""
    rid = new_id()
    status, got, data = ca.request("POST", path, body, dict(
        headers, **{"X-Request-Id": rid, "Content-Type": "application/json"}))
    same(got["X-Request-Id"], rid, "%s: the answer has the request's id" % path)
    return rid, status, json.loads(data)


def records():
    r = subprocess.run(
        [os.path.join(BUILD, "stepc"), "store", "export", "--events",
         "--ca-config", os.path.join(ca.demo, "config/ca.json")], env=ca.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    if r.returncode != 0:
        print("Bail out! export: %r" % r.stderr)
        sys.exit(1)
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    for row in rows:  # what a later record changes
        row.pop("state", None)
        row.pop("revoked", None)
    return rows


def logged(rid):
    """The lines of all logs with this request's id, as dicts."""
    found = []
    log = os.path.join(ca.demo, "log")
    for name in sorted(os.listdir(log)):
        with open(os.path.join(log, name), errors="replace") as f:
            for line in f:
                if re.search(r"\brequest=\"?%s\b" % rid, line):
                    found.append({k: v.strip('"') for k, v in re.findall(
                        r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)})
    return found


def line_of(rid):
    for _ in range(100):
        found = logged(rid)
        if found:
            return found
        time.sleep(0.05)
    return []


def iso(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


before = records()
begin = len(before)


def recorded(name, rid, pem, want, provisioner=None):
    """One record more, which says all of this; the log agrees."""
    global before
    now = records()
    if not ok(now[:-1] == before, name + ": one record more",
              "%d, %d" % (len(before), len(now))):
        before = now
        return
    rec, before = now[-1], now
    want = dict(want, requestID=rid, peer="127.0.0.1")
    if pem is not None:
        c = x509.load_pem_x509_certificate(pem.encode())
        want.update(serial=str(c.serial_number), type="x509",
                    notBefore=iso(c.not_valid_before),
                    notAfter=iso(c.not_valid_after),
                    certificate=c.public_bytes(PEM).decode())
    same({k: rec.get(k) for k in want}, want, name + ": who and what")
    same(rec["provisioner"], provisioner or {
        "name": ca.provisioner["name"], "type": "JWK",
        "id": "%s:%s" % (ca.provisioner["name"], ca.kid)},
        name + ": which provisioner")
    ok(abs(time.time() - time.mktime(time.strptime(
        rec["time"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 60,
       name + ": when", rec["time"])
    lines = line_of(rid)
    ok(len(lines) == 1 and lines[0].get("serial") == rec["serial"] and
       lines[0].get("peer") == rec["peer"] and
       lines[0].get("provisioner") == rec["provisioner"]["name"] and
       lines[0].get("subject") in (rec["subject"], rec["serial"]),
       name + ": one line of the log, with the same", lines, rec)


def refused(name, rid, status, got, reason):
    """The line has the reason and the status; nothing was recorded."""
    global before
    now = records()
    same(got, status, name + ": refused")
    ok(now == before, name + ": no record")
    before = now
    lines = line_of(rid)
    ok(len(lines) == 1 and lines[0].get("status") == str(status) and
       reason in lines[0].get("error", ""),
       name + ": one line of the log, with the reason", lines,
       "want: " + reason)


# --- sign ----------------------------------------------------------------

key = make_key()
names = ["a.example.com", "www.example.com", "192.0.2.7"]
claims = ca.claims("a.example.com", sans=names)
token = ca.token(claims)
csr = make_csr(key, "a.example.com", [
    x509.DNSName(names[0]), x509.DNSName(names[1]),
    x509.IPAddress(__import__("ipaddress").ip_address(names[2]))])
rid, status, doc = post("/1.0/sign", {"csr": csr, "ott": token})
same(status, 201, "sign")
recorded("sign", rid, doc["crt"], {
    "event": "issue", "subject": "a.example.com", "names": names})
ok(re.fullmatch("[0-9a-f]{64}", before[-1]["token"]["sha256"]),
   "sign: which token, by its hash")
first = Pair(doc["certChain"], key)

rid, status, doc = post("/1.0/sign", {"csr": csr, "ott": token})
refused("sign with a used token", rid, 401, status, "used")
rid, status, doc = post("/1.0/sign", {"csr": csr, "ott": ca.token(
    claims, key=jwk.JWK.generate(kty="EC", crv="P-256"))})
refused("sign with another key", rid, 401, status, "")
rid, status, doc = post("/1.0/sign", {"csr": make_csr(key, "b.example.com"),
                                      "ott": ca.token()})
refused("sign for other names", rid, 403, status, "b.example.com")
rid, status, doc = post("/1.0/sign", {"csr": csr})
refused("sign without a token", rid, 400, status, "missing ott")

# --- renew, by TLS ---------------------------------------------------------


def by_tls(pair, path, body=b""):
    rid = new_id()
    status, doc = mtls(ca, pair, path, body, {"X-Request-Id": rid})
    return rid, status, doc


rid, status, doc = by_tls(first, "/1.0/renew")
same(status, 201, "renew")
recorded("renew", rid, doc["crt"], {
    "event": "renew", "subject": "a.example.com", "names": names,
    "replaces": str(first.serial)})
second = Pair(doc["certChain"], key)

# --- rekey, by token ---------------------------------------------------------

new_key = make_key()
bearer = "Bearer " + renew_token(ca, second, "/1.0/rekey")
body = {"csr": make_csr(new_key, "a.example.com")}
rid, status, doc = post("/1.0/rekey", body, Authorization=bearer)
same(status, 201, "rekey")
recorded("rekey", rid, doc["crt"], {
    "event": "rekey", "subject": "a.example.com", "names": names,
    "replaces": str(second.serial)})
third = Pair(doc["certChain"], new_key)
rid, status, doc = post("/1.0/rekey", body, Authorization=bearer)
refused("rekey with a used token", rid, 401, status, "used")
rid, status, doc = post("/1.0/renew", {})
refused("renew with nothing", rid, 401, status, "missing client certificate")

# --- revoke, by token and by the certificate itself --------------------------


def revocation(serial, **more):
    return dict({"serial": str(serial), "reasonCode": 1,
                 "reason": "key <lost>", "passive": True}, **more)


def revoke_token(serial):
    return ca.token(ca.claims(
        str(serial), sans=None,
        aud="https://localhost:%d/1.0/revoke" % ca.port))


rid, status, doc = post("/1.0/revoke", revocation(
    first.serial, ott=revoke_token(first.serial)))
same(status, 200, "revoke by token")
recorded("revoke by token", rid, None, {
    "event": "revoke", "subject": str(first.serial), "type": "x509",
    "serial": str(first.serial), "reasonCode": 1, "reason": "keyCompromise",
    "reasonText": "key <lost>", "notAfter": iso(first.cert.not_valid_after)})
rid, status, doc = by_tls(third, "/1.0/revoke", revocation(
    third.serial, reasonCode=4, reason=""))
same(status, 200, "revoke by itself")
recorded("revoke by itself", rid, None, {
    "event": "revoke", "subject": "a.example.com", "type": "x509",
    "serial": str(third.serial), "reasonCode": 4, "reason": "superseded",
    "reasonText": "", "notAfter": iso(third.cert.not_valid_after)})
rid, status, doc = post("/1.0/revoke", revocation(
    first.serial, ott=revoke_token(first.serial)))
refused("revoke again", rid, 400, status, "already revoked")
rid, status, doc = post("/1.0/revoke", revocation(
    second.serial, ott=revoke_token(first.serial)))
refused("revoke another", rid, 403, status, "do not match")
rid, status, doc = by_tls(first, "/1.0/renew")
refused("renew what is revoked", rid, 401, status, "revoked")
rid, status, doc = post("/1.0/sign", "{")
refused("sign with no JSON", rid, 400, status, "")

# --- SSH ---------------------------------------------------------------------

if stepc_ssh.KEYGEN is None:
    print("# no ssh-keygen: nothing about SSH")
else:
    ssh = stepc_ssh.Ssh(ca)
    POP = {"name": "sshpop", "id": "sshpop/sshpop", "type": "SSHPOP"}

    def ssh_want(crt, **more):
        """What the record of a certificate tells, by ssh-keygen."""
        c = stepc_ssh.inspect(crt)
        return dict({
            "serial": c["Serial"], "keyID": c["Key ID"].strip('"'),
            "names": c["principals"],
            "notBefore": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                       time.gmtime(c["from"])),
            "notAfter": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                      time.gmtime(c["to"]))}, **more)

    key = stepc_ssh.make_key("joe")
    ott = ssh.token()
    rid, status, doc = post("/1.0/ssh/sign", {"publicKey": key, "ott": ott})
    same(status, 201, "ssh sign")
    recorded("ssh sign", rid, None, ssh_want(
        doc["crt"], event="issue", subject="joe", type="ssh-user"))
    ok(doc["crt"] in before[-1]["certificate"], "... the certificate itself")
    rid, status, doc = post("/1.0/ssh/sign", {"publicKey": key, "ott": ott})
    refused("ssh sign with a used token", rid, 401, status, "used")
    rid, status, doc = post("/1.0/ssh/sign", {
        "publicKey": key, "ott": ssh.token(principals=["root"]),
        "principals": ["joe"]})
    refused("ssh sign for another principal", rid, 403, status, "")
    host = stepc_ssh.make_key("h", "ecdsa")
    rid, status, doc = post("/1.0/ssh/sign", {"publicKey": host,
                                              "ott": ssh.host_token()})
    same(status, 201, "ssh sign, a host")
    recorded("ssh sign, a host", rid, None, ssh_want(
        doc["crt"], event="issue", type="ssh-host"))
    stepc_ssh.save_cert("h", doc["crt"])
    serial = stepc_ssh.inspect(doc["crt"])["Serial"]
    rid, status, doc = post("/1.0/ssh/renew", {"ott": ssh.pop("h", "renew")})
    same(status, 201, "ssh renew")
    recorded("ssh renew", rid, None, ssh_want(
        doc["crt"], event="renew", type="ssh-host", replaces=serial), POP)
    rid, status, doc = post("/1.0/ssh/rekey", {
        "ott": ssh.pop("h", "rekey"),
        "publicKey": stepc_ssh.make_key("h2", "ecdsa")})
    same(status, 201, "ssh rekey")
    recorded("ssh rekey", rid, None, ssh_want(
        doc["crt"], event="rekey", type="ssh-host", replaces=serial), POP)
    stepc_ssh.save_cert("h2", doc["crt"])
    rid, status, doc = post("/1.0/ssh/revoke", {
        "serial": serial, "passive": True, "reasonCode": 1, "reason": "lost",
        "ott": ca.token(ssh.claims(serial, op="revoke"))})
    same(status, 200, "ssh revoke by token")
    recorded("ssh revoke by token", rid, None, {
        "event": "revoke", "serial": serial, "subject": serial,
        "reasonCode": 1, "reasonText": "lost"})
    serial = stepc_ssh.inspect(
        stepc_ssh.read("h2-cert.pub").split()[1])["Serial"]
    rid, status, doc = post("/1.0/ssh/revoke", {
        "serial": serial, "passive": True, "reasonCode": 4, "reason": "",
        "ott": ssh.pop("h2", "revoke")})
    same(status, 200, "ssh revoke by itself")
    recorded("ssh revoke by itself", rid, None, {
        "event": "revoke", "serial": serial, "reasonCode": 4}, POP)
    rid, status, doc = post("/1.0/ssh/renew", {"ott": ssh.pop("h", "renew")})
    refused("ssh renew what is revoked", rid, 401, status, "revoked")

# --- the trail as a whole ----------------------------------------------------

same([r["event"] for r in before[begin:] if r["type"] == "x509"],
     ["issue", "renew", "rekey", "revoke", "revoke"], "the whole trail")
same([r["number"] for r in before], list(range(1, len(before) + 1)),
     "... without gaps")
same(len({r["hash"] for r in before}), len(before), "... each its own hash")
r = subprocess.run([os.path.join(BUILD, "stepc"), "store", "list", "--format",
                    "json", "--type", "x509"], env=ca.env, stdout=subprocess.PIPE,
                   stdin=subprocess.DEVNULL)
same([(x["serial"], x["state"]) for x in json.loads(r.stdout)][-3:],
     [(str(first.serial), "revoked"), (str(second.serial), "valid"),
      (str(third.serial), "revoked")], "and what stands at the end")
ca.check_logs()
done()
