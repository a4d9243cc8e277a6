#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/ca_policy.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "config/ca_json.h"
#include "config/policy.h"
#include "crypto/cert.h"
#include "crypto/name_constraints.h"
#include "provisioner/provisioner.h"

/* Everything that has a say. */
struct court {
	struct sc_config *config;
	struct sc_provisioners *provisioners;
	const struct sc_provisioner *provisioner; /* NULL: none was named */
	struct sc_name_constraints *constraints; /* NULL: none */
	enum sc_policy_scope scope;
	bool common_names;
};

static int
load_certs(const char *path, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r == 0 && (r = sc_certs_from_pem(pem, n, out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	free(pem);
	return r;
}

static int
load_constraints(struct court *c, struct sc_error *e)
{
	struct sc_certs inter = {0}, roots = {0};
	size_t i;
	int r = load_certs(c->config->crt, &inter, e);

	for (i = 0; r == 0 && i < c->config->roots.n; i++)
		r = load_certs(c->config->roots.v[i], &roots, e);
	if (r == 0)
		r = sc_name_constraints_new(&inter, &roots, &c->constraints, e);
	sc_certs_clear(&inter);
	sc_certs_clear(&roots);
	return r;
}

static int
find_provisioner(struct court *c, const char *name, struct sc_error *e)
{
	int r;

	if (name == NULL)
		return 0;
	if ((r = sc_provisioners_new(c->config->provisioners,
		 &c->config->claims, &c->config->dns_names, c->config->steppath,
		 &c->provisioners, e)) != 0)
		return r;
	c->provisioner = sc_provisioners_by_name(c->provisioners, name);
	if (c->provisioner == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "error loading provisioner: provisioner %s not found",
		    name);
	if (c->provisioner->disabled != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "provisioner \"%s\" is disabled: %s", name,
		    c->provisioner->disabled);
	return 0;
}

static int
open_court(const struct sc_args *a, struct court *c, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	const char *ssh = sc_args_str(a, "ssh");
	char *path;
	int r;

	c->common_names = sc_args_bool(a, "common-name");
	c->scope = ssh == NULL	    ? SC_POLICY_X509
	    : sc_streq(ssh, "host") ? SC_POLICY_SSH_HOST
				    : SC_POLICY_SSH_USER;
	path = file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_config_load(path, &c->config, e);
	free(path);
	if (r == 0)
		r = find_provisioner(c, sc_args_str(a, "provisioner"), e);
	if (r == 0 && c->scope == SC_POLICY_X509)
		r = load_constraints(c, e);
	return r;
}

static void
close_court(struct court *c)
{
	sc_name_constraints_free(c->constraints);
	sc_provisioners_free(c->provisioners);
	sc_config_free(c->config);
}

static void
put(const char *name, const char *kind, const char *verdict, const char *why)
{
	char line[1024];

	(void)snprintf(
	    line, sizeof(line), "%s (%s): %s: %s", name, kind, verdict, why);
	sc_text_clean(line);
	puts(line);
}

/* One policy's word on one name; told when it refuses or has a rule for it. */
static bool
judge(const struct sc_policy *p, const char *whose, enum sc_policy_scope scope,
    enum sc_policy_kind kind, const char *name)
{
	struct sc_policy_verdict v;
	char why[900];

	sc_policy_judge(p, scope, kind, name, &v);
	(void)snprintf(why, sizeof(why), "%s%s%s%s%s%s", whose, v.why,
	    v.rule[0] != '\0' ? ": \"" : "", v.rule,
	    v.rule[0] != '\0' ? "\" in " : "", v.path);
	put(name, sc_policy_kind_name(kind),
	    v.allowed ? "allowed" : "not allowed", why);
	return v.allowed;
}

/* What no policy decides. */
static bool
check_name(const struct court *c, struct sc_san *s)
{
	struct sc_sans one = {s, 1};
	static const uint8_t empty[] = {0x30, 0x00};
	struct sc_error e = SC_ERROR_INIT;

	if (sc_san_check(s, &e) == 0 &&
	    sc_name_constraints_check(
		c->constraints, &one, "", empty, sizeof(empty), &e) == 0)
		return true;
	put(s->value, sc_san_type_name(s->type), "not allowed", e.msg);
	return false;
}

static int
kind_of_name(const struct court *c, const char *name, bool *allowed)
{
	struct sc_sans s = {0};
	int kind = -1;

	if (c->scope != SC_POLICY_X509)
		return sc_policy_principal_kind(
		    c->scope == SC_POLICY_SSH_HOST, name);
	if (c->common_names)
		return SC_POLICY_CN;
	if (sc_sans_add_auto(&s, name, NULL) == 0 && s.n == 1) {
		kind = sc_policy_kind_parse(
		    SC_POLICY_X509, sc_san_type_name(s.v[0].type));
		*allowed = check_name(c, &s.v[0]);
	}
	sc_sans_clear(&s);
	return kind;
}

static bool
one_name(const struct court *c, const char *name)
{
	bool allowed = true;
	int kind = kind_of_name(c, name, &allowed);

	if (kind < 0) {
		put(name, "no name", "not allowed",
		    "no certificate of this type has such a name");
		return false;
	}
	if (!allowed)
		return false;
	allowed = judge(
	    c->config->policy, "", c->scope, (enum sc_policy_kind)kind, name);
	if (!allowed || c->provisioner == NULL)
		return allowed;
	return judge(c->provisioner->policy, "for the provisioner, ", c->scope,
	    (enum sc_policy_kind)kind, name);
}

/* Rules for one type of SSH certificate only leave none of the other. */
static int
check_ssh_type(const struct court *c, struct sc_error *e)
{
	static const struct sc_strlist none = {NULL, 0};
	bool host = c->scope == SC_POLICY_SSH_HOST;
	int r;

	if (c->scope == SC_POLICY_X509)
		return 0;
	if ((r = sc_policy_check_ssh(c->config->policy, host, &none, e)) != 0)
		return r;
	return c->provisioner == NULL
	    ? 0
	    : sc_policy_check_ssh(c->provisioner->policy, host, &none, e);
}

static int
check(struct sc_args *a, struct sc_error *e)
{
	struct court c = {0};
	bool all = true;
	size_t i;
	int r;

	if ((r = open_court(a, &c, e)) == 0 && (r = check_ssh_type(&c, e)) == 0)
		for (i = 0; i < sc_args_n(a); i++)
			all = one_name(&c, sc_args_pos(a, i)) && all;
	close_court(&c);
	return r != 0 ? r : !all;
}

static const struct sc_opt options[] = {
    {.name = "provisioner",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "with the rules of this provisioner besides"},
    {.name = "ssh",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "principals of SSH certificates",
	.choices = "user, host"},
    {.name = "common-name",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "common names of certificates"},
    SC_OPT_END};

const struct sc_command sc_cmd_ca_policy_check = {.name = "check",
    .args = "<name>...",
    .help = "tell which rule decides about names",
    .min_args = 1,
    .max_args = SC_ARGS_ANY,
    .options = {options, sc_options_ca_edit},
    .run = check};
