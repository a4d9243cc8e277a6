#include "config.h"

#include <json-c/json.h>

#include "authority/ssh_keys.h"
#include "authority/ssh_render.h"
#include "authority/ssh_templates.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/ssh_key.h"

/* A variable of the request, "" when it has none of that name. */
static const char *
var(struct json_object *data, const char *name)
{
	struct json_object *v =
	    data != NULL ? sc_json_member_exact(data, name) : NULL;

	return v != NULL ? json_object_get_string(v) : "";
}

static void
put_if(struct sc_buf *out, const char *before, const char *value,
    const char *after)
{
	if (value[0] != '\0')
		(void)sc_buf_putf(out, "%s%s%s", before, value, after);
}

/*
 * "TYPE BASE64" of the active key and those of other authorities, each in a
 * line behind some text.
 */
static void
put_keys(const struct sc_authority *ca, enum sc_ssh_cert_type type,
    const char *before, struct sc_buf *out)
{
	const struct sc_ssh_key *k;
	const uint8_t *blob;
	size_t i, n;

	for (i = 0; (k = sc_authority_ssh_federated(ca, type, i)) != NULL;
	     i++) {
		blob = sc_ssh_key_blob(k, &n);
		(void)sc_buf_putf(out, "%s%s ", before, sc_ssh_key_type(k));
		(void)sc_b64_put(out, SC_B64_STD, blob, n);
		(void)sc_buf_putc(out, '\n');
	}
}

static void
config(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	const char *base = var(data, "StepBasePath");

	(void)ca;
	(void)sc_buf_putf(out, "Host *\n\tInclude \"%s/ssh/includes\"",
	    base[0] != '\0' ? base : var(data, "StepPath"));
}

static void
step_includes(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	(void)ca;
	(void)sc_buf_putf(
	    out, "Include \"%s/ssh/config\"", var(data, "StepPath"));
}

static void
step_config(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	const char *context = var(data, "Context");

	(void)ca;
	(void)sc_buf_puts(out, "Match exec \"step ssh check-host");
	put_if(out, " --context ", context, "");
	(void)sc_buf_puts(out, " %h\"");
	put_if(out, "\n\tUser ", var(data, "User"), "");
	(void)sc_buf_putf(out,
	    "\n\tUserKnownHostsFile \"%s/ssh/known_hosts\"\n"
	    "\tProxyCommand step ssh proxycommand",
	    var(data, "StepPath"));
	put_if(out, " --context ", context, "");
	if (var(data, "Console")[0] != '\0')
		(void)sc_buf_puts(out, " --console ");
	put_if(out, " --provisioner ", var(data, "Provisioner"), "");
	(void)sc_buf_puts(out, " %r %h %p\n");
}

static void
known_hosts(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	(void)data;
	put_keys(ca, SC_SSH_HOST, "@cert-authority * ", out);
}

static void
sshd_config(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	(void)ca;
	(void)sc_buf_putf(out,
	    "Match all\n"
	    "\tTrustedUserCAKeys /etc/ssh/ca.pub\n"
	    "\tHostCertificate /etc/ssh/%s\n"
	    "\tHostKey /etc/ssh/%s",
	    var(data, "Certificate"), var(data, "Key"));
}

static void
ca_keys(
    const struct sc_authority *ca, struct json_object *data, struct sc_buf *out)
{
	(void)data;
	put_keys(ca, SC_SSH_USER, "", out);
}

sc_ssh_render_fn *
sc_ssh_render_find(const char *text)
{
	static const struct {
		const char *file;
		sc_ssh_render_fn *fn;
	} table[] = {
	    {"config.tpl", config},
	    {"step_includes.tpl", step_includes},
	    {"step_config.tpl", step_config},
	    {"known_hosts.tpl", known_hosts},
	    {"sshd_config.tpl", sshd_config},
	    {"ca.tpl", ca_keys},
	};
	const struct sc_ssh_template *v;
	size_t i, k, n;

	v = sc_ssh_templates(&n);
	for (i = 0; i < n; i++)
		if (sc_streq(v[i].text, text))
			break;
	for (k = 0; i < n && k < sizeof(table) / sizeof(table[0]); k++)
		if (sc_streq(table[k].file, v[i].file))
			return table[k].fn;
	return NULL;
}
