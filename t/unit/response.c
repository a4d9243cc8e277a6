#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "tap.h"
#include "web/response.h"

#define L " Please see the certificate authority logs for more info."

static void
error_documents(void)
{
	enum {
		PART,
		WHOLE
	};
	static const struct {
		int code, whole;
		const char *client, *want;
	} cases[] = {
	    {SC_ERR_MALFORMED, PART, "",
		"400,The request could not be completed; malformed or missing "
		"data." L},
	    {SC_ERR_UNAUTHENTICATED, PART, "",
		"401,The request lacked necessary authorization to be "
		"completed." L},
	    {SC_ERR_FORBIDDEN, PART, "",
		"403,The request was forbidden by the certificate "
		"authority." L},
	    {SC_ERR_NOT_FOUND, PART, "",
		"404,The requested resource could not be found." L},
	    {SC_ERR_INTERNAL, PART, "",
		"500,The certificate authority encountered an Internal Server "
		"Error." L},
	    {SC_ERR_CRYPTO, PART, "",
		"500,The certificate authority encountered an Internal Server "
		"Error." L},
	    {SC_ERR_UNSUPPORTED, PART, "",
		"501,The requested method is not implemented by the "
		"certificate authority." L},
	    {SC_ERR_MALFORMED, PART, "missing csr",
		"400,The request could not be completed: missing csr."},
	    {SC_ERR_FORBIDDEN, PART, "no",
		"403,The request was forbidden by the certificate authority: "
		"no."},
	    {SC_ERR_EXPIRED, PART, "certificate expired on T",
		"401,The request lacked necessary authorization to be "
		"completed: certificate expired on T"},
	    {SC_ERR_NOT_FOUND, PART, "ssh hosts list api disabled",
		"404,ssh hosts list api disabled"},
	    {SC_ERR_INTERNAL, PART, "error creating certificate",
		"500,error creating certificate"},
	    {SC_ERR_FORBIDDEN, WHOLE, "detail verbatim", "403,detail verbatim"},
	    {SC_ERR_UNAUTHENTICATED, WHOLE, "error validating renew token",
		"401,error validating renew token"},
	    {SC_ERR_MALFORMED, PART, "<&>\"\n\xe2\x80\xa8",
		"400,The request could not be completed: "
		"\\u003c\\u0026\\u003e\\\"\\n\\u2028."},
	};
	struct sc_response rs;
	struct sc_error e;
	char want[1024];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_need(tap_int(sc_response_init(&rs), 0));
		/* Whatever was there goes. */
		(void)sc_buf_puts(rs.body, "half a document");
		(void)sc_response_header(&rs, "Location", "/x");
		e = (struct sc_error)SC_ERROR_INIT;
		(void)sc_fail(
		    &e, cases[i].code, "/var/lib/secret: for the log");
		if (cases[i].whole == WHOLE)
			sc_error_client_whole(&e, "%s", cases[i].client);
		else
			sc_error_client(&e, "%s", cases[i].client);
		tap_int(sc_response_error(&rs, &e), 0);
		(void)snprintf(want, sizeof(want),
		    "{\"status\":%.3s,\"message\":\"%s\"}\n", cases[i].want,
		    cases[i].want + 4);
		tap_str(sc_buf_str(rs.body), want);
		tap_int(rs.status, sc_err_http_status(cases[i].code));
		tap_str(rs.content_type, "application/json");
		tap_str(sc_buf_str(rs.headers), "");
		sc_response_clear(&rs);
	}
}

static void
no_details_to_strangers(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_response rs;
	int code;

	for (code = -1; code > -SC_ERR_COUNT; code--) {
		tap_need(tap_int(sc_response_init(&rs), 0));
		(void)sc_fail(&e, code, "/var/lib/secret: eyJ.eyJ.x");
		tap_int(sc_response_error(&rs, &e), 0);
		tap_ok(strstr(sc_buf_str(rs.body), "secret") == NULL);
		tap_ok(strstr(sc_buf_str(rs.body), "eyJ") == NULL);
		sc_response_clear(&rs);
	}
}

static void
retry_after(void)
{
	static const int busy[] = {SC_ERR_BUSY, SC_ERR_IO, SC_ERR_NOMEM};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_response rs;
	size_t i;

	for (i = 0; i < 3; i++) {
		tap_need(tap_int(sc_response_init(&rs), 0));
		(void)sc_fail(&e, busy[i], "x");
		tap_int(sc_response_error(&rs, &e), 0);
		tap_int(rs.status, 503);
		tap_str(sc_buf_str(rs.headers), "Retry-After: 1\r\n");
		sc_response_clear(&rs);
	}
}

static void
headers_are_one_line(void)
{
	static const char *const bad[] = {
	    "a\r\nSet-Cookie: x", "a\nb", "a\rb", "\n", "a\r\n"};
	struct sc_response rs;
	size_t i;

	tap_need(tap_int(sc_response_init(&rs), 0));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_int(sc_response_header(&rs, "Location", bad[i]),
		    SC_ERR_MALFORMED);
		tap_int(sc_response_header(&rs, bad[i], "v"), SC_ERR_MALFORMED);
	}
	tap_int(sc_response_header(&rs, "", "v"), SC_ERR_MALFORMED);
	tap_int(sc_response_header(&rs, "A: b", "v"), SC_ERR_MALFORMED);
	tap_str(sc_buf_str(rs.headers), "");
	tap_int(sc_response_header(&rs, "Link", "<u>;rel=\"up\""), 0);
	tap_str(sc_buf_str(rs.headers), "Link: <u>;rel=\"up\"\r\n");
	sc_response_clear(&rs);
}

static void
cgi_form(void)
{
	struct sc_buf *out = sc_buf_new(4096);
	struct sc_response rs;

	tap_need(tap_int(sc_response_init(&rs), 0));
	(void)sc_response_text(&rs, 201, "text/plain", "body\n");
	(void)sc_response_header(&rs, "A", "b");
	tap_int(sc_response_format(&rs, "id", 0, out), 0);
	tap_str(sc_buf_str(out),
	    "Status: 201 Created\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\nX-Request-Id: id\r\nA: b\r\n\r\nbody\n");
	sc_buf_reset(out);
	tap_int(sc_response_format(&rs, "id", 1, out), 0);
	tap_str(sc_buf_str(out),
	    "Status: 201 Created\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\nX-Request-Id: id\r\nA: b\r\n\r\n");
	sc_response_clear(&rs);
	sc_buf_free(out);
	tap_str(sc_status_text(418), "Unknown");
}

static int
collect(void *arg, const void *p, size_t n)
{
	return sc_buf_put(arg, p, n);
}

/* A part of a file as PEM is what the PEM of the same bytes is. */
static void
file_part(size_t n)
{
	static uint8_t data[4 + 100000 + 4];
	struct sc_file_part p = {.fd = -1, .at = 4, .len = n};
	struct sc_buf *out = sc_buf_new(1 << 20);
	char *pem = NULL;
	size_t i;

	tap_context("%zu bytes", n);
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	p.fd = open(tap_file("part", data, sizeof(data)), O_RDONLY);
	tap_need(p.fd >= 0);
	tap_int(sc_file_part_size(&p), n);
	tap_int(sc_file_part_send(&p, collect, out), 0);
	tap_mem(sc_buf_data(out), sc_buf_len(out), data + 4, n);
	sc_buf_reset(out);
	p.pem_label = "X509 CRL";
	tap_int(sc_file_part_send(&p, collect, out), 0);
	tap_int(sc_der_to_pem("X509 CRL", data + 4, n, &pem), 0);
	tap_str(sc_buf_str(out), pem);
	tap_int(sc_file_part_size(&p), sc_buf_len(out));
	free(pem);
	p.len = sizeof(data);
	tap_int(sc_file_part_send(&p, collect, out), SC_ERR_IO);
	sc_file_part_close(&p);
	tap_int(p.fd, -1);
	tap_int(sc_file_part_size(&p), 0);
	sc_buf_free(out);
	tap_context("%s", "");
}

static void
file_parts(void)
{
	static const size_t sizes[] = {0, 1, 2, 3, 47, 48, 49, 95, 96, 97,
	    48 * 512 - 1, 48 * 512, 48 * 512 + 1, 100000};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		file_part(sizes[i]);
}

/* The length covers body and file; an error lets go of the file. */
static void
response_with_file(void)
{
	struct sc_buf *out = sc_buf_new(4096);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_response rs;

	tap_need(tap_int(sc_response_init(&rs), 0));
	(void)sc_response_text(&rs, 200, "text/plain", "body\n");
	rs.file.fd = open("/dev/null", O_RDONLY);
	rs.file.len = 7;
	tap_int(sc_response_format(&rs, "id", 0, out), 0);
	tap_has(sc_buf_str(out), "Content-Length: 12\r\n");
	(void)sc_fail(&e, SC_ERR_BUSY, "busy");
	(void)sc_response_error(&rs, &e);
	tap_int(rs.file.fd, -1);
	(void)sc_response_text(&rs, 304, NULL, "");
	sc_buf_reset(out);
	tap_int(sc_response_format(&rs, "id", 0, out), 0);
	tap_str(sc_buf_str(out),
	    "Status: 304 Not Modified\r\nX-Request-Id: id\r\n"
	    "Retry-After: 1\r\n\r\n");
	sc_response_clear(&rs);
	sc_buf_free(out);
}

static void
too_large_to_build(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_response rs;
	static char piece[65536];
	size_t i;

	tap_need(tap_int(sc_response_init(&rs), 0));
	memset(piece, 'x', sizeof(piece));
	for (i = 0; i <= SC_MAX_RESPONSE / sizeof(piece); i++)
		(void)sc_buf_put(rs.body, piece, sizeof(piece));
	tap_int(sc_buf_error(rs.body), SC_ERR_TOO_LARGE);
	(void)sc_fail(&e, SC_ERR_INTERNAL, "x");
	tap_int(sc_response_error(&rs, &e), 0);
	tap_int(rs.status, 500);
	sc_response_clear(&rs);
}

TAP_MAIN(TAP_TEST(error_documents),
    TAP_NAMED("F12 no details to strangers", no_details_to_strangers),
    TAP_TEST(retry_after),
    TAP_NAMED("F11 headers are one line", headers_are_one_line),
    TAP_TEST(cgi_form), TAP_TEST(file_parts), TAP_TEST(response_with_file),
    TAP_TEST(too_large_to_build))
