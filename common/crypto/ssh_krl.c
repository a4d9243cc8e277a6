#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"
#include "crypto/ssh_krl_internal.h"
#include "crypto/ssh_wire.h"

/*
 * What a hostile list could ask for: a bitmap names a range in two bits, and
 * sections are looked up one by one.
 */
#define MAX_RANGES (8 * 1024 * 1024)
#define MAX_SECTIONS 1024

/* --- life -------------------------------------------------------------- */

struct sc_ssh_krl *
sc_ssh_krl_new(void)
{
	return calloc(1, sizeof(struct sc_ssh_krl));
}

static void
hashes_clear(struct hashes *h)
{
	free(h->v);
}

void
sc_ssh_krl_free(struct sc_ssh_krl *k)
{
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->n; i++) {
		free(k->v[i].ca);
		free(k->v[i].ranges);
		sc_strlist_clear(&k->v[i].ids);
	}
	free(k->v);
	hashes_clear(&k->keys);
	hashes_clear(&k->sha1);
	hashes_clear(&k->sha256);
	free(k->comment);
	free(k);
}

struct ca_section *
sc_ssh_krl_section(struct sc_ssh_krl *k, const uint8_t *ca, size_t n)
{
	struct ca_section *v;
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->v[i].ca_len == n &&
		    (n == 0 || memcmp(k->v[i].ca, ca, n) == 0))
			return &k->v[i];
	if (k->n >= MAX_SECTIONS)
		return NULL;
	v = sc_reallocarray(k->v, k->n + 1, sizeof *v);
	if (v == NULL)
		return NULL;
	k->v = v;
	v += k->n;
	memset(v, 0, sizeof *v);
	v->ca = malloc(n > 0 ? n : 1);
	if (v->ca == NULL)
		return NULL;
	if (n > 0)
		memcpy(v->ca, ca, n);
	v->ca_len = n;
	k->n++;
	return v;
}

int
sc_ssh_krl_add_range(struct ca_section *s, uint64_t from, uint64_t to)
{
	struct range *v;
	size_t size;

	if (from == 0 || from > to)
		return SC_ERR_MALFORMED;
	if (s->n >= MAX_RANGES)
		return SC_ERR_TOO_LARGE;
	if (s->n == s->size) {
		size = s->size == 0 ? 64 : s->size * 2;
		v = sc_reallocarray(s->ranges, size, sizeof *v);
		if (v == NULL)
			return SC_ERR_NOMEM;
		s->ranges = v;
		s->size = size;
	}
	s->ranges[s->n].from = from;
	s->ranges[s->n++].to = to;
	s->sorted = false;
	return 0;
}

/* --- filling ----------------------------------------------------------- */

int
sc_ssh_krl_add_serial(struct sc_ssh_krl *k, const struct sc_ssh_key *ca,
    uint64_t serial, struct sc_error *e)
{
	struct ca_section *s;
	const uint8_t *blob;
	size_t n;
	int r;

	blob = sc_ssh_key_blob(ca, &n);
	s = sc_ssh_krl_section(k, blob, n);
	if (s == NULL)
		return sc_fail_nomem(e);
	r = sc_ssh_krl_add_range(s, serial, serial);
	return r == 0 ? 0
		      : sc_fail(e, r, "SSH serial %llu: %s",
			    (unsigned long long)serial, sc_err_text(r));
}

int
sc_ssh_krl_add_key_id(struct sc_ssh_krl *k, const struct sc_ssh_key *ca,
    const char *id, struct sc_error *e)
{
	struct ca_section *s;
	const uint8_t *blob;
	size_t n;

	if (*id == '\0')
		return sc_fail(e, SC_ERR_MALFORMED, "empty SSH key id");
	blob = sc_ssh_key_blob(ca, &n);
	s = sc_ssh_krl_section(k, blob, n);
	if (s == NULL || sc_strlist_add(&s->ids, id) != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

void
sc_ssh_krl_sort(struct ca_section *s)
{
	size_t i, n = 0;

	if (s->sorted || s->n == 0)
		return;
	qsort(s->ranges, s->n, sizeof *s->ranges, compare);
	for (i = 1; i < s->n; i++) {
		struct range *last = &s->ranges[n], *next = &s->ranges[i];

		/* Overlapping or next to each other: one range. */
		if (last->to == UINT64_MAX || next->from <= last->to + 1) {
			if (next->to > last->to)
				last->to = next->to;
		} else
			s->ranges[++n] = *next;
	}
	s->n = n + 1;
	s->sorted = true;
}

/* --- writing ----------------------------------------------------------- */

#define RUN 3 /* a range takes the room of a list of two and its own header */

static bool
is_run(const struct range *r)
{
	return r->to - r->from >= RUN - 1;
}

static void
put_serials(struct sc_buf *b, const struct ca_section *s)
{
	uint64_t lone = 0, v;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!is_run(&s->ranges[i]))
			lone += s->ranges[i].to - s->ranges[i].from + 1;
	if (lone > 0) {
		sc_buf_put_u8(b, CERT_SERIAL_LIST);
		sc_buf_put_u32(b, (uint32_t)lone * 8);
		for (i = 0; i < s->n; i++)
			for (v = s->ranges[i].from; !is_run(&s->ranges[i]);
			     v++) {
				sc_buf_put_u64(b, v);
				if (v == s->ranges[i].to)
					break;
			}
	}
	for (i = 0; i < s->n; i++) {
		if (!is_run(&s->ranges[i]))
			continue;
		sc_buf_put_u8(b, CERT_SERIAL_RANGE);
		sc_buf_put_u32(b, 16);
		sc_buf_put_u64(b, s->ranges[i].from);
		sc_buf_put_u64(b, s->ranges[i].to);
	}
}

static int
put_section(struct sc_buf *b, struct ca_section *s)
{
	struct sc_buf *in = sc_buf_new(SC_MAX_SSH_KRL);
	struct sc_buf *ids = sc_buf_new(SC_MAX_SSH_KRL);
	size_t i;
	int r;

	sc_ssh_krl_sort(s);
	sc_buf_put_string(in, s->ca, s->ca_len);
	sc_ssh_put_text(in, ""); /* reserved */
	put_serials(in, s);
	if (s->ids.n > 0) {
		for (i = 0; i < s->ids.n; i++)
			sc_ssh_put_text(ids, s->ids.v[i]);
		sc_buf_put_u8(in, CERT_KEY_ID);
		sc_ssh_put_buf(in, ids);
	}
	r = sc_buf_error(ids) != 0 ? sc_buf_error(ids) : sc_buf_error(in);
	if (r == 0) {
		sc_buf_put_u8(b, SECTION_CERTIFICATES);
		r = sc_ssh_put_buf(b, in);
	}
	sc_buf_free(in);
	sc_buf_free(ids);
	return r;
}

int
sc_ssh_krl_write(struct sc_ssh_krl *k, const struct sc_ssh_krl_head *head,
    uint8_t **out, size_t *n, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_SSH_KRL);
	size_t i;
	int r = 0;

	*out = NULL;
	*n = 0;
	sc_buf_put(b, KRL_MAGIC, sizeof KRL_MAGIC);
	sc_buf_put_u32(b, KRL_FORMAT);
	sc_buf_put_u64(b, head->version);
	sc_buf_put_u64(b, head->generated > 0 ? (uint64_t)head->generated : 0);
	sc_buf_put_u64(b, 0); /* flags */
	sc_ssh_put_text(b, ""); /* reserved */
	sc_ssh_put_text(b, head->comment != NULL ? head->comment : "");
	for (i = 0; i < k->n && r == 0; i++)
		r = put_section(b, &k->v[i]);
	if (r == 0)
		r = sc_buf_error(b);
	if (r != 0) {
		sc_buf_free(b);
		return sc_fail(e, r, "SSH revocation list: %s", sc_err_text(r));
	}
	*out = (uint8_t *)sc_buf_steal(b, n);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

/* --- questions --------------------------------------------------------- */

void
sc_ssh_krl_head(const struct sc_ssh_krl *k, struct sc_ssh_krl_head *head)
{
	head->version = k->version;
	head->generated = k->generated;
	head->comment = k->comment;
}

uint64_t
sc_ssh_krl_serials(const struct sc_ssh_krl *k)
{
	uint64_t count = 0, more;
	size_t i, j;

	for (i = 0; i < k->n; i++)
		for (j = 0; j < k->v[i].n; j++) {
			more = k->v[i].ranges[j].to - k->v[i].ranges[j].from;
			if (more >= UINT64_MAX - count)
				return UINT64_MAX;
			count += more + 1;
		}
	return count;
}

size_t
sc_ssh_krl_key_ids(const struct sc_ssh_krl *k)
{
	size_t i, count = 0;

	for (i = 0; i < k->n; i++)
		count += k->v[i].ids.n;
	return count;
}

static bool
in_ranges(const struct ca_section *s, uint64_t serial)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (serial < s->ranges[mid].from)
			high = mid;
		else if (serial > s->ranges[mid].to)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

static bool
has_hash(const struct hashes *h, const uint8_t *md)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (memcmp(h->v + i * h->each, md, h->each) == 0)
			return true;
	return false;
}

int
sc_ssh_krl_check_key(const struct sc_ssh_krl *k, const struct sc_ssh_key *key,
    struct sc_error *e)
{
	uint8_t md[64];
	const uint8_t *blob;
	size_t n, len;
	int r;

	blob = sc_ssh_key_blob(key, &n);
	r = sc_digest(SC_SHA256, blob, n, md, &len);
	if (r == 0 && !has_hash(&k->keys, md) && !has_hash(&k->sha256, md)) {
		if (k->sha1.n == 0)
			return 0;
		r = sc_digest(SC_SHA1, blob, n, md, &len);
		if (r == 0 && !has_hash(&k->sha1, md))
			return 0;
	}
	return r != 0 ? sc_fail(e, r, "hash of an SSH key")
		      : sc_fail(e, SC_ERR_REVOKED, "SSH key is revoked");
}

int
sc_ssh_krl_check_cert(
    const struct sc_ssh_krl *k, const struct sc_ssh_cert *c, struct sc_error *e)
{
	const uint8_t *ca;
	size_t i, n;
	int r;

	r = sc_ssh_krl_check_key(k, c->key, e);
	if (r == 0)
		r = sc_ssh_krl_check_key(k, c->signer, e);
	ca = sc_ssh_key_blob(c->signer, &n);
	for (i = 0; i < k->n && r == 0; i++) {
		const struct ca_section *s = &k->v[i];

		/* No CA key means every one. */
		if (s->ca_len != 0 &&
		    (s->ca_len != n || memcmp(s->ca, ca, n) != 0))
			continue;
		if ((c->serial != 0 && in_ranges(s, c->serial)) ||
		    sc_strlist_has(&s->ids, c->key_id))
			r = sc_fail(e, SC_ERR_REVOKED,
			    "SSH certificate %llu is revoked",
			    (unsigned long long)c->serial);
	}
	return r;
}
