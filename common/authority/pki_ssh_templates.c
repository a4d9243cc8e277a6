/*
 * The templates of SSH configuration files (Go text/template syntax, which
 * clients and other servers of the same $STEPPATH share).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/pki_internal.h"
#include "authority/ssh_templates.h"
#include "base/err.h"
#include "base/mem.h"

#define CONTEXT "{{ if .User.Context }} --context {{ .User.Context }}{{ end }}"

static const struct sc_ssh_template templates[] = {
    {"user", "config.tpl", "snippet", "~/.ssh/config", {NULL},
	"Host *\n"
	"\tInclude \"{{ or .User.StepBasePath .User.StepPath }}"
	"/ssh/includes\""},
    {"user", "step_includes.tpl", "prepend-line", "${STEPPATH}/ssh/includes",
	{NULL}, "Include \"{{ .User.StepPath }}/ssh/config\""},
    {"user", "step_config.tpl", "file", "ssh/config", {NULL},
	"Match exec \"step ssh check-host" CONTEXT " %h\"\n"
	"{{- if .User.User }}\n"
	"\tUser {{ .User.User }}\n"
	"{{- end }}\n"
	"\tUserKnownHostsFile \"{{ .User.StepPath }}/ssh/known_hosts\"\n"
	"\tProxyCommand step ssh proxycommand" CONTEXT
	"{{ if .User.Console }} --console {{ end }}"
	"{{ if .User.Provisioner }} --provisioner {{ .User.Provisioner }}"
	"{{ end }} %r %h %p\n"},
    {"user", "known_hosts.tpl", "file", "ssh/known_hosts", {NULL},
	"@cert-authority * {{ .Step.SSH.HostKey.Type }} "
	"{{ .Step.SSH.HostKey.Marshal | toString | b64enc }}\n"
	"{{- range .Step.SSH.HostFederatedKeys }}\n"
	"@cert-authority * {{ .Type }} {{ .Marshal | toString | b64enc }}\n"
	"{{- end }}\n"},
    {"host", "sshd_config.tpl", "snippet", "/etc/ssh/sshd_config",
	{"Certificate", "Key", NULL},
	"Match all\n"
	"\tTrustedUserCAKeys /etc/ssh/ca.pub\n"
	"\tHostCertificate /etc/ssh/{{ .User.Certificate }}\n"
	"\tHostKey /etc/ssh/{{ .User.Key }}"},
    {"host", "ca.tpl", "snippet", "/etc/ssh/ca.pub", {NULL},
	"{{ .Step.SSH.UserKey.Type }} "
	"{{ .Step.SSH.UserKey.Marshal | toString | b64enc }}\n"
	"{{- range .Step.SSH.UserFederatedKeys }}\n"
	"{{ .Type }} {{ .Marshal | toString | b64enc }}\n"
	"{{- end }}\n"},
};
#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

const struct sc_ssh_template *
sc_ssh_templates(size_t *n)
{
	*n = TEMPLATES;
	return templates;
}

int
sc_pki_add_ssh_templates(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e)
{
	char *rel, *text;
	size_t i;
	int r;

	r = sc_pki_add(p, rq, "Templates folder", "templates", NULL, 0700, e);
	for (i = 0; r == 0 && i < TEMPLATES; i++) {
		rel = sc_asprintf("templates/ssh/%s", templates[i].file);
		text = sc_strdup(templates[i].text);
		if (rel != NULL && text != NULL) {
			r = sc_pki_add(p, rq, NULL, rel, text, 0644, e);
		} else {
			free(text);
			r = sc_fail_nomem(e);
		}
		free(rel);
	}
	return r;
}

static struct json_object *
entry(size_t i)
{
	struct json_object *o = json_object_new_object(), *req;
	char file[64] = "templates/ssh/";
	size_t k;

	(void)memcpy(file + strlen(file), templates[i].file,
	    strlen(templates[i].file) + 1);
	json_object_object_add(
	    o, "name", json_object_new_string(templates[i].file));
	json_object_object_add(
	    o, "type", json_object_new_string(templates[i].type));
	json_object_object_add(o, "template", json_object_new_string(file));
	json_object_object_add(
	    o, "path", json_object_new_string(templates[i].path));
	json_object_object_add(o, "comment", json_object_new_string("#"));
	if (templates[i].requires[0] != NULL) {
		req = json_object_new_array();
		for (k = 0; templates[i].requires[k] != NULL; k++)
			json_object_array_add(req,
			    json_object_new_string(templates[i].requires[k]));
		json_object_object_add(o, "requires", req);
	}
	return o;
}

struct json_object *
sc_pki_ssh_templates_json(void)
{
	struct json_object *user = json_object_new_array();
	struct json_object *host = json_object_new_array();
	struct json_object *ssh = json_object_new_object();
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < TEMPLATES; i++)
		json_object_array_add(
		    sc_streq(templates[i].set, "user") ? user : host, entry(i));
	json_object_object_add(ssh, "user", user);
	json_object_object_add(ssh, "host", host);
	json_object_object_add(o, "ssh", ssh);
	json_object_object_add(o, "data", json_object_new_object());
	return o;
}
