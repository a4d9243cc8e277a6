/*
 * The Azure provisioner: access tokens of managed identities, signed with the
 * tenant's keys (tokens.md section 12 of the wire contract).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "provisioner/instance.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

#define AUDIENCE "https://management.azure.com/"
#define CONFIGURATION                                                          \
	"https://login.microsoftonline.com/%s/.well-known/"                    \
	"openid-configuration"

/* --- ca.json ------------------------------------------------------------- */

static int
init_keys(struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_jwks_source from = {.tenant = p->id};
	char *vendor = NULL;
	int r = sc_json_get_string(
	    p->raw, "configurationEndpoint", &from.discovery, e);

	if (r != 0)
		return r;
	if (from.discovery == NULL || from.discovery[0] == '\0') {
		if ((vendor = sc_asprintf(CONFIGURATION, p->id)) == NULL)
			return sc_fail_nomem(e);
		from.discovery = vendor;
	}
	r = sc_jwks_new(&from, &p->jwks, e);
	free(vendor);
	return r;
}

static int
azure_init(struct sc_provisioner *p, struct sc_error *e)
{
	const char *tenant = NULL;
	int r;

	if ((r = sc_json_get_string(p->raw, "tenantID", &tenant, e)) != 0)
		return r;
	if (tenant == NULL || tenant[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED, "tenantID is missing");
	if ((p->id = sc_strdup(tenant)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_instance_init(p, e)) != 0 ||
	    (r = sc_json_get_strings(
		 p->raw, "resourceGroups", &p->resource_groups, e)) != 0 ||
	    (r = sc_json_get_strings(
		 p->raw, "subscriptionIDs", &p->subscription_ids, e)) != 0 ||
	    (r = sc_json_get_strings(p->raw, "objectIDs", &p->object_ids, e)) !=
		0 ||
	    (r = sc_json_get_string(p->raw, "audience", &p->audience, e)) != 0)
		return r;
	if (p->audience == NULL || p->audience[0] == '\0')
		p->audience = AUDIENCE;
	return init_keys(p, e);
}

/* --- the token ----------------------------------------------------------- */

struct resource { /* clear when done */
	char *subscription, *group, *name;
};

static void
resource_clear(struct resource *r)
{
	free(r->subscription);
	free(r->group);
	free(r->name);
	*r = (struct resource){0};
}

/* s after prefix, which it begins with in any case; else NULL. */
static const char *
after(const char *s, const char *prefix)
{
	const size_t n = strlen(prefix);
	char *head = sc_strndup(s, n);
	bool same = head != NULL && sc_strcaseeq(head, prefix);

	free(head);
	return same ? s + n : NULL;
}

/* A part of a path up to the next slash, not empty; *s goes behind it. */
static char *
part(const char **s)
{
	size_t n = strcspn(*s, "/");
	char *out = n > 0 ? sc_strndup(*s, n) : NULL;

	*s += n;
	return out;
}

/*
 * /subscriptions/S/resourceGroups/G/providers/Microsoft.KIND/NAME, its fixed
 * parts in any case.
 */
static int
parse_resource(const char *s, struct resource *out, struct sc_error *e)
{
	static const char provider[] = "/providers/Microsoft.";
	const char *kind;

	if (s != NULL && (s = after(s, "/subscriptions/")) != NULL &&
	    (out->subscription = part(&s)) != NULL &&
	    (s = after(s, "/resourceGroups/")) != NULL &&
	    (out->group = part(&s)) != NULL &&
	    (s = after(s, provider)) != NULL) {
		kind = after(s, "Compute/virtualMachines/");
		if (kind == NULL)
			kind =
			    after(s, "ManagedIdentity/userAssignedIdentities/");
		if (kind != NULL && (out->name = part(&kind)) != NULL &&
		    *kind == '\0')
			return 0;
	}
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's resource (xms_mirid) is no virtual machine and no "
	    "managed identity");
}

static int
check_audience(const struct sc_provisioner *p, const struct sc_token *t,
    struct sc_error *e)
{
	return sc_strlist_has(&t->aud, p->audience)
	    ? 0
	    : sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		  "the token's audience (aud) is not \"%.128s\"", p->audience);
}

/* On success the grant has what the record says of the token. */
static int
check_token(const struct sc_provisioner *p, const struct sc_token *t,
    int64_t now, struct resource *out, struct sc_grant *g, struct sc_error *e)
{
	const char *mirid = sc_token_text(t, "xms_mirid"), *issuer;
	const char *object = sc_token_text(t, "oid");
	int r;

	/* Nobody is asked for keys for a token that is not for us. */
	if ((r = check_audience(p, t, e)) != 0 ||
	    (r = sc_jwks_verify(p->jwks, t->jws, now, e)) != 0 ||
	    (r = sc_jwks_issuer(p->jwks, now, &issuer, e)) != 0 ||
	    (r = sc_token_check_claims(issuer, t, now, e)) != 0)
		return r;
	if (!sc_streq(sc_token_text(t, "tid"), p->id))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's tenant (tid) is not that of the provisioner");
	if ((r = parse_resource(mirid, out, e)) != 0)
		return r;
	/* The vendor gives out one token for a day: that may come again. */
	if (!p->instance.reusable &&
	    (r = sc_instance_spend(p, t, mirid, g, e)) != 0)
		return r;
	g->subject = sc_strdup(out->name);
	g->principal = sc_strdup(object);
	return g->subject == NULL || (object != NULL && g->principal == NULL)
	    ? sc_fail_nomem(e)
	    : 0;
}

static int
is_one_of(const char *s, const struct sc_strlist *l, const char *what,
    struct sc_error *e)
{
	if (l->n == 0 || (s != NULL && sc_strlist_has(l, s)))
		return 0;
	return sc_fail(e, SC_ERR_UNAUTHENTICATED, "\"%.128s\" is none of %s",
	    s != NULL ? s : "", what);
}

static int
check_lists(const struct sc_provisioner *p, const struct sc_token *t,
    const struct resource *m, struct sc_error *e)
{
	int r;

	if ((r = is_one_of(
		 m->group, &p->resource_groups, "resourceGroups", e)) != 0 ||
	    (r = is_one_of(m->subscription, &p->subscription_ids,
		 "subscriptionIDs", e)) != 0)
		return r;
	return is_one_of(
	    sc_token_text(t, "oid"), &p->object_ids, "objectIDs", e);
}

/* --- grants -------------------------------------------------------------- */

static int
azure_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	struct resource m = {0};
	int r;

	(void)aud;
	if ((r = check_token(p, t, now, &m, out, e)) != 0 ||
	    (r = check_lists(p, t, &m, e)) != 0)
		goto out;
	if (p->instance.known_names) {
		out->some_dns = true;
		r = sc_sans_add(&out->sans, SC_SAN_DNS, m.name, e);
	} else
		out->from_request = out->any_cn = true;
	out->ext_credential_id = sc_strdup(p->id);
	if (r == 0 && out->ext_credential_id == NULL)
		r = sc_fail_nomem(e);
out:
	resource_clear(&m);
	return r;
}

static int
azure_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	struct resource m = {0};
	int r;

	(void)aud;
	if ((r = check_token(p, t, now, &m, &out->common, e)) != 0 ||
	    (r = check_lists(p, t, &m, e)) != 0)
		goto out;
	out->type = SC_SSH_HOST;
	out->some_principals = true;
	out->any_principals = !p->instance.known_names;
	if ((out->key_id = sc_strdup(m.name)) == NULL ||
	    sc_strlist_add(&out->principals, m.name) != 0)
		r = sc_fail_nomem(e);
out:
	resource_clear(&m);
	return r;
}

const struct sc_provisioner_type sc_provisioner_azure = {
    .name = "Azure",
    .number = 5,
    .token_flow = true,
    .x509_template = sc_instance_x509_template,
    .init = azure_init,
    .authorize_sign = azure_authorize_sign,
    .authorize_identity = azure_authorize_sign,
    .authorize_ssh_sign = azure_authorize_ssh_sign,
};
