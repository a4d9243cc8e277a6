/*
 * The JWK provisioner: tokens signed with a key whose public half is in
 * ca.json.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

static int
jwk_init(struct sc_provisioner *p, struct sc_error *e)
{
	struct json_object *key = NULL, *kid;
	int r;

	if ((r = sc_json_get_object(p->raw, "key", &key, e)) != 0)
		return r;
	if (key == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "key is missing");
	kid = sc_json_member_exact(key, "kid");
	if (!json_object_is_type(kid, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED, "key.kid is missing");
	/* Also of a key that cannot be used: its tokens are told so. */
	p->id = sc_asprintf("%s:%s", p->name, json_object_get_string(kid));
	if (p->id == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_jwk_parse(key, &p->jwk, e)) != 0) {
		sc_error_prefix(e, "key");
		return r;
	}
	if (sc_json_member_exact(key, "alg") != NULL)
		p->jwk_algs[0] = p->jwk->alg;
	return sc_json_get_string(p->raw, "encryptedKey", &p->encrypted_key, e);
}

static int
check_audience(const struct sc_audiences *aud, const struct sc_token *t,
    enum sc_operation op, struct sc_error *e)
{
	size_t i;

	for (i = 0; i < t->aud.n; i++)
		if (sc_audience_match(aud, op, t->aud.v[i]))
			return 0;
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's audience (aud) is not this operation of this CA");
}

/* Signature, issuer, times, audience, subject: what every operation needs. */
static int
check_token(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, enum sc_operation op, int64_t now,
    struct sc_error *e)
{
	const char *const *algs = p->jwk_algs[0] != NULL
	    ? p->jwk_algs
	    : sc_jws_algs_for_key(p->jwk->key);
	int r;

	if ((r = sc_jws_verify(t->jws, p->jwk->key, algs, e)) != 0)
		return r;
	if ((r = sc_token_check_claims(p->name, t, now, e)) != 0)
		return r;
	return check_audience(aud, t, op, e);
}

/* The names are the request's common names too. */
static int
grant_common_names(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *sans =
	    sc_json_member_exact(sc_token_claims(t), "sans");
	size_t i, n = sans != NULL ? json_object_array_length(sans) : 0;
	int r = sc_strlist_add(&g->request_cns, t->sub);

	for (i = 0; r == 0 && i < n; i++)
		r = sc_strlist_add(&g->request_cns,
		    json_object_get_string(json_object_array_get_idx(sans, i)));
	return r != 0 ? sc_fail_nomem(e) : 0;
}

static int
grant_x509(struct sc_grant *g, const struct sc_provisioner *p,
    const struct sc_token *t, struct sc_error *e)
{
	int r;

	if ((r = sc_grant_names(g, t, e)) != 0 ||
	    (r = grant_common_names(g, t, e)) != 0 ||
	    (r = sc_grant_confirmation(g, t, e)) != 0 ||
	    (r = sc_grant_credential(g, t, e)) != 0)
		return r;
	g->ext_credential_id = sc_strdup(p->jwk->kid);
	return g->ext_credential_id == NULL ? sc_fail_nomem(e) : 0;
}

static int
jwk_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(p, aud, t, SC_OP_SIGN, now, e)) != 0 ||
	    (r = sc_token_refuse_ssh(t, e)) != 0)
		return r;
	return grant_x509(out, p, t, e);
}

static int
jwk_authorize_identity(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r = check_token(p, aud, t, SC_OP_SIGN, now, e);

	return r != 0 ? r : grant_x509(out, p, t, e);
}

static int
jwk_authorize_revoke(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(p, aud, t, SC_OP_REVOKE, now, e)) != 0)
		return r;
	return sc_grant_credential(out, t, e);
}

static int
jwk_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(p, aud, t, SC_OP_SSH_SIGN, now, e)) != 0 ||
	    (r = sc_ssh_grant_claims(out, t, e)) != 0)
		return r;
	return sc_grant_credential(&out->common, t, e);
}

static int
jwk_authorize_ssh_revoke(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(p, aud, t, SC_OP_SSH_REVOKE, now, e)) != 0)
		return r;
	return sc_grant_credential(out, t, e);
}

const struct sc_provisioner_type sc_provisioner_jwk = {
    .name = "JWK",
    .number = 1,
    .token_flow = true,
    .init = jwk_init,
    .authorize_sign = jwk_authorize_sign,
    .authorize_identity = jwk_authorize_identity,
    .authorize_revoke = jwk_authorize_revoke,
    .authorize_ssh_sign = jwk_authorize_ssh_sign,
    .authorize_ssh_revoke = jwk_authorize_ssh_revoke,
};
