"""SSH on the caller's side, by OpenSSH's own programs: keys, a look into
certificates, a server that trusts the authority."""

import atexit
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from stepc_ca import b64u, free_port

SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
KEYGEN = shutil.which("ssh-keygen")
SSH = shutil.which("ssh")

tmp = tempfile.mkdtemp(prefix="stepc-ssh.")
atexit.register(shutil.rmtree, tmp, True)


def keygen(*args, check=True):
    """Standard output of ssh-keygen, in the temporary folder."""
    r = subprocess.run([KEYGEN, *args], cwd=tmp, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, env=dict(os.environ, TZ="UTC"))
    if check and r.returncode != 0:
        raise RuntimeError("ssh-keygen %s: %s" % (args, r.stderr))
    return r.stdout if check else r


def path(name):
    return os.path.join(tmp, name)


def read(name):
    with open(path(name)) as f:
        return f.read()


def write(name, data, mode=0o600):
    with open(path(name), "wb" if isinstance(data, bytes) else "w") as f:
        f.write(data)
    os.chmod(path(name), mode)
    return path(name)


def make_key(name, kind="ed25519", *args):
    """base64 of the public key's blob; the files are name and name.pub."""
    for old in (path(name), path(name + ".pub")):
        if os.path.exists(old):
            os.unlink(old)
    keygen("-q", "-t", kind, "-N", "", "-C", name, "-f", name, *args)
    return read(name + ".pub").split()[1]


def save_cert(name, crt):
    """A certificate of the wire beside its key."""
    blob = base64.b64decode(crt)
    n = int.from_bytes(blob[:4], "big")
    write(name + "-cert.pub", "%s %s %s\n" % (
        blob[4:4 + n].decode(), crt, name))
    return path(name + "-cert.pub")


def inspect(crt):
    """What ssh-keygen -L says of it."""
    text = keygen("-L", "-f", save_cert("inspected", crt))
    d = {"principals": [], "critical": [], "extensions": []}
    into = None
    for line in text.splitlines()[1:]:
        m = re.match(r"        ([A-Z][A-Za-z ]*): ?(.*)$", line)
        if m:
            name, value = m.groups()
            into = {"Principals": "principals",
                    "Critical Options": "critical",
                    "Extensions": "extensions"}.get(name)
            if into is None:
                d[name] = value
        elif into is not None:
            d[into].append(line.strip())
    m = re.match(r"from (\S+) to (\S+)", d["Valid"])
    d["from"], d["to"] = (int(calendar_seconds(t)) for t in m.groups()) \
        if m else (0, 0)
    return d


def until_expired(crt):
    """Wait for the end of a certificate that has hardly any life left."""
    end = inspect(crt)["to"]
    while time.time() < end:
        time.sleep(0.05)


def calendar_seconds(text):
    import calendar
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


class Ssh:
    """Requests and tokens for the SSH endpoints of an authority."""

    def __init__(self, ca):
        self.ca = ca

    def claims(self, sub="joe", ssh=None, op="sign", **more):
        c = self.ca.claims(sub, sans=None, aud="https://localhost:%d/1.0/ssh"
                           "/%s" % (self.ca.port, op))
        if ssh is not None:
            c["step"] = {"ssh": ssh}
        c.update(more)
        return {k: v for k, v in c.items() if v is not None}

    def token(self, sub="joe", certType="user", principals=("joe",), keyID="",
              after="", before="", **more):
        return self.ca.token(self.claims(sub, {
            "certType": certType, "keyID": keyID,
            "principals": list(principals), "validAfter": after,
            "validBefore": before}, **more))

    def host_token(self, name="h.example.com", **more):
        return self.token(name, "host", [name], name, **more)

    def post(self, where, body):
        status, _, data = self.ca.request("POST", where, body)
        try:
            return status, json.loads(data)
        except ValueError:
            return status, {"message": data.decode(errors="replace")}

    def sign(self, key, ott, path="/1.0/ssh/sign", **more):
        return self.post(path, dict({"publicKey": key, "ott": ott}, **more))

    def pop(self, name, op, sub=None, **more):
        """An SSHPOP token over NAME-cert.pub, signed with the key NAME."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        blob = read(name + "-cert.pub").split()[1]
        with open(path(name), "rb") as f:
            key = serialization.load_ssh_private_key(f.read(), None)
        if sub is None:
            sub = inspect(blob)["Serial"]
        now = int(time.time())
        p = {"iss": "sshpop", "sub": sub,
             "aud": "https://localhost:%d/1.0/ssh/%s#sshpop/sshpop" % (
                 self.ca.port, op),
             "iat": now, "nbf": now, "exp": now + 300,
             "jti": os.urandom(16).hex()}
        p.update(more)
        alg = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) \
            else "EdDSA"
        head = json.dumps({"alg": alg, "typ": "JWT", "sshpop": blob})
        inp = b64u(head) + "." + b64u(json.dumps(
            {k: v for k, v in p.items() if v is not None}))
        sig = self.ca.es256(inp.encode(), private=key) if alg == "ES256" \
            else key.sign(inp.encode())
        return inp + "." + b64u(sig)


class Sshd:
    """A server on a loopback port that lets in by certificate alone."""

    def __init__(self, user_ca, host_key, host_cert, krl=None, extra=""):
        self.port = free_port()
        self.log = path("sshd-%d.log" % self.port)
        write("user_ca.pub", user_ca)
        conf = [
            "Port %d" % self.port, "ListenAddress 127.0.0.1",
            "HostKey " + path(host_key), "HostCertificate " + host_cert,
            "TrustedUserCAKeys " + path("user_ca.pub"),
            "AuthorizedKeysFile none", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", "UsePAM no",
            "PermitRootLogin yes", "StrictModes no", "PidFile none",
            "LogLevel VERBOSE"]
        if krl:
            conf.append("RevokedKeys " + krl)
        name = "sshd-%d.conf" % self.port
        write(name, "\n".join(conf) + "\n" + extra)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(
            [SSHD, "-D", "-f", path(name), "-E", self.log],
            stdin=subprocess.DEVNULL)
        atexit.register(self.close)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError("sshd: " + self.said())
                time.sleep(0.02)
        raise RuntimeError("sshd does not listen: " + self.said())

    def said(self):
        try:
            with open(self.log) as f:
                return f.read()
        except OSError:
            return ""

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def login(self, name, user, known_hosts=None, host="127.0.0.1"):
        """(let in?, what ssh said); key NAME with NAME-cert.pub."""
        checks = ["-o", "StrictHostKeyChecking=no",
                  "-o", "UserKnownHostsFile=/dev/null"]
        if known_hosts:
            checks = ["-o", "StrictHostKeyChecking=yes",
                      "-o", "UserKnownHostsFile=" + known_hosts,
                      "-o", "GlobalKnownHostsFile=/dev/null",
                      "-o", "HostKeyAlias=" + host]
        r = subprocess.run(
            [SSH, "-F", "none", "-p", str(self.port), "-i", path(name),
             "-o", "CertificateFile=" + path(name + "-cert.pub"),
             "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
             "-o", "IdentityAgent=none", *checks,
             user + "@127.0.0.1", "echo let in"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        return r.stdout.strip() == "let in", r.stdout + r.stderr
