#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/claims.h"

#define COMMAND_MAX 160
/* As long as a message has room for. */
#define NAME_MAX_SHOWN 100
/* What a shell leaves alone. */
#define PLAIN                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"@%+=:,./_-"

static const struct {
	const char *name;
	int64_t builtin;
	const char *flag;
} durations[SC_CLAIM_DURATIONS] = {
    [SC_CLAIM_MIN_TLS] = {"minTLSCertDuration", 5 * SC_MINUTE, "x509-min-dur"},
    [SC_CLAIM_MAX_TLS] = {"maxTLSCertDuration", 24 * SC_HOUR, "x509-max-dur"},
    [SC_CLAIM_DEFAULT_TLS] = {"defaultTLSCertDuration", 24 * SC_HOUR,
	"x509-default-dur"},
    [SC_CLAIM_MIN_USER_SSH] = {"minUserSSHCertDuration", 5 * SC_MINUTE,
	"ssh-user-min-dur"},
    [SC_CLAIM_MAX_USER_SSH] = {"maxUserSSHCertDuration", 24 * SC_HOUR,
	"ssh-user-max-dur"},
    [SC_CLAIM_DEFAULT_USER_SSH] = {"defaultUserSSHCertDuration", 16 * SC_HOUR,
	"ssh-user-default-dur"},
    [SC_CLAIM_MIN_HOST_SSH] = {"minHostSSHCertDuration", 5 * SC_MINUTE,
	"ssh-host-min-dur"},
    [SC_CLAIM_MAX_HOST_SSH] = {"maxHostSSHCertDuration", 720 * SC_HOUR,
	"ssh-host-max-dur"},
    [SC_CLAIM_DEFAULT_HOST_SSH] = {"defaultHostSSHCertDuration", 720 * SC_HOUR,
	"ssh-host-default-dur"},
};

static const struct {
	const char *name;
	const char *flag;
} switches[SC_CLAIM_SWITCHES] = {
    [SC_CLAIM_ENABLE_SSH_CA] = {"enableSSHCA", "ssh"},
    [SC_CLAIM_DISABLE_RENEWAL] = {"disableRenewal", "disable-renewal"},
    [SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY] = {"allowRenewalAfterExpiry",
	"allow-renewal-after-expiry"},
    [SC_CLAIM_DISABLE_SMALLSTEP_EXTENSIONS] = {"disableSmallstepExtensions",
	"disable-smallstep-extensions"},
    [SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN] = {"disableRenewalOfUnknown",
	"disable-renewal-of-unknown"},
};

void
sc_claims_builtin(struct sc_claims *c)
{
	int i;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++) {
		c->duration[i] = durations[i].builtin;
		c->duration_level[i] = SC_LEVEL_BUILTIN;
	}
	for (i = 0; i < SC_CLAIM_SWITCHES; i++) {
		c->on[i] = false;
		c->on_level[i] = SC_LEVEL_BUILTIN;
	}
	c->provisioner = NULL;
}

/* The command that changes what level sets, up to its flags. */
static void
command(
    const struct sc_claims *c, enum sc_claim_level level, char out[COMMAND_MAX])
{
	const char *name = c->provisioner, *quote = "";

	if (level == SC_LEVEL_AUTHORITY) {
		(void)snprintf(out, COMMAND_MAX, "stepc ca claims");
		return;
	}
	if (name == NULL || name[0] == '-' || strlen(name) > NAME_MAX_SHOWN ||
	    strchr(name, '\'') != NULL)
		name = "NAME";
	else if (name[strspn(name, PLAIN)] != '\0')
		quote = "'";
	(void)snprintf(out, COMMAND_MAX, "stepc ca provisioner update %s%s%s",
	    quote, name, quote);
}

static int
overlay_duration(struct sc_claims *out, enum sc_claim_duration d,
    struct json_object *obj, enum sc_claim_level level, const char *where,
    struct sc_error *e)
{
	char cmd[COMMAND_MAX];
	const char *s = NULL;
	int r;

	if ((r = sc_json_get_string(obj, durations[d].name, &s, e)) != 0) {
		sc_error_prefix(e, "%s", where);
		return r;
	}
	if (s == NULL)
		return 0;
	if (sc_duration_parse(s, &out->duration[d]) != 0) {
		command(out, level, cmd);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s.%s: \"%.40s\" is not a duration such as 24h or 5m; to "
		    "change it: %s --%s DURATION",
		    where, durations[d].name, s, cmd, durations[d].flag);
	}
	out->duration_level[d] = level;
	return 0;
}

/*
 * A level that sets only the default beyond an inherited bound moves the
 * bound; a bound that the same level sets stays.
 */
static void
follow_default(struct sc_claims *c, enum sc_claim_level level,
    enum sc_claim_duration min, enum sc_claim_duration max,
    enum sc_claim_duration def)
{
	if (c->duration_level[def] != level)
		return;
	if (c->duration_level[min] != level &&
	    c->duration[def] < c->duration[min]) {
		c->duration[min] = c->duration[def];
		c->duration_level[min] = level;
	}
	if (c->duration_level[max] != level &&
	    c->duration[def] > c->duration[max]) {
		c->duration[max] = c->duration[def];
		c->duration_level[max] = level;
	}
}

/* a against b, each with its value and where that is set. */
static int
contradict(const struct sc_claims *c, const char *where,
    enum sc_claim_duration a, const char *how, enum sc_claim_duration b,
    struct sc_error *e)
{
	char ta[SC_DURATION_MAX], tb[SC_DURATION_MAX], cmd[COMMAND_MAX];

	/* One of the two is of the level that is being read. */
	command(c,
	    c->duration_level[a] > c->duration_level[b] ? c->duration_level[a]
							: c->duration_level[b],
	    cmd);
	sc_duration_format(c->duration[a], ta);
	sc_duration_format(c->duration[b], tb);
	return sc_fail(e, SC_ERR_MALFORMED,
	    "%s: %s is %s than %s: %s (%s) and %s (%s); to change it: %s "
	    "--%s DURATION --%s DURATION",
	    where, durations[a].name, how, durations[b].name, ta,
	    sc_claim_level_text(c->duration_level[a]), tb,
	    sc_claim_level_text(c->duration_level[b]), cmd, durations[a].flag,
	    durations[b].flag);
}

static int
check_tls(const struct sc_claims *c, const char *where, struct sc_error *e)
{
	int64_t min = c->duration[SC_CLAIM_MIN_TLS];
	int64_t max = c->duration[SC_CLAIM_MAX_TLS];
	int64_t def = c->duration[SC_CLAIM_DEFAULT_TLS];
	char t[SC_DURATION_MAX], cmd[COMMAND_MAX];
	int d;

	for (d = SC_CLAIM_MIN_TLS; d <= SC_CLAIM_DEFAULT_TLS; d++) {
		if (c->duration[d] > 0)
			continue;
		sc_duration_format(c->duration[d], t);
		command(c, c->duration_level[d], cmd);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s: %s must be positive, not %s; to change it: %s --%s "
		    "DURATION",
		    where, durations[d].name, t, cmd, durations[d].flag);
	}
	if (max < min)
		return contradict(
		    c, where, SC_CLAIM_MAX_TLS, "less", SC_CLAIM_MIN_TLS, e);
	if (def < min)
		return contradict(c, where, SC_CLAIM_DEFAULT_TLS, "less",
		    SC_CLAIM_MIN_TLS, e);
	if (def > max)
		return contradict(c, where, SC_CLAIM_DEFAULT_TLS, "more",
		    SC_CLAIM_MAX_TLS, e);
	return 0;
}

static int
overlay_switch(struct sc_claims *out, enum sc_claim_switch s,
    struct json_object *obj, enum sc_claim_level level, const char *where,
    struct sc_error *e)
{
	char cmd[COMMAND_MAX];

	if (sc_json_get_bool(obj, switches[s].name, &out->on[s], NULL) != 0) {
		command(out, level, cmd);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s.%s is neither true nor false; to change it: %s "
		    "--%s=%s",
		    where, switches[s].name, cmd, switches[s].flag,
		    out->on[s] ? "true" : "false");
	}
	if (sc_json_member(obj, switches[s].name) != NULL)
		out->on_level[s] = level;
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
		if ((r = overlay_switch(out, (enum sc_claim_switch)i, obj,
			 level, where, e)) != 0)
			return r;
	for (i = 0; i < SC_CLAIM_DURATIONS; i += 3)
		follow_default(out, level, (enum sc_claim_duration)i,
		    (enum sc_claim_duration)(i + 1),
		    (enum sc_claim_duration)(i + 2));
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

const char *
sc_claim_duration_flag(enum sc_claim_duration d)
{
	return durations[d].flag;
}

const char *
sc_claim_switch_flag(enum sc_claim_switch s)
{
	return switches[s].flag;
}

const char *
sc_claim_switch_name(enum sc_claim_switch s)
{
	return switches[s].name;
}

static void
describe(const struct sc_claims *c, const char *name, const char *value,
    enum sc_claim_level level, const char *flag, char out[SC_CLAIM_TEXT_MAX])
{
	char cmd[COMMAND_MAX];

	command(c, level, cmd);
	(void)snprintf(out, SC_CLAIM_TEXT_MAX,
	    "%s is %s, set by %s; to change it: %s --%s", name, value,
	    sc_claim_level_text(level), cmd, flag);
}

void
sc_claim_duration_text(const struct sc_claims *c, enum sc_claim_duration d,
    char out[SC_CLAIM_TEXT_MAX])
{
	char t[SC_DURATION_MAX], flag[64];

	sc_duration_format(c->duration[d], t);
	(void)snprintf(flag, sizeof(flag), "%s DURATION", durations[d].flag);
	describe(c, durations[d].name, t, c->duration_level[d], flag, out);
}

void
sc_claim_switch_text(const struct sc_claims *c, enum sc_claim_switch s,
    char out[SC_CLAIM_TEXT_MAX])
{
	char flag[64];

	(void)snprintf(flag, sizeof(flag), "%s=%s", switches[s].flag,
	    c->on[s] ? "false" : "true");
	describe(c, switches[s].name, c->on[s] ? "true" : "false",
	    c->on_level[s], flag, out);
}

bool
sc_claim_known(const char *name)
{
	int i;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++)
		if (sc_strcaseeq(name, durations[i].name))
			return true;
	for (i = 0; i < SC_CLAIM_SWITCHES; i++)
		if (sc_strcaseeq(name, switches[i].name))
			return true;
	return false;
}
