#!/usr/bin/python3
"""The walk-through of README "Sign in by SSH", word by word: a host that trusts
the CA, a user who signs in, the weekly renewal by cron and by the systemd
unit, the list of the other unit, a real sshd reloaded each time."""

import atexit
import getpass
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
import stepc_ssh
from stepc_ca import BUILD, CA, SRC, done, free_port, ok, same
from stepc_faults import await_true
from stepc_ssh import KEYGEN, SSH, SSHD, keygen, make_key, path, read, write

AGENT = stepc_ssh.shutil.which("ssh-agent")
if None in (KEYGEN, AGENT, SSH, SSHD):
    stepc_ca.skip_all("no ssh, sshd, ssh-keygen or ssh-agent")
ca = CA()
ME = getpass.getuser()
PORT = free_port()
HOST = "127.0.0.1"
ETC, HOME, BIN = path("etc"), path("home"), path("bin")
for folder in (ETC, HOME, HOME + "/.ssh", BIN):
    os.mkdir(folder, 0o700)
os.symlink(os.path.join(BUILD, "stepc"), BIN + "/stepc")
write("bin/systemctl", """#!/bin/sh
[ "$*" = "reload ssh" ] && kill -HUP "$(cat '%s/pid')"
""" % ETC, 0o755)
sock = path("agent")
agent = subprocess.Popen([AGENT, "-D", "-a", sock], stdout=subprocess.DEVNULL)
atexit.register(lambda: (agent.terminate(), agent.wait()))
await_true(lambda: os.path.exists(sock))
ENV = {k: v for k, v in os.environ.items() if not k.startswith("STEP")}
ENV.update(STEPPATH=ca.demo, NO_COLOR="1", TZ="UTC", HOME=HOME,
           SSH_AUTH_SOCK=sock, PATH=BIN + ":" + os.environ["PATH"],
           STEP_PROVISIONER="admin", STEP_PROVISIONER_PASSWORD_FILE=os.path.
           join(ca.demo, "password.txt"))
with open(os.path.join(SRC, "README.md")) as f:
    README = f.read().split("\n## Sign in by SSH\n")[1].split("\n## ")[0]


def sh(name, script, env=ENV):
    """A script of the manual, with this host's places and names."""
    for there, here in (
            ("/etc/ssh", ETC), ("~/.ssh", HOME + "/.ssh"),
            ("host.example.com", HOST), ("joe@", ME + "@"),
            (" joe ", " %s " % ME), ("/usr/local/bin/stepc", BIN + "/stepc")):
        script = script.replace(there, here)
    r = subprocess.run(["sh", "-e", "-c", script], env=env, cwd="/",
                       text=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       start_new_session=True)
    return ok(r.returncode == 0, name, script, r.returncode, r.stdout)


def block(first):
    """The indented block of README that begins with this line."""
    lines = README[README.index("    " + first):].splitlines()
    end = next(i for i, l in enumerate(lines) if not l.startswith("    "))
    return [l[4:] for l in lines[:end]]


def serial():
    return re.search(r"Serial: (\d+)", keygen(
        "-L", "-f", KEY + "-cert.pub")).group(1)


KEY = ETC + "/ssh_host_ecdsa_key"
make_key("etc/ssh_host_ecdsa_key", "ecdsa")
write("etc/sshd_config", "\n".join([
    "Port %d" % PORT, "ListenAddress 127.0.0.1", "PidFile %s/pid" % ETC,
    "AuthorizedKeysFile none", "PasswordAuthentication no",
    "KbdInteractiveAuthentication no", "UsePAM no", "StrictModes no",
    "PermitRootLogin yes", "LogLevel VERBOSE", "HostKey " + KEY]) + "\n")
if os.geteuid() == 0:
    os.makedirs("/run/sshd", exist_ok=True)
sshd = subprocess.Popen([SSHD, "-D", "-f", ETC + "/sshd_config", "-E",
                         ETC + "/log"], stdin=subprocess.DEVNULL)
atexit.register(lambda: (sshd.terminate(), sshd.wait()))
await_true(lambda: os.path.exists(ETC + "/pid"))


def seen(*more):
    """(the host certificate's serial that ssh believes or None, output)"""
    r = subprocess.run(
        [SSH, "-F", "none", "-v", "-p", str(PORT), "-o", "BatchMode=yes",
         "-o", "StrictHostKeyChecking=yes", "-o",
         "UserKnownHostsFile=%s/.ssh/known_hosts" % HOME, "-o",
         "GlobalKnownHostsFile=/dev/null", *more, ME + "@" + HOST, "echo",
         "let", "in"], env=ENV, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    m = re.search(r"Server host certificate: .* serial (\d+)", r.stderr)
    good = r.returncode == 0 and r.stdout == "let in\n"
    return m.group(1) if m and good else None, r.stderr


def shows(name):
    """The reloaded sshd shows the certificate in the file."""
    want = serial()
    ok(await_true(lambda: seen()[0] == want), name, want, seen()[1],
       read("etc/log")[-800:])


# --- as README says ------------------------------------------------------------

same(seen()[0], None, "before: nobody knows the host, nor is let in")
sh("a host that trusts the CA", "\n".join(block("stepc ssh config --roots > ")))
login = block("echo \"@cert-authority")
same(login[-1].split()[0], "ssh", "the last line signs in")
sh("a user who knows its hosts", "\n".join(login[:-1]).replace(
    "  #", " --no-password --insecure #"))
shows("signed in with the agent's certificate, without a question")
first = serial()

cron = block("@weekly")
same(len(cron), 1, "one line for cron")
with open(os.path.join(SRC, "man/stepc-ssh.1")) as f:
    page = re.sub(r"\\e\n\s+", "", f.read())
ok(cron[0] in page, "stepc-ssh(1) has the same line")
CRON = cron[0].split(" ", 1)[1]
sh("cron renews", CRON)
ok(serial() != first, "under another serial")
shows("sshd shows the new one after its reload")

old_key = read("etc/ssh_host_ecdsa_key")
sh("the same with another key", CRON.replace(
    "renew --force", "rekey --force --no-password --insecure"))
ok(read("etc/ssh_host_ecdsa_key") != old_key, "there is another key")
same(keygen("-lf", KEY + ".pub").split()[1],
     keygen("-lf", KEY + "-cert.pub").split()[1], "and its certificate")
shows("sshd shows key and certificate after its reload")

# --- the systemd units ----------------------------------------------------------


def unit(name):
    """(environment, commands) of a service, as systemd reads them."""
    env, commands = {}, []
    with open(os.path.join(SRC, "nginx", name)) as f:
        for line in f.read().splitlines():
            m = re.match(r'Environment="?(\w+)=([^"]*)"?$', line)
            if m:
                env[m.group(1)] = m.group(2).replace("/etc/ssh", ETC)
            m = re.match(r"ExecStart=/bin/sh -c '(.*)'$", line)
            if m:
                commands.append(m.group(1).replace("$$", "$"))
    return dict(ENV, **env), commands


with open(os.path.join(ca.demo, "certs/root_ca.crt")) as f:
    write("etc/stepc_root_ca.crt", f.read())
before = serial()
env, commands = unit("stepc-ssh-host.service")
same(len(commands), 2, "stepc-ssh-host.service: renew, reload")
for command in commands:
    sh("stepc-ssh-host.service: " + command[:40], command, dict(
        env, CA_URL="https://localhost:%d" % ca.port))
ok(serial() != before, "under another serial")
shows("sshd shows it")
for name in ("stepc-ssh-host.timer", "stepc-ssh-krl.timer"):
    with open(os.path.join(SRC, "nginx", name)) as f:
        ok(re.search(r"^On(Calendar=weekly|UnitActiveSec=5min)$", f.read(),
                     re.M), name + ": when")

user = re.search(r"Serial: (\d+)", keygen(
    "-L", "-f", HOME + "/.ssh/id_joe-cert.pub")).group(1)
sh("revoked", "stepc ssh revoke " + user)
ok(seen()[0], "the host does not know yet")
env, commands = unit("stepc-ssh-krl.service")
same(len(commands), 1, "stepc-ssh-krl.service: fetch")
sh("stepc-ssh-krl.service", commands[0], env)
got, said = seen()
ok(got is None and "Permission denied" in said,
   "refused as soon as it does, without a reload", said)
ok("revoked" in read("etc/log")[-3000:], "and sshd says why",
   read("etc/log")[-3000:])

ca.check_logs()
done()
