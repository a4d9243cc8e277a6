/*
 * oauth
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/commands.h"
#include "client/net/oauth.h"

static const struct sc_opt options[] = {
    {.name = "provider",
	.alias = "idp",
	.arg = "URL",
	.help = "the identity provider, which has OpenID Connect discovery"},
    {.name = "client-id", .arg = "ID", .help = "what it knows us by"},
    {.name = "client-secret",
	.arg = "SECRET",
	.help = "that goes with it; not secret in programs like this one"},
    {.name = "authorization-endpoint",
	.arg = "URL",
	.help = "instead of what discovery says"},
    {.name = "device-authorization-endpoint", .arg = "URL", .help = "likewise"},
    {.name = "token-endpoint", .arg = "URL", .help = "likewise"},
    {.name = "scope",
	.kind = SC_OPT_LIST,
	.arg = "SCOPE",
	.help = "what is asked for (default: openid email)"},
    {.name = "auth-param",
	.kind = SC_OPT_LIST,
	.arg = "KEY=VALUE",
	.help = "more for the authorization request"},
    {.name = "prompt",
	.arg = "PROMPT",
	.help = "none, login, consent or select_account"},
    {.name = "email", .letter = 'e', .arg = "EMAIL", .help = "who signs in"},
    {.name = "console",
	.letter = 'c',
	.kind = SC_OPT_BOOL,
	.help = "open no browser here"},
    {.name = "console-flow",
	.arg = "FLOW",
	.choices = "device, oob",
	.help = "how --console signs in (default: device if there is such)"},
    {.name = "listen",
	.arg = "ADDRESS",
	.help = "HOST:PORT that the browser comes back to"},
    {.name = "listen-url",
	.arg = "URL",
	.help = "how the browser reaches that address"},
    {.name = "redirect-url",
	.arg = "URL",
	.help = "where the browser is sent in the end"},
    {.name = "oidc",
	.kind = SC_OPT_BOOL,
	.help = "print the ID token instead of the access token"},
    {.name = "bare", .kind = SC_OPT_BOOL, .help = "print the token alone"},
    {.name = "header",
	.kind = SC_OPT_BOOL,
	.help = "print an Authorization header, as for curl"},
    SC_OPT_END};

static int
check(const struct sc_args *a, struct sc_error *e)
{
	const char *provider = sc_args_str(a, "provider");
	int r;

	if ((r = sc_args_check_needs(
		 a, "authorization-endpoint", "token-endpoint", e)) != 0 ||
	    (r = sc_args_check_needs(a, "device-authorization-endpoint",
		 "token-endpoint", e)) != 0 ||
	    (r = sc_args_check_required(a, "client-id", e)) != 0)
		return r;
	if (sc_args_str(a, "token-endpoint") != NULL)
		return 0;
	if (provider == NULL || !sc_has_prefix(provider, "https://"))
		return provider == NULL
		    ? sc_args_check_required(a, "provider", e)
		    : sc_args_invalid(a, "provider", provider,
			  "it must be an https URL", e);
	return 0;
}

static enum sc_oauth_flow
flow_of(const struct sc_args *a)
{
	const char *named = sc_args_str(a, "console-flow");

	if (named != NULL)
		return sc_strcaseeq(named, "oob") ? SC_OAUTH_OOB
						  : SC_OAUTH_DEVICE;
	return sc_args_bool(a, "console") ? SC_OAUTH_CONSOLE : SC_OAUTH_BROWSER;
}

/* The members that every answer is shown with, in the reference's order. */
static struct json_object *
shown(struct json_object *answer)
{
	static const char *const texts[] = {
	    "access_token", "id_token", "refresh_token"};
	struct json_object *o = json_object_new_object(), *v;
	size_t i;

	for (i = 0; o != NULL && i < sizeof(texts) / sizeof(texts[0]); i++) {
		v = sc_json_member_exact(answer, texts[i]);
		json_object_object_add(o, texts[i],
		    v != NULL ? json_object_get(v)
			      : json_object_new_string(""));
	}
	if (o == NULL)
		return NULL;
	v = sc_json_member_exact(answer, "expires_in");
	json_object_object_add(o, "expires_in",
	    v != NULL ? json_object_get(v) : json_object_new_int(0));
	v = sc_json_member_exact(answer, "token_type");
	json_object_object_add(o, "token_type",
	    v != NULL ? json_object_get(v) : json_object_new_string(""));
	if ((v = sc_json_member_exact(answer, "scope")) != NULL)
		json_object_object_add(o, "scope", json_object_get(v));
	return o;
}

static int
print_all(struct json_object *answer, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_RESPONSE);
	struct json_object *o = shown(answer);
	int r = o == NULL ? SC_ERR_NOMEM : sc_json_put(b, o, "  ");

	if (r != 0)
		r = sc_fail(e, r, "%s", sc_err_text(r));
	else
		printf("%s\n", sc_buf_str(b));
	json_object_put(o);
	sc_buf_free(b);
	return r;
}

static int
print_answer(
    const struct sc_args *a, struct json_object *answer, struct sc_error *e)
{
	const char *name =
	    sc_args_bool(a, "oidc") ? "id_token" : "access_token";
	const char *token = NULL;
	int r;

	if (!sc_args_bool(a, "bare") && !sc_args_bool(a, "header"))
		return print_all(answer, e);
	if ((r = sc_json_get_string(answer, name, &token, e)) != 0)
		return r;
	if (token == NULL || token[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the identity provider gave no %s", name);
	printf("%s%s\n",
	    sc_args_bool(a, "header") ? "Authorization: Bearer " : "", token);
	return 0;
}

static int
oauth(struct sc_args *a, struct sc_error *e)
{
	struct sc_oauth q = {
	    .flow = flow_of(a),
	    .provider = sc_args_str(a, "provider"),
	    .authorization_endpoint = sc_args_str(a, "authorization-endpoint"),
	    .device_endpoint = sc_args_str(a, "device-authorization-endpoint"),
	    .token_endpoint = sc_args_str(a, "token-endpoint"),
	    .client_id = sc_args_str(a, "client-id"),
	    .client_secret = sc_args_str(a, "client-secret"),
	    .scopes = sc_args_list(a, "scope"),
	    .params = sc_args_list(a, "auth-param"),
	    .prompt = sc_args_str(a, "prompt"),
	    .login_hint = sc_args_str(a, "email"),
	    .listen = sc_args_str(a, "listen"),
	    .listen_url = sc_args_str(a, "listen-url"),
	    .redirect_url = sc_args_str(a, "redirect-url"),
	};
	struct json_object *answer = NULL;
	int r;

	if ((r = check(a, e)) == 0 &&
	    (r = sc_oauth_sign_in(&q, &answer, e)) == 0)
		r = print_answer(a, answer, e);
	json_object_put(answer);
	return r;
}

const struct sc_command sc_cmd_oauth = {.name = "oauth",
    .help = "sign in at an identity provider and print its tokens",
    .notes =
	"The browser is opened with xdg-open and comes back to a port of "
	"127.0.0.1; STEP_OPEN_BROWSER=0 only prints the URL. Who signs in "
	"from a machine without a browser uses --console.\n"
	"\n"
	"The provider's certificate is checked against the system's roots, or "
	"those in the file that SSL_CERT_FILE names.",
    .options = {options},
    .run = oauth};
