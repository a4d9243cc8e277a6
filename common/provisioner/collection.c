#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "config/policy.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "provisioner/cert_template.h"
#include "provisioner/collection.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"
#include "provisioner/webhook.h"

static void
provisioner_free(struct sc_provisioner *p)
{
	size_t i;

	if (p == NULL)
		return;
	free(p->name);
	free(p->id);
	free(p->disabled);
	sc_policy_free(p->policy);
	sc_cert_template_free(p->x509_template);
	sc_cert_template_free(p->ssh_template);
	sc_cert_template_free(p->admin_template);
	sc_webhooks_free(p->webhooks);
	sc_jwk_free(p->jwk);
	sc_certs_clear(&p->roots);
	for (i = 0; i < p->keys_n; i++)
		sc_key_free(p->keys[i]);
	free(p->keys);
	sc_jwks_free(p->jwks);
	sc_strlist_clear(&p->admins);
	sc_strlist_clear(&p->domains);
	sc_strlist_clear(&p->groups);
	sc_strlist_clear(&p->accounts);
	sc_strlist_clear(&p->service_accounts);
	sc_strlist_clear(&p->project_ids);
	sc_nebula_roots_clear(&p->nebula_roots);
	sc_strlist_clear(&p->resource_groups);
	sc_strlist_clear(&p->subscription_ids);
	sc_strlist_clear(&p->object_ids);
	free(p);
}

static int
read_options(struct sc_provisioner *p, const char *steppath, struct sc_error *e)
{
	struct json_object *options = NULL;
	int r;

	if ((r = sc_json_get_object(p->raw, "options", &options, e)) != 0 ||
	    options == NULL)
		return r;
	if ((r = sc_cert_template_new(
		 options, "x509", steppath, &p->x509_template, e)) != 0 ||
	    (r = sc_cert_template_new(
		 options, "ssh", steppath, &p->ssh_template, e)) != 0 ||
	    (r = sc_webhooks_new(options, steppath, &p->webhooks, e)) != 0 ||
	    p->webhooks == NULL)
		return r;
	/* Webhooks have to do with the variables of a template. */
	if ((r = sc_cert_template_ensure(&p->x509_template, e)) != 0)
		return r;
	return sc_cert_template_ensure(&p->ssh_template, e);
}

static int
read_policy(struct sc_provisioner *p, struct sc_error *e)
{
	struct json_object *o = NULL, *x509 = NULL, *ssh = NULL;
	int r;

	if ((r = sc_json_get_object(p->raw, "options", &o, e)) != 0 ||
	    o == NULL)
		return r;
	if ((r = sc_json_get_object(o, "x509", &x509, e)) != 0 ||
	    (r = sc_json_get_object(o, "ssh", &ssh, e)) != 0) {
		sc_error_prefix(e, "options");
		return r;
	}
	return sc_policy_new(
	    x509 != NULL ? sc_json_member(x509, "policy") : NULL,
	    "options.x509.policy",
	    ssh != NULL ? sc_json_member(ssh, "policy") : NULL,
	    "options.ssh.policy", &p->policy, e);
}

static int
provisioner_init(struct sc_provisioner *p, const struct sc_claims *base,
    const char *steppath, struct sc_error *e)
{
	struct sc_claims inherited = *base;
	struct json_object *claims = NULL;
	int r;

	inherited.provisioner = p->name;
	/* First of all its identity, so that its tokens find it. */
	if (p->type->init != NULL && (r = p->type->init(p, e)) != 0)
		return r;
	if ((r = sc_json_get_object(p->raw, "claims", &claims, e)) != 0 ||
	    (r = sc_claims_overlay(&p->claims, &inherited, claims,
		 SC_LEVEL_PROVISIONER, "claims", e)) != 0 ||
	    (r = read_policy(p, e)) != 0 ||
	    (r = read_options(p, steppath, e)) != 0)
		return r;
	return sc_provisioner_type_templates(p, e);
}

static int
check_unique(const struct sc_provisioners *ps, const struct sc_provisioner *p,
    struct sc_error *e)
{
	size_t i;

	for (i = 0; i < ps->n; i++) {
		if (sc_streq(ps->v[i]->name, p->name))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "authority.provisioners: cannot add multiple "
			    "provisioners with the same name \"%s\"",
			    p->name);
		if (sc_streq(ps->v[i]->id, p->id))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "authority.provisioners: cannot add multiple "
			    "provisioners with the same token identifier "
			    "\"%s\"",
			    p->id);
	}
	return 0;
}

static int
remember_skipped(
    struct sc_provisioners *ps, const char *type, struct sc_error *e)
{
	char *s = sc_asprintf(
	    "%s%s%s", ps->skipped, ps->skipped[0] != '\0' ? ", " : "", type);

	if (s == NULL)
		return sc_fail_nomem(e);
	free(ps->skipped);
	ps->skipped = s;
	return 0;
}

static int
append(struct sc_provisioners *ps, struct sc_provisioner *p, struct sc_error *e)
{
	void *v = sc_reallocarray(ps->v, ps->n + 1, sizeof(*ps->v));

	if (v == NULL)
		return sc_fail_nomem(e);
	ps->v = v;
	ps->v[ps->n++] = p;
	return 0;
}

/* Entry i of the list; a broken one is kept, disabled. */
static int
add_entry(struct sc_provisioners *ps, struct json_object *raw, size_t i,
    const struct sc_claims *base, const char *steppath, struct sc_error *e)
{
	const struct sc_provisioner_type *type;
	struct sc_provisioner *p = NULL;
	struct sc_error why = SC_ERROR_INIT;
	const char *name = NULL, *type_name = NULL;
	int r;

	if (!json_object_is_type(raw, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "authority.provisioners[%zu]: expected an object", i);
	if ((r = sc_json_get_string(raw, "type", &type_name, e)) != 0 ||
	    (r = sc_json_get_string(raw, "name", &name, e)) != 0) {
		sc_error_prefix(e, "authority.provisioners[%zu]", i);
		return r;
	}
	if (type_name == NULL ||
	    (type = sc_provisioner_type_find(type_name)) == NULL)
		return remember_skipped(
		    ps, type_name != NULL ? type_name : "(none)", e);
	if (name == NULL || name[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED,
		    "authority.provisioners[%zu]: name cannot be empty", i);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return sc_fail_nomem(e);
	p->type = type;
	p->raw = raw;
	p->steppath = steppath;
	p->claims = *base;
	if ((p->name = sc_strdup(name)) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if (provisioner_init(p, base, steppath, &why) != 0 &&
	    (p->disabled = sc_strdup(why.msg)) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_provisioner_default_id(p, e)) != 0 ||
	    (r = check_unique(ps, p, e)) != 0 || (r = append(ps, p, e)) != 0)
		goto out;
	p = NULL; /* transferred */
out:
	provisioner_free(p);
	return r;
}

int
sc_provisioners_new(struct json_object *list,
    const struct sc_claims *authority_claims,
    const struct sc_strlist *dns_names, const char *steppath,
    struct sc_provisioners **out, struct sc_error *e)
{
	struct sc_provisioners *ps;
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;
	int r = 0;

	*out = NULL;
	if ((ps = calloc(1, sizeof(*ps))) == NULL ||
	    (ps->skipped = sc_strdup("")) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_audiences_init(&ps->audiences, dns_names, e)) != 0)
		goto out;
	for (i = 0; i < n; i++)
		if ((r = add_entry(ps, json_object_array_get_idx(list, i), i,
			 authority_claims, steppath, e)) != 0)
			goto out;
	*out = ps;
	ps = NULL; /* transferred */
out:
	sc_provisioners_free(ps);
	return r;
}

void
sc_provisioners_free(struct sc_provisioners *ps)
{
	size_t i;

	if (ps == NULL)
		return;
	for (i = 0; i < ps->n; i++)
		provisioner_free(ps->v[i]);
	free(ps->v);
	sc_audiences_clear(&ps->audiences);
	free(ps->skipped);
	free(ps);
}

size_t
sc_provisioners_count(const struct sc_provisioners *ps)
{
	return ps->n;
}

const struct sc_provisioner *
sc_provisioners_at(const struct sc_provisioners *ps, size_t i)
{
	return i < ps->n ? ps->v[i] : NULL;
}

const struct sc_provisioner *
sc_provisioners_by_kid(const struct sc_provisioners *ps, const char *kid)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		if (ps->v[i]->jwk != NULL && sc_streq(ps->v[i]->jwk->kid, kid))
			return ps->v[i];
	return NULL;
}

const char *
sc_provisioners_skipped(const struct sc_provisioners *ps)
{
	return ps->skipped;
}

const struct sc_provisioner *
sc_provisioners_by_id(const struct sc_provisioners *ps, const char *id)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		if (sc_streq(ps->v[i]->id, id))
			return ps->v[i];
	return NULL;
}

const struct sc_provisioner *
sc_provisioners_by_name(const struct sc_provisioners *ps, const char *name)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		if (sc_streq(ps->v[i]->name, name))
			return ps->v[i];
	return NULL;
}
