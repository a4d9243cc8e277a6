/*
 * The GCP provisioner: identity tokens of instances of Google's cloud, signed
 * with the vendor's keys (tokens.md section 12 of the wire contract).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "crypto/jws.h"
#include "provisioner/instance.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

#define ISSUER "https://accounts.google.com"
#define CERTS "https://www.googleapis.com/oauth2/v3/certs"

/* --- ca.json ------------------------------------------------------------- */

static int
init_keys(struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_jwks_source from = {.uri = NULL};
	int r = sc_json_get_string(p->raw, "certsURL", &from.uri, e);

	if (r != 0)
		return r;
	if (from.uri == NULL || from.uri[0] == '\0')
		from.uri = CERTS;
	return sc_jwks_new(&from, &p->jwks, e);
}

static int
init_projects(struct sc_provisioner *p, struct sc_error *e)
{
	const char *organization = NULL;
	int r;

	if ((r = sc_json_get_strings(
		 p->raw, "projectIDs", &p->project_ids, e)) != 0 ||
	    (r = sc_json_get_string(
		 p->raw, "organizationID", &organization, e)) != 0)
		return r;
	if (organization == NULL || organization[0] == '\0')
		return 0;
	/* To ask for an organization's projects takes an account there. */
	return p->project_ids.n > 0
	    ? sc_fail(e, SC_ERR_MALFORMED,
		  "there are both projectIDs and organizationID")
	    : sc_fail(e, SC_ERR_UNSUPPORTED,
		  "organizationID is not supported: name its projectIDs");
}

static int
gcp_init(struct sc_provisioner *p, struct sc_error *e)
{
	int r;

	p->no_ssh_user = true;
	if ((r = sc_instance_init(p, e)) != 0 ||
	    (r = sc_json_get_strings(
		 p->raw, "serviceAccounts", &p->service_accounts, e)) != 0 ||
	    (r = init_projects(p, e)) != 0 ||
	    (r = sc_json_get_bool(
		 p->raw, "disableSSHCAUser", &p->no_ssh_user, e)) != 0 ||
	    (r = sc_json_get_bool(
		 p->raw, "disableSSHCAHost", &p->no_ssh_host, e)) != 0)
		return r;
	return init_keys(p, e);
}

/* --- the token ----------------------------------------------------------- */

struct machine { /* clear when done */
	const char *id, *name, *project, *zone; /* borrowed from the token */
	char *hosts[2]; /* what the instance is called inside the cloud */
};

static void
machine_clear(struct machine *m)
{
	free(m->hosts[0]);
	free(m->hosts[1]);
	*m = (struct machine){0};
}

static int
need(struct json_object *o, const char *name, const char **out,
    struct sc_error *e)
{
	struct json_object *v =
	    o != NULL && json_object_is_type(o, json_type_object)
	    ? sc_json_member_exact(o, name)
	    : NULL;

	if (v == NULL || !json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) == 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim google.compute_engine.%s is missing or not a "
		    "text",
		    name);
	*out = json_object_get_string(v);
	return 0;
}

static int
check_age(const struct sc_provisioner *p, struct json_object *o, int64_t now,
    struct sc_error *e)
{
	int64_t created = 0;
	int present = 0;

	if (p->instance.max_age == 0)
		return 0;
	if (sc_jwt_get_time(o, "instance_creation_timestamp", &present,
		&created, NULL) != 0 ||
	    !present)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim google.compute_engine."
		    "instance_creation_timestamp is missing or not a time");
	return sc_instance_check_age(p, created, now, e);
}

static int
read_machine(const struct sc_provisioner *p, const struct sc_token *t,
    int64_t now, struct machine *m, struct sc_error *e)
{
	struct json_object *o =
	    sc_json_member_exact(sc_token_claims(t), "google");
	int r;

	if (o != NULL && json_object_is_type(o, json_type_object))
		o = sc_json_member_exact(o, "compute_engine");
	if ((r = need(o, "instance_id", &m->id, e)) != 0 ||
	    (r = need(o, "instance_name", &m->name, e)) != 0 ||
	    (r = need(o, "project_id", &m->project, e)) != 0 ||
	    (r = need(o, "zone", &m->zone, e)) != 0 ||
	    (r = check_age(p, o, now, e)) != 0)
		return r;
	m->hosts[0] = sc_asprintf("%s.c.%s.internal", m->name, m->project);
	m->hosts[1] =
	    sc_asprintf("%s.%s.c.%s.internal", m->name, m->zone, m->project);
	return m->hosts[0] == NULL || m->hosts[1] == NULL ? sc_fail_nomem(e)
							  : 0;
}

/* Somebody else's instances have tokens of the same issuer. */
static int
check_owner(const struct sc_provisioner *p, const struct sc_token *t,
    const struct machine *m, struct sc_error *e)
{
	const char *email = sc_token_text(t, "email");

	if (p->service_accounts.n > 0 &&
	    !sc_strlist_has(&p->service_accounts, t->sub) &&
	    (email == NULL || !sc_strlist_has(&p->service_accounts, email)))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "account \"%.128s\" is none of serviceAccounts",
		    email != NULL ? email : t->sub);
	if (p->project_ids.n > 0 &&
	    !sc_strlist_has(&p->project_ids, m->project))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "project \"%.128s\" is none of projectIDs", m->project);
	return 0;
}

/* On success the grant has what the record says of the token. */
static int
check_token(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, int64_t now, struct machine *m,
    struct sc_grant *g, struct sc_error *e)
{
	int r;

	/* Nobody is asked for keys for a token that is not for us. */
	if ((r = sc_token_check_audience(aud, SC_OP_SIGN, p->id, t, e)) != 0 ||
	    (r = sc_jwks_verify(p->jwks, t->jws, now, e)) != 0 ||
	    (r = sc_token_check_claims(ISSUER, t, now, e)) != 0 ||
	    (r = read_machine(p, t, now, m, e)) != 0 ||
	    (r = check_owner(p, t, m, e)) != 0 ||
	    (r = sc_instance_spend_id(p, t, m->id, g, e)) != 0)
		return r;
	g->subject = sc_strdup(m->name);
	return g->subject == NULL ? sc_fail_nomem(e) : 0;
}

/* --- grants -------------------------------------------------------------- */

static int
grant_known_names(
    struct sc_grant *g, const struct machine *m, struct sc_error *e)
{
	const char *const cns[] = {m->name, m->id, m->hosts[0], m->hosts[1]};
	size_t i;
	int r = 0;

	g->some_dns = true;
	for (i = 0; i < sizeof(cns) / sizeof(cns[0]); i++)
		if (sc_strlist_add(&g->request_cns, cns[i]) != 0)
			return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < 2; i++)
		r = sc_sans_add(&g->sans, SC_SAN_DNS, m->hosts[i], e);
	return r;
}

static int
gcp_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	struct machine m = {0};
	int r = check_token(p, aud, t, now, &m, out, e);

	if (r != 0)
		goto out;
	if (p->instance.known_names)
		r = grant_known_names(out, &m, e);
	else
		out->from_request = out->any_cn = true;
	if (r != 0 || (r = sc_instance_pair(out, "InstanceID", m.id, e)) != 0 ||
	    (r = sc_instance_pair(out, "InstanceName", m.name, e)) != 0)
		goto out;
	out->ext_credential_id = sc_strdup(t->sub);
	out->principal = sc_strdup(m.id);
	if (out->ext_credential_id == NULL || out->principal == NULL)
		r = sc_fail_nomem(e);
out:
	machine_clear(&m);
	return r;
}

/* What the provisioner is for, before the token is looked at. */
static int
choose_type(
    const struct sc_provisioner *p, struct sc_ssh_grant *g, struct sc_error *e)
{
	const char *type = g->requested_type;

	if (type == NULL || type[0] == '\0' || sc_streq(type, "host"))
		g->type = SC_SSH_HOST;
	else if (sc_streq(type, "user"))
		g->type = SC_SSH_USER;
	else
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "certType \"%.16s\" is neither host nor user", type);
	if (g->type == SC_SSH_HOST ? p->no_ssh_host : p->no_ssh_user)
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "provisioner \"%.128s\" signs no SSH certificates for %s",
		    p->name,
		    g->type == SC_SSH_HOST ? "hosts (disableSSHCAHost)"
					   : "users (disableSSHCAUser)");
	return 0;
}

static int
grant_host(const struct sc_provisioner *p, const struct machine *m,
    struct sc_ssh_grant *g, struct sc_error *e)
{
	g->some_principals = true;
	g->any_principals = !p->instance.known_names;
	g->key_id = sc_strdup(m->name);
	return g->key_id == NULL ||
		sc_strlist_add(&g->principals, m->hosts[0]) != 0 ||
		sc_strlist_add(&g->principals, m->hosts[1]) != 0
	    ? sc_fail_nomem(e)
	    : 0;
}

/* A service account as a user. */
static int
grant_user(const struct sc_token *t, struct sc_ssh_grant *g, struct sc_error *e)
{
	const char *email = sc_token_text(t, "email");
	char *account;
	int r = 0;

	if (email == NULL || email[0] == '\0')
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token has no email of a service account");
	account = sc_asprintf("sa_%s", t->sub);
	g->key_id = sc_strdup(email);
	if (account == NULL || g->key_id == NULL ||
	    sc_strlist_add(&g->principals, account) != 0 ||
	    sc_strlist_add(&g->principals, email) != 0)
		r = sc_fail_nomem(e);
	free(account);
	return r;
}

static int
gcp_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	struct machine m = {0};
	int r;

	if ((r = choose_type(p, out, e)) == 0 &&
	    (r = check_token(p, aud, t, now, &m, &out->common, e)) == 0)
		r = out->type == SC_SSH_HOST ? grant_host(p, &m, out, e)
					     : grant_user(t, out, e);
	if (r == 0 && (out->common.principal = sc_strdup(out->key_id)) == NULL)
		r = sc_fail_nomem(e);
	machine_clear(&m);
	return r;
}

const struct sc_provisioner_type sc_provisioner_gcp = {
    .name = "GCP",
    .number = 3,
    .id_prefix = "gcp/",
    .token_flow = true,
    .x509_template = sc_instance_x509_template,
    .init = gcp_init,
    .authorize_sign = gcp_authorize_sign,
    .authorize_identity = gcp_authorize_sign,
    .authorize_ssh_sign = gcp_authorize_ssh_sign,
};
