#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/constraints.h"
#include "authority/internal.h"
#include "authority/record.h"
#include "authority/request_check.h"
#include "authority/sign.h"
#include "authority/sign_internal.h"
#include "authority/validity.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "config/policy.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "crypto/ocsp.h"
#include "provisioner/provisioner.h"
#include "store/store.h"

static int
copy_list(struct sc_strlist *to, const struct sc_strlist *from)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < from->n; i++)
		r = sc_strlist_add(to, from->v[i]);
	return r;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* Subject: the grant's common name, then what authority.template adds. */
static int
plan_subject(struct sc_cert_plan *p, const struct sc_grant *g,
    const struct sc_name *t, struct sc_error *e)
{
	struct sc_name *s = &p->subject;

	s->common_name = sc_strdup(
	    g->subject[0] != '\0' ? g->subject : or_empty(t->common_name));
	s->serial_number = sc_strdup(or_empty(t->serial_number));
	if (s->common_name == NULL || s->serial_number == NULL ||
	    copy_list(&s->country, &t->country) != 0 ||
	    copy_list(&s->organization, &t->organization) != 0 ||
	    copy_list(&s->organizational_unit, &t->organizational_unit) != 0 ||
	    copy_list(&s->locality, &t->locality) != 0 ||
	    copy_list(&s->province, &t->province) != 0 ||
	    copy_list(&s->street_address, &t->street_address) != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
plan_names(struct sc_cert_plan *p, const struct sc_grant *g, struct sc_error *e)
{
	size_t i;
	int r;

	for (i = 0; i < g->sans.n; i++)
		if ((r = sc_san_check(&g->sans.v[i], e)) != 0 ||
		    (r = sc_sans_add(&p->sans, g->sans.v[i].type,
			 g->sans.v[i].value, e)) != 0)
			return r;
	return 0;
}

static int
plan_provisioner(
    struct sc_cert_plan *p, const struct sc_grant *g, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (g->ext_type == 0)
		return 0;
	if ((r = sc_provisioner_ext_encode(g->ext_type, g->provisioner_name,
		 g->ext_credential_id, &der, &n)) != 0)
		return sc_fail(e, r, "cannot encode the provisioner extension");
	r = sc_cert_plan_add_ext(p, SC_OID_PROVISIONER, false, der, n);
	free(der);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

/* Where to ask whether the leaf is revoked, when that is to be told. */
static int
plan_crl(
    struct sc_cert_plan *p, const struct sc_config_crl *crl, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (!crl->enabled || !crl->add_to_leaves)
		return 0;
	if ((r = sc_crl_distribution_point(crl->url, &der, &n, e)) != 0)
		return r;
	r = sc_cert_plan_add_ext(
	    p, SC_OID_CRL_DISTRIBUTION_POINTS, false, der, n);
	free(der);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

/* Where relying parties ask whether the certificate still holds. */
static int
plan_ocsp(
    struct sc_cert_plan *p, const struct sc_config_ocsp *c, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (!c->enabled || c->urls.n == 0)
		return 0;
	if (sc_ocsp_aia_encode(&c->urls, &der, &n) != 0)
		return sc_fail_nomem(e);
	r = sc_cert_plan_add_ext(
	    p, SC_OID_AUTHORITY_INFO_ACCESS, false, der, n);
	free(der);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

/* The default leaf: nothing in it comes from the request but the key. */
static int
plan_leaf(struct sc_cert_plan *p, const struct sc_grant *g,
    const struct sc_config *config, const struct sc_key *key,
    struct sc_error *e)
{
	int r;

	p->path_len = -1;
	p->key_usage = SC_KU_DIGITAL_SIGNATURE;
	if (sc_key_type(key) == SC_KEY_RSA)
		p->key_usage |= SC_KU_KEY_ENCIPHERMENT;
	if (sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_SERVER_AUTH) != 0 ||
	    sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_CLIENT_AUTH) != 0)
		return sc_fail_nomem(e);
	if ((r = plan_subject(p, g, &config->subject_template, e)) != 0 ||
	    (r = plan_names(p, g, e)) != 0 ||
	    (r = plan_crl(p, &config->crl, e)) != 0 ||
	    (r = plan_ocsp(p, &config->ocsp, e)) != 0)
		return r;
	return plan_provisioner(p, g, e);
}

int
sc_sign_record(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_cert *cert, int64_t now,
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
	    .names = &g->sans,
	};

	return sc_authority_record(ca, &i, cert, now, e);
}

static bool
only_own_names(const struct sc_config *c, const struct sc_cert_plan *p)
{
	size_t i;

	for (i = 0; i < p->sans.n; i++)
		if (!sc_strlist_has(&c->dns_names, p->sans.v[i].value))
			return false;
	return p->sans.n > 0 &&
	    sc_strlist_has(&c->dns_names, p->subject.common_name);
}

/* May these names be in a certificate? */
static int
check_allowed(const struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_cert_plan *p, struct sc_error *e)
{
	const char *cn = p->subject.common_name;
	int r;

	if ((r = sc_authority_check_constraints(ca, p, &p->sans, cn, e)) != 0 ||
	    (rq->own_names && only_own_names(ca->config, p)) ||
	    (r = sc_policy_check_x509(ca->config->policy, &p->sans, cn, e)) !=
		0)
		return r;
	return sc_policy_check_x509(g->policy, &p->sans, cn, e);
}

int
sc_sign_build(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_validity *v, int64_t now,
    struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert_plan plan = {0};
	struct sc_validity own;
	int r;

	*out = NULL;
	if ((r = sc_request_check(rq->csr, g, e)) != 0 ||
	    (r = sc_authority_check_key(ca, rq->csr->key, e)) != 0 ||
	    (r = plan_leaf(&plan, g, ca->config, rq->csr->key, e)) != 0)
		goto out;
	if (v == NULL) {
		r = sc_validity_resolve(&rq->not_before, &rq->not_after,
		    &g->claims, ca->config->backdate,
		    sc_cert_not_after(sc_issuer_cert(ca->issuer)), now, &own,
		    e);
		if (r != 0)
			goto out;
		v = &own;
	}
	if ((r = check_allowed(ca, rq, g, &plan, e)) != 0 ||
	    (r = sc_authority_check_unspent(ca, g->spend_id, e)) != 0)
		goto out;
	plan.not_before = v->not_before;
	plan.not_after = v->not_after;
	r = sc_cert_build(&plan, rq->csr->key, ca->issuer, out, e);
out:
	sc_cert_plan_clear(&plan);
	return r;
}

/* The whole way for a grant. */
static int
issue(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, int64_t now, struct sc_cert **out,
    struct sc_error *e)
{
	int r = sc_sign_build(ca, rq, g, NULL, now, out, e);

	if (r == 0 && (r = sc_sign_record(ca, rq, g, *out, now, e)) != 0) {
		sc_cert_free(*out);
		*out = NULL;
	}
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

/* ,"ca":...,"certChain":[LEAF  is followed by this, the same each time. */
static int
make_chain_tail(struct sc_authority *ca)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_RESPONSE);
	size_t i;

	for (i = 0; i < ca->intermediates.n; i++) {
		(void)sc_buf_putc(b, ',');
		(void)sc_sign_put_pem(b, ca->intermediates.v[i]);
	}
	(void)sc_buf_puts(b, "],\"tlsOptions\":");
	(void)sc_json_put(b, ca->config->tls, NULL);
	(void)sc_buf_putc(b, '}');
	ca->chain_tail_json = sc_buf_steal(b, NULL);
	return ca->chain_tail_json == NULL ? SC_ERR_NOMEM : 0;
}

int
sc_authority_sign_json(struct sc_authority *ca, const struct sc_cert *leaf,
    struct sc_buf *out, struct sc_error *e)
{
	int r = 0;

	if (ca->chain_tail_json == NULL && (r = make_chain_tail(ca)) != 0)
		return sc_fail_nomem(e);
	(void)sc_buf_puts(out, "{\"crt\":");
	(void)sc_sign_put_pem(out, leaf);
	(void)sc_buf_puts(out, ",\"ca\":");
	(void)sc_sign_put_pem(out, ca->intermediates.v[0]);
	(void)sc_buf_puts(out, ",\"certChain\":[");
	(void)sc_sign_put_pem(out, leaf);
	(void)sc_buf_puts(out, ca->chain_tail_json);
	if ((r = sc_buf_error(out)) != 0)
		return sc_fail(e, r, "cannot build the response");
	return 0;
}
