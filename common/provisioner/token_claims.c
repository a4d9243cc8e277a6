#include "config.h"

#include <json-c/json.h>

#include "base/err.h"
#include "base/json.h"
#include "crypto/jws.h"
#include "provisioner/grant.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"
#include "provisioner/token_claims.h"

int
sc_token_check_claims(const char *issuer, const struct sc_token *t, int64_t now,
    struct sc_error *e)
{
	int r;

	if (!sc_streq(t->iss, issuer))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token issuer \"%s\" is not \"%s\"", t->iss, issuer);
	if ((r = sc_jwt_check_times(
		 sc_token_claims(t), now, SC_TOKEN_LEEWAY, e)) != 0)
		return r;
	if (t->sub[0] == '\0')
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's subject (sub) is empty");
	return 0;
}

int
sc_token_check_audience(const struct sc_audiences *aud, enum sc_operation op,
    const char *id, const struct sc_token *t, struct sc_error *e)
{
	size_t i;

	for (i = 0; i < t->aud.n; i++)
		if (sc_audience_match_id(aud, op, t->aud.v[i], id))
			return 0;
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's audience (aud) is not this operation of this CA");
}

struct json_object *
sc_token_ssh(const struct sc_token *t)
{
	struct json_object *step =
	    sc_json_member_exact(sc_token_claims(t), "step");

	return step != NULL && json_object_is_type(step, json_type_object)
	    ? sc_json_member_exact(step, "ssh")
	    : NULL;
}

int
sc_token_refuse_ssh(const struct sc_token *t, struct sc_error *e)
{
	if (sc_token_ssh(t) != NULL)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token asks for an SSH certificate");
	return 0;
}

int
sc_grant_credential(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	g->subject = sc_strdup(t->sub);
	g->spend_id = sc_strdup(t->id);
	g->spend_expires = t->exp != 0 ? t->exp + SC_TOKEN_LEEWAY : 0;
	if (g->subject == NULL || g->spend_id == NULL)
		return sc_fail_nomem(e);
	return 0;
}

static int
bad_claim(struct sc_error *e, const char *name)
{
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's claim %s has the wrong type", name);
}

int
sc_grant_names(struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *sans =
	    sc_json_member_exact(sc_token_claims(t), "sans");
	struct json_object *v;
	size_t i, n;
	int r;

	if (sans != NULL && !json_object_is_type(sans, json_type_array))
		return bad_claim(e, "sans");
	n = sans != NULL ? json_object_array_length(sans) : 0;
	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(sans, i);
		if (!json_object_is_type(v, json_type_string))
			return bad_claim(e, "sans");
		if ((r = sc_sans_add_auto(
			 &g->sans, json_object_get_string(v), e)) != 0)
			return r;
	}
	return n == 0 ? sc_sans_add_auto(&g->sans, t->sub, e) : 0;
}

int
sc_grant_confirmation(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *cnf =
	    sc_json_member_exact(sc_token_claims(t), "cnf");
	struct json_object *fp;

	if (cnf == NULL)
		return 0;
	if (!json_object_is_type(cnf, json_type_object))
		return bad_claim(e, "cnf");
	if ((fp = sc_json_member_exact(cnf, "x5rt#S256")) == NULL)
		return 0;
	if (!json_object_is_type(fp, json_type_string))
		return bad_claim(e, "cnf");
	if (json_object_get_string_len(fp) == 0)
		return 0;
	g->csr_fingerprint = sc_strdup(json_object_get_string(fp));
	return g->csr_fingerprint == NULL ? sc_fail_nomem(e) : 0;
}
