#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_issue.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "client/cli/output.h"
#include "client/net/pem_out.h"

#define MISMATCH "the CA's answer does not match the request: "

static int
check_key(
    const struct sc_cert *leaf, const struct sc_csr *csr, struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	r = sc_cert_key(leaf, &key, e);
	if (r == 0 && !sc_key_same_public(key, csr->key))
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    MISMATCH "the certificate is for another key");
	sc_key_free(key);
	return r;
}

static const struct sc_san *
find_san(const struct sc_sans *l, const struct sc_san *s)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].type == s->type &&
		    (s->type == SC_SAN_DNS
			    ? sc_strcaseeq(l->v[i].value, s->value)
			    : sc_streq(l->v[i].value, s->value)))
			return &l->v[i];
	return NULL;
}

static int
check_names(
    const struct sc_cert *leaf, const struct sc_csr *csr, struct sc_error *e)
{
	struct sc_sans got = {NULL, 0};
	size_t i;
	int r;

	r = sc_cert_sans(leaf, &got, e);
	for (i = 0; r == 0 && i < csr->sans.n; i++)
		if (find_san(&got, &csr->sans.v[i]) == NULL)
			r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
			    MISMATCH "the certificate lacks the name '%s'",
			    csr->sans.v[i].value);
	for (i = 0; r == 0 && i < got.n; i++)
		if (find_san(&csr->sans, &got.v[i]) == NULL)
			r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
			    MISMATCH
			    "the certificate has the name '%s', which was "
			    "not asked for",
			    got.v[i].value);
	sc_sans_clear(&got);
	return r;
}

static int
check_chain(const struct sc_certs *chain, const struct sc_certs *roots,
    struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_certs inter = {NULL, 0};
	int64_t now = sc_clock_now(), from;
	int r;

	/* Valid from a moment that our clock has not reached, or on demand. */
	from = sc_cert_not_before(chain->v[0]);
	if (from > now)
		now = from;
	inter.v = chain->v + 1;
	inter.n = chain->n - 1;
	r = sc_cert_verify(
	    chain->v[0], &inter, roots, SC_EKU_ANY, NULL, now, &why);
	if (r != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    MISMATCH
		    "the certificate does not chain to the root that we "
		    "trust: %s",
		    why.msg);
	return 0;
}

int
sc_issue_check(const struct sc_certs *chain, const struct sc_csr *csr,
    const struct sc_certs *roots, struct sc_error *e)
{
	int r;

	if (chain->n == 0)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, MISMATCH "no certificate");
	r = check_key(chain->v[0], csr, e);
	if (r == 0)
		r = check_names(chain->v[0], csr, e);
	if (r == 0)
		r = check_chain(chain, roots, e);
	return r;
}

static void
put_text(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(
	    o, name, json_object_new_string(s != NULL ? s : ""));
}

int
sc_issue_sign(struct sc_ca *ca, const struct sc_issue *q,
    struct sc_certs *chain, struct sc_error *e)
{
	struct json_object *answer = NULL;
	struct sc_ca_call call;
	int r;

	memset(&call, 0, sizeof(call));
	call.path = "/sign";
	call.body = json_object_new_object();
	if (call.body == NULL)
		return sc_fail_nomem(e);
	put_text(call.body, "csr", q->csr_pem);
	put_text(call.body, "ott", q->token);
	put_text(call.body, "notBefore", q->not_before);
	put_text(call.body, "notAfter", q->not_after);
	if (q->template_data != NULL)
		json_object_object_add(call.body, "templateData",
		    json_object_get(q->template_data));
	r = sc_ca_call(ca, &call, &answer, e);
	json_object_put(call.body);
	if (r == 0) {
		r = sc_ca_chain(answer, chain, e);
		if (r != 0)
			sc_error_prefix(e, "the CA's answer");
	}
	json_object_put(answer);
	if (r == 0)
		r = sc_issue_check(chain, q->csr, sc_ca_roots(ca), e);
	return r;
}

int
sc_issue_save(
    const struct sc_certs *chain, const char *file, struct sc_error *e)
{
	char *pem = NULL;
	int r;

	r = sc_pem_out(chain, &pem, e);
	if (r == 0)
		r = sc_output_put(file, pem, strlen(pem), 0600, e);
	free(pem);
	return r;
}
