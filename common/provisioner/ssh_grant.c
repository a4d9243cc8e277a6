#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token.h"
#include "provisioner/token_claims.h"

void
sc_ssh_grant_clear(struct sc_ssh_grant *g)
{
	free(g->key_id);
	sc_strlist_clear(&g->principals);
	sc_grant_clear(&g->common);
	*g = (struct sc_ssh_grant){0};
}

static int
bad(struct sc_error *e, const char *name)
{
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the token's claim step.ssh.%s is not what it has to be", name);
}

static int
get_text(struct json_object *o, const char *name, const char **out,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(o, name);

	*out = "";
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return bad(e, name);
	*out = json_object_get_string(v);
	return 0;
}

static int
get_time(struct json_object *o, const char *name, struct sc_timespec *out,
    struct sc_error *e)
{
	const char *s;
	int r = get_text(o, name, &s, e);

	if (r == 0 && sc_timespec_parse(s, out) != 0)
		r = bad(e, name);
	return r;
}

static int
get_principals(struct json_object *o, struct sc_ssh_grant *g,
    const char *subject, struct sc_error *e)
{
	struct json_object *v, *list = sc_json_member_exact(o, "principals");
	size_t i, n = 0;

	if (list != NULL && !json_object_is_type(list, json_type_array))
		return bad(e, "principals");
	if (list != NULL)
		n = json_object_array_length(list);
	if (n == 0 && sc_strlist_add(&g->principals, subject) != 0)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			return bad(e, "principals");
		if (sc_strlist_add(&g->principals, json_object_get_string(v)) !=
		    0)
			return sc_fail_nomem(e);
	}
	return 0;
}

int
sc_ssh_grant_claims(
    struct sc_ssh_grant *g, const struct sc_token *t, struct sc_error *e)
{
	struct json_object *o = sc_token_ssh(t);
	const char *type, *id;
	int r;

	if (o == NULL || !json_object_is_type(o, json_type_object))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token does not ask for an SSH certificate");
	if ((r = get_text(o, "certType", &type, e)) != 0 ||
	    (r = get_text(o, "keyID", &id, e)) != 0 ||
	    (r = get_time(o, "validAfter", &g->after, e)) != 0 ||
	    (r = get_time(o, "validBefore", &g->before, e)) != 0 ||
	    (r = get_principals(o, g, t->sub, e)) != 0)
		return r;
	if (sc_streq(type, "") || sc_streq(type, "user"))
		g->type = SC_SSH_USER;
	else if (sc_streq(type, "host"))
		g->type = SC_SSH_HOST;
	else
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "unknown certificate type '%.64s'", type);
	g->key_id = sc_strdup(id[0] != '\0' ? id : t->sub);
	return g->key_id == NULL ? sc_fail_nomem(e) : 0;
}
