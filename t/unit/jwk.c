#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "crypto/jwk.h"
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

static struct sc_jwk *
parse(const char *text)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_jwk *j = NULL;

	if (text == NULL || sc_jwk_parse_text(text, strlen(text), &j, &e) != 0)
		tap_fail("%s", e.msg);
	return j;
}

static void
thumbprints(void)
{
	static const struct {
		const char *jwk, *thp;
	} v[] = {{"rfc7638_3.1.jwk", "rfc7638_3.1.thp"},
	    {"rfc8037_A.1.jwk", "rfc8037_A.3.thp"}};
	struct sc_jwk *j;
	char *t;
	size_t i;

	for (i = 0; i < 2; i++) {
		j = parse(vector(v[i].jwk));
		tap_need(j != NULL);
		tap_int(sc_jwk_thumbprint(j->key, &t, NULL), 0);
		tap_str(t, vector(v[i].thp));
		free(t);
		sc_jwk_free(j);
	}
}

static void
members(void)
{
	struct sc_jwk *j = parse(vector("rfc7638_3.1.jwk"));

	tap_need(j != NULL);
	tap_str(j->kid, "2011-04-29");
	tap_str(j->alg, "RS256");
	tap_str(j->use, "");
	tap_ok(!sc_key_is_private(j->key));
	sc_jwk_free(j);
	j = parse(vector("rfc7520_3.1.jwk"));
	tap_str(j->kid, "bilbo.baggins@hobbiton.example");
	tap_str(j->alg, "ES512");
	tap_str(j->use, "sig");
	sc_jwk_free(j);
	j = parse(vector("rfc7515_A.3.jwk"));
	tap_ok(sc_key_is_private(j->key));
	tap_str(j->alg, "ES256");
	tap_int(strlen(j->kid), 43); /* the thumbprint */
	sc_jwk_free(j);
}

static char *
text_of(const struct sc_jwk *j, int private)
{
	struct sc_buf *b = sc_buf_new(100000);
	struct json_object *obj;

	tap_int(sc_jwk_format(j, private, &obj, NULL), 0);
	sc_json_put(b, obj, NULL);
	json_object_put(obj);
	return sc_buf_steal(b, NULL);
}

static void
order_of_members(void)
{
	static const struct {
		const char *kty, *curve, *start;
	} v[] = {{"EC", "P-256", "{\"use\":\"sig\",\"kty\":\"EC\",\"kid\":\""},
	    {"OKP", NULL, "{\"use\":\"sig\",\"kty\":\"OKP\",\"kid\":\""},
	    {"RSA", NULL, "{\"use\":\"sig\",\"kty\":\"RSA\",\"kid\":\""}};
	static const char *const rest[] = {
	    "\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"x\":\"",
	    "\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"x\":\"",
	    "\",\"alg\":\"RS256\",\"n\":\""};
	struct sc_key *k;
	struct sc_jwk *j, *again;
	char *s;
	size_t i;
	int private;

	for (i = 0; i < 3; i++) {
		tap_int(sc_key_generate(v[i].kty, v[i].curve, 0, &k, NULL), 0);
		tap_int(sc_jwk_from_key(k, &j, NULL), 0);
		for (private = 0; private < 2; private ++) {
			s = text_of(j, private);
			tap_int(strncmp(s, v[i].start, strlen(v[i].start)), 0);
			tap_has(s, rest[i]);
			tap_int(strstr(s, "\"d\":") != NULL, private);
			again = parse(s);
			tap_need(again != NULL);
			tap_ok(sc_key_same_public(again->key, k));
			tap_int(sc_key_is_private(again->key), private);
			tap_str(again->kid, j->kid);
			sc_jwk_free(again);
			free(s);
		}
		sc_jwk_free(j);
		sc_key_free(k);
	}
}

/* The numbers that come out are the ones that went in. */
static void
same_numbers(void)
{
	static const char *const names[] = {"rfc7515_A.2.jwk",
	    "rfc7515_A.3.jwk", "rfc7515_A.4.jwk", "rfc8037_A.1.jwk",
	    "rfc7520_3.4.jwk"};
	struct json_object *in, *out, *v;
	struct sc_jwk *j;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *s = vector(names[i]);

		tap_context("%s", names[i]);
		tap_int(sc_json_parse(s, strlen(s), 0, &in, NULL), 0);
		j = parse(s);
		tap_need(j != NULL);
		tap_int(sc_jwk_format(j, 1, &out, NULL), 0);
		json_object_object_foreach(in, name, val)
		{
			v = sc_json_member_exact(out, name);
			if (v == NULL)
				tap_str(name, "kept");
			else
				tap_str(json_object_get_string(v),
				    json_object_get_string(val));
		}
		json_object_put(in);
		json_object_put(out);
		sc_jwk_free(j);
	}
}

#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define EC(x, y, more)                                                         \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x "\",\"y\":\"" y         \
	"\"" more "}"

static const struct {
	const char *what, *text;
	int verdict;
} refused[] = {
    {"good (control)", EC(X, Y, ""), 0},
    {"good private (control)", EC(X, Y, ",\"d\":\"" D "\""), 0},
    {"not on the curve",
	EC(X, "y_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", ""), -5},
    {"x and y swapped", EC(Y, X, ""), -5},
    {"x >= p", EC("_____wAAAAEAAAAAAAAAAAAAAAD_______________8", Y, ""), -5},
    {"x short", EC("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA", Y, ""), -5},
    {"x long", EC("AH_NzidwdsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF", Y, ""), -5},
    {"x zero, y zero",
	EC("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ""),
	-5},
    {"x with padding", EC(X "=", Y, ""), -5},
    {"x with non-zero trailing bits",
	EC("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV", Y, ""), -5},
    {"x with line break", EC(X "\\n", Y, ""), -5},
    {"y absent", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}", -5},
    {"y null", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":null}",
	-5},
    {"y a number", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":1}",
	-5},
    {"d of another key",
	EC(X, Y, ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM\""), -5},
    {"d zero",
	EC(X, Y, ",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""), -5},
    {"d too large",
	EC(X, Y, ",\"d\":\"__________________________________________8\""), -5},
    {"alg of another curve", EC(X, Y, ",\"alg\":\"ES384\""), -5},
    {"alg none", EC(X, Y, ",\"alg\":\"none\""), -5},
    {"alg HS256", EC(X, Y, ",\"alg\":\"HS256\""), -5},
    {"kid a number", EC(X, Y, ",\"kid\":7"), -5},
    {"duplicate member", EC(X, Y, ",\"x\":\"" X "\""), -5},
    {"other case of a member",
	"{\"KTY\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
	-5},
    {"curve unknown",
	"{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
	-7},
    {"curve of another size",
	"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
	-5},
    {"oct", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", -7},
    {"X25519", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}", -7},
    {"Ed25519 short", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
	-5},
    {"Ed25519 d of another key",
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\",\"d\":\"" D "\"}",
	-5},
    {"no kty", "{}", -5},
    {"array", "[]", -5},
    {"text", "\"jwk\"", -5},
    {"trailing bytes", EC(X, Y, "") "{}", -5},
};

static void
refusals(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_jwk *j;
	size_t i;

	for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		tap_context("%s", refused[i].what);
		tap_int(sc_jwk_parse_text(
			    refused[i].text, strlen(refused[i].text), &j, &e),
		    refused[i].verdict);
		tap_ok((j != NULL) == (refused[i].verdict == 0));
		sc_jwk_free(j);
	}
}

/* A public RSA JWK with modulus of bits (all ones but for low) and e. */
static int
rsa_verdict(size_t bits, unsigned low, const char *exp)
{
	static uint8_t n[2048];
	static char b64[4096], text[5000];
	struct sc_jwk *j;
	size_t len = bits / 8, i, o = 0;
	int r;

	memset(n, 0xa5, sizeof n);
	n[0] = 0xff;
	n[len - 1] = (uint8_t)low;
	/* 3 octets at a time; the lengths used divide by 3 or end in "_" */
	len = (size_t)EVP_EncodeBlock((uint8_t *)b64, n, (int)len);
	for (i = 0; i < len; i++)
		if (b64[i] == '+')
			b64[o++] = '-';
		else if (b64[i] == '/')
			b64[o++] = '_';
		else if (b64[i] != '=')
			b64[o++] = b64[i];
	b64[o] = '\0';
	snprintf(text, sizeof text,
	    "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", b64, exp);
	r = sc_jwk_parse_text(text, strlen(text), &j, NULL);
	sc_jwk_free(j);
	return r;
}

static void
t31_rsa(void)
{
	tap_int(rsa_verdict(2048, 0x8b, "AQAB"), 0); /* control */
	tap_int(rsa_verdict(2048, 0x8b, "Aw"), 0);
	tap_int(rsa_verdict(1024, 0x8b, "AQAB"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2040, 0x8b, "AQAB"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(8192, 0x8b, "AQAB"), 0);
	tap_int(rsa_verdict(8200, 0x8b, "AQAB"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(16384, 0x8b, "AQAB"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8a, "AQAB"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, "AQ"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, "Ag"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, "AA"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, ""), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, "AAEAAQ"), SC_ERR_MALFORMED);
	tap_int(rsa_verdict(2048, 0x8b, "AQAAAAE"), SC_ERR_MALFORMED);
}

/* A private RSA key whose numbers do not belong together. */
static void
rsa_private_mismatch(void)
{
	static const char *const names[] = {"n", "e", "d", "p", "q"};
	struct json_object *obj, *other, *v;
	const char *s = vector("rfc7515_A.2.jwk");
	const char *t = vector("rfc7520_3.4.jwk");
	struct sc_jwk *j;
	size_t i;

	tap_int(sc_json_parse(t, strlen(t), 0, &other, NULL), 0);
	json_object_object_add(other, "e", json_object_new_string("Aw"));
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		tap_context("%s of another key", names[i]);
		tap_int(sc_json_parse(s, strlen(s), 0, &obj, NULL), 0);
		v = sc_json_member_exact(other, names[i]);
		json_object_object_add(obj, names[i], json_object_get(v));
		tap_int(sc_jwk_parse(obj, &j, NULL), SC_ERR_MALFORMED);
		json_object_put(obj);
		tap_context("%s absent", names[i]);
		tap_int(sc_json_parse(s, strlen(s), 0, &obj, NULL), 0);
		json_object_object_del(obj, names[i]);
		if (strcmp(names[i], "d") != 0)
			tap_int(sc_jwk_parse(obj, &j, NULL), SC_ERR_MALFORMED);
		json_object_put(obj);
	}
	json_object_put(other);
}

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	struct sc_jwk *j;

	(void)arg;
	if (sc_jwk_parse_text((const char *)p, n, &j, NULL) != 0)
		return false;
	sc_jwk_free(j);
	return true;
}

static void
damaged(void)
{
	const char *s = vector("rfc7515_A.3.jwk");
	size_t cases;

	/*
	 * Only damage to the name of "d" makes another good key (a public
	 * one); there are 8 + 1 + 1 ways to damage its one letter, of which
	 * some leave invalid JSON.
	 */
	tap_ok(mutate(s, strlen(s), 1, accepts, NULL, &cases) <= 10);
	tap_ok(cases > 1000);
}

TAP_MAIN(TAP_NAMED("RFC 7638 and RFC 8037 thumbprints", thumbprints),
    TAP_TEST(members), TAP_TEST(order_of_members), TAP_TEST(same_numbers),
    TAP_NAMED("T31 keys refused at load", refusals),
    TAP_NAMED("T31 RSA bounds", t31_rsa), TAP_TEST(rsa_private_mismatch),
    TAP_TEST(damaged))
