#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/http.h"
#include "net/libcurl.h"

#define CONNECT_SECONDS 15L
#define ANSWER_SECONDS 30L
#define HEADER_VALUE_MAX 256

struct exchange {
	const struct sc_http_request *q;
	struct sc_http_response *out;
	struct sc_buf *body;
	CURL *curl;
	struct curl_slist *headers;
	char why[CURL_ERROR_SIZE];
};

static bool (*stop_asked)(void);

static const char *
server(const struct exchange *x)
{
	return x->q->server != NULL ? x->q->server : x->q->url;
}

static size_t
most(const struct sc_http_request *q)
{
	return q->max > 0 ? q->max : SC_MAX_RESPONSE;
}

void
sc_http_set_stop(bool (*stop)(void))
{
	stop_asked = stop;
}

static int
progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return stop_asked != NULL && stop_asked();
}

void
sc_http_response_clear(struct sc_http_response *r)
{
	sc_freezero(r->body, r->body_len);
	free(r->server);
	free(r->location);
	free(r->request_id);
	free(r->cache_control);
	memset(r, 0, sizeof(*r));
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	return sc_buf_put(x->body, p, size * n) == 0 ? size * n : 0;
}

/* The value of line when it is the header name, else NULL; malloc'ed. */
static char *
header_value(const char *line, size_t n, const char *name)
{
	size_t k = strlen(name);
	char *head, *value;

	if (n <= k || line[k] != ':' || (head = sc_strndup(line, k)) == NULL)
		return NULL;
	if (!sc_strcaseeq(head, name)) {
		free(head);
		return NULL;
	}
	free(head);
	for (k++; k < n && (line[k] == ' ' || line[k] == '\t'); k++)
		;
	while (n > k && (line[n - 1] == '\r' || line[n - 1] == '\n'))
		n--;
	if (n - k > HEADER_VALUE_MAX)
		n = k + HEADER_VALUE_MAX;
	value = sc_strndup(line + k, n - k);
	if (value != NULL)
		sc_text_clean(value);
	return value;
}

static void
keep_header(char **slot, const char *line, size_t n, const char *name)
{
	char *value = header_value(line, n, name);

	if (value == NULL)
		return;
	free(*slot);
	*slot = value;
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	n *= size;
	keep_header(&x->out->server, p, n, "Server");
	keep_header(&x->out->location, p, n, "Location");
	keep_header(&x->out->request_id, p, n, "X-Request-Id");
	keep_header(&x->out->cache_control, p, n, "Cache-Control");
	return n;
}

static int
add_header(struct exchange *x, const char *name, const char *value)
{
	char *line = sc_asprintf("%s: %s", name, value);
	struct curl_slist *l = NULL;

	if (line != NULL)
		l = sc_libcurl.slist_append(x->headers, line);
	sc_free_secret(line);
	if (l == NULL)
		return SC_ERR_NOMEM;
	x->headers = l;
	return 0;
}

static int
add_authorization(struct exchange *x)
{
	char *value;
	int r;

	if (x->q->bearer == NULL)
		return 0;
	if ((value = sc_asprintf("Bearer %s", x->q->bearer)) == NULL)
		return SC_ERR_NOMEM;
	r = add_header(x, "Authorization", value);
	sc_free_secret(value);
	return r;
}

static int
add_headers(struct exchange *x)
{
	const struct sc_http_request *q = x->q;
	char id[37];
	size_t i;
	int r;

	if ((r = sc_uuid4(id)) != 0 ||
	    (r = add_header(x, "X-Request-Id",
		 q->request_id != NULL ? q->request_id : id)) != 0 ||
	    (r = add_header(
		 x, "Accept", q->plain ? "*/*" : "application/json")) != 0)
		return r;
	if (q->body != NULL &&
	    (r = add_header(x, "Content-Type",
		 q->body_type != NULL ? q->body_type : "application/json")) !=
		0)
		return r;
	/* A large token must not cost a round trip and a 417. */
	if ((r = add_header(x, "Expect", "")) != 0 ||
	    (r = add_authorization(x)) != 0)
		return r;
	for (i = 0; r == 0 && i < q->headers_n; i++)
		r = add_header(x, q->headers[i].name, q->headers[i].value);
	return r;
}

static int
set_headers(struct exchange *x, struct sc_error *e)
{
	int r = add_headers(x);

	if (r != 0)
		return sc_fail(e, r, "%s", sc_err_text(r));
	sc_libcurl.easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	return 0;
}

static void
set_blob(CURL *c, CURLoption option, const char *pem)
{
	struct curl_blob blob;

	memset(&blob, 0, sizeof(blob));
	blob.data = sc_strdup(pem);
	blob.len = strlen(pem);
	blob.flags = CURL_BLOB_COPY;
	if (blob.data != NULL)
		sc_libcurl.easy_setopt(c, option, &blob);
	sc_freezero(blob.data, blob.len);
}

/* An environment variable; NULL when it is empty, too. */
static const char *
environment(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

/*
 * libcurl takes either a file or a text: what is in the system's file goes
 * with the text.
 */
static int
add_system_roots(CURL *c, const char *pem, const char *file, struct sc_error *e)
{
	const char *path = file;
	char *text = NULL, *all;
	size_t n = 0;
	int r = 0;

	if (path == NULL)
		sc_libcurl.easy_getinfo(c, CURLINFO_CAINFO, &path);
	if (path != NULL)
		r = sc_file_read(path, SC_MAX_PEM_FILE, &text, &n, e);
	/* Not everybody has libcurl's own. */
	if (r != 0 && file != NULL)
		return r;
	all = sc_asprintf("%s\n%s", pem, text != NULL ? text : "");
	free(text);
	if (all == NULL)
		return sc_fail_nomem(e);
	set_blob(c, CURLOPT_CAINFO_BLOB, all);
	free(all);
	return 0;
}

/* Who may vouch for the server. */
static int
set_roots(CURL *c, const struct sc_http_request *q, struct sc_error *e)
{
	const char *file, *dir;

	if (!q->system_roots) {
		sc_libcurl.easy_setopt(c, CURLOPT_CAPATH, NULL);
		sc_libcurl.easy_setopt(c, CURLOPT_CAINFO, NULL);
		/* Without any, nobody. */
		if (!q->insecure)
			set_blob(c, CURLOPT_CAINFO_BLOB,
			    q->roots_pem != NULL ? q->roots_pem : "");
		return 0;
	}
	file = environment("SSL_CERT_FILE");
	if ((dir = environment("SSL_CERT_DIR")) != NULL)
		sc_libcurl.easy_setopt(c, CURLOPT_CAPATH, dir);
	if (q->roots_pem != NULL)
		return add_system_roots(c, q->roots_pem, file, e);
	if (file != NULL)
		sc_libcurl.easy_setopt(c, CURLOPT_CAINFO, file);
	return 0;
}

static void
set_trust(CURL *c, const struct sc_http_request *q)
{
	sc_libcurl.easy_setopt(
	    c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	sc_libcurl.easy_setopt(
	    c, CURLOPT_SSL_VERIFYPEER, q->insecure ? 0L : 1L);
	sc_libcurl.easy_setopt(
	    c, CURLOPT_SSL_VERIFYHOST, q->insecure ? 0L : 2L);
	if (q->client_cert != NULL && q->client_key != NULL) {
		sc_libcurl.easy_setopt(c, CURLOPT_SSLCERTTYPE, "PEM");
		set_blob(c, CURLOPT_SSLCERT_BLOB, q->client_cert);
		sc_libcurl.easy_setopt(c, CURLOPT_SSLKEYTYPE, "PEM");
		set_blob(c, CURLOPT_SSLKEY_BLOB, q->client_key);
	}
}

static size_t
body_size(const struct sc_http_request *q)
{
	if (q->body == NULL)
		return 0;
	return q->body_type != NULL ? q->body_len : strlen(q->body);
}

static void
set_options(struct exchange *x)
{
	CURL *c = x->curl;

	sc_libcurl.easy_setopt(c, CURLOPT_URL, x->q->url);
	sc_libcurl.easy_setopt(
	    c, CURLOPT_PROTOCOLS_STR, x->q->plain ? "https,http" : "https");
	sc_libcurl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	sc_libcurl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	sc_libcurl.easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	sc_libcurl.easy_setopt(c, CURLOPT_USERAGENT, "stepc/" PACKAGE_VERSION);
	sc_libcurl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	sc_libcurl.easy_setopt(c, CURLOPT_TIMEOUT,
	    x->q->timeout > 0 ? x->q->timeout : ANSWER_SECONDS);
	sc_libcurl.easy_setopt(c, CURLOPT_ERRORBUFFER, x->why);
	sc_libcurl.easy_setopt(
	    c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)most(x->q));
	sc_libcurl.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	sc_libcurl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
	sc_libcurl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	sc_libcurl.easy_setopt(c, CURLOPT_WRITEDATA, x);
	sc_libcurl.easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	sc_libcurl.easy_setopt(c, CURLOPT_HEADERDATA, x);
	if (sc_streq(x->q->method, "POST")) {
		sc_libcurl.easy_setopt(c, CURLOPT_POST, 1L);
		sc_libcurl.easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE, (long)body_size(x->q));
		sc_libcurl.easy_setopt(c, CURLOPT_POSTFIELDS,
		    x->q->body != NULL ? x->q->body : "");
	}
	if (x->q->basic_user != NULL) {
		sc_libcurl.easy_setopt(
		    c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		sc_libcurl.easy_setopt(c, CURLOPT_USERNAME, x->q->basic_user);
		sc_libcurl.easy_setopt(c, CURLOPT_PASSWORD,
		    x->q->basic_password != NULL ? x->q->basic_password : "");
	}
	set_trust(c, x->q);
}

static int
tls_failure(struct exchange *x, struct sc_error *e)
{
	const char *from = x->q->roots_from != NULL ? x->q->roots_from
						    : "the root certificate";
	long v = 0;

	sc_libcurl.easy_getinfo(x->curl, CURLINFO_SSL_VERIFYRESULT, &v);
	switch (v) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "TLS with %s failed: the server's certificate does not "
		    "chain to %s (%s)",
		    server(x), from, X509_verify_cert_error_string(v));
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED: /* another check, e.g. of the name */
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "TLS with %s failed: %s", server(x), x->why);
	default:
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "TLS with %s failed: the server's certificate is not "
		    "accepted: %s",
		    server(x), X509_verify_cert_error_string(v));
	}
}

static int
judge(struct exchange *x, CURLcode c, struct sc_error *e)
{
	if (x->why[0] == '\0')
		(void)snprintf(
		    x->why, sizeof(x->why), "%s", sc_libcurl.easy_strerror(c));
	sc_text_clean(x->why);
	switch (c) {
	case CURLE_OK:
		return 0;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
		return tls_failure(x, e);
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "the answer of %s is larger than %zu bytes", server(x),
		    most(x->q));
	case CURLE_UNSUPPORTED_PROTOCOL:
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "%s: only https is spoken", server(x));
	case CURLE_OUT_OF_MEMORY:
		return sc_fail_nomem(e);
	case CURLE_ABORTED_BY_CALLBACK:
		return sc_fail(
		    e, SC_ERR_IO, "the request to %s was given up", server(x));
	case CURLE_OPERATION_TIMEDOUT:
		return sc_fail(e, SC_ERR_IO, "%s did not answer in time: %s",
		    server(x), x->why);
	default:
		return sc_fail(e, SC_ERR_IO, "no connection with %s: %s",
		    server(x), x->why);
	}
}

static int
perform(struct exchange *x, struct sc_error *e)
{
	int r;

	set_options(x);
	if ((r = set_roots(x->curl, x->q, e)) != 0 ||
	    (r = set_headers(x, e)) != 0)
		return r;
	r = judge(x, sc_libcurl.easy_perform(x->curl), e);
	if (r != 0)
		return r;
	sc_libcurl.easy_getinfo(
	    x->curl, CURLINFO_RESPONSE_CODE, &x->out->status);
	return 0;
}

int
sc_http_load(struct sc_error *e)
{
	return sc_libcurl_load(e);
}

int
sc_http_send(const struct sc_http_request *q, struct sc_http_response *out,
    struct sc_error *e)
{
	struct exchange x;
	int r;

	if ((r = sc_http_load(e)) != 0)
		return r;
	memset(&x, 0, sizeof(x));
	x.q = q;
	x.out = out;
	x.body = sc_buf_new(most(q));
	x.curl = sc_libcurl.easy_init();
	if (x.body == NULL || x.curl == NULL)
		r = sc_fail_nomem(e);
	else
		r = perform(&x, e);
	if (r == 0) {
		out->body = sc_buf_steal(x.body, &out->body_len);
		x.body = NULL;
		if (out->body == NULL)
			r = sc_fail_nomem(e);
	}
	if (r != 0)
		sc_http_response_clear(out);
	sc_buf_free(x.body);
	sc_libcurl.slist_free_all(x.headers);
	sc_libcurl.easy_cleanup(x.curl);
	return r;
}
