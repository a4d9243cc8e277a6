#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "provisioner/token.h"

struct json_object *
sc_token_claims(const struct sc_token *t)
{
	return t->jws->payload;
}

const char *
sc_token_text(const struct sc_token *t, const char *name)
{
	struct json_object *v = sc_json_member_exact(sc_token_claims(t), name);

	return v != NULL && json_object_is_type(v, json_type_string)
	    ? json_object_get_string(v)
	    : NULL;
}

/* A string claim; exact name, "" when absent. */
static int
claim_text(struct json_object *claims, const char *name, size_t max,
    const char **out, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(claims, name);

	*out = "";
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim %s is not a string", name);
	if ((size_t)json_object_get_string_len(v) > max)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim %s is longer than %zu bytes", name, max);
	*out = json_object_get_string(v);
	return 0;
}

static int
add_audience(struct sc_token *t, struct json_object *v, struct sc_error *e)
{
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim aud holds something that is not a string");
	if (sc_strlist_add(&t->aud, json_object_get_string(v)) != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
read_audiences(struct sc_token *t, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(sc_token_claims(t), "aud");
	size_t i;
	int r = 0;

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_array))
		return add_audience(t, v, e);
	for (i = 0; r == 0 && i < json_object_array_length(v); i++)
		r = add_audience(t, json_object_array_get_idx(v, i), e);
	return r;
}

/*
 * Of what is signed, not of the whole: anyone can turn an ECDSA signature into
 * another valid one, or write the token in its other serialisation, and one
 * token must not have two ids.
 */
int
sc_token_hash(const struct sc_token *t, char **out, struct sc_error *e)
{
	uint8_t sum[32];
	int r;

	*out = NULL;
	if ((r = sc_sha256(
		 t->jws->signing_input, t->jws->signing_input_len, sum)) != 0)
		return sc_fail(e, r, "SHA-256 failed");
	*out = sc_hex_encode(sum, sizeof(sum));
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

static int
set_id(struct sc_token *t, struct sc_error *e)
{
	const char *jti;
	int r;

	if ((r = claim_text(sc_token_claims(t), "jti", SC_MAX_JTI, &jti, e)) !=
	    0)
		return r;
	if (jti[0] == '\0')
		return sc_token_hash(t, &t->id, e);
	t->id = sc_strdup(jti);
	return t->id == NULL ? sc_fail_nomem(e) : 0;
}

static int
read_claims(struct sc_token *t, struct sc_error *e)
{
	struct json_object *claims = sc_token_claims(t);
	int present, r;

	if (claims == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token payload is not a JSON object");
	if (t->jws->kid != NULL && strlen(t->jws->kid) > SC_MAX_KID)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, "token kid is too long");
	if ((r = claim_text(claims, "iss", SC_MAX_CN, &t->iss, e)) != 0 ||
	    (r = claim_text(claims, "sub", SC_MAX_CN, &t->sub, e)) != 0 ||
	    (r = read_audiences(t, e)) != 0)
		return r;
	if (sc_jwt_get_time(claims, "exp", &present, &t->exp, e) != 0)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, "token claim exp is not a time");
	if (!present)
		t->exp = 0;
	return set_id(t, e);
}

int
sc_token_parse(const char *text, struct sc_token **out, struct sc_error *e)
{
	struct sc_token *t;
	int r;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_jws_parse_token(text, strlen(text), &t->jws, e)) != 0) {
		/* A malformed credential is no credential: 401, not 400. */
		if (r != SC_ERR_NOMEM && e != NULL)
			e->code = r = SC_ERR_UNAUTHENTICATED;
		if (e != NULL)
			e->client[0] = '\0';
		sc_error_prefix(e, "token");
		goto out;
	}
	if ((r = read_claims(t, e)) != 0)
		goto out;
	*out = t;
	t = NULL; /* transferred */
out:
	sc_token_free(t);
	return r;
}

void
sc_token_free(struct sc_token *t)
{
	if (t == NULL)
		return;
	sc_jws_free(t->jws);
	sc_strlist_clear(&t->aud);
	free(t->id);
	free(t);
}
