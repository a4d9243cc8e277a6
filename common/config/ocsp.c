#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/url.h"
#include "config/ocsp.h"

#define DEFAULT_CACHE SC_HOUR
#define MIN_CACHE SC_MINUTE
#define MAX_CACHE (7 * 24 * SC_HOUR)
#define MAX_URLS 8
#define MAX_URL 2048

static int
check_url(const char *s, struct sc_error *e)
{
	struct sc_url u;
	size_t i;
	bool good;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "ocsp.url: \"%s\" has characters that no URL has",
			    s);
	if (i > MAX_URL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.url has %zu characters, at most %d", i, MAX_URL);
	if (sc_url_parse(s, &u) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "ocsp.url: \"%s\" is not a URL", s);
	/* Clients append to the path. */
	good = (sc_streq(u.scheme, "http") || sc_streq(u.scheme, "https")) &&
	    u.host[0] != '\0' && u.query[0] == '\0' && u.fragment[0] == '\0';
	sc_url_clear(&u);
	if (!good)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.url: \"%s\" is not http://HOST/... or "
		    "https://HOST/...",
		    s);
	return 0;
}

static int
add_url(struct json_object *v, struct sc_config_ocsp *c, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.url: expected a string or an array of strings");
	if (c->urls.n == MAX_URLS)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.url: more than %d URLs", MAX_URLS);
	if (json_object_get_string_len(v) == 0)
		return 0;
	if ((r = check_url(json_object_get_string(v), e)) != 0)
		return r;
	if (sc_strlist_add(&c->urls, json_object_get_string(v)) != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
load_urls(struct json_object *o, struct sc_config_ocsp *c, struct sc_error *e)
{
	struct json_object *v = sc_json_member(o, "url");
	size_t i;
	int r = 0;

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_array))
		return add_url(v, c, e);
	for (i = 0; r == 0 && i < json_object_array_length(v); i++)
		r = add_url(json_object_array_get_idx(v, i), c, e);
	return r;
}

static int
load_cache(struct json_object *o, struct sc_config_ocsp *c, struct sc_error *e)
{
	const char *s = NULL;
	int64_t ns = DEFAULT_CACHE;
	int r = sc_json_get_string(o, "cacheDuration", &s, e);

	if (r != 0) {
		sc_error_prefix(e, "ocsp");
		return r;
	}
	if (s != NULL && s[0] != '\0' && sc_duration_parse(s, &ns) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.cacheDuration: \"%s\" is not a duration", s);
	if (ns < MIN_CACHE || ns > MAX_CACHE)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.cacheDuration: \"%s\" is not between 1m and 168h", s);
	c->cache = ns / SC_SECOND;
	return 0;
}

static int
get_path(struct json_object *o, const char *name, const char *steppath,
    char **out, struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, name, &s, e);

	if (r != 0) {
		sc_error_prefix(e, "ocsp");
		return r;
	}
	if (s == NULL || s[0] == '\0')
		return 0;
	*out = sc_path_join(steppath, s);
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_config_ocsp_load(struct json_object *root, const char *steppath,
    struct sc_config_ocsp *out, struct sc_error *e)
{
	struct json_object *o = NULL;
	int r;

	if ((r = sc_json_get_object(root, "ocsp", &o, e)) != 0 || o == NULL)
		return r;
	if ((r = sc_json_get_bool(o, "enabled", &out->enabled, e)) != 0) {
		sc_error_prefix(e, "ocsp");
		return r;
	}
	if ((r = load_urls(o, out, e)) != 0 ||
	    (r = load_cache(o, out, e)) != 0 ||
	    (r = get_path(o, "crt", steppath, &out->crt, e)) != 0 ||
	    (r = get_path(o, "key", steppath, &out->key, e)) != 0)
		return r;
	if ((out->crt == NULL) != (out->key == NULL))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ocsp.crt and ocsp.key: one without the other");
	return 0;
}

void
sc_config_ocsp_clear(struct sc_config_ocsp *c)
{
	sc_strlist_clear(&c->urls);
	free(c->crt);
	free(c->key);
	*c = (struct sc_config_ocsp){0};
}
