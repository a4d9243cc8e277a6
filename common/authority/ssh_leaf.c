#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "authority/leaf.h"
#include "authority/ssh_leaf.h"
#include "authority/ssh_sign.h"
#include "authority/webhooks.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/cert_template.h"
#include "provisioner/ssh_grant.h"
#include "template/data.h"

/* What a provisioner with data but without a template gets. */
static const char builtin[] =
    "{\"type\": {{ toJson .Type }}, \"keyId\": {{ toJson .KeyID }},"
    "\"principals\": {{ toJson .Principals }},"
    "\"extensions\": {{ toJson .Extensions }},"
    "\"criticalOptions\": {{ toJson .CriticalOptions }}}";

/* Likewise, where a request may choose its principals. */
static const char builtin_some[] =
    "{\"type\": {{ toJson .Type }}, \"keyId\": {{ toJson .KeyID }},"
    "{{ if .Insecure.CR.Principals }}"
    "\"principals\": {{ toJson .Insecure.CR.Principals }},"
    "{{ else }}\"principals\": {{ toJson .Principals }},{{ end }}"
    "\"extensions\": {{ toJson .Extensions }}}";

static const char *const user_extensions[] = {"permit-X11-forwarding",
    "permit-agent-forwarding", "permit-port-forwarding", "permit-pty",
    "permit-user-rc"};
#define USER_EXTENSIONS (sizeof(user_extensions) / sizeof(user_extensions[0]))

/*
 * Nothing in it comes from the request but the key, the times and, where they
 * are granted, principals.
 */
static int
plan_builtin(struct sc_ssh_cert *c, const struct sc_ssh_sign_request *rq,
    const struct sc_ssh_grant *g, struct sc_error *e)
{
	const struct sc_strlist *names = g->some_principals &&
		rq->principals != NULL && rq->principals->n > 0
	    ? rq->principals
	    : &g->principals;
	size_t i;
	int r = 0;

	if ((c->key_id = sc_strdup(g->key_id)) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < names->n; i++)
		if (sc_strlist_add(&c->principals, names->v[i]) != 0)
			return sc_fail_nomem(e);
	for (i = 0; r == 0 && g->type == SC_SSH_USER && i < USER_EXTENSIONS;
	     i++)
		r = sc_ssh_options_add(&c->extensions, user_extensions[i], "");
	return r != 0 ? sc_fail(e, r, "SSH extensions") : 0;
}

/* --- variables ---------------------------------------------------------- */

static const char *
type_text(enum sc_ssh_cert_type type)
{
	return type == SC_SSH_HOST ? "host" : "user";
}

static struct sc_tpl_val *
texts(struct sc_tpl_data *d, const struct sc_strlist *l)
{
	struct sc_tpl_val *list = sc_tpl_list(d, "[]string");
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++)
		sc_tpl_list_add(d, list, sc_tpl_string(d, l->v[i]));
	return list;
}

/* What the request says: nobody has checked that. */
static struct sc_tpl_val *
request(struct sc_tpl_data *d, const struct sc_ssh_sign_request *rq)
{
	struct sc_tpl_val *cr = sc_tpl_struct(d, "sshutil.CertificateRequest");
	struct sc_tpl_val *key = sc_tpl_struct(d, "ssh.PublicKey");
	const uint8_t *blob;
	size_t n;

	blob = sc_ssh_key_blob(rq->key, &n);
	sc_tpl_field(
	    d, key, "Type", NULL, sc_tpl_string(d, sc_ssh_key_type(rq->key)));
	sc_tpl_field(d, key, "Marshal", NULL, sc_tpl_bytes(d, blob, n));
	sc_tpl_field(d, cr, "Key", NULL, key);
	sc_tpl_field(d, cr, "Type", NULL,
	    sc_tpl_string(d, rq->cert_type != NULL ? rq->cert_type : ""));
	sc_tpl_field(d, cr, "KeyID", NULL,
	    sc_tpl_string(d, rq->key_id != NULL ? rq->key_id : ""));
	sc_tpl_field(d, cr, "Principals", NULL, texts(d, rq->principals));
	return cr;
}

static int
set_data(struct sc_tpl_data *d, const struct sc_ssh_sign_request *rq,
    const struct sc_ssh_grant *g, struct sc_error *e)
{
	struct sc_tpl_val *insecure = sc_tpl_map(d), *extensions;
	size_t i;
	int r;

	extensions = g->type == SC_SSH_USER ? sc_tpl_map(d) : sc_tpl_nil(d);
	for (i = 0; g->type == SC_SSH_USER && i < USER_EXTENSIONS; i++)
		sc_tpl_map_set(
		    d, extensions, user_extensions[i], sc_tpl_string(d, ""));
	sc_tpl_map_set(d, insecure, "CR", request(d, rq));
	/* Which is for templates of one's own. */
	if (rq->template_data != NULL && g->common.template->text != NULL)
		sc_tpl_map_set(
		    d, insecure, "User", sc_tpl_json(d, rq->template_data));
	sc_tpl_data_set(d, "Insecure", insecure);
	sc_tpl_data_set(d, "Type", sc_tpl_string(d, type_text(g->type)));
	sc_tpl_data_set(d, "KeyID", sc_tpl_string(d, g->key_id));
	sc_tpl_data_set(d, "Principals", texts(d, &g->principals));
	sc_tpl_data_set(d, "Extensions", extensions);
	sc_tpl_data_set(d, "CriticalOptions", sc_tpl_nil(d));
	sc_tpl_data_set(d, "Token", sc_tpl_json(d, g->common.token));
	if ((r = sc_leaf_data_credential(d, &g->common, e)) != 0)
		return r;
	sc_tpl_data_merge(d, g->common.template->data);
	r = sc_tpl_data_error(d);
	return r != 0 ? sc_fail(e, r, "data of the template") : 0;
}

/* --- what a template writes --------------------------------------------- */

static int
wrong(struct sc_error *e, const char *member, const char *want)
{
	return sc_fail(e, SC_ERR_INTERNAL,
	    "what the template writes: %s: expected %s", member, want);
}

static int
read_type(
    enum sc_ssh_cert_type granted, struct json_object *o, struct sc_error *e)
{
	const char *s = NULL;

	if (sc_json_get_string(o, "type", &s, NULL) != 0 || s == NULL ||
	    !sc_strcaseeq(s, type_text(granted)))
		return wrong(e, "type", "the one that was granted");
	return 0;
}

static int
read_key_id(struct sc_ssh_cert *c, struct json_object *o, struct sc_error *e)
{
	const char *s = NULL;

	if (sc_json_get_string(o, "keyId", &s, NULL) != 0)
		return wrong(e, "keyId", "a string");
	c->key_id = sc_strdup(s != NULL ? s : "");
	return c->key_id == NULL ? sc_fail_nomem(e) : 0;
}

static int
read_principals(
    struct sc_ssh_cert *c, struct json_object *o, struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	size_t i, n;

	if (sc_json_get_array(o, "principals", &list, NULL) != 0)
		return wrong(e, "principals", "a list of strings");
	n = list != NULL ? json_object_array_length(list) : 0;
	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			return wrong(e, "principals", "a list of strings");
		if (sc_strlist_add(&c->principals, json_object_get_string(v)) !=
		    0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
read_options(struct sc_ssh_options *to, struct json_object *o,
    const char *member, struct sc_error *e)
{
	struct json_object *map = NULL;
	int r;

	if (sc_json_get_object(o, member, &map, NULL) != 0)
		return wrong(e, member, "an object of strings");
	if (map == NULL)
		return 0;
	json_object_object_foreach(map, key, v)
	{
		if (!json_object_is_type(v, json_type_string))
			return wrong(e, member, "an object of strings");
		r = sc_ssh_options_add(to, key, json_object_get_string(v));
		if (r != 0)
			return r == SC_ERR_NOMEM
			    ? sc_fail_nomem(e)
			    : wrong(e, member, "options with names");
	}
	return 0;
}

static int
read_time(struct json_object *o, const char *member, struct sc_timespec *out,
    struct sc_error *e)
{
	const char *s = NULL;

	if (sc_json_get_string(o, member, &s, NULL) != 0 ||
	    sc_timespec_parse(s, out) != 0 || out->kind == SC_TS_DURATION)
		return wrong(e, member, "a time as 2026-01-02T03:04:05Z");
	return 0;
}

static int
read_serial(struct sc_ssh_cert *c, struct json_object *o, struct sc_error *e)
{
	struct json_object *v = sc_json_member(o, "serial");

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_int) ||
	    json_object_get_int64(v) < 0)
		return wrong(e, "serial", "a number");
	c->serial = json_object_get_uint64(v);
	return 0;
}

static int
read_result(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    struct json_object *o, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(o, json_type_object))
		return wrong(e, "certificate", "an object");
	if ((r = read_type(c->type, o, e)) != 0 ||
	    (r = read_key_id(c, o, e)) != 0 ||
	    (r = read_principals(c, o, e)) != 0 ||
	    (r = read_options(&c->critical, o, "criticalOptions", e)) != 0 ||
	    (r = read_options(&c->extensions, o, "extensions", e)) != 0 ||
	    (r = read_time(o, "validAfter", &times->after, e)) != 0 ||
	    (r = read_time(o, "validBefore", &times->before, e)) != 0)
		return r;
	return read_serial(c, o, e);
}

static int
read_text(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    const struct sc_buf *text, struct sc_error *e)
{
	struct json_object *o = NULL;
	int r = sc_json_parse(
	    sc_buf_str(text), sc_buf_len(text), SC_JSON_FIRST_VALUE, &o, e);

	if (r == 0)
		r = read_result(c, times, o, e);
	else if (r != SC_ERR_NOMEM && e != NULL) {
		sc_error_client_whole(e, "error applying certificate template");
		r = e->code = SC_ERR_INTERNAL;
	}
	json_object_put(o);
	return r;
}

static int
run_template(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    const struct sc_ssh_grant *g, struct sc_tpl_data *d, struct sc_error *e)
{
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	int r = sc_cert_template_run(g->common.template,
	    g->some_principals ? builtin_some : builtin, d, out, e);

	if (r == 0)
		r = read_text(c, times, out, e);
	if (r != 0)
		sc_error_prefix(e, "provisioner \"%s\": options.ssh",
		    g->common.provisioner_name);
	sc_buf_free(out);
	return r;
}

static int
plan_template(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    const struct sc_ssh_sign_request *rq, const struct sc_ssh_grant *g,
    struct sc_hooks *hooks, struct sc_error *e)
{
	struct sc_tpl_data *d = sc_hooks_data(hooks);
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	if ((r = set_data(d, rq, g, e)) != 0 ||
	    (r = sc_hooks_enrich_ssh(hooks, rq, e)) != 0)
		return r;
	return run_template(c, times, g, d, e);
}

int
sc_ssh_leaf_plan(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    const struct sc_ssh_sign_request *rq, const struct sc_ssh_grant *g,
    struct sc_hooks *hooks, struct sc_error *e)
{
	c->type = g->type;
	return g->common.template != NULL
	    ? plan_template(c, times, rq, g, hooks, e)
	    : plan_builtin(c, rq, g, e);
}
