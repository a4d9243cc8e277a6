#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/url.h"
#include "config/crl.h"

#define DEFAULT_CACHE (24 * SC_HOUR)
#define MAX_URL 2048

/* A duration that is not negative; unchanged when absent. */
static int
get_duration(struct json_object *o, const char *name, int64_t *ns, bool *given,
    struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, name, &s, e);

	*given = s != NULL && s[0] != '\0';
	if (r != 0) {
		sc_error_prefix(e, "crl");
		return r;
	}
	if (!*given)
		return 0;
	if (sc_duration_parse(s, ns) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "crl.%s: \"%s\" is not a duration", name, s);
	if (*ns < 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "crl.%s must be greater than or equal to 0", name);
	return 0;
}

static int
load_durations(
    struct json_object *o, struct sc_config_crl *c, struct sc_error *e)
{
	int64_t cache = DEFAULT_CACHE, renew = 0;
	bool cache_given, renew_given;
	int r;

	if ((r = get_duration(o, "cacheDuration", &cache, &cache_given, e)) !=
		0 ||
	    (r = get_duration(o, "renewPeriod", &renew, &renew_given, e)) != 0)
		return r;
	if (renew > cache)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "crl.cacheDuration must be greater than or equal to "
		    "crl.renewPeriod");
	if (renew == 0)
		renew = cache / 3 * 2;
	/* Lists know seconds only. */
	c->cache = cache > SC_SECOND ? cache / SC_SECOND : 1;
	c->renew = renew > SC_SECOND ? renew / SC_SECOND : 1;
	return 0;
}

static int
check_url(const char *s, struct sc_error *e)
{
	struct sc_url u;
	size_t i;
	bool good;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "crl.idpURL: \"%s\" has characters that no URL has",
			    s);
	if (i > MAX_URL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "crl.idpURL has %zu characters, at most %d", i, MAX_URL);
	if (sc_url_parse(s, &u) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "crl.idpURL: \"%s\" is not a URL", s);
	good = (sc_streq(u.scheme, "http") || sc_streq(u.scheme, "https")) &&
	    u.host[0] != '\0' && u.fragment[0] == '\0';
	sc_url_clear(&u);
	if (!good)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "crl.idpURL: \"%s\" is not http://HOST/... or "
		    "https://HOST/...",
		    s);
	return 0;
}

static int
load_url(struct json_object *o, const struct sc_strlist *dns_names,
    struct sc_config_crl *c, struct sc_error *e)
{
	const char *s = NULL, *host = dns_names->n > 0 ? dns_names->v[0] : "";
	bool v6 = strchr(host, ':') != NULL && host[0] != '[';
	int r = sc_json_get_string(o, "idpURL", &s, e);

	if (r != 0) {
		sc_error_prefix(e, "crl");
		return r;
	}
	if (s != NULL && s[0] != '\0') {
		if ((r = check_url(s, e)) != 0)
			return r;
		c->url = sc_strdup(s);
	} else if (c->add_to_leaves)
		c->url = sc_asprintf("https://%s%s%s/1.0/crl", v6 ? "[" : "",
		    host, v6 ? "]" : "");
	else
		return 0;
	return c->url == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_config_crl_load(struct json_object *root, const struct sc_strlist *dns_names,
    struct sc_config_crl *out, struct sc_error *e)
{
	struct json_object *o = NULL;
	int r;

	if ((r = sc_json_get_object(root, "crl", &o, e)) != 0 || o == NULL)
		return r;
	if ((r = sc_json_get_bool(o, "enabled", &out->enabled, e)) != 0 ||
	    (r = sc_json_get_bool(o, "generateOnRevoke", &out->on_revoke, e)) !=
		0 ||
	    (r = sc_json_get_bool(o, "addToLeaves", &out->add_to_leaves, e)) !=
		0) {
		sc_error_prefix(e, "crl");
		return r;
	}
	if ((r = load_durations(o, out, e)) != 0 || !out->enabled)
		return r;
	return load_url(o, dns_names, out, e);
}

void
sc_config_crl_clear(struct sc_config_crl *c)
{
	free(c->url);
	*c = (struct sc_config_crl){0};
}
