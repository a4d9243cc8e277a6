#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/constraints.h"
#include "authority/internal.h"
#include "authority/leaf.h"
#include "authority/record.h"
#include "authority/request_check.h"
#include "authority/sign.h"
#include "authority/sign_internal.h"
#include "authority/validity.h"
#include "authority/webhooks.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "config/policy.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "provisioner/webhook.h"
#include "store/store.h"

int
sc_sign_record(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_issued *made, int64_t now,
    struct sc_error *e)
{
	const struct sc_issuance i = {
	    .kind = SC_STORE_ISSUE,
	    .spend_id = g->spend_id,
	    .spend_expires = g->spend_expires,
	    .who =
		{
		    .request_id = rq->request_id,
		    .peer = rq->peer,
		    .provisioner_id = g->provisioner_id,
		    .provisioner_name = g->provisioner_name,
		    .provisioner_type = g->provisioner_type,
		    .subject = g->subject,
		},
	    .names = &made->names,
	};

	return sc_authority_record(ca, &i, made->cert, now, e);
}

static bool
only_own_names(const struct sc_config *c, const struct sc_leaf *l)
{
	size_t i;

	for (i = 0; i < l->names.n; i++)
		if (!sc_strlist_has(&c->dns_names, l->names.v[i].value))
			return false;
	return l->names.n > 0 &&
	    sc_strlist_has(&c->dns_names, l->plan.subject.common_name);
}

/* May these names be in a certificate? */
static int
check_allowed(const struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_leaf *l, struct sc_error *e)
{
	const char *cn = l->plan.subject.common_name;
	const struct sc_sans *names = &l->names;
	int r;

	if ((r = sc_authority_check_constraints(ca, &l->plan, names, cn, e)) !=
		0 ||
	    (rq->own_names && only_own_names(ca->config, l)) ||
	    (r = sc_policy_check_x509(ca->config->policy, names, cn, e)) != 0)
		return r;
	return sc_policy_check_x509(g->policy, names, cn, e);
}

/* What the request asks for, else what the template says, else the default. */
static int
resolve_period(const struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_leaf *l, int64_t now,
    struct sc_validity *v, struct sc_error *e)
{
	struct sc_validity credential;
	const bool bound =
	    sc_grant_period(g, &credential.not_before, &credential.not_after);

	return sc_validity_resolve(rq->not_before.kind != SC_TS_UNSET
		? &rq->not_before
		: &l->not_before,
	    rq->not_after.kind != SC_TS_UNSET ? &rq->not_after : &l->not_after,
	    &g->claims, ca->config->backdate,
	    sc_cert_not_after(sc_issuer_cert(ca->issuer)),
	    bound ? &credential : NULL, now, v, e);
}

void
sc_issued_clear(struct sc_issued *i)
{
	sc_cert_free(i->cert);
	sc_sans_clear(&i->names);
	*i = (struct sc_issued){0};
}

int
sc_sign_build(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_validity *v, int64_t now,
    struct sc_issued *out, struct sc_error *e)
{
	struct sc_leaf leaf = {0};
	struct sc_validity own;
	struct sc_hooks hooks;
	int r;

	*out = (struct sc_issued){0};
	sc_hooks_init(&hooks, ca, g, SC_WEBHOOK_X509, rq->request_id);
	if ((r = sc_authority_check_credential(ca, g->credential, e)) != 0 ||
	    (r = sc_request_check(rq->csr, g, e)) != 0 ||
	    (r = sc_authority_check_key(ca, rq->csr->key, e)) != 0 ||
	    (r = sc_leaf_plan(&leaf, ca->config, g, rq->csr, rq->template_data,
		 &hooks, e)) != 0)
		goto out;
	if (v == NULL) {
		if ((r = resolve_period(ca, rq, g, &leaf, now, &own, e)) != 0)
			goto out;
		v = &own;
	}
	if ((r = check_allowed(ca, rq, g, &leaf, e)) != 0 ||
	    (r = sc_authority_check_unspent(ca, g->spend_id, e)) != 0)
		goto out;
	leaf.plan.not_before = v->not_before;
	leaf.plan.not_after = v->not_after;
	if ((r = sc_hooks_authorize_x509(&hooks, &leaf, rq->csr->key, e)) != 0)
		goto out;
	r = sc_cert_build(&leaf.plan, rq->csr->key, ca->issuer, &out->cert, e);
	/* Its mistakes are the template's. */
	if (r == SC_ERR_MALFORMED && g->template != NULL && e != NULL) {
		e->client[0] = '\0';
		r = e->code = SC_ERR_INTERNAL;
	}
	if (r == 0) {
		out->names = leaf.names;
		leaf.names = (struct sc_sans){0}; /* transferred */
	}
out:
	sc_leaf_clear(&leaf);
	sc_hooks_clear(&hooks);
	return r;
}

/* The whole way for a grant. */
static int
issue(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, int64_t now, struct sc_cert **out,
    struct sc_error *e)
{
	struct sc_issued made;
	int r = sc_sign_build(ca, rq, g, NULL, now, &made, e);

	if (r == 0 && (r = sc_sign_record(ca, rq, g, &made, now, e)) == 0) {
		*out = made.cert;
		made.cert = NULL; /* transferred */
	}
	sc_issued_clear(&made);
	return r;
}

int
sc_authority_sign(struct sc_authority *ca, const struct sc_sign_request *rq,
    int64_t now, struct sc_cert **out, struct sc_sign_info *info,
    struct sc_error *e)
{
	struct sc_token *token = NULL;
	struct sc_grant grant = {0};
	int r;

	*out = NULL;
	*info = (struct sc_sign_info){0};
	if ((r = sc_token_parse(rq->ott, &token, e)) != 0)
		goto out;
	(void)snprintf(
	    info->provisioner, sizeof(info->provisioner), "%s", token->iss);
	(void)snprintf(info->subject, sizeof(info->subject), "%s", token->sub);
	if ((r = sc_provisioners_authorize_sign(
		 ca->provisioners, token, now, &grant, e)) != 0 ||
	    (r = issue(ca, rq, &grant, now, out, e)) != 0)
		goto out;
	sc_sign_info_serial(info, *out);
out:
	sc_grant_clear(&grant);
	sc_token_free(token);
	return r;
}

int
sc_sign_put_pem(struct sc_buf *out, const struct sc_cert *c)
{
	char *pem = NULL;
	int r;

	if (sc_cert_to_pem(c, &pem) != 0)
		return SC_ERR_NOMEM;
	r = sc_json_put_string(out, pem, strlen(pem));
	free(pem);
	return r;
}

/* {"crt":LEAF,"ca":...,"certChain":[LEAF...: what is around both LEAFs. */
static int
make_chain_json(struct sc_authority *ca)
{
	struct sc_buf *middle = sc_buf_new(SC_MAX_RESPONSE);
	struct sc_buf *tail = sc_buf_new(SC_MAX_RESPONSE);
	size_t i;

	(void)sc_buf_puts(middle, ",\"ca\":");
	(void)sc_sign_put_pem(middle, ca->intermediates.v[0]);
	(void)sc_buf_puts(middle, ",\"certChain\":[");
	for (i = 0; i < ca->intermediates.n; i++) {
		(void)sc_buf_putc(tail, ',');
		(void)sc_sign_put_pem(tail, ca->intermediates.v[i]);
	}
	(void)sc_buf_puts(tail, "],\"tlsOptions\":");
	(void)sc_json_put(tail, ca->config->tls, NULL);
	(void)sc_buf_putc(tail, '}');
	if (sc_buf_error(middle) != 0 || sc_buf_error(tail) != 0) {
		sc_buf_free(middle);
		sc_buf_free(tail);
		return SC_ERR_NOMEM;
	}
	ca->chain_middle_json = sc_buf_steal(middle, NULL);
	ca->chain_tail_json = sc_buf_steal(tail, NULL);
	return 0;
}

int
sc_authority_sign_json(struct sc_authority *ca, const struct sc_cert *leaf,
    struct sc_buf *out, struct sc_error *e)
{
	struct sc_buf *pem = sc_buf_new(SC_MAX_RESPONSE);
	int r;

	if (ca->chain_tail_json == NULL && make_chain_json(ca) != 0) {
		sc_buf_free(pem);
		return sc_fail_nomem(e);
	}
	(void)sc_sign_put_pem(pem, leaf);
	(void)sc_buf_puts(out, "{\"crt\":");
	(void)sc_buf_put(out, sc_buf_data(pem), sc_buf_len(pem));
	(void)sc_buf_puts(out, ca->chain_middle_json);
	(void)sc_buf_put(out, sc_buf_data(pem), sc_buf_len(pem));
	(void)sc_buf_puts(out, ca->chain_tail_json);
	if ((r = sc_buf_error(pem)) == 0)
		r = sc_buf_error(out);
	sc_buf_free(pem);
	if (r != 0)
		return sc_fail(e, r, "cannot build the response");
	return 0;
}
