#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/der.h"
#include "crypto/extensions.h"
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/ossl.h"
#include "crypto/serial.h"
#include "crypto/sig_alg.h"

#define CERT_MAX_DER (1024 * 1024)

#define OID_KEY_USAGE "2.5.29.15"
#define OID_SAN "2.5.29.17"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_EXT_KEY_USAGE "2.5.29.37"

void
sc_cert_plan_clear(struct sc_cert_plan *p)
{
	size_t i;

	sc_name_clear(&p->subject);
	free(p->raw_subject);
	sc_sans_clear(&p->sans);
	sc_strlist_clear(&p->ext_key_usage);
	free(p->other_names.p);
	free(p->key_id.p);
	free(p->access_info.p);
	for (i = 0; i < p->ext_n; i++) {
		free(p->ext[i].oid);
		free(p->ext[i].der);
	}
	free(p->ext);
	*p = (struct sc_cert_plan){0};
}

int
sc_cert_plan_add_ext(struct sc_cert_plan *p, const char *oid, bool critical,
    const uint8_t *der, size_t n)
{
	void *v = sc_reallocarray(p->ext, p->ext_n + 1, sizeof(*p->ext));
	struct sc_cert_ext *x;

	if (v == NULL)
		return SC_ERR_NOMEM;
	p->ext = v;
	x = &p->ext[p->ext_n];
	x->oid = sc_strdup(oid);
	x->critical = critical;
	x->der = malloc(n > 0 ? n : 1);
	x->der_len = n;
	p->ext_n++;
	if (x->oid == NULL || x->der == NULL)
		return SC_ERR_NOMEM;
	memcpy(x->der, der, n);
	return 0;
}

/*
 * An RSA issuer goes on with the algorithm it was itself signed with, when
 * that is an RSA one; other keys have one natural algorithm.
 */
static const struct sc_sig_alg *
issuer_alg(X509 *x, const struct sc_key *key)
{
	const struct sc_sig_alg *alg = NULL;
	const X509_ALGOR *a;
	unsigned char *der = NULL;
	int n;

	if (sc_key_type(key) == SC_KEY_RSA) {
		X509_get0_signature(NULL, &a, x);
		if ((n = i2d_X509_ALGOR(a, &der)) > 0)
			alg = sc_sig_alg_by_der(der, (size_t)n);
		OPENSSL_free(der);
	}
	return alg != NULL && alg->type == SC_KEY_RSA ? alg
						      : sc_sig_alg_default(key);
}

static int
copy_issuer_names(struct sc_issuer *i, X509 *x, struct sc_error *e)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(x);
	const unsigned char *der;
	size_t n;

	if (X509_NAME_get0_der(X509_get_subject_name(x), &der, &n) != 1)
		return sc_ossl_fail(e, SC_ERR_CRYPTO, "issuer name");
	if ((i->name = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(i->name, der, n);
	i->name_len = n;
	if (ski == NULL)
		return 0;
	i->key_id_len = (size_t)ASN1_STRING_length(ski);
	if ((i->key_id = malloc(i->key_id_len + 1)) == NULL)
		return sc_fail_nomem(e);
	memcpy(i->key_id, ASN1_STRING_get0_data(ski), i->key_id_len);
	return 0;
}

int
sc_issuer_new(struct sc_cert *cert, struct sc_key *key, struct sc_issuer **out,
    struct sc_error *e)
{
	struct sc_issuer *i;
	struct sc_key *public = NULL;
	X509 *x = sc_cert_x509(cert);
	int r;

	*out = NULL;
	if (x == NULL || (i = calloc(1, sizeof(*i))) == NULL)
		return sc_fail_nomem(e);
	i->cert = sc_cert_dup(cert);
	i->key = sc_key_dup(key);
	if ((r = sc_cert_key(cert, &public, e)) != 0)
		goto out;
	if (!sc_key_is_private(key) || !sc_key_same_public(public, key)) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "private key does not match issuer public key");
		goto out;
	}
	if (!sc_cert_is_ca(cert)) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "issuer certificate is not a certificate authority");
		goto out;
	}
	if ((X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "issuer certificate does not have the keyCertSign usage");
		goto out;
	}
	i->alg = issuer_alg(x, key);
	if ((r = copy_issuer_names(i, x, e)) != 0)
		goto out;
	*out = i;
	i = NULL; /* transferred */
out:
	sc_key_free(public);
	sc_issuer_free(i);
	return r;
}

void
sc_issuer_free(struct sc_issuer *i)
{
	if (i == NULL)
		return;
	sc_cert_free(i->cert);
	sc_key_free(i->key);
	free(i->name);
	free(i->key_id);
	free(i);
}

const struct sc_cert *
sc_issuer_cert(const struct sc_issuer *i)
{
	return i->cert;
}

int
sc_x509_put_ext(
    struct sc_buf *b, const char *oid, bool critical, struct sc_buf *inner)
{
	struct sc_buf *x = sc_buf_new(CERT_MAX_DER);
	int r = sc_der_put_oid(x, oid);

	if (critical)
		sc_der_put(x, SC_DER_BOOLEAN, "\xff", 1);
	sc_der_put_buf(x, SC_DER_OCTET_STRING, inner);
	sc_der_put_buf(b, SC_DER_SEQUENCE, x);
	return r;
}

/* A named bit list has no trailing zero bits (X.690 section 11.2.2). */
static void
put_key_usage(struct sc_buf *b, unsigned usage)
{
	struct sc_buf *v = sc_buf_new(16);
	uint8_t bits[3] = {0, 0, 0};
	int i, last = 0;

	for (i = 0; i <= 8; i++)
		if (usage & (1u << i)) {
			bits[1 + i / 8] |= (uint8_t)(0x80 >> (i % 8));
			last = i;
		}
	bits[0] = (uint8_t)(7 - last % 8);
	sc_der_put(v, SC_DER_BIT_STRING, bits, last > 7 ? 3 : 2);
	(void)sc_x509_put_ext(b, OID_KEY_USAGE, true, v);
}

static int
put_ext_key_usage(
    struct sc_buf *b, const struct sc_strlist *oids, struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(CERT_MAX_DER);
	struct sc_buf *v = sc_buf_new(CERT_MAX_DER);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < oids->n; i++)
		if (sc_der_put_oid(list, oids->v[i]) != 0)
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "\"%s\" is not an object identifier", oids->v[i]);
	sc_der_put_buf(v, SC_DER_SEQUENCE, list);
	(void)sc_x509_put_ext(b, OID_EXT_KEY_USAGE, false, v);
	return r;
}

static void
put_basic_constraints(struct sc_buf *b, const struct sc_cert_plan *p)
{
	struct sc_buf *in = sc_buf_new(64), *v = sc_buf_new(64);
	unsigned len = p->path_len < 0 ? 0 : (unsigned)p->path_len;
	uint8_t n[2] = {(uint8_t)(len >> 8), (uint8_t)len};

	if (p->is_ca)
		sc_der_put(in, SC_DER_BOOLEAN, "\xff", 1);
	if (p->is_ca && p->path_len >= 0)
		sc_der_put_unsigned(in, n, sizeof(n));
	sc_der_put_buf(v, SC_DER_SEQUENCE, in);
	(void)sc_x509_put_ext(b, OID_BASIC_CONSTRAINTS, true, v);
}

static int
put_ski(struct sc_buf *b, const struct sc_cert_plan *p,
    const struct sc_key *key, struct sc_error *e)
{
	struct sc_buf *ski;
	uint8_t id[20];
	int r;

	if (p->key_id.p == NULL && (r = sc_key_ski(key, id)) != 0)
		return sc_fail(e, r, "SHA-1 failed");
	ski = sc_buf_new(CERT_MAX_DER);
	if (p->key_id.p != NULL)
		sc_der_put(ski, SC_DER_OCTET_STRING, p->key_id.p, p->key_id.n);
	else
		sc_der_put(ski, SC_DER_OCTET_STRING, id, sizeof(id));
	(void)sc_x509_put_ext(b, SC_OID_SKI, false, ski);
	return 0;
}

static void
put_aki(struct sc_buf *b, const struct sc_issuer *issuer)
{
	struct sc_buf *aki = sc_buf_new(1024), *v = sc_buf_new(1024);

	sc_der_put(aki, SC_DER_CONTEXT(0), issuer->key_id, issuer->key_id_len);
	sc_der_put_buf(v, SC_DER_SEQUENCE, aki);
	(void)sc_x509_put_ext(b, SC_OID_AKI, false, v);
}

static bool
has_names(const struct sc_cert_plan *p)
{
	return p->sans.n > 0 || p->other_names.n > 0;
}

static int
put_names(struct sc_buf *b, const struct sc_cert_plan *p, bool critical,
    struct sc_error *e)
{
	struct sc_buf *names = sc_buf_new(CERT_MAX_DER);
	int r = sc_general_names_put(
	    names, &p->sans, p->other_names.p, p->other_names.n, e);

	(void)sc_x509_put_ext(b, OID_SAN, critical, names);
	return r;
}

static void
put_access_info(struct sc_buf *b, const struct sc_cert_plan *p)
{
	struct sc_buf *v = sc_buf_new(CERT_MAX_DER);

	(void)sc_buf_put(v, p->access_info.p, p->access_info.n);
	(void)sc_x509_put_ext(b, SC_OID_ACCESS_INFO, false, v);
}

/* True when an extension of the plan is one that is generated, too. */
static bool
is_generated(const struct sc_cert_plan *p, const struct sc_issuer *issuer,
    const char *oid)
{
	return (sc_streq(oid, SC_OID_SKI) && !p->own_ski) ||
	    (sc_streq(oid, SC_OID_AKI) && issuer != NULL &&
		issuer->key_id != NULL) ||
	    (sc_streq(oid, OID_KEY_USAGE) && p->key_usage != 0) ||
	    (sc_streq(oid, OID_EXT_KEY_USAGE) && p->ext_key_usage.n > 0) ||
	    (sc_streq(oid, OID_BASIC_CONSTRAINTS) && (p->is_ca || p->no_ca)) ||
	    (sc_streq(oid, SC_OID_ACCESS_INFO) && p->access_info.p != NULL) ||
	    (sc_streq(oid, OID_SAN) && has_names(p));
}

static int
put_custom(struct sc_buf *b, const struct sc_cert_plan *p,
    const struct sc_issuer *issuer, struct sc_error *e)
{
	struct sc_buf *v;
	size_t i;

	for (i = 0; i < p->ext_n; i++) {
		if (is_generated(p, issuer, p->ext[i].oid))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "extension %s twice", p->ext[i].oid);
		v = sc_buf_new(CERT_MAX_DER);
		(void)sc_buf_put(v, p->ext[i].der, p->ext[i].der_len);
		if (sc_x509_put_ext(b, p->ext[i].oid, p->ext[i].critical, v) !=
		    0)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "\"%s\" is not an object identifier",
			    p->ext[i].oid);
	}
	return 0;
}

static int
put_extensions(struct sc_buf *tbs, const struct sc_cert_plan *p,
    const struct sc_key *key, const struct sc_issuer *issuer,
    bool empty_subject, struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(CERT_MAX_DER);
	struct sc_buf *seq = sc_buf_new(CERT_MAX_DER);
	int r = 0;

	if (p->key_usage != 0)
		put_key_usage(list, p->key_usage);
	if (p->ext_key_usage.n > 0)
		r = put_ext_key_usage(list, &p->ext_key_usage, e);
	if (p->is_ca || p->no_ca)
		put_basic_constraints(list, p);
	if (r == 0 && !p->own_ski)
		r = put_ski(list, p, key, e);
	if (r == 0 && issuer != NULL && issuer->key_id != NULL)
		put_aki(list, issuer);
	if (r == 0 && p->access_info.p != NULL)
		put_access_info(list, p);
	if (r == 0 && has_names(p))
		r = put_names(list, p, empty_subject, e);
	if (r == 0)
		r = put_custom(list, p, issuer, e);
	sc_der_put_buf(seq, SC_DER_SEQUENCE, list);
	sc_der_put_buf(tbs, SC_DER_CONTEXT_CONS(3), seq);
	return r;
}

int
sc_x509_put_time(struct sc_buf *b, int64_t t, struct sc_error *e)
{
	time_t tt = (time_t)t;
	struct tm tm;
	char s[32];

	if (gmtime_r(&tt, &tm) == NULL || tm.tm_year < 50 ||
	    tm.tm_year > 9999 - 1900)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "time outside of the years 1950 to 9999");
	(void)strftime(s, sizeof(s), "%Y%m%d%H%M%SZ", &tm);
	if (tm.tm_year < 150) /* without the century */
		sc_der_put(b, SC_DER_UTC_TIME, s + 2, strlen(s) - 2);
	else
		sc_der_put(b, SC_DER_GENERALIZED_TIME, s, strlen(s));
	return 0;
}

static int
put_validity(
    struct sc_buf *tbs, const struct sc_cert_plan *p, struct sc_error *e)
{
	struct sc_buf *v = sc_buf_new(128);
	int r;

	if ((r = sc_x509_put_time(v, p->not_before, e)) == 0)
		r = sc_x509_put_time(v, p->not_after, e);
	sc_der_put_buf(tbs, SC_DER_SEQUENCE, v);
	return r;
}

/*
 * What no caller may ask for: a serial number that is zero or takes more than
 * 20 octets (RFC 5280 section 4.1.2.2), a period that ends before it begins, a
 * path length that nobody has, an extension twice.
 */
static int
check_plan(const struct sc_cert_plan *p, struct sc_error *e)
{
	size_t i, k;

	if (p->serial_len > sizeof(p->serial) ||
	    (p->serial_len == sizeof(p->serial) && p->serial[0] & 0x80))
		return sc_fail(e, SC_ERR_MALFORMED, "serial over 20 octets");
	for (i = 0; i < p->serial_len && p->serial[i] == 0; i++)
		;
	if (p->serial_len > 0 && i == p->serial_len)
		return sc_fail(e, SC_ERR_MALFORMED, "serial number is zero");
	if (p->not_after < p->not_before)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "notAfter is before notBefore");
	if (p->is_ca && p->path_len > UINT16_MAX)
		return sc_fail(e, SC_ERR_MALFORMED, "path length too large");
	for (i = 0; i < p->ext_n; i++)
		for (k = 0; k < i; k++)
			if (sc_streq(p->ext[i].oid, p->ext[k].oid))
				return sc_fail(e, SC_ERR_MALFORMED,
				    "extension %s twice", p->ext[i].oid);
	return 0;
}

/* A random one unless the plan has one. */
static int
choose_serial(
    const struct sc_cert_plan *p, struct sc_cert *c, struct sc_error *e)
{
	size_t skip = 0;
	int r;

	if (p->serial_len > 0) {
		while (p->serial[skip] == 0)
			skip++;
		c->serial_len = p->serial_len - skip;
		memcpy(c->serial, p->serial + skip, c->serial_len);
		return 0;
	}
	if ((r = sc_serial_random(c->serial, &c->serial_len)) != 0)
		return sc_fail(e, r, "no random bytes");
	return 0;
}

static int
subject_der(
    const struct sc_cert_plan *p, uint8_t **der, size_t *n, struct sc_error *e)
{
	if (p->raw_subject == NULL)
		return sc_name_to_der(&p->subject, der, n, e);
	if ((*der = malloc(p->raw_subject_len + 1)) == NULL)
		return sc_fail_nomem(e);
	memcpy(*der, p->raw_subject, p->raw_subject_len);
	*n = p->raw_subject_len;
	return 0;
}

/* TBSCertificate, appended to out. */
static int
put_tbs(struct sc_buf *out, const struct sc_cert_plan *p,
    const struct sc_key *key, const struct sc_issuer *issuer,
    const struct sc_sig_alg *alg, const struct sc_cert *c, struct sc_error *e)
{
	struct sc_buf *tbs = sc_buf_new(CERT_MAX_DER);
	uint8_t *subject = NULL, *spki = NULL;
	size_t subject_len = 0, spki_len = 0;
	int r;

	if ((r = subject_der(p, &subject, &subject_len, e)) != 0)
		goto out;
	if ((r = sc_key_to_spki(key, &spki, &spki_len)) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	(void)sc_buf_put(tbs, "\xa0\x03\x02\x01\x02", 5); /* v3 */
	sc_der_put_unsigned(tbs, c->serial, c->serial_len);
	(void)sc_buf_put(tbs, alg->der, alg->der_len);
	if (issuer != NULL)
		(void)sc_buf_put(tbs, issuer->name, issuer->name_len);
	else
		(void)sc_buf_put(tbs, subject, subject_len);
	if ((r = put_validity(tbs, p, e)) != 0)
		goto out;
	(void)sc_buf_put(tbs, subject, subject_len);
	(void)sc_buf_put(tbs, spki, spki_len);
	r = put_extensions(tbs, p, key, issuer, subject_len == 2, e);
	sc_der_put_buf(out, SC_DER_SEQUENCE, tbs);
	tbs = NULL; /* transferred */
out:
	sc_buf_free(tbs);
	free(subject);
	free(spki);
	return r;
}

static int
choose_alg(const struct sc_cert_plan *p, const struct sc_key *signer,
    const struct sc_issuer *issuer, const struct sc_sig_alg **alg,
    struct sc_error *e)
{
	if (p->sig_alg == NULL) {
		*alg =
		    issuer != NULL ? issuer->alg : sc_sig_alg_default(signer);
		return 0;
	}
	*alg = sc_sig_alg_by_name(p->sig_alg);
	if (*alg == NULL || (*alg)->type != sc_key_type(signer))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "signature algorithm %s is not one of the issuer's key",
		    p->sig_alg);
	return 0;
}

/* TBSCertificate, algorithm, signature: the whole DER. */
static int
build_der(const struct sc_cert_plan *p, const struct sc_key *key,
    const struct sc_issuer *issuer, struct sc_cert *c, struct sc_error *e)
{
	const struct sc_key *signer = issuer != NULL ? issuer->key : key;
	const struct sc_sig_alg *alg = NULL;
	struct sc_buf *body = sc_buf_new(CERT_MAX_DER);
	struct sc_buf *all = sc_buf_new(CERT_MAX_DER);
	size_t tbs_len;
	int r;

	if ((r = choose_alg(p, signer, issuer, &alg, e)) != 0 ||
	    (r = put_tbs(body, p, key, issuer, alg, c, e)) != 0)
		goto out;
	tbs_len = sc_buf_len(body);
	(void)sc_buf_put(body, alg->der, alg->der_len);
	if ((r = sc_buf_error(body)) != 0) {
		r = sc_fail(e, r, "certificate is too large");
		goto out;
	}
	if ((r = sc_sig_put(
		 body, alg, signer, sc_buf_data(body), tbs_len, e)) != 0)
		goto out;
	sc_der_put_buf(all, SC_DER_SEQUENCE, body);
	body = NULL; /* transferred */
	c->der = (uint8_t *)sc_buf_steal(all, &c->der_len);
	all = NULL; /* transferred */
	if (c->der == NULL)
		r = sc_fail_nomem(e);
out:
	sc_buf_free(body);
	sc_buf_free(all);
	return r;
}

int
sc_cert_build(const struct sc_cert_plan *p, const struct sc_key *key,
    const struct sc_issuer *issuer, struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert *c;
	int r;

	*out = NULL;
	if ((r = check_plan(p, e)) != 0)
		return r;
	if ((c = sc_cert_new(NULL, 0)) == NULL)
		return sc_fail_nomem(e);
	c->not_before = p->not_before;
	c->not_after = p->not_after;
	c->common_name = sc_strdup(
	    p->subject.common_name != NULL ? p->subject.common_name : "");
	if (c->common_name == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = choose_serial(p, c, e)) != 0 ||
	    (r = build_der(p, key, issuer, c, e)) != 0)
		goto out;
	*out = c;
	c = NULL; /* transferred */
out:
	sc_cert_free(c);
	return r;
}
