/*
 * The JSON form: member names as in the zcrypto x509 schema.
 */
#include "config.h"

#include <json-c/json.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "crypto/cert.h"
#include "crypto/key.h"

#define TEXT_MAX 65536

static void
add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(
	    o, name, json_object_new_string(value != NULL ? value : ""));
}

static void
add_hash(struct json_object *o, const char *name, enum sc_hash h,
    const uint8_t *p, size_t n)
{
	uint8_t sum[64];
	size_t len;
	char *hex = NULL;

	if (sc_digest(h, p, n, sum, &len) == 0)
		hex = sc_hex_encode(sum, len);
	add_text(o, name, hex);
	sc_free_secret(hex);
}

static void
add_b64(struct json_object *o, const char *name, const uint8_t *p, size_t n)
{
	char *s = sc_b64_encode(SC_B64_STD, p, n);

	add_text(o, name, s);
	sc_free_secret(s);
}

static void
add_buf(struct json_object *o, const char *name, struct sc_buf *b)
{
	add_text(o, name, sc_buf_error(b) == 0 ? sc_buf_str(b) : "");
	sc_buf_free(b);
}

static void
add_dn(struct json_object *o, const char *name, const X509_NAME *dn)
{
	struct sc_buf *b = sc_buf_new(TEXT_MAX);

	sc_certinfo_put_name(b, dn);
	add_buf(o, name, b);
}

static const char *
long_attribute(int nid)
{
	switch (nid) {
	case NID_countryName:
		return "country";
	case NID_organizationName:
		return "organization";
	case NID_organizationalUnitName:
		return "organizational_unit";
	case NID_localityName:
		return "locality";
	case NID_stateOrProvinceName:
		return "province";
	case NID_streetAddress:
		return "street_address";
	case NID_postalCode:
		return "postal_code";
	case NID_commonName:
		return "common_name";
	case NID_serialNumber:
		return "serial_number";
	case NID_domainComponent:
		return "domain_component";
	case NID_pkcs9_emailAddress:
		return "email_address";
	default:
		return NULL;
	}
}

struct json_object *
sc_certinfo_name_json(const X509_NAME *dn)
{
	struct json_object *o = json_object_new_object(), *list;
	unsigned char *utf8;
	int i, n;

	for (i = 0; i < X509_NAME_entry_count(dn); i++) {
		X509_NAME_ENTRY *at = X509_NAME_get_entry(dn, i);
		const char *key =
		    long_attribute(OBJ_obj2nid(X509_NAME_ENTRY_get_object(at)));

		utf8 = NULL;
		n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(at));
		if (key != NULL && n >= 0) {
			if (!json_object_object_get_ex(o, key, &list)) {
				list = json_object_new_array();
				json_object_object_add(o, key, list);
			}
			json_object_array_add(
			    list, json_object_new_string_len((char *)utf8, n));
		}
		OPENSSL_free(utf8);
	}
	return o;
}

static struct json_object *
algorithm_object(const X509_ALGOR *alg)
{
	struct json_object *o = json_object_new_object();
	struct sc_buf *b = sc_buf_new(TEXT_MAX);
	const ASN1_OBJECT *oid;
	char text[128];

	sc_certinfo_put_sig_alg(b, alg);
	add_buf(o, "name", b);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	(void)OBJ_obj2txt(text, sizeof(text), oid, 1);
	add_text(o, "oid", text);
	return o;
}

static struct json_object *
validity_object(const struct sc_cert *c)
{
	struct json_object *o = json_object_new_object();
	char t[SC_TIME_MAX];

	sc_time_format(sc_cert_not_before(c), t);
	add_text(o, "start", t);
	sc_time_format(sc_cert_not_after(c), t);
	add_text(o, "end", t);
	json_object_object_add(o, "length",
	    json_object_new_int64(
		sc_cert_not_after(c) - sc_cert_not_before(c) + 1));
	return o;
}

static struct json_object *
key_object(X509 *x)
{
	struct json_object *o = json_object_new_object(), *alg;
	EVP_PKEY *key = X509_get0_pubkey(x);
	unsigned char *spki = NULL;
	int n;

	alg = json_object_new_object();
	if (key != NULL)
		add_text(alg, "name",
		    EVP_PKEY_is_a(key, "EC")		? "ECDSA"
			: EVP_PKEY_is_a(key, "ED25519") ? "Ed25519"
							: "RSA");
	json_object_object_add(o, "key_algorithm", alg);
	if (key != NULL)
		json_object_object_add(
		    o, "length", json_object_new_int(EVP_PKEY_get_bits(key)));
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	if (n > 0) {
		add_b64(o, "spki", spki, (size_t)n);
		add_hash(o, "fingerprint_sha256", SC_SHA256, spki, (size_t)n);
	}
	OPENSSL_free(spki);
	return o;
}

static struct json_object *
extensions_array(X509 *x)
{
	struct json_object *a = json_object_new_array(), *o;
	struct sc_buf *b;
	char oid[128];
	int i;

	for (i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *ext = X509_get_ext(x, i);
		const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(ext);

		o = json_object_new_object();
		(void)OBJ_obj2txt(
		    oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
		add_text(o, "id", oid);
		json_object_object_add(o, "critical",
		    json_object_new_boolean(X509_EXTENSION_get_critical(ext)));
		add_b64(o, "value", ASN1_STRING_get0_data(v),
		    (size_t)ASN1_STRING_length(v));
		b = sc_buf_new(TEXT_MAX);
		sc_certinfo_put_ext(b, ext, 0);
		add_buf(o, "text", b);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *
names_array(const struct sc_cert *c)
{
	struct json_object *a = json_object_new_array();
	struct sc_sans sans = {0};
	size_t i;

	(void)sc_cert_sans(c, &sans, NULL);
	for (i = 0; i < sans.n; i++)
		json_object_array_add(
		    a, json_object_new_string(sans.v[i].value));
	sc_sans_clear(&sans);
	return a;
}

static struct json_object *
signature_object(X509 *x)
{
	struct json_object *o = json_object_new_object();
	const X509_ALGOR *alg;
	const ASN1_BIT_STRING *sig;

	X509_get0_signature(&sig, &alg, x);
	json_object_object_add(o, "signature_algorithm", algorithm_object(alg));
	add_b64(o, "value", ASN1_STRING_get0_data(sig),
	    (size_t)ASN1_STRING_length(sig));
	json_object_object_add(o, "self_signed",
	    json_object_new_boolean(X509_self_signed(x, 1) == 1));
	return o;
}

int
sc_certinfo_json(
    const struct sc_cert *c, struct json_object **out, struct sc_error *e)
{
	X509 *x = sc_cert_x509(c);
	struct json_object *o;
	const X509_ALGOR *alg;
	const uint8_t *p;
	char *serial;
	size_t n;

	*out = NULL;
	if (x == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	o = json_object_new_object();
	json_object_object_add(
	    o, "version", json_object_new_int64(X509_get_version(x) + 1));
	p = sc_cert_serial(c, &n);
	serial = sc_serial_decimal(p, n);
	add_text(o, "serial_number", serial);
	sc_free_secret(serial);
	X509_get0_signature(NULL, &alg, x);
	json_object_object_add(o, "signature_algorithm", algorithm_object(alg));
	json_object_object_add(
	    o, "issuer", sc_certinfo_name_json(X509_get_issuer_name(x)));
	add_dn(o, "issuer_dn", X509_get_issuer_name(x));
	json_object_object_add(o, "validity", validity_object(c));
	json_object_object_add(
	    o, "subject", sc_certinfo_name_json(X509_get_subject_name(x)));
	add_dn(o, "subject_dn", X509_get_subject_name(x));
	json_object_object_add(o, "subject_key_info", key_object(x));
	json_object_object_add(o, "extensions", extensions_array(x));
	json_object_object_add(o, "signature", signature_object(x));
	p = sc_cert_der(c, &n);
	add_hash(o, "fingerprint_sha1", SC_SHA1, p, n);
	add_hash(o, "fingerprint_sha256", SC_SHA256, p, n);
	json_object_object_add(o, "names", names_array(c));
	ERR_clear_error();
	*out = o;
	return 0;
}
