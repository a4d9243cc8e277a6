/*
 * The K8sSA provisioner: tokens of Kubernetes' service accounts, signed with
 * one of the keys in ca.json (tokens.md section 10 of the wire contract).
 * Such a token says who asks, not for what: the names are the request's.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

#define ISSUER "kubernetes/serviceaccount"
#define BEGIN "-----BEGIN "
/* Clusters have a few, of which all but one are being phased out. */
#define KEYS_MAX 64

/* The first block of pem; pem itself goes on. */
static int
add_key(struct sc_provisioner *p, const char *pem, size_t n, struct sc_error *e)
{
	struct sc_key **v;
	int r;

	if (p->keys_n == KEYS_MAX)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "more than %d keys", KEYS_MAX);
	if ((v = sc_reallocarray(p->keys, p->keys_n + 1, sizeof(*v))) == NULL)
		return sc_fail_nomem(e);
	p->keys = v;
	if ((r = sc_key_public_from_pem(pem, n, "key", &v[p->keys_n], e)) == 0)
		p->keys_n++;
	return r;
}

static int
add_keys(struct sc_provisioner *p, const char *pem, struct sc_error *e)
{
	const char *next;
	int r = 0;

	for (pem = strstr(pem, BEGIN); r == 0 && pem != NULL; pem = next) {
		next = strstr(pem + strlen(BEGIN), BEGIN);
		r = add_key(p, pem,
		    next != NULL ? (size_t)(next - pem) : strlen(pem), e);
	}
	if (r == 0 && p->keys_n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED, "no key in PEM");
	return r;
}

static int
k8ssa_init(struct sc_provisioner *p, struct sc_error *e)
{
	char *pem;
	size_t n;
	int r;

	/* One in a CA: nothing in a token tells one from another. */
	if ((p->id = sc_strdup(SC_ID_K8SSA)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_provisioner_pem(p, "publicKeys", &pem, &n, e)) != 0)
		return r;
	if ((r = add_keys(p, pem, e)) != 0)
		sc_error_prefix(e, "publicKeys");
	free(pem);
	return r;
}

static int
verify(const struct sc_provisioner *p, const struct sc_token *t,
    struct sc_error *e)
{
	size_t i;

	for (i = 0; i < p->keys_n; i++)
		if (sc_jws_verify(t->jws, p->keys[i],
			sc_jws_algs_for_key(p->keys[i]), NULL) == 0)
			return 0;
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "the token is signed with none of the keys of provisioner \"%s\"",
	    p->name);
}

/* Whoever its audience is, and as often as it comes. */
static int
check_token(const struct sc_provisioner *p, const struct sc_token *t,
    int64_t now, struct sc_grant *g, struct sc_error *e)
{
	int r;

	if ((r = verify(p, t, e)) != 0 ||
	    (r = sc_token_check_claims(ISSUER, t, now, e)) != 0)
		return r;
	g->from_request = g->any_cn = true;
	g->subject = sc_strdup(t->sub);
	g->ext_credential_id = sc_strdup("");
	return g->subject == NULL || g->ext_credential_id == NULL
	    ? sc_fail_nomem(e)
	    : 0;
}

static int
k8ssa_authorize(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e)
{
	(void)aud;
	return check_token(p, t, now, out, e);
}

static int
k8ssa_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	(void)aud;
	return check_token(p, t, now, &out->common, e);
}

const struct sc_provisioner_type sc_provisioner_k8ssa = {
    .name = "K8sSA",
    .number = 8,
    .token_flow = true,
    .x509_template = sc_admin_x509_template,
    .init = k8ssa_init,
    .authorize_sign = k8ssa_authorize,
    .authorize_identity = k8ssa_authorize,
    .authorize_revoke = k8ssa_authorize,
    .authorize_ssh_sign = k8ssa_authorize_ssh_sign,
};
