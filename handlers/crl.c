/*
 * GET /crl and /ssh/krl: the revocation lists of X.509 and of SSH, from their
 * files.  As the program with the issuing key that looks after things by itself, it also has the
 * OCSP signer in place.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/crl.h"
#include "authority/ocsp.h"
#include "authority/ssh_krl_list.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/log.h"
#include "main.h"
#include "web/request.h"
#include "web/response.h"

#define TICK 60 /* seconds */

static void
date_header(struct sc_response *rs, const char *name, int64_t t)
{
	char text[SC_TIME_MAX];

	sc_time_format_http(t, text);
	(void)sc_response_header(rs, name, text);
}

static void
cache_headers(struct sc_response *rs, const struct sc_crl_list *list,
    const char *etag, int64_t now)
{
	char text[64] = "public, no-cache";

	if (list->fresh_until > now)
		(void)snprintf(text, sizeof(text), "public, max-age=%lld",
		    (long long)(list->fresh_until - now));
	(void)sc_response_header(rs, "Cache-Control", text);
	(void)sc_response_header(rs, "ETag", etag);
	date_header(rs, "Expires", list->next_update);
	date_header(rs, "Last-Modified", list->this_update);
}

/* RFC 9110 section 13.1.2; an entity tag has its quotes around it. */
static int
matches(const char *if_none_match, const char *etag)
{
	return strcmp(if_none_match, "*") == 0 ||
	    strstr(if_none_match, etag) != NULL;
}

static int
make_etag(const struct sc_crl_list *list, int pem, char out[64])
{
	char *hex = sc_hex_encode(list->digest, 16);

	if (hex == NULL)
		return SC_ERR_NOMEM;
	(void)snprintf(out, 64, "\"%s%s\"", hex, pem ? "-pem" : "");
	free(hex);
	return 0;
}

static int
answer(struct sc_crl_list *list, const struct sc_request *rq, int64_t now,
    struct sc_response *rs, struct sc_error *e)
{
	char *query = sc_request_query(rq, "pem");
	int pem = query != NULL;
	char etag[64];

	free(query);
	if (make_etag(list, pem, etag) != 0)
		return sc_fail_nomem(e);
	cache_headers(rs, list, etag, now);
	if (matches(rq->if_none_match, etag))
		return sc_response_text(rs, 304, NULL, "");
	rs->status = 200;
	rs->content_type =
	    pem ? "application/x-pem-file" : "application/pkix-crl";
	(void)sc_response_header(rs, "Content-Disposition",
	    pem ? "attachment; filename=\"crl.pem\""
		: "attachment; filename=\"crl.crl\"");
	rs->file = (struct sc_file_part){.fd = list->fd,
	    .at = list->at,
	    .len = list->len,
	    .pem_label = pem ? "X509 CRL" : NULL};
	list->fd = -1; /* transferred */
	return 0;
}

static int
crl(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	struct sc_file_part unused = {.fd = -1};
	struct sc_crl_list list;
	int r;

	if ((r = sc_authority_crl(ca, now, &list, e)) != 0)
		return r;
	sc_log_int(log, "number", (int64_t)list.number);
	if (list.stale[0] != '\0')
		sc_log_str(log, "stale", list.stale);
	r = answer(&list, rq, now, rs, e);
	unused.fd = list.fd;
	sc_file_part_close(&unused);
	return r;
}

/* There may be a newer one at any time. */
static int
answer_krl(struct sc_crl_list *list, const struct sc_request *rq,
    struct sc_response *rs, struct sc_error *e)
{
	char etag[64];

	if (make_etag(list, 0, etag) != 0)
		return sc_fail_nomem(e);
	(void)sc_response_header(rs, "Cache-Control", "public, no-cache");
	(void)sc_response_header(rs, "ETag", etag);
	date_header(rs, "Last-Modified", list->this_update);
	if (matches(rq->if_none_match, etag))
		return sc_response_text(rs, 304, NULL, "");
	rs->status = 200;
	rs->content_type = "application/octet-stream";
	(void)sc_response_header(
	    rs, "Content-Disposition", "attachment; filename=\"krl\"");
	rs->file = (struct sc_file_part){
	    .fd = list->fd, .at = list->at, .len = list->len};
	list->fd = -1; /* transferred */
	return 0;
}

static int
krl(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct sc_file_part unused = {.fd = -1};
	struct sc_crl_list list;
	int r;

	if ((r = sc_authority_ssh_krl(ca, sc_clock_now(), &list, e)) != 0)
		return r;
	sc_log_int(log, "number", (int64_t)list.number);
	if (list.stale[0] != '\0')
		sc_log_str(log, "stale", list.stale);
	r = answer_krl(&list, rq, rs, e);
	unused.fd = list.fd;
	sc_file_part_close(&unused);
	return r;
}

/* Each is tried, whatever becomes of the others; the first failure counts. */
static int
refresh(struct sc_authority *ca, struct sc_error *e)
{
	struct sc_error failed[3] = {
	    SC_ERROR_INIT, SC_ERROR_INIT, SC_ERROR_INIT};
	int64_t now = sc_clock_now();
	int i, r[3];

	r[0] = sc_authority_ocsp_rotate(ca, now, &failed[0]);
	r[1] = sc_authority_crl_refresh(ca, now, &failed[1]);
	r[2] = sc_authority_ssh_krl_refresh(ca, now, &failed[2]);
	for (i = 0; i < 3; i++)
		if (r[i] != 0) {
			*e = failed[i];
			return r[i];
		}
	return 0;
}

static const struct sc_route routes[] = {
    {SC_GET, "/crl", 0, crl},
    {SC_GET, "/ssh/krl", 0, krl},
};

const struct sc_program sc_program = {
    .name = "crl",
    .needs = SC_NEED_CRL_KEY | SC_NEED_STORE_WRITE | SC_NEED_SSH_PUBLIC,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
    .housekeeping = refresh,
    .tick = TICK,
};
