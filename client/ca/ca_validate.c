#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/ca/ca_validate.h"
#include "client/commands.h"
#include "config/ca_json.h"
#include "crypto/san.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "provisioner/provisioner.h"
#include "client/cli/ui.h"

#define LINE_MAX_BYTES 2048

static const struct sc_opt options[] = {
    {.name = "ca-config",
	.arg = "FILE",
	.help = "ca.json (default $STEPPATH/config/ca.json)"},
    {.name = "password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the password of the keys"},
    {.name = "start",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "only whether it would start, with what can be used"},
    SC_OPT_END};

static void put_line(const char *mark, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
put_line(const char *mark, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	sc_text_clean(line);
	sc_ui_info("%s %s", mark, line);
}

void
sc_report_good(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line("\342\234\224", fmt, ap);
	va_end(ap);
}

void
sc_report_warn(struct sc_report *p, const char *fmt, ...)
{
	va_list ap;

	p->warned++;
	va_start(ap, fmt);
	put_line("\342\232\240", fmt, ap);
	va_end(ap);
}

void
sc_report_bad(struct sc_report *p, const char *fmt, ...)
{
	va_list ap;

	p->bad++;
	va_start(ap, fmt);
	put_line("\342\234\227", fmt, ap);
	va_end(ap);
}

static void
check_members(struct sc_report *p)
{
	const struct sc_config *c = p->config;
	size_t i;

	for (i = 0; i < c->unsupported.n; i++)
		sc_report_warn(p, "%s: has no effect", c->unsupported.v[i]);
}

static void
check_dns_names(struct sc_report *p)
{
	const struct sc_strlist *l = &p->config->dns_names;
	struct sc_error e = SC_ERROR_INIT;
	struct sc_sans s = {0};
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (sc_sans_add_auto(&s, l->v[i], &e) != 0 || s.n != 1 ||
		    (s.v[0].type != SC_SAN_DNS && s.v[0].type != SC_SAN_IP))
			sc_report_bad(p,
			    "dnsNames: \"%s\" is neither a DNS name nor an IP "
			    "address",
			    l->v[i]);
		else if (sc_san_check(&s.v[0], &e) != 0)
			sc_report_bad(
			    p, "dnsNames: \"%s\": %s", l->v[i], e.msg);
		sc_sans_clear(&s);
	}
}

/* Can it vouch for anybody? */
static bool
check_provisioner(struct sc_report *p, const struct sc_provisioner *v)
{
	static const char where[] = "authority.provisioners";

	if (v->disabled != NULL) {
		/* The others serve without it. */
		(p->start ? sc_report_warn : sc_report_bad)(
		    p, "%s: \"%s\": %s", where, v->name, v->disabled);
		return false;
	}
	if (v->type->ssh_pop) {
		sc_report_good(
		    "%s: \"%s\" (%s)", where, v->name, v->type->name);
		return false;
	}
	if (v->type->authorize_sign == NULL) {
		sc_report_warn(p, "%s: \"%s\": type %s is not supported yet",
		    where, v->name, v->type->name);
		return false;
	}
	if (v->jwk != NULL && v->encrypted_key == NULL)
		sc_report_warn(p,
		    "%s: \"%s\": has no encryptedKey, clients need the key "
		    "itself",
		    where, v->name);
	sc_report_good("%s: \"%s\" (%s)", where, v->name, v->type->name);
	return true;
}

static void
check_provisioners(struct sc_report *p)
{
	const struct sc_config *c = p->config;
	struct sc_provisioners *ps = NULL;
	struct sc_error e = SC_ERROR_INIT;
	unsigned usable = 0;
	size_t i;

	if (sc_provisioners_new(c->provisioners, &c->claims, &c->dns_names,
		c->steppath, &ps, &e) != 0) {
		sc_report_bad(p, "authority.provisioners: %s", e.msg);
		return;
	}
	for (i = 0; i < sc_provisioners_count(ps); i++)
		if (check_provisioner(p, sc_provisioners_at(ps, i)))
			usable++;
	if (sc_provisioners_skipped(ps)[0] != '\0')
		sc_report_warn(p, "authority.provisioners: unknown type: %s",
		    sc_provisioners_skipped(ps));
	if (usable == 0)
		sc_report_warn(p,
		    "authority.provisioners: none can vouch for a certificate");
	sc_provisioners_free(ps);
}

/* The files that templates.ssh.user and .host name. */
static void
check_template_files(struct sc_report *p, const char *set)
{
	struct json_object *o, *l;
	const char *rel;
	char *path;
	size_t i;

	o = sc_json_member(p->config->raw, "templates");
	o = o != NULL ? sc_json_member(o, "ssh") : NULL;
	l = o != NULL ? sc_json_member(o, set) : NULL;
	if (l == NULL || !json_object_is_type(l, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(l); i++) {
		o = json_object_array_get_idx(l, i);
		rel = NULL;
		if (sc_json_get_string(o, "template", &rel, NULL) != 0 ||
		    rel == NULL || rel[0] == '\0')
			continue;
		path = sc_path_join(p->config->steppath, rel);
		if (path != NULL && !sc_file_exists(path))
			sc_report_warn(
			    p, "templates.ssh.%s: %s: no such file", set, path);
		free(path);
	}
}

static int
load(const struct sc_args *a, struct sc_config **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	char *path;
	int r;

	path = file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_config_load(path, out, e);
	free(path);
	return r;
}

static int
validate(struct sc_args *a, struct sc_error *e)
{
	struct sc_config *c = NULL;
	struct sc_report p = {.password_file = sc_args_str(a, "password-file"),
	    .start = sc_args_bool(a, "start"),
	    .now = sc_clock_now()};
	int r;

	if ((r = load(a, &c, e)) != 0) {
		sc_report_bad(&p, "%s", e->msg);
		*e = (struct sc_error)SC_ERROR_INIT;
		return 1;
	}
	p.config = c;
	sc_report_good("%s", c->path);
	check_members(&p);
	check_dns_names(&p);
	sc_validate_files(&p);
	check_provisioners(&p);
	check_template_files(&p, "user");
	check_template_files(&p, "host");
	sc_validate_ocsp(&p);
	sc_validate_store(&p);
	if (p.bad > 0)
		sc_ui_info(
		    "%s: %u errors, %u warnings", c->path, p.bad, p.warned);
	sc_config_free(c);
	return p.bad > 0 ? 1 : 0;
}

const struct sc_command sc_cmd_ca_validate = {.name = "validate",
    .help = "check the configuration and the files it names",
    .notes = "Nothing is started or changed.  Exits with 1 when a CA could "
	     "not run like this; warnings alone are no failure.",
    .options = {options},
    .run = validate};
