/* Renewal by fixed clocks: periods, provisioners, revocation, the record. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "authority/internal.h"
#include "authority/record.h"
#include "authority/renew.h"
#include "authority/sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/csr.h"
#include "provisioner/provisioner.h"
#include "store/store.h"
#include "tap.h"
#include "x509_kit.h"

#define LIST                                                                   \
	"[{\"type\":\"ACME\",\"name\":\"plain\"},"                             \
	"{\"type\":\"ACME\",\"name\":\"frozen\","                              \
	"\"claims\":{\"disableRenewal\":true}},"                               \
	"{\"type\":\"ACME\",\"name\":\"late\","                                \
	"\"claims\":{\"allowRenewalAfterExpiry\":true}}]"

static struct sc_error e;
static struct sc_authority ca;
static struct sc_config config;
static struct sc_cert *root, *inter;

/* root > inter; three provisioners; an empty store; a minute of backdate. */
static bool
ready(void)
{
	static struct sc_claims base;
	static struct sc_strlist hosts;
	static struct json_object *list; /* the provisioners borrow it */
	struct sc_cert_plan p;

	if (ca.store != NULL)
		return true;
	sc_claims_builtin(&base);
	root = kit_root(KIT_P256);
	kit_ca_plan(&p, "Kit Intermediate", 0);
	if (sc_cert_build(
		&p, kit_key(KIT_P384), kit_issuer(KIT_P256), &inter, &e) != 0 ||
	    sc_issuer_new(inter, kit_key(KIT_P384), &ca.issuer, &e) != 0 ||
	    sc_json_parse(LIST, strlen(LIST), 0, &list, &e) != 0 ||
	    sc_strlist_add(&hosts, "ca.example.com") != 0 ||
	    sc_provisioners_new(
		list, &base, &hosts, NULL, &ca.provisioners, &e) != 0 ||
	    sc_store_open(tap_path("store"), SC_STORE_WRITE | SC_STORE_CREATE,
		&ca.store, &e) != 0) {
		tap_fail("%s", e.msg);
		return false;
	}
	sc_cert_plan_clear(&p);
	config.backdate = SC_MINUTE;
	ca.config = &config;
	ca.roots = (struct sc_certs){&root, 1};
	ca.intermediates = (struct sc_certs){&inter, 1};
	return true;
}

/* A leaf of a day from KIT_NOW, recorded as issued by a provisioner's id. */
static struct sc_cert *
leaf_of(const char *provisioner, const char *recorded, int64_t life)
{
	struct sc_sans none = {0};
	struct sc_issuance i = {.kind = SC_STORE_ISSUE, .names = &none};
	struct sc_cert *c = NULL;
	struct sc_cert_plan p;
	uint8_t *der = NULL;
	size_t n;

	kit_plan(&p, "a.example.com");
	p.not_after = p.not_before + life;
	if (provisioner != NULL &&
	    sc_provisioner_ext_encode(6, provisioner, "", NULL, &der, &n) == 0)
		(void)sc_cert_plan_add_ext(
		    &p, SC_OID_PROVISIONER, false, der, n);
	free(der);
	if (sc_cert_build(&p, kit_other_key(KIT_P256), ca.issuer, &c, &e) != 0)
		tap_fail("leaf: %s", e.msg);
	sc_cert_plan_clear(&p);
	i.who.provisioner_id = recorded;
	if (c != NULL && recorded != NULL)
		tap_int(sc_authority_record(&ca, &i, c, KIT_NOW, &e), 0);
	return c;
}

static int
judge_at(struct sc_cert *c, int64_t now, struct sc_renewal *g)
{
	struct sc_renew_credential cred = {NULL, "SUCCESS", NULL};
	struct sc_sign_info info;
	char *pem = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	if (sc_cert_to_pem(c, &pem) != 0)
		return SC_ERR_NOMEM;
	cred.client_cert = pem;
	r = sc_authority_renewal(&ca, &cred, SC_OP_RENEW, now, g, &info, &e);
	tap_ok((g->old != NULL) == (r == 0));
	free(pem);
	return r;
}

static int
judge(struct sc_cert *c)
{
	struct sc_renewal g;
	int r = judge_at(c, KIT_NOW + 1, &g);

	sc_renewal_clear(&g);
	sc_cert_free(c);
	return r;
}

static void
provisioners(void)
{
	tap_need(ready());
	tap_int(judge(leaf_of("plain", "acme/plain", KIT_DAY)), 0);
	tap_int(judge(leaf_of("plain", NULL, KIT_DAY)), 0);
	/* The record goes before what the certificate names ... */
	tap_int(judge(leaf_of("plain", "acme/frozen", KIT_DAY)),
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "\"frozen\" does not allow renewal");
	tap_int(judge(leaf_of("frozen", "acme/plain", KIT_DAY)), 0);
	tap_int(judge(leaf_of(NULL, "acme/plain", KIT_DAY)), 0);
	/* ... unless its provisioner is gone. */
	tap_int(judge(leaf_of("plain", "acme/gone", KIT_DAY)), 0);
	tap_int(judge(leaf_of("frozen", "acme/gone", KIT_DAY)),
	    SC_ERR_UNAUTHENTICATED);
	tap_int(judge(leaf_of("gone", "acme/gone", KIT_DAY)),
	    SC_ERR_UNAUTHENTICATED);
	tap_str(e.client, "");
	tap_int(judge(leaf_of(NULL, NULL, KIT_DAY)), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "does not name its provisioner");
	tap_int(
	    judge(leaf_of("frozen", NULL, KIT_DAY)), SC_ERR_UNAUTHENTICATED);
}

/* Another certificate under a number that the store knows. */
static void
another_of_that_number(void)
{
	struct sc_cert *c, *twin = NULL;
	struct sc_cert_plan p;
	const uint8_t *serial;
	size_t n;

	tap_need(ready());
	tap_need((c = leaf_of("plain", "acme/plain", KIT_DAY)) != NULL);
	serial = sc_cert_serial(c, &n);
	kit_plan(&p, "b.example.com");
	memcpy(p.serial, serial, n);
	p.serial_len = n;
	tap_int(
	    sc_cert_build(&p, kit_other_key(KIT_P256), ca.issuer, &twin, &e),
	    0);
	sc_cert_plan_clear(&p);
	sc_cert_free(c);
	tap_need(twin != NULL);
	tap_int(judge(twin), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "does not name its provisioner");
}

static struct sc_cert *
renew_at(struct sc_cert *old, const struct sc_csr *csr, int64_t now)
{
	struct sc_sign_info info;
	struct sc_cert *c = NULL;
	struct sc_renewal g;

	if (tap_int(judge_at(old, now, &g), 0) &&
	    !tap_int(sc_authority_renew(
			 &ca, &g, csr, "rq", "192.0.2.1", now, &c, &info, &e),
		0))
		tap_note("%s", e.msg);
	sc_renewal_clear(&g);
	return c;
}

static void
period_is(int64_t life, int64_t now, int64_t nb, int64_t na)
{
	struct sc_cert *old = leaf_of("plain", NULL, life), *c;

	tap_context("life %lld at %lld", (long long)life, (long long)now);
	if (old != NULL && (c = renew_at(old, NULL, now)) != NULL) {
		tap_int(sc_cert_not_before(c), nb);
		tap_int(sc_cert_not_after(c), na);
		sc_cert_free(c);
	}
	sc_cert_free(old);
	tap_context("%s", "");
}

static void
periods(void)
{
	int64_t now = KIT_NOW + 30, end = KIT_NOW + 1825 * KIT_DAY;

	tap_need(ready());
	period_is(KIT_DAY, now, now - 60, now - 60 + KIT_DAY);
	period_is(61, now, now - 60, now + 1);
	/* One that a minute of backdate would use up is not backdated. */
	period_is(60, now, now, now + 60);
	period_is(31, now, now, now + 31);
	/* Not beyond the issuer. */
	period_is(1825 * KIT_DAY, KIT_NOW + 90, KIT_NOW + 30, end);
	period_is(1825 * KIT_DAY, end - 2, end - 62, end);
}

static void
recorded(void)
{
	struct sc_cert *old, *c;
	struct sc_store_found f;
	struct sc_store_serial serial;
	const uint8_t *want;
	size_t n;

	tap_need(ready());
	tap_need((old = leaf_of("plain", "acme/plain", KIT_DAY)) != NULL);
	c = renew_at(old, NULL, KIT_NOW + 5);
	tap_need(c != NULL);
	serial.p = sc_cert_serial(c, &serial.n);
	tap_need(tap_int(
	    sc_store_get_cert(ca.store, SC_STORE_X509, serial, &f, &e), 0));
	tap_int(f.kind, SC_STORE_RENEW);
	want = sc_cert_serial(old, &n);
	tap_mem(f.replaces, f.replaces_len, want, n);
	tap_str(f.provisioner_id, "acme/plain");
	tap_str(f.provisioner_name, "plain");
	tap_str(f.provisioner_type, "ACME");
	tap_str(f.request_id, "rq");
	tap_str(f.peer, "192.0.2.1");
	tap_str(f.subject, "a.example.com");
	tap_int(f.names_n, 1);
	tap_str(f.names[0], "a.example.com");
	tap_int(f.time, KIT_NOW + 5);
	want = sc_cert_der(c, &n);
	tap_mem(f.der, f.der_len, want, n);
	sc_store_found_clear(&f);
	sc_cert_free(c);
	sc_cert_free(old);
}

static void
revoke(const struct sc_cert *c)
{
	struct sc_store_revocation rev = {.form = SC_STORE_X509};
	struct sc_store_origin who = {0};

	rev.serial.p = sc_cert_serial(c, &rev.serial.n);
	rev.not_after = sc_cert_not_after(c);
	tap_int(sc_store_revoke(ca.store, NULL, &rev, &who, KIT_NOW, &e), 0);
}

/* Revoked before it is judged, and between that and the commit. */
static void
revoked(void)
{
	struct sc_cert *a, *b, *c = NULL;
	struct sc_sign_info info;
	struct sc_renewal g;

	tap_need(ready());
	tap_need((a = leaf_of("plain", "acme/plain", KIT_DAY)) != NULL);
	tap_need((b = leaf_of("plain", NULL, KIT_DAY)) != NULL);
	revoke(a);
	tap_int(judge_at(a, KIT_NOW + 1, &g), SC_ERR_REVOKED);
	tap_str(e.client, "certificate is revoked");
	tap_int(judge_at(b, KIT_NOW + 1, &g), 0);
	revoke(b);
	tap_int(sc_authority_renew(
		    &ca, &g, NULL, "rq", "", KIT_NOW + 1, &c, &info, &e),
	    SC_ERR_REVOKED);
	tap_str(e.client, "certificate is revoked");
	tap_ok(c == NULL);
	sc_renewal_clear(&g);
	sc_cert_free(a);
	sc_cert_free(b);
}

TAP_MAIN(TAP_NAMED("R6 whose certificate it is", provisioners),
    TAP_NAMED("R7 another one of that number", another_of_that_number),
    TAP_NAMED("R10 periods", periods), TAP_NAMED("R11 the record", recorded),
    TAP_NAMED("R15 a revocation between", revoked))
