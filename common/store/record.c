#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "store/record.h"

#define MAGIC 0x53435231u /* "SCR1" */
#define NAMES_MAX 65536
#define CARRIED_SIZE 48 /* what a carried record has besides */
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
put_serial(
    struct sc_buf *b, const struct sc_store_serial *serial, struct sc_error *e)
{
	const uint8_t *p = serial->p;
	size_t n = serial->n;

	for (; n > 1 && *p == 0; n--)
		p++;
	if (n == 0 || n > SC_SERIAL_MAX)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "serial number of %zu bytes (1 to %d)", n, SC_SERIAL_MAX);
	sc_buf_put_string(b, p, n);
	return 0;
}

static int
put_cert(struct sc_buf *b, const struct sc_store_cert *c, struct sc_error *e)
{
	size_t i;
	int r;

	sc_buf_put_u8(b, c != NULL);
	if (c == NULL)
		return 0;
	if (c->names_n > NAMES_MAX)
		return sc_fail(e, SC_ERR_MALFORMED, "%zu names", c->names_n);
	sc_buf_put_u8(b, (uint8_t)c->form);
	if ((r = put_serial(b, &c->serial, e)) != 0)
		return r;
	if (c->kind == SC_STORE_ISSUE)
		put_text(b, NULL);
	else if ((r = put_serial(b, &c->replaces, e)) != 0)
		return r;
	sc_buf_put_string(b, c->der, c->der_len);
	sc_buf_put_u64(b, (uint64_t)c->not_before);
	sc_buf_put_u64(b, (uint64_t)c->not_after);
	sc_buf_put_u32(b, (uint32_t)c->names_n);
	for (i = 0; i < c->names_n; i++)
		put_text(b, c->names[i]);
	return 0;
}

static int
put_revocation(
    struct sc_buf *b, const struct sc_store_revocation *rev, struct sc_error *e)
{
	int r;

	sc_buf_put_u8(b, rev != NULL);
	if (rev == NULL)
		return 0;
	sc_buf_put_u8(b, (uint8_t)rev->form);
	if ((r = put_serial(b, &rev->serial, e)) != 0)
		return r;
	sc_buf_put_u8(b, (uint8_t)rev->reason_code);
	put_text(b, rev->reason);
	sc_buf_put_u64(b, (uint64_t)rev->not_after);
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

static enum sc_store_kind
kind_of(const struct sc_record_parts *parts)
{
	if (parts->cert != NULL)
		return parts->cert->kind;
	return parts->revocation != NULL ? SC_STORE_REVOKE : SC_STORE_USE_TOKEN;
}

static int
put_parts(
    struct sc_buf *b, const struct sc_record_parts *parts, struct sc_error *e)
{
	int r;

	put_origin(b, parts->origin);
	sc_buf_put_u8(b, 0); /* not carried */
	if ((r = put_token(b, parts->spend, e)) != 0 ||
	    (r = put_cert(b, parts->cert, e)) != 0 ||
	    (r = put_revocation(b, parts->revocation, e)) != 0)
		return r;
	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(
		    e, r, "record of the ledger: %s", sc_err_text(r));
	return 0;
}

int
sc_record_encode(const struct sc_record_parts *parts, int64_t now,
    uint8_t **rec, size_t *n, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_STORE_MAX_RECORD);
	int r;

	*rec = NULL;
	if (b == NULL)
		return sc_fail_nomem(e);
	if ((parts->spend == NULL && parts->cert == NULL &&
		parts->revocation == NULL) ||
	    (parts->cert != NULL && parts->revocation != NULL)) {
		/* No reader would take it, and it could not be undone. */
		sc_buf_free(b);
		return sc_fail(e, SC_ERR_INTERNAL, "record of nothing");
	}
	put_header(b, kind_of(parts), now);
	if ((r = put_parts(b, parts, e)) != 0) {
		sc_buf_free(b);
		return r;
	}
	return finish(b, rec, n, e);
}

int
sc_record_carry(const struct sc_record *r, int64_t now, uint8_t **rec,
    size_t *n, struct sc_error *e)
{
	const struct sc_carried *from = &r->carried;
	struct sc_carried this = {.seq = r->seq, .time = r->time};
	/* The largest that could be issued can be carried, too. */
	struct sc_buf *b = sc_buf_new(SC_STORE_MAX_RECORD + CARRIED_SIZE);

	*rec = NULL;
	if (b == NULL)
		return sc_fail_nomem(e);
	if (from->seq == 0) {
		memcpy(this.hash, r->hash, sizeof this.hash);
		from = &this;
	}
	put_header(b, r->type, now);
	sc_buf_put(b, r->who.p, r->who.n);
	sc_buf_put_u8(b, 1);
	sc_buf_put_u64(b, from->seq);
	sc_buf_put_u64(b, (uint64_t)from->time);
	sc_buf_put(b, from->hash, sizeof from->hash);
	sc_buf_put(b, r->what.p, r->what.n);
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
