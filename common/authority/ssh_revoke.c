#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/internal.h"
#include "authority/revoke.h"
#include "authority/ssh_pop.h"
#include "authority/ssh_record.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/crl.h"
#include "crypto/ssh_cert.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"
#include "store/store.h"

/* A decimal number of 64 bits in the one way to write it; 0 is none. */
static int
parse_serial(const char *s, uint64_t *out)
{
	uint64_t v = 0, d;

	*out = 0;
	if (*s == '0' || *s == '\0')
		return SC_ERR_MALFORMED;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return SC_ERR_MALFORMED;
		d = (uint64_t)(*s - '0');
		if (v > (UINT64_MAX - d) / 10)
			return SC_ERR_MALFORMED;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}

static int
read_target(
    const struct sc_revoke_request *rq, uint64_t *serial, struct sc_error *e)
{
	if (rq->serial == NULL || rq->serial[0] == '\0')
		return sc_fail_client(e, SC_ERR_MALFORMED, "missing serial");
	if (rq->reason_code < 0 || rq->reason_code > SC_REASON_LAST)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "reasonCode out of bounds");
	if (!rq->passive)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "revocation that is not passive is not supported");
	if (rq->ott == NULL || rq->ott[0] == '\0')
		return sc_fail_client(e, SC_ERR_MALFORMED, "missing ott");
	if (parse_serial(rq->serial, serial) != 0)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "'%.128s' is not the serial number of an SSH certificate",
		    rq->serial);
	return 0;
}

/* Type and end of the certificate, as far as the store knows it. */
static int
look_up(struct sc_authority *ca, struct sc_store_revocation *rev,
    struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_store_found found;
	int r;

	r = sc_store_get_cert(
	    ca->store, SC_STORE_SSH_USER, rev->serial, &found, &why);
	if (r == 0) {
		rev->form = found.form;
		rev->not_after = found.not_after;
		sc_store_found_clear(&found);
	} else if (r != SC_ERR_NOT_FOUND) {
		*e = why;
		return r;
	}
	return 0;
}

/* An honest caller may know what the store says of it. */
static int
explain(int r, const char *serial, struct sc_error *e)
{
	if (r == SC_ERR_REPLAYED)
		sc_error_client(e, "the token was already used");
	else if (r == SC_ERR_REVOKED)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "certificate with serial number '%s' is already revoked",
		    serial);
	return r;
}

static int
record(struct sc_authority *ca, const struct sc_revoke_request *rq,
    uint64_t serial, const struct sc_store_spend *spend,
    struct sc_store_origin *who, int64_t now, struct sc_error *e)
{
	uint8_t bytes[8];
	struct sc_store_revocation rev = {
	    .form = SC_STORE_SSH_USER,
	    .serial = sc_ssh_store_serial(serial, bytes),
	    .reason_code = (int)rq->reason_code,
	    .reason = rq->reason,
	};
	int r;

	who->request_id = rq->request_id;
	who->peer = rq->peer;
	if ((r = look_up(ca, &rev, e)) != 0)
		return r;
	return explain(
	    sc_store_revoke(ca->store, spend->token_id != NULL ? spend : NULL,
		&rev, who, now, e),
	    rq->serial, e);
}

static int
check_subject(const char *serial, const char *subject, struct sc_error *e)
{
	if (sc_streq(serial, subject))
		return 0;
	return sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "request serial number \"%s\" and token subject \"%.128s\" do "
	    "not match",
	    serial, subject);
}

/* The certificate revokes itself; takes over token. */
static int
by_certificate(struct sc_authority *ca, const struct sc_revoke_request *rq,
    uint64_t serial, struct sc_token *token, int64_t now, struct sc_error *e)
{
	struct sc_ssh_pop p = {0};
	struct sc_store_spend spend;
	struct sc_store_origin who;
	int r;

	r = sc_ssh_pop_open(ca, token, SC_OP_SSH_REVOKE, now, &p, e);
	if (r != 0)
		return r;
	if ((r = sc_ssh_cert_check_time(p.cert, now, e)) != 0 ||
	    (r = check_subject(rq->serial, p.token->sub, e)) != 0)
		goto out;
	spend = (struct sc_store_spend){p.token->id,
	    p.token->exp != 0 ? p.token->exp + SC_TOKEN_LEEWAY : 0};
	who = (struct sc_store_origin){
	    .provisioner_id = p.provisioner->id,
	    .provisioner_name = p.provisioner->name,
	    .provisioner_type = p.provisioner->type->name,
	    .subject = p.cert->key_id,
	};
	r = record(ca, rq, serial, &spend, &who, now, e);
out:
	sc_ssh_pop_clear(&p);
	return r;
}

static int
by_provisioner(struct sc_authority *ca, const struct sc_revoke_request *rq,
    uint64_t serial, const struct sc_token *token, int64_t now,
    struct sc_error *e)
{
	struct sc_grant g = {0};
	struct sc_store_spend spend;
	struct sc_store_origin who;
	int r;

	if ((r = sc_provisioners_authorize_ssh_revoke(
		 ca->provisioners, token, now, &g, e)) != 0 ||
	    (r = check_subject(rq->serial, g.subject, e)) != 0)
		goto out;
	spend = (struct sc_store_spend){g.spend_id, g.spend_expires};
	who = (struct sc_store_origin){
	    .provisioner_id = g.provisioner_id,
	    .provisioner_name = g.provisioner_name,
	    .provisioner_type = g.provisioner_type,
	    .subject = g.subject,
	};
	r = record(ca, rq, serial, &spend, &who, now, e);
out:
	sc_grant_clear(&g);
	return r;
}

int
sc_authority_ssh_revoke(struct sc_authority *ca,
    const struct sc_revoke_request *rq, int64_t now,
    struct sc_revoke_info *info, struct sc_error *e)
{
	struct sc_token *token = NULL;
	uint64_t serial;
	int r;

	*info = (struct sc_revoke_info){0};
	if ((r = read_target(rq, &serial, e)) != 0)
		return r;
	(void)snprintf(info->serial, sizeof(info->serial), "%s", rq->serial);
	if ((r = sc_token_parse(rq->ott, &token, e)) != 0)
		return r;
	(void)snprintf(
	    info->provisioner, sizeof(info->provisioner), "%s", token->iss);
	(void)snprintf(info->subject, sizeof(info->subject), "%s", token->sub);
	if (sc_ssh_pop_is(ca, token))
		return by_certificate(ca, rq, serial, token, now, e);
	r = by_provisioner(ca, rq, serial, token, now, e);
	sc_token_free(token);
	return r;
}
