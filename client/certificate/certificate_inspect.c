#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/certificate/certinfo.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/cli/options.h"

#define OUTPUT_MAX (16 * SC_MAX_PEM_FILE)

static const struct sc_opt options[] = {{.name = "format",
					    .arg = "FORMAT",
					    .def = "text",
					    .choices = "text, json, pem",
					    .help = "text, json or pem"},
    {.name = "short", .kind = SC_OPT_BOOL, .help = "only the essentials"},
    {.name = "bundle",
	.kind = SC_OPT_BOOL,
	.help = "all certificates, not only the first"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "root certificates to verify a server with"},
    {.name = "servername", .arg = "NAME", .help = "name to ask a server for"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "show what a server serves without verifying it"},
    SC_OPT_END};

static int
put_json(
    const struct sc_certs *l, size_t n, struct sc_buf *b, struct sc_error *e)
{
	struct json_object *all = json_object_new_array(), *o = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		if ((r = sc_certinfo_json(l->v[i], &o, e)) == 0)
			json_object_array_add(all, o);
	if (r == 0) {
		(void)sc_json_put(
		    b, n == 1 ? json_object_array_get_idx(all, 0) : all, "  ");
		r = sc_buf_putc(b, '\n');
	}
	json_object_put(all);
	return r;
}

static int
put_pem(const struct sc_cert *c, struct sc_buf *b, struct sc_error *e)
{
	char *pem = NULL;

	if (sc_cert_to_pem(c, &pem) != 0)
		return sc_fail_nomem(e);
	(void)sc_buf_puts(b, pem);
	sc_free_secret(pem);
	return 0;
}

static int
put_certs(const struct sc_args *a, const struct sc_certs *l, struct sc_buf *b,
    struct sc_error *e)
{
	const char *format = sc_args_str(a, "format");
	size_t i, n = sc_args_bool(a, "bundle") ? l->n : 1;
	int r = 0;

	if (sc_streq(format, "json"))
		return put_json(l, n, b, e);
	for (i = 0; r == 0 && i < n; i++) {
		if (sc_streq(format, "pem"))
			r = put_pem(l->v[i], b, e);
		else if (sc_args_bool(a, "short"))
			r = sc_certinfo_short(l->v[i], b, e);
		else
			r = sc_certinfo_text(l->v[i], b, e);
	}
	return r;
}

static int
put_csr(const struct sc_args *a, const struct sc_cert_source *s,
    struct sc_buf *b, struct sc_error *e)
{
	const char *format = sc_args_str(a, "format");
	char *pem = NULL;

	if (sc_streq(format, "json"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "certificate requests are shown as text or pem only");
	if (sc_streq(format, "pem")) {
		if (sc_der_to_pem(
			"CERTIFICATE REQUEST", s->csr, s->csr_len, &pem) != 0)
			return sc_fail_nomem(e);
		(void)sc_buf_puts(b, pem);
		sc_free_secret(pem);
		return 0;
	}
	return sc_args_bool(a, "short")
	    ? sc_certinfo_csr_short(s->csr, s->csr_len, b, e)
	    : sc_certinfo_csr_text(s->csr, s->csr_len, b, e);
}

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	struct sc_cert_source_tls tls = {sc_args_str(a, "roots"),
	    sc_args_str(a, "servername"), sc_args_bool(a, "insecure")};
	struct sc_cert_source s = {0};
	struct sc_buf *b = sc_buf_new(OUTPUT_MAX);
	int r;

	if (sc_args_bool(a, "short") &&
	    !sc_streq(sc_args_str(a, "format"), "text")) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--short' is incompatible with '--format %s'",
		    sc_args_str(a, "format"));
		goto out;
	}
	if ((r = sc_cert_source_load(sc_args_pos(a, 0), &tls, &s, e)) != 0)
		goto out;
	r = s.csr != NULL ? put_csr(a, &s, b, e) : put_certs(a, &s.certs, b, e);
	if (r == 0 && (r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "too much to show");
	if (r == 0 &&
	    (fputs(sc_buf_str(b), stdout) == EOF || fflush(stdout) != 0))
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
out:
	sc_cert_source_clear(&s);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_certificate_inspect = {.name = "inspect",
    .args = "[<crt-file-or-url>]",
    .help = "show a certificate or a certificate request",
    .max_args = 1,
    .options = {options},
    .run = inspect};
