#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "provisioner/webhook.h"
#include "template/template.h"

static const char *const kinds[] = {
    [SC_WEBHOOK_ENRICHING] = "ENRICHING",
    [SC_WEBHOOK_AUTHORIZING] = "AUTHORIZING",
    [SC_WEBHOOK_SCEPCHALLENGE] = "SCEPCHALLENGE",
    [SC_WEBHOOK_NOTIFYING] = "NOTIFYING",
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *
sc_webhook_kind_name(enum sc_webhook_kind kind)
{
	return kinds[kind];
}

static void
webhook_clear(struct sc_webhook *w)
{
	free(w->id);
	free(w->name);
	free(w->server);
	sc_template_free(w->url);
	sc_freezero(w->secret, w->secret_len);
	sc_free_secret(w->bearer);
	free(w->basic_user);
	sc_free_secret(w->basic_password);
	free(w->client_cert);
	free(w->client_key);
}

void
sc_webhooks_free(struct sc_webhooks *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->n; i++)
		webhook_clear(&l->v[i]);
	free(l->v);
	free(l);
}

const struct sc_webhook *
sc_webhooks_next(const struct sc_webhooks *l, enum sc_webhook_kind kind,
    unsigned certs, size_t *i)
{
	const struct sc_webhook *w;

	while (l != NULL && *i < l->n) {
		w = &l->v[(*i)++];
		if (w->kind == kind && (w->certs & certs) != 0)
			return w;
	}
	return NULL;
}

/* --- members ------------------------------------------------------------ */

static int
bad(struct sc_error *e, const char *what)
{
	return sc_fail(e, SC_ERR_MALFORMED, "webhook %s", what);
}

/* A copy of the member; NULL when it is absent or empty. */
static int
read_text(
    struct json_object *o, const char *name, char **out, struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, name, &s, e);

	if (r != 0 || s == NULL || s[0] == '\0')
		return r;
	*out = sc_strdup(s);
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

/* Likewise of what becomes a header: a line has no second one. */
static int
read_header(
    struct json_object *o, const char *name, char **out, struct sc_error *e)
{
	const char *p;
	int r = read_text(o, name, out, e);

	for (p = r == 0 ? *out : NULL; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "webhook %s has control characters", name);
	return r;
}

/*
 * What stands before the path is as it is: no value of a request sends us
 * elsewhere.
 */
static int
read_server(struct sc_webhook *w, const char *url, struct sc_error *e)
{
	static const char https[] = "https://";
	const size_t n = sizeof(https) - 1;
	struct sc_url u = {0};
	int r = 0;

	w->server = sc_strndup(url, n);
	if (w->server == NULL)
		return sc_fail_nomem(e);
	if (!sc_strcaseeq(w->server, https))
		return bad(e,
		    strstr(url, "://") != NULL ? "url must use https"
					       : "url is invalid");
	free(w->server);
	w->server = sc_strndup(url, n + strcspn(url + n, "/?#"));
	if (w->server == NULL)
		return sc_fail_nomem(e);
	if (strchr(w->server, '@') != NULL)
		return bad(e, "url may not contain username or password");
	if (strchr(w->server, '{') != NULL ||
	    (r = sc_url_parse(w->server, &u)) != 0 || u.host[0] == '\0')
		r = r == SC_ERR_NOMEM ? sc_fail_nomem(e)
				      : bad(e, "url is invalid");
	sc_url_clear(&u);
	return r;
}

static int
read_url(struct sc_webhook *w, struct json_object *o, struct sc_error *e)
{
	const char *url = NULL;
	int r = sc_json_get_string(o, "url", &url, e);

	if (r != 0)
		return r;
	if (url == NULL || strlen(url) > SC_MAX_URI)
		return bad(e, "url is invalid");
	if ((r = read_server(w, url, e)) == 0 &&
	    (r = sc_template_parse(url, strlen(url), &w->url, e)) != 0)
		sc_error_prefix(e, "url");
	return r;
}

static int
read_kind(struct sc_webhook *w, struct json_object *o, struct sc_error *e)
{
	const char *s = NULL;
	size_t i;
	int r = sc_json_get_string(o, "kind", &s, e);

	if (r != 0)
		return r;
	if (s == NULL || s[0] == '\0')
		return bad(e, "kind is required");
	for (i = 0; i < KINDS; i++)
		if (sc_strcaseeq(s, kinds[i])) {
			w->kind = (enum sc_webhook_kind)i;
			return 0;
		}
	return bad(e,
	    "kind is none of ENRICHING, AUTHORIZING, SCEPCHALLENGE, NOTIFYING");
}

static int
read_certs(struct sc_webhook *w, struct json_object *o, struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, "certType", &s, e);

	if (r != 0)
		return r;
	if (s == NULL || s[0] == '\0' || sc_strcaseeq(s, "ALL"))
		w->certs = SC_WEBHOOK_X509 | SC_WEBHOOK_SSH;
	else if (sc_strcaseeq(s, "X509"))
		w->certs = SC_WEBHOOK_X509;
	else if (sc_strcaseeq(s, "SSH"))
		w->certs = SC_WEBHOOK_SSH;
	else
		return bad(e, "certType is none of ALL, X509, SSH");
	return 0;
}

static int
read_secret(struct sc_webhook *w, struct json_object *o, struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, "secret", &s, e);

	if (r != 0 || s == NULL)
		return r;
	r = sc_b64_decode(SC_B64_STD, s, strlen(s), &w->secret, &w->secret_len);
	return r == 0		? 0
	    : r == SC_ERR_NOMEM ? sc_fail_nomem(e)
				: bad(e, "secret is not base64");
}

static int
read_basic(struct sc_webhook *w, struct json_object *o, struct sc_error *e)
{
	struct json_object *basic = NULL;
	int r = sc_json_get_object(o, "basicAuth", &basic, e);

	if (r != 0 || basic == NULL)
		return r;
	if ((r = read_header(basic, "username", &w->basic_user, e)) != 0 ||
	    (r = read_header(basic, "password", &w->basic_password, e)) != 0)
		return r;
	/* The one may be empty when the other is there. */
	if (w->basic_user == NULL && w->basic_password != NULL &&
	    (w->basic_user = sc_strdup("")) == NULL)
		return sc_fail_nomem(e);
	return 0;
}

static int
read_path(struct json_object *o, const char *name, const char *steppath,
    char **out, struct sc_error *e)
{
	char *file = NULL;
	int r = read_text(o, name, &file, e);

	if (r == 0 && file != NULL && file[0] != '/' && steppath != NULL) {
		*out = sc_asprintf("%s/%s", steppath, file);
		if (*out == NULL)
			r = sc_fail_nomem(e);
		free(file);
	} else {
		*out = file;
	}
	return r;
}

/* With what we identify ourselves in TLS. */
static int
read_client(struct sc_webhook *w, struct json_object *o, const char *steppath,
    struct sc_error *e)
{
	bool disabled = false;
	int r;

	if ((r = sc_json_get_bool(o, "disableTLSClientAuth", &disabled, e)) !=
		0 ||
	    disabled)
		return r;
	if ((r = read_path(o, "clientCert", steppath, &w->client_cert, e)) !=
		0 ||
	    (r = read_path(o, "clientKey", steppath, &w->client_key, e)) != 0)
		return r;
	if ((w->client_cert == NULL) != (w->client_key == NULL))
		return bad(e, "clientCert and clientKey go together");
	return 0;
}

static int
read_webhook(struct sc_webhook *w, struct json_object *o, const char *steppath,
    struct sc_error *e)
{
	int r;

	if (!json_object_is_type(o, json_type_object))
		return bad(e, "is not an object");
	if ((r = read_text(o, "name", &w->name, e)) != 0)
		return r;
	if (w->name == NULL)
		return bad(e, "name is required");
	if ((r = read_url(w, o, e)) != 0 || (r = read_kind(w, o, e)) != 0 ||
	    (r = read_certs(w, o, e)) != 0 ||
	    (r = read_header(o, "id", &w->id, e)) != 0 ||
	    (r = read_secret(w, o, e)) != 0 ||
	    (r = read_header(o, "bearerToken", &w->bearer, e)) != 0 ||
	    (r = read_basic(w, o, e)) != 0 ||
	    (r = read_client(w, o, steppath, e)) != 0)
		return r;
	if (w->id == NULL && (w->id = sc_strdup("")) == NULL)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_webhooks_new(struct json_object *options, const char *steppath,
    struct sc_webhooks **out, struct sc_error *e)
{
	struct json_object *list = NULL;
	struct sc_webhooks *l;
	size_t n;
	int r;

	*out = NULL;
	if ((r = sc_json_get_array(options, "webhooks", &list, e)) != 0 ||
	    list == NULL || (n = json_object_array_length(list)) == 0)
		return r;
	if (n > SC_MAX_WEBHOOKS)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "options.webhooks: more than %d", SC_MAX_WEBHOOKS);
	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->v = calloc(n, sizeof(*l->v))) == NULL) {
		sc_webhooks_free(l);
		return sc_fail_nomem(e);
	}
	while (r == 0 && l->n < n) {
		r = read_webhook(&l->v[l->n],
		    json_object_array_get_idx(list, l->n), steppath, e);
		if (r != 0)
			sc_error_prefix(e, "options.webhooks[%zu]", l->n);
		l->n++;
	}
	if (r == 0) {
		*out = l;
		l = NULL; /* transferred */
	}
	sc_webhooks_free(l);
	return r;
}

/* --- for everybody ------------------------------------------------------ */

/* What the reference tells of a webhook. */
static bool
is_public(const char *member)
{
	static const char *const members[] = {
	    "id", "name", "url", "kind", "disableTLSClientAuth", "certType"};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (sc_strcaseeq(member, members[i]))
			return true;
	return false;
}

/* Its members that may be told. */
static void
put_webhook(struct sc_buf *out, struct json_object *o)
{
	const char *sep = "{";

	if (!json_object_is_type(o, json_type_object)) {
		(void)sc_buf_puts(out, "null");
		return;
	}
	json_object_object_foreach(o, key, v)
	{
		if (!is_public(key))
			continue;
		(void)sc_buf_puts(out, sep);
		(void)sc_json_put_string(out, key, strlen(key));
		(void)sc_buf_putc(out, ':');
		(void)sc_json_put(out, v, NULL);
		sep = ",";
	}
	(void)sc_buf_puts(out, sep[0] == '{' ? "{}" : "}");
}

static void
put_webhooks(struct sc_buf *out, struct json_object *list)
{
	size_t i, n = 0;

	if (json_object_is_type(list, json_type_array))
		n = json_object_array_length(list);
	(void)sc_buf_putc(out, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)sc_buf_putc(out, ',');
		put_webhook(out, json_object_array_get_idx(list, i));
	}
	(void)sc_buf_putc(out, ']');
}

int
sc_webhooks_put_public(struct sc_buf *out, struct json_object *options)
{
	const char *sep = "{";

	if (!json_object_is_type(options, json_type_object))
		return sc_buf_puts(out, "null");
	json_object_object_foreach(options, key, v)
	{
		(void)sc_buf_puts(out, sep);
		(void)sc_json_put_string(out, key, strlen(key));
		(void)sc_buf_putc(out, ':');
		if (sc_strcaseeq(key, "webhooks"))
			put_webhooks(out, v);
		else
			(void)sc_json_put(out, v, NULL);
		sep = ",";
	}
	return sc_buf_puts(out, sep[0] == '{' ? "{}" : "}");
}
