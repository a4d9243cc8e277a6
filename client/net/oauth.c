#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/form.h"
#include "base/json.h"
#include "base/random.h"
#include "crypto/key.h"
#include "net/http.h"
#include "provisioner/jwks.h"
#include "client/net/oauth_internal.h"
#include "client/net/token.h"
#include "client/cli/ui.h"

#define OOB_URI "urn:ietf:wg:oauth:2.0:oob"
#define CODE_LABEL "Enter verification code"

static const char *
text(struct json_object *o, const char *name)
{
	struct json_object *v = sc_json_member_exact(o, name);

	return json_object_is_type(v, json_type_string)
	    ? json_object_get_string(v)
	    : "";
}

/* n random bytes as base64url. */
static char *
random_text(size_t n, struct sc_error *e)
{
	unsigned char raw[64];
	char *s = NULL;

	if (sc_random(raw, n) == 0)
		s = sc_b64_encode(SC_B64_URL, raw, n);
	if (s == NULL)
		(void)sc_fail(e, SC_ERR_INTERNAL, "no random bytes");
	return s;
}

static char *
join(const struct sc_strlist *l)
{
	struct sc_buf *b = sc_buf_new(SC_OAUTH_URL_MAX);
	size_t i;

	if (l == NULL || l->n == 0)
		(void)sc_buf_puts(b, "openid email");
	for (i = 0; l != NULL && i < l->n; i++)
		(void)sc_buf_putf(b, "%s%s", i > 0 ? " " : "", l->v[i]);
	return sc_buf_steal(b, NULL);
}

static void
run_clear(struct sc_oauth_run *o)
{
	free(o->authorization_endpoint);
	free(o->device_endpoint);
	free(o->token_endpoint);
	free(o->scope);
	free(o->state);
	free(o->nonce);
	sc_free_secret(o->verifier);
	free(o->redirect_uri);
}

static int
parse_answer(const struct sc_http_response *p, const char *url,
    struct json_object **out, struct sc_error *e)
{
	int r = sc_json_parse(p->body, p->body_len, 0, out, e);

	if (r == 0 && json_object_is_type(*out, json_type_object))
		return 0;
	json_object_put(*out);
	*out = NULL;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "%s answers with status %ld and no JSON object", url, p->status);
}

/* GET or, with a form, POST. */
static int
ask(const char *url, const struct sc_buf *form, long *status,
    struct json_object **out, struct sc_error *e)
{
	struct sc_http_request q = {
	    .method = form != NULL ? "POST" : "GET",
	    .url = url,
	    .system_roots = true,
	    .max = SC_OAUTH_ANSWER_MAX,
	};
	struct sc_http_response p = {0};
	int r;

	*out = NULL;
	if (form != NULL) {
		if ((r = sc_buf_error(form)) != 0)
			return sc_fail(e, r, "%s", sc_err_text(r));
		q.body = sc_buf_str(form);
		q.body_len = sc_buf_len(form);
		q.body_type = "application/x-www-form-urlencoded";
	}
	if ((r = sc_http_send(&q, &p, e)) == 0) {
		*status = p.status;
		r = parse_answer(&p, url, out, e);
	}
	sc_http_response_clear(&p);
	return r;
}

const char *
sc_oauth_error(struct json_object *answer)
{
	return text(answer, "error");
}

int
sc_oauth_refused(
    const char *what, struct json_object *answer, struct sc_error *e)
{
	const char *more = text(answer, "error_description");

	(void)sc_fail(e, SC_ERR_FORBIDDEN, "%s: %.200s%s%.400s", what,
	    sc_oauth_error(answer), more[0] != '\0' ? ". " : "", more);
	sc_text_clean(e->msg);
	return SC_ERR_FORBIDDEN;
}

int
sc_oauth_post(const char *url, const struct sc_buf *form,
    struct json_object **out, struct sc_error *e)
{
	long status = 0;
	int r = ask(url, form, &status, out, e);

	if (r != 0 || status == 200 || sc_oauth_error(*out)[0] != '\0')
		return r;
	json_object_put(*out);
	*out = NULL;
	return sc_fail(e, SC_ERR_IO, "%s answers with status %ld", url, status);
}

/* An endpoint of the metadata, unless it is known. */
static int
take_endpoint(char **slot, struct json_object *metadata, const char *name,
    struct sc_error *e)
{
	const char *url = text(metadata, name);

	if (*slot != NULL || url[0] == '\0')
		return 0;
	if (!sc_has_prefix(url, "https://"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' in provider metadata is not an https URL", name);
	*slot = sc_strdup(url);
	return *slot == NULL ? sc_fail_nomem(e) : 0;
}

/* OpenID Connect Discovery 1.0 section 4. */
static int
discover(struct sc_oauth_run *o, struct sc_error *e)
{
	char *url = sc_jwks_discovery_url(o->q->provider);
	struct json_object *metadata = NULL;
	long status = 0;
	int r;

	if (url == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the provider \"%.256s\" is no URL", o->q->provider);
	r = ask(url, NULL, &status, &metadata, e);
	if (r == 0 && status != 200)
		r = sc_fail(
		    e, SC_ERR_IO, "%s answers with status %ld", url, status);
	if (r == 0 &&
	    (r = take_endpoint(&o->authorization_endpoint, metadata,
		 "authorization_endpoint", e)) == 0 &&
	    (r = take_endpoint(&o->device_endpoint, metadata,
		 "device_authorization_endpoint", e)) == 0)
		r = take_endpoint(
		    &o->token_endpoint, metadata, "token_endpoint", e);
	json_object_put(metadata);
	free(url);
	return r;
}

static int
find_endpoints(struct sc_oauth_run *o, struct sc_error *e)
{
	const struct sc_oauth *q = o->q;
	int r = 0;

	if (q->token_endpoint == NULL)
		return discover(o, e);
	o->token_endpoint = sc_strdup(q->token_endpoint);
	o->authorization_endpoint = sc_strdup(q->authorization_endpoint);
	o->device_endpoint = sc_strdup(q->device_endpoint);
	if (o->token_endpoint == NULL ||
	    (q->authorization_endpoint != NULL &&
		o->authorization_endpoint == NULL) ||
	    (q->device_endpoint != NULL && o->device_endpoint == NULL))
		r = sc_fail_nomem(e);
	return r;
}

static int
need(const char *url, const char *name, struct sc_error *e)
{
	if (url != NULL)
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "missing or invalid '%s' in provider metadata", name);
}

static int
begin(struct sc_oauth_run *o, struct sc_error *e)
{
	int r;

	if ((o->scope = join(o->q->scopes)) == NULL)
		return sc_fail_nomem(e);
	if ((o->state = random_text(24, e)) == NULL ||
	    (o->nonce = random_text(32, e)) == NULL ||
	    (o->verifier = random_text(48, e)) == NULL)
		return SC_ERR_INTERNAL;
	if ((r = find_endpoints(o, e)) != 0)
		return r;
	return need(o->token_endpoint, "token_endpoint", e);
}

/* KEY=VALUE, or KEY. */
static int
put_params(const struct sc_oauth_run *o, struct sc_buf *b, struct sc_error *e)
{
	const struct sc_strlist *l = o->q->params;
	const char *eq;
	char *name;
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++) {
		eq = strchr(l->v[i], '=');
		if (eq == l->v[i] || l->v[i][0] == '\0')
			return sc_fail(e, SC_ERR_MALFORMED,
			    "invalid authentication parameter '%s'", l->v[i]);
		name = eq != NULL ? sc_strndup(l->v[i], (size_t)(eq - l->v[i]))
				  : sc_strdup(l->v[i]);
		if (name == NULL)
			return sc_fail_nomem(e);
		sc_form_put(b, name, eq != NULL ? eq + 1 : "");
		free(name);
	}
	return 0;
}

static int
put_query(const struct sc_oauth_run *o, struct sc_buf *b, struct sc_error *e)
{
	unsigned char digest[32];
	char *challenge;
	int r;

	if ((r = sc_sha256(o->verifier, strlen(o->verifier), digest)) != 0)
		return sc_fail(e, r, "%s", sc_err_text(r));
	if ((challenge = sc_b64_encode(SC_B64_URL, digest, 32)) == NULL)
		return sc_fail_nomem(e);
	sc_form_put(b, "client_id", o->q->client_id);
	sc_form_put(b, "redirect_uri", o->redirect_uri);
	sc_form_put(b, "response_type", "code");
	sc_form_put(b, "code_challenge_method", "S256");
	sc_form_put(b, "code_challenge", challenge);
	sc_form_put(b, "scope", o->scope);
	if (o->q->prompt != NULL)
		sc_form_put(b, "prompt", o->q->prompt);
	sc_form_put(b, "state", o->state);
	sc_form_put(b, "nonce", o->nonce);
	if (o->q->login_hint != NULL)
		sc_form_put(b, "login_hint", o->q->login_hint);
	free(challenge);
	return put_params(o, b, e);
}

int
sc_oauth_url(const struct sc_oauth_run *o, char **out, struct sc_error *e)
{
	const char *base = o->authorization_endpoint;
	struct sc_buf *b;
	int r;

	*out = NULL;
	if ((r = need(base, "authorization_endpoint", e)) != 0)
		return r;
	b = sc_buf_new(SC_OAUTH_URL_MAX);
	if ((r = put_query(o, b, e)) == 0) {
		if ((r = sc_buf_error(b)) != 0)
			(void)sc_fail(e, r, "%s", sc_err_text(r));
		else if ((*out = sc_asprintf("%s%c%s", base,
			      strchr(base, '?') != NULL ? '&' : '?',
			      sc_buf_str(b))) == NULL)
			r = sc_fail_nomem(e);
	}
	sc_buf_free(b);
	return r;
}

void
sc_oauth_put_client(const struct sc_oauth_run *o, struct sc_buf *form)
{
	sc_form_put(form, "client_id", o->q->client_id);
	if (o->q->client_secret != NULL && o->q->client_secret[0] != '\0')
		sc_form_put(form, "client_secret", o->q->client_secret);
}

int
sc_oauth_exchange(const struct sc_oauth_run *o, const char *code,
    struct json_object **out, struct sc_error *e)
{
	struct sc_buf *form = sc_buf_new(SC_OAUTH_URL_MAX);
	int r;

	sc_form_put(form, "grant_type", "authorization_code");
	sc_form_put(form, "code", code);
	sc_form_put(form, "redirect_uri", o->redirect_uri);
	sc_form_put(form, "code_verifier", o->verifier);
	sc_oauth_put_client(o, form);
	r = sc_oauth_post(o->token_endpoint, form, out, e);
	sc_buf_free(form);
	if (r == 0 && sc_oauth_error(*out)[0] != '\0') {
		r = sc_oauth_refused(
		    "Error exchanging authorization code", *out, e);
		json_object_put(*out);
		*out = NULL;
	}
	return r;
}

int
sc_oauth_oob(
    struct sc_oauth_run *o, struct json_object **out, struct sc_error *e)
{
	char *url = NULL, *code = NULL;
	int r;

	if ((o->redirect_uri = sc_strdup(OOB_URI)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_oauth_url(o, &url, e)) != 0)
		return r;
	sc_ui_info("Open a local web browser and visit:\n\n%s\n", url);
	free(url);
	if ((r = sc_ui_prompt(CODE_LABEL, NULL, &code, e)) == 0)
		r = sc_oauth_exchange(o, code, out, e);
	sc_free_secret(code);
	return r;
}

/*
 * OpenID Connect Core 1.0 section 3.1.3.7, 11: an ID token without the nonce
 * that was sent is that of another sign-in.  The rest of it is for the CA to
 * judge.  The device grant sends none.
 */
static int
check_nonce(const struct sc_oauth_run *o, struct json_object *answer,
    struct sc_error *e)
{
	const char *token = text(answer, "id_token");
	struct json_object *claims = NULL;
	int r;

	if (token[0] == '\0')
		return 0;
	if ((r = sc_token_read_claims(token, &claims, e)) != 0)
		return r;
	if (!sc_streq(text(claims, "nonce"), o->nonce))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the ID token is not of this sign-in: its nonce is not "
		    "the one that was sent");
	json_object_put(claims);
	return r;
}

static int
sign_in(struct sc_oauth_run *o, struct json_object **out, struct sc_error *e)
{
	enum sc_oauth_flow flow = o->q->flow;
	int r;

	if ((r = begin(o, e)) != 0)
		return r;
	if (flow == SC_OAUTH_CONSOLE)
		flow =
		    o->device_endpoint != NULL ? SC_OAUTH_DEVICE : SC_OAUTH_OOB;
	if (flow == SC_OAUTH_DEVICE) {
		r = need(
		    o->device_endpoint, "device_authorization_endpoint", e);
		return r != 0 ? r : sc_oauth_device(o, out, e);
	}
	r = flow == SC_OAUTH_OOB ? sc_oauth_oob(o, out, e)
				 : sc_oauth_browser(o, out, e);
	return r != 0 ? r : check_nonce(o, *out, e);
}

int
sc_oauth_sign_in(
    const struct sc_oauth *q, struct json_object **out, struct sc_error *e)
{
	struct sc_oauth_run o = {.q = q};
	int r;

	*out = NULL;
	if ((r = sign_in(&o, out, e)) != 0) {
		json_object_put(*out);
		*out = NULL;
	}
	run_clear(&o);
	return r;
}
