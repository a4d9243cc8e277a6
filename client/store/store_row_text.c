/*
 * Rows as JSON, CSV (RFC 4180) and PEM.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "client/store/store_row.h"

const char sc_row_csv_header[] =
    "number,time,event,type,serial,serial_hex,state,not_before,not_after,"
    "subject,names,provisioner,provisioner_id,provisioner_type,peer,"
    "request_id,replaces,revoked_at,reason_code,reason,hash\r\n";

static void
put_hex(struct sc_buf *b, const uint8_t *p, size_t n)
{
	char *hex = sc_hex_encode(p, n);

	(void)sc_buf_puts(b, hex != NULL ? hex : "");
	free(hex);
}

static void
json_name(struct sc_buf *b, const char *name)
{
	(void)sc_buf_putf(b, ",\"%s\":", name);
}

static void
json_text(struct sc_buf *b, const char *name, const char *value)
{
	json_name(b, name);
	(void)sc_json_put_string(b, value, strlen(value));
}

static void
json_time(struct sc_buf *b, const char *name, int64_t t)
{
	char text[SC_TIME_MAX];

	sc_time_format(t, text);
	json_text(b, name, text);
}

static void
json_hex(struct sc_buf *b, const char *name, const uint8_t *p, size_t n)
{
	json_name(b, name);
	(void)sc_buf_putc(b, '"');
	put_hex(b, p, n);
	(void)sc_buf_putc(b, '"');
}

static void
json_reason(struct sc_buf *b, int code)
{
	(void)sc_buf_putf(b, "\"reasonCode\":%d", code);
	json_text(b, "reason", sc_store_reason(code));
}

static void
json_cert(struct sc_buf *b, const struct sc_row *row)
{
	const struct sc_store_cert *c = row->entry->cert;
	size_t i;

	json_text(b, "state",
	    row->state == SC_ROW_VALID	       ? "valid"
		: row->state == SC_ROW_EXPIRED ? "expired"
					       : "revoked");
	json_time(b, "notBefore", c->not_before);
	json_time(b, "notAfter", c->not_after);
	json_name(b, "names");
	(void)sc_buf_putc(b, '[');
	for (i = 0; i < c->names_n; i++) {
		if (i > 0)
			(void)sc_buf_putc(b, ',');
		(void)sc_json_put_string(b, c->names[i], strlen(c->names[i]));
	}
	(void)sc_buf_putc(b, ']');
	if (row->replaces[0] != '\0')
		json_text(b, "replaces", row->replaces);
	if (row->revoked == NULL)
		return;
	json_name(b, "revoked");
	(void)sc_buf_putf(
	    b, "{\"number\":%llu", (unsigned long long)row->revoked->seq);
	json_time(b, "time", row->revoked->time);
	(void)sc_buf_putc(b, ',');
	json_reason(b, row->revoked->reason_code);
	(void)sc_buf_putc(b, '}');
}

static void
json_key_id(struct sc_buf *b, const struct sc_store_entry *entry)
{
	char *s = sc_row_name(entry);

	json_text(b, "keyID", s != NULL ? s : "");
	free(s);
}

static void
json_revocation(struct sc_buf *b, const struct sc_store_revocation *v)
{
	if (v->not_after != 0)
		json_time(b, "notAfter", v->not_after);
	(void)sc_buf_putc(b, ',');
	json_reason(b, v->reason_code);
	json_text(b, "reasonText", v->reason);
}

static void
json_who(struct sc_buf *b, const struct sc_store_origin *o)
{
	json_text(b, "subject", o->subject);
	(void)sc_buf_puts(b, ",\"provisioner\":{\"name\":");
	(void)sc_json_put_string(
	    b, o->provisioner_name, strlen(o->provisioner_name));
	json_text(b, "id", o->provisioner_id);
	json_text(b, "type", o->provisioner_type);
	(void)sc_buf_putc(b, '}');
	json_text(b, "peer", o->peer);
	json_text(b, "requestID", o->request_id);
}

int
sc_row_json(const struct sc_row *row, bool with_cert, struct sc_buf *b)
{
	const struct sc_store_entry *entry = row->entry;
	struct sc_store_serial s = sc_row_serial(entry);
	struct sc_buf *pem;

	(void)sc_buf_putf(
	    b, "{\"number\":%llu", (unsigned long long)entry->seq);
	json_time(b, "time", entry->time);
	json_text(b, "event", sc_row_event(entry));
	if (s.n != 0) {
		json_text(b, "type", sc_row_type(entry));
		json_text(b, "serial", row->serial);
		json_hex(b, "serialHex", s.p, s.n);
	}
	if (entry->cert != NULL)
		json_cert(b, row);
	if (entry->cert != NULL && entry->cert->form != SC_STORE_X509)
		json_key_id(b, entry);
	if (entry->revocation != NULL)
		json_revocation(b, entry->revocation);
	json_who(b, &entry->origin);
	if (entry->token != NULL) {
		json_name(b, "token");
		(void)sc_buf_puts(b, "{\"sha256\":\"");
		put_hex(b, entry->token, 32);
		(void)sc_buf_putc(b, '"');
		if (entry->token_expires != 0)
			json_time(b, "expires", entry->token_expires);
		(void)sc_buf_putc(b, '}');
	}
	json_hex(b, "hash", entry->hash, sizeof(entry->hash));
	if (with_cert && entry->cert != NULL) {
		pem = sc_buf_new(2 * SC_STORE_MAX_RECORD);
		if (sc_row_pem(row, pem, NULL) == 0)
			json_text(b, "certificate", sc_buf_str(pem));
		sc_buf_free(pem);
	}
	(void)sc_buf_putc(b, '}');
	return sc_buf_error(b);
}

static void
csv_text(struct sc_buf *b, const char *s)
{
	(void)sc_buf_putc(b, ',');
	if (s[strcspn(s, ",\"\r\n")] == '\0') {
		(void)sc_buf_puts(b, s);
		return;
	}
	(void)sc_buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			(void)sc_buf_putc(b, '"');
		(void)sc_buf_putc(b, *s);
	}
	(void)sc_buf_putc(b, '"');
}

/* 0 stands for nothing. */
static void
csv_time(struct sc_buf *b, int64_t t)
{
	char text[SC_TIME_MAX] = "";

	if (t != 0)
		sc_time_format(t, text);
	csv_text(b, text);
}

static void
csv_names(struct sc_buf *b, const struct sc_store_cert *c)
{
	struct sc_buf *names = sc_buf_new(SC_STORE_MAX_RECORD);
	size_t i;

	for (i = 0; c != NULL && i < c->names_n; i++)
		(void)sc_buf_putf(names, "%s%s", i > 0 ? " " : "", c->names[i]);
	csv_text(b, sc_buf_error(names) == 0 ? sc_buf_str(names) : "");
	sc_buf_free(names);
}

static void
csv_revoked(struct sc_buf *b, const struct sc_row *row)
{
	const struct sc_store_revocation *v = row->entry->revocation;
	int code = v != NULL ? v->reason_code : 0;

	if (v == NULL && row->revoked == NULL) {
		(void)sc_buf_puts(b, ",,,");
		return;
	}
	if (row->revoked != NULL)
		code = row->revoked->reason_code;
	csv_time(b, v != NULL ? row->entry->time : row->revoked->time);
	(void)sc_buf_putf(b, ",%d", code);
	csv_text(b, sc_store_reason(code));
}

int
sc_row_csv(const struct sc_row *row, struct sc_buf *b)
{
	static const char *const states[] = {
	    "", "valid", "expired", "", "revoked"};
	const struct sc_store_entry *entry = row->entry;
	const struct sc_store_origin *o = &entry->origin;
	const struct sc_store_cert *c = entry->cert;
	struct sc_store_serial s = sc_row_serial(entry);

	(void)sc_buf_putf(b, "%llu", (unsigned long long)entry->seq);
	csv_time(b, entry->time);
	csv_text(b, sc_row_event(entry));
	csv_text(b, sc_row_type(entry));
	csv_text(b, row->serial);
	(void)sc_buf_putc(b, ',');
	put_hex(b, s.p, s.n);
	csv_text(b, states[row->state]);
	csv_time(b, c != NULL ? c->not_before : 0);
	csv_time(b, c != NULL ? c->not_after : 0);
	csv_text(b, o->subject);
	csv_names(b, c);
	csv_text(b, o->provisioner_name);
	csv_text(b, o->provisioner_id);
	csv_text(b, o->provisioner_type);
	csv_text(b, o->peer);
	csv_text(b, o->request_id);
	csv_text(b, row->replaces);
	csv_revoked(b, row);
	(void)sc_buf_putc(b, ',');
	put_hex(b, entry->hash, sizeof(entry->hash));
	return sc_buf_puts(b, "\r\n");
}

/* "ssh-ed25519-cert-v01@openssh.com AAAA... key id" */
static int
put_ssh(const struct sc_row *row, struct sc_buf *b, struct sc_error *e)
{
	const struct sc_store_cert *c = row->entry->cert;
	const uint8_t *algorithm;
	struct sc_reader r;
	size_t n;

	sc_reader_init(&r, c->der, c->der_len);
	algorithm = sc_reader_string(&r, &n);
	if (algorithm == NULL || n == 0)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "record %llu: not an SSH certificate",
		    (unsigned long long)row->entry->seq);
	(void)sc_buf_put(b, algorithm, n);
	(void)sc_buf_putc(b, ' ');
	(void)sc_b64_put(b, SC_B64_STD, c->der, c->der_len);
	return sc_buf_putc(b, '\n');
}

int
sc_row_pem(const struct sc_row *row, struct sc_buf *b, struct sc_error *e)
{
	const struct sc_store_cert *c = row->entry->cert;
	char *pem = NULL;
	int r;

	if (c->form != SC_STORE_X509)
		return put_ssh(row, b, e);
	r = sc_der_to_pem("CERTIFICATE", c->der, c->der_len, &pem);
	if (r != 0)
		return sc_fail_nomem(e);
	r = sc_buf_puts(b, pem);
	free(pem);
	return r;
}
