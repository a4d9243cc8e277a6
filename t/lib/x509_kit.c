#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/sig_alg.h"
#include "tap.h"
#include "x509_kit.h"

#define KIT_MAX (1024 * 1024)

static struct sc_key *
make_key(enum kit_kind k)
{
	static const char *const curves[] = {"P-256", "P-384", "P-521"};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *key = NULL;
	int r;

	if (k == KIT_RSA)
		r = sc_key_generate("RSA", NULL, 2048, &key, &e);
	else if (k == KIT_ED25519)
		r = sc_key_generate("OKP", "Ed25519", 0, &key, &e);
	else
		r = sc_key_generate("EC", curves[k], 0, &key, &e);
	if (r != 0)
		tap_fail("key: %s", e.msg);
	return key;
}

struct sc_key *
kit_key(enum kit_kind k)
{
	static struct sc_key *keys[KIT_KINDS];

	if (keys[k] == NULL)
		keys[k] = make_key(k);
	return keys[k];
}

struct sc_key *
kit_other_key(enum kit_kind k)
{
	static struct sc_key *keys[KIT_KINDS];

	if (keys[k] == NULL)
		keys[k] = make_key(k);
	return keys[k];
}

void
kit_plan(struct sc_cert_plan *p, const char *name)
{
	*p = (struct sc_cert_plan){.path_len = -1};
	p->subject.common_name = sc_strdup(name);
	(void)sc_sans_add_auto(&p->sans, name, NULL);
	p->not_before = KIT_NOW;
	p->not_after = KIT_NOW + KIT_DAY;
	p->key_usage = SC_KU_DIGITAL_SIGNATURE;
	(void)sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_SERVER_AUTH);
	(void)sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_CLIENT_AUTH);
}

void
kit_ca_plan(struct sc_cert_plan *p, const char *name, int path_len)
{
	*p = (struct sc_cert_plan){.path_len = path_len, .is_ca = true};
	p->subject.common_name = sc_strdup(name);
	p->not_before = KIT_NOW - 1825 * KIT_DAY;
	p->not_after = KIT_NOW + 1825 * KIT_DAY;
	p->key_usage = SC_KU_CERT_SIGN | SC_KU_CRL_SIGN;
}

struct sc_cert *
kit_root(enum kit_kind k)
{
	static struct sc_cert *roots[KIT_KINDS];
	struct sc_error e = SC_ERROR_INIT;
	struct sc_cert_plan p;

	if (roots[k] != NULL)
		return roots[k];
	kit_ca_plan(&p, "Kit Root", 1);
	if (sc_cert_build(&p, kit_key(k), NULL, &roots[k], &e) != 0)
		tap_fail("root: %s", e.msg);
	sc_cert_plan_clear(&p);
	return roots[k];
}

struct sc_issuer *
kit_issuer(enum kit_kind k)
{
	static struct sc_issuer *issuers[KIT_KINDS];
	struct sc_error e = SC_ERROR_INIT;

	if (issuers[k] == NULL &&
	    sc_issuer_new(kit_root(k), kit_key(k), &issuers[k], &e) != 0)
		tap_fail("issuer: %s", e.msg);
	return issuers[k];
}

struct sc_cert *
kit_leaf(const char *name, const struct sc_issuer *i)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_cert *c = NULL;
	struct sc_cert_plan p;

	kit_plan(&p, name);
	if (sc_cert_build(&p, kit_other_key(KIT_P256), i, &c, &e) != 0)
		tap_fail("leaf: %s", e.msg);
	sc_cert_plan_clear(&p);
	return c;
}

void
kit_put_ext(struct sc_buf *b, const char *oid, int critical, const void *value,
    size_t n)
{
	struct sc_buf *x = sc_buf_new(KIT_MAX);

	(void)sc_der_put_oid(x, oid);
	if (critical >= 0)
		sc_der_put(x, SC_DER_BOOLEAN, critical ? "\xff" : "\0", 1);
	sc_der_put(x, SC_DER_OCTET_STRING, value, n);
	sc_der_put_buf(b, SC_DER_SEQUENCE, x);
}

void
kit_put_rdn(
    struct sc_buf *b, uint8_t at, uint8_t tag, const void *value, size_t n)
{
	uint8_t oid[] = {0x55, 0x04, at};
	struct sc_buf *atv = sc_buf_new(KIT_MAX), *set = sc_buf_new(KIT_MAX);

	sc_der_put(atv, SC_DER_OID, oid, sizeof(oid));
	sc_der_put(atv, tag, value, n);
	sc_der_put_buf(set, SC_DER_SEQUENCE, atv);
	sc_der_put_buf(b, SC_DER_SET, set);
}

static void
put_subject(struct sc_buf *info, const struct kit_csr *c)
{
	struct sc_buf *name = sc_buf_new(KIT_MAX);

	if (c->subject != NULL)
		(void)sc_buf_put(
		    name, sc_buf_data(c->subject), sc_buf_len(c->subject));
	if (c->cn != NULL && c->cn[0] != '\0')
		kit_put_rdn(name, 3, SC_DER_UTF8, c->cn, strlen(c->cn));
	sc_der_put_buf(info, SC_DER_SEQUENCE, name);
}

static void
put_attributes(struct sc_buf *info, const struct kit_csr *c)
{
	struct sc_buf *attrs = sc_buf_new(KIT_MAX), *attr, *set;

	if (c->extensions != NULL) {
		attr = sc_buf_new(KIT_MAX);
		set = sc_buf_new(KIT_MAX);
		(void)sc_der_put_oid(attr, "1.2.840.113549.1.9.14");
		sc_der_put(set, SC_DER_SEQUENCE, sc_buf_data(c->extensions),
		    sc_buf_len(c->extensions));
		sc_der_put_buf(attr, SC_DER_SET, set);
		sc_der_put_buf(attrs, SC_DER_SEQUENCE, attr);
	}
	if (c->attributes != NULL)
		(void)sc_buf_put(attrs, sc_buf_data(c->attributes),
		    sc_buf_len(c->attributes));
	sc_der_put_buf(info, SC_DER_CONTEXT_CONS(0), attrs);
}

uint8_t *
kit_csr(const struct kit_csr *c, size_t *n)
{
	const struct sc_key *key = c->key != NULL ? c->key : kit_key(KIT_P256);
	const struct sc_key *signer = c->signer != NULL ? c->signer : key;
	const struct sc_sig_alg *alg = sc_sig_alg_default(signer);
	struct sc_buf *info = sc_buf_new(KIT_MAX), *body = sc_buf_new(KIT_MAX);
	struct sc_buf *all = sc_buf_new(KIT_MAX);
	uint8_t *spki = NULL, *other = NULL;
	size_t len = 0, tbs;

	sc_der_put(info, SC_DER_INTEGER, c->version_len > 0 ? c->version : "\0",
	    c->version_len > 0 ? c->version_len : 1);
	put_subject(info, c);
	(void)sc_key_to_spki(key, &spki, &len);
	(void)sc_buf_put(info, spki, len);
	free(spki);
	put_attributes(info, c);
	sc_der_put_buf(body, SC_DER_SEQUENCE, info);
	tbs = sc_buf_len(body);
	if (c->alg != NULL &&
	    sc_hex_decode(c->alg, strlen(c->alg), &other, &len) == 0)
		(void)sc_buf_put(body, other, len);
	else
		(void)sc_buf_put(body, alg->der, alg->der_len);
	free(other);
	(void)sc_sig_put(body, alg, signer, sc_buf_data(body), tbs, NULL);
	if (c->tail_len > 0)
		(void)sc_buf_put(body, c->tail, c->tail_len);
	sc_der_put_buf(all, SC_DER_SEQUENCE, body);
	return (uint8_t *)sc_buf_steal(all, n);
}

bool
kit_contains(const uint8_t *p, size_t n, const void *part, size_t len)
{
	size_t i;

	for (i = 0; len <= n && i <= n - len; i++)
		if (memcmp(p + i, part, len) == 0)
			return true;
	return false;
}
