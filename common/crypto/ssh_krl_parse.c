#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/ssh_krl.h"
#include "crypto/ssh_krl_internal.h"
#include "crypto/ssh_wire.h"

static int
parse_list(struct sc_reader *r, struct ca_section *s)
{
	uint64_t v;
	int rc = 0;

	while (rc == 0 && r->n > 0) {
		v = sc_reader_u64(r);
		rc = r->err != 0 ? r->err : sc_ssh_krl_add_range(s, v, v);
	}
	return rc;
}

static int
parse_range(struct sc_reader *r, struct ca_section *s)
{
	uint64_t from = sc_reader_u64(r), to = sc_reader_u64(r);

	if (sc_reader_end(r) != 0)
		return SC_ERR_MALFORMED;
	return sc_ssh_krl_add_range(s, from, to);
}

/* The bits of an mpint count from its last one, which is serial `base`. */
static int
parse_bitmap(struct sc_reader *r, struct ca_section *s)
{
	uint64_t base = sc_reader_u64(r), i, bits, from = 0;
	struct sc_num map = sc_ssh_get_mpint(r);
	bool on, was = false;
	int rc = 0;

	if (sc_reader_end(r) != 0)
		return SC_ERR_MALFORMED;
	bits = (uint64_t)map.n * 8;
	if (base > UINT64_MAX - bits)
		return SC_ERR_MALFORMED;
	for (i = 0; rc == 0 && i <= bits; i++) {
		on = i < bits && map.p[map.n - 1 - i / 8] >> (i % 8) & 1;
		if (on && !was)
			from = base + i;
		else if (!on && was)
			rc = sc_ssh_krl_add_range(s, from, base + i - 1);
		was = on;
	}
	return rc;
}

static int
parse_ids(struct sc_reader *r, struct ca_section *s)
{
	char *id;
	int rc = 0;

	while (rc == 0 && r->n > 0) {
		id = sc_ssh_get_text(r, SC_MAX_SSH_KRL);
		if (id == NULL)
			return r->err;
		rc = sc_strlist_add(&s->ids, id);
		free(id);
	}
	return rc;
}

/* name, whether it must be understood, contents; we know none. */
static int
parse_extension(struct sc_reader *r)
{
	size_t n;
	uint8_t critical;

	sc_reader_string(r, &n);
	critical = sc_reader_u8(r);
	sc_reader_string(r, &n);
	if (sc_reader_end(r) != 0)
		return SC_ERR_MALFORMED;
	return critical != 0 ? SC_ERR_UNSUPPORTED : 0;
}

static int
parse_certificates(struct sc_reader *r, struct sc_ssh_krl *k)
{
	struct ca_section *s;
	struct sc_reader in;
	const uint8_t *ca, *p;
	size_t n, len;
	uint8_t type;
	int rc = 0;

	ca = sc_reader_string(r, &len);
	sc_reader_string(r, &n); /* reserved */
	if (r->err != 0)
		return r->err;
	s = sc_ssh_krl_section(k, ca, len);
	if (s == NULL)
		return SC_ERR_NOMEM;
	while (rc == 0 && r->n > 0) {
		type = sc_reader_u8(r);
		p = sc_reader_string(r, &n);
		if (p == NULL)
			return r->err;
		sc_reader_init(&in, p, n);
		if (type == CERT_SERIAL_LIST)
			rc = parse_list(&in, s);
		else if (type == CERT_SERIAL_RANGE)
			rc = parse_range(&in, s);
		else if (type == CERT_SERIAL_BITMAP)
			rc = parse_bitmap(&in, s);
		else if (type == CERT_KEY_ID)
			rc = parse_ids(&in, s);
		else if (type == CERT_EXTENSION)
			rc = parse_extension(&in);
		else
			rc = SC_ERR_UNSUPPORTED;
	}
	sc_ssh_krl_sort(s);
	return rc;
}

static int
add_hash(struct hashes *h, const uint8_t *md, size_t n)
{
	uint8_t *v;
	size_t size;

	if (h->n == h->size) {
		size = h->size == 0 ? 16 : h->size * 2;
		v = sc_reallocarray(h->v, size, n);
		if (v == NULL)
			return SC_ERR_NOMEM;
		h->v = v;
		h->size = size;
		h->each = n;
	}
	memcpy(h->v + h->n++ * n, md, n);
	return 0;
}

/* Whole keys, or hashes of this many bytes. */
static int
parse_keys(struct sc_reader *r, struct hashes *h, size_t bytes)
{
	const uint8_t *p;
	uint8_t md[64];
	size_t n;
	int rc = 0;

	while (rc == 0 && r->n > 0) {
		p = sc_reader_string(r, &n);
		if (p == NULL || (bytes != 0 && n != bytes))
			return SC_ERR_MALFORMED;
		if (bytes == 0) {
			rc = sc_digest(SC_SHA256, p, n, md, &n);
			p = md;
		}
		if (rc == 0)
			rc = add_hash(h, p, n);
	}
	return rc;
}

static int
parse_section(struct sc_reader *outer, struct sc_ssh_krl *k)
{
	uint8_t type = sc_reader_u8(outer);
	struct sc_reader r;
	const uint8_t *p;
	size_t n;

	p = sc_reader_string(outer, &n);
	if (p == NULL)
		return outer->err;
	sc_reader_init(&r, p, n);
	switch (type) {
	case SECTION_CERTIFICATES:
		return parse_certificates(&r, k);
	case SECTION_KEYS:
		return parse_keys(&r, &k->keys, 0);
	case SECTION_SHA1:
		return parse_keys(&r, &k->sha1, 20);
	case SECTION_SHA256:
		return parse_keys(&r, &k->sha256, 32);
	case SECTION_EXTENSION:
		return parse_extension(&r);
	default:
		return SC_ERR_UNSUPPORTED;
	}
}

static int
parse_all(struct sc_reader *r, struct sc_ssh_krl *k)
{
	const uint8_t *magic = sc_reader_bytes(r, sizeof KRL_MAGIC);
	uint64_t when;
	size_t n;
	int rc = 0;

	if (magic == NULL || memcmp(magic, KRL_MAGIC, sizeof KRL_MAGIC) != 0)
		return SC_ERR_MALFORMED;
	if (sc_reader_u32(r) != KRL_FORMAT)
		return r->err != 0 ? r->err : SC_ERR_UNSUPPORTED;
	k->version = sc_reader_u64(r);
	when = sc_reader_u64(r);
	k->generated = when > INT64_MAX ? INT64_MAX : (int64_t)when;
	sc_reader_u64(r); /* flags: none is defined */
	sc_reader_string(r, &n); /* reserved */
	k->comment = sc_ssh_get_text(r, SC_MAX_SSH_KRL);
	if (k->comment == NULL)
		return r->err;
	while (rc == 0 && r->n > 0)
		rc = parse_section(r, k);
	return rc;
}

int
sc_ssh_krl_parse(
    const uint8_t *p, size_t n, struct sc_ssh_krl **out, struct sc_error *e)
{
	struct sc_ssh_krl *k;
	struct sc_reader r;
	int rc;

	*out = NULL;
	if (n > SC_MAX_SSH_KRL)
		return sc_fail(
		    e, SC_ERR_TOO_LARGE, "SSH revocation list of %zu bytes", n);
	k = sc_ssh_krl_new();
	if (k == NULL)
		return sc_fail_nomem(e);
	sc_reader_init(&r, p, n);
	rc = parse_all(&r, k);
	if (rc != 0) {
		sc_ssh_krl_free(k);
		return sc_fail(
		    e, rc, "SSH revocation list: %s", sc_err_text(rc));
	}
	*out = k;
	return 0;
}
