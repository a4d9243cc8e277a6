/*
 * store show.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/store/store_options.h"
#include "client/store/store_row.h"
#include "client/cli/ui.h"

#define OUTPUT_MAX (16u * 1024 * 1024)

static const struct sc_opt options[] = {{.name = "format",
					    .arg = "FORMAT",
					    .flags = SC_OPT_LINE_ONLY,
					    .def = "text",
					    .choices = "text, json, pem",
					    .help = "form of the output"},
    {.name = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.choices = "x509, ssh",
	.help = "when an SSH certificate has the same serial number"},
    SC_OPT_END};

struct job {
	struct sc_store *store;
	enum sc_store_form form;
	struct sc_store_number serial;
	const char *format;
	struct sc_buf *b;
	struct sc_store_revoked revoked; /* found for the certificate */
	bool is_revoked;
	bool known; /* the certificate itself was shown */
	unsigned shown;
	int64_t now;
	struct sc_error *e;
};

/* A line of the text; what others wrote is cleaned. */
static void
line(struct sc_buf *b, const char *name, const char *value)
{
	char *s = sc_strdup(value);

	if (s != NULL)
		sc_text_clean(s);
	if (s == NULL || s[0] != '\0')
		(void)sc_buf_putf(
		    b, "%-15s %s\n", name, s != NULL ? s : "(no memory)");
	free(s);
}

static void
time_line(struct sc_buf *b, const char *name, int64_t t, int64_t now)
{
	char text[SC_TIME_MAX] = "never", distance[SC_STORE_SIZE_MAX] = "";
	char *s;

	if (t != INT64_MAX) {
		sc_time_format(t, text);
		sc_store_distance_format(t, now, distance);
	}
	s = sc_asprintf("%s%s%s%s", text, distance[0] != '\0' ? " (" : "",
	    distance, distance[0] != '\0' ? ")" : "");
	line(b, name, s != NULL ? s : text);
	free(s);
}

static void
hex_line(struct sc_buf *b, const char *name, const uint8_t *p, size_t n)
{
	char *hex = sc_hex_encode(p, n);

	line(b, name, hex != NULL ? hex : "");
	free(hex);
}

static void
who_lines(struct sc_buf *b, const struct sc_store_origin *o)
{
	char *s = sc_asprintf("%s%s%s%s", o->provisioner_name,
	    o->provisioner_type[0] != '\0' ? " (" : "", o->provisioner_type,
	    o->provisioner_type[0] != '\0' ? ")" : "");

	line(b, "  Provisioner", s != NULL ? s : o->provisioner_name);
	free(s);
	line(b, "  Its id", o->provisioner_id);
	line(b, "  Peer", o->peer);
	line(b, "  Request", o->request_id);
}

static void
record_lines(struct job *j, const struct sc_store_entry *entry)
{
	char number[SC_STORE_COUNT_MAX];

	time_line(j->b, "  Time", entry->time, j->now);
	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)entry->seq);
	line(j->b, "  Record", number);
	hex_line(j->b, "  Hash", entry->hash, sizeof(entry->hash));
}

static const char *
type_text(enum sc_store_form form)
{
	switch (form) {
	case SC_STORE_X509:
		return "X.509";
	case SC_STORE_SSH_USER:
		return "SSH, of a user";
	default:
		return "SSH, of a host";
	}
}

static void
key_id_line(struct sc_buf *b, const struct sc_store_entry *entry)
{
	char *s = sc_row_name(entry);

	line(b, "Key id", s != NULL ? s : "");
	free(s);
}

static void
cert_lines(struct job *j, const struct sc_row *row)
{
	const struct sc_store_cert *c = row->entry->cert;
	char *hex = sc_hex_encode(c->serial.p, c->serial.n);
	size_t i;

	line(j->b, "Serial number", row->serial);
	if (hex != NULL)
		(void)sc_buf_putf(j->b, "%-15s 0x%s\n", "", hex);
	free(hex);
	line(j->b, "Type", type_text(c->form));
	line(j->b, "State",
	    row->state == SC_ROW_VALID	       ? "valid"
		: row->state == SC_ROW_EXPIRED ? "expired"
					       : "revoked");
	if (c->form != SC_STORE_X509)
		key_id_line(j->b, row->entry);
	line(j->b, "Subject", row->entry->origin.subject);
	for (i = 0; i < c->names_n; i++)
		line(j->b,
		    i > 0			   ? ""
			: c->form == SC_STORE_X509 ? "Names"
						   : "Principals",
		    c->names[i]);
	time_line(j->b, "Not before", c->not_before, j->now);
	time_line(j->b, "Not after", c->not_after, j->now);
}

static int
put_text(struct job *j, const struct sc_row *row)
{
	const struct sc_store_entry *entry = row->entry;

	cert_lines(j, row);
	(void)sc_buf_puts(j->b,
	    entry->kind == SC_STORE_RENEW	? "Renewed\n"
		: entry->kind == SC_STORE_REKEY ? "Rekeyed\n"
						: "Issued\n");
	line(j->b, "  Instead of", row->replaces);
	who_lines(j->b, &entry->origin);
	record_lines(j, entry);
	return sc_buf_error(j->b);
}

static int
put(struct job *j, const struct sc_row *row)
{
	if (sc_streq(j->format, "json")) {
		(void)sc_row_json(row, true, j->b);
		return sc_buf_putc(j->b, '\n');
	}
	if (sc_streq(j->format, "pem"))
		return sc_row_pem(row, j->b, j->e);
	if (j->shown > 0)
		(void)sc_buf_putc(j->b, '\n');
	return put_text(j, row);
}

static int
show_cert(void *arg, const struct sc_store_entry *entry)
{
	struct job *j = arg;
	struct sc_row row;
	int r;

	r = sc_row_init(
	    &row, entry, j->is_revoked ? &j->revoked : NULL, j->now, j->e);
	if (r == 0 && (r = put(j, &row)) != 0 && r != SC_ERR_CORRUPT)
		r = sc_fail(j->e, r, "cannot show it: %s", sc_err_text(r));
	sc_row_clear(&row);
	return r;
}

static void
revocation_lines(struct job *j, const struct sc_store_entry *entry)
{
	const struct sc_store_revocation *v = entry->revocation;
	char *s = sc_asprintf("%s (%d)%s%s", sc_store_reason(v->reason_code),
	    v->reason_code, v->reason[0] != '\0' ? ": " : "", v->reason);

	(void)sc_buf_puts(j->b, "Revoked\n");
	line(j->b, "  Reason", s != NULL ? s : "");
	free(s);
	who_lines(j->b, &entry->origin);
	record_lines(j, entry);
}

/* What is revoked need not have been issued here. */
static int
show_revocation(void *arg, const struct sc_store_entry *entry)
{
	struct job *j = arg;
	struct sc_row row;
	int r;

	if (sc_streq(j->format, "pem"))
		return 0;
	r = sc_row_init(&row, entry, NULL, j->now, j->e);
	if (r == 0 && sc_streq(j->format, "json")) {
		(void)sc_row_json(&row, false, j->b);
		(void)sc_buf_putc(j->b, '\n');
	} else if (r == 0) {
		if (!j->known) {
			line(j->b, "Serial number", row.serial);
			line(j->b, "State", "revoked; not issued here");
		}
		revocation_lines(j, entry);
	}
	sc_row_clear(&row);
	return r;
}

/* 0 also when there is nothing; j->shown counts what there was. */
static int
show_form(struct job *j, enum sc_store_form form)
{
	struct sc_store_serial s = {j->serial.v, j->serial.n};
	struct sc_error why = SC_ERROR_INIT;
	int r;

	j->known = false;
	r = sc_store_get_revoked(j->store, form, s, &j->revoked, &why);
	j->is_revoked = r == 0;
	if (r == 0 || r == SC_ERR_NOT_FOUND)
		r = sc_store_show(j->store, form, s, 0, show_cert, j, &why);
	j->known = r == 0;
	if (j->is_revoked && (r == 0 || r == SC_ERR_NOT_FOUND))
		r = sc_store_show(
		    j->store, form, s, 1, show_revocation, j, &why);
	if (r == SC_ERR_NOT_FOUND)
		return 0;
	if (r == 0)
		j->shown++;
	return r == 0 || j->e->msg[0] != '\0' ? r
					      : sc_fail(j->e, r, "%s", why.msg);
}

static int
show_number(struct job *j, const char *type)
{
	int r = 0;

	if (type == NULL || sc_streq(type, "x509"))
		r = show_form(j, SC_STORE_X509);
	if (r == 0 && (type == NULL || sc_streq(type, "ssh")))
		r = show_form(j, SC_STORE_SSH_USER);
	return r;
}

/* Digits may be either base; decimal is tried first. */
static int
search(struct job *j, const char *text, const char *type)
{
	int r;

	if (sc_store_number_parse(text, false, &j->serial) != 0)
		return sc_fail(j->e, SC_ERR_MALFORMED,
		    "'%s' is not a serial number; write it in decimal or "
		    "hexadecimal",
		    text);
	if ((r = show_number(j, type)) != 0 || j->shown > 0)
		return r;
	if (j->serial.digits &&
	    sc_store_number_parse(text, true, &j->serial) == 0 &&
	    ((r = show_number(j, type)) != 0 || j->shown > 0))
		return r;
	return sc_fail(j->e, SC_ERR_NOT_FOUND,
	    "there is no certificate with the serial number %s", text);
}

static int
show(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	char *dir = NULL;
	int r;

	memset(&j, 0, sizeof(j));
	j.e = e;
	j.now = sc_clock_now();
	j.format = sc_args_str(a, "format");
	j.b = sc_buf_new(OUTPUT_MAX);
	if ((r = sc_store_folder(a, &dir, e)) == 0 &&
	    (r = sc_store_open(dir, 0, &j.store, e)) == 0 &&
	    (r = search(&j, sc_args_pos(a, 0), sc_args_str(a, "type"))) == 0 &&
	    fputs(sc_buf_str(j.b), stdout) == EOF)
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	sc_store_close(j.store);
	sc_buf_free(j.b);
	free(dir);
	return r;
}

const struct sc_command sc_cmd_store_show = {.name = "show",
    .args = "<serial>",
    .help = "show all that is recorded of a certificate",
    .notes = "The serial number is decimal, or hexadecimal with 0x, colons, "
	     "or letters.",
    .min_args = 1,
    .max_args = 1,
    .options = {options, sc_options_store},
    .run = show};
