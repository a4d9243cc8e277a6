#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/record.h"

#define NAMES_MAX 65536

static struct sc_span
get_string(struct sc_reader *r)
{
	struct sc_span s;

	s.p = sc_reader_string(r, &s.n);
	if (s.p == NULL)
		s.n = 0;
	return s;
}

static struct sc_span
get_serial(struct sc_reader *r, size_t min)
{
	struct sc_span s = get_string(r);

	if (r->err == 0 && (s.n < min || s.n > SC_SERIAL_MAX))
		r->err = SC_ERR_MALFORMED;
	return s;
}

/* 0 or 1; what else there is, is malformed. */
static int
get_flag(struct sc_reader *r)
{
	uint8_t flag = sc_reader_u8(r);

	if (flag > 1)
		r->err = SC_ERR_MALFORMED;
	return flag == 1;
}

static enum sc_store_form
get_form(struct sc_reader *r)
{
	uint8_t form = sc_reader_u8(r);

	if (form < SC_STORE_X509 || form > SC_STORE_SSH_HOST) {
		r->err = SC_ERR_MALFORMED;
		return SC_STORE_X509;
	}
	return (enum sc_store_form)form;
}

static void
get_carried(struct sc_reader *r, struct sc_record *out)
{
	const uint8_t *hash;

	if (!get_flag(r))
		return;
	out->carried.seq = sc_reader_u64(r);
	out->carried.time = (int64_t)sc_reader_u64(r);
	hash = sc_reader_bytes(r, sizeof out->carried.hash);
	if (hash == NULL || out->carried.seq == 0 ||
	    out->carried.seq >= out->seq)
		r->err = SC_ERR_MALFORMED;
	else
		memcpy(out->carried.hash, hash, sizeof out->carried.hash);
}

static void
get_token(struct sc_reader *r, struct sc_record *out)
{
	if (!get_flag(r))
		return;
	out->token = sc_reader_bytes(r, 32);
	out->token_expires = (int64_t)sc_reader_u64(r);
}

static int
get_cert(struct sc_reader *r, struct sc_record *out)
{
	uint32_t i;

	if (!get_flag(r))
		return 0;
	out->form = get_form(r);
	out->serial = get_serial(r, 1);
	out->replaces = get_serial(r, out->type == SC_STORE_ISSUE ? 0 : 1);
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
	return 1;
}

static int
get_revocation(struct sc_reader *r, struct sc_record *out)
{
	if (!get_flag(r))
		return 0;
	out->form = get_form(r);
	out->serial = get_serial(r, 1);
	out->reason_code = sc_reader_u8(r);
	out->reason = get_string(r);
	out->not_after = (int64_t)sc_reader_u64(r);
	return 1;
}

int
sc_record_has_cert(const struct sc_record *r)
{
	return r->type == SC_STORE_ISSUE || r->type == SC_STORE_RENEW ||
	    r->type == SC_STORE_REKEY;
}

static int
get_payload(struct sc_reader *r, struct sc_record *out)
{
	int cert, revocation;
	size_t i;

	out->who.p = r->p;
	out->who.n = r->n;
	for (i = 0; i < sizeof out->origin / sizeof out->origin[0]; i++)
		out->origin[i] = get_string(r);
	out->who.n -= r->n;
	get_carried(r, out);
	out->what.p = r->p;
	out->what.n = r->n;
	get_token(r, out);
	cert = get_cert(r, out);
	revocation = get_revocation(r, out);
	if (sc_record_has_cert(out) != cert ||
	    (out->type == SC_STORE_REVOKE) != revocation ||
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
	if (r.err != 0 || sc_record_length(p, n) > n ||
	    sc_record_length(p, n) == 0)
		return sc_fail(e, SC_ERR_CORRUPT, "ledger: short record");
	out->hash = p + n - SC_RECORD_HASH;
	if (out->type < SC_STORE_ISSUE || out->type > SC_STORE_REVOKE)
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

static int
copy_bytes(const struct sc_span *s, uint8_t **out, size_t *n)
{
	if ((*out = malloc(s->n + 1)) == NULL)
		return SC_ERR_NOMEM;
	if (s->n != 0)
		memcpy(*out, s->p, s->n);
	*n = s->n;
	return 0;
}

/* The number and time of what r tells, wherever it stands. */
static uint64_t
told_seq(const struct sc_record *r)
{
	return r->carried.seq != 0 ? r->carried.seq : r->seq;
}

static int64_t
told_time(const struct sc_record *r)
{
	return r->carried.seq != 0 ? r->carried.time : r->time;
}

int
sc_record_found(
    const struct sc_record *r, struct sc_store_found *out, struct sc_error *e)
{
	memset(out, 0, sizeof *out);
	out->seq = told_seq(r);
	out->time = told_time(r);
	out->form = r->form;
	out->kind = (enum sc_store_kind)r->type;
	out->not_before = r->not_before;
	out->not_after = r->not_after;
	out->request_id = dup_span(&r->origin[0]);
	out->peer = dup_span(&r->origin[1]);
	out->provisioner_id = dup_span(&r->origin[2]);
	out->provisioner_name = dup_span(&r->origin[3]);
	out->provisioner_type = dup_span(&r->origin[4]);
	out->subject = dup_span(&r->origin[5]);
	if (out->request_id == NULL || out->peer == NULL ||
	    out->provisioner_id == NULL || out->provisioner_name == NULL ||
	    out->provisioner_type == NULL || out->subject == NULL ||
	    copy_bytes(&r->der, &out->der, &out->der_len) != 0 ||
	    (r->replaces.n != 0 &&
		copy_bytes(&r->replaces, &out->replaces, &out->replaces_len) !=
		    0) ||
	    copy_names(r, out) != 0) {
		sc_store_found_clear(out);
		return sc_fail_nomem(e);
	}
	return 0;
}

void
sc_store_found_clear(struct sc_store_found *f)
{
	size_t i;

	if (f == NULL)
		return;
	free(f->der);
	free(f->replaces);
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

void
sc_record_revoked(const struct sc_record *r, struct sc_store_revoked *out)
{
	memset(out, 0, sizeof *out);
	out->seq = told_seq(r);
	out->time = told_time(r);
	out->form = r->form;
	memcpy(out->serial, r->serial.p, r->serial.n);
	out->serial_len = r->serial.n;
	out->reason_code = r->reason_code;
	out->not_after = r->not_after;
}

static void
lend_cert(const struct sc_record *r, struct sc_record_hold *hold)
{
	struct sc_store_cert *c = &hold->cert;

	c->form = r->form;
	c->kind = (enum sc_store_kind)r->type;
	c->serial.p = r->serial.p;
	c->serial.n = r->serial.n;
	c->replaces.p = r->replaces.p;
	c->replaces.n = r->replaces.n;
	c->der = r->der.p;
	c->der_len = r->der.n;
	c->not_before = r->not_before;
	c->not_after = r->not_after;
	c->names = (const char *const *)hold->found.names;
	c->names_n = hold->found.names_n;
}

static int
lend_revocation(const struct sc_record *r, struct sc_record_hold *hold)
{
	struct sc_store_revocation *v = &hold->revocation;

	if ((hold->reason = dup_span(&r->reason)) == NULL)
		return SC_ERR_NOMEM;
	v->form = r->form;
	v->serial.p = r->serial.p;
	v->serial.n = r->serial.n;
	v->reason_code = r->reason_code;
	v->reason = hold->reason;
	v->not_after = r->not_after;
	return 0;
}

int
sc_record_entry(const struct sc_record *r, struct sc_store_entry *out,
    struct sc_record_hold *hold, struct sc_error *e)
{
	struct sc_store_found *f = &hold->found;
	int rc;

	memset(hold, 0, sizeof *hold);
	memset(out, 0, sizeof *out);
	if ((rc = sc_record_found(r, f, e)) != 0)
		return rc;
	out->seq = f->seq;
	out->time = f->time;
	out->kind = f->kind;
	out->origin.request_id = f->request_id;
	out->origin.peer = f->peer;
	out->origin.provisioner_id = f->provisioner_id;
	out->origin.provisioner_name = f->provisioner_name;
	out->origin.provisioner_type = f->provisioner_type;
	out->origin.subject = f->subject;
	memcpy(out->hash, r->carried.seq != 0 ? r->carried.hash : r->hash,
	    sizeof out->hash);
	out->token = r->token;
	out->token_expires = r->token_expires;
	if (sc_record_has_cert(r)) {
		lend_cert(r, hold);
		out->cert = &hold->cert;
	} else if (r->type == SC_STORE_REVOKE) {
		if (lend_revocation(r, hold) != 0) {
			sc_record_hold_clear(hold);
			return sc_fail_nomem(e);
		}
		out->revocation = &hold->revocation;
	}
	return 0;
}

void
sc_record_hold_clear(struct sc_record_hold *hold)
{
	sc_store_found_clear(&hold->found);
	free(hold->reason);
	hold->reason = NULL;
}
