#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jws.h"
#include "crypto/jws_alg.h"
#include "crypto/key.h"
#include "crypto/ossl.h"
#include "crypto/xeddsa.h"

/* The three parts of a JWS as they were spelled; borrowed. */
struct parts {
	const char *header, *payload, *signature;
	size_t header_len, payload_len, signature_len;
};

/* --- taking apart ----------------------------------------------------- */

static int
split_compact(const char *s, size_t n, struct parts *p, struct sc_error *e)
{
	const char *end = s + n, *a, *b;

	a = memchr(s, '.', n);
	b = a != NULL ? memchr(a + 1, '.', (size_t)(end - a - 1)) : NULL;
	if (b == NULL || memchr(b + 1, '.', (size_t)(end - b - 1)) != NULL)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jws: compact form has three parts");
	p->header = s;
	p->header_len = (size_t)(a - s);
	p->payload = a + 1;
	p->payload_len = (size_t)(b - a - 1);
	p->signature = b + 1;
	p->signature_len = (size_t)(end - b - 1);
	return 0;
}

static int
part_of(struct json_object *obj, const char *name, const char **s, size_t *n,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(obj, name);

	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jws: %s is missing or not a string", name);
	*s = json_object_get_string(v);
	*n = (size_t)json_object_get_string_len(v);
	return 0;
}

/* RFC 7515 sections 7.2.1 and 7.2.2; the parts borrow from obj. */
static int
split_json(struct json_object *obj, struct parts *p, struct sc_error *e)
{
	struct json_object *sigs, *one = obj;
	int r;

	if (!json_object_is_type(obj, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "jws: not an object");
	if (json_object_object_get_ex(obj, "signatures", &sigs)) {
		if (!json_object_is_type(sigs, json_type_array) ||
		    json_object_array_length(sigs) != 1)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jws: want exactly one signature");
		one = json_object_array_get_idx(sigs, 0);
		if (!json_object_is_type(one, json_type_object) ||
		    json_object_object_get_ex(obj, "signature", NULL) ||
		    json_object_object_get_ex(obj, "protected", NULL) ||
		    json_object_object_get_ex(obj, "header", NULL))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jws: general and flattened form are mixed");
	}
	if (json_object_object_get_ex(one, "header", NULL))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jws: unprotected header refused");
	if ((r = part_of(one, "protected", &p->header, &p->header_len, e)) !=
		0 ||
	    (r = part_of(obj, "payload", &p->payload, &p->payload_len, e)) != 0)
		return r;
	return part_of(one, "signature", &p->signature, &p->signature_len, e);
}

/* --- the header ------------------------------------------------------- */

/* Members that change what is signed or how: none of them is implemented. */
static const char *const refused[] = {"crit", "b64", "zip"};

/* more: names of algorithms that are let through besides. */
static int
check_header(
    struct sc_jws *j, const struct sc_strlist *more, struct sc_error *e)
{
	struct json_object *v;
	size_t i;

	if (!json_object_is_type(j->header, json_type_object))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jws: header is not an object");
	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (json_object_object_get_ex(j->header, refused[i], NULL))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jws: header member %s refused", refused[i]);
	v = sc_json_member_exact(j->header, "alg");
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED, "jws: alg is missing");
	j->alg = json_object_get_string(v);
	if (sc_jws_alg_by_name(j->alg) == NULL && !sc_strlist_has(more, j->alg))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jws: alg %.32s refused", j->alg);
	if (!json_object_object_get_ex(j->header, "kid", &v))
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED, "jws: kid is not a string");
	if (json_object_get_string_len(v) > SC_MAX_KID)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jws: kid too long");
	j->kid = json_object_get_string(v);
	return 0;
}

static int
decode(const char *what, const char *s, size_t n, uint8_t **out, size_t *len,
    struct sc_error *e)
{
	int r = sc_b64_decode(SC_B64_URL, s, n, out, len);

	if (r != 0)
		return sc_fail(e, r, "jws: %s is not base64url", what);
	return 0;
}

static int
parse_header(struct sc_jws *j, const struct parts *p,
    const struct sc_strlist *more, struct sc_error *e)
{
	uint8_t *text = NULL;
	size_t len = 0;
	int r;

	if (p->header_len > SC_MAX_JWS_HEADER)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jws: header too large");
	r = decode("header", p->header, p->header_len, &text, &len, e);
	if (r == 0) {
		r = sc_json_parse((char *)text, len, 0, &j->header, e);
		if (r != 0)
			sc_error_prefix(e, "jws: header");
	}
	free(text);
	return r != 0 ? r : check_header(j, more, e);
}

static int
parse_payload(struct sc_jws *j, const struct parts *p, struct sc_error *e)
{
	size_t i = 0;
	int r;

	r = decode("payload", p->payload, p->payload_len, &j->raw_payload,
	    &j->raw_payload_len, e);
	if (r != 0)
		return r;
	while (i < j->raw_payload_len &&
	    strchr(" \t\r\n", j->raw_payload[i]) != NULL &&
	    j->raw_payload[i] != '\0')
		i++;
	/* What looks like an object must be one: no second reading of it. */
	if (i == j->raw_payload_len || j->raw_payload[i] != '{')
		return 0;
	r = sc_json_parse(
	    (char *)j->raw_payload, j->raw_payload_len, 0, &j->payload, e);
	if (r != 0)
		sc_error_prefix(e, "jws: payload");
	return r;
}

static int
keep_input(struct sc_jws *j, const struct parts *p, struct sc_error *e)
{
	j->signing_input_len = p->header_len + 1 + p->payload_len;
	j->signing_input = malloc(j->signing_input_len + 1);
	if (j->signing_input == NULL)
		return sc_fail_nomem(e);
	memcpy(j->signing_input, p->header, p->header_len);
	j->signing_input[p->header_len] = '.';
	memcpy(
	    j->signing_input + p->header_len + 1, p->payload, p->payload_len);
	j->signing_input[j->signing_input_len] = '\0';
	return 0;
}

static int
parse(const char *s, size_t n, const struct sc_strlist *more,
    struct sc_jws **out, struct sc_error *e)
{
	struct json_object *obj = NULL;
	struct parts p = {0};
	struct sc_jws *j = NULL;
	int r;

	*out = NULL;
	if (n > SC_MAX_JWS)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jws: too large");
	if (n > 0 && *s == '{') {
		r = sc_json_parse(s, n, 0, &obj, e);
		if (r == 0)
			r = split_json(obj, &p, e);
	} else
		r = split_compact(s, n, &p, e);
	if (r != 0)
		goto out;
	j = calloc(1, sizeof *j);
	if (j == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = parse_header(j, &p, more, e)) != 0 ||
	    (r = parse_payload(j, &p, e)) != 0 ||
	    (r = decode("signature", p.signature, p.signature_len,
		 &j->signature, &j->signature_len, e)) != 0 ||
	    (r = keep_input(j, &p, e)) != 0)
		goto out;
	if (j->signature_len == 0) {
		r = sc_fail(e, SC_ERR_MALFORMED, "jws: signature is empty");
		goto out;
	}
	*out = j;
	j = NULL; /* transferred */
out:
	sc_jws_free(j);
	json_object_put(obj);
	return r;
}

int
sc_jws_parse(const char *s, size_t n, struct sc_jws **out, struct sc_error *e)
{
	const struct sc_strlist none = {0};

	return parse(s, n, &none, out, e);
}

int
sc_jws_parse_token(
    const char *s, size_t n, struct sc_jws **out, struct sc_error *e)
{
	static char hs256[] = "HS256", xeddsa[] = "XEdDSA";
	char *names[] = {hs256, xeddsa};
	const struct sc_strlist more = {names, sizeof names / sizeof names[0]};

	return parse(s, n, &more, out, e);
}

void
sc_jws_free(struct sc_jws *j)
{
	if (j == NULL)
		return;
	json_object_put(j->header);
	json_object_put(j->payload);
	free(j->signing_input);
	free(j->raw_payload);
	free(j->signature);
	free(j);
}

int
sc_jws_verify(const struct sc_jws *j, const struct sc_key *key,
    const char *const *allowed, struct sc_error *e)
{
	const struct sc_jws_alg *a = sc_jws_alg_by_name(j->alg);

	while (*allowed != NULL && !sc_streq(*allowed, j->alg))
		allowed++;
	if (a == NULL || *allowed == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jws: alg %s is not allowed for this key", j->alg);
	return sc_jws_alg_verify(a, key, j->signing_input, j->signing_input_len,
	    j->signature, j->signature_len, e);
}

int
sc_jws_verify_hs256(
    const struct sc_jws *j, const uint8_t *secret, size_t n, struct sc_error *e)
{
	uint8_t mac[32];
	size_t len = 0;

	if (!sc_streq(j->alg, "HS256") || n < sizeof mac)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jws: not HS256 with a secret of enough length");
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, n,
		(const unsigned char *)j->signing_input, j->signing_input_len,
		mac, sizeof mac, &len) == NULL ||
	    len != sizeof mac)
		return sc_ossl_fail(e, SC_ERR_CRYPTO, "jws: HMAC");
	if (j->signature_len != len || !sc_eq_ct(j->signature, mac, len))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jws: signature does not verify");
	return 0;
}

int
sc_jws_verify_xeddsa(
    const struct sc_jws *j, const uint8_t u[32], struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	if (!sc_streq(j->alg, "XEdDSA"))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jws: alg %s is not allowed for this key", j->alg);
	r = sc_xeddsa_key(u, &key, e);
	if (r == SC_ERR_MALFORMED)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jws: no key of X25519 that signs");
	if (r == 0)
		r = sc_jws_alg_verify(sc_jws_alg_by_name("EdDSA"), key,
		    j->signing_input, j->signing_input_len, j->signature,
		    j->signature_len, e);
	sc_key_free(key);
	return r;
}

/* --- signing ---------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A shallow copy of obj with its members sorted; NULL when out of memory. */
static struct json_object *
sorted(struct json_object *obj)
{
	struct json_object *copy = json_object_new_object(), *v;
	size_t n = (size_t)json_object_object_length(obj), i = 0;
	const char **names = calloc(n + 1, sizeof *names);

	if (copy == NULL || names == NULL)
		goto fail;
	json_object_object_foreach(obj, name, val)
	{
		(void)val;
		names[i++] = name;
	}
	qsort(names, n, sizeof *names, by_name);
	for (i = 0; i < n; i++) {
		json_object_object_get_ex(obj, names[i], &v);
		if (json_object_object_add(
			copy, names[i], json_object_get(v)) != 0) {
			json_object_put(v);
			goto fail;
		}
	}
	free(names);
	return copy;
fail:
	free(names);
	json_object_put(copy);
	return NULL;
}

/* Append base64url of the compact JSON text of obj. */
static int
put_part(struct sc_buf *b, struct json_object *obj, int sort)
{
	struct sc_buf *text = sc_buf_new(SC_MAX_JWS);
	struct json_object *o = sort ? sorted(obj) : json_object_get(obj);
	int r = o == NULL ? SC_ERR_NOMEM : sc_json_put(text, o, NULL);

	if (r == 0)
		r = sc_b64_put(
		    b, SC_B64_URL, sc_buf_data(text), sc_buf_len(text));
	json_object_put(o);
	sc_buf_free(text);
	return r;
}

/* Replace alg in place, or put a new one last. */
static int
set_alg(struct json_object *header, const char *alg)
{
	struct json_object *v = json_object_new_string(alg);

	if (v == NULL || json_object_object_add(header, "alg", v) != 0) {
		json_object_put(v);
		return SC_ERR_NOMEM;
	}
	return 0;
}

/* b holds "header.payload": sign it, and free b. */
static int
sign_input(struct sc_buf *b, const struct sc_jws_alg *a,
    const struct sc_key *key, char **out, struct sc_error *e)
{
	uint8_t *sig = NULL;
	size_t len;
	int r;

	r = sc_jws_alg_sign(
	    a, key, sc_buf_data(b), sc_buf_len(b), &sig, &len, e);
	if (r != 0) {
		sc_buf_free(b);
		return r;
	}
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, sig, len);
	free(sig);
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

/* payload, or n bytes when it is NULL. */
static int
sign_either(struct json_object *header, struct json_object *payload,
    const void *p, size_t n, const char *alg, const struct sc_key *key,
    int sort, char **out, struct sc_error *e)
{
	const struct sc_jws_alg *a = sc_jws_alg_by_name(alg);
	struct sc_buf *b = NULL;
	int r;

	*out = NULL;
	if (a == NULL)
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "jws: alg %s not supported", alg);
	b = sc_buf_new(SC_MAX_JWS);
	if ((r = set_alg(header, alg)) != 0 ||
	    (r = put_part(b, header, sort)) != 0 ||
	    (r = sc_buf_putc(b, '.')) != 0 ||
	    (r = payload != NULL ? put_part(b, payload, sort)
				 : sc_b64_put(b, SC_B64_URL, p, n)) != 0) {
		sc_buf_free(b);
		return sc_fail(e, r, "jws: cannot write the token");
	}
	return sign_input(b, a, key, out, e);
}

int
sc_jws_sign(struct json_object *header, struct json_object *payload,
    const char *alg, const struct sc_key *key, int sort, char **out,
    struct sc_error *e)
{
	return sign_either(header, payload, NULL, 0, alg, key, sort, out, e);
}

int
sc_jws_sign_bytes(struct json_object *header, const void *p, size_t n,
    const char *alg, const struct sc_key *key, int sort, char **out,
    struct sc_error *e)
{
	return sign_either(header, NULL, p, n, alg, key, sort, out, e);
}
