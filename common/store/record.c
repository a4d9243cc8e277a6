#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "store/record.h"

#define MAGIC 0x53435231u /* "SCR1" */
#define SERIAL_MAX 40
#define NAMES_MAX 65536
#define OFF_LENGTH 8
#define OFF_SEQ 16
#define OFF_DURABLE 32
#define OFF_PREV 40

static int
sha256(const void *p, size_t n, uint8_t out[32], struct sc_error *e)
{
	int r = sc_sha256(p, n, out);

	return r == 0 ? 0 : sc_fail(e, r, "SHA-256 failed");
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	size_t i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void
strip_zeros(const uint8_t **p, size_t *n)
{
	while (*n > 1 && **p == 0) {
		(*p)++;
		(*n)--;
	}
}

static void
put_text(struct sc_buf *b, const char *s)
{
	if (s == NULL)
		s = "";
	sc_buf_put_string(b, s, strlen(s));
}

static void
put_origin(struct sc_buf *b, const struct sc_store_origin *o)
{
	static const struct sc_store_origin none;

	if (o == NULL)
		o = &none;
	put_text(b, o->request_id);
	put_text(b, o->peer);
	put_text(b, o->provisioner_id);
	put_text(b, o->provisioner_name);
	put_text(b, o->provisioner_type);
	put_text(b, o->subject);
}

static int
put_token(struct sc_buf *b, const struct sc_store_spend *t, struct sc_error *e)
{
	uint8_t hash[32];
	int r;

	sc_buf_put_u8(b, t != NULL);
	if (t == NULL)
		return 0;
	r = sha256(t->token_id, strlen(t->token_id), hash, e);
	if (r != 0)
		return r;
	sc_buf_put(b, hash, sizeof hash);
	sc_buf_put_u64(b, (uint64_t)t->expires);
	return 0;
}

static int
put_cert(struct sc_buf *b, const struct sc_store_cert *c, struct sc_error *e)
{
	const uint8_t *serial;
	size_t i, n;

	sc_buf_put_u8(b, c != NULL);
	if (c == NULL)
		return 0;
	serial = c->serial;
	n = c->serial_len;
	strip_zeros(&serial, &n);
	if (n == 0 || n > SERIAL_MAX || c->names_n > NAMES_MAX)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "serial number of %zu bytes, %zu names", n, c->names_n);
	sc_buf_put_string(b, serial, n);
	sc_buf_put_string(b, c->der, c->der_len);
	sc_buf_put_u64(b, (uint64_t)c->not_before);
	sc_buf_put_u64(b, (uint64_t)c->not_after);
	sc_buf_put_u32(b, (uint32_t)c->names_n);
	for (i = 0; i < c->names_n; i++)
		put_text(b, c->names[i]);
	return 0;
}

static void
put_header(struct sc_buf *b, int type, int64_t now)
{
	static const uint8_t zeros[SC_RECORD_HASH];

	sc_buf_put_u32(b, MAGIC);
	sc_buf_put_u8(b, SC_RECORD_VERSION);
	sc_buf_put_u8(b, (uint8_t)type);
	sc_buf_put_u16(b, 0);
	sc_buf_put_u32(b, 0); /* length of the payload */
	sc_buf_put_u32(b, 0);
	sc_buf_put_u64(b, 0); /* number */
	sc_buf_put_u64(b, (uint64_t)now);
	sc_buf_put_u64(b, 0); /* durable */
	sc_buf_put(b, zeros, sizeof zeros);
}

/* The payload's length is known last: set it, and make room for the hash. */
static int
finish(struct sc_buf *b, uint8_t **rec, size_t *n, struct sc_error *e)
{
	static const uint8_t zeros[SC_RECORD_HASH + SC_RECORD_ALIGN];
	size_t len = sc_buf_len(b), payload = len - SC_RECORD_HEADER, i;
	int r;

	r = sc_buf_put(
	    b, zeros, (-len & (SC_RECORD_ALIGN - 1)) + SC_RECORD_HASH);
	if (r != 0) {
		sc_buf_free(b);
		return sc_fail(
		    e, r, "record of the ledger: %s", sc_err_text(r));
	}
	*rec = (uint8_t *)sc_buf_steal(b, n);
	if (*rec == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < 4; i++)
		(*rec)[OFF_LENGTH + i] = (uint8_t)(payload >> (24 - 8 * i));
	return 0;
}

int
sc_record_encode(const struct sc_store_spend *spend,
    const struct sc_store_cert *cert, const struct sc_store_origin *origin,
    int64_t now, uint8_t **rec, size_t *n, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_STORE_MAX_RECORD);
	int r;

	*rec = NULL;
	if (b == NULL)
		return sc_fail_nomem(e);
	if (spend == NULL && cert == NULL) {
		/* No reader would take it, and it could not be undone. */
		sc_buf_free(b);
		return sc_fail(e, SC_ERR_INTERNAL, "record of nothing");
	}
	put_header(b, cert != NULL ? SC_STORE_ISSUE : SC_STORE_USE_TOKEN, now);
	put_origin(b, origin);
	if ((r = put_token(b, spend, e)) != 0 ||
	    (r = put_cert(b, cert, e)) != 0) {
		sc_buf_free(b);
		return r;
	}
	if ((r = sc_buf_error(b)) != 0) {
		sc_buf_free(b);
		return sc_fail(
		    e, r, "record of the ledger: %s", sc_err_text(r));
	}
	return finish(b, rec, n, e);
}

int
sc_record_seal(uint8_t *rec, size_t n, const struct sc_ledger_pos *pos,
    uint64_t durable, struct sc_error *e)
{
	put_u64(rec + OFF_SEQ, pos->seq + 1);
	put_u64(rec + OFF_DURABLE, durable);
	memcpy(rec + OFF_PREV, pos->hash, SC_RECORD_HASH);
	return sha256(rec, n - SC_RECORD_HASH, rec + n - SC_RECORD_HASH, e);
}

static size_t
whole(size_t payload)
{
	size_t n = SC_RECORD_HEADER + payload;

	return n + (-n & (SC_RECORD_ALIGN - 1)) + SC_RECORD_HASH;
}

size_t
sc_record_length(const uint8_t *p, size_t n)
{
	struct sc_reader r;
	size_t len;

	sc_reader_init(&r, p, n);
	if (n < SC_RECORD_HEADER || sc_reader_u32(&r) != MAGIC ||
	    sc_reader_u8(&r) != SC_RECORD_VERSION)
		return 0;
	sc_reader_bytes(&r, 3);
	len = sc_reader_u32(&r);
	if (len > SC_STORE_MAX_RECORD)
		return 0;
	return whole(len);
}

int
sc_record_intact(const uint8_t *p, size_t n, struct sc_error *e)
{
	uint8_t hash[32];
	int r;

	if (n < SC_RECORD_HEADER + SC_RECORD_HASH ||
	    sc_record_length(p, n) != n)
		return 0;
	r = sha256(p, n - SC_RECORD_HASH, hash, e);
	if (r != 0)
		return r;
	return memcmp(hash, p + n - SC_RECORD_HASH, sizeof hash) == 0;
}

int
sc_record_follows(const uint8_t *p, const struct sc_ledger_pos *pos)
{
	uint8_t seq[8];

	put_u64(seq, pos->seq + 1);
	return memcmp(p + OFF_SEQ, seq, sizeof seq) == 0 &&
	    memcmp(p + OFF_PREV, pos->hash, SC_RECORD_HASH) == 0;
}

static struct sc_span
get_string(struct sc_reader *r)
{
	struct sc_span s;

	s.p = sc_reader_string(r, &s.n);
	if (s.p == NULL)
		s.n = 0;
	return s;
}

static void
get_cert(struct sc_reader *r, struct sc_record *out)
{
	uint32_t i;

	out->serial = get_string(r);
	out->der = get_string(r);
	out->not_before = (int64_t)sc_reader_u64(r);
	out->not_after = (int64_t)sc_reader_u64(r);
	out->names_n = sc_reader_u32(r);
	out->names.p = r->p;
	out->names.n = r->n;
	if (out->names_n > NAMES_MAX)
		r->err = SC_ERR_MALFORMED;
	for (i = 0; i < out->names_n && r->err == 0; i++)
		(void)get_string(r);
	out->names.n -= r->n;
}

static int
get_payload(struct sc_reader *r, struct sc_record *out)
{
	size_t i;
	uint8_t flag;

	for (i = 0; i < sizeof out->origin / sizeof out->origin[0]; i++)
		out->origin[i] = get_string(r);
	if ((flag = sc_reader_u8(r)) == 1) {
		out->token = sc_reader_bytes(r, 32);
		out->token_expires = (int64_t)sc_reader_u64(r);
	} else if (flag != 0)
		return SC_ERR_MALFORMED;
	if ((flag = sc_reader_u8(r)) == 1) {
		out->has_cert = 1;
		get_cert(r, out);
	} else if (flag != 0)
		return SC_ERR_MALFORMED;
	if ((out->type == SC_STORE_ISSUE) != out->has_cert ||
	    (out->type == SC_STORE_USE_TOKEN && out->token == NULL))
		return SC_ERR_MALFORMED;
	return sc_reader_end(r);
}

int
sc_record_parse(
    const uint8_t *p, size_t n, struct sc_record *out, struct sc_error *e)
{
	struct sc_reader r;
	uint32_t payload;

	memset(out, 0, sizeof *out);
	sc_reader_init(&r, p, n);
	sc_reader_bytes(&r, 5);
	out->type = sc_reader_u8(&r);
	sc_reader_bytes(&r, 2);
	payload = sc_reader_u32(&r);
	sc_reader_bytes(&r, 4);
	out->seq = sc_reader_u64(&r);
	out->time = (int64_t)sc_reader_u64(&r);
	out->durable = sc_reader_u64(&r);
	out->prev = sc_reader_bytes(&r, SC_RECORD_HASH);
	if (r.err != 0 || n < whole(payload))
		return sc_fail(e, SC_ERR_CORRUPT, "ledger: short record");
	out->hash = p + n - SC_RECORD_HASH;
	if (out->type != SC_STORE_ISSUE && out->type != SC_STORE_USE_TOKEN)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "ledger: record %llu has the unknown type %d; "
		    "was it written by a later release?",
		    (unsigned long long)out->seq, out->type);
	sc_reader_init(&r, p + SC_RECORD_HEADER, payload);
	if (get_payload(&r, out) != 0)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "ledger: the contents of record %llu are malformed",
		    (unsigned long long)out->seq);
	return 0;
}

void
sc_record_token_hash_key(const uint8_t hash[32], uint8_t key[SC_RECORD_KEY])
{
	key[0] = 'T';
	memcpy(key + 1, hash, 32);
}

int
sc_record_token_key(
    const char *id, uint8_t key[SC_RECORD_KEY], struct sc_error *e)
{
	key[0] = 'T';
	return sha256(id, strlen(id), key + 1, e);
}

int
sc_record_serial_key(const uint8_t *serial, size_t n,
    uint8_t key[SC_RECORD_KEY], struct sc_error *e)
{
	strip_zeros(&serial, &n);
	key[0] = 'C';
	return sha256(serial, n, key + 1, e);
}

static char *
dup_span(const struct sc_span *s)
{
	return sc_strndup(s->n == 0 ? "" : (const char *)s->p, s->n);
}

static int
copy_names(const struct sc_record *r, struct sc_store_found *out)
{
	struct sc_reader rd;
	struct sc_span s;
	uint32_t i;

	if (r->names_n == 0)
		return 0;
	out->names = calloc(r->names_n, sizeof *out->names);
	if (out->names == NULL)
		return SC_ERR_NOMEM;
	sc_reader_init(&rd, r->names.p, r->names.n);
	for (i = 0; i < r->names_n; i++) {
		s = get_string(&rd);
		out->names[i] = dup_span(&s);
		if (out->names[i] == NULL)
			return SC_ERR_NOMEM;
		out->names_n++;
	}
	return 0;
}

int
sc_record_found(
    const struct sc_record *r, struct sc_store_found *out, struct sc_error *e)
{
	memset(out, 0, sizeof *out);
	out->seq = r->seq;
	out->time = r->time;
	out->not_before = r->not_before;
	out->not_after = r->not_after;
	out->request_id = dup_span(&r->origin[0]);
	out->peer = dup_span(&r->origin[1]);
	out->provisioner_id = dup_span(&r->origin[2]);
	out->provisioner_name = dup_span(&r->origin[3]);
	out->provisioner_type = dup_span(&r->origin[4]);
	out->subject = dup_span(&r->origin[5]);
	out->der = malloc(r->der.n + 1);
	if (out->request_id == NULL || out->peer == NULL ||
	    out->provisioner_id == NULL || out->provisioner_name == NULL ||
	    out->provisioner_type == NULL || out->subject == NULL ||
	    out->der == NULL || copy_names(r, out) != 0) {
		sc_store_found_clear(out);
		return sc_fail_nomem(e);
	}
	if (r->der.n != 0)
		memcpy(out->der, r->der.p, r->der.n);
	out->der_len = r->der.n;
	return 0;
}

void
sc_store_found_clear(struct sc_store_found *f)
{
	size_t i;

	if (f == NULL)
		return;
	free(f->der);
	free(f->request_id);
	free(f->peer);
	free(f->provisioner_id);
	free(f->provisioner_name);
	free(f->provisioner_type);
	free(f->subject);
	for (i = 0; i < f->names_n; i++)
		free(f->names[i]);
	free(f->names);
	memset(f, 0, sizeof *f);
}

int
sc_record_entry(const struct sc_record *r, struct sc_store_entry *out,
    struct sc_store_found *hold, struct sc_error *e)
{
	int rc = sc_record_found(r, hold, e);

	memset(out, 0, sizeof *out);
	if (rc != 0)
		return rc;
	out->seq = r->seq;
	out->time = r->time;
	out->kind = (enum sc_store_kind)r->type;
	out->origin.request_id = hold->request_id;
	out->origin.peer = hold->peer;
	out->origin.provisioner_id = hold->provisioner_id;
	out->origin.provisioner_name = hold->provisioner_name;
	out->origin.provisioner_type = hold->provisioner_type;
	out->origin.subject = hold->subject;
	memcpy(out->hash, r->hash, sizeof out->hash);
	out->token = r->token;
	out->token_expires = r->token_expires;
	out->cert.serial = r->serial.p;
	out->cert.serial_len = r->serial.n;
	out->cert.der = r->der.p;
	out->cert.der_len = r->der.n;
	out->cert.not_before = r->not_before;
	out->cert.not_after = r->not_after;
	out->cert.names = (const char *const *)hold->names;
	out->cert.names_n = hold->names_n;
	return 0;
}
