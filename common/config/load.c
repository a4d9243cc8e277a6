#include "config.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "config/ca_json.h"
#include "config/members.h"
#include "config/policy.h"

/* Reading context: where we are in the document, for messages. */
struct load {
	struct sc_config *c;
	struct sc_error *e;
	const char *where; /* "" or "authority" ... */
};

/* Put file (and object) in front of a getter's message; returns r. */
static int
located(struct load *l, int r)
{
	if (r != 0 && l->where[0] != '\0')
		sc_error_prefix(l->e, "%s", l->where);
	return r;
}

static int
get_text(struct load *l, struct json_object *o, const char *name, char **out)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, name, &s, l->e);

	if (r != 0)
		return located(l, r);
	free(*out);
	if ((*out = sc_strdup(s != NULL ? s : "")) == NULL)
		return sc_fail_nomem(l->e);
	return 0;
}

/* A path: absolute as it is, else below $STEPPATH. */
static int
get_path(struct load *l, struct json_object *o, const char *name, char **out)
{
	char *rel = NULL;
	int r = get_text(l, o, name, &rel);

	if (rel != NULL && rel[0] != '\0') {
		free(*out);
		*out = sc_path_join(l->c->steppath, rel);
		if (*out == NULL)
			r = sc_fail_nomem(l->e);
		free(rel);
		return r;
	}
	if (r == 0) {
		free(*out);
		*out = rel;
	}
	return r;
}

static int
add_string(struct load *l, const char *name, struct json_object *v,
    struct sc_strlist *out, bool is_path)
{
	const char *s;
	char *p = NULL;
	int r;

	if (!json_object_is_type(v, json_type_string))
		return sc_fail(l->e, SC_ERR_MALFORMED,
		    "%s: expected a string or an array of strings", name);
	s = json_object_get_string(v);
	if (is_path && (p = sc_path_join(l->c->steppath, s)) == NULL)
		return sc_fail_nomem(l->e);
	r = sc_strlist_add(out, is_path ? p : s);
	free(p);
	return r != 0 ? sc_fail_nomem(l->e) : 0;
}

/* A string or an array of strings. */
static int
get_strings(struct load *l, struct json_object *o, const char *name,
    struct sc_strlist *out, bool is_path)
{
	struct json_object *v = sc_json_member(o, name);
	size_t i;
	int r = 0;

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_array))
		return add_string(l, name, v, out, is_path);
	for (i = 0; r == 0 && i < json_object_array_length(v); i++)
		r = add_string(
		    l, name, json_object_array_get_idx(v, i), out, is_path);
	return r;
}

static int
load_db(struct load *l, struct json_object *root)
{
	static const char *const known[] = {
	    "badger", "badgerv1", "badgerv2", "bbolt", NULL};
	struct json_object *db = NULL;
	const char *type = NULL, *source = NULL;
	char *dir;
	int i, r;

	if ((r = sc_json_get_object(root, "db", &db, l->e)) != 0)
		return r;
	l->where = "db";
	if (db != NULL &&
	    ((r = sc_json_get_string(db, "type", &type, l->e)) != 0 ||
		(r = sc_json_get_string(db, "dataSource", &source, l->e)) != 0))
		return located(l, r);
	if (type != NULL) {
		for (i = 0; known[i] != NULL && !sc_streq(type, known[i]); i++)
			;
		if (known[i] == NULL)
			return sc_fail(l->e, SC_ERR_MALFORMED,
			    "db.type: \"%s\" is not supported; use badgerv2 "
			    "(the state is then kept in a folder \"stepc\" "
			    "below db.dataSource)",
			    type);
	}
	dir = sc_path_join(l->c->steppath,
	    source != NULL && source[0] != '\0' ? source : "db");
	if (dir == NULL)
		return sc_fail_nomem(l->e);
	free(l->c->store_dir);
	l->c->store_dir = sc_path_join(dir, "stepc");
	free(dir);
	return l->c->store_dir == NULL ? sc_fail_nomem(l->e) : 0;
}

static int
load_logger(struct load *l, struct json_object *root)
{
	struct json_object *lg = NULL;
	int r;

	l->where = "";
	if ((r = sc_json_get_object(root, "logger", &lg, l->e)) != 0 ||
	    lg == NULL)
		return r;
	l->where = "logger";
	return get_text(l, lg, "traceHeader", &l->c->trace_header);
}

static int
template_text(struct load *l, struct json_object *t, const char *name,
    struct sc_strlist *out)
{
	const char *s = NULL;
	int r = sc_json_get_string(t, name, &s, l->e);

	if (r != 0)
		return located(l, r);
	if (s == NULL || s[0] == '\0')
		return 0;
	return sc_strlist_add(out, s) != 0 ? sc_fail_nomem(l->e) : 0;
}

static int
load_subject_template(struct load *l, struct json_object *authority)
{
	struct sc_name *n = &l->c->subject_template;
	struct json_object *t = NULL;
	int r;

	l->where = "authority";
	if ((r = sc_json_get_object(authority, "template", &t, l->e)) != 0)
		return located(l, r);
	l->where = "authority.template";
	if (t == NULL)
		return 0;
	if ((r = template_text(l, t, "country", &n->country)) != 0 ||
	    (r = template_text(l, t, "organization", &n->organization)) != 0 ||
	    (r = template_text(
		 l, t, "organizationalUnit", &n->organizational_unit)) != 0 ||
	    (r = template_text(l, t, "locality", &n->locality)) != 0 ||
	    (r = template_text(l, t, "province", &n->province)) != 0 ||
	    (r = template_text(l, t, "streetAddress", &n->street_address)) !=
		0 ||
	    (r = get_text(l, t, "serialNumber", &n->serial_number)) != 0)
		return r;
	return get_text(l, t, "commonName", &n->common_name);
}

static int
load_backdate(struct load *l, struct json_object *authority)
{
	const char *s = NULL;
	int r = sc_json_get_string(authority, "backdate", &s, l->e);

	if (r != 0)
		return located(l, r);
	if (s == NULL)
		return 0;
	if (sc_duration_parse(s, &l->c->backdate) != 0)
		return sc_fail(l->e, SC_ERR_MALFORMED,
		    "authority.backdate: \"%s\" is not a duration", s);
	if (l->c->backdate < 0)
		return sc_fail(l->e, SC_ERR_MALFORMED,
		    "authority.backdate: \"%s\" is negative", s);
	return 0;
}

static int
load_policy(struct load *l, struct json_object *policy)
{
	if (policy == NULL)
		return 0;
	json_object_object_foreach(policy, key, v)
	{
		(void)v;
		if (!sc_strcaseeq(key, "x509") && !sc_strcaseeq(key, "ssh"))
			return sc_fail(l->e, SC_ERR_MALFORMED,
			    "authority.policy.%.100s: unknown member", key);
	}
	return sc_policy_new(sc_json_member(policy, "x509"),
	    "authority.policy.x509", sc_json_member(policy, "ssh"),
	    "authority.policy.ssh", &l->c->policy, l->e);
}

static int
load_authority(struct load *l, struct json_object *root)
{
	struct json_object *a = NULL, *claims = NULL, *policy = NULL;
	struct sc_claims builtin;
	int r;

	l->where = "";
	if ((r = sc_json_get_object(root, "authority", &a, l->e)) != 0)
		return r;
	if (a == NULL)
		return sc_fail(
		    l->e, SC_ERR_MALFORMED, "authority cannot be nil");
	l->where = "authority";
	if ((r = sc_json_get_object(a, "claims", &claims, l->e)) != 0 ||
	    (r = sc_json_get_object(a, "policy", &policy, l->e)) != 0 ||
	    (r = sc_json_get_array(
		 a, "provisioners", &l->c->provisioners, l->e)) != 0)
		return located(l, r);
	if ((r = load_policy(l, policy)) != 0 || (r = load_backdate(l, a)) != 0)
		return r;
	sc_claims_builtin(&builtin);
	if ((r = sc_claims_overlay(&l->c->claims, &builtin, claims,
		 SC_LEVEL_AUTHORITY, "authority.claims", l->e)) != 0)
		return r;
	return load_subject_template(l, a);
}

/* TLS versions are JSON numbers; json-c would print 1.2 with 17 digits. */
static void
add_version(struct json_object *o, const char *name, double v)
{
	char text[16];

	snprintf(text, sizeof(text), "%.1f", v);
	json_object_object_add(o, name, json_object_new_double_s(v, text));
}

/* Fill what is missing in tls with the reference's defaults. */
static int
load_tls(struct load *l, struct json_object *root)
{
	struct json_object *in = NULL, *v, *o, *suites;
	double min, max;
	int r;

	l->where = "";
	if ((r = sc_json_get_object(root, "tls", &in, l->e)) != 0)
		return r;
	if ((l->c->tls = o = json_object_new_object()) == NULL)
		return sc_fail_nomem(l->e);
	v = in != NULL ? sc_json_member(in, "cipherSuites") : NULL;
	if (v != NULL && json_object_is_type(v, json_type_array) &&
	    json_object_array_length(v) > 0) {
		json_object_object_add(o, "cipherSuites", json_object_get(v));
	} else {
		suites = json_object_new_array();
		json_object_array_add(suites,
		    json_object_new_string(
			"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"));
		json_object_array_add(suites,
		    json_object_new_string(
			"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
		json_object_object_add(o, "cipherSuites", suites);
	}
	v = in != NULL ? sc_json_member(in, "minVersion") : NULL;
	min = v != NULL ? json_object_get_double(v) : 0;
	v = in != NULL ? sc_json_member(in, "maxVersion") : NULL;
	max = v != NULL ? json_object_get_double(v) : 0;
	min = min > 0 ? min : 1.2;
	max = max > 0 ? max : 1.3;
	if (min > max)
		return sc_fail(l->e, SC_ERR_MALFORMED,
		    "tls minVersion cannot exceed tls maxVersion");
	add_version(o, "minVersion", min);
	add_version(o, "maxVersion", max);
	v = in != NULL ? sc_json_member(in, "renegotiation") : NULL;
	json_object_object_add(o, "renegotiation",
	    json_object_new_boolean(v != NULL && json_object_get_boolean(v)));
	return 0;
}

static int
check_required(struct load *l)
{
	const struct sc_config *c = l->c;
	const char *what = NULL;
	const char *colon;

	colon = strrchr(c->address, ':');
	if (c->address[0] == '\0')
		what = "address cannot be empty";
	else if (colon == NULL)
		return sc_fail(
		    l->e, SC_ERR_MALFORMED, "invalid address %s", c->address);
	else if (c->dns_names.n == 0)
		what = "dnsNames cannot be empty";
	else if (c->roots.n == 0)
		what = "root cannot be empty";
	else if (c->crt[0] == '\0')
		what = "crt cannot be empty";
	else if (c->key[0] == '\0')
		what = "key cannot be empty";
	if (what != NULL)
		return sc_fail(l->e, SC_ERR_MALFORMED, "%s", what);
	return 0;
}

/* Absent dnsNames have a default; an empty list is an error. */
static int
default_dns_names(struct load *l, struct json_object *root)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	size_t i;

	if (sc_json_member(root, "dnsNames") != NULL)
		return 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sc_strlist_add(&l->c->dns_names, names[i]) != 0)
			return sc_fail_nomem(l->e);
	return 0;
}

static int
load_top(struct load *l, struct json_object *root)
{
	struct sc_config *c = l->c;
	const char *key = NULL;
	int r;

	if ((r = sc_json_get_string(root, "key", &key, l->e)) != 0)
		return r;
	/* "pkcs11:...", "azurekms:..." name keys outside of files. */
	if (key != NULL && key[0] != '/' && strchr(key, ':') != NULL)
		return sc_fail(l->e, SC_ERR_UNSUPPORTED,
		    "key: \"%s\": only key files are supported", key);
	if ((r = get_strings(l, root, "root", &c->roots, true)) != 0 ||
	    (r = get_strings(
		 l, root, "federatedRoots", &c->federated_roots, true)) != 0 ||
	    (r = get_path(l, root, "crt", &c->crt)) != 0 ||
	    (r = get_path(l, root, "key", &c->key)) != 0 ||
	    (r = get_text(l, root, "address", &c->address)) != 0 ||
	    (r = get_text(l, root, "password", &c->password)) != 0 ||
	    (r = get_text(l, root, "commonName", &c->common_name)) != 0 ||
	    (r = get_strings(l, root, "dnsNames", &c->dns_names, false)) != 0 ||
	    (r = default_dns_names(l, root)) != 0)
		return r;
	return check_required(l);
}

static int
load_document(struct load *l, struct json_object *root)
{
	int r;

	if (!json_object_is_type(root, json_type_object))
		return sc_fail(
		    l->e, SC_ERR_MALFORMED, "expected a JSON object");
	if ((r = load_top(l, root)) != 0 || (r = load_db(l, root)) != 0 ||
	    (r = load_logger(l, root)) != 0 ||
	    (r = load_authority(l, root)) != 0 ||
	    (r = load_tls(l, root)) != 0 ||
	    (r = sc_config_crl_load(
		 root, &l->c->dns_names, &l->c->crl, l->e)) != 0 ||
	    (r = sc_config_ocsp_load(
		 root, l->c->steppath, &l->c->ocsp, l->e)) != 0 ||
	    (r = sc_config_ssh_load(root, l->c->steppath, &l->c->ssh, l->e)) !=
		0 ||
	    (r = sc_config_ssh_templates_load(
		 root, l->c->steppath, &l->c->ssh_templates, l->e)) != 0)
		return r;
	return sc_config_name_unsupported(root, &l->c->unsupported, l->e);
}

/*
 * $STEPPATH of a configuration: the folder above config/ when the file lies
 * in one, else the folder of the file.
 */
static char *
base_of(const char *path)
{
	char real[PATH_MAX];
	char *slash;

	if (realpath(path, real) == NULL)
		return NULL;
	if ((slash = strrchr(real, '/')) != NULL)
		*slash = '\0';
	if (sc_has_suffix(real, "/config"))
		real[strlen(real) - strlen("/config")] = '\0';
	return sc_strdup(real[0] != '\0' ? real : "/");
}

static struct sc_config *
config_new(const char *path)
{
	struct sc_config *c = calloc(1, sizeof(*c));
	char **const texts[] = {&c->crt, &c->key, &c->address, &c->password,
	    &c->common_name, &c->trace_header};
	size_t i;

	if (c == NULL)
		return NULL;
	c->backdate = SC_MINUTE;
	c->path = sc_strdup(path);
	c->steppath = base_of(path);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((*texts[i] = sc_strdup("")) == NULL)
			goto fail;
	if (c->path != NULL && c->steppath != NULL)
		return c;
fail:
	sc_config_free(c);
	return NULL;
}

int
sc_config_load(const char *path, struct sc_config **out, struct sc_error *e)
{
	struct load l = {NULL, e, ""};
	char *text = NULL;
	size_t n = 0;
	int r;

	*out = NULL;
	if ((r = sc_file_read(path, SC_MAX_CONFIG_FILE, &text, &n, e)) != 0)
		return r;
	if ((l.c = config_new(path)) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_json_parse(text, n, 0, &l.c->raw, e)) != 0 ||
	    (r = load_document(&l, l.c->raw)) != 0) {
		sc_error_prefix(e, "%s", path);
		goto out;
	}
	*out = l.c;
	l.c = NULL; /* transferred */
out:
	sc_freezero(text, n);
	sc_config_free(l.c);
	return r;
}

void
sc_config_free(struct sc_config *c)
{
	if (c == NULL)
		return;
	free(c->path);
	free(c->steppath);
	json_object_put(c->raw);
	sc_strlist_clear(&c->roots);
	sc_strlist_clear(&c->federated_roots);
	free(c->crt);
	free(c->key);
	free(c->address);
	sc_strlist_clear(&c->dns_names);
	sc_free_secret(c->password);
	free(c->common_name);
	free(c->store_dir);
	free(c->trace_header);
	sc_name_clear(&c->subject_template);
	json_object_put(c->tls);
	sc_config_crl_clear(&c->crl);
	sc_config_ocsp_clear(&c->ocsp);
	sc_config_ssh_clear(&c->ssh);
	sc_config_ssh_templates_clear(&c->ssh_templates);
	sc_policy_free(c->policy);
	sc_strlist_clear(&c->unsupported);
	free(c);
}
