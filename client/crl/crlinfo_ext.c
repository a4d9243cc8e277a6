#include "config.h"

#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "client/crl/crlinfo.h"

#define TEXT_MAX 65536

static const struct sc_crl_ext empty;

static const char *const reasons[] = {"Unspecified", "Key Compromise",
    "CA Compromise", "Affiliation Changed", "Superseded",
    "Cessation Of Operation", "Certificate Hold", NULL, "Remove From CRL",
    "Privilege Withdrawn", "AA Compromise"};

static void
add_text(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(
	    o, name, json_object_new_string(s != NULL ? s : ""));
}

static void
add_value_b64(struct json_object *o, const char *name, X509_EXTENSION *x)
{
	const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
	char *s = sc_b64_encode(SC_B64_STD, ASN1_STRING_get0_data(v),
	    (size_t)ASN1_STRING_length(v));

	add_text(o, name, s);
	sc_free_secret(s);
}

static void
put_value(struct sc_buf *b, X509_EXTENSION *x)
{
	const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
	const unsigned char *p = ASN1_STRING_get0_data(v);
	int i;

	for (i = 0; i < ASN1_STRING_length(v); i++)
		(void)sc_buf_putc(
		    b, p[i] < 0x20 || p[i] > 0x7e ? '.' : (char)p[i]);
	(void)sc_buf_putc(b, '\n');
}

static void
read_reason(X509_EXTENSION *x, struct sc_crl_ext *out)
{
	ASN1_ENUMERATED *v = X509V3_EXT_d2i(x);
	long n = v != NULL ? ASN1_ENUMERATED_get(v) : -1;
	char text[64];

	if (n >= 0 && n <= 10 && reasons[n] != NULL)
		(void)snprintf(text, sizeof(text), "%s", reasons[n]);
	else
		(void)snprintf(
		    text, sizeof(text), "ReasonCode(%ld): unknown", n);
	(void)sc_buf_puts(out->name, "X509v3 CRL Reason Code:");
	(void)sc_buf_putf(out->details, "%s\n", text);
	add_text(out->json, "crl_reason_code", text);
	ASN1_ENUMERATED_free(v);
}

static void
read_number(X509_EXTENSION *x, struct sc_crl_ext *out)
{
	ASN1_INTEGER *v = X509V3_EXT_d2i(x);
	BIGNUM *n = v != NULL ? ASN1_INTEGER_to_BN(v, NULL) : NULL;
	char *text = n != NULL ? BN_bn2dec(n) : NULL;

	(void)sc_buf_puts(out->name, "X509v3 CRL Number:");
	if (text != NULL) {
		(void)sc_buf_putf(out->details, "%s\n", text);
		add_text(out->json, "crl_number", text);
	} else {
		put_value(out->details, x);
		add_value_b64(out->json, "crl_number", x);
	}
	OPENSSL_free(text);
	BN_free(n);
	ASN1_INTEGER_free(v);
}

static void
read_aki(X509_EXTENSION *x, struct sc_crl_ext *out)
{
	const ASN1_OCTET_STRING *whole = X509_EXTENSION_get_data(x);
	AUTHORITY_KEYID *v = X509V3_EXT_d2i(x);
	const unsigned char *p;
	char *hex;
	int i;

	(void)sc_buf_puts(out->name, "X509v3 Authority Key Identifier:");
	if (v != NULL && v->keyid != NULL) {
		p = ASN1_STRING_get0_data(v->keyid);
		(void)sc_buf_puts(out->details, "keyid");
		for (i = 0; i < ASN1_STRING_length(v->keyid); i++)
			(void)sc_buf_putf(out->details, ":%02X", p[i]);
		(void)sc_buf_putc(out->details, '\n');
	} else {
		put_value(out->details, x);
	}
	hex = sc_hex_encode(
	    ASN1_STRING_get0_data(whole), (size_t)ASN1_STRING_length(whole));
	add_text(out->json, "authority_key_id", hex);
	sc_free_secret(hex);
	AUTHORITY_KEYID_free(v);
}

static void
read_full_names(
    const DIST_POINT_NAME *d, struct sc_crl_ext *out, struct json_object *names)
{
	const GENERAL_NAME *g;
	const ASN1_STRING *s;
	struct sc_buf *b;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(d->name.fullname); i++) {
		g = sk_GENERAL_NAME_value(d->name.fullname, i);
		if (g->type != GEN_URI)
			continue;
		s = g->d.uniformResourceIdentifier;
		b = sc_buf_new(TEXT_MAX);
		(void)sc_buf_puts(b, "URI:");
		sc_certinfo_put_clean(
		    b, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
		if (sc_buf_error(b) == 0) {
			if (json_object_array_length(names) == 0)
				(void)sc_buf_puts(out->details, "Full Name:\n");
			(void)sc_buf_putf(
			    out->details, "    %s\n", sc_buf_str(b));
			json_object_array_add(
			    names, json_object_new_string(sc_buf_str(b)));
		}
		sc_buf_free(b);
	}
}

static void
read_flag(int on, const char *text, const char *member, struct sc_crl_ext *out,
    struct json_object *o)
{
	if (on <= 0)
		return;
	(void)sc_buf_putf(out->details, "%s\n", text);
	json_object_object_add(o, member, json_object_new_boolean(1));
}

static void
read_idp(X509_EXTENSION *x, struct sc_crl_ext *out)
{
	ISSUING_DIST_POINT *v = X509V3_EXT_d2i(x);
	struct json_object *o, *names;

	(void)sc_buf_puts(out->name, "X509v3 Issuing Distribution Point:");
	if (v == NULL) {
		put_value(out->details, x);
		add_value_b64(out->json, "issuing_distribution_point", x);
		return;
	}
	o = json_object_new_object();
	names = json_object_new_array();
	if (v->distpoint != NULL && v->distpoint->type == 0)
		read_full_names(v->distpoint, out, names);
	json_object_object_add(o, "full_names", names);
	read_flag(v->onlyuser, "Only User Certificates",
	    "only_user_certificates", out, o);
	read_flag(
	    v->onlyCA, "Only CA Certificates", "only_ca_certificates", out, o);
	read_flag(v->onlyattr, "Only Attribute Certificates",
	    "only_attribute_certificates", out, o);
	read_flag(v->indirectCRL, "Indirect CRL", "indirect_crl", out, o);
	read_flag(v->onlysomereasons != NULL, "Only Some Reasons",
	    "only_some_reasons", out, o);
	json_object_object_add(out->json, "issuing_distribution_point", o);
	ISSUING_DIST_POINT_free(v);
}

static void
read_unknown(X509_EXTENSION *x, struct sc_crl_ext *out)
{
	char oid[128];

	(void)OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(x), 1);
	(void)sc_buf_puts(out->name, oid);
	put_value(out->details, x);
	add_value_b64(out->json, oid, x);
}

int
sc_crl_ext_read(X509_EXTENSION *x, struct sc_crl_ext *out, struct sc_error *e)
{
	*out = empty;
	out->name = sc_buf_new(TEXT_MAX);
	out->details = sc_buf_new(TEXT_MAX);
	out->json = json_object_new_object();
	if (out->json == NULL)
		goto nomem;
	switch (OBJ_obj2nid(X509_EXTENSION_get_object(x))) {
	case NID_crl_reason:
		read_reason(x, out);
		break;
	case NID_crl_number:
		read_number(x, out);
		break;
	case NID_authority_key_identifier:
		read_aki(x, out);
		break;
	case NID_issuing_distribution_point:
		read_idp(x, out);
		break;
	default:
		read_unknown(x, out);
	}
	if (X509_EXTENSION_get_critical(x)) {
		(void)sc_buf_puts(out->name, " critical");
		json_object_object_add(
		    out->json, "critical", json_object_new_boolean(1));
	}
	ERR_clear_error();
	if (sc_buf_error(out->name) == 0 && sc_buf_error(out->details) == 0)
		return 0;
nomem:
	sc_crl_ext_clear(out);
	return sc_fail(e, SC_ERR_TOO_LARGE, "an extension is too large");
}

void
sc_crl_ext_clear(struct sc_crl_ext *x)
{
	sc_buf_free(x->name);
	sc_buf_free(x->details);
	json_object_put(x->json);
	*x = empty;
}

int64_t
sc_crlinfo_time(const ASN1_TIME *t)
{
	int days, seconds;
	ASN1_TIME *epoch;
	int64_t r = 0;

	if (t == NULL || (epoch = ASN1_TIME_set(NULL, 0)) == NULL)
		return 0;
	if (ASN1_TIME_diff(&days, &seconds, epoch, t) == 1)
		r = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return r;
}
