#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "net/http.h"
#include "client/net/cert_source.h"
#include "client/net/fetch.h"
#include "client/net/pem_out.h"

#define FETCH_SECONDS 300

bool
sc_fetch_is_url(const char *s)
{
	return strncasecmp(s, "http://", 7) == 0 ||
	    strncasecmp(s, "https://", 8) == 0;
}

static int
load_roots(const char *list, char **pem, struct sc_error *e)
{
	struct sc_certs roots = {NULL, 0};
	int r;

	if (list == NULL)
		list = getenv("SSL_CERT_FILE");
	if (list == NULL)
		list = "/etc/ssl/certs/ca-certificates.crt";
	r = sc_cert_source_roots(list, &roots, e);
	if (r == 0)
		r = sc_pem_out(&roots, pem, e);
	sc_certs_clear(&roots);
	return r;
}

int
sc_fetch(const struct sc_fetch *q, char **out, size_t *n, struct sc_error *e)
{
	struct sc_http_request rq = {
	    .method = q->post != NULL ? "POST" : "GET",
	    .url = q->url,
	    .body = (const char *)q->post,
	    .body_len = q->post_len,
	    .body_type = q->post_type,
	    .plain = true,
	    .max = q->max,
	    .timeout = FETCH_SECONDS,
	};
	struct sc_http_response p = {0};
	char *roots = NULL;
	int r = 0;

	*out = NULL;
	*n = 0;
	if (strncasecmp(q->url, "https://", 8) == 0)
		r = load_roots(q->roots, &roots, e);
	rq.roots_pem = roots;
	if (r == 0)
		r = sc_http_send(&rq, &p, e);
	if (r == 0 && p.status != 200)
		r = sc_fail(e, SC_ERR_IO, "status code %ld", p.status);
	if (r == 0) {
		*out = p.body;
		*n = p.body_len;
		p.body = NULL;
	}
	sc_http_response_clear(&p);
	free(roots);
	return r;
}
