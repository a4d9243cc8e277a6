#include "config.h"

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "authority/renew_token.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/jws.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"
#include "provisioner/token_chain.h"

#define HEADER "x5cInsecure"
#define ISSUER "step-ca-client/1.0"

/* One text on the wire for whatever is wrong before the claims. */
static int
invalid(int r, struct sc_error *e)
{
	if (r == SC_ERR_NOMEM)
		return r;
	if (e != NULL)
		e->code = SC_ERR_UNAUTHENTICATED;
	sc_error_client_whole(e, "error validating renew token");
	return SC_ERR_UNAUTHENTICATED;
}

/* Whether it has expired is for the claims of its provisioner to judge. */
static int64_t
time_of_check(const struct sc_cert *leaf, int64_t now)
{
	int64_t na = sc_cert_not_after(leaf);

	return now < na ? now : na - 1;
}

static int
verify(struct sc_authority *ca, const struct sc_token *t,
    const struct sc_certs *chain, int64_t now, struct sc_error *e)
{
	const struct sc_cert *leaf = chain->v[0];
	const struct sc_certs rest = {chain->v + 1, chain->n - 1};
	int r = sc_authority_check_leaf(
	    ca, leaf, &rest, time_of_check(leaf, now), e);

	return r != 0 ? r : sc_token_verify_leaf(t, leaf, e);
}

int
sc_renew_token_open(struct sc_authority *ca, const char *text, int64_t now,
    struct sc_token **out, struct sc_cert **leaf, struct sc_error *e)
{
	struct sc_token *t = NULL;
	struct sc_certs chain = {0};
	int r;

	*out = NULL;
	*leaf = NULL;
	if ((r = sc_token_parse(text, &t, e)) == 0 &&
	    (r = sc_token_chain(t, HEADER, &chain, e)) == 0 &&
	    (r = verify(ca, t, &chain, now, e)) == 0) {
		*leaf = sc_cert_dup(chain.v[0]);
		*out = t;
		t = NULL; /* transferred */
	}
	sc_token_free(t);
	sc_certs_clear(&chain);
	return r != 0 ? invalid(r, e) : 0;
}

static int
bad_claim(struct sc_error *e, const char *what)
{
	(void)sc_fail(
	    e, SC_ERR_UNAUTHENTICATED, "renew token: invalid %s", what);
	sc_error_client_whole(
	    e, "error validating renew token: invalid %s", what);
	return SC_ERR_UNAUTHENTICATED;
}

int
sc_renew_token_check(const struct sc_authority *ca, const struct sc_token *t,
    const struct sc_cert *leaf, const struct sc_provisioner *p,
    enum sc_operation op, int64_t now, struct sc_error *e)
{
	const char *cn = sc_cert_common_name(leaf);
	int r;

	if (cn[0] != '\0' && !sc_streq(t->sub, cn))
		return bad_claim(e, "subject claim (sub)");
	if ((r = sc_jwt_check_times(
		 sc_token_claims(t), now, SC_TOKEN_LEEWAY, e)) != 0)
		return r;
	if (!sc_provisioners_audience(ca->provisioners, op, t))
		return bad_claim(e, "audience claim (aud)");
	if (!sc_streq(t->iss, ISSUER) && !sc_streq(t->iss, p->name))
		return bad_claim(e, "issuer claim (iss)");
	return 0;
}
