/*
 * Which provisioner a token belongs to, and what the JWK provisioner grants:
 * rows T12, T14, T15, T20, P7.
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
#include "provisioner/provisioner.h"
#include "tap.h"

#define NOW INT64_C(1700000000)

static struct sc_error e;
static struct sc_jwk *key_a, *key_b;
static struct json_object *list;
static struct sc_provisioners *ps;
static struct sc_strlist hosts;

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

static void
add_jwk(const char *name, const struct sc_jwk *key, const char *more)
{
	struct json_object *o = json_object_new_object(), *pub = NULL, *x;

	json_object_object_add(o, "type", json_object_new_string("JWK"));
	json_object_object_add(o, "name", json_object_new_string(name));
	if (sc_jwk_format(key, 0, &pub, &e) == 0)
		json_object_object_add(o, "key", pub);
	if (sc_json_parse(more, strlen(more), 0, &x, &e) == 0) {
		json_object_object_foreach(x, k, v)
		    json_object_object_add(o, k, json_object_get(v));
		json_object_put(x);
	}
	json_object_array_add(list, o);
}

static void
add_other(const char *type, const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string(type));
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_array_add(list, o);
}

static bool
set_up(void)
{
	struct sc_claims claims;

	if (ps != NULL)
		return true;
	sc_claims_builtin(&claims);
	(void)sc_strlist_add(&hosts, "ca.example.com");
	(void)sc_strlist_add(&hosts, "::1");
	key_a = make_key();
	key_b = make_key();
	list = json_object_new_array();
	add_jwk("admin", key_a, "{}");
	add_jwk(
	    "ops", key_b, "{\"claims\":{\"disableSmallstepExtensions\":true}}");
	add_jwk("broken", key_a, "{\"claims\":{\"minTLSCertDuration\":\"x\"}}");
	add_jwk("shaped", key_b,
	    "{\"options\":{\"x509\":{\"template\":\"{{ x }\"}}}");
	add_other("ACME", "acme");
	add_other("SCEP", "scep");
	add_other("SSHPOP", "corp");
	return sc_provisioners_new(list, &claims, &hosts, NULL, &ps, &e) == 0;
}

/* A token over claims, signed with key; kid of the key unless given. */
static char *
token(const struct sc_jwk *key, const char *kid, const char *claims)
{
	struct json_object *h = json_object_new_object(), *c = NULL;
	char *out = NULL;

	json_object_object_add(
	    h, "kid", json_object_new_string(kid != NULL ? kid : key->kid));
	if (sc_json_parse(claims, strlen(claims), 0, &c, &e) == 0)
		(void)sc_jws_sign(h, c, "ES256", key->key, 0, &out, &e);
	json_object_put(h);
	json_object_put(c);
	return out;
}

static int
judge(const struct sc_jwk *key, const char *kid, const char *claims,
    struct sc_grant *g)
{
	struct sc_token *t = NULL;
	char *text = token(key, kid, claims);
	int r;

	*g = (struct sc_grant){0};
	e = (struct sc_error)SC_ERROR_INIT;
	if (text == NULL)
		return SC_ERR_INTERNAL;
	if ((r = sc_token_parse(text, &t, &e)) == 0)
		r = sc_provisioners_authorize_sign(ps, t, NOW, g, &e);
	sc_token_free(t);
	free(text);
	return r;
}

/* Expect a verdict on a token of admin's with these claims. */
static void
expect(const char *claims, int code)
{
	struct sc_grant g;

	tap_context("%s", claims);
	tap_int(judge(key_a, NULL, claims, &g), code);
	if (code != 0)
		tap_ok(g.spend_id == NULL);
	sc_grant_clear(&g);
	tap_context("%s", "");
}

#define CLAIMS(aud, more)                                                      \
	"{\"iss\":\"admin\",\"sub\":\"a.example\",\"jti\":\"j1\",\"aud\":" aud \
	    more "}"
#define GOOD "\"https://ca.example.com/1.0/sign\""

static void
grants(void)
{
	struct sc_grant g;

	tap_need(tap_ok(set_up()));
	tap_int(judge(key_a, NULL,
		    CLAIMS(GOOD,
			",\"sans\":[\"b.example\",\"10.0.0.1\"],"
			"\"exp\":1700000300"),
		    &g),
	    0);
	tap_str(g.subject, "a.example");
	tap_int(g.sans.n, 2);
	tap_int(g.sans.v[1].type, SC_SAN_IP);
	tap_ok(sc_strlist_has(&g.request_cns, "a.example"));
	tap_ok(sc_strlist_has(&g.request_cns, "b.example"));
	tap_int(g.ext_type, 1);
	tap_str(g.ext_credential_id, key_a->kid);
	tap_str(g.spend_id, "j1");
	tap_int(g.spend_expires, 1700000360);
	tap_str(g.provisioner_name, "admin");
	sc_grant_clear(&g);
	tap_int(judge(key_b, NULL,
		    "{\"iss\":\"ops\",\"sub\":\"x\",\"aud\":" GOOD "}", &g),
	    0);
	tap_int(g.ext_type, 0);
	tap_int(g.spend_expires, 0);
	tap_int(strlen(g.spend_id), 64);
	sc_grant_clear(&g);
}

static void
audiences(void)
{
	tap_need(tap_ok(set_up()));
	expect(CLAIMS(GOOD, ""), 0);
	expect(CLAIMS("\"https://ca.example.com:9000/sign\"", ""), 0);
	expect(CLAIMS("\"https://[::1]:9443/1.0/sign\"", ""), 0);
	expect(CLAIMS("\"https://ca.example.com/1.0/ssh/sign\"", ""), 0);
	expect(CLAIMS("\"step-certificate-authority\"", ""), 0);
	expect(CLAIMS("[\"https://other/1.0/sign\"," GOOD "]", ""), 0);
	expect(
	    CLAIMS("\"https://other/1.0/sign\"", ""), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("\"https://ca.example.com/1.0/revoke\"", ""),
	    SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("\"https://CA.example.com/1.0/sign\"", ""),
	    SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("\"https://ca.example.com/1.0/sign/\"", ""),
	    SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("\"http://ca.example.com/1.0/sign\"", ""),
	    SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("\"https://ca.example.com/1.0/sign#sshpop/corp\"", ""),
	    SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("[]", ""), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS("7", ""), SC_ERR_UNAUTHENTICATED);
	expect("{\"iss\":\"admin\",\"sub\":\"a\"}", SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS(GOOD, ",\"step\":{\"ssh\":{\"certType\":\"user\"}}"),
	    SC_ERR_UNAUTHENTICATED);
}

static void
issuers_and_subjects(void)
{
	struct sc_grant g;

	tap_need(tap_ok(set_up()));
	expect("{\"iss\":\"ops\",\"sub\":\"a\",\"aud\":" GOOD "}",
	    SC_ERR_UNAUTHENTICATED);
	expect("{\"iss\":\"admin\",\"sub\":\"\",\"aud\":" GOOD "}",
	    SC_ERR_UNAUTHENTICATED);
	expect("{\"iss\":\"admin\",\"aud\":" GOOD "}", SC_ERR_UNAUTHENTICATED);
	expect("{\"iss\":\"admin\",\"sub\":7,\"aud\":" GOOD "}",
	    SC_ERR_UNAUTHENTICATED);
	/* ops' kid on a token that admin's key signed, and back. */
	tap_int(judge(key_a, key_b->kid,
		    "{\"iss\":\"ops\",\"sub\":\"a\",\"aud\":" GOOD "}", &g),
	    SC_ERR_UNAUTHENTICATED);
	sc_grant_clear(&g);
	tap_int(judge(key_a, "../../etc/passwd", CLAIMS(GOOD, ""), &g),
	    SC_ERR_UNAUTHENTICATED);
	sc_grant_clear(&g);
}

static void
times(void)
{
	tap_need(tap_ok(set_up()));
	expect(CLAIMS(GOOD, ",\"exp\":1699999941"), 0);
	expect(CLAIMS(GOOD, ",\"exp\":1699999939"), SC_ERR_EXPIRED);
	expect(CLAIMS(GOOD, ",\"nbf\":1700000059"), 0);
	expect(CLAIMS(GOOD, ",\"nbf\":1700000061"), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS(GOOD, ",\"iat\":1700000059"), 0);
	expect(CLAIMS(GOOD, ",\"iat\":1700000061"), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS(GOOD, ",\"exp\":\"soon\""), SC_ERR_UNAUTHENTICATED);
}

static void
names(void)
{
	tap_need(tap_ok(set_up()));
	expect(CLAIMS(GOOD, ",\"sans\":[]"), 0);
	expect(CLAIMS(GOOD, ",\"sans\":\"a\""), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS(GOOD, ",\"sans\":[1]"), SC_ERR_UNAUTHENTICATED);
	expect(CLAIMS(GOOD, ",\"cnf\":\"x\""), SC_ERR_UNAUTHENTICATED);
}

static void
other_flows(void)
{
	static const char *const aud[] = {
	    "{\"iss\":\"acme\",\"sub\":\"a\",\"aud\":"
	    "\"https://ca.example.com/1.0/sign#acme/acme\"}",
	    "{\"iss\":\"scep\",\"sub\":\"a\",\"aud\":"
	    "\"https://ca.example.com/1.0/sign#scep/scep\"}",
	    "{\"iss\":\"x\",\"sub\":\"a\",\"aud\":\"acme/acme\"}"};
	size_t i;

	tap_need(tap_ok(set_up()));
	for (i = 0; i < sizeof(aud) / sizeof(aud[0]); i++) {
		expect(aud[i], SC_ERR_MALFORMED);
		tap_str(e.client, "token flow is not supported");
	}
	expect("{\"iss\":\"corp\",\"sub\":\"a\",\"aud\":"
	       "\"https://ca.example.com/1.0/sign#sshpop/corp\"}",
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "SSHPOP");
}

static void
disabled(void)
{
	struct sc_grant g;

	tap_need(tap_ok(set_up()));
	tap_int(judge(key_a, NULL,
		    "{\"iss\":\"broken\",\"sub\":\"a\",\"aud\":" GOOD "}", &g),
	    SC_ERR_UNAUTHENTICATED);
	tap_str(e.client,
	    "provisioner \"broken\" is disabled due to an initialization "
	    "error");
	tap_int(e.whole, 1);
	sc_grant_clear(&g);
	tap_int(judge(key_b, NULL,
		    "{\"iss\":\"shaped\",\"sub\":\"a\",\"aud\":" GOOD "}", &g),
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "options.x509.template: line 1 column");
	sc_grant_clear(&g);
}

static void
duplicates(void)
{
	struct sc_provisioners *two = NULL;
	struct json_object *twice = json_object_new_array();
	struct sc_claims claims;

	tap_need(tap_ok(set_up()));
	sc_claims_builtin(&claims);
	json_object_array_add(
	    twice, json_object_get(json_object_array_get_idx(list, 0)));
	json_object_array_add(
	    twice, json_object_get(json_object_array_get_idx(list, 0)));
	tap_int(sc_provisioners_new(twice, &claims, &hosts, NULL, &two, &e),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "same name \"admin\"");
	tap_ok(two == NULL);
	json_object_put(twice);
	/* Last: nothing may use what all tests share after this. */
	sc_provisioners_free(ps);
	ps = NULL;
	json_object_put(list);
	sc_jwk_free(key_a);
	sc_jwk_free(key_b);
	sc_strlist_clear(&hosts);
}

TAP_MAIN(TAP_TEST(grants), TAP_NAMED("T14 audiences", audiences),
    TAP_NAMED("T15 T7 issuers, subjects and kids", issuers_and_subjects),
    TAP_NAMED("T12 T13 times", times), TAP_NAMED("T20 T21 names", names),
    TAP_NAMED("P7 ACME and SCEP take no tokens", other_flows),
    TAP_TEST(disabled), TAP_TEST(duplicates))
