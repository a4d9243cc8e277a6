#include "config.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/form.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/net/oauth.h"
#include "client/net/token_oidc.h"

static int
add_texts(struct json_object *p, const char *name, struct sc_strlist *out,
    struct sc_error *e)
{
	struct json_object *l = NULL, *v;
	size_t i;
	int r = sc_json_get_array(p, name, &l, e);

	for (i = 0; r == 0 && l != NULL && i < json_object_array_length(l);
	     i++) {
		v = json_object_array_get_idx(l, i);
		if (!json_object_is_type(v, json_type_string))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "%s of the provisioner is not a list of strings",
			    name);
		else if (sc_strlist_add(out, json_object_get_string(v)) != 0)
			r = sc_fail_nomem(e);
	}
	return r;
}

static int
read_provisioner(struct json_object *p, struct sc_oauth *q, struct sc_error *e)
{
	int r;

	if ((r = sc_json_get_string(
		 p, "configurationEndpoint", &q->provider, e)) != 0 ||
	    (r = sc_json_get_string(p, "clientID", &q->client_id, e)) != 0 ||
	    (r = sc_json_get_string(p, "clientSecret", &q->client_secret, e)) !=
		0 ||
	    (r = sc_json_get_string(p, "listenAddress", &q->listen, e)) != 0)
		return r;
	if (q->provider == NULL || q->client_id == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the provisioner lacks configurationEndpoint or clientID");
	if (q->listen != NULL && q->listen[0] == '\0')
		q->listen = NULL;
	return 0;
}

static int
take_id_token(struct json_object *answer, char **out, struct sc_error *e)
{
	const char *token = NULL;
	int r = sc_json_get_string(answer, "id_token", &token, e);

	if (r == 0 && (token == NULL || token[0] == '\0'))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the identity provider gave no ID token");
	if (r == 0 && (*out = sc_strdup(token)) == NULL)
		r = sc_fail_nomem(e);
	return r;
}

int
sc_oidc_token(const struct sc_args *a, struct json_object *p, char **out,
    struct sc_error *e)
{
	const char *listen = getenv("STEP_LISTEN");
	struct sc_strlist scopes = {NULL, 0}, params = {NULL, 0};
	struct sc_oauth q = {.scopes = &scopes, .params = &params};
	struct json_object *answer = NULL;
	int r;

	*out = NULL;
	if ((r = read_provisioner(p, &q, e)) != 0 ||
	    (r = add_texts(p, "scopes", &scopes, e)) != 0 ||
	    (r = add_texts(p, "authParams", &params, e)) != 0)
		goto out;
	if (listen != NULL && listen[0] != '\0')
		q.listen = listen;
	q.flow =
	    sc_args_bool(a, "console") ? SC_OAUTH_CONSOLE : SC_OAUTH_BROWSER;
	if ((r = sc_oauth_sign_in(&q, &answer, e)) == 0)
		r = take_id_token(answer, out, e);
out:
	if (r != 0)
		sc_error_prefix(e, "error generating OIDC token");
	json_object_put(answer);
	sc_strlist_clear(&scopes);
	sc_strlist_clear(&params);
	return r;
}

bool
sc_oidc_is_token(struct json_object *claims)
{
	static const char *const all[] = {"aud", "iss", "sub", "exp", "iat"};
	static const char *const none[] = {"google", "amazon", "sha", "sans"};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sc_json_member_exact(claims, all[i]) == NULL)
			return false;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (sc_json_member_exact(claims, none[i]) != NULL)
			return false;
	return true;
}

static const char *
claim(struct json_object *claims, const char *name)
{
	const char *s = NULL;

	return sc_json_get_string(claims, name, &s, NULL) == 0 ? s : NULL;
}

static int
add_person_uri(const char *issuer, const char *sub, struct sc_strlist *names)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_URI);
	int r;

	(void)sc_buf_putf(b, "%s#", issuer);
	sc_percent_put(b, sub);
	if ((r = sc_buf_error(b)) == 0)
		r = sc_strlist_add(names, sc_buf_str(b));
	sc_buf_free(b);
	return r;
}

const char *
sc_oidc_person(
    struct json_object *claims, const char *subject, struct sc_strlist *names)
{
	const char *email = claim(claims, "email"), *sub = claim(claims, "sub");
	const char *issuer = claim(claims, "iss");

	if (!sc_oidc_is_token(claims) || email == NULL || sub == NULL ||
	    issuer == NULL || !sc_strcaseeq(email, subject) ||
	    sc_strlist_add(names, email) != 0 ||
	    add_person_uri(issuer, sub, names) != 0)
		return NULL;
	return sub;
}
