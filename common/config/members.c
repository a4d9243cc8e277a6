#include "config.h"

#include <json-c/json.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/claims.h"
#include "config/members.h"

enum support {
	YES,
	NOT_YET
};

struct member {
	const char *name;
	enum support support;
};

static const struct member top[] = {
    {"root", YES},
    {"federatedRoots", YES},
    {"crt", YES},
    {"key", YES},
    {"address", YES},
    {"dnsNames", YES},
    {"db", YES},
    {"logger", YES},
    {"authority", YES},
    {"tls", YES},
    {"password", YES},
    {"commonName", YES},
    {"insecureAddress", NOT_YET},
    {"kms", NOT_YET},
    {"ssh", YES},
    {"monitoring", NOT_YET},
    {"templates", YES},
    {"crl", YES},
    {"ocsp", YES},
    {"metricsAddress", NOT_YET},
    {0},
};

static const struct member authority[] = {
    {"provisioners", YES},
    {"template", YES},
    {"claims", YES},
    {"backdate", YES},
    /* Replay protection is the store, so there is nothing to disable. */
    {"disableIssuedAtCheck", YES},
    {"type", NOT_YET},
    {"certificateAuthority", NOT_YET},
    {"certificateAuthorityFingerprint", NOT_YET},
    {"certificateIssuer", NOT_YET},
    {"credentialsFile", NOT_YET},
    {"config", NOT_YET},
    {"authorityId", NOT_YET},
    {"deploymentType", NOT_YET},
    {"policy", YES},
    {"enableAdmin", NOT_YET},
    {"disableGetSSHHosts", YES},
    {0},
};

static const struct member crl[] = {
    {"enabled", YES},
    {"generateOnRevoke", YES},
    {"cacheDuration", YES},
    {"renewPeriod", YES},
    {"idpURL", YES},
    {"addToLeaves", YES},
    {0},
};

static const struct member ocsp[] = {
    {"enabled", YES},
    {"url", YES},
    {"cacheDuration", YES},
    {"crt", YES},
    {"key", YES},
    {0},
};

static const struct member ssh[] = {
    {"hostKey", YES},
    {"userKey", YES},
    {"keys", YES},
    {"revokedKeyIDs", YES},
    {"addUserPrincipal", YES},
    {"addUserCommand", YES},
    {"bastion", YES},
    {0},
};

static const struct member templates[] = {
    {"ssh", YES},
    {"data", YES},
    {0},
};

/* A value that asks for nothing: null, false, "", {}, []. */
static bool
is_off(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return true;
	case json_type_boolean:
		return !json_object_get_boolean(v);
	case json_type_string:
		return json_object_get_string_len(v) == 0;
	case json_type_object:
		return json_object_object_length(v) == 0;
	case json_type_array:
		return json_object_array_length(v) == 0;
	default:
		return false;
	}
}

static const struct member *
find(const struct member *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (sc_strcaseeq(table->name, name))
			return table;
	return NULL;
}

static int
add(struct sc_strlist *out, const char *prefix, const char *name,
    const char *note, struct sc_error *e)
{
	char *s = sc_asprintf("%s%s%s", prefix, name, note);
	int r = s == NULL ? SC_ERR_NOMEM : sc_strlist_add(out, s);

	sc_free_secret(s);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

static int
name_members(struct json_object *o, const struct member *table,
    const char *prefix, struct sc_strlist *out, struct sc_error *e)
{
	const struct member *m;
	int r = 0;

	json_object_object_foreach(o, key, v)
	{
		if (r != 0 || is_off(v))
			continue;
		if ((m = find(table, key)) == NULL)
			r = add(out, prefix, key, " (unknown)", e);
		else if (m->support == NOT_YET)
			r = add(out, prefix, m->name, "", e);
	}
	return r;
}

static int
name_claims(struct json_object *a, struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *claims = NULL;
	int r = 0;

	if (!json_object_object_get_ex(a, "claims", &claims) ||
	    !json_object_is_type(claims, json_type_object))
		return 0;
	json_object_object_foreach(claims, key, v)
	{
		(void)v;
		if (r == 0 && !sc_claim_known(key))
			r = add(out, "authority.claims.", key, " (unknown)", e);
	}
	return r;
}

int
sc_config_name_unsupported(
    struct json_object *root, struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *a = NULL, *o = NULL;
	int r;

	if ((r = name_members(root, top, "", out, e)) != 0)
		return r;
	if (json_object_object_get_ex(root, "crl", &o) &&
	    json_object_is_type(o, json_type_object) &&
	    (r = name_members(o, crl, "crl.", out, e)) != 0)
		return r;
	if (json_object_object_get_ex(root, "ocsp", &o) &&
	    json_object_is_type(o, json_type_object) &&
	    (r = name_members(o, ocsp, "ocsp.", out, e)) != 0)
		return r;
	if (json_object_object_get_ex(root, "ssh", &o) &&
	    json_object_is_type(o, json_type_object) &&
	    (r = name_members(o, ssh, "ssh.", out, e)) != 0)
		return r;
	if (json_object_object_get_ex(root, "templates", &o) &&
	    json_object_is_type(o, json_type_object) &&
	    (r = name_members(o, templates, "templates.", out, e)) != 0)
		return r;
	if (!json_object_object_get_ex(root, "authority", &a) ||
	    !json_object_is_type(a, json_type_object))
		return 0;
	if ((r = name_members(a, authority, "authority.", out, e)) != 0)
		return r;
	return name_claims(a, out, e);
}
