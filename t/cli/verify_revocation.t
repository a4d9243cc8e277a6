#!/usr/bin/python3
"""stepc certificate verify --verify-crl and --verify-ocsp against lists of
openssl ca and responses of openssl ocsp."""

import http.server
import os
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, ok, same

tmp = tempfile.TemporaryDirectory(prefix="stepc-rev.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("STEP") and not k.lower().endswith("_proxy")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name)


def openssl(*args):
    r = subprocess.run(["openssl", *args], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    if r.returncode != 0:
        print("Bail out! openssl %s: %s" % (" ".join(args), r.stdout))
        sys.exit(1)
    return r.stdout


def write(name, data):
    with open(name, "w") as f:
        f.write(data)


def read(name):
    with open(name, "rb") as f:
        return f.read()


# --- a server: files, and an OCSP responder ---------------------------------

responder = []  # arguments of openssl ocsp
asked = []


class Server(http.server.BaseHTTPRequestHandler):
    def send(self, status, data):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        asked.append(self.path)
        try:
            self.send(200, read("www" + self.path))
        except OSError:
            self.send(404, b"no such file\n")

    def do_POST(self):
        asked.append(self.path)
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "application/ocsp-request" or \
                not self.path.startswith("/ocsp"):
            return self.send(400, b"")
        if self.path == "/ocsp-later":
            return self.send(200, b"\x30\x03\x0a\x01\x03")
        if self.path == "/ocsp-replayed":
            return self.send(200, read("old.resp"))
        with open("now.req", "wb") as f:
            f.write(data)
        openssl("ocsp", "-reqin", "now.req", "-respout", "now.resp",
                *responder)
        return self.send(200, read("now.resp"))

    def log_message(self, *args):
        pass


os.mkdir("www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
URL = "http://127.0.0.1:%d" % server.server_port
threading.Thread(target=server.serve_forever, daemon=True).start()

# --- authorities --------------------------------------------------------------

CONF = """
[ca]
default_ca = it
[it]
dir = %(name)s
database = $dir/index
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir
certificate = $dir.crt
private_key = $dir.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
unique_subject = no
crl_extensions = crl
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[ca_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = digitalSignature
authorityKeyIdentifier = keyid
[urls]
keyUsage = digitalSignature
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:%(url)s/ocsp,caIssuers;URI:%(url)s/sub.der
crlDistributionPoints = URI:%(url)s/gone.crl,URI:%(url)s/sub.crl
[ocsp]
keyUsage = digitalSignature
extendedKeyUsage = OCSPSigning
authorityKeyIdentifier = keyid
[idp_good]
issuingDistributionPoint = critical,@idp_good_dp
[idp_good_dp]
fullname = URI:http://elsewhere.example/crl
onlyuser = TRUE
[idp_ca]
issuingDistributionPoint = critical,@idp_ca_dp
[idp_ca_dp]
onlyCA = TRUE
[idp_some]
issuingDistributionPoint = critical,@idp_some_dp
[idp_some_dp]
onlysomereasons = keyCompromise
[idp_indirect]
issuingDistributionPoint = critical,@idp_indirect_dp
[idp_indirect_dp]
indirectCRL = TRUE
[idp_unknown]
1.2.3.4 = critical,ASN1:NULL
[delta]
2.5.29.27 = critical,ASN1:INTEGER:1
"""


def request(name):
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-keyout", name + ".key", "-out", name + ".csr")


def ca(name, *args):
    return openssl("ca", "-batch", "-notext", "-config", name + ".cnf", *args)


def issue(by, name, ext):
    request(name)
    ca(by, "-in", name + ".csr", "-out", name + ".crt", "-extensions", ext)


def authority(name, issuer=None):
    os.mkdir(name)
    write(name + "/index", "")
    write(name + "/serial", "1000\n")
    write(name + "/crlnumber", "01\n")
    write(name + ".cnf", CONF % {"name": name, "url": URL})
    if issuer is None:
        request(name)
        openssl("x509", "-req", "-in", name + ".csr", "-signkey",
                name + ".key", "-days", "30", "-extfile", name + ".cnf",
                "-extensions", "ca_ext", "-out", name + ".crt")
    else:
        issue(issuer, name, "ca_ext")


def crl(by, name, *args):
    ca(by, "-gencrl", "-out", name + ".pem", *args)
    openssl("crl", "-in", name + ".pem", "-outform", "DER", "-out",
            "www/" + name)


authority("root")
authority("sub", "root")
authority("other")
for leaf in "good", "bad":
    issue("sub", leaf, "leaf")
    issue("sub", leaf + "-urls", "urls")
issue("sub", "signer", "ocsp")
issue("sub", "no-signer", "leaf")
issue("other", "stranger", "ocsp")
for leaf in "bad", "bad-urls":
    ca("sub", "-revoke", leaf + ".crt")
openssl("x509", "-in", "sub.crt", "-outform", "DER", "-out", "www/sub.der")
crl("sub", "sub.crl")
for leaf in "good", "bad", "good-urls", "bad-urls":
    write(leaf + ".chain", (read(leaf + ".crt") + read("sub.crt")).decode())


def verify(name, *args):
    return subprocess.run(
        [os.path.join(BUILD, "stepc"), "certificate", "verify", name,
         "--roots", "root.crt", *args], env=ENV, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def passes(what, *args):
    r = verify(*args)
    same((r.returncode, r.stdout), (0, ""), what)
    return r


def refused(what, message, *args):
    r = verify(*args)
    ok(r.returncode == 1 and message in r.stderr and not r.stdout, what,
       r.returncode, r.stdout, r.stderr, "want: " + message)


# --- lists ----------------------------------------------------------------

CRL = ["--verify-crl", "--crl-endpoint", URL + "/sub.crl"]
REVOKED = "certificate marked as revoked in CRL %s/sub.crl" % URL
passes("not in the list", "good.chain", *CRL)
refused("in the list", REVOKED, "bad.chain", *CRL)
passes("without a check it is good", "bad.chain")
r = passes("the list that the certificate names", "good-urls.chain",
           "--verify-crl")
ok("status code 404" in r.stderr, "... the second, and why", r.stderr)
refused("the list that the certificate names, revoked", REVOKED,
        "bad-urls.chain", "--verify-crl")
refused("no list named", "CRL distribution endpoint not found in certificate",
        "good.chain", "--verify-crl")
r = verify("good.chain", "--verbose", *CRL)
same(r.stdout, "certificate validated against roots\n"
     "certificate not revoked in CRL %s/sub.crl\ncertificate is valid\n" % URL,
     "--verbose")
with open("www/sub.pem", "wb") as f:
    f.write(read("sub.crl.pem"))
refused("a list in PEM", "sub.pem", "bad.chain", "--verify-crl",
        "--crl-endpoint", URL + "/sub.pem")

DAY = ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate",
       "20200102000000Z"]
FUTURE = ["-crl_lastupdate", "20990101000000Z", "-crl_nextupdate",
          "20990102000000Z"]
for name, by, why, args in (
        ("expired", "sub", "it has expired", DAY),
        ("future", "sub", "it is not valid yet", FUTURE),
        ("stranger", "other", "it is of another issuer", []),
        ("only-ca", "sub", "only certificates of authorities",
         ["-crlexts", "idp_ca"]),
        ("some", "sub", "not a list of all", ["-crlexts", "idp_some"]),
        ("indirect", "sub", "not a list of all",
         ["-crlexts", "idp_indirect"]),
        ("unknown", "sub", "unknown critical", ["-crlexts", "idp_unknown"]),
        ("delta", "sub", "only changes of another", ["-crlexts", "delta"])):
    crl(by, name, *args)
    refused("a list that does not count: " + name, why, "good.chain",
            "--verify-crl", "--crl-endpoint", URL + "/" + name)
crl("sub", "idp", "-crlexts", "idp_good")
passes("a list with its own address in it", "good.chain", "--verify-crl",
       "--crl-endpoint", URL + "/idp")
data = bytearray(read("www/sub.crl"))
data[-1] ^= 1
with open("www/forged", "wb") as f:
    f.write(data)
with open("www/longer", "wb") as f:
    f.write(read("www/sub.crl") + b"\0")
for name, why in (("forged", "signature is not that of the issuer"),
                  ("longer", "not a certificate revocation list"),
                  ("sub.der", "not a certificate revocation list"),
                  ("missing", "status code 404")):
    refused("no list: " + name, why, "good.chain", "--verify-crl",
            "--crl-endpoint", URL + "/" + name)
refused("no server", "error downloading crl", "good.chain", "--verify-crl",
        "--crl-endpoint", "http://127.0.0.1:1/")
refused("not http", "only", "good.chain", "--verify-crl", "--crl-endpoint",
        "file://%s/www/sub.crl" % tmp.name)

# --- whose certificate -----------------------------------------------------

write("both.crt", (read("root.crt") + read("sub.crt")).decode())


def alone(*args):
    return verify(*args, "--roots", "both.crt")


same(alone("good.crt", *CRL).returncode, 0, "the issuer is one of the roots")
same(alone("bad.crt", *CRL).returncode, 1, "... and is asked about")
passes("--issuing-ca", "good.chain", "--issuing-ca", "sub.crt", *CRL)
refused("--issuing-ca of another", "has not issued the certificate",
        "good.chain", "--issuing-ca", "root.crt", *CRL)
# The chain is trusted without the issuer itself: over a second certificate
# of its key.
openssl("x509", "-req", "-in", "sub.csr", "-CA", "root.crt", "-CAkey",
        "root.key", "-set_serial", "77", "-days", "3", "-extfile", "sub.cnf",
        "-extensions", "ca_ext", "-out", "again.crt")
write("again.chain", (read("bad-urls.crt") + read("again.crt")).decode())
refused("another certificate of the issuer does as well", REVOKED,
        "again.chain", "--verify-crl")

# Trusted as it is, without any authority.
for leaf, status in ("good-urls", 0), ("bad-urls", 1):
    asked.clear()
    r = verify(leaf + ".crt", "--roots", leaf + ".crt", "--verify-crl")
    same(r.returncode, status, "%s: the issuer is downloaded" % leaf)
    same(asked, ["/sub.der", "/gone.crl", "/sub.crl"], "... from its address")
os.rename("www/sub.der", "www/sub.real")
openssl("x509", "-in", "other.crt", "-outform", "DER", "-out", "www/sub.der")
refused("another one is there", "has not issued the certificate",
        "good-urls.crt", "--roots", "good-urls.crt", "--verify-crl")
os.rename("www/sub.real", "www/sub.der")

# --- OCSP ---------------------------------------------------------------

OCSP = ["--verify-ocsp", "--ocsp-endpoint", URL + "/ocsp"]


def by(cert, key=None, *more):
    responder[:] = ["-index", "sub/index", "-CA", "sub.crt", "-rsigner",
                    cert + ".crt", "-rkey", (key or cert) + ".key", "-ndays",
                    "1", *more]


by("signer")
passes("good, by a delegate", "good.chain", *OCSP)
refused("revoked, by a delegate",
        "certificate has been revoked according to OCSP %s/ocsp" % URL,
        "bad.chain", *OCSP)
by("sub")
passes("good, by the issuer itself", "good.chain", *OCSP)
refused("revoked, by the issuer itself", "has been revoked", "bad.chain",
        *OCSP)
by("signer", None, "-resp_no_certs")
refused("a delegate that shows no certificate",
        "signature is not that of the issuer", "good.chain", *OCSP)
by("no-signer")
refused("no delegate: no such usage", "signature is not that of the issuer",
        "good.chain", *OCSP)
by("stranger")
refused("a delegate of another authority",
        "signature is not that of the issuer", "good.chain", *OCSP)
by("signer")
passes("the responder that the certificate names", "good-urls.chain",
       "--verify-ocsp")
refused("the responder that the certificate names, revoked",
        "has been revoked", "bad-urls.chain", "--verify-ocsp")
refused("no responder named", "no OCSP AIA extension found", "good.chain",
        "--verify-ocsp")
r = verify("good-urls.chain", "-v", "--verify-ocsp", "--verify-crl")
same((r.returncode, r.stdout),
     (0, "certificate validated against roots\n"
      "certificate not revoked in CRL %s/sub.crl\n"
      "certificate status is good according OCSP %s/ocsp\n"
      "certificate is valid\n" % (URL, URL)), "both")
with open("now.resp", "rb") as f, open("old.resp", "wb") as g:
    g.write(f.read())
refused("the response to another request", "it is for another request",
        "good-urls.chain", "--verify-ocsp", "--ocsp-endpoint",
        URL + "/ocsp-replayed")
refused("a responder that is busy", "trylater", "good.chain", "--verify-ocsp",
        "--ocsp-endpoint", URL + "/ocsp-later")
refused("no responder", "status code 400", "good.chain", "--verify-ocsp",
        "--ocsp-endpoint", URL + "/other")
# One that knows no nonces, with a response of another certificate.
openssl("ocsp", "-issuer", "sub.crt", "-cert", "good.crt", "-no_nonce",
        "-reqout", "q.req")
openssl("ocsp", "-reqin", "q.req", "-respout", "old.resp", *responder)
passes("without a nonce", "good.chain", "--verify-ocsp", "--ocsp-endpoint",
       URL + "/ocsp-replayed")
refused("about another certificate", "it is about another certificate",
        "bad.chain", "--verify-ocsp", "--ocsp-endpoint",
        URL + "/ocsp-replayed")
write("sub/index", "\n".join(
    line for line in open("sub/index").read().splitlines()
    if not line.endswith("CN=good")) + "\n")
refused("unknown to the responder", "certificate status is unknown",
        "good.chain", *OCSP)

# --- flags ------------------------------------------------------------------

refused("--crl-endpoint alone", "requires the '--verify-crl' flag",
        "good.chain", "--crl-endpoint", URL + "/sub.crl")
refused("--ocsp-endpoint alone", "requires the '--verify-ocsp' flag",
        "good.chain", "--ocsp-endpoint", URL + "/ocsp")
asked.clear()
refused("a chain that is not trusted is not asked about",
        "failed to verify certificate: x509", "stranger.crt", *CRL)
same(asked, [], "... at all")
done()
