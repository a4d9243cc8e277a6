#!/usr/bin/python3
"""POST /ssh/config: files of SSH configuration made from templates, those
that ca init wrote, the built-in ones, and others."""

import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import stepc_ca
from stepc_ca import CA, P400, done, ok, same

ca = CA()


def config(body, path="/1.0/ssh/config"):
    status, _, data = ca.request("POST", path, body)
    try:
        doc = json.loads(data)
    except ValueError:
        doc = {"message": data.decode(errors="replace")}
    for t in doc.get("userTemplates", []) + doc.get("hostTemplates", []):
        t["content"] = base64.b64decode(t["content"]).decode()
    return status, doc


def public(side):
    with open(os.path.join(ca.demo, "certs/ssh_%s_ca_key.pub" % side)) as f:
        return f.read().strip()


def template(name, kind, where, content):
    return {"name": name, "type": kind, "path": where, "comment": "#",
            "content": content}


DATA = {"GOOS": "linux", "StepPath": "/home/joe/.step",
        "StepBasePath": "/home/joe/.step", "StepSSHTemplateVersion": "v2",
        "User": "joe", "Console": "true"}
USER = {"userTemplates": [
    template("config.tpl", "snippet", "~/.ssh/config",
             "Host *\n\tInclude \"/home/joe/.step/ssh/includes\""),
    template("step_includes.tpl", "prepend-line",
             "${STEPPATH}/ssh/includes",
             "Include \"/home/joe/.step/ssh/config\""),
    template("step_config.tpl", "file", "ssh/config",
             "Match exec \"step ssh check-host %h\"\n\tUser joe\n"
             "\tUserKnownHostsFile \"/home/joe/.step/ssh/known_hosts\"\n"
             "\tProxyCommand step ssh proxycommand --console  %r %h %p\n"),
    template("known_hosts.tpl", "file", "ssh/known_hosts",
             "@cert-authority * %s\n" % public("host"))]}
HOST = {"hostTemplates": [
    template("sshd_config.tpl", "snippet", "/etc/ssh/sshd_config",
             "Match all\n\tTrustedUserCAKeys /etc/ssh/ca.pub\n"
             "\tHostCertificate /etc/ssh/h-cert.pub\n"
             "\tHostKey /etc/ssh/h"),
    template("ca.tpl", "snippet", "/etc/ssh/ca.pub", public("user") + "\n")]}
HOST_DATA = {"Certificate": "h-cert.pub", "Key": "h"}


def as_ever(what):
    same(config({"type": "user", "data": DATA}), (200, USER),
         what + ": for users")
    same(config({"data": DATA}, "/ssh/config/host"), (200, USER),
         what + ": the type is the document's, users' by default")
    same(config({"type": "host", "data": HOST_DATA}), (200, HOST),
         what + ": for hosts")


as_ever("from the files of ca init")

# --- variables --------------------------------------------------------------

status, doc = config({"data": dict(DATA, Context="c1", Provisioner="p q")})
t = doc["userTemplates"][2]["content"]
ok('check-host --context c1 %h"' in t and
   "proxycommand --context c1 --console  --provisioner p q %r %h %p" in t,
   "context and provisioner", t)
no_user = {k: v for k, v in DATA.items() if k not in ("User", "Console")}
status, doc = config({"data": no_user})
ok("\tUser " not in doc["userTemplates"][2]["content"] and
   "proxycommand %r" in doc["userTemplates"][2]["content"],
   "no user, no console", doc["userTemplates"][2]["content"])
old = {k: v for k, v in DATA.items() if k != "StepSSHTemplateVersion"}
status, doc = config({"data": old})
same([doc["userTemplates"][1][k] for k in ("type", "path")],
     ["file", "ssh/includes"], "clients of old get a file")
for data in ({}, {"Key": "h"}, None):
    status, doc = config({"type": "host", "data": data})
    same((status, doc["message"]), (
        400, P400 + "required variable 'Certificate' is missing, please use "
        "`--set <key=value>` flag."), "required: Certificate (%r)" % data)
status, doc = config({"type": "host", "data": {"Certificate": "c"}})
ok(status == 400 and "'Key'" in doc["message"], "required: Key", doc)

for body, message in (
        ({"type": "x"}, "invalid type 'x'."),
        ({"data": {"a": 1}}, "error decoding json."),
        ({"data": []}, "error decoding json."),
        ([], "error decoding json."), ("{", "error decoding json.")):
    status, doc = config(body)
    same((status, doc["message"]), (400, P400 + message), "%r" % body)

# --- a host without requires, as old configurations have it ------------------

for t in ca.config["templates"]["ssh"]["host"]:
    t.pop("requires", None)
ca.write_config()
ca.restart()
same(config({"type": "host", "data": {}})[0], 400,
     "the built-in text requires what it always does")

# --- none in ca.json: the built-in ones --------------------------------------

saved = ca.config.pop("templates")
ca.write_config()
ca.restart()
as_ever("built in")

# --- others -------------------------------------------------------------------

ca.config["templates"] = {"ssh": {"user": [
    {"name": "x.tpl", "type": "file", "template": "templates/ssh/ca.tpl",
     "path": "ssh/x", "comment": ";", "requires": ["a"]},
    {"name": "d", "type": "directory", "path": "ssh/d"}]}}
ca.write_config()
ca.restart()
same(config({"data": {"a": "A"}}), (200, {"userTemplates": [
    {"name": "x.tpl", "type": "file", "path": "ssh/x", "comment": ";",
     "content": public("user") + "\n"},
    {"name": "d", "type": "directory", "path": "ssh/d", "comment": "",
     "content": ""}]}), "other names, places and folders")
same(config({})[0], 400, "and requirements")
same(config({"type": "host"}), (200, {}), "none for hosts")
with open(os.path.join(ca.demo, "templates/ssh/ca.tpl"), "a") as f:
    f.write('{{ .User.a | upper }} {{ .there.x }} {{ printf "%05d" 7 }}\n'
            '{{ range .Step.SSH.HostFederatedKeys }}{{ .Type }}{{ end }}\n')
ca.config["templates"]["data"] = {"there": {"x": "from data"}}
ca.write_config()
ca.restart()
status, doc = config({"data": {"a": "a"}})
same((status, doc["userTemplates"][0]["content"]),
     (200, public("user") + "\nA from data 00007\n\n"), "a text of one's own")
for text, what in (("{{ .User.a", "with a mistake"),
                   ('{{ fail "x" }}', "that fails"),
                   ("{{ range until 1000 }}{{ range until 1000 }}{{ range "
                    "until 1000 }}x{{ end }}{{ end }}{{ end }}",
                    "without end")):
    with open(os.path.join(ca.demo, "templates/ssh/ca.tpl"), "w") as f:
        f.write(text)
    ca.restart()
    status, doc = config({"data": {"a": "A"}})
    ok(status == 500 and "ca.tpl" not in doc["message"],
       "a text %s: 500, told in the log alone" % what, doc)
os.unlink(os.path.join(ca.demo, "templates/ssh/ca.tpl"))
ca.restart()
status, doc = config({"data": {"a": "A"}})
ok(status == 500 and "ca.tpl" not in doc["message"],
   "a template that is not there: 500", doc)
same(ca.request("GET", "/health")[0], 200, "the rest is there")

del ca.config["ssh"]
ca.write_config()
ca.restart()
same(config({"data": DATA})[0], 404, "no SSH authority: 404")

ca.check_logs("ca.tpl")
done()
