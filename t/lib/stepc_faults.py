"""Faults of the disk under running workers (t/fault/shim_preload.c), and what
else the tests of bad days need."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time

from stepc_ca import BUILD, SRC, skip_all


class Faults:
    """To be made before the CA, whose programs inherit the shim."""

    def __init__(self):
        shim = os.path.join(BUILD, "t/fault/shim.so")
        if not os.path.exists(shim):
            skip_all("no t/fault/shim.so: run make check once")
        fd, self.path = tempfile.mkstemp(prefix="stepc-fault.")
        os.close(fd)
        os.unlink(self.path)
        self.env = {
            "LD_PRELOAD": shim, "STEPC_FAULT_FILE": self.path,
            # GCC's sanitizer wants to be the first library, without need.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
            ":verify_asan_link_order=0"}

    def attach(self, ca):
        """Start its programs anew, with the shim."""
        ca.env.update(self.env, STEPC_FAULT_DIR=os.path.join(
            ca.demo, "db/stepc"))
        workers(ca, "restart")

    @contextlib.contextmanager
    def __call__(self, text):
        tmp = self.path + ".new"
        with open(tmp, "w") as f:
            f.write(text)
        os.rename(tmp, self.path)
        try:
            yield
        finally:
            os.unlink(self.path)


def workers(ca, *args, check=True, n=2):
    """stepc-workers, for this authority; n of each handler."""
    env = dict(ca.env, STEPC_SETTINGS="/dev/null", STEPPATH=ca.demo,
               STEPC_WORKERS=str(n), STEPC_RUNDIR=os.path.join(ca.demo, "run"),
               STEPC_LOGDIR=os.path.join(ca.demo, "log"),
               STEPC_BINDIR=os.path.join(BUILD, "handlers"),
               STEPC_CLIENT=os.path.join(BUILD, "stepc"),
               STEPC_USER=subprocess.check_output(
                   ["id", "-un"], text=True).strip(),
               STEPC_PASSWORD_FILE=os.path.join(ca.demo, "password.txt"))
    r = subprocess.run([os.path.join(SRC, "nginx/stepc-workers"), *args],
                       env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    if check and r.returncode != 0:
        raise RuntimeError("stepc-workers %s: %s" % (args, r.stdout))
    return r.returncode, r.stdout


def worker_pids(ca, handler):
    """The workers of a handler, as its supervisor has them."""
    try:
        with open(os.path.join(ca.demo, "run", handler + ".pid")) as f:
            parent = f.read().strip()
        with open("/proc/%s/task/%s/children" % (parent, parent)) as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def stopped_pids(ca, handler):
    """Those of them that a signal has stopped."""
    found = []
    for pid in worker_pids(ca, handler):
        with open("/proc/%d/status" % pid) as f:
            if "State:\tT" in f.read():
                found.append(pid)
    return found


def only(worker, workers, do):
    """do() while the other workers stand still."""
    others = [w for w in workers if w != worker]
    for w in others:
        os.kill(w, signal.SIGSTOP)
    try:
        return do()
    finally:
        for w in others:
            os.kill(w, signal.SIGCONT)


def await_true(fn, seconds=20):
    """What fn answers as soon as it is true, or at the end of the time."""
    until = time.monotonic() + seconds
    while True:
        r = fn()
        if r or time.monotonic() > until:
            return r
        time.sleep(0.02)


def log_text(ca, *names):
    folder = os.path.join(ca.demo, "log")
    text = ""
    for name in sorted(names or os.listdir(folder)):
        with open(os.path.join(folder, name), errors="replace") as f:
            text += f.read()
    return text
