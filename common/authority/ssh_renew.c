#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority/internal.h"
#include "authority/record.h"
#include "authority/sign.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_pop.h"
#include "authority/ssh_record.h"
#include "authority/ssh_renew.h"
#include "authority/ssh_sign.h"
#include "authority/ssh_validity.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/ca_json.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/provisioner.h"

/* why_not is what the client is told when the store has no record of it. */
static int
check_known(struct sc_authority *ca, const struct sc_ssh_cert *c,
    const char *why_not, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_store_found found;
	uint8_t bytes[8];
	int r;

	r = sc_store_get_cert(ca->store, SC_STORE_SSH_HOST,
	    sc_ssh_store_serial(c->serial, bytes), &found, &why);
	if (r == SC_ERR_NOT_FOUND)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED, "%s", why_not);
	if (r != 0) {
		*e = why;
		return r;
	}
	sc_store_found_clear(&found);
	return 0;
}

static int
check_time(struct sc_authority *ca, const struct sc_ssh_pop *p, bool rekey,
    int64_t now, struct sc_error *e)
{
	const struct sc_claims *claims = &p->provisioner->claims;
	char claim[SC_CLAIM_TEXT_MAX];
	int r = sc_ssh_cert_check_time(p->cert, now, e);

	if (r != SC_ERR_EXPIRED)
		return r;
	if (!rekey && !claims->on[SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY]) {
		sc_claim_switch_text(
		    claims, SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY, claim);
		(void)sc_fail(
		    e, SC_ERR_EXPIRED, "certificate has expired (%s)", claim);
	}
	if (rekey || !claims->on[SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY]) {
		sc_error_client(e, "certificate has expired");
		return SC_ERR_EXPIRED;
	}
	/* Its revocation may have been forgotten with it. */
	return check_known(
	    ca, p->cert, "certificate has expired and is not known", e);
}

/* Where its provisioner does not renew what the store does not know. */
static int
check_record(
    struct sc_authority *ca, const struct sc_ssh_pop *p, struct sc_error *e)
{
	const struct sc_claims *claims = &p->provisioner->claims;
	char text[SC_CLAIM_TEXT_MAX + 64], claim[SC_CLAIM_TEXT_MAX];

	if (!claims->on[SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN])
		return 0;
	sc_claim_switch_text(
	    claims, SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN, claim);
	snprintf(text, sizeof text,
	    "this authority has no record of the certificate (%s)", claim);
	return check_known(ca, p->cert, text, e);
}

static int
check_old(struct sc_authority *ca, const struct sc_ssh_pop *p, bool rekey,
    int64_t now, struct sc_error *e)
{
	char claim[SC_CLAIM_TEXT_MAX];
	int r;

	if (p->cert->type != SC_SSH_HOST)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "sshpop certificate must be a host ssh certificate");
	if (p->provisioner->claims.on[SC_CLAIM_DISABLE_RENEWAL]) {
		sc_claim_switch_text(
		    &p->provisioner->claims, SC_CLAIM_DISABLE_RENEWAL, claim);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "renewal is disabled for provisioner \"%.128s\" (%s)",
		    p->provisioner->name, claim);
	}
	if ((r = sc_ssh_check_revoked(ca, p->cert, e)) != 0 ||
	    (r = check_record(ca, p, e)) != 0)
		return r;
	return check_time(ca, p, rekey, now, e);
}

/* Only with another key. */
static int
check_new_key(struct sc_authority *ca, const struct sc_ssh_cert *old,
    const struct sc_ssh_key *key, struct sc_error *e)
{
	int r;

	if ((r = sc_ssh_key_check(key, e)) != 0 ||
	    (r = sc_authority_ssh_check_key(ca, key, e)) != 0)
		return r;
	if (sc_key_same_public(
		sc_ssh_key_public(key), sc_ssh_key_public(old->key)))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "the public key is the key of the certificate: "
		    "/ssh/renew keeps it");
	return 0;
}

static int
copy_options(struct sc_ssh_options *to, const struct sc_ssh_options *from)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < from->n; i++)
		r = sc_ssh_options_add(to, from->v[i].name, from->v[i].value);
	return r;
}

/* As long as the old one, from now on. */
static int
set_times(const struct sc_ssh_cert *old, int64_t backdate, int64_t now,
    struct sc_ssh_cert *c, struct sc_error *e)
{
	uint64_t life = old->valid_before - old->valid_after;
	uint64_t back = (uint64_t)(backdate / SC_SECOND);

	if (old->valid_after == 0 || old->valid_before == 0 ||
	    old->valid_before == SC_SSH_FOREVER ||
	    old->valid_before <= old->valid_after || life > INT64_MAX / 2)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "cannot renew a certificate without validity period");
	/* A short one is not backdated away. */
	if (back >= life)
		back = 0;
	c->valid_after = (uint64_t)now - back;
	c->valid_before = c->valid_after + life;
	return 0;
}

static int
fill(struct sc_authority *ca, const struct sc_ssh_cert *old,
    const struct sc_ssh_key *key, int64_t now, struct sc_ssh_cert *c,
    struct sc_error *e)
{
	size_t i;
	int r;

	c->type = old->type;
	c->key = sc_ssh_key_dup(key != NULL ? key : old->key);
	if ((c->key_id = sc_strdup(old->key_id)) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < old->principals.n; i++)
		if (sc_strlist_add(&c->principals, old->principals.v[i]) != 0)
			return sc_fail_nomem(e);
	if ((r = copy_options(&c->critical, &old->critical)) != 0 ||
	    (r = copy_options(&c->extensions, &old->extensions)) != 0)
		return sc_fail(e, r, "options of the SSH certificate");
	if ((r = set_times(old, ca->config->backdate, now, c, e)) != 0)
		return r;
	return sc_ssh_serial(&c->serial, e);
}

static int
make(struct sc_authority *ca, const struct sc_ssh_pop *p,
    const struct sc_ssh_key *key, int64_t now, struct sc_ssh_cert **out,
    struct sc_error *e)
{
	struct sc_ssh_cert *c;
	int r;

	if ((r = sc_authority_ssh_can_sign(ca, SC_SSH_HOST, e)) != 0 ||
	    (key != NULL && (r = check_new_key(ca, p->cert, key, e)) != 0))
		return r;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return sc_fail_nomem(e);
	if ((r = fill(ca, p->cert, key, now, c, e)) == 0 &&
	    (key == NULL ||
		(r = sc_ssh_check_duration(c, &p->provisioner->claims,
		     ca->config->backdate, e)) == 0))
		r = sc_authority_ssh_sign_cert(ca, c, e);
	if (r != 0)
		sc_ssh_cert_free(c);
	else
		*out = c;
	return r;
}

static int
record(struct sc_authority *ca, const struct sc_ssh_renew_request *rq,
    const struct sc_ssh_pop *p, const struct sc_ssh_cert *cert, int64_t now,
    struct sc_error *e)
{
	const struct sc_ssh_issuance i = {
	    .kind = rq->key != NULL ? SC_STORE_REKEY : SC_STORE_RENEW,
	    .replaces = p->cert,
	    .spend_id = p->token->id,
	    .spend_expires =
		p->token->exp != 0 ? p->token->exp + SC_TOKEN_LEEWAY : 0,
	    .who =
		{
		    .request_id = rq->request_id,
		    .peer = rq->peer,
		    .provisioner_id = p->provisioner->id,
		    .provisioner_name = p->provisioner->name,
		    .provisioner_type = p->provisioner->type->name,
		    .subject = p->cert->key_id,
		},
	};

	return sc_ssh_record(ca, &i, cert, now, e);
}

int
sc_authority_ssh_renew(struct sc_authority *ca,
    const struct sc_ssh_renew_request *rq, int64_t now,
    struct sc_ssh_issued *out, struct sc_sign_info *info, struct sc_error *e)
{
	enum sc_operation op =
	    rq->key != NULL ? SC_OP_SSH_REKEY : SC_OP_SSH_RENEW;
	struct sc_ssh_pop pop = {0};
	struct sc_token *token = NULL;
	int r;

	*out = (struct sc_ssh_issued){0};
	*info = (struct sc_sign_info){0};
	if ((r = sc_authority_ssh_enabled(ca, e)) != 0 ||
	    (r = sc_token_parse(rq->ott, &token, e)) != 0)
		return r;
	(void)snprintf(
	    info->provisioner, sizeof(info->provisioner), "%s", token->iss);
	if ((r = sc_ssh_pop_open(ca, token, op, now, &pop, e)) != 0)
		return r;
	sc_ssh_note(info, pop.cert);
	if ((r = check_old(ca, &pop, rq->key != NULL, now, e)) != 0 ||
	    (r = sc_authority_check_unspent(ca, pop.token->id, e)) != 0 ||
	    (r = make(ca, &pop, rq->key, now, &out->cert, e)) != 0 ||
	    (r = record(ca, rq, &pop, out->cert, now, e)) != 0)
		goto out;
	sc_ssh_note(info, out->cert);
out:
	if (r != 0)
		sc_ssh_issued_clear(out);
	sc_ssh_pop_clear(&pop);
	return r;
}
