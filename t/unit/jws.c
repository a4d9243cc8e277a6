#include "config.h"

#include <stdio.h>
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
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "mutate.h"
#include "tap.h"

static const char *
vector(const char *name)
{
	char path[200];
	size_t n;
	char *s;

	snprintf(path, sizeof path, "t/vectors/jose/%s", name);
	s = tap_slurp(tap_source(path), &n);
	if (s == NULL)
		tap_fail("no vector %s", name);
	else
		s[strcspn(s, "\n")] = '\0';
	return s;
}

/* Parse and verify with what the key allows. */
static int
verdict(const char *token, const struct sc_key *key)
{
	struct sc_jws *j;
	int r;

	r = sc_jws_parse(token, strlen(token), &j, NULL);
	if (r == 0)
		r = sc_jws_verify(j, key, sc_jws_algs_for_key(key), NULL);
	sc_jws_free(j);
	return r;
}

static void
rfc_examples(void)
{
	static const struct {
		const char *jwk, *jws;
		int want;
	} v[] = {
	    {"rfc7515_A.2.jwk", "rfc7515_A.2.jwsc", 0},
	    {"rfc7515_A.3.jwk", "rfc7515_A.3.jwsc", 0},
	    {"rfc7515_A.4.jwk", "rfc7515_A.4.jwsc", 0},
	    {"rfc8037_A.1.jwk", "rfc8037_A.4.jwsc", 0},
	    {"rfc7520_3.4.jwk", "rfc7520_4.1.jwsc", 0},
	    {"rfc7520_3.3.jwk", "rfc7520_4.1.jwsf", 0},
	    {"rfc7520_3.3.jwk", "rfc7520_4.1.jwsg", 0},
	    {"rfc7520_3.3.jwk", "rfc7520_4.2.jwsc", 0},
	    {"rfc7520_3.1.jwk", "rfc7520_4.3.jwsc", 0},
	    {"rfc7520_3.1.jwk", "rfc7520_4.3.jwsf", 0},
	    /* the right kind of key, but another one */
	    {"rfc7515_A.2.jwk", "rfc7520_4.1.jwsc", SC_ERR_UNAUTHENTICATED},
	    {"rfc7515_A.4.jwk", "rfc7520_4.3.jwsc", SC_ERR_UNAUTHENTICATED},
	    /* HMAC; alg none; two signatures; unprotected header */
	    {"rfc7515_A.3.jwk", "rfc7515_A.1.jwsc", SC_ERR_MALFORMED},
	    {"rfc7515_A.3.jwk", "rfc7515_A.5.jwsc", SC_ERR_MALFORMED},
	    {"rfc7515_A.3.jwk", "rfc7515_A.6.jwsg", SC_ERR_MALFORMED},
	    {"rfc7515_A.3.jwk", "rfc7515_A.7.jwsf", SC_ERR_MALFORMED},
	};
	struct sc_jwk *k;
	const char *s;
	size_t i;

	for (i = 0; i < sizeof v / sizeof v[0]; i++) {
		tap_context("%s %s", v[i].jwk, v[i].jws);
		s = vector(v[i].jwk);
		tap_int(sc_jwk_parse_text(s, strlen(s), &k, NULL), 0);
		tap_need(k != NULL);
		tap_int(verdict(vector(v[i].jws), k->key), v[i].want);
		sc_jwk_free(k);
	}
}

/* RFC 7515 appendix A.1: with its secret, and in no other way. */
static void
hs256(void)
{
	static const char secret[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQ"
				     "Lr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1"
				     "Z9CAow";
	static const char *const allowed[] = {"HS256", NULL};
	const char *s = vector("rfc7515_A.1.jwsc");
	struct sc_key *key = NULL;
	struct sc_jws *j = NULL;
	uint8_t *k = NULL;
	size_t n;

	tap_int(sc_b64_decode(SC_B64_URL, secret, strlen(secret), &k, &n), 0);
	tap_int(sc_jws_parse_token(s, strlen(s), &j, NULL), 0);
	tap_need(k != NULL && j != NULL);
	tap_int(sc_jws_verify_hs256(j, k, n, NULL), 0);
	tap_int(sc_jws_verify_hs256(j, k, n - 1, NULL), SC_ERR_UNAUTHENTICATED);
	tap_int(sc_jws_verify_hs256(j, k, 31, NULL), SC_ERR_UNAUTHENTICATED);
	tap_int(sc_key_generate("EC", NULL, 0, &key, NULL), 0);
	tap_int(sc_jws_verify(j, key, allowed, NULL), SC_ERR_UNAUTHENTICATED);
	j->signature_len--;
	tap_int(sc_jws_verify_hs256(j, k, n, NULL), SC_ERR_UNAUTHENTICATED);
	j->signature_len++;
	j->signature[31] ^= 1;
	tap_int(sc_jws_verify_hs256(j, k, n, NULL), SC_ERR_UNAUTHENTICATED);
	sc_jws_free(j);
	s = vector("rfc7515_A.3.jwsc"); /* ES256 */
	tap_int(sc_jws_parse_token(s, strlen(s), &j, NULL), 0);
	tap_int(sc_jws_verify_hs256(j, k, n, NULL), SC_ERR_UNAUTHENTICATED);
	sc_jws_free(j);
	s = vector("rfc7515_A.5.jwsc"); /* none */
	tap_int(sc_jws_parse_token(s, strlen(s), &j, NULL), SC_ERR_MALFORMED);
	sc_key_free(key);
	free(k);
}

/* --- every algorithm against every key -------------------------------- */

static const char *const all_algs[] = {"ES256", "ES384", "ES512", "EdDSA",
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", NULL};
#define ALGS 10

enum {
	P256,
	P384,
	P521,
	ED,
	RSA,
	KEYS
};

/* which: 0 and 1 are two keys of a kind; kept for the life of the program. */
static struct sc_key *
key_of(int kind, int which)
{
	static const char *const kty[] = {"EC", "EC", "EC", "OKP", "RSA"};
	static const char *const curve[] = {
	    "P-256", "P-384", "P-521", NULL, NULL};
	static struct sc_key *keys[KEYS][2];

	if (keys[kind][which] == NULL)
		sc_key_generate(
		    kty[kind], curve[kind], 0, &keys[kind][which], NULL);
	return keys[kind][which];
}

static int
kind_of_alg(int a)
{
	return a < 4 ? a : RSA;
}

static char *
sign(const char *alg, const struct sc_key *key, const char *payload)
{
	struct json_object *h = json_object_new_object(), *p = NULL;
	char *out = NULL;

	sc_json_parse(payload, strlen(payload), 0, &p, NULL);
	json_object_object_add(h, "typ", json_object_new_string("JWT"));
	json_object_object_add(h, "kid", json_object_new_string("k1"));
	sc_jws_sign(h, p, alg, key, 1, &out, NULL);
	json_object_put(h);
	json_object_put(p);
	return out;
}

static void
all_pairs(void)
{
	struct sc_jws *j;
	char *t;
	int a, k, w, b, good, pairs = 0;

	for (a = 0; a < ALGS; a++) {
		t = sign(all_algs[a], key_of(kind_of_alg(a), 0), "{\"a\":1}");
		tap_need(t != NULL);
		tap_int(sc_jws_parse(t, strlen(t), &j, NULL), 0);
		tap_str(j->alg, all_algs[a]);
		tap_str(j->kid, "k1");
		for (k = 0; k < KEYS; k++)
			for (w = 0; w < 2; w++) {
				tap_context(
				    "%s with key %d/%d", all_algs[a], k, w);
				good = k == kind_of_alg(a) && w == 0;
				/* even when everything is allowed */
				tap_int(sc_jws_verify(
					    j, key_of(k, w), all_algs, NULL),
				    good ? 0 : SC_ERR_UNAUTHENTICATED);
				pairs++;
			}
		for (b = 0; b < ALGS; b++) {
			const char *only[] = {all_algs[b], NULL};

			tap_context("%s, allowed %s", all_algs[a], only[0]);
			tap_int(sc_jws_verify(
				    j, key_of(kind_of_alg(a), 0), only, NULL),
			    a == b ? 0 : SC_ERR_UNAUTHENTICATED);
		}
		sc_jws_free(j);
		free(t);
	}
	tap_int(pairs, ALGS * KEYS * 2);
}

static void
sign_with_wrong_alg(void)
{
	int a, k;
	char *t;

	for (a = 0; a < ALGS; a++)
		for (k = 0; k < KEYS; k++) {
			t = sign(all_algs[a], key_of(k, 0), "{}");
			tap_int(t != NULL, k == kind_of_alg(a));
			free(t);
		}
	tap_ok(sign("none", key_of(P256, 0), "{}") == NULL);
	tap_ok(sign("HS256", key_of(P256, 0), "{}") == NULL);
	tap_ok(sign("es256", key_of(P256, 0), "{}") == NULL);
}

static void
sorted_members(void)
{
	char *t =
	    sign("EdDSA", key_of(ED, 0), "{\"z\":1,\"a\":{\"y\":1,\"b\":2}}");
	struct sc_jws *j;
	uint8_t *h;
	size_t n;

	tap_need(t != NULL);
	tap_int(sc_b64_decode(SC_B64_URL, t, strcspn(t, "."), &h, &n), 0);
	tap_str(
	    (char *)h, "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"JWT\"}");
	free(h);
	tap_int(sc_jws_parse(t, strlen(t), &j, NULL), 0);
	tap_str((char *)j->raw_payload, "{\"a\":{\"y\":1,\"b\":2},\"z\":1}");
	sc_jws_free(j);
	free(t);
}

/* --- hand-made tokens ------------------------------------------------- */

/* header.payload.signature, the signature made over whatever stands there. */
static char *
forge(const char *header, const char *payload, size_t payload_len,
    const struct sc_key *key)
{
	struct sc_buf *b = sc_buf_new(2 * 1024 * 1024);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[64];
	size_t n = sizeof sig;

	sc_b64_put(b, SC_B64_URL, header, strlen(header));
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, payload, payload_len);
	EVP_DigestSignInit_ex(
	    ctx, NULL, NULL, NULL, NULL, sc_key_evp(key), NULL);
	EVP_DigestSign(ctx, sig, &n, sc_buf_data(b), sc_buf_len(b));
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, sig, n);
	EVP_MD_CTX_free(ctx);
	return sc_buf_steal(b, NULL);
}

static int
forged(const char *header, const char *payload)
{
	char *t = forge(header, payload, strlen(payload), key_of(ED, 0));
	int r = verdict(t, key_of(ED, 0));

	free(t);
	return r;
}

static void
t1_none(void)
{
	static const char *const algs[] = {
	    "none", "None", "nOnE", "NONE", "", " none"};
	char h[60], *t;
	size_t i;

	tap_int(forged("{\"alg\":\"EdDSA\"}", "{}"), 0); /* control */
	for (i = 0; i < sizeof algs / sizeof algs[0]; i++) {
		snprintf(h, sizeof h, "{\"alg\":\"%s\"}", algs[i]);
		tap_int(forged(h, "{}"), SC_ERR_MALFORMED);
	}
	tap_int(forged("{}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":null}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":1}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":[\"EdDSA\"]}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"ALG\":\"EdDSA\"}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":\"eddsa\"}", "{}"), SC_ERR_MALFORMED);
	/* a good token with its signature cut off */
	t = sign("ES256", key_of(P256, 0), "{}");
	strrchr(t, '.')[1] = '\0';
	tap_int(verdict(t, key_of(P256, 0)), SC_ERR_MALFORMED);
	free(t);
}

/* HS256 with each public form of the key as the secret. */
static void
t2_hmac_with_public_key(void)
{
	struct sc_key *k = key_of(P256, 0);
	struct sc_jwk *jwk;
	struct json_object *obj;
	struct sc_buf *json = sc_buf_new(10000), *b;
	char *pem, *t;
	uint8_t *der, mac[32];
	size_t der_len, mac_len, i;

	tap_int(sc_key_public_to_pem(k, &pem), 0);
	tap_int(sc_key_to_spki(k, &der, &der_len), 0);
	tap_int(sc_jwk_from_key(k, &jwk, NULL), 0);
	tap_int(sc_jwk_format(jwk, 0, &obj, NULL), 0);
	tap_int(sc_json_put(json, obj, NULL), 0);
	for (i = 0; i < 3; i++) {
		const void *secret = i == 0 ? (void *)pem
		    : i == 1		    ? (void *)der
					    : (const void *)sc_buf_data(json);
		size_t n = i == 0 ? strlen(pem)
		    : i == 1	  ? der_len
				  : sc_buf_len(json);

		b = sc_buf_new(1000);
		sc_b64_put(b, SC_B64_URL, "{\"alg\":\"HS256\"}", 15);
		sc_buf_puts(b, ".e30");
		EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, n,
		    sc_buf_data(b), sc_buf_len(b), mac, sizeof mac, &mac_len);
		sc_buf_putc(b, '.');
		sc_b64_put(b, SC_B64_URL, mac, mac_len);
		t = sc_buf_steal(b, NULL);
		tap_int(verdict(t, k), SC_ERR_MALFORMED);
		free(t);
	}
	free(pem);
	free(der);
	sc_buf_free(json);
	json_object_put(obj);
	sc_jwk_free(jwk);
}

/* --- T5: spellings of an ECDSA signature ------------------------------ */

static int
with_signature(const uint8_t *sig, size_t n)
{
	struct sc_buf *b = sc_buf_new(1000);
	char *t;
	int r;

	sc_b64_put(b, SC_B64_URL, "{\"alg\":\"ES256\"}", 15);
	sc_buf_puts(b, ".e30.");
	sc_b64_put(b, SC_B64_URL, sig, n);
	t = sc_buf_steal(b, NULL);
	r = verdict(t, key_of(P256, 0));
	free(t);
	return r;
}

static void
t5_ecdsa_signatures(void)
{
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
	    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
	    0x25, 0x51};
	uint8_t sig[80], bad[80], der[80];
	size_t der_len = sizeof der;
	static const char text[] = "eyJhbGciOiJFUzI1NiJ9.e30";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestSignInit_ex(
	    ctx, NULL, "SHA256", NULL, NULL, sc_key_evp(key_of(P256, 0)), NULL);
	EVP_DigestSign(ctx, der, &der_len, (const uint8_t *)text, strlen(text));
	EVP_MD_CTX_free(ctx);
	tap_int(with_signature(der, der_len), SC_ERR_UNAUTHENTICATED);
	/* r || s from it */
	{
		size_t rl = der[3], sl = der[5 + rl], i;
		const uint8_t *r = der + 4, *s = der + 6 + rl;

		memset(sig, 0, sizeof sig);
		for (i = 0; i < 32 && i < rl; i++)
			sig[31 - i] = r[rl - 1 - i];
		for (i = 0; i < 32 && i < sl; i++)
			sig[63 - i] = s[sl - 1 - i];
	}
	tap_int(with_signature(sig, 64), 0); /* control */
	tap_int(with_signature(sig, 63), SC_ERR_UNAUTHENTICATED);
	tap_int(with_signature(sig, 65), SC_ERR_UNAUTHENTICATED);
	tap_int(with_signature(sig, 0), SC_ERR_MALFORMED);
	memset(bad, 0, sizeof bad);
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	memcpy(bad + 32, sig + 32, 32); /* r = 0 */
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	memcpy(bad, sig, 32);
	memset(bad + 32, 0, 32); /* s = 0 */
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	memcpy(bad, order, 32); /* r = n */
	memcpy(bad + 32, sig + 32, 32);
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	memcpy(bad, sig, 32);
	memcpy(bad + 32, order, 32); /* s = n */
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	memset(bad, 0xff, 64);
	tap_int(with_signature(bad, 64), SC_ERR_UNAUTHENTICATED);
	/* one octet of padding before each half */
	memset(bad, 0, sizeof bad);
	memcpy(bad + 1, sig, 32);
	memcpy(bad + 34, sig + 32, 32);
	tap_int(with_signature(bad, 66), SC_ERR_UNAUTHENTICATED);
}

/* The sizes of the others are exact as well. */
static void
signature_sizes(void)
{
	static const char *const algs[] = {
	    "ES384", "ES512", "EdDSA", "RS256", "PS256"};
	static const int kinds[] = {P384, P521, ED, RSA, RSA};
	struct sc_jws *j;
	char *t;
	size_t i;

	for (i = 0; i < 5; i++) {
		tap_context("%s", algs[i]);
		t = sign(algs[i], key_of(kinds[i], 0), "{}");
		tap_int(sc_jws_parse(t, strlen(t), &j, NULL), 0);
		tap_int(
		    sc_jws_verify(j, key_of(kinds[i], 0), all_algs, NULL), 0);
		j->signature_len--;
		tap_int(sc_jws_verify(j, key_of(kinds[i], 0), all_algs, NULL),
		    SC_ERR_UNAUTHENTICATED);
		j->signature_len++;
		memset(j->signature, 0, j->signature_len);
		tap_int(sc_jws_verify(j, key_of(kinds[i], 0), all_algs, NULL),
		    SC_ERR_UNAUTHENTICATED);
		sc_jws_free(j);
		free(t);
	}
}

/* --- headers ---------------------------------------------------------- */

static void
t6_key_in_header(void)
{
	struct sc_jwk *jwk;
	struct json_object *h = json_object_new_object(), *obj, *p;
	char *t = NULL;

	/* signed by another key, which the header brings along */
	tap_int(sc_jwk_from_key(key_of(P256, 1), &jwk, NULL), 0);
	tap_int(sc_jwk_format(jwk, 0, &obj, NULL), 0);
	json_object_object_add(h, "jwk", obj);
	json_object_object_add(
	    h, "jku", json_object_new_string("http://127.0.0.1:1/jwks"));
	p = json_object_new_object();
	tap_int(sc_jws_sign(h, p, "ES256", key_of(P256, 1), 0, &t, NULL), 0);
	tap_int(verdict(t, key_of(P256, 0)), SC_ERR_UNAUTHENTICATED);
	tap_int(verdict(t, key_of(P256, 1)), 0);
	free(t);
	json_object_put(h);
	json_object_put(p);
	sc_jwk_free(jwk);
}

static void
t7_kid(void)
{
	struct sc_buf *b = sc_buf_new(200000);
	char *h;
	int i;

	tap_int(forged("{\"alg\":\"EdDSA\",\"kid\":\"\"}", "{}"), 0);
	tap_int(
	    forged("{\"alg\":\"EdDSA\",\"kid\":\"../../etc/passwd\"}", "{}"),
	    0); /* only a name here: the caller looks it up */
	tap_int(
	    forged("{\"alg\":\"EdDSA\",\"kid\":1}", "{}"), SC_ERR_MALFORMED);
	tap_int(
	    forged("{\"alg\":\"EdDSA\",\"kid\":null}", "{}"), SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":\"EdDSA\",\"kid\":\"a\\u0000b\"}", "{}"),
	    SC_ERR_MALFORMED);
	tap_int(forged("{\"alg\":\"EdDSA\",\"kid\":\"a\",\"kid\":\"b\"}", "{}"),
	    SC_ERR_MALFORMED);
	sc_buf_puts(b, "{\"alg\":\"EdDSA\",\"kid\":\"");
	for (i = 0; i < SC_MAX_KID; i++)
		sc_buf_putc(b, 'k');
	h = sc_asprintf("%s\"}", sc_buf_str(b));
	tap_int(forged(h, "{}"), 0);
	free(h);
	h = sc_asprintf("%sk\"}", sc_buf_str(b));
	tap_int(forged(h, "{}"), SC_ERR_TOO_LARGE);
	free(h);
	for (; i < 65536; i++)
		sc_buf_putc(b, 'k');
	h = sc_asprintf("%s\"}", sc_buf_str(b));
	tap_int(forged(h, "{}"), SC_ERR_TOO_LARGE);
	free(h);
	sc_buf_free(b);
}

static void
t8_crit_b64_zip(void)
{
	static const char *const h[] = {
	    "{\"alg\":\"EdDSA\",\"crit\":[\"x\"],\"x\":1}",
	    "{\"alg\":\"EdDSA\",\"crit\":[\"exp\"],\"exp\":1}",
	    "{\"alg\":\"EdDSA\",\"crit\":[]}",
	    "{\"alg\":\"EdDSA\",\"crit\":null}",
	    "{\"alg\":\"EdDSA\",\"b64\":false,\"crit\":[\"b64\"]}",
	    "{\"alg\":\"EdDSA\",\"b64\":false}",
	    "{\"alg\":\"EdDSA\",\"b64\":true}",
	    "{\"alg\":\"EdDSA\",\"zip\":\"DEF\"}",
	};
	size_t i;

	for (i = 0; i < sizeof h / sizeof h[0]; i++) {
		tap_context("%s", h[i]);
		tap_int(forged(h[i], "{}"), SC_ERR_MALFORMED);
	}
}

/* A good compact token taken apart into the JSON form, with changes. */
static int
json_form(const char *fmt)
{
	char *t = sign("EdDSA", key_of(ED, 0), "{\"a\":1}"), *p, *s, *text;
	struct sc_buf *b = sc_buf_new(100000);
	const char *f;
	int r;

	p = strchr(t, '.');
	*p++ = '\0';
	s = strchr(p, '.');
	*s++ = '\0';
	for (f = fmt; *f != '\0'; f++)
		if (*f == 'H')
			sc_buf_puts(b, t);
		else if (*f == 'P')
			sc_buf_puts(b, p);
		else if (*f == 'S')
			sc_buf_puts(b, s);
		else
			sc_buf_putc(b, *f == '\'' ? '"' : *f);
	text = sc_buf_steal(b, NULL);
	r = verdict(text, key_of(ED, 0));
	free(text);
	free(t);
	return r;
}

static void
json_controls(void)
{
	tap_int(
	    json_form("{'payload':'P','protected':'H','signature':'S'}"), 0);
	tap_int(json_form("{'payload':'P','signatures':"
			  "[{'protected':'H','signature':'S'}]}"),
	    0);
}

static void
t9_two_signatures(void)
{
	tap_int(json_form("{'payload':'P','signatures':"
			  "[{'protected':'H','signature':'S'},"
			  "{'protected':'H','signature':'S'}]}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','signatures':"
			  "[{'protected':'H','signature':'AAAA'},"
			  "{'protected':'H','signature':'S'}]}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','signatures':[]}"), SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','signatures':"
			  "[{'protected':'H','signature':'S'}],"
			  "'protected':'H','signature':'S'}"),
	    SC_ERR_MALFORMED);
	tap_int(
	    json_form("{'payload':'P','signatures':['S']}"), SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','signatures':"
			  "{'protected':'H','signature':'S'}}"),
	    SC_ERR_MALFORMED);
}

static void
t10_unprotected_header(void)
{
	tap_int(json_form("{'payload':'P','protected':'H',"
			  "'header':{'alg':'none'},'signature':'S'}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','protected':'H','header':{},"
			  "'signature':'S'}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','signatures':[{'protected':'H',"
			  "'header':{'kid':'x'},'signature':'S'}]}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','header':{'alg':'EdDSA'},"
			  "'signature':'S'}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','payload':'P','protected':'H',"
			  "'signature':'S'}"),
	    SC_ERR_MALFORMED);
	tap_int(json_form("{'payload':'P','protected':'H','signature':'S'}x"),
	    SC_ERR_MALFORMED);
}

static void
t11_spelling(void)
{
	char *t = sign("EdDSA", key_of(ED, 0), "{\"a\":1}"), *bad, *dot, *last;
	static const char *const tails[] = {
	    "=", "==", "\n", "\r\n", " ", ".", ".AAAA", "A"};
	static const char *const heads[] = {" ", "\n", "=", "."};
	size_t i, n = strlen(t);

	for (i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		bad = sc_asprintf("%s%s", t, tails[i]);
		tap_ok(verdict(bad, key_of(ED, 0)) != 0);
		free(bad);
	}
	for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		bad = sc_asprintf("%s%s", heads[i], t);
		tap_int(verdict(bad, key_of(ED, 0)), SC_ERR_MALFORMED);
		free(bad);
	}
	/* a line break inside */
	bad = sc_asprintf("%.20s\n%s", t, t + 20);
	tap_int(verdict(bad, key_of(ED, 0)), SC_ERR_MALFORMED);
	free(bad);
	/* 64 octets: the last character carries two bits, four are zero */
	last = t + n - 1;
	*last = *last == 'A' ? 'B' : (char)(*last + 1);
	tap_int(verdict(t, key_of(ED, 0)), SC_ERR_MALFORMED);
	free(t);
	/* the other alphabet, where the signature has - or _ */
	for (i = 0; i < 50; i++) {
		bad = NULL;
		t = sign("ES256", key_of(P256, 0), "{\"a\":1}");
		dot = strrchr(t, '.');
		if ((last = strchr(dot, '-')) != NULL) {
			*last = '+';
			tap_int(verdict(t, key_of(P256, 0)), SC_ERR_MALFORMED);
		} else if ((last = strchr(dot, '_')) != NULL) {
			*last = '/';
			tap_int(verdict(t, key_of(P256, 0)), SC_ERR_MALFORMED);
		}
		free(t);
	}
}

static void
t22_t23_claims(void)
{
	static const char h[] = "{\"alg\":\"EdDSA\"}";
	char nul[] = "{\"sub\":\"a?b\"}", *t;

	tap_int(forged(h, "{\"sub\":\"a\",\"sub\":\"b\"}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"aud\":\"a\",\"aud\":[\"b\"]}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"a\":{\"b\":1,\"b\":1}}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"sub\":\"\xff\"}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"sub\":\"\\ud800\"}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"sub\":\"a\\u0000b\"}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"sub\":\"a\"} {}"), SC_ERR_MALFORMED);
	tap_int(forged(h, "{\"sub\":"), SC_ERR_MALFORMED);
	nul[9] = '\0';
	t = forge(h, nul, sizeof nul - 1, key_of(ED, 0));
	tap_int(verdict(t, key_of(ED, 0)), SC_ERR_MALFORMED);
	free(t);
}

static void
not_json_payload(void)
{
	struct sc_jws *j;
	char *t = forge("{\"alg\":\"EdDSA\"}", "", 0, key_of(ED, 0));

	tap_int(sc_jws_parse(t, strlen(t), &j, NULL), 0);
	tap_ok(j->payload == NULL);
	tap_int(j->raw_payload_len, 0);
	tap_int(sc_jws_verify(j, key_of(ED, 0), all_algs, NULL), 0);
	sc_jws_free(j);
	free(t);
	t = forge("{\"alg\":\"EdDSA\"}", "hello", 5, key_of(ED, 0));
	tap_int(sc_jws_parse(t, strlen(t), &j, NULL), 0);
	tap_ok(j->payload == NULL);
	tap_str((char *)j->raw_payload, "hello");
	sc_jws_free(j);
	free(t);
}

static char *
filled(const char *before, char c, size_t n, const char *after)
{
	struct sc_buf *b = sc_buf_new(4 * 1024 * 1024);

	sc_buf_puts(b, before);
	memset(sc_buf_reserve(b, n), c, n);
	sc_buf_puts(b, after);
	return sc_buf_steal(b, NULL);
}

static void
t24_sizes(void)
{
	static const char h[] = "{\"alg\":\"EdDSA\"}";
	char *s, *t;
	struct sc_jws *j;

	s = filled("{\"a\":", '[', 10000, "}");
	tap_int(forged(h, s), SC_ERR_TOO_LARGE);
	free(s);
	s = filled("{\"a\":", '9', 100000, "}");
	tap_ok(forged(h, s) != 0);
	free(s);
	s = filled("{\"alg\":\"EdDSA\",\"x\":\"", 'x', 1024 * 1024, "\"}");
	tap_int(forged(s, "{}"), SC_ERR_TOO_LARGE);
	free(s);
	s = filled("{\"alg\":\"EdDSA\",\"x\":\"", 'x', 60 * 1024, "\"}");
	tap_int(forged(s, "{}"), SC_ERR_TOO_LARGE); /* 64 KiB as base64 */
	free(s);
	s = filled("{\"alg\":\"EdDSA\",\"x\":\"", 'x', 40 * 1024, "\"}");
	tap_int(forged(s, "{}"), 0);
	free(s);
	/* exactly SC_MAX_JWS, and one more */
	s = filled("", 'A', SC_MAX_JWS, "");
	tap_int(sc_jws_parse(s, SC_MAX_JWS, &j, NULL), SC_ERR_MALFORMED);
	free(s);
	s = filled("", 'A', SC_MAX_JWS + 1, "");
	tap_int(sc_jws_parse(s, SC_MAX_JWS + 1, &j, NULL), SC_ERR_TOO_LARGE);
	free(s);
	s = filled("{\"a\":\"", 'A', 190 * 1024, "\"}");
	t = sign("EdDSA", key_of(ED, 0), s);
	tap_ok(t != NULL && verdict(t, key_of(ED, 0)) == 0);
	free(t);
	free(s);
}

/* --- damage ----------------------------------------------------------- */

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	struct sc_jws *j;
	int r;

	r = sc_jws_parse((const char *)p, n, &j, NULL);
	if (r == 0)
		r = sc_jws_verify(j, arg, all_algs, NULL);
	sc_jws_free(j);
	return r == 0;
}

static void
damaged(void)
{
	size_t cases;
	char *t = sign("ES256", key_of(P256, 0),
	    "{\"sub\":\"svc.example.com\",\"aud\":\"https://ca/1.0/sign\"}");

	tap_int(mutate(t, strlen(t), 1, accepts, key_of(P256, 0), &cases), 0);
	tap_ok(cases > 2000);
	free(t);
	t = sign("EdDSA", key_of(ED, 0), "{\"sub\":\"svc.example.com\"}");
	tap_int(mutate(t, strlen(t), 1, accepts, key_of(ED, 0), NULL), 0);
	free(t);
	t = sign("RS256", key_of(RSA, 0), "{\"sub\":\"svc.example.com\"}");
	tap_int(mutate(t, strlen(t), 3, accepts, key_of(RSA, 0), NULL), 0);
	free(t);
}

TAP_MAIN(TAP_NAMED("RFC 7515, 7520, 8037 examples", rfc_examples),
    TAP_NAMED("T3 T4 all algorithms against all keys", all_pairs),
    TAP_NAMED("T3 HS256", hs256), TAP_TEST(sign_with_wrong_alg),
    TAP_TEST(sorted_members), TAP_NAMED("T1 alg none", t1_none),
    TAP_NAMED("T2 HMAC with the public key", t2_hmac_with_public_key),
    TAP_NAMED("T5 forms of ECDSA signatures", t5_ecdsa_signatures),
    TAP_TEST(signature_sizes),
    TAP_NAMED("T6 key in the header", t6_key_in_header),
    TAP_NAMED("T7 kid", t7_kid),
    TAP_NAMED("T8 crit, b64, zip", t8_crit_b64_zip), TAP_TEST(json_controls),
    TAP_NAMED("T9 two signatures", t9_two_signatures),
    TAP_NAMED("T10 unprotected header", t10_unprotected_header),
    TAP_NAMED("T11 spelling of base64url", t11_spelling),
    TAP_NAMED("T22 T23 duplicates, UTF-8, NUL in claims", t22_t23_claims),
    TAP_NAMED("T24 sizes", t24_sizes), TAP_TEST(not_json_payload),
    TAP_TEST(damaged))
