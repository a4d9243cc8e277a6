/*
 * The X5C provisioner: tokens signed with the key of a certificate that has a
 * path to a root in ca.json (tokens.md section 7 of the wire contract).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/err.h"
#include "crypto/cert.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_chain.h"
#include "provisioner/token_claims.h"

static int
x5c_init(struct sc_provisioner *p, struct sc_error *e)
{
	char *pem;
	size_t n;
	int r;

	if ((r = sc_provisioner_pem(p, "roots", &pem, &n, e)) != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, &p->roots, e)) != 0)
		sc_error_prefix(e, "roots");
	free(pem);
	return r;
}

static int
grant_leaf(struct sc_grant *g, struct sc_cert *leaf, struct sc_error *e)
{
	g->credential = sc_cert_dup(leaf);
	g->principal = sc_strdup(sc_cert_common_name(leaf));
	return g->principal == NULL ? sc_fail_nomem(e) : 0;
}

/* On success the grant has the leaf. */
static int
check_token(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, enum sc_operation op, int64_t now,
    struct sc_grant *g, struct sc_error *e)
{
	struct sc_certs chain = {0};
	int r;

	if ((r = sc_token_chain(t, "x5c", &chain, e)) != 0 ||
	    (r = sc_token_verify_chain(t, &chain, &p->roots, now, e)) != 0 ||
	    (r = sc_token_check_claims(p->name, t, now, e)) != 0 ||
	    (r = sc_token_check_audience(aud, op, p->id, t, e)) != 0)
		goto out;
	r = grant_leaf(g, chain.v[0], e);
out:
	sc_certs_clear(&chain);
	return r;
}

static int
grant_x509(struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	int r;

	if ((r = sc_grant_names(g, t, e)) != 0 ||
	    (r = sc_grant_confirmation(g, t, e)) != 0 ||
	    (r = sc_grant_credential(g, t, e)) != 0)
		return r;
	g->ext_credential_id = sc_strdup("");
	return g->ext_credential_id == NULL ? sc_fail_nomem(e) : 0;
}

static int
x5c_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(p, aud, t, SC_OP_SIGN, now, out, e)) != 0 ||
	    (r = sc_token_refuse_ssh(t, e)) != 0)
		return r;
	return grant_x509(out, t, e);
}

static int
x5c_authorize_identity(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r = check_token(p, aud, t, SC_OP_SIGN, now, out, e);

	return r != 0 ? r : grant_x509(out, t, e);
}

static int
x5c_authorize_revoke(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r = check_token(p, aud, t, SC_OP_REVOKE, now, out, e);

	return r != 0 ? r : sc_grant_credential(out, t, e);
}

static int
x5c_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	int r;

	if ((r = check_token(
		 p, aud, t, SC_OP_SSH_SIGN, now, &out->common, e)) != 0 ||
	    (r = sc_ssh_grant_claims(out, t, e)) != 0)
		return r;
	return sc_grant_credential(&out->common, t, e);
}

const struct sc_provisioner_type sc_provisioner_x5c = {
    .name = "X5C",
    .number = 7,
    .id_prefix = "x5c/",
    .token_flow = true,
    .init = x5c_init,
    .authorize_sign = x5c_authorize_sign,
    .authorize_identity = x5c_authorize_identity,
    .authorize_revoke = x5c_authorize_revoke,
    .authorize_ssh_sign = x5c_authorize_ssh_sign,
};
