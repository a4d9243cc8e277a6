#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/url.h"
#include "crypto/jws.h"
#include "net/http.h"
#include "provisioner/jwks.h"
#include "provisioner/key_set.h"

#define TENANT "{tenantid}"
#define WELL_KNOWN "/.well-known/openid-configuration"
#define MAX_AGE "max-age="

struct sc_jwks {
	char *discovery, *tenant;
	const char *roots; /* borrowed */
	sc_jwks_send_fn *send;
	/* Of the configuration. */
	char *issuer, *uri;
	int64_t discovered;
	/* Of the key set; NULL: not fetched yet. */
	struct sc_key_set *keys;
	int64_t fetched, expires;
	int64_t searched; /* for a kid that was not in it */
	/* The last attempt, and how long no other is made after it. */
	int64_t tried, pause;
	struct sc_error why; /* it failed */
};

static int
check_url(const char *url, const char *what, struct sc_error *e)
{
	struct sc_url u;
	bool good;

	if (sc_url_parse(url, &u) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s \"%.256s\" is no URL", what, url);
	good = sc_streq(u.scheme, "https") && u.host[0] != '\0' &&
	    u.userinfo[0] == '\0';
	sc_url_clear(&u);
	return good ? 0
		    : sc_fail(e, SC_ERR_MALFORMED,
			  "%s \"%.256s\" is not https://host/path", what, url);
}

char *
sc_jwks_discovery_url(const char *endpoint)
{
	struct sc_url u;
	char *s;
	size_t n;

	if (sc_url_parse(endpoint, &u) != 0)
		return NULL;
	n = strlen(u.path);
	while (n > 0 && u.path[n - 1] == '/')
		n--;
	u.path[n] = '\0';
	s = sc_asprintf("%s://%s%s%s%s%s%s%s%s%s", u.scheme, u.userinfo,
	    u.userinfo[0] != '\0' ? "@" : "", u.host,
	    u.port[0] != '\0' ? ":" : "", u.port, u.path,
	    strstr(u.path, WELL_KNOWN) == NULL ? WELL_KNOWN : "",
	    u.query[0] != '\0' ? "?" : "", u.query);
	sc_url_clear(&u);
	return s;
}

int
sc_jwks_new(
    const struct sc_jwks_source *from, struct sc_jwks **out, struct sc_error *e)
{
	struct sc_jwks *k;
	int r = from->discovery != NULL
	    ? check_url(from->discovery, "configurationEndpoint", e)
	    : check_url(from->uri, "URL of the keys", e);

	*out = NULL;
	if (r != 0)
		return r;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return sc_fail_nomem(e);
	k->send = sc_http_send;
	k->discovery = sc_strdup(from->discovery);
	k->uri = sc_strdup(from->uri);
	k->tenant = sc_strdup(from->tenant);
	if ((from->discovery != NULL && k->discovery == NULL) ||
	    (from->uri != NULL && k->uri == NULL) ||
	    (from->tenant != NULL && k->tenant == NULL)) {
		sc_jwks_free(k);
		return sc_fail_nomem(e);
	}
	*out = k;
	return 0;
}

void
sc_jwks_free(struct sc_jwks *k)
{
	if (k == NULL)
		return;
	free(k->discovery);
	free(k->tenant);
	free(k->issuer);
	free(k->uri);
	sc_key_set_free(k->keys);
	free(k);
}

void
sc_jwks_set_roots(struct sc_jwks *k, const char *pem)
{
	k->roots = pem;
}

void
sc_jwks_set_send(struct sc_jwks *k, sc_jwks_send_fn *send)
{
	k->send = send;
}

/* --- fetching ----------------------------------------------------------- */

static int
get(const struct sc_jwks *k, const char *url, struct sc_http_response *out,
    struct sc_error *e)
{
	const struct sc_http_request q = {
	    .method = "GET",
	    .url = url,
	    .roots_pem = k->roots,
	    .system_roots = true,
	    .roots_from = "a root of the system or of this CA",
	    .max = SC_JWKS_BYTES,
	    .timeout = SC_JWKS_TIMEOUT,
	};
	int r = k->send(&q, out, e);

	if (r == 0 && out->status != 200) {
		r = sc_fail(e, SC_ERR_IO, "%.256s answers with status %ld%s",
		    url, out->status,
		    out->status / 100 == 3 ? ", which is not followed" : "");
		sc_http_response_clear(out);
	}
	return r;
}

/* The issuer with the tenant put in; malloc'ed. */
static char *
put_tenant(const char *issuer, const char *tenant)
{
	struct sc_buf *b;
	const char *at;

	if (tenant == NULL)
		return sc_strdup(issuer);
	b = sc_buf_new(2 * SC_MAX_CN);
	while ((at = strstr(issuer, TENANT)) != NULL) {
		(void)sc_buf_put(b, issuer, (size_t)(at - issuer));
		(void)sc_buf_puts(b, tenant);
		issuer = at + strlen(TENANT);
	}
	(void)sc_buf_puts(b, issuer);
	return sc_buf_steal(b, NULL);
}

/* A member that the configuration must have; borrowed from o. */
static int
need_text(struct json_object *o, const char *name, const char **out,
    struct sc_error *e)
{
	struct json_object *v =
	    o != NULL && json_object_is_type(o, json_type_object)
	    ? sc_json_member_exact(o, name)
	    : NULL;

	if (v == NULL || !json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) == 0 ||
	    json_object_get_string_len(v) > SC_MAX_CN)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "there is no %s, or it is not of its form", name);
	*out = json_object_get_string(v);
	return 0;
}

static int
take_configuration(
    struct sc_jwks *k, const struct sc_http_response *doc, struct sc_error *e)
{
	struct json_object *o = NULL;
	const char *issuer, *uri;
	char *own[2] = {NULL, NULL};
	int r = sc_json_parse(doc->body, doc->body_len, 0, &o, e);

	if (r != 0 || (r = need_text(o, "issuer", &issuer, e)) != 0 ||
	    (r = need_text(o, "jwks_uri", &uri, e)) != 0 ||
	    (r = check_url(uri, "jwks_uri", e)) != 0)
		goto out;
	own[0] = put_tenant(issuer, k->tenant);
	own[1] = sc_strdup(uri);
	if (own[0] == NULL || own[1] == NULL) {
		free(own[0]);
		free(own[1]);
		r = sc_fail_nomem(e);
		goto out;
	}
	free(k->issuer);
	free(k->uri);
	k->issuer = own[0];
	k->uri = own[1];
out:
	json_object_put(o);
	return r;
}

static int
discover(struct sc_jwks *k, int64_t now, struct sc_error *e)
{
	struct sc_http_response doc = {0};
	int r = get(k, k->discovery, &doc, e);

	if (r != 0)
		return r;
	if ((r = take_configuration(k, &doc, e)) == 0)
		k->discovered = now;
	else
		sc_error_prefix(e, "%.256s", k->discovery);
	sc_http_response_clear(&doc);
	return r;
}

/* What Cache-Control says, within our limits. */
static int64_t
max_age(const char *control)
{
	const char *at = control != NULL ? strstr(control, MAX_AGE) : NULL;
	char digits[16];
	int64_t age;
	size_t n;

	if (at == NULL)
		return SC_JWKS_AGE;
	at += strlen(MAX_AGE);
	n = strspn(at, "0123456789");
	if (n >= sizeof(digits))
		return SC_JWKS_AGE_MAX;
	memcpy(digits, at, n);
	digits[n] = '\0';
	if (sc_strtonum(digits, 0, INT64_MAX, &age) != 0)
		return SC_JWKS_AGE;
	if (age < SC_JWKS_PAUSE)
		return SC_JWKS_PAUSE;
	return age > SC_JWKS_AGE_MAX ? SC_JWKS_AGE_MAX : age;
}

/* Less up to an hour, or a third: not all workers ask at once. */
static int64_t
some_less(int64_t age)
{
	uint32_t most = age > 3600 ? 3600 : (uint32_t)(age / 3);
	uint32_t random = 0;

	(void)sc_random(&random, sizeof(random));
	return age - random % most;
}

static int
fetch_keys(struct sc_jwks *k, int64_t now, struct sc_error *e)
{
	struct sc_http_response doc = {0};
	struct sc_key_set *keys = NULL;
	int r = get(k, k->uri, &doc, e);

	if (r != 0)
		return r;
	if ((r = sc_key_set_parse(doc.body, doc.body_len, &keys, e)) == 0) {
		sc_key_set_free(k->keys);
		k->keys = keys;
		k->fetched = now;
		k->expires = now + some_less(max_age(doc.cache_control));
	} else
		sc_error_prefix(e, "%.256s", k->uri);
	sc_http_response_clear(&doc);
	return r;
}

/* --- when --------------------------------------------------------------- */

/* Was it seconds ago?  A clock that was put back must not stop us. */
static bool
passed(int64_t then, int64_t seconds, int64_t now)
{
	return now < then || now - then >= seconds;
}

/* A configuration that cannot be had again is as good as before. */
static int
refresh(struct sc_jwks *k, int64_t now)
{
	int r = 0;

	k->tried = now;
	if (k->discovery != NULL &&
	    (k->uri == NULL || passed(k->discovered, SC_JWKS_AGE_MAX, now))) {
		r = discover(k, now, &k->why);
		if (k->uri != NULL)
			r = 0;
	}
	if (r == 0 && (r = fetch_keys(k, now, &k->why)) == 0) {
		k->pause = 0;
		return 0;
	}
	k->pause = k->pause == 0 ? 1 : 2 * k->pause;
	if (k->pause > SC_JWKS_PAUSE)
		k->pause = SC_JWKS_PAUSE;
	return r;
}

/* There is a key set that may be used; *fresh: it came just now. */
static int
have_keys(struct sc_jwks *k, int64_t now, bool *fresh, struct sc_error *e)
{
	*fresh = false;
	if (k->keys != NULL && now >= k->fetched && now < k->expires)
		return 0;
	if (passed(k->tried, k->pause, now) && refresh(k, now) == 0) {
		*fresh = true;
		return 0;
	}
	if (k->keys != NULL && now >= k->fetched &&
	    now < k->expires + SC_JWKS_STALE)
		return 0;
	(void)sc_fail(
	    e, SC_ERR_BUSY, "no keys to check tokens with: %s", k->why.msg);
	sc_error_client_whole(e,
	    "The keys of the token's identity provider cannot be fetched at "
	    "the moment. Please see the certificate authority logs for more "
	    "info.");
	return SC_ERR_BUSY;
}

int
sc_jwks_issuer(
    struct sc_jwks *k, int64_t now, const char **issuer, struct sc_error *e)
{
	bool fresh;
	int r;

	*issuer = NULL;
	if ((r = have_keys(k, now, &fresh, e)) == 0)
		*issuer = k->issuer;
	return r;
}

int
sc_jwks_verify(
    struct sc_jwks *k, const struct sc_jws *j, int64_t now, struct sc_error *e)
{
	bool fresh;
	int r;

	if ((r = have_keys(k, now, &fresh, e)) != 0)
		return r;
	if (!fresh && !sc_key_set_has(k->keys, j->kid) &&
	    passed(k->searched, SC_JWKS_PAUSE, now) &&
	    passed(k->tried, k->pause, now)) {
		k->searched = now;
		(void)refresh(k, now);
	}
	if (sc_key_set_has(k->keys, j->kid))
		return sc_key_set_verify(k->keys, j, e);
	(void)sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "the provider has no key with the token's kid \"%.128s\"; its keys "
	    "were fetched %" PRId64 " s ago",
	    j->kid != NULL ? j->kid : "", now - k->fetched);
	sc_error_client(
	    e, "the provider has no key with the token's key id (kid)");
	return SC_ERR_UNAUTHENTICATED;
}
