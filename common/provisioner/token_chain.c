#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/token.h"
#include "provisioner/token_chain.h"

static int
read_cert(struct json_object *v, const char *header, struct sc_certs *chain,
    struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n;
	int r;

	if (!json_object_is_type(v, json_type_string) ||
	    sc_b64_decode(SC_B64_STD, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &der, &n) != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token header %s is not a list of certificates", header);
	r = sc_cert_parse_der(der, n, &chain->v[chain->n], e);
	free(der);
	if (r == 0)
		chain->n++;
	else if (r != SC_ERR_NOMEM && e != NULL) {
		/* No credential, whatever else it is. */
		e->code = r = SC_ERR_UNAUTHENTICATED;
		e->client[0] = '\0';
	}
	return r;
}

int
sc_token_chain(const struct sc_token *t, const char *header,
    struct sc_certs *chain, struct sc_error *e)
{
	struct json_object *list = sc_json_member_exact(t->jws->header, header);
	size_t i, n = 0;
	int r = 0;

	if (list != NULL && json_object_is_type(list, json_type_array))
		n = json_object_array_length(list);
	if (n == 0 || n > SC_MAX_CHAIN)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token without 1 to %d certificates in its header %s",
		    SC_MAX_CHAIN, header);
	if ((chain->v = calloc(n, sizeof(struct sc_cert *))) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < n; i++)
		r = read_cert(
		    json_object_array_get_idx(list, i), header, chain, e);
	return r;
}

int
sc_token_verify_leaf(
    const struct sc_token *t, const struct sc_cert *leaf, struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	if ((r = sc_cert_key(leaf, &key, e)) != 0)
		return r;
	r = sc_jws_verify(t->jws, key, sc_jws_algs_for_key(key), e);
	sc_key_free(key);
	return r;
}

int
sc_token_verify_chain(const struct sc_token *t, const struct sc_certs *chain,
    const struct sc_certs *roots, int64_t now, struct sc_error *e)
{
	const struct sc_cert *leaf = chain->v[0];
	const struct sc_certs rest = {chain->v + 1, chain->n - 1};
	int r;

	if ((r = sc_cert_verify(
		 leaf, &rest, roots, SC_EKU_CLIENT, NULL, now, e)) != 0)
		return r;
	if (!sc_cert_is_client_leaf(leaf))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "the token's certificate is not one of a client (key "
		    "usage digitalSignature, extended key usage clientAuth, "
		    "no CA)");
	return sc_token_verify_leaf(t, leaf, e);
}
