#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "authority/internal.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_pop.h"
#include "authority/ssh_record.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/jws.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/provisioner.h"
#include "provisioner/token.h"
#include "store/store.h"

#define HEADER "sshpop"

void
sc_ssh_pop_clear(struct sc_ssh_pop *p)
{
	sc_token_free(p->token);
	sc_ssh_cert_free(p->cert);
	*p = (struct sc_ssh_pop){0};
}

int
sc_ssh_pop_is(const struct sc_authority *ca, const struct sc_token *token)
{
	const struct sc_provisioner *p;

	return sc_provisioners_find(ca->provisioners, token, &p, NULL) == 0 &&
	    p->type->ssh_pop;
}

static int
read_cert(
    const struct sc_token *t, struct sc_ssh_cert **out, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(t->jws->header, HEADER);
	uint8_t *blob = NULL;
	size_t n;
	int r;

	if (v == NULL || !json_object_is_type(v, json_type_string) ||
	    sc_b64_decode(SC_B64_STD, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &blob, &n) != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token without a certificate in its header " HEADER);
	r = sc_ssh_cert_parse(blob, n, out, e);
	free(blob);
	if (r == 0 || r == SC_ERR_NOMEM)
		return r;
	/* A malformed credential is no credential: 401, not 400. */
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "token header " HEADER ": not an SSH certificate");
}

/* Signed by us, as a certificate of its type. */
static int
check_signature(const struct sc_authority *ca, const struct sc_ssh_cert *c,
    struct sc_error *e)
{
	const struct sc_ssh_key *k;
	size_t i;

	for (i = 0; (k = sc_authority_ssh_trusted(ca, c->type, i)) != NULL; i++)
		if (sc_ssh_key_same(k, c->signer))
			return sc_ssh_cert_verify(c, k, e);
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "SSH certificate was not signed by this authority for its type");
}

static int
check_token(const struct sc_authority *ca, const struct sc_ssh_pop *p,
    enum sc_operation op, int64_t now, struct sc_error *e)
{
	const struct sc_token *t = p->token;
	const struct sc_key *key = sc_ssh_key_public(p->cert->key);
	int r;

	/* A token that holds keys signs challenges of its own, no JWS. */
	if (sc_ssh_key_application(p->cert->key) != NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "keys in security keys cannot sign tokens");
	r = sc_jws_verify(t->jws, key, sc_jws_algs_for_key(key), e);
	if (r != 0)
		return r;
	if (!sc_streq(t->iss, p->provisioner->name))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token issuer \"%.128s\" is not provisioner \"%s\"", t->iss,
		    p->provisioner->name);
	r = sc_jwt_check_times(sc_token_claims(t), now, SC_TOKEN_LEEWAY, e);
	if (r != 0)
		return r;
	if (!sc_provisioners_audience_for(
		ca->provisioners, p->provisioner, op, t))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's audience (aud) is not this operation of "
		    "this CA");
	return 0;
}

static int
check_subject(const struct sc_ssh_pop *p, struct sc_error *e)
{
	char serial[32];

	(void)snprintf(serial, sizeof(serial), "%llu",
	    (unsigned long long)p->cert->serial);
	if (p->token->sub[0] == '\0')
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's subject (sub) is empty");
	if (!sc_streq(p->token->sub, serial))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "token subject \"%.128s\" and sshpop certificate serial "
		    "number \"%s\" do not match",
		    p->token->sub, serial);
	return 0;
}

int
sc_ssh_pop_open(struct sc_authority *ca, struct sc_token *token,
    enum sc_operation op, int64_t now, struct sc_ssh_pop *out,
    struct sc_error *e)
{
	int r;

	*out = (struct sc_ssh_pop){.token = token};
	r = sc_provisioners_find(ca->provisioners, token, &out->provisioner, e);
	if (r == 0 && !out->provisioner->type->ssh_pop)
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%s\" of type %s cannot do that",
		    out->provisioner->name, out->provisioner->type->name);
	if (r == 0 && (r = read_cert(token, &out->cert, e)) == 0 &&
	    (r = check_signature(ca, out->cert, e)) == 0 &&
	    (r = check_token(ca, out, op, now, e)) == 0)
		r = check_subject(out, e);
	if (r != 0)
		sc_ssh_pop_clear(out);
	return r;
}

int
sc_ssh_check_revoked(
    struct sc_authority *ca, const struct sc_ssh_cert *cert, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	uint8_t bytes[8];
	int r;

	if (sc_strlist_has(&ca->config->ssh.revoked_key_ids, cert->key_id))
		return sc_fail_client(
		    e, SC_ERR_REVOKED, "certificate is revoked");
	if (cert->serial == 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "SSH certificate without a serial number");
	r = sc_store_get_revoked(ca->store, SC_STORE_SSH_HOST,
	    sc_ssh_store_serial(cert->serial, bytes), NULL, &why);
	if (r == SC_ERR_NOT_FOUND)
		return 0;
	if (r == 0)
		return sc_fail_client(
		    e, SC_ERR_REVOKED, "certificate is revoked");
	*e = why;
	return r;
}
