#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/url.h"
#include "config/policy.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/cert_template.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/webhook.h"

struct sc_provisioners {
	struct sc_provisioner **v;
	size_t n;
	struct sc_audiences audiences;
	char *skipped;
};

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

bool
sc_provisioners_audience(const struct sc_provisioners *ps, enum sc_operation op,
    const struct sc_token *t)
{
	size_t i;

	for (i = 0; i < t->aud.n; i++)
		if (sc_audience_match(&ps->audiences, op, t->aud.v[i]))
			return true;
	return false;
}

bool
sc_provisioners_audience_for(const struct sc_provisioners *ps,
    const struct sc_provisioner *p, enum sc_operation op,
    const struct sc_token *t)
{
	size_t i;

	for (i = 0; i < t->aud.n; i++)
		if (sc_audience_match_id(
			&ps->audiences, op, t->aud.v[i], p->id))
			return true;
	return false;
}

/* Decoded fragment of the first audience that has one; NULL when none. */
static char *
audience_fragment(const struct sc_token *t)
{
	struct sc_url u;
	char *f = NULL;
	size_t i;

	for (i = 0; f == NULL && i < t->aud.n; i++) {
		if (strchr(t->aud.v[i], '#') == NULL ||
		    sc_url_parse(t->aud.v[i], &u) != 0)
			continue;
		if (u.fragment[0] != '\0')
			f = sc_strdup(u.fragment);
		sc_url_clear(&u);
	}
	return f;
}

static const struct sc_provisioner *
by_audience(const struct sc_provisioners *ps, const struct sc_token *t)
{
	const struct sc_provisioner *p = NULL;
	char *id = audience_fragment(t);

	if (id == NULL)
		id = sc_asprintf(
		    "%s:%s", t->iss, t->jws->kid != NULL ? t->jws->kid : "");
	if (id != NULL)
		p = sc_provisioners_by_id(ps, id);
	free(id);
	return p;
}

/* The order of the reference (tokens.md section 3). */
static const struct sc_provisioner *
find(const struct sc_provisioners *ps, const struct sc_token *t)
{
	const char *azp = sc_token_text(t, "azp"),
		   *tid = sc_token_text(t, "tid");
	const struct sc_provisioner *p;
	size_t i;

	for (i = 0; i < t->aud.n; i++)
		if (sc_audience_known(&ps->audiences, t->aud.v[i]))
			return by_audience(ps, t);
	if (sc_streq(t->iss, "kubernetes/serviceaccount"))
		return sc_provisioners_by_id(ps, SC_ID_K8SSA);
	if (t->aud.n == 0)
		return NULL;
	if (azp != NULL && (p = sc_provisioners_by_id(ps, azp)) != NULL)
		return p;
	if (tid != NULL) {
		if (sc_token_text(t, "email") != NULL &&
		    (p = sc_provisioners_by_id(ps, t->aud.v[0])) != NULL)
			return p;
		return sc_provisioners_by_id(ps, tid);
	}
	return sc_provisioners_by_id(ps, t->aud.v[0]);
}

int
sc_provisioner_check_enabled(const struct sc_provisioner *p, struct sc_error *e)
{
	if (p->disabled == NULL)
		return 0;
	(void)sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "provisioner \"%s\" is disabled: %s", p->name, p->disabled);
	sc_error_client_whole(e,
	    "provisioner \"%s\" is disabled due to an initialization error",
	    p->name);
	return SC_ERR_UNAUTHENTICATED;
}

static int
usable(const struct sc_provisioner *p, const struct sc_token *t,
    struct sc_error *e)
{
	if (p == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "no provisioner for token with issuer \"%.128s\" and kid "
		    "\"%.128s\"",
		    t->iss, t->jws->kid != NULL ? t->jws->kid : "");
	if (!p->type->token_flow)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "token flow is not supported");
	return sc_provisioner_check_enabled(p, e);
}

/* For the record, and what holds for all it grants. */
static int
name_provisioner(
    const struct sc_provisioner *p, struct sc_grant *out, struct sc_error *e)
{
	out->policy = p->policy;
	out->webhooks = p->webhooks;
	out->provisioner_type = p->type->name;
	out->provisioner_id = sc_strdup(p->id);
	out->provisioner_name = sc_strdup(p->name);
	if (out->provisioner_id == NULL || out->provisioner_name == NULL)
		return sc_fail_nomem(e);
	return 0;
}

static void
set_template(struct sc_grant *g, const struct sc_cert_template *t,
    const struct sc_token *token)
{
	g->template = t;
	if (t != NULL)
		g->token = json_object_get(sc_token_claims(token));
}

typedef int authorize_fn(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e);

static int
authorize_x509(const struct sc_provisioners *ps, const struct sc_provisioner *p,
    authorize_fn *fn, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r;

	if (fn == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%s\" of type %s cannot sign X.509 "
		    "certificates",
		    p->name, p->type->name);
	if ((r = fn(p, &ps->audiences, t, now, out, e)) != 0)
		return r;
	out->claims = p->claims;
	set_template(out,
	    out->from_request && p->admin_template != NULL ? p->admin_template
							   : p->x509_template,
	    t);
	out->ext_type = p->claims.on[SC_CLAIM_DISABLE_SMALLSTEP_EXTENSIONS]
	    ? 0
	    : p->type->number;
	return name_provisioner(p, out, e);
}

int
sc_provisioners_authorize_sign(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e)
{
	const struct sc_provisioner *p;
	int r = sc_provisioners_find(ps, t, &p, e);

	return r != 0
	    ? r
	    : authorize_x509(ps, p, p->type->authorize_sign, t, now, out, e);
}

int
sc_provisioners_authorize_identity(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e)
{
	const struct sc_provisioner *p;
	int r = sc_provisioners_find(ps, t, &p, e);

	return r != 0 ? r
		      : authorize_x509(
			    ps, p, p->type->authorize_identity, t, now, out, e);
}

int
sc_provisioners_authorize_revoke(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e)
{
	const struct sc_provisioner *p = find(ps, t);
	int r;

	if ((r = usable(p, t, e)) != 0)
		return r;
	if (p->type->authorize_revoke == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%s\" of type %s cannot revoke X.509 "
		    "certificates",
		    p->name, p->type->name);
	if ((r = p->type->authorize_revoke(
		 p, &ps->audiences, t, now, out, e)) != 0)
		return r;
	out->claims = p->claims;
	return name_provisioner(p, out, e);
}

int
sc_provisioners_find(const struct sc_provisioners *ps, const struct sc_token *t,
    const struct sc_provisioner **out, struct sc_error *e)
{
	*out = find(ps, t);
	return usable(*out, t, e);
}

/* What must be so before an SSH certificate is even thought of. */
static int
check_ssh(const struct sc_provisioner *p, struct sc_error *e)
{
	char claim[SC_CLAIM_TEXT_MAX];

	if (p->type->authorize_ssh_sign == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%s\" of type %s cannot sign SSH "
		    "certificates",
		    p->name, p->type->name);
	if (!p->claims.on[SC_CLAIM_ENABLE_SSH_CA]) {
		sc_claim_switch_text(&p->claims, SC_CLAIM_ENABLE_SSH_CA, claim);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%.128s\" signs no SSH certificates (%s)",
		    p->name, claim);
	}
	return 0;
}

int
sc_provisioners_authorize_ssh_sign(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_ssh_grant *out,
    struct sc_error *e)
{
	const struct sc_provisioner *p;
	int r;

	if ((r = sc_provisioners_find(ps, t, &p, e)) != 0 ||
	    (r = check_ssh(p, e)) != 0 ||
	    (r = p->type->authorize_ssh_sign(
		 p, &ps->audiences, t, now, out, e)) != 0)
		return r;
	out->common.claims = p->claims;
	set_template(&out->common, p->ssh_template, t);
	return name_provisioner(p, &out->common, e);
}

int
sc_provisioners_authorize_ssh_revoke(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e)
{
	const struct sc_provisioner *p;
	int r;

	if ((r = sc_provisioners_find(ps, t, &p, e)) != 0)
		return r;
	if (p->type->authorize_ssh_revoke == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%s\" of type %s cannot revoke SSH "
		    "certificates",
		    p->name, p->type->name);
	if ((r = p->type->authorize_ssh_revoke(
		 p, &ps->audiences, t, now, out, e)) != 0)
		return r;
	out->claims = p->claims;
	return name_provisioner(p, out, e);
}
