#include "config.h"

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/claims.h"

static const struct {
	const char *name;
	int64_t builtin;
} durations[SC_CLAIM_DURATIONS] = {
    [SC_CLAIM_MIN_TLS] = {"minTLSCertDuration", 5 * SC_MINUTE},
    [SC_CLAIM_MAX_TLS] = {"maxTLSCertDuration", 24 * SC_HOUR},
    [SC_CLAIM_DEFAULT_TLS] = {"defaultTLSCertDuration", 24 * SC_HOUR},
    [SC_CLAIM_MIN_USER_SSH] = {"minUserSSHCertDuration", 5 * SC_MINUTE},
    [SC_CLAIM_MAX_USER_SSH] = {"maxUserSSHCertDuration", 24 * SC_HOUR},
    [SC_CLAIM_DEFAULT_USER_SSH] = {"defaultUserSSHCertDuration", 16 * SC_HOUR},
    [SC_CLAIM_MIN_HOST_SSH] = {"minHostSSHCertDuration", 5 * SC_MINUTE},
    [SC_CLAIM_MAX_HOST_SSH] = {"maxHostSSHCertDuration", 720 * SC_HOUR},
    [SC_CLAIM_DEFAULT_HOST_SSH] = {"defaultHostSSHCertDuration", 720 * SC_HOUR},
};

static const char *const switches[SC_CLAIM_SWITCHES] = {
    [SC_CLAIM_ENABLE_SSH_CA] = "enableSSHCA",
    [SC_CLAIM_DISABLE_RENEWAL] = "disableRenewal",
    [SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY] = "allowRenewalAfterExpiry",
    [SC_CLAIM_DISABLE_SMALLSTEP_EXTENSIONS] = "disableSmallstepExtensions",
};

void
sc_claims_builtin(struct sc_claims *c)
{
	int i;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++) {
		c->duration[i] = durations[i].builtin;
		c->duration_level[i] = SC_LEVEL_BUILTIN;
	}
	for (i = 0; i < SC_CLAIM_SWITCHES; i++)
		c->on[i] = false;
}

static int
overlay_duration(struct sc_claims *out, enum sc_claim_duration d,
    struct json_object *obj, enum sc_claim_level level, const char *where,
    struct sc_error *e)
{
	const char *s = NULL;
	int r;

	if ((r = sc_json_get_string(obj, durations[d].name, &s, e)) != 0) {
		sc_error_prefix(e, "%s", where);
		return r;
	}
	if (s == NULL)
		return 0;
	if (sc_duration_parse(s, &out->duration[d]) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s.%s: \"%s\" is not a duration such as 24h or 5m", where,
		    durations[d].name, s);
	out->duration_level[d] = level;
	return 0;
}

/*
 * A level that sets only the default beyond an inherited bound moves the
 * bound; a bound that the same level sets stays and is then checked.
 */
static void
follow_default(struct sc_claims *c, enum sc_claim_level level)
{
	if (c->duration_level[SC_CLAIM_DEFAULT_TLS] != level)
		return;
	if (c->duration_level[SC_CLAIM_MIN_TLS] != level &&
	    c->duration[SC_CLAIM_DEFAULT_TLS] < c->duration[SC_CLAIM_MIN_TLS])
		c->duration[SC_CLAIM_MIN_TLS] =
		    c->duration[SC_CLAIM_DEFAULT_TLS];
	if (c->duration_level[SC_CLAIM_MAX_TLS] != level &&
	    c->duration[SC_CLAIM_DEFAULT_TLS] > c->duration[SC_CLAIM_MAX_TLS])
		c->duration[SC_CLAIM_MAX_TLS] =
		    c->duration[SC_CLAIM_DEFAULT_TLS];
}

static int
check_tls(const struct sc_claims *c, const char *where, struct sc_error *e)
{
	int64_t min = c->duration[SC_CLAIM_MIN_TLS];
	int64_t max = c->duration[SC_CLAIM_MAX_TLS];
	int64_t def = c->duration[SC_CLAIM_DEFAULT_TLS];
	const char *what = NULL;

	if (min <= 0)
		what = "minTLSCertDuration must be positive";
	else if (max <= 0)
		what = "maxTLSCertDuration must be positive";
	else if (def <= 0)
		what = "defaultTLSCertDuration must be positive";
	else if (max < min)
		what = "maxTLSCertDuration is less than minTLSCertDuration";
	else if (def < min)
		what = "defaultTLSCertDuration is less than "
		       "minTLSCertDuration";
	else if (def > max)
		what = "defaultTLSCertDuration is more than "
		       "maxTLSCertDuration";
	if (what != NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "%s: %s", where, what);
	return 0;
}

int
sc_claims_overlay(struct sc_claims *out, const struct sc_claims *base,
    struct json_object *obj, enum sc_claim_level level, const char *where,
    struct sc_error *e)
{
	int i, r;

	*out = *base;
	if (obj == NULL)
		return 0;
	for (i = 0; i < SC_CLAIM_DURATIONS; i++)
		if ((r = overlay_duration(out, (enum sc_claim_duration)i, obj,
			 level, where, e)) != 0)
			return r;
	for (i = 0; i < SC_CLAIM_SWITCHES; i++)
		if ((r = sc_json_get_bool(obj, switches[i], &out->on[i], e)) !=
		    0) {
			sc_error_prefix(e, "%s", where);
			return r;
		}
	follow_default(out, level);
	return check_tls(out, where, e);
}

const char *
sc_claim_duration_name(enum sc_claim_duration d)
{
	return durations[d].name;
}

const char *
sc_claim_level_text(enum sc_claim_level l)
{
	switch (l) {
	case SC_LEVEL_AUTHORITY:
		return "authority.claims";
	case SC_LEVEL_PROVISIONER:
		return "the provisioner's claims";
	default:
		return "the built-in default";
	}
}

bool
sc_claim_known(const char *name)
{
	int i;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++)
		if (sc_strcaseeq(name, durations[i].name))
			return true;
	for (i = 0; i < SC_CLAIM_SWITCHES; i++)
		if (sc_strcaseeq(name, switches[i]))
			return true;
	return false;
}
