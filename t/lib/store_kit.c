#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "store_kit.h"
#include "tap.h"

#define DER_SIZE 700

const char *
kit_dir(const char *name)
{
	return tap_path(name);
}

struct sc_store *
kit_open(const char *dir)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;

	if (sc_store_open(dir, SC_STORE_CREATE, &s, &e) != 0)
		tap_fail("open %s: %s", dir, e.msg);
	return s;
}

const struct sc_store_cert *
kit_cert(uint64_t n)
{
	static const char *const names[] = {"a.example.com", "10.0.0.1"};
	static uint8_t der[DER_SIZE], serial[9];
	static struct sc_store_cert c;
	size_t i;

	for (i = 0; i < sizeof der; i++)
		der[i] = (uint8_t)(n * 31 + i * 7 + (n >> 8));
	serial[0] = 0x7f;
	for (i = 0; i < 8; i++)
		serial[1 + i] = (uint8_t)(n >> (56 - 8 * i));
	c.form = SC_STORE_X509;
	c.kind = SC_STORE_ISSUE;
	c.serial.p = serial;
	c.serial.n = sizeof serial;
	c.der = der;
	c.der_len = sizeof der;
	c.not_before = KIT_NOW;
	c.not_after = KIT_NOW + (int64_t)n;
	c.names = names;
	c.names_n = 2;
	return &c;
}

const struct sc_store_spend *
kit_spend(uint64_t n)
{
	static char id[40];
	static struct sc_store_spend spend;

	snprintf(id, sizeof id, "token-%llu", (unsigned long long)n);
	spend.token_id = id;
	spend.expires = KIT_NOW + 300;
	return &spend;
}

const struct sc_store_origin *
kit_origin(void)
{
	static const struct sc_store_origin o = {
	    .request_id = "request",
	    .peer = "192.0.2.1",
	    .provisioner_id = "admin:kid",
	    .provisioner_name = "admin",
	    .provisioner_type = "JWK",
	    .subject = "a.example.com",
	};

	return &o;
}

int
kit_issue(struct sc_store *s, uint64_t n)
{
	struct sc_error e = SC_ERROR_INIT;

	return sc_store_issue(
	    s, kit_spend(n), kit_cert(n), kit_origin(), KIT_NOW, &e);
}

int
kit_has(struct sc_store *s, uint64_t n)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_found f;
	int same, r;

	r = sc_store_get_cert(s, c->form, c->serial, &f, &e);
	if (r != 0) {
		tap_note("certificate %llu: %s", (unsigned long long)n, e.msg);
		return 0;
	}
	same = f.der_len == c->der_len &&
	    memcmp(f.der, c->der, c->der_len) == 0 &&
	    f.not_after == c->not_after;
	sc_store_found_clear(&f);
	r = sc_store_token_spent(s, kit_spend(n)->token_id, &e);
	if (r != SC_ERR_REPLAYED)
		tap_note("token %llu: %d", (unsigned long long)n, r);
	return same && r == SC_ERR_REPLAYED;
}

int
kit_lacks(struct sc_store *s, uint64_t n)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_found f;
	int r;

	r = sc_store_get_cert(s, c->form, c->serial, &f, NULL);
	if (r == 0)
		sc_store_found_clear(&f);
	return r == SC_ERR_NOT_FOUND &&
	    sc_store_token_spent(s, kit_spend(n)->token_id, NULL) == 0;
}

static int
count(void *arg, const struct sc_store_entry *entry)
{
	int *n = arg;

	return entry->seq == (uint64_t)++ * n ? 0 : SC_ERR_CORRUPT;
}

int
kit_count(struct sc_store *s)
{
	int n = 0, r;

	r = sc_store_each(s, count, &n, NULL);
	return r != 0 ? r : n;
}
