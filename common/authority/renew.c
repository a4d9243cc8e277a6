#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/constraints.h"
#include "authority/internal.h"
#include "authority/record.h"
#include "authority/renew.h"
#include "authority/renew_token.h"
#include "authority/request_check.h"
#include "authority/sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "crypto/san.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"
#include "store/store.h"

#define SCHEME "Bearer "

void
sc_renewal_clear(struct sc_renewal *g)
{
	sc_cert_free(g->old);
	free(g->spend_id);
	free(g->csr_fingerprint);
	*g = (struct sc_renewal){0};
}

/* The provisioner that the certificate itself names. */
static int
named_provisioner(const struct sc_authority *ca, const struct sc_cert *c,
    const struct sc_provisioner **out, struct sc_error *e)
{
	struct sc_provisioner_ext x = {0};
	int r;

	r = sc_cert_provisioner_ext(c, &x, e);
	if (r == SC_ERR_NOT_FOUND)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "certificate does not name its provisioner and this "
		    "authority has no record of it");
	if (r != 0)
		return r == SC_ERR_NOMEM
		    ? r
		    : sc_fail(e, SC_ERR_UNAUTHENTICATED,
			  "certificate with a bad provisioner extension");
	*out = sc_provisioners_by_name(ca->provisioners, x.name);
	if (*out == NULL)
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "certificate of provisioner \"%.128s\", which is not "
		    "configured",
		    x.name);
	sc_provisioner_ext_clear(&x);
	return r;
}

/*
 * The record's provisioner, else the one named.  *known: the store has this
 * very certificate.
 */
static int
find_provisioner(struct sc_authority *ca, const struct sc_cert *c, bool *known,
    const struct sc_provisioner **out, struct sc_error *e)
{
	struct sc_store_serial serial;
	struct sc_store_found f;
	const uint8_t *der;
	size_t n;
	int r;

	*out = NULL;
	*known = false;
	serial.p = sc_cert_serial(c, &serial.n);
	r = sc_store_get_cert(ca->store, SC_STORE_X509, serial, &f, e);
	if (r != 0 && r != SC_ERR_NOT_FOUND)
		return r;
	if (r == 0) {
		der = sc_cert_der(c, &n);
		*known = n == f.der_len && memcmp(der, f.der, n) == 0;
		if (*known)
			*out = sc_provisioners_by_id(
			    ca->provisioners, f.provisioner_id);
		sc_store_found_clear(&f);
	}
	return *out != NULL ? 0 : named_provisioner(ca, c, out, e);
}

static int
check_period(const struct sc_cert *c, const struct sc_provisioner *p,
    bool known, int64_t now, struct sc_error *e)
{
	char t[SC_TIME_MAX], claim[SC_CLAIM_TEXT_MAX];

	if (now < sc_cert_not_before(c)) {
		sc_time_format_go(sc_cert_not_before(c), t);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "certificate is not valid before %s", t);
	}
	if (now < sc_cert_not_after(c))
		return 0;
	sc_time_format_go(sc_cert_not_after(c), t);
	if (!p->claims.on[SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY]) {
		sc_claim_switch_text(
		    &p->claims, SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY, claim);
		(void)sc_fail(e, SC_ERR_EXPIRED,
		    "certificate expired on %s (%s)", t, claim);
		sc_error_client(e, "certificate expired on %s", t);
		return SC_ERR_EXPIRED;
	}
	if (!known)
		return sc_fail_client(e, SC_ERR_EXPIRED,
		    "certificate expired on %s and this authority has no "
		    "record of it",
		    t);
	return 0;
}

/* The rules of renew.h, for a certificate whose key is proven. */
static int
may_renew(struct sc_authority *ca, const struct sc_cert *c, int64_t now,
    const struct sc_provisioner **p, struct sc_error *e)
{
	char claim[SC_CLAIM_TEXT_MAX];
	bool known;
	int r;

	if ((r = sc_authority_check_revoked(ca, c, e)) != 0 ||
	    (r = find_provisioner(ca, c, &known, p, e)) != 0 ||
	    (r = sc_provisioner_check_enabled(*p, e)) != 0)
		return r;
	if ((*p)->claims.on[SC_CLAIM_DISABLE_RENEWAL]) {
		sc_claim_switch_text(
		    &(*p)->claims, SC_CLAIM_DISABLE_RENEWAL, claim);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%.128s\" does not allow renewal (%s)",
		    (*p)->name, claim);
	}
	if (!known && (*p)->claims.on[SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN]) {
		sc_claim_switch_text(
		    &(*p)->claims, SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN, claim);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "this authority has no record of the certificate (%s)",
		    claim);
	}
	return check_period(c, *p, known, now, e);
}

static void
note(struct sc_sign_info *info, const struct sc_renewal *g)
{
	if (g->provisioner != NULL)
		(void)snprintf(info->provisioner, sizeof(info->provisioner),
		    "%s", g->provisioner->name);
	if (g->old != NULL)
		(void)snprintf(info->subject, sizeof(info->subject), "%s",
		    sc_cert_common_name(g->old));
}

static int
by_certificate(struct sc_authority *ca, const struct sc_renew_credential *c,
    int64_t now, struct sc_renewal *g, struct sc_error *e)
{
	int r;

	r = sc_authority_client_cert(
	    ca, c->client_cert, c->client_verify, now, &g->old, e);
	return r != 0 ? r : may_renew(ca, g->old, now, &g->provisioner, e);
}

/* claim cnf: {"x5rt#S256": fingerprint of the one request it is good for}. */
static int
read_confirmation(
    struct sc_renewal *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *cnf =
	    sc_json_member_exact(sc_token_claims(t), "cnf");
	struct json_object *fp = NULL;

	if (cnf == NULL)
		return 0;
	if (json_object_is_type(cnf, json_type_object))
		fp = sc_json_member_exact(cnf, "x5rt#S256");
	if (fp == NULL || !json_object_is_type(fp, json_type_string))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's claim cnf has no x5rt#S256");
	g->csr_fingerprint = sc_strdup(json_object_get_string(fp));
	return g->csr_fingerprint == NULL ? sc_fail_nomem(e) : 0;
}

static int
by_token(struct sc_authority *ca, const char *text, enum sc_operation op,
    int64_t now, struct sc_renewal *g, struct sc_error *e)
{
	struct sc_token *t = NULL;
	int r;

	if ((r = sc_renew_token_open(ca, text, now, &t, &g->old, e)) != 0 ||
	    (r = may_renew(ca, g->old, now, &g->provisioner, e)) != 0 ||
	    (r = sc_renew_token_check(
		 ca, t, g->old, g->provisioner, op, now, e)) != 0 ||
	    (r = read_confirmation(g, t, e)) != 0)
		goto out;
	g->spend_id = sc_strdup(t->id);
	g->spend_expires = t->exp != 0 ? t->exp + SC_TOKEN_LEEWAY : 0;
	r = g->spend_id == NULL
	    ? sc_fail_nomem(e)
	    : sc_authority_check_unspent(ca, g->spend_id, e);
out:
	sc_token_free(t);
	return r;
}

int
sc_authority_renewal(struct sc_authority *ca,
    const struct sc_renew_credential *c, enum sc_operation op, int64_t now,
    struct sc_renewal *out, struct sc_sign_info *info, struct sc_error *e)
{
	const char *token = NULL;
	int r;

	*out = (struct sc_renewal){0};
	*info = (struct sc_sign_info){0};
	if (c->authorization != NULL)
		token = strstr(c->authorization, SCHEME);
	if (token != NULL &&
	    !sc_client_cert_given(c->client_cert, c->client_verify))
		r = by_token(ca, token + strlen(SCHEME), op, now, out, e);
	else
		r = by_certificate(ca, c, now, out, e);
	note(info, out);
	if (r != 0)
		sc_renewal_clear(out);
	return r;
}

/* Only its key counts, and it must be a new one. */
static int
check_new_key(const struct sc_authority *ca, const struct sc_renewal *g,
    const struct sc_csr *csr, const struct sc_key *old, struct sc_error *e)
{
	int r;

	if ((r = sc_request_check_fingerprint(csr, g->csr_fingerprint, e)) !=
		0 ||
	    (r = sc_key_check_strength(csr->key, e)) != 0 ||
	    (r = sc_authority_check_key(ca, csr->key, e)) != 0)
		return r;
	if (sc_key_same_public(csr->key, old))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request key is the key of the certificate: "
		    "/renew keeps it");
	return 0;
}

/* As long as the old one, from now on; a short one is not backdated away. */
static int
plan_period(const struct sc_authority *ca, const struct sc_cert *old,
    int64_t now, struct sc_cert_plan *p, struct sc_error *e)
{
	int64_t life = sc_cert_not_after(old) - sc_cert_not_before(old);
	int64_t back = ca->config->backdate / SC_SECOND;
	int64_t end = sc_cert_not_after(sc_issuer_cert(ca->issuer));

	if (back >= life)
		back = 0;
	p->not_before = now - back;
	p->not_after = p->not_before + life;
	if (p->not_after > end)
		p->not_after = end;
	if (p->not_after <= now)
		return sc_fail(e, SC_ERR_INTERNAL,
		    "the issuing certificate has expired, or a certificate "
		    "without duration is to be renewed");
	return 0;
}

static int
record(struct sc_authority *ca, const struct sc_renewal *g, bool rekey,
    const char *request_id, const char *peer, const struct sc_cert *cert,
    int64_t now, struct sc_error *e)
{
	struct sc_sans names = {0};
	struct sc_issuance i = {
	    .kind = rekey ? SC_STORE_REKEY : SC_STORE_RENEW,
	    .replaces = g->old,
	    .spend_id = g->spend_id,
	    .spend_expires = g->spend_expires,
	    .who =
		{
		    .request_id = request_id,
		    .peer = peer,
		    .provisioner_id = g->provisioner->id,
		    .provisioner_name = g->provisioner->name,
		    .provisioner_type = g->provisioner->type->name,
		    .subject = sc_cert_common_name(g->old),
		},
	    .names = &names,
	};
	int r;

	if ((r = sc_cert_sans(g->old, &names, e)) == 0)
		r = sc_authority_record(ca, &i, cert, now, e);
	sc_sans_clear(&names);
	return r;
}

/* The issuing certificate may be another one than then. */
static int
check_constraints(struct sc_authority *ca, const struct sc_cert *old,
    const struct sc_cert_plan *plan, struct sc_error *e)
{
	struct sc_sans names = {0};
	int r;

	if (ca->constraints == NULL)
		return 0;
	if ((r = sc_cert_sans(old, &names, e)) == 0)
		r = sc_authority_check_constraints(
		    ca, plan, &names, sc_cert_common_name(old), e);
	sc_sans_clear(&names);
	return r;
}

int
sc_authority_renew(struct sc_authority *ca, const struct sc_renewal *g,
    const struct sc_csr *csr, const char *request_id, const char *peer,
    int64_t now, struct sc_cert **out, struct sc_sign_info *info,
    struct sc_error *e)
{
	struct sc_cert_plan plan = {0};
	struct sc_key *old = NULL;
	struct sc_cert *cert = NULL;
	int r;

	*out = NULL;
	if ((r = sc_cert_key(g->old, &old, e)) != 0 ||
	    (csr != NULL && (r = check_new_key(ca, g, csr, old, e)) != 0) ||
	    (r = plan_period(ca, g->old, now, &plan, e)) != 0 ||
	    (r = sc_cert_plan_renew(&plan, g->old, csr == NULL, e)) != 0 ||
	    (r = check_constraints(ca, g->old, &plan, e)) != 0 ||
	    (r = sc_cert_build(&plan, csr != NULL ? csr->key : old, ca->issuer,
		 &cert, e)) != 0 ||
	    (r = record(ca, g, csr != NULL, request_id, peer, cert, now, e)) !=
		0)
		goto out;
	sc_sign_info_serial(info, cert);
	*out = cert;
	cert = NULL; /* transferred */
out:
	sc_cert_free(cert);
	sc_cert_plan_clear(&plan);
	sc_key_free(old);
	return r;
}
