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
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/ossl.h"

/* More is nobody's certificate. */
#define MAX_EXTENSIONS 256

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
	sc_key_free(c->key);
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
read_time(struct sc_der whole)
{
	const unsigned char *p = whole.p;
	ASN1_TIME *t = d2i_ASN1_TIME(NULL, &p, (long)whole.n);
	int64_t seconds = INT64_MIN;
	struct tm tm;

	if (t != NULL && ASN1_TIME_to_tm(t, &tm) == 1)
		seconds = timegm(&tm);
	ASN1_TIME_free(t);
	return seconds;
}

static int
read_times(struct sc_cert *c, const struct sc_tbs *t, struct sc_error *e)
{
	c->not_before = read_time(t->not_before);
	c->not_after = read_time(t->not_after);
	if (c->not_before == INT64_MIN || c->not_after == INT64_MIN)
		return sc_ossl_fail(
		    e, SC_ERR_MALFORMED, "certificate with a bad time");
	return 0;
}

static int
read_serial(struct sc_cert *c, struct sc_der serial, struct sc_error *e)
{
	/* Its magnitude would be the serial number of another certificate. */
	if (serial.p[0] & 0x80)
		return sc_fail(e, SC_ERR_MALFORMED, "negative serial number");
	if (serial.n > 1 && serial.p[0] == 0) {
		serial.p++;
		serial.n--;
	}
	if (serial.n > SC_SERIAL_MAX)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "serial number of %zu octets", serial.n);
	memcpy(c->serial, serial.p, serial.n);
	c->serial_len = serial.n;
	return 0;
}

/* In whichever string type it is. */
static int
read_text(const struct sc_name_attribute *a, char **out, struct sc_error *e)
{
	ASN1_STRING *s = ASN1_STRING_type_new(a->tag);
	unsigned char *utf8 = NULL;
	int n = -1, r;

	if (s != NULL && ASN1_STRING_set(s, a->value.p, (int)a->value.n) == 1)
		n = ASN1_STRING_to_UTF8(&utf8, s);
	if (n < 0 || memchr(utf8, '\0', (size_t)n) != NULL) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "bad common name");
	} else {
		*out = sc_strndup((const char *)utf8, (size_t)n);
		r = *out == NULL ? sc_fail_nomem(e) : 0;
	}
	OPENSSL_free(utf8);
	ASN1_STRING_free(s);
	return r;
}

/* The last one. */
static int
read_common_name(struct sc_cert *c, struct sc_der subject, struct sc_error *e)
{
	struct sc_name_reader names = {0};
	struct sc_name_attribute a, last = {0};
	int r = -1;

	if (sc_der_get(&subject, SC_DER_SEQUENCE, &names.rest))
		while ((r = sc_name_next(&names, &a)) == 1)
			if (sc_der_is(&a.oid, "\x55\x04\x03", 3))
				last = a;
	if (r != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "bad subject");
	if (last.value.p != NULL)
		return read_text(&last, &c->common_name, e);
	c->common_name = sc_strdup("");
	return c->common_name == NULL ? sc_fail_nomem(e) : 0;
}

/* Each extension once (RFC 5280 section 4.2). */
static int
check_extensions(struct sc_der list, struct sc_error *e)
{
	struct sc_der seen[MAX_EXTENSIONS];
	struct sc_tbs_ext x;
	size_t n = 0, i;
	int r;

	while ((r = sc_tbs_next_ext(&list, &x)) == 1) {
		if (n == MAX_EXTENSIONS)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "certificate with too many extensions");
		for (i = 0; i < n; i++)
			if (sc_der_is(&x.oid, seen[i].p, seen[i].n))
				return sc_fail(e, SC_ERR_MALFORMED,
				    "certificate with an extension twice");
		seen[n++] = x.oid;
	}
	return r == 0 ? 0 : sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
}

int
sc_cert_new_from(const uint8_t *der, size_t n, const struct sc_tbs *t,
    struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert *c;
	uint8_t *copy;
	int r;

	*out = NULL;
	if ((copy = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(copy, der, n);
	if ((c = sc_cert_new(copy, n)) == NULL)
		return sc_fail_nomem(e);
	if ((r = read_times(c, t, e)) != 0 ||
	    (r = read_serial(c, t->serial, e)) != 0 ||
	    (r = read_common_name(c, t->subject, e)) != 0 ||
	    (r = check_extensions(t->extensions, e)) != 0) {
		sc_cert_free(c);
		return r;
	}
	*out = c;
	return 0;
}

int
sc_cert_parse_der(
    const uint8_t *der, size_t n, struct sc_cert **out, struct sc_error *e)
{
	struct sc_tbs t;
	struct x509_st *x;
	int r;

	*out = NULL;
	/* libcrypto takes BER too: certificates have one spelling. */
	if (n > LONG_MAX || !sc_tbs_read(der, n, &t))
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	if ((x = sc_x509_parse(der, n)) == NULL)
		return sc_ossl_fail(e, SC_ERR_MALFORMED, "not a certificate");
	if ((r = sc_cert_new_from(der, n, &t, out, e)) == 0)
		(*out)->x509 = x;
	else
		X509_free(x);
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

bool
sc_cert_find_ext(
    const struct sc_cert *c, enum sc_ext_id id, struct sc_tbs_ext *x)
{
	struct sc_tbs t;

	return sc_tbs_read(c->der, c->der_len, &t) &&
	    sc_tbs_find_ext(&t, id, x);
}

int
sc_cert_sans(const struct sc_cert *c, struct sc_sans *out, struct sc_error *e)
{
	struct sc_tbs_ext x;
	size_t others = 0;

	if (!sc_cert_find_ext(c, SC_EXT_SUBJECT_ALT_NAME, &x))
		return 0;
	return sc_general_names_parse(x.value, out, &others, e);
}

int
sc_cert_key(const struct sc_cert *c, struct sc_key **out, struct sc_error *e)
{
	struct sc_tbs t;
	EVP_PKEY *pkey;
	X509 *x;
	int r;

	if (c->key != NULL) {
		*out = sc_key_dup(c->key);
		return 0;
	}
	*out = NULL;
	/* Of the usual form: a tenth of the work of asking libcrypto's key. */
	if (sc_tbs_read(c->der, c->der_len, &t)) {
		r = sc_key_from_spki(t.spki.p, t.spki.n, out, NULL);
		if (r == 0)
			return 0;
		if (r == SC_ERR_NOMEM)
			return sc_fail_nomem(e);
	}
	if ((x = sc_cert_x509(c)) == NULL)
		return sc_fail_nomem(e);
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
