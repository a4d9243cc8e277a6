#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "authority/revoke.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/crl.h"
#include "crypto/serial.h"
#include "provisioner/provisioner.h"
#include "store/store.h"

/* What is to be revoked. */
struct target {
	uint8_t serial[SC_SERIAL_OCTETS];
	size_t n;
	char *decimal;
};

static int
read_target(
    const struct sc_revoke_request *rq, struct target *t, struct sc_error *e)
{
	if (rq->serial == NULL || rq->serial[0] == '\0')
		return sc_fail_client(e, SC_ERR_MALFORMED, "missing serial");
	if (sc_serial_parse(rq->serial, t->serial, &t->n) != 0)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "'%.128s' is not a valid serial number - use a base 10 "
		    "representation or a base 16 representation with '0x' "
		    "prefix",
		    rq->serial);
	if ((t->decimal = sc_serial_decimal(t->serial, t->n)) == NULL)
		return sc_fail_nomem(e);
	if (rq->reason_code < 0 || rq->reason_code > SC_REASON_LAST)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "reasonCode out of bounds");
	if (!rq->passive)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "revocation that is not passive is not supported");
	return 0;
}

/* When the certificate expires; 0 when the store does not know it. */
static int
find_expiry(struct sc_authority *ca, struct sc_store_serial serial,
    int64_t *not_after, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_store_found found;
	int r;

	*not_after = 0;
	r = sc_store_get_cert(ca->store, SC_STORE_X509, serial, &found, &why);
	if (r == SC_ERR_NOT_FOUND)
		return 0;
	if (r != 0) {
		*e = why;
		return r;
	}
	*not_after = found.not_after;
	sc_store_found_clear(&found);
	return 0;
}

/* An honest caller may know what the store says of it. */
static int
explain(int r, const struct target *t, struct sc_error *e)
{
	if (r == SC_ERR_REPLAYED)
		sc_error_client(e, "the token was already used");
	else if (r == SC_ERR_REVOKED)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "certificate with serial number '%s' is already revoked",
		    t->decimal);
	return r;
}

/* not_after 0: not known to the caller. */
static int
record(struct sc_authority *ca, const struct sc_revoke_request *rq,
    const struct target *t, const struct sc_store_spend *spend,
    struct sc_store_origin *who, int64_t not_after, int64_t now,
    struct sc_error *e)
{
	struct sc_store_revocation rev = {
	    .form = SC_STORE_X509,
	    .serial = {t->serial, t->n},
	    .reason_code = (int)rq->reason_code,
	    .reason = rq->reason,
	    .not_after = not_after,
	};
	int r;

	who->request_id = rq->request_id;
	who->peer = rq->peer;
	if (not_after == 0 &&
	    (r = find_expiry(ca, rev.serial, &rev.not_after, e)) != 0)
		return r;
	return explain(
	    sc_store_revoke(ca->store, spend, &rev, who, now, e), t, e);
}

static int
by_token(struct sc_authority *ca, const struct sc_revoke_request *rq,
    const struct target *t, int64_t now, struct sc_revoke_info *info,
    struct sc_error *e)
{
	struct sc_token *token = NULL;
	struct sc_grant grant = {0};
	struct sc_store_spend spend;
	struct sc_store_origin who;
	int r;

	if ((r = sc_token_parse(rq->ott, &token, e)) != 0)
		goto out;
	(void)snprintf(
	    info->provisioner, sizeof(info->provisioner), "%s", token->iss);
	(void)snprintf(info->subject, sizeof(info->subject), "%s", token->sub);
	if ((r = sc_provisioners_authorize_revoke(
		 ca->provisioners, token, now, &grant, e)) != 0 ||
	    (r = sc_authority_check_credential(ca, grant.credential, e)) != 0)
		goto out;
	if (!sc_streq(grant.subject, t->decimal)) {
		r = sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "request serial number \"%s\" and token subject \"%.128s\" "
		    "do not match",
		    t->decimal, grant.subject);
		goto out;
	}
	spend = (struct sc_store_spend){grant.spend_id, grant.spend_expires};
	who = (struct sc_store_origin){
	    .provisioner_id = grant.provisioner_id,
	    .provisioner_name = grant.provisioner_name,
	    .provisioner_type = grant.provisioner_type,
	    .subject = grant.subject,
	};
	r = record(
	    ca, rq, t, grant.spend_id != NULL ? &spend : NULL, &who, 0, now, e);
out:
	sc_grant_clear(&grant);
	sc_token_free(token);
	return r;
}

static int
check_own_serial(
    const struct sc_cert *cert, const struct target *t, struct sc_error *e)
{
	size_t n;
	const uint8_t *serial = sc_cert_serial(cert, &n);
	char *decimal;

	if (n == t->n && memcmp(serial, t->serial, n) == 0)
		return 0;
	if ((decimal = sc_serial_decimal(serial, n)) == NULL)
		return sc_fail_nomem(e);
	(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "request serial number \"%s\" and certificate serial number "
	    "\"%s\" do not match",
	    t->decimal, decimal);
	free(decimal);
	return SC_ERR_FORBIDDEN;
}

/* Of a good certificate but for that: is it about the same one again? */
static int
revoked_before(const struct sc_revoke_request *rq, const struct target *t,
    struct sc_error *e)
{
	struct sc_cert *cert = NULL;
	const uint8_t *serial;
	int r = SC_ERR_REVOKED;
	size_t n;

	if (sc_client_cert_parse(rq->client_cert, &cert, NULL) == 0) {
		serial = sc_cert_serial(cert, &n);
		if (n == t->n && memcmp(serial, t->serial, n) == 0)
			r = explain(r, t, e);
	}
	sc_cert_free(cert);
	return r;
}

/* Who issued it, by its extension; nobody when it has none. */
static void
name_issuer(struct sc_authority *ca, const struct sc_provisioner_ext *x,
    struct sc_store_origin *who)
{
	const struct sc_provisioner *p =
	    sc_provisioners_by_name(ca->provisioners, x->name);

	who->provisioner_name = x->name;
	if (p != NULL) {
		who->provisioner_id = p->id;
		who->provisioner_type = p->type->name;
	}
}

/* A certificate revokes itself, and needs no permission for that. */
static int
by_certificate(struct sc_authority *ca, const struct sc_revoke_request *rq,
    const struct target *t, int64_t now, struct sc_revoke_info *info,
    struct sc_error *e)
{
	struct sc_provisioner_ext x = {0};
	struct sc_store_origin who = {0};
	struct sc_cert *cert = NULL;
	int r;

	r = sc_authority_client_cert(
	    ca, rq->client_cert, rq->client_verify, now, &cert, e);
	if (r == SC_ERR_REVOKED)
		r = revoked_before(rq, t, e);
	if (r != 0)
		goto out;
	who.subject = sc_cert_common_name(cert);
	(void)snprintf(info->subject, sizeof(info->subject), "%s", who.subject);
	if ((r = check_own_serial(cert, t, e)) != 0)
		goto out;
	if (sc_cert_provisioner_ext(cert, &x, NULL) == 0) {
		name_issuer(ca, &x, &who);
		(void)snprintf(
		    info->provisioner, sizeof(info->provisioner), "%s", x.name);
	}
	r = record(ca, rq, t, NULL, &who, sc_cert_not_after(cert), now, e);
	sc_provisioner_ext_clear(&x);
out:
	sc_cert_free(cert);
	return r;
}

int
sc_authority_revoke(struct sc_authority *ca, const struct sc_revoke_request *rq,
    int64_t now, struct sc_revoke_info *info, struct sc_error *e)
{
	struct target t = {0};
	int r;

	*info = (struct sc_revoke_info){0};
	if ((r = read_target(rq, &t, e)) != 0)
		goto out;
	(void)snprintf(info->serial, sizeof(info->serial), "%s", t.decimal);
	if (rq->ott != NULL && rq->ott[0] != '\0')
		r = by_token(ca, rq, &t, now, info, e);
	else if (sc_client_cert_given(rq->client_cert, rq->client_verify))
		r = by_certificate(ca, rq, &t, now, info, e);
	else
		r = sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing ott or client certificate");
out:
	free(t.decimal);
	return r;
}
