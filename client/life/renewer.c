#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_error.h"
#include "client/net/ca_issue.h"
#include "client/life/cert_pair.h"
#include "crypto/csr.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "client/net/pem_out.h"
#include "client/life/renewer.h"
#include "client/net/token.h"
#include "client/cli/ui.h"

#define ISSUER "step-ca-client/1.0"

struct request {
	struct sc_ca *ca;
	const struct sc_pair *old;
	const char *path;
	struct sc_csr *csr; /* NULL to renew */
	struct json_object *body;
};

/* CSR of a new key: no names, those of the old certificate stay. */
static int
make_csr(struct request *q, const struct sc_key *key, struct sc_error *e)
{
	struct sc_sans none = {NULL, 0};
	char *pem = NULL;
	int r;

	r = sc_csr_create(NULL, &none, key, &pem, e);
	if (r == 0)
		r = sc_csr_parse_pem(pem, strlen(pem), &q->csr, e);
	if (r == 0) {
		q->body = json_object_new_object();
		if (q->body == NULL ||
		    json_object_object_add(
			q->body, "csr", json_object_new_string(pem)) != 0)
			r = sc_fail_nomem(e);
	}
	free(pem);
	return r;
}

static int
make_token(const struct request *q, char **out, struct sc_error *e)
{
	struct sc_token_plan t;
	struct sc_jwk *jwk = NULL;
	char *audience, *cnf = NULL;
	int r;

	memset(&t, 0, sizeof(t));
	r = sc_jwk_from_key(q->old->key, &jwk, e);
	if (r != 0)
		return r;
	audience = sc_asprintf("%s/1.0%s", sc_ca_base(q->ca), q->path);
	/* Who sees the token must not be able to have another key certified. */
	if (q->csr != NULL)
		cnf = sc_b64_encode(SC_B64_URL, q->csr->fingerprint,
		    sizeof(q->csr->fingerprint));
	t.key = jwk;
	t.issuer = ISSUER;
	t.subject = sc_cert_common_name(q->old->chain.v[0]);
	t.audience = audience;
	t.cnf = cnf;
	t.chain = &q->old->chain;
	t.chain_header = "x5cInsecure";
	t.not_before = sc_clock_now();
	t.not_after = t.not_before + SC_TOKEN_SECONDS;
	if (audience == NULL || (q->csr != NULL && cnf == NULL))
		r = sc_fail_nomem(e);
	else
		r = sc_token_make(&t, out, e);
	free(audience);
	free(cnf);
	sc_jwk_free(jwk);
	return r;
}

static int
send_token(
    const struct request *q, struct json_object **answer, struct sc_error *e)
{
	struct sc_ca_call call;
	char *token = NULL;
	int r;

	memset(&call, 0, sizeof(call));
	r = make_token(q, &token, e);
	if (r != 0)
		return r;
	call.path = q->path;
	call.body = q->body;
	call.bearer = token;
	r = sc_ca_call(q->ca, &call, answer, e);
	sc_free_secret(token);
	return r;
}

static int
send_mtls(
    const struct request *q, struct json_object **answer, struct sc_error *e)
{
	struct sc_ca_call call;
	char *chain = NULL, *key = NULL;
	int r;

	memset(&call, 0, sizeof(call));
	r = sc_pem_out(&q->old->chain, &chain, e);
	if (r == 0)
		r = sc_key_to_pem(q->old->key, NULL, &key, e);
	if (r == 0) {
		call.path = q->path;
		call.body = q->body;
		call.client_cert = chain;
		call.client_key = key;
		r = sc_ca_call(q->ca, &call, answer, e);
	}
	free(chain);
	sc_free_secret(key);
	return r;
}

static int
send(const struct request *q, struct sc_renew_way *way,
    struct json_object **answer, struct sc_error *e)
{
	struct sc_error lost = SC_ERROR_INIT;
	int r;

	if (way->token ||
	    sc_cert_not_after(q->old->chain.v[0]) < sc_clock_now())
		return send_token(q, answer, e);
	r = send_mtls(q, answer, &lost);
	if (r == 0 || !sc_ca_lost_cert(&lost)) {
		if (r != 0 && e != NULL)
			*e = lost;
		return r;
	}
	if (!way->told)
		sc_ui_info("The client certificate did not reach the CA (%s); "
			   "a token is sent instead.",
		    sc_ca_words(&lost));
	way->told = true;
	r = send_token(q, answer, e);
	if (r == 0)
		way->token = true;
	return r;
}

/* As the answer to a request for the same names. */
static int
check(const struct request *q, const struct sc_certs *chain, struct sc_error *e)
{
	struct sc_csr same;
	int r;

	memset(&same, 0, sizeof(same));
	same.key = q->csr != NULL ? q->csr->key : q->old->key;
	r = sc_cert_sans(q->old->chain.v[0], &same.sans, e);
	if (r == 0)
		r = sc_issue_check(chain, &same, sc_ca_roots(q->ca), e);
	sc_sans_clear(&same.sans);
	return r;
}

int
sc_renewer_ask(struct sc_ca *ca, struct sc_renew_way *way,
    const struct sc_pair *old, const struct sc_key *key, struct sc_certs *chain,
    struct sc_error *e)
{
	struct request q = {ca, old, "/renew", NULL, NULL};
	struct json_object *answer = NULL;
	int r = 0;

	if (key != NULL) {
		q.path = "/rekey";
		r = make_csr(&q, key, e);
	}
	if (r == 0)
		r = send(&q, way, &answer, e);
	if (r == 0)
		r = sc_ca_chain(answer, chain, e);
	if (r == 0)
		r = check(&q, chain, e);
	if (r != 0 && e != NULL && !sc_ca_refused(e))
		sc_error_prefix(e, "error %s certificate",
		    key != NULL ? "rekeying" : "renewing");
	json_object_put(answer);
	json_object_put(q.body);
	sc_csr_free(q.csr);
	return r;
}
