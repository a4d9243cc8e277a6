/*
 * ca.json and its claims: what is read, refused, named.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "config/claims.h"
#include "tap.h"

#define REQUIRED                                                               \
	"\"root\":\"certs/root.crt\",\"crt\":\"/abs/int.crt\","                \
	"\"key\":\"secrets/key\",\"address\":\":9000\""

static struct sc_error e;

static int
load(const char *text, struct sc_config **out)
{
	const char *path = tap_file("ca.json", text, strlen(text));

	e = (struct sc_error)SC_ERROR_INIT;
	return sc_config_load(path, out, &e);
}

/* A document that must be refused with this part of the message. */
static void
refused(const char *text, int code, const char *part)
{
	struct sc_config *c;

	tap_context("%s", text);
	tap_int(load(text, &c), code);
	tap_has(e.msg, part);
	tap_has(e.msg, "ca.json: ");
	tap_ok(c == NULL);
	tap_context("%s", "");
}

static void
defaults(void)
{
	struct sc_config *c;
	const char *dir = tap_tempdir();
	char *want;

	tap_need(tap_int(load("{" REQUIRED ",\"authority\":{}}", &c), 0));
	tap_int(c->dns_names.n, 3);
	tap_str(c->dns_names.v[0], "localhost");
	tap_int(c->backdate, SC_MINUTE);
	tap_int(c->claims.duration[SC_CLAIM_MAX_TLS], 24 * SC_HOUR);
	tap_str(c->crt, "/abs/int.crt");
	want = sc_asprintf("%s/certs/root.crt", dir);
	tap_str(c->roots.v[0], want);
	free(want);
	want = sc_asprintf("%s/db/stepc", dir);
	tap_str(c->store_dir, want);
	free(want);
	tap_int(c->unsupported.n, 0);
	tap_ok(c->policy == NULL);
	sc_config_free(c);
}

static void
members_without_effect_are_named(void)
{
	struct sc_config *c;

	tap_need(tap_int(
	    load("{" REQUIRED ",\"crl\":{\"refresh\":\"1m\"},\"monitoring\":{},"
		 "\"insecureAddress\":\"\",\"autority\":{\"x\":1},"
		 "\"authority\":{\"enableAdmin\":true,\"policy\":"
		 "{\"x509\":{}},\"claims\":{\"maxTLSDur\":\"1h\"}"
		 "}}",
		&c),
	    0));
	tap_int(c->unsupported.n, 4);
	tap_ok(sc_strlist_has(&c->unsupported, "crl.refresh (unknown)"));
	tap_ok(sc_strlist_has(&c->unsupported, "autority (unknown)"));
	tap_ok(sc_strlist_has(&c->unsupported, "authority.enableAdmin"));
	tap_ok(sc_strlist_has(
	    &c->unsupported, "authority.claims.maxTLSDur (unknown)"));
	tap_ok(c->policy == NULL); /* without a rule */
	sc_config_free(c);
}

/* What "crl" makes of these members. */
static struct sc_config *
crl(const char *members)
{
	struct sc_config *c = NULL;
	char *text = sc_asprintf("{" REQUIRED ",\"authority\":{},"
				 "\"dnsNames\":[\"ca.example.com\"],"
				 "\"crl\":{%s}}",
	    members);

	tap_context("%s", members);
	tap_int(load(text, &c), 0);
	free(text);
	return c;
}

static void
revocation_lists(void)
{
	struct sc_config *c;

	tap_need((c = crl("")) != NULL);
	tap_ok(!c->crl.enabled && !c->crl.on_revoke && c->crl.url == NULL);
	sc_config_free(c);
	tap_need((c = crl("\"enabled\":true")) != NULL);
	tap_ok(c->crl.enabled && !c->crl.on_revoke && !c->crl.add_to_leaves);
	tap_int(c->crl.cache, 86400);
	tap_int(c->crl.renew, 57600);
	tap_str(c->crl.url, NULL);
	sc_config_free(c);
	tap_need((c = crl("\"enabled\":true,\"addToLeaves\":true,"
			  "\"generateOnRevoke\":true,"
			  "\"cacheDuration\":\"9m\"")) != NULL);
	tap_ok(c->crl.on_revoke && c->crl.add_to_leaves);
	tap_int(c->crl.cache, 540);
	tap_int(c->crl.renew, 360);
	tap_str(c->crl.url, "https://ca.example.com/1.0/crl");
	sc_config_free(c);
	tap_need((c = crl("\"enabled\":true,\"cacheDuration\":\"1h\","
			  "\"renewPeriod\":\"1h\","
			  "\"idpURL\":\"http://x/crl\"")) != NULL);
	tap_int(c->crl.renew, 3600);
	tap_str(c->crl.url, "http://x/crl");
	sc_config_free(c);
	tap_need(
	    (c = crl("\"enabled\":true,\"cacheDuration\":\"10ms\"")) != NULL);
	tap_int(c->crl.cache, 1);
	tap_int(c->crl.renew, 1);
	sc_config_free(c);
	tap_context("%s", "");
}

static void
wrong_revocation_lists(void)
{
#define CRL(members) "{" REQUIRED ",\"authority\":{},\"crl\":{" members "}}"
	refused(CRL("\"cacheDuration\":\"-1s\""), SC_ERR_MALFORMED,
	    "crl.cacheDuration must be greater than or equal to 0");
	refused(CRL("\"renewPeriod\":\"-1s\""), SC_ERR_MALFORMED,
	    "crl.renewPeriod must be greater than or equal to 0");
	refused(CRL("\"renewPeriod\":\"25h\""), SC_ERR_MALFORMED,
	    "crl.cacheDuration must be greater than or equal to "
	    "crl.renewPeriod");
	refused(CRL("\"cacheDuration\":\"a day\""), SC_ERR_MALFORMED,
	    "crl.cacheDuration: \"a day\" is not a duration");
	refused(CRL("\"enabled\":\"yes\""), SC_ERR_MALFORMED,
	    "crl: member enabled");
	refused(CRL("\"enabled\":true,\"idpURL\":\"ca/crl\""), SC_ERR_MALFORMED,
	    "crl.idpURL: \"ca/crl\" is not http");
	refused(CRL("\"enabled\":true,\"idpURL\":\"http://a/\\u00e4\""),
	    SC_ERR_MALFORMED, "crl.idpURL: ");
	refused(CRL("\"enabled\":true,\"idpURL\":\"http:///crl\""),
	    SC_ERR_MALFORMED, "crl.idpURL: ");
#undef CRL
}

static void
wrong_values_name_their_place(void)
{
	refused("{\"root\": [1}", SC_ERR_MALFORMED, "line 1 column 12");
	refused("[]", SC_ERR_MALFORMED, "expected a JSON object");
	refused("{" REQUIRED "}", SC_ERR_MALFORMED, "authority cannot be nil");
	refused("{" REQUIRED
		",\"authority\":{},\"ssh\":{\"revokedKeyIDs\":[\"a\",7]}}",
	    SC_ERR_MALFORMED, "ssh.revokedKeyIDs[1]: expected a key id");
	refused("{" REQUIRED
		",\"authority\":{},\"ssh\":{\"revokedKeyIDs\":[\"\"]}}",
	    SC_ERR_MALFORMED, "ssh.revokedKeyIDs[0]: expected a key id");
	refused("{\"crt\":\"a\",\"key\":\"b\",\"address\":\":1\","
		"\"authority\":{}}",
	    SC_ERR_MALFORMED, "root cannot be empty");
	refused("{" REQUIRED ",\"dnsNames\":[],\"authority\":{}}",
	    SC_ERR_MALFORMED, "dnsNames cannot be empty");
	refused("{" REQUIRED ",\"dnsNames\":[1],\"authority\":{}}",
	    SC_ERR_MALFORMED, "dnsNames");
	refused("{" REQUIRED ",\"db\":{\"type\":\"mysql\"},\"authority\":{}}",
	    SC_ERR_MALFORMED, "db.type: \"mysql\" is not supported");
	refused("{" REQUIRED ",\"authority\":{\"backdate\":\"-1m\"}}",
	    SC_ERR_MALFORMED, "authority.backdate: \"-1m\" is negative");
	refused("{" REQUIRED ",\"authority\":{\"claims\":"
		"{\"maxTLSCertDuration\":\"24x\"}}}",
	    SC_ERR_MALFORMED,
	    "authority.claims.maxTLSCertDuration: \"24x\" is not a duration");
	refused("{" REQUIRED ",\"authority\":{\"claims\":"
		"{\"minTLSCertDuration\":\"48h\"}}}",
	    SC_ERR_MALFORMED,
	    "authority.claims: maxTLSCertDuration is less than "
	    "minTLSCertDuration: 24h0m0s (the built-in default) and 48h0m0s "
	    "(authority.claims)");
	refused("{" REQUIRED ",\"tls\":{\"minVersion\":1.3,\"maxVersion\":1.2},"
		"\"authority\":{}}",
	    SC_ERR_MALFORMED, "tls minVersion cannot exceed tls maxVersion");
	refused("{\"root\":\"a\",\"crt\":\"a\",\"key\":\"pkcs11:id=1\","
		"\"address\":\":1\",\"authority\":{}}",
	    SC_ERR_UNSUPPORTED, "only key files are supported");
}

/* Overlay a JSON text on the built-in claims. */
static int
overlay(const char *text, struct sc_claims *out)
{
	struct sc_claims base;
	struct json_object *o = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	sc_claims_builtin(&base);
	if (sc_json_parse(text, strlen(text), 0, &o, &e) != 0)
		return SC_ERR_INTERNAL;
	r = sc_claims_overlay(
	    out, &base, o, SC_LEVEL_PROVISIONER, "claims", &e);
	json_object_put(o);
	return r;
}

static void
claims_have_precedence_and_levels(void)
{
	struct sc_claims c;

	tap_int(overlay("{\"maxTLSCertDuration\":\"48h\","
			"\"disableRenewal\":true}",
		    &c),
	    0);
	tap_int(c.duration[SC_CLAIM_MAX_TLS], 48 * SC_HOUR);
	tap_int(c.duration_level[SC_CLAIM_MAX_TLS], SC_LEVEL_PROVISIONER);
	tap_int(c.duration[SC_CLAIM_DEFAULT_TLS], 24 * SC_HOUR);
	tap_int(c.duration_level[SC_CLAIM_DEFAULT_TLS], SC_LEVEL_BUILTIN);
	tap_ok(c.on[SC_CLAIM_DISABLE_RENEWAL]);
	tap_ok(!c.on[SC_CLAIM_ENABLE_SSH_CA]);
}

static void
a_default_moves_the_inherited_bound(void)
{
	struct sc_claims c;

	tap_int(overlay("{\"defaultTLSCertDuration\":\"72h\"}", &c), 0);
	tap_int(c.duration[SC_CLAIM_MAX_TLS], 72 * SC_HOUR);
	tap_int(overlay("{\"defaultTLSCertDuration\":\"1m\"}", &c), 0);
	tap_int(c.duration[SC_CLAIM_MIN_TLS], SC_MINUTE);
	/* A bound of the same level stays, and is then broken. */
	tap_int(overlay("{\"defaultTLSCertDuration\":\"72h\","
			"\"maxTLSCertDuration\":\"24h\"}",
		    &c),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "defaultTLSCertDuration is more than");
	tap_int(
	    overlay("{\"minTLSCertDuration\":\"0s\"}", &c), SC_ERR_MALFORMED);
	tap_has(e.msg, "minTLSCertDuration must be positive");
	/* SSH bounds are not checked against each other. */
	tap_int(overlay("{\"minUserSSHCertDuration\":\"99h\"}", &c), 0);
	tap_int(overlay("{\"enableSSHCA\":\"yes\"}", &c), SC_ERR_MALFORMED);
	tap_has(e.msg, "claims");
	tap_has(e.msg, "enableSSHCA");
}

static void
responder(void)
{
	struct sc_config *c;
	char *want;

	tap_need(tap_int(load("{" REQUIRED ",\"authority\":{}}", &c), 0));
	tap_ok(!c->ocsp.enabled && c->ocsp.crt == NULL);
	sc_config_free(c);
	tap_need(tap_int(load("{" REQUIRED ",\"authority\":{},\"ocsp\":{"
			      "\"enabled\":true,\"url\":\"http://ca/ocsp\"}}",
			     &c),
	    0));
	tap_ok(c->ocsp.enabled);
	tap_int(c->ocsp.urls.n, 1);
	tap_str(c->ocsp.urls.v[0], "http://ca/ocsp");
	tap_int(c->ocsp.cache, 3600);
	sc_config_free(c);
	tap_need(tap_int(
	    load("{" REQUIRED ",\"authority\":{},\"ocsp\":{"
		 "\"enabled\":true,\"url\":[\"http://ca/ocsp\","
		 "\"https://[::1]:1/1.0/ocsp\"],\"crt\":\"o.crt\","
		 "\"key\":\"/o.key\",\"cacheDuration\":\"90s\",\"x\":1}}",
		&c),
	    0));
	tap_int(c->ocsp.urls.n, 2);
	tap_int(c->ocsp.cache, 90);
	want = sc_asprintf("%s/o.crt", tap_tempdir());
	tap_str(c->ocsp.crt, want);
	tap_str(c->ocsp.key, "/o.key");
	tap_int(c->unsupported.n, 1);
	tap_ok(sc_strlist_has(&c->unsupported, "ocsp.x (unknown)"));
	free(want);
	sc_config_free(c);
}

static void
wrong_responders(void)
{
#define OCSP(members) "{" REQUIRED ",\"authority\":{},\"ocsp\":{" members "}}"
	refused(OCSP("\"enabled\":\"yes\""), SC_ERR_MALFORMED,
	    "ocsp: member enabled");
	refused(OCSP("\"url\":1"), SC_ERR_MALFORMED, "ocsp.url: ");
	refused(OCSP("\"url\":[null]"), SC_ERR_MALFORMED, "ocsp.url: ");
	refused(OCSP("\"url\":\"ca/ocsp\""), SC_ERR_MALFORMED,
	    "ocsp.url: \"ca/ocsp\" is not http");
	refused(OCSP("\"url\":\"ldap://ca/ocsp\""), SC_ERR_MALFORMED,
	    "is not http");
	refused(OCSP("\"url\":\"http://ca/ocsp?x\""), SC_ERR_MALFORMED,
	    "is not http");
	refused(OCSP("\"url\":\"http://ca/o csp\""), SC_ERR_MALFORMED,
	    "characters that no URL has");
	refused(OCSP("\"url\":[\"http://a\",\"http://a\",\"http://a\","
		     "\"http://a\",\"http://a\",\"http://a\","
		     "\"http://a\",\"http://a\",\"http://a\"]"),
	    SC_ERR_MALFORMED, "more than 8");
	refused(OCSP("\"cacheDuration\":\"59s\""), SC_ERR_MALFORMED,
	    "ocsp.cacheDuration: \"59s\" is not between");
	refused(OCSP("\"cacheDuration\":\"169h\""), SC_ERR_MALFORMED,
	    "is not between");
	refused(OCSP("\"cacheDuration\":\"soon\""), SC_ERR_MALFORMED,
	    "is not a duration");
	refused(
	    OCSP("\"crt\":\"a\""), SC_ERR_MALFORMED, "one without the other");
	refused(
	    OCSP("\"key\":\"a\""), SC_ERR_MALFORMED, "one without the other");
}

TAP_MAIN(TAP_TEST(defaults), TAP_TEST(members_without_effect_are_named),
    TAP_TEST(revocation_lists), TAP_TEST(wrong_revocation_lists),
    TAP_TEST(responder), TAP_TEST(wrong_responders),
    TAP_TEST(wrong_values_name_their_place),
    TAP_TEST(claims_have_precedence_and_levels),
    TAP_TEST(a_default_moves_the_inherited_bound))
