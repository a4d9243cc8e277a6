#include "config.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "crypto/cert.h"
#include "crypto/sig_alg.h"

#define KEY_BYTES_PER_LINE 15
#define SIGNATURE_BYTES_PER_LINE 18

void
sc_certinfo_put_hex(struct sc_buf *b, const uint8_t *p, size_t n,
    size_t per_line, int indent, int upper)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % per_line == 0)
			(void)sc_buf_putf(
			    b, "%s%*s", i > 0 ? "\n" : "", indent, "");
		(void)sc_buf_putf(b, upper ? "%02X" : "%02x", p[i]);
		if (i + 1 < n)
			(void)sc_buf_putc(b, ':');
	}
	(void)sc_buf_putc(b, '\n');
}

void
sc_certinfo_put_clean(struct sc_buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t i;

	for (i = 0; i < n; i++)
		(void)sc_buf_putc(
		    b, s[i] < 0x20 || s[i] == 0x7f ? '?' : (char)s[i]);
}

static const char *
attribute_name(int nid)
{
	switch (nid) {
	case NID_countryName:
		return "C";
	case NID_organizationName:
		return "O";
	case NID_organizationalUnitName:
		return "OU";
	case NID_localityName:
		return "L";
	case NID_stateOrProvinceName:
		return "ST";
	case NID_streetAddress:
		return "STREET";
	case NID_postalCode:
		return "POSTALCODE";
	case NID_commonName:
		return "CN";
	case NID_serialNumber:
		return "SERIALNUMBER";
	case NID_pkcs9_emailAddress:
		return "emailAddress";
	case NID_domainComponent:
		return "DC";
	case NID_userId:
		return "UID";
	default:
		return NULL;
	}
}

void
sc_certinfo_put_name(struct sc_buf *b, const X509_NAME *name)
{
	int i, n = X509_NAME_entry_count(name), len;
	unsigned char *utf8;
	char oid[128];

	for (i = 0; i < n; i++) {
		X509_NAME_ENTRY *at = X509_NAME_get_entry(name, i);
		ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(at);
		const char *key = attribute_name(OBJ_obj2nid(type));

		(void)OBJ_obj2txt(oid, sizeof(oid), type, 1);
		utf8 = NULL;
		len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(at));
		(void)sc_buf_putf(b, "%s%s%s=", i > 0 ? "," : "",
		    key == NULL && sc_has_prefix(oid, "2.5.4.") ? "UnknownOID="
								: "",
		    key != NULL ? key : oid);
		if (len > 0)
			sc_certinfo_put_clean(b, utf8, (size_t)len);
		OPENSSL_free(utf8);
	}
	ERR_clear_error();
}

void
sc_certinfo_put_sig_alg(struct sc_buf *b, const X509_ALGOR *alg)
{
	const struct sc_sig_alg *known = NULL;
	const ASN1_OBJECT *oid;
	unsigned char *der = NULL;
	char text[128];
	int n = i2d_X509_ALGOR(alg, &der);

	if (n > 0)
		known = sc_sig_alg_by_der(der, (size_t)n);
	OPENSSL_free(der);
	if (known != NULL) {
		(void)sc_buf_puts(b, known->name);
		return;
	}
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	(void)OBJ_obj2txt(text, sizeof(text), oid, 0);
	(void)sc_buf_puts(b, text);
}

void
sc_certinfo_put_key_kind(struct sc_buf *b, EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "EC"))
		(void)sc_buf_putf(b, "ECDSA P-%d", bits);
	else if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		(void)sc_buf_putf(b, "RSA %d", bits);
	else if (EVP_PKEY_is_a(key, "ED25519"))
		(void)sc_buf_puts(b, "Ed25519 256");
	else
		(void)sc_buf_putf(
		    b, "%s %d", EVP_PKEY_get0_type_name(key), bits);
}

static void
put_bn(struct sc_buf *b, const char *title, EVP_PKEY *key, const char *param,
    int pad_zero)
{
	uint8_t bytes[2048 + 1] = {0};
	BIGNUM *n = NULL;
	int len;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return;
	(void)sc_buf_putf(b, "%16s%s:\n", "", title);
	len = BN_num_bytes(n);
	if (len < (int)sizeof(bytes)) {
		(void)BN_bn2bin(n, bytes + 1);
		/* A modulus is shown as the INTEGER it is encoded as. */
		pad_zero = pad_zero && (bytes[1] & 0x80) != 0;
		sc_certinfo_put_hex(b, bytes + 1 - pad_zero,
		    (size_t)len + (size_t)pad_zero, KEY_BYTES_PER_LINE, 20, 0);
	}
	BN_free(n);
}

static void
put_ec_key(struct sc_buf *b, EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	(void)sc_buf_putf(b, "ECDSA\n%16sPublic-Key: (%d bit)\n", "", bits);
	put_bn(b, "X", key, OSSL_PKEY_PARAM_EC_PUB_X, 0);
	put_bn(b, "Y", key, OSSL_PKEY_PARAM_EC_PUB_Y, 0);
	(void)sc_buf_putf(b, "%16sCurve: P-%d\n", "", bits);
}

static void
put_rsa_key(struct sc_buf *b, EVP_PKEY *key)
{
	BIGNUM *e = NULL;
	char *dec = NULL;

	(void)sc_buf_putf(
	    b, "RSA\n%16sPublic-Key: (%d bit)\n", "", EVP_PKEY_get_bits(key));
	put_bn(b, "Modulus", key, OSSL_PKEY_PARAM_RSA_N, 1);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    (dec = BN_bn2dec(e)) != NULL)
		(void)sc_buf_putf(b, "%16sExponent: %s (0x%llx)\n", "", dec,
		    (unsigned long long)BN_get_word(e));
	OPENSSL_free(dec);
	BN_free(e);
}

static void
put_raw_key(struct sc_buf *b, EVP_PKEY *key)
{
	uint8_t raw[64];
	size_t n = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(key, raw, &n) != 1)
		return;
	/* The layout counts bytes and calls them bits. */
	(void)sc_buf_putf(b, "%s\n%16sPublic-Key: (%zu bit)\n",
	    EVP_PKEY_is_a(key, "ED25519") ? "Ed25519"
					  : EVP_PKEY_get0_type_name(key),
	    "", n);
	sc_certinfo_put_hex(b, raw, n, KEY_BYTES_PER_LINE, 20, 0);
}

static void
put_key(struct sc_buf *b, EVP_PKEY *key)
{
	(void)sc_buf_putf(b, "%8sSubject Public Key Info:\n", "");
	(void)sc_buf_putf(b, "%12sPublic Key Algorithm: ", "");
	if (key == NULL)
		(void)sc_buf_puts(b, "unknown\n");
	else if (EVP_PKEY_is_a(key, "EC"))
		put_ec_key(b, key);
	else if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		put_rsa_key(b, key);
	else
		put_raw_key(b, key);
}

static void
put_date(struct sc_buf *b, const char *title, int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;
	char month[8];

	if (gmtime_r(&tt, &tm) == NULL)
		return;
	(void)strftime(month, sizeof(month), "%b", &tm);
	(void)sc_buf_putf(b, "%12s%s: %s %d %02d:%02d:%02d %d UTC\n", "", title,
	    month, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    tm.tm_year + 1900);
}

static void
put_serial(struct sc_buf *b, const struct sc_cert *c)
{
	size_t n, i;
	const uint8_t *s = sc_cert_serial(c, &n);
	char *dec = sc_serial_decimal(s, n);

	(void)sc_buf_putf(
	    b, "%8sSerial Number: %s (0x", "", dec != NULL ? dec : "?");
	for (i = 0; i < n; i++)
		(void)sc_buf_putf(b, "%02x", s[i]);
	(void)sc_buf_puts(b, ")\n");
	sc_free_secret(dec);
}

static void
put_subject(struct sc_buf *b, const X509_NAME *name)
{
	(void)sc_buf_putf(b, "%8sSubject:", "");
	if (X509_NAME_entry_count(name) > 0)
		(void)sc_buf_putc(b, ' ');
	sc_certinfo_put_name(b, name);
	(void)sc_buf_putc(b, '\n');
}

static void
put_signature(
    struct sc_buf *b, const X509_ALGOR *alg, const ASN1_BIT_STRING *sig)
{
	(void)sc_buf_putf(b, "%4sSignature Algorithm: ", "");
	sc_certinfo_put_sig_alg(b, alg);
	(void)sc_buf_putc(b, '\n');
	sc_certinfo_put_hex(b, ASN1_STRING_get0_data(sig),
	    (size_t)ASN1_STRING_length(sig), SIGNATURE_BYTES_PER_LINE, 9, 0);
}

int
sc_certinfo_text(const struct sc_cert *c, struct sc_buf *b, struct sc_error *e)
{
	X509 *x = sc_cert_x509(c);
	const X509_ALGOR *alg;
	const ASN1_BIT_STRING *sig;
	long version;
	int i, r;

	if (x == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	X509_get0_signature(&sig, &alg, x);
	version = X509_get_version(x);
	(void)sc_buf_putf(b,
	    "Certificate:\n%4sData:\n%8sVersion: %ld (0x%lx)\n", "", "",
	    version + 1, (unsigned long)version);
	put_serial(b, c);
	(void)sc_buf_putf(b, "%8sSignature Algorithm: ", "");
	sc_certinfo_put_sig_alg(b, alg);
	(void)sc_buf_putf(b, "\n%8sIssuer: ", "");
	sc_certinfo_put_name(b, X509_get_issuer_name(x));
	(void)sc_buf_putf(b, "\n%8sValidity\n", "");
	put_date(b, "Not Before", sc_cert_not_before(c));
	put_date(b, "Not After ", sc_cert_not_after(c));
	put_subject(b, X509_get_subject_name(x));
	put_key(b, X509_get0_pubkey(x));
	if (X509_get_ext_count(x) > 0)
		(void)sc_buf_putf(b, "%8sX509v3 extensions:\n", "");
	for (i = 0; i < X509_get_ext_count(x); i++)
		sc_certinfo_put_ext(b, X509_get_ext(x, i), 12);
	put_signature(b, alg, sig);
	ERR_clear_error();
	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(e, r, "certificate is too large to show");
	return 0;
}

int
sc_certinfo_csr_text(
    const uint8_t *der, size_t n, struct sc_buf *b, struct sc_error *e)
{
	const unsigned char *p = der;
	X509_REQ *q = d2i_X509_REQ(NULL, &p, (long)n);
	STACK_OF(X509_EXTENSION) * exts;
	const X509_ALGOR *alg;
	const ASN1_BIT_STRING *sig;
	int i, r;

	if (q == NULL) {
		ERR_clear_error();
		return sc_fail(
		    e, SC_ERR_MALFORMED, "not a certificate request");
	}
	X509_REQ_get0_signature(q, &sig, &alg);
	(void)sc_buf_putf(b,
	    "Certificate Request:\n%4sData:\n%8sVersion: %ld (0x%lx)\n", "", "",
	    X509_REQ_get_version(q), (unsigned long)X509_REQ_get_version(q));
	put_subject(b, X509_REQ_get_subject_name(q));
	put_key(b, X509_REQ_get0_pubkey(q));
	if ((exts = X509_REQ_get_extensions(q)) != NULL) {
		(void)sc_buf_putf(b, "%8sRequested Extensions:\n", "");
		for (i = 0; i < sk_X509_EXTENSION_num(exts); i++)
			sc_certinfo_put_ext(
			    b, sk_X509_EXTENSION_value(exts, i), 12);
		sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	}
	put_signature(b, alg, sig);
	X509_REQ_free(q);
	ERR_clear_error();
	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(e, r, "request is too large to show");
	return 0;
}
