#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/der.h"
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/ossl.h"

struct sc_cert *
sc_cert_new(uint8_t *der, size_t n)
{
	struct sc_cert *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		free(der);
		return NULL;
	}
	atomic_init(&c->refs, 1);
	c->der = der;
	c->der_len = n;
	return c;
}

void
sc_cert_free(struct sc_cert *c)
{
	if (c == NULL || atomic_fetch_sub(&c->refs, 1) > 1)
		return;
	free(c->der);
	free(c->common_name);
	X509_free(c->x509);
	free(c);
}

struct sc_cert *
sc_cert_dup(struct sc_cert *c)
{
	(void)atomic_fetch_add(&c->refs, 1);
	return c;
}

/* Seconds since the epoch; INT64_MIN when the time cannot be read. */
static int64_t
asn1_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return INT64_MIN;
	return timegm(&tm);
}

static int
read_serial(struct sc_cert *c, struct sc_error *e)
{
	const ASN1_INTEGER *a = X509_get0_serialNumber(c->x509);
	const unsigned char *p = ASN1_STRING_get0_data(a);
	int n = ASN1_STRING_length(a);

	/* Its magnitude would be the serial number of another certificate. */
	if (ASN1_STRING_type(a) == V_ASN1_NEG_INTEGER)
		return sc_fail(e, SC_ERR_MALFORMED, "negative serial number");
	if (n < 0 || n > SC_SERIAL_MAX)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "serial number of %d octets", n);
	memcpy(c->serial, p, (size_t)n);
	c->serial_len = (size_t)n;
	return 0;
}

static int
read_common_name(struct sc_cert *c, struct sc_error *e)
{
	const X509_NAME *name = X509_get_subject_name(c->x509);
	unsigned char *utf8 = NULL;
	int i = -1, last = -1, n = 0;

	while ((i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0)
		last = i;
	if (last >= 0)
		n = ASN1_STRING_to_UTF8(&utf8,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	if (n < 0 || (n > 0 && memchr(utf8, '\0', (size_t)n) != NULL)) {
		OPENSSL_free(utf8);
		return sc_ossl_fail(e, SC_ERR_MALFORMED, "bad common name");
	}
	c->common_name = sc_strndup(n > 0 ? (const char *)utf8 : "", (size_t)n);
	OPENSSL_free(utf8);
	return c->common_name == NULL ? sc_fail_nomem(e) : 0;
}

/* Each extension once (RFC 5280 section 4.2). */
static int
check_extensions(X509 *x, struct sc_error *e)
{
	int n = X509_get_ext_count(x), i;

	for (i = 0; i < n; i++)
		if (X509_get_ext_by_OBJ(x,
			X509_EXTENSION_get_object(X509_get_ext(x, i)), i) >= 0)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "certificate with an extension twice");
	return 0;
}

/* libcrypto takes BER's indefinite lengths too: certificates have none. */
static bool
is_der(const uint8_t *der, size_t n)
{
	struct sc_der all = {der, n}, c, v;

	return sc_der_get(&all, SC_DER_SEQUENCE, &c) && all.n == 0 &&
	    sc_der_get(&c, SC_DER_SEQUENCE, &v) &&
	    sc_der_get(&c, SC_DER_SEQUENCE, &v) &&
	    sc_der_get(&c, SC_DER_BIT_STRING, &v) && c.n == 0;
}

int
sc_cert_parse_der(
    const uint8_t *der, size_t n, struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert *c;
	uint8_t *copy;
	int r;

	*out = NULL;
	if (n > LONG_MAX || !is_der(der, n))
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	if ((copy = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(copy, der, n);
	if ((c = sc_cert_new(copy, n)) == NULL)
		return sc_fail_nomem(e);
	if ((c->x509 = sc_x509_parse(der, n)) == NULL) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "not a certificate");
		goto out;
	}
	c->not_before = asn1_time(X509_get0_notBefore(c->x509));
	c->not_after = asn1_time(X509_get0_notAfter(c->x509));
	if (c->not_before == INT64_MIN || c->not_after == INT64_MIN) {
		r = sc_ossl_fail(
		    e, SC_ERR_MALFORMED, "certificate with a bad time");
		goto out;
	}
	if ((r = read_serial(c, e)) != 0 || (r = read_common_name(c, e)) != 0 ||
	    (r = check_extensions(c->x509, e)) != 0)
		goto out;
	*out = c;
	c = NULL; /* transferred */
out:
	sc_cert_free(c);
	return r;
}

struct x509_st *
sc_cert_x509(const struct sc_cert *c)
{
	/* A cache: what the certificate says does not change by it. */
	union {
		const struct sc_cert *in;
		struct sc_cert *out;
	} u = {c};

	if (c->x509 == NULL)
		u.out->x509 = sc_x509_parse(c->der, c->der_len);
	return c->x509;
}

const uint8_t *
sc_cert_der(const struct sc_cert *c, size_t *n)
{
	*n = c->der_len;
	return c->der;
}

void
sc_cert_fingerprint(const struct sc_cert *c, uint8_t out[32])
{
	if (sc_sha256(c->der, c->der_len, out) != 0)
		memset(out, 0, 32);
}

int64_t
sc_cert_not_before(const struct sc_cert *c)
{
	return c->not_before;
}

int64_t
sc_cert_not_after(const struct sc_cert *c)
{
	return c->not_after;
}

bool
sc_cert_is_ca(const struct sc_cert *c)
{
	X509 *x = sc_cert_x509(c);

	return x != NULL &&
	    (X509_get_extension_flags(x) & (EXFLAG_CA | EXFLAG_INVALID)) ==
	    EXFLAG_CA;
}

bool
sc_cert_issued_by(const struct sc_cert *c, const struct sc_cert *issuer)
{
	return X509_check_issued(sc_cert_x509(issuer), sc_cert_x509(c)) ==
	    X509_V_OK;
}

bool
sc_cert_is_client_leaf(const struct sc_cert *c)
{
	X509 *x = sc_cert_x509(c);
	uint32_t absent = UINT32_MAX, usage, extended;

	if (x == NULL || (X509_get_extension_flags(x) & EXFLAG_INVALID) ||
	    sc_cert_is_ca(c))
		return false;
	usage = X509_get_key_usage(x);
	extended = X509_get_extended_key_usage(x);
	return usage != absent && (usage & KU_DIGITAL_SIGNATURE) &&
	    extended != absent && (extended & (XKU_SSL_CLIENT | XKU_ANYEKU));
}

int
sc_cert_path_len(const struct sc_cert *c)
{
	X509 *x = sc_cert_x509(c);

	return x != NULL && sc_cert_is_ca(c) ? (int)X509_get_pathlen(x) : -1;
}

const uint8_t *
sc_cert_serial(const struct sc_cert *c, size_t *n)
{
	*n = c->serial_len;
	return c->serial;
}

char *
sc_serial_decimal(const uint8_t *serial, size_t n)
{
	BIGNUM *bn = BN_bin2bn(serial, (int)n, NULL);
	char *text = bn != NULL ? BN_bn2dec(bn) : NULL;
	char *copy = sc_strdup(text);

	OPENSSL_free(text);
	BN_free(bn);
	return copy;
}

const char *
sc_cert_common_name(const struct sc_cert *c)
{
	return c->common_name;
}

int
sc_cert_sans(const struct sc_cert *c, struct sc_sans *out, struct sc_error *e)
{
	X509 *x = sc_cert_x509(c);
	const ASN1_OCTET_STRING *v;
	struct sc_der der;
	size_t others = 0;
	int i;

	if (x == NULL)
		return sc_fail_nomem(e);
	if ((i = X509_get_ext_by_NID(x, NID_subject_alt_name, -1)) < 0)
		return 0;
	v = X509_EXTENSION_get_data(X509_get_ext(x, i));
	der.p = ASN1_STRING_get0_data(v);
	der.n = (size_t)ASN1_STRING_length(v);
	return sc_general_names_parse(der, out, &others, e);
}

int
sc_cert_key(const struct sc_cert *c, struct sc_key **out, struct sc_error *e)
{
	X509 *x = sc_cert_x509(c);
	unsigned char *spki = NULL;
	EVP_PKEY *pkey;
	int n, r;

	*out = NULL;
	if (x == NULL)
		return sc_fail_nomem(e);
	/* Of the usual form: a tenth of the work of asking libcrypto's key. */
	if ((n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki)) > 0) {
		r = sc_key_from_spki(spki, (size_t)n, out, NULL);
		OPENSSL_free(spki);
		if (r == 0)
			return 0;
		if (r == SC_ERR_NOMEM)
			return sc_fail_nomem(e);
	}
	if ((pkey = X509_get_pubkey(x)) == NULL)
		return sc_ossl_fail(
		    e, SC_ERR_UNSUPPORTED, "certificate with an unknown key");
	return sc_key_from_evp(pkey, out, e);
}

int
sc_cert_to_pem(const struct sc_cert *c, char **pem)
{
	return sc_der_to_pem("CERTIFICATE", c->der, c->der_len, pem);
}

void
sc_certs_clear(struct sc_certs *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		sc_cert_free(l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}
