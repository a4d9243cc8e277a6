#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "authority/renew_token.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"

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

static int
read_cert(struct json_object *v, struct sc_certs *chain, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n;
	int r;

	if (!json_object_is_type(v, json_type_string) ||
	    sc_b64_decode(SC_B64_STD, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &der, &n) != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token header " HEADER " is not a list of certificates");
	if ((r = sc_cert_parse_der(der, n, &chain->v[chain->n], e)) == 0)
		chain->n++;
	free(der);
	return r;
}

static int
read_chain(const struct sc_token *t, struct sc_certs *chain, struct sc_error *e)
{
	struct json_object *list = sc_json_member_exact(t->jws->header, HEADER);
	size_t i, n = 0;
	int r = 0;

	if (list != NULL && json_object_is_type(list, json_type_array))
		n = json_object_array_length(list);
	if (n == 0 || n > SC_MAX_CHAIN)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token without 1 to %d certificates in its header " HEADER,
		    SC_MAX_CHAIN);
	if ((chain->v = calloc(n, sizeof(*chain->v))) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < n; i++)
		r = read_cert(json_object_array_get_idx(list, i), chain, e);
	return r;
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
	struct sc_key *key = NULL;
	int r;

	if ((r = sc_authority_check_leaf(
		 ca, leaf, &rest, time_of_check(leaf, now), e)) != 0 ||
	    (r = sc_cert_key(leaf, &key, e)) != 0)
		return r;
	r = sc_jws_verify(t->jws, key, sc_jws_algs_for_key(key), e);
	sc_key_free(key);
	return r;
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
	    (r = read_chain(t, &chain, e)) == 0 &&
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
