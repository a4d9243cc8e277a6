/*
 * Each claim at each level: what is in force, where it is said to be set, and
 * the command that changes it.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/claims.h"
#include "tap.h"

static struct sc_error e;

static const struct {
	enum sc_claim_duration d;
	const char *name, *flag;
	int64_t builtin;
} durations[] = {
    {SC_CLAIM_MIN_TLS, "minTLSCertDuration", "x509-min-dur", 5 * SC_MINUTE},
    {SC_CLAIM_MAX_TLS, "maxTLSCertDuration", "x509-max-dur", 24 * SC_HOUR},
    {SC_CLAIM_DEFAULT_TLS, "defaultTLSCertDuration", "x509-default-dur",
	24 * SC_HOUR},
    {SC_CLAIM_MIN_USER_SSH, "minUserSSHCertDuration", "ssh-user-min-dur",
	5 * SC_MINUTE},
    {SC_CLAIM_MAX_USER_SSH, "maxUserSSHCertDuration", "ssh-user-max-dur",
	24 * SC_HOUR},
    {SC_CLAIM_DEFAULT_USER_SSH, "defaultUserSSHCertDuration",
	"ssh-user-default-dur", 16 * SC_HOUR},
    {SC_CLAIM_MIN_HOST_SSH, "minHostSSHCertDuration", "ssh-host-min-dur",
	5 * SC_MINUTE},
    {SC_CLAIM_MAX_HOST_SSH, "maxHostSSHCertDuration", "ssh-host-max-dur",
	720 * SC_HOUR},
    {SC_CLAIM_DEFAULT_HOST_SSH, "defaultHostSSHCertDuration",
	"ssh-host-default-dur", 720 * SC_HOUR},
};
static const struct {
	enum sc_claim_switch s;
	const char *name, *flag;
} switches[] = {
    {SC_CLAIM_ENABLE_SSH_CA, "enableSSHCA", "ssh"},
    {SC_CLAIM_DISABLE_RENEWAL, "disableRenewal", "disable-renewal"},
    {SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY, "allowRenewalAfterExpiry",
	"allow-renewal-after-expiry"},
    {SC_CLAIM_DISABLE_SMALLSTEP_EXTENSIONS, "disableSmallstepExtensions",
	"disable-smallstep-extensions"},
    {SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN, "disableRenewalOfUnknown",
	"disable-renewal-of-unknown"},
};
/* Who says something, and whose word counts. */
static const struct {
	bool authority, provisioner;
	enum sc_claim_level level;
	const char *text, *command;
} levels[] = {
    {false, false, SC_LEVEL_BUILTIN, "the built-in default",
	"stepc ca provisioner update ops"},
    {true, false, SC_LEVEL_AUTHORITY, "authority.claims", "stepc ca claims"},
    {false, true, SC_LEVEL_PROVISIONER, "the provisioner's claims",
	"stepc ca provisioner update ops"},
    {true, true, SC_LEVEL_PROVISIONER, "the provisioner's claims",
	"stepc ca provisioner update ops"},
};

/* {name: value}, or nothing when value is NULL, over *c. */
static int
overlay(struct sc_claims *c, enum sc_claim_level level, const char *name,
    const char *value)
{
	struct sc_claims base = *c;
	struct json_object *o = NULL;
	char *text;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	if (value == NULL)
		return sc_claims_overlay(c, &base, NULL, level, "claims", &e);
	text = sc_asprintf("{\"%s\":%s}", name, value);
	r = sc_json_parse(text, strlen(text), 0, &o, &e);
	if (r == 0)
		r = sc_claims_overlay(c, &base, o, level, "claims", &e);
	json_object_put(o);
	free(text);
	return r;
}

/* The claims of the provisioner ops, where two levels say these values. */
static int
both(struct sc_claims *c, const char *name, const char *authority,
    const char *provisioner)
{
	int r;

	sc_claims_builtin(c);
	r = overlay(c, SC_LEVEL_AUTHORITY, name, authority);
	c->provisioner = "ops";
	return r != 0 ? r : overlay(c, SC_LEVEL_PROVISIONER, name, provisioner);
}

static void
each_duration_at_each_level(void)
{
	char text[SC_CLAIM_TEXT_MAX], value[SC_DURATION_MAX], *want;
	const int64_t of[] = {0, 25 * SC_HOUR, 26 * SC_HOUR};
	struct sc_claims c;
	int64_t ns;
	size_t i, l;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++) {
		bool min = strncmp(durations[i].name, "min", 3) == 0;
		const char *a = min ? "\"6m\"" : "\"25h\"";
		const char *p = min ? "\"7m\"" : "\"26h\"";

		tap_str(
		    sc_claim_duration_name(durations[i].d), durations[i].name);
		for (l = 0; l < 4; l++) {
			tap_int(both(&c, durations[i].name,
				    levels[l].authority ? a : NULL,
				    levels[l].provisioner ? p : NULL),
			    0);
			ns = of[levels[l].level];
			if (levels[l].level == SC_LEVEL_BUILTIN)
				ns = durations[i].builtin;
			else if (min)
				ns = (5 + (int64_t)levels[l].level) * SC_MINUTE;
			tap_int(c.duration[durations[i].d], ns);
			tap_int(
			    c.duration_level[durations[i].d], levels[l].level);
			sc_duration_format(ns, value);
			want = sc_asprintf(
			    "%s is %s, set by %s; to change it: %s --%s "
			    "DURATION",
			    durations[i].name, value, levels[l].text,
			    levels[l].command, durations[i].flag);
			sc_claim_duration_text(&c, durations[i].d, text);
			tap_str(text, want);
			free(want);
		}
	}
}

static void
each_switch_at_each_level(void)
{
	char text[SC_CLAIM_TEXT_MAX], *want;
	struct sc_claims c;
	size_t i, l;
	int on;

	for (i = 0; i < SC_CLAIM_SWITCHES; i++)
		/* The last word is on, or off. */
		for (on = 0; on < 2; on++)
			for (l = 0; l < 4; l++) {
				bool builtin =
				    levels[l].level == SC_LEVEL_BUILTIN;
				bool is = on != 0 && !builtin;
				const char *said = on ? "true" : "false";
				const char *not = on ? "false" : "true";

				tap_int(
				    both(&c, switches[i].name,
					!levels[l].authority	    ? NULL
					    : levels[l].provisioner ? not
								    : said,
					levels[l].provisioner ? said : NULL),
				    0);
				tap_int(c.on[switches[i].s], is);
				tap_int(
				    c.on_level[switches[i].s], levels[l].level);
				want = sc_asprintf(
				    "%s is %s, set by %s; to change it: %s "
				    "--%s=%s",
				    switches[i].name, is ? "true" : "false",
				    levels[l].text, levels[l].command,
				    switches[i].flag, is ? "false" : "true");
				sc_claim_switch_text(&c, switches[i].s, text);
				tap_str(text, want);
				free(want);
			}
}

static void
null_leaves_it_to_the_level_above(void)
{
	struct sc_claims c;
	size_t i;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++) {
		tap_int(both(&c, durations[i].name, "\"24h\"", "null"), 0);
		tap_int(c.duration[durations[i].d], 24 * SC_HOUR);
		tap_int(c.duration_level[durations[i].d], SC_LEVEL_AUTHORITY);
	}
	for (i = 0; i < SC_CLAIM_SWITCHES; i++) {
		tap_int(both(&c, switches[i].name, "true", "null"), 0);
		tap_ok(c.on[switches[i].s]);
		tap_int(c.on_level[switches[i].s], SC_LEVEL_AUTHORITY);
	}
}

/* As the reference has it for all three kinds of certificates. */
static void
a_default_moves_the_bound_above(void)
{
	struct sc_claims c;
	size_t i;

	for (i = 2; i < SC_CLAIM_DURATIONS; i += 3) {
		enum sc_claim_duration min = durations[i - 2].d;
		enum sc_claim_duration max = durations[i - 1].d;

		tap_int(both(&c, durations[i].name, NULL, "\"1m\""), 0);
		tap_int(c.duration[min], SC_MINUTE);
		tap_int(c.duration_level[min], SC_LEVEL_PROVISIONER);
		tap_int(c.duration[max], durations[i - 1].builtin);
		tap_int(both(&c, durations[i].name, NULL, "\"1000h\""), 0);
		tap_int(c.duration[max], 1000 * SC_HOUR);
		tap_int(c.duration_level[max], SC_LEVEL_PROVISIONER);
		tap_int(c.duration[min], durations[i - 2].builtin);
		/* What the authority's default moved, the provisioner's too. */
		tap_int(both(&c, durations[i].name, "\"1000h\"", "\"1m\""), 0);
		tap_int(c.duration[min], SC_MINUTE);
		tap_int(c.duration[max], 1000 * SC_HOUR);
		tap_int(c.duration_level[max], SC_LEVEL_AUTHORITY);
	}
}

static void
wrong_ones_name_the_command(void)
{
	struct sc_claims c;
	size_t i;
	char *want;

	for (i = 0; i < SC_CLAIM_DURATIONS; i++) {
		tap_int(both(&c, durations[i].name, "\"soon\"", NULL),
		    SC_ERR_MALFORMED);
		want = sc_asprintf("claims.%s: \"soon\" is not a duration such "
				   "as 24h or 5m; to change it: stepc ca "
				   "claims --%s DURATION",
		    durations[i].name, durations[i].flag);
		tap_str(e.msg, want);
		free(want);
		tap_int(
		    both(&c, durations[i].name, NULL, "5"), SC_ERR_MALFORMED);
		tap_has(e.msg, durations[i].name);
	}
	for (i = 0; i < SC_CLAIM_SWITCHES; i++) {
		tap_int(both(&c, switches[i].name, NULL, "\"yes\""),
		    SC_ERR_MALFORMED);
		want = sc_asprintf("claims.%s is neither true nor false; to "
				   "change it: stepc ca provisioner update ops "
				   "--%s=false",
		    switches[i].name, switches[i].flag);
		tap_str(e.msg, want);
		free(want);
	}
	tap_int(both(&c, "maxTLSCertDuration", "\"48h\"", "\"1h\""),
	    SC_ERR_MALFORMED);
	tap_str(e.msg,
	    "claims: defaultTLSCertDuration is more than maxTLSCertDuration: "
	    "24h0m0s (the built-in default) and 1h0m0s (the provisioner's "
	    "claims); to change it: stepc ca provisioner update ops "
	    "--x509-default-dur DURATION --x509-max-dur DURATION");
	tap_int(
	    both(&c, "minTLSCertDuration", "\"-1h\"", NULL), SC_ERR_MALFORMED);
	tap_str(e.msg,
	    "claims: minTLSCertDuration must be positive, not -1h0m0s; to "
	    "change it: stepc ca claims --x509-min-dur DURATION");
}

/* The command is one for a shell. */
static void
names_are_quoted(void)
{
	static const struct {
		const char *name, *shown;
	} cases[] = {{"a b", "'a b'"}, {"you@example.com", "you@example.com"},
	    {"$(x)", "'$(x)'"}, {"it's", "NAME"}, {"-x", "NAME"}};
	char text[SC_CLAIM_TEXT_MAX], longest[200], *want;
	struct sc_claims c;
	size_t i;

	sc_claims_builtin(&c);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.provisioner = cases[i].name;
		sc_claim_switch_text(&c, SC_CLAIM_ENABLE_SSH_CA, text);
		want = sc_asprintf("update %s --ssh=true", cases[i].shown);
		tap_has(text, want);
		free(want);
	}
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	c.provisioner = longest;
	sc_claim_switch_text(&c, SC_CLAIM_ENABLE_SSH_CA, text);
	tap_has(text, "update NAME --ssh=true");
	longest[100] = '\0';
	sc_claim_duration_text(&c, SC_CLAIM_DEFAULT_HOST_SSH, text);
	tap_has(text, "--ssh-host-default-dur DURATION");
}

TAP_MAIN(TAP_TEST(each_duration_at_each_level),
    TAP_TEST(each_switch_at_each_level),
    TAP_TEST(null_leaves_it_to_the_level_above),
    TAP_TEST(a_default_moves_the_bound_above),
    TAP_TEST(wrong_ones_name_the_command), TAP_TEST(names_are_quoted))
