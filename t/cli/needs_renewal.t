#!/usr/bin/python3
"""stepc certificate needs-renewal: the exit status is the answer."""

import os
import ssl
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from stepc_ca import BUILD, done, same
from fake_ca import Authority, new_key, key_pem, pem

import time

tmp = tempfile.TemporaryDirectory(prefix="stepc-needs.")
os.chdir(tmp.name)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=tmp.name + "/step", HOME=tmp.name)
authority = Authority("Fake")


def write(name, *texts):
    with open(name, "w") as f:
        f.write("".join(texts))


def leaf(before, after, key=None):
    now = time.time()
    return pem(authority.leaf((key or new_key()).public_key(), "localhost",
                              ["localhost"], now + before, now + after))


def needs(status, *args, out="", err="", name=None):
    r = subprocess.run(
        [os.path.join(BUILD, "stepc"), "certificate", "needs-renewal", *args],
        env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    got = (r.returncode, r.stdout, r.stderr if err is not None else None)
    same(got, (status, out, err), "K8 %d: %s" % (status, name or
                                                 " ".join(args)))


write("new.crt", leaf(0, 86400))
write("old.crt", leaf(-70000, 16400))
write("expired.crt", leaf(-86400, -10))
write("future.crt", leaf(3600, 86400))
write("bundle.crt", leaf(0, 86400), leaf(-70000, 16400))
write("x.txt", "no certificate\n")

needs(1, "new.crt")
needs(0, "old.crt")
needs(0, "expired.crt")
needs(1, "future.crt")
needs(1, "bundle.crt")
needs(0, "--bundle", "bundle.crt")
needs(0, "--verbose", "old.crt", out="certificate needs renewal\n")
needs(1, "new.crt", "-v", err="certificate does not need renewal\n")
# 81 percent of old.crt have passed, 16400 seconds are left.
for status, at in ((0, "0%"), (0, "80%"), (1, "82%"), (1, "100%"),
                   (0, "5h"), (1, "4h30m"), (1, "0s"), (0, "16401s")):
    needs(status, "--expires-in", at, "old.crt")
needs(0, "--expires-in", "100%", "expired.crt")
needs(0, "--expires-in", "0s", "expired.crt")
needs(1, "--expires-in", "0%", "future.crt")

needs(2, "none.crt", err="open none.crt failed: no such file or directory\n")
needs(255, "x.txt", err=None)
needs(255, ".", err=None)
for value in ("101%", "-1%", "x%", "%"):
    needs(255, "--expires-in=" + value, "old.crt",
          err="invalid value '%s' for flag '--expires-in'; value must be in "
          "range 0-100%%\n" % value)
needs(255, "--expires-in", "soon", "old.crt",
      err="invalid value 'soon' for flag '--expires-in'\n")
needs(255, err=None, name="no argument")
needs(255, "old.crt", "new.crt", err=None)
needs(255, "--no-such-flag", "old.crt", err=None)

# A server.
key = new_key()
write("root.crt", pem(authority.root))
write("server.key", key_pem(key))
write("server.crt", leaf(-70000, 16400, key), pem(authority.inter))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.crt", "server.key")
listen = socket.create_server(("127.0.0.1", 0))
port = listen.getsockname()[1]


def serve():
    while True:
        c, _ = listen.accept()
        try:
            context.wrap_socket(c, server_side=True).close()
        except OSError:
            c.close()


threading.Thread(target=serve, daemon=True).start()
url = "https://localhost:%d" % port
needs(0, "--roots", "root.crt", url, name="a server")
needs(1, "--roots", "root.crt", "--expires-in", "90%", url, name="a server")
needs(255, url, err=None, name="a server of another root")
needs(255, "--roots", "none.crt", url, err=None, name="no such roots")
needs(255, "https://localhost:1", err=None, name="no server")
done()
