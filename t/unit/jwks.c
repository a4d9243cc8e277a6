/*
 * The cached keys of an identity provider, with a fixed clock and a provider
 * in this process (row T25).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "net/http.h"
#include "provisioner/jwks.h"
#include "provisioner/key_set.h"
#include "tap.h"

#define NOW INT64_C(1700000000)
#define DISCOVERY "https://idp.example/.well-known/openid-configuration"
#define KEYS "https://idp.example/keys"

static struct sc_error e;
static struct sc_jwk *a, *b;

/* What the provider does, and what it was asked. */
static struct {
	const char *configuration, *cache_control;
	char *keys;
	bool down;
	long status;
	int configurations, sets;
	struct sc_http_request last;
} idp;

static int
answer(const struct sc_http_request *q, struct sc_http_response *out,
    struct sc_error *err)
{
	bool set = sc_streq(q->url, KEYS);

	idp.last = *q;
	*(set ? &idp.sets : &idp.configurations) += 1;
	if (idp.down)
		return sc_fail(err, SC_ERR_IO, "no connection with %s", q->url);
	out->status = idp.status;
	out->body = sc_strdup(set ? idp.keys : idp.configuration);
	out->body_len = strlen(out->body);
	if (set && idp.cache_control != NULL)
		out->cache_control = sc_strdup(idp.cache_control);
	return 0;
}

static struct sc_jwk *
make_key(void)
{
	struct sc_key *k = NULL;
	struct sc_jwk *j = NULL;

	if (sc_key_generate("EC", NULL, 0, &k, &e) == 0)
		(void)sc_jwk_from_key(k, &j, &e);
	sc_key_free(k);
	return j;
}

/* The provider publishes this key, or none; more is put in its JWK. */
static void
publish(const struct sc_jwk *key, const char *more)
{
	struct json_object *o = NULL;
	struct sc_buf *t = sc_buf_new(65536);

	(void)sc_buf_puts(t, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}");
	if (key != NULL && sc_jwk_format(key, 0, &o, &e) == 0) {
		json_object_object_del(o, "alg");
		(void)sc_buf_putc(t, ',');
		(void)sc_json_put(t, o, NULL);
		sc_buf_truncate(t, sc_buf_len(t) - 1);
		(void)sc_buf_putf(t, "%s}", more);
	}
	(void)sc_buf_puts(t, "]}");
	json_object_put(o);
	free(idp.keys);
	idp.keys = sc_buf_steal(t, NULL);
}

static struct sc_jwks *
set_up(void)
{
	const struct sc_jwks_source from = {
	    .discovery = DISCOVERY, .tenant = "t-1"};
	struct sc_jwks *k = NULL;
	char *keys = idp.keys;

	if (a == NULL) {
		a = make_key();
		b = make_key();
	}
	e = (struct sc_error)SC_ERROR_INIT;
	memset(&idp, 0, sizeof(idp));
	idp.keys = keys;
	idp.status = 200;
	idp.configuration = "{\"issuer\":\"https://idp.example/{tenantid}/v2\","
			    "\"jwks_uri\":\"" KEYS "\"}";
	publish(a, "");
	if (a != NULL && b != NULL && sc_jwks_new(&from, &k, &e) == 0)
		sc_jwks_set_send(k, answer);
	return k;
}

static int
check_kid(struct sc_jwks *k, const struct sc_jwk *key, const char *kid,
    const char *alg, int64_t now)
{
	struct json_object *h = json_object_new_object(), *c = NULL;
	struct sc_jws *j = NULL;
	char *text = NULL;
	int r = SC_ERR_INTERNAL;

	if (kid != NULL)
		json_object_object_add(h, "kid", json_object_new_string(kid));
	c = json_object_new_object();
	if (sc_jws_sign(h, c, alg, key->key, 0, &text, &e) == 0 &&
	    sc_jws_parse(text, strlen(text), &j, &e) == 0)
		r = sc_jwks_verify(k, j, now, &e);
	sc_jws_free(j);
	free(text);
	json_object_put(h);
	json_object_put(c);
	return r;
}

/* The verdict on a token that key has signed. */
static int
check(struct sc_jwks *k, const struct sc_jwk *key, int64_t now)
{
	return check_kid(k, key, key->kid, "ES256", now);
}

/* --- */

static void
keeps(void)
{
	struct sc_jwks *k = set_up();
	const char *issuer;

	tap_need(tap_ok(k != NULL));
	tap_int(idp.configurations, 0); /* nothing at start */
	tap_int(check(k, a, NOW), 0);
	tap_int(check(k, a, NOW), 0);
	tap_int(check(k, a, NOW + SC_JWKS_AGE - 3601), 0);
	tap_int(sc_jwks_issuer(k, NOW, &issuer, &e), 0);
	tap_str(issuer, "https://idp.example/t-1/v2");
	tap_int(idp.configurations, 1);
	tap_int(idp.sets, 1);
	tap_ok(!idp.last.insecure && !idp.last.plain && idp.last.system_roots);
	tap_int(idp.last.max, SC_JWKS_BYTES);
	tap_ok(idp.last.timeout + idp.last.timeout <= 10);
	tap_int(check(k, a, NOW + SC_JWKS_AGE), 0);
	tap_int(idp.sets, 2);
	tap_int(idp.configurations, 1);
	/* The configuration is read once a day. */
	tap_int(check(k, a, NOW + 2 * SC_JWKS_AGE_MAX), 0);
	tap_int(idp.configurations, 2);
	sc_jwks_free(k);
}

static void
max_ages(void)
{
	static const struct {
		const char *control;
		int64_t good, over;
	} cases[] = {
	    {"public, max-age=600, must-revalidate", 400, 600},
	    {"max-age=7200", 3600, 7200},
	    {"max-age=0", SC_JWKS_PAUSE * 2 / 3, SC_JWKS_PAUSE},
	    {"max-age=99999999", SC_JWKS_AGE_MAX - 3600, SC_JWKS_AGE_MAX},
	    {"max-age=99999999999999999999", SC_JWKS_AGE_MAX - 3600,
		SC_JWKS_AGE_MAX},
	    {"max-age=", SC_JWKS_AGE - 3600, SC_JWKS_AGE},
	    {"no-cache", SC_JWKS_AGE - 3600, SC_JWKS_AGE},
	};
	struct sc_jwks *k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].control);
		k = set_up();
		tap_need(tap_ok(k != NULL));
		idp.cache_control = cases[i].control;
		tap_int(check(k, a, NOW), 0);
		tap_int(check(k, a, NOW + cases[i].good), 0);
		tap_int(idp.sets, 1);
		tap_int(check(k, a, NOW + cases[i].over), 0);
		tap_int(idp.sets, 2);
		sc_jwks_free(k);
	}
	tap_context("%s", "");
}

static void
rotation(void)
{
	struct sc_jwks *k = set_up();
	int i;

	tap_need(tap_ok(k != NULL));
	tap_int(check(k, a, NOW), 0);
	publish(b, "");
	tap_int(check(k, a, NOW), 0);
	tap_int(check(k, b, NOW), 0);
	tap_int(idp.sets, 2);
	tap_int(check(k, a, NOW), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "kid");
	/* And not again, whoever comes, before its time. */
	for (i = 0; i < 1000; i++)
		tap_int(check_kid(k, a, "no such", "ES256", NOW + i % 60),
		    SC_ERR_UNAUTHENTICATED);
	tap_int(idp.sets, 2);
	publish(a, "");
	tap_int(check(k, a, NOW + 59), SC_ERR_UNAUTHENTICATED);
	tap_int(check(k, a, NOW + 60), 0);
	tap_int(idp.sets, 3);
	tap_int(idp.configurations, 1);
	sc_jwks_free(k);
}

static void
first_unknown(void)
{
	struct sc_jwks *k = set_up();

	tap_need(tap_ok(k != NULL));
	tap_int(check(k, b, NOW), SC_ERR_UNAUTHENTICATED);
	tap_int(idp.sets, 1); /* fetched just now */
	sc_jwks_free(k);
}

static void
withdrawn(void)
{
	struct sc_jwks *k = set_up();

	tap_need(tap_ok(k != NULL));
	tap_int(check(k, a, NOW), 0);
	publish(NULL, "");
	tap_int(check(k, a, NOW + SC_JWKS_AGE), SC_ERR_UNAUTHENTICATED);
	sc_jwks_free(k);
}

static void
outage(void)
{
	struct sc_jwks *k = set_up();
	const int64_t late = NOW + SC_JWKS_AGE;
	int i;

	tap_need(tap_ok(k != NULL));
	idp.cache_control = "max-age=43200";
	tap_int(check(k, a, NOW), 0);
	idp.down = true;
	for (i = 0; i < 7200; i++)
		tap_int(check(k, a, late + i), 0);
	/* Asked after 1, 2, 4 ... seconds, then each minute. */
	tap_ok(idp.sets > 100 && idp.sets < 140);
	tap_int(check(k, a, late + SC_JWKS_STALE - 3600), 0);
	tap_int(check(k, a, late + SC_JWKS_STALE), SC_ERR_BUSY);
	tap_has(e.msg, "no connection");
	tap_has(e.client, "cannot be fetched");
	tap_int(e.whole, 1);
	idp.down = false;
	tap_int(check(k, a, late + SC_JWKS_STALE + SC_JWKS_PAUSE), 0);
	sc_jwks_free(k);
}

static void
down_at_start(void)
{
	struct sc_jwks *k = set_up();
	int i;

	tap_need(tap_ok(k != NULL));
	idp.down = true;
	for (i = 0; i < 100; i++)
		tap_int(check(k, a, NOW), SC_ERR_BUSY);
	tap_int(idp.configurations, 1);
	tap_int(idp.sets, 0);
	idp.down = false;
	tap_int(check(k, a, NOW + 1), 0);
	/* The clock is put back by a year. */
	tap_int(check(k, a, NOW - 31536000), 0);
	tap_int(check(k, a, NOW - 31536000 + SC_JWKS_AGE), 0);
	tap_int(idp.sets, 3);
	sc_jwks_free(k);
}

static void
bad_answers(void)
{
	static const char *const configurations[] = {"", "[]", "{", "null",
	    "{\"issuer\":\"https://i\"}", "{\"jwks_uri\":\"" KEYS "\"}",
	    "{\"issuer\":\"\",\"jwks_uri\":\"" KEYS "\"}",
	    "{\"issuer\":7,\"jwks_uri\":\"" KEYS "\"}",
	    "{\"issuer\":\"https://i\",\"jwks_uri\":\"http://i/keys\"}",
	    "{\"issuer\":\"https://i\",\"jwks_uri\":\"file:///etc/passwd\"}",
	    "{\"issuer\":\"https://i\",\"jwks_uri\":\"https://u:p@i/keys\"}",
	    "{\"issuer\":\"https://i\",\"issuer\":\"https://j\","
	    "\"jwks_uri\":\"" KEYS "\"}"};
	static const char *const sets[] = {"", "[]", "{}", "{\"keys\":{}}",
	    "{\"keys\":[7]}", "{\"keys\":[", "{\"Keys\":[]}",
	    "{\"keys\":[]} {\"keys\":[]}"};
	struct sc_jwks *k;
	size_t i;

	for (i = 0; i < sizeof(configurations) / sizeof(*configurations); i++) {
		tap_context("%s", configurations[i]);
		k = set_up();
		tap_need(tap_ok(k != NULL));
		idp.configuration = configurations[i];
		tap_int(check(k, a, NOW), SC_ERR_BUSY);
		tap_int(idp.sets, 0);
		sc_jwks_free(k);
	}
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		tap_context("%s", sets[i]);
		k = set_up();
		tap_need(tap_ok(k != NULL));
		free(idp.keys);
		idp.keys = sc_strdup(sets[i]);
		tap_int(check(k, a, NOW), SC_ERR_BUSY);
		sc_jwks_free(k);
	}
	tap_context("%s", "");
	k = set_up();
	tap_need(tap_ok(k != NULL));
	idp.status = 302;
	tap_int(check(k, a, NOW), SC_ERR_BUSY);
	tap_has(e.msg, "status 302, which is not followed");
	sc_jwks_free(k);
}

static void
urls(void)
{
	static const char *const bad[] = {"http://idp.example/x", "", "x",
	    "https:///x", "https://u@idp.example", "file:///x", "ftp://a/b"};
	struct sc_jwks_source from = {.discovery = NULL};
	struct sc_jwks *k;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%s", bad[i]);
		from.discovery = bad[i];
		from.uri = NULL;
		tap_int(sc_jwks_new(&from, &k, &e), SC_ERR_MALFORMED);
		from.discovery = NULL;
		from.uri = bad[i];
		tap_int(sc_jwks_new(&from, &k, &e), SC_ERR_MALFORMED);
		tap_ok(k == NULL);
	}
	tap_context("%s", "");
}

static void
algorithms(void)
{
	struct sc_jwks *k = set_up();

	tap_need(tap_ok(k != NULL));
	publish(a, ",\"alg\":\"ES256\"");
	tap_int(check(k, a, NOW), 0);
	/* Signed by another key under the kid of this one. */
	tap_int(check_kid(k, b, a->kid, "ES256", NOW), SC_ERR_UNAUTHENTICATED);
	tap_int(check_kid(k, a, NULL, "ES256", NOW), SC_ERR_UNAUTHENTICATED);
	sc_jwks_free(k);
	/* A key that says it is for something else is none. */
	k = set_up();
	publish(a, ",\"alg\":\"RS256\"");
	tap_int(check(k, a, NOW), SC_ERR_UNAUTHENTICATED);
	sc_jwks_free(k);
	k = set_up();
	free(idp.keys);
	idp.keys = sc_asprintf("{\"keys\":[{\"use\":\"enc\"}]}");
	tap_int(check(k, a, NOW), SC_ERR_UNAUTHENTICATED);
	sc_jwks_free(k);
}

static void
many(void)
{
	struct sc_key_set *s;
	struct sc_buf *t;
	char *text;
	size_t n;
	int i, more;

	for (more = 0; more < 2; more++) {
		t = sc_buf_new(65536);
		(void)sc_buf_puts(t, "{\"keys\":[{}");
		for (i = 1; i < SC_MAX_KEY_SET + more; i++)
			(void)sc_buf_puts(t, ",{}");
		(void)sc_buf_puts(t, "]}");
		text = sc_buf_steal(t, &n);
		tap_need(tap_ok(text != NULL));
		tap_int(sc_key_set_parse(text, n, &s, &e),
		    more ? SC_ERR_TOO_LARGE : 0);
		sc_key_set_free(s);
		free(text);
	}
	/* Last: nothing uses these after this. */
	free(idp.keys);
	sc_jwk_free(a);
	sc_jwk_free(b);
}

TAP_MAIN(TAP_TEST(keeps), TAP_TEST(max_ages),
    TAP_NAMED("T25 key rotated, a flood of unknown kids", rotation),
    TAP_TEST(first_unknown), TAP_NAMED("T25 keys withdrawn", withdrawn),
    TAP_NAMED("T25 expired key set, provider down", outage),
    TAP_TEST(down_at_start),
    TAP_NAMED("T25 answers that are of no use, keys on http", bad_answers),
    TAP_NAMED("T25 only https", urls), TAP_TEST(algorithms), TAP_TEST(many))
