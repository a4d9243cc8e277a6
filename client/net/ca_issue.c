#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_issue.h"
#include "client/net/token.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
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

/* Key and chain, which nobody but us decides on. */
static int
check_made(const struct sc_certs *chain, const struct sc_csr *csr,
    const struct sc_certs *roots, struct sc_error *e)
{
	int r;

	if (chain->n == 0)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, MISMATCH "no certificate");
	r = check_key(chain->v[0], csr, e);
	return r != 0 ? r : check_chain(chain, roots, e);
}

int
sc_issue_check(const struct sc_certs *chain, const struct sc_csr *csr,
    const struct sc_certs *roots, struct sc_error *e)
{
	int r;

	r = check_made(chain, csr, roots, e);
	return r != 0 ? r : check_names(chain->v[0], csr, e);
}

static bool
is_text(struct json_object *v, const char *s)
{
	return json_object_is_type(v, json_type_string) &&
	    sc_streq(json_object_get_string(v), s);
}

/* Of a token; aud may be one or several. */
static bool
is_for(struct json_object *claims, const char *audience)
{
	struct json_object *aud = sc_json_member_exact(claims, "aud");
	size_t i;

	if (!json_object_is_type(aud, json_type_array))
		return is_text(aud, audience);
	for (i = 0; i < json_object_array_length(aud); i++)
		if (is_text(json_object_array_get_idx(aud, i), audience))
			return true;
	return false;
}

static bool
has_template(struct json_object *p)
{
	struct json_object *o = sc_json_member(p, "options"), *x509;

	x509 = o != NULL ? sc_json_member(o, "x509") : NULL;
	return x509 != NULL &&
	    (sc_json_member(x509, "template") != NULL ||
		sc_json_member(x509, "templateFile") != NULL);
}

static bool
decides(struct json_object *p, struct json_object *claims)
{
	const char *type = NULL, *name = NULL, *client = NULL;

	if (sc_json_get_string(p, "type", &type, NULL) != 0 ||
	    sc_json_get_string(p, "name", &name, NULL) != 0 ||
	    sc_json_get_string(p, "clientID", &client, NULL) != 0 ||
	    type == NULL || name == NULL)
		return false;
	if (sc_strcaseeq(type, "OIDC"))
		return client != NULL && is_for(claims, client);
	return has_template(p) &&
	    is_text(sc_json_member_exact(claims, "iss"), name);
}

/* Does the token's provisioner decide on the names? */
static bool
names_are_granted(struct json_object *provisioners, const char *token)
{
	struct json_object *claims = NULL;
	bool found = false;
	size_t i;

	if (provisioners == NULL ||
	    sc_token_read_claims(token, &claims, NULL) != 0)
		return false;
	for (i = 0; !found && i < json_object_array_length(provisioners); i++)
		found =
		    decides(json_object_array_get_idx(provisioners, i), claims);
	json_object_put(claims);
	return found;
}

/* What check_names has found is told where the provisioner decides on it. */
static int
judge_names(struct json_object *provisioners, const char *token, int found,
    const struct sc_error *e)
{
	if (!names_are_granted(provisioners, token))
		return found;
	sc_ui_info("Other names than asked for, as the provisioner decides: %s",
	    e->msg + strlen(MISMATCH));
	return 0;
}

int
sc_issue_check_granted(const struct sc_certs *chain, const struct sc_issue *q,
    const struct sc_certs *roots, struct json_object *provisioners,
    struct sc_error *e)
{
	int r = check_made(chain, q->csr, roots, e);

	if (r != 0 || (r = check_names(chain->v[0], q->csr, e)) == 0)
		return r;
	return judge_names(provisioners, q->token, r, e);
}

/* The list is only asked for when something is odd. */
static int
check_answer(struct sc_ca *ca, const struct sc_issue *q,
    const struct sc_certs *chain, struct sc_error *e)
{
	struct json_object *list = NULL;
	int r = check_made(chain, q->csr, sc_ca_roots(ca), e);

	if (r != 0 || (r = check_names(chain->v[0], q->csr, e)) == 0 ||
	    sc_ca_provisioners(ca, &list, NULL) != 0)
		return r;
	r = judge_names(list, q->token, r, e);
	json_object_put(list);
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
		r = check_answer(ca, q, chain, e);
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
