"""The reference, made of the Go packages that Debian has of it: a server
over the files of an authority, files for one, and a client."""

import atexit
import fcntl
import json
import os
import socket
import ssl
import subprocess
import time

from stepc_ca import BUILD, SRC, skip_all


def build():
    """The program t/interop/reference, built by the first test that asks;
    its cache stays in the build folder for the next time."""
    out = os.path.join(BUILD, "t/interop/reference.d")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        r = subprocess.run(
            [os.path.join(SRC, "t/interop/build.sh"), out],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
    if r.returncode == 77:
        skip_all(r.stdout.strip())
    if r.returncode != 0:
        for line in r.stdout.splitlines():
            print("# " + line)
        print("Bail out! the Go program does not build")
        raise SystemExit(1)
    return os.path.join(out, "reference")


def environment(steppath):
    env = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
    return dict(env, STEPPATH=steppath, HOME=steppath)


def initialise(program, steppath, port, password_file):
    """The files of an authority, as the reference makes them."""
    r = subprocess.run(
        [program, "init", password_file, str(port), "localhost",
         "127.0.0.1"], env=environment(steppath), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if r.returncode != 0:
        raise RuntimeError("init: " + r.stdout)


class Server:
    """The reference, serving the files of a stepc_ca.CA on its port."""

    def __init__(self, program, ca):
        self.ca = ca
        self.log = os.path.join(ca.tmp, "reference.log")
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [program, "serve", os.path.join(ca.demo, "config/ca.json"),
                 os.path.join(ca.demo, "password.txt")],
                env=environment(ca.demo), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        atexit.register(self.stop)
        end = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("reference: " + self.said())
            time.sleep(0.05)
        ca.conn = None

    def answers(self):
        try:
            with socket.create_connection(("localhost", self.ca.port), 5) as s:
                with self.ca.context.wrap_socket(
                        s, server_hostname="localhost"):
                    return True
        except (OSError, ssl.SSLError):
            return False

    def said(self):
        with open(self.log) as f:
            return f.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.ca.conn = None


class Client:
    """The reference's client library; a call is a dictionary."""

    def __init__(self, program, steppath, **always):
        self.always = always
        self.process = subprocess.Popen(
            [program, "client"], env=environment(steppath),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.close)

    def __call__(self, do, **what):
        """{"answer": ..., "key": ...} or {"error": ..., "status": ...}"""
        json.dump(dict(self.always, do=do, **what), self.process.stdin)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the client has gone")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
