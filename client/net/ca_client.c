#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "crypto/cert.h"
#include "net/http.h"
#include "client/net/ca_client.h"
#include "client/net/ca_error.h"
#include "client/command.h"
#include "client/cli/options.h"
#include "client/cli/output.h"

#define TIMEOUT_MAX 3600

const struct sc_opt sc_options_ca[] = {
    {.name = "ca-url", .arg = "URL", .help = "where the CA is (https)"},
    {.name = "root",
	.arg = "FILE",
	.help = "root certificate (default $STEPPATH/certs/root_ca.crt)"},
    {.name = "timeout",
	.arg = "SECONDS",
	.help = "how long an answer may take",
	.def = "30"},
    SC_OPT_END};

struct sc_ca {
	char *base;
	char *roots_pem;
	char *roots_from;
	struct sc_certs roots;
	char fingerprint[65];
	long timeout;
};

int
sc_ca_url(const char *text, char **out, struct sc_error *e)
{
	struct sc_url u;
	char *full;
	int r;

	*out = NULL;
	full = sc_asprintf(
	    "%s%s", strstr(text, "://") == NULL ? "https://" : "", text);
	if (full == NULL)
		return sc_fail_nomem(e);
	r = sc_url_parse(full, &u);
	free(full);
	if (r != 0)
		return sc_fail(e, r, "'%s' is not a URL of a CA", text);
	if (strcmp(u.scheme, "https") != 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' is not a URL of a CA: it must start with https://",
		    text);
	else if (u.host[0] == '\0' || u.userinfo[0] != '\0')
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "'%s' is not a URL of a CA", text);
	else {
		*out = sc_asprintf("https://%s%s%s", u.host,
		    u.port[0] != '\0' ? ":" : "", u.port);
		r = *out != NULL ? 0 : sc_fail_nomem(e);
	}
	sc_url_clear(&u);
	return r;
}

static int
get_timeout(const struct sc_args *a, long *out, struct sc_error *e)
{
	const char *s = sc_args_str(a, "timeout");
	int64_t n;

	if (sc_strtonum(s, 1, TIMEOUT_MAX, &n) != 0)
		return sc_args_invalid(a, "timeout", s, "it is in seconds", e);
	*out = (long)n;
	return 0;
}

/* Takes over base and pem. */
static int
ca_new(char *base, char *pem, const char *from, long timeout,
    struct sc_ca **out, struct sc_error *e)
{
	struct sc_ca *c = calloc(1, sizeof(*c));
	uint8_t fp[32];
	char *hex;
	int r;

	if (c == NULL) {
		free(base);
		free(pem);
		return sc_fail_nomem(e);
	}
	c->base = base;
	c->roots_pem = pem;
	c->roots_from = sc_strdup(from);
	c->timeout = timeout;
	r = sc_certs_from_pem(pem, strlen(pem), &c->roots, e);
	if (r != 0)
		sc_error_prefix(e, "%s", from);
	else {
		sc_cert_fingerprint(c->roots.v[0], fp);
		hex = sc_hex_encode(fp, sizeof(fp));
		if (hex == NULL)
			r = sc_fail_nomem(e);
		else
			snprintf(c->fingerprint, 65, "%s", hex);
		free(hex);
	}
	if (r != 0) {
		sc_ca_free(c);
		return r;
	}
	*out = c;
	return 0;
}

int
sc_ca_from_args(const struct sc_args *a, struct sc_ca **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "root");
	char *base = NULL, *pem = NULL, *path = NULL;
	long timeout = 0;
	size_t n;
	int r;

	*out = NULL;
	r = sc_args_check_required(a, "ca-url", e);
	if (r == 0)
		r = get_timeout(a, &timeout, e);
	if (r == 0)
		r = sc_ca_url(sc_args_str(a, "ca-url"), &base, e);
	if (r != 0)
		return r;
	path =
	    file != NULL ? sc_strdup(file) : sc_output_abs("certs/root_ca.crt");
	if (path == NULL)
		r = sc_fail_nomem(e);
	else if (file == NULL && !sc_file_exists(path))
		r = sc_args_check_required(a, "root", e);
	else
		r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r == 0 && pem != NULL) {
		r = ca_new(base, pem, path, timeout, out, e);
		base = NULL;
	}
	free(base);
	free(path);
	return r;
}

/* The first audience of a token, when it is a URL. */
static const char *
first_audience(struct json_object *claims)
{
	struct json_object *aud = sc_json_member_exact(claims, "aud");
	const char *s;

	if (json_object_is_type(aud, json_type_array))
		aud = json_object_array_get_idx(aud, 0);
	if (!json_object_is_type(aud, json_type_string))
		return NULL;
	s = json_object_get_string(aud);
	return sc_has_prefix(s, "http") ? s : NULL;
}

int
sc_ca_from_token(const struct sc_args *a, struct json_object *claims,
    struct sc_ca **out, struct sc_error *e)
{
	struct json_object *sha = sc_json_member_exact(claims, "sha");
	const char *url = first_audience(claims);
	char *base = NULL, *pem = NULL;
	long timeout = 0;
	int r;

	*out = NULL;
	if (url == NULL || !json_object_is_type(sha, json_type_string) ||
	    json_object_get_string_len(sha) == 0)
		return SC_ERR_NOT_FOUND;
	if (sc_args_given(a, "ca-url"))
		url = sc_args_str(a, "ca-url");
	r = get_timeout(a, &timeout, e);
	if (r == 0)
		r = sc_ca_url(url, &base, e);
	if (r == 0)
		r = sc_ca_fetch_root(
		    base, json_object_get_string(sha), timeout, &pem, e);
	if (r == 0 && pem != NULL) {
		r = ca_new(base, pem, "the root that the token names", timeout,
		    out, e);
		base = NULL;
	}
	free(base);
	return r == SC_ERR_NOT_FOUND ? SC_ERR_FORBIDDEN : r;
}

void
sc_ca_free(struct sc_ca *c)
{
	if (c == NULL)
		return;
	sc_certs_clear(&c->roots);
	free(c->roots_pem);
	free(c->roots_from);
	free(c->base);
	free(c);
}

const char *
sc_ca_base(const struct sc_ca *c)
{
	return c->base;
}

const struct sc_certs *
sc_ca_roots(const struct sc_ca *c)
{
	return &c->roots;
}

const char *
sc_ca_root_fingerprint(const struct sc_ca *c)
{
	return c->fingerprint;
}

/* Send, and keep what is a JSON object of the CA. */
static int
exchange(const struct sc_http_request *q, struct json_object **out,
    struct sc_error *e)
{
	struct sc_http_response p;
	int r;

	*out = NULL;
	memset(&p, 0, sizeof(p));
	r = sc_http_send(q, &p, e);
	if (r == 0)
		r = sc_ca_answer(q->url, &p, out, e);
	sc_http_response_clear(&p);
	return r;
}

int
sc_ca_call(struct sc_ca *c, const struct sc_ca_call *call,
    struct json_object **out, struct sc_error *e)
{
	struct sc_http_request q;
	struct sc_buf *body = NULL;
	char *url;
	int r = 0;

	*out = NULL;
	memset(&q, 0, sizeof(q));
	url = sc_asprintf("%s%s", c->base, call->path);
	if (url == NULL)
		return sc_fail_nomem(e);
	if (call->body != NULL) {
		body = sc_buf_new(SC_MAX_RESPONSE);
		if (sc_json_put(body, call->body, NULL) != 0)
			r = sc_fail_nomem(e);
	}
	q.method = call->body != NULL || call->bearer != NULL ||
		call->client_cert != NULL
	    ? "POST"
	    : "GET";
	q.url = url;
	q.body = body != NULL ? sc_buf_str(body) : NULL;
	q.bearer = call->bearer;
	q.client_cert = call->client_cert;
	q.client_key = call->client_key;
	q.roots_pem = c->roots_pem;
	q.roots_from = c->roots_from;
	q.timeout = c->timeout;
	if (r == 0)
		r = exchange(&q, out, e);
	sc_buf_free(body);
	free(url);
	return r;
}

int
sc_ca_get(struct sc_ca *c, const char *path, struct json_object **out,
    struct sc_error *e)
{
	struct sc_ca_call call;

	memset(&call, 0, sizeof(call));
	call.path = path;
	return sc_ca_call(c, &call, out, e);
}

int
sc_ca_fingerprint(const char *text, char out[65], struct sc_error *e)
{
	const char *p;
	size_t n = 0;

	for (p = text; *p != '\0'; p++) {
		if (*p == '-' || *p == ':' || *p == ' ' || *p == '\n')
			continue;
		if (sc_hex_digit(*p) < 0 || n == 64) {
			n = 0;
			break;
		}
		out[n++] = "0123456789abcdef"[sc_hex_digit(*p)];
	}
	out[n] = '\0';
	if (n != 64)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' is not a SHA-256 fingerprint: it must have 64 hex "
		    "digits",
		    text);
	return 0;
}

/* One certificate with that fingerprint: *pem is written anew from it. */
static int
check_root(
    struct json_object *answer, const char *fp, char **pem, struct sc_error *e)
{
	struct sc_certs certs = {NULL, 0};
	const char *text = NULL;
	uint8_t got[32];
	char *hex = NULL;
	int r;

	r = sc_json_get_string(answer, "ca", &text, e);
	if (r == 0 && text == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED, "the answer has no 'ca'");
	if (r == 0)
		r = sc_certs_from_pem(text, strlen(text), &certs, e);
	if (r == 0) {
		/* Only the first is vouched for; what follows is dropped. */
		sc_cert_fingerprint(certs.v[0], got);
		hex = sc_hex_encode(got, sizeof(got));
		if (hex == NULL)
			r = sc_fail_nomem(e);
		else if (strcmp(hex, fp) != 0)
			r = sc_fail(e, SC_ERR_FORBIDDEN,
			    "the SHA-256 fingerprint of the certificate that "
			    "came is %s and does not match",
			    hex);
	}
	if (r == 0)
		r = sc_cert_to_pem(certs.v[0], pem);
	free(hex);
	sc_certs_clear(&certs);
	return r;
}

int
sc_ca_fetch_root(const char *base, const char *fingerprint, long timeout,
    char **pem, struct sc_error *e)
{
	struct sc_http_request q;
	struct json_object *answer = NULL;
	char fp[65], *url;
	int r;

	*pem = NULL;
	r = sc_ca_fingerprint(fingerprint, fp, e);
	if (r != 0)
		return r;
	url = sc_asprintf("%s/root/%s", base, fp);
	if (url == NULL)
		return sc_fail_nomem(e);
	memset(&q, 0, sizeof(q));
	q.method = "GET";
	q.url = url;
	q.insecure = true;
	q.timeout = timeout;
	r = exchange(&q, &answer, e);
	if (r == 0)
		r = check_root(answer, fp, pem, e);
	if (r != 0)
		sc_error_prefix(e, "error downloading root certificate");
	json_object_put(answer);
	free(url);
	return r;
}
