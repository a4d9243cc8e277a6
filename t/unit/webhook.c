/*
 * Webhooks as ca.json has them: what is read, what disables a provisioner,
 * what is told to everybody.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provisioner/webhook.h"
#include "tap.h"
#include "template/data.h"
#include "template/template.h"

static struct sc_error e;

/* options of this text, read. */
static int
read_options(const char *text, struct sc_webhooks **out)
{
	struct json_object *o = NULL;
	int r;

	*out = NULL;
	e = (struct sc_error)SC_ERROR_INIT;
	if ((r = sc_json_parse(text, strlen(text), 0, &o, &e)) != 0)
		return r;
	r = sc_webhooks_new(o, "/step", out, &e);
	json_object_put(o);
	return r;
}

/* One webhook with these members beside name, url and kind. */
static struct sc_webhooks *
one(const char *members)
{
	char *text =
	    sc_asprintf("{\"webhooks\":[{\"name\":\"n\",\"url\":"
			"\"https://h.example.com:8443/p?q=1\",\"kind\":"
			"\"ENRICHING\"%s}]}",
		members);
	struct sc_webhooks *l = NULL;

	if (text != NULL)
		(void)read_options(text, &l);
	free(text);
	return l;
}

static void
reads(void)
{
	struct sc_webhooks *l =
	    one(",\"id\":\"i\",\"secret\":\"AAEC\",\"bearerToken\":\"t\","
		"\"basicAuth\":{\"username\":\"u\",\"password\":\"p\"},"
		"\"certType\":\"ssh\",\"clientCert\":\"a.crt\","
		"\"clientKey\":\"/k/a.key\",\"more\":1");
	const struct sc_webhook *w;

	tap_need(tap_ok(l != NULL && l->n == 1));
	w = &l->v[0];
	tap_str(w->id, "i");
	tap_str(w->name, "n");
	tap_str(w->server, "https://h.example.com:8443");
	tap_int(w->kind, SC_WEBHOOK_ENRICHING);
	tap_int(w->certs, SC_WEBHOOK_SSH);
	tap_mem(w->secret, w->secret_len, "\0\1\2", 3);
	tap_str(w->bearer, "t");
	tap_str(w->basic_user, "u");
	tap_str(w->basic_password, "p");
	tap_str(w->client_cert, "/step/a.crt");
	tap_str(w->client_key, "/k/a.key");
	sc_webhooks_free(l);
}

static void
defaults(void)
{
	struct sc_webhooks *l = one("");
	const struct sc_webhook *w;

	tap_need(tap_ok(l != NULL && l->n == 1));
	w = &l->v[0];
	tap_str(w->id, "");
	tap_int(w->certs, SC_WEBHOOK_X509 | SC_WEBHOOK_SSH);
	tap_int((int64_t)w->secret_len, 0);
	tap_ok(w->bearer == NULL && w->basic_user == NULL &&
	    w->basic_password == NULL && w->client_cert == NULL &&
	    w->client_key == NULL);
	sc_webhooks_free(l);
	tap_int(read_options("{}", &l), 0);
	tap_ok(l == NULL);
	tap_int(read_options("{\"webhooks\":[]}", &l), 0);
	tap_ok(l == NULL);
	tap_int(read_options("{\"webhooks\":null}", &l), 0);
	tap_ok(l == NULL);
	l = one(",\"basicAuth\":{\"password\":\"p\"}");
	tap_need(tap_ok(l != NULL));
	tap_str(l->v[0].basic_user, "");
	sc_webhooks_free(l);
	l = one(",\"disableTLSClientAuth\":true,\"clientCert\":\"a\"");
	tap_need(tap_ok(l != NULL));
	tap_ok(l->v[0].client_cert == NULL);
	sc_webhooks_free(l);
}

static void
finds(void)
{
	static const char text[] =
	    "{\"webhooks\":["
	    "{\"name\":\"a\",\"url\":\"https://h/\",\"kind\":\"enriching\"},"
	    "{\"name\":\"b\",\"url\":\"https://h\",\"kind\":\"Authorizing\"},"
	    "{\"name\":\"c\",\"url\":\"https://h?x\",\"kind\":\"ENRICHING\","
	    "\"certType\":\"X509\"},"
	    "{\"name\":\"d\",\"url\":\"https://h#f\",\"kind\":\"NOTIFYING\"},"
	    "{\"name\":\"e\",\"url\":\"https://[::1]:1/\",\"kind\":"
	    "\"SCEPCHALLENGE\",\"certType\":\"ALL\"}]}";
	struct sc_webhooks *l;
	const struct sc_webhook *w;
	size_t i = 0;

	tap_need(tap_int(read_options(text, &l), 0));
	tap_int((int64_t)l->n, 5);
	w = sc_webhooks_next(l, SC_WEBHOOK_ENRICHING, SC_WEBHOOK_X509, &i);
	tap_ok(w == &l->v[0]);
	w = sc_webhooks_next(l, SC_WEBHOOK_ENRICHING, SC_WEBHOOK_X509, &i);
	tap_ok(w == &l->v[2]);
	w = sc_webhooks_next(l, SC_WEBHOOK_ENRICHING, SC_WEBHOOK_X509, &i);
	tap_ok(w == NULL);
	i = 1;
	w = sc_webhooks_next(l, SC_WEBHOOK_ENRICHING, SC_WEBHOOK_SSH, &i);
	tap_ok(w == NULL);
	i = 0;
	tap_ok(sc_webhooks_next(NULL, SC_WEBHOOK_ENRICHING, 3, &i) == NULL);
	tap_str(sc_webhook_kind_name(l->v[3].kind), "NOTIFYING");
	tap_str(sc_webhook_kind_name(l->v[4].kind), "SCEPCHALLENGE");
	sc_webhooks_free(l);
}

static void
refuses(void)
{
	static const struct {
		const char *webhook, *message;
	} cases[] = {
	    {"1", "webhook is not an object"},
	    {"{\"url\":\"https://h/\",\"kind\":\"ENRICHING\"}",
		"webhook name is required"},
	    {"{\"name\":\"n\",\"kind\":\"ENRICHING\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"\",\"kind\":\"ENRICHING\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"/x\",\"kind\":\"ENRICHING\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"https:///x\",\"kind\":\"ENRICHING\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"https://h{{ .x }}/\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"https://h h/\"}",
		"webhook url is invalid"},
	    {"{\"name\":\"n\",\"url\":\"http://h/\"}",
		"webhook url must use https"},
	    {"{\"name\":\"n\",\"url\":\"https://u@h/\"}",
		"webhook url may not contain username or password"},
	    {"{\"name\":\"n\",\"url\":\"https://h/{{ .x \"}", "url: line 1"},
	    {"{\"name\":\"n\",\"url\":\"https://h/{{ env \\\"A\\\" }}\"}",
		"url: line 1"},
	    {"{\"name\":\"n\",\"url\":\"https://h/\"}",
		"webhook kind is required"},
	    {"{\"name\":\"n\",\"url\":\"https://h/\",\"kind\":\"NO_KIND\"}",
		"webhook kind is none of"},
	    {"{\"name\":1}", "name"},
	};
	static const struct {
		const char *members, *message;
	} more[] = {
	    {",\"certType\":\"x.509\"", "webhook certType is none of"},
	    {",\"certType\":1", "certType"},
	    {",\"secret\":\"A\"", "webhook secret is not base64"},
	    {",\"secret\":\"AA=\"", "webhook secret is not base64"},
	    {",\"bearerToken\":\"a\\nb\"", "bearerToken has control"},
	    {",\"bearerToken\":[]", "bearerToken"},
	    {",\"id\":\"a\\rb\"", "id has control"},
	    {",\"basicAuth\":\"u:p\"", "basicAuth"},
	    {",\"basicAuth\":{\"username\":\"a\\u0001\"}", "username has"},
	    {",\"disableTLSClientAuth\":\"yes\"", "disableTLSClientAuth"},
	    {",\"clientKey\":\"k\"", "clientCert and clientKey go together"},
	};
	struct sc_webhooks *l;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].webhook);
		text = sc_asprintf("{\"webhooks\":[%s]}", cases[i].webhook);
		tap_need(tap_ok(text != NULL));
		tap_int(read_options(text, &l), SC_ERR_MALFORMED);
		tap_ok(l == NULL);
		tap_has(e.msg, "options.webhooks[0]: ");
		tap_has(e.msg, cases[i].message);
		free(text);
	}
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		tap_context("%s", more[i].members);
		tap_ok(one(more[i].members) == NULL);
		tap_int(e.code, SC_ERR_MALFORMED);
		tap_has(e.msg, more[i].message);
	}
	tap_context("%s", "");
	tap_int(read_options("{\"webhooks\":{}}", &l), SC_ERR_MALFORMED);
}

/* So many webhooks, the last of them with a URL of so many characters. */
static int
read_many(size_t n, size_t length)
{
	struct sc_buf *b = sc_buf_new(1 << 20);
	struct sc_webhooks *l = NULL;
	size_t i, k;
	int r;

	(void)sc_buf_puts(b, "{\"webhooks\":[");
	for (i = 0; i < n; i++) {
		(void)sc_buf_putf(b,
		    "%s{\"name\":\"n\",\"kind\":\"ENRICHING\",\"url\":"
		    "\"https://h/",
		    i > 0 ? "," : "");
		for (k = 10; k < (i + 1 < n ? 0 : length); k++)
			(void)sc_buf_putc(b, 'x');
		(void)sc_buf_puts(b, "\"}");
	}
	(void)sc_buf_puts(b, "]}");
	r = sc_buf_error(b);
	if (r == 0)
		r = read_options(sc_buf_str(b), &l);
	sc_webhooks_free(l);
	sc_buf_free(b);
	return r;
}

static void
bounds(void)
{
	tap_int(read_many(SC_MAX_WEBHOOKS, 10), 0);
	tap_int(read_many(SC_MAX_WEBHOOKS + 1, 10), SC_ERR_TOO_LARGE);
	tap_int(read_many(1, SC_MAX_URI), 0);
	tap_int(read_many(1, SC_MAX_URI + 1), SC_ERR_MALFORMED);
}

static void
tells(void)
{
	static const struct {
		const char *options, *told;
	} cases[] = {
	    {"{}", "{}"},
	    {"[]", "null"},
	    {"{\"x509\":{\"template\":\"{}\"},\"webhooks\":null}",
		"{\"x509\":{\"template\":\"{}\"},\"webhooks\":[]}"},
	    {"{\"webhooks\":[1,{},{\"secret\":\"s\"}]}",
		"{\"webhooks\":[null,{},{}]}"},
	    {"{\"Webhooks\":[{\"id\":\"i\",\"Secret\":\"s\",\"name\":\"n\","
	     "\"bearerToken\":\"b\",\"url\":\"u\",\"basicAuth\":{},"
	     "\"kind\":\"k\",\"clientCert\":\"c\",\"clientKey\":\"k\","
	     "\"disableTLSClientAuth\":true,\"certType\":\"ALL\","
	     "\"note\":\"n\"}],\"ssh\":{}}",
		"{\"Webhooks\":[{\"id\":\"i\",\"name\":\"n\",\"url\":\"u\","
		"\"kind\":\"k\",\"disableTLSClientAuth\":true,"
		"\"certType\":\"ALL\"}],\"ssh\":{}}"},
	};
	struct json_object *o;
	struct sc_buf *b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].options);
		tap_need(tap_int(sc_json_parse(cases[i].options,
				     strlen(cases[i].options), 0, &o, &e),
		    0));
		b = sc_buf_new(4096);
		tap_int(sc_webhooks_put_public(b, o), 0);
		tap_str(sc_buf_str(b), cases[i].told);
		sc_buf_free(b);
		json_object_put(o);
	}
	tap_context("%s", "");
}

TAP_MAIN(TAP_TEST(reads), TAP_TEST(defaults), TAP_TEST(finds),
    TAP_NAMED("what is not as it has to be", refuses), TAP_TEST(bounds),
    TAP_NAMED("secrets are told to nobody", tells))
