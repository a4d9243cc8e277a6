/*
 * The Nebula provisioner: tokens signed with the key of a host's certificate
 * of that network, for the names and addresses that it has there (tokens.md
 * section 12 of the wire contract).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "crypto/jws.h"
#include "crypto/key_build.h"
#include "crypto/nebula.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

static int
nebula_init(struct sc_provisioner *p, struct sc_error *e)
{
	char *pem;
	size_t n;
	int r;

	if ((r = sc_provisioner_pem(p, "roots", &pem, &n, e)) != 0)
		return r;
	if ((r = sc_nebula_roots_from_pem(pem, &p->nebula_roots, e)) != 0)
		sc_error_prefix(e, "roots");
	free(pem);
	return r;
}

/* --- the token --------------------------------------------------------- */

/* Whatever is wrong with a credential, it is none. */
static int
no_credential(int r, struct sc_error *e)
{
	if (r == 0 || r == SC_ERR_NOMEM || r == SC_ERR_EXPIRED)
		return r;
	if (e != NULL)
		e->code = SC_ERR_UNAUTHENTICATED;
	return SC_ERR_UNAUTHENTICATED;
}

static int
read_cert(
    const struct sc_token *t, struct sc_nebula_cert **out, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(t->jws->header, "nebula");
	uint8_t *raw = NULL;
	size_t n;
	int r;

	if (v == NULL || !json_object_is_type(v, json_type_string) ||
	    sc_b64_decode(SC_B64_STD, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &raw, &n) != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token without a certificate in its header nebula");
	r = no_credential(sc_nebula_cert_parse(raw, n, out, e), e);
	free(raw);
	return r;
}

static int
verify(const struct sc_nebula_cert *c, const struct sc_token *t,
    struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	if (!c->p256)
		return sc_jws_verify_xeddsa(t->jws, c->public_key, e);
	r = no_credential(sc_key_from_ec(sc_curve_by_name("P-256"),
			      c->public_key, c->public_key_len, NULL, &key, e),
	    e);
	if (r == 0)
		r = sc_jws_verify(t->jws, key, sc_jws_algs_for_key(key), e);
	sc_key_free(key);
	return r;
}

static int
not_its_name(const struct sc_nebula_cert *c, const char *what, const char *got,
    struct sc_error *e)
{
	return sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "%s \"%.128s\" is neither the name nor an address of the nebula "
	    "certificate of \"%.128s\"",
	    what, got, c->name);
}

/* On success the grant has the certificate. */
static int
check_token(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, enum sc_operation op, int64_t now,
    struct sc_grant *g, struct sc_error *e)
{
	struct sc_nebula_cert *c;
	int r;

	if ((r = read_cert(t, &g->nebula, e)) != 0)
		return r;
	c = g->nebula;
	if ((r = sc_nebula_cert_verify(c, &p->nebula_roots, now, e)) != 0 ||
	    (r = verify(c, t, e)) != 0 ||
	    (r = sc_token_check_claims(p->name, t, now, e)) != 0 ||
	    (r = sc_token_check_audience(aud, op, p->id, t, e)) != 0)
		return r;
	if (!sc_nebula_cert_names(c, t->sub))
		return not_its_name(c, "the token's subject", t->sub, e);
	return sc_grant_credential(g, t, e);
}

/* --- X.509 ------------------------------------------------------------- */

/* All that the certificate has, unless the token names some of it. */
static int
grant_names(struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *sans =
	    sc_json_member_exact(sc_token_claims(t), "sans");
	const struct sc_nebula_cert *c = g->nebula;
	char ip[SC_NEBULA_NET_TEXT];
	size_t i;
	int r;

	if (sans != NULL &&
	    (!json_object_is_type(sans, json_type_array) ||
		json_object_array_length(sans) > 0)) {
		if ((r = sc_grant_names(g, t, e)) != 0)
			return r;
		for (i = 0; i < g->sans.n; i++)
			if (!sc_nebula_cert_names(c, g->sans.v[i].value))
				return not_its_name(c, "the token's name",
				    g->sans.v[i].value, e);
		return 0;
	}
	r = sc_sans_add_auto(&g->sans, c->name, e);
	for (i = 0; r == 0 && i < c->networks.n; i++) {
		sc_nebula_net_address(&c->networks.v[i], ip);
		r = sc_sans_add(&g->sans, SC_SAN_IP, ip, e);
	}
	return r;
}

static int
grant_x509(struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	int r;

	if ((r = grant_names(g, t, e)) != 0 ||
	    (r = sc_grant_confirmation(g, t, e)) != 0)
		return r;
	g->some_ips = true;
	g->ext_credential_id = sc_strdup("");
	return g->ext_credential_id == NULL ? sc_fail_nomem(e) : 0;
}

static int
nebula_authorize_identity(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r = check_token(p, aud, t, SC_OP_SIGN, now, out, e);

	return r != 0 ? r : grant_x509(out, t, e);
}

static int
nebula_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	int r = nebula_authorize_identity(p, aud, t, now, out, e);

	return r != 0 ? r : sc_token_refuse_ssh(t, e);
}

/* --- SSH --------------------------------------------------------------- */

static int
grant_all(struct sc_ssh_grant *g, struct sc_error *e)
{
	const struct sc_nebula_cert *c = g->common.nebula;
	char ip[SC_NEBULA_NET_TEXT];
	size_t i;

	sc_strlist_clear(&g->principals);
	if (c->name[0] != '\0' && sc_strlist_add(&g->principals, c->name) != 0)
		return sc_fail_nomem(e);
	for (i = 0; i < c->networks.n; i++) {
		sc_nebula_net_address(&c->networks.v[i], ip);
		if (sc_strlist_add(&g->principals, ip) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
check_principals(const struct sc_ssh_grant *g, struct sc_error *e)
{
	const struct sc_nebula_cert *c = g->common.nebula;
	size_t i;

	for (i = 0; i < g->principals.n; i++)
		if (!sc_nebula_cert_names(c, g->principals.v[i]))
			return not_its_name(
			    c, "the token's principal", g->principals.v[i], e);
	return 0;
}

/* Only hosts: what a person is called is no matter of that network. */
static int
grant_ssh(struct sc_ssh_grant *g, const struct sc_token *t, struct sc_error *e)
{
	/* Such a token need not have it. */
	struct json_object *claim = sc_token_ssh(t), *list;
	const char *type = NULL;
	int r;

	if (claim == NULL) {
		g->type = SC_SSH_HOST;
		g->key_id = sc_strdup(t->sub);
		return g->key_id == NULL ? sc_fail_nomem(e) : grant_all(g, e);
	}
	if ((r = sc_ssh_grant_claims(g, t, e)) != 0)
		return r;
	/* Of what a token of any type leaves out, a user is made there. */
	(void)sc_json_get_string(claim, "certType", &type, NULL);
	if (type != NULL && sc_streq(type, "user"))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh certificate type does not match - got user, want "
		    "host");
	g->type = SC_SSH_HOST;
	list = sc_json_member_exact(claim, "principals");
	return list == NULL || json_object_array_length(list) == 0
	    ? grant_all(g, e)
	    : check_principals(g, e);
}

static int
nebula_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	int r = check_token(p, aud, t, SC_OP_SSH_SIGN, now, &out->common, e);

	return r != 0 ? r : grant_ssh(out, t, e);
}

const struct sc_provisioner_type sc_provisioner_nebula = {
    .name = "Nebula",
    .number = 11,
    .id_prefix = "nebula/",
    .token_flow = true,
    .init = nebula_init,
    .authorize_sign = nebula_authorize_sign,
    .authorize_identity = nebula_authorize_identity,
    .authorize_ssh_sign = nebula_authorize_ssh_sign,
};
