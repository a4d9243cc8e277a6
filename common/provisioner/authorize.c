/*
 * From a token to its provisioner, and what that one makes of it.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/url.h"
#include "crypto/jws.h"
#include "provisioner/cert_template.h"
#include "provisioner/collection.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

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
	return sc_token_check_audience(&ps->audiences, op, p->id, t, NULL) == 0;
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
