#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "client/net/token.h"

/* Adding to an object fails only for want of memory. */
static int
put(struct json_object *o, const char *name, struct json_object *v)
{
	if (v == NULL || json_object_object_add(o, name, v) != 0) {
		json_object_put(v);
		return SC_ERR_NOMEM;
	}
	return 0;
}

static int
put_string(struct json_object *o, const char *name, const char *s)
{
	return s == NULL ? 0 : put(o, name, json_object_new_string(s));
}

static int
put_strings(struct json_object *o, const char *name, const struct sc_strlist *l)
{
	struct json_object *a;
	size_t i;

	if (l == NULL)
		return 0;
	a = json_object_new_array();
	if (a == NULL)
		return SC_ERR_NOMEM;
	for (i = 0; i < l->n; i++)
		json_object_array_add(a, json_object_new_string(l->v[i]));
	return put(o, name, a);
}

static int
put_cnf(struct json_object *o, const char *cnf)
{
	struct json_object *c;

	if (cnf == NULL)
		return 0;
	c = json_object_new_object();
	if (c == NULL || put_string(c, "x5rt#S256", cnf) != 0) {
		json_object_put(c);
		return SC_ERR_NOMEM;
	}
	return put(o, "cnf", c);
}

static int
put_chain(struct json_object *o, const char *name, const struct sc_certs *chain)
{
	struct json_object *a;
	const uint8_t *der;
	char *text;
	size_t i, n;

	if (chain == NULL)
		return 0;
	a = json_object_new_array();
	if (a == NULL)
		return SC_ERR_NOMEM;
	for (i = 0; i < chain->n; i++) {
		der = sc_cert_der(chain->v[i], &n);
		text = sc_b64_encode(SC_B64_STD, der, n);
		if (text == NULL) {
			json_object_put(a);
			return SC_ERR_NOMEM;
		}
		json_object_array_add(a, json_object_new_string(text));
		free(text);
	}
	return put(o, name, a);
}

static int
put_jti(struct json_object *o)
{
	unsigned char random[32];
	char *hex;
	int r;

	r = sc_random(random, sizeof(random));
	if (r != 0)
		return r;
	hex = sc_hex_encode(random, sizeof(random));
	r = hex == NULL ? SC_ERR_NOMEM : put_string(o, "jti", hex);
	free(hex);
	return r;
}

static int
fill(const struct sc_token_plan *t, struct json_object *header,
    struct json_object *claims)
{
	int r;

	r = put_string(header, "kid", t->kid != NULL ? t->kid : t->key->kid);
	if (r == 0)
		r = put_string(header, "typ", "JWT");
	if (r == 0)
		r = put_chain(header, t->chain_header, t->chain);
	if (r == 0)
		r = put_string(header, "sshpop", t->sshpop);
	if (r == 0)
		r = put_string(claims, "aud", t->audience);
	if (r == 0)
		r = put_cnf(claims, t->cnf);
	if (r == 0)
		r = put(claims, "exp", json_object_new_int64(t->not_after));
	if (r == 0)
		r = put(claims, "iat", json_object_new_int64(t->not_before));
	if (r == 0)
		r = put_string(claims, "iss", t->issuer);
	if (r == 0)
		r = put_jti(claims);
	if (r == 0)
		r = put(claims, "nbf", json_object_new_int64(t->not_before));
	if (r == 0)
		r = put_strings(claims, "sans", t->sans);
	if (r == 0)
		r = put_string(claims, "sha", t->root_sha);
	if (r == 0 && t->step != NULL)
		r = put(claims, "step", json_object_get(t->step));
	if (r == 0)
		r = put_string(claims, "sub", t->subject);
	if (r == 0 && t->user != NULL)
		r = put(claims, "user", json_object_get(t->user));
	return r;
}

int
sc_token_make(const struct sc_token_plan *t, char **out, struct sc_error *e)
{
	struct json_object *header = json_object_new_object();
	struct json_object *claims = json_object_new_object();
	int r;

	*out = NULL;
	if (header == NULL || claims == NULL)
		r = sc_fail_nomem(e);
	else if ((r = fill(t, header, claims)) != 0)
		(void)sc_fail(e, r, "%s", sc_err_text(r));
	else
		r = sc_jws_sign(
		    header, claims, t->key->alg, t->key->key, 1, out, e);
	json_object_put(header);
	json_object_put(claims);
	return r;
}

int
sc_token_read_claims(
    const char *token, struct json_object **out, struct sc_error *e)
{
	struct sc_jws *j = NULL;
	int r;

	*out = NULL;
	r = sc_jws_parse_token(token, strlen(token), &j, e);
	if (r != 0) {
		sc_error_prefix(e, "error parsing token");
		return r;
	}
	if (j->payload == NULL ||
	    !json_object_is_type(j->payload, json_type_object))
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "error parsing token: no claims");
	else
		*out = json_object_get(j->payload);
	sc_jws_free(j);
	return r;
}
