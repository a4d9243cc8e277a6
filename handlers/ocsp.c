/*
 * OCSP over HTTP (RFC 6960 appendix A, RFC 5019 section 5): POST /ocsp, and
 * GET /ocsp/ followed by the request in base64.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/ocsp.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/log.h"
#include "crypto/key.h"
#include "main.h"
#include "web/request.h"
#include "web/response.h"

static void
put_time(struct sc_response *rs, const char *name, int64_t t)
{
	char text[SC_TIME_MAX];

	sc_time_format_http(t, text);
	(void)sc_response_header(rs, name, text);
}

/* RFC 5019 section 6.2; a strong validator, as every answer is signed anew. */
static void
cache_headers(
    struct sc_response *rs, const struct sc_ocsp_info *info, int64_t now)
{
	uint8_t sum[32];
	char text[96], *hex = NULL;

	if (sc_sha256(sc_buf_data(rs->body), sc_buf_len(rs->body), sum) == 0)
		hex = sc_hex_encode(sum, sizeof(sum));
	if (hex != NULL) {
		(void)snprintf(text, sizeof(text), "\"%s\"", hex);
		(void)sc_response_header(rs, "ETag", text);
	}
	free(hex);
	(void)snprintf(text, sizeof(text),
	    "max-age=%lld, public, no-transform, must-revalidate",
	    (long long)(info->fresh_until - now));
	(void)sc_response_header(rs, "Cache-Control", text);
	put_time(rs, "Last-Modified", info->this_update);
	put_time(rs, "Expires", info->fresh_until);
}

static int
answer(struct sc_authority *ca, const uint8_t *der, size_t n, bool cacheable,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	struct sc_ocsp_info info;
	int r;

	r = sc_authority_ocsp(ca, der, n, now, rs->body, &info, e);
	if (r != 0)
		return r;
	sc_log_str(log, "ocsp", info.status);
	if (info.serial[0] != '\0')
		sc_log_str(log, "serial", info.serial);
	rs->status = 200;
	rs->content_type = "application/ocsp-response";
	if (cacheable && info.fresh_until > now)
		cache_headers(rs, &info, now);
	else
		(void)sc_response_header(rs, "Cache-Control", "no-store");
	return 0;
}

static int
post(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return answer(ca, rq->body, rq->body_len, false, rs, log, e);
}

/*
 * The path as it was sent, decoded once.  '+' stays what it is, '/' may be
 * escaped or not, padding may be missing; a URL of the responder that ends
 * in '/' leaves one in front.
 */
static int
decode_path(const char *raw, uint8_t **der, size_t *n)
{
	char *text;
	int r;

	*der = NULL;
	*n = 0;
	while (*raw == '/')
		raw++;
	if ((text = sc_percent_decode(raw, strlen(raw))) == NULL)
		return SC_ERR_MALFORMED;
	r = sc_b64_decode(
	    strchr(text, '=') != NULL ? SC_B64_STD : SC_B64_STD_RAW, text,
	    strlen(text), der, n);
	free(text);
	return r;
}

static int
get(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n = 0;
	int r = decode_path(rq->params[0], &der, &n);

	if (r == SC_ERR_NOMEM)
		return sc_fail_nomem(e);
	/* What is not base64 is no request either: zero bytes of one. */
	r = answer(ca, der, n, true, rs, log, e);
	free(der);
	return r;
}

static const struct sc_route routes[] = {
    {SC_POST, "/ocsp", SC_MAX_OCSP_REQUEST, post},
    {SC_GET, "/ocsp/{*}", 0, get},
};

const struct sc_program sc_program = {
    .name = "ocsp",
    .needs = SC_NEED_OCSP_SIGNER | SC_NEED_STORE_READ,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
