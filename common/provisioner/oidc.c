/*
 * The OIDC provisioner: ID tokens of an identity provider (OpenID Connect
 * Core 1.0; tokens.md section 9 of the wire contract).  Such a token says who
 * asks, and that is what is certified.  Admins may ask for anything.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/url.h"
#include "crypto/jws.h"
#include "provisioner/cert_template.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

/* --- ca.json ------------------------------------------------------------- */

static int
init_keys(struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_jwks_source from = {0};
	const char *endpoint = NULL;
	char *url;
	int r;

	if ((r = sc_json_get_string(
		 p->raw, "configurationEndpoint", &endpoint, e)) != 0 ||
	    (r = sc_json_get_string(p->raw, "tenantID", &from.tenant, e)) != 0)
		return r;
	if (endpoint == NULL || endpoint[0] == '\0')
		return sc_fail(
		    e, SC_ERR_MALFORMED, "configurationEndpoint is missing");
	if (from.tenant != NULL && from.tenant[0] == '\0')
		from.tenant = NULL;
	if ((url = sc_jwks_discovery_url(endpoint)) == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "configurationEndpoint \"%.256s\" is no URL", endpoint);
	from.discovery = url;
	r = sc_jwks_new(&from, &p->jwks, e);
	free(url);
	return r;
}

static int
oidc_init(struct sc_provisioner *p, struct sc_error *e)
{
	const char *id = NULL;
	int r;

	if ((r = sc_json_get_string(p->raw, "clientID", &id, e)) != 0)
		return r;
	if (id == NULL || id[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED, "clientID is missing");
	if ((p->id = sc_strdup(id)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_json_get_strings(p->raw, "admins", &p->admins, e)) != 0 ||
	    (r = sc_json_get_strings(p->raw, "domains", &p->domains, e)) != 0 ||
	    (r = sc_json_get_strings(p->raw, "groups", &p->groups, e)) != 0)
		return r;
	return init_keys(p, e);
}

/* --- who it is ----------------------------------------------------------- */

struct identity { /* clear when done */
	const char *email; /* borrowed from the token; NULL: none */
	struct sc_strlist groups;
	bool admin;
};

static int
wrong_claim(const char *name, struct sc_error *e)
{
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's claim %s has the wrong type", name);
}

/*
 * Whether the provider has ever checked the address.  One that does not say
 * is taken at its word, as the reference does; some say it in a text.
 */
static int
check_verified(const struct sc_token *t, struct sc_error *e)
{
	struct json_object *v =
	    sc_json_member_exact(sc_token_claims(t), "email_verified");
	const char *s = sc_token_text(t, "email_verified");

	if (v == NULL ||
	    (json_object_is_type(v, json_type_boolean) &&
		json_object_get_boolean(v)) ||
	    (s != NULL && sc_strcaseeq(s, "true")))
		return 0;
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the identity provider has not verified the token's email "
	    "(email_verified)");
}

static int
read_email(const struct sc_token *t, struct identity *who, struct sc_error *e)
{
	struct json_object *v =
	    sc_json_member_exact(sc_token_claims(t), "email");

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) > SC_MAX_CN)
		return wrong_claim("email", e);
	if (json_object_get_string_len(v) == 0)
		return 0;
	who->email = json_object_get_string(v);
	return check_verified(t, e);
}

static int
read_groups(const struct sc_token *t, struct identity *who, struct sc_error *e)
{
	struct json_object *list =
	    sc_json_member_exact(sc_token_claims(t), "groups");
	struct json_object *v;
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_object_is_type(list, json_type_array))
		return wrong_claim("groups", e);
	for (i = 0; i < json_object_array_length(list); i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			return wrong_claim("groups", e);
		if (sc_strlist_add(&who->groups, json_object_get_string(v)) !=
		    0)
			return sc_fail_nomem(e);
	}
	return 0;
}

/* The local part in its case, the domain in any. */
static bool
same_email(const char *a, const char *b)
{
	const char *at = strrchr(a, '@'), *bt = strrchr(b, '@');

	if (at == NULL || bt == NULL)
		return sc_streq(a, b);
	return at - a == bt - b && strncmp(a, b, (size_t)(at - a)) == 0 &&
	    sc_strcaseeq(at, bt);
}

static bool
is_admin(const struct sc_provisioner *p, const struct identity *who)
{
	size_t i;

	for (i = 0; i < p->admins.n; i++)
		if ((who->email != NULL &&
			same_email(who->email, p->admins.v[i])) ||
		    sc_strlist_has(&who->groups, p->admins.v[i]))
			return true;
	return false;
}

/*
 * Who may be of any domain is only an admin.  One without email is of none:
 * whether there is one is the choice of who asks for the token.
 */
static int
check_domain(const struct sc_provisioner *p, const struct identity *who,
    struct sc_error *e)
{
	const char *at = who->email != NULL ? strrchr(who->email, '@') : NULL;
	size_t i;

	if (p->domains.n == 0 || who->admin)
		return 0;
	for (i = 0; at != NULL && i < p->domains.n; i++)
		if (sc_strcaseeq(at + 1, p->domains.v[i]))
			return 0;
	if (who->email == NULL)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token has no email, and the provisioner is for some "
		    "domains only");
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "email \"%.256s\" is not of a domain of the provisioner",
	    who->email);
}

static int
check_group(const struct sc_provisioner *p, const struct identity *who,
    struct sc_error *e)
{
	size_t i;

	if (p->groups.n == 0)
		return 0;
	for (i = 0; i < p->groups.n; i++)
		if (sc_strlist_has(&who->groups, p->groups.v[i]))
			return 0;
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token names none of the provisioner's groups");
}

static int
identify(const struct sc_provisioner *p, const struct sc_token *t,
    struct identity *who, struct sc_error *e)
{
	int r;

	if ((r = read_email(t, who, e)) != 0 ||
	    (r = read_groups(t, who, e)) != 0)
		return r;
	who->admin = is_admin(p, who);
	if ((r = check_domain(p, who, e)) != 0)
		return r;
	return check_group(p, who, e);
}

/* --- the token ----------------------------------------------------------- */

/* For us, before anybody is asked for keys. */
static int
check_parties(const struct sc_provisioner *p, const struct sc_token *t,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(sc_token_claims(t), "azp");
	const char *azp = sc_token_text(t, "azp");

	if (!sc_strlist_has(&t->aud, p->id))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's audience (aud) is not the provisioner's "
		    "clientID");
	if (v != NULL &&
	    (azp == NULL || (azp[0] != '\0' && !sc_streq(azp, p->id))))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's authorized party (azp) is not the "
		    "provisioner's clientID");
	return 0;
}

/* A nonce is the caller's choice: it must not be another's one-time id. */
static int
set_spend(const struct sc_provisioner *p, const struct sc_token *t,
    struct sc_grant *g, struct sc_error *e)
{
	const char *nonce = sc_token_text(t, "nonce");

	g->spend_expires = t->exp != 0 ? t->exp + SC_TOKEN_LEEWAY : 0;
	if (nonce == NULL || nonce[0] == '\0')
		return sc_token_hash(t, &g->spend_id, e);
	if (strlen(nonce) > SC_MAX_JTI)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's nonce is longer than %d bytes", SC_MAX_JTI);
	g->spend_id = sc_asprintf("oidc/%s/%s", p->id, nonce);
	return g->spend_id == NULL ? sc_fail_nomem(e) : 0;
}

/* All of it, whatever it is for. */
static int
check_token(const struct sc_provisioner *p, const struct sc_token *t,
    int64_t now, struct identity *who, struct sc_grant *g, struct sc_error *e)
{
	const char *issuer;
	int r;

	if ((r = check_parties(p, t, e)) != 0 ||
	    (r = sc_jwks_verify(p->jwks, t->jws, now, e)) != 0 ||
	    (r = sc_jwks_issuer(p->jwks, now, &issuer, e)) != 0 ||
	    (r = sc_token_check_claims(issuer, t, now, e)) != 0 ||
	    (r = identify(p, t, who, e)) != 0 ||
	    (r = set_spend(p, t, g, e)) != 0)
		return r;
	g->subject = sc_strdup(t->sub);
	g->ext_credential_id = sc_strdup(p->id);
	return g->subject == NULL || g->ext_credential_id == NULL
	    ? sc_fail_nomem(e)
	    : 0;
}

/* --- X.509 --------------------------------------------------------------- */

/* As Go escapes a fragment. */
static void
put_fragment(struct sc_buf *b, const char *s)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-_.~$&+,/:;=?@!()*";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			(void)sc_buf_putc(b, *s);
		else
			(void)sc_buf_putf(b, "%%%02X", (unsigned char)*s);
}

/* issuer#subject, when the issuer is a URL. */
static int
add_uri(struct sc_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct sc_buf *b;
	struct sc_url u;
	bool url;
	int r;

	if (sc_url_parse(t->iss, &u) != 0)
		return 0;
	url = u.scheme[0] != '\0';
	sc_url_clear(&u);
	if (!url)
		return 0;
	b = sc_buf_new(4 * SC_MAX_CN + 2);
	(void)sc_buf_puts(b, t->iss);
	(void)sc_buf_putc(b, '#');
	put_fragment(b, t->sub);
	r = sc_buf_error(b) != 0
	    ? sc_fail_nomem(e)
	    : sc_sans_add(&g->sans, SC_SAN_URI, sc_buf_str(b), e);
	sc_buf_free(b);
	return r;
}

static int
oidc_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	struct identity who = {0};
	int r = check_token(p, t, now, &who, out, e);

	(void)aud;
	if (r == 0 && who.email != NULL)
		r = sc_sans_add(&out->sans, SC_SAN_EMAIL, who.email, e);
	if (r == 0)
		r = add_uri(out, t, e);
	/* Where the provisioner has a template, that is for all. */
	if (who.admin && p->admin_template != NULL)
		out->from_request = out->any_cn = true;
	else
		out->request_ignored = true;
	sc_strlist_clear(&who.groups);
	return r;
}

static int
oidc_authorize_revoke(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	struct identity who = {0};
	int r = check_token(p, t, now, &who, out, e);

	(void)aud;
	if (r == 0 && !who.admin)
		r = sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "only admins of the provisioner revoke certificates");
	sc_strlist_clear(&who.groups);
	return r;
}

/* --- SSH ----------------------------------------------------------------- */

static int
add_principal(struct sc_ssh_grant *g, const char *s, struct sc_error *e)
{
	if (s[0] == '\0' || sc_strlist_has(&g->principals, s))
		return 0;
	return sc_strlist_add(&g->principals, s) != 0 ? sc_fail_nomem(e) : 0;
}

/* A local part as the name of an account. */
static char *
account_name(const char *local)
{
	size_t n = strlen(local), k, m = 0;
	char *out = malloc(n + 1), c;

	for (; out != NULL && n > 0; local += k, n -= k) {
		k = sc_utf8_sequence(local, n);
		c = *local;
		if (k > 1) {
			out[m++] = '_';
			continue;
		}
		k = 1;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-')
			out[m++] = c;
		else if (c != '.')
			out[m++] = '_';
	}
	if (out != NULL)
		out[m] = '\0';
	return out;
}

/* ssh.md section 4.1. */
static int
add_principals(struct sc_ssh_grant *g, const char *email, struct sc_error *e)
{
	const char *at = strrchr(email, '@');
	char *local = at != NULL ? sc_strndup(email, (size_t)(at - email))
				 : sc_strdup(email);
	char *account = local != NULL ? account_name(local) : NULL;
	int r;

	if (account == NULL)
		r = sc_fail_nomem(e);
	else if ((r = add_principal(g, account, e)) == 0 &&
	    (r = add_principal(g, local, e)) == 0)
		r = add_principal(g, email, e);
	free(local);
	free(account);
	return r;
}

static int
oidc_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	const bool own =
	    p->ssh_template != NULL && p->ssh_template->text != NULL;
	struct identity who = {0};
	int r = check_token(p, t, now, &who, &out->common, e);

	(void)aud;
	if (r != 0)
		goto out;
	if (who.admin && !own) {
		out->common.from_request = true;
		goto out;
	}
	out->type = SC_SSH_USER;
	out->common.request_ignored = true;
	out->key_id = sc_strdup(who.email != NULL ? who.email : t->sub);
	if (out->key_id == NULL)
		r = sc_fail_nomem(e);
	else if (who.email != NULL)
		r = add_principals(out, who.email, e);
out:
	sc_strlist_clear(&who.groups);
	return r;
}

const struct sc_provisioner_type sc_provisioner_oidc = {
    .name = "OIDC",
    .number = 2,
    .token_flow = true,
    .admin_template = sc_admin_x509_template,
    .init = oidc_init,
    .authorize_sign = oidc_authorize_sign,
    .authorize_identity = oidc_authorize_sign,
    .authorize_revoke = oidc_authorize_revoke,
    .authorize_ssh_sign = oidc_authorize_ssh_sign,
    .authorize_ssh_revoke = oidc_authorize_revoke,
};
